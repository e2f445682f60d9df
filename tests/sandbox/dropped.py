"""Drops the files of every source that consists of files: `<source>/<stream>/YYYY-MM-DD.csv`.

Belongs here: finding such sources, writing. Does not: what stands in a file (<source>/files.py).
"""

from __future__ import annotations

import csv
import pkgutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

DAYS_KEPT = 60


def write(folder: Path, *, as_of: datetime) -> None:
    """One file a stream and day, of the days before `as_of`; those of other days are gone."""
    today = as_of.date()
    days = [today - timedelta(days=back) for back in range(1, DAYS_KEPT + 1)]
    for source in sorted(path.parent.name for path in Path(__file__).parent.glob("*/files.py")):
        for stream, rows in pkgutil.resolve_name(f"tests.sandbox.{source}.files:FILES").items():
            target = folder / source / stream
            target.mkdir(parents=True, exist_ok=True)
            due = {target / f"{day}.csv": day for day in days}
            for strange in set(target.glob("*.csv")) - due.keys():
                strange.unlink()
            for path, day in due.items():
                _write(path, rows(day), day)


def _write(path: Path, rows: Sequence[Mapping[str, object]], day: date) -> None:
    assert rows, f"{path.parent} says nothing of {day}: its columns are not known"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
