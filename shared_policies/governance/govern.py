"""The one line with which a code location submits to the mesh's rules.

Belongs here: what is added to every asset. Does not: what is refused (admission), a rule's content
(policies), publishing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from shared_policies.governance.admission import GovernanceRefused, Mesh, admitted, location_of
from shared_policies.governance.contracts.model import CLASSIFICATIONS, Contract
from shared_policies.governance.landing_checks import landing_check
from shared_policies.governance.ledger import mesh_ledger
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.governance.policies.pack import Pack
from shared_policies.governance.service_levels.freshness import freshness_policy

__all__ = ["GovernanceRefused", "govern"]
AUTOMATION_SECONDS = 5
GOVERNED = "governed"
MODEL_LAYERS = {"seeds", "staging", "intermediate", "controls", "candidates"}
Guard = dg.AutomationCondition[dg.AssetKey]


def govern(
    definitions: dg.Definitions, *, domain: str, pack: Pack = MESH, mesh: Mesh | None = None
) -> dg.Definitions:
    """`definitions` with the mesh's checks, guards and facts; `domain` prefixes all of its keys.

    What a contract says of a product (owner, classification, deadline) is stamped on its asset.
    `all_deps_blocking_checks_passed` is added to every automation condition: `eager` alone ignores
    a failed blocking check of another run. `pack` is the domain's, which may only be stricter than
    the mesh's. Governing twice is governing once.

    Raises:
        GovernanceRefused: a static policy fails; the message lists every defect of all of them.
    """
    mesh = mesh or Mesh.here()
    location = location_of(definitions.assets or (), domain=domain, mesh=mesh, pack=pack)
    admitted(location, mesh)
    assets = [asset for asset in definitions.assets or () if isinstance(asset, dg.AssetsDefinition)]
    specs = [spec for asset in assets for spec in asset.specs]
    contracts = {one.port: one for one in location.contracts}
    guards = _guards([spec.key for spec in specs if "dbt" in spec.kinds])
    return dg.Definitions(
        assets=dg.map_asset_specs(lambda spec: _governed(spec, contracts, guards), assets),
        asset_checks=[*(definitions.asset_checks or ()), *_missing_checks(definitions, specs)],
        jobs=definitions.jobs,
        schedules=definitions.schedules,
        sensors=_with_automation(list(definitions.sensors or ()), domain),
        resources={"ledger": mesh_ledger(), **(definitions.resources or {})},
        executor=dg.in_process_executor,
        loggers=definitions.loggers,
        metadata=definitions.metadata,
    )


def _governed(
    spec: dg.AssetSpec, contracts: Mapping[str, Contract], guards: Mapping[dg.AssetKey, Guard]
) -> dg.AssetSpec:
    if GOVERNED in spec.metadata:
        return spec
    contract = contracts.get("/".join(spec.key.path))
    stamped = spec if contract is None else _as_promised(spec, contract)
    if (condition := spec.automation_condition) is not None:
        stamped = stamped.replace_attributes(automation_condition=condition & guards[spec.key])
    return stamped.merge_attributes(metadata={GOVERNED: MESH.digest})


def _as_promised(spec: dg.AssetSpec, contract: Contract) -> dg.AssetSpec:
    """What the contract says is what the UI shows."""
    classification = max(
        (column.classification for column in contract.columns), key=CLASSIFICATIONS.index
    )
    return spec.replace_attributes(
        owners=[f"team:{contract.team}"],
        tags={
            **spec.tags,
            "contract_version": contract.version,
            "contract_status": contract.status,
            "classification": classification,
        },
        freshness_policy=freshness_policy(contract),
    )


def _guards(models: Sequence[dg.AssetKey]) -> Mapping[dg.AssetKey, Guard]:
    """What is added to an asset's condition. A model is not guarded against models.

    dbt itself stops behind a failed test. Were a model guarded, a check that never ran would hold
    the next one back, and a new mesh would need a run per layer.
    """
    guard = dg.AutomationCondition.all_deps_blocking_checks_passed()
    among_models = guard.ignore(dg.AssetSelection.assets(*models))
    return defaultdict(lambda: guard, dict.fromkeys(models, among_models))


def _missing_checks(
    definitions: dg.Definitions, specs: Sequence[dg.AssetSpec]
) -> list[dg.AssetChecksDefinition]:
    """The landing checks that are not there yet."""
    there = {
        key
        for checks in definitions.asset_checks or ()
        if isinstance(checks, dg.AssetChecksDefinition)
        for key in checks.check_keys
    }
    wanted = [landing_check(spec) for spec in specs if spec.tags.get("layer") == "landing"]
    return [checks for checks in wanted if not set(checks.check_keys) <= there]


def _with_automation(sensors: Sequence[Any], domain: str) -> list[Any]:
    name = f"{domain}_automation"
    if any(sensor.name == name for sensor in sensors):
        return list(sensors)
    automation = dg.AutomationConditionSensorDefinition(
        name,
        target=dg.AssetSelection.all(),
        minimum_interval_seconds=AUTOMATION_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    return [*sensors, automation]
