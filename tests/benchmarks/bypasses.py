"""Ways around governance, each tried for real.

Belongs here: what a hurried or clever engineer would do. Does not: defects of data. One thing: a
list. A way is closed when the location does not load or nothing new reaches readers.
"""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock

import dagster as dg
import duckdb
import yaml

from marketing_domain.policies import MARKETING
from shared_policies.governance import publishing
from shared_policies.governance.admission import GovernanceRefused, Mesh, admitted, location_of
from shared_policies.governance.ledger import Ledger
from shared_policies.governance.policies.pack import Loosened, Pack, PackBroken
from shared_policies.governance.policies.policy import policy
from shared_policies.platform.product_store import ProductStore
from tests.benchmarks.governed_world import CAMPAIGNS, ROOT, GovernedWorld, Judged, copied, judge
from tests.benchmarks.spoiling import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FOLDER = "marketing_domain/products/campaign_performance"
COPIED_PATTERNS = ("*.yaml", "*.lock")
Document = dict[str, Any]


@dataclass(frozen=True)
class Bypass:
    """`tried` says how it got through, or nothing if it did not."""

    name: str
    tried: Callable[[GovernedWorld], str | None]


@contextmanager
def _mesh_copy(world: GovernedWorld) -> Iterator[Path]:
    """The reviewed files of all domains, to be edited."""
    root = world.folder / "mesh_copy"
    shutil.rmtree(root, ignore_errors=True)
    for package in (*ROOT.glob("*_domain"), ROOT / "shared_policies" / "governance"):
        for pattern in COPIED_PATTERNS:
            for path in package.rglob(pattern):
                target = root / path.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    yield root
    shutil.rmtree(root)


def _loads(
    world: GovernedWorld,
    root: Path,
    *,
    pack: Pack = MARKETING,
    assets: list[dg.AssetsDefinition] | None = None,
) -> str | None:
    """How the marketing location loaded; nothing if it was refused."""
    ours = assets if assets is not None else list(world.definitions["marketing"].assets or ())
    try:
        mesh = Mesh.at(root)
        admitted(location_of(ours, domain="marketing", mesh=mesh, pack=pack), mesh)
    except (GovernanceRefused, PackBroken, ValueError):
        return None
    return "the location loads"


def _with_contract(edit: Callable[[Document], None]) -> Callable[[GovernedWorld], str | None]:
    """Edit the main product's contract and load."""

    def tried(world: GovernedWorld) -> str | None:
        with _mesh_copy(world) as root:
            path = root / FOLDER / "contract.odcs.yaml"
            text = yaml.safe_load(path.read_text())
            edit(text)
            path.write_text(yaml.safe_dump(text, sort_keys=False, allow_unicode=True))
            return _loads(world, root)

    return tried


def _with_waiver(**changed: Any) -> Callable[[GovernedWorld], str | None]:  # noqa: ANN401
    today = date.today()  # noqa: DTZ011  the clock of the location that loads
    approval = {"authority": "domain_owner", "signers": ["team:marketing"], "on": str(today)}
    waiver: Document = {
        "policy": "LVL-01",
        "product": "campaign_performance",
        "reason": "a known change",
        "requested_by": "team:finance",
        "approved_by": {**approval, **changed.pop("approval", {})},
        "expires_on": str(today + timedelta(days=5)),
        "scope": {"max_failing_rows": 10},
        **changed,
    }

    def tried(world: GovernedWorld) -> str | None:
        with _mesh_copy(world) as root:
            path = root / "marketing_domain" / "waivers.yaml"
            path.write_text(yaml.safe_dump({"waivers": [waiver]}))
            return _loads(world, root)

    return tried


def _properties(text: Document) -> list[Document]:
    found: list[Document] = text["schema"][0]["properties"]
    return found


def _column(text: Document, name: str) -> Document:
    return next(one for one in _properties(text) if one["name"] == name)


def _level(text: Document, name: str) -> Document:
    return next(one for one in text["slaProperties"] if one["property"] == name)


def _rule(text: Document, **rule: Any) -> None:  # noqa: ANN401
    text["schema"][0].setdefault("quality", []).append(rule)


