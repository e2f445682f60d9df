"""Whether figures stand on enough people to be shown.

Belongs here: the least sample. Does not: how a figure and its interval are computed (a domain's
metrics/).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.contracts.refinement import AT_LEAST
from shared_policies.governance.policies.checks import Check, not_applicable
from shared_policies.governance.policies.policy import Parameter, policy
from shared_policies.governance.policies.relations import rows

if TYPE_CHECKING:
    from shared_policies.governance.policies.checks import Asked, Question


@policy(
    "SMP-01",
    family="samples",
    phase="run_time",
    parameters={
        "smallest_n": Parameter(
            default=30,
            order=AT_LEAST,
            description="Fewest people on whose answers a figure may stand.",
        )
    },
    declares={
        "n": "SQL over a row's columns: on how many people its figures stand",
        "figures": "columns that are empty where that is too few",
    },
)
def small_samples_show_no_figure(question: Question, *, smallest_n: int) -> Asked:
    """SMP-01: a figure that stands on few people's answers is not shown.

    Why: a score of eight people moves by chance alone, and may be somebody's own opinion.

    Remedy: Leave the figure empty below the least sample, or ask more people.
    """
    asked = question.rules("SMP-01")
    if not asked:
        return not_applicable("the contract names no figures of samples")
    return [
        Check(
            relation=rows(question),
            wrong=f"(coalesce({rule.parameters['n']}, 0) < {smallest_n})"
            f" and coalesce({', '.join(rule.parameters['figures'])}) is not null",
            what=f"{', '.join(rule.parameters['figures'])} only from {smallest_n} people on",
            column=rule.parameters["figures"][0],
            quarantines=True,
        )
        for rule in asked
    ]


POLICIES = (small_samples_show_no_figure,)
