"""Takes one person out of landing: data files, and the pull log that describes them.

Belongs here: landing's layout seen by an erasure. Does not: how landing is written otherwise
(landing_store), what gives a person away (forgetting).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING

import pyarrow.compute as pc
import pyarrow.parquet as pq

from shared_policies.platform.fingerprints import fingerprint
from shared_policies.platform.forgetting import Erased, without_person
from shared_policies.platform.landing_files import rows_of, standing
from shared_policies.platform.landing_store import as_json, encode
from shared_policies.platform.pull_log import PullLog

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from shared_policies.platform.file_store import FileStore
    from shared_policies.platform.forgetting import Person
    from shared_policies.platform.pull_log import SliceRecord


@dataclass(frozen=True, slots=True)
class LandingErasure:
    """What one erasure looked through and what it found."""

    files: int
    found: tuple[Erased, ...]


def erase_from_landing(files: FileStore, who: Person) -> LandingErasure:
    """Rewrite every data file that holds `who`, and the records that describe it.

    The records come first: what a crash leaves behind is found, and finished, by the next run.
    """
    looked, found = 0, []
    for source in (name for name in files.names("") if not name.startswith("_")):
        changed: dict[str, pa.Table] = {}
        for path in _data_files(files, source):
            looked += 1
            rows = pq.read_table(BytesIO(files.read(path)))
            kept, removed, cleaned = without_person(rows, who)
            if removed or cleaned:
                changed[path] = kept
                found.append(Erased(where=path, rows=removed, values=cleaned, how="rewritten"))
        records = PullLog(files, source).rewrite(
            lambda record: _described(files, record, changed, who)  # noqa: B023  called at once
        )
        if records:
            log = f"{source}/_pull_log"
            found.append(Erased(where=log, rows=0, values=records, how="rewritten"))
        for path, kept in changed.items():
            files.write(path, encode(kept))
    return LandingErasure(looked, tuple(found))


def _data_files(files: FileStore, source: str) -> Iterator[str]:
    for path in files.walk(source):
        stream, _, name = path.removeprefix(f"{source}/").partition("/")
        if not stream.startswith("_") and name.endswith(".parquet") and name[0] != "_":
            yield path


def _described(
    files: FileStore, record: SliceRecord, changed: dict[str, pa.Table], who: Person
) -> SliceRecord:
    """The record of a slice as its rows now are."""
    record = replace(
        record,
        account_name=who.cleaned(record.account_name),
        quality_flags=who.cleaned(record.quality_flags),
    )
    kept = changed.get(standing(files, record.content_file)) if record.content_file else None
    if kept is None:
        return record
    rows = rows_of(kept, record).drop_columns("pulled_at")
    return replace(
        record,
        row_count=rows.num_rows,
        content_hash=fingerprint(rows),
        content_file=record.content_file if rows.num_rows else "",
        control_difference=_difference(record, rows),
    )


def _difference(record: SliceRecord, rows: pa.Table) -> str:
    """The platform's totals still count whoever is gone here: the rest is recorded as open."""
    if not record.control_totals:
        return record.control_difference
    gaps: dict[str, object] = {}
    for name, total in json.loads(record.control_totals).items():
        gap = Decimal(str(total)) - Decimal(str(pc.sum(rows[name]).as_py() or 0))
        if gap:
            gaps[name] = int(gap) if isinstance(total, int) else gap
    return as_json(gaps)
