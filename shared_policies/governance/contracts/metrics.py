"""ODCS's library metrics as rules of the mesh's own policies, so that each is really evaluated.

Belongs here: the translation, and which metrics nothing here evaluates. Does not: policies.

`nullValues`, `missingValues` and `invalidValues` of a column become the row rule XCL-01;
`duplicateValues` of the key is KEY-01, which holds for every product; `rowCount` of at least one is
VOL-01, which does too. Anything else is refused: a rule that is written down and never evaluated
reads as a promise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

OF_THE_ROW = {"nullValues", "missingValues", "invalidValues"}
ALWAYS_HELD = {"duplicateValues": "KEY-01", "rowCount": "VOL-01"}
DIMENSIONS = {
    "nullValues": "completeness",
    "missingValues": "completeness",
    "invalidValues": "conformity",
    "duplicateValues": "uniqueness",
    "rowCount": "completeness",
}


def unevaluated(rule: Mapping[str, Any], *, column: str | None, key: Collection[str]) -> str | None:
    """Why no policy evaluates `rule`, with the cure; None where one does."""
    if rule["metric"] == "rowCount":
        limits = (rule.get("mustBeGreaterThan"), rule.get("mustBeGreaterOrEqualTo"))
        kept = limits in {(0, None), (None, 1)}
        return None if kept else "only mustBeGreaterThan: 0 is evaluated. Remove it."
    if rule.get("mustBe") != 0:
        return "only mustBe: 0 is evaluated. A share that may fail is a policy's parameter."
    if rule["metric"] == "duplicateValues":
        named = set(rule.get("arguments", {}).get("properties", [column]))
        listed = ", ".join(key)
        return (
            None if named == set(key) else f"only duplicates of the key ({listed}) are evaluated."
        )
    if column is None:
        return "is about one column. Write it into that column's quality."
    says_valid = rule.get("arguments", {}).keys() & {"validValues", "pattern"}
    if rule["metric"] == "invalidValues" and not says_valid:
        return "says nothing valid. Add arguments validValues or pattern."
    return None


def holds(rule: Mapping[str, Any], column: str) -> str:
    """The row rule of a column's metric as SQL, true for a row that keeps it."""
    arguments = rule.get("arguments", {})
    match rule["metric"]:
        case "nullValues":
            return f"{column} is not null"
        case "missingValues":
            missing = [one for one in arguments.get("missingValues", [""]) if one is not None]
            return f"{column} is not null and {column}::varchar not in ({_listed(missing)})"
        case _:
            return f"{column} is null or ({_valid(arguments, column)})"


def _valid(arguments: Mapping[str, Any], column: str) -> str:
    tests = []
    if "validValues" in arguments:
        tests.append(f"{column}::varchar in ({_listed(arguments['validValues'])})")
    if "pattern" in arguments:
        tests.append(f"regexp_full_match({column}::varchar, {_quoted(arguments['pattern'])})")
    return " and ".join(tests)


def _listed(values: Sequence[object]) -> str:
    return ", ".join(_quoted(str(value)) for value in values)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
