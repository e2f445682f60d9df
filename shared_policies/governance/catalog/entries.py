"""What the catalog says of a product: promises from its contract, facts from ledger and store.

Belongs here: gathering, as plain values that the page and the JSON file share. Does not: layout
(page, lineage), judging.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from shared_policies.governance.catalog.samples import duckdb_sample, python_sample
from shared_policies.governance.contracts.model import ADDITIVE
from shared_policies.governance.policies.verdicts import Outcome
from shared_policies.platform.days import local_day
from shared_policies.platform.errors import NotPublished

if TYPE_CHECKING:
    from shared_policies.governance.contracts.model import Column, Contract, ServiceLevel, Support
    from shared_policies.governance.ledger import AuditRecord, Ledger
    from shared_policies.governance.policies.verdicts import Verdict
    from shared_policies.platform.product_store import ProductStore, PublishedVersion

State = Literal["published", "refused", "never", "deprecated", "retired"]
DayState = Literal["published", "refused", "none"]
STATE_WORDS: Mapping[State, str] = {
    "published": "published",
    "refused": "last audit refused; the version before it is served",
    "never": "never published",
    "deprecated": "deprecated",
    "retired": "retired",
}
SHOWN_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnEntry:
    """A column as a consumer needs it. `sums` says what a sum over rows means.

    `defined_by` is where the number's meaning is written down, empty if only here.
    """

    name: str
    type: str
    unit: str
    meaning: str
    classification: str
    personal: str
    required: bool
    key_position: int | None
    sums: str
    defined_by: str
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelEntry:
    """A service level: what is promised, and what was seen of it.

    `reached` is the share of decided days on which it was kept, None if none is; `budget_left` is
    negative where more was missed than its target allows.
    """

    name: str
    promise: str
    description: str
    target: float | None
    reached: float | None = None
    budget_left: float | None = None
    state: str = "not measured yet"
    observed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictEntry:
    """A verdict of the last audit; `id` is what `policies explain` takes."""

    id: str
    code: str
    name: str
    outcome: str
    observed: str
    expected: str
    floor: str
    remedy: str
    column: str | None
    failing_rows: int
    waived_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """The last audit."""

    at: datetime
    published: bool
    row_count: int
    covered_through: date | None
    complete_share: float | None
    verdicts: tuple[VerdictEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionEntry:
    """What readers get now."""

    version_id: str
    published_at: datetime
    row_count: int
    sandbox: bool
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEntry:
    """Whether anything was published on a day: the last audit of the day decides."""

    day: date
    state: DayState


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Everything the catalog says of one product. `read_by` are ports, from their contracts."""

    port: str
    domain: str
    product: str
    title: str
    state: State
    state_words: str
    status: str
    end_of_support: date | None
    contract_version: str
    owner: str
    support: tuple[str, ...]
    roles: tuple[str, ...]
    purpose: str
    grain: str
    usage: str
    limitations: str
    reads: tuple[str, ...]
    read_by: tuple[str, ...]
    columns: tuple[ColumnEntry, ...]
    levels: tuple[LevelEntry, ...]
    version: VersionEntry | None
    audit: AuditEntry | None
    days: tuple[DayEntry, ...]
    python: str
    duckdb: str


def entries(
    contracts: Sequence[Contract],
    *,
    ledger: Ledger,
    product_store: ProductStore,
    levels: Mapping[str, Sequence[LevelEntry]],
    at: datetime,
    time_zone: str,
) -> list[Entry]:
    """One entry per contract, in the order of domain and product.

    `levels` are every contract's, by port. `at` is aware; days are those of
    `time_zone` (IANA).
    """
    read_by = consumers(contracts)
    found = []
    for contract in sorted(contracts, key=lambda one: one.port):
        since = at - timedelta(days=SHOWN_DAYS)
        found.append(
            _entry(
                contract,
                read_by=read_by.get(contract.port, ()),
                version=_current(contract, product_store),
                last=ledger.latest(contract.port),
                days=_days(ledger.records(contract.port, since=since), at, time_zone),
                levels=levels[contract.port],
                root_url=product_store.root_url,
            )
        )
    return found


def consumers(contracts: Iterable[Contract]) -> dict[str, tuple[str, ...]]:
    """Port to the ports whose contracts name it as upstream."""
    found: dict[str, list[str]] = {}
    for contract in contracts:
        for upstream in contract.upstream:
            found.setdefault(upstream.partition("@")[0], []).append(contract.port)
    return {port: tuple(sorted(readers)) for port, readers in found.items()}


