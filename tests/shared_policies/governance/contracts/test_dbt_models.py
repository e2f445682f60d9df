"""One home of meaning: dbt's description follows the contract, and drift is told either way."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shared_policies.governance.contracts.dbt_models import dbt_model, drift, main
from shared_policies.governance.contracts.loading import contract_of
from tests.shared_policies.governance.promised import NOTE, VALUE, columns, contract, document

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).parents[4]
SQL = "select order_day, shop_id, state, currency, value_micros, note, sandbox from orders"


def test_every_product_s_model_is_as_its_contract_says(capsys: pytest.CaptureFixture[str]):
    assert main(ROOT, write=False) == 0, capsys.readouterr().out


def test_what_was_written_from_the_contract_does_not_differ():
    assert drift(contract(), dbt_model(contract()), SQL) == []


def test_a_column_that_only_one_of_them_knows_is_told_either_way():
    shorter = document()
    columns(shorter).pop(NOTE)
    without = contract_of(shorter)
    assert drift(contract(), dbt_model(without), SQL) == [
        "the contract promises note, dbt does not know it"
    ]
    assert drift(without, dbt_model(contract()), SQL) == [
        "dbt gives note, the contract does not know it"
    ]


def test_another_type_is_told_with_both():
    other = document()
    columns(other)[VALUE]["physicalType"] = "double"
    assert drift(contract(), dbt_model(contract_of(other)), SQL) == [
        "value_micros is bigint in the contract and double for dbt"
    ]


def test_a_column_that_no_sql_names_is_told():
    renamed = SQL.replace("note", "remark")
    assert drift(contract(), dbt_model(contract()), renamed) == [
        "the contract promises note, no SQL names it"
    ]


def test_a_name_that_a_template_completes_counts():
    templated = SQL.replace("value_micros", "{{ figure }}_micros")
    assert drift(contract(), dbt_model(contract()), templated) == []
