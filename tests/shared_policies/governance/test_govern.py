"""What the one line of a code location refuses, and what it adds to every asset."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from shared_policies.governance.admission import GovernanceRefused, Mesh
from shared_policies.governance.contracts.access import masks_by_role
from shared_policies.governance.govern import govern
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.governance.publishing import inputs_of, product_asset
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.warehouse import Warehouse
from tests.shared_policies.governance.promised import (
    STATE,
    TODAY,
    columns,
    document,
    granting,
    level,
    mesh,
    stock,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ABOUT: dict[str, Any] = {
    "group_name": "sales",
    "description": "Orders as the shop says them.",
    "kinds": {"python"},
    "owners": ["team:sales"],
}


def landing(number: int = 0, **about: object) -> dg.AssetsDefinition:
    given: dict[str, Any] = {**ABOUT, "tags": {"layer": "landing"}, **about}

    @dg.asset(
        key=["sales", "shop", f"order_{number}"],
        automation_condition=dg.AutomationCondition.eager(),
        **given,
    )
    def landed() -> None: ...

    return landed


def candidate() -> dg.AssetsDefinition:
    @dg.asset(
        key=["sales", "candidates", "orders"],
        deps=[["sales", "shop", "order_0"]],
        tags={"layer": "candidates"},
        **ABOUT,
    )
    def built() -> None: ...

    return built


@pytest.fixture
def whole(tmp_path: Path) -> tuple[list[dg.AssetsDefinition], Mesh]:
    folder = write(tmp_path, document())
    product = product_asset(folder, excerpt="select 1", picture={})
    return [landing(), candidate(), product], mesh(tmp_path)


def governed(assets: Sequence[Any], around: Mesh) -> dg.Definitions:
    resources = {
        "landing_store": LandingStore(str(around.root / "landing")),
        "product_store": around.product_store,
        "warehouse": Warehouse(around.root / "sales.duckdb"),
    }
    definitions = dg.Definitions(assets=assets, resources=resources)
    return govern(definitions, domain="sales", mesh=around)


def spec_of(definitions: dg.Definitions, *path: str) -> dg.AssetSpec:
    return by_key(definitions)[dg.AssetKey(path)]


def by_key(definitions: dg.Definitions) -> dict[dg.AssetKey, dg.AssetSpec]:
    return {spec.key: spec for spec in definitions.resolve_all_asset_specs()}


def test_a_product_shows_what_its_contract_promises(
    whole: tuple[list[dg.AssetsDefinition], Mesh],
):
    spec = spec_of(governed(*whole), "sales", "orders")
    assert list(spec.owners) == ["team:sales"]
    assert spec.tags["contract_version"] == "1.2.3"
    assert spec.tags["classification"] == "internal"
    assert isinstance(spec.freshness_policy, dg.FreshnessPolicy)
    assert "0 9 * * *" in str(spec.freshness_policy)
    schema = spec.metadata["dagster/column_schema"]
    assert [one.name for one in schema.columns] == [one["name"] for one in columns(document())]


def test_plain_eager_waits_for_the_blocking_checks_of_other_runs(
    whole: tuple[list[dg.AssetsDefinition], Mesh],
):
    definitions = governed(*whole)
    for path in (("sales", "shop", "order_0"), ("sales", "orders")):
        condition = spec_of(definitions, *path).automation_condition
        assert "all_deps_blocking_checks_passed" in str(condition)


def test_every_landing_asset_has_one_blocking_check_definition(
    whole: tuple[list[dg.AssetsDefinition], Mesh],
):
    (checks,) = governed(*whole).asset_checks or ()
    assert isinstance(checks, dg.AssetChecksDefinition)
    assert checks.can_subset
    assert all(spec.blocking for spec in checks.check_specs)
    assert {spec.asset_key.to_user_string() for spec in checks.check_specs} == {
        "sales/shop/order_0"
    }


def test_governing_twice_is_governing_once(whole: tuple[list[dg.AssetsDefinition], Mesh]):
    assets, around = whole
    once = governed(assets, around)
    twice = govern(once, domain="sales", mesh=around)
    assert by_key(twice) == by_key(once)
    assert list(twice.asset_checks or ()) == list(once.asset_checks or ())
    assert [one.name for one in twice.sensors or ()] == [one.name for one in once.sensors or ()]
    assert (twice.resources or {}).keys() == (once.resources or {}).keys()


def test_an_asset_that_cannot_be_checked_is_listed(
    whole: tuple[list[dg.AssetsDefinition], Mesh],
):
    assets, around = whole
    with pytest.raises(GovernanceRefused, match="sales/outside: is no asset that governance"):
        governed([*assets, dg.AssetSpec(["sales", "outside"])], around)


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path):
    text = document()
    text["team"] = {"name": "gone"}
    write(tmp_path, text)
    around = replace(mesh(tmp_path), pinned=None)
    with pytest.raises(GovernanceRefused) as refused:
        governed([landing(owners=[], tags={})], around)
    message = str(refused.value)
    for code in ("OWN-01", "COV-01", "COV-02", "PCK-01"):
        assert code in message
    assert "Why: " in message
    assert "'gone', which does not exist" in message


def published(root: Path, text: dict[str, Any]) -> None:
    """As a publication leaves it: the contract in the manifest that consumers read."""
    folder = root / "store/sales/orders/v1"
    folder.mkdir(parents=True)
    manifest = {
        "product": "sales/orders",
        "major_version": 1,
        "version_id": "1",
        "published_at": "2026-03-01T08:00:00+00:00",
        "row_count": 1,
        "columns": {},
        "files": [],
        "details": {"contract": text},
    }
    (folder / "current.json").write_text(json.dumps(manifest))


def test_a_breaking_change_as_minor_is_compared_with_what_consumers_read(
    whole: tuple[list[dg.AssetsDefinition], Mesh],
):
    assets, around = whole
    text = document()
    text["version"] = "1.2.0"
    columns(text)[STATE]["enum"].pop()
    published(around.root, text)
    with pytest.raises(GovernanceRefused, match=r"BRK-01.*(.|\n)*Set version: 2\.0\.0"):
        governed(assets, around)


def test_an_honest_version_loads(whole: tuple[list[dg.AssetsDefinition], Mesh]):
    assets, around = whole
    text = document()
    text["version"] = "1.1.0"
    columns(text)[STATE]["enum"].append({"value": "lost"})
    published(around.root, text)
    governed(assets, around)


def waiver(**changed: object) -> dict[str, Any]:
    return {
        "policy": "SLO-01",
        "product": "orders",
        "reason": "The shop moves.",
        "requested_by": "ann@example.com",
        "approved_by": {
            "authority": "governance_group",
            "signers": ["gil@example.com"],
            "on": str(TODAY),
        },
        "expires_on": str(TODAY.replace(day=9)),
        "scope": {"max_failing_rows": 1},
        **changed,
    }


@pytest.fixture
def late(tmp_path: Path) -> tuple[list[dg.AssetsDefinition], Mesh]:
    """A product that promises less than the floor."""
    text = document()
    text["slaProperties"][0]["value"] = "PT30H"
    product = product_asset(write(tmp_path, text), excerpt="select 1", picture={})
    return [landing(), candidate(), product], mesh(tmp_path)


def test_a_floor_is_waived_by_who_may(late: tuple[list[dg.AssetsDefinition], Mesh]):
    assets, around = late
    with pytest.raises(GovernanceRefused, match="SLO-01"):
        governed(assets, around)
    file = around.folder("sales") / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [waiver()]}))
    governed(assets, around)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"expires_on": str(TODAY.replace(day=1))}, "expired"),
        ({"requested_by": "gil@example.com"}, "requested and approved it"),
        ({"expires_on": "2026-09-01"}, "at most 30 are allowed"),
        ({"policy": "OWN-01"}, "nobody may waive"),
        ({"polcy": "OWN-01"}, "polcy"),
    ],
)
def test_a_waiver_out_of_order_keeps_the_location_from_loading(
    late: tuple[list[dg.AssetsDefinition], Mesh], changed: dict[str, object], said: str
):
    assets, around = late
    file = around.folder("sales") / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [waiver(**changed)]}))
    with pytest.raises(GovernanceRefused, match=said):
        governed(assets, around)


def test_the_policies_that_were_reviewed_are_those_that_run():
    assert Mesh.here().pinned == MESH.digest, "run `policies pin` and commit pack.lock"


def test_a_location_of_five_hundred_assets_loads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """The seconds are printed, and judged by the benchmark: a busy machine is slow."""
    assets = [landing(number) for number in range(500)]
    around = mesh(tmp_path)
    started = time.perf_counter()
    definitions = governed(assets, around)
    seconds = time.perf_counter() - started
    with capsys.disabled():
        print(f"\n500 assets governed in {seconds:.2f} s")  # noqa: T201
    assert len(list(definitions.asset_checks or ())) == 500


def reading_stock(root: Path) -> tuple[list[Any], Mesh]:
    """Sales' orders are made of stock's levels; stock's package is not installed."""
    text = document()
    text["customProperties"][0]["value"] = ["stock/levels@1"]
    folder = write(root, text)
    levels = dg.AssetDep(dg.AssetKey(["stock", "levels"]))
    built = dg.map_asset_specs(
        lambda spec: spec.replace_attributes(deps=[*spec.deps, levels]), [candidate()]
    )
    product = product_asset(folder, excerpt="select 1", picture={})
    return [landing(), *built, product], mesh(root)


