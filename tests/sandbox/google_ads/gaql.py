"""The Google Ads Query Language, read by its published grammar.

Belongs here: text to a query value. Does not: whether its fields exist (catalogue.py).
Source: developers.google.com/google-ads/api/docs/query/grammar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.sandbox.google_ads.errors import Refusal

TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_][\w.]*)|(?P<symbol>!=|<=|>=|[=<>(),]))""",
    re.VERBOSE,
)
COMPARISONS = {"=", "!=", "<", "<=", ">", ">="}
WORD_OPERATORS = {"IN", "NOT", "LIKE", "BETWEEN", "DURING", "IS", "CONTAINS", "REGEXP_MATCH"}


@dataclass(frozen=True)
class Condition:
    """`values` are strings and numbers as written; names (enums, literals) are strings."""

    field: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    select: tuple[str, ...]
    resource: str
    where: tuple[Condition, ...]
    order_by: tuple[tuple[str, bool], ...]
    limit: int | None


def parse(text: str) -> Query:
    """Raises Refusal with the query error that the platform gives."""
    return _Parser(_tokens(text)).query()


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens: list[tuple[str, str]] = []
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = TOKEN.match(stripped, position)
        if match is None:
            raise Refusal("query_error", "BAD_SYMBOL", f"Error in query: {text[position:][:20]}")
        kind = match.lastgroup or ""
        tokens.append((kind, match.group(kind)))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._at = 0

    def query(self) -> Query:
        self._expect("SELECT", "EXPECTED_SELECT")
        select = self._names()
        self._expect("FROM", "EXPECTED_FROM")
        resource = self._take("name", "EXPECTED_FROM")
        where = self._conditions() if self._accept("WHERE") else ()
        order_by = self._order() if self._accept("ORDER") else ()
        limit = int(self._take("number", "BAD_LIMIT_VALUE")) if self._accept("LIMIT") else None
        if self._accept("PARAMETERS"):
            self._at = len(self._tokens)
        if self._at < len(self._tokens):
            self._fail("UNEXPECTED_INPUT")
        return Query(select, resource, where, order_by, limit)

    def _names(self) -> tuple[str, ...]:
        names = [self._take("name", "BAD_FIELD_NAME")]
        while self._accept(","):
            names.append(self._take("name", "BAD_FIELD_NAME"))
        return tuple(names)

    def _conditions(self) -> tuple[Condition, ...]:
        found = [self._condition()]
        while self._accept("AND"):
            found.append(self._condition())
        return tuple(found)

    def _condition(self) -> Condition:
        field = self._take("name", "BAD_FIELD_NAME")
        operator = self._operator()
        if operator == "BETWEEN":
            low = self._value()
            self._expect("AND", "EXPECTED_VALUE_WITH_BETWEEN_OPERATOR")
            return Condition(field, operator, (low, self._value()))
        if operator in {"IN", "NOT IN"} or operator.startswith("CONTAINS"):
            return Condition(field, operator, self._list())
        if operator.startswith("IS"):
            return Condition(field, operator, ())
        return Condition(field, operator, (self._value(),))

    def _operator(self) -> str:
        _, text = self._next("UNEXPECTED_END_OF_QUERY")
        if text in COMPARISONS:
            return text
        if text.upper() not in WORD_OPERATORS:
            self._fail("BAD_OPERATOR")
        word = text.upper()
        while self._at < len(self._tokens):
            following = self._tokens[self._at][1].upper()
            if following not in {"IN", "LIKE", "NOT", "NULL", "ANY", "ALL", "NONE"}:
                break
            word += f" {following}"
            self._at += 1
        return word

    def _list(self) -> tuple[str, ...]:
        self._expect("(", "EXPECTED_LIST")
        values = [self._value()]
        while self._accept(","):
            values.append(self._value())
        self._expect(")", "EXPECTED_LIST")
        return tuple(values)

    def _value(self) -> str:
        kind, text = self._next("UNEXPECTED_END_OF_QUERY")
        return text[1:-1] if kind == "string" else text

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._expect("BY", "EXPECTED_BY")
        found = []
        for name in self._names():
            descending = self._accept("DESC")
            if not descending:
                self._accept("ASC")
            found.append((name, descending))
        return tuple(found)

    def _next(self, code: str) -> tuple[str, str]:
        if self._at >= len(self._tokens):
            self._fail(code)
        self._at += 1
        return self._tokens[self._at - 1]

    def _take(self, kind: str, code: str) -> str:
        found, text = self._next(code)
        if found != kind:
            self._fail(code)
        return text

    def _accept(self, word: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at][1].upper() == word:
            self._at += 1
            return True
        return False

    def _expect(self, word: str, code: str) -> None:
        if not self._accept(word):
            self._fail(code)

    def _fail(self, code: str) -> None:
        near = self._tokens[min(self._at, len(self._tokens) - 1)][1] if self._tokens else ""
        raise Refusal("query_error", code, f"Error in query: unexpected input {near}.")
