"""The relations that run-time policies share, as SQL: each is scanned once, whoever asks.

Belongs here: joins and sums of candidate, last published version, controls. Does not: what is
wrong with them (the families of policies).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.policies.checks import BEFORE, Relation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shared_policies.governance.policies.checks import Question

BASELINE_DAYS = 28


def rows(question: Question) -> Relation:
    """Grain: the candidate's rows."""
    return Relation(f"select * from {question.candidate}", question.contract.key)


def repeated_keys(question: Question) -> Relation:
    """Grain: one row per key that stands on several rows."""
    key = _listed(question.contract.key)
    sql = f"select {key} from {question.candidate} group by {key} having count(*) > 1"
    return Relation(sql, question.contract.key)


def entities(question: Question) -> Relation:
    """Grain: one row per entity, with its number of days, its first and its last."""
    entity, day = _listed(question.entity), question.day
    sql = (
        f"select {entity}, count(distinct {day}) as day_count, min({day}) as first_day,"
        f" max({day}) as last_day from {question.candidate} group by {entity}"
    )
    return Relation(sql, question.entity)


def parents(question: Question, child: Sequence[str], parent: str) -> Relation:
    """Grain: one row per child, with how many parents it has, here and as last published."""
    both = f"select {_listed([*child, parent])} from {question.candidate}"
    if question.published is not None and {*child, parent} <= question.shared:
        both += f" union all select {_listed([*child, parent])} from {question.published.relation}"
    sql = (
        f"select {_listed(child)}, count(distinct {parent}) as parent_count"
        f" from ({both}) group by {_listed(child)}"
    )
    return Relation(sql, tuple(child))


def matched(question: Question) -> Relation:
    """Grain: one row per key of candidate or last version; its columns then end in `__before`.

    `is_here` and `was_here` say in which of the two the key stands.
    """
    if question.published is None:
        raise ValueError("there is no published version to match; ask question.published first")
    key = question.contract.key
    shared = [name for name in question.types if name in question.shared and name not in key]
    keys = ", ".join(f"coalesce(c.{name}, p.{name}) as {name}" for name in key)
    values = "".join(f", c.{name}, p.{name} as {name}{BEFORE}" for name in shared)
    on = " and ".join(f"c.{name} = p.{name}" for name in key)
    sql = (
        f"select {keys}, c.here is not null as is_here, p.here is not null as was_here{values}"
        f" from (select *, true as here from {question.candidate}) as c"
        f" full join (select *, true as here from {question.published.relation}) as p on {on}"
    )
    return Relation(sql, key)


def missing_values(question: Question, names: Sequence[str]) -> Relation:
    """Grain: one row in all, over settled rows.

    Per column `__had` counts values that were published, `__lost` those of them that are missing
    now, `__missed_before` published rows without, `__missed` new rows without.
    """
    counts = ", ".join(
        f"count(*) filter (where was_here and {name} is null and {name}{BEFORE} is not null)"
        f" as {name}__lost, count({name}{BEFORE}) as {name}__had,"
        f" count(*) filter (where was_here and {name}{BEFORE} is null) as {name}__missed_before,"
        f" count(*) filter (where not was_here and {name} is null) as {name}__missed"
        for name in names
    )
    sql = (
        f"select {counts}, count(*) filter (where was_here) as matched_rows,"
        f" count(*) filter (where not was_here) as new_rows"
        f" from ({matched(question).sql}) where is_here and ({settled(question)})"
    )
    return Relation(sql, ())


def days(question: Question, by: Sequence[str]) -> Relation:
    """Grain: one row per group and day of candidate or last version, sums and a content hash.

    `content` is equal for days whose rows hold the same measures for the same entities;
    `value_count` is how many values that are not zero it is made of. `row_count`, `is_settled`
    and the measures of the last version end in `__before`; without one they are NULL.
    """
    here = _day_sums(question, question.candidate, question.measures, by)
    if question.published is None:
        empty = "".join(f", null as {name}{BEFORE}" for name in _summed(question.measures))
        return Relation(f"select *{empty} from ({here})", (*by, str(question.day)))
    kept = [name for name in question.measures if name in question.shared]
    before = _day_sums(question, question.published.relation, kept, by)
    group = [*by, str(question.day)]
    return Relation(_joined_days(group, here, before, question.measures, kept), tuple(group))


def _joined_days(
    group: Sequence[str], here: str, before: str, measures: Sequence[str], kept: Sequence[str]
) -> str:
    keys = ", ".join(f"coalesce(c.{name}, p.{name}) as {name}" for name in group)
    ours = "".join(f", c.{name}" for name in _summed(measures))
    theirs = "".join(f", p.{name} as {name}{BEFORE}" for name in _summed(kept))
    missing = "".join(f", null as {name}{BEFORE}" for name in measures if name not in kept)
    on = " and ".join(f"c.{name} = p.{name}" for name in group)
    return (
        f"select {keys}{ours}{theirs}{missing} from ({here}) as c full join ({before}) as p on {on}"
    )


