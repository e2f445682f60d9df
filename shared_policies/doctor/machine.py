"""The machine and the installation: versions, disk, the data folder.

Belongs here: what is true before any source is asked. Does not: what was ever written (memory).
"""

from __future__ import annotations

import os
import platform
import shutil
from importlib.metadata import PackageNotFoundError, metadata, requires, version
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from shared_policies.doctor.diagnosis import Diagnosis, ok, problem, warn
from shared_policies.doctor.sources import outcome, refusal
from shared_policies.platform.file_store import FileStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared_policies.platform.company import DataSettings

MESH = "marketing-mesh"
SHOWN = ("dagster", "dbt-core", "dbt-duckdb", "duckdb")
GIGABYTE = 1_000_000_000
# A disk that runs full loses the day that is being pulled; what was landed stays whole.
FEW_BYTES, TOO_FEW_BYTES = 10 * GIGABYTE, GIGABYTE


def versions() -> Iterator[Diagnosis]:
    """Python, what the mesh runs on, and whatever is not as it was tested."""
    yield ok("versions", "Python", platform.python_version())
    for requirement in _requirements():
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            continue  # another domain's: what this one lacks shows where it is asked
        if found not in requirement.specifier:
            yield warn(
                "versions",
                requirement.name,
                f"{found}, tested with {requirement.specifier}",
                cure="Install requirements.txt again.",
            )
        elif requirement.name in SHOWN:
            yield ok("versions", requirement.name, found)


def disk(data: DataSettings) -> Iterator[Diagnosis]:
    """Whether the data folder and the store of landing and products can be used."""
    folder = _nearest(data.data_dir.resolve())
    yield _writable(folder)
    free = shutil.disk_usage(folder).free
    told = f"{free / GIGABYTE:.1f} GB free at {folder}"
    cure = "Make room, or move MESH_DATA_DIR to a larger disk."
    if free < TOO_FEW_BYTES:
        yield problem("data", "disk", told, cure=cure)
    elif free < FEW_BYTES:
        yield warn("data", "disk", told, cure=cure)
    else:
        yield ok("data", "disk", told)
    if data.data_url is not None:
        yield _store(data.data_url)


def _requirements() -> Iterator[Requirement]:
    """What runs need, whichever domain's; not what only development needs."""
    extras = set(metadata(MESH).get_all("Provides-Extra") or ()) - {"dev"}
    for text in requires(MESH) or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
            yield requirement


def _writable(folder: Path) -> Diagnosis:
    if os.access(folder, os.W_OK | os.X_OK):
        return ok("data", "folder", f"{folder} can be written")
    cure = "Give the user of these processes write access, or set MESH_DATA_DIR."
    return problem("data", "folder", f"{folder} cannot be written", cure=cure)


def _nearest(folder: Path) -> Path:
    """The folder, or where it will be made."""
    return next(one for one in (folder, *folder.parents) if one.exists())


def _store(url: str) -> Diagnosis:
    """Listing is all that may be tried: whether it can be written shows at the first pull."""
    listed = outcome(lambda: FileStore(url).names(""))
    if isinstance(listed, Exception):
        return refusal("data", "store", listed)
    return ok("data", "store", f"{url} answers")
