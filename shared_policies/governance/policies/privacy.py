"""Whether a text gives away a person or a key: detectors over distinct values.

Belongs here: what personal data and credentials look like in names, tags and URLs. Does not: which
columns are looked at (audit), how personal columns are made unreadable (platform/privacy).

A landing page's URL or a campaign's name is written by people and machines that never thought of
this table, so every value is read as it stands and as it decodes: percent-encoded up to three
times, with HTML entities, in full width. A finding shows a mask, never the value.
"""

from __future__ import annotations

import binascii
import re
import unicodedata
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote

from shared_policies.governance.policies.privacy_phones import phones
from shared_policies.platform.privacy import mask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

Kind = Literal["email", "phone", "hashed_email", "token", "iban", "card", "named_person", "ip"]

# For a warehouse to ask first (RE2 and Python read it alike): no text without it has a finding.
MAY_BE_PERSONAL = (
    r"(?i)@|\(at\)|\[at\]|&#|&commat|%[0-9a-f]{2}|[0-9a-f]{32}|(?:\d[^a-z\d]{0,6}){7}"
    r"|(?:token|secret|password|passwd|pwd|api_?key|auth|session_?id)=|bearer |eyJ|EAA|ya29|AIza"
    r"|AKIA|1//|gh[a-z]_|xox|sk_live|=[a-z0-9+/_-]{12}|[a-z]{2}\d{2}[ -]?[a-z0-9]{4}|name=|dob="
    r"|birth|street=|ssn=|ip="
    "|[\uff01-\uff5e]"  # full width
)
DEEPEST_ENCODING = 3

