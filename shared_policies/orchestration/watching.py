"""A run as soon as a file is dropped, mended or taken away, for the days that it is about.

Belongs here: what has changed since the last look, which days that concerns. Does not: reading
files (a domain's connectors/), the daily run (schedules).
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol, TypeAlias

import dagster as dg

from shared_policies.orchestration.partitions import FIRST_DAY
from shared_policies.orchestration.schedules import range_tags
from shared_policies.platform.company import company_settings
from shared_policies.platform.days import local_day, now
from shared_policies.platform.errors import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

LOOK_SECONDS = 60
# A file's stamp, and the first and last day of its rows (YYYY-MM-DD; empty without rows).
Seen: TypeAlias = "list[str]"


class Folder(Protocol):
    """What drops are looked for in."""

    def dropped(self) -> Mapping[str, str]:
        """Every file by path, with a text that is another whenever the file is."""
        ...

    def days_dropped(self, path: str) -> tuple[date, date] | None:
        """The first and the last day of the rows in one file; None if it has none to take."""
        ...


def watched_folder(
    *, name: str, selection: dg.AssetSelection, look: Callable[[], Folder], description: str
) -> dg.SensorDefinition:
    """One run over all days of the files that are others than at the last look.

    The days of what stood in them before are among those, so that a mended file replaces its own
    rows; a file without a row to take is a run over yesterday, which shows why it has none. If the
    folder cannot be read, the look says why and the next one finds what this one would have.
    """

    @dg.sensor(
        name=name,
        job=dg.define_asset_job(f"{name}_job", selection=selection, description=description),
        minimum_interval_seconds=LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=description,
    )
    def sensor(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        before: dict[str, Seen] = json.loads(context.cursor) if context.cursor else {}
        try:
            seen = _seen(look(), before)
        except PipelineError as error:
            return dg.SkipReason(str(error))
        if seen == before:
            return dg.SkipReason(f"{len(seen)} files, none of them new or changed")
        changed = {one for one in {*seen, *before} if seen.get(one) != before.get(one)}
        first, last = _days(
            files[one] for files in (seen, before) for one in changed & files.keys()
        )
        cursor = json.dumps(seen, sort_keys=True)
        request = dg.RunRequest(
            run_key=sha256(cursor.encode()).hexdigest(),
            tags={**range_tags(first, last), "files": ", ".join(sorted(changed))[:250]},
        )
        return dg.SensorResult(run_requests=[request], cursor=cursor)

    return sensor


def _seen(folder: Folder, before: Mapping[str, Seen]) -> dict[str, Seen]:
    """Only what is new or changed is read."""
    found: dict[str, Seen] = {}
    for path, stamp in folder.dropped().items():
        if path in before and before[path][0] == stamp:
            found[path] = before[path]
        else:
            days = folder.days_dropped(path)
            found[path] = [stamp, *(one.isoformat() for one in days or ())]
    return found


def _days(changed: Iterable[Seen]) -> tuple[str, str]:
    """First and last day of what changed, as far as they are partitions."""
    zone = company_settings().reporting_time_zone
    yesterday = (local_day(now(), time_zone=zone) - timedelta(days=1)).isoformat()
    days = [day for one in changed for day in one[1:]] or [yesterday]
    return min(max(min(days), FIRST_DAY), yesterday), min(max(days), yesterday)
