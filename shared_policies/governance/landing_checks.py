"""What is checked of a landing asset: one blocking check definition per asset, all rules in it.

Belongs here: finding what landing policies judge. Does not: the rules (policies/completeness).

Unpartitioned: a partitioned check makes a run over a range of days impossible. One definition per
asset, not one per rule: of 500 assets with 15 rules the one loads in a third of the other's time.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import dagster as dg

from shared_policies.governance.policies.completeness import every_account_day_has_an_answer
from shared_policies.governance.policies.verdicts import Outcome, Verdict
from shared_policies.platform.days import DayRange
from shared_policies.platform.landing_store import LandingStore

RULES = (every_account_day_has_an_answer,)


def landing_check(spec: dg.AssetSpec) -> dg.AssetChecksDefinition:
    """All landing rules on the asset of `spec`, whose key is domain, source, stream."""
    _, source, stream = spec.key.path

    @dg.multi_asset_check(
        name="__".join([*spec.key.path, "checks"]),
        specs=[
            dg.AssetCheckSpec(
                rule.__name__,
                asset=spec.key,
                blocking=True,
                description=" ".join((rule.__doc__ or "").split()),
            )
            for rule in RULES
        ],
        can_subset=True,
    )
    def checks(
        context: dg.AssetCheckExecutionContext, landing_store: dg.ResourceParam[LandingStore]
    ) -> Iterator[dg.AssetCheckResult]:
        selected = {key.name for key in context.selected_asset_check_keys}
        if spec.tags.get("pulled") == "false":
            yield from (_not_due(name, spec) for name in selected)
            return
        answers = {
            account_id: landing_store.latest(source, stream, account_id)
            for account_id in landing_store.accounts(source, stream)
        }
        days = [] if spec.tags.get("snapshot") else _days_of_run(context)
        for rule in RULES:
            if rule.__name__ in selected:
                yield _result(rule(answers, days=days), spec)

    return checks


def _result(verdict: Verdict, spec: dg.AssetSpec) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=spec.key,
        check_name=verdict.name,
        passed=verdict.outcome <= Outcome.WARN,
        metadata={
            "policy": verdict.code,
            "observed": verdict.observed,
            "expected": verdict.expected,
            "owner": ", ".join(spec.owners),
            "remedy": verdict.remedy,
            "samples": dg.MetadataValue.json(list(verdict.samples)),
        },
    )


def _not_due(name: str, spec: dg.AssetSpec) -> dg.AssetCheckResult:
    """Nothing is due of what the company does not pull, and the result says so."""
    return dg.AssetCheckResult(
        asset_key=spec.key,
        check_name=name,
        passed=True,
        description=f"{Outcome.NOT_APPLICABLE.name}: this company does not pull it.",
    )


def _days_of_run(context: dg.AssetCheckExecutionContext) -> Sequence[date] | None:
    """None where the check runs by itself: then every day in between is due."""
    if not (context.has_partition_key or context.has_partition_key_range):
        return None
    window = context.partition_time_window
    return list(DayRange(start=window.start.date(), end=window.end.date()))
