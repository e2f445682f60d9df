"""From what was known when to estimates of what will be known in the end.

Belongs here: reading the development of days, testing the method on days that are final, writing
the table. Does not: the method (metrics/maturity.py).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import dagster as dg
import numpy as np
import pyarrow as pa

from marketing_domain.metrics.maturity import CampaignDay, estimates
from shared_policies.orchestration.automation import on_upstream
from shared_policies.orchestration.keys import candidate_key
from shared_policies.platform.warehouse import Warehouse

PRODUCT = "conversion_estimates"
READ = ("restatements", "metric_definitions")
BACKTESTED_DAYS = 60
OWN_DEVELOPMENT_CONVERSIONS = 300
# Also the present figure and the clicks of each day, on every one of its rows.
DEVELOPMENT = """
    select
        restatements.platform,
        restatements.account_id,
        restatements.campaign_id,
        restatements.account_day,
        restatements.known_from,
        restatements.last_pulled_at,
        greatest(0, floor(restatements.age_days)) as age,
        floor(restatements.last_age_days) as last_age,
        restatements.claimed_conversions,
        last_value(restatements.clicks_destination) over (
            partition by
                restatements.platform, restatements.account_id,
                restatements.account_day, restatements.campaign_id
            order by restatements.known_from
            rows between unbounded preceding and unbounded following
        ) as clicks,
        restatements.sandbox
    from candidates.restatements
    where restatements.last_age_days >= 0
    order by
        restatements.platform, restatements.account_id, restatements.campaign_id,
        restatements.account_day, restatements.known_from
"""
FINAL_AGES = """
    select
        platform,
        cast(ceil(max(final_after_days)) as integer) as final_age
    from candidates.metric_definitions
    where
        valid_to is null
        and account_id <> ''
        and (
            (platform = 'google_ads' and is_primary)
            or metric_id in ('facebook_ads.purchases_click_7d', 'facebook_ads.leads_click_7d')
        )
    group by platform
