"""Sets rows aside that are wrong by themselves, so that the others can be published.

Belongs here: which rows, and why each. Does not: how many are too many (policies/quarantine), the
file they are kept in (publishing).

Only if the contract allows it, and only rows: where anything else blocks, or a total no longer
adds up without them, nothing is published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shared_policies.platform.warehouse import quoted

if TYPE_CHECKING:
    from shared_policies.governance.audit import Audit


class Auditing(Protocol):
    """Judges a FROM item; `aside` is the FROM item of the rows that were taken out of it."""

    def __call__(self, relation: str, *, aside: str | None) -> Audit: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """An audit of `relation`. `aside` are the rows left out of it, each with `reason`, or None."""

    audit: Audit
    relation: str
    aside: str | None


def judged(audited: Auditing, *, relation: str) -> Judged:
    """The audit of `relation`; of what is left without wrong rows, if only such rows block."""
    whole = Judged(audit=audited(relation, aside=None), relation=relation, aside=None)
    if whole.audit.may_be_published:
        return whole
    wrong = _to_set_aside(whole.audit)
    if not wrong:
        return whole
    any_of = " or ".join(f"({sql})" for sql in wrong)
    reasons = " ".join(f"when {sql} then '{quoted(what)}'" for sql, what in wrong.items())
    aside = f"(select *, case {reasons} end as reason from {relation} where {any_of})"
    kept = f"(select * from {relation} where ({any_of}) is not true)"
    return Judged(audit=audited(kept, aside=aside), relation=kept, aside=aside)


def _to_set_aside(found: Audit) -> dict[str, str]:
    """Predicates over rows to what they break; empty where anything else blocks."""
    blocking = {verdict.code for verdict in found.verdicts if verdict.blocks}
    if not found.contract.most_quarantined or not blocking <= found.wrong_rows.keys():
        return {}
    return {sql: what for code in sorted(blocking) for sql, what in found.wrong_rows[code].items()}
