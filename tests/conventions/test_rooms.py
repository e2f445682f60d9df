"""Rules of the house that no linter knows; each failure says how to mend it.

Belongs here: where files stand, what they are called, how long they are. Does not: behaviour.
"""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOMAINS = sorted(path.name for path in ROOT.glob("*_domain") if path.is_dir())
PACKAGES = [*DOMAINS, "shared_policies"]
MODULES = sorted(
    path
    for folder in [*PACKAGES, "tests"]
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
PRODUCTION = [path for path in MODULES if "tests" not in path.relative_to(ROOT).parts]
LONGEST_MODULE = 400
LONGEST_FUNCTION = 60
LONGEST_WIRING = 40
TOP_LEVEL = {
    "LICENSE",
    "Makefile",
    "README.md",
    "dagster.yaml",
    "dbt_project",
    "docs",
    "pyproject.toml",
    "requirements.txt",
    "shared_policies",
    "tests",
    *DOMAINS,
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def pyproject() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_domains_are_found():
    assert {"marketing_domain", "finance_domain"} <= set(DOMAINS)


def test_only_what_tools_require_stands_beside_the_rooms():
    visible = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    strangers = {name for name in visible - TOP_LEVEL if not name.endswith(".egg-info")}
    assert not strangers, f"{sorted(strangers)} stand at the top level: move them into a room."


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_room_is_a_drawer(path: Path):
    drawers = {"utils", "helpers", "common", "manager", "misc"}
    assert path.stem not in drawers, f"{name_of(path)}: name it for the one thing it does."


@pytest.mark.parametrize("path", PRODUCTION, ids=name_of)
def test_a_long_module_says_in_its_charter_why_it_is_one_thing(path: Path):
    text = path.read_text()
    if len(text.splitlines()) > LONGEST_MODULE:
        charter = ast.get_docstring(ast.parse(text)) or ""
        assert "one thing" in charter, (
            f"{name_of(path)} is over {LONGEST_MODULE} lines: split it at its second idea, or say "
            "in its charter why it is one thing."
        )


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_function_is_longer_than_a_screen(path: Path):
    long = [
        f"{node.name} ({node.end_lineno - node.lineno + 1} lines)"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not long, f"{name_of(path)}: split {long} at the steps their comments name."


@pytest.mark.parametrize("domain", DOMAINS)
def test_wiring_fits_on_a_screen(domain: str):
    lines = (ROOT / domain / "definitions.py").read_text().splitlines()
    assert len(lines) <= LONGEST_WIRING, f"{domain}/definitions.py wires and does nothing else."


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_is_registered_everywhere(domain: str):
    settings = pyproject()
    tool = settings["tool"]
    assert isinstance(tool, dict)
    locations = [module["name"] for module in tool["dagster"]["modules"]]
    contracts = tool["importlinter"]["contracts"]
    short = domain.removesuffix("_domain")
    assert f"{domain}.definitions" in locations, "add it to [tool.dagster] modules"
    assert any(domain in contract.get("containers", []) for contract in contracts), (
        "add it to the layers contract of [tool.importlinter]"
    )
    assert any(
        contract["type"] == "independence" and domain in contract["modules"]
        for contract in contracts
    ), "add it to the independence contract of [tool.importlinter]"
    assert short in settings["project"]["optional-dependencies"], "give it an extra of its own"
    assert (ROOT / "tests" / domain).is_dir(), f"give it tests/{domain}"
    assert (ROOT / "dbt_project" / "models" / short).is_dir(), f"give it dbt models/{short}"


def test_every_model_opens_with_its_grain():
    models = sorted((ROOT / "dbt_project" / "models").rglob("*.sql"))
    assert models
    without = [
        name_of(path)
        for path in models
        if not re.match(r"--\s*(grain|one row)", path.read_text().lstrip(), re.IGNORECASE)
    ]
    assert not without, f"open these with a line that says their grain: {without}"


def test_every_exception_from_the_linter_has_its_reason():
    text = (ROOT / "pyproject.toml").read_text()
    exceptions = re.findall(r'^\s+"([A-Z]+\d*)",?(.*)$', text, re.MULTILINE)
    assert exceptions
    assert not [code for code, reason in exceptions if "#" not in reason]
