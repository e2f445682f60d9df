"""One conversion that Meta reports under several names is counted once.

Bodies are of the form that Meta answers (decimal strings, a key per window, absent where zero)
and are read by the connector's own decoder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from marketing_domain.connectors.facebook_ads import Column, decode

MACROS = Path(__file__).parents[2] / "dbt_project" / "macros"
WINDOWS = ("click_1d", "click_7d", "click_28d", "view_1d", "engaged_view_1d")
# As Meta overlaps them: every touchpoint, then one of them as a whole, then one of its parts.
BY_PRECEDENCE = {
    "purchase": ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"),
    "lead": ("lead", "onsite_conversion.lead_grouped", "offsite_conversion.fb_pixel_lead"),
}
COLUMNS = [
    Column("actions", "actions", "actions"),
    Column("action_values", "action_values", "actions"),
]
SHOP = {
    "date_start": "2026-07-01",
    "actions": [
        {"action_type": "link_click", "value": "45", "7d_click": "45"},
        {"action_type": "purchase", "value": "4", "1d_click": "2", "7d_click": "3", "1d_view": "1"},
        {
            "action_type": "offsite_conversion.fb_pixel_purchase",
            "value": "4",
            "1d_click": "2",
            "7d_click": "3",
            "1d_view": "1",
        },
        {
            "action_type": "omni_purchase",
            "value": "6",
            "1d_click": "2",
            "7d_click": "4",
            "1d_view": "2",
        },
        {"action_type": "offsite_conversion.fb_pixel_lead", "value": "2", "7d_click": "2"},
        {"action_type": "onsite_conversion.lead_grouped", "value": "5", "7d_click": "5"},
    ],
    "action_values": [
        {"action_type": "purchase", "value": "120.00", "7d_click": "90.10"},
        {"action_type": "omni_purchase", "value": "180.55", "7d_click": "121.35"},
    ],
}


def sql() -> str:
    """The query that dbt would render over a table `reported`."""
    text = "".join((MACROS / name).read_text() for name in ("money.sql", "facebook.sql"))
    # Only dbt's own Jinja lets a macro return a list or a mapping.
    text = text.replace("in facebook_windows()", "in windows")
    text = text.replace("in facebook_events()", "in events")
    environment = Environment(autoescape=False)  # noqa: S701  SQL, not HTML
    environment.globals |= {"windows": WINDOWS, "events": BY_PRECEDENCE}
    module: Any = environment.from_string(text).module
    return str(module.resolved_actions("reported", ["account_day"]))


QUERY = sql()


def resolved(*bodies: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """By event."""
    reported = decode(bodies, COLUMNS, [body["date_start"] for body in bodies])
    with duckdb.connect() as connection:
        connection.register("reported", reported)
        rows = connection.sql(QUERY).to_arrow_table().to_pylist()
    return {row["event"]: row for row in rows}


def test_the_widest_name_counts_and_the_others_are_left_out():
    purchases = resolved(SHOP)["purchase"]
    assert purchases["conversions_click_1d"] == 2
    assert purchases["conversions_click_7d"] == 4
    assert purchases["conversions_view_1d"] == 2
    assert purchases["value_click_7d_micros"] == 121_350_000


def test_forms_and_pixel_are_the_same_leads():
    assert resolved(SHOP)["lead"]["conversions_click_7d"] == 5


def test_a_window_that_meta_leaves_out_is_zero():
    assert resolved(SHOP)["purchase"]["conversions_engaged_view_1d"] == 0


def test_a_day_without_conversions_has_no_row():
    assert resolved({"date_start": "2026-07-01", "actions": SHOP["actions"][:1]}) == {}


@pytest.mark.parametrize("event", BY_PRECEDENCE)
@settings(deadline=None)
@given(data=st.data())
def test_of_any_names_in_any_order_the_first_by_precedence_counts(event: str, data: Any):  # noqa: ANN401
    names = data.draw(
        st.lists(st.sampled_from(BY_PRECEDENCE[event]), unique=True, min_size=1), label="names"
    )
    counts = {name: data.draw(st.integers(1, 99), label=name) for name in names}
    actions = [
        {"action_type": name, "value": str(count), "7d_click": str(count)}
        for name, count in counts.items()
    ]
    chosen = next(name for name in BY_PRECEDENCE[event] if name in counts)
    found = resolved({"date_start": "2026-07-01", "actions": actions})
    assert found[event]["conversions_click_7d"] == counts[chosen]