def _mesh_rule(text: Document, code: str, **parameters: Any) -> None:  # noqa: ANN401
    _rule(
        text,
        name=f"{code} by hand",
        type="custom",
        engine="mesh",
        implementation={"policy": code, "parameters": parameters},
        dimension="accuracy",
        description="By hand.",
    )


def _drop_column(text: Document) -> None:
    text["version"] = "1.99.0"
    _properties(text).remove(_column(text, "ctr"))


def _unit_in_words(text: Document) -> None:
    text["version"] = "1.99.0"
    column = _column(text, "spend_account_micros")
    column["description"] = "Media cost in whole cents of the account's currency."


def _personal_column(text: Document) -> None:
    column = dict(_column(text, "campaign_name"))
    _properties(text).append({**column, "name": "customer_email"})


def _lower_classification(text: Document) -> None:
    text["version"] = "1.99.0"
    _column(text, "spend_account_micros")["classification"] = "public"


def _next_major(text: Document) -> None:
    text["version"] = "2.0.0"


def _unread_upstream(text: Document) -> None:
    text["version"] = "1.99.0"
    upstream = next(one for one in text["customProperties"] if one["property"] == "upstream")
    upstream["value"].append("finance/orders@1")


def _forgotten_contract(world: GovernedWorld) -> str | None:
    with _mesh_copy(world) as root:
        (root / FOLDER / "contract.odcs.yaml").unlink()
        return _loads(world, root)


def _contract_without_asset(world: GovernedWorld) -> str | None:
    with _mesh_copy(world) as root:
        target = root / FOLDER.replace("campaign_performance", "invented")
        shutil.copytree(root / FOLDER, target)
        path = target / "contract.odcs.yaml"
        path.write_text(path.read_text().replace("campaign_performance", "invented"))
        return _loads(world, root)


def _undeclared_dependency(world: GovernedWorld) -> str | None:
    """The contract says that nothing is read; the models read the exchange rates."""
    return _with_contract(
        lambda text: text.update(
            customProperties=[
                {**one, "value": []} if one["property"] == "upstream" else one
                for one in text["customProperties"]
            ]
        )
    )(world)


def _ended_upstream(world: GovernedWorld) -> str | None:
    with _mesh_copy(world) as root:
        path = root / "finance_domain/products/fx_rates/contract.odcs.yaml"
        text = yaml.safe_load(path.read_text())
        text["status"] = "deprecated"
        text["slaProperties"].append(
            {"property": "endOfSupport", "value": "2025-01-01", "description": "Over."}
        )
        path.write_text(yaml.safe_dump(text, sort_keys=False))
        return _loads(world, root)


def _pack_of(pack: Pack) -> Callable[[GovernedWorld], str | None]:
    """Products of the location are judged by this pack instead."""

    def tried(world: GovernedWorld) -> str | None:
        folder = ROOT / FOLDER
        try:
            ours = publishing.product_asset(folder, excerpt="", picture={}, pack=pack)
        except (PackBroken, ValueError):
            return None
        key = dg.AssetKey(CAMPAIGNS.split("/"))
        others = [
            one
            for one in world.definitions["marketing"].assets or ()
            if isinstance(one, dg.AssetsDefinition) and key not in one.keys
        ]
        with _mesh_copy(world) as root:
            return _loads(world, root, pack=pack, assets=[*others, ours])

    return tried


def _weaker(**changed: Any) -> Pack:  # noqa: ANN401
    return Pack(tuple(replace(one, **changed) for one in MARKETING.policies), MARKETING.values)


def _stale_lock(world: GovernedWorld) -> str | None:
    """The pack that runs is not the one that was reviewed."""
    with _mesh_copy(world) as root:
        lock = root / "shared_policies/governance/policies/pack.lock"
        lock.write_text("0" * 64)
        return _loads(world, root)


def _loosened(world: GovernedWorld) -> str | None:
    del world
    floor = MARKETING.values_of("LVL-02")["factor"]
    try:
        MARKETING.tightened({"LVL-02": {"factor": floor * 10}}, by="marketing")
    except Loosened:
        return None
    return "a looser value was taken"