def levels(question: Question, by: Sequence[str], measures: Iterable[str]) -> Relation:
    """Grain: as `days`; beside each measure its sum over the 28 days before, `__base`.

    The base is what was published where it was, so that a mistake is not measured by itself.
    `base_days` counts the days that it is made of.
    """
    day = question.day
    trusted = {name: f"coalesce({name}{BEFORE}, {name})" for name in measures}
    window = (
        f"over (partition by {_listed(by)} order by {day}"
        f" range between interval {BASELINE_DAYS} days preceding and interval 1 day preceding)"
    )
    bases = ", ".join(f"sum({sql}) {window} as {name}__base" for name, sql in trusted.items())
    inner = days(question, by)
    sql = f"select *, {bases}, count(*) {window} as base_days from ({inner.sql})"
    return Relation(sql, inner.shown)


def peaks(question: Question, measures: Iterable[str]) -> Relation:
    """Grain: one row per entity: its highest new value, and its highest published one before.

    `<measure>__peak` is the highest value on days whose value is new or changed,
    `<measure>__before` the highest as published; `days_before` the published days with any.
    """
    inner, entity = matched(question), _listed(question.entity)
    known = [name for name in measures if name in question.shared]
    fresh = ", ".join(
        f"max({name}) filter (where {name} is distinct from {name}{BEFORE}) as {name}__peak,"
        f" max({name}{BEFORE}) as {name}{BEFORE},"
        f" count(*) filter (where {name}{BEFORE} > 0) as {name}__days"
        for name in known
    )
    return Relation(
        f"select {entity}, {fresh} from ({inner.sql}) group by {entity}", question.entity
    )


def totals(
    question: Question, control: str, by: Mapping[str, str], measures: Mapping[str, str], where: str
) -> Relation:
    """Grain: one row per `by`; each measure as `ours_<n>` and, from `control`, `theirs_<n>`.

    `by` and `measures` map SQL over the candidate to SQL over the control; `where` restricts the
    candidate's rows. `is_ours` and `is_theirs` say which side has the row at all.
    """
    names = [f"by_{position}" for position in range(len(by))]
    here = _totals_of(question.candidate, by.keys(), measures.keys(), "ours", where)
    there = _totals_of(control, by.values(), measures.values(), "theirs", "true")
    on = " and ".join(f"c.{name} = p.{name}" for name in names)
    keys = ", ".join(f"coalesce(c.{name}, p.{name}) as {name}" for name in names)
    values = "".join(
        f", c.ours_{position}, p.theirs_{position}" for position in range(len(measures))
    )
    sql = (
        f"select {keys}, c.is_ours is not null as is_ours, p.is_theirs is not null as is_theirs"
        f"{values} from ({here}) as c full join ({there}) as p on {on}"
    )
    return Relation(sql, tuple(names))


def referenced(question: Question, reference: str, on: Mapping[str, str]) -> Relation:
    """Grain: the candidate's rows; the reference's columns end in `__known`.

    `on` maps SQL over the candidate to columns of `reference`, which must be unique in them.
    `is_known` says that the reference has such a row, `references` how many: more than one is a
    reference that cannot be trusted.
    """
    columns = question.relations[reference]
    known = ", ".join(f"any_value({name}) as {name}__known" for name in columns)
    keys = ", ".join(f"{name} as on_{position}" for position, name in enumerate(on.values()))
    group = ", ".join(f"on_{position}" for position in range(len(on)))
    joined = " and ".join(f"({ours}) = r.on_{position}" for position, ours in enumerate(on))
    sql = (
        f"select c.*, r.* exclude ({group}), r.reference_count is not null as is_known"
        f" from {question.candidate} as c left join (select {keys}, {known},"
        f" count(*) as reference_count from {reference} group by {group}) as r on {joined}"
    )
    return Relation(sql, question.contract.key)


def _totals_of(
    relation: str, by: Iterable[str], measures: Iterable[str], prefix: str, where: str
) -> str:
    keys = ", ".join(f"({sql}) as by_{position}" for position, sql in enumerate(by))
    sums = "".join(
        f", coalesce(sum({sql}), 0) as {prefix}_{position}" for position, sql in enumerate(measures)
    )
    group = ", ".join(str(position + 1) for position in range(keys.count(" as by_")))
    return (
        f"select {keys}, true as is_{prefix}{sums} from {relation} where {where} group by {group}"
    )


def _day_sums(question: Question, relation: str, measures: Sequence[str], by: Sequence[str]) -> str:
    sums = "".join(f", sum({name}) as {name}" for name in measures)
    details = [name for name in question.entity if name not in by]
    content = _listed([*details, *measures]) or "1"
    nonzero = " + ".join(f"(coalesce({name}, 0) <> 0)::bigint" for name in measures) or "0"
    return (
        f"select {_listed(by)}, {question.day}, count(*) as row_count{sums},"
        f" bool_and({settled(question)}) as is_settled,"
        f" sum(hash({content})::hugeint) as content, sum({nonzero}) as value_count"
        f" from {relation} group by {_listed(by)}, {question.day}"
    )


def settled(question: Question) -> str:
    """SQL over a row: its day was over when it was pulled, so its figures hardly move."""
    for rule in question.rules("RST-02"):
        if "settled" in rule.parameters:
            return str(rule.parameters["settled"])
    return "true"


def _summed(measures: Iterable[str]) -> tuple[str, ...]:
    return ("row_count", "is_settled", "content", "value_count", *measures)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
