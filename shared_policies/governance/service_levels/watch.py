"""Since when each product is watched, so that one that never came is late as well.

Belongs here: remembering the first look at a contract. Does not: what is measured since (sli).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shared_policies.platform.file_store import FileStore

if TYPE_CHECKING:
    from collections.abc import Iterable

WATCHED = "service_levels/watched_since.json"


@dataclass(frozen=True, slots=True)
class Watch:
    """One small file below governance's folder or URL."""

    root_url: str

    def since(self, ports: Iterable[str], *, now: datetime) -> dict[str, datetime]:
        """When each of `ports` was first asked for; `now` for those that never were."""
        files = FileStore(self.root_url)
        known = json.loads(files.read(WATCHED)) if files.exists(WATCHED) else {}
        new = {port: now.isoformat() for port in ports if port not in known}
        if new:
            files.write(WATCHED, json.dumps({**known, **new}, indent=1, sort_keys=True).encode())
        return {port: datetime.fromisoformat(at) for port, at in {**known, **new}.items()}
