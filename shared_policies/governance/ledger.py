"""The memory of every audit: append-only, a hash chain per product.

Belongs here: how records are kept, found again, and how an altered one is noticed. Does not: what
a verdict says (policies), what is derived from many (service_levels, scorecard).

Why files and not a table: a record is written once, by whichever domain's process audited, on the
same local disk or object store as the products; nothing needs to be running to read it. Each
record holds the hash of the one before it. `head.json` names the newest record, and before that
is written announces it, so that a record cut off at the end is as visible as one in the middle
and a crash between the two writes is told from a forgery. Who can rewrite every later record and
the head can still lie about one product; `heads()` is what to keep elsewhere against that.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from shared_policies.governance.policies.verdicts import Outcome, Verdict
from shared_policies.platform.company import data_settings
from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.file_store import FileStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

HEAD = "head.json"
CLOCK_SKEW = timedelta(hours=1)
LOCK_SECONDS = 60.0


class LedgerBroken(MisconfiguredSetting):
    """A product's chain was altered: nothing is appended, so nothing more of it is published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """What one audit found, whether or not it led to a publication.

    `at` is when the audit ended, aware. `covered_through` is the last day of the contract's
    latency element that is wholly known in the audited table; None if it has no such element.
    `complete_share` is the share of due account-days that are known, None where none are due;
    `incomplete` names the accounts that lack some.
    `inputs` are the versions read from other products, port to version id. `sequence`,
    `record_id` and both hashes are given by the ledger.
    """

    port: str
    domain: str
    at: datetime
    run_id: str
    contract_version: str
    contract_digest: str
    pack_digest: str
    published: bool
    version_id: str | None
    covered_through: date | None
    complete_share: float | None
    row_count: int
    previous_row_count: int | None
    verdicts: tuple[Verdict, ...]
    inputs: Mapping[str, str] = field(default_factory=dict)
    incomplete: tuple[str, ...] = ()
    sequence: int = 0
    record_id: str = ""
    previous_hash: str = ""
    hash: str = ""

    def verdict_id(self, code: str) -> str:
        """What `policies explain` takes: `domain/product/sequence/code`."""
        return f"{self.record_id}/{code}"


RECORD_FIELDS = frozenset(one.name for one in fields(AuditRecord))
VERDICT_FIELDS = frozenset(one.name for one in fields(Verdict))


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The newest record of a chain, and the hash of the one that is being written after it."""

    sequence: int
    hash: str
    announced: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One place at which a chain is not what was written."""

    port: str
    file: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.port}, {self.file}: {self.found}; expected {self.expected}."


@dataclass(frozen=True, slots=True)
class Ledger:
    """All records below one folder or URL: `<domain>/<product>/<sequence>.json`."""

    root_url: str

    @property
    def files(self) -> FileStore:
        return FileStore(self.root_url)

    def append(self, record: AuditRecord) -> AuditRecord:
        """Keep `record`; returned with what the ledger gave it. It survives a crash from then on.

        Appends to one product wait for each other on a local disk; on an object store the later
        of two that overlap fails before it writes anything.

        Raises:
            LedgerBroken: the chain's end is not what was written last, or somebody appended
                to the same product at the same instant.
        """
        with self._one_at_a_time(record.port):
            head = self._settled_head(record.port)
            sealed = _sealed(record, after=head)
            path = _path(record.port, sealed.sequence)
            self._point(record.port, replace(head, announced=sealed.hash))
            try:
                self.files.create(path, _encoded(_as_json(sealed)))
            except FileExistsError as error:
                self._give_way(sealed)
                raise _overlapping(record.port, path) from error
            self._point(record.port, Head(sequence=sealed.sequence, hash=sealed.hash))
        return sealed

    def records(
        self, port: str | None = None, *, since: datetime | None = None
    ) -> list[AuditRecord]:
        """In the order of writing within a product, products by name. `since` is aware."""
        ports = self.ports() if port is None else [port]
        found = []
        for one in ports:
            newest_first = self._newest_first(one, since)
            found += sorted(newest_first, key=lambda record: record.sequence)
        return found

    def latest(self, port: str) -> AuditRecord | None:
        """The newest record of a product."""
        return next(self._newest_first(port, None), None)

    def knows(self, port: str, version_id: str) -> bool:
        """Whether an audit led to this version. True also of a product that was never audited."""
        return not self._record_names(port) or any(
            record.published and record.version_id == version_id
            for record in self._newest_first(port, None)
        )

    def find(self, record_id: str) -> AuditRecord | None:
        """The record that is called `domain/product/sequence`."""
        port, _, sequence = record_id.rpartition("/")
        if not (port and sequence.isdigit()):
            return None
        try:
            return _decoded(self.files.read(_path(port, int(sequence))))
        except FileNotFoundError:
            return None

    def ports(self) -> list[str]:
        """Every product that was ever audited, `domain/product`."""
        return [
            f"{domain}/{product}"
            for domain in self.files.names("")
            for product in self.files.names(domain)
        ]

    def heads(self) -> dict[str, Head]:
        """The end of every chain: kept outside the ledger, it shows a chain rewritten whole."""
        return {port: self._head(port) for port in self.ports()}

    def verify(self) -> list[Break]:
        """Every place that was edited, removed, reordered or inserted; empty if none was."""
        return [broken for port in self.ports() for broken in self._breaks(port)]

    def _newest_first(self, port: str, since: datetime | None) -> Iterator[AuditRecord]:
        for name in reversed(self._record_names(port)):
            record = _decoded(self.files.read(f"{port}/{name}"))
            if since is None or record.at >= since:
                yield record
            elif record.at < since - CLOCK_SKEW:
                return

    def _record_names(self, port: str) -> list[str]:
        return [name for name in self.files.names(port) if name != HEAD]

    def _head(self, port: str) -> Head:
        """Raises LedgerBroken if the file is not what `_point` wrote."""
        try:
            content = self.files.read(f"{port}/{HEAD}")
        except FileNotFoundError:
            return Head(sequence=0, hash=_genesis(port))
        try:
            head = Head(**json.loads(content))
        except (ValueError, TypeError) as error:
            raise _altered(port, f"{HEAD} is no head") from error
        if type(head.sequence) is not int or _encoded(asdict(head)) != content:
            raise _altered(port, f"{HEAD} is not as it was written")
        return head

    def _point(self, port: str, head: Head) -> None:
        self.files.write(f"{port}/{HEAD}", _encoded(asdict(head)))

    def _give_way(self, lost: AuditRecord) -> None:
        """Where `lost` was announced over the head of the append that won, put that back."""
        if self._head(lost.port).announced == lost.hash:
            won = self._read_json(lost.port, _name(lost.sequence))
            self._point(lost.port, Head(sequence=lost.sequence, hash=str(won.get("hash"))))

    def _settled_head(self, port: str) -> Head:
        """The head, moved on to a record that was announced and written before a crash."""
        head = self._head(port)
        if self.files.exists(_path(port, head.sequence + 1)):
            following = self._read_json(port, f"{head.sequence + 1:08d}.json")
            if following.get("hash") != head.announced:
                raise _altered(port, f"record {head.sequence + 1} was not announced")
            head = Head(sequence=head.sequence + 1, hash=following["hash"])
        if head.sequence and _hash_of(self._read_json(port, _name(head.sequence))) != head.hash:
            raise _altered(port, f"record {head.sequence} is not the one written last")
        if not head.sequence and self._record_names(port):
            raise _altered(port, "there are records, and no head")
        return replace(head, announced=None)

    def _read_json(self, port: str, name: str) -> dict[str, Any]:
        """Empty where there is no such file or it is no JSON object."""
        try:
            found = json.loads(self.files.read(f"{port}/{name}"))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _breaks(self, port: str) -> Iterator[Break]:
        try:
            head = self._head(port)
        except LedgerBroken as error:
            yield Break(port=port, file=HEAD, found=error.found, expected="what append() wrote")
            return
        names = self._record_names(port)
        previous, last = _genesis(port), head.sequence
        if (following := _name(last + 1)) in names:
            announced = self._read_json(port, following).get("hash") == head.announced
            last += 1 if announced else 0
        for sequence in range(1, last + 1):
            found = self._read_json(port, _name(sequence))
            yield from self._wrong_with(port, sequence, found, previous)
            previous = str(found.get("hash", ""))
        if last == head.sequence and previous != head.hash:
            yield Break(port=port, file=HEAD, found="another hash", expected="the last record's")
        for name in sorted(set(names) - {_name(one) for one in range(1, last + 1)}):
            yield Break(port=port, file=name, found="a file too many", expected=f"{last} records")

    def _wrong_with(
        self, port: str, sequence: int, found: dict[str, Any], previous: str
    ) -> Iterator[Break]:
        def broken(what: str, expected: str) -> Break:
            return Break(port=port, file=_name(sequence), found=what, expected=expected)

        if not found:
            yield broken("no record", "one, as a later one or the head follows it")
            return
        if self.files.read(f"{port}/{_name(sequence)}") != _encoded(found):
            yield broken("other bytes", "the one encoding of its content")
        if found.get("hash") != _hash_of(found):
            yield broken("edited content", "the content its hash was made of")
        if (found.get("sequence"), found.get("port")) != (sequence, port):
            yield broken("another record", f"record {sequence} of {port}")
        if found.get("previous_hash") != previous:
            yield broken("another predecessor", "the hash of the record before it")

    def _one_at_a_time(self, port: str) -> AbstractContextManager[object]:
        return _locked(Path(self.root_url) / port) if self.files.is_local else nullcontext()


def mesh_ledger() -> Ledger:
    """This installation's: what the resource `ledger` is in every code location."""
    return Ledger(f"{data_settings().governance_url}/ledger")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    # Hidden, so that it is not among the folder's names.
    with FileLock(folder / ".lock", timeout=LOCK_SECONDS):
        yield


