"""Personal data and keys are found however they are written; ids, dates and prices are not."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared_policies.governance.policies.privacy import MAY_BE_PERSONAL, findings

PERSONAL = {
    "anna.doe@example.com": "email",
    "utm_source=newsletter&utm_content=john%40doe.com": "email",
    "https://shop.example/?e=john%2540doe.co.uk": "email",
    "https://shop.example/?e=john%252540doe.co.uk": "email",
    "john (at) doe.com": "email",
    "anna\uff20doe.com": "email",
    "a&#64;b.com": "email",
    "müller@bücher.de": "email",
    "https://shop.example/?u=am9obkBkb2UuY29t": "email",
    "Call +49 30 1234567": "phone",
    "brand_+49 170 1234567_x": "phone",
    "Mobile: +1 415 555 0100": "phone",
    "0049 30 12345678": "phone",
    "Sale 030 1234567": "phone",
    "0151-23456789 Aktion": "phone",
    "01512345678": "phone",
    "06 12 34 56 78 promo": "phone",
    "(555) 123-4567": "phone",
    "555-123-4567": "phone",
    "tel=%2B4915112345678": "phone",
    "phone=4915112345678": "phone",
    "call 4915112345678": "phone",
    "https://shop.example/?uid%3D5d41402abc4b2a76b9719d911017c592": "hashed_email",
    "5d41402abc4b2a76b9719d911017c592": "hashed_email",
    "access_token=abcdefgh12345": "token",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc": "token",
    "EAABsbCS1iHgBAKZCZCZCXZCZCZCZC": "token",
    "ya29.a0AfH6SMBxxxxxxxxxxxxxxx": "token",
    "DE89 3704 0044 0532 0130 00": "iban",
    "pay to DE89370400440532013000 NOW": "iban",
    "GB82WEST12345698765432": "iban",
    "4111 1111 1111 1111": "card",
    "3782 822463 10005": "card",
    "card 4111111111111111 ok": "card",
    "https://shop.example/?first_name=John&x=1": "named_person",
    "https://shop.example/?ip=10.1.2.3": "ip",
}
QUIET = (
    "meet@berlin",
    "utm_source=meet@berlin",
    "logo@2x.png",
    "120210345678901234",
    "cid_1202103456789012_x",
    "id=0123456789",
    "Search_Mobile_1234567890",
    "Advantage+ 120210345678901",
    "customer 234-567-8901",
    "4111111111111111",
    "https://shop.example/?s=550e8400-e29b-41d4-a716-446655440000",
    "https://shop.example/?s=550e8400e29b41d4a716446655440000",
    "gclid=Cj0KCQiA-62tBhDSARIsAO7twbY4111111111111111",
    "fbclid=IwAR0x1234567890abcdefghijkl",
    "https://shop.example/p/1234567890123?utm_campaign=%7Bcampaignid%7D&utm_term=a%20b",
    "https://shop.example/?first_name={lead.first}",
    "sale_2026-11-24_24.12.2026",
    "24.11.2026-30.11.2026",
    "11/24/2026 10:00",
    "2026-11-24T08:00:00+0200",
    "09.30-18.00 Uhr 24.12",
    "1,299.00 EUR or 1.299.000,00",
    "300x250 728x90 2026",
    "+20% sale, 2 for 1",
    "token=spring",
    "4111 1111 1111 1112",
    "DE89370400440532013001",
)

local_parts = st.from_regex(r"[a-z][a-z0-9]{0,8}([._+-][a-z0-9]{1,6})?", fullmatch=True)
hosts = st.from_regex(r"[a-z][a-z0-9]{1,9}(\.[a-z]{2,6}){1,2}", fullmatch=True)
emails = st.builds("{}@{}".format, local_parts, hosts)
surroundings = st.sampled_from(
    ("{}", "https://shop.example/?e={}&x=1", "Brand {} DE", "utm_term={}", "[{}]", "a|{}|b")
)


@pytest.mark.parametrize(("text", "kind"), PERSONAL.items())
def test_what_is_about_a_person_is_found(text: str, kind: str):
    assert kind in {leak.kind for leak in findings([text])}


@pytest.mark.parametrize("text", QUIET)
def test_what_only_resembles_it_is_not(text: str):
    assert findings([text]) == []


@settings(max_examples=200, deadline=None)
@given(emails, surroundings, st.integers(0, 3))
def test_an_address_is_found_wherever_it_stands_and_however_often_it_is_encoded(
    email: str, around: str, times: int
):
    written = email
    for _ in range(times):
        written = quote(written, safe="")
    found = findings([around.format(written)])
    assert "email" in {leak.kind for leak in found}
    assert not [leak for leak in found if email in leak.masked_sample]


@settings(max_examples=100, deadline=None)
@given(emails, st.sampled_from(("md5", "sha1", "sha256")), st.sampled_from(("em", "hash", "md5")))
def test_the_digest_of_an_address_in_a_parameter_is_found(email: str, name: str, parameter: str):
    digest = hashlib.new(name, email.encode(), usedforsecurity=False).hexdigest()
    found = findings([f"https://shop.example/?a=b&{parameter}={digest}#top"])
    assert [leak.kind for leak in found] == ["hashed_email"]
    assert digest not in found[0].masked_sample


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1, 99),
    st.lists(st.integers(10, 9999), min_size=2, max_size=3),
    st.sampled_from((" ", "-", "/", ".", "")),
    surroundings,
)
def test_a_number_with_a_country_code_is_found(
    country: int, groups: list[int], separator: str, around: str
):
    number = f"+{country}{separator}{separator.join(map(str, groups))}"
    looks_like_a_date = re.search(r"\d{1,2}[-./ ]\d{1,2}[-./ ]\d{2}", number)
    if sum(character.isdigit() for character in number) < 8 or looks_like_a_date:
        return
    if re.search(r"(?:19|20)\d{2}", number):
        return
    assert "phone" in {leak.kind for leak in findings([around.format(number)])}


identifiers = st.integers(10**8, 10**18).map(str)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        identifiers,
        identifiers.map("campaign_{}".format),
        identifiers.map("https://shop.example/?utm_id={}&x=1".format),
        st.uuids(version=4).map("https://shop.example/?session={}".format),
        st.dates().map("sale_{:%Y-%m-%d}".format),
        st.dates().map("Sale {:%d.%m.%Y} DE".format),
        st.dates().map("{:%Y%m%d}_launch".format),
        st.decimals(0, 10**6, places=2).map("from {} EUR".format),
        st.from_regex(r"[a-z]{2,8}@[a-z]{2,8}", fullmatch=True),
        st.from_regex(r"[A-Z]{2}_[A-Z][a-z]{3,8}_[a-z]{3,8}_[0-9]{1,6}", fullmatch=True),
    )
)
def test_ids_dates_prices_and_names_are_quiet(text: str):
    assert findings([text]) == []


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.sampled_from([*PERSONAL]), st.text(max_size=60), emails), st.text(max_size=8))
def test_what_a_warehouse_does_not_ask_about_holds_nothing(text: str, more: str):
    from shared_policies.governance.policies import privacy  # noqa: PLC0415  its inner half

    if privacy._found_in(text + more):
        assert re.search(MAY_BE_PERSONAL, text + more)


def test_every_value_has_its_own_findings_and_none_shows_its_value():
    values = ["x", "anna@doe.com", "bob@doe.com and +49 30 1234567"]
    found = findings(values)
    assert [leak.kind for leak in found] == ["email", "email", "phone"]
    assert [leak.masked_sample for leak in found[:2]] == ["a***@d***.com", "b***@d***.com"]
    assert "1234567" not in found[2].masked_sample