_EMAIL = re.compile(
    r"[\w.!$%'*+^`{|}~-]*[\w+-]@(?P<host>(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,24})"
    r"(?![\w-])"
)
_SPELLED_AT = re.compile(r"\s?[(\[]at[)\]]\s?", re.IGNORECASE)
# logo@2x.png is a picture for a sharper screen.
_PIXEL_RATIO = re.compile(r"\dx\.\w+", re.IGNORECASE)
_PARAMETER = re.compile(r"(?:^|[?&;#\s|,])([\w.\[\]-]{1,40})=([^&;#\s|,]+)")
_HEX = re.compile(
    r"(?<![\w-])([0-9a-f]{128}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?![\w-]|\.\w{2,4}\b)",
    re.IGNORECASE,
)
_UUID_4 = re.compile(r"[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}", re.IGNORECASE)
_HASH_PARAMETERS = re.compile(
    r"em|e_?mail|mail|hem|he|hash|email_hash|hashed_email|e?md5|e?sha(?:1|256)?", re.IGNORECASE
)
_TOKENS = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"  # a JSON web token
    r"|(?<!\w)EAA[A-Za-z0-9]{20,}"  # Meta
    r"|(?<!\w)ya29\.[\w-]{16,}|(?<!\w)1//0[\w-]{20,}|(?<!\w)AIza[\w-]{30,}"  # Google
    r"|(?<!\w)AKIA[0-9A-Z]{16}|(?<!\w)gh[pousr]_\w{20,}|(?<!\w)xox[abpr]-[\w-]{10,}"
    r"|(?<!\w)sk_live_\w{16,}|[Bb]earer\s[\w.~+/-]{20,}"
)
_SECRET_PARAMETERS = re.compile(
    r"(?:access|refresh|id|auth|bearer|session)?[_-]?token|client_?secret|app_?secret|secret"
    r"|password|passwd|pwd|api_?key|auth|session_?id",
    re.IGNORECASE,
)
SHORTEST_SECRET = 8
SHORTEST_TOKEN = 16
_PERSON_PARAMETERS = re.compile(
    r"(?:first|last|full|sur|given|family|user)_?name|[fl]name|birth_?(?:date|day)|dob|ssn|street",
    re.IGNORECASE,
)
_IP_PARAMETERS = re.compile(r"(?:client|user|remote)?_?ip(?:_?addr(?:ess)?)?", re.IGNORECASE)
_IP = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
_PLACEHOLDER = re.compile(r"[{\[$<%]")
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})\d{2}(?=[ -]?[A-Za-z0-9]{4})")
# From the SWIFT registry of IBAN formats: the length settles where a number ends.
_IBAN_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "NL"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS"), 22),
    **dict.fromkeys(("AE", "GI", "IL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("PT",), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "CY", "DO", "GT", "HU", "LB", "PL"), 28),
    **dict.fromkeys(("BR", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
}
_CARD = re.compile(
    r"(?<![\w.+-])"
    r"(?:\d{4}([ -])\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([ -])\d{6}\2\d{5}|\d{13,19})(?![\w.-])"
)
_ISSUERS = re.compile(
    r"4\d{15}(?:\d{3})?|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|35\d{14}|3(?:0[0-5]|[68]\d)\d{11}"
)
_IDENTIFIER_BEFORE = re.compile(r"(?:id|gclid|campaign|ad|set|cmp|=)[\s_:#=-]*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """What was found in one value. `masked_sample` tells its owner where to look, and no more."""

    kind: Kind
    masked_sample: str


def findings(values: Iterable[str]) -> list[Leak]:
    """One leak per value and kind, in the order of the values."""
    found = []
    for value in values:
        if _MAY_BE_PERSONAL.search(value):
            shown = _found_in(value)
            found += [Leak(kind=kind, masked_sample=text) for kind, text in shown.items()]
    return found


def readings(value: str) -> list[str]:
    """What `value` says: as it stands, and as a browser or a person would decode it."""
    found = [value, unicodedata.normalize("NFKC", value)]
    for _ in range(DEEPEST_ENCODING):
        found.append(unquote(found[-1]))
    found.append(unescape(found[-1]))
    found.append(_SPELLED_AT.sub("@", found[-1]))
    return list(dict.fromkeys(found))


def _found_in(value: str) -> dict[Kind, str]:
    found: dict[Kind, str] = {}
    for text in readings(value):
        for kind, detector in _DETECTORS.items():
            for match in detector(text):
                found.setdefault(kind, _shown(kind, match))
    return found


def _shown(kind: Kind, match: str) -> str:
    if kind in {"hashed_email", "token", "named_person", "ip"}:
        return f"{kind} of {len(match)} characters"
    return mask(match)


def _emails(text: str) -> Iterator[str]:
    for match in _EMAIL.finditer(text):
        if not _PIXEL_RATIO.fullmatch(match["host"]):
            yield match[0]
    for _, value in _PARAMETER.findall(text):
        decoded = _from_base64(value)
        if decoded and _EMAIL.fullmatch(decoded):
            yield decoded


def _from_base64(value: str) -> str | None:
    try:
        return urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return None


def _hashed_emails(text: str) -> Iterator[str]:
    """Digests of MD5, SHA-1, SHA-256 or SHA-512; a UUID written without dashes is none."""
    named = {
        value.lower()
        for name, value in _PARAMETER.findall(text)
        if _HASH_PARAMETERS.fullmatch(name)
    }
    for match in _HEX.finditer(text):
        digest = match[1].lower()
        mixed = not digest.isdigit() and not digest.isalpha()
        if mixed and (digest in named or not _UUID_4.fullmatch(digest)):
            yield digest


def _tokens(text: str) -> Iterator[str]:
    for match in _TOKENS.finditer(text):
        yield match[0]
    for name, value in _PARAMETER.findall(text):
        vague = name.lower() in {"token", "auth"}
        shortest = SHORTEST_TOKEN if vague else SHORTEST_SECRET
        if _SECRET_PARAMETERS.fullmatch(name) and _is_filled(value, shortest):
            yield value


def _named_people(text: str) -> Iterator[str]:
    for name, value in _PARAMETER.findall(text):
        if _PERSON_PARAMETERS.fullmatch(name) and _is_filled(value, 2):
            yield value


def _ip_addresses(text: str) -> Iterator[str]:
    for name, value in _PARAMETER.findall(text):
        if _IP_PARAMETERS.fullmatch(name) and _IP.fullmatch(value):
            yield value


def _is_filled(value: str, shortest: int) -> bool:
    """A macro such as `{lead.name}` was not replaced, so it says nothing of anybody."""
    return len(value) >= shortest and not _PLACEHOLDER.match(value)


def _ibans(text: str) -> Iterator[str]:
    for start in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(start[1].upper())
        if length is None:
            continue
        whole = rf"[A-Z0-9](?:[ -]?[A-Z0-9]){{{length - 1}}}(?![A-Z0-9])"
        match = re.match(whole, text[start.start() :], re.IGNORECASE)
        if match is None:
            continue
        number = re.sub(r"[ -]", "", match[0]).upper()
        if int("".join(str(int(one, 36)) for one in number[4:] + number[:4])) % 97 == 1:
            yield number


def _cards(text: str) -> Iterator[str]:
    """A run of digits that is the whole value, or is called an id, is an id."""
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        grouped = len(digits) < len(match[0])
        if not grouped and (
            match[0] == text.strip() or _IDENTIFIER_BEFORE.search(text[: match.start()])
        ):
            continue
        if _ISSUERS.fullmatch(digits) and _luhn(digits):
            yield digits


def _luhn(digits: str) -> bool:
    odd = [int(digit) for digit in digits[-1::-2]]
    doubled = [2 * int(digit) for digit in digits[-2::-2]]
    return (sum(odd) + sum(divmod(two, 10)[0] + two % 10 for two in doubled)) % 10 == 0


_MAY_BE_PERSONAL = re.compile(MAY_BE_PERSONAL)
_DETECTORS: Mapping[Kind, Callable[[str], Iterator[str]]] = {
    "email": _emails,
    "phone": phones,
    "hashed_email": _hashed_emails,
    "token": _tokens,
    "iban": _ibans,
    "card": _cards,
    "named_person": _named_people,
    "ip": _ip_addresses,
}
