"""The one line with which a code location submits to the mesh's rules.

Belongs here: what is refused at load, what is added to every asset. Does not: a rule's content
(policies), publishing.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from shared_policies.governance.ledger import mesh_ledger
from shared_policies.governance.policies.completeness import every_account_day_has_an_answer
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.governance.policies.verdicts import Outcome
from shared_policies.governance.publishing import check_names
from shared_policies.platform.days import DayRange
from shared_policies.platform.landing_store import LandingStore

AUTOMATION_SECONDS = 5


class GovernanceRefused(ValueError):
    """A code location that may not load; the message lists everything that is wrong."""


def govern(definitions: dg.Definitions, *, domain: str) -> dg.Definitions:
    """`definitions` with the mesh's checks and guards; `domain` prefixes all of its keys.

    `all_deps_blocking_checks_passed` is added to every automation condition: `eager` alone
    ignores a failed blocking check of another run.

    Raises:
        GovernanceRefused: an asset without owner, description, group or kinds, outside the
            domain's prefix, or a product without its audit.
    """
    assets = [asset for asset in definitions.assets or () if isinstance(asset, dg.AssetsDefinition)]
    specs = [spec for asset in assets for spec in asset.specs]
    checked = {key for asset in assets for key in asset.check_keys}
    wrong = [line for spec in specs for line in _wrong_with(spec, domain, checked)]
    if wrong:
        listed = "\n".join(f"- {line}" for line in wrong)
        raise GovernanceRefused(f"The {domain} domain may not load:\n{listed}")
    models = [spec.key for spec in specs if "dbt" in spec.kinds]
    landed = [spec for spec in specs if spec.tags.get("layer") == "landing"]
    return dg.Definitions(
        assets=dg.map_asset_specs(lambda spec: _guarded(spec, models), assets),
        asset_checks=[*(definitions.asset_checks or ()), *map(_answer_check, landed)],
        jobs=definitions.jobs,
        schedules=definitions.schedules,
        resources={"ledger": mesh_ledger(), **(definitions.resources or {})},
        executor=dg.in_process_executor,
        sensors=[
            *(definitions.sensors or ()),
            dg.AutomationConditionSensorDefinition(
                f"{domain}_automation",
                target=dg.AssetSelection.all(),
                minimum_interval_seconds=AUTOMATION_SECONDS,
                default_status=dg.DefaultSensorStatus.RUNNING,
            ),
        ],
    )


def _wrong_with(spec: dg.AssetSpec, domain: str, checked: set[dg.AssetCheckKey]) -> Iterator[str]:
    name = spec.key.to_user_string()
    needed = {
        "an owner": spec.owners,
        "a description": spec.description,
        "a group": spec.group_name,
        "kinds": spec.kinds,
    }
    for what, value in needed.items():
        if not value:
            yield f"{name} has no {what.removeprefix('a ').removeprefix('an ')}: give it {what}."
    if spec.key.path[0] != domain:
        yield f"{name} is another domain's: key it below {domain!r}, or only depend on it."
    if spec.tags.get("layer") == "product":
        for check in check_names(MESH):
            if dg.AssetCheckKey(spec.key, check) not in checked:
                yield f"{name} is published without the policy {check}: use product_asset()."


def _guarded(spec: dg.AssetSpec, models: Sequence[dg.AssetKey]) -> dg.AssetSpec:
    """A model is not guarded against models: dbt itself stops behind a failed test.

    Were it, a check that never ran would hold the next model back, and a new mesh would need a
    run per layer.
    """
    condition = spec.automation_condition
    if condition is None:
        return spec
    guard = dg.AutomationCondition.all_deps_blocking_checks_passed()
    if spec.key in models:
        guard = guard.ignore(dg.AssetSelection.assets(*models))
    return spec.replace_attributes(automation_condition=condition & guard)


def _answer_check(spec: dg.AssetSpec) -> dg.AssetChecksDefinition:
    """COM-01 on a landing asset; unpartitioned, as a partitioned check jams range runs."""
    _, source, stream = spec.key.path

    @dg.asset_check(
        asset=spec.key,
        name="every_account_day_has_an_answer",
        blocking=True,
        description="COM-01: every account that is pulled has an answer, even an empty one, for "
        "every day of the run. Why: a missing day reads as 'no spend' in every chart downstream.",
    )
    def check(
        context: dg.AssetCheckExecutionContext, landing_store: dg.ResourceParam[LandingStore]
    ) -> dg.AssetCheckResult:
        answers = {
            account_id: landing_store.latest(source, stream, account_id)
            for account_id in landing_store.accounts(source, stream)
        }
        days = [] if spec.tags.get("snapshot") else _days_of_run(context)
        verdict = every_account_day_has_an_answer(answers, days=days)
        return dg.AssetCheckResult(
            passed=verdict.outcome <= Outcome.WARN,
            metadata={
                "policy": verdict.code,
                "observed": verdict.observed,
                "expected": verdict.expected,
                "remedy": verdict.remedy,
                "samples": dg.MetadataValue.json(list(verdict.samples)),
            },
        )

    return check


def _days_of_run(context: dg.AssetCheckExecutionContext) -> Sequence[date] | None:
    """None where the check runs by itself: then every day in between is due."""
    if not (context.has_partition_key or context.has_partition_key_range):
        return None
    window = context.partition_time_window
    return list(DayRange(start=window.start.date(), end=window.end.date()))
