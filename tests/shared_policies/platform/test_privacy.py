"""What is personal is unreadable on disk, and equal people stay equal."""

from __future__ import annotations

import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from shared_policies.platform.errors import MisconfiguredSetting
from shared_policies.platform.landing_store import LandingStore
from shared_policies.platform.privacy import (
    Pseudonyms,
    installation_pseudonyms,
    looks_personal,
    mask,
    refuse_unusable,
)
from tests.shared_policies.platform.personal_stream import ANSWERS, answer, pull_of

if TYPE_CHECKING:
    from pathlib import Path

OURS = Pseudonyms(SecretStr("k" * 40), "DE")
emails = st.from_regex(r"[a-z]{1,8}@[a-z]{2,8}\.[a-z]{2,3}", fullmatch=True)


def store_in(root: Path, pseudonyms: Pseudonyms = OURS) -> LandingStore:
    return LandingStore(str(root), pseudonyms=lambda: pseudonyms)


def landed(root: Path) -> list[dict[str, object]]:
    files = sorted((root / "survey" / "answer").glob("pulled_on=*/*.parquet"))
    return [row for path in files for row in pq.read_table(path).to_pylist()]


def test_nothing_readable_about_a_person_touches_the_disk(tmp_path: Path):
    store_in(tmp_path).land(pull_of([answer("Anna@Doe.com ")]))
    row = landed(tmp_path)[0]
    assert row["email"] == OURS.of("anna@doe.com")
    assert row["phone"] == "+** ** *****67"
    assert row["street"] is None
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes().lower()
            assert b"anna" not in content
            assert b"main street" not in content
            assert b"1234567" not in content


def test_the_same_answer_again_is_unchanged_although_hashing_comes_between(tmp_path: Path):
    store = store_in(tmp_path)
    store.land(pull_of([answer("anna@doe.com")]))
    again = store.land(pull_of([answer(" ANNA@doe.com")]))
    assert {record.outcome for record in again} == {"unchanged"}


@given(emails)
def test_one_person_has_one_hash_however_the_address_is_spelled(email: str):
    assert OURS.of(f"  {email.upper()}\t") == OURS.of(email)


@given(emails, emails)
def test_two_people_have_two_hashes(one: str, other: str):
    assert (OURS.of(one) == OURS.of(other)) == (one == other)


@pytest.mark.parametrize("spelled", ["+49 30 1234567", "030 / 123 45 67", "0049 30-1234567"])
def test_a_telephone_number_has_one_hash_however_it_is_dialled(spelled: str):
    assert OURS.of(spelled, phone=True) == OURS.of("+49301234567")


def test_an_id_is_not_taken_for_a_telephone_number():
    assert OURS.of("0301234567") != OURS.of("+49301234567")


def test_another_key_gives_other_hashes():
    theirs = Pseudonyms(SecretStr("x" * 40), "DE")
    assert theirs.of("anna@doe.com") != OURS.of("anna@doe.com")


def test_an_absent_value_is_no_person():
    assert OURS.of(None) is None
    assert OURS.of("  ") is None


def test_a_changed_key_lands_nothing_and_says_what_to_bring_back(tmp_path: Path):
    store_in(tmp_path).land(pull_of([answer("anna@doe.com")]))
    other = store_in(tmp_path, Pseudonyms(SecretStr("x" * 40), "DE"))
    with pytest.raises(MisconfiguredSetting, match="another key"):
        other.land(pull_of([answer("bob@doe.com")]))
    assert len(landed(tmp_path)) == 1


@given(emails)
def test_a_masked_address_shows_its_first_letters_and_top_level_alone(email: str):
    local, host = email.split("@")
    name, top = host.split(".")
    assert mask(email) == f"{local[0]}***@{name[0]}***.{top}"


@given(st.text(max_size=30).filter(lambda text: "@" not in text))
def test_a_mask_shows_at_most_two_characters_and_keeps_the_shape(text: str):
    masked = mask(text)
    assert len(masked) == len(text)
    assert sum(character.isalnum() for character in masked) <= 2


@pytest.mark.parametrize(
    "name",
    [
        "email",
        "customer_email",
        "E-Mail",
        "phone_number",
        "ip",
        "client_ip",
        "first_name",
        "lastName",
        "home_address",
        "user_id",
        "street",
        "birth_date",
        "iban",
    ],
)
def test_a_column_that_is_personal_by_name_looks_so(name: str):
    assert looks_personal(name)


@pytest.mark.parametrize(
    "name", ["campaign_name", "account_id", "ad_name", "business_name", "zipper", "shipping_day"]
)
def test_a_column_about_ads_does_not_look_personal(name: str):
    assert not looks_personal(name)


@pytest.mark.parametrize(
    "personal", [{"age": "hash"}, {"score": "hash"}, {"email": "mask"}, {"email": "drop"}]
)
def test_a_treatment_that_would_lose_rows_or_cannot_work_is_refused(personal: dict[str, str]):
    with pytest.raises(ValueError, match="survey/answer"):
        refuse_unusable(replace(ANSWERS, personal=personal))


def test_a_key_is_made_once_and_readable_by_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("MESH_PRIVACY_KEY", raising=False)
    first = installation_pseudonyms()
    assert installation_pseudonyms() == first
    assert stat.S_IMODE((tmp_path / "privacy.key").stat().st_mode) == 0o600
    assert first.key.get_secret_value() not in repr(first)


def test_machines_that_share_landing_must_be_given_one_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("MESH_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MESH_DATA_URL", "memory://shared")
    monkeypatch.delenv("MESH_PRIVACY_KEY", raising=False)
    with pytest.raises(MisconfiguredSetting, match="MESH_PRIVACY_KEY"):
        installation_pseudonyms()
    monkeypatch.setenv("MESH_PRIVACY_KEY", "short")
    with pytest.raises(MisconfiguredSetting, match="fewer than 32"):
        installation_pseudonyms()
    monkeypatch.setenv("MESH_PRIVACY_KEY", "k" * 40)
    assert installation_pseudonyms() == OURS


def test_a_stream_without_personal_columns_needs_no_key(tmp_path: Path):
    def no_key() -> Pseudonyms:
        raise AssertionError("nobody is hashed here")

    impersonal = replace(
        pull_of([answer("x")]), stream=replace(ANSWERS, personal={}, name="opinions")
    )
    LandingStore(str(tmp_path), pseudonyms=no_key).land(impersonal)
    path = next((tmp_path / "survey" / "opinions").glob("pulled_on=*/*.parquet"))
    assert pq.read_table(path)["email"] == pa.chunked_array([["x"]])
