"""What is wrong at this instant, in words for whoever must mend it.

Belongs here: from states, audits and waivers to findings. Does not: whether somebody was told.

What has one cause is told once. A consumer's lag behind a product is no finding: a consumer that is
late breaks its own promise, and its owner is told of that. A day that is not there is late, not
also incomplete; a product whose newest audit was refused has a finding per policy that refused it,
and is not also unavailable; all budgets of a product are one finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from shared_policies.governance.service_levels.calendar_time import ONE_DAY
from shared_policies.governance.service_levels.sli import Standing
from shared_policies.governance.service_levels.slo import Burning
from shared_policies.governance.service_levels.states import consumers_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.ledger import AuditRecord
    from shared_policies.governance.policies.verdicts import Verdict
    from shared_policies.governance.service_levels.slo import Budget
    from shared_policies.governance.service_levels.states import LevelState
    from shared_policies.governance.waivers import Waiver

REFUSED = "refused-publication"
BUDGET = "error-budget"
WAIVER = "ending-waiver"
WAIVER_NOTICE = timedelta(days=3)

CURES = {
    "latency": "See whether the product's sources were pulled and its last run succeeded, then "
    "materialise what is missing; consumers keep the version before.",
    "freshness": "Look at the product's last run and at what stands upstream of it, then "
    "materialise the product.",
    "completeness": "See which accounts have no answer in the checks of the landing assets, pull "
    "those days again, then materialise the product.",
    "availability": "Mend what the last audit refused; until then readers have the last good "
    "version.",
    BUDGET: "Before anything else is changed about the product, find what the missed days have in "
    "common; if the promise is too tight, agree on another with the consumers.",
    WAIVER: "Mend the failure before the day, or have the exception approved anew; from that day "
    "the policy blocks publication again.",
}
# Every kind of alert there is; each has its page in docs/runbooks.
KINDS = (*CURES, REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong with one product.

    `about` is a level, a policy's code or a budget: with `port` it names the incident. `grade`
    grows as it gets worse, from 1. `runbook` is its kind, whose page helps.
    """

    port: str
    about: str
    grade: int
    what: str
    since: datetime
    owner: str
    consumers: tuple[str, ...]
    cure: str
    runbook: str


def findings(
    states: Iterable[LevelState],
    records: Iterable[AuditRecord],
    waivers: Mapping[str, Sequence[Waiver]],
    *,
    contracts: Sequence[Contract],
    now: datetime,
) -> list[Finding]:
    """Everything that is wrong at `now`, at most one per product and `about`.

    `waivers` are by domain.
    """
    known = {contract.port: contract for contract in contracts}
    readers = {
        port: tuple(one.port for one in consumers_of(contract, contracts))
        for port, contract in known.items()
    }
    by_port: dict[str, list[AuditRecord]] = {}
    for record in sorted(records, key=lambda one: one.at):
        if record.at <= now:
            by_port.setdefault(record.port, []).append(record)
    found = [
        *(
            one
            for port, some in _grouped(states).items()
            for one in [*_of_levels(some, readers), *_of_budgets(some, readers)]
            if not (one.about == "availability" and _is_refused(by_port.get(port, ())))
        ),
        *(
            one
            for port in sorted(known.keys() & by_port.keys())
            for one in _of_audits(known[port], by_port[port], readers)
        ),
        *(
            one
            for domain, some in waivers.items()
            for waiver in some
            if (port := f"{domain}/{waiver.product}") in known
            for one in _of_waiver(waiver, known[port], readers, now)
        ),
    ]
    worst: dict[tuple[str, str], Finding] = {}
    for one in sorted(found, key=lambda finding: finding.grade):
        worst[one.port, one.about] = one
    return list(worst.values())


def owner_of(contract: Contract) -> str:
    """The team, and where it is reached."""
    channels = ", ".join(one.channel for one in contract.support)
    return f"team {contract.team}" + (f" ({channels})" if channels else "")


def _grouped(states: Iterable[LevelState]) -> dict[str, list[LevelState]]:
    """By product; without what is no finding of its own."""
    by_port: dict[str, list[LevelState]] = {}
    for state in states:
        if state.level != "activation_lag":
            by_port.setdefault(state.contract.port, []).append(state)
    return by_port


