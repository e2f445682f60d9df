"""Three witnesses of where buyers come from, and whether one contradicts another.

Belongs here: what each witness's channel means, what they may be compared by, the verdict. Does
not: counts (dbt), intervals (intervals.py). Witnesses are shown side by side; nothing is averaged
over them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from marketing_domain.metrics.intervals import Estimate

Witness = Literal["claimed", "observed", "survey"]
Outcome = Literal["within_interval", "above_interval", "below_interval", "not_comparable"]

CHANNEL_MEANS: dict[Witness, str] = {
    "claimed": (
        "The ad platform that claims the purchase by its own windows and rules, views included."
        " Two platforms may claim one purchase, and nobody claims for a channel without ads."
    ),
    "observed": (
        "The source of the last session that was not direct, as web analytics saw it. Buyers"
        " without consent are missing; a click without a tag is no ad."
    ),
    "survey": (
        "What a buyer names when asked how they first heard about us. Memory, of those who answer."
    ),
}
# The channels that every witness can name: shares are compared among these alone.
COMMON = ("google_ads", "facebook_ads")
# An ad account's days by its own clock overlap a reporting month by a day at either end.
MOST_DAYS_APART = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Of one witness's share beside the survey's interval; `note` says why there is none."""

    outcome: Outcome
    note: str = ""


def compared(
    share: float | None, survey: Estimate | None, *, days: int | None, survey_days: int
) -> Verdict:
    """Whether `share` lies where the survey's interval says that the truth is.

    Both are shares among COMMON. Outside of the interval one of the two is wrong about buyers, or
    they mean different things by a channel; inside, the survey does not contradict.
    """
    if survey is None:
        return Verdict(outcome="not_comparable", note="too few people name an ad")
    if share is None or days is None:
        return Verdict(outcome="not_comparable", note="this witness counted nothing in the month")
    if abs(days - survey_days) > MOST_DAYS_APART:
        return Verdict(
            outcome="not_comparable",
            note=f"known on {days} days of the month, the survey on {survey_days}",
        )
    if share > survey.high:
        return Verdict(outcome="above_interval")
    if share < survey.low:
        return Verdict(outcome="below_interval")
    return Verdict(outcome="within_interval")
