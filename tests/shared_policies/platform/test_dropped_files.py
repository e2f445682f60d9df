"""A folder in which somebody drops CSV files, as a source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from shared_policies.platform.days import DayRange
from shared_policies.platform.dropped_files import DroppedFiles, dropped_files, parsed
from shared_policies.platform.errors import AnswerBroken, RetryLater
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.streams import Stream

if TYPE_CHECKING:
    from pathlib import Path

VISITS = Stream(
    source="stores",
    name="visits",
    description="Who came in.",
    schema=pa.schema(
        [
            ("account_id", pa.string()),
            ("account_day", pa.date32()),
            ("visit_id", pa.string()),
            ("spent", pa.decimal128(18, 2)),
        ]
    ),
    grain=("visit_id",),
)
MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 4)
THREE_DAYS = DayRange(start=MONDAY, end=date(2026, 11, 5))


@dataclass(frozen=True)
class Folder:
    path: Path

    def drop(self, day: date, *lines: str, header: str = "visit_id,spent") -> None:
        (self.path / "visits").mkdir(parents=True, exist_ok=True)
        (self.path / "visits" / f"{day}.csv").write_text("\n".join([header, *lines, ""]))

    def connector(self) -> DroppedFiles:
        return DroppedFiles(
            source="stores",
            streams={"visits": VISITS},
            folder=FileStore(str(self.path)),
            sandbox=False,
        )

    def pull(self, days: DayRange = THREE_DAYS) -> list[dict[str, object]]:
        connector = self.connector()
        [account] = connector.accounts().readable
        return list(connector.pull(VISITS, account, days).rows.to_pylist())


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "dropped")


def test_rows_are_of_the_day_that_their_file_is_named_for(folder: Folder):
    folder.drop(MONDAY, "a,1.50")
    folder.drop(TUESDAY)
    folder.drop(WEDNESDAY, "b,2", "c,")
    assert [(row["account_day"], row["visit_id"], row["spent"]) for row in folder.pull()] == [
        (MONDAY, "a", Decimal("1.50")),
        (WEDNESDAY, "b", Decimal("2.00")),
        (WEDNESDAY, "c", None),
    ]


def test_before_the_first_file_there_was_nothing_to_drop(folder: Folder):
    folder.drop(WEDNESDAY, "b,2")
    assert [row["visit_id"] for row in folder.pull()] == ["b"]


@pytest.mark.parametrize("dropped", [[MONDAY, WEDNESDAY], [MONDAY, TUESDAY], []])
def test_a_missing_file_is_waited_for_and_is_not_a_day_without_rows(
    folder: Folder, dropped: list[date]
):
    for day in dropped:
        folder.drop(day, "a,1")
    with pytest.raises(RetryLater, match=r"there is no .*2026-11-0[34]\.csv"):
        folder.pull()


@pytest.mark.parametrize(
    ("line", "header", "said"),
    [
        ("a,jane@example.com", "visit_id,spent", "In CSV column #1 it cannot be read"),
        ("a,1.234", "visit_id,spent", "In CSV column #1 it cannot be read"),
        ("a,1,jane@example.com", "visit_id,spent", "Expected 2 columns, got 3"),
        ("a", "visit_id", "spent"),
        (",1", "visit_id,spent", "visit_id is empty"),
    ],
)
def test_a_file_of_another_form_is_refused_without_repeating_what_stands_in_it(
    folder: Folder, line: str, header: str, said: str
):
    folder.drop(MONDAY, line, header=header)
    with pytest.raises(AnswerBroken, match=said) as refused:
        folder.pull(DayRange.single(MONDAY))
    assert "jane@example.com" not in str(refused.value)
    assert "Nothing of the pull was landed" in str(refused.value)


def test_columns_that_the_stream_does_not_name_are_not_read():
    rows = parsed(b"visit_id,e_mail,spent\na,jane@example.com,1\n", VISITS)
    assert rows.column_names == ["visit_id", "spent"]


def test_a_corrected_file_restates_its_day(folder: Folder, tmp_path: Path):
    store = LandingStore(str(tmp_path / "landing"))
    connector = folder.connector()
    [account] = connector.accounts().readable
    outcomes = []
    for line in ("a,1", "a,1", "a,3"):
        folder.drop(MONDAY, line)
        [record] = store.land(connector.pull(VISITS, account, DayRange.single(MONDAY)))
        outcomes.append(record.outcome)
    assert outcomes == ["new", "unchanged", "restated"]


def test_the_environment_says_where_files_are_dropped(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    assert dropped_files("stores", {"visits": VISITS}).sandbox
    monkeypatch.setenv("STORES_FOLDER_URL", str(folder.path))
    connector = dropped_files("stores", {"visits": VISITS})
    assert not connector.sandbox
    assert connector.folder.root_url == str(folder.path)
