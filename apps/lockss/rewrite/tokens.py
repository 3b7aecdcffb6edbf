"""HTML that comes in pieces of any size, and leaves with some tags exchanged; all other bytes as they came.

A subset of the WHATWG tokenizer: tags with their attributes, elements without markup, comments, declarations, CDATA.
At most ``HOLDING`` bytes are held back: a tag, a doubtful element. What is not whole is looked at again when there is
twice as much of it, so that a document costs its length, however it was cut.
"""

import functools
import re
from enum import Enum, auto
from typing import Protocol

from apps.lockss.rewrite.faults import HOLDING, ambiguous, too_long
from apps.lockss.rewrite.foreign import Doubt, reads_alike
from apps.lockss.rewrite.markup import (
    ANCHOR,
    ATTRIBUTE,
    COMMENT_END,
    CONTEXTS,
    END_OF,
    END_OF_NOSCRIPT,
    MARKUP,
    PLAIN,
    RAW,
    SCRIPT_STEP,
    TAG,
    TEXT,
)

# The longest beginnings of an end that a piece may stop in, each with the character that decides.
_TAIL_OF_RAW = 12
_TAIL_OF_COMMENT = 3
_CDATA = b"<![CDATA["
_COMMENT = b"<!--"
_WHOLE_COMMENT = re.compile(rb"<!---?>")
_SLASH = ord("/")


class Sink(Protocol):
    """Who decides about tags and style sheets."""

    def tag(self, name: bytes, found: re.Match[bytes]) -> bytes | None:
        """What takes the place of a start tag (``TAG``'s match, lower-case name); None: it stays."""

    def anchor(self, raw: bytes) -> bytes | None:
        """What takes the place of the address of an ``a``, between double quotes; None: it stays."""

    def style(self, data: bytes, *, last: bool) -> bytes:
        """The text of a style element, in pieces."""


class _Mode(Enum):
    DATA = auto()
    COMMENT = auto()
    BOGUS = auto()
    CDATA = auto()
    RAW = auto()
    SCRIPT = auto()
    DOUBT = auto()


