"""Exceptions from a policy: written down, approved by somebody else, narrow, and ending.

Belongs here: what a waiver is, who may approve which for how long, how one is applied. Does not:
policies, and the file's place in a review (a domain's `waivers.yaml` is changed like code).

A waiver never changes what was observed: FAIL becomes WAIVED and every other word of the verdict
stays. An error budget counts it as what it is, a failure. What was not evaluated (ERROR, MISSING)
cannot be waived.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, assert_never

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared_policies.governance.contracts.installed import domain_folders, installed_root
from shared_policies.governance.policies.verdicts import Outcome, Verdict
from shared_policies.governance.powers import Authority, power_over
from shared_policies.platform.strict_yaml import read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.policies.pack import Pack

WAIVERS_FILE = "waivers.yaml"


class WaiversBroken(ValueError):
    """A file of waivers that cannot be read; the message lists everything that is wrong."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


class Scope(_Strict):
    """How much of a product a waiver covers, at most.

    `columns` names the columns whose verdicts it covers, none for a verdict over the whole table.
    """

    columns: tuple[Text, ...] = ()
    max_failing_rows: int = Field(ge=0)


class Approval(_Strict):
    """Who approved, in whose name and when. `signers` are `team:<name>` or e-mail addresses."""

    authority: Authority
    signers: tuple[Text, ...] = Field(min_length=1)
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One thing that is wrong with a waiver, and the cure."""

    policy: str
    product: str
    found: str
    cure: str

    def __str__(self) -> str:
        return f"waiver of {self.policy} for {self.product}: {self.found}. {self.cure}"


class Waiver(_Strict):
    """One policy of one product is let through until the end of `expires_on`."""

    policy: str = Field(pattern=r"^[A-Z]{2,5}-\d{2}$", description="A code such as VOL-01.")
    product: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Without its domain.")
    reason: Text
    requested_by: Text
    approved_by: Approval
    expires_on: date
    scope: Scope

    @property
    def lasts(self) -> timedelta:
        return self.expires_on - self.approved_by.on

    @property
    def name(self) -> str:
        """How verdicts, ledger and catalog call it."""
        return (
            f"{self.approved_by.authority.spoken} ({', '.join(self.approved_by.signers)}) until "
            f"{self.expires_on}: {self.reason}"
        )

    def covers(self, verdict: Verdict) -> bool:
        """Whether `verdict` is inside its scope."""
        if verdict.code != self.policy or verdict.failing_rows > self.scope.max_failing_rows:
            return False
        return not self.scope.columns or verdict.column in self.scope.columns

    def refused(self, found: str, cure: str) -> Refusal:
        return Refusal(policy=self.policy, product=self.product, found=found, cure=cure)


class _File(_Strict):
    waivers: tuple[Waiver, ...]


def load_waivers(path: Path) -> tuple[Waiver, ...]:
    """The waivers in `path`; none where there is no such file.

    Raises:
        WaiversBroken: not YAML, an unknown or missing key, a value of the wrong kind.
    """
    if not path.exists():
        return ()
    try:
        return _File.model_validate(read_yaml(path.read_text())).waivers
    except yaml.YAMLError as error:
        raise WaiversBroken(f"{path} is no YAML: {error}") from error
    except ValidationError as error:
        listed = "\n".join(
            f"- {'/'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
        )
        raise WaiversBroken(f"{path} cannot be read:\n{listed}") from error


def installed_waivers() -> dict[str, tuple[Waiver, ...]]:
    """Every domain's waivers by its name; none of a domain whose file cannot be read.

    Such a domain does not load, so nothing of it is waived.
    """
    found: dict[str, tuple[Waiver, ...]] = {}
    for domain, folder in domain_folders(installed_root()).items():
        try:
            found[domain] = load_waivers(folder / WAIVERS_FILE)
        except WaiversBroken:
            found[domain] = ()
    return found


def refusals(
    waivers: Sequence[Waiver],
    *,
    domain: str,
    contracts: Sequence[Contract],
    pack: Pack,
    teams: Mapping[str, Collection[str]],
    today: date,
) -> list[Refusal]:
    """Everything that is wrong with a domain's waivers; a location with any does not load.

    `contracts` are the whole mesh's, as consumers' owners approve breaking changes. `teams` are
    the members of every team, among them `governance_group` and `data_protection_officer`; a
    team signs as `team:<name>`, its members by their addresses.
    """
    ours = {one.product: one for one in contracts if one.domain == domain}
    found = []
    for waiver in waivers:
        contract = ours.get(waiver.product)
        if contract is None:
            found.append(
                waiver.refused(
                    f"{domain} has no such product",
                    f"Name one of {', '.join(sorted(ours)) or 'none'}.",
                )
            )
            continue
        found += _wrong_by_itself(waiver, contract=contract, pack=pack, today=today)
        found += _wrongly_signed(waiver, contract=contract, contracts=contracts, teams=teams)
        found += _in_one_hand(waiver, teams)
    return found + _twice(waivers)


def waived(
    verdicts: Sequence[Verdict],
    waivers: Sequence[Waiver],
    *,
    contract: Contract,
    pack: Pack,
    today: date,
) -> tuple[Verdict, ...]:
    """`verdicts`, with FAIL turned into WAIVED where a waiver covers it; nothing else changes.

    `waivers` are the domain's. One that expired since the location loaded, or that should never
    have loaded, covers nothing.
    """
    sound = [
        waiver
        for waiver in waivers
        if waiver.product == contract.product
        and not list(_wrong_by_itself(waiver, contract=contract, pack=pack, today=today))
    ]
    return tuple(_with_waiver(verdict, sound) for verdict in verdicts)


def _with_waiver(verdict: Verdict, waivers: Iterable[Waiver]) -> Verdict:
    if verdict.outcome is not Outcome.FAIL:
        return verdict
    covering = next((one for one in waivers if one.covers(verdict)), None)
    return verdict if covering is None else verdict.waived(covering.name)


def _wrong_by_itself(
    waiver: Waiver, *, contract: Contract, pack: Pack, today: date
) -> Iterator[Refusal]:
    """What needs nobody else's contract or membership."""
    yield from _badly_timed(waiver, today)
    yield from _beyond_power(waiver, pack)
    unknown = sorted(set(waiver.scope.columns) - {column.name for column in contract.columns})
    if unknown:
        yield waiver.refused(f"the product has no columns {unknown}", "Name its own columns.")
    if _normalised(waiver.requested_by) in map(_normalised, waiver.approved_by.signers):
        yield waiver.refused(
            f"{waiver.requested_by} requested and approved it", "Let somebody else approve it."
        )


