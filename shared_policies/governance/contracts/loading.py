"""Reads contracts: from YAML to frozen values, or everything that is wrong with them at once.

Belongs here: files, YAML, the translation of ODCS to the model. Does not: what a contract must
hold (profile), whether a promise is strict enough (policies).
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import yaml
from open_data_contract_standard.model import OpenDataContractStandard

from shared_policies.governance.contracts.metrics import ALWAYS_HELD, DIMENSIONS, holds
from shared_policies.governance.contracts.model import (
    Column,
    Contract,
    Role,
    Rule,
    ServiceLevel,
    Support,
)
from shared_policies.governance.contracts.profile import custom, wrong_with
from shared_policies.platform.strict_yaml import WrittenTwice, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

CONTRACT_FILE = "contract.odcs.yaml"
PLACES = ("*_domain/products/*", "shared_policies/governance/products/*")


class ContractBroken(ValueError):
    """A contract that cannot be promised; the message lists everything that is wrong."""


def load_contract(path: Path) -> Contract:
    """The contract in `path` (contract.odcs.yaml in the folder named for the product).

    Raises:
        ContractBroken: no YAML, not ODCS v3.2, or outside our profile of it.
    """
    return _load(path, path.stat().st_mtime_ns)


def parse_contract(text: str) -> Contract:
    """The contract that the YAML `text` is.

    Raises:
        ContractBroken: as `load_contract`.
    """
    try:
        document = read_yaml(text)
    except WrittenTwice as error:
        raise ContractBroken(f"- {error}") from error
    except yaml.YAMLError as error:
        raise ContractBroken(f"- it is no YAML: {error}") from error
    return contract_of(document)


def contract_of(document: Mapping[str, Any]) -> Contract:
    """The contract that the parsed `document` is, as kept by a published version too.

    Raises:
        ContractBroken: as `load_contract`.
    """
    wrong = wrong_with(document) if isinstance(document, dict) else ["contract: is empty."]
    if wrong:
        raise ContractBroken("\n".join(f"- {line}" for line in wrong))
    OpenDataContractStandard.model_validate(document)
    return _translated(document)


def published_contract(document: Mapping[str, Any]) -> Contract:
    """The contract in a published version's manifest, which was valid when it was published.

    Raises:
        ContractBroken: it lacks what a contract needs today.
    """
    try:
        return _translated(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContractBroken(
            f"it is of another form ({error!r}). Publish a new version."
        ) from error


def contract_yaml(contract: Contract) -> str:
    """`contract` as a YAML document that parses to an equal contract."""
    return OpenDataContractStandard.model_validate(contract.text).to_yaml()


def find_contracts(root: Path) -> list[Path]:
    """Every contract below the domains that stand in `root`, and governance's own."""
    return sorted(path for place in PLACES for path in root.glob(f"{place}/{CONTRACT_FILE}"))


@lru_cache(maxsize=256)
def _load(path: Path, _changed_at: int) -> Contract:
    try:
        contract = parse_contract(path.read_text())
    except ContractBroken as error:
        raise ContractBroken(f"{path} cannot be promised:\n{error}") from error
    if contract.product != path.parent.name:
        raise ContractBroken(
            f"{path} cannot be promised:\n- dataProduct: {contract.product!r} stands in the folder "
            f"{path.parent.name}. Name both alike."
        )
    return contract


def _translated(document: Mapping[str, Any]) -> Contract:
    table, about = document["schema"][0], document["description"]
    extra = custom(document["customProperties"])
    levels = {one["property"]: _level(one) for one in document["slaProperties"]}
    ends = levels.get("endOfSupport")
    return Contract(
        domain=document["domain"],
        product=document["dataProduct"],
        version=document["version"],
        status=document["status"],
        team=document["team"]["name"],
        support=tuple(map(_support, document["support"])),
        grain=table["description"].strip(),
        purpose=about["purpose"].strip(),
        usage=about["usage"].strip(),
        limitations=about["limitations"].strip(),
        upstream=tuple(extra["upstream"]),
        columns=tuple(map(_column, table["properties"])),
        rules=tuple(_rules(table)),
        roles=tuple(map(_role, document["roles"])),
        service_levels=levels,
        end_of_support=None if ends is None else date.fromisoformat(ends.value),
        most_quarantined=float(extra.get("mostQuarantined", 0)),
        digest=_digest(document),
        text=document,
    )


def _level(entry: Mapping[str, Any]) -> ServiceLevel:
    return ServiceLevel(
        name=entry["property"],
        value=str(entry["value"]),
        element=entry.get("element"),
        target=custom(entry.get("customProperties")).get("sloTarget"),
        description=entry["description"].strip(),
    )


def _support(entry: Mapping[str, Any]) -> Support:
    return Support(
        channel=entry["channel"],
        url=entry.get("url"),
        tool=entry.get("tool"),
        description=entry["description"].strip(),
    )


def _role(entry: Mapping[str, Any]) -> Role:
    return Role(
        role=entry["role"],
        access=entry["access"],
        clearance=custom(entry.get("customProperties")).get("clearance", "internal"),
        description=entry["description"].strip(),
    )


def _column(entry: Mapping[str, Any]) -> Column:
    extra = custom(entry["customProperties"])
    options = entry.get("logicalTypeOptions", {})
    return Column(
        name=entry["name"],
        data_type=entry["physicalType"],
        logical_type=entry["logicalType"],
        required=bool(entry.get("required")),
        key_position=entry.get("primaryKeyPosition"),
        unit=extra["unit"],
        classification=entry["classification"],
        description=entry["description"].strip(),
        additive=extra.get("additive"),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        pattern=options.get("pattern"),
        allowed=tuple(str(one["value"]) for one in entry.get("enum", ())),
        personal=extra.get("personalData", "no"),
        free_text=bool(extra.get("freeText")),
        currency_from=extra.get("currencySource"),
        time_zone_from=extra.get("timeZone"),
        defined_by=extra.get("definedBy"),
    )


def _rules(table: Mapping[str, Any]) -> Iterator[Rule]:
    """The table's own rules, then each column's. What holds for every product anyway is none."""
    for entry in table.get("quality", ()):
        yield from _rule(entry, None)
    for column in table["properties"]:
        for entry in column.get("quality", ()):
            yield from _rule(entry, column["name"])


def _rule(entry: Mapping[str, Any], column: str | None) -> Iterator[Rule]:
    asked: Mapping[str, Any] = entry.get("implementation", {})
    code, parameters = asked.get("policy"), asked.get("parameters", {})
    if "metric" in entry:
        if entry["metric"] in ALWAYS_HELD or column is None:
            return
        code, parameters = "XCL-01", {"holds": holds(entry, column)}
    yield Rule(
        policy=str(code),
        column=column,
        parameters=parameters,
        dimension=entry.get("dimension") or DIMENSIONS.get(entry.get("metric", ""), ""),
        description=entry["description"].strip(),
    )


def _digest(document: Mapping[str, Any]) -> str:
    """Equal for contracts that say the same, however their YAML is laid out."""
    canonical = json.dumps(document, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()
