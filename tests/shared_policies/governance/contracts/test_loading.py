"""What is a contract: everything wrong with one is said at once, and a whole one survives YAML."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_policies.governance.contracts.loading import (
    ContractBroken,
    contract_of,
    contract_yaml,
    find_contracts,
    load_contract,
    parse_contract,
)
from shared_policies.governance.contracts.model import duration_of
from tests.shared_policies.governance.promised import (
    CURRENCY,
    NOTE,
    SHOP,
    VALUE,
    columns,
    document,
    level,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[4]
CONTRACTS = find_contracts(ROOT)


def test_contracts_of_every_domain_are_found():
    domains = {path.relative_to(ROOT).parts[0] for path in CONTRACTS}
    assert {"marketing_domain", "finance_domain", "shared_policies"} <= domains


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.parent.name)
def test_every_contract_of_the_mesh_promises_what_a_consumer_plans_with(path: Path):
    contract = load_contract(path)
    assert contract.key
    assert contract.support
    assert contract.roles
    assert contract.service_levels["latency"].duration <= timedelta(days=1)
    for name in ("latency", "freshness", "completeness", "availability"):
        assert contract.service_levels[name].target
    for column in contract.columns:
        assert column.currency_from or " of " not in column.unit or "currency" not in column.unit


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.parent.name)
def test_every_contract_of_the_mesh_survives_being_written_and_read(path: Path):
    contract = load_contract(path)
    assert parse_contract(contract_yaml(contract)) == contract


TEXTS = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1
).filter(str.strip)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Whole contracts with any words, bounds, values, roles and levels."""
    text = document()
    text["version"] = ".".join(str(draw(st.integers(0, 99))) for _ in range(3))
    text["description"] = {name: draw(TEXTS) for name in ("purpose", "usage", "limitations")}
    text["roles"] = [
        {"role": role, "access": "read", "description": draw(TEXTS)}
        for role in draw(st.sets(st.sampled_from(["everyone", "stock", "finance"]), min_size=1))
    ]
    hours = draw(st.integers(1, 23))
    text["slaProperties"][0] = level("latency", f"PT{hours}H", draw(st.floats(0.01, 0.99)))
    low = draw(st.integers(-(10**12), 10**12))
    columns(text)[VALUE]["logicalTypeOptions"] = {"minimum": low, "maximum": low + 1}
    columns(text)[NOTE]["description"] = draw(TEXTS)
    values = draw(st.lists(TEXTS, min_size=1, max_size=4, unique=True))
    columns(text)[NOTE]["enum"] = [{"value": value} for value in values]
    columns(text)[NOTE]["quality"] = [
        {
            "type": "custom",
            "engine": "mesh",
            "description": draw(TEXTS),
            "implementation": {"policy": "XCL-01", "parameters": {"holds": draw(TEXTS)}},
        }
    ]
    return text


@settings(deadline=None, max_examples=25)
@given(documents())
def test_any_contract_survives_being_written_and_read(text: dict[str, Any]):
    contract = contract_of(text)
    again = parse_contract(contract_yaml(contract))
    assert again == contract
    assert again.digest == contract.digest


def spoilt(change: Callable[[dict[str, Any]], object]) -> str:
    text = document()
    change(text)
    with pytest.raises(ContractBroken) as refused:
        contract_of(text)
    return str(refused.value)


def parted(text: dict[str, Any], *, by: list[str]) -> None:
    """The shop becomes a breakdown whose values each show the whole, summed by `by`."""
    columns(text)[SHOP]["name"] = "breakdown"
    columns(text)[VALUE]["customProperties"][1]["value"] = "over_one_breakdown"
    rule = {"relation": "controls.x", "by": by, "measures": ["value_micros"]}
    columns(text)[VALUE]["quality"] = [
        {
            "type": "custom",
            "engine": "mesh",
            "description": "Adds up.",
            "implementation": {"policy": "TOT-01", "parameters": rule},
        }
    ]