def publish_levels(around: Mesh, *roles: str) -> None:
    """As stock's own installation does."""
    table = BytesIO()
    pq.write_table(pa.table({"shop_id": ["a"]}), table)
    levels = stock(
        roles=granting(*roles),
        slaProperties=[
            level("latency", "PT2H", element="order_day"),
            *document()["slaProperties"][1:],
        ],
    )
    around.product_store.publish(
        levels.port,
        major_version=1,
        table=table.getvalue(),
        details={
            "contract": levels.text,
            "access": {"team": levels.team, "masks": masks_by_role(levels)},
        },
    )


def test_a_domain_loads_before_the_one_it_reads_is_there(tmp_path: Path):
    assert governed(*reading_stock(tmp_path)).resolve_all_asset_specs()


def test_a_port_that_no_asset_reads_and_nobody_promises_keeps_the_domain_from_loading(
    tmp_path: Path,
):
    text = document()
    text["customProperties"][0]["value"] = ["stokc/levels@1"]
    product = product_asset(write(tmp_path, text), excerpt="select 1", picture={})
    with pytest.raises(GovernanceRefused, match="stokc/levels@1, which no contract promises"):
        governed([landing(), candidate(), product], mesh(tmp_path))


@pytest.mark.parametrize("role", ["everyone", "sales"])
def test_a_domain_loads_with_a_grant_of_a_product_that_is_only_published(tmp_path: Path, role: str):
    assets, around = reading_stock(tmp_path)
    publish_levels(around, role)
    assert governed(assets, around).resolve_all_asset_specs()


