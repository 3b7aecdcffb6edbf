"""Which URL a reader may mean: spellings to look up in turn, because links to preserved pages are written in many ways.

What is written comes first, as it is (ruling C11): ``%2F`` in a name is no slash, ``&section`` no sign. Only when that
is not held, escapes are undone, then ``&amp;`` of links that were copied out of a page's source.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

LONGEST = 16_384
"""Characters of a request's target."""
LONGEST_SHOWN = 200

_HTTP = re.compile(r"https?://[^/?#\\]", re.IGNORECASE)
_ONE_SLASH = re.compile(r"(https?):/(?=[^/\\])", re.IGNORECASE)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+-]*:")
_ESCAPED_HTTP = re.compile(r"https?%3a", re.IGNORECASE)


class AskCode(StrEnum):
    """Why a request cannot be understood: each is an error of the request (400)."""

    TOO_LONG = "request-too-long"
    NO_URL = "request-no-url"
    NOT_HTTP = "request-url-not-http"
    BAD_VERSION = "request-version-malformed"
    VERSION_ALONE = "request-version-without-au-or-url"
    BAD_TIMESTAMP = "request-timestamp-malformed"
    UNKNOWN_MODIFIER = "request-modifier-unknown"
    BAD_PAGE = "request-page-malformed"
    BAD_DOI = "request-doi-malformed"


@dataclass(frozen=True, slots=True)
class AskError:
    """``field``: the parameter or part of the path; ``found`` is cut to 200 characters."""

    code: AskCode
    field: str
    found: str = ""

    @classmethod
    def of(cls, code: AskCode, field: str, found: str = "") -> "AskError":
        return cls(code, field, found[:LONGEST_SHOWN].encode("utf-8", "backslashreplace").decode())


def spellings(texts: Iterable[str], field: str, *, of_form: bool = False) -> tuple[str, ...] | AskError:
    """The http URLs that raw texts of a request may stand for, the likeliest first; an error where there is none.

    ``of_form``: the texts are values of a query, where ``+`` may be a blank. What comes out is a link, not yet a name.
    """
    raw = list(texts)
    literal = [text for text in raw if not _ESCAPED_HTTP.match(text)]
    undone = [unquote(text, errors="replace") for text in raw]
    blanks = [unquote(text.replace("+", " "), errors="replace") for text in raw if of_form and "+" in text]
    found = [*literal, *undone, *blanks]
    found += [text.replace("&amp;", "&") for text in found if "&amp;" in text]
    # Servers on the way fold slashes.
    found += [_ONE_SLASH.sub(r"\1://", text, count=1) for text in found if _ONE_SLASH.match(text)]
    good = [text for text in dict.fromkeys(found) if is_http(text)]
    if good:
        return tuple(good)
    says_something = any(text.strip() for text in blanks or undone)
    return AskError.of(AskCode.NOT_HTTP if says_something else AskCode.NO_URL, field, raw[0] if raw else "")


def is_http(url: str) -> bool:
    """Whether it is an http URL with a host; nothing else is ever looked up, linked to or led to."""
    return _HTTP.match(url) is not None and "\0" not in url


def with_scheme(text: str) -> str:
    """``example.org/a`` in an address of replay means ``http://example.org/a``."""
    plain = unquote(text[:LONGEST_SHOWN], errors="replace")
    return text if not text or text.startswith("/") or _SCHEME.match(plain) else f"http://{text}"
