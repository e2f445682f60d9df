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
# What arrived since the last version, with a holiday weekend.
NEW_DAYS = 5
# Days that end with the row's, by which late credits are judged.
RIPE_DAYS = 3
# Days before the row's: first and last of each window.
WINDOWS = {"base": (BASELINE_DAYS, 1), "late": (27, 14), "early": (55, 28)}


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


def shares_missing(question: Question, names: Sequence[str]) -> Relation:
    """Grain: one row in all, over settled rows.

    Per column the share without a value: `<column>__before` as published, `<column>` now,
    `<column>__new` on the candidate's last days. `new_rows` counts those.
    """
    recent = f"{question.day} > {_newest(question)} - {NEW_DAYS}" if question.day else "false"
    here = ", ".join(
        f"1 - count({name}) / count(*) as {name},"
        f" 1 - count({name}) filter (where {recent}) / count(*) filter (where {recent})"
        f" as {name}__new"
        for name in names
    )
    before = ", ".join(f"1 - count({name}) / count(*) as {name}{BEFORE}" for name in names)
    where = settled(question)
    sql = (
        f"select * from (select {here}, count(*) filter (where {recent}) as new_rows"
        f" from {question.candidate} where {where})"
        f" cross join (select {before} from {_last_version(question)} where {where})"
    )
    return Relation(sql, ())


def days(question: Question, by: Sequence[str]) -> Relation:
    """Grain: one row per group and day of candidate or last version, sums and a content hash.

    `content` is equal for days whose rows hold the same measures for the same entities, `copies`
    counts those of a group; `value_count` is how many values that are not zero it is made of.
    Columns of the last version end in `__before`; without one they are NULL. `last_day` and
    `last_day_before` are the group's. Of measures that levels are judged by, `__base` is the sum
    over the 28 days before (as published where it was, so that a mistake is not measured by
    itself), `__late` and `__early` over the mature fortnights; `base_days` counts the former. Of
    measures that are credited late, `__ripe` is the sum over the three days that end here.
    """
    group = [*by, str(question.day)]
    here = _day_sums(question, question.candidate, question.measures, by)
    if question.published is None:
        summed = _summed(question.measures)
        joined = f"select *{_nulls(summed)} from ({here})"
    else:
        kept = [name for name in question.measures if name in question.shared]
        before = _day_sums(question, question.published.relation, kept, by)
        joined = _joined_days(group, here, before, question.measures, kept)
    listed, day = _listed(by), question.day
    windows = "".join(
        f", sum({_trusted(name)}) over (partition by {listed} order by {day} range between"
        f" interval {first} days preceding and interval {last} days preceding) as {name}__{window}"
        for name in leveled(question)
        for window, (first, last) in WINDOWS.items()
    )
    windows += "".join(
        f", sum({name}{side}) over (partition by {listed} order by {day} range between"
        f" interval {RIPE_DAYS - 1} days preceding and current row) as {name}__ripe{side}"
        for name in credited_late(question)
        for side in ("", BEFORE)
    )
    sql = (
        f"select *{windows}, count(*) over (partition by {listed} order by {day} range between"
        f" interval {BASELINE_DAYS} days preceding and interval 1 days preceding) as base_days,"
        f" count(*) over (partition by {listed}, content) as copies,"
        f" max({day}) filter (where row_count > 0) over (partition by {listed}) as last_day,"
        f" max({day}) filter (where row_count{BEFORE} > 0) over (partition by {listed})"
        f" as last_day_before from ({joined})"
    )
    return Relation(sql, tuple(group))


def leveled(question: Question) -> tuple[str, ...]:
    """The measures that rules about levels name."""
    named = [
        pair[part]
        for code in ("LVL-01", "LVL-03", "LVL-05")
        for rule in question.rules(code)
        for pair in (*rule.parameters.get("ratios", ()), *rule.parameters.get("events", ()))
        for part in ("of", "per")
    ]
    return tuple(dict.fromkeys(named))


