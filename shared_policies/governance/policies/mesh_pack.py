"""The policies that hold in every domain, and their floors.

Belongs here: the list. Does not: a rule (its family), what a domain adds (<domain>/policies.py).
"""

from __future__ import annotations

from shared_policies.governance.policies import (
    changes,
    duplicates,
    keys,
    levels,
    provenance,
    quarantine,
    references,
    restatements,
    rules,
    samples,
    schema,
    texts,
    times,
    totals,
    values,
    volume,
)
from shared_policies.governance.policies.pack import Pack
from shared_policies.governance.policies.static import (
    access,
    ownership,
    promises,
    protection,
)
from shared_policies.governance.policies.static import changes as versions

RUN_TIME = (
    *schema.POLICIES,
    *keys.POLICIES,
    *values.POLICIES,
    *rules.POLICIES,
    *samples.POLICIES,
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
    *changes.POLICIES,
)
STATIC = (
    *ownership.POLICIES,
    *promises.POLICIES,
    *versions.POLICIES,
    *protection.POLICIES,
    *access.POLICIES,
)
MESH = Pack((*RUN_TIME, *STATIC))
