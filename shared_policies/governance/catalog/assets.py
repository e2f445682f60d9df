"""The asset governance/catalog: two pages and a JSON file beside the products.

Belongs here: reading what is shown, writing the files. Does not: what they look like (page).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import dagster as dg

from shared_policies.governance.catalog.entries import STATE_WORDS, Entry, entries
from shared_policies.governance.catalog.levels import level_entries
from shared_policies.governance.catalog.page import catalog_json, index_page, policies_page
from shared_policies.governance.catalog.rules import PolicyEntry, policy_entries
from shared_policies.governance.contracts.installed import InstalledContracts, installed_contracts
from shared_policies.governance.ledger import Break, Ledger
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.governance.service_levels.present import present_states
from shared_policies.governance.service_levels.slo import PERIOD_DAYS
from shared_policies.platform.company import company_settings, data_settings
from shared_policies.platform.days import local_day, now
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.product_store import ProductStore

INDEX, POLICIES, JSON = "index.html", "policies.html", "catalog.json"
# A deadline may lie a few days behind the day that it is for.
MEASURED = timedelta(days=PERIOD_DAYS + 15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Everything that is shown, as it was at an instant."""

    at: datetime
    time_zone: str
    entries: Sequence[Entry]
    policies: Sequence[PolicyEntry]
    breaks: Sequence[Break]
    broken: Sequence[str]

    def write(self, store: FileStore) -> None:
        """The pages last: what they link to is there before them."""
        at, zone = self.at, self.time_zone
        files = {
            JSON: catalog_json(self.entries, self.policies, digest=MESH.digest, at=at),
            POLICIES: policies_page(self.policies, digest=MESH.digest, at=at, time_zone=zone),
            INDEX: index_page(
                self.entries,
                self.policies,
                breaks=self.breaks,
                broken=self.broken,
                at=at,
                time_zone=zone,
            ),
        }
        for name, text in files.items():
            store.write(name, text.encode())


def gathered(
    installed: InstalledContracts, ledger: Ledger, product_store: ProductStore, *, at: datetime
) -> Catalog:
    """What is known at `at` (aware)."""
    zone = company_settings().reporting_time_zone
    states = present_states(installed.contracts, ledger.records(since=at - MEASURED), now=at)
    found = entries(
        installed.contracts,
        ledger=ledger,
        product_store=product_store,
        levels={one.port: level_entries(one, states) for one in installed.contracts},
        at=at,
        time_zone=zone,
    )
    return Catalog(
        at=at,
        time_zone=zone,
        entries=found,
        policies=policy_entries(MESH, today=local_day(at, time_zone=zone)),
        breaks=ledger.verify(),
        broken=tuple(installed.broken.values()),
    )


def asset() -> dg.AssetsDefinition:
    """It depends on no asset: it is written also while a product is refused, the scorecard's too.

    Ledger, store and contracts are all it reads, so no domain's code location needs to be up.
    """

    @dg.asset(
        key=["governance", "catalog"],
        group_name="governance_catalog",
        owners=["team:governance"],
        tags={"layer": "catalog"},
        kinds={"html", "json"},
        description="Every data product of the mesh on one page: what it promises, who owns and "
        "reads it, what its last audit found, a first query. And every policy on another.",
    )
    def catalog(
        context: dg.AssetExecutionContext,
        ledger: dg.ResourceParam[Ledger],
        product_store: dg.ResourceParam[ProductStore],
    ) -> dg.MaterializeResult[Any]:
        found = gathered(installed_contracts(), ledger, product_store, at=now())
        store = FileStore(data_settings().catalog_url)
        found.write(store)
        context.log.info("Wrote %s.", store.url(INDEX))
        return dg.MaterializeResult(metadata=_facts(found, store))

    return catalog


def _facts(catalog: Catalog, store: FileStore) -> dict[str, Any]:
    counted = Counter(entry.state for entry in catalog.entries)
    return {
        "page": dg.MetadataValue.path(store.url(INDEX)),
        "policies": dg.MetadataValue.path(store.url(POLICIES)),
        "json": dg.MetadataValue.path(store.url(JSON)),
        "products": len(catalog.entries),
        "preview": dg.MetadataValue.md(_preview(catalog.entries)),
        "states": dg.MetadataValue.json({state: counted[state] for state in STATE_WORDS}),
        "ledger breaks": dg.MetadataValue.json([asdict(one) for one in catalog.breaks]),
    }


def _preview(entries: Sequence[Entry]) -> str:
    lines = ["| product | state | owner | read by |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {one.port} | {one.state_words} | {one.owner} | {', '.join(one.read_by)} |"
        for one in entries
    ]
    return "\n".join(lines)
