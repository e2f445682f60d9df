"""What a warehouse enforces once the generated grants were run on it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.pool import NullPool

from shared_policies.governance.command_line import policies
from shared_policies.governance.contracts.installed import readable_contracts
from shared_policies.governance.contracts.loading import contract_of
from shared_policies.governance.grants import bigquery, snowflake
from shared_policies.governance.grants.ports import ports
from tests.shared_policies.governance.promised import (
    VALUE,
    column,
    columns,
    document,
    granting,
    stock,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared_policies.governance.contracts.model import Contract
    from tests.postgresql import Server

DATABASE, PASSWORD = "granted", "people-secret"
CLIENT = "c" * 64
TYPES = {"double": "double precision"}


def generated(*options: str) -> list[str]:
    answer = CliRunner().invoke(policies, ["grants", "--json", *options])
    assert answer.exit_code == 0, answer.output
    found: list[str] = json.loads(answer.output)["statements"]
    return found


def typed(data_type: str) -> str:
    return "jsonb" if data_type.startswith("struct") else TYPES.get(data_type, data_type)


def created(contract: Contract) -> str:
    listed = ", ".join(f'"{one.name}" {typed(one.data_type)}' for one in contract.columns)
    return f"create table {contract.domain}.{contract.product}_v{contract.major_version} ({listed})"


@pytest.fixture(scope="module")
def granted(server: Server) -> Iterator[Server]:
    """The mesh's tables with one order, the grants run twice, and a person per role."""
    server.run(f"create database {DATABASE}")
    contracts = readable_contracts()
    for domain in sorted({one.domain for one in contracts}):
        server.run(f"create schema {domain}", DATABASE)
    for contract in contracts:
        server.run(created(contract), DATABASE)
    server.run(
        "insert into finance.orders_v1 (order_id, client_id, revenue_micros, "
        f"gross_profit_reporting_micros) values ('A1', '{CLIENT}', 700, 300)",
        DATABASE,
    )
    people = {"fin": "finance", "mark": "marketing", "eve": None}
    script = ";\n".join(generated("--dialect", "postgresql"))
    for _ in range(2):
        server.run(script, DATABASE)
    for person, role in people.items():
        server.run(f"create role {person} login password '{PASSWORD}'")
        if role is not None:
            server.run(f"grant {role} to {person}")
    try:
        yield server
    finally:
        server.run(f"drop database {DATABASE} with (force)")
        for role in (*people, "finance", "marketing", "governance"):
            server.run(f"drop role {role}")


def asked(server: Server, person: str, sql: str) -> list[tuple[Any, ...]]:
    url = server.url(DATABASE, user=person, password=PASSWORD)
    with sa.create_engine(url, poolclass=NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(sql))]


ORDER = (
    "select order_id, client_id, revenue_micros, gross_profit_reporting_micros"
    " from finance.orders_v1_port"
)


def test_postgresql_shows_finance_the_order_and_marketing_its_mask(granted: Server):
    assert asked(granted, "fin", ORDER) == [("A1", CLIENT, 700, 300)]
    other = hashlib.sha256(CLIENT.encode()).hexdigest()
    assert asked(granted, "mark", ORDER) == [("A1", other, 700, None)]


@pytest.mark.parametrize(
    ("person", "relation"),
    [
        ("mark", "finance.orders_v1"),
        ("mark", "finance.revenue_by_client_v1"),
        ("eve", "finance.orders_v1_port"),
        ("eve", "finance.budget_pacing_v1"),
    ],
)
def test_postgresql_refuses_whom_the_contract_does_not_name(
    granted: Server, person: str, relation: str
):
    with pytest.raises(ProgrammingError, match="permission denied"):
        asked(granted, person, f"select * from {relation}")


def test_postgresql_opens_to_everybody_what_the_contract_opens_to_everyone(granted: Server):
    assert asked(granted, "eve", "select * from finance.fx_rates_v1") == []
    assert asked(granted, "eve", "select * from marketing.campaign_performance_v1") == []


def test_postgresql_takes_back_what_was_granted_by_hand(granted: Server):
    by_hand = "grant select on finance.revenue_by_client_v1 to marketing"
    granted.run(by_hand, DATABASE)
    assert asked(granted, "mark", "select * from finance.revenue_by_client_v1") == []
    granted.run(";\n".join(generated("--dialect", "postgresql")), DATABASE)
    with pytest.raises(ProgrammingError, match="permission denied"):
        asked(granted, "mark", "select * from finance.revenue_by_client_v1")


def mesh() -> tuple[Contract, ...]:
    """Sales' orders for stock and, with a clearance, finance; stock's levels for everyone."""
    text = document()
    columns(text)[VALUE]["classification"] = "confidential"
    buyer = column("buyer_id", "varchar", "string", "id", custom={"personalData": "hashed"})
    columns(text).append({**buyer, "classification": "confidential"})
    roles = granting("stock", finance="confidential")
    return contract_of({**text, "roles": roles}), stock(roles=granting("everyone"))


