"""What a pull leaves behind, whatever happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_policies.platform.days import DayRange
from shared_policies.platform.errors import AnswerBroken, TotalsDisagree
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.fingerprints import fingerprint
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.pull_log import PullLog
from shared_policies.platform.streams import Account, Pull, Stream

if TYPE_CHECKING:
    from pathlib import Path

BERLIN = Account(
    source="ads", account_id="1", name="Berlin", currency="EUR", time_zone="Europe/Berlin"
)
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
    must_close=("clicks",),
)
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
BOTH = DayRange(start=FIRST, end=SECOND + timedelta(days=1))
MORNING = datetime(2026, 3, 4, 6, tzinfo=UTC)


def pull_of(
    clicks: dict[tuple[date, str], int],
    *,
    at: datetime = MORNING,
    totals: dict[date, int] | None = None,
    days: DayRange = BOTH,
) -> Pull:
    if totals is None:
        totals = {}
        for (day, _), count in clicks.items():
            totals[day] = totals.get(day, 0) + count
    return Pull(
        stream=STREAM,
        account=BERLIN,
        days=days,
        pulled_at=at,
        rows=pa.table(
            {
                "account_id": pa.array(["1"] * len(clicks), pa.string()),
                "account_day": pa.array([day for day, _ in clicks], pa.date32()),
                "campaign_id": pa.array([campaign for _, campaign in clicks], pa.string()),
                "clicks": pa.array(list(clicks.values()), pa.int64()),
            }
        ),
        control_totals=pa.table(
            {
                "account_day": pa.array(list(totals), pa.date32()),
                "clicks": pa.array(list(totals.values()), pa.int64()),
            }
        ),
        requests=2,
        sandbox=True,
    )


def data_files(root: Path) -> list[Path]:
    return sorted((root / "ads" / "campaign_day").glob("pulled_on=*/*.parquet"))


def test_an_unchanged_answer_leaves_a_record_and_no_file(tmp_path: Path):
    store = LandingStore(str(tmp_path))
    clicks = {(FIRST, "a"): 3, (SECOND, "a"): 4}
    store.land(pull_of(clicks))
    before = data_files(tmp_path)
    later = MORNING + timedelta(hours=1)
    records = store.land(pull_of(clicks, at=later))
    assert data_files(tmp_path) == before
    assert [record.outcome for record in records] == ["unchanged", "unchanged"]
    assert {record.pulled_at for record in records} == {later}
    assert {record.content_pulled_at for record in records} == {MORNING}


def test_only_the_day_that_changed_is_written_again(tmp_path: Path):
    store = LandingStore(str(tmp_path))
    store.land(pull_of({(FIRST, "a"): 3, (SECOND, "a"): 4}))
    records = store.land(
        pull_of({(FIRST, "a"): 3, (SECOND, "a"): 9}, at=MORNING + timedelta(hours=1))
    )
    assert [record.outcome for record in records] == ["unchanged", "restated"]
    newest = pq.read_table(data_files(tmp_path)[-1]).to_pylist()
    assert [(row["account_day"], row["clicks"]) for row in newest] == [(SECOND, 9)]
    oldest = pq.read_table(data_files(tmp_path)[0]).to_pylist()
    assert [row["clicks"] for row in oldest] == [3, 4], "what was known before is kept"


def test_a_day_without_rows_is_an_answer_of_its_own(tmp_path: Path):
    store = LandingStore(str(tmp_path))
    records = store.land(pull_of({(FIRST, "a"): 3}))
    assert [(record.account_day, record.row_count) for record in records] == [
        (FIRST, 1),
        (SECOND, 0),
    ]
    assert store.latest("ads", "campaign_day", "1")[SECOND].content_file == ""


def test_a_day_that_became_empty_is_restated(tmp_path: Path):
    store = LandingStore(str(tmp_path))
    store.land(pull_of({(FIRST, "a"): 3, (SECOND, "a"): 4}))
    records = store.land(pull_of({(FIRST, "a"): 3}, at=MORNING + timedelta(hours=1)))
    assert [(record.outcome, record.row_count) for record in records] == [
        ("unchanged", 1),
        ("restated", 0),
    ]


def test_rows_that_do_not_add_up_land_nothing_and_name_account_and_day(tmp_path: Path):
    store = LandingStore(str(tmp_path))
    with pytest.raises(TotalsDisagree) as refused:
        store.land(pull_of({(FIRST, "a"): 3}, totals={FIRST: 5}))
    assert "account 1" in str(refused.value)
    assert "2026-03-01" in str(refused.value)
    assert "3 clicks" in str(refused.value)
    assert not data_files(tmp_path)
    assert not store.latest("ads", "campaign_day", "1")


def test_on_a_day_that_is_still_running_the_difference_is_recorded(tmp_path: Path):
    store = LandingStore(str(tmp_path))
    at_noon = datetime(2026, 3, 2, 11, tzinfo=UTC)
    records = store.land(
        pull_of({(FIRST, "a"): 3, (SECOND, "a"): 4}, at=at_noon, totals={FIRST: 3, SECOND: 6})
    )
    assert [record.control_difference for record in records] == ["", '{"clicks": 2}']
    assert [record.day_was_over for record in records] == [True, False]


def test_what_the_platform_says_of_its_own_answer_is_kept_by_day(tmp_path: Path):
    sampled = replace(
        pull_of({(FIRST, "a"): 3, (SECOND, "a"): 4}),
        quality={FIRST: {"samples_read": 5, "row_count": 1}},
    )
    store = LandingStore(str(tmp_path))
    store.land(sampled)
    known = store.latest("ads", "campaign_day", "1")
    assert known[FIRST].quality_flags == '{"row_count": 1, "samples_read": 5}'
    assert known[SECOND].quality_flags == ""


def test_the_empty_pull_log_has_the_columns_of_a_filled_one(tmp_path: Path):
    store = LandingStore(str(tmp_path))
    store.declare([STREAM])
    store.land(pull_of({(FIRST, "a"): 3}))
    empty = pq.read_schema(tmp_path / "ads" / "_pull_log" / "_schema.parquet")
    filled = list((tmp_path / "ads" / "_pull_log").glob("pulled_on=*/*.parquet"))
    assert len(filled) == 1
    assert pq.read_schema(filled[0]).names == empty.names


def test_rows_of_a_day_that_was_not_asked_for_are_refused(tmp_path: Path):
    with pytest.raises(AnswerBroken, match="2026-03-02"):
        LandingStore(str(tmp_path)).land(
            pull_of({(SECOND, "a"): 3}, days=DayRange.single(FIRST), totals={FIRST: 3})
        )


def test_two_rows_with_one_key_are_refused(tmp_path: Path):
    twice = pull_of({(FIRST, "a"): 3})
    doubled = Pull(
        stream=STREAM,
        account=BERLIN,
        days=BOTH,
        pulled_at=MORNING,
        rows=pa.concat_tables([twice.rows, twice.rows]),
        control_totals=twice.control_totals,
        requests=1,
        sandbox=True,
    )
    with pytest.raises(AnswerBroken, match="more than once"):
        LandingStore(str(tmp_path)).land(doubled)


@pytest.mark.parametrize("account_id", ["../../up", "DE/01", "o'hara", "a b%2F?*[x]", "1-2"])
def test_an_account_s_id_is_a_name_and_no_path(tmp_path: Path, account_id: str):
    store = LandingStore(str(tmp_path / "landing"))
    pull = pull_of({(FIRST, "a"): 1})
    ids = pa.array([account_id], pa.string())
    store.land(
        replace(
            pull,
            account=replace(BERLIN, account_id=account_id),
            rows=pull.rows.set_column(0, "account_id", ids),
        )
    )
    assert {path.name for path in tmp_path.iterdir()} == {"landing"}
    assert len(data_files(tmp_path / "landing")) == 1
    assert store.accounts("ads", "campaign_day") == [account_id]
    assert [row["account_id"] for row in store.history("ads", "campaign_day")] == [account_id]


def test_an_account_whose_id_begins_like_another_s_keeps_its_own_slices(tmp_path: Path):
    store = LandingStore(str(tmp_path))
    store.land(pull_of({(FIRST, "a"): 1}))
    pull = pull_of({(FIRST, "a"): 2, (SECOND, "a"): 3}, at=MORNING + timedelta(hours=1))
    ids = pa.array(["1-de", "1-de"], pa.string())
    store.land(
        replace(
            pull,
            account=replace(BERLIN, account_id="1-de"),
            rows=pull.rows.set_column(0, "account_id", ids),
        )
    )
    assert {
        day: one.row_count for day, one in store.latest("ads", "campaign_day", "1").items()
    } == {
        FIRST: 1,
        SECOND: 0,
    }


def test_a_lost_index_is_rebuilt_from_the_log(tmp_path: Path):
    store = LandingStore(str(tmp_path))
    store.land(pull_of({(FIRST, "a"): 3, (SECOND, "a"): 4}))
    FileStore(str(tmp_path)).delete_folder("ads/_latest")
    found = PullLog(FileStore(str(tmp_path)), "ads").latest("campaign_day", "1")
    assert {day: record.row_count for day, record in found.items()} == {FIRST: 1, SECOND: 1}


def test_landing_stands_on_any_file_system_that_fsspec_opens():
    store = LandingStore("memory://mesh/landing")
    clicks = {(FIRST, "a"): 3, (SECOND, "a"): 4}
    store.land(pull_of(clicks))
    again = store.land(pull_of(clicks, at=MORNING + timedelta(hours=1)))
    assert [record.outcome for record in again] == ["unchanged", "unchanged"]
    assert store.accounts("ads", "campaign_day") == ["1"]


def test_a_file_that_no_record_names_is_invisible(tmp_path: Path):
    """What a crash between rows and log leaves behind."""
    store = LandingStore(str(tmp_path))
    store.land(pull_of({(FIRST, "a"): 3, (SECOND, "a"): 4}))
    FileStore(str(tmp_path)).delete_folder("ads/_pull_log")
    FileStore(str(tmp_path)).delete_folder("ads/_latest")
    assert not store.latest("ads", "campaign_day", "1")
    again = store.land(pull_of({(FIRST, "a"): 3, (SECOND, "a"): 4}))
    assert [record.outcome for record in again] == ["new", "new"]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.text(max_size=4)), st.one_of(st.none(), st.integers(-5, 5))
        ),
        max_size=6,
    )
)
def test_equal_tables_have_equal_fingerprints_however_they_are_chunked(
    rows: list[tuple[str | None, int | None]],
):
    table = pa.table(
        {
            "name": pa.array([name for name, _ in rows], pa.string()),
            "count": pa.array([count for _, count in rows], pa.int64()),
        }
    )
    chunked = pa.concat_tables([table.slice(index, 1) for index in range(len(rows))] or [table])
    assert fingerprint(chunked) == fingerprint(table)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=3), min_size=1, max_size=4), st.data())
def test_any_other_value_gives_another_fingerprint(names: list[str], data: st.DataObject):
    position = data.draw(st.integers(0, len(names) - 1))
    other = data.draw(st.one_of(st.none(), st.text(max_size=3)))
    if other == names[position]:
        return
    changed: list[str | None] = [*names]
    changed[position] = other
    before = pa.table({"name": pa.array(names, pa.string())})
    after = pa.table({"name": pa.array(changed, pa.string())})
    assert fingerprint(before) != fingerprint(after)
