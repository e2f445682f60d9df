"""The process in which dbt runs, and what it says.

Belongs here: starting it, asking it, ending it. Does not: what it does (dbt_worker.py), which
project it is told of (dbt_project.py).

Importing dbt and reading a project take three seconds, as long as building thirty models. So they
are in a process of their own, beside which ours goes on, and which stays up for the next command.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import dagster as dg

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Mapping, Sequence

# For DuckDB to leave a query; then it is killed.
INTERRUPT_SECONDS = 30
KILLED = -signal.SIGKILL


@dataclass(frozen=True, slots=True)
class NodeEnded:
    """A model, seed or test. `status` is dbt's.

    `failures` are the rows that a test found, `columns` those of a table that was built, by name
    DuckDB's type.
    """

    unique_id: str
    status: str
    seconds: float
    failures: int
    columns: Mapping[str, str]


@dataclass
class DbtProcess:
    """`told` is what the process is started with: of another project another is told."""

    told: Mapping[str, Any]
    _process: subprocess.Popen[str] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> subprocess.Popen[str]:
        """At once, so that it is ready when it is asked; there is never a second one."""
        if self._process is not None and self._process.poll() is not None:
            self._process.communicate()  # closes what we read and wrote
            self._process = None
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.dbt_worker", json.dumps(self.told)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        return self._process

    def wait_until_ready(self) -> None:
        """Until the project is parsed.

        Raises:
            dagster.Failure: it cannot be; with what dbt says of it.
        """
        for _ in self.run((), target_path=Path()):
            pass

    def run(self, arguments: Sequence[str], *, target_path: Path) -> Iterator[NodeEnded]:
        """Every node as it ends; what dbt says goes to standard output.

        Raises:
            dagster.Failure: dbt failed, or its process ended; after all nodes that ended before.
        """
        asked = json.dumps({"arguments": list(arguments), "target_path": str(target_path)})
        errors: list[str] = []
        with self._lock:
            try:
                for answer in self._answers(asked):
                    if "unique_id" in answer:
                        yield NodeEnded(**answer)
                    elif "failed" in answer:
                        errors.append(answer["failed"])
                    else:
                        sys.stdout.write(f"{answer['text']}\n")
                        if answer["level"] == "error":
                            errors.append(answer["text"])
            except BaseException:
                # What it would answer next is to a command that nobody waits for.
                self.stop()
                raise
        if errors:
            said = [one for one in dict.fromkeys(errors) if one]
            [name, *_] = arguments or ["parse"]
            raise dg.Failure(description="\n\n".join([f"dbt {name} failed.", *said]))

    def stop(self) -> None:
        """Let it leave what it is at; afterwards it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.communicate(timeout=INTERRUPT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()

    def _answers(self, asked: str) -> Iterator[Mapping[str, Any]]:
        """Until the end of the command.

        One that had nothing to do for long ends by itself, perhaps just now: the next is asked.
        """
        ended = yield from _asked(self.start(), asked)
        if ended == 0:
            ended = yield from _asked(self.start(), asked)
        if ended is not None:
            raise dg.Failure(description=_why(ended))


def _asked(
    process: subprocess.Popen[str], asked: str
) -> Generator[Mapping[str, Any], None, int | None]:
    """With what code the process ended instead of answering to the end; None if it did not."""
    questions, answers = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
    with contextlib.suppress(BrokenPipeError):
        questions.write(f"{asked}\n")
        questions.flush()
    for line in answers:
        answer = json.loads(line)
        if answer.get("ended"):
            return None
        yield answer
    return process.wait()


def _why(code: int) -> str:
    if code == KILLED:
        return (
            "The process of dbt was killed, as the system does when there is no memory left. What "
            "it had not finished is not in the warehouse, and a rerun builds it. If it happens "
            "again, give the machine more memory or lower memory_limit in profiles.yml."
        )
    return f"The process of dbt ended with code {code}. The end of its log says why; run it again."
