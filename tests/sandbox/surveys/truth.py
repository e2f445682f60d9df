"""What everybody who was asked would have said, and what those said who did.

Belongs here: sums over respondents. Does not: anything of a file or an interface.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from tests.sandbox.surveys.drops import ZONE, taken
from tests.sandbox.surveys.respondents import REMEMBERS, SPREAD, answered_between, mood
from tests.sandbox.world.randomness import generator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.surveys.respondents import Respondent
    from tests.sandbox.world.world import World

SURVEYS = {"brand_tracker": "panel", "post_purchase": "after_purchase"}


def months(world: World, start: date, end: date, as_of: datetime) -> Iterator[dict[str, object]]:
    """A row a survey and calendar month with an answer between two days (`end` excluded).

    `true_nps` is that of an endless number of people in that month's mood; the others are of those
    who answered between the two days and until `as_of`, whose lines can be read.
    """
    for survey in SURVEYS:
        month = start.replace(day=1)
        while month < end:
            after = date(month.year + month.month // 12, month.month % 12 + 1, 1)
            people = [
                one
                for one in _people(world, survey, month, after, as_of)
                if start <= one.at.astimezone(ZONE).date() < end
            ]
            if people:
                yield {"survey_id": survey, "month": month.isoformat(), **_sums(people, month)}
            month = after


def _people(
    world: World, survey: str, month: date, after: date, as_of: datetime
) -> list[Respondent]:
    if survey == "brand_tracker":
        return taken(world, month, as_of)
    first, last = (datetime(one.year, one.month, 1, tzinfo=ZONE) for one in (month, after))
    return list(
        answered_between(
            world, "after_purchase", first.astimezone(UTC), min(last.astimezone(UTC), as_of)
        )
    )


def _sums(people: list[Respondent], month: date) -> dict[str, object]:
    count = len(people)
    grades = [one.recommends for one in people]
    heard = sorted({one.heard for one in people})
    return {
        "respondents": count,
        "nps": 100 * (sum(one > 8 for one in grades) - sum(one < 7 for one in grades)) / count,
        "true_nps": true_nps(month),
        "agreement": sum(6 - one.agrees for one in people) / count,
        "ease": sum(one.ease for one in people) / count,
        "heard": {one: sum(each.heard == one for each in people) for one in heard},
        "remembers": REMEMBERS,
    }


def true_nps(month: date) -> float:
    """By the method of large numbers: what a hundred thousand people of this mood would say."""
    draw = generator("true nps", month)
    feels = (mood(month) + draw.normal(0, SPREAD, 100_000)).round().clip(0, 10)
    return float(100 * ((feels > 8).mean() - (feels < 7).mean()))
