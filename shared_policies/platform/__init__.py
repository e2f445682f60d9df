"""The paved road: requests, landing, warehouse and product store, as plain Python.

Belongs here: what every domain needs to move its data safely. Does not: Dagster objects
(orchestration/), rules (governance/), any one platform's terms (a domain's connectors/).
"""
