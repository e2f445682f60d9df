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
    monkeypatch.setattr(dbt, "_made_of", lambda _: {"files": "with a model that was changed"})
    with pytest.raises(KeyboardInterrupt):
        dbt.manifest_path("finance")
    assert dbt.manifest_path("finance").read_text() == "{}"
    dbt.manifest_path("finance")
    assert len(parsing.parses) == 3, "and what was parsed whole is not parsed again"


@pytest.fixture
def parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that dbt parsed a small project into; `project` holds it."""
    project, found = tmp_path / "project", []
    (project / "models" / "finance").mkdir(parents=True)
    (project / "models" / "finance" / "rates.sql").write_text("select 1")
    (project / "dbt_project.yml").write_text("name: mesh")

    def cli(_: object, *, target_path: Path) -> SimpleNamespace:
        found.append(target_path.relative_to(tmp_path).as_posix())
        (target_path / "manifest.json").write_text("{}")
        return SimpleNamespace(wait=lambda: None)

    monkeypatch.setattr(dbt, "DBT_PROJECT", project)
    monkeypatch.setattr(dbt, "dbt_cli", lambda _: SimpleNamespace(cli=cli))
    return found


def loaded(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MESH_DATA_DIR", str(data_dir))
    return dbt.manifest_path("finance")


def test_two_meshes_of_one_checkout_do_not_parse_over_each_other(
    parses: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    meshes = [tmp_path / "one", tmp_path / "other", tmp_path / "one", tmp_path / "other"]
    manifests = [loaded(mesh, monkeypatch) for mesh in meshes]
    assert parses == ["one/dbt/finance", "other/dbt/finance"]
    assert manifests[:2] == manifests[2:]
    assert len(set(manifests)) == 2


def test_a_release_whose_files_are_older_than_the_parsed_ones_is_parsed(
    parses: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    loaded(tmp_path / "one", monkeypatch)
    model = tmp_path / "project" / "models" / "finance" / "rates.sql"
    model.write_text("select 2")
    os.utime(model, (0, 0))
    loaded(tmp_path / "one", monkeypatch)
    loaded(tmp_path / "one", monkeypatch)
    assert len(parses) == 2


def test_a_warehouse_that_a_left_over_process_still_holds_is_waited_for():
    looks: list[str] = []

    def put_aside_if_damaged() -> str:
        looks.append("looked")
        if len(looks) == 1:
            raise TransientFault("in use.", cure="Wait.", source="finance warehouse")
        return "free"

    assert dbt._when_free(put_aside_if_damaged) == "free"
    assert len(looks) == 2
