"""A person who asks to be forgotten is gone from every store, and stays gone."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from shared_policies.platform.company import DataSettings
from shared_policies.platform.erasure import Receipt, broken_receipts, erase, receipts
from shared_policies.platform.errors import TransientFault
from shared_policies.platform.fingerprints import fingerprint
from shared_policies.platform.forgetting import person
from shared_policies.platform.landing_compaction import compact_landing
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.privacy import Pseudonyms
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse
from tests.shared_policies.platform.personal_stream import (
    FIRST,
    MORNING,
    SECOND,
    answer,
    pull_of,
)

OURS = Pseudonyms(SecretStr("k" * 40), "DE")
HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"
ANNA, JOANNA = "anna@doe.com", "joanna@doe.com"
ANSWERED = [
    answer(ANNA, score=5),
    answer(JOANNA, score=2),
    answer("bob@doe.com", comment="forwarded by Anna%40Doe.com today", tags=["for anna@doe.com"]),
    answer(ANNA, day=SECOND, score=3),
]


@dataclass(frozen=True)
class Installation:
    data: DataSettings
    landing: LandingStore
    products: ProductStore
    warehouse: Warehouse

    def erase(self, subject: str = ANNA) -> Receipt:
        return erase(subject, requested_by="data protection", data=self.data, pseudonyms=OURS)

    @property
    def landed(self) -> pa.Table:
        """The rows that the pull log names."""
        latest = self.landing.latest("survey", "answer", "1").values()
        paths = sorted({record.content_file for record in latest if record.content_file})
        files = self.landing.files
        return pa.concat_tables(pq.read_table(BytesIO(files.read(path))) for path in paths)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Landing, a warehouse and a product of three versions, all of which know Anna."""
    data = DataSettings(data_dir=tmp_path, data_url=None)
    landing = LandingStore(data.landing_url, pseudonyms=lambda: OURS)
    landing.land(pull_of(ANSWERED))
    found = Installation(
        data,
        landing,
        ProductStore(data.products_url),
        Warehouse(data.warehouse_path("customer")),
    )
    found.warehouse.store("staging.answers", found.landed)
    found.warehouse.store("staging.scores", found.landed.select(["account_day", "score"]))
    for _ in range(3):
        found.products.publish(
            "customer/answers",
            major_version=1,
            table=parquet(found.landed),
            details={"contract_version": "1.0.0"},
        )
    return found


def parquet(table: pa.Table) -> bytes:
    buffer = BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def everything_below(folder: Path) -> str:
    """All that any reader could get out of the files, but for the list of the forgotten."""
    found = []
    for path in folder.rglob("*"):
        if path.suffix == ".parquet":
            found.append(str(pq.read_table(path).to_pylist()))
        elif path.suffix == ".duckdb":
            found.append(path.read_bytes().decode(errors="replace"))
            with duckdb.connect(str(path), read_only=True) as connection:
                for schema, table in connection.sql(
                    "select table_schema, table_name from information_schema.tables"
                ).fetchall():
                    rows = connection.sql(f"select * from {schema}.{table}")  # noqa: S608
                    found.append(str(rows.fetchall()))
        elif path.is_file() and "erasures" not in path.parts:
            found.append(path.read_bytes().decode(errors="replace"))
    return "\n".join(found).lower()


def test_the_person_is_gone_from_every_store_and_others_are_not(installation: Installation):
    pseudonym = OURS.of(ANNA)
    assert pseudonym in everything_below(installation.data.data_dir)
    installation.erase()
    text = everything_below(installation.data.data_dir)
    assert pseudonym not in text
    assert "for anna@doe.com" not in text
    assert "anna%40doe.com" not in text
    assert OURS.of(JOANNA) in text
    assert OURS.of("bob@doe.com") in text
    assert [row["comment"] for row in installation.landed.to_pylist()].count(
        "forwarded by [erased] today"
    ) == 1


@pytest.mark.parametrize("lost", [None, b'{"version_id"'], ids=["lost", "cut"])
def test_versions_that_no_pointer_names_any_more_are_found_too(
    installation: Installation, lost: bytes | None
):
    pointer = installation.data.data_dir / "products/customer/answers/v1/current.json"
    pointer.unlink()
    if lost is not None:
        pointer.write_bytes(lost)
    installation.erase()
    assert OURS.of(ANNA) not in everything_below(installation.data.data_dir)


def test_months_that_were_put_together_are_rewritten_like_any_other_file(
    installation: Installation,
):
    files = installation.landing.files
    long_after = datetime(2027, 6, 1, tzinfo=UTC)
    for at in (long_after, long_after + timedelta(days=400)):
        compact_landing(files, at=at)
    assert any("pulled_in=" in path for path in files.walk("survey/answer"))
    assert not any("pulled_on=" in path for path in files.walk("survey/answer"))
    installation.erase()
    assert OURS.of(ANNA) not in everything_below(installation.data.data_dir)
    rows = installation.landing.history("survey", "answer")
    assert sorted(row["score"] for row in rows) == [1, 2], "Bob's and Joanna's"


def test_a_second_run_finds_nothing(installation: Installation):
    assert not installation.erase().nothing_found
    again = installation.erase()
    assert again.nothing_found
    assert again.searched["landing files"] == 1
    assert again.searched["warehouse tables"] == 2


def test_the_pull_log_agrees_with_the_rows_that_are_left(installation: Installation):
    installation.erase()
    known = installation.landing.latest("survey", "answer", "1")
    assert {day: record.row_count for day, record in known.items()} == {FIRST: 2, SECOND: 0}
    assert known[SECOND].content_file == ""
    assert json.loads(known[FIRST].control_difference) == {"score": 5}
    left = installation.landed.drop_columns("pulled_at")
    assert known[FIRST].content_hash == fingerprint(left)


