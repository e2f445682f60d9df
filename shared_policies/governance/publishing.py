"""A product as an asset: the candidate is audited and, if it passes, published.

Belongs here: audit, swap, what the UI shows of both, the record of either. Does not: SQL, rules.

How a legitimate big change is published: older days and accounts that are new simply appear, no
history is broken by them; a new column comes with a minor version and is compared from its second
publication on; another currency, key or meaning is a new major version, which starts without
history; a past that the source really rewrote is a waiver for one publication.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg

from shared_policies.governance.audit import Audit, audit
from shared_policies.governance.contracts.access import masks_by_role
from shared_policies.governance.contracts.loading import find_contracts, load_contract
from shared_policies.governance.contracts.model import Contract
from shared_policies.governance.ledger import AuditRecord, Ledger
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.governance.policies.pack import Pack
from shared_policies.governance.policies.policy import Policy
from shared_policies.governance.policies.verdicts import Outcome, Verdict
from shared_policies.governance.quarantine import Judged, judged
from shared_policies.governance.waivers import load_waivers, waived
from shared_policies.orchestration.automation import on_upstream
from shared_policies.orchestration.keys import candidate_key
from shared_policies.orchestration.pictures import by_day, preview
from shared_policies.platform.company import company_settings, data_settings
from shared_policies.platform.days import local_day, now
from shared_policies.platform.erasure import was_republished
from shared_policies.platform.errors import NotPublished, PipelineError
from shared_policies.platform.event_lines import Event, tell
from shared_policies.platform.input_port import InputPort
from shared_policies.platform.product_store import ProductStore, PublishedVersion
from shared_policies.platform.warehouse import Warehouse, query_parquet

CONTRACT_FILE = "contract.odcs.yaml"
WAIVERS_FILE = "waivers.yaml"
MODEL_LAYERS = {"seeds", "staging", "intermediate", "controls"}


def product_asset(
    folder: Path, *, excerpt: str, picture: Mapping[str, str], pack: Pack = MESH, idle: str = ""
) -> dg.AssetsDefinition:
    """The product whose contract stands in `folder`.

    It has no partitions: what is published is one version of the whole table, at once.
    `excerpt` is SQL over the table `product` for the rows worth a first look; `picture` is what
    its chart shows: title to SQL with the columns series, day and value. `pack` is the mesh's, or
    the domain's, which may only be stricter. `idle` says why this company has nothing to publish
    here, empty where it has: an empty table that nobody asked for is no failure.
    """
    contract = load_contract(folder / CONTRACT_FILE)
    key = dg.AssetKey([contract.domain, contract.product])
    run_time = pack.of_phase("run_time")

    @dg.asset(
        key=key,
        deps=[candidate_key(contract.domain, contract.product), *_compared_with(contract)],
        automation_condition=on_upstream(contract.domain),
        group_name=f"{contract.domain}_products",
        kinds={"parquet", "duckdb"},
        owners=[f"team:{contract.team}"],
        tags={"layer": "product", "contract_version": contract.version},
        description=_description(contract),
        metadata={
            "dagster/column_schema": _column_schema(contract),
            "contract": dg.MetadataValue.path(f"{folder.name}/{CONTRACT_FILE}"),
            "policy pack": run_time.digest,
        },
        check_specs=[
            dg.AssetCheckSpec(one.name, asset=key, description=_explained(one))
            for one in run_time.policies
        ],
        pool=f"{contract.domain}_warehouse",
    )
    def published(
        context: dg.AssetExecutionContext,
        warehouse: dg.ResourceParam[Warehouse],
        product_store: dg.ResourceParam[ProductStore],
        ledger: dg.ResourceParam[Ledger],
    ) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[Any]]:
        if idle:
            yield from _left_out(run_time, idle)
            return
        inputs = inputs_of(contract, product_store)
        previous = last_published(product_store, contract, ledger)
        candidate = f"candidates.{contract.product}"
        publication = judge(contract, folder, pack, warehouse, previous, inputs, relation=candidate)
        yield from _as_checks(publication.audit, folder)
        record = _record(publication.audit, inputs, run_id=context.run.run_id)
        if not publication.audit.may_be_published:
            ledger.append(record)
            _tell("refused", publication.audit, record)
            raise dg.Failure(description=publication.audit.refusal(), allow_retries=False)
        version = _publish(publication, warehouse, product_store, ledger, record)
        context.log.info("Published %s, %s rows.", contract.port, version.row_count)
        _tell("published", publication.audit, record, version=version.version_id)
        yield dg.MaterializeResult(metadata=_facts(contract, version, excerpt, picture))

    return published


def _tell(event: Event, audit: Audit, record: AuditRecord, **facts: object) -> None:
    """A line for whoever collects logs; `day` is the last one that the candidate knows."""
    tell(
        event,
        run_id=record.run_id,
        product=record.port,
        contract_version=record.contract_version,
        day=record.covered_through,
        rows=record.row_count,
        verdict=audit.outcome.name,
        blocking=[one.code for one in record.verdicts if one.blocks],
        **facts,
    )


def ports_of(contract: Contract) -> dict[str, int]:
    """What the product reads from other domains: `domain/name` to major version."""
    pairs = (entry.split("@") for entry in contract.upstream)
    return {port: int(major_version) for port, major_version in pairs}


def last_published(
    product_store: ProductStore, contract: Contract, ledger: Ledger
) -> PublishedVersion | None:
    """The version that readers get now; None before the first of this major version.

    Where the disk has lost a part of it, the newest one that is whole and was audited: a lost file
    may not make the audit forget what was published.

    Raises:
        dg.Failure: somebody wrote a version past the audit.
    """
    port, major_version = contract.port, contract.major_version
    try:
        version = product_store.current(port, major_version=major_version)
        product_store.refuse_damaged(version)
    except NotPublished:
        kept = product_store.kept(port, major_version=major_version)
        return next((one for one in kept if _was_audited(one, ledger)), None)
    if _was_audited(version, ledger):
        return version
    raise dg.Failure(
        description=f"{version.product} version {version.version_id} was published by no audit. "
        "Nothing is compared with it, and nothing was published. Put the manifest.json of the "
        "last audited version in the place of current.json.",
        allow_retries=False,
    )


def _was_audited(version: PublishedVersion, ledger: Ledger) -> bool:
    """Published by an audit or by an erasure; nothing else is history."""
    return ledger.knows(version.product, version.version_id) or was_republished(
        version.version_id, data_settings()
    )


def check_names(pack: Pack) -> tuple[str, ...]:
    """The asset checks that a product shows."""
    return tuple(one.name for one in pack.of_phase("run_time").policies)


def _compared_with(contract: Contract) -> list[dg.AssetKey]:
    """The models that the contract's rules name: they are built before the audit reads them."""
    relations = {str(rule.parameters.get("relation", "")) for rule in contract.rules}
    named = [relation.partition(".") for relation in sorted(relations)]
    return [
        dg.AssetKey([contract.domain, layer, model])
        for layer, _, model in named
        if layer in MODEL_LAYERS
    ]


