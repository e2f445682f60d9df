"""What keeps files, disk and daily time from growing with every day that the mesh runs.

Belongs here: how long what is kept, and the job that lets the rest go. Does not: how landing is
put together (platform/landing_compaction), which events of Dagster's may go
(orchestration/run_history).
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import dagster as dg
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared_policies.governance.contracts.installed import (
    domain_folders,
    installed_contracts,
    installed_root,
)
from shared_policies.orchestration.run_history import prune_run_history
from shared_policies.platform.company import company_settings, data_settings
from shared_policies.platform.days import local_day, now
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.landing_compaction import compact_landing

# A day is pulled again for up to 90 days: what a product shows of its oldest was pulled by then.
MARGIN = timedelta(days=90)


class HousekeepingSettings(BaseSettings):
    """How long Dagster remembers the steps of a run. Environment: MESH_*."""

    model_config = SettingsConfigDict(
        env_prefix="MESH_", env_file=".env", extra="ignore", frozen=True
    )

    run_history_days: int = Field(default=90, ge=7, description="Of finished runs.")


@dg.op(description="A closed month's many small files become one; what no contract needs goes.")
def put_landing_together(context: dg.OpExecutionContext) -> None:
    """Raises dagster.Failure, and changes nothing, while a contract cannot be read."""
    at = now()
    today = local_day(at, time_zone=company_settings().reporting_time_zone)
    files = FileStore(data_settings().landing_url)
    since = {source: today - kept for source, kept in landing_kept_for().items()}
    done = compact_landing(files, at=at, kept_since=since)
    context.add_output_metadata(
        {
            "files_written": done.written,
            "files_removed": done.removed,
            "months_forgotten": dg.MetadataValue.json(done.forgotten),
        }
    )


@dg.op(description="The steps of old runs are forgotten; what they materialised is not.")
def shorten_run_history(context: dg.OpExecutionContext) -> None:
    kept = timedelta(days=HousekeepingSettings().run_history_days)
    pruned = prune_run_history(context.instance, ended_before=now() - kept)
    context.add_output_metadata({"runs_shortened": pruned})


@dg.job(
    description="Weekly: puts landing together and shortens Dagster's history. Safe at any time, "
    "beside any other run.",
    executor_def=dg.in_process_executor,
)
def housekeeping() -> None:
    put_landing_together()
    shorten_run_history()


def housekeeping_schedule() -> dg.ScheduleDefinition:
    """In the night to Sunday, when nobody waits for a product."""
    return dg.ScheduleDefinition(
        name="housekeeping_schedule",
        job=housekeeping,
        cron_schedule="30 1 * * 0",
        execution_timezone=company_settings().reporting_time_zone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Keeps the number of files and the size of the history level.",
    )


def landing_kept_for(root: Path | None = None) -> Mapping[str, timedelta]:
    """By source: the longest retention that a contract of its domain promises, and a margin.

    A source that is not among them is kept for ever: the domain that pulls it is not installed
    here, or promises nothing yet, so nobody here knows how long it is needed. `root` is where the
    packages of all domains stand.

    Raises:
        dagster.Failure: a contract cannot be read, and may promise more.
    """
    installed = installed_contracts(root)
    if installed.broken:
        raise dg.Failure(
            description="Landing was left alone: a contract cannot be read, so nobody knows how "
            f"long its product needs it. Mend it first: {'; '.join(installed.broken.values())}",
            allow_retries=False,
        )
    kept: dict[str, timedelta] = {}
    for domain, source in _sources(root or installed_root()):
        promised = [
            one.service_levels["retention"].duration
            for one in installed.contracts
            if one.domain == domain
        ]
        if promised:
            # Two domains that pull one system share its landing.
            kept[source] = max(kept.get(source, MARGIN), max(promised) + MARGIN)
    return kept


def _sources(root: Path) -> Iterator[tuple[str, str]]:
    """Every domain and source below `root`: a source is named for its module in landing/."""
    for domain, folder in domain_folders(root).items():
        for path in sorted((folder / "landing").glob("*.py")):
            if not path.stem.startswith("_"):
                yield domain, path.stem