def credited_late(question: Question) -> tuple[str, ...]:
    """The measures that the rule about late credits names."""
    named = [name for rule in question.rules("RST-03") for name in rule.parameters["measures"]]
    return tuple(dict.fromkeys(named))


def _joined_days(
    group: Sequence[str], here: str, before: str, measures: Sequence[str], kept: Sequence[str]
) -> str:
    keys = ", ".join(f"coalesce(c.{name}, p.{name}) as {name}" for name in group)
    ours = "".join(f", c.{name}" for name in _summed(measures))
    theirs = "".join(f", p.{name} as {name}{BEFORE}" for name in _summed(kept))
    missing = _nulls([name for name in measures if name not in kept])
    on = " and ".join(f"c.{name} = p.{name}" for name in group)
    return (
        f"select {keys}{ours}{theirs}{missing} from ({here}) as c full join ({before}) as p on {on}"
    )


def _nulls(names: Iterable[str]) -> str:
    return "".join(f", null as {name}{BEFORE}" for name in names)


def _trusted(name: str) -> str:
    return f"coalesce({name}{BEFORE}, {name})"


def things(question: Question, measures: Sequence[str], names: Sequence[str]) -> Relation:
    """Grain: one row per entity of the last version, with what the candidate has of it.

    `<measure>__peak` is the highest value on the candidate's last days, `<measure>__before` the
    highest published before those, `<measure>__days` on how many days there was any.
    `<measure>__past` and `<measure>__past__before` are sums over the four weeks before the last
    days, now and as published. Each name now and, `__before`, as published.
    """
    entity, day = _listed(question.entity), question.day
    newest = f"{_newest(question)} - {NEW_DAYS}"
    past = f"{day} <= {newest} and {day} > {_newest(question)} - {BASELINE_DAYS}"
    here = "".join(
        f", max({name}) filter (where {day} > {newest}) as {name}__peak,"
        f" sum({name}) filter (where {past}) as {name}__past"
        for name in measures
    ) + "".join(f", max({name}) as {name}" for name in names)
    before = "".join(
        f", max({name}) filter (where {day} <= {newest}) as {name}{BEFORE},"
        f" count(*) filter (where {name} > 0 and {day} <= {newest}) as {name}__days,"
        f" sum({name}) filter (where {past}) as {name}__past{BEFORE}"
        for name in measures
    ) + "".join(f", max({name}) as {name}{BEFORE}" for name in names)
    sql = (
        f"select * from (select {entity}{here} from {question.candidate} group by {entity})"
        f" right join (select {entity}{before} from {_last_version(question)} group by {entity})"
        f" using ({entity})"
    )
    return Relation(sql, question.entity)


def kept_keys(question: Question, names: Sequence[str]) -> Relation:
    """Grain: one row per key that was published and is still there: `names`, now and `__before`."""
    key = question.contract.key
    here = _listed(f"c.{name}" for name in (*key, *names))
    before = "".join(f", p.{name} as {name}{BEFORE}" for name in names)
    on = " and ".join(f"c.{name} = p.{name}" for name in key)
    sql = (
        f"select {here}{before} from {question.candidate} as c"
        f" join {_last_version(question)} as p on {on}"
    )
    return Relation(sql, key)


def roundness(
    question: Question, names: Sequence[str], steps: Sequence[int], by: Sequence[str]
) -> Relation:
    """Grain: one row per group: how many values its last days have, and how many are round.

    `<measure>__new` counts the candidate's values of the last days, `<measure>__old` the published
    ones of the four weeks before, both without zeros; with a step at the end, its multiples.
    """
    group, day = _listed(by), question.day
    newest = _newest(question)
    here, before = (_rounds(names, steps, side) for side in ("new", "old"))
    recent = f"{day} > {newest} - {NEW_DAYS}"
    earlier = f"{day} > {newest} - {BASELINE_DAYS} and {day} <= {newest} - {NEW_DAYS}"
    sql = (
        f"select * from (select {group}{here} from {question.candidate} where {recent}"
        f" group by {group}) join (select {group}{before} from {_last_version(question)}"
        f" where {earlier} group by {group}) using ({group})"
    )
    return Relation(sql, tuple(by))


