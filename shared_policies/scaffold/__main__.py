"""`python -m shared_policies.scaffold`: what `make domain`, `make source`, `make product` call.

Belongs here: arguments and what is printed. Does not: anything that decides.
"""

from __future__ import annotations

import pkgutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from shared_policies.orchestration.discovery import sources_in
from shared_policies.scaffold.names import (
    NameRefused,
    refuse_taken_domain,
    refuse_taken_source,
    refuse_unknown_domain,
    refuse_unusable,
)
from shared_policies.scaffold.registration import register_domain, register_product
from shared_policies.scaffold.skeletons import rendered, write

if TYPE_CHECKING:
    from collections.abc import Iterable

STREAM = "entries"


@click.group(help="Add a domain, a source or a product that works, is governed and is tested.")
def scaffold() -> None:
    """The group of commands."""


@scaffold.command()
@click.argument("name")
def domain(name: str) -> None:
    """A code location with a source, a product, its contract, its checks and its tests."""
    root, source, product = Path.cwd(), f"{name}_files", f"{name}_entries"
    refuse_taken_domain(name, root)
    refuse_taken_source(source, root)
    names = {"domain": name, "source": source, "product": product, "stream": STREAM}
    kinds = ("domain", "source", "product")
    files = {path: text for kind in kinds for path, text in rendered(kind, **names).items()}
    written = write(files, root)
    changed = {
        *register_domain(name, root),
        *register_product(f"{name}/{product}", grain="account and day", root=root),
    }
    _tell(written, changed, tests=f"tests/{name}_domain")


@scaffold.command()
@click.argument("domain")
@click.argument("name")
def source(domain: str, name: str) -> None:
    """A source of DOMAIN: CSV files in a folder, to staging."""
    root = Path.cwd()
    refuse_unknown_domain(domain, root)
    refuse_taken_source(name, root)
    written = write(rendered("source", domain=domain, source=name), root)
    _tell(written, (), tests=f"tests/{domain}_domain/connectors/test_{name}.py")


@scaffold.command()
@click.argument("domain")
@click.argument("name")
@click.argument("source", default="")
def product(domain: str, name: str, source: str) -> None:
    """A product of DOMAIN over a stream of SOURCE, by default its first source."""
    root = Path.cwd()
    refuse_unknown_domain(domain, root)
    refuse_unusable(name, kind="product")
    chosen, stream = _stream(domain, source, root)
    names = {"domain": domain, "product": name, "source": chosen, "stream": stream}
    written = write(rendered("product", **names), root)
    changed = register_product(f"{domain}/{name}", grain="account and day", root=root)
    _tell(written, changed, tests=f"tests/{domain}_domain/products/test_{name}.py")


def _stream(domain: str, name: str, root: Path) -> tuple[str, str]:
    """A source of `domain` and its first stream that has a past and a staging model."""
    sources = sources_in(pkgutil.resolve_name(f"{domain}_domain.landing"))
    staging = root / "dbt_project" / "models" / domain / "staging"
    found: dict[str, str] = {}
    for one in sources:
        for stream in one.streams.values():
            if not stream.snapshot and (staging / f"stg_{one.name}__{stream.name}.sql").exists():
                found.setdefault(one.name, stream.name)
    chosen = name or next(iter(found), "")
    if chosen not in found:
        raise NameRefused(
            f"The domain {domain} has no source {chosen!r} with a stream by day. "
            f"There are {', '.join(found) or 'none'}; "
            f"`make source domain={domain} name=...` adds one."
        )
    return chosen, found[chosen]


def _tell(written: Iterable[Path], changed: Iterable[Path], *, tests: str) -> None:
    for path in written:
        click.echo(f"wrote    {path.relative_to(Path.cwd())}")
    for path in sorted(changed):
        click.echo(f"changed  {path.relative_to(Path.cwd())}")
    click.echo(f"\nNext: .venv/bin/python -m pytest {tests}, then `make dev` to see it.")


if __name__ == "__main__":
    try:
        scaffold(standalone_mode=False)
    except (NameRefused, click.ClickException) as refused:
        click.echo(str(refused), err=True)
        sys.exit(1)
