"""Pulls one stream of every account and lands it, whatever happens to any one of them.

Belongs here: threads over accounts, the second look when totals disagree, the account of what
happened. Does not: the request itself (connectors), what Dagster shows of it (orchestration).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared_policies.platform.clock import refuse_wrong_clock
from shared_policies.platform.errors import PermissionMissing, PipelineError, TotalsDisagree
from shared_policies.platform.source_choice import EVERYTHING, SourceChoice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from shared_policies.platform.days import DayRange
    from shared_policies.platform.landing_store import LandingStore
    from shared_policies.platform.pull_log import Outcome, SliceRecord
    from shared_policies.platform.streams import Account, AccountListing, Connector, Stream

LOOKS_AT_TOTALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PullReport:
    """What became of one stream over all accounts. `failed` and `unreadable` are by account id."""

    stream: Stream
    days: DayRange
    records: tuple[SliceRecord, ...]
    unreadable: Mapping[str, PipelineError]
    failed: Mapping[str, PipelineError]
    sandbox: bool

    def slices(self, outcome: Outcome) -> int:
        return sum(record.outcome == outcome for record in self.records)

    @property
    def row_count(self) -> int:
        return sum(record.row_count for record in self.records)

    def raise_for_failures(self) -> None:
        """One error that names every failed account, with the first one's class.

        Raises:
            PipelineError: at least one account could not be pulled.
        """
        if not self.failed:
            return
        first = next(iter(self.failed.values()))
        reasons = "\n".join(f"- {error}" for error in self.failed.values())
        landed = len({record.account_id for record in self.records})
        raise type(first)(
            f"{len(self.failed)} of {len(self.failed) + landed} accounts could not be pulled for "
            f"{self.stream.name}:\n{reasons}\nThe other accounts were landed; what was known of "
            "these is untouched.",
            cure="Mend what each line says, then materialise the same partitions again.",
            source=self.stream.source,
            days=self.days,
        )


def pull_accounts(
    connector: Connector,
    stream: Stream,
    days: DayRange,
    *,
    landing_store: LandingStore,
    threads: int,
    on_progress: Callable[[str], None],
    choice: SourceChoice = EVERYTHING,
) -> PullReport:
    """Land `stream` for `days` of every account that is chosen and that the credentials reach.

    An account that may not be read is reported; one whose permission was lost has failed.

    Raises:
        CredentialsRejected: no account can be listed at all.
        MisconfiguredSetting: this machine's clock is wrong.
    """
    landing_store.declare([stream])
    refuse_wrong_clock(connector.interface, source=stream.source, days=days)
    listing = choice.of(connector.accounts())
    records: list[SliceRecord] = []
    unreadable = dict(listing.unreadable)
    failed = dict(no_longer_listed(listing, stream, days, landing_store, choice))
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix=stream.source) as pool:
        running = {
            pool.submit(_pull_account, connector, stream, account, days, landing_store): account
            for account in listing.readable
        }
        for done, future in enumerate(as_completed(running), start=1):
            account = running[future]
            progress = f"{done} of {len(running)} accounts"
            try:
                landed = future.result()
            except PermissionMissing as error:
                # Access that was never there is a fact about the account; access that was lost
                # leaves a hole in what consumers rely on.
                known = landing_store.latest(stream.source, stream.name, account.account_id)
                (failed if known else unreadable)[account.account_id] = error
                on_progress(f"{progress}: {error}")
            except PipelineError as error:
                failed[account.account_id] = error
                on_progress(f"{progress}: {error}")
            else:
                records.extend(landed)
                rows = sum(record.row_count for record in landed)
                on_progress(f"{progress}: {account.account_id} {account.name}, {rows} rows")
    return PullReport(
        stream=stream,
        days=days,
        records=tuple(sorted(records, key=lambda record: (record.account_id, record.account_day))),
        unreadable=unreadable,
        failed=dict(sorted(failed.items())),
        sandbox=connector.sandbox,
    )


def no_longer_listed(
    listing: AccountListing,
    stream: Stream,
    days: DayRange,
    landing_store: LandingStore,
    choice: SourceChoice,
) -> Iterator[tuple[str, PipelineError]]:
    """Accounts that were landed once: a listing that was cut short must not make them vanish."""
    listed = {*listing.unreadable, *(account.account_id for account in listing.readable)}
    for account_id in landing_store.accounts(stream.source, stream.name):
        if account_id not in listed and choice.means(account_id):
            yield (
                account_id,
                PermissionMissing(
                    "it was pulled before, and the credentials no longer list it.",
                    cure="Give access back and run again; if the account is gone for good, name it "
                    "under except_accounts in sources.yaml.",
                    source=stream.source,
                    account_id=account_id,
                    days=days,
                ),
            )


def _pull_account(
    connector: Connector,
    stream: Stream,
    account: Account,
    days: DayRange,
    landing_store: LandingStore,
) -> tuple[SliceRecord, ...]:
    """Between rows and control totals the platform may restate: look again before refusing.

    Raises:
        PipelineError: with the account and the days, whichever request it came from.
    """
    for look in range(1, LOOKS_AT_TOTALS + 1):
        try:
            return landing_store.land(connector.pull(stream, account, days))
        except PipelineError as error:
            if isinstance(error, TotalsDisagree) and look < LOOKS_AT_TOTALS:
                continue
            error.complete(account_id=account.account_id, days=days, clean=str)
            raise
    raise AssertionError("the last look returns or raises")
