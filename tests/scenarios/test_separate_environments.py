"""Each domain deployed by itself: an environment of its own, without the other's package.

Belongs here: building such environments cheaply. Does not: what locations do once they are loaded.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution, distributions
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

from tests.scenarios.mesh import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The domain and what only the other one installs, as one imports it.
OTHERS = {
    "marketing": ("finance_domain", "psycopg", "currency_converter"),
    "finance": ("marketing_domain", "google.ads", "facebook_business", "scipy"),
}
CODE = """
import sys
from importlib.util import find_spec
def is_there(name):
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
print([name for name in {others} if is_there(name)])
from {domain}_domain.definitions import {domain}
print(len({domain}().resolve_all_asset_specs()))
"""


@dataclass(frozen=True)
class Loading:
    """A location that loads in an environment of its own."""

    process: subprocess.Popen[str]

    def lines(self) -> list[str]:
        """What it printed; fails with what it complained of."""
        shown, complaint = self.process.communicate()
        assert self.process.returncode == 0, complaint
        return shown.splitlines()


def installed_by(extra: str) -> dict[str, Distribution]:
    """What `pip install marketing-mesh[extra]` would bring, by the names as they are published."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    due = [Requirement(one) for one in project["dependencies"]]
    due += [Requirement(one) for one in project["optional-dependencies"][extra]]
    found: dict[str, Distribution] = {}
    seen: set[str] = set()
    while due:
        requirement = due.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        installed = distribution(requirement.name)
        found[installed.name] = installed
        extras = ["", *requirement.extras]
        for line in installed.requires or ():
            needed = Requirement(line)
            marker = needed.marker
            if marker is None or any(marker.evaluate({"extra": one}) for one in extras):
                due.append(needed)
    return found


def link(packages: dict[str, Distribution], site: Path) -> None:
    """Put links to the files of `packages` into `site`: whole folders that nobody else shares."""
    owners = Counter(top for one in distributions() for top in {file[0] for file in files(one)})
    for one in packages.values():
        parts = {(top,) if owners[top] == 1 else (top, *rest) for top, *rest in files(one)}
        for relative in parts:
            target = site.joinpath(*relative)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.is_symlink():  # the parts of dbt all ship its __init__.py
                target.symlink_to(str(one.locate_file("/".join(relative))))


def files(one: Distribution) -> list[list[str]]:
    """The parts of their paths, those beside the packages (scripts) left out.

    `Distribution.files` says the same and looks for each file on the disk: minutes.
    """
    record = csv.reader((one.read_text("RECORD") or "").splitlines())
    return [parts for path, *_ in record if (parts := path.split("/"))[0] != ".."]


def start(domain: str, folder: Path) -> Loading:
    """Load `domain` in `folder`, where nothing but its own code and packages can be imported."""
    others = OTHERS[domain]
    other = others[0].removesuffix("_domain")
    venv.create(folder / "venv", symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    link(installed_by(domain), folder / "venv" / "lib" / version / "site-packages")
    python = folder / "venv" / "bin" / "python"
    for name in (f"{domain}_domain", "shared_policies", "dbt_project"):
        ignored = shutil.ignore_patterns("target", "logs", other)
        shutil.copytree(ROOT / name, folder / "code" / name, ignore=ignored)
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "MESH_", "VIRTUAL_ENV"))
    }
    return Loading(
        subprocess.Popen(
            [str(python), "-W", "ignore", "-c", CODE.format(domain=domain, others=others)],
            cwd=folder / "code",
            env={**environment, "MESH_DATA_DIR": str(folder / "data")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    )


@pytest.fixture(scope="module")
def loading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Loading]]:
    """Both at once: each takes a core for the time that dbt parses its models."""
    found = {domain: start(domain, tmp_path_factory.mktemp(domain)) for domain in OTHERS}
    yield found
    for one in found.values():
        one.process.kill()
        one.process.wait()


@pytest.mark.parametrize("domain", OTHERS)
def test_a_location_loads_where_the_other_domain_is_not_installed(
    loading: dict[str, Loading], domain: str
):
    importable, assets = loading[domain].lines()
    assert importable == "[]"
    assert int(assets) > 5