def _rounds(names: Sequence[str], steps: Sequence[int], side: str) -> str:
    counts = [f"count(*) filter (where {name} <> 0) as {name}__{side}" for name in names]
    counts += [
        f"count(*) filter (where {name} <> 0 and {name} % {step} = 0) as {name}__{side}_{step}"
        for name in names
        for step in steps
    ]
    return "".join(f", {count}" for count in counts)


def totals(
    question: Question,
    control: str,
    *,
    by: Mapping[str, str],
    measures: Mapping[str, str],
    where: str,
    exact: bool,
) -> Relation:
    """Grain: one row per `by`: each measure's difference from the control as `difference_<n>`.

    `by` and `measures` map SQL over the candidate to SQL over the control; `where` restricts the
    candidate's rows. `our_rows` and `their_rows` count what each side has of the group. Unless
    differences are `exact`, `theirs_<n>` is the control's sum, by which they are measured.
    """
    keys = [f"by_{position}" for position in range(len(by))]
    values = [f"value_{position}" for position in range(len(measures))]
    sides = " union all ".join(
        "select "
        + ", ".join(f"({sql}) as {name}" for sql, name in zip(grouped, keys, strict=True))
        + f", {sign} as side, "
        + ", ".join(f"{sign} * ({sql}) as {name}" for sql, name in zip(summed, values, strict=True))
        + f" from {relation} where {condition}"
        for relation, sign, grouped, summed, condition in (
            (question.candidate, 1, by.keys(), measures.keys(), where),
            (control, -1, by.values(), measures.values(), "true"),
        )
    )
    sums = [f"sum({name}) as difference_{position}" for position, name in enumerate(values)]
    if not exact:
        sums += [
            f"-sum({name}) filter (where side < 0) as theirs_{position}"
            for position, name in enumerate(values)
        ]
    sql = (
        f"select {_listed(keys)}, {_listed(sums)}, count(*) filter (where side > 0) as our_rows,"
        f" count(*) filter (where side < 0) as their_rows from ({sides}) group by {_listed(keys)}"
    )
    return Relation(sql, tuple(keys))


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


def _day_sums(question: Question, relation: str, measures: Sequence[str], by: Sequence[str]) -> str:
    sums = "".join(f", sum({name}) as {name}" for name in measures)
    details = [name for name in question.entity if name not in by]
    content = _listed([*details, *measures]) or "1"
    nonzero = " + ".join(f"(coalesce({name}, 0) <> 0)::bigint" for name in measures) or "0"
    return (
        f"select {_listed(by)}, {question.day}, count(*) as row_count{sums},"
        f" bool_and({settled(question)}) as is_settled, bool_and({_closed(question)}) as is_closed,"
        f" sum(hash({content})::hugeint) as content, sum({nonzero}) as value_count"
        f" from {relation} group by {_listed(by)}, {question.day}"
    )


def settled(question: Question) -> str:
    """SQL over a row: its day was over when it was pulled, so its figures hardly move."""
    for rule in question.rules("RST-02"):
        if "settled" in rule.parameters:
            return str(rule.parameters["settled"])
    return "true"


def _newest(question: Question) -> str:
    """The candidate's last day as a constant: only then is a scan of other days cut short."""
    return "cast(null as date)" if question.newest is None else f"date '{question.newest}'"


def _closed(question: Question) -> str:
    """SQL over a row: the source no longer changes its figures."""
    for rule in question.rules("RST-01"):
        return str(rule.parameters["closed"])
    return "false"


def _last_version(question: Question) -> str:
    """Raises ValueError before the first publication: a policy asks for that first."""
    if question.published is None:
        raise ValueError("there is no published version to compare with")
    return question.published.relation


def _summed(measures: Iterable[str]) -> tuple[str, ...]:
    return ("row_count", "is_settled", "is_closed", "content", "value_count", *measures)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
