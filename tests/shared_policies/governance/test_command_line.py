"""The command `policies`: what it answers, and the exit codes that CI reads."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

from shared_policies.governance.command_line import policies
from shared_policies.governance.ledger import AuditRecord, mesh_ledger
from shared_policies.governance.policies.verdicts import Outcome, Verdict
from tests.shared_policies.governance.promised import STATE, columns, document

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


@pytest.fixture(autouse=True)
def _empty_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("MESH_DATA_URL", raising=False)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(policies, arguments)


def written(path: Path, **changed: object) -> str:
    text = {**document(), **changed}
    path.write_text(yaml.safe_dump(text, sort_keys=False))
    return str(path)


def test_the_mesh_s_own_contracts_are_clean():
    answer = run("lint")
    assert answer.exit_code == 0, answer.output
    assert "contracts keep every static policy" in answer.output


def test_lint_says_as_json_what_was_judged():
    found = json.loads(run("lint", "--json").output)
    codes = {verdict["code"] for verdict in found["marketing"]}
    assert {"CON-01", "SLO-01", "SLO-02", "BRK-01", "PII-01", "WVR-01"} <= codes
    # What needs assets was not judged, so it is not shown as kept.
    assert "COV-01" not in codes


def test_diff_refuses_a_breaking_change_as_minor_and_names_the_version(tmp_path: Path):
    wider: list[dict[str, Any]] = document()["schema"]
    wider[0]["properties"][STATE]["enum"].append({"value": "lost"})
    old = written(tmp_path / "old.yaml")
    minor = run("diff", old, written(tmp_path / "minor.yaml", version="1.3.0", schema=wider))
    assert minor.exit_code == 1
    assert "needs major, given minor; refused" in minor.output
    assert "set version: 2.0.0" in minor.output
    major = run("diff", old, written(tmp_path / "major.yaml", version="2.0.0", schema=wider))
    assert major.exit_code == 0


def test_diff_as_json_lists_every_change(tmp_path: Path):
    fewer: list[dict[str, Any]] = document()["schema"]
    fewer[0]["properties"].pop()
    old = written(tmp_path / "old.yaml")
    new = written(tmp_path / "new.yaml", version="2.0.0", schema=fewer)
    found = json.loads(run("diff", old, new, "--json").output)
    assert found["changes"] == [{"where": "column sandbox", "what": "is gone", "level": "major"}]
    assert (found["needed"], found["given"], found["honest"]) == ("major", "major", True)


def test_diff_of_what_is_no_contract_is_unanswered(tmp_path: Path):
    broken = document()
    columns(broken)[STATE]["requird"] = True
    old = written(tmp_path / "old.yaml")
    new = written(tmp_path / "new.yaml", schema=broken["schema"])
    answer = run("diff", old, new)
    assert answer.exit_code == 2
    assert "requird" in answer.output


def test_a_verdict_is_explained_with_its_rule_and_remedy():
    verdict = Verdict(
        code="VOL-01",
        name="rows_are_there",
        outcome=Outcome.FAIL,
        observed="0 rows",
        expected="at least one row",
        remedy="Materialise what stands upstream.",
    )
    record = mesh_ledger().append(
        AuditRecord(
            port="sales/orders",
            domain="sales",
            at=datetime(2026, 3, 2, 8, tzinfo=UTC),
            run_id="1",
            contract_version="1.0.0",
            contract_digest="",
            pack_digest="",
            published=False,
            version_id=None,
            covered_through=date(2026, 3, 1),
            complete_share=None,
            row_count=0,
            previous_row_count=None,
            verdicts=(verdict,),
        )
    )
    answer = run("explain", record.verdict_id("VOL-01"))
    assert answer.exit_code == 0, answer.output
    for said in (
        "FAIL",
        "0 rows",
        "Materialise what stands upstream.",
        "why        an empty table",
    ):
        assert said in answer.output
    assert run("explain", record.verdict_id("XXX-01")).exit_code == 2
    assert run("explain", "sales/orders/999/VOL-01").exit_code == 2


@pytest.mark.parametrize("product", ["sales/nothing", "nonsense"])
def test_an_unknown_product_is_unanswered_and_the_known_ones_are_named(product: str):
    answer = run("audit", product)
    assert answer.exit_code == 2
    assert "marketing/campaign_performance" in answer.output


def test_a_product_that_was_never_built_is_unanswered_not_passed():
    answer = run("audit", "finance/fx_rates")
    assert answer.exit_code == 2
    assert "finance/fx_rates" in answer.output


def test_a_product_that_was_never_audited_is_shown_as_such():
    answer = run("scorecard")
    assert answer.exit_code == 0
    assert "not_audited" in answer.output
    assert " kept " not in answer.output