def _raw_asset(world: GovernedWorld) -> str | None:
    """A product made with dg.asset alone: no contract, no audit."""

    @dg.asset(key=["marketing", "homemade"], tags={"layer": "product"}, owners=["team:marketing"])
    def homemade() -> None: ...

    with _mesh_copy(world) as root:
        ours = list(world.definitions["marketing"].assets or ())
        return _loads(world, root, assets=[*ours, homemade])


def _unlabelled_asset(world: GovernedWorld) -> str | None:
    """The same, and no layer tag either, so that nobody looks."""

    @dg.asset(key=["marketing", "homemade"])
    def homemade() -> None: ...

    with _mesh_copy(world) as root:
        ours = list(world.definitions["marketing"].assets or ())
        return _loads(world, root, assets=[*ours, homemade])


def _spoil(folder: Path) -> None:
    with duckdb.connect(str(folder / "warehouse" / "marketing.duckdb")) as connection:
        connection.execute(f"insert into {TABLE} select * from {TABLE}")


def _published(found: Judged) -> str | None:
    return "a new version reached readers" if found.published else None


def _spoiled(
    world: GovernedWorld,
    *,
    prepare: Callable[[Path], None] = _spoil,
    step: dg.AssetsDefinition | None = None,
    **how: Any,  # noqa: ANN401
) -> str | None:
    """Publish a spoiled candidate in some special way."""
    morning = world.good_day
    with copied(morning, world.scratch, port=CAMPAIGNS) as folder:
        prepare(folder)
        return _published(
            judge(step or world.step(CAMPAIGNS), folder, CAMPAIGNS, morning.at, **how)
        )


def _without_checks(world: GovernedWorld) -> str | None:
    chosen = dg.AssetSelection.assets(CAMPAIGNS.split("/")).without_checks()
    try:
        return _spoiled(world, selection=chosen)
    except dg.DagsterInvalidDefinitionError:
        return None  # Dagster itself: the step and its checks are one


def _eager_consumer(world: GovernedWorld) -> str | None:
    """A consumer with a plain eager condition, after a refused publication."""

    @dg.asset(
        key=["finance", "reader"],
        deps=[dg.AssetKey(CAMPAIGNS.split("/"))],
        automation_condition=dg.AutomationCondition.eager(),
    )
    def reader() -> None: ...

    step, morning = world.step(CAMPAIGNS), world.good_day
    with (
        dg.DagsterInstance.ephemeral() as instance,
        copied(morning, world.scratch, port=CAMPAIGNS) as folder,
    ):
        stores = dict.fromkeys(("warehouse", "product_store", "ledger"), object())
        definitions = dg.Definitions(assets=[step, reader], resources=stores)
        _spoil(folder)
        judge(step, folder, CAMPAIGNS, morning.at, instance=instance)
        asked = dg.evaluate_automation_conditions(definitions, instance=instance)
        requested = asked.get_requested_partitions(dg.AssetKey(["finance", "reader"]))
    return "the consumer was started" if requested else None


def _guarded_eager(world: GovernedWorld) -> str | None:
    """Plain eager inside a governed location is no longer plain."""
    conditions = [
        spec.automation_condition
        for asset in world.definitions["marketing"].assets or ()
        if isinstance(asset, dg.AssetsDefinition)
        for spec in asset.specs
        if spec.automation_condition is not None
    ]
    unguarded = [
        one
        for one in conditions
        if "all_deps_blocking_checks_passed" not in str(one.get_label())
        and "blocking" not in repr(one)
    ]
    return f"{len(unguarded)} conditions are unguarded" if unguarded else None


def _with_pack_at_run_time(world: GovernedWorld, pack: Pack) -> str | None:
    step = publishing.product_asset(
        ROOT / FOLDER, excerpt="select * from product", picture={}, pack=pack
    )
    return _spoiled(world, prepare=lambda _: None, step=step)


def _raising_policy(world: GovernedWorld) -> str | None:
    @policy("XXX-01", family="keys", phase="run_time")
    def always_raises(_: object) -> None:
        """XXX-01: whatever it is asked, it raises.

        Why: to see what then happens.

        Remedy: none.
        """
        raise RuntimeError("boom")

    return _with_pack_at_run_time(world, MARKETING.adding([always_raises]))


