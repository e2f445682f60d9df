"""Levels close to their whole, URLs give up their tags, and lists become a history."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

PROJECT = Path(__file__).parents[2] / "dbt_project"
HIERARCHY = PROJECT / "models/marketing/intermediate/int_marketing__hierarchy.sql"
MEASURES = ("impressions", "clicks", "spend_micros", "conversions_click_through")
DAYS = tuple(date(2026, 11, number) for number in range(1, 7))
COUNT = st.integers(0, 10**12)
FIGURES = st.tuples(COUNT, COUNT, COUNT, st.integers(0, 300).map(lambda thirds: thirds / 3))
TABLE = pa.schema(
    [
        ("campaign_id", pa.string()),
        *((name, pa.int64()) for name in MEASURES[:3]),
        (MEASURES[3], pa.float64()),
    ]
)


class Adapter:
    """Renders what dbt would dispatch to DuckDB."""

    def __init__(self, macros: dict[str, Any]) -> None:
        self._macros = macros

    def dispatch(self, name: str) -> Any:  # noqa: ANN401
        return self._macros[f"duckdb__{name}"]


@cache
def rendered(text: str) -> str:
    environment = Environment(autoescape=False, extensions=["jinja2.ext.do"])  # noqa: S701  SQL
    macros: dict[str, Any] = {"return": lambda value: value, "ref": lambda name: name}
    macros["adapter"] = Adapter(macros)
    for file in ("traffic.sql", "levels.sql"):
        module = environment.from_string((PROJECT / "macros" / file).read_text()).make_module(
            macros
        )
        macros |= {name: one for name, one in vars(module).items() if not name.startswith("_")}
    environment.globals |= macros
    return environment.from_string(text).render()


RESIDUALS = rendered("{{ residuals('parts', 'wholes', keys=['campaign_id'], ids=['part_id']) }}")


def closing(
    wholes: dict[str, tuple[Any, ...]], parts: list[tuple[str, tuple[Any, ...]]]
) -> dict[str, dict[str, Any]]:
    with duckdb.connect() as connection:
        for name, rows in (("wholes", list(wholes.items())), ("parts", parts)):
            table = pa.Table.from_pylist(
                [
                    {"campaign_id": key, **dict(zip(MEASURES, one, strict=True))}
                    for key, one in rows
                ],
                schema=TABLE,
            )
            connection.register(name, table)
        rows = connection.sql(RESIDUALS).to_arrow_table().to_pylist()
    return {row["campaign_id"]: row for row in rows}


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abc"), FIGURES),
    st.lists(st.tuples(st.sampled_from("abcd"), FIGURES), max_size=8),
)
def test_parts_and_residual_are_the_whole_whatever_either_says(
    wholes: dict[str, tuple[Any, ...]], parts: list[tuple[str, tuple[Any, ...]]]
):
    found = closing(wholes, parts)
    sums: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0, 0.0])
    for key, one in parts:
        sums[key] = [left + right for left, right in zip(sums[key], one, strict=True)]
    for key in {*wholes, *sums}:
        rest = [found[key][name] if key in found else 0 for name in MEASURES]
        closed = [left + right for left, right in zip(sums[key], rest, strict=True)]
        whole = wholes.get(key, (0, 0, 0, 0.0))
        assert closed[:3] == list(whole[:3])
        assert closed[3] == pytest.approx(whole[3], abs=1e-6)
    assert all(row["part_id"] == "(residual)" for row in found.values())


def test_where_nothing_is_left_out_there_is_no_residual():
    thirds = [("a", (10, 1, 300, 1 / 3))] * 3
    assert closing({"a": (30, 3, 900, 1.0)}, thirds) == {}


def of_text(macro: str, text: str) -> Any:  # noqa: ANN401
    """What the macro's SQL makes of a column that is called `given`."""
    with duckdb.connect() as connection:
        sql = f"select {rendered(macro)} from (select ? as given)"
        row = connection.execute(sql, [text]).fetchone()
    assert row is not None
    return row[0]


TAGS = st.dictionaries(
    st.sampled_from(["utm_source", "utm_medium", "utm_campaign", "gclid"]),
    st.text(st.characters(codec="utf-8", exclude_characters="{}\x00", exclude_categories=("Cs",))),
)


@settings(max_examples=40, deadline=None)
@given(TAGS)
def test_a_page_s_tags_are_those_that_any_browser_would_read(tags: dict[str, str]):
    url = f"https://shop.example/?{urlencode(tags)}#top"
    read = dict(parse_qsl(urlsplit(url).query))
    found = of_text("{{ utm_value('given', 'utm_campaign') }}", url)
    assert found == (read.get("utm_campaign") or None)


@pytest.mark.parametrize(
    "template", ["{campaignid}", "{{campaign.name}}", "%7B_season%7D", "a-{b}"]
)
def test_a_template_is_no_value(template: str):
    url = f"https://shop.example/?utm_campaign={template}&utm_source=google"
    assert of_text("{{ utm_value('given', 'utm_campaign') }}", url) is None
    assert of_text("{{ utm_value('given', 'utm_source') }}", url) == "google"


