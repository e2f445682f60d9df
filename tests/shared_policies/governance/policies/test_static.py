"""What keeps a location from loading: every static policy, broken once and kept once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared_policies.governance.contracts.breaking import compared
from shared_policies.governance.contracts.loading import contract_of
from shared_policies.governance.policies.mesh_pack import MESH, STATIC
from shared_policies.governance.policies.pack import Pack
from shared_policies.governance.policies.static.location import Asset, Location
from shared_policies.governance.policies.verdicts import Outcome
from shared_policies.governance.service_levels.composition import impossible
from tests.shared_policies.governance.promised import (
    SHOP,
    STATE,
    TEAMS,
    TODAY,
    VALUE,
    column,
    columns,
    contract,
    document,
    granting,
    level,
    stock,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared_policies.governance.contracts.model import Contract
    from shared_policies.governance.policies.policy import Policy

RUN_TIME = MESH.of_phase("run_time")
PRODUCT = Asset(
    key="sales/orders",
    layer="product",
    owners=("team:sales",),
    description="Orders.",
    group="sales_products",
    kinds=frozenset({"parquet"}),
    deps=("sales/candidates/orders",),
    checks=frozenset(one.name for one in RUN_TIME.policies),
    pack_digest=RUN_TIME.digest,
)
CANDIDATE = replace(
    PRODUCT,
    key="sales/candidates/orders",
    layer="candidates",
    deps=(),
    checks=frozenset(),
    pack_digest=None,
)
WHOLE = Location(
    domain="sales",
    assets=(PRODUCT, CANDIDATE),
    contracts=(contract(),),
    mesh=(contract(), stock()),
    absent=frozenset(),
    broken={},
    comparisons=(compared(contract(), contract()),),
    teams=TEAMS,
    loose_rules={},
    impossible={},
    wrong_waivers=(),
    unseen=(),
    floor=MESH,
    pack=MESH,
    pinned=MESH.digest,
    today=TODAY,
)


@dataclass(frozen=True)
class Broken:
    """A location that breaks exactly the policy `code`; `said` is in the defect."""

    code: str
    location: Location
    said: str


def promising(change: Callable[[dict[str, Any]], object], **other: object) -> Location:
    """The whole location with a contract that `change` altered."""
    text = document()
    change(text)
    altered = contract_of(text)
    given: dict[str, Any] = {"contracts": (altered,), "mesh": (altered, stock()), **other}
    return replace(WHOLE, **given)


def published(change: Callable[[dict[str, Any]], object]) -> Location:
    """The whole location whose published contract was the one that `change` made."""
    text = document()
    change(text)
    return replace(WHOLE, comparisons=(compared(contract_of(text), contract()),))


def asset(**changes: object) -> Location:
    given: dict[str, Any] = changes
    return replace(WHOLE, assets=(replace(PRODUCT, **given), CANDIDATE))


def reading(upstream: Contract, entry: str | None = None, **other: object) -> Location:
    """The whole location, whose product reads `upstream` of another domain and says so.

    Or says `entry`.
    """
    text = document()
    text["customProperties"][0]["value"] = [entry or upstream.versioned_port]
    ours = contract_of(text)
    read = (PRODUCT, replace(CANDIDATE, deps=(upstream.port,)))
    given: dict[str, Any] = {"contracts": (ours,), "mesh": (ours, upstream), "assets": read}
    return replace(WHOLE, **given | other)


def following(**published_as: object) -> Location:
    """The whole location, whose contract has become 2.0.0; published is 1.2.3 as changed."""
    next_one, old = contract(version="2.0.0"), contract(**published_as)
    return replace(
        WHOLE,
        contracts=(next_one,),
        mesh=(next_one, stock()),
        comparisons=(compared(old, next_one),),
    )


def ending(days: int) -> dict[str, object]:
    """What a contract says that ends so many days from today."""
    day = str(TODAY + timedelta(days=days))
    levels = [*document()["slaProperties"], level("endOfSupport", day, None)]
    return {"version": "1.3.0", "status": "deprecated", "slaProperties": levels}


def personal(name: str, **custom: str) -> Callable[[dict[str, Any]], object]:
    return lambda text: columns(text).append(
        column(name, "varchar", "string", "text", custom=custom)
    )


def ended(day: date) -> Contract:
    levels = [*document()["slaProperties"], level("endOfSupport", str(day), None)]
    return stock(status="deprecated", slaProperties=levels)


def secret_value(*, before: list[dict[str, Any]], now: list[dict[str, Any]]) -> Location:
    """The whole location with a confidential column, for the roles that were and are now."""

    def promised(roles: list[dict[str, Any]]) -> Contract:
        text = document()
        columns(text)[VALUE]["classification"] = "confidential"
        return contract_of({**text, "roles": roles})

    return replace(WHOLE, comparisons=(compared(promised(before), promised(now)),))


LATE = stock(
    slaProperties=[level("latency", "PT9H", element="order_day"), *document()["slaProperties"][1:]]
)
CODE = MESH.policies[0].code
BROKEN = {
    "no owner": Broken("OWN-01", asset(owners=()), "has no owner"),
    "owner left the team": Broken(
        "OWN-01",
        promising(lambda text: text.update(team={"name": "dissolved"})),
        "'dissolved', which does not exist",
    ),
    "no description": Broken("OWN-02", asset(description=""), "has no description"),
    "another domain's key": Broken(
        "OWN-02",
        replace(WHOLE, assets=(*WHOLE.assets, replace(CANDIDATE, key="stock/candidates/x"))),
        "is another domain's",
    ),
    "product without contract": Broken(
        "COV-01",
        replace(WHOLE, assets=(*WHOLE.assets, replace(PRODUCT, key="sales/returns"))),
        "sales/returns",
    ),
    "contract without product": Broken(
        "COV-01", replace(WHOLE, assets=(CANDIDATE,)), "contract without a product"
    ),
    "asset of no layer": Broken(
        "COV-02",
        replace(WHOLE, assets=(*WHOLE.assets, replace(CANDIDATE, key="sales/loose", layer="none"))),
        "no rule covers",
    ),
    "asset that cannot be seen": Broken(
        "COV-02", replace(WHOLE, unseen=("sales/external",)), "no asset that governance can check"
    ),
    "misspelled rule key": Broken(
        "CON-01", replace(WHOLE, broken={"sales_domain/x": "- requird"}), "requird"
    ),
    "rule that does not exist": Broken(
        "CON-01", replace(WHOLE, loose_rules={"sales/orders": "no policy 'XXX-01'"}), "XXX-01"
    ),
    "looser than the floor": Broken(
        "SLO-01",
        promising(lambda text: text["slaProperties"][0].update(value="PT36H")),
        "promises latency PT36H, looser than the floor PT24H",
    ),
    "target below the floor": Broken(
        "SLO-01",
        promising(
            lambda text: text["slaProperties"].__setitem__(1, level("freshness", "PT26H", 0.5))
        ),
        "freshness target 0.5",
    ),
    "tighter than upstream allows": Broken(
        "SLO-02",
        reading(LATE, impossible={"sales/orders": impossible(reading(LATE).contracts[0], [LATE])}),
        "PT9H",
    ),
    "kept above the legal maximum": Broken(
        "RET-01",
        promising(lambda text: text["slaProperties"][4].update(value="P4000D")),
        "legal are at most 3660 days",
    ),
    "people kept above the legal maximum": Broken(
        "RET-01",
        promising(
            lambda text: (
                personal("email", personalData="hashed")(text),
                columns(text)[-1].update(classification="confidential"),
                text["slaProperties"][4].update(value="P1200D"),
            )
        ),
        "legal are at most 1130 days",
    ),
    "breaking change as minor": Broken(
        "BRK-01",
        published(lambda text: (columns(text)[STATE]["enum"].pop(), text.update(version="1.1.0"))),
        "needs a major version",
    ),
    "unit changed only in the description": Broken(
        "BRK-01",
        published(
            lambda text: (
                columns(text)[VALUE].update(description="The value in cents."),
                text.update(version="1.1.0"),
            )
        ),
        "another unit (cents)",
    ),
    "end without notice": Broken(
        "BRK-02",
        replace(WHOLE, comparisons=(compared(contract(), contract(**ending(89))),)),
        str(TODAY + timedelta(days=90)),
    ),
    "announced end drawn nearer": Broken(
        "BRK-02",
        replace(WHOLE, comparisons=(compared(contract(**ending(60)), contract(**ending(30))),)),
        f"knows of {TODAY + timedelta(days=60)}",
    ),
    "next major version without an announced end": Broken(
        "BRK-02", following(), "2.0.0 takes the place of 1.2.3, whose end was never announced"
    ),
    "next major version before the announced end": Broken(
        "BRK-02", following(**ending(0)), f"promised to {TODAY}"
    ),
    "consumer of a major version that was followed": Broken(
        "BRK-03",
        replace(reading(stock()), mesh=(*reading(stock()).contracts, stock(version="2.0.0"))),
        "was followed by version 2.0.0",
    ),
    "consumer of a major version that does not exist": Broken(
        "BRK-03", reading(stock(version="2.0.0"), mesh=(stock(),)), "does not exist"
    ),
    "consumer on an ended port": Broken(
        "BRK-03", reading(ended(TODAY - timedelta(days=1))), "which ended on"
    ),
    "personal column unmarked": Broken(
        "PII-01", promising(personal("customer_email")), "sales/orders customer_email"
    ),
    "personal column for everyone": Broken(
        "PII-02",
        promising(
            lambda text: (
                personal("customer_email", personalData="plain")(text),
                columns(text)[-1].update(classification="restricted"),
            )
        ),
        "a port that everyone may read",
    ),
    "personal column below its protection": Broken(
        "PII-02",
        promising(personal("customer_email", personalData="hashed")),
        "is hashed personal data and internal",
    ),
    "classification lowered below upstream": Broken(
        "CLS-01",
        reading(
            stock(
                schema=[
                    {
                        **document()["schema"][0],
                        "name": "levels",
                        "properties": [
                            {**one, "classification": "confidential"}
                            for one in document()["schema"][0]["properties"]
                        ],
                    }
                ]
            )
        ),
        "is internal and is in stock/levels confidential",
    ),
    "undeclared dependency through a model": Broken(
        "DEP-01",
        replace(WHOLE, assets=(PRODUCT, replace(CANDIDATE, deps=("stock/levels",)))),
        "reads stock/levels and does not list it",
    ),
    "upstream that nothing reads": Broken(
        "DEP-01",
        reading(stock(), assets=WHOLE.assets),
        "lists stock/levels and does not read it",
    ),
    "dependency on another domain's inside": Broken(
        "DEP-01",
        replace(WHOLE, assets=(PRODUCT, replace(CANDIDATE, deps=("stock/staging/x",)))),
        "which is no product",
    ),
    "version that is not offered": Broken(
        "DEP-01",
        reading(stock(), "stock/levels@2"),
        "reads stock/levels@2, and stock/levels is at version 1.",
    ),
    "read without a grant": Broken(
        "DEP-02",
        reading(stock(roles=[{"role": "finance", "access": "read", "description": "Only they."}])),
        "grants sales nothing",
    ),
    "read without a grant by a model that no product needs": Broken(
        "DEP-02",
        replace(
            WHOLE,
            assets=(*WHOLE.assets, replace(CANDIDATE, key="sales/x", deps=("stock/levels",))),
            mesh=(contract(), stock(roles=granting("finance"))),
        ),
        "reads stock/levels, which grants sales nothing",
    ),
    "clearance for what was masked": Broken(
        "CLS-02",
        secret_value(before=granting("stock"), now=granting(stock="confidential")),
        "is confidential and would be seen by stock",
    ),
    "role with a clearance for what it could not read at all": Broken(
        "CLS-02",
        secret_value(before=granting("everyone"), now=granting("everyone", stock="restricted")),
        "is confidential and would be seen by stock",
    ),
    "waiver out of order": Broken(
        "WVR-01", replace(WHOLE, wrong_waivers=("waiver of VOL-01: it expired",)), "it expired"
    ),
    "pack altered": Broken(
        "PCK-01", replace(WHOLE, pinned="0" * 64), "pack.lock says 000000000000"
    ),
    "pack never reviewed": Broken("PCK-01", replace(WHOLE, pinned=None), "pack.lock says nothing"),
    "policy left out of the domain's pack": Broken(
        "PCK-01", replace(WHOLE, pack=MESH.without(CODE)), f"{CODE}: is left out"
    ),
    "floor loosened by hand": Broken(
        "PCK-01",
        replace(WHOLE, pack=Pack(MESH.policies, {"SLO-01": {"completeness": 0.5}})),
        "completeness is 0.5, looser than 0.95",
    ),
    "published without a check": Broken(
        "PCK-01", asset(checks=frozenset()), "published without the policies"
    ),
    "published by another pack": Broken(
        "PCK-01", asset(pack_digest="1" * 64), "has the digest 111111111111"
    ),
}


def verdicts(location: Location) -> dict[str, Any]:
    return {
        one.code: one.judge(location, today=TODAY, values=MESH.values_of(one.code))
        for one in STATIC
    }


@pytest.mark.parametrize("policy", STATIC, ids=lambda policy: policy.code)
def test_a_static_policy_passes_what_is_whole(policy: Policy):
    assert verdicts(WHOLE)[policy.code].outcome is Outcome.PASS


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_a_location_is_refused_with_what_where_and_how_to_mend_it(broken: Broken):
    verdict = verdicts(broken.location)[broken.code]
    assert verdict.outcome is Outcome.FAIL
    told = [f"{one['where']}: {one['what']}. {one['cure']}" for one in verdict.samples]
    assert any(broken.said in line for line in told), told
    assert all(one["cure"] for one in verdict.samples)


def test_every_static_policy_is_broken_by_some_example():
    assert {one.code for one in STATIC} == {broken.code for broken in BROKEN.values()}


def test_who_was_told_in_time_may_be_broken():
    whole = {code: one.outcome for code, one in verdicts(following(**ending(-1))).items()}
    assert set(whole.values()) == {Outcome.PASS}


def test_an_end_that_was_announced_in_time_stays_as_near_as_it_comes():
    kept = replace(WHOLE, comparisons=(compared(contract(**ending(5)), contract(**ending(5))),))
    assert verdicts(kept)["BRK-02"].outcome is Outcome.PASS


@pytest.mark.parametrize("policy", STATIC, ids=lambda policy: policy.code)
def test_a_static_policy_says_why_and_what_to_do(policy: Policy):
    assert policy.sentence
    assert policy.why
    assert policy.remedy


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (granting("stock"), granting("stock", "finance")),
        (granting(stock="confidential"), granting(stock="restricted")),
        (granting(stock="confidential"), granting("stock")),
        (granting("everyone"), granting("everyone", "sales")),
    ],
    ids=["reads masked", "saw it already", "sees less", "the owner's own"],
)
def test_a_grant_that_shows_nobody_more_is_no_loosening(
    before: list[dict[str, Any]], now: list[dict[str, Any]]
):
    assert verdicts(secret_value(before=before, now=now))["CLS-02"].outcome is Outcome.PASS


def test_a_port_of_a_domain_that_is_not_installed_is_asked_when_it_is_opened():
    location = replace(
        reading(stock()),
        assets=(PRODUCT, replace(CANDIDATE, deps=("stock/levels",))),
        mesh=(contract(),),
        absent=frozenset({"stock/levels"}),
    )
    assert verdicts(location)["DEP-01"].outcome is Outcome.PASS
    assert verdicts(replace(location, absent=frozenset()))["DEP-01"].outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("name", "is_personal"),
    [
        ("email", True),
        ("customer_phone", True),
        ("ip_address", True),
        ("client_ip", True),
        ("first_name", True),
        ("name", True),
        ("gclid", True),
        ("campaign_name", False),
        ("ad_group_name", False),
        ("description", False),
        ("shipping_cost", False),
        ("recipe_id", False),
    ],
)
def test_a_column_about_a_person_is_told_by_its_name(name: str, is_personal: bool):  # noqa: FBT001
    found = verdicts(promising(personal(name)))["PII-01"]
    assert (found.outcome is Outcome.FAIL) is is_personal


def test_a_number_of_people_is_no_person():
    def count(text: dict[str, Any]) -> None:
        columns(text).append(
            column("leads", "bigint", "integer", "count", custom={"additive": "over_all_rows"})
        )

    assert verdicts(promising(count))["PII-01"].outcome is Outcome.PASS


def test_what_breaks_consumers_names_them():
    reader = stock(customProperties=[{"property": "upstream", "value": ["sales/orders@1"]}])
    location = replace(
        published(lambda text: columns(text)[SHOP].update(physicalType="bigint")),
        mesh=(contract(), reader),
    )
    (defect,) = verdicts(location)["BRK-01"].samples
    assert "It breaks stock/levels" in defect["what"]
    assert "2.0.0" in defect["cure"]
