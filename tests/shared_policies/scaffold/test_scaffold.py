"""A third domain, a further source and product, as a newcomer adds them: in a copy of the checkout.

Belongs here: that nothing is left to be done by hand. Does not: what each tool checks.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from shared_policies.governance.contracts.installed import installed_contracts
from shared_policies.scaffold.__main__ import scaffold

if TYPE_CHECKING:
    from collections.abc import Mapping

    from click.testing import Result

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
NOT_COPIED = (".git", ".venv", ".data", "target", "logs", "__pycache__", ".tmp_dagster_home_*")
ADDED = (
    ("domain", "name=customer"),
    ("source", "domain=customer", "name=crm"),
    ("product", "domain=customer", "name=signups", "source=crm"),
    ("product", "domain=finance", "name=bookings", "source=ledger"),
)
GENERATED = (
    "customer_domain/",
    "dbt_project/models/customer/",
    "tests/customer_domain/",
    "tests/sandbox/crm/",
    "tests/sandbox/customer_files/",
    "dbt_project/models/finance/controls/control_bookings.",
    "dbt_project/models/finance/products/bookings.",
    "finance_domain/products/bookings/",
    "tests/finance_domain/products/test_bookings.py",
)
QUIET = {"PYTHONWARNINGS": "ignore"}
LISTS = {"README.md", "pyproject.toml", "shared_policies/governance/teams.yaml"}


@dataclass(frozen=True)
class Checkout:
    folder: Path
    before: Mapping[str, str]
    after: Mapping[str, str] = field(default_factory=dict)

    def run(self, *command: str) -> str:
        """What it printed; a failure shows it all."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**os.environ, "MESH_DATA_DIR": ".data", **QUIET},  # noqa: TID251  handed on
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def add(self, *what: str) -> str:
        """`make domain name=customer` and the like, with the packages that are installed here."""
        installed = f"{BIN.parent}/installed"
        return self.run("make", f"VENV={BIN.parent}", f"--old-file={installed}", *what)


def files(folder: Path) -> dict[str, str]:
    """The digest of every file that belongs to a checkout."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
        and not {"__pycache__", ".data", ".mypy_cache", ".ruff_cache"} & set(path.parts)
    }


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    folder = tmp_path_factory.mktemp("checkout") / "mesh"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
    found = Checkout(folder, files(folder))
    for what in ADDED:
        found.add(*what)
    # Before any test runs a tool there, which leaves files of its own.
    return replace(found, after=files(folder))


def test_what_is_written_stands_in_its_own_places_and_in_three_lists(checkout: Checkout):
    after, before = checkout.after, checkout.before
    assert {name for name, digest in before.items() if after.get(name) != digest} == LISTS
    new = after.keys() - before.keys()
    assert not [name for name in new if not name.startswith(GENERATED)]
    assert {name for name in GENERATED if any(one.startswith(name) for one in new)} == set(
        GENERATED
    )


def test_the_lists_name_the_domain_as_they_name_the_others(checkout: Checkout):
    before, after = (
        tomllib.loads((folder / "pyproject.toml").read_text()) for folder in (ROOT, checkout.folder)
    )
    locations = [one["name"] for one in after["tool"]["dagster"]["modules"]]
    assert "customer_domain.definitions" in locations
    assert len(locations) == len(before["tool"]["dagster"]["modules"]) + 1
    assert after["project"]["optional-dependencies"].pop("customer") == []
    assert after["project"] == before["project"]
    ports = {one.port for one in installed_contracts(checkout.folder).contracts}
    assert {"customer/customer_entries", "customer/signups", "finance/bookings"} <= ports


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports",),
        ("sqlfluff", "lint", "dbt_project/models/customer"),
        ("python", "-m", "shared_policies.governance.contracts.dbt_models", "--check"),
        ("python", "-m", "dagster", "definitions", "validate", "-m", "customer_domain.definitions"),
    ],
    ids=" ".join,
)
def test_nothing_is_left_to_mend(checkout: Checkout, command: tuple[str, ...]):
    checkout.run(str(BIN / command[0]), *command[1:])


def test_its_own_tests_and_those_that_find_it_are_green(checkout: Checkout):
    """The sample product is built, audited and published on an instance."""
    generated = [
        "tests/customer_domain/connectors",
        "tests/customer_domain/products/test_customer_entries.py",
    ]
    found = ["tests/conventions", "tests/conformance/test_connectors.py"]
    chosen = "registered or readme or table or wiring or customer_ or crm"
    pytest_ = [str(BIN / "python"), "-m", "pytest", "-q", "-p", "no:randomly", "-k", chosen]
    told = checkout.run(*pytest_, *generated, *found)
    assert "skipped" not in told


def answer(*arguments: str) -> Result:
    return CliRunner().invoke(scaffold, arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("domain", "marketing"), "There is a domain marketing already"),
        (("domain", "governance"), "There is a domain governance already"),
        (("domain", "ledger"), "There is a source ledger already"),
        (("domain", "staging"), "staging is a schema of every warehouse"),
        (("domain", "CustomerCare"), "snake_case"),
        (("domain", "customer__care"), "snake_case"),
        (("domain", "class"), "snake_case"),
        (("domain", ""), "snake_case"),
        (("domain", "customers_of_the_whole_company"), "at most 22"),
        (("source", "sales", "crm"), "There is no domain 'sales'. There are finance, marketing"),
        (("source", "finance", "google_ads"), "There is a source google_ads already"),
        (("source", "finance", "marketing"), "marketing is a domain"),
        (("source", "finance", "world"), "tests/sandbox/world/__init__.py exists"),
        (("product", "finance", "orders"), "orders.sql exists. Nothing was written"),
        (("product", "finance", "Orders"), "snake_case"),
        (("product", "sales", "orders"), "There is no domain 'sales'"),
        (("product", "finance", "visits", "crm"), "There are ecb, ledger"),
    ],
)
def test_a_name_that_cannot_be_given_is_refused_in_words_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
):
    written: list[object] = []
    monkeypatch.setattr(Path, "write_text", lambda *given, **_: written.append(given))
    monkeypatch.chdir(ROOT)
    refused = answer(*arguments)
    assert refused.exit_code != 0
    assert said in f"{refused.output}{refused.exception}"
    assert not written
