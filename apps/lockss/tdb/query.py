"""Questions about AUs of title databases: ``status is "released" and year ~ "^20"`` (tdb.md §6).

``or`` and ``and``, which binds tighter, parentheses, and tests of one field. A field is unset where no list names it;
an empty text is set. Expressions are RE2's: whoever asks cannot make the answer take for ever.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import Any

import re2

from apps.lockss.errors import LocalError
from apps.lockss.tdb.fields import FIELDS, Place, fetch, is_field
from apps.lockss.tdb.model import TdbAu

LONGEST_QUERY = 10_000
MOST_TESTS = 500
DEEPEST = 50
_EXPRESSION_MEMORY = 8 << 20
_SPACE = re.compile(r"\s*")
_TOKEN = re.compile(
    r"(?P<string>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')|(?P<sign>!=|!~|=|~|\(|\))"
    r"|(?P<word>(?:[A-Za-z]+:)?[A-Za-z][A-Za-z0-9_.]*(?:\[[A-Za-z0-9][A-Za-z0-9_./]*\])?)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\([\\\"'])")
_NO_PLACE = Place()


class QueryCode(StrEnum):
    TOO_LONG = "tdb-query-too-long"
    TOO_DEEP = "tdb-query-too-deep"
    CHARACTER = "tdb-query-character"
    SYNTAX = "tdb-query-syntax"
    UNKNOWN_FIELD = "tdb-query-unknown-field"
    EXPRESSION = "tdb-query-expression"


class QueryError(LocalError):
    """The question cannot be understood; ``offset`` counts its characters from 0."""

    def __init__(self, code: QueryCode, offset: int, message: str) -> None:
        super().__init__(code, message)
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.code}: {self.message} at character {self.offset + 1}"


class Operator(StrEnum):
    SET = "is set"
    UNSET = "is not set"
    EQUAL = "="
    DIFFERENT = "!="
    FOUND = "~"
    NOT_FOUND = "!~"


_EXPRESSIONS = frozenset({Operator.FOUND, Operator.NOT_FOUND})


@lru_cache(maxsize=256)
def _expression(text: str) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _EXPRESSION_MEMORY
    return re2.compile(text, options)


def _plain(text: str) -> str:
    """RE2 reads UTF-8, which half of a surrogate pair cannot be."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


@dataclass(frozen=True, slots=True)
class FieldTest:
    """One field against one text, by whole equality or by an expression that is found anywhere in it."""

    field: str
    operator: Operator
    text: str = ""

    def matches(self, au: TdbAu, place: Place = _NO_PLACE) -> bool:
        value = fetch(self.field, au, place)
        match self.operator:
            case Operator.SET:
                return value is not None
            case Operator.UNSET:
                return value is None
            case Operator.EQUAL:
                return value == self.text
            case Operator.DIFFERENT:
                return value != self.text
        hit = _expression(self.text).search(_plain(value or "")) is not None
        return hit is (self.operator is Operator.FOUND)

    def __str__(self) -> str:
        if self.operator in (Operator.SET, Operator.UNSET):
            return f"{self.field} {self.operator}"
        quoted = self.text.replace("\\", "\\\\").replace('"', '\\"')
        return f'{self.field} {self.operator} "{quoted}"'


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple["Query", ...]

    def matches(self, au: TdbAu, place: Place = _NO_PLACE) -> bool:
        return all(part.matches(au, place) for part in self.parts)

    def __str__(self) -> str:
        return " and ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    parts: tuple["Query", ...]

    def matches(self, au: TdbAu, place: Place = _NO_PLACE) -> bool:
        return any(part.matches(au, place) for part in self.parts)

    def __str__(self) -> str:
        return " or ".join(map(str, self.parts))


Query = FieldTest | AllOf | AnyOf


