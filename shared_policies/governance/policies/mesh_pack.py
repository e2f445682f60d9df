"""The policies that hold in every domain, and their floors.

Belongs here: the list. Does not: a rule (its family), what a domain adds (<domain>/policies.py).
"""

from __future__ import annotations

from shared_policies.governance.policies import (
    duplicates,
    keys,
    levels,
    provenance,
    quarantine,
    references,
    restatements,
    rules,
    schema,
    texts,
    times,
    totals,
    values,
    volume,
)
from shared_policies.governance.policies.pack import Pack

RUN_TIME = (
    *schema.POLICIES,
    *keys.POLICIES,
    *values.POLICIES,
    *rules.POLICIES,
    *references.POLICIES,
    *totals.POLICIES,
    *volume.POLICIES,
    *restatements.POLICIES,
    *duplicates.POLICIES,
    *levels.POLICIES,
    *times.POLICIES,
    *texts.POLICIES,
    *provenance.POLICIES,
    *quarantine.POLICIES,
)
MESH = Pack(RUN_TIME)
