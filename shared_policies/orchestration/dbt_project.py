"""A domain's dbt project: where it stands, what it is parsed with, what it is parsed to.

Belongs here: the manifest, the variables, one process a project. Does not: what becomes of its
models in Dagster (dbt.py).
"""

from __future__ import annotations

import atexit
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from shared_policies.orchestration.dbt_process import DbtProcess
from shared_policies.platform.company import company_settings, data_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shared_policies.orchestration.dbt_process import NodeEnded

DBT_PROJECT = Path(__file__).parents[2] / "dbt_project"
STAMP, LOCK = ".parsed_with.json", ".parse.lock"
# What a process holds idle, 200 MiB, is worth less than the three seconds of the next start.
IDLE_SECONDS = 300.0
_processes: dict[str, DbtProcess] = {}


@dataclass(frozen=True, slots=True)
class Dbt:
    """Dbt for one domain's models and warehouse.

    Parsed in the data folder: it is parsed with where that stands, so each has its own.
    """

    domain: str

    @property
    def target_path(self) -> Path:
        return data_settings().data_dir.resolve() / "dbt" / self.domain

    def manifest(self) -> Mapping[str, Any]:
        """What dbt knows of the project, parsed again only when something of it is another.

        Raises:
            dagster.Failure: it cannot be parsed; with what dbt says of it.
        """
        self.target_path.mkdir(parents=True, exist_ok=True)
        while (known := self._known()) is None:
            # One that is up parsed what is gone now, with its folder.
            self._process().stop()
            self._process().wait_until_ready()
        return known

    def start(self) -> None:
        """Its process, so that it is ready when it is asked."""
        self._process().start()

    def run(self, arguments: Sequence[str], *, target_path: Path) -> Iterator[NodeEnded]:
        """Every node of a command as it ends. `target_path` is where dbt writes of it.

        Raises:
            dagster.Failure: dbt failed, after all nodes that ended.
        """
        return self._process().run(arguments, target_path=target_path)

    def _known(self) -> Mapping[str, Any] | None:
        """Under the lock, as another process may be about to write it."""
        manifest, stamp = self.target_path / "manifest.json", self.target_path / STAMP
        with FileLock(self.target_path / LOCK):
            if not manifest.exists() or not stamp.exists():
                return None
            made_of = stamp.read_text()
            return _read(manifest, made_of) if json.loads(made_of) == self._made_of() else None

    def _process(self) -> DbtProcess:
        told = {
            "project_dir": str(DBT_PROJECT),
            "target_path": str(self.target_path),
            "variables": self._variables(),
            "made_of": self._made_of(),
            "stamp": STAMP,
            "lock": LOCK,
            "idle_seconds": IDLE_SECONDS,
        }
        before = _processes.get(self.domain)
        if before is None or before.told != told:
            if before is not None:
                before.stop()
            _processes[self.domain] = DbtProcess(told)
        return _processes[self.domain]

    def _made_of(self) -> dict[str, str]:
        """The data folder outlives a release, whose files may be older than what was parsed."""
        content = hashlib.sha256()
        for path in self._sources():
            content.update(f"{path.relative_to(DBT_PROJECT)} {path.stat().st_size}\n".encode())
            content.update(path.read_bytes())
        return {
            "project": str(DBT_PROJECT),
            "variables": self._variables(),
            "files": content.hexdigest(),
            "dbt": version("dbt-core"),
        }

    def _sources(self) -> list[Path]:
        names = (f"models/{self.domain}", f"seeds/{self.domain}", "macros", "tests")
        folders = [DBT_PROJECT / name for name in names]
        found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        return sorted([*found, *DBT_PROJECT.glob("*.yml")])

    def _variables(self) -> str:
        """The same for parsing and running, or dbt parses all models again."""
        company, data = company_settings(), data_settings()
        return json.dumps(
            {
                "domain": self.domain,
                "data_dir": str(data.data_dir.resolve()),
                "landing_root": data.landing_url,
                "reporting_currency": company.reporting_currency,
                "reporting_time_zone": company.reporting_time_zone,
            }
        )


@atexit.register
def stop() -> None:
    """All processes of this one, which does so at its end."""
    for process in _processes.values():
        process.stop()


@lru_cache(maxsize=4)
def _read(manifest: Path, made_of: str) -> Mapping[str, Any]:  # noqa: ARG001  another, if it is
    found: Mapping[str, Any] = json.loads(manifest.read_bytes())
    return found
