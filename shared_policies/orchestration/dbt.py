"""A domain's dbt models as Dagster assets.

Belongs here: the manifest, keys and owners, one invocation a run. Does not: SQL.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import dagster as dg
import tenacity
from dagster_dbt import (
    DagsterDbtTranslator,
    DbtCliResource,
    DbtProject,
    dbt_assets,
)
from filelock import FileLock
from packaging.version import Version

from shared_policies.orchestration.automation import on_upstream
from shared_policies.orchestration.dbt_columns import with_columns
from shared_policies.orchestration.landing_assets import Source
from shared_policies.platform.company import company_settings, data_settings
from shared_policies.platform.errors import PipelineError, TransientFault
from shared_policies.platform.input_port import InputPort
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.product_store import ProductStore
from shared_policies.platform.warehouse import Warehouse

Answer = TypeVar("Answer")
LEFT_BEHIND_SECONDS = 300
DBT_PROJECT = Path(__file__).parents[2] / "dbt_project"
LAYER_OF_FOLDER = {
    "staging": "staging",
    "intermediate": "intermediate",
    "controls": "controls",
    "products": "candidates",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What a domain builds of its dbt models, at once.

    `sources` are what its staging reads and `ports` the products that it reads from other
    domains, `domain/name` and major version. `select` and `exclude` are dbt's.
    """

    domain: str
    sources: Sequence[Source]
    ports: Mapping[str, int]
    select: str = ""
    exclude: str = ""


class _InstalledDbt(DbtCliResource):
    """Dbt of this environment, without what is asked of it beside the command itself.

    Its version need not be asked of a process and a registry, and nothing uses its adapter here.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:  # noqa: ANN401, ARG002
        return None


def dbt_cli(domain: str) -> DbtCliResource:
    """Dbt for one domain's models and warehouse."""
    return _InstalledDbt(
        project_dir=_project(domain),  # type: ignore[arg-type]  # as its base takes it
        dbt_executable=str(Path(sys.executable).parent / "dbt"),
        # Nobody reads the file, and writing it takes a second of a run.
        global_config_flags=["--log-level-file", "none"],
    )


def dbt_variables(domain: str) -> list[str]:
    """The same for parsing and running, or dbt parses all models again."""
    company, data = company_settings(), data_settings()
    variables = {
        "domain": domain,
        "data_dir": str(data.data_dir.resolve()),
        "landing_root": data.landing_url,
        "reporting_currency": company.reporting_currency,
        "reporting_time_zone": company.reporting_time_zone,
    }
    return ["--vars", json.dumps(variables)]


def dbt_models(models: Models, *, name: str) -> dg.AssetsDefinition:
    """The selected models, each an asset with its tests as checks.

    A model is one table that finds out by itself which slices are due, so it has no partitions:
    one run brings it up to date, whatever days were landed.
    """

    @dbt_assets(
        name=name,
        manifest=manifest_path(models.domain),
        project=_project(models.domain),
        select=models.select or "fqn:*",
        exclude=models.exclude,
        dagster_dbt_translator=_Translator(models.domain),
        pool=f"{models.domain}_warehouse",
    )
    def built(
        context: dg.AssetExecutionContext,
        dbt: dg.ResourceParam[DbtCliResource],
        landing_store: dg.ResourceParam[LandingStore],
        product_store: dg.ResourceParam[ProductStore],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> Iterator[Any]:
        for source in models.sources:
            landing_store.declare(source.streams.values())
        warehouse.path.parent.mkdir(parents=True, exist_ok=True)
        if (aside := _when_free(warehouse.put_aside_if_damaged)) is not None:
            context.log.warning(
                "The warehouse was damaged and is now %s. If a model that is not of this run is "
                "missing, materialise all models of %s.",
                aside,
                models.domain,
            )
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
        with _parsed_target(models.domain) as target_path:
            command = ["build", *dbt_variables(models.domain)]
            building = dbt.cli(command, context=context, target_path=target_path)
            lineage = _project(models.domain).target_path / "lineage"
            yield from with_columns(building, warehouse, lineage=lineage)

    return built


def _when_free(use: Callable[[], Answer]) -> Answer:
    """A worker that was killed may have left a dbt behind, which holds the warehouse to its end.

    Raises:
        TransientFault: after this long somebody else is at work there.
    """
    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TransientFault),
        stop=tenacity.stop_after_delay(LEFT_BEHIND_SECONDS),
        wait=tenacity.wait_fixed(1),
        reraise=True,
    )(use)