@pytest.mark.parametrize(
    ("story", "link"),
    [
        ('{"link_data": {"link": "https://a.example/x"}}', "https://a.example/x"),
        ('{"template_data": {"link": "https://a.example/t"}}', "https://a.example/t"),
        (
            '{"video_data": {"call_to_action": {"value": {"link": "https://a.example/v"}}}}',
            "https://a.example/v",
        ),
        ('{"page_id": "1"}', None),
        ("null", None),
    ],
)
def test_a_creative_s_page_is_found_where_its_kind_keeps_it(story: str, link: str | None):
    assert of_text("{{ creative_link('given') }}", story) == link


@pytest.mark.parametrize(
    ("typed", "personal"),
    [
        ("running shoes", False),
        ("shoes size 42", False),
        ("iphone 15 pro 2026", False),
        ("jo@mail.example orders", True),
        ("who called 030 1234 567", True),
        ("jo (at) mail example", True),
    ],
)
def test_what_may_name_a_person_is_no_search_term(typed: str, personal: bool):  # noqa: FBT001
    assert of_text("{{ may_name_a_person('given') }}", typed) is personal


def history(lists: dict[date, dict[str, tuple[str, str]]]) -> list[tuple[Any, ...]]:
    """Ads of Meta by day, as (name, ad set); empty lists of everything else."""
    platform = {"platform": "facebook_ads", "account_id": "1"}
    slices = [{**platform, "stream": "ad", "account_day": day} for day in lists]
    ads = [
        {
            "account_id": "1",
            "account_day": day,
            "ad_id": ad_id,
            "ad_name": name,
            "ad_set_id": parent,
            "status": "ACTIVE",
        }
        for day, one in lists.items()
        for ad_id, (name, parent) in one.items()
    ]
    names = {
        "stg_google_ads__campaign": "campaign_id, campaign_name, status",
        "stg_google_ads__ad_group": "campaign_id, ad_group_id, ad_group_name, status",
        "stg_google_ads__asset_group": "campaign_id, asset_group_id, asset_group_name, status",
        "stg_google_ads__ad": "ad_group_id, ad_id, ad_name, status",
        "stg_facebook_ads__campaign": "campaign_id, campaign_name, status",
        "stg_facebook_ads__ad_set": "campaign_id, ad_set_id, ad_set_name, status",
    }
    with duckdb.connect() as connection:
        for table, columns in names.items():
            typed = ", ".join(f"{name} varchar" for name in columns.split(", "))
            connection.execute(
                f"create table {table} (account_id varchar, account_day date, {typed})"
            )
        connection.register("int_marketing__slices", pa.Table.from_pylist(slices))
        connection.register("stg_facebook_ads__ad", pa.Table.from_pylist(ads))
        found = connection.sql(rendered(HIERARCHY.read_text()))
        return (
            found.project(
                "entity_id, entity_name, parent_id, valid_from, valid_to, is_latest, listed_days"
            )
            .order("entity_id, valid_from")
            .fetchall()
        )


def test_a_rename_a_move_and_a_deletion_end_what_was_and_not_what_had_been():
    first, second, third, fourth, fifth, sixth = DAYS
    assert history(
        {
            first: {"a": ("Spring", "s1"), "b": ("Video", "s1")},
            second: {"a": ("Spring", "s1"), "b": ("Video", "s1")},
            third: {"a": ("Summer", "s1"), "b": ("Video", "s1")},
            fourth: {"a": ("Summer", "s2")},
            # nobody asked on the fifth
            sixth: {"a": ("Summer", "s2"), "b": ("Video", "s1")},
        }
    ) == [
        ("a", "Spring", "s1", first, third, False, 2),
        ("a", "Summer", "s1", third, fourth, False, 1),
        ("a", "Summer", "s2", fourth, None, True, 2),
        ("b", "Video", "s1", first, fourth, False, 3),
        ("b", "Video", "s1", sixth, None, True, 1),
    ]
    assert fifth not in {day for row in history({first: {"a": ("x", "s")}}) for day in row}


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(DAYS),
        st.dictionaries(
            st.sampled_from("ab"), st.tuples(st.sampled_from("XY"), st.sampled_from(["s1", "s2"]))
        ),
        min_size=1,
    ).filter(lambda lists: any(lists.values()))
)
def test_on_every_listed_day_the_history_says_what_was_listed_and_nothing_else(
    lists: dict[date, dict[str, tuple[str, str]]],
):
    rows = history(lists)
    for day, listed in lists.items():
        said = {
            row[0]: (row[1], row[2])
            for row in rows
            if row[3] <= day and (row[4] is None or day < row[4])
        }
        assert said == listed
    assert sum(row[6] for row in rows) == sum(map(len, lists.values()))
