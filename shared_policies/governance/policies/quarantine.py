"""Whether what was set aside is little enough for the rest to be published.

Belongs here: the cap. Does not: which rows are set aside (governance/quarantine).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.refinement import AT_MOST
from shared_policies.governance.policies.checks import not_applicable
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.verdicts import Finding, Outcome

if TYPE_CHECKING:
    from shared_policies.governance.policies.checks import Asked, Question


@policy(
    "QTN-01",
    family="quarantine",
    phase="run_time",
    parameters={
        "most_share": Parameter(
            default=0.05,
            order=AT_MOST,
            description="Largest share of a candidate's rows that may be set aside; a contract "
            "that allows any says how few.",
        )
    },
)
def quarantined_rows_stay_few(question: Question, *, most_share: float) -> Asked:
    """QTN-01: rows that were set aside with a reason are few; the others are published.

    Why: one unreadable name should not hold back a company's morning, and a tenth of the rows is
    no exception but a defect.

    Remedy: See the quarantine file beside the version; mend the rows at their source.
    """
    most = min(most_share, question.contract.most_quarantined)
    if not most:
        return not_applicable("the contract lets no row be set aside")
    aside, of_rows = question.quarantined
    outcome = Outcome.PASS if not aside else Outcome.WARN
    return Finding(
        outcome=Outcome.FAIL if aside > most * of_rows else outcome,
        observed=f"{aside} of {of_rows} rows set aside" if aside else "nothing set aside",
        expected=f"at most {most:.2%} of the rows set aside",
        failing_rows=aside,
    )


POLICIES = (quarantined_rows_stay_few,)
