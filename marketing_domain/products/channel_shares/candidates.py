"""From what three witnesses count to their shares, side by side.

Belongs here: shares, the survey's intervals, writing the table. Does not: who counts what (dbt),
whether witnesses agree (metrics/witnesses.py), meaning (contract).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from marketing_domain.metrics.account_settings import default_id
from marketing_domain.metrics.intervals import Estimate, share
from marketing_domain.metrics.witnesses import (
    CHANNEL_MEANS,
    COMMON,
    Verdict,
    Witness,
    compared,
)
from marketing_domain.policies import MARKETING
from shared_policies.governance.contracts.loading import load_contract
from shared_policies.orchestration.automation import on_upstream
from shared_policies.orchestration.keys import candidate_key
from shared_policies.platform.warehouse import Warehouse

PRODUCT = "channel_shares"
COUNTS = "select * from intermediate.int_marketing__channel_counts"
AMOUNTS: dict[Witness, str] = {
    "claimed": "canonical.claimed_purchases",
    "observed": "canonical.observed_purchases",
    "survey": "surveys.people_by_channel",
}
SHARES: dict[Witness, str] = {
    "claimed": "canonical.claimed_channel_share",
    "observed": "canonical.observed_channel_share",
    "survey": "surveys.channel_share",
}
COUNTED: dict[Witness, str] = {"claimed": "purchases", "observed": "purchases", "survey": "people"}


def asset() -> dg.AssetsDefinition:
    """The candidate; computed in Python as brand_tracking is, by the same intervals."""

    @dg.asset(
        key=candidate_key("marketing", PRODUCT),
        deps=[dg.AssetKey(["marketing", "intermediate", "int_marketing__channel_counts"])],
        group_name="marketing_candidates",
        owners=["team:marketing"],
        tags={"layer": "candidates"},
        kinds={"python", "duckdb"},
        description=f"The table that becomes {PRODUCT} if it passes its audit.",
        automation_condition=on_upstream("marketing"),
        pool="marketing_warehouse",
    )
    def channel_share_candidate(
        warehouse: dg.ResourceParam[Warehouse],
    ) -> dg.MaterializeResult[Any]:
        found = list(share_rows(warehouse.rows(COUNTS), smallest_n=least_sample()))
        warehouse.store(f"candidates.{PRODUCT}", pa.Table.from_pylist(found, schema=SCHEMA))
        return dg.MaterializeResult(metadata={"dagster/row_count": len(found)})

    return channel_share_candidate


def least_sample() -> int:
    """As the mesh, the domain and the contract have it, whichever is strictest."""
    contract = load_contract(Path(__file__).with_name("contract.odcs.yaml"))
    return int(MARKETING.for_contract(contract).values_of("SMP-01")["smallest_n"])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Testimony:
    """One witness in one month: `amounts` by channel, on `days` days."""

    month: date
    witness: Witness
    survey_id: str
    amounts: Mapping[str, float]
    days: int
    sandbox: bool

    @property
    def total(self) -> float:
        return sum(self.amounts.values())

    @property
    def common(self) -> float:
        return sum(self.amounts.get(channel, 0.0) for channel in COMMON)

    def share(self, channel: str) -> float | None:
        return self.amounts[channel] / self.total if self.total else None

    def common_share(self, channel: str) -> float | None:
        if channel not in COMMON or not self.common:
            return None
        return self.amounts.get(channel, 0.0) / self.common


def share_rows(counts: Iterable[Mapping[str, Any]], *, smallest_n: int) -> Iterator[dict[str, Any]]:
    """A row a month, witness, survey and channel that the witness ever named."""
    found = _testimonies(counts)
    others: dict[tuple[date, str], _Testimony] = {
        (one.month, one.witness): one for one in found if one.witness != "survey"
    }
    for one in found:
        for channel in sorted(one.amounts):
            row = {
                "month": one.month,
                "witness": one.witness,
                "survey_id": one.survey_id,
                "channel": channel,
                "channel_means": CHANNEL_MEANS[one.witness],
                "counted": COUNTED[one.witness],
                "amount_definition": default_id(AMOUNTS[one.witness]),
                "share_definition": default_id(SHARES[one.witness]),
                "amount": one.amounts[channel],
                "witness_total": one.total,
                "common_total": one.common,
                "days_known": one.days,
                "smallest_n": smallest_n,
                "sandbox": one.sandbox,
            }
            if one.witness == "survey":
                yield {**row, **_answered(one, channel, others, smallest_n)}
            else:
                yield {
                    **row,
                    "share": one.share(channel),
                    "common_share": one.common_share(channel),
                    "state": "published",
                }


def _answered(
    survey: _Testimony,
    channel: str,
    others: Mapping[tuple[date, str], _Testimony],
    smallest_n: int,
) -> dict[str, Any]:
    """The survey's shares with their intervals, and what it says of the other witnesses."""
    amount, n, common_n = int(survey.amounts[channel]), int(survey.total), int(survey.common)
    whole = share(amount, n) if n >= smallest_n else None
    common: Estimate | None = None
    if channel in COMMON and common_n >= smallest_n:
        common = share(amount, common_n)
    row = {
        "share": whole.point if whole else None,
        "share_low": whole.low if whole else None,
        "share_high": whole.high if whole else None,
        "common_share": common.point if common else None,
        "common_share_low": common.low if common else None,
        "common_share_high": common.high if common else None,
        "state": "published" if whole else "too_few",
    }
    for witness in ("claimed", "observed"):
        other = others.get((survey.month, witness))
        verdict = Verdict(outcome="not_comparable", note="not every witness can name the channel")
        if channel in COMMON:
            verdict = compared(
                other.common_share(channel) if other else None,
                common,
                days=other.days if other else None,
                survey_days=survey.days,
            )
        row[f"{witness}_verdict"] = verdict.outcome
        row[f"{witness}_note"] = verdict.note or None
    return row


