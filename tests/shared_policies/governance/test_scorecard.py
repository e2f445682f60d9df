"""The scorecard counts verdicts; every figure here was counted by hand."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from finance_domain.policies import FINANCE
from marketing_domain.policies import MARKETING
from shared_policies.governance.ledger import AuditRecord
from shared_policies.governance.policies.verdicts import Outcome, Verdict
from shared_policies.governance.products.scorecard.rows import DIMENSION_OF_FAMILY, Score, scores
from shared_policies.governance.service_levels.sli import Level, Measurement, Standing

PORT = "marketing/campaign_performance"
MONDAY = date(2026, 11, 2)
FAMILY = {"KEY-01": "keys", "VOL-01": "volume", "VOL-02": "volume", "TOT-01": "totals"}


def audit(at: datetime, *, published: bool, **outcomes: Outcome) -> AuditRecord:
    """`KEY_01=Outcome.PASS` and so on."""
    codes = {name.replace("_", "-"): outcome for name, outcome in outcomes.items()}
    return AuditRecord(
        port=PORT,
        domain="marketing",
        at=at,
        run_id="run",
        contract_version="1.0.0",
        contract_digest="",
        pack_digest="",
        published=published,
        version_id=None,
        covered_through=None,
        complete_share=None,
        row_count=1,
        previous_row_count=None,
        verdicts=tuple(
            Verdict(
                code=code,
                name=code,
                family=FAMILY[code],
                outcome=outcome,
                observed="",
                expected="",
                remedy="",
            )
            for code, outcome in codes.items()
        ),
        sequence=int(at.timestamp()),
    )


def at(day: int, hour: int = 8) -> datetime:
    """An instant `day` days after Monday, by Berlin's clock, which is an hour ahead."""
    return datetime(2026, 11, 2, hour - 1, tzinfo=UTC) + timedelta(days=day)


def card(
    *audits: AuditRecord, today: date, measured: tuple[Measurement, ...] = ()
) -> dict[tuple[str, int], Score]:
    """Scores of campaign_performance by dimension and days after Monday."""
    found = scores(audits, ports=[PORT], today=today, time_zone="Europe/Berlin", measured=measured)
    return {(one.dimension, (one.day - MONDAY).days): one for one in found}


def test_a_share_is_what_was_kept_of_what_was_judged_over_all_audits_of_the_day():
    found = card(
        audit(
            at(0, 8), published=False, KEY_01=Outcome.PASS, VOL_01=Outcome.PASS, VOL_02=Outcome.FAIL
        ),
        audit(
            at(0, 9),
            published=True,
            KEY_01=Outcome.PASS,
            VOL_01=Outcome.PASS,
            VOL_02=Outcome.WAIVED,
        ),
        today=MONDAY,
    )
    completeness = found["completeness", 0]
    assert (completeness.audits, completeness.published) == (2, 1)
    assert (completeness.judged, completeness.kept) == (4, 2)
    assert (completeness.failed, completeness.waived) == (2, 1)
    assert completeness.share_kept == 0.5
    assert completeness.state == "waived", "the day's last audit"
    assert completeness.policies == ("VOL-02",)
    assert found["uniqueness", 0].share_kept == 1.0
    assert found["uniqueness", 0].state == "kept"


def test_what_did_not_apply_is_neither_kept_nor_missed():
    found = card(
        audit(at(0), published=True, TOT_01=Outcome.NOT_APPLICABLE, KEY_01=Outcome.PASS),
        today=MONDAY,
    )
    accuracy = found["accuracy", 0]
    assert accuracy.judged == 0
    assert accuracy.share_kept is None
    assert accuracy.state == "not_applicable"


def test_what_could_not_be_evaluated_counts_against_the_share():
    found = card(
        audit(at(0), published=False, VOL_01=Outcome.ERROR, VOL_02=Outcome.PASS), today=MONDAY
    )
    assert found["completeness", 0].share_kept == 0.5
    assert found["completeness", 0].state == "undecided"
    assert found["completeness", 0].undecided == 1


def test_a_day_without_an_audit_is_shown_and_is_not_green():
    found = card(audit(at(0), published=True, KEY_01=Outcome.PASS), today=date(2026, 11, 4))
    assert [found["uniqueness", day].state for day in range(3)] == [
        "kept",
        "not_audited",
        "not_audited",
    ]
    assert found["uniqueness", 1].share_kept is None


def test_a_product_that_was_never_audited_stands_in_the_card():
    found = card(today=MONDAY)
    assert {score.state for score in found.values()} == {"not_audited"}
    assert ("completeness", 0) in found


