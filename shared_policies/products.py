"""Data products for people and programs outside of Dagster: find one, read what one may.

    from shared_policies import products

    print(products.describe("finance/orders"))
    products.read("finance/orders", version=1, role="marketing").to_pandas()

Belongs here: what a notebook types, and errors that say what to type instead. Does not: opening
and masking (platform/input_port), pages for browsing (governance/catalog).

The role is what the caller says it is. What files cannot enforce is written in
docs/guides/access.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from shared_policies.governance.catalog.entries import in_words
from shared_policies.governance.contracts.installed import readable_contracts
from shared_policies.governance.contracts.loading import published_contract
from shared_policies.governance.ledger import mesh_ledger
from shared_policies.platform.company import company_settings, data_settings
from shared_policies.platform.days import local_day, now
from shared_policies.platform.errors import NotPublished, UnknownProduct, Withdrawn
from shared_policies.platform.input_port import EVERYONE, InputPort
from shared_policies.platform.product_store import ProductStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.platform.product_store import PublishedVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A product at a glance; prints as text. `contract` holds all that is promised of it.

    `versions` are the major versions that can be read. `published_at` and `row_count` are those of
    the contract's major version, None before its first publication. `service_levels` are promises
    in words. `last_verdict` is the outcome of the last audit, None before the first; where it
    blocked, the version before is still the one that is read.
    """

    product: str
    contract: Contract
    owner: str
    readers: tuple[str, ...]
    versions: tuple[int, ...]
    published_at: datetime | None
    row_count: int | None
    service_levels: Mapping[str, str]
    last_verdict: str | None
    last_audited_at: datetime | None

    def __str__(self) -> str:
        contract, published = self.contract, self.published_at
        levels = ", ".join(f"{name} {words}" for name, words in self.service_levels.items())
        audited = f" at {self.last_audited_at:%Y-%m-%d %H:%M %Z}" if self.last_audited_at else ""
        lines = {
            "contract": f"{contract.version}, {contract.status}",
            "owner": self.owner,
            "readers": ", ".join(self.readers),
            "published": f"{published:%Y-%m-%d %H:%M %Z}" if published else "never",
            "rows": "none" if self.row_count is None else f"{self.row_count:,}",
            "promises": levels,
            "last audit": f"{self.last_verdict or 'none'}{audited}",
            "grain": contract.grain,
            "columns": ", ".join(one.name for one in contract.columns),
        }
        told = "\n".join(f"  {name:10} {text}" for name, text in lines.items())
        return f"{self.product}: {contract.purpose}\n{told}"


def read(product: str, *, version: int, role: str = EVERYONE) -> InputPort:
    """The current version of `product` (`domain/name`) in the major version `version`.

    The answer is read by its `to_arrow`, `to_pandas` or `to_duckdb`. `role` is the reader's: a
    domain or another role that the contract names.

    Raises:
        UnknownProduct: the message names products that are called nearly so.
        NotPublished: the message names the versions that are published.
        Withdrawn: the version's support has ended.
        PermissionMissing: the contract does not let the role read it.
    """
    store = _store()
    published = _known(product, store)
    if version not in published:
        raise _not_published(product, version, published, store)
    opened = InputPort.open(store, product, major_version=version, role=role)
    _refuse_withdrawn(opened.version, published)
    return opened


def describe(product: str) -> Description:
    """What is promised of `product`, and how its last version and audit stand.

    Raises:
        UnknownProduct: as `read`.
    """
    store = _store()
    versions = _known(product, store)
    contract = _contract(product, versions, store)
    major_version = contract.major_version
    current = None
    if major_version in versions:
        current = store.current(product, major_version=major_version)
    last = mesh_ledger().latest(product)
    return Description(
        product=product,
        contract=contract,
        owner=f"team {contract.team}",
        readers=tuple(sorted({contract.domain, *(one.role for one in contract.roles)})),
        versions=tuple(versions),
        published_at=current.published_at if current else None,
        row_count=current.row_count if current else None,
        service_levels={name: in_words(one) for name, one in contract.service_levels.items()},
        last_verdict=max(one.outcome for one in last.verdicts).name if last else None,
        last_audited_at=last.at if last else None,
    )


def available() -> list[Description]:
    """Every product that is promised or published, by name."""
    promised = {one.port for one in readable_contracts()}
    return [describe(product) for product in sorted(promised | _store().published().keys())]


def _store() -> ProductStore:
    return ProductStore(data_settings().products_url)


def _known(product: str, store: ProductStore) -> list[int]:
    """The published major versions of `product`; empty if it is only promised."""
    published = store.published()
    if product in published:
        return published[product]
    known = sorted({*published, *(one.port for one in readable_contracts())})
    if product in known:
        return []
    near = get_close_matches(product, known, n=3)
    raise UnknownProduct(
        f"there is no product {product!r}.",
        cure=f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(known)}.",
        source="products",
    )


def _contract(product: str, versions: list[int], store: ProductStore) -> Contract:
    """As installed; of a domain that is not installed here, as published last."""
    installed = next((one for one in readable_contracts() if one.port == product), None)
    if installed is not None:
        return installed
    version = store.current(product, major_version=versions[-1])
    return published_contract(version.details.get("contract", {}))


def _not_published(
    product: str, version: int, published: list[int], store: ProductStore
) -> NotPublished:
    if not published:
        domain, name = product.split("/")
        cure = f"Materialise the asset {name} of the {domain} domain, then read it again."
    else:
        cure = f"Read version {' or '.join(map(str, published))}."
    return NotPublished(
        f"version {version} is not published in {store.root_url}.", cure=cure, source=product
    )


def _refuse_withdrawn(version: PublishedVersion, published: list[int]) -> None:
    contract = _supported_by(version)
    today = local_day(now(), time_zone=company_settings().reporting_time_zone)
    if contract.status != "retired" and not _ended(contract.end_of_support, today):
        return
    newer = [one for one in published if one > version.major_version]
    when = f"ended on {contract.end_of_support}" if contract.end_of_support else "was retired"
    raise Withdrawn(
        f"version {version.major_version} {when}: it is no longer audited.",
        cure=f"Read version {newer[-1]}." if newer else f"Ask team {contract.team} what follows.",
        source=version.product,
    )


def _supported_by(version: PublishedVersion) -> Contract:
    """What is promised of this major version now; of one that was followed, what was last."""
    for contract in readable_contracts():
        if (contract.port, contract.major_version) == (version.product, version.major_version):
            return contract
    return published_contract(version.details.get("contract", {}))


def _ended(end: date | None, today: date) -> bool:
    return end is not None and end < today
