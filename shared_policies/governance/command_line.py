"""The command `policies`: the mesh's rules outside of Dagster, for people and for CI.

Belongs here: arguments, printing, exit codes. Does not: anything that decides.

Exit codes: 0 all is well; 1 something is refused, failed or breaking; 2 it could not be answered
(a wrong argument, a file that cannot be read, nothing published yet). Every command takes --json.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
import dagster as dg

from shared_policies.governance.admission import LOCK_FILE, Mesh, judged, location_of, told
from shared_policies.governance.contracts.breaking import Comparison, compared
from shared_policies.governance.contracts.installed import domain_folders
from shared_policies.governance.contracts.loading import (
    CONTRACT_FILE,
    ContractBroken,
    load_contract,
    parse_contract,
)
from shared_policies.governance.grants import bigquery, postgresql, snowflake
from shared_policies.governance.grants.ports import ports
from shared_policies.governance.ledger import mesh_ledger
from shared_policies.governance.locations import pack_of, planned, read_by
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.governance.policies.verdicts import Outcome
from shared_policies.governance.products.scorecard.rows import scores
from shared_policies.governance.publishing import inputs_of, judge, last_published
from shared_policies.platform.company import company_settings, data_settings
from shared_policies.platform.days import local_day, now
from shared_policies.platform.erasure import erase as forget_everywhere
from shared_policies.platform.errors import PipelineError
from shared_policies.platform.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.policies.verdicts import Verdict

WELL, REFUSED = 0, 1
# What these judge is assets, and no asset is loaded here: `plan` asks them.
OF_ASSETS = {"OWN-02", "COV-01", "COV-02", "DEP-01"}
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of sentences.")


class Unanswered(click.ClickException):
    """What was asked cannot be answered; the message says why, and what to do."""

    exit_code = 2


@click.group(help=(__doc__ or "").split("\n\n", maxsplit=1)[0])
def policies() -> None:
    """The group that the console script calls."""


@policies.command()
@as_json
def lint(*, as_json: bool) -> None:
    """Judge every contract and waiver by the static policies that need no assets."""
    mesh = Mesh.here()
    found: dict[str, list[Verdict]] = {}
    for domain in domain_folders(mesh.root):
        location = location_of((), domain=domain, mesh=mesh)
        found[domain] = [one for one in judged(location, mesh) if one.code not in OF_ASSETS]
    broken = {domain: [one for one in all_ if one.blocks] for domain, all_ in found.items()}
    lines = [
        f"{domain}: {line}"
        for domain, verdicts in broken.items()
        for verdict in verdicts
        for line in told(verdict, MESH)
    ]
    lines = lines or [f"{len(mesh.installed.contracts)} contracts keep every static policy."]
    shown = {domain: [_shown(one) for one in verdicts] for domain, verdicts in found.items()}
    _answer(lines, shown, as_json=as_json, code=REFUSED if any(broken.values()) else WELL)


@policies.command()
@click.argument("old", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("new", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@as_json
def diff(old: Path, new: Path, *, as_json: bool) -> None:
    """Say what the contract NEW changes against OLD, and whether its version says so."""
    try:
        comparison = compared(parse_contract(old.read_text()), parse_contract(new.read_text()))
    except ContractBroken as error:
        raise Unanswered(f"One of the contracts cannot be read:\n{error}") from error
    consumers = read_by(comparison, Mesh.here().installed.contracts, ())
    code = WELL if comparison.is_honest else REFUSED
    _answer(
        _told(comparison, consumers), _compared(comparison, consumers), as_json=as_json, code=code
    )


@policies.command()
@as_json
def plan(*, as_json: bool) -> None:
    """Say what would be refused, and what would change for consumers, if deployed now."""
    mesh = Mesh.here()
    locations = list(planned(mesh.root))
    comparisons = [
        comparison
        for domain in domain_folders(mesh.root)
        for comparison in location_of((), domain=domain, mesh=mesh).comparisons
        if comparison.changes
    ]
    consumers = [read_by(one, mesh.installed.contracts, locations) for one in comparisons]
    changes = list(zip(comparisons, consumers, strict=True))
    lines = [
        line
        for one in locations
        for line in (one.refused or f"{one.module} loads: {len(one.products)} products").split("\n")
    ]
    lines += [line for comparison, names in changes for line in _told(comparison, names)]
    lines += [] if changes else ["No contract differs from what is published."]
    shown = {
        "locations": [asdict(one) for one in locations],
        "changes": [_compared(comparison, names) for comparison, names in changes],
    }
    refused = any(one.refused for one in locations)
    _answer(lines, shown, as_json=as_json, code=REFUSED if refused else WELL)


@policies.command()
@click.argument("product")
@as_json
def audit(product: str, *, as_json: bool) -> None:
    """Judge PRODUCT (domain/name): its candidate, or what is published where there is none."""
    mesh = Mesh.here()
    contract = _contract(product, mesh)
    warehouse = Warehouse(data_settings().warehouse_path(contract.domain))
    relation = _candidate(contract, warehouse, mesh)
    try:
        inputs = inputs_of(contract, mesh.product_store)
        previous = last_published(mesh.product_store, contract, mesh_ledger())
    except dg.Failure as error:
        raise Unanswered(str(error.description)) from error
    folder = mesh.folder(contract.domain) / "products" / contract.product
    pack = pack_of(contract, mesh.root)
    found = judge(contract, folder, pack, warehouse, previous, inputs, relation=relation).audit
    verdicts = sorted(found.verdicts, key=lambda one: -one.outcome)
    lines = [f"{contract.port}, {relation}: {found.row_count} rows, {found.outcome.name}"]
    lines += [f"  {one.outcome.name:14} {one.code} {one.name}: {one.observed}" for one in verdicts]
    lines += [] if found.may_be_published else [found.refusal()]
    shown = {
        "product": contract.port,
        "relation": relation,
        "outcome": found.outcome.name,
        "verdicts": [_shown(one) for one in verdicts],
    }
    _answer(lines, shown, as_json=as_json, code=WELL if found.may_be_published else REFUSED)


@policies.command()
@click.argument("verdict")
@as_json
def explain(verdict: str, *, as_json: bool) -> None:
    """Say all about VERDICT (domain/product/sequence/CODE, as the catalog shows it)."""
    record_id, _, code = verdict.rpartition("/")
    record = mesh_ledger().find(record_id)
    found = [one for one in record.verdicts if one.code == code] if record else []
    if record is None or not found:
        raise Unanswered(f"The ledger knows no verdict {verdict}. The catalog lists their names.")
    one = found[0]
    lines = [
        f"{one.code} {one.name}: {one.outcome.name}",
        f"  product    {record.port} {record.contract_version}",
        f"  audited    {record.at:%Y-%m-%d %H:%M %Z}",
        f"  published  {'yes' if record.published else 'no'}",
        f"  observed   {one.observed}",
        f"  expected   {one.expected}",
        f"  floor      {one.floor or 'none'}",
        f"  rows       {one.failing_rows}",
        *(f"             {dict(sample)}" for sample in one.samples),
        f"  remedy     {one.remedy}",
    ]
    if code in MESH.codes:
        lines += [
            f"  rule       {MESH.policy(code).sentence}",
            f"  why        {MESH.policy(code).why}",
        ]
    if one.waived_by:
        lines += [f"  waived by  {one.waived_by}"]
    _answer(lines, _shown(one), as_json=as_json, code=WELL)


@policies.command()
@as_json
def scorecard(*, as_json: bool) -> None:
    """Show how each product stands today in each dimension, counted from the ledger."""
    zone = company_settings().reporting_time_zone
    today = local_day(now(), time_zone=zone)
    ports = [one.port for one in Mesh.here().installed.contracts]
    found = scores(mesh_ledger().records(), ports=ports, measured=(), today=today, time_zone=zone)
    last = {(one.domain, one.product, one.dimension): one for one in found}
    standing = [one for one in last.values() if one.day == today]
    failing = [one for one in standing if one.failing_since is not None]
    lines = [
        f"{one.domain}/{one.product:28} {one.dimension:13} {one.state:15} {', '.join(one.policies)}"
        + (f" since {one.failing_since}" if one.failing_since else "")
        for one in standing
    ]
    shown = [asdict(one) for one in standing]
    _answer(lines, shown, as_json=as_json, code=REFUSED if failing else WELL)


@policies.command()
@as_json
def pin(*, as_json: bool) -> None:
    """Write down which policies were reviewed; commit pack.lock with the change of a policy."""
    lock = Mesh.here().root / LOCK_FILE
    before = lock.read_text().strip() if lock.exists() else "nothing"
    lock.write_text(f"{MESH.digest}\n")
    lines = [f"pack.lock: {before[:12]} -> {MESH.digest[:12]}, {len(MESH.codes)} policies"]
    _answer(lines, {"before": before, "digest": MESH.digest}, as_json=as_json, code=WELL)


@policies.command()
@click.option(
    "--dialect", type=click.Choice(["snowflake", "bigquery", "postgresql"]), required=True
)
@click.option("--database", help="Snowflake's database, BigQuery's project.")
@click.option("--region", help="BigQuery's, such as eu or europe-west3.")
@click.option("--mail-domain", help="BigQuery's groups are <role>@<mail domain>.")
@as_json
def grants(
    dialect: str,
    database: str | None,
    region: str | None,
    mail_domain: str | None,
    *,
    as_json: bool,
) -> None:
    """Print the grants and masks that a warehouse needs to keep what the contracts' roles say."""
    found = ports(Mesh.here().installed.contracts)
    match dialect:
        case "snowflake":
            statements = snowflake.statements(found, database=_name(database, "--database"))
        case "bigquery":
            place = bigquery.Place(
                project=_name(database, "--database"),
                region=_name(region, "--region"),
                mail_domain=_name(mail_domain, "--mail-domain"),
            )
            statements = bigquery.statements(found, place=place)
        case _:
            statements = ["begin", *postgresql.statements(found), "commit"]
    lines = [f"{statement};" for statement in statements]
    _answer(lines, {"dialect": dialect, "statements": statements}, as_json=as_json, code=WELL)


