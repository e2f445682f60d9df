"""Forgets a person in all stores of this installation, and leaves a receipt.

Belongs here: the order of the stores, what is rewritten, withdrawn or only reported. Does not: who
may ask for it (whoever may run the command line), what gives a person away (forgetting).

First landing is told to leave them out, then warehouses, landing and products are cleaned: landing
files and the pull log are rewritten, the one exception from append-only; a product's current
version is published anew without them, and every retained version that held them is withdrawn
although a reader may have it open. What cannot be rewritten is named in the receipt: the chained
ledger, and what Dagster keeps of its runs. Run it while no run is going, and once more after the
source has forgotten them too where the receipt shows mentions in plain text.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from shared_policies.platform.days import now as this_instant
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.forgetting import Erased, forget, person, refuse_another_key
from shared_policies.platform.landing_erasure import erase_from_landing
from shared_policies.platform.privacy import installation_pseudonyms
from shared_policies.platform.product_erasure import PUBLISHED_ANEW, erase_from_products
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from shared_policies.platform.company import DataSettings
    from shared_policies.platform.forgetting import Person
    from shared_policies.platform.privacy import Pseudonyms

RECEIPTS = "erasures"
NO_TEXT = (
    "INT",
    "DECIMAL",
    "DOUBLE",
    "FLOAT",
    "DATE",
    "TIME",
    "BOOLEAN",
    "HUGEINT",
    "UUID",
    "BLOB",
)
SOURCE_TOO = (
    "Found in plain text: the source still answers with it. Erase it there, or the next pull "
    "brings it back; then run this again."
)
CHAINED = "A chained record of governance: rewriting it would break the proof that it is whole."
RUN_HISTORY = (
    "Dagster's history of runs (previews, logs): delete the runs or materialisations that show "
    "it in the UI, Runs and Assets, or let its retention end them."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one erasure searched, found and left. Holds the person's pseudonym and no more.

    `searched` counts files, tables and versions by store. `left` says of each place that still
    holds the person why it does. `hash` covers all else, `previous_hash` the receipt before.
    """

    number: int
    at: str
    subject: str
    requested_by: str
    searched: Mapping[str, int]
    found: tuple[Erased, ...]
    left: Mapping[str, str]
    previous_hash: str
    hash: str = ""

    @property
    def nothing_found(self) -> bool:
        return not self.found


def erase(
    subject: str,
    *,
    requested_by: str,
    data: DataSettings,
    pseudonyms: Pseudonyms | None = None,
    now: Callable[[], datetime] = this_instant,
) -> Receipt:
    """Forget whom `subject` names (e-mail, telephone, id or pseudonym) everywhere below `data`.

    Raises:
        ValueError: nobody is named, or nobody asks.
        MisconfiguredSetting: people were hashed with another key than the present one.
        TransientFault: a warehouse is in use; what was erased so far stays erased, run it again.
    """
    if not requested_by.strip():
        raise ValueError("an erasure names who asked for it (requested_by)")
    pseudonyms = pseudonyms or installation_pseudonyms()
    who = person(subject, pseudonyms)
    landing = FileStore(data.landing_url)
    refuse_another_key(landing, pseudonyms)
    forget(landing, who)
    tables, in_warehouses = _erase_from_warehouses(data, who)
    in_landing = erase_from_landing(landing, who)
    receipts = FileStore(data.governance_url)
    number = len(receipts.names(RECEIPTS)) + 1
    in_products = erase_from_products(
        ProductStore(data.products_url), who, reason=f"{RECEIPTS}/{number:06}.json"
    )
    found = (*in_warehouses, *in_landing.found, *in_products.found)
    unsealed = Receipt(
        number=number,
        at=now().isoformat(),
        subject=who.pseudonym,
        requested_by=who.cleaned(requested_by.strip()),
        searched={
            "landing files": in_landing.files,
            "warehouse tables": tables,
            "product versions": in_products.versions,
        },
        found=found,
        left={**_left_behind(data, who), **_comes_back(in_landing.found)},
        previous_hash=_last_hash(receipts, number),
    )
    receipt = replace(unsealed, hash=_digest(unsealed))
    content = json.dumps(asdict(receipt), indent=2).encode()
    receipts.create(f"{RECEIPTS}/{number:06}.json", content)
    return receipt


