"""A secret is taken out of a text however it is spelled there."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from pydantic import SecretStr

from shared_policies.platform.redaction import MASK, redact

SECRET = 'a+b/c=d&e "f" ü0123456789'


@pytest.mark.parametrize(
    "spelled",
    [SECRET, quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET), json.dumps(SECRET)[1:-1]],
)
def test_what_stands_in_urls_and_json_is_masked_whole(spelled: str):
    text = redact(f"<{spelled}>", secrets=[SecretStr(SECRET)])
    assert text == f"<{MASK}>"


@pytest.mark.parametrize("user", ["u", "us", "use", "user"])
def test_of_a_basic_authorisation_nothing_that_could_be_decoded_is_left(user: str):
    header = base64.b64encode(f"{user}:{SECRET}".encode()).decode()
    left = redact(f"Basic {header}", secrets=[SecretStr(SECRET)])
    pieces = left.removeprefix("Basic ").split(MASK)
    assert len(pieces) == 2
    assert all(len(piece) <= 12 for piece in pieces)


def test_a_short_secret_does_not_blank_out_a_text_by_chance():
    text = "Google answered 200 for account 1000000001."
    assert redact(text, secrets=[SecretStr("xy"), SecretStr("")]) == text
