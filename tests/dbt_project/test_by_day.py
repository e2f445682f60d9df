"""Models that are built day by day hold what a rebuild would make of their inputs.

Belongs here: the macros of by_day.sql, in a small project of two such models, run by dbt itself.
Does not: what the mesh's own models compute.
"""

from __future__ import annotations

import random
import shutil
from contextlib import chdir
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from textwrap import dedent
from typing import TYPE_CHECKING

import duckdb
import pytest
from dbt.cli.main import dbtRunner

from shared_policies.orchestration.dbt_project import DBT_PROJECT

if TYPE_CHECKING:
    from pathlib import Path

FIRST = date(2026, 3, 1)
ACCOUNTS, ADS, DAYS = ("a", "b"), ("1", "2", "3"), 6
FILES = {
    "dbt_project.yml": """
        name: small
        version: "1.0"
        profile: small
        flags: {send_anonymous_usage_stats: false}
    """,
    "profiles.yml": """
        small:
          target: warehouse
          outputs: {warehouse: {type: duckdb, path: warehouse.duckdb, threads: 1, keep_open: false}}
    """,
    "models/sources.yml": """
        sources:
        - name: raw
          tables: [{name: facts}, {name: names}, {name: rates}, {name: trouble}]
    """,
    "models/staging/stg_shop__facts.sql": """
        {{ config(materialized='table', post_hook='{{ remember_code(this) }}') }}
        select * from {{ source('raw', 'facts') }}
    """,
    "models/intermediate/names.sql": """
        {{ config(materialized='table') }} select * from {{ source('raw', 'names') }}
    """,
    "models/intermediate/all_facts.sql": """
        {{ config(materialized='view', post_hook='{{ remember_code(this) }}') }}
        select 'shop' as platform, * from {{ ref('stg_shop__facts') }}
    """,
    "models/intermediate/account_days.sql": """
        {{ by_day() }}
        select platform, account_id, account_day, sum(amount) as whole
        from {{ of_due_days(ref('all_facts')) }}
        group by all
    """,
    "models/products/report.sql": """
        {{ by_day(labels={
            'names': {'found_by': {'account_id': 'account_id', 'ad_id': 'ad'}, 'says': ['called']}
        }) }}
        select
            facts.platform, facts.account_id, facts.account_day as date_day, facts.ad_id,
            names.called, facts.amount * rates.rate as amount, account_days.whole
        from {{ of_due_days(ref('all_facts')) }} as facts
        inner join {{ ref('account_days') }} as account_days
            on facts.account_id = account_days.account_id
            and facts.account_day = account_days.account_day
        left join {{ ref('names') }} as names
            on facts.account_id = names.account_id and facts.ad_id = names.ad
        cross join {{ source('raw', 'rates') }} as rates
        left join {{ source('raw', 'trouble') }} as trouble on error(trouble.words) is null
    """,
}


@dataclass
class Mesh:
    """A small project, the facts that it stands on, and what its report must then be."""

    folder: Path
    amounts: dict[tuple[str, date, str], int] = field(default_factory=dict)
    pulled: dict[tuple[str, date], datetime] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    rate: int = 1
    clock: datetime = datetime(2026, 4, 1, tzinfo=UTC)

    def pull(self, account: str, day: date, amounts: dict[str, int]) -> None:
        """A day's facts, all of them anew."""
        self.clock += timedelta(minutes=1)
        self.amounts = {
            key: amount for key, amount in self.amounts.items() if key[:2] != (account, day)
        } | {(account, day, ad): amount for ad, amount in amounts.items()}
        self.pulled[account, day] = self.clock

    def build(self, *select: str, trouble: bool = False) -> bool:
        """Whether dbt succeeded with all models, or with these."""
        with self.opened() as connection:
            connection.execute("create schema if not exists raw")
            self._write(
                connection,
                "facts",
                FACTS,
                [
                    (account, day, ad, amount, self.pulled[account, day])
                    for (account, day, ad), amount in self.amounts.items()
                ],
            )
            self._write(
                connection,
                "names",
                "account_id text, ad text, called text, seen int",
                [(*key, called, self.clock.minute) for key, called in self.names.items()],
            )
            self._write(connection, "rates", "rate int", [(self.rate,)])
            self._write(connection, "trouble", "words text", [("trouble",)] if trouble else [])
        places = ["--project-dir", str(self.folder), "--profiles-dir", str(self.folder)]
        selected = ["--select", *select] if select else []
        return dbtRunner().invoke(["--quiet", *NO_LOG, "build", *places, *selected]).success

    def report(self) -> set[tuple[object, ...]]:
        with self.opened() as connection:
            rows = connection.sql("from candidates.report").fetchall()
        assert len(set(rows)) == len(rows)
        return set(rows)

    def expected(self) -> set[tuple[object, ...]]:
        whole: dict[tuple[str, date], int] = {}
        for (account, day, _), amount in self.amounts.items():
            whole[account, day] = whole.get((account, day), 0) + amount
        return {
            (
                "shop",
                account,
                day,
                ad,
                self.names.get((account, ad)),
                amount * self.rate,
                whole[account, day],
            )
            for (account, day, ad), amount in self.amounts.items()
        }

    def due(self) -> set[tuple[str, date]]:
        """Of which days the last run built the report anew."""
        with self.opened() as connection:
            found = connection.sql("select account_id, account_day from built.report__due")
            return set(found.fetchall())

    def opened(self) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(self.folder / "warehouse.duckdb"))

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))

    def _write(
        self, connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: list[object]
    ) -> None:
        connection.execute(f"create or replace table raw.{name} ({columns})")
        if rows:
            marks = ", ".join("?" * len(columns.split(",")))
            connection.executemany(f"insert into raw.{name} values ({marks})", rows)


