"""A product as an asset: the candidate is audited and, if it passes, published.

Belongs here: audit, swap, what the UI shows of both. Does not: SQL, rules.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg

from shared_policies.governance.audit import Audit, audit
from shared_policies.governance.contracts.loading import Contract, load_contract
from shared_policies.governance.policies.contract_keeping import POLICIES
from shared_policies.governance.policies.verdicts import Outcome, Verdict
from shared_policies.orchestration.automation import on_upstream
from shared_policies.orchestration.dbt import candidate_key
from shared_policies.orchestration.pictures import by_day, preview
from shared_policies.platform.errors import PipelineError
from shared_policies.platform.product_store import ProductStore, PublishedVersion
from shared_policies.platform.warehouse import Warehouse, query_parquet

CONTRACT_FILE = "contract.odcs.yaml"
CHECK_NAMES = tuple(policy.__name__ for policy in POLICIES)


def product_asset(folder: Path, *, excerpt: str, picture: Mapping[str, str]) -> dg.AssetsDefinition:
    """The product whose contract stands in `folder`.

    It has no partitions: what is published is one version of the whole table, at once.
    `excerpt` is SQL over the table `product` for the rows worth a first look; `picture` is what
    its chart shows: title to SQL with the columns series, day and value.
    """
    contract = load_contract(folder / CONTRACT_FILE)
    key = dg.AssetKey([contract.domain, contract.product])

    @dg.asset(
        key=key,
        deps=[candidate_key(contract.domain, contract.product)],
        automation_condition=on_upstream(contract.domain),
        group_name=f"{contract.domain}_products",
        kinds={"parquet", "duckdb"},
        owners=[f"team:{contract.team}"],
        tags={"layer": "product", "contract_version": contract.version},
        description=_description(contract),
        metadata={
            "dagster/column_schema": _column_schema(contract),
            "contract": dg.MetadataValue.path(f"{folder.name}/{CONTRACT_FILE}"),
        },
        check_specs=[
            dg.AssetCheckSpec(name, asset=key, description=_why(name)) for name in CHECK_NAMES
        ],
        pool=f"{contract.domain}_warehouse",
    )
    def published(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        product_store: dg.ResourceParam[ProductStore],
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[Any]]:
        found = audit(
            contract,
            warehouse,
            relation=f"candidates.{contract.product}",
            sandbox_expected=_inputs_are_sandbox(contract, product_store),
        )
        for verdict in found.verdicts:
            yield _as_check(verdict)
        if not found.may_be_published:
            raise dg.Failure(description=found.refusal(), allow_retries=False)
        version = _publish(contract, warehouse, product_store, found)
        context.log.info("Published %s, %s rows.", contract.port, version.row_count)
        yield dg.MaterializeResult(metadata=_facts(contract, version, excerpt, picture))

    return published


def ports_of(contract: Contract) -> dict[str, int]:
    """What the product reads from other domains: `domain/name` to major version."""
    pairs = (entry.split("@") for entry in contract.upstream)
    return {port: int(major_version) for port, major_version in pairs}


def _inputs_are_sandbox(contract: Contract, product_store: ProductStore) -> bool | None:
    try:
        found = [
            bool(product_store.current(port, major_version=major_version).details["sandbox"])
            for port, major_version in ports_of(contract).items()
        ]
    except PipelineError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error
    return any(found) if found else None


def _publish(
    contract: Contract, warehouse: Warehouse, product_store: ProductStore, found: Audit
) -> PublishedVersion:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "candidate.parquet"
        warehouse.export(f"candidates.{contract.product}", path, order_by=contract.key)
        return product_store.publish(
            contract.port,
            major_version=contract.major_version,
            table=path.read_bytes(),
            details={
                "contract_version": contract.version,
                "sandbox": found.sandbox,
                "verdicts": [asdict(verdict) for verdict in found.verdicts],
            },
        )


def _as_check(verdict: Verdict) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=verdict.name,
        passed=verdict.outcome <= Outcome.WARN,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={
            "policy": verdict.code,
            "outcome": verdict.outcome.name,
            "observed": verdict.observed,
            "expected": verdict.expected,
            "remedy": verdict.remedy,
            "samples": dg.MetadataValue.json(
                [{name: str(value) for name, value in row.items()} for row in verdict.samples]
            ),
        },
    )


def _facts(
    contract: Contract, version: PublishedVersion, excerpt: str, picture: Mapping[str, str]
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "dagster/row_count": version.row_count,
        "sandbox": version.details["sandbox"],
        "contract version": contract.version,
        "version": version.version_id,
        "files": dg.MetadataValue.md("\n".join(f"- `{path}`" for path in version.files)),
        "preview": preview(query_parquet(version.files, excerpt), of_rows=version.row_count),
    }
    for title, sql in picture.items():
        series: dict[str, dict[str, float]] = {}
        for row in query_parquet(version.files, sql).to_pylist():
            series.setdefault(row["series"], {})[str(row["day"])] = float(row["value"])
        facts[title] = by_day(title, series)
    return facts


def _description(contract: Contract) -> str:
    return (
        f"{contract.purpose}\n\n**Grain.** {contract.grain}\n\n**Use.** {contract.usage}\n\n"
        f"**Limits.** {contract.limitations}"
    )


def _column_schema(contract: Contract) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.data_type,
                description=f"{column.description} Unit: {column.unit}.",
                constraints=dg.TableColumnConstraints(nullable=not column.required),
                tags={"classification": column.classification},
            )
            for column in contract.columns
        ]
    )


def _why(name: str) -> str:
    policy = next(policy for policy in POLICIES if policy.__name__ == name)
    return " ".join((policy.__doc__ or "").split())
