"""Whether a location reads only what it declares and may read, and is judged by the real rules.

Belongs here: dependencies, grants, waivers, the pack. Does not: reading itself (the input port).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.access import clearance_of
from shared_policies.governance.contracts.refinement import loosened
from shared_policies.governance.policies.policy import policy
from shared_policies.governance.policies.static.location import Defect, judged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from shared_policies.governance.policies.pack import Pack
    from shared_policies.governance.policies.static.location import Asset, Location
    from shared_policies.governance.policies.verdicts import Finding


@policy("DEP-01", family="dependencies", phase="static")
def what_is_read_is_declared(location: Location) -> Finding:
    """DEP-01: a contract lists upstream exactly the other domains' products that are read.

    Why: an owner who does not know a consumer breaks it without a warning; one who believes in a
    consumer that is none waits for its consent, and readers trust a lineage that is not there.

    Remedy: List what is read in the contract's upstream and nothing else; depend on products only,
    never on what stands behind them.
    """
    return judged(_misdeclared(location), expected="every port that is read, and no other")


@policy("DEP-02", family="access", phase="static")
def what_is_read_is_granted(location: Location) -> Finding:
    """DEP-02: a port is read by domains that its contract's roles name, or by everyone.

    Why: who may read is its owner's decision.

    Remedy: Ask the owner to add a role for the domain to the port's contract.
    """
    return judged(_ungranted(location), expected="a role for the domain, or for everyone")


@policy("WVR-01", family="waivers", phase="static")
def waivers_are_in_order(location: Location) -> Finding:
    """WVR-01: every waiver is approved by who may, narrow, and not over.

    Why: an exception that never ends is a rule that nobody decided.

    Remedy: Mend or remove the waiver in the domain's waivers.yaml.
    """
    defects = (
        Defect(where=f"{location.domain} waivers.yaml", what=sentence, cure="Mend or remove it.")
        for sentence in location.wrong_waivers
    )
    return judged(defects, expected="waivers within the powers of who approved them")


@policy("PCK-01", family="pack", phase="static")
def policies_are_those_reviewed(location: Location) -> Finding:
    """PCK-01: a product is judged by every policy of the mesh, with the text that was reviewed.

    Why: a rule that is altered on one machine, or left out, is no rule.

    Remedy: Take the change back, or run `policies pin` and have pack.lock reviewed with it.
    """
    return judged(
        _unreviewed(location), expected="the digest of pack.lock, every policy of the mesh"
    )


def _misdeclared(location: Location) -> Iterator[Defect]:
    yield from _not_offered_yet(location)
    assets = {asset.key: asset for asset in location.assets}
    declared = {
        one.port: {port.partition("@")[0] for port in one.upstream} for one in location.contracts
    }
    for product in location.products():
        read = _foreign(product, assets, location.domain)
        for port in sorted(declared.get(product.key, set()) - read):
            yield Defect(
                where=product.key,
                what=f"lists {port} and does not read it",
                cure="Take it out of upstream in its contract.",
            )
        for port in sorted(read):
            if location.promised(port) is None and port not in location.absent:
                yield Defect(
                    where=product.key,
                    what=f"reads {port} of another domain, which is no product",
                    cure="Read a product of that domain.",
                )
            elif port not in declared.get(product.key, set()):
                yield Defect(
                    where=product.key,
                    what=f"reads {port} and does not list it",
                    cure=f"Add {port}@<major version> to upstream in its contract.",
                )


def _not_offered_yet(location: Location) -> Iterator[Defect]:
    """An older version may still be published beside the newest; a newer one is not there."""
    for contract in location.contracts:
        for entry in contract.upstream:
            port, _, major_version = entry.partition("@")
            read = location.promised(port)
            if read is not None and int(major_version) > read.major_version:
                yield Defect(
                    where=contract.port,
                    what=f"reads {entry}, and {port} is at version {read.version}",
                    cure=f"Read {read.versioned_port}, or ask team {read.team} for the newer one.",
                )


def _foreign(product: Asset, assets: Mapping[str, Asset], domain: str) -> set[str]:
    """What the product is made of that belongs to another domain, through every own model."""
    found: set[str] = set()
    seen: set[str] = set()
    due = [product.key]
    while due:
        key = due.pop()
        if key in seen:
            continue
        seen.add(key)
        if key.split("/")[0] != domain:
            found.add(key)
        elif key in assets:
            due.extend(assets[key].deps)
    return found


def _ungranted(location: Location) -> Iterator[Defect]:
    """What contracts say they read, and what any asset reads, whether or not a product needs it."""
    reads = {(one.port, entry) for one in location.contracts for entry in one.upstream}
    reads |= {(asset.key, key) for asset in location.assets for key in asset.deps}
    for where, entry in sorted(reads):
        read = location.promised(entry.partition("@")[0])
        if read is not None and clearance_of(read, location.domain) is None:
            yield Defect(
                where=where,
                what=f"reads {entry}, which grants {location.domain} nothing",
                cure=f"Ask team {read.team} for a role {location.domain} with access read.",
            )


def _unreviewed(location: Location) -> Iterator[Defect]:
    floor, pack = location.floor, location.pack
    if location.pinned != floor.digest:
        yield Defect(
            where="the mesh's pack",
            what=_differs(floor.digest, "pack.lock", location.pinned),
            cure="Take the change back, or run `policies pin` and have it reviewed.",
        )
    for code in sorted(floor.codes):
        yield from _weakened(code, floor, pack)
    run_time = pack.of_phase("run_time")
    expected = {one.name for one in run_time.policies}
    for product in location.products():
        missing = sorted(expected - product.checks)
        if missing:
            yield Defect(
                where=product.key,
                what=f"is published without the policies {', '.join(missing)}",
                cure="Make it with product_asset().",
            )
        elif product.pack_digest != run_time.digest:
            yield Defect(
                where=product.key,
                what=_differs(product.pack_digest, "the domain's pack", run_time.digest),
                cure="Give product_asset() and govern() the same pack.",
            )


def _weakened(code: str, floor: Pack, pack: Pack) -> Iterator[Defect]:
    """A pack made by hand instead of by tightening the mesh's."""
    where, cure = f"the domain's pack, {code}", "Make it with MESH.adding() and MESH.tightened()."
    if code not in pack.codes:
        yield Defect(where=where, what="is left out", cure=cure)
    elif pack.policy(code) != floor.policy(code):
        yield Defect(where=where, what="is another policy than the mesh's", cure=cure)
    else:
        orders = {name: one.order for name, one in floor.policy(code).parameters.items()}
        for one in loosened(pack.values_of(code), floor.values_of(code), orders):
            yield Defect(where=where, what=str(one), cure=cure)


def _differs(found: str | None, what: str, other: str | None) -> str:
    ours, theirs = (found or "none")[:12], (other or "nothing")[:12]
    return f"has the digest {ours}, and {what} says {theirs}"


POLICIES = (
    what_is_read_is_declared,
    what_is_read_is_granted,
    waivers_are_in_order,
    policies_are_those_reviewed,
)
