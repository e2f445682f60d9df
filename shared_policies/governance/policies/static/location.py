"""A code location as static policies see it: plain values, whatever wires them.

Belongs here: the facts that govern() finds before anything may load. Does not: finding them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared_policies.governance.policies.verdicts import Finding, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from datetime import date

    from shared_policies.governance.contracts.breaking import Comparison
    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.policies.pack import Pack


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """One asset of the location. `key` and `deps` are `/`-separated, `checks` are check names.

    `layer` is as tagged (landing, staging, product), "none" without a tag. `pack_digest`
    identifies the run-time policies that a product is published by, None for what is not.
    """

    key: str
    layer: str
    owners: tuple[str, ...]
    description: str
    group: str
    kinds: frozenset[str]
    deps: tuple[str, ...]
    checks: frozenset[str]
    pack_digest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """All that a static policy may look at.

    `contracts` are the domain's own, `mesh` those of every domain, `absent` the ports it reads of
    domains that are neither installed here nor have published them yet: who may read those is asked
    when they are opened. `broken` are contracts of the domain that cannot be read, by path.
    `comparisons` hold each contract against the version that consumers read now. `loose_rules`,
    `impossible` and `wrong_waivers` are sentences of the parts of governance that judge them, by
    product. `unseen` are entries of the location that are no assets governance can check. `floor`
    is the mesh's pack, `pack` the domain's, and `pinned` the digest of `floor` that was reviewed,
    None without any.
    """

    domain: str
    assets: tuple[Asset, ...]
    contracts: tuple[Contract, ...]
    mesh: tuple[Contract, ...]
    absent: frozenset[str]
    broken: Mapping[str, str]
    comparisons: tuple[Comparison, ...]
    teams: Mapping[str, Collection[str]]
    loose_rules: Mapping[str, str]
    impossible: Mapping[str, Collection[str]]
    wrong_waivers: tuple[str, ...]
    unseen: tuple[str, ...]
    floor: Pack
    pack: Pack
    pinned: str | None
    today: date

    def products(self) -> list[Asset]:
        return [asset for asset in self.assets if asset.layer == "product"]

    def promised(self, port: str) -> Contract | None:
        """The contract behind `domain/name`, of any domain."""
        return next((one for one in self.mesh if one.port == port), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One thing that keeps a location from loading: where, what, and how to mend it."""

    where: str
    what: str
    cure: str


def judged(defects: Iterable[Defect], *, expected: str) -> Finding:
    """FAIL with every defect as a sample; PASS where there is none."""
    found = list(defects)
    return Finding(
        outcome=Outcome.FAIL if found else Outcome.PASS,
        observed=f"{len(found)} found" if found else "as expected",
        expected=expected,
        samples=[
            {"where": defect.where, "what": defect.what, "cure": defect.cure} for defect in found
        ],
        failing_rows=len(found),
    )
