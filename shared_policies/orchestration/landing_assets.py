"""A source's streams as Dagster assets: thin shells around pulling and landing.

Belongs here: window in, facts out. Does not: how a pull is made or kept.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import dagster as dg
import pyarrow as pa

from shared_policies.orchestration.event_lines import tell_of_failure, tell_of_pull
from shared_policies.orchestration.partitions import daily, days_of
from shared_policies.orchestration.pictures import as_text, by_day, preview
from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import PipelineError
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.pull_log import SliceRecord
from shared_policies.platform.pulling import PullReport, pull_accounts
from shared_policies.platform.source_choice import EVERYTHING, SourceChoice
from shared_policies.platform.streams import Connector, Stream

NOT_PULLED = "This company does not pull it: sources.yaml leaves it out."


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a domain says about one of its sources.

    `connect` is called when something is pulled, so that a missing secret does not keep the
    location from loading. `lead_days` are pulled before the days asked for, where what is known
    of a day stands on earlier ones (a weekend's exchange rate). `threads` are accounts at once.
    `lookback_days` counts the days before today that may still change, asked anew each morning;
    None where the domain's schedules.py says more of it than that. `choice` is what the company
    pulls of it.
    """

    domain: str
    name: str
    title: str
    streams: Mapping[str, Stream]
    connect: Callable[[], Connector]
    threads: int
    lead_days: int = 0
    lookback_days: Callable[[], int] | None = None
    choice: SourceChoice = EVERYTHING

    def __post_init__(self) -> None:
        self.choice.refuse_unknown(self.streams.values(), source=self.name)


def landing_assets(sources: Iterable[Source]) -> list[dg.AssetsDefinition]:
    """One asset a stream, by day; a range of days is one run and one question an account."""
    return [
        _landing_asset(source, stream) for source in sources for stream in source.streams.values()
    ]


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
            **({} if source.choice.pulls(stream) else {"pulled": "false"}),
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
        if not source.choice.pulls(stream):
            context.log.info(NOT_PULLED)
            return dg.MaterializeResult(metadata={"not pulled": NOT_PULLED})
        days = DayRange(start=asked.start - timedelta(days=source.lead_days), end=asked.end)
        try:
            report = _pull(context, source, stream, days, landing_store)
            report.raise_for_failures()
        except PipelineError as error:
            # Requests were already repeated where that can help.
            raise dg.Failure(description=str(error), allow_retries=False) from error
        _tell(context, report, landing_store)
        return dg.MaterializeResult()

    return pulled


def _pull(
    context: dg.AssetExecutionContext,
    source: Source,
    stream: Stream,
    days: DayRange,
    landing_store: LandingStore,
) -> PullReport:
    """Pull and land, and tell what became of each account, or of all of them.

    Raises:
        PipelineError: no account could be listed.
    """
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
            choice=source.choice,
        )
    except PipelineError as error:
        tell_of_failure(error, stream, days, run_id=context.run.run_id)
        raise
    tell_of_pull(report, run_id=context.run.run_id)
    return report


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


def _tell(
    context: dg.AssetExecutionContext, report: PullReport, landing_store: LandingStore
) -> None:
    """Each day's own facts on its partition; what holds for the whole run on the last one."""
    by_day_of_account: dict[str, list[SliceRecord]] = defaultdict(list)
    for record in report.records:
        by_day_of_account[record.account_day.isoformat()].append(record)
    for key in context.partition_keys:
        # A snapshot is the state of the moment, whatever days were asked for.
        records = report.records if report.stream.snapshot else by_day_of_account[key]
        context.add_asset_metadata(_facts_of_day(report, records), partition_key=key)
    context.add_asset_metadata(
        _facts_of_run(report, landing_store), partition_key=context.partition_keys[-1]
    )


def _facts_of_day(report: PullReport, records: Sequence[SliceRecord]) -> dict[str, Any]:
    outcomes = Counter(record.outcome for record in records)
    facts: dict[str, Any] = {
        "dagster/partition_row_count": sum(record.row_count for record in records),
        "sandbox": report.sandbox,
        "accounts": len(records),
        "slices new": outcomes["new"],
        "slices restated": outcomes["restated"],
        "slices unchanged": outcomes["unchanged"],
        "slices without rows": sum(record.row_count == 0 for record in records),
    }
    if report.stream.must_close or report.stream.residual:
        facts["control-total difference"] = _difference(records)
    return facts


def _facts_of_run(report: PullReport, landing_store: LandingStore) -> dict[str, Any]:
    sample = landing_store.sample(report.records)
    facts: dict[str, Any] = {
        "days of this run": str(report.days),
        "rows of this run": report.row_count,
        "slices of this run": f"{report.slices('new')} new, {report.slices('restated')} restated, "
        f"{report.slices('unchanged')} unchanged",
        "landed in": dg.MetadataValue.path(
            f"{landing_store.root_url}/{report.stream.source}/{report.stream.name}"
        ),
        "preview": preview(sample, of_rows=sample.num_rows),
    }
    if report.unreadable:
        lines = [f"- {as_text(str(error))}" for error in report.unreadable.values()]
        facts["accounts that may not be read"] = dg.MetadataValue.md("\n".join(lines))
    if not report.stream.snapshot and len(report.days) > 1:
        facts["rows by day"] = by_day("Rows by day", _rows_by_account(report))
    return facts


def _difference(records: Sequence[SliceRecord]) -> dg.MarkdownMetadataValue:
    """Account's total minus the sum of the rows, where a level is allowed not to close."""
    differing = [record for record in records if record.control_difference]
    if not differing:
        return dg.MetadataValue.md("None: the rows add up to the account's own totals.")
    lines = [f"- account {as_text(one.account_id)}: {one.control_difference}" for one in differing]
    return dg.MetadataValue.md("Shown for the account and in no row:\n\n" + "\n".join(lines))


def _rows_by_account(report: PullReport) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for record in report.records:
        found[record.account_name][record.account_day.isoformat()] = float(record.row_count)
    return dict(found)
