"""Files appear whole or not at all, and one of two writers of a new file knows that it lost."""

from __future__ import annotations

import resource
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from shared_policies.platform.file_store import FileStore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["disk", "object store"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    return FileStore(str(tmp_path) if request.param == "disk" else f"memory://{uuid4().hex}")


def test_a_file_that_is_there_is_not_created_again(store: FileStore):
    store.create("folder/name", b"first")
    with pytest.raises(FileExistsError):
        store.create("folder/name", b"second")
    assert store.read("folder/name") == b"first"
    assert store.names("folder") == ["name"], "nothing is left of the attempt"


def test_of_many_that_create_one_file_at_once_one_wins(tmp_path: Path):
    store = FileStore(str(tmp_path))

    def won(number: int) -> bool:
        try:
            store.create("name", str(number).encode())
        except FileExistsError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(won, range(16)))
    assert outcomes.count(True) == 1
    assert store.read("name") == str(outcomes.index(True)).encode()


def test_nothing_is_left_of_a_file_for_which_the_disk_had_no_room(tmp_path: Path):
    store = FileStore(str(tmp_path))
    store.write("name", b"what was there")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            store.write("name", b"x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert store.read("name") == b"what was there"
    assert [path.name for path in tmp_path.iterdir()] == ["name"]
