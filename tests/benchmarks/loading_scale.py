"""How long a location of 500 assets with 15 rules each takes to load.

Belongs here: a location of that size, and the clock. Does not: whether the rules are right.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import replace

import dagster as dg

from shared_policies.governance.admission import Mesh
from shared_policies.governance.contracts.installed import InstalledContracts
from shared_policies.governance.govern import govern

ASSETS, RULES = 500, 15


def main() -> float:
    """Prints and returns the seconds from plain assets to a repository that Dagster can serve."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assets = [_asset(number) for number in range(ASSETS)]
        mesh = replace(Mesh.here(), installed=InstalledContracts(contracts=(), broken={}))
        started = time.perf_counter()
        governed = govern(dg.Definitions(assets=assets), domain="marketing", mesh=mesh)
        checks = len(governed.get_repository_def().asset_graph.asset_check_keys)
        seconds = time.perf_counter() - started
    print(f"{ASSETS} assets with {checks} checks load in {seconds:.2f} s")
    return seconds


def _asset(number: int) -> dg.AssetsDefinition:
    key = dg.AssetKey(["marketing", "source", f"stream_{number}"])

    @dg.asset(
        key=key,
        owners=["team:marketing"],
        tags={"layer": "staging"},
        group_name="marketing_staging",
        kinds={"dbt", "duckdb"},
        description="One stream, typed.",
        check_specs=[dg.AssetCheckSpec(f"rule_{rule}", asset=key) for rule in range(RULES)],
    )
    def stream():  # noqa: ANN202  Dagster reads an annotation as one output; checks are more
        yield dg.MaterializeResult()

    return stream


if __name__ == "__main__":
    main()
