"""The ledger remembers every audit, and shows whoever changed what it remembers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_policies.governance.ledger import AuditRecord, Ledger, LedgerBroken
from shared_policies.governance.policies.verdicts import Outcome, Verdict
from shared_policies.platform.file_store import FileStore

PORT, OTHER = "marketing/campaign_performance", "finance/fx_rates"
FIRST = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
LENGTH = 6


def record(day: int, *, port: str = PORT) -> AuditRecord:
    """The audit of day `day` counted from the first; it was refused on every third."""
    refused = day % 3 == 2
    return AuditRecord(
        port=port,
        domain=port.split("/", maxsplit=1)[0],
        at=FIRST + timedelta(days=day),
        run_id=f"run-{day}",
        contract_version="1.0.0",
        contract_digest="c" * 64,
        pack_digest="p" * 64,
        published=not refused,
        version_id=None if refused else f"version-{day}",
        covered_through=date(2026, 10, 31) + timedelta(days=day),
        complete_share=1.0,
        row_count=100 + day,
        previous_row_count=None,
        verdicts=(
            Verdict(
                code="KEY-01",
                name="keys_are_unique",
                outcome=Outcome.FAIL if refused else Outcome.PASS,
                observed="2 keys on more than one row" if refused else "no key twice",
                expected="one row per key",
                remedy="Look for a join that multiplies rows.",
                samples=({"day": date(2026, 11, 1), "spend": Decimal("1.50")},),
                failing_rows=2,
            ),
        ),
    )


def filled(root: str, *, length: int = LENGTH) -> Ledger:
    ledger = Ledger(root)
    for day in range(length):
        ledger.append(record(day))
    return ledger


@pytest.fixture(params=["disk", "object store"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    """Both are what an installation may use; the store is fsspec's own in memory."""
    return Ledger(str(tmp_path) if request.param == "disk" else f"memory://{uuid4().hex}")


def test_what_is_appended_is_what_is_read_refused_audits_too(ledger: Ledger):
    kept = [ledger.append(record(day)) for day in range(4)]
    assert ledger.records() == kept
    assert [one.published for one in kept] == [True, True, False, True]
    assert kept[2].verdicts[0].outcome is Outcome.FAIL
    assert kept[2].verdicts[0].samples == [{"day": "2026-11-01", "spend": "1.50"}]
    assert ledger.verify() == []


def test_a_verdict_is_found_by_the_id_that_the_page_shows(ledger: Ledger):
    for day in range(4):
        ledger.append(record(day))
    shown = ledger.records()[2].verdict_id("KEY-01")
    assert shown == "marketing/campaign_performance/3/KEY-01"
    found = ledger.find(shown.removesuffix("/KEY-01"))
    assert found is not None
    assert found.run_id == "run-2"
    assert ledger.find("marketing/campaign_performance/5") is None
    assert ledger.find("marketing/campaign_performance") is None


def test_records_since_an_instant_leave_out_what_is_older(ledger: Ledger):
    for day in range(4):
        ledger.append(record(day))
    since = ledger.records(PORT, since=FIRST + timedelta(days=2))
    assert [one.run_id for one in since] == ["run-2", "run-3"]
    assert ledger.records(OTHER) == []
    latest = ledger.latest(PORT)
    assert latest is not None
    assert latest.run_id == "run-3"
    assert ledger.latest(OTHER) is None


def test_each_product_has_a_chain_of_its_own(ledger: Ledger):
    for day in range(3):
        ledger.append(record(day))
        ledger.append(record(day, port=OTHER))
    assert ledger.ports() == [OTHER, PORT]
    assert [one.sequence for one in ledger.records()] == [1, 2, 3, 1, 2, 3]
    assert ledger.records(OTHER)[0].previous_hash != ledger.records(PORT)[0].previous_hash


