"""Whether a tool that others use reads our contracts as we do: `make lint-contracts`.

Belongs here: what datacontract-cli says of them. Does not: our own profile, which is stricter
(test_loading).

It pins an older DuckDB than ours, so it stands in an environment of its own, which this asks for
and does not make: a test that installs packages fails where there is no registry.
"""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.scenarios.mesh import ROOT

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = ROOT / ".data" / "datacontract" / "bin" / "python"
CONTRACTS = sorted(
    [
        *ROOT.glob("*_domain/products/*/contract.odcs.yaml"),
        *ROOT.glob("shared_policies/governance/products/*/contract.odcs.yaml"),
    ]
)
# One process reads all of them: starting the tool takes longer than reading a contract.
LINT = """
import json, sys
from datacontract.data_contract import DataContract
found = {path: DataContract(data_contract_file=path).lint() for path in sys.argv[1:]}
print(json.dumps({path: [run.result, *(check.reason for check in run.checks)]
                  for path, run in found.items()}))
"""

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="`make lint-contracts` makes the environment that this asks"
)


def opinion(*paths: Path) -> dict[str, list[str]]:
    """By path: the tool's result, and the reasons that it gives."""
    answer = subprocess.run(
        [PYTHON, "-c", LINT, *map(str, paths)], check=True, capture_output=True, text=True
    )
    found: dict[str, list[str]] = json.loads(answer.stdout.splitlines()[-1])
    return found


def test_every_contract_is_valid_to_the_outside_tool():
    found = opinion(*CONTRACTS)
    assert len(found) == len(CONTRACTS) > 0
    assert {path: said for path, said in found.items() if said[0] != "passed"} == {}


def test_the_outside_tool_would_say_so_if_one_were_not(tmp_path: Path):
    spoiled = tmp_path / "contract.odcs.yaml"
    text = CONTRACTS[0].read_text()
    spoiled.write_text(text.replace("physicalType: table", "fysicalType: table"))
    assert spoiled.read_text() != text
    (result, *_), *_ = opinion(spoiled).values()
    assert result != "passed"