def in_words(level: ServiceLevel) -> str:
    """The promised value as a person says it: "9 hours", "99 %", "2027-06-30"."""
    if level.value.startswith("P"):
        return _spoken(level.duration)
    try:
        return f"{float(level.value) * 100:.4g} %"
    except ValueError:
        return level.value


def _spoken(length: timedelta) -> str:
    """In the largest units that leave no rest."""
    minutes = int(length.total_seconds()) // 60
    parts = {
        "day": minutes // (24 * 60),
        "hour": minutes // 60 % 24,
        "minute": minutes % 60,
    }
    shown = [f"{count} {unit}{'s' * (count != 1)}" for unit, count in parts.items() if count]
    return " ".join(shown) or "at once"


def _entry(
    contract: Contract,
    *,
    read_by: tuple[str, ...],
    version: VersionEntry | None,
    last: AuditRecord | None,
    days: tuple[DayEntry, ...],
    levels: Sequence[LevelEntry],
    root_url: str,
) -> Entry:
    state = _state(contract, version, last)
    return Entry(
        port=contract.port,
        domain=contract.domain,
        product=contract.product,
        title=str(contract.text.get("name", contract.product)),
        state=state,
        state_words=STATE_WORDS[state],
        status=contract.status,
        end_of_support=contract.end_of_support,
        contract_version=contract.version,
        owner=f"team {contract.team}",
        support=tuple(_support(one) for one in contract.support),
        roles=tuple(f"{one.role} sees what is {one.clearance}" for one in contract.roles),
        purpose=contract.purpose,
        grain=contract.grain,
        usage=contract.usage,
        limitations=contract.limitations,
        reads=tuple(one.partition("@")[0] for one in contract.upstream),
        read_by=read_by,
        columns=tuple(_column(column) for column in contract.columns),
        levels=tuple(levels),
        version=version,
        audit=None if last is None else _audit(last),
        days=days,
        python=python_sample(contract),
        duckdb=duckdb_sample(contract, root_url),
    )


def _support(support: Support) -> str:
    return f"{support.channel} ({support.url})" if support.url else support.channel


def _state(contract: Contract, version: VersionEntry | None, last: AuditRecord | None) -> State:
    if contract.status in {"deprecated", "retired"}:
        return "retired" if contract.status == "retired" else "deprecated"
    if last is not None and not last.published:
        return "refused"
    return "never" if version is None else "published"


def _current(contract: Contract, product_store: ProductStore) -> VersionEntry | None:
    try:
        version: PublishedVersion = product_store.current(
            contract.port, major_version=contract.major_version
        )
    except NotPublished:
        return None
    return VersionEntry(
        version_id=version.version_id,
        published_at=version.published_at,
        row_count=version.row_count,
        sandbox=bool(version.details.get("sandbox")),
        files=version.files,
    )


def _audit(record: AuditRecord) -> AuditEntry:
    """Its verdicts, the worst first."""
    worst_first = sorted(record.verdicts, key=lambda one: (-one.outcome, one.code))
    return AuditEntry(
        at=record.at,
        published=record.published,
        row_count=record.row_count,
        covered_through=record.covered_through,
        complete_share=record.complete_share,
        verdicts=tuple(_verdict(record, verdict) for verdict in worst_first),
    )


def _verdict(record: AuditRecord, verdict: Verdict) -> VerdictEntry:
    """Without samples: keys of rows stay where the product's readers are, in the UI."""
    return VerdictEntry(
        id=record.verdict_id(verdict.code),
        code=verdict.code,
        name=verdict.name,
        outcome=verdict.outcome.name,
        observed=verdict.observed,
        expected=verdict.expected,
        floor=verdict.floor,
        remedy=verdict.remedy if verdict.outcome > Outcome.NOT_APPLICABLE else "",
        column=verdict.column,
        failing_rows=verdict.failing_rows,
        waived_by=verdict.waived_by,
    )


def _days(records: Iterable[AuditRecord], at: datetime, time_zone: str) -> tuple[DayEntry, ...]:
    last: dict[date, DayState] = {
        local_day(record.at, time_zone=time_zone): "published" if record.published else "refused"
        for record in records
    }
    today = local_day(at, time_zone=time_zone)
    shown = (today - timedelta(days=back) for back in reversed(range(SHOWN_DAYS)))
    return tuple(DayEntry(day=day, state=last.get(day, "none")) for day in shown)


def _column(column: Column) -> ColumnEntry:
    return ColumnEntry(
        name=column.name,
        type=column.data_type,
        unit=column.unit,
        meaning=column.description,
        classification=column.classification,
        personal=column.personal,
        required=column.required,
        key_position=column.key_position,
        sums="" if column.additive is None else ADDITIVE[column.additive],
        defined_by=column.defined_by or "",
        allowed=column.allowed,
    )
