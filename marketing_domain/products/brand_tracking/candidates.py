"""From single answers to figures about everybody who might have answered.

Belongs here: which answers make a figure, what is withheld, writing the table. Does not: the
figures' methods (metrics/intervals.py), meaning (contract).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pyarrow as pa

from marketing_domain.metrics.account_settings import default_id
from marketing_domain.metrics.intervals import (
    NPS_PROMOTER,
    Direction,
    Estimate,
    aligned,
    correlation,
    direction,
    mean,
    nps,
    share,
)
from marketing_domain.policies import MARKETING
from shared_policies.governance.contracts.loading import load_contract
from shared_policies.orchestration.automation import on_upstream
from shared_policies.orchestration.keys import candidate_key
from shared_policies.platform.warehouse import Warehouse

PRODUCT = "brand_tracking"
READ = ("int_marketing__survey_answers", "int_marketing__survey_questions")
BEST_STEPS = 2
METHODS = {
    "nps": "adjusted Wald, three answers added",
    "mean": "Student's t",
    "promoter_share": "Wilson score",
    "best_two_share": "Wilson score",
}
UNITS = {
    "nps": "points from -100 to 100",
    "mean": "steps of the scale, best on top",
    "promoter_share": "share",
    "best_two_share": "share",
}
METRICS = {
    "nps": "surveys.nps",
    "mean": "surveys.mean_score",
    "promoter_share": "surveys.promoter_share",
    "best_two_share": "surveys.best_two_share",
}
ANSWERS = """
    select *
    from intermediate.int_marketing__survey_answers
    where kind in ('nps', 'scale') and score between low and high
    order by survey_id, question, response_id
"""
QUESTIONS = """
    select survey_id, question, survey_title, wording
    from intermediate.int_marketing__survey_questions
