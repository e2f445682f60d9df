"""One data product: its contract and its asset."""
