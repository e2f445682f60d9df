"""Putting files together changes how many there are, and nothing that a reader sees."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.landing_compaction import Compaction, compact_landing
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.pull_log import PullLog
from shared_policies.platform.streams import Account, Pull, Stream

STREAM = Stream(
    source="ads",
    name="campaign_day",
    description="Clicks by campaign.",
    schema=pa.schema(
        [
            ("account_id", pa.string()),
            ("account_day", pa.date32()),
            ("campaign_id", pa.string()),
            ("clicks", pa.int64()),
        ]
    ),
    grain=("campaign_id",),
)
JANUARY = date(2026, 1, 1)
CLOSED = datetime(2026, 2, 8, tzinfo=UTC)
A_DAY_LATER = CLOSED + timedelta(days=1)


@dataclass(frozen=True)
class Landing:
    """A landing in a folder, whose files are as old as the test says."""

    root: Path

    @property
    def store(self) -> LandingStore:
        return LandingStore(str(self.root))

    def land(self, day: date, clicks: dict[str, int], *, at: datetime, account: str = "1") -> None:
        rows = [
            {"account_id": account, "account_day": day, "campaign_id": name, "clicks": count}
            for name, count in clicks.items()
        ]
        self.store.land(
            Pull(
                stream=STREAM,
                account=Account(
                    source="ads",
                    account_id=account,
                    name=f"Account {account}",
                    currency="EUR",
                    time_zone="Europe/Berlin",
                ),
                days=DayRange.single(day),
                pulled_at=at,
                rows=pa.Table.from_pylist(rows, schema=STREAM.schema),
                control_totals=None,
                requests=1,
                sandbox=True,
            )
        )

    def compact(self, at: datetime, *, kept_since: date | None = None) -> Compaction:
        needed = {"ads": kept_since} if kept_since else {}
        done = compact_landing(FileStore(str(self.root)), at=at, kept_since=needed)
        for path in self.root.rglob("*.parquet"):
            if path.stat().st_mtime > at.timestamp():
                os.utime(path, (at.timestamp(), at.timestamp()))
        return done

    def seen(self) -> tuple[list[dict[str, object]], object]:
        """All that a reader sees: the rows, and what the log tells of each slice's latest."""
        store = self.store
        latest = {
            account: dict(store.latest("ads", "campaign_day", account))
            for account in store.accounts("ads", "campaign_day")
        }
        return store.history("ads", "campaign_day"), latest

    def files(self, pattern: str = "campaign_day/*/*.parquet") -> list[str]:
        return sorted(
            str(path.relative_to(self.root / "ads")) for path in (self.root / "ads").glob(pattern)
        )


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path)


def a_month(landing: Landing) -> None:
    """Two accounts, a restated day, an emptied one and one that was looked at twice."""
    for account in ("1", "1-2"):
        for day in range(1, 6):
            landing.land(
                date(2026, 1, day),
                {"a": day, "b": 1},
                at=datetime(2026, 1, day + 1, 6, tzinfo=UTC),
                account=account,
            )
    landing.land(date(2026, 1, 3), {"a": 9}, at=datetime(2026, 1, 20, 6, tzinfo=UTC))
    landing.land(date(2026, 1, 4), {}, at=datetime(2026, 1, 21, 6, tzinfo=UTC))
    landing.land(date(2026, 1, 5), {"a": 5, "b": 1}, at=datetime(2026, 1, 22, 6, tzinfo=UTC))


def test_a_month_is_closed_a_week_after_its_end(landing: Landing):
    a_month(landing)
    landing.compact(CLOSED - timedelta(seconds=1))
    assert not landing.files("campaign_day/pulled_in=*/*")
    landing.compact(CLOSED)
    assert landing.files("campaign_day/pulled_in=*/*") == [
        "campaign_day/pulled_in=2026-01/rows.parquet"
    ]


def test_the_small_files_stay_for_whoever_has_listed_them(landing: Landing):
    a_month(landing)
    small = landing.files("campaign_day/pulled_on=*/*")
    assert len(small) == 11, "ten pulls with rows and one restated; the emptied day has no file"
    landing.compact(CLOSED)
    landing.compact(A_DAY_LATER - timedelta(seconds=1))
    assert landing.files("campaign_day/pulled_on=*/*") == small
    landing.compact(A_DAY_LATER)
    assert not landing.files("campaign_day/pulled_on=*")
    assert landing.files("_pull_log/*/*") == ["_pull_log/pulled_on=2026-01-31/month.parquet"]


def test_readers_see_the_same_before_during_and_after(landing: Landing):
    a_month(landing)
    before = landing.seen()
    rows, _ = before
    assert len(rows) == 20 - 1 - 2, "the restated day lost a row, the emptied one both"
    for at in (CLOSED, A_DAY_LATER, A_DAY_LATER + timedelta(days=7)):
        landing.compact(at)
        assert landing.seen() == before


def test_a_lost_index_is_found_again_in_the_log_of_the_month(landing: Landing):
    a_month(landing)
    _, before = landing.seen()
    for at in (CLOSED, A_DAY_LATER):
        landing.compact(at)
    log = PullLog(FileStore(str(landing.root)), "ads")
    for path in (landing.root / "ads" / "_latest").iterdir():
        path.unlink()
    found = {account: dict(log.latest("campaign_day", account)) for account in ("1", "1-2")}
    assert found == before


