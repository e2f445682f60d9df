"""Each source and each of its accounts, asked as the daily run asks them; nothing is landed.

Belongs here: what is asked, and what an answer or its absence means for the daily run. Does not:
what a platform's error means (connectors), which sources there are (__main__).

Every account is asked for one day of the source's smallest stream, one account also for a day of
every other. Requests keep the source's rate limit and are repeated as in a run.
"""

from __future__ import annotations

import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from shared_policies.doctor.diagnosis import Diagnosis, ok, problem, warn
from shared_policies.platform.clock import skew_from
from shared_policies.platform.days import DayRange, local_day, now
from shared_policies.platform.errors import PermissionMissing, PipelineError
from shared_policies.platform.pulling import no_longer_listed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from shared_policies.orchestration.landing_assets import Source
    from shared_policies.platform.landing_store import LandingStore
    from shared_policies.platform.streams import (
        Account,
        AccountListing,
        Connector,
        Interface,
        Pull,
        Stream,
    )

Answer = TypeVar("Answer")
SANDBOX, REAL = "the sandbox; no credentials are set", "the real one"
MOST_SKEW = timedelta(seconds=60)
# A release that speaks a newer version has to be made, tried and rolled out.
NOTICE = timedelta(days=60)


def examined(source: Source, landing_store: LandingStore) -> list[Diagnosis]:
    """All about one source. Whatever it does is a finding, so that it hides no other source."""
    if not source.choice.used:
        return [ok(source.name, "system", "switched off in sources.yaml")]
    connector = outcome(source.connect)
    if isinstance(connector, Exception):
        return [refusal(source.name, "settings", connector)]
    found = [ok(source.name, "system", SANDBOX if connector.sandbox else REAL)]
    for look in (_interface, _clock):
        seen = outcome(partial(look, source.name, connector.interface))
        found += [refusal(source.name, "API", seen)] if isinstance(seen, Exception) else seen
    listing = outcome(lambda: source.choice.of(connector.accounts()))
    if isinstance(listing, Exception):
        return [*found, refusal(source.name, "credentials", listing)]
    found.append(ok(source.name, "credentials", f"accepted; accounts: {len(listing.readable)}"))
    looking = _accounts(source, connector, listing, landing_store)
    accounts: list[Diagnosis] | Exception = outcome(lambda: list(looking))
    if isinstance(accounts, Exception):
        return [*found, refusal(source.name, "accounts", accounts)]
    return found + accounts


def mixed(found: Iterable[Diagnosis]) -> Iterator[Diagnosis]:
    """Whether made-up figures stand beside real ones, which no product takes."""
    systems: dict[str, list[str]] = {SANDBOX: [], REAL: []}
    for one in found:
        if one.found in systems:
            systems[one.found].append(one.where)
    if all(systems.values()):
        told = f"real: {', '.join(systems[REAL])}; sandbox: {', '.join(systems[SANDBOX])}"
        cure = (
            "Set the others' credentials, or `used: false` in sources.yaml: no product takes both."
        )
        yield warn("sources", "system", told, cure=cure)


def outcome(ask: Callable[[], Answer]) -> Answer | Exception:
    """The answer, or whatever was raised instead: here alone any failure is a finding."""
    try:
        return ask()
    except Exception as error:  # noqa: BLE001  a crash of one source would hide the others
        return error


def refusal(where: str, what: str, error: Exception) -> Diagnosis:
    """What an exception means. Of one that is not ours the text is left out: it may hold a URL."""
    if isinstance(error, PipelineError):
        return problem(where, what, error.found, cure=error.cure)
    if isinstance(error, ModuleNotFoundError):
        return warn(
            where,
            what,
            f"{error.name} is not installed here.",
            cure="Install the domain's extra, or ask where its location runs.",
        )
    place = traceback.extract_tb(error.__traceback__)[-1]
    return problem(
        where,
        what,
        f"{type(error).__name__} at {Path(place.filename).name}:{place.lineno}.",
        cure="Pull one day of it to see the whole error: it is this machine's or a fault of ours.",
    )


