"""What a process that was killed leaves behind does not spoil the next one's models."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from shared_policies.orchestration import dbt
from shared_policies.platform.errors import TransientFault

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Parsing:
    """Dbt, which is killed in the midst of the parse with the number `killed_at`."""

    manifest: Path
    killed_at: int
    parses: list[str] = field(default_factory=list)

    def cli(self, *_: object, **__: object) -> Parsing:
        return self

    def wait(self) -> None:
        self.parses.append("begun")
        self.manifest.write_text('{"nodes": {')
        if len(self.parses) == self.killed_at:
            raise KeyboardInterrupt
        self.manifest.write_text("{}")


def test_a_parse_that_was_killed_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    manifest = tmp_path / "manifest.json"
    parsing = Parsing(manifest, killed_at=2)
    project = SimpleNamespace(target_path=tmp_path, manifest_path=manifest)
    monkeypatch.setattr(dbt, "_project", lambda _: project)
    monkeypatch.setattr(dbt, "dbt_cli", lambda _: parsing)
    dbt.manifest_path("finance")
    # A model was changed since.
    os.utime(manifest, (0, 0))
    with pytest.raises(KeyboardInterrupt):
        dbt.manifest_path("finance")
    assert dbt.manifest_path("finance").read_text() == "{}"
    dbt.manifest_path("finance")
    assert len(parsing.parses) == 3, "and what was parsed whole is not parsed again"


def test_a_warehouse_that_a_left_over_process_still_holds_is_waited_for():
    looks: list[str] = []

    def put_aside_if_damaged() -> str:
        looks.append("looked")
        if len(looks) == 1:
            raise TransientFault("in use.", cure="Wait.", source="finance warehouse")
        return "free"

    assert dbt._when_free(put_aside_if_damaged) == "free"
    assert len(looks) == 2
