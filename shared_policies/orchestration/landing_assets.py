"""A source's streams as Dagster assets: thin shells around pulling and landing.

Belongs here: window in, facts out. Does not: how a pull is made or kept.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import dagster as dg
import pyarrow as pa

from shared_policies.orchestration.partitions import daily, days_of
from shared_policies.orchestration.pictures import by_day, preview
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import PipelineError
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.pulling import PullReport, pull_accounts
from shared_policies.platform.streams import Connector, Stream

SHOWN_FACTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a domain says about one of its sources.

    `connect` is called when something is pulled, so that a missing secret does not keep the
    location from loading. `lead_days` are pulled before the days asked for, where what is known
    of a day stands on earlier ones (a weekend's exchange rate). `threads` are accounts at once.
    """

    domain: str
    name: str
    title: str
    streams: Mapping[str, Stream]
    connect: Callable[[], Connector]
    threads: int
    lead_days: int = 0


def landing_assets(source: Source) -> list[dg.AssetsDefinition]:
    """One asset a stream, by day; a range of days is one run and one question an account."""
    return [_landing_asset(source, stream) for stream in source.streams.values()]


def _landing_asset(source: Source, stream: Stream) -> dg.AssetsDefinition:
    @dg.asset(
        key=[source.domain, source.name, stream.name],
        partitions_def=daily(),
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name=source.name,
        kinds={"python", "parquet"},
        owners=[f"team:{source.domain}"],
        tags={
            "layer": "landing",
            "source": source.name,
            **({"snapshot": "true"} if stream.snapshot else {}),
        },
        description=_description(source, stream),
        metadata={
            "dagster/column_schema": _column_schema(stream.schema),
            "grain": ", ".join(("account_id", "account_day", *stream.grain)),
        },
        pool=f"{source.name}_api",
    )
    def pulled(
        context: dg.AssetExecutionContext, landing_store: dg.ResourceParam[LandingStore]
    ) -> dg.MaterializeResult[Any]:
        asked = days_of(context)
        days = DayRange(start=asked.start - timedelta(days=source.lead_days), end=asked.end)
        try:
            connector = source.connect()
            label = " (sandbox)" if connector.sandbox else ""
            context.log.info("Pulling %s/%s for %s%s.", source.name, stream.name, days, label)
            report = pull_accounts(
                connector,
                stream,
                days,
                landing_store=landing_store,
                threads=source.threads,
                on_progress=context.log.info,
            )
            report.raise_for_failures()
        except PipelineError as error:
            # Requests were already repeated where that can help.
            raise dg.Failure(description=str(error), allow_retries=False) from error
        _count_rows_by_partition(context, report)
        return dg.MaterializeResult(metadata=_facts(report, landing_store))

    return pulled


def _description(source: Source, stream: Stream) -> str:
    kept = "the state at the moment of the pull" if stream.snapshot else "by account-local day"
    return (
        f"{stream.description} As {source.title} says it, {kept}; append-only: a later pull with "
        "other numbers restates the day and keeps the history."
    )


def _column_schema(schema: pa.Schema) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[dg.TableColumn(name=field.name, type=str(field.type)) for field in schema]
    )


def _count_rows_by_partition(context: dg.AssetExecutionContext, report: PullReport) -> None:
    counts: dict[str, int] = defaultdict(int)
    for record in report.records:
        counts[record.account_day.isoformat()] += record.row_count
    for key in context.partition_keys:
        context.add_asset_metadata({"dagster/partition_row_count": counts[key]}, partition_key=key)


def _facts(report: PullReport, landing_store: LandingStore) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "sandbox": report.sandbox,
        "days": str(report.days),
        "accounts": len({record.account_id for record in report.records}),
        "rows in these slices": report.row_count,
        "slices new": report.slices("new"),
        "slices restated": report.slices("restated"),
        "slices unchanged": report.slices("unchanged"),
        "slices without rows": sum(record.row_count == 0 for record in report.records),
        "landed in": dg.MetadataValue.path(
            f"{landing_store.root_url}/{report.stream.source}/{report.stream.name}"
        ),
        "preview": preview(landing_store.sample(report.records)),
    }
    if report.unreadable:
        lines = [f"- {error}" for error in report.unreadable.values()]
        facts["accounts that may not be read"] = dg.MetadataValue.md("\n".join(lines))
    if report.stream.must_close or report.stream.residual:
        facts["control-total difference"] = _difference(report)
    if not report.stream.snapshot:
        facts["rows by day"] = by_day("Rows by day", _rows_by_account(report))
    return facts


def _difference(report: PullReport) -> dg.MarkdownMetadataValue:
    open_sums = [record for record in report.records if record.control_difference]
    if not open_sums:
        return dg.MetadataValue.md("None: every account-day equals the account's own totals.")
    lines = [
        f"- account {record.account_id}, {record.account_day}: {record.control_difference}"
        for record in open_sums[:SHOWN_FACTS]
    ]
    kind = "Shown by the account and by none of these rows"
    return dg.MetadataValue.md(f"{kind}, {len(open_sums)} account-days:\n" + "\n".join(lines))


def _rows_by_account(report: PullReport) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for record in report.records:
        found[record.account_name][record.account_day.isoformat()] = float(record.row_count)
    return dict(found)