class Tokenizer:
    """``feed`` and ``close`` give what is done with. RewriteError ends it for good."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._doubt = Doubt()
        self._mode = _Mode.DATA
        self._name = b""
        # 0: plain script; 1: behind ``<!--``; 2: behind a further ``<script``, whose end tag ends nothing.
        self._escaped = 0
        self._greater = False
        self._held: list[bytes] = []
        self._size = 0
        self._wanted = 1
        self._out: list[bytes] = []
        self._copied = 0
        self.scanned = 0
        """Bytes looked at, for the law that this is a small multiple of the bytes that came."""

    def feed(self, data: bytes) -> bytes:
        self._held.append(data)
        self._size += len(data)
        return self._run(final=False) if self._size >= self._wanted else b""

    def close(self) -> bytes:
        return self._run(final=True)

    def _run(self, *, final: bool) -> bytes:
        buffer = b"".join(self._held) if len(self._held) != 1 else self._held[0]
        self._out, self._copied = [], 0
        at = 0
        while at < len(buffer):
            mode = self._mode
            there = self._step(buffer, at, final=final)
            self.scanned += (there if there > at else len(buffer)) - at
            if there <= at and self._mode is mode:
                break
            at = max(at, there)
        if final:
            # A tag that never ended is no tag: browsers drop it.
            at = len(buffer)
            if self._mode is _Mode.RAW and self._name == b"style":
                self._replace(buffer, at, at, self._sink.style(b"", last=True))
        rest = buffer[at:]
        if len(rest) > HOLDING:
            raise too_long("a tag or a doubtful element")
        self._held, self._size = [rest], len(rest)
        self._wanted = min(2 * len(rest), HOLDING) + 1
        self._out.append(buffer[self._copied : at])
        return b"".join(self._out)

    def _replace(self, buffer: bytes, start: int, end: int, new: bytes) -> None:
        self._out += (buffer[self._copied : start], new)
        self._copied = end

    def _step(self, buffer: bytes, at: int, *, final: bool) -> int:
        match self._mode:
            case _Mode.DATA:
                return self._data(buffer, at, final=final)
            case _Mode.COMMENT | _Mode.BOGUS:
                return self._comment(buffer, at, final=final)
            case _Mode.CDATA:
                return self._cdata(buffer, at, final=final)
            case _Mode.RAW:
                return self._raw(buffer, at, final=final)
            case _Mode.SCRIPT:
                return self._script(buffer, at, final=final)
            case _Mode.DOUBT:
                return self._doubtful(buffer, at, final=final)

    def _data(self, buffer: bytes, at: int, *, final: bool) -> int:
        """Text and tags, to where another mode begins or more is needed."""
        size = len(buffer)
        while self._mode is _Mode.DATA:
            found = (TEXT if self._doubt.watching else PLAIN).match(buffer, at)
            at = at if found is None else found.end()
            if at == size:
                break
            anchor = None if self._doubt.watching else ANCHOR.match(buffer, at)
            if anchor is not None:
                new = self._sink.anchor(anchor[1])
                if new is not None:
                    self._replace(buffer, *anchor.span(1), new)
                at = anchor.end()
                continue
            tag = TAG.match(buffer, at)
            if tag is not None:
                self._tag(buffer, tag)
                at = tag.end()
                continue
            behind = buffer[at + 1 : at + 3]
            if behind[:1].isalpha() or (behind[:1] == b"/" and behind[1:].isalpha()) or len(behind) < 2:
                # A tag that is not whole, or not yet known to be none.
                break
            there = self._declaration(buffer, at, final=final)
            if there < 0:
                break
            at = there
        return at

    def _declaration(self, buffer: bytes, at: int, *, final: bool) -> int:
        start = buffer[at : at + len(_CDATA)]
        if not final and len(start) < len(_CDATA):
            if start.startswith(_COMMENT) and len(start) < len(_COMMENT) + 2:
                return -1
            if _CDATA.startswith(start) or _COMMENT.startswith(start):
                return -1
        if start.startswith(_COMMENT):
            whole = _WHOLE_COMMENT.match(buffer, at)
            if whole is not None:
                return whole.end()
            self._mode = _Mode.COMMENT
            return min(at + len(_COMMENT), len(buffer))
        self._mode = _Mode.BOGUS
        if start == _CDATA and self._doubt.foreign:
            self._mode, self._greater = _Mode.CDATA, False
            return at + len(_CDATA)
        return at + 2

    def _tag(self, buffer: bytes, tag: re.Match[bytes]) -> None:
        start, end = tag.span()
        if end - start > HOLDING:
            raise too_long("a tag")
        name = tag[1].lower()
        doubt = self._doubt
        if doubt.noscript:
            self._check_noscript(buffer, start + 1, end)
        closing = buffer[start + 1] == _SLASH
        if name in CONTEXTS or doubt.watching:
            if closing:
                doubt.end(name)
            else:
                doubt.start(name, closed=buffer[end - 2] == _SLASH and not _slash_in_value(tag))
        if closing:
            return
        new = self._sink.tag(name, tag) if tag[2] else None
        if new is not None:
            self._replace(buffer, start, end, new)
        if name in RAW:
            self._name = name
            self._escaped = 0
            if doubt.about(name):
                self._mode = _Mode.DOUBT
            else:
                self._mode = _Mode.SCRIPT if name == b"script" else _Mode.RAW

    def _check_noscript(self, buffer: bytes, start: int, end: int) -> None:
        """With scripts switched on a noscript's text ends at the first end tag, wherever that stands."""
        if END_OF_NOSCRIPT.search(buffer, start, end) is not None:
            raise ambiguous("an end of noscript inside a tag, a comment or another element's text")

    def _passed(self, buffer: bytes, at: int, end: int, tail: int, *, final: bool) -> int:
        """To ``end``, or if that is -1 to where the end may have begun."""
        if self._doubt.noscript:
            tail = _TAIL_OF_RAW
            self._check_noscript(buffer, at, len(buffer) if end < 0 else end)
        if end >= 0:
            return end
        return len(buffer) if final else max(at, len(buffer) - tail)

    def _comment(self, buffer: bytes, at: int, *, final: bool) -> int:
        if self._mode is _Mode.COMMENT:
            found = COMMENT_END.search(buffer, at)
            end, tail = -1 if found is None else found.end(), _TAIL_OF_COMMENT
        else:
            end, tail = buffer.find(b">", at) + 1 or -1, 0
        if end >= 0:
            self._mode = _Mode.DATA
        return self._passed(buffer, at, end, tail, final=final)

    def _cdata(self, buffer: bytes, at: int, *, final: bool) -> int:
        """In SVG it ends with ``]]>``, in HTML with the first ``>``: what stands between must be text either way."""
        end = buffer.find(b"]]>", at)
        there = self._passed(buffer, at, end + len(b"]]>") if end >= 0 else -1, _TAIL_OF_COMMENT, final=final)
        text_end = end if end >= 0 else there
        greater = at if self._greater else buffer.find(b">", at, text_end)
        if greater >= 0:
            self._greater = True
            if MARKUP.search(buffer, greater, text_end + 1) is not None:
                raise ambiguous("markup inside CDATA")
        if end >= 0:
            self._mode = _Mode.DATA
        return there

    def _raw(self, buffer: bytes, at: int, *, final: bool) -> int:
        found = END_OF[self._name].search(buffer, at) if self._name != b"plaintext" else None
        end = -1 if found is None else found.start()
        there = self._passed(buffer, at, end, _TAIL_OF_RAW, final=final)
        if found is not None:
            self._mode = _Mode.DATA
        if self._name == b"style" and (there > at or found is not None):
            new = self._sink.style(buffer[at:there], last=found is not None)
            self._replace(buffer, at, there, new)
        return there

    def _script(self, buffer: bytes, at: int, *, final: bool) -> int:
        begin = at
        while True:
            found = SCRIPT_STEP.search(buffer, at)
            if found is None:
                return max(at, self._passed(buffer, begin, -1, _TAIL_OF_RAW, final=final))
            if found[0] == _COMMENT:
                # Its dashes may belong to the end already.
                at = found.start() + 2
                self._escaped = self._escaped or 1
            elif found[0] == b"-->":
                at, self._escaped = found.end(), 0
            elif not found[1]:
                at = found.end()
                self._escaped = 2 if self._escaped else 0
            elif self._escaped == 2:
                at, self._escaped = found.end(), 1
            else:
                self._mode = _Mode.DATA
                return self._passed(buffer, begin, found.start(), _TAIL_OF_RAW, final=final)

    def _doubtful(self, buffer: bytes, at: int, *, final: bool) -> int:
        found = END_OF[self._name].search(buffer, at)
        if found is None and not final:
            return -1
        end = len(buffer) if found is None else found.start()
        if end - at > HOLDING:
            raise too_long("a doubtful element")
        if self._doubt.noscript:
            self._check_noscript(buffer, at, end)
        span = reads_alike(self._name, buffer[at:end])
        if span is None:
            raise ambiguous(f"the text of a {self._name.decode('ascii')} element")
        if self._name == b"style":
            start, stop = at + span[0], at + span[1]
            self._replace(buffer, start, stop, self._sink.style(buffer[start:stop], last=True))
        self._mode = _Mode.DATA
        return end


def _slash_in_value(tag: re.Match[bytes]) -> bool:
    """Whether the slash before ``>`` belongs to a value without quotes, so that the tag closes nothing."""
    start = tag.start(2) - tag.start()
    last = functools.reduce(lambda _, found: found, ATTRIBUTE.finditer(tag[0], start), tag)
    return last is not tag and last.lastindex == 4 and last[4].endswith(b"/")
