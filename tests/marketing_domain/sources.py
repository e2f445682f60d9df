"""A company's choice of what is pulled, as a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def sources_file(folder: Path, **sources: dict[str, Any]) -> Path:
    """Whatever is JSON is YAML too."""
    path = folder / "sources.yaml"
    path.write_text(json.dumps(sources))
    return path
