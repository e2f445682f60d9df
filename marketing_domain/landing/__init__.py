"""A module per source: its streams as thin assets, with partitions and lookback."""
