"""Reads a product's contract and refuses one that is not whole.

Belongs here: ODCS v3.2 and our profile of it (one table, a unit on every column, a key). Does not:
whether a value is strict enough (policies).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


# Every number says what its sum over rows means. What was deduplicated (reach, users) has no sum:
# it is published as an object that also holds the grain at which it is true, so that no tool adds
# it up by itself.
ADDITIVE = {
    "over_all_rows": "its sum over any rows is a true figure",
    "ratio": "to be computed again from sums",
    "attribute": "describes its row, like a rate or a window",
    "never": "deduplicated at the grain of its row",
}


class ContractBroken(ValueError):
    """A contract that cannot be promised; the message lists everything that is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """`data_type` is the type in the warehouse, `key_position` 1-based or None.

    `additive` says what a sum over rows means: see ADDITIVE; None for what is no number.
    """

    name: str
    data_type: str
    required: bool
    key_position: int | None
    unit: str
    classification: str
    description: str
    additive: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What a product promises. `upstream` are other domains' products, `domain/name@major`."""

    domain: str
    product: str
    version: str
    status: str
    team: str
    grain: str
    purpose: str
    usage: str
    limitations: str
    upstream: tuple[str, ...]
    columns: tuple[Column, ...]
    service_levels: Mapping[str, str]

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row, in order."""
        keyed = [column for column in self.columns if column.key_position is not None]
        return tuple(column.name for column in sorted(keyed, key=_position))

    @property
    def major_version(self) -> int:
        return int(self.version.split(".", maxsplit=1)[0])

    @property
    def port(self) -> str:
        """`domain/name`, as the product store and consumers call it."""
        return f"{self.domain}/{self.product}"


def load_contract(path: Path) -> Contract:
    """The contract in `path` (contract.odcs.yaml in the folder named for the product).

    Raises:
        ContractBroken: not ODCS v3.2, or outside our profile of it.
    """
    text: dict[str, Any] = yaml.safe_load(path.read_text())
    wrong = [
        f"{'/'.join(map(str, error.absolute_path)) or 'contract'}: {error.message}"
        for error in jsonschema.Draft201909Validator(_odcs_schema()).iter_errors(text)
    ]
    wrong = wrong or _outside_profile(text, path)
    if wrong:
        listed = "\n".join(f"- {line}" for line in wrong)
        raise ContractBroken(f"{path} cannot be promised:\n{listed}")
    table = text["schema"][0]
    extra = {entry["property"]: entry["value"] for entry in text["customProperties"]}
    return Contract(
        domain=text["domain"],
        product=text["dataProduct"],
        version=text["version"],
        status=text["status"],
        team=text["team"]["name"],
        grain=table["description"].strip(),
        purpose=text["description"]["purpose"].strip(),
        usage=text["description"]["usage"].strip(),
        limitations=text["description"]["limitations"].strip(),
        upstream=tuple(extra["upstream"]),
        columns=tuple(_column(entry) for entry in table["properties"]),
        service_levels={entry["property"]: str(entry["value"]) for entry in text["slaProperties"]},
    )


def find_contracts(root: Path) -> list[Path]:
    """Every contract below the domains that stand in `root`."""
    return sorted(root.glob("*_domain/products/*/contract.odcs.yaml"))


def _outside_profile(text: dict[str, Any], path: Path) -> list[str]:
    needed = ("domain", "dataProduct", "status", "description", "team", "slaProperties", "schema")
    wrong = [f"{name}: is missing." for name in needed if not text.get(name)]
    if wrong:
        return wrong
    if text["dataProduct"] != path.parent.name:
        wrong.append(f"dataProduct: {text['dataProduct']!r} stands in folder {path.parent.name}.")
    if len(text["schema"]) != 1:
        wrong.append("schema: a product is one table.")
    if "upstream" not in {entry["property"] for entry in text.get("customProperties", [])}:
        wrong.append("customProperties: list the upstream products, [] if there are none.")
    columns = text["schema"][0].get("properties", [])
    for column in columns:
        wrong += _incomplete_column(column)
    if not any(column.get("primaryKey") for column in columns):
        wrong.append("schema: no column is marked primaryKey.")
    return wrong


def _incomplete_column(column: dict[str, Any]) -> list[str]:
    needed = ("logicalType", "physicalType", "description", "classification")
    wrong = [f"{column['name']}: {name} is missing." for name in needed if name not in column]
    extra = {entry["property"] for entry in column.get("customProperties", [])}
    if "unit" not in extra:
        wrong.append(f"{column['name']}: a unit is missing (customProperties).")
    return wrong + _adds_up(column)


def _adds_up(column: dict[str, Any]) -> list[str]:
    extra = {entry["property"]: entry["value"] for entry in column.get("customProperties", [])}
    additive = extra.get("additive")
    is_number = column.get("logicalType") in {"integer", "number"}
    if is_number and additive not in ADDITIVE:
        return [f"{column['name']}: additive (customProperties) is one of {list(ADDITIVE)}."]
    if is_number and additive == "never":
        cure = "publish an object with the value and the grain at which it holds."
        return [f"{column['name']}: what may never be summed is no plain number: {cure}"]
    return []


def _column(entry: dict[str, Any]) -> Column:
    extra = {one["property"]: one["value"] for one in entry["customProperties"]}
    return Column(
        name=entry["name"],
        data_type=entry["physicalType"],
        required=bool(entry.get("required")),
        key_position=entry.get("primaryKeyPosition"),
        unit=str(extra["unit"]),
        classification=entry["classification"],
        description=entry["description"].strip(),
        additive=extra.get("additive"),
    )


def _position(column: Column) -> int:
    return column.key_position or 0


@cache
def _odcs_schema() -> dict[str, Any]:
    """ODCS's own JSON Schema: its pydantic model lets unknown keys below the top through."""
    schema = files("open_data_contract_standard").joinpath("schema.json").read_text()
    return dict(json.loads(schema))
