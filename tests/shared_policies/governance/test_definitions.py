"""Governance's own code location answers when nobody else does."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from shared_policies.governance.ledger import Ledger
from shared_policies.platform.product_store import ProductStore
from tests.scenarios.mesh import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

RUN = """
import sys
for domain in sys.argv[1:]:
    sys.modules[domain] = None
import dagster as dg
from shared_policies.governance.definitions import governance
definitions = governance()
with dg.DagsterInstance.ephemeral() as instance:
    result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=instance, asset_selection=[dg.AssetKey(["governance", *rest]) for rest in (
            ["candidates", "scorecard"], ["scorecard"], ["catalog"],
        )]
    )
print(result.success)
"""


def test_it_loads_counts_and_writes_the_catalog_while_every_domain_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """In a directory that is not the project's, on a mesh in which nothing ever ran."""
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path / "data"))
    domains = sorted(path.name for path in ROOT.glob("*_domain"))
    shown = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, *domains],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.stdout.splitlines()[-1:] == ["True"], shown.stderr[-3000:]
    page = (tmp_path / "data" / "catalog" / "index.html").read_text()
    for port in ("marketing/campaign_performance", "finance/fx_rates", "governance/scorecard"):
        assert f'<article id="{port}"' in page
    version = ProductStore(str(tmp_path / "data" / "products")).current(
        "governance/scorecard", major_version=1
    )
    states = set(version.to_pandas()["state"])
    assert states == {"not_audited"}, "nothing is green that was not evaluated"
    ledger = Ledger(str(tmp_path / "data" / "governance" / "ledger"))
    assert [record.published for record in ledger.records("governance/scorecard")] == [True]
