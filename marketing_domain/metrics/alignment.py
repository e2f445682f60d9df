"""Which of an account's numbers its aligned figures are made of.

Belongs here: the canonical counterpart of a definition, and the choice among several. Does not:
the verdict itself (comparability.py), the sums (dbt).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from marketing_domain.metrics.comparability import REPORTING, Verdict, compare
from marketing_domain.metrics.loading import platform_definitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from marketing_domain.metrics.account_settings import EffectiveDefinition
    from marketing_domain.metrics.definition import MetricDefinition

# What web analytics observes is a view of its own, never turned into a platform's figure.
NOT_ALIGNED = {"canonical", "google_analytics", "adobe_analytics"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """`verdict` is None where nothing canonical is of the same quantity and event."""

    canonical_metric_id: str | None = None
    verdict: Verdict | None = None
    is_source: bool = False


def canonical_for(definition: MetricDefinition) -> MetricDefinition | None:
    """The canonical metric of the same quantity and event."""
    for one in platform_definitions("canonical").metrics:
        if (one.quantity, one.event) == (definition.quantity, definition.event):
            return one
    return None


def alignments(
    found: Iterable[EffectiveDefinition], *, time_zone: str, currency: str
) -> Mapping[str, Alignment]:
    """By definition id. Of one account's numbers for a canonical metric exactly one is the source.

    `time_zone` and `currency` are the company's own: what is in them already needs no step.

    Several conversion actions may count the same order, as several names of one action do at
    Meta: they are never added up. The one that needs the fewest steps is taken, a primary action
    before a secondary one. A number of part of an account (an ad set) is never the source.
    """
    definitions = list(found)
    plain = {
        one.definition_id: _alignment(
            _in_company_terms(one.definition, time_zone=time_zone, currency=currency)
        )
        for one in definitions
    }
    rivals: dict[tuple[str, str], list[EffectiveDefinition]] = defaultdict(list)
    for one in definitions:
        canonical_id = plain[one.definition_id].canonical_metric_id
        if canonical_id is not None and one.account_id and not _is_partial(one):
            rivals[one.account_id, canonical_id].append(one)
    sources = {
        (best.account_id, best.definition.metric_id, best.subject_id)
        for several in rivals.values()
        for best in [min(several, key=lambda one: _preference(one, plain[one.definition_id]))]
    }
    return {
        one.definition_id: Alignment(
            canonical_metric_id=plain[one.definition_id].canonical_metric_id,
            verdict=plain[one.definition_id].verdict,
            is_source=(one.account_id, one.definition.metric_id, one.subject_id) in sources,
        )
        for one in definitions
    }


def _alignment(definition: MetricDefinition) -> Alignment:
    canonical = canonical_for(definition)
    if canonical is None or definition.platform in NOT_ALIGNED:
        return Alignment()
    return Alignment(
        canonical_metric_id=canonical.metric_id, verdict=compare(definition, canonical)
    )


def _in_company_terms(
    definition: MetricDefinition, *, time_zone: str, currency: str
) -> MetricDefinition:
    same_zone = definition.time_zone == time_zone
    same_money = definition.currency == currency
    return definition.model_copy(
        update={
            **({"time_zone": REPORTING} if same_zone else {}),
            **({"currency": REPORTING} if same_money else {}),
        }
    )


def _is_partial(one: EffectiveDefinition) -> bool:
    return bool(one.subject_id) and one.definition.scope != "one_action"


def _preference(one: EffectiveDefinition, aligned: Alignment) -> tuple[bool, bool, int, bool, str]:
    """Smallest is best: holds now, compares, needs few steps, primary; then any fixed order."""
    verdict = aligned.verdict
    impossible = verdict is None or verdict.outcome == "not_comparable"
    steps = len(verdict.left_steps) if verdict else 0
    return one.definition.valid_to is not None, impossible, steps, not one.primary, one.subject_id
