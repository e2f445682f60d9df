"""What a telephone number looks like among dates, prices, banner sizes and ids.

Belongs here: numbers in running text. Does not: whether a number is assigned, how one is hashed
(platform/privacy).

A library that knows all numbering plans finds telephone numbers in half of all long ids, so the
shape decides: a plus, a trunk zero with groups, an American grouping, or a word that says so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FEWEST_DIGITS, MOST_DIGITS = 7, 15  # E.164 allows fifteen
FEWEST_INTERNATIONAL = 8
FEWEST_NATIONAL, MOST_NATIONAL = 9, 12

_YEAR = r"(?:19|20)\d{2}"
# What is taken out first: digits that mean something else.
_OTHER_DIGITS = re.compile(
    rf"[0-9a-f]{{8}}-(?:[0-9a-f]{{4}}-){{3}}[0-9a-f]{{12}}"
    rf"|(?<![A-Za-z0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{{16,}}"
    rf"|(?<!\d){_YEAR}[-./_ ]\d{{1,2}}[-./_ ]\d{{1,2}}(?!\d)"
    rf"|(?<!\d)\d{{1,2}}[-./_ ]\d{{1,2}}[-./_ ](?:{_YEAR}|\d{{2}})(?!\d)"
    rf"|(?<!\d)\d{{1,2}}[-./_ ]{_YEAR}(?!\d)"
    rf"|(?<!\d){_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{{4}}|\d{{6}})?(?!\d)"
    rf"|(?<!\d)\d{{1,2}}:\d{{2}}(?::\d{{2}})?(?!\d)",
    re.IGNORECASE,
)
_INTERNATIONAL = re.compile(
    r"(?<![A-Za-z0-9+.])(?:\+|00)[1-9]"
    r"(?:[ ./_-]{0,2}(?:\(0?\d{0,4}\))?[ ./_-]{0,2}\d){6,14}(?![A-Za-z0-9])"
)
_TRUNK_ZERO = re.compile(
    r"(?<![A-Za-z0-9+.,:])\(?0[1-9]\d{0,4}\)?"
    r"(?P<groups>(?:[ /._-]{1,3}\d{2,9}){1,5})(?![A-Za-z0-9])"
)
# France writes 06 12 34 56 78, whose first three pairs would do for a date.
_PAIRS = re.compile(r"(?<![A-Za-z0-9+.,:])0[1-9]([ ._-])\d\d(?:\1\d\d){3}(?![A-Za-z0-9])")
_BARE = re.compile(r"(?<![A-Za-z0-9.,=/&-])0[1-9]\d{8,10}(?![\w.,-])")
_AMERICAN = re.compile(
    r"(?<![A-Za-z0-9+.-])(?:1[ .-])?(?:\([2-9]\d{2}\)[ .-]?|[2-9]\d{2}[.-])\d{3}[ .-]\d{4}(?![\w-])"
)
# Google shows a customer's id as 234-567-8901.
_CUSTOMER_ID_BEFORE = re.compile(
    r"(?:c?id|acc(?:oun)?t|customer|kunde|mcc)[\s_:#=-]*$", re.IGNORECASE
)
_HINTED = re.compile(
    r"(?<![A-Za-z])(?:(?:tele)?(?:phone|fon)(?:_?(?:no|nr|number))?|tel|msisdn|fax|handynummer"
    r"|mobile(?:_?(?:no|number))?(?==)|call(?=[: ]))\.?[:= ]{1,2}"
    r"(\+?\d(?:[ ./()_-]{0,2}\d){6,14})(?!\w)",
    re.IGNORECASE,
)
LONGEST_PAIR = 2


def phones(text: str) -> Iterator[str]:
    """Every telephone number in `text`, as it is written there."""
    yield from (match[0] for match in _PAIRS.finditer(text))
    rest = _OTHER_DIGITS.sub(" ~ ", text)
    for pattern, fewest, most in (
        (_INTERNATIONAL, FEWEST_INTERNATIONAL, MOST_DIGITS + 2),
        (_BARE, FEWEST_NATIONAL, MOST_NATIONAL),
        (_HINTED, FEWEST_DIGITS, MOST_DIGITS),
    ):
        for match in pattern.finditer(rest):
            if fewest <= _digits(match[0]) <= most:
                yield match[0]
    for match in _TRUNK_ZERO.finditer(rest):
        if FEWEST_NATIONAL <= _digits(match[0]) <= MOST_NATIONAL and _grouped_as_a_number(match):
            yield match[0]
    for match in _AMERICAN.finditer(rest):
        if not _CUSTOMER_ID_BEFORE.search(rest[: match.start()]):
            yield match[0]


def _grouped_as_a_number(match: re.Match[str]) -> bool:
    """Opening hours are nothing but pairs."""
    return max(len(group) for group in re.findall(r"\d+", match["groups"])) > LONGEST_PAIR


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)