@policies.command()
@click.option("--subject", required=True, help="E-mail, telephone, id, or a hash of ours.")
@click.option("--requested-by", required=True, help="Who asks; kept in the receipt.")
@as_json
def erase(subject: str, requested_by: str, *, as_json: bool) -> None:
    """Forget a person in landing, warehouses and products, and write a receipt."""
    try:
        receipt = forget_everywhere(subject, requested_by=requested_by, data=data_settings())
    except (ValueError, OSError, PipelineError) as error:
        raise Unanswered(str(error)) from error
    lines = [
        f"Receipt {receipt.number} for {receipt.subject}",
        *(f"  searched {count} {store}" for store, count in receipt.searched.items()),
        *(f"  erased   {one}" for one in receipt.found),
        *(f"  left     {where}: {why}" for where, why in receipt.left.items()),
    ]
    _answer(lines, asdict(receipt), as_json=as_json, code=WELL)


def _name(given: str | None, option: str) -> str:
    """A name that this dialect needs and that goes into SQL as it is."""
    if given is None or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", given):
        raise Unanswered(f"This dialect needs {option}: a name of letters, digits, _, . and -.")
    return given


def _contract(product: str, mesh: Mesh) -> Contract:
    contract = next((one for one in mesh.installed.contracts if one.port == product), None)
    if contract is not None:
        return contract
    path = mesh.root / f"{product.replace('/', '_domain/products/', 1)}/{CONTRACT_FILE}"
    if path.exists():
        try:
            load_contract(path)
        except ContractBroken as error:
            raise Unanswered(str(error)) from error
    known = ", ".join(one.port for one in mesh.installed.contracts)
    raise Unanswered(f"There is no product {product}. There are {known}.")


