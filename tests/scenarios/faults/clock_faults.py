"""A machine whose clock is wrong: what is due and what is final depends on it.

Belongs here: how wrong it is. Does not: what came of it (trials.py).
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

from shared_policies.platform import clock
from tests.scenarios.faults.trouble import PlatformFault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.sandbox.process import RunningSandbox
    from tests.scenarios.faults.trouble import Trouble

SKEWS = {"an hour behind": timedelta(hours=-1), "a day ahead": timedelta(days=1)}
STREAMS = {
    "adobe_analytics": "channel_day",
    "ecb": "reference_rate",
    "facebook_ads": "campaign_day",
    "google_ads": "campaign_hour",
    "google_analytics": "session_hour",
    "salesforce": "lead",
}


def _wrong_by(skew: timedelta) -> Trouble:
    @contextmanager
    def lasting(_: RunningSandbox) -> Iterator[Callable[[], bool]]:
        def wrong() -> datetime:
            return datetime.now(UTC) + skew

        with patch.object(clock, "machine_time", side_effect=wrong) as asked:
            yield lambda: asked.called

    return lasting


CLOCKS = tuple(
    PlatformFault(
        name=f"{source} {stream}: the clock is {name}",
        source=source,
        stream=stream,
        trouble=_wrong_by(skew),
        by_itself=False,
    )
    for source, stream in STREAMS.items()
    for name, skew in SKEWS.items()
)
