"""Files that appear complete or not at all, on a local disk or an object store.

Belongs here: atomic writes and listing, through fsspec. Does not: what the files mean.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import fsspec


@dataclass(frozen=True, slots=True)
class FileStore:
    """A folder by URL or path. Paths given to the methods are relative to it, with `/`."""

    root_url: str

    def write(self, path: str, content: bytes) -> None:
        """After this returns the file survives a crash; before, readers do not see it.

        Locally: temporary name, fsync, rename, fsync of the folder. An object store's PUT is
        atomic and durable by itself.
        """
        fs, root = self._fs()
        target = f"{root}/{path}"
        if not self.is_local:
            fs.pipe_file(target, content)
            return
        _temporary(Path(target), content).replace(target)
        sync_folder(Path(target).parent)

    def create(self, path: str, content: bytes) -> None:
        """As `write`, but never over what is there: of two at once, one fails.

        Raises:
            FileExistsError: nothing was written.
        """
        fs, root = self._fs()
        target = f"{root}/{path}"
        if not self.is_local:
            fs.pipe_file(target, content, mode="create")
            return
        temporary = _temporary(Path(target), content)
        try:
            # A hard link is made whole or refused; a rename would replace what is there.
            os.link(temporary, target)
        finally:
            temporary.unlink()
        sync_folder(Path(target).parent)

    def read(self, path: str) -> bytes:
        """Raises FileNotFoundError."""
        fs, root = self._fs()
        return bytes(fs.cat_file(f"{root}/{path}"))

    def open(self, path: str) -> Any:  # noqa: ANN401  fsspec's own file
        """For reading a part of a file, as a binary file that is to be closed.

        Raises:
            FileNotFoundError: there is none.
        """
        fs, root = self._fs()
        return fs.open(f"{root}/{path}", "rb")

    def put_aside(self, path: str) -> None:
        """Keep the file under a name that no reader looks for."""
        fs, root = self._fs()
        fs.mv(f"{root}/{path}", f"{root}/{path}.damaged")

    def exists(self, path: str) -> bool:
        fs, root = self._fs()
        return bool(fs.exists(f"{root}/{path}"))

    def modified(self, path: str) -> datetime:
        """When the file was last written, aware. Raises FileNotFoundError."""
        fs, root = self._fs()
        found: datetime = fs.modified(f"{root}/{path}")
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    def stamp(self, path: str) -> str:
        """Another text whenever the file is another: by size, time or tag, without reading it."""
        fs, root = self._fs()
        return str(fs.ukey(f"{root}/{path}"))

    def names(self, folder: str) -> list[str]:
        """What stands directly in `folder`, sorted; empty where there is no such folder."""
        fs, root = self._fs()
        try:
            found = fs.ls(f"{root}/{folder}".rstrip("/"), detail=False, refresh=True)
        except FileNotFoundError:
            return []
        names = (str(path).rstrip("/").rsplit("/", 1)[-1] for path in found)
        return sorted(name for name in names if not name.startswith("."))

    def walk(self, folder: str = "") -> list[str]:
        """The paths of all files in `folder` and below, sorted; half-written ones left out."""
        fs, root = self._fs()
        start = f"{root}/{folder}".rstrip("/")
        if not fs.exists(start):
            return []
        found = (str(path).removeprefix(f"{root}/") for path in fs.find(start))
        return sorted(path for path in found if not path.rsplit("/", 1)[-1].startswith("."))

    def delete(self, path: str) -> None:
        """Nothing happens where there is no such file."""
        fs, root = self._fs()
        with suppress(FileNotFoundError):
            fs.rm_file(f"{root}/{path}")

    def delete_folder(self, folder: str) -> None:
        fs, root = self._fs()
        if fs.exists(f"{root}/{folder}"):
            fs.rm(f"{root}/{folder}", recursive=True)

    def url(self, path: str) -> str:
        """The absolute path or URL of `path`, as DuckDB and Arrow read it."""
        return f"{self.root_url.rstrip('/')}/{path}"

    @property
    def is_local(self) -> bool:
        return "://" not in self.root_url

    def _fs(self) -> tuple[Any, str]:
        fs, root = fsspec.core.url_to_fs(self.root_url)
        return fs, str(root).rstrip("/")


def _temporary(target: Path, content: bytes) -> Path:
    """A complete file beside `target`, hidden, on the disk itself."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.parent / f".{target.name}.{uuid4().hex}.tmp"
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
