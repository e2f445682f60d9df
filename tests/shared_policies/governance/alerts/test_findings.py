"""What is wrong, in words for whoever must mend it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from shared_policies.governance.alerts.findings import Finding, findings
from shared_policies.governance.service_levels.states import level_states
from shared_policies.governance.waivers import Approval, Authority, Scope, Waiver
from tests.shared_policies.governance.service_levels.promises import (
    BERLIN,
    audited,
    contract,
    utc,
)

if TYPE_CHECKING:
    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.ledger import AuditRecord

SPEND = contract(latency="PT9H", target=0.9)
REPORT = contract("finance/report", upstream=["marketing/spend@1"], latency="PT12H", target=0.9)


def found_at(
    now: str,
    *records: AuditRecord,
    contracts: tuple[Contract, ...] = (SPEND,),
    waivers: tuple[Waiver, ...] = (),
    since: str = "2026-11-01 10:00",
) -> dict[str, Finding]:
    """By product and matter."""
    states = level_states(
        contracts,
        records,
        now=utc(now),
        since={one.port: utc(since) for one in contracts},
        time_zone=BERLIN,
    )
    found = findings(states, records, {"marketing": waivers}, contracts=contracts, now=utc(now))
    assert len({(one.port, one.about) for one in found}) == len(found)
    return {f"{one.port} {one.about}": one for one in found}


def test_a_late_day_names_what_since_when_whose_and_who_is_affected():
    night = audited("2026-11-03 07:00", through="2026-11-02")
    found = found_at("2026-11-04 08:01", night, contracts=(SPEND, REPORT))
    late = found["marketing/spend latency"]
    assert late.what == (
        "Its promise of latency PT9H is broken: 2026-11-03 is not published; "
        "the newest version is known through 2026-11-02."
    )
    assert late.since == utc("2026-11-04 08:00")
    assert late.owner == "team marketing (#marketing-data)"
    assert late.consumers == ("finance/report",)
    assert late.grade == 1


def test_every_further_day_is_worse_and_since_stays_the_first():
    found = found_at("2026-11-05 08:01", since="2026-11-02 23:00")
    late = found["marketing/spend latency"]
    assert (late.grade, late.since) == (3, utc("2026-11-03 08:00"))


def test_a_day_that_came_late_is_no_finding_and_its_budget_may_be():
    night = audited("2026-11-03 07:00", through="2026-11-02")
    late = audited("2026-11-04 10:00", through="2026-11-03")
    now, since = "2026-11-04 10:01", "2026-11-03 06:00"
    assert found_at(now, night, late, since=since) == {}
    tight = contract(latency="PT9H", target=0.99)
    (found,) = found_at(now, night, late, contracts=(tight,), since=since).values()
    assert found.about == "error-budget"
    assert found.what == (
        "Its error budget for latency is used up: 1 of the last 30 days missed, "
        "0.3 may be at a target of 0.99 (333% spent)."
    )


def test_a_refused_audit_is_a_finding_per_policy_since_the_first_refusal():
    good = audited("2026-11-03 07:00", through="2026-11-02")
    first = audited("2026-11-03 09:00", through="2026-11-02", failed="VOL-01")
    again = audited("2026-11-03 11:00", through="2026-11-02", failed="VOL-01")
    (found,) = found_at("2026-11-03 12:00", good, first, again).values()
    assert found.about == "VOL-01"
    assert found.since == utc("2026-11-03 09:00")
    assert "0 rows; expected at least one row" in found.what
    assert found.cure.startswith("Materialise its landing.")
    assert "policies explain" in found.cure


def test_one_cause_is_told_once():
    full = contract(
        latency="PT9H", freshness="PT26H", completeness="0.9", availability="0.9", target=0.5
    )
    night = audited("2026-11-02 07:00", through="2026-11-01")
    nothing = found_at("2026-11-04 08:01", night, contracts=(full,))
    assert set(nothing) == {"marketing/spend latency", "marketing/spend freshness"}
    assert nothing["marketing/spend freshness"].since == utc("2026-11-03 09:00")  # 26 h later
    refused = audited("2026-11-04 07:00", through="2026-11-03", failed="VOL-01")
    stopped = found_at("2026-11-04 07:59", night, refused, contracts=(full,))
    assert "marketing/spend VOL-01" in stopped
    assert "marketing/spend availability" not in stopped


def test_an_exception_keeps_a_product_readable_and_not_as_available_as_promised():
    full = contract(availability="0.9", target=0.5)
    waived = audited("2026-11-03 07:00", through="2026-11-02", waived="VOL-01")
    (found,) = found_at("2026-11-04 08:01", waived, contracts=(full,)).values()
    assert (found.about, found.since) == ("availability", utc("2026-11-03 07:00"))


def test_a_publication_ends_it():
    refused = audited("2026-11-03 07:00", through="2026-11-02", failed="VOL-01")
    good = audited("2026-11-03 07:30", through="2026-11-02")
    assert found_at("2026-11-03 07:59", refused, good) == {}


def test_an_exception_is_announced_before_it_ends():
    waiver = Waiver(
        policy="VOL-01",
        product="spend",
        reason="The agency moves its accounts.",
        requested_by="team:marketing",
        approved_by=Approval(
            authority=Authority.DOMAIN_OWNER, signers=("team:finance",), on=date(2026, 11, 1)
        ),
        expires_on=date(2026, 11, 6),
        scope=Scope(max_failing_rows=0),
    )
    good = audited("2026-11-03 07:00", through="2026-11-02")
    before = found_at("2026-11-03 23:59", good, waivers=(waiver,))
    noticed = found_at("2026-11-04 00:00", good, waivers=(waiver,))
    last_day = found_at("2026-11-06 00:00", good, waivers=(waiver,))
    assert "marketing/spend VOL-01-waiver" not in before
    assert noticed["marketing/spend VOL-01-waiver"].grade == 1
    assert last_day["marketing/spend VOL-01-waiver"].grade == 2


def test_a_consumer_is_told_of_its_own_promise_only():
    found = found_at("2026-11-04 11:01", contracts=(SPEND, REPORT), since="2026-11-03 22:00")
    assert set(found) == {
        "marketing/spend latency",
        "finance/report latency",
    }
