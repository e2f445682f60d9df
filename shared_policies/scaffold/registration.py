"""Where tools need a list of domains that cannot be found on disk, a new one is added to it.

Belongs here: pyproject.toml, the teams, the README's table and map. Does not: a skeleton's files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tomlkit
from tomlkit.items import Array

from shared_policies.governance.admission import TEAMS_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def register_domain(domain: str, root: Path) -> list[Path]:
    """Names `domain` in every list that names all domains; returns the files that it changed."""
    _in_pyproject(domain, root)
    teams = root / TEAMS_FILE
    teams.write_text(f"{teams.read_text().rstrip()}\n{domain}: []\n")
    line = f"{f'{domain}_domain/':<22}code location: the {domain} domain's sources and products"
    _after_last(root / "README.md", "_domain/  ", line)
    return [root / "pyproject.toml", teams, root / "README.md"]


def register_product(port: str, *, grain: str, root: Path) -> list[Path]:
    """A row in the README's table of products, before governance's own."""
    readme = root / "README.md"
    lines = readme.read_text().splitlines(keepends=True)
    rows = [number for number, line in enumerate(lines) if line.startswith("| `")]
    products = [number for number in rows if "/" in lines[number].split("`")[1]]
    own = [number for number in products if not lines[number].startswith("| `governance/")]
    lines.insert(own[-1] + 1, f"| `{port}` | {grain} | |\n")
    readme.write_text("".join(lines))
    return [readme]


def _in_pyproject(domain: str, root: Path) -> None:
    path = root / "pyproject.toml"
    document: Any = tomlkit.parse(path.read_text())
    package = f"{domain}_domain"
    location = tomlkit.parse(f'one = {{ type = "module", name = "{package}.definitions" }}')["one"]
    locations = document["tool"]["dagster"]["modules"]
    others = [str(one["name"]).removesuffix(".definitions") for one in locations]
    domains = [one for one in others if one.endswith("_domain")]
    locations.insert(len(domains), location)
    document["project"]["optional-dependencies"].add(domain, tomlkit.array())
    for packages in _arrays(document["tool"]["importlinter"]):
        if set(domains) <= set(packages):
            packages.insert(packages.index(domains[-1]) + 1, package)
    path.write_text(tomlkit.dumps(document))


def _arrays(found: Any) -> Iterator[Array]:  # noqa: ANN401  any part of a document
    """Every array of strings, however deep."""
    if isinstance(found, Array) and all(isinstance(one, str) for one in found):
        yield found
    elif isinstance(found, dict | list):
        for one in found.values() if isinstance(found, dict) else found:
            yield from _arrays(one)


def _after_last(path: Path, marker: str, line: str) -> None:
    """Add `line` behind the last one that holds `marker`."""
    lines = path.read_text().splitlines(keepends=True)
    last = max(number for number, one in enumerate(lines) if marker in one)
    lines.insert(last + 1, f"{line}\n")
    path.write_text("".join(lines))
