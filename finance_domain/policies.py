"""Where finance is stricter than the mesh.

Belongs here: finance's own rules and floors. Does not: the mesh's (shared_policies), what one
product alone promises (its contract).
"""

from __future__ import annotations

from shared_policies.governance.policies.mesh_pack import MESH

FINANCE = MESH.tightened(
    {
        # Rates are dated by the central bank, not by a clock of ours.
        "TIM-01": {"clock_skew_minutes": 1},
        # A rate or a month's spend is looked up by its day: a lost share is a wrong sum.
        "VOL-02": {"most_lost_share": 0.1},
        "NUL-02": {"most_lost_share": 0.02},
    },
    by="finance",
)
