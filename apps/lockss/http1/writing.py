"""The one writer of an answer's head: stored and made-up values alike pass here (rulings §2, "header injection").

A field is sent as it is, sent encoded, or dropped; it is never cut, because half a value may mean something else.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from urllib.parse import quote

from apps.lockss.http1.values import FIELDS, SIZE
from apps.lockss.http_dates import parse_date

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_BLANKS = " \t"
# Of one connection, or of a body's form as it once was sent: the writer alone states them.
_HOP = frozenset(
    {
        *("connection", "proxy-connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"),
        "content-length",
    }
)
_DATES = frozenset({"last-modified", "date", "expires", "memento-datetime"})
_PLACES = frozenset({"location", "content-location"})
_URI_SIGNS = "%/:?#[]@!$&'()*+,;=~"
_LINK = re.compile(r"<([^<>]*)>((?:[ \t]*;[ \t]*[^;,<>\"]+(?:\"[^\"<>]*\")?)*)")
_FILE_NAME = re.compile(r"(.*?;[ \t]*filename=)\"([^\"\\]*)\"[ \t]*", re.IGNORECASE | re.DOTALL)
_REASON = re.compile(r"[ -~]{0,100}", re.ASCII)
_NO_BODY = frozenset({204, 304})


class Why(StrEnum):
    """Why a field is not sent."""

    BAD_NAME = "bad-name"
    CONTROL = "control-character"
    NOT_LATIN_1 = "not-latin-1"
    HOP_BY_HOP = "of-one-connection"
    NO_DATE = "no-date"
    BAD_LINK = "bad-link"
    BAD_PLACE = "bad-location"
    TOO_MUCH = "head-too-large"


@dataclass(frozen=True, slots=True)
class Dropped:
    """A field that is not sent; ``name`` in ASCII, cut to 100 characters."""

    name: str
    why: Why


@dataclass(frozen=True, slots=True)
class WrittenHead:
    """``data`` ends with the empty line."""

    data: bytes
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """How the body ends: after ``length`` bytes, with its last chunk, or else with the connection. ``close``: the
    connection ends with it in any case."""

    length: int | None = None
    chunked: bool = False
    close: bool = False

    def __post_init__(self) -> None:
        if (self.chunked and self.length is not None) or (self.length or 0) < 0:
            raise ValueError(f"a body has one end: {self.length}, chunked: {self.chunked}")


def write_head(
    status: int, fields: Iterable[tuple[str, str]], body: Body, now: dt.datetime, *, reason: str = ""
) -> WrittenHead:
    """The head's bytes. ``now`` reads two-digit years of dates. Raises ValueError for a status that is none."""
    if not 100 <= status <= 599:
        raise ValueError(f"no status of HTTP: {status}")
    lines = [f"HTTP/1.1 {status} {_reason(status, reason)}"]
    dropped: list[Dropped] = []
    ends = _ending(status, body)
    room = SIZE - sum(len(line) + 2 for line in (*lines, *ends)) - 2
    for name, value in fields:
        written = _written(name, value, now)
        if not isinstance(written, Why) and (len(written) + 2 > room or len(lines) > FIELDS - len(ends)):
            written = Why.TOO_MUCH
        if isinstance(written, Why):
            dropped.append(Dropped(name[:100].encode("ascii", "backslashreplace").decode(), written))
        else:
            room -= len(written) + 2
            lines.append(written)
    return WrittenHead("\r\n".join([*lines, *ends, "", ""]).encode("latin-1"), tuple(dropped))


def _reason(status: int, given: str) -> str:
    if given and _REASON.fullmatch(given) is not None:
        return given
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""


def _ending(status: int, body: Body) -> list[str]:
    """Framing and what becomes of the connection."""
    ends = []
    bodiless = status in _NO_BODY or status < 200
    if not bodiless and body.chunked:
        ends.append("Transfer-Encoding: chunked")
    elif not bodiless and body.length is not None:
        ends.append(f"Content-Length: {body.length}")
    if body.close or not (bodiless or body.chunked or body.length is not None):
        ends.append("Connection: close")
    return ends


def _written(name: str, value: str, now: dt.datetime) -> str | Why:
    """One line without its end."""
    if _NAME.fullmatch(name) is None:
        return Why.BAD_NAME
    small = name.lower()
    if small in _HOP:
        return Why.HOP_BY_HOP
    value = value.strip(_BLANKS)
    if _CONTROL.search(value) is not None:
        return Why.CONTROL
    coded = _encoded(small, value, now)
    if isinstance(coded, Why):
        return coded
    line = f"{name}: {coded}"
    return line if _is_latin_1(line) else Why.NOT_LATIN_1


def _encoded(name: str, value: str, now: dt.datetime) -> str | Why:
    if name in _DATES:
        return Why.NO_DATE if parse_date(value, now) is None else value
    if name == "link":
        return _link(value)
    if name in _PLACES:
        return _place(value)
    if name == "content-disposition" and not value.isascii():
        return _disposition(value)
    return value


def _link(value: str) -> str | Why:
    """Each URI percent-encoded (RFC 8288); a list that cannot be taken apart is dropped whole."""
    parts: list[str] = []
    at = 0
    while True:
        found = _LINK.match(value, at)
        if found is None:
            return Why.BAD_LINK
        uri = _uri(found[1])
        if uri is None or not found[2].isascii():
            return Why.BAD_LINK
        parts.append(f"<{uri}>{found[2]}")
        rest = value[found.end() :].lstrip(_BLANKS)
        if not rest:
            return ", ".join(parts)
        if not rest.startswith(","):
            return Why.BAD_LINK
        at = len(value) - len(rest[1:].lstrip(_BLANKS))


def _place(value: str) -> str | Why:
    """A redirect's target. Two slashes or a backslash at its beginning would lead to another host."""
    uri = _uri(value)
    bad = uri is None or not uri or value.startswith("//") or "\\" in value or " " in value or "\t" in value
    return Why.BAD_PLACE if bad or uri is None else uri


def _disposition(value: str) -> str | Why:
    """A file name beyond ASCII goes as RFC 8187 has it, with an ASCII one for old programs before it."""
    found = _FILE_NAME.fullmatch(value)
    if found is None or not found[1].isascii():
        return value
    if _uri(found[2]) is None:
        return Why.NOT_LATIN_1
    plain = found[2].encode("ascii", "replace").decode().replace("?", "_")
    return f"{found[1]}\"{plain}\"; filename*=UTF-8''{quote(found[2], safe='')}"


def _uri(text: str) -> str | None:
    """In ASCII; None for what is no text of Unicode."""
    try:
        return quote(text, safe=_URI_SIGNS)
    except UnicodeEncodeError:
        return None


def _is_latin_1(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
