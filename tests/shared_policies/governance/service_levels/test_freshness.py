"""The contract's latency as Dagster's freshness policy."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared_policies.governance.service_levels.freshness import freshness_policy
from tests.shared_policies.governance.service_levels.promises import contract


@pytest.mark.parametrize(
    ("latency", "cron", "window"),
    [
        ("PT9H", "0 9 * * *", timedelta(hours=9)),
        ("PT7H30M", "30 7 * * *", timedelta(hours=7, minutes=30)),
        ("P1DT9H", "0 9 * * *", timedelta(hours=9)),
        ("P1D", "0 0 * * *", timedelta(days=1)),
    ],
)
def test_the_deadline_is_the_hour_on_the_companys_clock(latency: str, cron: str, window: timedelta):
    policy = freshness_policy(contract(latency=latency, freshness="PT26H"))
    assert policy.deadline_cron == cron
    assert policy.lower_bound_delta == window
    assert policy.timezone == "Europe/Berlin"


def test_without_a_latency_the_age_of_the_version_counts():
    policy = freshness_policy(contract(freshness="PT26H"))
    assert policy.fail_window.to_timedelta() == timedelta(hours=26)


def test_without_either_there_is_nothing_to_watch():
    with pytest.raises(ValueError, match="marketing/spend promises neither"):
        freshness_policy(contract())
