"""The paved road's Dagster side: partitions, schedules, dbt assets and what a run tells the UI.

Belongs here: Dagster objects that every domain would otherwise write for itself. Does not:
rules (governance/), anything that works without Dagster (platform/).
"""
