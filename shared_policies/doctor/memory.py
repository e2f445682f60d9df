"""What the installation remembers and whom it tells: key, ledger, Dagster's storage, alerts.

Belongs here: whether each can be reached. Does not: what stands in it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared_policies.doctor.diagnosis import Diagnosis, ok, problem, warn
from shared_policies.doctor.sources import outcome, refusal
from shared_policies.governance.alerts.settings import alert_settings
from shared_policies.governance.ledger import mesh_ledger
from shared_policies.platform.days import now
from shared_policies.platform.file_store import FileStore
from shared_policies.platform.forgetting import is_another_key
from shared_policies.platform.privacy import PrivacySettings, installation_pseudonyms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared_policies.platform.company import DataSettings

# Dagster's own daemons report every 30 s.
LONGEST_SILENCE_SECONDS = 300
COPY = "Copy the project's dagster.yaml into DAGSTER_HOME."


class DagsterSettings(BaseSettings):
    """Where Dagster keeps its runs. Environment: DAGSTER_HOME, as Dagster reads it."""

    model_config = SettingsConfigDict(
        env_prefix="DAGSTER_", env_file=".env", extra="ignore", frozen=True
    )

    home: str | None = None


def privacy(data: DataSettings) -> Diagnosis:
    """The key is looked for and compared with landing's; none is made."""
    kept = data.data_dir.resolve() / "privacy.key"
    if PrivacySettings().key is None and data.data_url is None and not kept.exists():
        found = "there is none yet; the first pull makes one in the data folder"
        return warn("privacy", "key", found, cure="Set MESH_PRIVACY_KEY, and keep a copy of it.")
    pseudonyms = outcome(installation_pseudonyms)
    if isinstance(pseudonyms, Exception):
        return refusal("privacy", "key", pseudonyms)
    other = outcome(partial(is_another_key, FileStore(data.landing_url), pseudonyms))
    if isinstance(other, Exception):
        return refusal("privacy", "key", other)
    if other:
        found = "people in landing were hashed with another key"
        return problem("privacy", "key", found, cure="Bring the key back that landed them.")
    return ok("privacy", "key", "there is one, and landing knows no other")


def ledger() -> Diagnosis:
    """The end of every product's chain is read; all of it reads `policies` and the catalog."""
    heads = outcome(mesh_ledger().heads)
    if isinstance(heads, Exception):
        return refusal("governance", "ledger", heads)
    audits = sum(head.sequence for head in heads.values())
    return ok("governance", "ledger", f"{audits} audits of {len(heads)} products")


def alerts() -> Diagnosis:
    """Whether anybody is told. Nothing is sent."""
    try:
        settings = alert_settings()
    except ValidationError as error:
        wrong = " ".join(one["msg"] for one in error.errors(include_input=False))
        return problem("alerts", "channels", wrong, cure="Correct the ALERTS_* settings.")
    channels = ["a webhook"] if settings.webhook_url is not None else []
    channels += [f"mail by {settings.smtp_host}"] if settings.smtp_host is not None else []
    if channels:
        return ok("alerts", "channels", f"{' and '.join(channels)}, and the log")
    cure = "Set ALERTS_WEBHOOK_URL, or ALERTS_SMTP_HOST and who mails whom."
    return warn("alerts", "channels", "incidents stand in the log and nowhere else", cure=cure)


def runs() -> Iterator[Diagnosis]:
    """Dagster's storage, whether it is set up as the mesh needs it, and its daemon."""
    home = DagsterSettings().home
    if home is None or not (Path(home) / "dagster.yaml").exists():
        told = "DAGSTER_HOME is not set" if home is None else f"{home} holds no dagster.yaml"
        yield warn("dagster", "home", f"{told}; `make dev` brings its own", cure=COPY)
        return
    seen = outcome(_storage)
    if isinstance(seen, Exception):
        yield refusal("dagster", "storage", seen)
        return
    yield from seen


def _storage() -> list[Diagnosis]:
    with dg.DagsterInstance.get() as instance:
        count = instance.get_runs_count()
        concurrency: Any = instance.get_settings("concurrency") or {}
        heartbeats = instance.get_daemon_heartbeats()
    limit = concurrency.get("pools", {}).get("default_limit")
    found = [ok("dagster", "storage", f"answers; {count} runs")]
    if limit == 1:
        found.append(ok("dagster", "pools", "one run at a time a warehouse and a source"))
    else:
        told = f"the default limit is {limit}: two runs would write one warehouse at once"
        found.append(problem("dagster", "pools", told, cure=COPY))
    last_seen = max((one.timestamp for one in heartbeats.values()), default=None)
    found.append(_no_daemon("never seen") if last_seen is None else _daemon(last_seen))
    return found


def _daemon(last_seen: float) -> Diagnosis:
    silent = now().timestamp() - last_seen
    if silent > LONGEST_SILENCE_SECONDS:
        return _no_daemon(f"silent for {silent / 60:.0f} minutes")
    return ok("dagster", "daemon", f"seen {silent:.0f} s ago")


def _no_daemon(found: str) -> Diagnosis:
    cure = "Start dagster-daemon: without it no schedule, sensor or queued run starts."
    return warn("dagster", "daemon", found, cure=cure)