def inputs_of(contract: Contract, product_store: ProductStore) -> dict[str, PublishedVersion]:
    """The current version of every product that it reads.

    Raises:
        dg.Failure: one of them was never published, or may not be read.
    """
    try:
        return {
            port: InputPort.open(
                product_store, port, major_version=major_version, role=contract.domain
            ).version
            for port, major_version in ports_of(contract).items()
        }
    except PipelineError as error:
        raise dg.Failure(description=str(error), allow_retries=False) from error


def judge(
    contract: Contract,
    folder: Path,
    pack: Pack,
    warehouse: Warehouse,
    previous: PublishedVersion | None,
    inputs: Mapping[str, PublishedVersion],
    *,
    relation: str,
) -> Judged:
    """The audit of `relation`, without what the contract lets be set aside, with waivers.

    It is compared with `previous`, the version that was published last.
    """
    at = now()
    today = local_day(at, time_zone=company_settings().reporting_time_zone)
    waivers = load_waivers(folder.parents[1] / WAIVERS_FILE)
    sandbox = [bool(version.details["sandbox"]) for version in inputs.values()]

    def audited(relation: str, *, aside: str | None) -> Audit:
        found = audit(
            contract,
            warehouse,
            relation=relation,
            pack=pack,
            published=previous,
            sandbox_expected=any(sandbox) if sandbox else None,
            aside=aside,
            at=at,
        )
        verdicts = waived(found.verdicts, waivers, contract=contract, pack=pack, today=today)
        return found.with_verdicts(verdicts)

    return judged(audited, relation=relation)


