"""How promises stand now, in this installation: its company's time zone, its memory.

Belongs here: bringing settings and memory to the arithmetic. Does not: the arithmetic (states).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.service_levels.slo import PERIOD_DAYS
from shared_policies.governance.service_levels.states import LevelState, level_states
from shared_policies.governance.service_levels.watch import Watch
from shared_policies.platform.company import company_settings, data_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.ledger import AuditRecord


def present_states(
    contracts: Sequence[Contract],
    records: Iterable[AuditRecord],
    *,
    now: datetime,
    days: int = PERIOD_DAYS,
) -> list[LevelState]:
    """Every promise at `now`, measured over the last `days`.

    A product that is seen for the first time is watched from `now` on.
    """
    ports = [contract.port for contract in contracts]
    return level_states(
        contracts,
        records,
        now=now,
        since=Watch(data_settings().governance_url).since(ports, now=now),
        time_zone=company_settings().reporting_time_zone,
        days=days,
    )
