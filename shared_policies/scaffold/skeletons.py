"""Skeletons from templates: rendered whole, then written, or not at all.

A template's path names the file with {domain}, {source} and {product}; its text is Jinja's with
[[ ]], because SQL and dbt use the usual braces. Belongs here: rendering, writing. Does not: names
(names.py), lists outside of a skeleton (registration.py).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from shared_policies.governance.contracts.dbt_models import dbt_model
from shared_policies.governance.contracts.loading import CONTRACT_FILE, parse_contract
from shared_policies.scaffold.names import NameRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

TEMPLATES = Path(__file__).parent / "templates"


def rendered(kind: str, **names: str) -> dict[str, str]:
    """The files of one skeleton: path below the root to text."""
    environment = Environment(
        autoescape=False,  # noqa: S701  Python, SQL and YAML, not HTML
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        variable_start_string="[[",
        variable_end_string="]]",
        block_start_string="[%",
        block_end_string="%]",
        comment_start_string="[#",
        comment_end_string="#]",
    )
    folder = TEMPLATES / kind
    files = {
        str(path.relative_to(folder)).removesuffix(".jinja").format_map(names): (
            environment.from_string(path.read_text()).render(names)
        )
        for path in sorted(folder.rglob("*.jinja"))
    }
    return {**files, **_described(files)}


def write(files: Mapping[str, str], root: Path) -> list[Path]:
    """All of `files`, formatted as the project is.

    Raises:
        NameRefused: one of them is there already; nothing was written.
    """
    paths = {root / name: text for name, text in files.items()}
    taken = sorted(str(path.relative_to(root)) for path in paths if path.exists())
    if taken:
        raise NameRefused(f"The name is taken, {taken[0]} exists. Nothing was written.")
    for path, text in paths.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    _format([path for path in paths if path.suffix == ".py"], root)
    return sorted(paths)


def _described(files: Mapping[str, str]) -> dict[str, str]:
    """Dbt's description of a product, from its contract."""
    found = {}
    for name, text in files.items():
        if name.endswith(CONTRACT_FILE):
            contract = parse_contract(text)
            folder = f"dbt_project/models/{contract.domain}/products"
            found[f"{folder}/{contract.product}.yml"] = dbt_model(contract)
    return found


def _format(paths: list[Path], root: Path) -> None:
    """Where imports stand and lines break depends on how long a name is."""
    ruff = str(Path(sys.executable).with_name("ruff"))
    for command in (["check", "--quiet", "--select=I", "--fix"], ["format", "--quiet"]):
        subprocess.run([ruff, *command, *map(str, paths)], check=True, cwd=root)
