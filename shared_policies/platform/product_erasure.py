"""Takes one person out of all retained versions of all products, and what stands beside them.

Belongs here: the product store's layout seen by an erasure. Does not: how a product is published
otherwise (product_store), what gives a person away (forgetting).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from shared_policies.platform.forgetting import Erased, without_person
from shared_policies.platform.landing_store import encode

if TYPE_CHECKING:
    from shared_policies.platform.forgetting import Person
    from shared_policies.platform.product_store import ProductStore

PUBLISHED_ANEW = "published anew"


@dataclass(frozen=True, slots=True)
class ProductErasure:
    """What one erasure looked through and what it found."""

    versions: int
    found: tuple[Erased, ...]


@dataclass(frozen=True, slots=True)
class _Version:
    """`files` below the store's root: the table's, and others such as quarantined rows."""

    folder: str
    data: tuple[str, ...]
    beside: tuple[str, ...]
    manifest: dict[str, Any]


def erase_from_products(store: ProductStore, who: Person, *, reason: str) -> ProductErasure:
    """Publish current versions anew without `who`; withdraw every version that held them.

    Versions are immutable, so none is edited. `reason` goes into the new version's manifest.
    """
    looked, found = 0, []
    for series in _series(store):
        versions = _versions(store, series)
        looked += len(versions)
        holding = [version for version in versions if _holds(store, version, who)]
        if not holding:
            continue
        current = _current(store, series)
        for version in holding:
            if version.manifest["version_id"] == current:
                found += _published_anew(store, version, who, reason)
            store.files.delete_folder(version.folder)
            found.append(Erased(where=version.folder, rows=0, values=0, how="withdrawn"))
    return ProductErasure(looked, tuple(found))


def _series(store: ProductStore) -> list[str]:
    """`<domain>/<product>/v<major>` of every version, whether a pointer names one or not."""
    between = "/versions/"
    found = (path.partition(between) for path in store.files.walk(""))
    return sorted({series for series, is_version, _ in found if is_version})


def _current(store: ProductStore, series: str) -> str:
    """The id of the version that readers get; empty where the pointer is lost or damaged."""
    try:
        return str(json.loads(store.files.read(f"{series}/current.json"))["version_id"])
    except (FileNotFoundError, ValueError, KeyError):
        return ""


def _versions(store: ProductStore, series: str) -> list[_Version]:
    found = []
    for version_id in store.files.names(f"{series}/versions"):
        folder = f"{series}/versions/{version_id}"
        parquet = [path for path in store.files.walk(folder) if path.endswith(".parquet")]
        data = tuple(path for path in parquet if path.startswith(f"{folder}/data/"))
        beside = tuple(path for path in parquet if path not in data)
        # A publication that crashed leaves data without a manifest: nobody reads it.
        described = store.files.exists(f"{folder}/manifest.json")
        manifest = json.loads(store.files.read(f"{folder}/manifest.json")) if described else {}
        found.append(_Version(folder, data, beside, {"version_id": version_id, **manifest}))
    return found


def _holds(store: ProductStore, version: _Version, who: Person) -> bool:
    if who.holds(json.dumps(version.manifest, ensure_ascii=False)):
        return True
    for path in (*version.data, *version.beside):
        _, removed, cleaned = without_person(_table(store, (path,)), who)
        if removed or cleaned:
            return True
    return False


def _published_anew(
    store: ProductStore, version: _Version, who: Person, reason: str
) -> list[Erased]:
    """What was quarantined beside the version is not published again: it was never part of it."""
    kept, removed, cleaned = without_person(_table(store, version.data), who)
    details = json.loads(who.cleaned(json.dumps(version.manifest["details"], ensure_ascii=False)))
    published = store.publish(
        version.manifest["product"],
        major_version=version.manifest["major_version"],
        table=encode(kept),
        details={**details, "erasure": reason},
    )
    where = f"{published.product} version {published.version_id}"
    return [Erased(where=where, rows=removed, values=cleaned, how=PUBLISHED_ANEW)]


def _table(store: ProductStore, paths: tuple[str, ...]) -> pa.Table:
    return pa.concat_tables(pq.read_table(BytesIO(store.files.read(path))) for path in paths)
