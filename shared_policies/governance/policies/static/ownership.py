"""Whether everything in a location has an owner, a meaning and a contract.

Belongs here: what is there at all. Does not: how strict a promise is (promises).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.policies.policy import policy
from shared_policies.governance.policies.static.location import Defect, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared_policies.governance.policies.static.location import Asset, Location
    from shared_policies.governance.policies.verdicts import Finding

GOVERNED_LAYERS = {
    "landing",
    "seeds",
    "staging",
    "intermediate",
    "controls",
    "candidates",
    "product",
    "catalog",
}


@policy("OWN-01", family="ownership", phase="static")
def everything_has_an_owner(location: Location) -> Finding:
    """OWN-01: every asset and contract is owned by a team that exists.

    Why: a product that nobody answers for is mended by nobody.

    Remedy: Name a team of governance/teams.yaml; when a team dissolves, its products get another.
    """
    return judged(_unowned(location), expected="an owner that is a team of teams.yaml")


@policy("OWN-02", family="ownership", phase="static")
def everything_says_what_it_is(location: Location) -> Finding:
    """OWN-02: every asset has a description, a group and kinds, and stands below its domain.

    Why: an asset that says nothing of itself is found by nobody and taken for another.

    Remedy: Say it where the asset is declared.
    """
    return judged(_nameless(location), expected="a description, a group, kinds, the domain's key")


@policy("COV-01", family="coverage", phase="static")
def products_and_contracts_belong_together(location: Location) -> Finding:
    """COV-01: every product has a contract, and every contract a product.

    Why: without a contract nothing is promised; without a product nothing is kept.

    Remedy: Write contract.odcs.yaml beside the product, or remove what is left over. A retired
    contract may outlive its product.
    """
    return judged(
        _unpaired(location), expected="one contract per product, one product per contract"
    )


@policy("COV-02", family="coverage", phase="static")
def every_asset_is_governed(location: Location) -> Finding:
    """COV-02: every asset is of a layer that governance knows how to check.

    Why: what no rule covers is a way around all of them.

    Remedy: Use landing_assets, dbt_models or product_asset, or tag it with the layer that it is of.
    """
    unseen = (
        Defect(
            where=name,
            what="is no asset that governance can check",
            cure="Declare it with @dg.asset; of another domain's product, only name it in deps.",
        )
        for name in location.unseen
    )
    unknown = (
        Defect(
            where=asset.key,
            what=f"is of the layer {asset.layer!r}, which no rule covers",
            cure=f"Tag it as one of {', '.join(sorted(GOVERNED_LAYERS))}.",
        )
        for asset in location.assets
        if asset.layer not in GOVERNED_LAYERS
    )
    return judged(
        [*unseen, *unknown], expected=f"a layer among {', '.join(sorted(GOVERNED_LAYERS))}"
    )


@policy("CON-01", family="contracts", phase="static")
def contracts_can_be_read(location: Location) -> Finding:
    """CON-01: every contract is valid, and its rules exist and loosen no floor.

    Why: a misspelled key is a rule that is never evaluated, and stays green.

    Remedy: Mend what is listed; the policy page names every code and parameter.
    """
    unread = (
        Defect(where=path, what=text, cure="Mend the contract as listed.")
        for path, text in location.broken.items()
    )
    loose = (
        Defect(where=port, what=text, cure="Mend the contract's quality rules.")
        for port, text in location.loose_rules.items()
    )
    return judged(
        [*unread, *loose], expected="contracts of the profile, rules at least at the floor"
    )


def _unowned(location: Location) -> Iterator[Defect]:
    known = ", ".join(sorted(location.teams))
    for asset in location.assets:
        if not asset.owners:
            yield Defect(where=asset.key, what="has no owner", cure="Give it owners=['team:...'].")
        for owner in asset.owners:
            if owner.removeprefix("team:") not in location.teams:
                cure = f"Name one of {known}, or add the team to governance/teams.yaml."
                yield Defect(
                    where=asset.key, what=f"is owned by {owner}, which is no team", cure=cure
                )
    for contract in location.contracts:
        if contract.team not in location.teams:
            yield Defect(
                where=contract.port,
                what=f"is owned by the team {contract.team!r}, which does not exist (any more)",
                cure=f"Name one of {known} in the contract.",
            )


def _nameless(location: Location) -> Iterator[Defect]:
    for asset in location.assets:
        wanted = {
            "description": asset.description,
            "group": asset.group,
            "kinds": asset.kinds,
        }
        for what, value in wanted.items():
            if not value:
                yield Defect(where=asset.key, what=f"has no {what}", cure=f"Give it {what}.")
        if not _is_below(asset, location.domain):
            yield Defect(
                where=asset.key,
                what="is another domain's",
                cure=f"Key it below {location.domain!r}, or only depend on it.",
            )


def _is_below(asset: Asset, domain: str) -> bool:
    return asset.key.split("/")[0] == domain


def _unpaired(location: Location) -> Iterator[Defect]:
    contracts = {one.port: one for one in location.contracts}
    products = {asset.key for asset in location.products()}
    for key in sorted(products - contracts.keys()):
        yield Defect(
            where=key, what="is a product without a contract", cure="Write contract.odcs.yaml."
        )
    for port in sorted(contracts.keys() - products):
        if contracts[port].status != "retired":
            yield Defect(
                where=port,
                what="is a contract without a product",
                cure="Wire its product into definitions.py, or set status: retired.",
            )


POLICIES = (
    everything_has_an_owner,
    everything_says_what_it_is,
    products_and_contracts_belong_together,
    every_asset_is_governed,
    contracts_can_be_read,
)
