"""What this mesh asks of a contract beyond ODCS v3.2; `profile.schema.json` publishes the form.

Belongs here: form, and references inside one contract. Does not: whether a promise is strict
enough or allowed (policies), reading files (loading).

The profile in short. Top level: team, support, roles (each with a customProperty `clearance` if it
sees more than what is internal), status, version, customProperties `upstream` (other domains'
products) and, if rows may be set aside, `mostQuarantined`. Service levels: latency, freshness,
completeness, availability and retention, each but the last with a `sloTarget`; durations are
ISO-8601 in weeks, days, hours and minutes, without a `unit`. Columns: a classification, and
customProperties `unit`, for numbers `additive` (`over_one_breakdown` needs `breakdown` in the key,
and in the `by` of every rule that sums), for money `currencySource` (the column with its
currency), for days and hours `timeZone` (`reporting`, `UTC` or the column with it), for a number
that a dictionary explains `definedBy` (a metric of it, or the column with the definition's id),
`freeText` for what people typed, `personalData` for what is about a person. Quality: ODCS library
metrics that must be 0 failing rows, or `type: custom, engine: mesh` with a policy's code and
parameters. A key that is not known anywhere is an error.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jsonschema_rs import Draft201909Validator, ValidationErrorKind

from shared_policies.governance.contracts.metrics import unevaluated
from shared_policies.governance.contracts.model import BREAKDOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema_rs import ValidationError

PROMISED = ("latency", "freshness", "completeness", "availability", "retention")
ZONES = {"reporting", "UTC"}
NUMBERS = {"integer", "number"}
CURRENCY = "ISO 4217"
DEFINITION = "definition_id"
# Policies that sum measures by the columns that a rule names.
SUMMING = {"TOT-01", "LVL-01", "LVL-03", "LVL-05", "RST-02", "RST-03"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A JSON Schema, compiled once. With `cures` its descriptions say how to mend what is wrong."""

    schema: Mapping[str, Any]
    validator: Draft201909Validator
    cures: bool


def wrong_with(text: Mapping[str, Any]) -> list[str]:
    """Everything in which `text` is no contract of this mesh: where, what, and the cure."""
    try:
        by_form = [line for form in _forms() for line in _invalid(form, text)]
    except ValueError as error:
        return list(_no_json(text)) or [f"contract: is no JSON document: {error}."]
    # References can only be followed where the form holds.
    return list(dict.fromkeys(by_form)) or list(_wrong_references(text))


def custom(properties: Iterable[Mapping[str, Any]] | None) -> dict[str, Any]:
    """ODCS customProperties by name."""
    return {one["property"]: one["value"] for one in properties or ()}


def _invalid(form: Form, text: Mapping[str, Any]) -> Iterator[str]:
    for error in form.validator.iter_errors(text):
        deepest = _deepest(error)
        cure = _cure(deepest, form.schema) if form.cures else ""
        where = _where(text, deepest.instance_path)
        yield f"{where}: {_shortened(_message(deepest))}. {cure}".strip()


def _message(error: ValidationError) -> str:
    if isinstance(error.kind, ValidationErrorKind.Enum):  # its own names two of the options
        return f"{error.instance!r} is not one of {error.kind.options}"
    return error.message


def _no_json(text: Any, path: tuple[Any, ...] = ()) -> Iterator[str]:  # noqa: ANN401  any part of a YAML document
    """Where YAML says what JSON, in which a version keeps its contract, cannot."""
    where = "/".join(map(str, path)) or "contract"
    if isinstance(text, dict):
        for key, value in text.items():
            if not isinstance(key, str):
                yield f"{where}: the key {key!r} is no text. Write it in quotes."
            yield from _no_json(value, (*path, key))
    elif isinstance(text, list):
        for position, value in enumerate(text):
            yield from _no_json(value, (*path, position))
    elif not (text is None or isinstance(text, str | int | float)):
        yield f"{where}: is of the type {type(text).__name__}. Write a text, number, list or map."


