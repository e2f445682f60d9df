"""Dbt in a process that stays up for the next command.

    python -m shared_policies.orchestration.dbt_worker '{"domain": ..., ...}'

Belongs here: what this process does. Does not: who starts it and reads its answers
(dbt_process.py); nothing imports it, as with it comes dbt.

A command is a line of JSON on standard input. Its answer is a line for each thing that dbt says
and for each node that ends, and a last one with what went wrong, if anything did. Whoever is gone
wants no answer: at the end of standard input the process ends at once, in the midst of a command
as well, and DuckDB rolls back what was not committed.
"""

from __future__ import annotations

import gc
import json
import os
import select
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.constants import PARTIAL_PARSE_FILE_NAME
from dbt.contracts.graph.manifest import Manifest
from dbt.parser.manifest import extended_mashumuro_decoder
from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

INTERRUPTED = 130
RESULTS = {"LogModelResult", "LogSeedResult", "LogTestResult"}
# Otherwise dbt makes a line of JSON for each of its thousand debug messages, to throw it away.
UNHEARD = ["--log-level", "none", "--log-level-file", "none", "--no-use-colors"]


def main() -> int:
    worker = Worker(json.loads(sys.argv[1]), _answers())
    try:
        worker.parse()
        for command in _commands(worker.told["idle_seconds"]):
            with _while_somebody_waits():
                worker.run(command)
            # Only now, as the next question is nobody's end.
            worker.tell({"ended": True})
            if worker.manifest is None:
                break
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        # Or nothing is tidied up at the end, which DuckDB's binding laments line by line.
        gc.unfreeze()
    return 0


@dataclass
class Worker:
    """`told` is what it was started with, and `tell` takes its answers.

    Nobody asked for what it says while it parses, unless that fails: `heard` are dbt's levels.
    """

    told: Mapping[str, Any]
    tell: Callable[[Mapping[str, Any]], None]
    manifest: Manifest | None = None
    heard: set[str] = field(default_factory=lambda: {"error"})

    def parse(self) -> None:
        """Read the project, if it was not read before; for all processes, one of them does."""
        target = Path(self.told["target_path"])
        stamp, made_of = target / self.told["stamp"], self.told["made_of"]
        with FileLock(target / self.told["lock"]):
            if stamp.exists() and json.loads(stamp.read_text()) == made_of:
                self.manifest = _parsed(target / PARTIAL_PARSE_FILE_NAME)
            if self.manifest is None:
                # Without it, what a killed parse leaves behind is parsed again.
                stamp.unlink(missing_ok=True)
                self.manifest = self._invoke("parse", *self._where(target))
                if self.manifest is not None:
                    stamp.write_text(json.dumps(made_of))
        # It stays: dbt's hundred thousand objects need not be looked at with every collection.
        gc.freeze()

    def run(self, command: Mapping[str, Any]) -> None:
        """One without arguments asks whether the project is parsed."""
        if command["arguments"] and self.manifest is not None:
            name, *options = command["arguments"]
            self.heard = {"info", "warn", "error"}
            target = Path(command["target_path"])
            # Nobody reads its manifest, which takes as long to write as some models to build.
            self._invoke("--no-write-json", name, *self._where(target), *options)
            # Whoever asked opens the warehouse next.
            DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
            gc.collect()

    def _where(self, target: Path) -> list[str]:
        project = self.told["project_dir"]
        return [
            *("--project-dir", project, "--profiles-dir", project),
            *("--target-path", str(target), "--log-path", str(target)),
            *("--vars", self.told["variables"]),
        ]

    def _invoke(self, *arguments: str) -> Any:  # noqa: ANN401  by command
        """What dbt answers; None if it failed, which is told."""
        running = dbtRunner(manifest=self.manifest, callbacks=[self._hear])
        answer = running.invoke([*UNHEARD, *arguments])
        if answer.success:
            return answer.result
        self.tell({"failed": str(answer.exception or "")})
        return None

    def _hear(self, event: Any) -> None:  # noqa: ANN401  a message of dbt's protocol
        if event.info.name in RESULTS:
            self.tell(_result(event.data))
        if event.info.level in self.heard:
            self.tell({"level": event.info.level, "text": event.info.msg})


def _parsed(path: Path) -> Manifest | None:
    """What dbt writes of a project to spare itself reading it; None if that cannot be read."""
    try:
        manifest: Manifest = Manifest.from_msgpack(
            path.read_bytes(), decoder=extended_mashumuro_decoder
        )
    except Exception:  # noqa: BLE001  whatever it stumbles over, the project is there
        return None
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    return manifest


def _result(data: Any) -> Mapping[str, Any]:  # noqa: ANN401  a message of dbt's protocol
    node = data.node_info
    is_table = node.resource_type != "test" and node.node_status == "success"
    return {
        "unique_id": node.unique_id,
        "status": node.node_status,
        "seconds": data.execution_time,
        "failures": getattr(data, "num_failures", 0),
        "columns": _columns(node.node_relation.relation_name) if is_table else {},
    }


def _columns(relation: str) -> Mapping[str, str]:
    """Beside dbt's own questions, as nobody else may open the warehouse meanwhile."""
    warehouse: Any = DuckDBConnectionManager.env()
    with warehouse.conn.cursor() as beside:
        described = beside.execute(f"describe {relation}").fetchall()
    return {name: kind for name, kind, *_ in described}


def _answers() -> Callable[[Mapping[str, Any]], None]:
    """Standard output is for answers alone: what anybody prints goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    lock = threading.Lock()

    def tell(answer: Mapping[str, Any]) -> None:
        with lock:
            answers.write(f"{json.dumps(answer)}\n")
            answers.flush()

    return tell


def _commands(idle_seconds: float) -> Iterator[Mapping[str, Any]]:
    """Until nobody asks any more. There is no second before the first is answered."""
    while select.select([sys.stdin], [], [], idle_seconds)[0]:
        line = sys.stdin.readline()
        if not line:
            return
        yield json.loads(line)


@contextmanager
def _while_somebody_waits() -> Iterator[None]:
    """Whoever asked is gone when standard input is at its end: then this process ends at once."""
    ended, end = os.pipe()

    def watch() -> None:
        if sys.stdin in select.select([sys.stdin, ended], [], [])[0]:
            os._exit(1)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        yield
    finally:
        os.close(end)
        watching.join()
        os.close(ended)


if __name__ == "__main__":
    raise SystemExit(main())
