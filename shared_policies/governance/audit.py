"""Looks at a candidate and lets every policy judge it: the step between building and publishing.

Belongs here: what a candidate is compared with, and counting what policies ask in as few scans as
there are relations. Does not: the rules (policies), the swap (platform).

Policies name predicates over relations they share (policies/relations). One aggregate a relation
counts all of them; only where something failed is a relation read again, for sample keys.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from shared_policies.governance.known_days import coverage, incomplete
from shared_policies.governance.policies.checks import (
    SAMPLES,
    SHOWABLE,
    Check,
    Counted,
    Published,
    Question,
    TextCheck,
    concluded,
)
from shared_policies.governance.policies.policy import attempted
from shared_policies.governance.policies.relations import rows
from shared_policies.governance.policies.verdicts import Finding, Outcome, Verdict, overall
from shared_policies.platform.company import company_settings
from shared_policies.platform.days import local_day, now
from shared_policies.platform.warehouse import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from shared_policies.governance.contracts.model import Column, Contract
    from shared_policies.governance.policies.pack import Pack
    from shared_policies.governance.policies.policy import Policy
    from shared_policies.platform.product_store import PublishedVersion
    from shared_policies.platform.warehouse import Warehouse

SCHEMA_POLICY = "SCH-01"
LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """All verdicts over one candidate, a verdict for every policy of the pack.

    `covered_through` is the last day of the contract's latency element of which every row is
    settled, `complete_share` the share of settled rows; None for what has no such day.
    `incomplete` names some of the accounts with days that are not settled and could be.
    `wrong_rows` are, by the code of a failing policy, predicates over the candidate's rows to what
    they break, for policies all of whose failures are single rows.
    """

    contract: Contract
    pack: Pack
    verdicts: tuple[Verdict, ...]
    row_count: int
    previous_row_count: int | None
    sandbox: bool
    covered_through: date | None
    complete_share: float | None
    incomplete: tuple[str, ...]
    wrong_rows: Mapping[str, Mapping[str, str]]

    def with_verdicts(self, verdicts: Sequence[Verdict]) -> Audit:
        """The same audit after waivers."""
        return replace(self, verdicts=tuple(verdicts))

    @property
    def outcome(self) -> Outcome:
        return overall(self.verdicts, expected=self.pack.codes)

    @property
    def may_be_published(self) -> bool:
        return self.outcome <= Outcome.WARN

    def refusal(self) -> str:
        """Why it may not be published, for the owner."""
        lines = [
            f"- {verdict.code} {verdict.name}: {verdict.observed}; expected {verdict.expected}. "
            f"{verdict.remedy}"
            + (f" Such as {dict(verdict.samples[0])}." if verdict.samples else "")
            for verdict in self.verdicts
            if verdict.blocks
        ]
        missing = sorted(self.pack.codes - {verdict.code for verdict in self.verdicts})
        lines += [f"- {code} was not judged." for code in missing]
        return (
            f"{self.contract.port} was not published; the last good version stays. "
            f"Owner: team {self.contract.team}.\n" + "\n".join(lines)
        )


def audit(
    contract: Contract,
    warehouse: Warehouse,
    *,
    relation: str,
    pack: Pack,
    published: PublishedVersion | None,
    sandbox_expected: bool | None,
    aside: str | None = None,
    at: datetime | None = None,
) -> Audit:
    """Judge `relation`, a FROM item, by the run-time policies of `pack` as `contract` tightens it.

    `published` is the last good version, None before the first. `sandbox_expected` is what the
    input ports are, None without any. `aside` is the FROM item of rows in quarantine. `at` is now
    unless a test says otherwise.

    Raises:
        PackBroken: the contract's rules loosen a floor or name what does not exist.
    """
    ours = pack.for_contract(contract).of_phase("run_time")
    with warehouse.reading() as reader:
        question = replace(
            _question(contract, reader, relation, published, at or now()),
            sandbox_expected=sandbox_expected,
            quarantined=_set_aside(reader, relation, aside),
        )
        verdicts, wrong_rows = _verdicts(question, reader, ours)
        promised = {column.name for column in contract.columns}
        is_whole = promised <= question.types.keys()
        known = coverage(question, reader) if is_whole else {}
        lacking = incomplete(question, reader) if is_whole else ()
    return Audit(
        contract=contract,
        pack=ours,
        verdicts=tuple(replace(one, pack_digest=ours.digest) for one in verdicts),
        row_count=known.get("row_count", 0),
        previous_row_count=None if published is None else published.row_count,
        sandbox=known.get("sandbox", False),
        covered_through=known.get("covered_through"),
        complete_share=known.get("complete_share"),
        incomplete=lacking,
        wrong_rows=wrong_rows,
    )


def _set_aside(warehouse: Warehouse, relation: str, aside: str | None) -> tuple[int, int]:
    """How many rows are in quarantine, of how many in all."""
    if aside is None:
        return 0, 0
    counts = [
        warehouse.rows(f"select count(*) as row_count from {one}")[0]["row_count"]
        for one in (aside, relation)
    ]
    return counts[0], sum(counts)


def _question(
    contract: Contract,
    warehouse: Warehouse,
    relation: str,
    published: PublishedVersion | None,
    at: datetime,
) -> Question:
    named = {
        str(rule.parameters["relation"]) for rule in contract.rules if "relation" in rule.parameters
    }
    company = company_settings()
    question = Question(
        contract=contract,
        candidate=relation,
        types=_types(warehouse, relation),
        published=None if published is None else _published(warehouse, published),
        relations=warehouse.columns_of(named) if named else {},
        now=at,
        today=local_day(at, time_zone=company.reporting_time_zone),
        reporting_currency=company.reporting_currency,
    )
    if question.day is None or question.types.get(question.day) != "DATE":
        return question
    newest = warehouse.rows(f"select max({question.day}) as day from {relation}")[0]["day"]
    return replace(question, newest=newest)


def _types(warehouse: Warehouse, relation: str) -> dict[str, str]:
    """DuckDB's types of a FROM item's columns, in order."""
    described = warehouse.rows(f"describe select * from {relation}")
    return {row["column_name"]: row["column_type"] for row in described}


def _published(warehouse: Warehouse, version: PublishedVersion) -> Published:
    files = ", ".join(f"'{quoted(path)}'" for path in version.files)
    relation = f"read_parquet([{files}])"
    return Published(
        relation=relation,
        types=_types(warehouse, relation),
        version_id=version.version_id,
        details=version.details,
    )


def _verdicts(
    question: Question, warehouse: Warehouse, pack: Pack
) -> tuple[list[Verdict], dict[str, Mapping[str, str]]]:
    """One per policy, and the wrong rows of those that failed by single rows alone.

    Of a candidate without its columns nothing else can be asked.
    """
    if _is_unreadable(question):
        return [_of_unreadable(question, one) for one in pack.policies], {}
    asked = {
        one: attempted(partial(one.function, question, **pack.values_of(one.code)))
        for one in pack.policies
    }
    checks = {one: found for one, found in asked.items() if not isinstance(found, Finding)}
    counted = _counted(question, warehouse, checks)
    judged = {
        one: found if isinstance(found, Finding) else concluded(found)
        for one, found in {**asked, **counted}.items()
    }
    verdicts = [one.verdict(judged[one], today=question.today) for one in pack.policies]
    rows_alone = rows(question).sql
    wrong = {
        one.code: _row_by_row(found, rows_alone)
        for one, found in counted.items()
        if not isinstance(found, Finding)
    }
    return verdicts, {code: found for code, found in wrong.items() if found}


def _of_unreadable(question: Question, policy: Policy) -> Verdict:
    if policy.code == SCHEMA_POLICY:
        return policy.judge(question, today=question.today, values={})
    finding = Finding(
        outcome=Outcome.MISSING,
        observed=f"not asked: the columns are not as promised ({SCHEMA_POLICY})",
        expected="a verdict",
    )
    return policy.verdict(finding, today=question.today)


def _row_by_row(counted: Sequence[Counted], rows_alone: str) -> dict[str, str]:
    """Predicates of what failed; empty if any of it is more than single rows of the candidate."""
    failed = [one for one in counted if one.failing_rows]
    alone = [one for one in failed if one.wrong is not None and _is_alone(one.check, rows_alone)]
    if len(alone) < len(failed):
        return {}
    return {str(one.wrong): one.check.what for one in alone}


def _is_alone(check: Check | TextCheck, rows_alone: str) -> bool:
    """Whether it judges each row of the candidate by itself."""
    if isinstance(check, TextCheck):
        return True
    return check.quarantines and check.relation.sql == rows_alone


def _is_unreadable(question: Question) -> bool:
    """Whether a promised column is missing or of another type; one too many hides nothing."""
    found = {name: kind.upper() for name, kind in question.types.items()}
    return any(found.get(one.name) != one.data_type.upper() for one in question.contract.columns)


def _counted(
    question: Question, warehouse: Warehouse, asked: Mapping[Policy, Sequence[Check | TextCheck]]
) -> dict[Policy, Sequence[Counted] | Finding]:
    """What was counted for each. If a scan fails, each is asked alone: only the broken one errs."""
    everything = [check for checks in asked.values() for check in checks]
    together = attempted(partial(_count, question, warehouse, everything))
    found: dict[Policy, Sequence[Counted] | Finding] = {}
    for one, checks in asked.items():
        own = together
        if isinstance(own, Finding):
            own = attempted(partial(_count, question, warehouse, checks))
        found[one] = own if isinstance(own, Finding) else [own[id(check)] for check in checks]
    return found


def _count(
    question: Question, warehouse: Warehouse, checks: Sequence[Check | TextCheck]
) -> dict[int, Counted]:
    """Every check counted, by its identity."""
    by_relation: dict[str, list[Check]] = {}
    texts: list[TextCheck] = []
    for check in checks:
        if isinstance(check, TextCheck):
            texts.append(check)
        else:
            by_relation.setdefault(check.relation.sql, []).append(check)
    counted = _count_texts(question, warehouse, texts) if texts else []
    for sharing in by_relation.values():
        counted += _count_rows(question, warehouse, sharing)
    return {id(one.check): one for one in counted}


def _count_rows(
    question: Question, warehouse: Warehouse, sharing: Sequence[Check]
) -> list[Counted]:
    """Checks over one relation: one scan, and a second one only if something failed."""
    sql = sharing[0].relation.sql
    counts = ", ".join(
        f"count(*) filter (where {check.wrong}) as n{position}"
        for position, check in enumerate(sharing)
    )
    found = warehouse.rows(f"select {counts} from ({sql})")[0]
    failed = [position for position in range(len(sharing)) if found[f"n{position}"]]
    samples = _samples(question, warehouse, sharing, failed)
    return [
        Counted(check=check, failing_rows=found[f"n{position}"], samples=samples.get(position, []))
        for position, check in enumerate(sharing)
    ]


def _samples(
    question: Question, warehouse: Warehouse, sharing: Sequence[Check], failed: Sequence[int]
) -> dict[int, list[Mapping[str, str]]]:
    """Keys of some failing rows by check: always the first in order, whatever the scan's order."""
    shown = sharing[0].relation.shown
    if not failed or not shown:
        return {}
    key = ", ".join(_showable(question, name) for name in shown)
    some = " or ".join(f"({sharing[position].wrong})" for position in failed)
    parts = " union all ".join(
        f"(select {position} as position, [{key}] as shown from failing"
        f" where {sharing[position].wrong} order by shown limit {SAMPLES})"
        for position in failed
    )
    rows = warehouse.rows(
        f"with failing as materialized (select * from ({sharing[0].relation.sql}) where {some})"
        f" {parts}"
    )
    found: dict[int, list[Mapping[str, str]]] = {}
    for row in rows:
        sample = dict(zip(shown, row["shown"], strict=True))
        found.setdefault(row["position"], []).append(sample)
    return found


