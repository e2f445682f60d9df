"""A waiver lets a failure pass for a while, where whoever may said so, and hides nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from finance_domain.policies import FINANCE
from marketing_domain.policies import MARKETING
from shared_policies.governance.contracts.loading import load_contract
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.governance.policies.verdicts import Outcome, Verdict
from shared_policies.governance.powers import MATTERS, power_over
from shared_policies.governance.waivers import (
    Waiver,
    WaiversBroken,
    load_waivers,
    refusals,
    waived,
)
from tests.scenarios.mesh import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from shared_policies.governance.contracts.model import Contract

TODAY = date(2026, 11, 5)
TEAMS = {
    "marketing": ("mira@example.com", "max@example.com"),
    "finance": ("fay@example.com",),
    "controlling": ("carl@example.com",),
    "governance_group": ("gita@example.com",),
    "data_protection_officer": ("dora@example.com",),
}
# The scorecard's columns under other names: what a waiver knows of a product.
TEMPLATE = load_contract(ROOT / "shared_policies/governance/products/scorecard/contract.odcs.yaml")
CAMPAIGNS = replace(TEMPLATE, domain="marketing", product="campaign_performance", team="marketing")
MONTHS = replace(
    TEMPLATE,
    domain="finance",
    product="marketing_profitability",
    team="finance",
    upstream=("marketing/campaign_performance@1",),
)
PROFIT = replace(MONTHS, product="profit", team="controlling")
CONTRACTS: list[Contract] = [CAMPAIGNS, MONTHS, PROFIT]


def asked(**changed: Any) -> dict[str, Any]:  # noqa: ANN401  a YAML's values
    """A waiver that is in order: the domain's owner lets a volume failure pass for two days."""
    return {
        "policy": "VOL-02",
        "product": "campaign_performance",
        "reason": "An account was closed and its campaigns removed.",
        "requested_by": "max@example.com",
        "approved_by": {
            "authority": "domain_owner",
            "signers": ["mira@example.com"],
            "on": "2026-11-04",
        },
        "expires_on": "2026-11-06",
        "scope": {"max_failing_rows": 50},
        **changed,
    }


def approved(**changed: Any) -> dict[str, Any]:  # noqa: ANN401  likewise
    return {**asked()["approved_by"], **changed}


def waiver(**changed: Any) -> Waiver:  # noqa: ANN401  likewise
    return Waiver.model_validate(asked(**changed))


def refused(*waivers: Waiver, today: date = TODAY) -> list[str]:
    found = refusals(
        waivers, domain="marketing", contracts=CONTRACTS, pack=MESH, teams=TEAMS, today=today
    )
    return [str(one) for one in found]


def verdict(**changed: Any) -> Verdict:  # noqa: ANN401  likewise
    judged = Verdict(
        code="VOL-02",
        name="days_keep_their_rows",
        outcome=Outcome.FAIL,
        observed="40 of 100 rows of one account are gone",
        expected="at least 95 % of the published rows",
        remedy="Land the account again.",
        failing_rows=40,
        samples=({"account_id": "1", "reporting_day": "2026-11-03"},),
    )
    return replace(judged, **changed)


def after(judged: Verdict, *waivers: Waiver, today: date = TODAY) -> Verdict:
    found = waived([judged], waivers, contract=CAMPAIGNS, pack=MESH, today=today)
    return found[0]


def test_a_waiver_in_order_is_accepted_and_lets_the_failure_pass():
    assert refused(waiver()) == []
    assert after(verdict(), waiver()).outcome is Outcome.WAIVED


def test_nothing_but_the_outcome_changes_and_the_verdict_says_who_waived_it():
    passed = after(verdict(), waiver())
    assert replace(passed, outcome=Outcome.FAIL, waived_by=None) == verdict()
    assert "domain owner (mira@example.com) until 2026-11-06" in str(passed.waived_by)


@pytest.mark.parametrize(
    "outcome", [one for one in Outcome if one is not Outcome.FAIL], ids=lambda one: one.name
)
def test_only_a_failure_can_be_waived_never_what_was_not_evaluated(outcome: Outcome):
    assert after(verdict(outcome=outcome), waiver()) == verdict(outcome=outcome)


@pytest.mark.parametrize(
    "changed",
    [
        {"code": "VOL-01"},
        {"failing_rows": 51},
    ],
    ids=["another policy", "more rows than the scope"],
)
def test_a_failure_outside_the_scope_still_fails(changed: dict[str, Any]):
    assert after(verdict(**changed), waiver()).outcome is Outcome.FAIL


