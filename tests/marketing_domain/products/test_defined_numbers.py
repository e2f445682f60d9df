"""Every number of sales and surveys leads to its definition, in the unit of that definition."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import marketing_domain.products
from marketing_domain.metrics.loading import every_definition
from marketing_domain.products.brand_tracking.candidates import METRICS, UNITS
from marketing_domain.products.channel_shares.candidates import AMOUNTS, COUNTED, SHARES
from marketing_domain.products.metric_definitions.candidates import definition_rows
from shared_policies.governance.contracts.loading import load_contract

if TYPE_CHECKING:
    from shared_policies.governance.contracts.model import Column, Contract

NAMES = ("pipeline", "brand_tracking", "channel_shares")
# What describes a row and is no figure: the least sample, the ends of a scale, days that are known.
NO_FIGURES = {"smallest_n", "scale_low", "scale_high", "anchor_correlation", "days_known"}
UNIT_OF = {"whole micros of reporting_currency": "micros", "share from 0 to 1": "share"}
DEFINITIONS = {one.metric_id: one for one in every_definition()}


def contract(name: str) -> Contract:
    folder = Path(str(marketing_domain.products.__file__)).parent / name
    return load_contract(folder / "contract.odcs.yaml")


def figures(name: str) -> list[Column]:
    numbers = [one for one in contract(name).columns if one.logical_type in {"integer", "number"}]
    return [one for one in numbers if one.name not in NO_FIGURES]


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_says_where_its_meaning_is_written_down(name: str):
    assert figures(name)
    undefined = [one.name for one in figures(name) if one.defined_by is None]
    assert not undefined, f"add {{property: definedBy}} to {undefined} in the contract of {name}"


@pytest.mark.parametrize("name", NAMES)
def test_a_metric_that_a_contract_names_is_in_the_dictionary_in_the_same_unit(name: str):
    for one in figures(name):
        if "." in str(one.defined_by):
            found = DEFINITIONS[str(one.defined_by)]
            assert found.unit == UNIT_OF.get(one.unit, "count"), one.name
            assert bool(found.additive_over) == one.is_summed or name != "pipeline", one.name


@pytest.mark.parametrize("name", ["brand_tracking", "channel_shares"])
def test_an_id_that_stands_beside_a_figure_can_be_looked_up(name: str):
    listed = {row["definition_id"] for row in definition_rows([])}
    rules = " ".join(str(one.parameters.get("holds", "")) for one in contract(name).rules)
    named = set(re.findall(r"'(\w+\.\w+@[\d-]+)'", rules))
    assert named
    assert named <= listed


def test_a_measure_of_a_survey_is_defined_in_what_it_counts_in():
    words = {"points": "points from -100 to 100", "share": "share"}
    words["scale_steps"] = "steps of the scale, best on top"
    assert METRICS.keys() == UNITS.keys()
    for measure, metric_id in METRICS.items():
        assert words[DEFINITIONS[metric_id].unit] == UNITS[measure]


def test_witnesses_count_people_or_purchases_and_every_share_is_one():
    events = {"people": "channel_named", "purchases": "purchase"}
    for witness, metric_id in AMOUNTS.items():
        assert DEFINITIONS[metric_id].event == events[COUNTED[witness]]
        assert DEFINITIONS[metric_id].unit == "count"
        assert DEFINITIONS[SHARES[witness]].unit == "share"
    assert len({*AMOUNTS.values(), *SHARES.values()}) == 6
