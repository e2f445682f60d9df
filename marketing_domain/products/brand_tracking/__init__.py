"""The product marketing/brand_tracking."""