def _record(found: Audit, inputs: Mapping[str, PublishedVersion], *, run_id: str) -> AuditRecord:
    return AuditRecord(
        port=found.contract.port,
        domain=found.contract.domain,
        at=now(),
        run_id=run_id,
        contract_version=found.contract.version,
        contract_digest=found.contract.digest,
        pack_digest=found.pack.digest,
        published=False,
        version_id=None,
        covered_through=found.covered_through,
        complete_share=found.complete_share,
        incomplete=found.incomplete,
        row_count=found.row_count,
        previous_row_count=found.previous_row_count,
        verdicts=found.verdicts,
        inputs={port: version.version_id for port, version in inputs.items()},
    )


def _publish(
    publication: Judged,
    warehouse: Warehouse,
    product_store: ProductStore,
    ledger: Ledger,
    record: AuditRecord,
) -> PublishedVersion:
    """Swap it in. The ledger hears of it first: what it cannot remember is not published."""
    found, contract = publication.audit, publication.audit.contract
    beside = {}
    if publication.aside is not None:
        beside["quarantine/part-0.parquet"] = _parquet(warehouse, publication.aside, contract)
    return product_store.publish(
        contract.port,
        major_version=contract.major_version,
        table=_parquet(warehouse, publication.relation, contract),
        details={
            "contract_version": contract.version,
            "contract": contract.text,
            "access": {"team": contract.team, "masks": masks_by_role(contract)},
            "pack_digest": found.pack.digest,
            "sandbox": found.sandbox,
            "covered_through": found.covered_through,
            "complete_share": found.complete_share,
            "incomplete": found.incomplete,
            "verdicts": [asdict(verdict) for verdict in found.verdicts],
            "inputs": record.inputs,
        },
        beside=beside,
        before_swap=lambda version: ledger.append(
            replace(record, published=True, version_id=version.version_id)
        ),
    )


def _parquet(warehouse: Warehouse, relation: str, contract: Contract) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "part-0.parquet"
        warehouse.export(relation, path, order_by=contract.key)
        return path.read_bytes()


def _consumers(contract: Contract, folder: Path) -> list[str]:
    """Products of any domain whose contract says that they read this one."""
    contracts = map(load_contract, find_contracts(folder.parents[2]))
    return sorted(one.port for one in contracts if contract.versioned_port in one.upstream)


def _as_checks(found: Audit, folder: Path) -> Iterator[dg.AssetCheckResult]:
    consumers = _consumers(found.contract, folder)
    for verdict in found.verdicts:
        yield _as_check(verdict, found.contract, consumers)


def _as_check(verdict: Verdict, contract: Contract, consumers: list[str]) -> dg.AssetCheckResult:
    """Passed is what was evaluated and right, or had nothing to evaluate, which it says."""
    error, warn = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        check_name=verdict.name,
        passed=verdict.outcome <= Outcome.NOT_APPLICABLE,
        severity=error if verdict.blocks else warn,
        description=f"{verdict.outcome.name}: {verdict.observed}",
        metadata={
            "policy": verdict.code,
            "outcome": verdict.outcome.name,
            "observed": verdict.observed,
            "expected": verdict.expected,
            "floor": verdict.floor,
            "failing rows": verdict.failing_rows,
            "rollout": verdict.rollout,
            "owner": f"team:{contract.team}",
            "affected consumers": ", ".join(consumers) or "none known",
            "remedy": verdict.remedy,
            "pack": verdict.pack_digest,
            "samples": dg.MetadataValue.json(
                [{name: str(value) for name, value in row.items()} for row in verdict.samples]
            ),
            **({"waived by": verdict.waived_by} if verdict.waived_by else {}),
        },
    )


def _left_out(pack: Pack, idle: str) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult[Any]]:
    """Nothing is judged of what the company has no use for, and every check says so."""
    for policy in pack.policies:
        yield dg.AssetCheckResult(
            check_name=policy.name,
            passed=True,
            description=f"{Outcome.NOT_APPLICABLE.name}: {idle}",
            metadata={"policy": policy.code, "outcome": Outcome.NOT_APPLICABLE.name},
        )
    yield dg.MaterializeResult(metadata={"not published": idle})


def _explained(policy: Policy) -> str:
    return f"{policy.code}: {policy.sentence} Why: {policy.why}"


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
    if version.details["incomplete"]:
        lines = [f"- {who}" for who in version.details["incomplete"]]
        facts["accounts with days that are not known"] = dg.MetadataValue.md("\n".join(lines))
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