def _interface(name: str, interface: Interface) -> list[Diagnosis]:
    """Which version is spoken, and for how long it is answered."""
    spoken = f"{interface.library} {version(interface.library)}"
    if interface.version is not None:
        spoken += f", version {interface.version}"
    last = interface.retires_on
    if last is None:
        published = "; no end of it is published" if interface.version is not None else ""
        return [ok(name, "API", f"{spoken}{published}")]
    left = (last - now().date()).days
    told = f"{spoken}; may be retired from {last} on, in {left} days"
    cure = "Install a release that speaks a newer version, or set the source's API_VERSION."
    if left <= 0:
        return [problem(name, "API", f"{spoken}; retired since {last}", cure=cure)]
    return [warn(name, "API", told, cure=cure) if left < NOTICE.days else ok(name, "API", told)]


def _clock(name: str, interface: Interface) -> list[Diagnosis]:
    """This machine's clock beside the other side's, told in the header of any HTTP answer."""
    if interface.clock_url is None:
        return []
    host = urlsplit(interface.clock_url).hostname
    skew = skew_from(interface.clock_url)
    if skew is None:
        return [ok(name, "clock", f"{host} tells no time")]
    if abs(skew) <= MOST_SKEW:
        return [ok(name, "clock", f"within {MOST_SKEW.seconds} s of {host}")]
    seconds = round(skew.total_seconds())
    order = f"{seconds} s ahead of" if seconds > 0 else f"{-seconds} s behind"
    cure = "Synchronise it (NTP): days would be taken for over too early or too late."
    return [problem(name, "clock", f"this machine is {order} {host}", cure=cure)]


def _accounts(
    source: Source, connector: Connector, listing: AccountListing, landing_store: LandingStore
) -> Iterator[Diagnosis]:
    chosen = [stream for stream in source.streams.values() if source.choice.pulls(stream)]
    smallest = min(chosen, key=lambda stream: (stream.snapshot, len(stream.grain)))
    for account_id, error in listing.unreadable.items():
        yield warn(source.name, f"account {account_id}", error.found, cure=error.cure)
    today = DayRange.single(now().date())
    gone = no_longer_listed(listing, smallest, today, landing_store, source.choice)
    for account_id, error in gone:
        yield problem(source.name, f"account {account_id}", error.found, cure=error.cure)
    with ThreadPoolExecutor(max_workers=source.threads) as pool:
        pulls = list(pool.map(lambda one: _asked(connector, smallest, one), listing.readable))
        readable = []
        for account, pull in zip(listing.readable, pulls, strict=True):
            yield _account(account, pull, smallest, landing_store)
            readable += [] if isinstance(pull, Exception) else [account]
        others = [stream for stream in chosen if stream is not smallest]
        if readable and others:
            answers = list(pool.map(lambda one: _asked(connector, one, readable[0]), others))
            yield from _streams(readable[0], others, answers)


def _account(
    account: Account, pull: Pull | Exception, stream: Stream, landing_store: LandingStore
) -> Diagnosis:
    """Access that was never there lets the run go on; access that was lost leaves a hole."""
    what = f"account {account.account_id}"
    if not isinstance(pull, Exception):
        rows = f"{pull.rows.num_rows} rows of {stream.name} for {pull.days}"
        return ok(account.source, what, f"{account.name}: {rows}")
    known = landing_store.latest(account.source, stream.name, account.account_id)
    if isinstance(pull, PermissionMissing) and not known:
        return warn(account.source, what, f"{account.name}: {pull.found}", cure=pull.cure)
    return refusal(account.source, what, pull)


def _streams(
    account: Account, streams: Sequence[Stream], answers: Sequence[Pull | Exception]
) -> Iterator[Diagnosis]:
    failed = [
        refusal(account.source, stream.name, answer)
        for stream, answer in zip(streams, answers, strict=True)
        if isinstance(answer, Exception)
    ]
    answered = len(streams) - len(failed)
    told = f"{answered} of {len(streams)} others answered for account {account.account_id}"
    yield from failed
    yield ok(account.source, "streams", told)


def _asked(connector: Connector, stream: Stream, account: Account) -> Pull | Exception:
    """The last day that is over for the account."""
    yesterday = local_day(now(), time_zone=account.time_zone) - timedelta(days=1)
    return outcome(lambda: connector.pull(stream, account, DayRange.single(yesterday)))
