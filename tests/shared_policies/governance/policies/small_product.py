"""A small product with everything a policy may look at, whole until a test spoils it.

Belongs here: contract, candidate, last version, control and reference. Does not: expectations.

Two accounts have three campaigns each for forty days. The last version ends a day earlier, so the
newest day is new. Figures follow from the row by arithmetic and are never round.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from shared_policies.governance.audit import Audit, audit
from shared_policies.governance.contracts.model import Column, Contract, Rule, ServiceLevel
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.platform.product_store import PublishedVersion
from shared_policies.platform.warehouse import Warehouse

if TYPE_CHECKING:
    from pathlib import Path

    from shared_policies.governance.policies.pack import Pack

AT = datetime(2026, 11, 5, 7, 0, tzinfo=UTC)
TABLE = "candidates.small"
LAST_DAY = "date '2026-11-04'"
ROWS = f"""
    select
        'a' || account as account_id,
        'c' || account || campaign as campaign_id,
        {LAST_DAY} - (39 - n)::integer as day,
        'Campaign ' || account || campaign || ' in Köln' as name,
        'reported' as state,
        'EUR' as currency,
        'EUR' as reporting_currency,
        (1000 + 37 * n + 101 * campaign + 11 * account + (n * n) % 7)::bigint as clicks,
        ((1000 + 37 * n + 101 * campaign + 11 * account + (n * n) % 7) * 500003)::bigint
            as spend_micros,
        (40 + n + campaign) / 8.0 as conversions,
        n < 10 as is_final,
        timestamptz '2026-11-05 05:00:00+00' as pulled_at,
        true as sandbox
    from range(40) as days (n), range(1, 3) as accounts (account), range(1, 4) as c (campaign)
