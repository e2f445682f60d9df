"""The sandbox's books, in the tests' PostgreSQL server and in a file.

Belongs here: writing books. Does not: the server (tests/postgresql), expectations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from tests.conftest import NOW
from tests.postgresql import OWNER_PASSWORD, READER_PASSWORD, Server
from tests.sandbox.ledger.tables import write
from tests.sandbox.world.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path


@dataclass(frozen=True)
class Books:
    """A ledger: `owner_url` may write, `reader_url` is what the connector gets."""

    owner_url: str
    reader_url: str
    world: World

    def write(self, as_of: datetime) -> None:
        write(self.owner_url, self.world, as_of=as_of)

    def run(self, sql: str) -> None:
        engine = sa.create_engine(self.owner_url, poolclass=NullPool)
        with engine.begin() as connection:
            connection.execute(sa.text(sql))


@pytest.fixture(scope="session")
def world() -> World:
    """The same as the shared sandbox's."""
    return World.of_size("small", seed=7)


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, tmp_path: Path, world: World) -> Iterator[Books]:
    """The sandbox's books as of NOW, in a database of the test's own."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/ledger.sqlite"
        found = Books(url, url, world)
        found.write(NOW)
        yield found
        return
    server: Server = request.getfixturevalue("server")
    server.run("create database ledger")
    try:
        found = Books(
            server.url("ledger", user="owner", password=OWNER_PASSWORD),
            server.url("ledger", user="reader", password=READER_PASSWORD),
            world,
        )
        found.write(NOW)
        found.run("grant select on all tables in schema public to reader")
        yield found
    finally:
        server.run("drop database ledger with (force)")
