"""What a page shows of a table and of its days."""

from __future__ import annotations

from base64 import b64decode

import pyarrow as pa

from shared_policies.orchestration.pictures import by_day, preview


def test_no_name_breaks_out_of_its_cell():
    table = pa.table(
        {"name": ["Promo <b>&</b> friends", "DE | Search", "two\nlines"], "n": [1, 2, 3]}
    )
    shown = preview(table, of_rows=3).md_str
    assert "<b>" not in shown
    assert "Promo &lt;b&gt;&amp;&lt;/b&gt; friends" in shown
    assert "| DE \\| Search | 2 |" in shown
    assert "| two lines | 3 |" in shown


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
