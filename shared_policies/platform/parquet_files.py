"""Whether a Parquet file is all there.

Belongs here: looking at a file's end. Does not: what is done about one that is not (landing_store,
product_store).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared_policies.platform.file_store import FileStore


def is_whole(files: FileStore, path: str) -> bool:
    """A Parquet file ends in what describes it, so one that was cut has no end."""
    import pyarrow as pa  # noqa: PLC0415  0.2 s that a location's load need not pay
    import pyarrow.parquet as pq  # noqa: PLC0415  likewise

    try:
        with files.open(path) as file:
            pq.read_metadata(file)
    except (FileNotFoundError, pa.ArrowInvalid):
        return False
    return True