def parse_query(text: str) -> Query:
    """The question; ``str`` of it is a text of the same meaning. QueryError where it cannot be understood."""
    if len(text) > LONGEST_QUERY:
        raise QueryError(QueryCode.TOO_LONG, LONGEST_QUERY, f"more than {LONGEST_QUERY} characters")
    if (plain := _plain(text)) != text:
        at = next(at for at, (one, other) in enumerate(zip(plain, text, strict=True)) if one != other)
        raise QueryError(QueryCode.CHARACTER, at, "half of a surrogate pair")
    reader = _Reader(list(_tokens(text)))
    query = reader.any_of(0)
    if reader.token.kind:
        raise reader.fault("'and', 'or' or the end")
    return query


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while True:
        space = _SPACE.match(text, at)
        at = space.end() if space else at
        if at == len(text):
            yield _Token("", "", at)
            return
        found = _TOKEN.match(text, at)
        if found is None:
            message = "the text is not closed" if text[at] in "\"'" else f"{text[at]!r} begins nothing"
            raise QueryError(QueryCode.CHARACTER, at, message)
        yield _Token(found.lastgroup or "", found[0], at)
        at = found.end()


@dataclass(slots=True)
class _Reader:
    tokens: list[_Token]
    position: int = 0
    tests: int = field(default=0)

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def fault(self, expected: str) -> QueryError:
        found = self.token.text[:60] or "the end"
        return QueryError(QueryCode.SYNTAX, self.token.at, f"expected {expected}, found {found}")

    def took(self, *texts: str) -> str:
        """The token's text, and on to the next one, if it is one of these; else ""."""
        token = self.token
        if token.kind in ("word", "sign") and token.text in texts:
            self.position += 1
            return token.text
        return ""

    def any_of(self, depth: int) -> Query:
        if depth > DEEPEST:
            raise QueryError(QueryCode.TOO_DEEP, self.token.at, f"more than {DEEPEST} nested parentheses")
        parts = [self.all_of(depth)]
        while self.took("or"):
            parts.append(self.all_of(depth))
        return _flat(AnyOf, parts)

    def all_of(self, depth: int) -> Query:
        parts = [self.one(depth)]
        while self.took("and"):
            parts.append(self.one(depth))
        return _flat(AllOf, parts)

    def one(self, depth: int) -> Query:
        if not self.took("("):
            return self.test()
        inner = self.any_of(depth + 1)
        if not self.took(")"):
            raise self.fault("'and', 'or' or ')'")
        return inner

    def test(self) -> FieldTest:
        self.tests += 1
        if self.tests > MOST_TESTS:
            raise QueryError(QueryCode.TOO_LONG, self.token.at, f"more than {MOST_TESTS} tests")
        name = self._field()
        if sign := self.took("=", "!=", "~", "!~"):
            return self._compared(name, Operator(sign))
        if not self.took("is"):
            raise self.fault("'is', '=', '!=', '~' or '!~'")
        negated = bool(self.took("not"))
        if self.took("set"):
            return FieldTest(name, Operator.UNSET if negated else Operator.SET)
        if self.token.kind != "string":
            raise self.fault("'set' or a text in quotes" if negated else "'set', 'not' or a text in quotes")
        return self._compared(name, Operator.DIFFERENT if negated else Operator.EQUAL)

    def _field(self) -> str:
        token = self.token
        if token.kind != "word":
            raise self.fault("'(' or a field")
        if not is_field(token.text):
            near = get_close_matches(token.text, FIELDS, n=1)
            message = f"there is no field {token.text[:60]}" + (f"; perhaps {near[0]}" if near else "")
            raise QueryError(QueryCode.UNKNOWN_FIELD, token.at, message)
        self.position += 1
        return token.text

    def _compared(self, name: str, operator: Operator) -> FieldTest:
        token = self.token
        if token.kind != "string":
            raise self.fault("a text in quotes")
        self.position += 1
        # A backslash before anything but a quote or a backslash is the expression's own: "\d" finds digits.
        text = _ESCAPE.sub(r"\1", token.text[1:-1])
        if operator in _EXPRESSIONS:
            try:
                _expression(text)
            except re2.error as fault:
                reason = fault.args[0] if fault.args else "not an expression"
                said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
                raise QueryError(QueryCode.EXPRESSION, token.at, said) from None
        return FieldTest(name, operator, text)


def _flat(kind: type[AllOf] | type[AnyOf], parts: list[Query]) -> Query:
    if len(parts) == 1:
        return parts[0]
    flat: list[Query] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, kind) else (part,))
    return kind(tuple(flat))