def receipts(data: DataSettings) -> list[Receipt]:
    """Every receipt, oldest first."""
    files = FileStore(data.governance_url)
    return [_receipt(files, name) for name in files.names(RECEIPTS)]


def was_republished(version_id: str, data: DataSettings) -> bool:
    """Whether an erasure published this version of some product anew."""
    return any(
        one.how == PUBLISHED_ANEW and one.where.endswith(version_id)
        for receipt in receipts(data)
        for one in receipt.found
    )


def broken_receipts(data: DataSettings) -> list[str]:
    """The numbers from which on the chain of receipts is not what was written."""
    broken, previous = [], ""
    for position, receipt in enumerate(receipts(data), start=1):
        whole = receipt.hash == _digest(receipt) and receipt.previous_hash == previous
        if not whole or receipt.number != position:
            broken.append(f"{receipt.number:06}")
        previous = receipt.hash
    return broken


def _erase_from_warehouses(data: DataSettings, who: Person) -> tuple[int, list[Erased]]:
    looked, found = 0, []
    for path in sorted(data.warehouse_path("any").parent.glob("*.duckdb")):
        warehouse = Warehouse(path)
        gone = []
        for relation in warehouse.tables():
            looked += 1
            rows, values = _erase_from_table(warehouse, relation, who)
            if rows or values:
                where = f"{path.stem} warehouse {relation}"
                gone.append(Erased(where=where, rows=rows, values=values, how="rewritten"))
        if gone:
            warehouse.write_afresh()
        found += gone
    return looked, found


def _erase_from_table(warehouse: Warehouse, relation: str, who: Person) -> tuple[int, int]:
    rows = values = 0
    for column, kind in warehouse.columns(relation).items():
        plain_text = kind == "VARCHAR"
        if not plain_text and kind.startswith(NO_TEXT) and "[" not in kind:
            continue
        for text in warehouse.texts_like(relation, column, who.pattern):
            if text == who.pseudonym:
                rows += warehouse.delete_rows(relation, column, text)
            elif who.holds(text):
                cleaned = who.cleaned(text) if plain_text else None
                values += warehouse.replace_text(relation, column, text, cleaned)
    return rows, values


def _comes_back(found: tuple[Erased, ...]) -> Mapping[str, str]:
    return {one.where: SOURCE_TOO for one in found if one.values}


def _left_behind(data: DataSettings, who: Person) -> dict[str, str]:
    """Files that are not rewritten and hold the person, by what can be done about them."""
    governance = FileStore(data.governance_url)
    left = {
        path: CHAINED
        for path in governance.walk("")
        if not path.startswith(f"{RECEIPTS}/") and _mentions(governance.read(path), who)
    }
    history = data.data_dir.resolve() / "dagster"
    left |= {
        str(path.relative_to(data.data_dir.resolve())): RUN_HISTORY
        for path in _files_below(history)
        if _mentions(path.read_bytes(), who)
    }
    return left


def _files_below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _mentions(content: bytes, who: Person) -> bool:
    """In a database's pages words run into each other, so a longer word counts too."""
    return re.search(who.pattern, content.decode(errors="replace")) is not None


def _last_hash(files: FileStore, number: int) -> str:
    names = files.names(RECEIPTS)
    return _receipt(files, names[-1]).hash if number > 1 else ""


def _receipt(files: FileStore, name: str) -> Receipt:
    text: dict[str, Any] = json.loads(files.read(f"{RECEIPTS}/{name}"))
    found = tuple(Erased(**one) for one in text.pop("found"))
    return Receipt(
        found=found, **{one.name: text[one.name] for one in fields(Receipt) if one.name != "found"}
    )


def _digest(receipt: Receipt) -> str:
    content = json.dumps(asdict(replace(receipt, hash="")), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()
