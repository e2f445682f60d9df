"""A campaign's name says what the convention reads in it, and what is not understood is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.dbt_project.test_finance_models import rendered

MODEL = rendered("int_marketing__campaign_taxonomy")
CONTROL = rendered("control_campaign_taxonomy")
SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds" / "marketing"
FIELDS = ("market", "channel", "objective", "funnel_stage")
# What the convention that comes with the project says of its codes.
MARKETS = {"DE": "DE", "UK": "GB", "US": "US"}
CHANNELS = {"Search": "search", "Performance Max": "performance_max", "Social": "social"}
OBJECTIVES = {"Purchase": ("purchase", "conversion"), "Lead": ("lead", "consideration")}
UNKNOWN = st.sampled_from(("", "XX", "Searching", "DE-Search", "Leads", "<b>&</b>", "Purchase."))


@st.composite
def parts(draw: st.DrawFn, codes: dict[str, Any], *, goes_on: bool) -> tuple[str, Any]:
    """What stands between separators, and what it means; nothing where it is no code."""
    if draw(st.booleans()):
        return draw(UNKNOWN), None
    code = draw(st.sampled_from(sorted(codes)))
    written = draw(st.sampled_from((code, code.lower(), code.upper(), f" {code} ")))
    rest = draw(st.sampled_from(("", " 2", " [2026-11-10]"))) if goes_on else ""
    return written.rstrip() + rest if goes_on else written, codes[code]


def read(query: str, name: str | None) -> dict[str, Any] | None:
    with duckdb.connect() as connection:
        connection.execute(
            f"create table campaign_naming as from read_csv('{SEEDS}/campaign_naming.csv',"
            " types = {'part': 'integer'})"
        )
        connection.execute(
            "create table int_marketing__campaign_names as select 'p' as platform,"
            " '1' as account_id, 'c' as campaign_id, cast($name as varchar) as campaign_name,"
            " 'SEARCH' as channel_type, true as is_running",
            {"name": name},
        )
        connection.execute("create view control_campaigns as from int_marketing__campaign_names")
        rows = connection.sql(query).to_arrow_table().to_pylist()
    return dict(rows[0]) if rows else None


@settings(max_examples=60, deadline=None)
@given(
    parts(MARKETS, goes_on=False), parts(CHANNELS, goes_on=False), parts(OBJECTIVES, goes_on=True)
)
def test_each_field_is_read_from_its_part_on_both_paths(
    market: tuple[str, Any], channel: tuple[str, Any], objective: tuple[str, Any]
):
    name = "|".join(written for written, _ in (market, channel, objective))
    aim, stage = objective[1] or (None, None)
    expected = dict(zip(FIELDS, (market[1], channel[1], aim, stage), strict=True))
    found, control = read(MODEL, name), read(CONTROL, name)
    assert found is not None
    assert control is not None
    assert {field: found[field] for field in FIELDS} == expected
    assert {field: control[field] for field in FIELDS} == expected
    is_conform = None not in expected.values()
    assert control["is_conform"] == is_conform
    assert (found["naming_problem"] is None) == is_conform


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("DE | Search | Lead 1", None),
        ("DE | Searching | Lead 1", 'channel "Searching" is none of Display, '),
        ("DE | Search", "no funnel stage; no objective"),
        ("XX | Search | Lead", 'market "XX" is none of DE, ES, FR, JP, UK, US'),
    ],
)
def test_the_owner_is_told_what_was_not_understood(name: str, problem: str | None):
    found = read(MODEL, name)
    assert found is not None
    assert found["naming_problem"] is problem or found["naming_problem"].startswith(problem)


def test_a_campaign_without_a_name_keeps_its_row_and_is_blamed_for_nothing():
    found = read(MODEL, None)
    assert found is not None
    assert [found[name] for name in (*FIELDS, "naming_problem")] == [None] * 5