def test_the_log_of_a_month_keeps_what_differed_and_the_last_look(landing: Landing):
    day = date(2026, 1, 5)
    for hour, clicks in enumerate([3, 3, 4, 4, 4]):
        landing.land(day, {"a": clicks}, at=datetime(2026, 1, 6, hour, tzinfo=UTC))
    for at in (CLOSED, A_DAY_LATER):
        landing.compact(at)
    [path] = (landing.root / "ads" / "_pull_log").glob("*/month.parquet")
    told = pq.read_table(path).sort_by("pulled_at").to_pylist()
    assert [(row["pulled_at"].hour, row["outcome"]) for row in told] == [
        (0, "new"),
        (2, "restated"),
        (4, "unchanged"),
    ]


def test_a_report_that_gained_a_column_within_the_month_keeps_both(landing: Landing):
    landing.land(date(2026, 1, 1), {"a": 1}, at=datetime(2026, 1, 2, tzinfo=UTC))
    wider = replace(STREAM, schema=STREAM.schema.append(pa.field("device", pa.string())))
    [path] = (landing.root / "ads" / "campaign_day").glob("pulled_on=*/*")
    rows = pq.read_table(path)
    assert wider.schema.names[-1] not in rows.column_names
    pq.write_table(
        rows.append_column("device", pa.array(["phone"])),
        path.with_name(path.name.replace("1-", "2-", 1)),
    )
    landing.compact(CLOSED)
    both = pq.read_table(landing.root / "ads/campaign_day/pulled_in=2026-01/rows.parquet")
    assert both["device"].to_pylist() == [None, "phone"]


def test_a_clock_that_went_back_into_a_closed_month_lands_nothing(landing: Landing):
    a_month(landing)
    landing.compact(CLOSED)
    before = landing.seen()
    with pytest.raises(MisconfiguredSetting, match=r"2026-01-30.*Set the clock right") as caught:
        landing.land(date(2026, 1, 29), {"a": 1}, at=datetime(2026, 1, 30, tzinfo=UTC))
    assert caught.value.account_id == "1"
    assert landing.seen() == before


def test_a_restatement_after_the_month_was_closed_is_landed_and_read(landing: Landing):
    a_month(landing)
    for at in (CLOSED, A_DAY_LATER):
        landing.compact(at)
    landing.land(date(2026, 1, 1), {"a": 77}, at=A_DAY_LATER)
    of_day = [
        row["clicks"]
        for row in landing.store.history("ads", "campaign_day")
        if (row["account_id"], row["account_day"]) == ("1", date(2026, 1, 1))
    ]
    assert of_day == [77]


def test_what_no_contract_needs_goes_and_the_rest_can_still_be_read(landing: Landing):
    a_month(landing)
    landing.land(date(2026, 2, 10), {"a": 8}, at=datetime(2026, 2, 11, tzinfo=UTC))
    for at in (CLOSED, A_DAY_LATER):
        landing.compact(at)
    years_later = datetime(2030, 1, 1, tzinfo=UTC)
    for _ in range(2):
        landing.compact(years_later, kept_since=date(2026, 2, 1))
    assert landing.files("_pull_log/*/*") == ["_pull_log/pulled_on=2026-02-28/month.parquet"]
    [row] = landing.store.history("ads", "campaign_day")
    assert row["clicks"] == 8
    assert landing.files("campaign_day/pulled_in=*"), "rows stay a season longer than the log"
    landing.compact(years_later, kept_since=date(2026, 6, 30))
    assert not landing.files("campaign_day/*2026-01")


@settings(max_examples=40, deadline=None)
@given(
    pulls=st.lists(
        st.tuples(
            st.integers(0, 40),  # the day that is asked for
            st.integers(1, 50),  # how many days later
            st.dictionaries(st.sampled_from("ab"), st.integers(0, 2)),
        ),
        min_size=1,
        max_size=12,
    ),
    looks=st.lists(st.integers(0, 100), max_size=6),
)
def test_whenever_files_are_put_together_readers_see_the_same(
    pulls: list[tuple[int, int, dict[str, int]]], looks: list[int]
):
    """A landing that is compacted between its pulls beside one that never is."""
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        compacted, plain = Landing(Path(one)), Landing(Path(other))
        todo = [(day + later, 0, day, clicks) for day, later, clicks in pulls]
        todo += [(at, 1, 0, {}) for at in looks]
        for at, is_look, day, clicks in sorted(todo, key=lambda each: each[:2]):
            instant = datetime(2026, 1, 1, 6, tzinfo=UTC) + timedelta(days=at)
            if is_look:
                compacted.compact(instant)
            else:
                for landing in (compacted, plain):
                    landing.land(JANUARY + timedelta(days=day), clicks, at=instant)
        assert told(compacted) == told(plain)


def told(landing: Landing) -> object:
    """What is seen but for names and instants of writing."""
    rows, _ = landing.seen()
    latest = landing.store.latest("ads", "campaign_day", "1")
    return rows, [
        (day, one.pulled_at, one.content_pulled_at, one.row_count) for day, one in latest.items()
    ]