def test_a_domain_without_a_grant_does_not_load_and_is_told_whom_to_ask(tmp_path: Path):
    assets, around = reading_stock(tmp_path)
    publish_levels(around, "finance")
    with pytest.raises(GovernanceRefused) as refused:
        governed(assets, around)
    for said in (
        "DEP-02",
        "sales/orders: reads stock/levels@1, which grants sales nothing",
        "Why: who may read is its owner's decision",
        "Ask team stock for a role sales",
    ):
        assert said in str(refused.value)


def test_a_run_asks_again_when_it_opens_a_port(tmp_path: Path):
    """Stock was not there when sales was loaded, and grants it nothing now."""
    assets, around = reading_stock(tmp_path)
    governed(assets, around)
    publish_levels(around, "finance")
    (orders,) = around.installed.contracts
    with pytest.raises(dg.Failure, match=r"role sales may not read it.*Ask team stock"):
        inputs_of(orders, around.product_store)
    publish_levels(around, "sales")
    assert inputs_of(orders, around.product_store).keys() == {"stock/levels"}


def test_who_sees_what_is_confidential_is_widened_only_with_a_waiver(tmp_path: Path):
    text = document()
    columns(text)[STATE]["classification"] = "confidential"
    text["roles"] = granting("stock")
    published(tmp_path, {**text, "version": "1.1.0"})
    text["roles"] = granting(stock="confidential")
    product = product_asset(write(tmp_path, text), excerpt="select 1", picture={})
    assets, around = [landing(), candidate(), product], mesh(tmp_path)
    with pytest.raises(GovernanceRefused, match=r"CLS-02(.|\n)*sales/orders state.*seen by stock"):
        governed(assets, around)
    approval = {
        "authority": "data_protection_officer",
        "signers": ["team:data_protection_officer"],
        "on": str(TODAY),
    }
    file = around.folder("sales") / "waivers.yaml"
    file.write_text(yaml.safe_dump({"waivers": [waiver(policy="CLS-02", approved_by=approval)]}))
    governed(assets, around)
