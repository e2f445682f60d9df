"""`python -m shared_policies.doctor`: what `make doctor` calls.

Belongs here: which sources there are, the order, what is printed. Does not: looking.

Exit codes: 0 the daily run can start; 1 at least one problem would stop a part of it.
"""

from __future__ import annotations

import json
import logging
import pkgutil
import sys
import warnings
from functools import partial
from typing import TYPE_CHECKING

import click

from shared_policies.doctor.diagnosis import Diagnosis, as_fields, as_lines, is_well
from shared_policies.doctor.machine import disk, versions
from shared_policies.doctor.memory import alerts, ledger, privacy, runs
from shared_policies.doctor.sources import examined, mixed, outcome, refusal
from shared_policies.governance.contracts.installed import domain_folders, installed_root
from shared_policies.orchestration.discovery import sources_in
from shared_policies.platform.company import data_settings
from shared_policies.platform.landing_store import LandingStore

if TYPE_CHECKING:
    from shared_policies.orchestration.landing_assets import Source


@click.command(help="Say what would keep the daily run from succeeding. Writes no data.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def doctor(*, as_json: bool) -> None:
    """The command that the module runs."""
    # What client libraries say of themselves and of a refusal stands in no table.
    logging.getLogger().addHandler(logging.NullHandler())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = everything()
    shown = json.dumps(as_fields(found), indent=2) if as_json else "\n".join(as_lines(found))
    click.echo(shown)
    sys.exit(0 if is_well(found) else 1)


def everything() -> list[Diagnosis]:
    """The installation first, then every source of every domain."""
    data = data_settings()
    found = [*versions(), *disk(data), privacy(data), ledger(), *runs(), alerts()]
    landing_store = LandingStore(data.landing_url)
    for domain, folder in domain_folders(installed_root()).items():
        if not (folder / "landing").is_dir():
            continue
        sources = outcome(partial(_sources, f"{folder.name}.landing"))
        if isinstance(sources, Exception):
            found.append(refusal(domain, "sources", sources))
            continue
        for source in sources:
            found += examined(source, landing_store)
    return [*found, *mixed(found)]


def _sources(landing: str) -> tuple[Source, ...]:
    return sources_in(pkgutil.resolve_name(landing))


if __name__ == "__main__":
    doctor()