def _badly_timed(waiver: Waiver, today: date) -> Iterator[Refusal]:
    if waiver.expires_on < today:
        yield waiver.refused(
            f"it expired on {waiver.expires_on}", "Remove it, and mend what it covered."
        )
    if waiver.approved_by.on > today:
        yield waiver.refused(
            f"it is approved on {waiver.approved_by.on}, which is not yet", "Date it truly."
        )
    if waiver.expires_on < waiver.approved_by.on:
        yield waiver.refused("it ends before it starts", "Mend its dates.")


def _beyond_power(waiver: Waiver, pack: Pack) -> Iterator[Refusal]:
    if waiver.policy not in pack.codes:
        yield waiver.refused("there is no such policy", "The policy page lists the codes.")
        return
    policy = pack.policy(waiver.policy)
    power = power_over(policy)
    if power is None:
        yield waiver.refused(
            f"nobody may waive a policy on {policy.family}", "Mend what it refuses."
        )
        return
    if waiver.approved_by.authority is not power.authority:
        yield waiver.refused(
            f"approved by the {waiver.approved_by.authority.spoken}",
            f"Ask the {power.authority.spoken}, who may waive {policy.family}.",
        )
    if waiver.lasts > power.longest:
        yield waiver.refused(
            f"it lasts {waiver.lasts.days} days, at most {power.longest.days} are allowed",
            f"End it by {waiver.approved_by.on + power.longest}.",
        )
    if waiver.scope.max_failing_rows > power.most_rows:
        yield waiver.refused(
            f"its scope is {waiver.scope.max_failing_rows} failing rows, at most "
            f"{power.most_rows} are allowed",
            "Narrow it; a defect as wide as that is the product's, not an exception.",
        )


