"""Whether data about people is marked as what it is, and protected accordingly.

Belongs here: what contracts say of their columns. Does not: what stands in them (policies/texts),
hashing and masking (platform/privacy).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared_policies.governance.contracts.access import PROTECTION, sees
from shared_policies.governance.contracts.profile import custom
from shared_policies.governance.contracts.refinement import SUBSET, loosened
from shared_policies.governance.policies.policy import policy
from shared_policies.governance.policies.static.location import Defect, judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared_policies.governance.contracts.model import Column, Contract
    from shared_policies.governance.policies.static.location import Location
    from shared_policies.governance.policies.verdicts import Finding

PERSONAL_WORDS = {
    "email", "mail", "phone", "mobile", "telephone", "fax", "ip", "firstname", "lastname",
    "surname", "fullname", "username", "login", "address", "street", "postcode", "zip", "postal",
    "birthday",
    "birthdate", "birth", "dob", "gender", "ssn", "passport", "iban", "latitude", "longitude",
    "device", "cookie", "idfa", "gaid", "gclid", "fbclid", "fbp", "fbc", "visitor", "person",
    "customer", "contact", "lead", "respondent", "employee", "member", "user", "client",
}  # fmt: skip
# Words beside "name" that name a thing: campaign_name is what an advertiser typed.
THINGS = {
    "account", "campaign", "ad", "group", "set", "subject", "channel", "platform", "product",
    "domain", "event", "action", "metric", "source", "stream", "file", "column", "property",
    "survey", "question", "opportunity", "stage",
}  # fmt: skip
# A person as a whole number of them (leads, customers) is no person.
COUNTED = {"integer", "number", "boolean"}
# Identifies a person only through somebody else's key.
LEAST_FOR = {"plain": "restricted", "masked": "confidential", "hashed": "confidential"}


@policy("PII-01", family="classification", phase="static")
def personal_columns_are_marked(location: Location) -> Finding:
    """PII-01: a column that looks as if it were about a person says whether it is.

    Why: what is not marked is neither masked at landing nor found when a person asks to be erased.

    Remedy: Add {property: personalData, value: hashed}, masked or plain, or 'no' if it is not.
    """
    return judged(_unmarked(location), expected="personalData on every column that looks personal")


@policy("PII-02", family="classification", phase="static")
def personal_columns_are_protected(location: Location) -> Finding:
    """PII-02: columns about people are confidential, plain ones restricted and not for all.

    Why: a port that everyone reads is an export.

    Remedy: Raise the classification, and grant the port to named domains only.
    """
    return judged(_unprotected(location), expected="confidential or restricted, for named readers")


@policy("CLS-01", family="classification", phase="static")
def classification_is_not_lowered(location: Location) -> Finding:
    """CLS-01: no column is less protected than it was, or than where it comes from.

    Why: copying a column into another product does not make it less sensitive.

    Remedy: Keep the classification of the published version and of the upstream column.
    """
    return judged(_lowered(location), expected="at least the classification of before and upstream")


@policy("CLS-02", family="classification", phase="static")
def sight_is_not_widened(location: Location) -> Finding:
    """CLS-02: nobody sees a confidential column that the published version masks for them.

    Why: what was read once cannot be taken back.

    Remedy: Take the role or its clearance back, or have a waiver for the publication that grants
    it; from then on it is what is published.
    """
    return judged(_widened(location), expected="confidential columns for those who see them now")


def _unmarked(location: Location) -> Iterator[Defect]:
    for contract in location.contracts:
        said = _said(contract)
        for column in contract.columns:
            if looks_personal(column) and column.name not in said:
                yield Defect(
                    where=f"{contract.port} {column.name}",
                    what="looks personal by its name and does not say whether it is",
                    cure="Add personalData: hashed, masked, plain, or 'no'.",
                )


def _said(contract: Contract) -> set[str]:
    """Columns whose contract says personalData in so many words."""
    columns = contract.text["schema"][0]["properties"]
    return {one["name"] for one in columns if "personalData" in custom(one["customProperties"])}


def looks_personal(column: Column) -> bool:
    """By its name alone: that of a person, or of what identifies one."""
    if column.logical_type in COUNTED or column.unit == "definition_id":
        return False
    words = set(re.split(r"_+", column.name))
    if words & PERSONAL_WORDS:
        return True
    return "name" in words and not words & THINGS


def _unprotected(location: Location) -> Iterator[Defect]:
    for contract in location.contracts:
        for column in contract.columns:
            least = LEAST_FOR.get(column.personal)
            if least is None:
                continue
            where = f"{contract.port} {column.name}"
            if not PROTECTION.refines(column.classification, least):
                yield Defect(
                    where=where,
                    what=f"is {column.personal} personal data and {column.classification}",
                    cure=f"Set classification: {least}.",
                )
            if column.personal == "plain" and any(one.role == "everyone" for one in contract.roles):
                yield Defect(
                    where=where,
                    what="is plain personal data in a port that everyone may read",
                    cure="Grant the port to named domains, or hash the column at landing.",
                )


def _lowered(location: Location) -> Iterator[Defect]:
    for comparison in location.comparisons:
        yield from _below(comparison.new, comparison.old, "was published as")
    for contract in location.contracts:
        for entry in contract.upstream:
            upstream = location.promised(entry.partition("@")[0])
            if upstream is not None:
                yield from _below(contract, upstream, f"is in {upstream.port}")


def _widened(location: Location) -> Iterator[Defect]:
    """A role that is new may read what everyone may; confidential columns are another matter."""
    for comparison in location.comparisons:
        old, new = comparison.old, comparison.new
        roles = sorted({one.role for one in new.roles})
        for column in new.columns:
            before = old.column(column.name)
            if before is None or not PROTECTION.refines(column.classification, "confidential"):
                continue
            was = {"seen by": tuple(role for role in roles if sees(old, role, before))}
            now = {"seen by": tuple(role for role in roles if sees(new, role, column))}
            for one in loosened(now, was, {"seen by": SUBSET}):
                added = ", ".join(role for role in one.value if role not in one.floor)
                yield Defect(
                    where=f"{new.port} {column.name}",
                    what=f"is {column.classification} and would be seen by {added}, for whom it "
                    f"is masked in what is published ({one.order})",
                    cure=f"Take the clearance of {added} back, or waive it for one publication.",
                )


def _below(contract: Contract, model: Contract, how: str) -> Iterator[Defect]:
    for column in contract.columns:
        there = model.column(column.name)
        if there and not PROTECTION.refines(column.classification, there.classification):
            yield Defect(
                where=f"{contract.port} {column.name}",
                what=f"is {column.classification} and {how} {there.classification}",
                cure=f"Set classification: {there.classification}.",
            )


POLICIES = (
    personal_columns_are_marked,
    personal_columns_are_protected,
    classification_is_not_lowered,
    sight_is_not_widened,
)
