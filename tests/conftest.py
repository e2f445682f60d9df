"""What all tests share: one sandbox process over a small world, at a fixed instant.

Belongs here: expensive fixtures. Does not: expectations.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.process import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.sandbox.process import RunningSandbox

# After Berlin (25 October) and New York (1 November) have turned their clocks back.
NOW = datetime(2026, 11, 5, 7, 0, tzinfo=UTC)
CASES = Path(__file__).parents[2] / "shared" / "cases"


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(world="small", as_of=NOW) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(
    shared_sandbox: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> RunningSandbox:
    """The shared sandbox without faults, and an empty data folder of the test's own."""
    shared_sandbox.reset()
    shared_sandbox.set_as_of(NOW)
    monkeypatch.setenv("SANDBOX_HTTP_URL", shared_sandbox.http_url)
    monkeypatch.setenv("SANDBOX_GRPC_ADDRESS", shared_sandbox.grpc_address)
    monkeypatch.setenv("SANDBOX_LEDGER_URL", shared_sandbox.ledger_url)
    monkeypatch.setenv("SANDBOX_FILES_DIR", shared_sandbox.files_dir)
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path))
    for name in (
        "GOOGLE_ADS_DEVELOPER_TOKEN",
        "FACEBOOK_ADS_ACCESS_TOKEN",
        "GOOGLE_ANALYTICS_REFRESH_TOKEN",
        "ECB_RATES_URL",
        "LEDGER_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    return shared_sandbox


@pytest.fixture(scope="session")
def cases() -> Path:
    """Answers recorded from the platforms; they stand beside the project, not in it."""
    if not CASES.is_dir():
        pytest.skip("the recorded answers are not beside this checkout")
    return CASES
