"""Keeps secrets out of whatever is shown: messages, causes, logs.

Belongs here: removing known secrets from text and exceptions. Does not: finding unknown ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import SecretStr

MASK = "**********"


def redact(text: str, *, secrets: Iterable[SecretStr]) -> str:
    """`text` without any of `secrets`, also where they stand URL-encoded."""
    for secret in secrets:
        value = secret.get_secret_value()
        if value:
            text = text.replace(value, MASK).replace(quote(value, safe=""), MASK)
    return text


def redacted_cause(error: BaseException, *, secrets: Iterable[SecretStr]) -> Exception:
    """A stand-in for an SDK's exception that holds its class and text but none of its objects.

    An SDK's exception carries requests, headers and URLs with tokens in them; a traceback that
    is printed or pickled would show them.
    """
    return RuntimeError(f"{type(error).__name__}: {redact(str(error), secrets=secrets)}")