"""


def asset() -> dg.AssetsDefinition:
    """The candidate; computed in Python because its intervals need quantiles."""

    @dg.asset(
        key=candidate_key("marketing", PRODUCT),
        deps=[candidate_key("marketing", name) for name in READ],
        group_name="marketing_candidates",
        owners=["team:marketing"],
        tags={"layer": "candidates"},
        kinds={"python", "duckdb"},
        description=f"The table that becomes {PRODUCT} if it passes its audit.",
        automation_condition=on_upstream("marketing"),
        pool="marketing_warehouse",
    )
    def conversion_estimate_candidate(
        warehouse: dg.ResourceParam[Warehouse],
    ) -> dg.MaterializeResult[Any]:
        final_ages = {row["platform"]: row["final_age"] for row in warehouse.rows(FINAL_AGES)}
        rows = warehouse.rows(DEVELOPMENT)
        found = [
            row for platform in final_ages for row in estimate_rows(rows, platform, final_ages)
        ]
        warehouse.store(f"candidates.{PRODUCT}", pa.Table.from_pylist(found, schema=SCHEMA))
        return dg.MaterializeResult(metadata={"dagster/row_count": len(found)})

    return conversion_estimate_candidate


def estimate_rows(
    rows: Sequence[Mapping[str, Any]], platform: str, final_ages: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    """A row per day of `platform` that is not final."""
    final_age = final_ages[platform]
    mine = [row for row in rows if row["platform"] == platform]
    days, known_at = _campaign_days(mine, final_age)
    hits, tested = backtest(days, final_age=final_age)
    sandbox = any(row["sandbox"] for row in mine)
    found = estimates(days, final_age=final_age)
    by_key = {_key(one): estimate for members in found.values() for one, estimate in members}
    for one in sorted((one for one in days if 0 <= one.age < final_age), key=_key):
        estimate = by_key.get(_key(one))
        state = "estimated" if estimate else "as_good_as_final"
        if one.group not in found:
            state = "too_little_history"
        yield {
            "platform": platform,
            "account_id": one.group[0],
            "account_day": one.day,
            "campaign_id": one.campaign_id,
            "known_at": known_at[_key(one)],
            "age_days": one.age,
            "final_age_days": final_age,
            "known_conversions": one.latest,
            "estimate_state": state,
            "developed_share": estimate.developed_share if estimate else None,
            "estimated_conversions": estimate.mean if estimate else None,
            "estimated_low": estimate.low if estimate else None,
            "estimated_high": estimate.high if estimate else None,
            "backtest_coverage": hits / tested if tested else None,
            "backtest_days": tested,
            "sandbox": sandbox,
        }


def _key(one: CampaignDay) -> tuple[str, date, str]:
    return one.group[0], one.day, one.campaign_id


def _campaign_days(
    rows: Iterable[Mapping[str, Any]], final_age: int
) -> tuple[list[CampaignDay], dict[tuple[Any, ...], Any]]:
    """Each day with its figure at every age; and the instant of its last look."""
    by_day: dict[tuple[Any, ...], list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        by_day[row["account_id"], row["account_day"], row["campaign_id"]].append(row)
    days = []
    for (account_id, day, campaign_id), versions in by_day.items():
        known = np.full(final_age + 1, np.nan)
        for version in versions:
            known[min(int(version["age"]), final_age) :] = version["claimed_conversions"]
        known[int(versions[-1]["last_age"]) + 1 :] = np.nan
        days.append(
            CampaignDay(
                group=(account_id,),
                campaign_id=campaign_id,
                day=day,
                clicks=float(versions[-1]["clicks"]),
                known=known,
            )
        )
    known_at = {key: versions[-1]["last_pulled_at"] for key, versions in by_day.items()}
    return _grouped(days), known_at


def _grouped(days: Sequence[CampaignDay]) -> list[CampaignDay]:
    """A campaign with many conversions develops by itself, the others of its account together.

    Campaigns for leads and for purchases grow up differently, and so do long and short windows.
    """
    totals: dict[tuple[str, ...], float] = defaultdict(float)
    for one in days:
        totals[(*one.group, one.campaign_id)] += one.latest if one.age >= 0 else 0.0
    return [
        replace(one, group=(*one.group, one.campaign_id))
        if totals[(*one.group, one.campaign_id)] >= OWN_DEVELOPMENT_CONVERSIONS
        else one
        for one in days
    ]


def backtest(days: Sequence[CampaignDay], *, final_age: int) -> tuple[int, int]:
    """How many final days fell into the interval given for them earlier, and of how many.

    The method is run as of each of the last days, with nothing that was learned later.
    """
    final = {_key(one): one.latest for one in days if one.age >= final_age}
    hits = tested = 0
    for as_of in _days_before(days):
        then = [
            replace(one, known=_until(one.known, (as_of - one.day).days - 1))
            for one in days
            if one.day < as_of
        ]
        for found in estimates(then, final_age=final_age).values():
            for one, estimate in found:
                outcome = final.get(_key(one))
                if outcome is not None:
                    tested += 1
                    hits += estimate.low <= outcome <= estimate.high
    return hits, tested


def _days_before(days: Sequence[CampaignDay]) -> list[date]:
    if not days:
        return []
    newest = max(one.day for one in days)
    return [newest - timedelta(days=offset) for offset in range(BACKTESTED_DAYS)]


def _until(known: Any, age: int) -> Any:  # noqa: ANN401  numpy arrays
    shown = known.copy()
    shown[max(age + 1, 0) :] = np.nan
    return shown


SCHEMA = pa.schema(
    [
        ("platform", pa.string()),
        ("account_id", pa.string()),
        ("account_day", pa.date32()),
        ("campaign_id", pa.string()),
        ("known_at", pa.timestamp("us", tz="UTC")),
        ("age_days", pa.int64()),
        ("final_age_days", pa.int64()),
        ("known_conversions", pa.float64()),
        ("estimate_state", pa.string()),
        ("developed_share", pa.float64()),
        ("estimated_conversions", pa.float64()),
        ("estimated_low", pa.float64()),
        ("estimated_high", pa.float64()),
        ("backtest_coverage", pa.float64()),
        ("backtest_days", pa.int64()),
        ("sandbox", pa.bool_()),
    ]
)
