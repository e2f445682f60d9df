"""A code location whose one asset holds a warehouse's pool for as long as it is told to.

Belongs here: the asset. Does not: who kills it (test_pools.py). In HELD_POOL_DIR `hold` stands
while the asset shall stand still, and `worker` names the process that does.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import dagster as dg

POOL = "finance_warehouse"


@dg.asset(key=["finance", "held"], pool=POOL)
def held() -> None:
    """Ends at once unless it is told to hold."""
    folder = Path(os.environ["HELD_POOL_DIR"])
    if (folder / "hold").exists():
        (folder / "worker").write_text(str(os.getpid()))
        time.sleep(600)


definitions = dg.Definitions(assets=[held])
