"""What a page shows of a table and of its days."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from markdown_it import MarkdownIt

from shared_policies.orchestration.pictures import by_day, preview

if TYPE_CHECKING:
    from markdown_it.token import Token


HOSTILE = (
    "Promo <b>&</b> friends",
    "DE | Search",
    "DE \\| Search",
    "'; drop table x; --",
    "<script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "![](https://example.com/pixel.png)",
    "<https://example.com/me>",
    '=HYPERLINK("http://x")',
    "+cmd|' /C calc'!A0",
    "{{ 7*7 }}",
    "`a` **b** __c__ ~~d~~",
    "&#60;img&#62;",
)


def rendered(markdown: str) -> list[Token]:
    """What a browser is given, with tables and with HTML let through."""
    return MarkdownIt("gfm-like", {"linkify": False, "html": True}).parse(markdown)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_shown_as_it_is_and_does_nothing(name: str):
    tokens = rendered(preview(pa.table({"name": [name], "n": [1]}), of_rows=1).md_str)
    cells = [one.children or [] for one in tokens if one.type == "inline"]
    kinds = {child.type for cell in cells for child in cell}
    assert kinds <= {"text", "text_special"}
    shown = ["".join(child.content for child in cell) for cell in cells]
    assert shown == ["name", "n", name, "1", "1 of 1 rows."]


def test_a_name_of_two_lines_stays_in_its_row():
    assert (
        "| two lines | 3 |" in preview(pa.table({"a": ["two\nlines"], "n": [3]}), of_rows=1).md_str
    )


def test_a_preview_says_how_much_it_leaves_out():
    shown = preview(pa.table({"n": list(range(20))}), of_rows=1234).md_str
    assert shown.endswith("8 of 1,234 rows.")


def test_an_empty_table_is_said_to_be_empty():
    assert preview(pa.table({"n": pa.array([], pa.int64())}), of_rows=0).md_str == "No rows."


def test_a_chart_draws_the_highest_value_at_the_top_and_escapes_names():
    shown = by_day("Spend", {"a <b>": {"2026-03-01": 0.0, "2026-03-02": 4.0}}).md_str
    assert shown.startswith("**Spend**, 2026-03-01 to 2026-03-02, highest 4.00")
    picture = b64decode(shown.split("base64,")[1].rstrip(")")).decode()
    assert 'points="24.0,136.0 616.0,24.0"' in picture
    assert "a &lt;b&gt;" in picture


def test_nothing_to_draw_is_said():
    assert by_day("Spend", {}).md_str == "Spend: nothing to draw."
