"""What a run-time policy may ask, and how: predicates over a few relations that it shares.

Belongs here: the question, the check, the finding that counted checks give. Does not: any rule,
running SQL (audit).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from shared_policies.governance.policies.verdicts import Finding, Outcome

if TYPE_CHECKING:
    from datetime import date, datetime

    from shared_policies.governance.contracts.model import Column, Contract, Rule

SAMPLES = 5
SHOWABLE = {"public", "internal"}
BEFORE = "__before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The last published version: what the candidate is compared with.

    `relation` is a FROM item over its files, `types` DuckDB's types by column.
    """

    relation: str
    types: Mapping[str, str]
    version_id: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A candidate and all that a policy may compare it with.

    `candidate` is a FROM item, `types` DuckDB's types by column in order. `relations` holds the
    columns of the relations that the contract's rules name, `{}` for one that is not there.
    `today` is the day in the company's reporting time zone, `reporting_currency` the company's
    own. `quarantined` is how many rows were
    set aside, of how many. `newest` is the candidate's last day, None without any.
    """

    contract: Contract
    candidate: str
    types: Mapping[str, str]
    published: Published | None
    relations: Mapping[str, Mapping[str, str]]
    now: datetime
    today: date
    reporting_currency: str
    sandbox_expected: bool | None = None
    quarantined: tuple[int, int] = (0, 0)
    newest: date | None = None

    def rules(self, code: str) -> tuple[Rule, ...]:
        """What the contract declares for the policy `code`."""
        return tuple(rule for rule in self.contract.rules if rule.policy == code)

    @property
    def day(self) -> str | None:
        """The key column that dates a row."""
        dated = [one.name for one in self._key_columns if one.data_type.lower() == "date"]
        return dated[-1] if dated else None

    @property
    def entity(self) -> tuple[str, ...]:
        """The key without its day."""
        return tuple(name for name in self.contract.key if name != self.day)

    @property
    def group(self) -> tuple[str, ...]:
        """What a day's rows are summed by: the entity without its most detailed id."""
        return self.entity[:-1] or self.entity

    @property
    def measures(self) -> tuple[str, ...]:
        """Columns whose sum is a true figure, be it of one breakdown."""
        return tuple(one.name for one in self.contract.columns if one.is_summed)

    @property
    def shared(self) -> frozenset[str]:
        """Columns that the last published version has too, with the same type."""
        if self.published is None:
            return frozenset()
        before = self.published.types
        return frozenset(name for name, kind in self.types.items() if before.get(name) == kind)

    @property
    def free_texts(self) -> tuple[str, ...]:
        """Columns that hold what a person typed."""
        return tuple(one.name for one in self.contract.columns if one.free_text)

    @property
    def names(self) -> tuple[str, ...]:
        """Free texts that the last version has too, beside the key."""
        return tuple(
            one for one in self.free_texts if one in self.shared and one not in self.contract.key
        )

    @property
    def _key_columns(self) -> list[Column]:
        by_name = {one.name: one for one in self.contract.columns}
        return [by_name[name] for name in self.contract.key]


@dataclass(frozen=True, slots=True)
class Relation:
    """A query whose rows checks count; equal ones are scanned once, for all checks together.

    `shown` are the columns that name a row in a sample.
    """

    sql: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`wrong` is SQL, true for a row of `relation` that breaks the rule `what`; NULL is not true.

    `quarantines` says that the row alone is wrong, so that the others may be published without
    it; only of a check over the candidate's own rows.
    """

    relation: Relation
    wrong: str
    what: str
    column: str | None = None
    quarantines: bool = False


def all_of(values: Sequence[str]) -> Mapping[str, str]:
    """Every value is wrong, for what it is; the value itself is not shown."""
    return dict.fromkeys(values, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCheck:
    """A rule for each distinct value of a column, read once a value and not once a row.

    `suspicious` is SQL over `value`, the column as text: true for every value that may be wrong.
    `find` says what is wrong with which of those, by value, in words that may be shown.
    """

    column: str
    what: str
    suspicious: str
    find: Callable[[Sequence[str]], Mapping[str, str]] = all_of


Asked: TypeAlias = "Finding | Sequence[Check | TextCheck]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A check and how often it failed; `wrong` is SQL, true for the rows that did."""

    check: Check | TextCheck
    failing_rows: int
    samples: Sequence[Mapping[str, Any]] = ()
    wrong: str | None = None


def concluded(counted: Iterable[Counted]) -> Finding:
    """FAIL where any check counted a row; says which and how many."""
    counted = list(counted)
    failed = [one for one in counted if one.failing_rows]
    columns = {one.check.column for one in failed}
    listed = "; ".join(f"{one.failing_rows} not: {one.check.what}" for one in failed[:SAMPLES])
    more = f"; and {len(failed) - SAMPLES} more checks" if len(failed) > SAMPLES else ""
    return Finding(
        outcome=Outcome.FAIL if failed else Outcome.PASS,
        observed=listed + more if failed else f"{len(counted)} checks, nothing wrong",
        expected="; ".join(dict.fromkeys(one.check.what for one in (failed or counted)[:SAMPLES])),
        samples=[sample for one in failed for sample in one.samples][:SAMPLES],
        failing_rows=sum(one.failing_rows for one in failed),
        column=columns.pop() if len(columns) == 1 else None,
    )


def not_applicable(why: str) -> Finding:
    """Nothing to evaluate, and why: said, never passed in silence."""
    return Finding(outcome=Outcome.NOT_APPLICABLE, observed=why, expected="nothing to evaluate")