def test_a_waiver_for_columns_covers_no_verdict_on_another_column_or_on_all():
    narrow = waiver(scope={"columns": ["judged"], "max_failing_rows": 50})
    assert after(verdict(column="judged"), narrow).outcome is Outcome.WAIVED
    assert after(verdict(column="domain"), narrow).outcome is Outcome.FAIL
    assert after(verdict(column=None), narrow).outcome is Outcome.FAIL


def test_another_product_s_waiver_covers_nothing():
    other = waiver(product="ad_performance")
    assert after(verdict(), other).outcome is Outcome.FAIL


def test_a_waiver_ends_with_its_last_day_also_while_the_location_stays_loaded():
    last = date(2026, 11, 6)
    assert after(verdict(), waiver(), today=last).outcome is Outcome.WAIVED
    assert after(verdict(), waiver(), today=last + timedelta(days=1)).outcome is Outcome.FAIL


UNSOUND = {
    "expired": ({"expires_on": "2026-11-04"}, "expired on 2026-11-04"),
    "too long": ({"expires_on": "2026-11-12"}, "it lasts 8 days, at most 7"),
    "approved in the future": (
        {"approved_by": approved(on="2026-11-06")},
        "approved on 2026-11-06, which is not yet",
    ),
    "self-approved": (
        {"requested_by": " Mira@Example.com"},
        "requested and approved it",
    ),
    "approved by the wrong class": (
        {"approved_by": approved(authority="governance_group", signers=["gita@example.com"])},
        "Ask the domain owner",
    ),
    "wider than allowed": (
        {"scope": {"max_failing_rows": 1_000_000}},
        "1000000 failing rows, at most 1000",
    ),
    "of a column that is not there": (
        {"scope": {"columns": ["spent"], "max_failing_rows": 1}},
        "no columns ['spent']",
    ),
    "of an unknown policy": ({"policy": "VOL-99"}, "no such policy"),
    "of what nobody may waive": ({"policy": "PRV-01"}, "nobody may waive"),
    "of a promised column": ({"policy": "SCH-01"}, "nobody may waive"),
}


@pytest.mark.parametrize(("changed", "told"), UNSOUND.values(), ids=UNSOUND.keys())
def test_an_unsound_waiver_refuses_the_location_and_lets_nothing_pass(
    changed: dict[str, Any], told: str
):
    unsound = waiver(**changed)
    assert any(told in line for line in refused(unsound)), refused(unsound)
    judged = verdict(code=unsound.policy, column=next(iter(unsound.scope.columns), None))
    assert after(judged, unsound).outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("signers", "told"),
    [
        (["gita@example.com"], "nobody of team marketing signed it"),
        (["mira@example.com", "gita@example.com"], "gita@example.com may not sign"),
    ],
    ids=["a stranger instead", "a stranger too"],
)
def test_only_the_owning_team_signs_for_a_domain(signers: list[str], told: str):
    assert any(told in line for line in refused(waiver(approved_by=approved(signers=signers))))


def test_a_team_may_sign_as_a_team_what_another_team_requested():
    signed = approved(signers=["team:marketing"])
    assert refused(waiver(requested_by="team:finance", approved_by=signed)) == []
    assert refused(waiver(requested_by="fay@example.com", approved_by=signed)) == []


@pytest.mark.parametrize(
    ("requested_by", "signer"),
    [("max@example.com", "team:marketing"), ("Team:Marketing", "mira@example.com")],
    ids=["a member requested", "a member signed"],
)
def test_a_team_and_its_member_may_be_one_person(requested_by: str, signer: str):
    asked_and_signed = waiver(requested_by=requested_by, approved_by=approved(signers=[signer]))
    assert "which may be one person" in refused(asked_and_signed)[0]


def test_nobody_requests_what_nobody_can_answer_for():
    assert "is of no team" in refused(waiver(requested_by="stranger@example.com"))[0]


def test_teams_without_members_approve_for_each_other_and_never_for_themselves():
    def refused_as(requested_by: str) -> list[str]:
        asked_for = waiver(
            requested_by=requested_by, approved_by=approved(signers=["team:marketing"])
        )
        found = refusals(
            [asked_for],
            domain="marketing",
            contracts=CONTRACTS,
            pack=MESH,
            teams=dict.fromkeys(TEAMS, ()),
            today=TODAY,
        )
        return [str(one) for one in found]

    assert refused_as("team:finance") == []
    assert "requested and approved it" in refused_as("team:marketing")[0]
    assert "is of no team" in refused_as("mira@example.com")[0]


def test_a_convention_is_waived_by_the_governance_group_for_thirty_days():
    signed = approved(authority="governance_group", signers=["gita@example.com"])
    thirty = waiver(policy="ENM-01", approved_by=signed, expires_on="2026-12-04")
    assert refused(thirty) == []
    longer = waiver(policy="ENM-01", approved_by=signed, expires_on="2026-12-05")
    assert "it lasts 31 days, at most 30" in refused(longer)[0]


