"""Grants and masks of a warehouse, generated from the contracts: one module per dialect."""
