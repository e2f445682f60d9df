"""The marketing domain: one Dagster code location, from its sources to its data products."""
