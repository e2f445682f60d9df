"""A domain's dbt models as Dagster assets.

Belongs here: which of them are built together, and building them, one invocation a run. Does not:
what they are (dbt_specs.py), dbt itself (dbt_project.py), SQL.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import dagster as dg
import tenacity

from shared_policies.orchestration.dbt_project import Dbt
from shared_policies.orchestration.dbt_results import Build
from shared_policies.orchestration.dbt_specs import Manifest
from shared_policies.orchestration.landing_assets import Source
from shared_policies.platform.errors import PipelineError, TransientFault
from shared_policies.platform.input_port import InputPort
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse

Answer = TypeVar("Answer")
IN_USE_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What a domain builds of its dbt models, at once.

    `sources` are what its staging reads and `ports` the products that it reads from other
    domains, `domain/name` and major version. `select` and `exclude` are of the domain's models,
    which are all selected if nothing is said.
    """

    domain: str
    sources: Sequence[Source]
    ports: Mapping[str, int]
    select: dg.AssetSelection | None = None
    exclude: dg.AssetSelection | None = None


def dbt_models(models: Models, *, name: str) -> dg.AssetsDefinition:
    """The selected models, each an asset with its tests as checks.

    A model is one table that finds out by itself which slices are due, so it has no partitions:
    one run brings it up to date, whatever days were landed.
    """
    manifest = Manifest(models.domain, Dbt(models.domain).manifest())
    specs = _selected(manifest, models)

    @dg.multi_asset(
        name=name,
        specs=specs,
        check_specs=manifest.checks_of(specs),
        can_subset=True,
        pool=f"{models.domain}_warehouse",
    )
    def built(
        context: dg.AssetExecutionContext,
        dbt: dg.ResourceParam[Dbt],
        landing_store: dg.ResourceParam[LandingStore],
        product_store: dg.ResourceParam[ProductStore],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Iterator[Any]:
        for source in models.sources:
            landing_store.declare(source.streams.values())
        _make_ready(context, models, warehouse)
        _mount(context, models, product_store, warehouse)
        selected = manifest.names_of(context.selected_asset_keys, context.selected_asset_check_keys)
        # Tests are named, as dbt would take others that read the same models.
        command = ["build", "--indirect-selection", "empty", "--select", *selected]
        with _target(models.domain) as target_path:
            ended = dbt.run(command, target_path=Path(target_path))
            lineage = dbt.target_path / "lineage"
            yield from Build(manifest, warehouse, Path(target_path), lineage).results(ended)

    return built


def _selected(manifest: Manifest, models: Models) -> list[dg.AssetSpec]:
    """In the order of the project."""
    specs = list(manifest.specs.values())
    if models.select is None and models.exclude is None:
        return specs

    @dg.multi_asset(specs=specs, name=f"all_models_of_{models.domain}")
    def everything() -> Iterator[Any]:
        yield from ()

    every = {spec.key for spec in specs}
    chosen = models.select.resolve([everything]) if models.select else every
    without = models.exclude.resolve([everything]) if models.exclude else set()
    return [spec for spec in specs if spec.key in chosen - without]


def _make_ready(context: dg.AssetExecutionContext, models: Models, warehouse: Warehouse) -> None:
    warehouse.path.parent.mkdir(parents=True, exist_ok=True)
    if (aside := _when_free(warehouse.put_aside_if_damaged)) is not None:
        context.log.warning(
            "The warehouse was damaged and is now %s. If a model that is not of this run is "
            "missing, materialise all models of %s.",
            aside,
            models.domain,
        )


def _mount(
    context: dg.AssetExecutionContext,
    models: Models,
    product_store: ProductStore,
    warehouse: Warehouse,
) -> None:
    """What the models of this run read of other domains: the rest is not waited for."""
    for port in _ports_needed(context, models):
        try:
            opened = InputPort.open(
                product_store, port, major_version=models.ports[port], role=models.domain
            )
        except PipelineError as error:
            raise dg.Failure(description=str(error), allow_retries=False) from error
        warehouse.mount(port, opened.version.files, opened.masks)
        context.log.info(
            "Reading %s, version %s; masked for %s: %s.",
            port,
            opened.version.version_id,
            models.domain,
            ", ".join(opened.masks) or "nothing",
        )


def _ports_needed(context: dg.AssetExecutionContext, models: Models) -> list[str]:
    read = {
        "/".join(dep.asset_key.path)
        for spec in context.assets_def.specs
        if spec.key in context.selected_asset_keys
        for dep in spec.deps
    }
    return [port for port in models.ports if port in read]


def _when_free(use: Callable[[], Answer]) -> Answer:
    """The dbt of a run that was killed ends a moment after it; others look in with a client.

    Raises:
        TransientFault: after this long somebody else is at work there.
    """
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TransientFault),
        stop=tenacity.stop_after_delay(IN_USE_SECONDS),
        wait=tenacity.wait_fixed(1),
        reraise=True,
    )(use)


def _target(domain: str) -> TemporaryDirectory[str]:
    """A folder for what dbt writes of one invocation."""
    return TemporaryDirectory(prefix=f"dbt-{domain}-")
