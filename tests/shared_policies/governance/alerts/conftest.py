"""No test alerts a real person.

Belongs here: taking a developer's own settings away. Does not: settings of a test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared_policies.governance.alerts.settings import AlertSettings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def nobody_to_alert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without ALERTS_* in the environment, and where there is no `.env`."""
    monkeypatch.chdir(tmp_path)
    for name in AlertSettings.model_fields:
        monkeypatch.delenv(f"ALERTS_{name.upper()}", raising=False)
