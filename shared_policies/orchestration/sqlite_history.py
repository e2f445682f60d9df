"""Dagster's history in SQLite files, on connections that stay open.

Belongs here: how its files are opened. Does not: which of its events may go (run_history.py).

Dagster makes an engine and a connection for every statement, and with each of them SQLAlchemy
compiles its SQL again, and it commits an event up to three times: it takes six times as long as
here, and a day has some ten thousand. Files and tables are Dagster's own, so either reads what the
other wrote.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Self

import sqlalchemy as sa
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage, _event_logs_directory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dagster._core.events.log import EventLogEntry
    from dagster._serdes import ConfigurableClassData

# A web server looks into many runs, each of which is a file of its own beside the index.
KEPT_OPEN = 8
# What a run intends to do, and a range that it materialised, Dagster stores at once if it is told
# how many at most.
BATCH_SIZE_VARIABLE, BATCH_SIZE = "DAGSTER_EVENT_BATCH_SIZE", 1000


class OpenEventLog(SqliteEventLogStorage):
    """As its base, but the files used last stay open, and one transaction has what is told at once.

    Whoever looks meanwhile sees all of it or nothing.
    """

    def __init__(self, base_dir: str) -> None:
        self._engines: OrderedDict[str, sa.Engine] = OrderedDict()
        self._begun: dict[str, sa.Connection] = {}
        self._tables: set[str] = set()
        self._columns: set[str] = set()
        # A transaction is on connections that it has already.
        self._lock = threading.RLock()
        super().__init__(base_dir)

    def store_event(self, event: EventLogEntry) -> None:
        """In the run's file and, if it is one of an asset, in the index."""
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """All of them or none, of each file. The run's is written first, as in the base."""
        with ExitStack() as begun:
            for shard in [INDEX_SHARD_NAME, *sorted({event.run_id for event in events})]:
                begun.enter_context(self._transaction(shard))
            for event in events:
                super().store_event(event)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[sa.Connection]:
        with self._lock:
            if shard in self._begun:
                yield self._begun[shard]
            else:
                with self._engine(shard).begin() as connection:
                    yield connection

    @contextmanager
    def _transaction(self, shard: str) -> Iterator[None]:
        with self._connect(shard) as connection:
            self._begun[shard] = connection
            try:
                yield
            finally:
                del self._begun[shard]

    def has_table(self, table_name: str) -> bool:
        """Asked for with every check; a table that is there stays."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def _has_asset_key_col_on_connection(self, conn: sa.Connection, column_name: str) -> bool:
        """Asked for with every asset's event; so does a column."""
        if column_name not in self._columns and super()._has_asset_key_col_on_connection(
            conn, column_name
        ):
            self._columns.add(column_name)
        return column_name in self._columns

    def dispose(self) -> None:
        super().dispose()
        with self._lock:
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
        # dagster.yaml has no place for it.
        os.environ.setdefault(BATCH_SIZE_VARIABLE, str(BATCH_SIZE))  # noqa: TID251

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> Self:
        return cls.from_local(config_value["base_dir"], inst_data=inst_data)


def _engine_of(url: str) -> sa.Engine:
    return sa.create_engine(url, connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS})