"""
RULES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("KEY-03", {"child": ["campaign_id"], "parent": "account_id"}),
    ("XCL-01", {"holds": "clicks > 0 or spend_micros = 0"}),
    ("SMP-01", {"n": "case clicks when 0 then 30 else clicks end", "figures": ["conversions"]}),
    ("REF-01", {"relation": "controls.things", "match": {"campaign_id": "campaign_id"}}),
    (
        "REF-02",
        {
            "relation": "controls.things",
            "match": {"campaign_id": "campaign_id"},
            "equal": {"name": "name", "currency": "currency"},
        },
    ),
    (
        "TOT-01",
        {
            "relation": "controls.totals",
            "by": {"account_id": "account_id", "day": "on_day"},
            "measures": ["clicks", "spend_micros", "conversions"],
            "rows": "same",
        },
    ),
    ("TOT-02", {"relation": "controls.disagreeing"}),
    ("VOL-03", {}),
    ("RST-01", {"closed": "is_final"}),
    ("RST-02", {"settled": "state = 'reported'", "by": ["account_id"]}),
    ("RST-03", {"by": ["account_id"], "measures": ["conversions"], "least": 10.0}),
    ("RST-04", {"measures": ["clicks"]}),
    ("RST-05", {"columns": ["state"]}),
    ("DUP-01", {"by": ["account_id"], "least_values": 6}),
    (
        "LVL-01",
        {"by": ["account_id"], "ratios": [{"of": "spend_micros", "per": "clicks", "factor": 3}]},
    ),
    ("LVL-02", {"measures": ["clicks"]}),
    (
        "LVL-03",
        {
            "by": ["account_id"],
            "events": [{"of": "conversions", "per": "clicks"}],
            "least_expected": 10,
        },
    ),
    ("LVL-05", {"by": ["account_id"], "events": [{"of": "conversions", "per": "clicks"}]}),
    ("TIM-02", {"loaded_at": "pulled_at"}),
    ("TIM-03", {"by": ["account_id"]}),
)


def contract() -> Contract:
    """What the small product promises."""
    return Contract(
        domain="marketing",
        product="small",
        version="1.0.0",
        status="active",
        team="marketing",
        support=(),
        grain="One row per account, campaign and day.",
        purpose="",
        usage="",
        limitations="",
        upstream=(),
        columns=(
            _column("account_id", "varchar", key=1, pattern="^a[0-9]$"),
            _column("campaign_id", "varchar", key=2),
            _column("day", "date", key=3),
            _column("name", "varchar", free_text=True, required=False),
            _column("state", "varchar", allowed=("reported", "not_yet")),
            _column("currency", "varchar", unit="ISO 4217"),
            _column("reporting_currency", "varchar", unit="ISO 4217"),
            _column("clicks", "bigint", unit="count", additive="over_all_rows", minimum=0),
            _column(
                "spend_micros",
                "bigint",
                unit="whole micros of currency",
                additive="over_all_rows",
                minimum=0,
            ),
            _column(
                "conversions", "double", unit="conversions (fractional)", additive="over_all_rows"
            ),
            _column("is_final", "boolean"),
            _column("pulled_at", "timestamp with time zone"),
            _column("sandbox", "boolean"),
        ),
        rules=tuple(
            Rule(policy=code, column=None, parameters=parameters, dimension="", description="")
            for code, parameters in RULES
        ),
        roles=(),
        service_levels={
            "latency": ServiceLevel(
                name="latency", value="PT9H", element="day", target=0.95, description=""
            )
        },
        end_of_support=None,
        most_quarantined=0.05,
        digest="",
        text={},
    )


def build(folder: Path) -> SmallProduct:
    """Candidate, control and reference in a warehouse, and a last version beside it."""
    path, version = folder / "small.duckdb", folder / "version.parquet"
    with duckdb.connect(str(path)) as connection:
        connection.execute("set TimeZone = 'UTC'; create schema candidates; create schema controls")
        connection.execute(f"create table {TABLE} as {ROWS}")
        connection.execute(
            "create table controls.totals as select account_id, day as on_day,"
            " sum(clicks) as clicks, sum(spend_micros) as spend_micros,"
            f" sum(conversions) as conversions from {TABLE} group by all"
        )
        connection.execute(
            "create table controls.things as"
            f" select distinct campaign_id, name, currency from {TABLE}"
        )
        connection.execute(f"create table controls.disagreeing as select * from {TABLE} limit 0")
        connection.execute(
            f"copy (select * from {TABLE} where day < {LAST_DAY}) to '{version}' (format parquet)"
        )
    return SmallProduct(path, version)


class SmallProduct:
    """One that was built, and copies of it in which something is wrong."""

    def __init__(self, path: Path, version: Path) -> None:
        self.path, self.version = path, version

    def spoiled(self, sql: str, folder: Path) -> SmallProduct:
        """A copy after `sql`, in which VERSION stands for the last version's file."""
        path, version = folder / "spoiled.duckdb", folder / "version.parquet"
        shutil.copy(self.path, path)
        shutil.copy(self.version, version)
        with duckdb.connect(str(path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(sql.replace("VERSION", f"'{version}'"))
        return SmallProduct(path, version)

    @property
    def published(self) -> PublishedVersion:
        return PublishedVersion(
            product="marketing/small",
            major_version=1,
            version_id="before",
            published_at=AT,
            row_count=234,
            columns={},
            files=(str(self.version),),
            details={"sandbox": True},
        )

    def audited(
        self,
        pack: Pack = MESH,
        *,
        promise: Contract | None = None,
        first: bool = False,
        relation: str = TABLE,
        aside: str | None = None,
    ) -> Audit:
        """`first` is a first publication: there is no last version."""
        return audit(
            promise or contract(),
            Warehouse(self.path),
            relation=relation,
            pack=pack,
            published=None if first else self.published,
            sandbox_expected=True,
            aside=aside,
            at=AT,
        )


def _column(name: str, data_type: str, *, key: int | None = None, **said: Any) -> Column:  # noqa: ANN401
    plain = Column(
        name=name,
        data_type=data_type,
        logical_type="",
        required=True,
        key_position=key,
        unit="",
        classification="internal",
        description="",
        additive=None,
        minimum=None,
        maximum=None,
        pattern=None,
        allowed=(),
        personal="no",
        free_text=False,
        currency_from=None,
        time_zone_from=None,
    )
    return replace(plain, **said)
