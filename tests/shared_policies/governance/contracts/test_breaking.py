"""What a consumer is told by a version number, for every kind of change."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from shared_policies.governance.contracts.breaking import Level, compared, consumers
from shared_policies.governance.contracts.loading import contract_of
from tests.shared_policies.governance.promised import (
    NOTE,
    ORDER_DAY,
    SHOP,
    STATE,
    VALUE,
    column,
    columns,
    contract,
    document,
    granting,
    level,
    stock,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared_policies.governance.contracts.breaking import Comparison
    from shared_policies.governance.contracts.model import Contract


READERS = granting("everyone", stock="confidential")


def after(change: Callable[[dict[str, Any]], object], version: str = "1.2.3") -> Comparison:
    """The whole contract against one that `change` altered."""
    text = {**document(), "roles": copy.deepcopy(READERS), "version": version}
    change(text)
    return compared(contract(roles=READERS), contract_of(text))


def custom(text: dict[str, Any], position: int, name: str, value: object) -> None:
    properties = columns(text)[position]["customProperties"]
    next(one for one in properties if one["property"] == name)["value"] = value


def move_column(text: dict[str, Any]) -> None:
    columns(text).insert(0, columns(text).pop(NOTE))


BREAKING: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "column removed": (lambda text: columns(text).pop(NOTE), "column note: is gone"),
    "column renamed": (
        lambda text: columns(text)[NOTE].update(name="remark"),
        "is gone (renamed to remark?)",
    ),
    "column retyped": (
        lambda text: columns(text)[VALUE].update(physicalType="double"),
        "data_type was bigint, is double",
    ),
    "columns reordered": (move_column, "another order"),
    "required becomes optional": (
        lambda text: columns(text)[STATE].update(required=False),
        "required was True, is False",
    ),
    "key grows": (
        lambda text: columns(text)[STATE].update(primaryKey=True, primaryKeyPosition=3),
        "key: was (order_day, shop_id), is (order_day, shop_id, state)",
    ),
    "unit": (
        lambda text: custom(text, VALUE, "unit", "whole cents of currency"),
        "unit was whole micros of currency, is whole cents of currency",
    ),
    "time zone": (
        lambda text: custom(text, ORDER_DAY, "timeZone", "UTC"),
        "time_zone_from was reporting, is UTC",
    ),
    "additivity": (
        lambda text: custom(text, VALUE, "additive", "attribute"),
        "additive was over_all_rows, is attribute",
    ),
    "values added": (
        lambda text: columns(text)[STATE]["enum"].append({"value": "lost"}),
        "allowed was (open, paid), is (open, paid, lost)",
    ),
    "any value": (lambda text: columns(text)[STATE].pop("enum"), "is not said"),
    "range widened": (
        lambda text: columns(text)[VALUE]["logicalTypeOptions"].update(minimum=-5),
        "minimum was 0, is -5",
    ),
    "no upper bound": (
        lambda text: columns(text)[VALUE]["logicalTypeOptions"].pop("maximum"),
        "maximum was 1000, is not said",
    ),
    "classification": (
        lambda text: columns(text)[SHOP].update(classification="confidential"),
        "classification was internal, is confidential",
    ),
    "later": (
        lambda text: text["slaProperties"][0].update(value="PT10H"),
        "latency was 9:00:00, is 10:00:00",
    ),
    "older": (lambda text: text["slaProperties"][1].update(value="P2D"), "freshness was"),
    "on fewer days": (
        lambda text: text["slaProperties"].__setitem__(1, level("freshness", "PT26H", 0.9)),
        "freshness target was 0.95, is 0.9",
    ),
    "kept shorter": (lambda text: text["slaProperties"][4].update(value="P90D"), "retention was"),
    "reader withdrawn": (
        lambda text: text["roles"][0].update(role="finance"),
        "role everyone: may no longer read",
    ),
    "sees less": (
        lambda text: text.update(roles=granting("everyone", "stock")),
        "role stock: saw what is confidential, and sees only what is internal",
    ),
    "retired": (lambda text: text.update(status="retired"), "status: was active, is retired"),
    "unit in the description only": (
        lambda text: columns(text)[VALUE].update(description="The value in cents."),
        "speaks of another unit (cents) while its unit stays 'whole micros of currency'",
    ),
}


@pytest.mark.parametrize(("change", "said"), BREAKING.values(), ids=BREAKING.keys())
def test_what_breaks_consumers_needs_a_major_version(
    change: Callable[[dict[str, Any]], object], said: str
):
    minor = after(change, "1.3.0")
    assert minor.needed is Level.MAJOR
    assert not minor.is_honest
    assert minor.due_version == "2.0.0"
    assert any(said in str(one) for one in minor.breaking), [str(one) for one in minor.breaking]
    assert after(change, "2.0.0").is_honest


ADDED = column("region", "varchar", "string", "name")
WELCOME: dict[str, Callable[[dict[str, Any]], object]] = {
    "column added": lambda text: columns(text).append(dict(ADDED)),
    "values fewer": lambda text: columns(text)[STATE]["enum"].pop(),
    "range narrower": lambda text: columns(text)[VALUE]["logicalTypeOptions"].update(maximum=10),
    "optional becomes required": lambda text: columns(text)[NOTE].update(required=True),
    "earlier": lambda text: text["slaProperties"][0].update(value="PT8H"),
    "reader added": lambda text: text["roles"].append(
        {"role": "finance", "access": "read", "description": "Too."}
    ),
    "sees more": lambda text: text.update(roles=granting("everyone", stock="restricted")),
    "end announced": lambda text: text["slaProperties"].append(
        level("endOfSupport", "2027-01-01", None)
    ),
}


@pytest.mark.parametrize("change", WELCOME.values(), ids=WELCOME.keys())
def test_what_is_promised_more_needs_a_minor_version(change: Callable[[dict[str, Any]], object]):
    assert after(change, "1.3.0").needed is Level.MINOR
    assert after(change, "1.3.0").is_honest
    assert not after(change, "1.2.4").is_honest


def test_other_words_need_a_patch():
    def reword(text: dict[str, Any]) -> None:
        columns(text)[NOTE]["description"] = "What the shop wrote."
        columns(text)[SHOP]["description"] = "Which shop it was."

    assert after(reword, "1.2.4").needed is Level.PATCH
    assert after(reword, "1.2.4").is_honest
    assert not after(reword).is_honest


def test_a_rule_more_is_a_patch_and_a_rule_less_is_not():
    rule = {"metric": "nullValues", "mustBe": 0, "description": "Always a note."}

    def ruled(text: dict[str, Any]) -> None:
        columns(text)[NOTE]["quality"] = [rule]

    text = document()
    ruled(text)
    assert after(ruled).needed is Level.PATCH
    assert compared(contract_of(text), contract()).needed is Level.MINOR


def test_a_description_may_repeat_its_own_unit():
    found = after(lambda text: columns(text)[VALUE].update(description="Value in whole micros."))
    assert found.needed is Level.PATCH


def test_nothing_changed_needs_no_version():
    assert compared(contract(), contract()).needed is Level.NONE
    assert compared(contract(), contract()).is_honest


def test_an_end_that_comes_earlier_breaks_who_planned_with_it():
    def ending(day: str) -> Contract:
        text = document()
        text["slaProperties"].append(level("endOfSupport", day, None))
        return contract_of(text)

    earlier = compared(ending("2027-06-30"), ending("2027-03-31"))
    assert earlier.needed is Level.MAJOR
    assert compared(ending("2027-03-31"), ending("2027-06-30")).needed is Level.MINOR


@pytest.mark.parametrize("breaking", sorted(BREAKING))
def test_a_new_column_beside_it_hides_nothing(breaking: str):
    def change(text: dict[str, Any]) -> None:
        columns(text).append(dict(ADDED))
        BREAKING[breaking][0](text)

    assert after(change, "1.3.0").needed is Level.MAJOR


def test_consumers_are_those_whose_contracts_read_this_major_version():
    reader = stock(customProperties=[{"property": "upstream", "value": ["sales/orders@1"]}])
    other = stock(
        id="stock.other",
        dataProduct="other",
        schema=[{**document()["schema"][0], "name": "other"}],
        customProperties=[{"property": "upstream", "value": ["sales/orders@2"]}],
    )
    assert [one.port for one in consumers(contract(), [contract(), reader, other])] == [
        "stock/levels"
    ]


def test_a_definition_that_is_named_is_new_and_another_one_breaks():
    def defined_by(metric_id: str) -> Contract:
        text = document()
        columns(text)[VALUE]["customProperties"] += [{"property": "definedBy", "value": metric_id}]
        return contract_of(text)

    named = compared(contract(), defined_by("shop.value"))
    assert named.needed is Level.MINOR
    changed = compared(defined_by("shop.value"), defined_by("shop.value_with_tax"))
    assert changed.needed is Level.MAJOR
    assert "defined_by was shop.value, is shop.value_with_tax" in str(changed.changes[0])