def _ports_needed(context: dg.AssetExecutionContext, models: Models) -> list[str]:
    """Only what the models of this run read: the others do not wait for another domain."""
    read = {
        "/".join(dep.asset_key.path)
        for spec in context.assets_def.specs
        if spec.key in context.selected_asset_keys
        for dep in spec.deps
    }
    return [port for port in models.ports if port in read]


@contextmanager
def _parsed_target(domain: str) -> Iterator[Path]:
    """A folder for one invocation, in which dbt finds the project already parsed."""
    with TemporaryDirectory(prefix=f"dbt-{domain}-") as folder:
        parsed = manifest_path(domain).with_name("partial_parse.msgpack")
        shutil.copy(parsed, folder)
        yield Path(folder)


def manifest_path(domain: str) -> Path:
    """What dbt knows of the project, parsed again only when something of it is another."""
    project = _project(domain)
    project.target_path.mkdir(parents=True, exist_ok=True)
    with FileLock(project.target_path / ".parse.lock"):
        stamp = project.target_path / ".parsed_with.json"
        variables = dbt_variables(domain)
        made_of = {"variables": variables, **_made_of(domain)}
        if not _parsed(project.manifest_path, stamp, made_of):
            # Without it, what a killed parse leaves behind is parsed again.
            stamp.unlink(missing_ok=True)
            dbt_cli(domain).cli(
                ["parse", "--quiet", *variables], target_path=project.target_path
            ).wait()
            stamp.write_text(json.dumps(made_of))
    return project.manifest_path


def _parsed(manifest: Path, stamp: Path, made_of: Mapping[str, Any]) -> bool:
    return manifest.exists() and stamp.exists() and json.loads(stamp.read_text()) == made_of


def _made_of(domain: str) -> dict[str, str]:
    """The data folder outlives a release, whose files may be older than what it was parsed to."""
    content = hashlib.sha256()
    for path in _sources(domain):
        content.update(f"{path.relative_to(DBT_PROJECT)} {path.stat().st_size}\n".encode())
        content.update(path.read_bytes())
    return {
        "project": str(DBT_PROJECT),
        "files": content.hexdigest(),
        "dbt": version("dbt-core"),
    }


def _sources(domain: str) -> list[Path]:
    folders = [
        DBT_PROJECT / name for name in (f"models/{domain}", f"seeds/{domain}", "macros", "tests")
    ]
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return sorted([*found, *DBT_PROJECT.glob("*.yml")])


def _project(domain: str) -> DbtProject:
    """Parsed in the data folder: it is parsed with where that stands, so each has its own."""
    return DbtProject(
        project_dir=DBT_PROJECT,
        profiles_dir=DBT_PROJECT,
        target_path=data_settings().data_dir.resolve() / "dbt" / domain,
    )


class _Translator(DagsterDbtTranslator):
    """Of one manifest: dagster-dbt asks ten times for each of its nodes."""

    def __init__(self, domain: str) -> None:
        super().__init__()
        self._domain = domain
        self._specs: dict[str, dg.AssetSpec] = {}

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        if unique_id not in self._specs:
            spec = super().get_asset_spec(manifest, unique_id, project)
            node = manifest["nodes"].get(unique_id)
            self._specs[unique_id] = (
                spec if node is None else _domain_spec(self._domain, spec, manifest, node)
            )
        return self._specs[unique_id]


def _domain_spec(
    domain: str, spec: dg.AssetSpec, manifest: Mapping[str, Any], node: Mapping[str, Any]
) -> dg.AssetSpec:
    layer = "seeds" if node["resource_type"] == "seed" else LAYER_OF_FOLDER[node["fqn"][1]]
    changes: dict[str, Any] = {
        "key": dg.AssetKey([domain, layer, node["name"]]),
        "group_name": f"{domain}_{layer}",
        "owners": [f"team:{domain}"],
        "tags": {"layer": layer},
        "kinds": {"dbt", "duckdb"},
        "automation_condition": on_upstream(domain),
        "description": node["description"],
    }
    if node["name"].endswith(("__pulls", "__slice_versions")):
        changes["deps"] = _every_landing_asset(node, manifest)
    elif node["name"].endswith("_history"):
        # Its rows come from landing by the model that lists them; its view is nobody's asset.
        changes["deps"] = [dep for dep in spec.deps if dep.asset_key.path[0] == domain]
    return spec.replace_attributes(**changes)


def _every_landing_asset(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> list[dg.AssetDep]:
    """The pull log is written by all landing assets of its source."""
    source = manifest["sources"][node["depends_on"]["nodes"][0]]["source_name"]
    return [
        dg.AssetDep(dg.AssetKey(one["config"]["meta"]["dagster"]["asset_key"]))
        for one in manifest["sources"].values()
        if one["source_name"] == source and one["config"]["meta"].get("dagster")
    ]