def _name(sequence: int) -> str:
    return f"{sequence:08d}.json"


def _path(port: str, sequence: int) -> str:
    return f"{port}/{_name(sequence)}"


def _genesis(port: str) -> str:
    """A chain starts with its product's name, so that it cannot be passed off as another's."""
    return hashlib.sha256(port.encode()).hexdigest()


def _sealed(record: AuditRecord, *, after: Head) -> AuditRecord:
    placed = replace(
        record,
        sequence=after.sequence + 1,
        record_id=f"{record.port}/{after.sequence + 1}",
        previous_hash=after.hash,
    )
    # Decoded from what is written: samples of any type are text from here on.
    shown = json.loads(_encoded(_as_json(placed)))
    return _from_json({**shown, "hash": _hash_of(shown)})


def _as_json(record: AuditRecord) -> dict[str, Any]:
    shown = asdict(record)
    for verdict in shown["verdicts"]:
        verdict["outcome"] = verdict["outcome"].name
    return {**shown, "at": record.at.astimezone(UTC).isoformat()}


def _encoded(shown: Mapping[str, Any]) -> bytes:
    """The one way in which a record is written: equal records are equal bytes.

    Without line breaks: with them Python's encoder is 30 times slower.
    """
    text = json.dumps(shown, default=str, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return text.encode()


def _hash_of(shown: Mapping[str, Any]) -> str:
    return hashlib.sha256(_encoded({**shown, "hash": ""})).hexdigest()


def _decoded(content: bytes) -> AuditRecord:
    return _from_json(json.loads(content))


def _from_json(shown: Mapping[str, Any]) -> AuditRecord:
    """Fields that an older or newer release wrote and this one does not know are left out."""
    day = shown["covered_through"]
    return AuditRecord(
        **{
            **{name: value for name, value in shown.items() if name in RECORD_FIELDS},
            "at": datetime.fromisoformat(shown["at"]),
            "covered_through": None if day is None else date.fromisoformat(day),
            "verdicts": tuple(_verdict(one) for one in shown["verdicts"]),
            "incomplete": tuple(shown.get("incomplete", ())),
        }
    )


def _verdict(shown: Mapping[str, Any]) -> Verdict:
    kept = {name: value for name, value in shown.items() if name in VERDICT_FIELDS}
    return Verdict(**{**kept, "outcome": Outcome[shown["outcome"]]})


def _altered(port: str, what: str) -> LedgerBroken:
    return LedgerBroken(
        f"the ledger of {port} was altered: {what}. Nothing was appended or published.",
        cure="See all places with Ledger.verify(); restore the product's ledger folder from a "
        "backup, or move it aside to start a new chain.",
        source=port,
    )


def _overlapping(port: str, path: str) -> LedgerBroken:
    return LedgerBroken(
        f"{path} was written by another audit of {port} at the same instant.",
        cure="Run the audit again; only one process may publish a product at a time.",
        source=port,
    )
