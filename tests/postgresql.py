"""A PostgreSQL server of the tests' own.

Belongs here: starting and ending it. Does not: what stands in it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@contextmanager
def running_postgresql() -> Iterator[Server]:
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


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