# dbt would leave its file open to the end of the process.
NO_LOG = ("--log-level-file", "none")
FACTS = "account_id text, account_day date, ad_id text, amount int, content_pulled_at timestamptz"


@pytest.fixture(scope="module")
def first_built(tmp_path_factory: pytest.TempPathFactory) -> Mesh:
    made = Mesh(tmp_path_factory.mktemp("small"))
    for name, text in FILES.items():
        made.write(name, text)
    (made.folder / "macros").symlink_to(DBT_PROJECT / "macros")
    for account in ACCOUNTS:
        for number in range(DAYS):
            made.pull(account, FIRST + timedelta(days=number), {"1": 10 + number, "2": number})
    made.names = {("a", "1"): "spring", ("b", "2"): "summer"}
    with chdir(made.folder):
        assert made.build()
    assert made.report() == made.expected()
    return made


@pytest.fixture
def mesh(first_built: Mesh, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mesh:
    folder = tmp_path / "small"
    shutil.copytree(first_built.folder, folder, symlinks=True)
    monkeypatch.chdir(folder)
    return replace(deepcopy(first_built), folder=folder)


def test_after_any_changes_it_is_what_a_rebuild_would_be(mesh: Mesh):
    drawn = random.Random(7)  # noqa: S311  no secret
    for _ in range(4):
        for _ in range(drawn.randint(0, 3)):
            account, day = drawn.choice(ACCOUNTS), FIRST + timedelta(days=drawn.randint(0, DAYS))
            change = drawn.choice(["pull", "empty", "rename", "rate"])
            if change == "pull":
                mesh.pull(account, day, {ad: drawn.randint(0, 99) for ad in drawn.sample(ADS, 2)})
            elif change == "empty":
                mesh.pull(account, day, {})
            elif change == "rename":
                mesh.names[account, drawn.choice(ADS)] = f"name {drawn.randint(0, 9)}"
            else:
                mesh.rate = drawn.randint(1, 3)
        if drawn.random() < 0.5:
            # any part may run by itself, in any order
            mesh.build(drawn.choice(["stg_shop__facts", "names", "account_days", "report"]))
        assert mesh.build()
        assert mesh.report() == mesh.expected()


def test_only_days_are_built_again_whose_rows_may_have_changed(mesh: Mesh):
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    assert mesh.build()
    assert mesh.due() == set()
    mesh.pull("a", days[2], {"1": 99})
    mesh.pull("b", days[5], {})
    assert mesh.build()
    assert mesh.due() == {("a", days[2]), ("b", days[5])}
    mesh.names["b", "2"] = "autumn"
    assert mesh.build()
    # of b's last day nothing is left that could be called so
    assert mesh.due() == {("b", day) for day in days[:5]}
    mesh.rate = 2
    assert mesh.build()
    assert mesh.due() == {("a", day) for day in days} | {("b", day) for day in days[:5]}
    assert mesh.report() == mesh.expected()


def test_what_failed_leaves_the_rows_of_before_and_is_made_up_for(mesh: Mesh):
    before = mesh.report()
    mesh.pull("a", FIRST, {"3": 5})
    assert not mesh.build(trouble=True)
    assert mesh.report() == before
    assert mesh.build()
    assert mesh.due() == {("a", FIRST)}
    assert mesh.report() == mesh.expected()


@pytest.mark.parametrize("changed", ["products/report", "intermediate/all_facts"])
def test_other_sql_builds_all_days_anew(mesh: Mesh, changed: str):
    name = f"models/{changed}.sql"
    text = FILES[name].replace("facts.amount *", "2 * facts.amount *")
    text = text.replace("* from {{ ref", "* replace (2 * amount as amount) from {{ ref")
    mesh.write(name, text)
    assert mesh.build()
    doubled = {(*row[:5], 2 * row[5], *row[6:]) for row in mesh.expected()}  # type: ignore[operator]
    assert {row[:6] for row in mesh.report()} == {row[:6] for row in doubled}
