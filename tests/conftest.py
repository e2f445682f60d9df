"""What all tests share: one sandbox process over a small world, at a fixed instant.

Belongs here: expensive fixtures. Does not: expectations.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from sqlalchemy import Engine, event
from xdist.scheduler import LoadScopeScheduling

from tests.postgresql import running_postgresql
from tests.sandbox.process import running_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xdist.remote import Producer

    from tests.postgresql import Server
    from tests.sandbox.process import RunningSandbox

# After Berlin (25 October) and New York (1 November) have turned their clocks back.
NOW = datetime(2026, 11, 5, 7, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[1]
# No test asserts how long anything takes, and a busy machine would fail one by chance.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
CASES = ROOT.parent / "shared" / "cases"


@event.listens_for(Engine, "connect")
def _spare_the_disk(connection: Any, _: object) -> None:  # noqa: ANN401
    """Dagster commits every event by itself, and no history of a test need survive a crash."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = off")


class _ByFile(LoadScopeScheduling):
    """Each worker takes whole files, and one of them all that look at the mesh which ran once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "mesh" if _looks_at_mesh(file) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _ByFile:
    return _ByFile(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that no worker is left with it at the end."""

    def length(item: pytest.Item) -> int:
        if _looks_at_mesh(item.nodeid.partition("::")[0]):
            return 0
        return 1 if {"benchmarks", "scenarios"} & set(item.path.parts) else 2

    items.sort(key=length)


@cache
def _looks_at_mesh(file: str) -> bool:
    """Whoever does names its types."""
    return "from tests.scenarios.conftest import" in (ROOT / file).read_text()


@pytest.fixture(scope="session")
def shared_sandbox() -> Iterator[RunningSandbox]:
    with running_sandbox(world="small", as_of=NOW) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """PostgreSQL, empty but for the role `reader`."""
    with running_postgresql() as running:
        yield running


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
