"""An account that cannot be read stops no other, and the next run fills what it left open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.scenarios.conftest import A_WEEK_LATER, BERLIN_ACCOUNT, NOW

if TYPE_CHECKING:
    from tests.scenarios.conftest import HalfRun, Knowledge


def test_the_run_fails_and_says_which_account_which_days_and_what_to_do(half_run: HalfRun):
    assert half_run.told, "a run that could not do everything is not green"
    for told in half_run.told:
        assert f"account {BERLIN_ACCOUNT}" in told
        assert "2026-10-20 to 2026-11-04" in told
        assert "then run again" in told or "materialise" in told


def test_all_other_accounts_are_landed_meanwhile_and_nothing_is_lost_of_the_one(
    half_run: HalfRun,
):
    others = {account for account in half_run.latest if account != BERLIN_ACCOUNT}
    assert others
    for account in others:
        days = half_run.latest[account]
        assert all(one.pulled_at.date() == A_WEEK_LATER.date() for one in days.values())
    kept = half_run.latest[BERLIN_ACCOUNT]
    assert all(one.pulled_at.date() <= NOW.date() for one in kept.values())
    assert any(one.row_count for one in kept.values())


def test_the_next_run_fills_what_was_missing_and_changes_nothing_else(
    half_run: HalfRun, later: Knowledge
):
    """Asked days only: one account's running day was landed by hand before."""
    store = later.mesh.landing_store
    for account, before in half_run.latest.items():
        after = store.latest("google_ads", "campaign_hour", account)
        asked = [day for day, one in after.items() if one.pulled_at.date() == A_WEEK_LATER.date()]
        assert len(asked) == 16
        if account == BERLIN_ACCOUNT:
            assert any(after[day].outcome == "restated" for day in asked)
            continue
        assert {after[day].outcome for day in asked} == {"unchanged"}
        assert all(after[day].content_hash == before[day].content_hash for day in asked)