def _showable(question: Question, name: str) -> str:
    """A key as text; what may name a person only as the end of its hash."""
    text = f"coalesce(cast({name} as varchar), 'null')"
    column = question.contract.column(name)
    return text if column is None or _is_showable(column) else f"'…' || right(md5({text}), 8)"


def _is_showable(column: Column) -> bool:
    return column.classification in SHOWABLE and not column.free_text


def _count_texts(
    question: Question, warehouse: Warehouse, texts: Sequence[TextCheck]
) -> list[Counted]:
    """Checks over distinct texts: the warehouse picks the suspicious ones, Python reads those."""
    parts = " union all ".join(
        f"select {position} as position, value, row_count from (select"
        f" cast({check.column} as varchar) as value, count(*) as row_count"
        f" from {question.candidate} group by {check.column}) where {check.suspicious}"
        for position, check in enumerate(texts)
    )
    by_check: dict[int, dict[str, int]] = {}
    for row in warehouse.rows(parts):
        by_check.setdefault(row["position"], {})[row["value"]] = row["row_count"]
    return [
        _counted_text(question, check, by_check.get(position, {}))
        for position, check in enumerate(texts)
    ]


def _counted_text(
    question: Question, check: TextCheck, rows_by_value: Mapping[str, int]
) -> Counted:
    """A wrong value of a closed list or a code is shown; what a person may have typed is not."""
    wrong = check.find(sorted(rows_by_value))
    column = question.contract.column(check.column)
    shown = column is not None and _is_showable(column)
    kinds = {kind or value for value, kind in wrong.items() if kind or shown}
    listed = ", ".join(f"'{quoted(value)}'" for value in sorted(wrong))
    return Counted(
        check=check,
        failing_rows=sum(rows_by_value[value] for value in wrong),
        samples=[{check.column: kind[:LONGEST_VALUE]} for kind in sorted(kinds)[:SAMPLES]],
        wrong=f"{check.column} in ({listed})",
    )
