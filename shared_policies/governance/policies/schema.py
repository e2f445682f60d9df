"""Whether a candidate has the form that its contract promises.

Belongs here: names, types, order of columns; whether the contract's change fits its version.
Does not: values.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.policies.policy import policy
from shared_policies.governance.policies.verdicts import Finding, Outcome

if TYPE_CHECKING:
    from shared_policies.governance.policies.checks import Asked, Question


@policy("SCH-01", family="schema", phase="run_time")
def columns_are_as_promised(question: Question) -> Asked:
    """SCH-01: names, types and order of the columns equal the contract.

    Why: a consumer's query breaks, or worse, reads another column.

    Remedy: Change the model, or publish a new version of the contract: minor for a new column,
    major for any other change.
    """
    promised = {one.name: one.data_type.upper() for one in question.contract.columns}
    found = {name: kind.upper() for name, kind in question.types.items()}
    differing = sorted(set(promised.items()) ^ set(found.items()))
    same = list(promised.items()) == list(found.items())
    return Finding(
        outcome=Outcome.PASS if same else Outcome.FAIL,
        observed="equal" if same else f"differing: {differing or 'the order'}",
        expected=f"the {len(promised)} columns of contract {question.contract.version}",
        failing_rows=len(differing),
    )


POLICIES = (columns_are_as_promised,)
