"""What thirty days pulled again cost, beside building three years anew.

Belongs here: how many rows each model wrote in a run. Does not: seconds (speed_publish.py).
Everything that was pulled again has changed: the worst day of a lookback.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path


def rows_written(data_dir: Path, models: Iterable[str], *, since: datetime) -> Mapping[str, int]:
    """By model, of those that ran (`marketing/staging/stg_…`) after a pull at `since` was landed.

    A table is written whole; of an incremental model the rows are new that were pulled since.
    """
    incremental = _incremental(data_dir)
    found = {}
    warehouse = data_dir / "warehouse" / "marketing.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for model in models:
            _, layer, name = model.split("/")
            relation = f"{layer}.{name}"
            where = ""
            if name in incremental:
                columns = connection.table(relation).columns
                pulled = next(one for one in PULLED if one in columns)
                where = f"where {pulled} >= timestamptz '{since.isoformat()}'"
            [row] = connection.sql(f"select count(*) from {relation} {where}").fetchall()
            found[model] = int(row[0])
    return found


PULLED = ("content_pulled_at", "pulled_at")


def _incremental(data_dir: Path) -> set[str]:
    manifest = data_dir / "dbt" / "marketing" / "manifest.json"
    nodes = json.loads(manifest.read_text())["nodes"].values()
    return {
        node["name"]
        for node in nodes
        if node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"
    }
