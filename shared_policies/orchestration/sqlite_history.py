"""Dagster's history in SQLite files, on connections that stay open.

Belongs here: how its files are opened. Does not: which of its events may go (run_history.py).

Dagster makes an engine and a connection for every statement, and with each of them SQLAlchemy
compiles its SQL again: an event of a run takes 9 ms, and a day has some ten thousand. On an open
connection it takes 2 ms. Files and tables are Dagster's own, so either reads what the other wrote.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, _event_logs_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dagster._serdes import ConfigurableClassData

# A web server looks into many runs, each of which is a file of its own beside the index.
KEPT_OPEN = 8


class OpenEventLog(SqliteEventLogStorage):
    """As its base, except that the files that were used last stay open."""

    def __init__(self, base_dir: str) -> None:
        self._engines: OrderedDict[str, sa.Engine] = OrderedDict()
        self._tables: set[str] = set()
        super().__init__(base_dir)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def has_table(self, table_name: str) -> bool:
        """Asked for with every check; a table that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def dispose(self) -> None:
        super().dispose()
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()

    def _engine(self, shard: str) -> sa.Engine:
        """Under the lock, so each has one connection and no two threads use it at once."""
        is_new = shard not in self._initialized_dbs
        # After all runs were wiped its file is another one.
        if is_new and (old := self._engines.pop(shard, None)) is not None:
            old.dispose()
        if shard not in self._engines:
            self._engines[shard] = _engine_of(self.conn_string_for_shard(shard))
        if is_new:
            self._initdb(self._engines[shard])
            self._initialized_dbs.add(shard)
        self._engines.move_to_end(shard)
        if len(self._engines) > KEPT_OPEN:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]


class SqliteHistory(DagsterSqliteStorage):
    """Dagster's own storage in SQLite, with its event log on open connections."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        self._event_log_storage = OpenEventLog(_event_logs_directory(base_dir))

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> Self:
        return cls.from_local(config_value["base_dir"], inst_data=inst_data)


def _engine_of(url: str) -> sa.Engine:
    return sa.create_engine(url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
