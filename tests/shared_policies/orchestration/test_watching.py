"""A dropped file is a run over its days; a look at an unchanged folder is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import dagster as dg
import pytest

from shared_policies.orchestration.partitions import daily
from shared_policies.orchestration.schedules import RANGE_END, RANGE_START
from shared_policies.orchestration.watching import watched_folder
from shared_policies.platform.company import company_settings
from shared_policies.platform.days import local_day, now
from shared_policies.platform.errors import MisconfiguredSetting

TODAY = local_day(now(), time_zone=company_settings().reporting_time_zone)
YESTERDAY = TODAY - timedelta(days=1)


@dataclass
class Shelf:
    """Files by name: a stamp, and the days of their rows."""

    files: dict[str, tuple[str, tuple[date, date] | None]] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    trouble: MisconfiguredSetting | None = None

    def dropped(self) -> dict[str, str]:
        if self.trouble is not None:
            raise self.trouble
        return {name: stamp for name, (stamp, _) in self.files.items()}

    def days_dropped(self, path: str) -> tuple[date, date] | None:
        self.read.append(path)
        return self.files[path][1]


@dg.asset(partitions_def=daily())
def landed() -> None:
    """What a drop is landed as."""


def looked(shelf: Shelf, cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    sensor = watched_folder(
        name="drops",
        selection=dg.AssetSelection.assets("landed"),
        look=lambda: shelf,
        description="Lands what is dropped.",
    )
    found = sensor(dg.build_sensor_context(cursor=cursor))
    assert isinstance(found, dg.SensorResult | dg.SkipReason)
    return found


def span(found: dg.SensorResult | dg.SkipReason) -> tuple[str, str]:
    assert isinstance(found, dg.SensorResult)
    assert found.run_requests is not None
    [request] = found.run_requests
    return request.tags[RANGE_START], request.tags[RANGE_END]


MARCH = (date(2026, 3, 2), date(2026, 3, 9))
MAY = (date(2026, 5, 1), date(2026, 5, 20))


def test_a_new_file_is_a_run_over_its_days_and_is_not_looked_at_again():
    shelf = Shelf({"a.csv": ("1", MARCH)})
    first = looked(shelf, None)
    assert span(first) == ("2026-03-02", "2026-03-09")
    assert isinstance(first, dg.SensorResult)
    assert isinstance(looked(shelf, first.cursor), dg.SkipReason)
    assert shelf.read == ["a.csv"]


def test_a_mended_file_is_a_run_over_what_it_held_and_what_it_holds():
    shelf = Shelf({"a.csv": ("1", MARCH), "b.csv": ("1", MARCH)})
    first = looked(shelf, None)
    assert isinstance(first, dg.SensorResult)
    shelf.files["a.csv"] = ("2", MAY)
    assert span(looked(shelf, first.cursor)) == ("2026-03-02", "2026-05-20")
    assert shelf.read == ["a.csv", "b.csv", "a.csv"]


def test_a_file_that_is_taken_away_is_a_run_over_what_it_held():
    shelf = Shelf({"a.csv": ("1", MARCH), "b.csv": ("1", MAY)})
    first = looked(shelf, None)
    assert isinstance(first, dg.SensorResult)
    del shelf.files["b.csv"]
    assert span(looked(shelf, first.cursor)) == ("2026-05-01", "2026-05-20")


def test_a_file_without_a_line_to_take_is_still_a_run_that_shows_it():
    assert span(looked(Shelf({"a.csv": ("1", None)}), None)) == (str(YESTERDAY), str(YESTERDAY))


def test_days_that_are_no_partitions_yet_are_left_to_the_morning():
    today = YESTERDAY + timedelta(days=1)
    found = span(looked(Shelf({"a.csv": ("1", (date(2019, 1, 1), today))}), None))
    assert found == ("2024-01-01", str(YESTERDAY))


def test_a_folder_that_cannot_be_read_is_told_and_forgets_nothing():
    trouble = MisconfiguredSetting("no folder.", cure="Make it.", source="surveys")
    found = looked(Shelf(trouble=trouble), None)
    assert isinstance(found, dg.SkipReason)
    assert "no folder" in str(found.skip_message)


@pytest.mark.parametrize("stamp", ["1", "2"])
def test_the_same_state_of_a_folder_is_asked_for_once(stamp: str):
    first = looked(Shelf({"a.csv": (stamp, MARCH)}), None)
    again = looked(Shelf({"a.csv": (stamp, MARCH)}), None)
    assert isinstance(first, dg.SensorResult)
    assert isinstance(again, dg.SensorResult)
    assert first.run_requests is not None
    assert again.run_requests is not None
    assert first.run_requests[0].run_key == again.run_requests[0].run_key