"""


def asset() -> dg.AssetsDefinition:
    """The candidate; computed in Python because its intervals need quantiles."""

    @dg.asset(
        key=candidate_key("marketing", PRODUCT),
        deps=[dg.AssetKey(["marketing", "intermediate", name]) for name in READ],
        group_name="marketing_candidates",
        owners=["team:marketing"],
        tags={"layer": "candidates"},
        kinds={"python", "duckdb"},
        description=f"The table that becomes {PRODUCT} if it passes its audit.",
        automation_condition=on_upstream("marketing"),
        pool="marketing_warehouse",
    )
    def brand_tracking_candidate(
        warehouse: dg.ResourceParam[Warehouse],
    ) -> dg.MaterializeResult[Any]:
        found = list(
            brand_rows(
                warehouse.rows(ANSWERS), warehouse.rows(QUESTIONS), smallest_n=least_sample()
            )
        )
        warehouse.store(f"candidates.{PRODUCT}", pa.Table.from_pylist(found, schema=SCHEMA))
        return dg.MaterializeResult(metadata={"dagster/row_count": len(found)})

    return brand_tracking_candidate


def least_sample() -> int:
    """As the mesh, the domain and the contract have it, whichever is strictest."""
    contract = load_contract(Path(__file__).with_name("contract.odcs.yaml"))
    return int(MARKETING.for_contract(contract).values_of("SMP-01")["smallest_n"])


@dataclass(frozen=True, slots=True)
class _Cell:
    """One question of one period: its answers, and which way its scale runs."""

    survey_id: str
    period_kind: str
    period: str
    question: str
    answers: Sequence[Mapping[str, Any]]

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """Each answer beside that to the anchor, the best end of both on top."""
        return [
            (
                _aligned(one),
                aligned(
                    one["anchor_score"],
                    low=one["anchor_low"],
                    high=one["anchor_high"],
                    best=one["anchor_best"],
                ),
            )
            for one in self.answers
            if one["anchor_score"] is not None
        ]

    @property
    def direction(self) -> Direction:
        if self.answers[0]["anchor_best"] is None:
            return "not_checked"
        return direction(self.pairs)

    def segments(self) -> Iterator[tuple[str, Sequence[Mapping[str, Any]]]]:
        yield "all", self.answers
        by_language: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for one in self.answers:
            by_language[one["response_language"] or "unknown"].append(one)
        for language, answers in sorted(by_language.items()):
            yield f"language:{language}", answers


def brand_rows(
    answers: Iterable[Mapping[str, Any]],
    questions: Iterable[Mapping[str, Any]],
    *,
    smallest_n: int,
) -> Iterator[dict[str, Any]]:
    """A row a survey, period, question, segment and measure."""
    texts = {(one["survey_id"], one["question"]): one for one in questions}
    for cell in _cells(answers):
        text = texts[cell.survey_id, cell.question]
        runs, association = cell.direction, correlation(cell.pairs)
        for segment, members in cell.segments():
            for measure, estimate in _estimates(members).items():
                state = "published"
                if estimate.n < smallest_n:
                    state = "too_few"
                elif runs == "reversed":
                    state = "reversed"
                shown = estimate if state == "published" else None
                yield {
                    "survey_id": cell.survey_id,
                    "period_kind": cell.period_kind,
                    "period": cell.period,
                    "question": cell.question,
                    "segment": segment,
                    "measure": measure,
                    "survey_title": text["survey_title"],
                    "wording": text["wording"],
                    "first_day": min(one["response_day"] for one in members),
                    "last_day": max(one["response_day"] for one in members),
                    "n": estimate.n,
                    "estimate": shown.point if shown else None,
                    "estimate_low": shown.low if shown else None,
                    "estimate_high": shown.high if shown else None,
                    "standard_error": shown.standard_error if shown else None,
                    "estimate_definition": default_id(METRICS[measure]),
                    "unit": UNITS[measure],
                    "method": METHODS[measure],
                    "state": state,
                    "smallest_n": smallest_n,
                    "scale_low": members[0]["low"],
                    "scale_high": members[0]["high"],
                    "scale_direction": runs,
                    "anchor_correlation": association,
                    "sandbox": any(one["sandbox"] for one in members),
                }


def _cells(answers: Iterable[Mapping[str, Any]]) -> Iterator[_Cell]:
    found: dict[tuple[str, str, str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for one in answers:
        for kind, period in (("wave", one["wave"]), ("month", f"{one['response_day']:%Y-%m}")):
            found[one["survey_id"], kind, period, one["question"]].append(one)
    for key, members in sorted(found.items()):
        yield _Cell(*key, members)


def _estimates(members: Sequence[Mapping[str, Any]]) -> dict[str, Estimate]:
    scores = [_aligned(one) for one in members]
    low, high = members[0]["low"], members[0]["high"]
    if members[0]["kind"] == "nps":
        promoters = sum(one >= NPS_PROMOTER for one in scores)
        return {"nps": nps(scores), "promoter_share": share(promoters, len(scores))}
    best = sum(one > high - BEST_STEPS for one in scores)
    return {
        "mean": mean(scores, low=low, high=high),
        "best_two_share": share(best, len(scores)),
    }


def _aligned(one: Mapping[str, Any]) -> int:
    return aligned(one["score"], low=one["low"], high=one["high"], best=one["best"])


SCHEMA = pa.schema(
    [
        ("survey_id", pa.string()),
        ("period_kind", pa.string()),
        ("period", pa.string()),
        ("question", pa.string()),
        ("segment", pa.string()),
        ("measure", pa.string()),
        ("survey_title", pa.string()),
        ("wording", pa.string()),
        ("first_day", pa.date32()),
        ("last_day", pa.date32()),
        ("n", pa.int64()),
        ("estimate", pa.float64()),
        ("estimate_low", pa.float64()),
        ("estimate_high", pa.float64()),
        ("standard_error", pa.float64()),
        ("estimate_definition", pa.string()),
        ("unit", pa.string()),
        ("method", pa.string()),
        ("state", pa.string()),
        ("smallest_n", pa.int64()),
        ("scale_low", pa.int64()),
        ("scale_high", pa.int64()),
        ("scale_direction", pa.string()),
        ("anchor_correlation", pa.float64()),
        ("sandbox", pa.bool_()),
    ]
)
