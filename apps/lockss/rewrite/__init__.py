"""Links of preserved pages made to lead to preserved content; every other byte as it was collected (delivery §3)."""

from collections.abc import Callable
from typing import Protocol

from apps.lockss.rewrite.charset import HEAD, BodyCharset, Transcoder, body_charset
from apps.lockss.rewrite.css import CssRewriter
from apps.lockss.rewrite.faults import HOLDING, RewriteError, RewriteFault
from apps.lockss.rewrite.html import HtmlRewriter
from apps.lockss.rewrite.maps import ReplayMap, ServeContentMap
from apps.lockss.rewrite.ports import LinkMap, Use

REVISION = 1
"""Counted up with every change of what comes out, so that bodies which were kept are made anew (delivery §2.5)."""
MEDIA_TYPES = frozenset({"text/html", "text/css"})
"""What has links that we know of."""


class Rewriter(Protocol):
    """Pieces of any size in, pieces out; ``close`` gives the rest. RewriteError: nothing may follow what went out."""

    def feed(self, data: bytes) -> bytes: ...

    def close(self) -> bytes: ...


def rewriter_for(media_type: str, url: str, links: LinkMap, charset: BodyCharset) -> Rewriter | None:
    """For a body of this type that was collected at ``url``; None for what has no links that we know of.

    LocalError where ``url`` is no http URL for a browser. XHTML and SVG that are sent as XML are not covered.
    """
    match media_type.lower():
        case "text/html":
            rewriter: Rewriter = HtmlRewriter(url, links, charset.codec)
        case "text/css":
            rewriter = CssRewriter(url, links, charset.codec)
        case _:
            return None
    if charset.decoded_from is not None:
        rewriter = _Decoded(Transcoder(charset.decoded_from), rewriter)
    return _Once(rewriter)


class _Once:
    """After an error there is that error and no byte more, whoever asks again."""

    def __init__(self, rewriter: Rewriter) -> None:
        self._rewriter = rewriter
        self._error: RewriteError | None = None

    def feed(self, data: bytes) -> bytes:
        return self._guarded(lambda: self._rewriter.feed(data))

    def close(self) -> bytes:
        return self._guarded(self._rewriter.close)

    def _guarded(self, step: Callable[[], bytes]) -> bytes:
        if self._error is not None:
            raise self._error
        try:
            return step()
        except RewriteError as error:
            self._error = error
            raise


class _Decoded:
    def __init__(self, transcoder: Transcoder, rewriter: Rewriter) -> None:
        self._transcoder = transcoder
        self._rewriter = rewriter

    def feed(self, data: bytes) -> bytes:
        return self._rewriter.feed(self._transcoder.feed(data))

    def close(self) -> bytes:
        return self._rewriter.feed(self._transcoder.close()) + self._rewriter.close()


__all__ = [
    "HEAD",
    "HOLDING",
    "MEDIA_TYPES",
    "REVISION",
    "BodyCharset",
    "CssRewriter",
    "HtmlRewriter",
    "LinkMap",
    "ReplayMap",
    "RewriteError",
    "RewriteFault",
    "Rewriter",
    "ServeContentMap",
    "Transcoder",
    "Use",
    "body_charset",
    "rewriter_for",
]
