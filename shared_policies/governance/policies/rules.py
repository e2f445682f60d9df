"""Whether the values of a row, or the rows of a relation, keep what the contract says in SQL.

Belongs here: expressions that a contract declares. Does not: the expressions (contracts).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.policies.checks import Check, not_applicable
from shared_policies.governance.policies.policy import policy
from shared_policies.governance.policies.relations import rows

if TYPE_CHECKING:
    from shared_policies.governance.policies.checks import Asked, Question


@policy(
    "XCL-01",
    family="rules",
    phase="run_time",
    declares={"holds": "SQL over a row's columns; a row for which it is not true is wrong"},
)
def rows_keep_the_contract_s_rules(question: Question) -> Asked:
    """XCL-01: in every row the columns agree with each other as the contract says.

    Why: spend without impressions, or a total that is not its parts, is a mistake that no single
    column shows.

    Remedy: See the rule's description in the contract, and the sample rows.
    """
    asked = question.rules("XCL-01")
    if not asked:
        return not_applicable("the contract declares no rule between columns")
    return [
        Check(
            relation=rows(question),
            wrong=f"({rule.parameters['holds']}) is not true",
            what=rule.description or rule.parameters["holds"],
            column=rule.column,
            quarantines=True,
        )
        for rule in asked
    ]


POLICIES = (rows_keep_the_contract_s_rules,)
