"""One trouble of a whole run at a time: what readers get meanwhile, and what a plain rerun brings.

Belongs here: a small mesh that is put back before every trial, the trial. Does not: the list of
troubles (run_faults.py), what is required of the findings (the tests, the benchmark).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from shared_policies import products
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import PipelineError
from tests.scenarios.faults.trials import Outcome, Row
from tests.scenarios.mesh import ROOT
from tests.scenarios.one_product import land, needed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.scenarios.faults.run_faults import RunFault

PRODUCT = "finance/fx_rates"
# Published before anything goes wrong, and due when it does. The newest days of both come from the
# sandbox, whatever rates this installation carries, as nothing may mix them with the real ones.
PUBLISHED = DayRange(start=date(2026, 10, 12), end=date(2026, 11, 3))
DUE = DayRange(start=date(2026, 10, 12), end=date(2026, 11, 5))
SECONDS_BETWEEN_LOOKS = 0.2


class NeverCameUp(Exception):
    """The run went on as if there were no trouble."""


@dataclass(frozen=True)
class SmallMesh:
    """All that a mesh keeps is in `folder`, and `kept` holds what is put there before a trial."""

    folder: Path
    kept: Path

    @classmethod
    def prepared(cls, folder: Path, kept: Path) -> SmallMesh:
        """Published once, and with days that are landed and not published yet."""
        mesh = cls(folder, kept)
        land("finance", source="ecb", stream="reference_rate", days=PUBLISHED)
        failure = mesh.run_plainly()
        assert not failure, failure
        land("finance", source="ecb", stream="reference_rate", days=DUE)
        shutil.copytree(folder, kept)
        return mesh

    def put_back(self) -> None:
        shutil.rmtree(self.folder)
        shutil.copytree(self.kept, self.folder)

    def start(self, *told: str) -> subprocess.Popen[str]:
        """A run; `told` are its troubles (one_run.py)."""
        with (self.folder / "run.log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "tests.scenarios.faults.one_run", PRODUCT, *told],
                cwd=ROOT,
                env=dict(os.environ),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def selection(self) -> list[str]:
        """What a run materialises, as `domain/…/name`."""
        return [key.to_user_string() for key in needed(PRODUCT)]

    def run_plainly(self) -> str:
        """What it said if it failed, and nothing if it went well."""
        process = self.start()
        process.communicate()
        return (self.folder / "run.log").read_text()[-4000:] if process.returncode else ""


@dataclass
class Reader:
    """Somebody who reads the product again and again: rows, or an error in `told`."""

    seen: list[Counter[Row]] = field(default_factory=list)
    told: dict[str, bool] = field(default_factory=dict)

    def look(self) -> None:
        try:
            self.seen.append(contents())
        except PipelineError as error:
            names_all = error.source == PRODUCT and bool(error.cure)
            self.told[str(error)] = names_all
        except Exception as error:  # noqa: BLE001  what no reader should ever be told
            self.told[f"{type(error).__name__}: {error}"] = False

    @contextmanager
    def at_work(self) -> Iterator[None]:
        ended = threading.Event()

        def read() -> None:
            while not ended.wait(SECONDS_BETWEEN_LOOKS):
                self.look()

        thread = threading.Thread(target=read, name="reader")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def contents() -> Counter[Row]:
    """What a reader gets."""
    rows = products.read(PRODUCT, version=1, role="finance").to_arrow().to_pylist()
    return Counter(tuple(sorted((name, repr(row[name])) for name in row)) for row in rows)


def _contents_if_any() -> Counter[Row]:
    try:
        return contents()
    except PipelineError:
        return Counter()


def outlived(fault: RunFault, mesh: SmallMesh, whole: Counter[Row]) -> Outcome:
    """Trouble, then a plain run of the same selection, with a reader at work all the time.

    `whole` is what a run that never failed publishes.
    """
    mesh.put_back()
    before, reader = contents(), Reader()
    met = True
    with reader.at_work():
        try:
            fault.strike(mesh)
        except NeverCameUp:
            met = False
        reader.look()
        failure = mesh.run_plainly()
    after = _contents_if_any()
    complete = [before, whole]
    return Outcome(
        name=fault.name,
        met=met,
        told="\n".join([*reader.told, failure]),
        names_place=all(reader.told.values()) and not failure,
        lost_meanwhile=sum((before - one).total() for one in reader.seen if one not in complete),
        lost=(whole - after).total(),
        doubled=(after - whole).total(),
        by_itself=False,
    )