def _silent_policy(world: GovernedWorld) -> str | None:
    """An audit that forgets one verdict."""
    whole = publishing.audit

    def forgetful(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        found = whole(*arguments, **named)
        return found.with_verdicts(found.verdicts[1:])

    with mock.patch.object(publishing, "audit", forgetful):
        return _spoiled(world, prepare=lambda _: None)


def _empty_pack(world: GovernedWorld) -> str | None:
    try:
        return _with_pack_at_run_time(world, Pack(()))
    except (PackBroken, ValueError):
        return None


def _forged_ledger(world: GovernedWorld) -> str | None:
    """An edited record: the chain is broken, so nothing more of the product is published."""

    def forge(folder: Path) -> None:
        chain = folder / "governance" / "ledger" / CAMPAIGNS
        path = max(path for path in chain.glob("*.json") if path.name != "head.json")
        text = json.loads(path.read_text())
        text["published"] = not text["published"]
        path.write_text(json.dumps(text))

    return _spoiled(world, prepare=forge)


def _forgetful_ledger(world: GovernedWorld) -> str | None:
    """What the ledger cannot remember is not published."""

    def fails(*_: object, **__: object) -> None:
        raise OSError("disk full")

    with mock.patch.object(Ledger, "append", fails):
        return _spoiled(world, prepare=lambda _: None)


def _lost_history(world: GovernedWorld) -> str | None:
    """Without a last version there is nothing to compare with; so somebody deletes it."""

    def lose(folder: Path) -> None:
        shutil.rmtree(folder / "products" / CAMPAIGNS)
        with duckdb.connect(str(folder / "warehouse" / "marketing.duckdb")) as connection:
            connection.execute(f"delete from {TABLE} where reporting_day < current_date - 25")

    return _spoiled(world, prepare=lose)


def _expired_waiver_at_run_time(world: GovernedWorld) -> str | None:
    """A waiver that ended after the location had loaded."""
    today = world.good_day.at.date()
    text = yaml.safe_dump(
        {
            "waivers": [
                {
                    "policy": "KEY-01",
                    "product": "campaign_performance",
                    "reason": "over",
                    "requested_by": "team:finance",
                    "approved_by": {
                        "authority": "governance_group",
                        "signers": ["team:governance_group"],
                        "on": str(today - timedelta(days=20)),
                    },
                    "expires_on": str(today - timedelta(days=1)),
                    "scope": {"max_failing_rows": 1000000},
                }
            ]
        }
    )
    path = world.folder / "waivers.yaml"
    path.write_text(text)
    real = publishing.load_waivers
    with mock.patch.object(publishing, "load_waivers", return_value=real(path)):
        return _spoiled(world)


def _unaudited_publish(world: GovernedWorld) -> str | None:
    """A script calls the store itself; the next audited publication must notice."""
    morning = world.good_day
    with copied(morning, world.scratch, port=CAMPAIGNS) as folder:
        store = ProductStore(str(folder / "products"), now=lambda: morning.at)
        current = store.current(CAMPAIGNS, major_version=1)
        try:
            store.publish(
                CAMPAIGNS,
                major_version=1,
                table=(folder / current.files[0]).read_bytes(),
                details={"sandbox": True},
            )
        except (PackBroken, ValueError, TypeError):
            return None
        found = judge(world.step(CAMPAIGNS), folder, CAMPAIGNS, morning.at)
    return None if not found.published else "a version that no audit knows was taken for history"


AT_LOAD = (
    Bypass("no owner", _with_contract(lambda text: text.pop("team"))),
    Bypass("owner left the team", _with_contract(lambda text: text["team"].update(name="ghosts"))),
    Bypass("forgotten contract", _forgotten_contract),
    Bypass("contract without asset", _contract_without_asset),
    Bypass("product made by hand", _raw_asset),
    Bypass("product made by hand, without a layer", _unlabelled_asset),
    Bypass(
        "typo in a contract's key",
        _with_contract(lambda text: _column(text, "platform").update(requird=True)),
    ),
    Bypass("typo in a policy's code", _with_contract(lambda text: _mesh_rule(text, "TOT-99"))),
    Bypass(
        "typo in a policy's parameter",
        _with_contract(lambda text: _mesh_rule(text, "LVL-02", facter=3)),
    ),
    Bypass(
        "parameter looser than the floor, in the contract",
        _with_contract(lambda text: _mesh_rule(text, "LVL-02", factor=9999.0)),
    ),
    Bypass("parameter looser than the floor, in the pack", _loosened),
    Bypass(
        "service level looser than the floor",
        _with_contract(lambda text: _level(text, "latency").update(value="P30D")),
    ),
    Bypass(
        "service level tighter than upstream allows",
        _with_contract(lambda text: _level(text, "latency").update(value="PT1S")),
    ),
    Bypass("breaking change as minor", _with_contract(_drop_column)),
    Bypass("next major version without notice", _with_contract(_next_major)),
    Bypass("unit changed only in the description", _with_contract(_unit_in_words)),
    Bypass("personal column untagged", _with_contract(_personal_column)),
    Bypass("classification lowered", _with_contract(_lower_classification)),
    Bypass(
        "retention above the legal maximum",
        _with_contract(lambda text: _level(text, "retention").update(value="P40Y")),
    ),
    Bypass("undeclared dependency on another domain", _undeclared_dependency),
    Bypass("input listed that nothing reads", _with_contract(_unread_upstream)),
    Bypass("port read after its end of support", _ended_upstream),
    Bypass("expired waiver", _with_waiver(expires_on="2026-01-01")),
    Bypass("waiver longer than allowed", _with_waiver(expires_on="2099-01-01")),
    Bypass("waiver wider than allowed", _with_waiver(scope={"max_failing_rows": 10**9})),
    Bypass("waiver approved by who asked for it", _with_waiver(requested_by="team:marketing")),
    Bypass("waiver that a stranger asked for", _with_waiver(requested_by="somebody@example.com")),
    Bypass(
        "waiver approved by nobody who may",
        _with_waiver(policy="OWN-01", approval={"authority": "domain_owner"}),
    ),
    Bypass("waiver with a typo", _with_waiver(expires="2026-01-01")),
    Bypass("stale or altered pack", _stale_lock),
    Bypass("pack with one policy less", _pack_of(MARKETING.without("KEY-01"))),
    Bypass("pack whose policies only warn", _pack_of(_weaker(severity="warn"))),
    Bypass("pack in audit mode", _pack_of(_weaker(rollout="audit"))),
    Bypass("pack in grace for ever", _pack_of(_weaker(grace_until=date(2099, 1, 1)))),
    Bypass("empty pack", _pack_of(Pack(()))),
)
AT_RUN_TIME = (
    Bypass("without_checks", _without_checks),
    Bypass("the asset alone, by hand", _spoiled),
    Bypass("consumer with plain eager", _eager_consumer),
    Bypass("eager in a governed location", _guarded_eager),
    Bypass("a policy that raises", _raising_policy),
    Bypass("an audit that forgets a verdict", _silent_policy),
    Bypass("an empty pack at run time", _empty_pack),
    Bypass("an edited ledger", _forged_ledger),
    Bypass("a ledger that cannot write", _forgetful_ledger),
    Bypass("history deleted", _lost_history),
    Bypass("a waiver that ended after loading", _expired_waiver_at_run_time),
    Bypass("published past the audit", _unaudited_publish),
)
BYPASSES = (*AT_LOAD, *AT_RUN_TIME)


def honest_ways_refused(world: GovernedWorld) -> list[str]:
    """What must go through: else every way around it would look closed."""
    with _mesh_copy(world) as root:
        as_it_is = _loads(world, root)
    ways = {
        "the location as it is": as_it_is,
        "a sound waiver": _with_waiver()(world),
        "the good day": _spoiled(world, prepare=lambda _: None),
        "the pack rebuilt": _pack_of(Pack(MARKETING.policies, MARKETING.values))(world),
    }
    return [name for name, how in ways.items() if how is None]
