"""What a company pulls of its sources, as its people wrote it down.

Belongs here: a domain's sources.yaml, which accounts it means, what it leaves out. Does not: what a
report of one platform may ask (a domain's connectors/), credentials (a domain's settings.py).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.strict_yaml import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from shared_policies.platform.errors import PipelineError
    from shared_policies.platform.streams import AccountListing, Stream

Choices = TypeVar("Choices", bound=BaseModel)
Report = TypeVar("Report", bound=BaseModel)
STREAM_NAME = re.compile(r"[a-z][a-z0-9_]{2,50}")
# How a report that a company adds may call a column, and a field of a platform as it is asked for.
ColumnName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,50}$")]
FieldPath = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.:]*$")]


class SourceChoice(BaseModel):
    """One source: whether it is used, which accounts, and which reports beside the usual ones.

    `accounts` empty means all that the credentials reach, less `except_accounts`. `leave_out`
    names streams that no product needs as a whole. `reports` are in the platform's own terms.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    used: bool = True
    accounts: tuple[str, ...] = ()
    except_accounts: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    reports: dict[str, dict[str, Any]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _means_something(self) -> Self:
        both = sorted({*self.accounts} & {*self.except_accounts})
        if both:
            raise ValueError(f"{', '.join(both)} is both in accounts and in except_accounts")
        return self

    def pulls(self, stream: Stream) -> bool:
        return self.used and stream.name not in self.leave_out

    def why_idle(self, title: str) -> str:
        """Why there is nothing to say of the source `title`; empty where there is."""
        return "" if self.used else f"This company does not use {title}: sources.yaml says so."

    def means(self, account_id: str) -> bool:
        return account_id not in self.except_accounts and (
            not self.accounts or account_id in self.accounts
        )

    def of(self, listing: AccountListing) -> AccountListing:
        """The accounts that are meant; one that was asked for and is not reached is unreadable."""
        reached = {one.account_id: one for one in listing.readable}
        wanted = self.accounts or (*reached, *listing.unreadable)
        meant = [one for one in wanted if one not in self.except_accounts]
        unreadable: dict[str, PipelineError] = {
            one: listing.unreadable[one] for one in meant if one in listing.unreadable
        }
        source = next((one.source for one in listing.readable), "sources.yaml")
        for one in meant:
            if one not in reached and one not in unreadable:
                unreadable[one] = MisconfiguredSetting(
                    "sources.yaml asks for this account, and the credentials do not reach it.",
                    cure="Correct the id, or let the credentials' user see the account.",
                    source=source,
                    account_id=one,
                )
        return replace(
            listing,
            readable=[reached[one] for one in meant if one in reached],
            unreadable=unreadable,
        )

    def refuse_unknown(self, streams: Iterable[Stream], *, source: str) -> None:
        """Raises MisconfiguredSetting: something is left out that is not there or is needed."""
        optional = sorted(stream.name for stream in streams if stream.optional)
        wrong = sorted(set(self.leave_out) - set(optional))
        if wrong:
            raise MisconfiguredSetting(
                f"sources.yaml leaves out {', '.join(wrong)}; what may be left out is "
                f"{', '.join(optional) or 'nothing'}.",
                cure="Take the others off leave_out: products are computed from them.",
                source=source,
            )


EVERYTHING = SourceChoice()


def read_choices(path: Path, form: type[Choices]) -> Choices:
    """The domain's file in the form that lists its sources.

    Raises:
        MisconfiguredSetting: no YAML, an unknown source or key, a value of another kind.
    """
    cure = f"Correct {path.name}; docs/guides/choose_sources.md says what may stand there."
    try:
        found = read_yaml(path.read_text(encoding="utf-8"))
        return form.model_validate(found or {})
    except ValidationError as error:
        raise MisconfiguredSetting(
            wrong_entries(error.errors(include_url=False)), cure=cure, source=path.name
        ) from error
    except (OSError, yaml.YAMLError) as error:
        raise MisconfiguredSetting(f"{error}.", cure=cure, source=path.name) from error


def wrong_entries(errors: Iterable[Mapping[str, Any]]) -> str:
    """What pydantic found, an entry at a time, by its place in the file."""
    lines = [f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in errors]
    return "; ".join(lines) + "."


def configured(
    reports: Mapping[str, Mapping[str, Any]],
    form: type[Report],
    *,
    taken: Iterable[str],
    source: str,
) -> Mapping[str, Report]:
    """The reports that a company added, in their platform's form, by the stream's name.

    Raises:
        MisconfiguredSetting: a report is not of that form, or its name is taken or none.
    """
    found: dict[str, Report] = {}
    cure = (
        f"Correct {source}.reports in sources.yaml; docs/guides/choose_sources.md shows the form."
    )
    for name, written in reports.items():
        if not STREAM_NAME.fullmatch(name) or name in taken:
            raise MisconfiguredSetting(
                f"a report cannot be called {name!r}: lower-case letters, digits and _, and no"
                " stream of ours.",
                cure=cure,
                source=source,
            )
        try:
            found[name] = form.model_validate(written)
        except ValidationError as error:
            wrong = wrong_entries(error.errors(include_url=False))
            raise MisconfiguredSetting(f"{name}.{wrong}", cure=cure, source=source) from error
    return found