def _testimonies(counts: Iterable[Mapping[str, Any]]) -> list[_Testimony]:
    """A channel that a witness names in some month counts nothing in the others."""
    by_month: dict[tuple[date, Witness, str], list[Mapping[str, Any]]] = defaultdict(list)
    named: dict[tuple[Witness, str], set[str]] = defaultdict(lambda: set(COMMON))
    for row in counts:
        by_month[row["month"], row["witness"], row["survey_id"]].append(row)
        named[row["witness"], row["survey_id"]].add(row["channel"])
    return [
        _Testimony(
            month=month,
            witness=witness,
            survey_id=survey_id,
            amounts={
                **dict.fromkeys(named[witness, survey_id], 0.0),
                **{row["channel"]: row["amount"] for row in rows},
            },
            days=rows[0]["days_known"],
            sandbox=any(row["sandbox"] for row in rows),
        )
        for (month, witness, survey_id), rows in sorted(by_month.items())
    ]


SCHEMA = pa.schema(
    [
        ("month", pa.date32()),
        ("witness", pa.string()),
        ("survey_id", pa.string()),
        ("channel", pa.string()),
        ("channel_means", pa.string()),
        ("counted", pa.string()),
        ("amount_definition", pa.string()),
        ("share_definition", pa.string()),
        ("amount", pa.float64()),
        ("witness_total", pa.float64()),
        ("common_total", pa.float64()),
        ("share", pa.float64()),
        ("share_low", pa.float64()),
        ("share_high", pa.float64()),
        ("common_share", pa.float64()),
        ("common_share_low", pa.float64()),
        ("common_share_high", pa.float64()),
        ("state", pa.string()),
        ("smallest_n", pa.int64()),
        ("days_known", pa.int64()),
        ("claimed_verdict", pa.string()),
        ("claimed_note", pa.string()),
        ("observed_verdict", pa.string()),
        ("observed_note", pa.string()),
        ("sandbox", pa.bool_()),
    ]
)