class Mutation:
    """One change behind the ledger's back, chosen by hypothesis."""

    @staticmethod
    def edited(folder: Path, at: int, by: int) -> None:
        path = sorted(folder.glob("0*.json"))[at]
        content = bytearray(path.read_bytes())
        position = by % len(content)
        content[position] = (content[position] + 1 + by % 255) % 256
        path.write_bytes(bytes(content))

    @staticmethod
    def removed(folder: Path, at: int, _: int) -> None:
        sorted(folder.glob("0*.json"))[at].unlink()

    @staticmethod
    def reordered(folder: Path, at: int, by: int) -> None:
        paths = sorted(folder.glob("0*.json"))
        other = paths[(at + 1 + by % (LENGTH - 1)) % LENGTH]
        here, there = paths[at].read_bytes(), other.read_bytes()
        paths[at].write_bytes(there)
        other.write_bytes(here)

    @staticmethod
    def inserted(folder: Path, at: int, by: int) -> None:
        """A copy of a record further behind, or moved up to make room in the middle."""
        paths = sorted(folder.glob("0*.json"))
        content = paths[at].read_bytes()
        place = by % (LENGTH + 1)
        for path in reversed(paths[place:]):
            path.rename(folder / f"{int(path.stem) + 1:08d}.json")
        (folder / f"{place + 1:08d}.json").write_bytes(content)

    @staticmethod
    def overwritten(folder: Path, at: int, by: int) -> None:
        """A record whose own hash is right again after the edit."""
        from shared_policies.governance.ledger import _encoded, _hash_of  # noqa: PLC0415

        path = sorted(folder.glob("0*.json"))[at]
        shown = json.loads(path.read_text())
        shown["row_count"] += 1 + by
        path.write_bytes(_encoded({**shown, "hash": _hash_of(shown)}))

    @staticmethod
    def beheaded(folder: Path, at: int, _: int) -> None:
        """The head set back to an earlier record, or gone."""
        if at == 0:
            (folder / "head.json").unlink()
            return
        earlier = json.loads((folder / f"{at:08d}.json").read_text())
        head = {"announced": None, "hash": earlier["hash"], "sequence": at}
        (folder / "head.json").write_text(json.dumps(head, separators=(",", ":")))

    ALL = (edited, removed, reordered, inserted, overwritten, beheaded)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a ledger, to be copied: each append waits for the disk three times."""
    folder = tmp_path_factory.mktemp("ledger")
    filled(str(folder))
    return folder


@settings(max_examples=120, deadline=None)
@given(
    mutate=st.sampled_from(Mutation.ALL),
    at=st.integers(0, LENGTH - 1),
    by=st.integers(0, 10_000),
)
def test_any_single_mutation_is_found(
    written: Path, mutate: staticmethod[[Path, int, int], None], at: int, by: int
):
    with TemporaryDirectory() as folder:
        shutil.copytree(written, folder, dirs_exist_ok=True)
        ledger = Ledger(folder)
        assert ledger.verify() == []
        mutate(Path(folder) / PORT, at, by)
        assert ledger.verify(), f"{mutate} at {at} by {by} was not found"


def test_a_chain_passed_off_as_another_product_s_is_found(tmp_path: Path):
    ledger = filled(str(tmp_path))
    (tmp_path / "finance").mkdir()
    (tmp_path / PORT).rename(tmp_path / OTHER)
    assert any(one.port == OTHER and "another record" in one.found for one in ledger.verify())


def test_nothing_is_appended_behind_an_altered_record(tmp_path: Path):
    ledger = filled(str(tmp_path))
    (tmp_path / PORT / f"{LENGTH:08d}.json").unlink()
    with pytest.raises(LedgerBroken, match="restore the product's ledger folder"):
        ledger.append(record(LENGTH))


def test_nothing_is_appended_behind_a_record_whose_text_was_edited(tmp_path: Path):
    ledger = filled(str(tmp_path))
    path = tmp_path / PORT / f"{LENGTH:08d}.json"
    path.write_text(path.read_text().replace('"published":false', '"published":true'))
    with pytest.raises(LedgerBroken, match="not the one written last"):
        ledger.append(record(LENGTH))


def test_a_version_is_known_if_an_audit_led_to_it(ledger: Ledger):
    assert ledger.knows(PORT, "version-0"), "of a product without audits nothing can be said"
    for day in range(LENGTH):
        ledger.append(record(day))
    assert ledger.knows(PORT, "version-0")
    assert ledger.knows(PORT, "version-4")
    assert not ledger.knows(PORT, "version-2"), "its audit refused it"
    assert not ledger.knows(PORT, "version-99")


@pytest.mark.parametrize("crash_before", ["the record", "the head"])
def test_a_crash_in_the_middle_of_an_append_loses_no_record_and_alarms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crash_before: str
):
    ledger = filled(str(tmp_path))
    written = 0

    class Crash(Exception):
        pass

    real_write, real_create = FileStore.write, FileStore.create

    def write(store: FileStore, path: str, content: bytes) -> None:
        nonlocal written
        written += 1
        if written == 2:
            raise Crash
        real_write(store, path, content)

    def create(store: FileStore, path: str, content: bytes) -> None:
        if crash_before == "the record":
            raise Crash
        real_create(store, path, content)

    with monkeypatch.context() as patch:
        patch.setattr(FileStore, "write", write)
        patch.setattr(FileStore, "create", create)
        with pytest.raises(Crash):
            ledger.append(record(LENGTH))
    survived = LENGTH + (crash_before == "the head")
    assert ledger.verify() == []
    assert len(ledger.records(PORT)) == survived
    assert ledger.append(record(LENGTH + 1)).sequence == survived + 1
    assert ledger.verify() == []


def test_many_audits_of_one_product_at_once_are_one_chain(tmp_path: Path):
    ledger = Ledger(str(tmp_path))
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda day: ledger.append(record(day)), range(24)))
    assert sorted(one.run_id for one in ledger.records()) == sorted(
        f"run-{day}" for day in range(24)
    )
    assert [one.sequence for one in ledger.records()] == list(range(1, 25))
    assert ledger.verify() == []


def test_two_processes_append_to_one_product_without_losing_a_record(tmp_path: Path):
    code = (
        "import sys; from tests.shared_policies.governance.test_ledger import filled;"
        "filled(sys.argv[1], length=10)"
    )
    started = [
        subprocess.Popen([sys.executable, "-W", "ignore", "-c", code, str(tmp_path)])
        for _ in range(2)
    ]
    assert [process.wait(timeout=120) for process in started] == [0, 0]
    ledger = Ledger(str(tmp_path))
    assert len(ledger.records(PORT)) == 20
    assert ledger.verify() == []


@pytest.mark.parametrize("overtaken_before", ["write", "create"])
def test_on_an_object_store_the_later_of_two_appends_at_once_fails_and_says_so(
    monkeypatch: pytest.MonkeyPatch, overtaken_before: str
):
    """Another process appends between our look and our announcement, or our record."""
    ledger = Ledger(f"memory://{uuid4().hex}")
    ledger.append(record(0))
    real = getattr(FileStore, overtaken_before)

    def overtaken(store: FileStore, path: str, content: bytes) -> None:
        monkeypatch.setattr(FileStore, overtaken_before, real)
        ledger.append(replace(record(1), run_id="faster"))
        real(store, path, content)

    monkeypatch.setattr(FileStore, overtaken_before, overtaken)
    with pytest.raises(LedgerBroken, match="at the same instant"):
        ledger.append(record(1))
    assert [one.run_id for one in ledger.records()] == ["run-0", "faster"]
    assert ledger.verify() == []
    assert ledger.append(record(2)).sequence == 3
