"""One product of one domain, from a source of the sandbox to what consumers read.

Belongs here: landing a stream, building and publishing. Does not: expectations.
"""

from __future__ import annotations

import pkgutil
from typing import TYPE_CHECKING

import dagster as dg

from shared_policies.orchestration.discovery import sources_in
from shared_policies.platform.company import data_settings
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.pulling import pull_accounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared_policies.platform.days import DayRange
    from shared_policies.platform.product_store import PublishedVersion
    from shared_policies.platform.pull_log import SliceRecord


def land(domain: str, *, source: str, stream: str, days: DayRange) -> Sequence[SliceRecord]:
    """The record of every slice of `stream` for `days`, as the schedule's run would land it."""
    sources = sources_in(pkgutil.resolve_name(f"{domain}_domain.landing"))
    [found] = [one for one in sources if one.name == source]
    report = pull_accounts(
        found.connect(),
        found.streams[stream],
        days,
        landing_store=LandingStore(data_settings().landing_url),
        threads=found.threads,
        on_progress=lambda _: None,
    )
    report.raise_for_failures()
    return report.records


def publish(port: str) -> PublishedVersion:
    """Build what `port` needs from what was landed, audit it and publish it, on an instance."""
    with dg.DagsterInstance.ephemeral() as instance:
        definitions = _definitions(port)
        result = definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            asset_selection=needed(port, definitions), instance=instance
        )
    assert result.success
    return ProductStore(data_settings().products_url).current(port, major_version=1)


def needed(port: str, definitions: dg.Definitions | None = None) -> list[dg.AssetKey]:
    """The product and all that it is built of, but for what is landed."""
    graph = (definitions or _definitions(port)).resolve_asset_graph()
    built = dg.AssetSelection.assets(port.split("/")).upstream()
    landed = dg.AssetSelection.tag("layer", "landing")
    return sorted((built - landed).resolve(graph) & graph.materializable_asset_keys)


def _definitions(port: str) -> dg.Definitions:
    domain = port.split("/", maxsplit=1)[0]
    found: dg.Definitions = pkgutil.resolve_name(f"{domain}_domain.definitions:{domain}")()
    return found