def _deepest(error: ValidationError) -> ValidationError:
    """What was refused by the alternative that came furthest."""
    while isinstance(error.kind, ValidationErrorKind.AnyOf):
        refused = [one for alternative in error.kind.context for one in alternative]
        if not refused:
            break
        error = max(refused, key=lambda one: len(one.instance_path))
    return error


def _cure(error: ValidationError, schema: Any) -> str:  # noqa: ANN401  any part of a JSON Schema
    """The description of what is wrong; of what is missing, where something is."""
    for step in error.schema_path[:-1]:
        schema = schema[step]
    if isinstance(error.kind, ValidationErrorKind.Required):
        named = schema.get("properties", {}).get(error.kind.property, {})
        return str(named.get("description", schema.get("description", "")))
    return str(schema.get("description", ""))


def _where(text: Any, path: Iterable[Any]) -> str:  # noqa: ANN401  any part of a YAML document
    """The path with names in place of positions: schema/fx_rates/properties/rate."""
    parts: list[str] = []
    for step in path:
        text = text[step]
        named = isinstance(step, int) and isinstance(text, dict)
        name = text.get("name") or text.get("property") or text.get("channel") if named else None
        parts.append(str(name or step))
    return "/".join(parts) or "contract"


def _shortened(message: str) -> str:
    longest = 160
    return message if len(message) <= longest else f"{message[:longest]}…"


def _wrong_references(text: Mapping[str, Any]) -> Iterator[str]:
    table = text["schema"][0]
    columns = {one["name"]: one for one in table["properties"]}
    yield from _repeated(text)
    yield from _wrong_identity(text, table)
    yield from _wrong_levels(text, columns)
    yield from _wrong_key(table["properties"])
    for column in columns.values():
        yield from _wrong_column(column, columns)
        yield from _wrong_rules(column.get("quality", []), column["name"], table)
    yield from _wrong_rules(table.get("quality", []), None, table)
    yield from _wrong_breakdown(table)


def _repeated(text: Mapping[str, Any]) -> Iterator[str]:
    """Of two entries with one name, a reader would see either."""
    table = text["schema"][0]
    lists = {
        "slaProperties": [one["property"] for one in text["slaProperties"]],
        "customProperties": [one["property"] for one in text["customProperties"]],
        "schema": [one["name"] for one in table["properties"]],
        "roles": [one["role"] for one in text["roles"]],
        **{
            one["name"]: [entry["property"] for entry in one["customProperties"]]
            for one in table["properties"]
        },
    }
    for where, names in lists.items():
        for name, count in Counter(names).items():
            if count > 1:
                yield f"{where}: {name} stands there {count} times. Keep one."


def _wrong_identity(text: Mapping[str, Any], table: Mapping[str, Any]) -> Iterator[str]:
    wanted = f"{text['domain']}.{text['dataProduct']}"
    if text["id"] != wanted:
        yield f"id: is {text['id']!r}. Write {wanted}."
    if table["name"] != text["dataProduct"]:
        yield f"schema: the table is called {table['name']!r}. Name it {text['dataProduct']}."


def _wrong_levels(text: Mapping[str, Any], columns: Mapping[str, Any]) -> Iterator[str]:
    levels = {one["property"]: one for one in text["slaProperties"]}
    for name in PROMISED:
        if name not in levels:
            yield f"slaProperties: {name} is missing. Promise it, as every product does."
    element = levels.get("latency", {}).get("element")
    if element is not None and columns.get(element, {}).get("logicalType") != "date":
        yield f"slaProperties/latency: the element {element!r} is no column of days. Name one."
    if text["status"] == "deprecated" and "endOfSupport" not in levels:
        yield (
            "slaProperties: a deprecated product ends some day. Add {property: endOfSupport, "
            "value: YYYY-MM-DD}."
        )


