"""Requests that no browser of ours sends and that Django would stumble over are turned away before it looks at them."""

import codecs
from collections.abc import Callable, Iterable, Iterator
from email.message import Message
from typing import Any

# Others, such as idna or unicode_escape, raise in mid-decoding or make what no row can hold.
CHARSETS = {"utf-8", "ascii", "iso8859-1"}
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def guarded(application: Wsgi) -> Wsgi:
    """400 for a cookie with a NUL, 415 for a character set that forms of the portal never have, no body for HEAD."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        # Cookies quote what they hold: a NUL comes as \000.
        if "\\000" in (cookie := environ.get("HTTP_COOKIE", "")) or "\0" in cookie:
            return _said(start_response, "400 Bad Request", b"A cookie of this request cannot be read.\n")
        if not _is_known(environ.get("CONTENT_TYPE", "")):
            return _said(start_response, "415 Unsupported Media Type", b"Forms are sent in UTF-8.\n")
        found = application(environ, start_response)
        return _WithoutBody(found) if environ.get("REQUEST_METHOD") == "HEAD" else found

    return answer


class _WithoutBody:
    """The server sends what it is given, also after the head that HEAD asked for: on a connection that stays open the
    body would be read as the next answer (RFC 9112 §6.3)."""

    def __init__(self, found: Iterable[bytes]) -> None:
        self._found = found

    def __iter__(self) -> Iterator[bytes]:
        return iter(())

    def close(self) -> None:
        if (close := getattr(self._found, "close", None)) is not None:
            close()


def _is_known(content_type: str) -> bool:
    head = Message()
    head["Content-Type"] = content_type.replace("\r", "").replace("\n", "")
    charset = head.get_param("charset", "utf-8")
    try:
        return codecs.lookup(str(charset)).name in CHARSETS
    except (LookupError, ValueError):
        return False


def _said(start_response: Callable[..., Any], status: str, text: bytes) -> Iterable[bytes]:
    fields = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))]
    start_response(status, fields)
    return [text]
