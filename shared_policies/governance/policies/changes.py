"""Whether a candidate's contract keeps what the published version promised its readers.

Belongs here: the comparison at the moment of publishing. Does not: the comparison itself
(contracts/breaking), the same question at load (static/changes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.breaking import compared
from shared_policies.governance.contracts.loading import published_contract
from shared_policies.governance.policies.checks import not_applicable
from shared_policies.governance.policies.policy import policy
from shared_policies.governance.policies.verdicts import Finding, Outcome

if TYPE_CHECKING:
    from shared_policies.governance.policies.checks import Asked, Question


@policy("CHG-01", family="changes", phase="run_time")
def published_promises_are_kept(question: Question) -> Asked:
    """CHG-01: the contract's version has grown by what changed since the published version.

    Why: consumers read this major version because they were told that nothing in it breaks them.

    Remedy: Set the version that is expected, or take the change back.
    """
    document = None if question.published is None else question.published.details.get("contract")
    if document is None:
        return not_applicable("nothing was published with a contract in this major version yet")
    found = compared(published_contract(document), question.contract)
    decisive = "; ".join(str(one) for one in found.changes if one.level is found.needed)
    return Finding(
        outcome=Outcome.PASS if found.is_honest else Outcome.FAIL,
        observed=f"version {found.new.version} after {found.old.version}"
        + (f": {decisive}" if decisive else ", nothing changed"),
        expected=f"version {found.due_version} or higher",
        failing_rows=0 if found.is_honest else len(found.changes),
    )


POLICIES = (published_promises_are_kept,)