def _of_levels(
    states: Sequence[LevelState], readers: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    """A finding per broken level of one product."""
    is_late = any(state.level == "latency" and state.broken_now for state in states)
    for state in states:
        contract, newest, since = state.contract, state.newest, state.broken_since
        if newest is None or since is None:
            continue
        if is_late and state.level in {"completeness", "availability"}:
            continue
        promised = contract.service_levels[state.level].value
        yield Finding(
            port=contract.port,
            about=state.level,
            grade=state.missed_in_a_row,
            what=f"Its promise of {state.level} {promised} is broken: {newest.observed}.",
            since=since,
            owner=owner_of(contract),
            consumers=readers[contract.port],
            cure=CURES[state.level],
            runbook=state.level,
        )


def _of_budgets(
    states: Sequence[LevelState], readers: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    """One finding for all budgets of one product that are burning."""
    burning = [state for state in states if state.burning >= Burning.SLOWLY]
    if not burning:
        return
    contract = burning[0].contract
    missed = [
        one.due_at for state in burning for one in state.decided if one.standing is Standing.MISSED
    ]
    yield Finding(
        port=contract.port,
        about=BUDGET,
        grade=max(int(state.burning) for state in burning),
        what=" ".join(_burning(state.level, state.budget) for state in burning if state.budget),
        since=min(missed),
        owner=owner_of(contract),
        consumers=readers[contract.port],
        cure=CURES[BUDGET],
        runbook=BUDGET,
    )


def _burning(level: str, budget: Budget) -> str:
    verb = {
        Burning.SLOWLY: "being used up",
        Burning.FAST: "being used up fast",
        Burning.EXHAUSTED: "used up",
    }[budget.burning]
    return (
        f"Its error budget for {level} is {verb}: {budget.missed_days} of the last "
        f"{budget.period_days} days missed, {float(budget.allowed_days):g} may be at a target of "
        f"{budget.target:g} ({float(budget.spent):.0%} spent)."
    )


def _is_refused(records: Sequence[AuditRecord]) -> bool:
    return bool(records) and not records[-1].published


def _of_audits(
    contract: Contract, records: Sequence[AuditRecord], readers: Mapping[str, tuple[str, ...]]
) -> Iterator[Finding]:
    """A finding per policy that keeps the newest candidate from being published."""
    if not _is_refused(records):
        return
    newest = records[-1]
    blocking = [verdict for verdict in newest.verdicts if verdict.blocks]
    for verdict in blocking:
        yield Finding(
            port=contract.port,
            about=verdict.code,
            grade=int(verdict.outcome),
            what=f"{verdict.code} {verdict.name} keeps it from being published: "
            f"{verdict.observed}; expected {verdict.expected}. Readers keep the last good version.",
            since=_refused_since(records, verdict),
            owner=owner_of(contract),
            consumers=readers[contract.port],
            cure=f"{verdict.remedy} All of it: policies explain {newest.verdict_id(verdict.code)}",
            runbook=REFUSED,
        )
    if not blocking:
        yield Finding(
            port=contract.port,
            about="audit",
            grade=1,
            what="Its last audit was refused without the verdict of a policy.",
            since=newest.at,
            owner=owner_of(contract),
            consumers=readers[contract.port],
            cure=f"Read the run {newest.run_id} in Dagster.",
            runbook=REFUSED,
        )


def _refused_since(records: Sequence[AuditRecord], verdict: Verdict) -> datetime:
    """When the row of refusals by the same policy, up to the newest one, began."""
    since = records[-1].at
    for record in reversed(records):
        codes = {one.code for one in record.verdicts if one.blocks}
        if record.published or verdict.code not in codes:
            break
        since = record.at
    return since


def _of_waiver(
    waiver: Waiver, contract: Contract, readers: Mapping[str, tuple[str, ...]], now: datetime
) -> Iterator[Finding]:
    ends = datetime.combine(waiver.expires_on, time(), tzinfo=UTC) + ONE_DAY
    if not ends - WAIVER_NOTICE <= now < ends:
        return
    yield Finding(
        port=contract.port,
        about=f"{waiver.policy}-waiver",
        grade=1 if now < ends - ONE_DAY else 2,
        what=f"The exception from {waiver.policy} ends with {waiver.expires_on}: {waiver.reason}",
        since=ends - WAIVER_NOTICE,
        owner=owner_of(contract),
        consumers=readers[contract.port],
        cure=CURES[WAIVER],
        runbook=WAIVER,
    )
