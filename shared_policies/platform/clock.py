"""Whether this machine's clock may be believed: which days are due and final depends on it.

Belongs here: comparing it with a server's. Does not: what follows from an instant (days.py).

A clock that is a day ahead asks for days that are still running and calls them final; one that is
behind lands answers that are older, by their instants, than what is known already.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from shared_policies.platform.errors import MisconfiguredSetting

if TYPE_CHECKING:
    from shared_policies.platform.days import DayRange
    from shared_policies.platform.streams import Interface

TOLERANCE = timedelta(minutes=10)
PATIENCE_SECONDS = 10


def refuse_wrong_clock(interface: Interface, *, source: str, days: DayRange) -> None:
    """Compare with the other side; who does not tell the time refutes nothing.

    Raises:
        MisconfiguredSetting: the two differ by more than ten minutes.
    """
    url = interface.clock_url
    skew = None if url is None else skew_from(url)
    refuse_skew(skew, beside=str(urlsplit(url).hostname), source=source, days=days)


def refuse_skew(
    skew: timedelta | None, *, beside: str, source: str, days: DayRange | None = None
) -> None:
    """`skew` is how far this machine is ahead of `beside`; None where that is not known.

    Raises:
        MisconfiguredSetting: by more than ten minutes.
    """
    if skew is None or abs(skew) <= TOLERANCE:
        return
    minutes = round(abs(skew) / timedelta(minutes=1))
    direction = "ahead of" if skew > timedelta() else "behind"
    raise MisconfiguredSetting(
        f"this machine's clock says {machine_time():%Y-%m-%d %H:%M} UTC, {minutes} minutes "
        f"{direction} {beside}. Nothing was landed, as a day that is still running would be "
        "called final.",
        cure="Set the clock, best by NTP, then run again.",
        source=source,
        days=days,
    )


def skew_from(url: str) -> timedelta | None:
    """How far this machine is ahead of the server at `url`; None if that does not tell the time.

    Raises nothing: a server that is away will be met, and told of, by the pull itself.
    """
    import requests  # noqa: PLC0415  0.1 s that a location's load need not pay

    before = machine_time()
    try:
        answer = requests.head(url, timeout=PATIENCE_SECONDS, allow_redirects=False)
        told = parsedate_to_datetime(answer.headers["Date"])
        # A cache on the way hands on the date of the answer that it keeps.
        theirs = told + timedelta(seconds=int(answer.headers.get("Age", 0)))
    except (requests.RequestException, LookupError, ValueError):
        return None
    return before + (machine_time() - before) / 2 - theirs


def skew_beside(theirs: datetime) -> timedelta:
    """How far this machine is ahead of another that said `theirs` (aware) just now."""
    return machine_time() - theirs


def machine_time() -> datetime:
    return datetime.now(UTC)
