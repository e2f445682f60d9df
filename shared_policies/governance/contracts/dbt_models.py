"""Writes dbt's description of each product from its contract, the one home of meaning.

`python -m shared_policies.governance.contracts.dbt_models --write` writes, `--check` refuses what
differs. Belongs here: contract to dbt YAML. Does not: SQL.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

from shared_policies.governance.contracts.loading import find_contracts, load_contract
from shared_policies.governance.contracts.model import Contract

HEADER = "# Written from the product's contract by `make contracts`; change the contract.\n"


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
        "data_tests": [{"unique_grain": {"arguments": {"columns": list(contract.key)}}}],
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


def main(root: Path, *, write: bool) -> int:
    """Write every product's model, or say which differ."""
    stale = []
    for path in find_contracts(root):
        contract = load_contract(path)
        folder = root / "dbt_project" / "models" / contract.domain / "products"
        target = folder / f"{contract.product}.yml"
        if not target.with_suffix(".sql").exists():
            continue  # computed in Python: the audit alone compares it with its contract
        text = dbt_model(contract)
        if target.exists() and target.read_text() == text:
            continue
        if write:
            target.write_text(text)
        else:
            stale.append(str(target.relative_to(root)))
    if stale:
        print("These differ from their contracts; run `make contracts`:", *stale, sep="\n  ")  # noqa: T201
    return 1 if stale else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--write", action="store_true")
    group.add_argument("--check", action="store_true")
    sys.exit(main(Path.cwd(), write=parser.parse_args().write))