WRONG: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "unknown at the top": (lambda text: text.update(tema={}), "tema"),
    "unknown in a column": (lambda text: columns(text)[SHOP].update(requird=True), "requird"),
    "unknown in a level": (lambda text: text["slaProperties"][0].update(elment="x"), "elment"),
    "unknown in a role": (lambda text: text["roles"][0].update(acess="read"), "acess"),
    "unknown column property": (
        lambda text: columns(text)[SHOP]["customProperties"].append(
            {"property": "personaldata", "value": "no"}
        ),
        "'personaldata' is not one of",
    ),
    "unknown level": (
        lambda text: text["slaProperties"].append(level("latancy", "PT1H")),
        "latancy",
    ),
    "no owner": (lambda text: text.pop("team"), "team"),
    "no support": (lambda text: text.update(support=[]), "channel where consumers ask"),
    "no readers": (lambda text: text.pop("roles"), "who may read"),
    "no freshness": (lambda text: text["slaProperties"].pop(1), "freshness is missing"),
    "no target": (lambda text: text["slaProperties"][0].pop("customProperties"), "sloTarget"),
    "a target of 1": (
        lambda text: text["slaProperties"].__setitem__(1, level("freshness", "PT2H", 1.0)),
        "below 1",
    ),
    "minutes or months": (
        lambda text: text["slaProperties"][1].update(value="30", unit="m"),
        "months to others",
    ),
    "months in a duration": (
        lambda text: text["slaProperties"][4].update(value="P37M"),
        "ISO-8601 in weeks, days",
    ),
    "no unit": (
        lambda text: columns(text)[SHOP].update(customProperties=[]),
        "a unit is missing|A unit is missing",
    ),
    "money of no currency": (
        lambda text: columns(text)[VALUE]["customProperties"].pop(),
        "currencySource, value: currency",
    ),
    "currency of a column that is none": (
        lambda text: columns(text)[CURRENCY]["customProperties"][0].update(value="text"),
        "currency is no column with the unit ISO 4217",
    ),
    "definition in a column that holds none": (
        lambda text: columns(text)[VALUE]["customProperties"].append(
            {"property": "definedBy", "value": "currency"}
        ),
        "currency is no column with the unit definition_id",
    ),
    "definition without a name": (
        lambda text: columns(text)[VALUE]["customProperties"].append(
            {"property": "definedBy", "value": "Orders by day"}
        ),
        "A number is defined by a metric of a dictionary",
    ),
    "latency of no column": (
        lambda text: text["slaProperties"][0].update(element="orderday"),
        "'orderday' is no column of days",
    ),
    "no key": (
        lambda text: [one.pop("primaryKey", None) for one in columns(text)],
        "no column is marked primaryKey",
    ),
    "number without a sum": (
        lambda text: columns(text)[VALUE]["customProperties"].pop(1),
        "additive is missing",
    ),
    "parts of nothing": (
        lambda text: columns(text)[VALUE]["customProperties"][1].update(value="over_one_breakdown"),
        "no column of the key is called breakdown",
    ),
    "sums over several breakdowns": (
        lambda text: parted(text, by=["shop_id"]),
        "TOT-01: sums over several breakdowns",
    ),
    "reach as a number": (
        lambda text: columns(text)[VALUE]["customProperties"][1].update(value="never"),
        "Publish an object",
    ),
    "other classification": (
        lambda text: columns(text)[SHOP].update(classification="secret"),
        "public, internal, confidential",
    ),
    "deprecated for ever": (lambda text: text.update(status="deprecated"), "endOfSupport"),
    "misspelled rule key": (
        lambda text: columns(text)[SHOP].update(
            quality=[{"metric": "nullValues", "mustbe": 0, "description": "None."}]
        ),
        "mustbe",
    ),
    "rule that nothing evaluates": (
        lambda text: columns(text)[SHOP].update(
            quality=[{"metric": "nullValues", "mustBeLessThan": 5, "description": "Few."}]
        ),
        "only mustBe: 0 is evaluated",
    ),
    "rule of another engine": (
        lambda text: columns(text)[SHOP].update(
            quality=[
                {"type": "custom", "engine": "soda", "implementation": "x", "description": "No."}
            ]
        ),
        "engine: mesh",
    ),
    "a key that is no text": (
        lambda text: text["schema"][0].update({7: "x"}),
        "schema/0: the key 7 is no text. Write it in quotes",
    ),
    "bytes": (
        lambda text: columns(text)[NOTE].update(description=b"x"),
        "description: is of the type bytes",
    ),
    "a type of another standard": (
        lambda text: columns(text)[NOTE].update(logicalType="varchar"),
        "note/logicalType: 'varchar' is not one of ['string', 'date', ",
    ),
    "two of one column": (
        lambda text: columns(text).append(columns(text)[NOTE]),
        "note stands there 2 times",
    ),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_contract_is_refused_with_the_place_and_the_cure(
    change: Callable[[dict[str, Any]], object], said: str
):
    found = spoilt(change)
    assert any(option in found for option in said.split("|")), found


def test_one_breakdown_at_a_time_may_be_summed():
    text = document()
    parted(text, by=["order_day", "breakdown"])
    value = contract_of(text).columns[VALUE]
    assert (value.additive, value.is_summed) == ("over_one_breakdown", True)


def test_everything_that_is_wrong_is_said_at_once():
    def change(text: dict[str, Any]) -> None:
        columns(text)[SHOP]["requird"] = True
        columns(text)[NOTE]["classification"] = "secret"
        text["support"] = []

    found = spoilt(change)
    assert {"requird" in found, "secret" in found, "support" in found} == {True}


def test_a_key_that_stands_twice_is_refused():
    text = yaml.safe_dump(document()).replace("kind: DataContract", "kind: DataContract\nkind: x")
    with pytest.raises(ContractBroken, match="kind stands twice"):
        parse_contract(text)


def test_a_product_stands_in_the_folder_of_its_name(tmp_path: Path):
    folder = write(tmp_path, document())
    moved = folder.rename(folder.with_name("order"))
    with pytest.raises(ContractBroken, match="'orders' stands in the folder order"):
        load_contract(moved / "contract.odcs.yaml")


def test_metrics_of_the_standard_become_rules_that_a_policy_evaluates():
    text = document()
    columns(text)[SHOP]["quality"] = [
        {
            "metric": "invalidValues",
            "mustBe": 0,
            "arguments": {"validValues": ["a", "b'c"]},
            "description": "Two shops.",
        }
    ]
    (rule,) = contract_of(text).rules
    assert (rule.policy, rule.column, rule.dimension) == ("XCL-01", "shop_id", "conformity")
    assert rule.parameters["holds"] == "shop_id is null or (shop_id::varchar in ('a', 'b''c'))"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("PT9H", timedelta(hours=9)),
        ("P1DT30M", timedelta(days=1, minutes=30)),
        ("P2W", timedelta(days=14)),
        ("PT90S", timedelta(seconds=90)),
    ],
)
def test_durations_are_exact(text: str, length: timedelta):
    assert duration_of(text) == length


@pytest.mark.parametrize("text", ["P", "PT", "P1M", "P1Y", "9H", "PT1.5H", "-PT1H", ""])
def test_what_has_no_length_of_its_own_is_no_duration(text: str):
    with pytest.raises(ValueError, match="no ISO-8601 duration"):
        duration_of(text)
