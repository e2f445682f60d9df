"""What may not be published, and what an asset must say of itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from shared_policies.governance.contracts.loading import (
    ContractBroken,
    find_contracts,
    load_contract,
)
from shared_policies.governance.govern import GovernanceRefused, govern
from shared_policies.governance.policies.completeness import every_account_day_has_an_answer
from shared_policies.governance.policies.verdicts import Outcome
from shared_policies.platform.pull_log import SliceRecord

ROOT = Path(__file__).parents[3]
CONTRACTS = find_contracts(ROOT)


def test_contracts_are_found():
    assert len(CONTRACTS) >= 4


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.parent.name)
def test_every_contract_can_be_promised(path: Path):
    contract = load_contract(path)
    assert contract.key
    assert contract.port == f"{path.parts[-4].removesuffix('_domain')}/{path.parent.name}"


def test_a_misspelled_key_in_a_contract_is_refused(tmp_path: Path):
    text = (ROOT / "finance_domain/products/fx_rates/contract.odcs.yaml").read_text()
    folder = tmp_path / "fx_rates"
    folder.mkdir()
    spoiled = folder / "contract.odcs.yaml"
    spoiled.write_text(text.replace("required: true", "requird: true", 1))
    with pytest.raises(ContractBroken, match="requird"):
        load_contract(spoiled)


def test_a_column_without_a_unit_is_refused(tmp_path: Path):
    text = (ROOT / "finance_domain/products/fx_rates/contract.odcs.yaml").read_text()
    folder = tmp_path / "fx_rates"
    folder.mkdir()
    spoiled = folder / "contract.odcs.yaml"
    spoiled.write_text(text.replace("[{property: unit, value: flag}]", "[]"))
    with pytest.raises(ContractBroken, match="sandbox: a unit is missing"):
        load_contract(spoiled)


def record(day: date, pulled_at: datetime) -> SliceRecord:
    return SliceRecord(
        stream="campaign_day",
        account_id="1",
        account_day=day,
        pulled_at=pulled_at,
        content_pulled_at=pulled_at,
        outcome="new",
        row_count=0,
        content_hash="",
        content_file="",
        requests=1,
        day_was_over=True,
        account_name="One",
        account_time_zone="UTC",
        account_currency="EUR",
        control_totals="",
        control_difference="",
        quality_flags="",
        sandbox=True,
        logged_at=pulled_at,
    )


def test_a_day_that_was_never_answered_is_named():
    monday, tuesday, wednesday = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
    at = datetime(2026, 3, 5, tzinfo=UTC)
    answers = {"1": {monday: record(monday, at), wednesday: record(wednesday, at)}}
    verdict = every_account_day_has_an_answer(answers, days=None)
    assert verdict.outcome is Outcome.FAIL
    assert list(verdict.samples) == [{"account_id": "1", "account_day": str(tuesday)}]
    complete = every_account_day_has_an_answer(answers, days=[monday, wednesday])
    assert complete.outcome is Outcome.PASS


def test_an_account_that_is_no_longer_pulled_does_not_hold_up_the_others():
    monday = date(2026, 3, 2)
    old, new = datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)
    recent = date(2026, 3, 29)
    answers = {"closed": {monday: record(monday, old)}, "1": {recent: record(recent, new)}}
    assert every_account_day_has_an_answer(answers, days=[recent]).outcome is Outcome.PASS


def test_an_asset_without_an_owner_keeps_its_location_from_loading():
    @dg.asset(key=["sales", "orders"], group_name="sales", description="Orders.", kinds={"python"})
    def orders() -> None: ...

    with pytest.raises(GovernanceRefused, match="sales/orders has no owner"):
        govern(dg.Definitions(assets=[orders]), domain="sales")


def test_an_asset_outside_its_domain_is_refused():
    @dg.asset(
        key=["finance", "orders"],
        group_name="sales",
        description="Orders.",
        kinds={"python"},
        owners=["team:sales"],
    )
    def orders() -> None: ...

    with pytest.raises(GovernanceRefused, match="another domain's"):
        govern(dg.Definitions(assets=[orders]), domain="sales")
