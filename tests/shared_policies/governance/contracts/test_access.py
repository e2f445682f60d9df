"""Who sees what of a product, and that more rights never show less."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_policies.governance.contracts.access import clearance_of, masks_by_role, masks_of
from shared_policies.governance.contracts.loading import ContractBroken, contract_of
from shared_policies.governance.contracts.model import CLASSIFICATIONS
from tests.shared_policies.governance.promised import (
    NOTE,
    VALUE,
    column,
    columns,
    document,
    granting,
)

if TYPE_CHECKING:
    from shared_policies.governance.contracts.model import Contract

HASHED = {"personalData": "hashed"}
ROLES = ("everyone", "stock", "finance", "sales")
# What a role's clearance may be: None is a role without one.
CLEARANCES = st.sampled_from([None, "confidential", "restricted"])
# Each example validates contracts against two JSON schemas.
SETTINGS = settings(deadline=None, max_examples=30)
GRANTS = st.dictionaries(st.sampled_from(["stock", "finance"]), CLEARANCES, max_size=2)


def promised(roles: list[dict[str, object]]) -> Contract:
    """Sales' orders: a confidential value, a restricted note and a hashed, confidential buyer."""
    text = document()
    columns(text)[VALUE]["classification"] = "confidential"
    columns(text)[NOTE]["classification"] = "restricted"
    columns(text).append(column("buyer_id", "varchar", "string", "id", custom=HASHED))
    columns(text)[-1]["classification"] = "confidential"
    return contract_of({**text, "roles": roles})


def test_a_role_sees_what_its_clearance_covers_and_the_owner_everything():
    found = masks_by_role(promised(granting("everyone", stock="confidential")))
    assert found == {
        "everyone": {"value_micros": "null", "note": "null", "buyer_id": "hash"},
        "sales": {},
        "stock": {"note": "null"},
    }


def test_a_role_that_no_contract_names_may_not_read():
    assert clearance_of(promised(granting("stock")), "finance") is None
    assert clearance_of(promised(granting("stock")), "sales") == "restricted"


def granted(grants: dict[str, str | None]) -> list[dict[str, object]]:
    plain = [role for role, clearance in grants.items() if clearance is None]
    return granting(*plain, **{role: held for role, held in grants.items() if held is not None})


@SETTINGS
@given(GRANTS, st.sampled_from(["stock", "finance"]), CLEARANCES)
def test_a_grant_more_or_a_higher_one_masks_nothing_more(
    grants: dict[str, str | None], role: str, clearance: str | None
):
    known = ("confidential", "restricted")
    held = [one for one in (grants.get(role), clearance) if one is not None]
    more = {**grants, role: max(held, key=known.index, default=None)}
    before, after = (promised(granted(one) or granting("other")) for one in (grants, more))
    for who in ROLES:
        if clearance_of(before, who) is not None:
            assert masks_of(after, who).keys() <= masks_of(before, who).keys()


@SETTINGS
@given(GRANTS)
def test_nobody_sees_less_than_everyone(grants: dict[str, str | None]):
    open_to_all = promised([*granting("everyone"), *granted(grants)])
    for role in ROLES:
        clearance = clearance_of(open_to_all, role)
        assert clearance is not None
        assert CLASSIFICATIONS.index(clearance) >= CLASSIFICATIONS.index("internal")


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        (granting(everyone="confidential"), "Everyone sees what is internal at most"),
        (granting(stock="secret"), "a clearance is confidential or restricted"),
        (granting('stock"; drop table orders'), "A role is snake_case"),
    ],
)
def test_a_grant_that_cannot_be_is_no_contract(roles: list[dict[str, object]], said: str):
    with pytest.raises(ContractBroken, match=said):
        promised(roles)
