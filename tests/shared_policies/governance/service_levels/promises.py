"""Small contracts and audits for tests of what is promised by when.

Belongs here: building them. Does not: expectations.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from shared_policies.governance.contracts.model import Column, Contract, ServiceLevel, Support
from shared_policies.governance.ledger import AuditRecord
from shared_policies.governance.policies.verdicts import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BERLIN = "Europe/Berlin"
PRODUCT = "marketing/spend"


def contract(
    port: str = PRODUCT,
    *,
    upstream: Sequence[str] = (),
    target: float | None = None,
    element: str | None = "due",
    unit: str = "day",
    **levels: str,
) -> Contract:
    """A contract with nothing in it but `levels`, all with the same `target`.

    Its one column, `due`, has the `unit`; the latency is about its `element`.
    """
    domain, product = port.split("/")
    return Contract(
        domain=domain,
        product=product,
        version="1.0.0",
        status="active",
        team=domain,
        support=(Support(channel=f"#{domain}-data", url=None, tool=None, description=""),),
        grain="",
        purpose="",
        usage="",
        limitations="",
        upstream=tuple(upstream),
        columns=(_column("due", unit),),
        rules=(),
        roles=(),
        service_levels={
            name: ServiceLevel(
                name=name,
                value=value,
                element=element if name == "latency" else None,
                target=target,
                description="",
            )
            for name, value in levels.items()
        },
        end_of_support=None,
        most_quarantined=0.0,
        digest="",
        text={},
    )


def _column(name: str, unit: str) -> Column:
    return Column(
        name=name,
        data_type="date",
        logical_type="date",
        required=True,
        key_position=1,
        unit=unit,
        classification="internal",
        description="",
        additive=None,
        minimum=None,
        maximum=None,
        pattern=None,
        allowed=(),
        personal="no",
        free_text=False,
        currency_from=None,
        time_zone_from=None,
    )


def utc(text: str) -> datetime:
    """`2026-11-04 08:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def audited(
    at: str,
    *,
    through: str | None = None,
    port: str = PRODUCT,
    complete_share: float | None = 1.0,
    failed: str | None = None,
    waived: str | None = None,
    inputs: Mapping[str, str] | None = None,
    incomplete: tuple[str, ...] = (),
) -> AuditRecord:
    """An audit that ended `at` (UTC); refused where a policy `failed`."""
    outcomes = {failed: Outcome.FAIL, waived: Outcome.WAIVED}
    return AuditRecord(
        port=port,
        domain=port.split("/", maxsplit=1)[0],
        at=utc(at),
        run_id="run",
        contract_version="1.0.0",
        contract_digest="",
        pack_digest="",
        published=failed is None,
        version_id=None if failed else f"{port}@{at}",
        covered_through=None if through is None else date.fromisoformat(through),
        complete_share=complete_share,
        row_count=1,
        previous_row_count=1,
        verdicts=tuple(
            Verdict(
                code=code,
                name="rows_are_there",
                outcome=outcome,
                observed="0 rows",
                expected="at least one row",
                remedy="Materialise its landing.",
            )
            for code, outcome in outcomes.items()
            if code is not None
        ),
        inputs=inputs or {},
        incomplete=incomplete,
    )
