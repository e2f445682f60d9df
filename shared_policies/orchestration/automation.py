"""When an asset runs without being asked.

Belongs here: conditions that several assets share. Does not: the guard against failed checks,
which govern() adds to every condition.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import dagster as dg


@cache  # one value for all assets of a domain: dbt's are asked for theirs ten times over
def on_upstream(domain: str) -> dg.AutomationCondition[dg.AssetKey]:
    """As soon as any partition of anything upstream is materialised, restated history too.

    `eager` alone waits for everything upstream to be there: for ever, as nobody lands all days
    since the calendar's first or needs every source. Another domain's product is waited for.
    """
    missing = dg.AutomationCondition.any_deps_missing()
    ours = dg.AssetSelection.key_prefixes([domain])
    condition: dg.AutomationCondition[Any] = dg.AutomationCondition.eager()
    return condition.replace(missing, missing.ignore(ours))
