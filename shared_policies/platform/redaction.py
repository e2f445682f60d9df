"""Keeps secrets out of whatever is shown: messages, causes, logs.

Belongs here: removing known secrets from text and exceptions. Does not: finding unknown ones.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import SecretStr

MASK = "**********"
# Shorter pieces of base64 stand in texts by chance.
SHORTEST_ENCODED = 8


def redact(text: str, *, secrets: Iterable[SecretStr]) -> str:
    """`text` without any of `secrets`, also where they stand encoded for URLs, JSON or headers."""
    for secret in secrets:
        for spelling in _spellings(secret.get_secret_value()):
            text = text.replace(spelling, MASK)
    return text


def _spellings(value: str) -> list[str]:
    """The longest first, so that none leaves a rest of another behind."""
    found = {value, quote(value), quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}
    encoded = [base64.b64encode(b"\0" * before + value.encode()).decode() for before in range(3)]
    # What stands beside a secret shares a group of four characters with its first and last bytes.
    inner = [encoded[0][:-4], encoded[1][4:-4], encoded[2][4:-4]]
    found |= {one for one in inner if len(one) >= SHORTEST_ENCODED}
    return sorted(found - {""}, key=len, reverse=True)


def redacted_cause(error: BaseException, *, secrets: Iterable[SecretStr]) -> Exception:
    """A stand-in for an SDK's exception that holds its class and text but none of its objects.

    An SDK's exception carries requests, headers and URLs with tokens in them; a traceback that
    is printed or pickled would show them.
    """
    return RuntimeError(f"{type(error).__name__}: {redact(str(error), secrets=secrets)}")
