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
    from datetime import datetime

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
        Damaged: the disk has lost a part of the version; the message names what to materialise.
        Withdrawn: the version's support has ended.
        PermissionMissing: the contract does not let the role read it.
    """
    shelf = _Shelf.here()
    shelf.refuse_unpublished(product, version)
    opened = InputPort.open(shelf.store, product, major_version=version, role=role)
    shelf.refuse_withdrawn(opened.version)
    return opened


def describe(product: str) -> Description:
    """What is promised of `product`, and how its last version and audit stand.

    Raises:
        UnknownProduct: as `read`.
    """
    shelf = _Shelf.here()
    shelf.refuse_unknown(product)
    return shelf.described(product)


def available() -> list[Description]:
    """Every product that is promised or published, by name."""
    shelf = _Shelf.here()
    return [shelf.described(product) for product in shelf.known]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """All products at one moment: `contracts` as installed, `published` with major versions."""

    store: ProductStore
    contracts: Mapping[str, Contract]
    published: Mapping[str, list[int]]

    @classmethod
    def here(cls) -> _Shelf:
        store = ProductStore(data_settings().products_url)
        contracts = {one.port: one for one in readable_contracts()}
        return cls(store=store, contracts=contracts, published=store.published())

    @property
    def known(self) -> list[str]:
        return sorted(self.contracts.keys() | self.published.keys())

    def refuse_unknown(self, product: str) -> None:
        if product in self.known:
            return
        near = " or ".join(get_close_matches(product, self.known))
        raise UnknownProduct(
            f"there is no product {product!r}.",
            cure=f"Did you mean {near}?" if near else f"There are {', '.join(self.known)}.",
            source="products",
        )

    def refuse_unpublished(self, product: str, version: int) -> None:
        self.refuse_unknown(product)
        published = self.published.get(product, [])
        if version in published:
            return
        domain, name = product.split("/")
        raise NotPublished(
            f"version {version} is not published in {self.store.root_url}.",
            cure=f"Read version {' or '.join(map(str, published))}."
            if published
            else f"Materialise the asset {name} of the {domain} domain, then read it again.",
            source=product,
        )

    def refuse_withdrawn(self, version: PublishedVersion) -> None:
        contract = self._promised(version)
        today = local_day(now(), time_zone=company_settings().reporting_time_zone)
        ends = contract.end_of_support
        if contract.status != "retired" and (ends is None or ends >= today):
            return
        newer = [one for one in self.published[version.product] if one > version.major_version]
        raise Withdrawn(
            f"version {version.major_version} {f'ended on {ends}' if ends else 'was retired'}: "
            "it is no longer audited.",
            cure=f"Read version {newer[-1]}."
            if newer
            else f"Ask team {contract.team} what follows it.",
            source=version.product,
        )

    def described(self, product: str) -> Description:
        versions = self.published.get(product, [])
        contract = self.contracts.get(product) or self._promised(
            self.store.current(product, major_version=versions[-1])
        )
        current = (
            self.store.current(product, major_version=contract.major_version)
            if contract.major_version in versions
            else None
        )
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

    def _promised(self, version: PublishedVersion) -> Contract:
        """What is promised of this major version now; of one that was followed, what was last."""
        installed = self.contracts.get(version.product)
        if installed is not None and installed.major_version == version.major_version:
            return installed
        return published_contract(version.details.get("contract", {}))