def _candidate(contract: Contract, warehouse: Warehouse, mesh: Mesh) -> str:
    """What is judged, as a FROM item."""
    relation = f"candidates.{contract.product}"
    if not warehouse.path.exists():
        raise Unanswered(
            f"The warehouse {warehouse.path} does not exist. Materialise {contract.port}."
        )
    if warehouse.columns(relation):
        return relation
    try:
        version = mesh.product_store.current(contract.port, major_version=contract.major_version)
    except PipelineError as error:
        raise Unanswered(str(error)) from error
    return f"read_parquet({list(version.files)})"


def _told(comparison: Comparison, consumers: Sequence[str]) -> list[str]:
    needed, given = comparison.needed.name.lower(), comparison.given.name.lower()
    versions = f"{comparison.old.version} -> {comparison.new.version}"
    judgement = "as its version says" if comparison.is_honest else "refused"
    return [
        f"{comparison.new.port} {versions}: needs {needed}, given {given}; {judgement}",
        *(f"  {change.level.name.lower():5} {change}" for change in comparison.changes),
        *([] if comparison.is_honest else [f"  set version: {comparison.due_version}"]),
        f"  read by {', '.join(consumers) or 'nobody'}",
    ]


def _compared(comparison: Comparison, consumers: Sequence[str]) -> dict[str, Any]:
    return {
        "product": comparison.new.port,
        "old": comparison.old.version,
        "new": comparison.new.version,
        "needed": comparison.needed.name.lower(),
        "given": comparison.given.name.lower(),
        "honest": comparison.is_honest,
        "changes": [
            {"where": one.where, "what": one.what, "level": one.level.name.lower()}
            for one in comparison.changes
        ],
        "consumers": list(consumers),
    }


def _shown(verdict: Verdict) -> dict[str, Any]:
    return {**asdict(verdict), "outcome": Outcome(verdict.outcome).name}


def _answer(lines: Iterable[str], shown: object, *, as_json: bool, code: int) -> NoReturn:
    click.echo(json.dumps(shown, indent=2, default=str) if as_json else "\n".join(lines))
    sys.exit(code)


if __name__ == "__main__":
    policies()
