"""The products that governance itself publishes, a folder each."""