SNOWFLAKE = """
use database mesh
create role if not exists finance
create role if not exists sales
create role if not exists stock
grant usage on database mesh to role finance
grant usage on database mesh to role sales
grant usage on database mesh to role stock
create masking policy if not exists sales.orders_v1_value_micros as (val bigint) returns bigint \
-> case when is_role_in_session('FINANCE') or is_role_in_session('SALES') then val else null end
alter masking policy sales.orders_v1_value_micros set body \
-> case when is_role_in_session('FINANCE') or is_role_in_session('SALES') then val else null end
alter table sales.orders_v1 modify column value_micros \
set masking policy sales.orders_v1_value_micros force
create masking policy if not exists sales.orders_v1_buyer_id as (val varchar) returns varchar \
-> case when is_role_in_session('FINANCE') or is_role_in_session('SALES') then val \
else sha2(val, 256) end
alter masking policy sales.orders_v1_buyer_id set body \
-> case when is_role_in_session('FINANCE') or is_role_in_session('SALES') then val \
else sha2(val, 256) end
alter table sales.orders_v1 modify column buyer_id \
set masking policy sales.orders_v1_buyer_id force
revoke select on table sales.orders_v1 from role public
grant usage on schema sales to role finance
grant select on table sales.orders_v1 to role finance
grant usage on schema sales to role sales
grant select on table sales.orders_v1 to role sales
grant usage on schema sales to role stock
grant select on table sales.orders_v1 to role stock
revoke select on table stock.levels_v1 from role finance
revoke select on table stock.levels_v1 from role sales
grant usage on schema stock to role public
grant select on table stock.levels_v1 to role public
grant usage on schema stock to role stock
grant select on table stock.levels_v1 to role stock
"""


def test_snowflake_masks_before_it_lets_anybody_in():
    assert snowflake.statements(ports(mesh()), database="mesh") == SNOWFLAKE.strip().split("\n")


BIGQUERY = """
create data_policy if not exists `p.region-eu.sales_orders_v1_value_micros_raw` \
options (data_policy_type = "RAW_DATA_ACCESS_POLICY")
create data_policy if not exists `p.region-eu.sales_orders_v1_value_micros_masked` options (\
data_policy_type = "DATA_MASKING_POLICY", masking_expression = "ALWAYS_NULL")
grant fine_grained_read on data_policy `p.region-eu.sales_orders_v1_value_micros_raw` \
to "principalSet://goog/group/finance@example.com", "principalSet://goog/group/sales@example.com"
grant fine_grained_read on data_policy `p.region-eu.sales_orders_v1_value_micros_masked` \
to "principalSet://goog/group/stock@example.com"
alter table `p.sales.orders_v1` alter column value_micros set options (data_policies = \
["{'name':'p.region-eu.sales_orders_v1_value_micros_raw'}", \
"{'name':'p.region-eu.sales_orders_v1_value_micros_masked'}"])
create data_policy if not exists `p.region-eu.sales_orders_v1_buyer_id_raw` \
options (data_policy_type = "RAW_DATA_ACCESS_POLICY")
create data_policy if not exists `p.region-eu.sales_orders_v1_buyer_id_masked` options (\
data_policy_type = "DATA_MASKING_POLICY", masking_expression = "SHA256")
grant fine_grained_read on data_policy `p.region-eu.sales_orders_v1_buyer_id_raw` \
to "principalSet://goog/group/finance@example.com", "principalSet://goog/group/sales@example.com"
grant fine_grained_read on data_policy `p.region-eu.sales_orders_v1_buyer_id_masked` \
to "principalSet://goog/group/stock@example.com"
alter table `p.sales.orders_v1` alter column buyer_id set options (data_policies = \
["{'name':'p.region-eu.sales_orders_v1_buyer_id_raw'}", \
"{'name':'p.region-eu.sales_orders_v1_buyer_id_masked'}"])
grant `roles/bigquery.dataViewer` on table `p.sales.orders_v1` \
to "group:finance@example.com", "group:sales@example.com", "group:stock@example.com"
grant `roles/bigquery.dataViewer` on table `p.stock.levels_v1` \
to "group:everyone@example.com", "group:stock@example.com"
"""


def test_bigquery_gives_every_reader_of_a_protected_column_the_value_or_the_mask():
    place = bigquery.Place(project="p", region="eu", mail_domain="example.com")
    assert bigquery.statements(ports(mesh()), place=place) == BIGQUERY.strip().split("\n")


def test_what_is_retired_is_granted_to_nobody():
    assert ports([stock(status="retired")]) == []


@pytest.mark.parametrize(
    "options",
    [
        ("--dialect", "snowflake"),
        ("--dialect", "bigquery", "--database", "p", "--region", "eu"),
        ("--dialect", "snowflake", "--database", "mesh; drop database mesh"),
    ],
    ids=["nothing", "not all", "no name"],
)
def test_a_dialect_says_what_it_needs(options: tuple[str, ...]):
    answer = CliRunner().invoke(policies, ["grants", *options])
    assert answer.exit_code == 2
    assert "This dialect needs --" in answer.output