def _wrong_key(properties: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    positions = [one.get("primaryKeyPosition") for one in properties if one.get("primaryKey")]
    if not positions:
        yield "schema: no column is marked primaryKey. Mark those that identify a row."
    elif Counter(positions) != Counter(range(1, len(positions) + 1)):
        yield f"schema: the primaryKeyPositions are {positions}. Number them from 1."
    for one in properties:
        if one.get("primaryKey") and not one.get("required"):
            yield f"{one['name']}: is of the key and not required. Add required: true."
        if "primaryKeyPosition" in one and not one.get("primaryKey"):
            yield f"{one['name']}: has a position in the key. Add primaryKey: true."


def _wrong_column(column: Mapping[str, Any], columns: Mapping[str, Any]) -> Iterator[str]:
    name, extra = column["name"], custom(column["customProperties"])
    yield from _wrong_sum(column, extra)
    money = extra["unit"].rpartition(" of ")[2] if " of " in extra["unit"] else ""
    source = extra.get("currencySource")
    if money.endswith("currency") and source != money:
        yield f"{name}: is in {extra['unit']}. Add {{property: currencySource, value: {money}}}."
    if source is not None and not _holds(columns.get(source), CURRENCY):
        yield f"{name}: {source} is no column with the unit {CURRENCY}. Name the one that is."
    zone = extra.get("timeZone")
    if zone is not None and zone not in ZONES and not _holds(columns.get(zone), "IANA name"):
        yield f"{name}: {zone} is no column with the unit IANA name. Name it, or reporting, or UTC."
    defined_by = extra.get("definedBy", "")
    if defined_by and "." not in defined_by and not _holds(columns.get(defined_by), DEFINITION):
        yield (
            f"{name}: {defined_by} is no column with the unit {DEFINITION}. Name it, or a metric "
            "such as salesforce.leads."
        )
    if extra.get("freeText") and column["logicalType"] != "string":
        yield f"{name}: is free text and no string. Remove freeText."


def _wrong_sum(column: Mapping[str, Any], extra: Mapping[str, Any]) -> Iterator[str]:
    is_number, additive = column["logicalType"] in NUMBERS, extra.get("additive")
    if is_number and additive is None:
        yield (
            f"{column['name']}: additive is missing. Say what a sum of it means: over_all_rows, "
            "over_one_breakdown, ratio, attribute."
        )
    if is_number and additive == "never":
        yield (
            f"{column['name']}: what may never be summed is no plain number. Publish an object "
            "with the value and the grain at which it holds."
        )


def _wrong_breakdown(table: Mapping[str, Any]) -> Iterator[str]:
    """A table that parts the same things in several ways is summed one way at a time."""
    parted = [
        one["name"]
        for one in table["properties"]
        if custom(one["customProperties"]).get("additive") == "over_one_breakdown"
    ]
    if not parted:
        return
    if not any(one["name"] == BREAKDOWN and one.get("primaryKey") for one in table["properties"]):
        yield f"{parted[0]}: no column of the key is called {BREAKDOWN}. Name the one that parts."
    rules = [
        *table.get("quality", ()),
        *(q for c in table["properties"] for q in c.get("quality", ())),
    ]
    for rule in rules:
        told = rule.get("implementation", {})
        by = told.get("parameters", {}).get("by", [BREAKDOWN])
        if told.get("policy") in SUMMING and BREAKDOWN not in by:
            yield f"{told['policy']}: sums over several breakdowns. Add {BREAKDOWN} to its by."


def _holds(column: Mapping[str, Any] | None, unit: str) -> bool:
    return column is not None and custom(column["customProperties"])["unit"] == unit


def _wrong_rules(
    rules: Iterable[Mapping[str, Any]], column: str | None, table: Mapping[str, Any]
) -> Iterator[str]:
    key = [one["name"] for one in table["properties"] if one.get("primaryKey")]
    for rule in rules:
        if "metric" in rule:
            why = unevaluated(rule, column=column, key=key)
            if why is not None:
                yield f"{column or 'schema'}/quality/{rule['metric']}: {why}"


@cache
def _forms() -> tuple[Form, ...]:
    """ODCS's own, as its pydantic model lets unknown keys below the top through; and ours.

    ODCS describes what a key is, the profile how to mend it.
    """
    odcs = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text())
    profile = json.loads(files(__package__).joinpath("profile.schema.json").read_text())
    return (
        Form(schema=odcs, validator=Draft201909Validator(odcs), cures=False),
        Form(schema=profile, validator=Draft201909Validator(profile), cures=True),
    )
