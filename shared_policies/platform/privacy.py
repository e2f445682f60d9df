"""Personal data made unreadable before anything is written: hashed, masked or dropped.

Belongs here: what a stream's personal columns become, the key that hashes them. Does not: finding
personal data where none should be (governance/policies), forgetting a person (erasure).

A hash is HMAC-SHA256 over the normalised value under the installation's own key. Without the key
nobody can hash a list of addresses and compare; with it equal people have equal hashes in every
stream, so joins survive.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

import phonenumbers
import pyarrow as pa
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared_policies.platform.company import data_settings
from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.file_store import sync_folder

if TYPE_CHECKING:
    from pathlib import Path

    from shared_policies.platform.streams import Stream

Treatment = Literal["hash", "mask", "drop"]

SHORTEST_KEY = 32
READABLE = 2
LONG_ENOUGH_TO_SHOW = 6
_BETWEEN_WORDS = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
# A column with one of these among its words holds, by its name, something about a person.
_PERSONAL_WORDS = re.compile(
    r"(?:^|_)(?:e_?mail|phone|telephone|mobile|msisdn|fax|iban|ssn|passport|birth_?(?:date|day)"
    r"|date_of_birth|dob|(?:first|last|full|sur|given|family|user)_?name|street|postcode"
    r"|postal_code|zip|home_address|ip|mac_address|idfa|gaid|credit_card"
    r"|(?:user|client|visitor|device|cookie|contact|lead|response|respondent|pseudo)_id)(?:_|$)"
)
_PHONE_WORDS = re.compile(r"(?:^|_)(?:phone|telephone|mobile|msisdn|fax)(?:_|$)")


class PrivacySettings(BaseSettings):
    """Environment: MESH_PRIVACY_*.

    Without `key`, one is made once in the data folder. `phone_region` is where a number without
    a country code is dialled.
    """

    model_config = SettingsConfigDict(
        env_prefix="MESH_PRIVACY_", env_file=".env", extra="ignore", frozen=True
    )

    key: SecretStr | None = None
    phone_region: str = Field(default="DE", pattern=r"^[A-Z]{2}$", description="ISO 3166-1.")


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Hashes under one key. Prints without it."""

    key: SecretStr
    phone_region: str

    def of(self, value: str | None, *, phone: bool = False) -> str | None:
        """64 hex digits for a person's value; nothing for an empty one.

        `phone` says that digits without a plus are a telephone number, not an id.
        """
        normal = normalised(value or "", phone=phone, region=self.phone_region)
        if not normal:
            return None
        key = self.key.get_secret_value().encode()
        return hmac.new(key, normal.encode(), hashlib.sha256).hexdigest()

    def proof(self) -> str:
        """Tells one key from another and is of no use for hashing."""
        key = self.key.get_secret_value().encode()
        return hmac.new(key, b"\0which key is this", hashlib.sha256).hexdigest()


def normalised(value: str, *, phone: bool, region: str) -> str:
    """One spelling per person: e-mail in lower case, telephone as E.164, all else only trimmed."""
    text = unicodedata.normalize("NFKC", value).strip()
    if "@" in text:
        return text.lower()
    if not phone and not text.startswith("+"):
        return text
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return text
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def mask(value: str) -> str:
    """Enough to recognise one's own value by, too little to learn another's.

    `anna@doe.com` is `a***@d***.com`; of all else the shape and the last two characters stay, and
    of short values only the shape.
    """
    local, at, host = value.strip().rpartition("@")
    if at and local and "." in host:
        name, _, top = host.rpartition(".")
        return f"{local[0]}***@{name[:1]}***.{top}"
    shown = sum(character.isalnum() for character in value)
    hidden = shown - READABLE if shown >= LONG_ENOUGH_TO_SHOW else shown
    masked = []
    for character in value:
        hides = character.isalnum() and hidden > 0
        hidden -= hides
        masked.append("*" if hides else character)
    return "".join(masked)


def looks_personal(column: str) -> bool:
    """Whether a text column of this name is about a person, as far as a name can say."""
    return _PERSONAL_WORDS.search(_BETWEEN_WORDS.sub("_", column).lower()) is not None


def protected(stream: Stream, rows: pa.Table, pseudonyms: Pseudonyms) -> pa.Table:
    """`rows` with every personal column of the stream treated as it declares."""
    for name, treatment in stream.personal.items():
        position = rows.schema.get_field_index(name)
        treated = _treated(rows.column(position), name, treatment, pseudonyms)
        rows = rows.set_column(position, rows.schema.field(position), treated)
    return rows


def refuse_unusable(stream: Stream) -> None:
    """Whether what the stream declares personal can be treated so.

    Raises:
        ValueError: an unknown column, a treated one that is no text, or a key that would vanish.
    """
    for name, treatment in stream.personal.items():
        if name not in stream.schema.names:
            raise ValueError(f"{stream.source}/{stream.name} has no column {name} to {treatment}.")
        if treatment == "drop":
            usable = name not in stream.grain
        else:
            usable = stream.schema.field(name).type == pa.string() and (
                treatment == "hash" or name not in stream.grain
            )
        if not usable:
            raise ValueError(
                f"{stream.source}/{stream.name} cannot {treatment} {name}: hash and mask need "
                "text, and of a stream's grain only a hash keeps rows apart."
            )


def _treated(
    column: pa.ChunkedArray, name: str, treatment: Treatment, pseudonyms: Pseudonyms
) -> pa.Array:
    if treatment == "drop":
        return pa.nulls(len(column), column.type)
    encoded = column.combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_pylist()
    if treatment == "hash":
        phone = _PHONE_WORDS.search(_BETWEEN_WORDS.sub("_", name).lower()) is not None
        treated = [pseudonyms.of(value, phone=phone) for value in values]
    else:
        treated = [mask(value) for value in values]
    return pa.array(treated, pa.string()).take(encoded.indices)


def installation_pseudonyms() -> Pseudonyms:
    """The installation's: from MESH_PRIVACY_KEY, or from the key made once in the data folder.

    Raises:
        MisconfiguredSetting: the key is too short; or landing stands where other machines land
            too, and no key is set that they could share.
    """
    settings, data = PrivacySettings(), data_settings()
    key = settings.key
    if key is None and data.data_url is not None:
        raise MisconfiguredSetting(
            f"MESH_PRIVACY_KEY is not set, and landing stands at {data.data_url}.",
            cure="Set the same key on every machine, or their hashes of one person differ.",
            source="privacy",
        )
    if key is None:
        key = _kept_key(data.data_dir.resolve() / "privacy.key")
    if len(key.get_secret_value()) < SHORTEST_KEY:
        raise MisconfiguredSetting(
            f"MESH_PRIVACY_KEY has fewer than {SHORTEST_KEY} characters.",
            cure='Make one with python -c "import secrets; print(secrets.token_hex(32))".',
            source="privacy",
        )
    return Pseudonyms(key, settings.phone_region)


def _kept_key(path: Path) -> SecretStr:
    """Made by whoever comes first, whole or not at all; readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".{path.name}.{uuid4().hex}")
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(made)
        except FileExistsError:
            pass  # another process was first, and its key is the key
        finally:
            made.unlink()
        sync_folder(path.parent)
    return SecretStr(path.read_text().strip())
