"""When an asset runs without being asked.

Belongs here: conditions that several assets share. Does not: the guard against failed checks,
which govern() adds to every condition.
"""

from __future__ import annotations

import dagster as dg


def on_upstream() -> dg.AutomationCondition[dg.AssetKey]:
    """As soon as any partition of anything upstream is materialised, restated history too.

    `eager` alone waits for ever for a partition that was never there: nobody lands all days
    since the calendar's first.
    """
    condition = dg.AutomationCondition
    return condition.eager().without(~condition.any_deps_missing())
