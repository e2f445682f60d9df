"""Whether this machine's clock may be believed: which days are due and final depends on it.

Belongs here: comparing it with a server's. Does not: what follows from an instant (days.py).

A clock that is a day ahead asks for days that are still running and calls them final; one that is
behind lands answers that are older, by their instants, than what is known already.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from shared_policies.platform.errors import MisconfiguredSetting

TOLERANCE = timedelta(minutes=10)
PATIENCE_SECONDS = 10


def refuse_wrong_clock(url: str, *, source: str) -> None:
    """Compare with the server at `url`; a server that does not tell the time refutes nothing.

    Raises:
        MisconfiguredSetting: the two differ by more than ten minutes.
    """
    refuse_difference(time_at(url), source=source)


def refuse_difference(theirs: datetime | None, *, source: str) -> None:
    """Raises MisconfiguredSetting likewise; `theirs` is aware, None where it is not known."""
    ours = machine_time()
    if theirs is None or abs(ours - theirs) <= TOLERANCE:
        return
    minutes = round(abs(ours - theirs) / timedelta(minutes=1))
    raise MisconfiguredSetting(
        f"this machine's clock says {ours:%Y-%m-%d %H:%M} UTC, which is {minutes} minutes "
        f"{'ahead of' if ours > theirs else 'behind'} the server's. Nothing was landed, as a day "
        "that is still running would be called final.",
        cure="Set the clock, best by NTP, then run again.",
        source=source,
    )


def time_at(url: str) -> datetime | None:
    """When the server at `url` answered, by its own clock; None if it does not say so."""
    import requests  # noqa: PLC0415  0.1 s that a location's load need not pay

    try:
        answer = requests.head(url, timeout=PATIENCE_SECONDS, allow_redirects=False)
        answered = parsedate_to_datetime(answer.headers["Date"])
        # A cache on the way hands on the date of the answer that it keeps.
        return answered + timedelta(seconds=int(answer.headers.get("Age", 0)))
    except (requests.RequestException, LookupError, ValueError):
        return None


def machine_time() -> datetime:
    return datetime.now(UTC)
