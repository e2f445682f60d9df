"""When an asset runs without being asked.

Belongs here: conditions that several assets share. Does not: the guard against failed checks,
which govern() adds to every condition.
"""

from __future__ import annotations

import dagster as dg


def on_upstream() -> dg.AutomationCondition[dg.AssetKey]:
    """As soon as any partition of anything upstream is materialised, restated history too.

    `eager` alone looks at the latest partition only, and waits for ever for a partition that
    was never there: an account that was opened last month has none before.
    """
    condition = dg.AutomationCondition
    return (
        condition.eager()
        .without(condition.in_latest_time_window())
        .without(~condition.any_deps_missing())
    )
