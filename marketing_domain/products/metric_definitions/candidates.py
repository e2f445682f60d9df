"""From the definitions and the landed settings to the tables of three products.

Belongs here: reading the settings, one row per definition, pair and change. Does not: what a
number means (metrics/), publishing (product.py).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg
import pyarrow as pa

from marketing_domain.metrics.account_settings import (
    EffectiveDefinition,
    Settings,
    analytics_settings,
    effective_definitions,
    facebook_settings,
    google_settings,
    suite_settings,
)
from marketing_domain.metrics.alignment import Alignment, alignments
from marketing_domain.metrics.comparability import compare
from marketing_domain.metrics.definition import MetricDefinition
from marketing_domain.metrics.loading import PLATFORMS, every_definition, platform_definitions
from shared_policies.orchestration.automation import on_upstream
from shared_policies.orchestration.keys import candidate_key
from shared_policies.platform.company import CompanySettings, company_settings
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.warehouse import Warehouse

READ = (
    ("google_ads", "account"),
    ("google_ads", "conversion_action"),
    ("facebook_ads", "account"),
    ("facebook_ads", "ad_set"),
    ("google_analytics", "property"),
    ("google_analytics", "key_event"),
    ("google_analytics", "attribution_setting"),
    ("adobe_analytics", "report_suite"),
)
PRODUCTS = ("metric_definitions", "metric_comparability", "definition_changes")


def asset() -> dg.AssetsDefinition:
    """One step for the three tables: they come from the same look at the settings."""
    specs = [
        dg.AssetSpec(
            candidate_key("marketing", name),
            deps=[dg.AssetKey(["marketing", *stream]) for stream in READ],
            group_name="marketing_candidates",
            owners=["team:marketing"],
            tags={"layer": "candidates"},
            kinds={"python", "duckdb"},
            description=f"The table that becomes {name} if it passes its audit.",
            automation_condition=on_upstream("marketing"),
        )
        for name in PRODUCTS
    ]

    @dg.multi_asset(
        name="metric_candidates", specs=specs, pool="marketing_warehouse", can_subset=True
    )
    def metric_candidates(
        context: dg.AssetExecutionContext,
        landing_store: dg.ResourceParam[LandingStore],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        landed = {stream: landing_store.history(*stream) for stream in READ}
        is_sandbox = any(landing_store.is_sandbox(*stream) for stream in READ)
        found = effective_definitions(_settings(landed))
        tables = {
            "metric_definitions": definition_rows(found),
            "metric_comparability": comparability_rows(),
            "definition_changes": change_rows(found),
        }
        for name in PRODUCTS:
            if candidate_key("marketing", name) not in context.selected_asset_keys:
                continue
            rows = [{**row, "sandbox": is_sandbox} for row in tables[name]]
            warehouse.store(f"candidates.{name}", pa.Table.from_pylist(rows, schema=SCHEMAS[name]))
            yield dg.MaterializeResult(
                asset_key=candidate_key("marketing", name),
                metadata={"dagster/row_count": len(rows)},
            )

    return metric_candidates


def _settings(landed: dict[tuple[str, str], list[dict[str, Any]]]) -> Iterator[Settings]:
    yield from google_settings(
        landed["google_ads", "account"], landed["google_ads", "conversion_action"]
    )
    yield from facebook_settings(
        landed["facebook_ads", "account"], landed["facebook_ads", "ad_set"]
    )
    yield from analytics_settings(
        landed["google_analytics", "property"],
        landed["google_analytics", "key_event"],
        landed["google_analytics", "attribution_setting"],
    )
    yield from suite_settings(landed["adobe_analytics", "report_suite"])


def definition_rows(found: Iterable[EffectiveDefinition]) -> Iterator[dict[str, Any]]:
    """A row per default and per effective definition."""
    defaults = [EffectiveDefinition(definition=placed(one)) for one in every_definition()]
    effective = list(found)
    company = company_settings()
    aligned = {
        **_aligned(defaults, company),
        **_aligned(effective, company),
    }
    for one in [*defaults, *effective]:
        yield _definition_row(one, aligned[one.definition_id])


def _aligned(
    found: Iterable[EffectiveDefinition], company: CompanySettings
) -> Mapping[str, Alignment]:
    return alignments(
        found, time_zone=company.reporting_time_zone, currency=company.reporting_currency
    )


def _definition_row(one: EffectiveDefinition, aligned: Alignment) -> dict[str, Any]:
    shown = one.definition.model_dump(
        exclude={"needs", "levers", "period", "time_zone_basis", "currency_basis", "estimated"}
    )
    verdict = aligned.verdict
    return {
        **shown,
        "definition_id": one.definition_id,
        "account_id": one.account_id,
        "subject_id": one.subject_id,
        "subject_name": one.subject_name,
        "additive_over": ", ".join(one.definition.additive_over),
        "is_estimated": one.definition.estimated,
        "is_primary": one.primary,
        "canonical_metric_id": aligned.canonical_metric_id,
        "aligned_verdict": verdict.outcome if verdict else None,
        "aligned_steps": ", ".join(verdict.steps) if verdict else None,
        "aligned_reason": "; ".join(verdict.reasons) if verdict else None,
        "is_aligned_source": aligned.is_source,
    }


def comparability_rows() -> Iterator[dict[str, Any]]:
    """A row per ordered pair of defaults that are numbers of the same kind."""
    current = [placed(one) for one in every_definition() if one.valid_to is None]
    for left in current:
        for right in current:
            if left.quantity != right.quantity:
                continue
            verdict = compare(left, right)
            yield {
                "metric_id": left.metric_id,
                "other_metric_id": right.metric_id,
                "title": left.title,
                "other_title": right.title,
                "quantity": left.quantity,
                "verdict": verdict.outcome,
                "is_exact": verdict.exact,
                "steps": ", ".join(step.name for step in verdict.left_steps),
                "other_steps": ", ".join(step.name for step in verdict.right_steps),
                "reason": "; ".join(verdict.reasons),
            }


def change_rows(found: Iterable[EffectiveDefinition]) -> Iterator[dict[str, Any]]:
    """What platforms announced, then what accounts changed."""
    for platform in PLATFORMS:
        for change in platform_definitions(platform).changes:
            for metric_id in change.metric_ids:
                yield {
                    "changed_on": change.changed_on,
                    "metric_id": metric_id,
                    "account_id": "",
                    "subject_id": "",
                    "what": change.what,
                    "platform": platform,
                    "subject_name": "",
                    "before": None,
                    "after": None,
                    "consequence": change.consequence,
                    "source": change.source,
                }
    for one in found:
        for name, (before, after) in sorted(one.changed.items()):
            yield {
                "changed_on": one.definition.valid_from,
                "metric_id": one.definition.metric_id,
                "account_id": one.account_id,
                "subject_id": one.subject_id,
                "what": name,
                "platform": one.definition.platform,
                "subject_name": one.subject_name,
                "before": str(before),
                "after": str(after),
                "consequence": "Figures from this day on are not comparable with earlier ones "
                "without the steps that metric_definitions names.",
                "source": "the account's own settings, pulled daily",
            }


def placed(one: MetricDefinition) -> MetricDefinition:
    """A default says in words where its day and money come from."""
    own = f"each {one.time_zone_basis} of {one.platform} its own"
    money = f"each {one.currency_basis} of {one.platform} its own" if one.is_money else None
    return one.model_copy(
        update={"time_zone": one.time_zone or own, "currency": one.currency or money}
    )


TEXT, DAY, FLAG = pa.string(), pa.date32(), pa.bool_()
WHOLE, NUMBER = pa.int64(), pa.float64()


def _schema(texts: str, **others: pa.DataType) -> pa.Schema:
    """Columns in the order of `texts`, text unless `others` says otherwise."""
    return pa.schema([(name, others.get(name, TEXT)) for name in texts.split()])


SCHEMAS = {
    "metric_definitions": _schema(
        "definition_id metric_id platform account_id subject_id subject_name title meaning field"
        " quantity event scope counting credit_rule click_window_days engaged_view_window_days"
        " view_window_days date_basis time_zone unit currency additive_over is_estimated"
        " fresh_after_hours final_after_days valid_from valid_to is_primary canonical_metric_id"
        " aligned_verdict aligned_steps aligned_reason is_aligned_source source sandbox",
        click_window_days=WHOLE,
        engaged_view_window_days=WHOLE,
        view_window_days=WHOLE,
        fresh_after_hours=NUMBER,
        final_after_days=NUMBER,
        valid_from=DAY,
        valid_to=DAY,
        is_estimated=FLAG,
        is_primary=FLAG,
        is_aligned_source=FLAG,
        sandbox=FLAG,
    ),
    "metric_comparability": _schema(
        "metric_id other_metric_id title other_title quantity verdict is_exact steps other_steps"
        " reason sandbox",
        is_exact=FLAG,
        sandbox=FLAG,
    ),
    "definition_changes": _schema(
        "changed_on metric_id account_id subject_id what platform subject_name before after"
        " consequence source sandbox",
        changed_on=DAY,
        sandbox=FLAG,
    ),
}
