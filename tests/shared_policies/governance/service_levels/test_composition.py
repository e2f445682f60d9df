"""A promise that what stands upstream does not allow is found before anybody relies on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.service_levels.composition import impossible
from tests.shared_policies.governance.service_levels.promises import contract

if TYPE_CHECKING:
    from shared_policies.governance.contracts.model import Contract

RATES = contract("finance/fx_rates", latency="PT8H", availability="0.99", target=0.95)


def reader(
    target: float | None = 0.95,
    upstream: tuple[str, ...] = ("finance/fx_rates@1",),
    **levels: str,
) -> Contract:
    return contract("marketing/spend", upstream=upstream, target=target, **levels)


def test_an_hour_after_its_upstream_is_possible():
    assert impossible(reader(latency="PT9H", availability="0.99"), [RATES]) == []


def test_the_same_hour_as_its_upstream_is_not():
    (found,) = impossible(reader(latency="PT8H"), [RATES])
    assert "marketing/spend promises latency PT8H" in found
    assert "finance/fx_rates on which it is built promises PT8H" in found


def test_durations_are_compared_by_length_not_by_text():
    assert impossible(reader(latency="PT540M"), [RATES]) == []
    assert impossible(reader(latency="PT470M"), [RATES])


def test_shares_of_several_upstreams_multiply():
    other = contract("finance/budgets", latency="PT1H", availability="0.97", target=None)
    both = ("finance/fx_rates@1", "finance/budgets@1")
    (found,) = impossible(reader(upstream=both, availability="0.97"), [RATES, other])
    assert "promises availability 0.97" in found
    assert "allow 0.9603" in found  # 0.99 * 0.97
    assert impossible(reader(upstream=both, availability="0.9603"), [RATES, other]) == []


def test_so_do_the_targets():
    other = contract("finance/budgets", latency="PT1H", target=0.95)
    both = ("finance/fx_rates@1", "finance/budgets@1")
    (found,) = impossible(reader(upstream=both, latency="PT9H"), [RATES, other])
    assert "0.95 of days" in found
    assert "allow 0.9025" in found
    assert impossible(reader(upstream=both, latency="PT9H", target=0.9), [RATES, other]) == []


def test_nothing_can_be_promised_on_top_of_no_promise():
    silent = contract("finance/fx_rates")
    (found,) = impossible(reader(latency="P7D"), [silent])
    assert "finance/fx_rates on which it is built promises no latency" in found


def test_fresher_than_what_it_is_made_of_is_impossible():
    daily = contract("finance/fx_rates", freshness="PT26H")
    assert impossible(reader(freshness="PT6H"), [daily])
    assert impossible(reader(freshness="PT26H"), [daily]) == []


def test_an_upstream_that_nobody_promises_is_named():
    (found,) = impossible(reader(latency="PT9H", upstream=("finance/fx_rates@2",)), [RATES])
    assert "finance/fx_rates@2" in found


def test_contracts_that_are_not_upstream_do_not_matter():
    late = contract("finance/other", latency="P3D", availability="0.1")
    assert impossible(reader(latency="PT9H"), [RATES, late]) == []
