"""One trouble at a time: what is landed meanwhile, and after a plain rerun.

Belongs here: a trial and what it found. Does not: the lists of trouble (platform_faults.py,
machine_faults.py), what is required of the findings (the tests, the benchmark).
"""

from __future__ import annotations

import importlib
import os
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from shared_policies.platform.errors import PipelineError
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.pulling import pull_accounts
from tests.scenarios.faults.machine_faults import started
from tests.scenarios.faults.trouble import ASKED, BEFORE

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from shared_policies.platform.days import DayRange
    from shared_policies.platform.pulling import PullReport
    from shared_policies.platform.requests import RequestPolicy
    from tests.sandbox.process import RunningSandbox
    from tests.scenarios.faults.machine_faults import MachineFault
    from tests.scenarios.faults.trouble import PlatformFault

DOMAINS = {"ecb": "finance_domain", "ledger": "finance_domain"}
Row = tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one trouble. `told` is the message that its reader got, empty for none.

    `lost_meanwhile` counts rows that were landed before and could not be read while it lasted;
    `lost` and `doubled` what differs after it from a run that never failed.
    """

    name: str
    met: bool
    told: str
    names_place: bool
    lost_meanwhile: int
    lost: int
    doubled: int
    by_itself: bool

    @property
    def recovered(self) -> bool:
        return not (self.lost or self.doubled or self.lost_meanwhile)


def tried(fault: PlatformFault, sandbox: RunningSandbox, shared: Path, folder: Path) -> Outcome:
    """Pull in spite of the trouble, then plainly again when it is gone.

    `shared` keeps what runs that never failed have landed, for every fault of a stream.
    """
    asked = fault.asked
    undisturbed = shared / fault.source / fault.stream / f"{len(asked)} days"
    whole = contents(_landed(fault, undisturbed, asked))
    _pull(fault, folder, BEFORE)
    store = LandingStore(str(folder))
    before = contents((store, fault.source, fault.stream))
    with fault.trouble(sandbox) as was_met, _environment(fault.settings):
        errors = _failures(lambda: _pull(fault, folder, asked, patient=False))
        met = was_met()
    meanwhile = contents((store, fault.source, fault.stream), days=BEFORE)
    at_once = contents((store, fault.source, fault.stream))
    again = _failures(lambda: _pull(fault, folder, asked))
    after = contents((store, fault.source, fault.stream))
    return Outcome(
        name=fault.name,
        met=met,
        told="\n".join(str(error) for error in (*errors.values(), *again.values())),
        names_place=all(_names_place(*one) for one in errors.items()),
        # A platform that says less of a day, and says so, is believed: the next pull corrects it.
        lost_meanwhile=(before - meanwhile).total() if errors else 0,
        lost=(whole - after).total(),
        doubled=(after - whole).total(),
        by_itself=at_once == whole,
    )


def survived(fault: MachineFault, shared: Path, folder: Path) -> Outcome:
    """The machine fails in the middle of a pull, or at rest, and then a plain pull runs."""
    asked = [str(ASKED.start), str(ASKED.end)]
    _finished(started(folder, str(BEFORE.start), str(BEFORE.end)))
    if not shared.exists():
        _finished(started(shared, *asked))
    whole = contents((LandingStore(str(shared)), "google_ads", "campaign_hour"))
    landed = (LandingStore(str(folder)), "google_ads", "campaign_hour")
    fault.strike(folder, partial(started, folder, *asked))
    _finished(started(folder, *asked))
    after = contents(landed)
    left_over = [path for path in folder.rglob("*.tmp") if path.is_file()]
    return Outcome(
        name=fault.name,
        met=True,
        told=", ".join(path.name for path in left_over),
        names_place=True,
        lost_meanwhile=0,
        lost=(whole - after).total(),
        doubled=(after - whole).total(),
        by_itself=False,
    )


def _finished(process: subprocess.Popen[str]) -> None:
    _, told = process.communicate()
    assert process.returncode == 0, told


def contents(landed: tuple[LandingStore, str, str], days: DayRange | None = None) -> Counter[Row]:
    """The rows that readers of the landing see, without the instant at which they were pulled."""
    store, source, stream = landed
    return Counter(
        tuple(sorted((name, repr(value)) for name, value in row.items() if name != "pulled_at"))
        for row in store.history(source, stream)
        if days is None or row["account_day"] in days
    )


def _landed(fault: PlatformFault, folder: Path, days: DayRange) -> tuple[LandingStore, str, str]:
    if not folder.exists():
        _pull(fault, folder, days)
    return LandingStore(str(folder)), fault.source, fault.stream


def _pull(
    fault: PlatformFault, folder: Path, days: DayRange, *, patient: bool = True
) -> PullReport:
    domain = DOMAINS.get(fault.source, "marketing_domain")
    module = importlib.import_module(f"{domain}.connectors.{fault.source}")
    connector = module.connect()
    if not patient:
        _policy_of(connector).sleep = lambda _: None
    return pull_accounts(
        connector,
        module.STREAMS[fault.stream],
        days,
        landing_store=LandingStore(str(folder)),
        threads=2,
        on_progress=lambda _: None,
    )


def _policy_of(connector: Any) -> RequestPolicy:  # noqa: ANN401  of one source, by its name
    """Surveys ask nobody but Qualtrics."""
    policy: RequestPolicy = getattr(connector, "exports", connector).policy
    return policy


def _failures(pull: Callable[[], PullReport]) -> Mapping[str, PipelineError]:
    """By account; under no name the one that came before any account was known."""
    try:
        report = pull()
    except PipelineError as error:
        return {"": error}
    return report.failed


def _names_place(account_id: str, error: PipelineError) -> bool:
    known = not account_id or (error.account_id == account_id and error.days is not None)
    return bool(error.source and error.cure) and known


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before: dict[str, Any] = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
