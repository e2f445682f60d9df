"""A person who is to be forgotten: what gives them away, and that they stay forgotten.

Belongs here: finding and removing one person in texts and tables, the list of forgotten people
that landing leaves out. Does not: where the tables stand and what is recorded of it (erasure).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.privacy import normalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shared_policies.platform.file_store import FileStore
    from shared_policies.platform.privacy import Pseudonyms

ERASED = "[erased]"
_PSEUDONYM = re.compile(r"[0-9a-f]{64}")
_FORGOTTEN, _KEY = "_forgotten", "_privacy_key"
_INSIDE_BEFORE, _INSIDE_AFTER = re.compile(r"[\w.+-]$"), re.compile(r"[\w-]|\.\w")
_ENCODED_BEFORE = re.compile(r"%[0-9A-Fa-f]{2}$")
_DIGESTS = ("md5", "sha1", "sha256")


@dataclass(frozen=True, slots=True)
class Person:
    """`pattern` (RE2 and Python) matches all that gives them away, and longer words around it."""

    pseudonym: str
    pattern: str

    def holds(self, text: str) -> bool:
        return self.cleaned(text) != text

    def cleaned(self, text: str) -> str:
        """`text` without them; `joanna@doe.com` is another person than `anna@doe.com`."""
        return re.sub(
            self.pattern,
            lambda match: ERASED if _stands_alone(text, *match.span()) else match[0],
            text,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """One place where the person was: rows that went, values that were cleaned, what was done."""

    where: str
    rows: int
    values: int
    how: str

    def __str__(self) -> str:
        return f"{self.where}: {self.how}, {self.rows} rows and {self.values} mentions gone"


def person(subject: str, pseudonyms: Pseudonyms) -> Person:
    """Whoever `subject` names: an e-mail address, a telephone number, an id, or a pseudonym.

    By a pseudonym alone only hashed columns can be searched: it cannot be turned back.
    """
    subject = subject.strip()
    if _PSEUDONYM.fullmatch(subject):
        return Person(subject, subject)
    phone = "@" not in subject and not re.search(r"[^\d\s()+./-]", subject)
    pseudonym = pseudonyms.of(subject, phone=phone)
    if pseudonym is None:
        raise ValueError("an erasure names whom it is about: an e-mail, a telephone number, an id")
    plain = normalised(subject, phone=phone, region=pseudonyms.phone_region)
    digests = [
        hashlib.new(name, plain.encode(), usedforsecurity=False).hexdigest() for name in _DIGESTS
    ]
    spelled = _number(plain) if phone and plain.startswith("+") else _encodable(plain)
    return Person(pseudonym, "(?i)" + "|".join([pseudonym, *digests, spelled]))


def without_person(table: pa.Table, who: Person) -> tuple[pa.Table, int, int]:
    """The table without the person, rows removed, values cleaned.

    A row that holds their pseudonym is about them and goes. A text that mentions them stays, less
    the mention: it may stand on a row of money that is not theirs to take along.
    """
    cleaned = 0
    for position, field in enumerate(table.schema):
        column, count = _cleaned(table.column(position), who)
        if count:
            table = table.set_column(position, field, column)
            cleaned += count
    kept = without(table, {who.pseudonym})
    return kept, table.num_rows - kept.num_rows, cleaned


def without(table: pa.Table, people: Iterable[str]) -> pa.Table:
    """The rows that hold none of these pseudonyms."""
    unwanted = pa.array(sorted(people), pa.string())
    for name, kind in zip(table.schema.names, table.schema.types, strict=True):
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            table = table.filter(pc.invert(pc.is_in(table[name], value_set=unwanted.cast(kind))))
    return table


def forget(files: FileStore, who: Person) -> None:
    """From now on landing leaves them out, whatever the platform still answers."""
    files.write(f"{_FORGOTTEN}/{who.pseudonym}", b"")


def forgotten_people(files: FileStore) -> frozenset[str]:
    """The pseudonyms of all who were forgotten below this landing root."""
    return frozenset(files.names(_FORGOTTEN))


def refuse_another_key(files: FileStore, pseudonyms: Pseudonyms) -> None:
    """One landing, one key: the first that lands leaves its proof.

    Raises:
        MisconfiguredSetting: people were hashed here with another key.
    """
    if not files.exists(_KEY):
        files.write(_KEY, _proof(pseudonyms))
    if is_another_key(files, pseudonyms):
        raise MisconfiguredSetting(
            f"people below {files.root_url} were hashed with another key than the present one. "
            "Nothing was landed.",
            cure="Bring the key back (MESH_PRIVACY_KEY or <data folder>/privacy.key): with a new "
            "one nobody's earlier rows could be joined or erased any more.",
            source="privacy",
        )


def is_another_key(files: FileStore, pseudonyms: Pseudonyms) -> bool:
    """Whether people were hashed here with another key than this; writes nothing."""
    return files.exists(_KEY) and files.read(_KEY) != _proof(pseudonyms)


def _proof(pseudonyms: Pseudonyms) -> bytes:
    return json.dumps({"proof": pseudonyms.proof()}).encode()


def _cleaned(column: pa.ChunkedArray, who: Person) -> tuple[pa.Array, int]:
    """Mentions taken out of texts; a nested value with a mention is nulled."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        values = column.to_pylist()
        seen = {value: who.cleaned(value) for value in set(values) if value is not None}
        changes = {old: new for old, new in seen.items() if old not in {new, who.pseudonym}}
        cleaned = [changes.get(value, value) for value in values]
        return pa.array(cleaned, kind), sum(value in changes for value in values)
    if pa.types.is_nested(kind) and any(who.holds(text) for text in _texts(column)):
        values = column.to_pylist()
        hit = [who.holds(json.dumps(value, default=str, ensure_ascii=False)) for value in values]
        nulled = [None if gone else value for value, gone in zip(values, hit, strict=True)]
        return pa.array(nulled, kind), sum(hit)
    return column, 0


def _texts(column: pa.ChunkedArray | pa.Array) -> Iterator[str]:
    """The distinct texts anywhere inside a nested column."""
    if pa.types.is_list(column.type):
        yield from _texts(pc.list_flatten(column))
    elif pa.types.is_struct(column.type):
        for index in range(column.type.num_fields):
            yield from _texts(pc.struct_field(column, [index]))
    elif pa.types.is_string(column.type):
        yield from (text for text in pc.unique(column).to_pylist() if text is not None)


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[max(0, start - 3) : start], text[end : end + 2]
    starts = not _INSIDE_BEFORE.search(before) or _ENCODED_BEFORE.search(before)
    return bool(starts) and not _INSIDE_AFTER.match(after)


def _encodable(plain: str) -> str:
    """The text, each character but letters and digits also percent-encoded, once or more."""
    return "".join(
        re.escape(one) if one.isalnum() else f"(?:{re.escape(one)}|{_percent(one)})"
        for one in plain
    )


def _percent(character: str) -> str:
    return "".join(f"%(?:25)*{byte:02x}" for byte in character.encode())


def _number(plain: str) -> str:
    """A number (E.164) with and without its country code, however it is grouped."""
    parsed = phonenumbers.parse(plain)
    gap = r"[^0-9A-Za-z]{0,3}"
    national = gap.join(str(phonenumbers.national_significant_number(parsed)))
    country = gap.join(str(parsed.country_code))
    return rf"(?:(?:\+|00|%(?:25)*2b)?{country}{gap}(?:\(0\))?{gap}|0{gap}){national}"
