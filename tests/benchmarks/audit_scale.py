"""How long the audit of a large product takes: `python -m tests.benchmarks.audit_scale`.

Belongs here: a synthetic candidate, its last version and its controls, of real shape. Does not:
whether verdicts are right (tests/shared_policies/governance).
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import duckdb

from marketing_domain.policies import MARKETING
from shared_policies.governance.audit import audit
from shared_policies.governance.contracts.loading import load_contract
from shared_policies.platform.product_store import PublishedVersion
from shared_policies.platform.warehouse import Warehouse

if TYPE_CHECKING:
    from shared_policies.governance.contracts.model import Column, Contract

ROOT = Path(__file__).parents[2]
CONTRACT = ROOT / "marketing_domain/products/campaign_performance/contract.odcs.yaml"
AT = datetime(2026, 11, 5, 7, 0, tzinfo=UTC)
ACCOUNTS, DAYS_OF_CAMPAIGN = 50, 400
# A column's value by its type, or by its name; ids and days come from the row's number.
VALUES = {
    "varchar": "'text ' || (n % 7)",
    "boolean": "true",
    "date": "date '2025-10-01'",
    "double": "(hash(n, '{name}') % 1000) / 8.0",
    "bigint": "(hash(n, '{name}') % 100003)::bigint * 10007",
    "timestamp with time zone": "timestamptz '2026-11-05 05:00:00+00'",
    "decimal(20,12)": "1.0",
}
# What the last version has beyond the candidate was never complete: nothing is refused, and so
# nothing is scanned twice.
BY_NAME = {
    "is_complete": "n < {complete}",
    "is_final": "false",
    "clicks_all": "null::bigint",
    "platform_comparable_conversions": "null::double",
    "platform": "case when account % 2 = 0 then 'google_ads' else 'facebook_ads' end",
    "account_id": "(1000000000 + account)::varchar",
    "campaign_id": "(7000000 + campaign)::varchar",
    "reporting_day": "date '2026-11-04' - day::integer",
}


def main(candidate_rows: int, published_rows: int) -> float:
    """Prints and returns the seconds of one audit; the tables are built before the clock starts."""
    contract = _without_references(load_contract(CONTRACT))
    with TemporaryDirectory() as folder:
        path, version = Path(folder) / "scale.duckdb", Path(folder) / "version.parquet"
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema candidates; create schema controls")
            connection.execute(
                f"create table candidates.{contract.product} as"
                f" {_rows(contract, candidate_rows, complete=candidate_rows)}"
            )
            connection.execute(
                "create table controls.control_campaign_performance as"
                f" select * from candidates.{contract.product}"
            )
            connection.execute(
                f"copy ({_rows(contract, published_rows, complete=candidate_rows)})"
                f" to '{version}' (format parquet)"
            )
        started = time.perf_counter()
        found = audit(
            contract,
            Warehouse(path),
            relation=f"candidates.{contract.product}",
            pack=MARKETING,
            published=_published(contract, version, published_rows),
            sandbox_expected=True,
            at=AT,
        )
        seconds = time.perf_counter() - started
    judged = sum(verdict.outcome.name in {"PASS", "WARN", "FAIL"} for verdict in found.verdicts)
    print(
        f"{candidate_rows:,} candidate and {published_rows:,} published rows: {seconds:.1f} s, "
        f"{judged} of {len(found.verdicts)} policies had something to judge"
    )
    return seconds


def _without_references(contract: Contract) -> Contract:
    """References are small beside the candidate; the one control of its own size stays."""
    own_tables = {"controls.control_campaign_performance"}
    rules = tuple(
        rule
        for rule in contract.rules
        if rule.policy != "XCL-01" and rule.parameters.get("relation", "") in {"", *own_tables}
    )
    kept = tuple(replace(rule, parameters=_same_names(rule.parameters)) for rule in rules)
    return replace(contract, rules=kept)


def _same_names(parameters: object) -> dict[str, object]:
    """The synthetic control has the candidate's own columns."""
    found = dict(parameters)  # type: ignore[call-overload]
    if found.get("relation"):
        found["measures"] = {ours: ours for ours in found["measures"]}
    return found


def _rows(contract: Contract, count: int, *, complete: int) -> str:
    columns = ", ".join(
        f"{_value(one, complete=complete)} as {one.name}" for one in contract.columns
    )
    return (
        f"select {columns} from (select range as n, range // {DAYS_OF_CAMPAIGN} as campaign,"
        f" range // {DAYS_OF_CAMPAIGN} % {ACCOUNTS} as account, range % {DAYS_OF_CAMPAIGN} as day"
        f" from range({count}))"
    )


def _value(column: Column, *, complete: int) -> str:
    if column.name in BY_NAME:
        return BY_NAME[column.name].format(complete=complete)
    if column.allowed:
        return f"'{column.allowed[0]}'"
    if column.data_type.startswith("struct"):
        return f"cast(null as {column.data_type})"
    return f"cast({VALUES[column.data_type].format(name=column.name)} as {column.data_type})"


def _published(contract: Contract, path: Path, row_count: int) -> PublishedVersion:
    return PublishedVersion(
        product=contract.port,
        major_version=contract.major_version,
        version_id="synthetic",
        published_at=AT,
        row_count=row_count,
        columns={},
        files=(str(path),),
        details={},
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--candidate-rows", type=int, default=1_400_000)
    parser.add_argument("--published-rows", type=int, default=9_300_000)
    asked = parser.parse_args()
    main(asked.candidate_rows, asked.published_rows)
