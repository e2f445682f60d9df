"""What today's tools do: rename each platform's default columns and union them.

Belongs here: no care at all. Micros are divided; days, currencies, windows, credit and names of
actions are taken as they come: Google's clicks, cost and conversions, Meta's clicks, spend and the
purchases and leads of its default window.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

ROWS = """
    select
        'google_ads' as platform,
        account_id,
        campaign_id,
        account_day as day,
        impressions,
        clicks,
        cost_micros / 1000000 as spend,
        conversions,
        conversions_value
    from read_parquet('{google}')
    union all
    select
        'facebook_ads' as platform,
        account_id,
        campaign_id,
        account_day as day,
        impressions,
        clicks_all as clicks,
        cast(spend as double) as spend,
        cast(coalesce(list_sum([
            one.value for one in actions if one.action_type in ('purchase', 'lead')
        ]), 0) as double) as conversions,
        cast(coalesce(list_sum([
            one.value for one in action_values if one.action_type in ('purchase', 'lead')
        ]), 0) as double) as conversions_value
    from read_parquet('{facebook}')
"""


def union_delivery(
    data_dir: Path, *, start: date, end: date
) -> dict[str, dict[tuple[str, str, date], float]]:
    """By metric, then platform, campaign and day; spend in micros as if all were euros."""
    found: dict[str, dict[tuple[str, str, date], float]] = {
        name: {} for name in ("impressions", "clicks", "spend")
    }
    for row in _rows(data_dir):
        if start <= row["day"] < end and row["impressions"]:
            key = (row["platform"], row["campaign_id"], row["day"])
            found["impressions"][key] = row["impressions"]
            found["clicks"][key] = row["clicks"]
            found["spend"][key] = row["spend"] * 1_000_000
    return found


def union_conversions(
    data_dir: Path, *, months: Iterable[str]
) -> dict[tuple[str, ...], list[float]]:
    """(platform, account, campaign, month) to [conversions, value in micros]."""
    sums: dict[tuple[str, ...], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in _rows(data_dir):
        month = row["day"].replace(day=1).isoformat()
        if month in months:
            total = sums[row["platform"], row["account_id"], row["campaign_id"], month]
            total[0] += row["conversions"]
            total[1] += row["conversions_value"] * 1_000_000
    return sums


def _rows(data_dir: Path) -> list[dict[str, Any]]:
    """From what was landed: one pull of every day."""
    landing = data_dir / "landing"
    sql = ROWS.format(
        google=f"{landing}/google_ads/campaign_day/pulled_on=*/*.parquet",
        facebook=f"{landing}/facebook_ads/campaign_day/pulled_on=*/*.parquet",
    )
    with duckdb.connect() as connection:
        return list(connection.sql(sql).to_arrow_table().to_pylist())