def test_failing_since_is_the_first_day_of_an_unbroken_row_and_a_waiver_does_not_end_it():
    bad, good = {"KEY_01": Outcome.FAIL}, {"KEY_01": Outcome.PASS}
    found = card(
        audit(at(0), published=False, **bad),
        audit(at(1), published=True, **good),
        audit(at(2), published=False, **bad),
        # Thursday: nothing ran.
        audit(at(4), published=True, KEY_01=Outcome.WAIVED),
        audit(at(5), published=True, **good),
        today=date(2026, 11, 7),
    )
    wednesday = date(2026, 11, 4)
    assert [found["uniqueness", day].failing_since for day in range(6)] == [
        MONDAY,
        None,
        wednesday,
        wednesday,
        wednesday,
        None,
    ]


def test_a_failure_mended_on_the_same_day_is_counted_and_not_failing_any_more():
    found = card(
        audit(at(0, 8), published=False, KEY_01=Outcome.FAIL),
        audit(at(0, 9), published=True, KEY_01=Outcome.PASS),
        today=MONDAY,
    )
    assert found["uniqueness", 0].failed == 1
    assert found["uniqueness", 0].state == "kept"
    assert found["uniqueness", 0].failing_since is None


def test_the_day_is_the_company_s_not_greenwich_s():
    late = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
    found = card(audit(late, published=True, KEY_01=Outcome.PASS), today=date(2026, 11, 3))
    assert set(found) == {(dimension, 1) for dimension, _ in found}


def level(name: Level, day: int, standing: Standing) -> Measurement:
    return Measurement(
        port=PORT,
        level=name,
        due_day=MONDAY + timedelta(days=day),
        due_at=at(day + 1, 9),
        standing=standing,
        measured=None,
        promised=9.0,
        unit="hours",
        observed="",
    )


def test_a_day_on_which_nothing_came_has_failed_in_time_and_not_only_gone_unaudited():
    found = card(
        audit(at(0), published=True, KEY_01=Outcome.PASS),
        measured=(
            level("latency", 0, Standing.KEPT),
            level("latency", 1, Standing.MISSED),
            level("latency", 2, Standing.PENDING),
            level("completeness", 0, Standing.MISSED),
        ),
        today=date(2026, 11, 4),
    )
    assert [found["timeliness", day].state for day in range(3)] == [
        "kept",
        "failed",
        "not_audited",
    ]
    assert found["timeliness", 1].policies == ("latency",)
    assert found["timeliness", 2].failing_since == date(2026, 11, 3), "still, as far as is known"
    assert found["completeness", 0].state == "failed"
    assert found["uniqueness", 1].state == "not_audited"


def test_every_family_of_policies_has_a_dimension():
    packs = (MARKETING.of_phase("run_time"), FINANCE.of_phase("run_time"))
    without = {
        policy.family for pack in packs for policy in pack.policies
    } - DIMENSION_OF_FAMILY.keys()
    assert not without, f"add {without} to DIMENSION_OF_FAMILY in the scorecard's rows.py"


@given(
    st.lists(
        st.tuples(
            st.integers(0, 6),
            st.dictionaries(st.sampled_from([*FAMILY]), st.sampled_from(Outcome), min_size=1),
        ),
        max_size=12,
    )
)
def test_every_verdict_is_counted_once_whatever_the_history(
    history: list[tuple[int, dict[str, Outcome]]],
):
    audits = [
        audit(
            at(day, 8) + timedelta(seconds=position),
            published=True,
            **{code.replace("-", "_"): outcome for code, outcome in outcomes.items()},
        )
        for position, (day, outcomes) in enumerate(history)
    ]
    found = card(*audits, today=MONDAY + timedelta(days=6)).values()
    expected = Counter(outcome for _, outcomes in history for outcome in outcomes.values())
    assert sum(one.kept for one in found) == expected[Outcome.PASS]
    assert sum(one.warned for one in found) == expected[Outcome.WARN]
    assert sum(one.waived for one in found) == expected[Outcome.WAIVED]
    assert sum(one.failed for one in found) == expected[Outcome.FAIL] + expected[Outcome.WAIVED]
    assert sum(one.undecided for one in found) == (
        expected[Outcome.ERROR] + expected[Outcome.MISSING]
    )
    for one in found:
        assert one.judged == one.kept + one.warned + one.failed + one.undecided
        assert one.share_kept is None or 0 <= one.share_kept <= 1