def _wrongly_signed(
    waiver: Waiver,
    *,
    contract: Contract,
    contracts: Sequence[Contract],
    teams: Mapping[str, Collection[str]],
) -> Iterator[Refusal]:
    """Every team that has a say signed, and nobody else."""
    needed = _teams_that_sign(waiver.approved_by.authority, contract, contracts)
    signers = {_normalised(one) for one in waiver.approved_by.signers}
    allowed: set[str] = set()
    for team in sorted(needed):
        names = {_normalised(f"team:{team}"), *map(_normalised, teams.get(team, ()))}
        allowed |= names
        if not names & signers:
            yield waiver.refused(
                f"nobody of team {team} signed it",
                f"Let team:{team} or one of its members sign.",
            )
    for stranger in sorted(signers - allowed):
        yield waiver.refused(
            f"{stranger} may not sign for the {waiver.approved_by.authority.spoken}",
            f"Those who may are of {', '.join(sorted(needed)) or 'no team: nobody reads it'}.",
        )


def _in_one_hand(waiver: Waiver, teams: Mapping[str, Collection[str]]) -> Iterator[Refusal]:
    """Where a team and one of its members stand on both sides, both may be the same person."""
    everybody = {_normalised(one) for team in teams for one in (f"team:{team}", *teams[team])}
    if _normalised(waiver.requested_by) not in everybody:
        yield waiver.refused(
            f"{waiver.requested_by}, who requested it, is of no team",
            "Name a team of teams.yaml, as team:<name>, or one of its members.",
        )
    asking = _people(waiver.requested_by, teams)
    for signer in waiver.approved_by.signers:
        is_same = _normalised(signer) == _normalised(waiver.requested_by)
        if not is_same and asking & _people(signer, teams):
            yield waiver.refused(
                f"{waiver.requested_by} requested it and {signer} approved it, which may be one "
                "person",
                "Name both by their addresses, or let another team request it.",
            )


def _people(who: str, teams: Mapping[str, Collection[str]]) -> set[str]:
    """Who may stand behind a name: a team's members behind the team's."""
    members = teams.get(_normalised(who).removeprefix("team:"), ()) if "@" not in who else ()
    return {_normalised(who), *map(_normalised, members)}


def _teams_that_sign(
    authority: Authority, contract: Contract, contracts: Sequence[Contract]
) -> set[str]:
    match authority:
        case Authority.DOMAIN_OWNER:
            return {contract.team}
        case Authority.CONSUMER_OWNERS:
            # Of any major version: a new one breaks those who read the old.
            return {
                one.team
                for one in contracts
                if contract.port in {entry.partition("@")[0] for entry in one.upstream}
            }
        case Authority.GOVERNANCE_GROUP | Authority.DATA_PROTECTION_OFFICER:
            return {authority.value}
        case _ as unreachable:
            assert_never(unreachable)


def _twice(waivers: Sequence[Waiver]) -> list[Refusal]:
    """Two waivers of one thing would add up to one that is wider or longer than allowed."""
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    found = []
    for waiver in waivers:
        what = (waiver.policy, waiver.product, tuple(sorted(waiver.scope.columns)))
        if what in seen:
            found.append(waiver.refused("there are two of it", "Keep one."))
        seen.add(what)
    return found


def _normalised(who: str) -> str:
    return who.strip().casefold()
