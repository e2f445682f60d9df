"""What a new version of a contract changes for those who read it, and which version that needs.

Belongs here: comparing two contracts by the refinement order, semantic versions. Does not: where
the old one comes from (a published version's manifest, or a file), refusing anything (policies).

A consumer is broken by whatever the new version no longer promises: a column, type, unit, currency,
time zone, key or range; a reader that is no longer allowed; a later hour. What it promises more is
a minor change, other words are a patch. Other words that name another unit are no patch: the figure
changed, and only its description says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from shared_policies.governance.contracts.access import PROTECTION, clearance_of
from shared_policies.governance.contracts.refinement import (
    AT_LEAST,
    AT_MOST,
    EQUAL,
    IF_SAID,
    LONGER,
    MUST,
    SHORTER,
    SUBSET,
    Loosening,
    Order,
    Ranked,
    loosened,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from shared_policies.governance.contracts.model import Column, Contract

COLUMN_ORDERS: Mapping[str, Order] = {
    "data_type": EQUAL,
    "logical_type": EQUAL,
    "required": MUST,
    "key_position": EQUAL,
    "unit": EQUAL,
    "classification": EQUAL,
    "additive": EQUAL,
    "minimum": AT_LEAST,
    "maximum": AT_MOST,
    "pattern": IF_SAID,
    "allowed": SUBSET,
    "personal": EQUAL,
    "free_text": Ranked((True, False)),
    "currency_from": IF_SAID,
    "time_zone_from": IF_SAID,
    "defined_by": IF_SAID,
}
LEVEL_ORDERS: Mapping[str, Order] = {
    "latency": SHORTER,
    "freshness": SHORTER,
    "completeness": AT_LEAST,
    "availability": AT_LEAST,
    "retention": LONGER,
    "erasure": SHORTER,
}
SHARES = {"completeness", "availability"}
CURRENCY_WORDS = {"euro", "euros", "eur", "dollar", "dollars", "usd", "gbp", "chf", "jpy", "pence"}
SCALE_WORDS = {"micros", "cents", "units", "thousand", "thousands", "million", "millions"}
SHARE_WORDS = {"percent", "percentage", "permille", "fraction", "share"}
TIME_WORDS = {"seconds", "milliseconds", "minutes", "hours", "days", "weeks", "months", "years"}
UNIT_WORDS = CURRENCY_WORDS | SCALE_WORDS | SHARE_WORDS | TIME_WORDS | {"gross", "net", "utc"}


class Level(IntEnum):
    """What a change asks of the version, the largest last."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: `where` it is, `what` became of it, which version it needs."""

    where: str
    what: str
    level: Level

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two versions of one contract, with all that changed between them."""

    old: Contract
    new: Contract
    changes: tuple[Change, ...]

    @property
    def needed(self) -> Level:
        return max((change.level for change in self.changes), default=Level.NONE)

    @property
    def given(self) -> Level:
        """What the version numbers say; NONE where the new one is not higher."""
        before, after = _numbers(self.old.version), _numbers(self.new.version)
        if after <= before:
            return Level.NONE
        position = next(
            i for i, pair in enumerate(zip(before, after, strict=True)) if len(set(pair)) > 1
        )
        return (Level.MAJOR, Level.MINOR, Level.PATCH)[position]

    @property
    def is_honest(self) -> bool:
        """Whether the version says what changed, or more."""
        return self.given >= self.needed

    @property
    def breaking(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.level is Level.MAJOR)

    @property
    def due_version(self) -> str:
        """The lowest version that says what changed."""
        major, minor, patch = _numbers(self.old.version)
        match self.needed:
            case Level.MAJOR:
                return f"{major + 1}.0.0"
            case Level.MINOR:
                return f"{major}.{minor + 1}.0"
            case Level.PATCH:
                return f"{major}.{minor}.{patch + 1}"
            case Level.NONE:
                return self.old.version


def compared(old: Contract, new: Contract) -> Comparison:
    """Everything in which `new` differs from `old`, the most serious first."""
    changes = [
        *_identity(old, new),
        *_columns(old, new),
        *_levels(old, new),
        *_access(old, new),
        *_end(old, new),
        *_words(old, new),
    ]
    if not changes and old.digest != new.digest:
        changes = [Change(where="contract", what="is written differently", level=Level.PATCH)]
    in_order = sorted(changes, key=lambda change: -change.level)
    return Comparison(old=old, new=new, changes=tuple(in_order))


def consumers(contract: Contract, contracts: Iterable[Contract]) -> list[Contract]:
    """Who says in their own contract that they read this one, in this major version."""
    return [one for one in contracts if contract.versioned_port in one.upstream]


def _identity(old: Contract, new: Contract) -> Iterator[Change]:
    for name in ("domain", "product", "key"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield _major(name, f"was {_said(before)}, is {_said(after)}")
    if old.status != new.status:
        level = Level.MAJOR if new.status == "retired" else Level.MINOR
        yield Change(where="status", what=f"was {old.status}, is {new.status}", level=level)
    for port in sorted(set(old.upstream) ^ set(new.upstream)):
        what = "is read too" if port in new.upstream else "is no longer read"
        yield Change(where=f"upstream {port}", what=what, level=Level.MINOR)


def _columns(old: Contract, new: Contract) -> Iterator[Change]:
    before = {column.name: column for column in old.columns}
    after = {column.name: column for column in new.columns}
    added = [column for name, column in after.items() if name not in before]
    for name, column in before.items():
        if name not in after:
            yield _major(f"column {name}", f"is gone{_renamed(column, added)}")
    for column in added:
        yield Change(where=f"column {column.name}", what="is new", level=Level.MINOR)
    kept = [name for name in before if name in after]
    if kept != [name for name in after if name in before]:
        yield _major("columns", "stand in another order")
    for name in kept:
        yield from _column(before[name], after[name])


def _column(old: Column, new: Column) -> Iterator[Change]:
    before, after = _promised(old), _promised(new)
    where = f"column {old.name}"
    looser = {one.name: one for one in loosened(after, before, COLUMN_ORDERS)}
    for name, order in COLUMN_ORDERS.items():
        if name in looser:
            yield _major(where, _loosening(looser[name]))
        elif not order.refines(before[name], after[name]):
            what = f"{name} was {_said(before[name])}, is {_said(after[name])}, which is stricter"
            yield Change(where=where, what=what, level=Level.MINOR)
    if old.description != new.description and old.unit == new.unit:
        yield _reworded(where, old.description, new.description, old.unit)


def _promised(column: Column) -> dict[str, Any]:
    """What a consumer may count on; no list of values is any value."""
    found = {name: getattr(column, name) for name in COLUMN_ORDERS}
    return {**found, "allowed": column.allowed or None}


def _renamed(gone: Column, added: Iterable[Column]) -> str:
    for column in added:
        if (column.data_type, column.unit) == (gone.data_type, gone.unit):
            return f" (renamed to {column.name}?)"
    return ""


def _levels(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = _level_values(old), _level_values(new)
    orders = {name: _order_of(name) for name in before.keys() | after.keys()}
    looser = {one.name: one for one in loosened(after, before, orders)}
    for name in sorted(before.keys() | after.keys()):
        if name in looser:
            yield _major("service level", _loosening(looser[name]))
        elif before.get(name) != after.get(name):
            what = f"{name} was {_said(before.get(name))}, is {_said(after[name])}"
            yield Change(where="service level", what=what, level=Level.MINOR)


def _level_values(contract: Contract) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, level in contract.service_levels.items():
        if name in LEVEL_ORDERS:
            found[name] = float(level.value) if name in SHARES else level.duration
            found[f"{name} target"] = level.target
            found[f"{name} element"] = level.element
    return found


def _order_of(name: str) -> Order:
    level, _, part = name.partition(" ")
    return {"": LEVEL_ORDERS[level], "target": AT_LEAST, "element": IF_SAID}[part]


def _access(old: Contract, new: Contract) -> Iterator[Change]:
    """A reader that sees less is broken. One that sees more is told; whether it may is CLS-02's."""
    before, after = ({role.role for role in one.roles} for one in (old, new))
    for role in sorted(before | after):
        was, now = clearance_of(old, role), clearance_of(new, role)
        if now is None:
            yield _major(f"role {role}", "may no longer read")
        elif was is None or (was == now and role not in before):
            yield Change(where=f"role {role}", what="may read too", level=Level.MINOR)
        elif not PROTECTION.refines(now, was):
            yield _major(f"role {role}", f"saw what is {was}, and sees only what is {now}")
        elif was != now:
            what = f"saw only what is {was}, and sees what is {now}"
            yield Change(where=f"role {role}", what=what, level=Level.MINOR)


