"""What thirty days pulled again cost, beside building three years anew.

Belongs here: how many rows each model wrote in a run. Does not: seconds (speed_publish.py).
Everything that was pulled again has changed: the worst day of a lookback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from shared_policies.orchestration.dbt_project import Dbt

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from pathlib import Path


def rows_written(data_dir: Path, models: Iterable[str], *, since: datetime) -> Mapping[str, int]:
    """By model, of those that ran (`marketing/staging/stg_…`) after a pull at `since` was landed.

    A table is written whole. A model that is built day by day wrote the rows of its due days, one
    of staging those that were pulled since, a view none.
    """
    found = {}
    warehouse = data_dir / "warehouse" / "marketing.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for model in models:
            _, layer, name = model.split("/")
            written = _written(connection, layer, name, since)
            [row] = connection.sql(f"select count(*) from {written}").fetchall()
            found[model] = int(row[0])
    return found


PULLED = ("content_pulled_at", "pulled_at")


def _written(connection: duckdb.DuckDBPyConnection, layer: str, name: str, since: datetime) -> str:
    """What a run wrote of a model, as the `from` of a query."""
    relation = f"{layer}.{name}"
    how = _configured().get(name, {"materialized": "seed"})
    if how["materialized"] == "view":
        return f"{relation} where false"
    if how["materialized"] != "incremental":
        return relation
    columns = connection.table(relation).columns
    if how["incremental_strategy"] == "day_replace":
        day = "account_day" if "account_day" in columns else "date_day"
        platform = "and facts.platform = due.platform" if "platform" in columns else ""
        return (
            f"{relation} as facts semi join built.{name}__due as due"
            f" on facts.account_id = due.account_id and facts.{day} = due.account_day {platform}"
        )
    pulled = next(one for one in PULLED if one in columns)
    return f"{relation} where {pulled} >= timestamptz '{since.isoformat()}'"


def _configured() -> Mapping[str, Mapping[str, str]]:
    """What dbt knows of each model's materialisation."""
    nodes = Dbt("marketing").manifest()["nodes"].values()
    return {node["name"]: node["config"] for node in nodes if node["resource_type"] == "model"}