def test_a_forgotten_person_does_not_come_back_with_the_next_pull(installation: Installation):
    installation.erase()
    later = MORNING + timedelta(hours=1)
    installation.landing.land(pull_of([*ANSWERED[:2], ANSWERED[3]], at=later))
    assert OURS.of(ANNA) not in installation.landed["email"].to_pylist()


def test_readers_get_a_new_version_and_every_older_one_is_withdrawn(installation: Installation):
    before = installation.products.current("customer/answers", major_version=1)
    receipt = installation.erase()
    after = installation.products.current("customer/answers", major_version=1)
    assert after.version_id != before.version_id
    assert after.row_count == 2
    assert after.details["contract_version"] == "1.0.0"
    assert after.details["erasure"] == "erasures/000001.json"
    versions = installation.products.files.names("customer/answers/v1/versions")
    assert versions == [after.version_id]
    assert [one.how for one in receipt.found].count("withdrawn") == 3


def test_a_version_without_the_person_is_left_as_it_is(installation: Installation):
    table = pa.table({"score": [1]})
    kept = installation.products.publish(
        "customer/scores", major_version=1, table=parquet(table), details={}
    )
    installation.erase()
    assert installation.products.current("customer/scores", major_version=1) == kept


def test_a_telephone_number_is_found_in_texts_however_it_is_grouped(installation: Installation):
    installation.landing.land(
        pull_of([answer("x@y.de", comment="call 030/123 45 67 or +49 (0) 30 1234567")])
    )
    receipt = erase("+49301234567", requested_by="her", data=installation.data, pseudonyms=OURS)
    assert receipt.found
    assert "call [erased] or [erased]" in installation.landed["comment"].to_pylist()


def test_by_a_pseudonym_the_rows_are_found_too(installation: Installation):
    receipt = installation.erase(str(OURS.of(ANNA)))
    assert receipt.subject == OURS.of(ANNA)
    assert OURS.of(ANNA) not in installation.landed["email"].to_pylist()


def test_the_receipt_says_what_was_done_without_saying_whom(installation: Installation):
    receipt = installation.erase()
    path = Path(installation.data.governance_url) / "erasures" / "000001.json"
    assert ANNA not in path.read_text().lower()
    assert receipt.subject == OURS.of(ANNA)
    rows = {one.where.split("/")[0]: one.rows for one in receipt.found if one.rows}
    assert rows["survey"] == 2
    assert rows["customer warehouse staging.answers"] == 2
    assert "the source still answers" in " ".join(receipt.left.values())


def test_what_cannot_be_rewritten_is_named(installation: Installation):
    ledger = Path(installation.data.governance_url) / "ledger" / "record.json"
    ledger.parent.mkdir(parents=True)
    ledger.write_text(json.dumps({"sample": OURS.of(ANNA)}))
    history = installation.data.data_dir / "dagster" / "event.db"
    history.parent.mkdir()
    history.write_bytes(b"\x00\x01x" + str(OURS.of(ANNA)).encode() + b"y\xff")
    left = installation.erase().left
    assert left["ledger/record.json"].startswith("A chained record")
    assert left["dagster/event.db"].startswith("Dagster's history")


def test_receipts_are_chained_so_that_an_altered_one_shows(installation: Installation):
    for subject in (ANNA, JOANNA, "nobody@doe.com"):
        installation.erase(subject)
    assert [receipt.number for receipt in receipts(installation.data)] == [1, 2, 3]
    assert broken_receipts(installation.data) == []
    path = Path(installation.data.governance_url) / "erasures" / "000002.json"
    path.write_text(path.read_text().replace("data protection", "somebody else"))
    assert broken_receipts(installation.data) == ["000002"]


def test_a_run_that_was_cut_off_is_finished_by_the_next(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
):
    """The pull log is rewritten before the rows, so the rows still show that there is work."""
    written = type(installation.landing.files).write

    def cut_off(files: object, path: str, content: bytes) -> None:
        if "answer/pulled_on" in path:
            raise OSError("power cut")
        written(files, path, content)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(type(installation.landing.files), "write", cut_off)
        with pytest.raises(OSError, match="power cut"):
            installation.erase()
    assert not installation.erase().nothing_found
    known = installation.landing.latest("survey", "answer", "1")
    assert {day: record.row_count for day, record in known.items()} == {FIRST: 2, SECOND: 0}
    assert OURS.of(ANNA) not in everything_below(Path(installation.data.landing_url) / "survey")


def test_while_a_run_holds_the_warehouse_it_says_so_and_writes_no_receipt(
    installation: Installation,
):
    held = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(installation.warehouse.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert held.stdout
    assert held.stdout.readline() == b"held\n"
    with pytest.raises(TransientFault, match="in use"):
        installation.erase()
    held.communicate()
    assert receipts(installation.data) == []
    assert not installation.erase().nothing_found


@pytest.mark.parametrize("subject", ["", "   "])
def test_an_erasure_names_somebody(installation: Installation, subject: str):
    with pytest.raises(ValueError, match="names whom"):
        installation.erase(subject)


words = st.from_regex(r"[a-z]{1,8}", fullmatch=True)


@given(words, words, words)
def test_only_the_person_is_taken_out_of_a_text(local: str, host: str, around: str):
    who = person(f"{local}@{host}.com", OURS)
    assert who.cleaned(f"{around} {local}@{host}.com {around}") == f"{around} [erased] {around}"
    for somebody_else in (
        f"{around}{local}@{host}.com",
        f"{around}.{local}@{host}.com",
        f"{local}@{host}.com.{around}",
        f"{local}@{around}.{host}.com",
    ):
        assert who.cleaned(somebody_else) == somebody_else