def _end(old: Contract, new: Contract) -> Iterator[Change]:
    before, after = old.end_of_support, new.end_of_support
    if before == after:
        return
    earlier = before is not None and after is not None and after < before
    what = f"was {_said(before)}, is {_said(after)}"
    yield Change(where="end of support", what=what, level=Level.MAJOR if earlier else Level.MINOR)


def _words(old: Contract, new: Contract) -> Iterator[Change]:
    for name in ("grain", "purpose", "usage", "limitations"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(where=name, what="is worded differently", level=Level.PATCH)
    yield from _rules(old, new)
    if (old.team, old.support) != (new.team, new.support):
        yield Change(where="team and support", what="are others", level=Level.PATCH)


def _rules(old: Contract, new: Contract) -> Iterator[Change]:
    """A rule more is a patch; one that is gone or altered was something to count on."""
    gone = [rule for rule in old.rules if rule not in new.rules]
    for rule in gone:
        what = f"is gone or altered: {rule.description}"
        yield Change(where=f"rule {rule.policy}", what=what, level=Level.MINOR)
    if not gone and len(new.rules) > len(old.rules):
        yield Change(where="rules", what="are more", level=Level.PATCH)


def _reworded(where: str, before: str, after: str, unit: str) -> Change:
    """Words of a unit that only one description has, and that are not the unit's own."""
    changed = (_units_in(before) ^ _units_in(after)) - _units_in(unit)
    if not changed:
        return Change(where=where, what="is described differently", level=Level.PATCH)
    named = ", ".join(sorted(changed))
    return _major(
        where, f"its description speaks of another unit ({named}) while its unit stays {unit!r}"
    )


def _units_in(text: str) -> frozenset[str]:
    words = set(re.findall(r"[a-z]+|%", text.lower()))
    return frozenset(UNIT_WORDS & words | ({"percent"} if "%" in words else set()))


def _loosening(one: Loosening) -> str:
    return f"{one.name} was {_said(one.floor)}, is {_said(one.value)} ({one.order})"


def _major(where: str, what: str) -> Change:
    return Change(where=where, what=what, level=Level.MAJOR)


def _said(value: object) -> str:
    if value is None:
        return "not said"
    if isinstance(value, tuple):
        return f"({', '.join(map(str, value))})"
    return str(value)


def _numbers(version: str) -> tuple[int, int, int]:
    major, minor, patch, *_ = (int(part) for part in version.split("."))
    return major, minor, patch
