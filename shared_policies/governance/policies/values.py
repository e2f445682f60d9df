"""Whether each value alone is one that the contract allows.

Belongs here: missing, unknown, malformed, impossible values. Does not: values beside each other
(rules), values beside those of yesterday (levels).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared_policies.governance.contracts.refinement import AT_MOST
from shared_policies.governance.policies.checks import BEFORE, Check, TextCheck, not_applicable
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.relations import rows, shares_missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared_policies.governance.contracts.model import Column
    from shared_policies.governance.policies.checks import Asked, Question

FLOATING = {"double", "float", "real"}
WHOLE = {"bigint", "hugeint", "integer", "int", "ubigint"}
# The one name that it has everywhere, as the company's setting.
REPORTING_CURRENCY = "reporting_currency"
SELDOM, OFTEN, SOME = 0.01, 0.2, 5
INT32 = (-2_147_483_648, 2_147_483_647)


@policy("NUL-01", family="nulls", phase="run_time")
def required_values_are_there(question: Question) -> Asked:
    """NUL-01: no required column misses a value.

    Why: a missing exchange rate or id would silently drop money from every sum.

    Remedy: See the sample rows. A missing fx_rate: the currency has no ECB rate for that day; pull
    finance/ecb/reference_rate for it, or leave the account's currency out.
    """
    return [
        _check(question, one, f"{one.name} is null", f"{one.name} is there")
        for one in question.contract.columns
        if one.required
    ]


@policy(
    "NUL-02",
    family="nulls",
    phase="run_time",
    parameters={
        "most_lost_share": Parameter(
            default=0.05,
            order=AT_MOST,
            description="By how much the share of rows without a value may grow.",
        )
    },
    declares={
        "may_be_missing": "columns whose absence is an answer, such as an invoice not there yet; "
        "another rule of the contract says when"
    },
)
def values_do_not_go_missing(question: Question, *, most_lost_share: float) -> Asked:
    """NUL-02: a value that was published does not turn into a missing one.

    Why: an optional column that suddenly misses its values breaks every chart that groups by it,
    and no rule about required columns sees it.

    Remedy: Compare the source's answer of today with yesterday's; a field was renamed or revoked.
    """
    if question.published is None:
        return not_applicable("nothing was published yet")
    answers = _answers(question)
    counted = [
        one.name
        for one in question.contract.columns
        if one.name in question.shared and one.name not in {*question.contract.key, *answers}
    ]
    relation = shares_missing(question, counted)
    lost = [
        Check(
            relation=relation,
            wrong=f"{name} > {name}{BEFORE} + {most_lost_share}",
            what=f"{name} is missing as seldom as it was published",
            column=name,
        )
        for name in counted
    ]
    never_came = [
        Check(
            relation=relation,
            wrong=f"{name}{BEFORE} <= {SELDOM} and {name}__new > {OFTEN} and new_rows >= {SOME}",
            what=f"the last days have their {name}, which hardly ever was missing",
            column=name,
        )
        for name in counted
    ]
    return [*lost, *never_came]


@policy("ENM-01", family="values", phase="run_time")
def values_are_allowed(question: Question) -> Asked:
    """ENM-01: a column with a closed list of values holds no other.

    Why: a consumer's `case` lets an unknown state fall into 'else', unseen.

    Remedy: Correct the source's spelling, or add the value to the contract in a new major version.
    """
    closed = [one for one in question.contract.columns if one.allowed]
    if not closed:
        return not_applicable("no column has a closed list of values")
    return [
        TextCheck(
            column=one.name,
            what=f"{one.name} is one of {', '.join(one.allowed)}",
            suspicious=f"value not in ({', '.join(_quoted(value) for value in one.allowed)})",
        )
        for one in closed
    ]


@policy("PAT-01", family="values", phase="run_time")
def values_match_their_pattern(question: Question) -> Asked:
    """PAT-01: ids and codes have the form that the contract gives.

    Why: a lower-case currency or an id that lost its last digits joins to nothing.

    Remedy: Keep the platform's own text; see the sample rows.
    """
    formed = [one for one in question.contract.columns if one.pattern]
    currencies = [one for one in question.contract.columns if one.unit == "ISO 4217"]
    if not formed and not currencies:
        return not_applicable("no column has a pattern")
    patterns = {one.name: "^[A-Z]{3}$" for one in currencies}
    patterns |= {one.name: str(one.pattern) for one in formed}
    return [
        TextCheck(
            column=one.name,
            what=f"{one.name} has the form {patterns[one.name]}",
            suspicious=f"not regexp_matches(value, {_quoted(patterns[one.name])})",
        )
        for one in question.contract.columns
        if one.name in patterns
    ]


@policy("RNG-01", family="values", phase="run_time")
def values_are_in_range(question: Question) -> Asked:
    """RNG-01: numbers and days lie in the contract's range, and every number is finite.

    Why: a sign that flipped, or one NaN, spoils every sum above it.

    Remedy: See the sample rows; a credit that the platform really books belongs in the contract.
    """
    ranged = [check for one in question.contract.columns for check in _range(question, one)]
    return ranged or not_applicable("no column is a number or has a range")


@policy("RNG-02", family="values", phase="run_time")
def values_are_not_clipped(question: Question) -> Asked:
    """RNG-02: no whole number stands exactly at the end of 32 bits.

    Why: a type that is too small cuts a large account's figures, and the sum looks plausible.

    Remedy: Look for a 32-bit integer between the platform's answer and the model.
    """
    whole = [one for one in question.contract.columns if one.data_type.lower() in WHOLE]
    if not whole:
        return not_applicable("no column holds whole numbers")
    ends = ", ".join(map(str, INT32))
    return [
        _check(question, one, f"{one.name} in ({ends})", f"{one.name} is not cut at 32 bits")
        for one in whole
    ]


@policy("CUR-01", family="values", phase="run_time")
def the_reporting_currency_is_the_company_s(question: Question) -> Asked:
    """CUR-01: what is called the reporting currency is the company's own.

    Why: there is one for the whole company; under another label no figure moves, and every sum
    over products is wrong.

    Remedy: Convert to COMPANY_REPORTING_CURRENCY, or name the column after what it holds.
    """
    if REPORTING_CURRENCY not in question.types:
        return not_applicable("no column holds the reporting currency")
    return [
        TextCheck(
            column=REPORTING_CURRENCY,
            what=f"{REPORTING_CURRENCY} is {question.reporting_currency}",
            suspicious=f"value <> {_quoted(question.reporting_currency)}",
        )
    ]


def _answers(question: Question) -> set[str]:
    """Columns that may be missing; raises ValueError where nothing says when they are.

    Without a rule of its own such a column could be lost as a whole, and nobody would be told.
    """
    named = {
        name
        for rule in question.rules("NUL-02")
        for name in rule.parameters.get("may_be_missing", ())
    }
    held = [
        str(rule.parameters.get(part, ""))
        for code, part in (("XCL-01", "holds"), ("REF-02", "equal"), ("TOT-01", "measures"))
        for rule in question.rules(code)
    ]
    words = {word for text in held for word in re.findall(r"\w+", text)}
    loose = sorted(named - words)
    if loose:
        raise ValueError(f"{loose} may be missing, and no rule of the contract says when")
    return named


def _range(question: Question, column: Column) -> Iterable[Check]:
    name, kind = column.name, column.data_type.lower()
    if kind in FLOATING:
        yield _check(question, column, f"not isfinite({name})", f"{name} is finite")
    if column.minimum is not None:
        wrong = f"{name} < {_literal(column.minimum)}"
        yield _check(question, column, wrong, f"{name} is at least {column.minimum}")
    if column.maximum is not None:
        wrong = f"{name} > {_literal(column.maximum)}"
        yield _check(question, column, wrong, f"{name} is at most {column.maximum}")


def _check(question: Question, column: Column, wrong: str, what: str) -> Check:
    return Check(
        relation=rows(question), wrong=wrong, what=what, column=column.name, quarantines=True
    )


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int | float) else _quoted(str(value))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


POLICIES = (
    required_values_are_there,
    values_do_not_go_missing,
    values_are_allowed,
    values_match_their_pattern,
    values_are_in_range,
    values_are_not_clipped,
    the_reporting_currency_is_the_company_s,
)
