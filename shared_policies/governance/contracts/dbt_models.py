"""Writes dbt's description of each product from its contract, the one home of meaning.

`python -m shared_policies.governance.contracts.dbt_models --write` writes, `--check` refuses what
differs. Belongs here: contract to dbt YAML. Does not: SQL.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from shared_policies.governance.contracts.loading import find_contracts, load_contract
from shared_policies.governance.contracts.model import Contract

HEADER = "# Written from the product's contract by `make contracts`; change the contract.\n"

_NAME = r"(?:\w|\{\{.*?\}\})+"


def dbt_model(contract: Contract) -> str:
    """The YAML of one product's model: enforced types, descriptions with units, its key.

    Values that must not be missing are the audit's matter: it can say which row and why.
    """
    model: dict[str, Any] = {
        "name": contract.product,
        "description": f"{contract.grain} {contract.purpose}",
        "config": {
            "group": contract.domain,
            "access": "public",
            "contract": {"enforced": True},
        },
        "columns": [
            {
                "name": column.name,
                "data_type": column.data_type,
                "description": f"{column.description} Unit: {column.unit}.",
            }
            for column in contract.columns
        ],
    }
    body = yaml.safe_dump({"models": [model]}, sort_keys=False, width=100, allow_unicode=True)
    return HEADER + body


def drift(contract: Contract, described: str, sql: str) -> list[str]:
    """In what dbt's description and SQL differ from `contract`, each way, in words.

    That the SQL gives nothing more and every type as promised, dbt itself checks when it builds
    (an enforced contract); here a column that no SQL names is found before anything runs.
    """
    (model,) = yaml.safe_load(described)["models"]
    ours = {column.name: column.data_type for column in contract.columns}
    theirs = {column["name"]: column["data_type"] for column in model["columns"]}
    named = _names_in(sql)
    found = [
        *(f"the contract promises {name}, dbt does not know it" for name in ours.keys() - theirs),
        *(f"dbt gives {name}, the contract does not know it" for name in theirs.keys() - ours),
        *(
            f"{name} is {ours[name]} in the contract and {theirs[name]} for dbt"
            for name in ours.keys() & theirs
            if ours[name] != theirs[name]
        ),
        *(
            f"the contract promises {name}, no SQL names it"
            for name in ours
            if not any(one.fullmatch(name) for one in named)
        ),
    ]
    return sorted(found) or ([] if described == dbt_model(contract) else ["other words"])


def _names_in(sql: str) -> list[re.Pattern[str]]:
    """Every name in the SQL; one that a template completes stands for all it may become."""
    templated = {re.sub(r"\{\{.*?\}\}", r"\\w+", one) for one in re.findall(_NAME, sql)}
    return [re.compile(one) for one in templated if one != r"\w+"]


def main(root: Path, *, write: bool) -> int:
    """Write every product's model, or say in what they differ."""
    stale = []
    for path in find_contracts(root):
        contract = load_contract(path)
        folder = root / "dbt_project" / "models" / contract.domain / "products"
        target = folder / f"{contract.product}.yml"
        sql = target.with_suffix(".sql")
        if not sql.exists():
            continue  # computed in Python: the audit alone compares it with its contract
        if write:
            target.write_text(dbt_model(contract))
        wrong = (
            drift(contract, target.read_text(), sql.read_text()) if target.exists() else ["none"]
        )
        stale += [f"{target.relative_to(root)}: {line}" for line in wrong]
    if stale:
        print("These differ from their contracts; run `make contracts`:", *stale, sep="\n  ")  # noqa: T201
    return 1 if stale else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--write", action="store_true")
    group.add_argument("--check", action="store_true")
    sys.exit(main(Path.cwd(), write=parser.parse_args().write))
