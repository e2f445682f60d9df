"""Landing is kept for as long as the contracts of the domain that pulls it promise."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pyarrow as pa
import pytest

from shared_policies.governance import housekeeping
from shared_policies.platform.company import data_settings
from shared_policies.platform.days import DayRange
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.streams import Account, Pull, Stream

ROOT = Path(__file__).parents[3]
DAY = date(2024, 1, 20)
LAST_DAY_OF_MONTH = date(2024, 1, 31)
OURS = {"finance": "ecb", "marketing": "salesforce"}
NOBODY_S = "crm"
MARGIN_DAYS = 90
# Rows stay this much longer than the log, which does not name them any more by then.
SEASON_DAYS = 125


def promised_days(domain: str) -> int:
    """The longest retention in the contracts of `domain`, as it is written there."""
    texts = [path.read_text() for path in (ROOT / f"{domain}_domain").rglob("contract.odcs.yaml")]
    pattern = r"property: retention\n\s+value: P(\d+)D\n"
    return max(int(days) for text in texts for days in re.findall(pattern, text))


@pytest.fixture
def landed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LandingStore:
    """One answer each of a source of two domains, and of a domain that is not installed."""
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path))
    store = LandingStore(data_settings().landing_url)
    for source in (*OURS.values(), NOBODY_S):
        stream = Stream(
            source=source,
            name="entry",
            description="Entries.",
            schema=pa.schema(
                [("account_id", pa.string()), ("account_day", pa.date32()), ("entry", pa.string())]
            ),
            grain=("entry",),
        )
        store.land(
            Pull(
                stream=stream,
                account=Account(
                    source=source, account_id="1", name="One", currency="EUR", time_zone="UTC"
                ),
                days=DayRange.single(DAY),
                pulled_at=datetime(2024, 1, 21, 6, tzinfo=UTC),
                rows=pa.Table.from_pylist(
                    [{"account_id": "1", "account_day": DAY, "entry": source}],
                    schema=stream.schema,
                ),
                control_totals=None,
                requests=1,
                sandbox=True,
            )
        )
    return store


def keep_house(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    """On `day` and the two after: what was put together goes a day later."""
    for later in range(3):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=later)
        monkeypatch.setattr(housekeeping, "now", lambda noon=noon: noon)
        housekeeping.put_landing_together(dg.build_op_context())


def is_known(store: LandingStore, source: str) -> bool:
    return bool(store.latest(source, "entry", "1"))


def has_rows(source: str) -> bool:
    files = FileStore(data_settings().landing_url)
    return any(name.startswith("pulled_") for name in files.names(f"{source}/entry"))


@pytest.mark.parametrize("domain", OURS)
def test_what_a_source_answered_is_known_until_its_own_domain_s_promise_is_kept(
    landed: LandingStore, monkeypatch: pytest.MonkeyPatch, domain: str
):
    kept = timedelta(days=promised_days(domain) + MARGIN_DAYS)
    keep_house(monkeypatch, LAST_DAY_OF_MONTH + kept - timedelta(days=2))
    assert is_known(landed, OURS[domain])
    keep_house(monkeypatch, LAST_DAY_OF_MONTH + kept + timedelta(days=1))
    assert not is_known(landed, OURS[domain])
    assert has_rows(OURS[domain])
    keep_house(monkeypatch, LAST_DAY_OF_MONTH + kept + timedelta(days=SEASON_DAYS + 1))
    assert not has_rows(OURS[domain])


def test_a_domain_that_promises_less_does_not_shorten_what_another_keeps(
    landed: LandingStore, monkeypatch: pytest.MonkeyPatch
):
    shorter, longer = sorted(OURS, key=promised_days)
    assert promised_days(shorter) + SEASON_DAYS < promised_days(longer)
    after = timedelta(days=promised_days(shorter) + MARGIN_DAYS + SEASON_DAYS + 1)
    keep_house(monkeypatch, LAST_DAY_OF_MONTH + after)
    assert not has_rows(OURS[shorter])
    assert is_known(landed, OURS[longer])
    assert landed.history(OURS[longer], "entry")[0]["entry"] == OURS[longer]


def test_what_no_installed_domain_pulls_is_kept_for_ever_and_put_together(
    landed: LandingStore, monkeypatch: pytest.MonkeyPatch
):
    before = landed.history(NOBODY_S, "entry")
    keep_house(monkeypatch, date(2124, 1, 1))
    assert landed.history(NOBODY_S, "entry") == before
    assert is_known(landed, NOBODY_S)
    files = FileStore(data_settings().landing_url)
    assert files.names(f"{NOBODY_S}/entry") == ["pulled_in=2024-01"]
    assert not any(is_known(landed, source) for source in OURS.values())


def test_the_sources_of_every_installed_domain_have_their_domain_s_figure():
    days = {source: kept.days for source, kept in housekeeping.landing_kept_for().items()}
    finance, marketing = (promised_days(one) + MARGIN_DAYS for one in ("finance", "marketing"))
    assert days == {
        "ecb": finance,
        "ledger": finance,
        "adobe_analytics": marketing,
        "facebook_ads": marketing,
        "google_ads": marketing,
        "google_analytics": marketing,
        "salesforce": marketing,
        "surveys": marketing,
    }


def test_a_domain_that_promises_nothing_yet_keeps_what_it_pulls(tmp_path: Path):
    for domain in ("customer", "finance"):
        (tmp_path / f"{domain}_domain" / "landing").mkdir(parents=True)
        (tmp_path / f"{domain}_domain" / "landing" / f"{domain}_s.py").touch()
    shutil.copytree(
        ROOT / "finance_domain/products/fx_rates", tmp_path / "finance_domain/products/fx_rates"
    )
    text = (ROOT / "finance_domain/products/fx_rates/contract.odcs.yaml").read_text()
    [days] = re.findall(r"property: retention\n\s+value: P(\d+)D\n", text)
    found = housekeeping.landing_kept_for(tmp_path)
    assert found == {"finance_s": timedelta(days=int(days) + MARGIN_DAYS)}


def test_while_a_contract_cannot_be_read_nothing_is_let_go(tmp_path: Path):
    folder = tmp_path / "finance_domain" / "products" / "fx_rates"
    folder.mkdir(parents=True)
    (folder / "contract.odcs.yaml").write_text("kind: DataContract\n")
    with pytest.raises(dg.Failure) as caught:
        housekeeping.landing_kept_for(tmp_path)
    assert "Landing was left alone" in str(caught.value.description)
