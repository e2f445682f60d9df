"""What happened in the daily run, as one JSON object a line, for whoever collects logs.

Belongs here: the lines and where they go. Does not: what happened (who tells it), the log that
people read in Dagster.

Python's own logger `mesh.events`, not Dagster's `python_logs`: those handlers see runs only, and
alerts are told by a sensor. Whoever wants the lines elsewhere gives that logger another handler.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

from pydantic_settings import BaseSettings, SettingsConfigDict

Event = Literal[
    "pull finished", "pull failed", "account unreadable", "published", "refused", "alert"
]
EVENTS = logging.getLogger("mesh.events")
LEVELS: dict[Event, int] = {
    "pull finished": logging.INFO,
    "pull failed": logging.ERROR,
    "account unreadable": logging.WARNING,
    "published": logging.INFO,
    "refused": logging.ERROR,
    "alert": logging.WARNING,
}
FACTS = "mesh_facts"


class LogSettings(BaseSettings):
    """Environment: MESH_LOG_FORMAT. `json` writes a line per event to standard error."""

    model_config = SettingsConfigDict(
        env_prefix="MESH_LOG_", env_file=".env", extra="ignore", frozen=True
    )

    format: Literal["text", "json"] = "text"


class JsonLine(logging.Formatter):
    """Instant, level and event first, then the facts; what is no JSON is shown as text."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds")
        head = {"at": at, "level": record.levelname, "event": record.getMessage()}
        return json.dumps({**head, **getattr(record, FACTS, {})}, default=str)


class _StandardError(logging.Handler):
    """Whatever standard error is when a line is written: Dagster puts another in its place."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            self.handleError(record)  # a pull does not fail because nobody reads of it


def tell(event: Event, *, run_id: str | None, **facts: object) -> None:
    """Write the line if lines are asked for. `facts` hold no secret, and nothing of a person."""
    if LogSettings().format != "json":
        return
    if not any(isinstance(one, _StandardError) for one in EVENTS.handlers):
        handler = _StandardError()
        handler.setFormatter(JsonLine())
        EVENTS.addHandler(handler)
        EVENTS.setLevel(logging.INFO)
        EVENTS.propagate = False
    EVENTS.log(LEVELS[event], event, extra={FACTS: {"run_id": run_id, **facts}})
