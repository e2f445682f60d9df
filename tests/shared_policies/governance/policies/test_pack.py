"""A pack may be tightened, never loosened, and is known by its digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finance_domain.policies import FINANCE
from marketing_domain.policies import MARKETING
from shared_policies.governance.contracts.model import Rule
from shared_policies.governance.contracts.refinement import AT_MOST
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.governance.policies.pack import Loosened, Pack, PackBroken
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.verdicts import Finding, Outcome, Verdict, overall
from tests.shared_policies.governance.policies.small_product import contract

FLOOR = MESH.values_of("RST-01")["tolerance"]


@given(st.floats(min_value=0, max_value=FLOOR))
def test_a_domain_may_ask_for_more(value: float):
    tightened = MESH.tightened({"RST-01": {"tolerance": value}}, by="marketing")
    assert tightened.values_of("RST-01") == {"tolerance": value}


@given(st.floats(min_value=FLOOR, exclude_min=True, max_value=1))
def test_a_domain_may_not_ask_for_less_and_is_shown_both_values(value: float):
    with pytest.raises(Loosened) as refused:
        MESH.tightened({"RST-01": {"tolerance": value}}, by="marketing")
    for shown in ("marketing", "RST-01", "tolerance", repr(value), repr(FLOOR)):
        assert shown in str(refused.value)


@given(st.floats(min_value=0, max_value=FLOOR), st.floats(min_value=0, max_value=FLOOR))
def test_what_was_tightened_is_the_floor_from_then_on(first: float, second: float):
    once = MESH.tightened({"RST-01": {"tolerance": first}}, by="marketing")
    if second <= first:
        assert once.tightened({"RST-01": {"tolerance": second}}, by="contract")
    else:
        with pytest.raises(Loosened):
            once.tightened({"RST-01": {"tolerance": second}}, by="contract")


def test_an_unknown_policy_or_parameter_is_an_error():
    with pytest.raises(PackBroken, match="no policy 'RST-99'"):
        MESH.tightened({"RST-99": {"tolerance": 0}}, by="marketing")
    with pytest.raises(PackBroken, match="no parameter 'tolerence'"):
        MESH.tightened({"RST-01": {"tolerence": 0}}, by="marketing")


def test_a_contract_s_misspelled_rule_is_an_error_and_no_silence():
    promise = contract()
    asked: tuple[tuple[str, dict[str, object]], ...] = (("TOT-1", {}), ("TOT-01", {"mesures": []}))
    for code, parameters in asked:
        wrong = Rule(policy=code, column=None, parameters=parameters, dimension="", description="")
        with pytest.raises(PackBroken):
            MESH.for_contract(replace(promise, rules=(wrong,)))


def test_a_contract_may_not_loosen_its_domain_s_pack():
    looser = Rule(
        policy="RST-01",
        column=None,
        parameters={"closed": "is_final", "tolerance": FLOOR},
        dimension="",
        description="",
    )
    promise = replace(contract(), rules=(looser,))
    assert MESH.for_contract(promise)
    with pytest.raises(Loosened, match="marketing/small"):
        MARKETING.for_contract(promise)


@pytest.mark.parametrize("pack", [MARKETING, FINANCE], ids=["marketing", "finance"])
def test_a_domain_s_pack_holds_all_of_the_mesh_at_least_as_strictly(pack: Pack):
    assert pack.codes >= MESH.codes
    for one in MESH.policies:
        for name, parameter in one.parameters.items():
            ours, floor = pack.values_of(one.code)[name], MESH.values_of(one.code)[name]
            assert parameter.order.refines(ours, floor)


def test_codes_and_names_are_unique():
    for pack in (MESH, MARKETING, FINANCE):
        names = [one.name for one in pack.of_phase("run_time").policies]
        assert len(names) == len(set(names))
    with pytest.raises(PackBroken, match="KEY-01"):
        MESH.adding([MESH.policy("KEY-01")])


def test_the_digest_changes_with_a_value_a_rollout_a_policy_and_the_text_of_a_function():
    def lenient(_: object) -> Finding:
        """KEY-01: anything passes."""
        return Finding(outcome=Outcome.PASS, observed="", expected="")

    key = MESH.policy("KEY-01")
    others = tuple(one for one in MESH.policies if one is not key)
    altered = [
        MESH.tightened({"RST-01": {"tolerance": 0.0}}, by="marketing"),
        MESH.without("KEY-01"),
        Pack((*others, replace(key, rollout="audit"))),
        Pack((*others, replace(key, function=lenient))),
    ]
    digests = {pack.digest for pack in (MESH, *altered)}
    assert len(digests) == len(altered) + 1
    assert Pack(tuple(reversed(MESH.policies))).digest == MESH.digest


@policy("AAA-01", family="keys", phase="static", grace_until=date(2026, 12, 1))
def always_wrong(_: object) -> Finding:
    """AAA-01: nothing is right.

    Remedy: None.
    """
    return Finding(outcome=Outcome.FAIL, observed="", expected="")


@pytest.mark.parametrize(
    ("today", "effect"),
    [(date(2026, 11, 30), Outcome.WARN), (date(2026, 12, 1), Outcome.FAIL)],
)
def test_an_enforced_policy_warns_until_its_grace_ends(today: date, effect: Outcome):
    verdict = always_wrong.judge(None, today=today, values={})
    assert verdict.outcome is Outcome.FAIL
    assert verdict.effect is effect


@pytest.mark.parametrize("rollout", ["audit", "warn"])
def test_a_failure_that_is_not_enforced_is_shown_and_blocks_nothing(rollout: str):
    verdict = replace(always_wrong, rollout=rollout, grace_until=None).judge(
        None, today=date(2026, 12, 1), values={}
    )
    assert verdict.outcome is Outcome.FAIL
    assert not verdict.blocks


def test_a_policy_that_crashes_blocks_also_on_trial():
    def broken(_: object) -> Finding:
        """AAA-01: never gets there.

        Remedy: None.
        """
        raise ZeroDivisionError

    trial = replace(always_wrong, function=broken, rollout="audit")
    verdict = trial.judge(None, today=date(2026, 12, 1), values={})
    assert verdict.outcome is Outcome.ERROR
    assert verdict.blocks


def test_a_policy_that_was_not_asked_blocks():
    passed = Verdict(
        code="A-01", name="", outcome=Outcome.PASS, observed="", expected="", remedy=""
    )
    assert overall([passed], expected=frozenset({"A-01"})) is Outcome.PASS
    assert overall([passed], expected=frozenset({"A-01", "B-01"})) is Outcome.MISSING
    assert overall([], expected=frozenset()) is Outcome.MISSING


def test_the_worst_of_two_verdicts_of_one_policy_counts():
    passed = Verdict(
        code="A-01", name="", outcome=Outcome.PASS, observed="", expected="", remedy=""
    )
    failed = replace(passed, outcome=Outcome.FAIL)
    for verdicts in ([passed, failed], [failed, passed]):
        assert overall(verdicts, expected=frozenset({"A-01"})) is Outcome.FAIL


def test_a_parameter_says_what_is_stricter():
    assert Parameter(default=1, order=AT_MOST, description="x").order.refines(0, 1)
