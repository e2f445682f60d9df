"""What the documentation names exists.

Belongs here: commands, folders and files that a reader would type. Does not: prose.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shared_policies.governance.alerts.findings import KINDS
from shared_policies.governance.alerts.settings import RUNBOOKS
from shared_policies.governance.command_line import policies
from shared_policies.governance.contracts.loading import find_contracts, load_contract

ROOMS = ("marketing_domain", "finance_domain", "shared_policies")
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
RUNBOOK_SECTIONS = (
    "What it means",
    "How to see it",
    "What to do",
    "What not to do",
    "When it closes by itself",
)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_that_a_page_names_exists(page: Path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", page.read_text(), re.MULTILINE))
    unknown = {one or other for one, other in named} - targets
    assert not unknown, f"{page.name} names make targets that do not exist: {unknown}"


def test_the_readme_gives_the_two_commands():
    assert {"make demo", "make test"} <= set(README.splitlines())


def test_every_path_of_the_map_exists():
    block = re.search(r"## The map\n+```\n(.*?)```", README, re.DOTALL)
    assert block, "README has a section 'The map' with the folders in a code block"
    paths = re.findall(r"^([\w./-]+)  ", block.group(1), re.MULTILINE)
    assert paths
    missing = [path for path in paths if not (ROOT / path).exists()]
    assert not missing, f"README's map names what is not there: {missing}"


def test_every_product_is_in_the_table_and_nothing_else_is():
    products = {load_contract(path).port for path in find_contracts(ROOT)}
    named = set(re.findall(r"^\| `(\w+/\w+)` \|", README, re.MULTILINE))
    assert named == products, f"README's table of products differs by {named ^ products}"


def test_every_variable_that_the_readme_names_is_read_by_the_code():
    modules = [path.read_text() for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    text = "".join(module for module in modules if "env_prefix=" in module)
    prefixes = set(re.findall(r'env_prefix="([A-Z_]+)"', text))
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", README))
    assert named
    for name in named:
        fields = {name.removeprefix(prefix).lower() for prefix in prefixes if prefix in name}
        assert any(re.search(rf"^    {field}: ", text, re.MULTILINE) for field in fields), name


def test_ci_calls_the_command_that_the_readme_gives():
    assert "make test" in README
    assert "make test" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file(page: Path):
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    missing = [link for link in links if not (page.parent / link).exists()]
    assert not missing, f"{page.name} links to what is not there: {missing}"


def test_every_kind_of_alert_has_a_runbook_and_every_runbook_a_kind():
    pages = {page.stem for page in (ROOT / RUNBOOKS).glob("*.md")}
    assert pages == set(KINDS), f"{RUNBOOKS} and findings.KINDS differ by {pages ^ set(KINDS)}"


@pytest.mark.parametrize("kind", KINDS)
def test_a_runbook_says_what_it_is_what_to_do_what_not_and_when_it_is_over(kind: str):
    text = (ROOT / RUNBOOKS / f"{kind}.md").read_text()
    assert text.startswith(f"# {kind}: ")
    assert tuple(re.findall(r"^## (.*)$", text, re.MULTILINE)) == RUNBOOK_SECTIONS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_the_rules_that_a_page_names_exists(page: Path):
    named = set(
        re.findall(r"^policies ([a-z]+)|`policies ([a-z]+)", page.read_text(), re.MULTILINE)
    )
    unknown = {one or other for one, other in named} - policies.commands.keys()
    assert not unknown, f"{page.name} names commands that do not exist: {unknown}"
