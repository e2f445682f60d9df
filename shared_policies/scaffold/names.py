"""Names that can be given, and those that are taken.

Belongs here: judging a name before anything is written. Does not: writing.
"""

from __future__ import annotations

import keyword
import re
from typing import TYPE_CHECKING

from shared_policies.governance.contracts.installed import domain_folders

if TYPE_CHECKING:
    from pathlib import Path

SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 30
# Its first source and product are named for it.
LONGEST_DOMAIN = 22
# Schemas of every domain's warehouse: a source or another domain's port has one of its own.
SCHEMAS = {
    "seeds",
    "staging",
    "intermediate",
    "controls",
    "candidates",
    "main",
    "information_schema",
}


class NameRefused(ValueError):
    """A name that cannot be given; the message says why, and nothing was written."""


def refuse_unusable(name: str, *, kind: str) -> None:
    """Raises NameRefused for what is no name of a package, an asset and a SQL table at once."""
    if not SNAKE_CASE.fullmatch(name) or keyword.iskeyword(name):
        raise NameRefused(
            f"{name!r} cannot be the name of a {kind}: write it in snake_case, small letters and "
            "digits with single underscores between words, such as customer or web_shop."
        )
    longest = LONGEST_DOMAIN if kind == "domain" else LONGEST_NAME
    if len(name) > longest:
        raise NameRefused(
            f"{name!r} has {len(name)} characters: a {kind} has a name of at most {longest}."
        )


def refuse_taken_domain(name: str, root: Path) -> None:
    """Raises NameRefused where a domain, a source or a schema of the warehouse has the name."""
    refuse_unusable(name, kind="domain")
    if name in domain_folders(root):
        raise NameRefused(f"There is a domain {name} already: {domain_folders(root)[name]}.")
    _refuse_schema(name, root, kind="domain")


def refuse_taken_source(name: str, root: Path) -> None:
    """Raises NameRefused: sources of all domains share landing, and their names are schemas."""
    refuse_unusable(name, kind="source")
    if name in domain_folders(root):
        raise NameRefused(f"{name} is a domain; its source needs a name of its own.")
    _refuse_schema(name, root, kind="source")


def refuse_unknown_domain(name: str, root: Path) -> None:
    """Raises NameRefused, with the domains that there are."""
    known = sorted(one.removesuffix("_domain") for one in _names(root, "*_domain"))
    if name not in known:
        raise NameRefused(
            f"There is no domain {name!r}. There are {', '.join(known)}; "
            "`make domain name=...` adds one."
        )


def _refuse_schema(name: str, root: Path, *, kind: str) -> None:
    if name in SCHEMAS:
        raise NameRefused(f"{name} is a schema of every warehouse: give the {kind} another name.")
    taken = sorted(root.glob(f"*_domain/landing/{name}.py"))
    if taken:
        raise NameRefused(f"There is a source {name} already: {taken[0]}.")


def _names(root: Path, pattern: str) -> list[str]:
    return [path.name for path in root.glob(pattern) if path.is_dir()]
