"""Marketing's own policies, and where marketing is stricter than the mesh.

Belongs here: rules that only make sense for advertising. Does not: the mesh's rules and floors
(shared_policies), what one product alone promises (its contract).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.policies.checks import Check, not_applicable
from shared_policies.governance.policies.mesh_pack import MESH
from shared_policies.governance.policies.policy import policy
from shared_policies.governance.policies.relations import rows

if TYPE_CHECKING:
    from shared_policies.governance.policies.checks import Asked, Question

# Figures that one platform has and no other: their columns are empty for the rest.
OWNED_BY = {
    "clicks_all": "facebook_ads",
    "reach": "facebook_ads",
    "platform_comparable_conversions": "google_ads",
}


@policy("MKT-01", family="semantics", phase="run_time")
def a_platform_s_own_figures_stay_its_own(question: Question) -> Asked:
    """MKT-01: a figure that only one platform has is empty for every other.

    Why: a union that puts Google's clicks beside Meta's reactions compares what nobody may compare.

    Remedy: Map the platform's figure to the column that means it; see metric_definitions.
    """
    owned = [name for name in OWNED_BY if {name, "platform"} <= question.types.keys()]
    if not owned:
        return not_applicable("no column belongs to one platform alone")
    return [
        Check(
            relation=rows(question),
            wrong=f"platform <> '{OWNED_BY[name]}' and {name} is not null",
            what=f"{name} is {OWNED_BY[name]}'s alone",
            column=name,
            quarantines=True,
        )
        for name in owned
    ]


@policy("MKT-02", family="semantics", phase="run_time", severity="warn")
def running_campaigns_are_named_by_the_convention(question: Question) -> Asked:
    """MKT-02: every campaign that runs has a name that the convention can read.

    Why: a campaign without market or objective is missing from every report by market or objective.

    Remedy: Rename the campaigns listed, or add the code to the naming convention; naming_problem
    says which part of the name was not understood.
    """
    if not {"naming_problem", "is_running"} <= question.types.keys():
        return not_applicable("no column says what is wrong with a name")
    return [
        Check(
            relation=rows(question),
            wrong="is_running and naming_problem is not null",
            what="running campaigns are named by the convention",
            column="naming_problem",
        )
    ]


@policy("MKT-03", family="semantics", phase="run_time", severity="warn")
def scales_run_as_they_are_declared(question: Question) -> Asked:
    """MKT-03: no survey's scale runs against its declaration.

    Why: where 1 is best for half of the waves, a rising score is a falling opinion.

    Remedy: Compare the questionnaire of the survey and period with `best` in its declaration and
    correct the one that is wrong; until then the figures are withheld.
    """
    if "scale_direction" not in question.types:
        return not_applicable("no column says which way a scale runs")
    return [
        Check(
            relation=rows(question),
            wrong="scale_direction = 'reversed'",
            what="answers rise with those of the question that they are anchored to",
            column="scale_direction",
        )
    ]


POLICIES = (
    a_platform_s_own_figures_stay_its_own,
    running_campaigns_are_named_by_the_convention,
    scales_run_as_they_are_declared,
)
MARKETING = MESH.adding(POLICIES).tightened(
    {
        # Budgets and invoices are settled from final figures.
        "RST-01": {"tolerance": 0.001},
        # A morning's pulls span minutes; a clock that is further off is wrong.
        "TIM-01": {"clock_skew_minutes": 5},
    },
    by="marketing",
)
