"""A PostgreSQL server of the tests' own, and the sandbox's books in it and in a file.

Belongs here: starting and ending the server, writing books. Does not: expectations.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from tests.conftest import NOW
from tests.sandbox.ledger.tables import write
from tests.sandbox.world.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

OWNER_PASSWORD, READER_PASSWORD = "owner-secret", "reader-secret"


@dataclass(frozen=True)
class Server:
    """A cluster that listens on a Unix socket in `folder` and nowhere else."""

    folder: Path

    def url(self, database: str, *, user: str, password: str) -> str:
        return f"postgresql+psycopg://{user}:{password}@/{database}?host={self.folder}"

    def run(self, sql: str, database: str = "postgres") -> None:
        """As the owner."""
        url = self.url(database, user="owner", password=OWNER_PASSWORD)
        engine = sa.create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(sql))


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


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Debian's PostgreSQL, which refuses to run as root."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    on_path = shutil.which("pg_ctl")
    if not found and on_path is None:
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    programs = found[-1].parent if found else Path(str(on_path)).parent
    user = ("postgres" if _exists("postgres") else "nobody") if os.geteuid() == 0 else None
    # Not below pytest's folder: another user may not enter it, and a socket's path is short.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    (folder / "password").write_text(OWNER_PASSWORD)
    if user is not None:
        for path in (folder, folder / "password"):
            shutil.chown(path, user)

    def call(program: str, *arguments: str) -> None:
        command = [str(programs / program), "-D", str(folder / "data"), *arguments]
        log = (folder / "log").open("a")
        with log:
            subprocess.run(command, check=True, stdout=log, stderr=log, user=user, cwd=folder)

    try:
        call("initdb", "-U", "owner", "--auth=scram-sha-256", f"--pwfile={folder}/password", "-N")
        call("pg_ctl", "-w", "-o", f"-k {folder} -h '' -F", "start")
        try:
            running = Server(folder)
            running.run(f"create role reader login password '{READER_PASSWORD}'")
            yield running
        finally:
            call("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


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


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
