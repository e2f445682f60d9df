"""Whether figures come from where the reader believes they do.

Belongs here: sandbox or real. Does not: lineage (catalog).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared_policies.governance.policies.checks import Check, Relation, not_applicable
from shared_policies.governance.policies.policy import policy

if TYPE_CHECKING:
    from shared_policies.governance.policies.checks import Asked, Question


@policy("SBX-01", family="provenance", phase="run_time")
def sandbox_and_real_do_not_mix(question: Question) -> Asked:
    """SBX-01: all rows come from the sandbox, or none, and so do the products that were read.

    Why: made-up exchange rates on real spend look like real figures.

    Remedy: Set the credentials of every source and ECB_RATES_URL, and use another MESH_DATA_DIR
    than the sandbox's.
    """
    if "sandbox" not in question.types:
        return not_applicable("no column says whether a row is the sandbox's")
    expected = {None: "", True: " or sandbox_rows = 0", False: " or sandbox_rows > 0"}
    sql = (
        "select count(*) filter (where sandbox) as sandbox_rows,"
        " count(*) filter (where not sandbox) as real_rows"
        f" from {question.candidate}"
    )
    return [
        Check(
            relation=Relation(sql, ("sandbox_rows", "real_rows")),
            wrong="(sandbox_rows > 0 and real_rows > 0)"
            f" or (sandbox_rows + real_rows > 0 and (false{expected[question.sandbox_expected]}))",
            what="all figures from the sandbox, or none, as in the products that were read",
            column="sandbox",
        )
    ]


POLICIES = (sandbox_and_real_do_not_mix,)
