"""The product governance/service_levels: what came of every promise, day by day."""
