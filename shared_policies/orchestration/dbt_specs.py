"""A domain's dbt models and tests as Dagster knows them: keys, dependencies, owners, checks.

Belongs here: reading the manifest. Does not: parsing (dbt_project.py), building (dbt.py).

Not by dagster-dbt, which brings all of dbt into every process that only wants to know which
models there are: 1.4 of the two seconds in which a code location is to load.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import dagster as dg

from shared_policies.orchestration.automation import on_upstream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

LAYER_OF_FOLDER = {
    "staging": "staging",
    "intermediate": "intermediate",
    "controls": "controls",
    "products": "candidates",
}
# These are written by all landing assets of their source: the pull log is.
READS_EVERY_STREAM = ("__pulls", "__slice_versions")
Node = dict[str, Any]


@dataclass(frozen=True)
class Manifest:
    """What dbt knows of one domain's project."""

    domain: str
    content: Mapping[str, Any]

    @cached_property
    def specs(self) -> Mapping[str, dg.AssetSpec]:
        """Of every model and seed, by dbt's unique id."""
        return {
            unique_id: self._spec(node)
            for unique_id, node in self.content["nodes"].items()
            if _is_asset(node)
        }

    @cached_property
    def check_specs(self) -> Mapping[str, dg.AssetCheckSpec]:
        """Of every test of a model or seed, by dbt's unique id."""
        tests = (one for one in self.content["nodes"].values() if one["resource_type"] == "test")
        return {test["unique_id"]: self._check_spec(test) for test in tests}

    def key(self, unique_id: str) -> dg.AssetKey | None:
        """Under which Dagster shows it; None if it shows nothing, as of a view on landed files."""
        if (source := self.content["sources"].get(unique_id)) is not None:
            told = source["config"]["meta"].get("dagster")
            return dg.AssetKey(told["asset_key"]) if told else None
        node = self.content["nodes"][unique_id]
        return dg.AssetKey([self.domain, _layer(node), node["name"]]) if _is_asset(node) else None

    def checks_of(self, specs: Iterable[dg.AssetSpec]) -> list[dg.AssetCheckSpec]:
        keys = {spec.key for spec in specs}
        return [check for check in self.check_specs.values() if check.asset_key in keys]

    def names_of(
        self, assets: Collection[dg.AssetKey], checks: Collection[dg.AssetCheckKey]
    ) -> list[str]:
        """By which dbt selects them. A name is one model's or one test's."""
        chosen = [one for one, spec in self.specs.items() if spec.key in assets]
        chosen += [one for one, check in self.check_specs.items() if check.key in checks]
        return [self.content["nodes"][one]["name"] for one in chosen]

    def is_of_candidate(self, unique_id: str) -> bool:
        """A candidate of a product, or a test of one."""
        check = self.check_specs.get(unique_id)
        key = check.asset_key if check else self.specs[unique_id].key
        return key.path[1] == LAYER_OF_FOLDER["products"]

    def reads(self, unique_id: str) -> set[str]:
        """Of dbt's unique ids, what it reads directly; nothing if it is a seed."""
        return set(self.content["nodes"][unique_id]["depends_on"].get("nodes", []))

    def inputs(self, unique_id: str) -> Mapping[str, dg.AssetKey]:
        """What a model reads, by relation (`schema.table`); without what Dagster does not show."""
        nodes = {**self.content["nodes"], **self.content["sources"]}
        keys = {one: self.key(one) for one in self.reads(unique_id)}
        return {relation(nodes[one]): key for one, key in keys.items() if key is not None}

    def relations_of(self, unique_id: str) -> set[str]:
        """Its own and what it reads."""
        return {relation(self.content["nodes"][unique_id]), *self.inputs(unique_id)}

    def _spec(self, node: Node) -> dg.AssetSpec:
        return dg.AssetSpec(
            dg.AssetKey([self.domain, _layer(node), node["name"]]),
            deps=sorted(self._read(node)),
            group_name=f"{self.domain}_{_layer(node)}",
            owners=[f"team:{self.domain}"],
            tags={"layer": _layer(node)},
            kinds={"dbt", "duckdb"},
            automation_condition=on_upstream(self.domain),
            description=node["description"],
            code_version=_code_version(node),
            metadata={
                "dagster/table_name": f"{node['database']}.{relation(node)}",
                "dbt/materialized": node["config"]["materialized"],
                **_promised_columns(node),
            },
            skippable=True,
        )

    def _check_spec(self, test: Node) -> dg.AssetCheckSpec:
        """A test belongs to the model under which it is written; a singular one to what it reads.

        Raises:
            ValueError: a singular test reads several models, or none.
        """
        read = self.reads(test["unique_id"])
        reads = {key for one in read if (key := self.key(one)) is not None}
        attached = test.get("attached_node")
        key = self.key(attached) if attached else next(iter(reads)) if len(reads) == 1 else None
        if key is None:
            message = (
                f"The test {test['name']} ({test['original_file_path']}) belongs to no model. "
                "Write it under one, or let it read only one."
            )
            raise ValueError(message)
        return dg.AssetCheckSpec(
            test["name"],
            asset=key,
            description=test["meta"].get("description"),
            additional_deps=reads - {key},
            metadata={"dbt/unique_id": test["unique_id"]},
            blocking=test["config"]["severity"].lower() == "error",
        )

    def _read(self, node: Node) -> set[dg.AssetKey]:
        read = self.reads(node["unique_id"])
        if node["name"].endswith(READS_EVERY_STREAM):
            source = self.content["sources"][next(iter(read))]["source_name"]
            sources = self.content["sources"].items()
            read = {one for one, said in sources if said["source_name"] == source}
        return {key for one in read if (key := self.key(one)) is not None}


def relation(node: Node) -> str:
    """Of a model, seed or source, `schema.table`."""
    return f"{node['schema']}.{node.get('identifier') or node['alias']}"


def _is_asset(node: Node) -> bool:
    return node["resource_type"] in {"model", "seed"}


def _layer(node: Node) -> str:
    return "seeds" if node["resource_type"] == "seed" else LAYER_OF_FOLDER[node["fqn"][1]]


def _code_version(node: Node) -> str:
    if node["resource_type"] == "seed":
        return str(node["checksum"]["checksum"])
    return hashlib.sha256(node["raw_code"].encode()).hexdigest()


def _promised_columns(node: Node) -> dict[str, dg.TableSchema]:
    columns = [
        dg.TableColumn(one["name"], one["data_type"] or "?", one["description"] or None)
        for one in node["columns"].values()
    ]
    return {"dagster/column_schema": dg.TableSchema(columns)} if columns else {}