def test_a_breaking_change_needs_the_owners_of_all_consumers_together():
    def signed_by(*signers: str) -> list[str]:
        signed = approved(authority="consumer_owners", signers=[*signers])
        return refused(waiver(policy="BRK-01", approved_by=signed))

    assert signed_by("fay@example.com", "team:controlling") == []
    assert "nobody of team controlling signed it" in signed_by("fay@example.com")[0]
    assert any("mira@example.com may not sign" in line for line in signed_by("mira@example.com"))


def test_a_new_major_version_is_waived_by_those_who_read_the_old_one():
    signed = approved(authority="consumer_owners", signers=["team:finance", "team:controlling"])
    found = refusals(
        [waiver(policy="BRK-02", approved_by=signed)],
        domain="marketing",
        contracts=[replace(CAMPAIGNS, version="9.0.0"), MONTHS, PROFIT],
        pack=MESH,
        teams=TEAMS,
        today=TODAY,
    )
    assert found == []


def test_a_classification_is_waived_by_the_data_protection_officer_for_fourteen_days():
    signed = approved(authority="data_protection_officer", signers=["dora@example.com"])
    fourteen = waiver(policy="PII-01", approved_by=signed, expires_on="2026-11-18")
    assert refused(fourteen) == []
    longer = waiver(policy="PII-01", approved_by=signed, expires_on="2026-11-19")
    assert "it lasts 15 days, at most 14" in refused(longer)[0]


def test_a_product_of_another_domain_is_waived_by_that_domain_only():
    assert "marketing has no such product" in refused(waiver(product="marketing_profitability"))[0]


def test_two_waivers_of_one_thing_do_not_add_up():
    assert any("there are two of it" in line for line in refused(waiver(), waiver()))


def test_somebody_decided_who_may_waive_every_family_of_policies():
    known = {policy.family for pack in (MARKETING, FINANCE) for policy in pack.policies}
    undecided = known - MATTERS.keys()
    assert not undecided, f"add {undecided} to MATTERS in powers.py"


def test_what_is_personal_is_waived_by_nobody():
    assert power_over(MESH.policy("PRV-01")) is None


@given(
    days=st.integers(0, 60),
    rows=st.integers(0, 5_000),
    code=st.sampled_from(sorted(MESH.codes)),
    authority=st.sampled_from(["domain_owner", "governance_group", "data_protection_officer"]),
)
def test_a_waiver_that_the_table_forbids_never_changes_a_verdict(
    days: int, rows: int, code: str, authority: str
):
    """What is refused when the location loads has no effect even where nobody asked."""
    one = waiver(
        policy=code,
        approved_by=approved(authority=authority, on=str(TODAY)),
        expires_on=str(TODAY + timedelta(days=days)),
        scope={"max_failing_rows": rows},
    )
    power = power_over(MESH.policy(code))
    forbidden = (
        power is None
        or power.authority != authority
        or days > power.longest.days
        or rows > power.most_rows
    )
    judged = verdict(code=code, failing_rows=rows)
    assert (after(judged, one).outcome is Outcome.FAIL) is forbidden


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "waivers.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return path


def test_a_domain_without_the_file_has_no_waivers(tmp_path: Path):
    assert load_waivers(tmp_path / "waivers.yaml") == ()


def test_waivers_are_read_from_yaml(tmp_path: Path):
    assert load_waivers(written(tmp_path, {"waivers": [asked()]})) == (waiver(),)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"waivers": [asked(until="2026-11-06")]}, "waivers/0/until: Extra inputs"),
        ({"waivers": [asked(reason=" ")]}, "waivers/0/reason"),
        ({"waivers": [asked(policy="VOL*")]}, "waivers/0/policy"),
        ({"waivers": [asked(product="*")]}, "waivers/0/product"),
        ({"waivers": [asked(scope={"columns": []})]}, "waivers/0/scope/max_failing_rows"),
        ({"waivers": [asked(approved_by=approved(signers=[]))]}, "waivers/0/approved_by/signers"),
        ({"waiver": []}, "waivers: Field required"),
        ("waivers: [", "is no YAML"),
        ("", "cannot be read"),
    ],
    ids=[
        "unknown key",
        "no reason",
        "every policy",
        "every product",
        "no scope",
        "nobody signed",
        "misspelt list",
        "broken file",
        "empty file",
    ],
)
def test_a_file_that_cannot_be_read_whole_is_refused_and_says_where(
    tmp_path: Path, content: object, told: str
):
    with pytest.raises(WaiversBroken) as raised:
        load_waivers(written(tmp_path, content))
    assert told in str(raised.value)
