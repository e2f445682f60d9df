"""A run of one product in a process of its own, which can be told to get into trouble.

    python -m tests.scenarios.faults.one_run finance/fx_rates write:3

Belongs here: where such a process stands still, or finds its disk full. Does not: what is done to
it meanwhile (run_faults.py).
"""

from __future__ import annotations

import resource
import sys
import time
from typing import TYPE_CHECKING, Any

from shared_policies.governance import publishing
from shared_policies.orchestration.dbt_process import DbtProcess
from shared_policies.platform.file_store import FileStore
from tests.scenarios.one_product import publish

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HALTED = "halted"
STANDS_STILL_SECONDS = 600
# Less than any file that a run writes.
NO_BYTES = 1


def stand_still() -> None:
    """Tell whoever started this process, and wait to be killed."""
    print(HALTED, flush=True)
    time.sleep(STANDS_STILL_SECONDS)


def in_dbt(number: int) -> None:
    """Stand still when dbt has told of so many nodes, and goes on."""
    ended = DbtProcess.run

    def halting(process: DbtProcess, *arguments: Any, **named: Any) -> Iterator[Any]:  # noqa: ANN401  as it is called
        for count, node in enumerate(ended(process, *arguments, **named), start=1):
            if count == number:
                stand_still()
            yield node

    DbtProcess.run = halting  # type: ignore[method-assign]


def in_audit(_: int) -> None:
    judge = publishing.judge

    def halting(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  as it is called
        stand_still()
        return judge(*arguments, **named)

    publishing.judge = halting


def before_write(number: int) -> None:
    """Stand still before a write to the products or to the ledger of audits."""
    _at_write(number, lambda _: stand_still())


def full_at_write(number: int) -> None:
    """The disk is full while this one is written."""

    def cramped(write: Callable[[], None]) -> None:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (NO_BYTES, before[1]))
        try:
            write()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    _at_write(number, cramped)


def full_for_dbt(kilobytes: int) -> None:
    """No file of dbt's or DuckDB's grows beyond this."""
    ended = DbtProcess.run

    def cramped(process: DbtProcess, *arguments: Any, **named: Any) -> Iterator[Any]:  # noqa: ANN401  as it is called
        process.wait_until_ready()
        dbts = process.start().pid
        before = resource.prlimit(dbts, resource.RLIMIT_FSIZE)
        resource.prlimit(dbts, resource.RLIMIT_FSIZE, (kilobytes * 1024, before[1]))
        yield from ended(process, *arguments, **named)

    DbtProcess.run = cramped  # type: ignore[method-assign]


def _at_write(number: int, trouble: Callable[[Callable[[], None]], None]) -> None:
    write, count = FileStore.write, 0

    def troubled(self: FileStore, path: str, content: bytes) -> None:
        nonlocal count
        count += self.root_url.endswith(("/products", "/ledger"))
        if count == number:
            count += 1
            trouble(lambda: write(self, path, content))
        else:
            write(self, path, content)

    FileStore.write = troubled  # type: ignore[method-assign]


TROUBLES: dict[str, Callable[[int], None]] = {
    "dbt": in_dbt,
    "audit": in_audit,
    "write": before_write,
    "full": full_at_write,
    "full_dbt": full_for_dbt,
}


def main() -> int:
    port, *told = sys.argv[1:]
    for one in told:
        name, _, number = one.partition(":")
        TROUBLES[name](int(number))
    publish(port)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
