"""A strict reader of one request's head (RFC 9112; rulings §2, "smuggling"): bytes in, a head or a refusal out.

What two programs could read in two ways is refused, not mended: a line end without CR, a folded field, a blank
before a colon, a length beside a transfer coding. However the bytes are cut into pieces, the outcome is the same.
"""

import re
from dataclasses import replace

from apps.lockss.fetch import DEFAULT_PORTS
from apps.lockss.http1.target import RequestTarget, TargetFault, TargetForm, authority, parse_target
from apps.lockss.http1.values import HeadCode, HeadLimits, HeadRefusal, RequestHead

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}) ([^ \t]+) (HTTP/\d\.\d)")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_LATE_COLON = re.compile(rb"[^:]*[ \t]+:")
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_LINES_BEFORE = 1

Fields = tuple[tuple[str, str], ...]


class HeadReader:
    """Reads one head. ``rest`` holds what came behind it: the body, or the next request."""

    def __init__(self, limits: HeadLimits | None = None) -> None:
        self._limits = limits or HeadLimits()
        self._buffer = bytearray()
        self._start = 0
        self._scanned = 0
        self._lines: list[bytes] = []
        self._empty = 0
        self._done = False
        self.rest = b""

    def feed(self, data: bytes) -> RequestHead | HeadRefusal | None:
        """The outcome, or None while the head is not whole. Raises ValueError once there was an outcome."""
        if self._done:
            raise ValueError("a head has one outcome; what follows belongs to another reader")
        self._buffer += data
        outcome = self._read()
        self._done = outcome is not None
        return outcome

    def _read(self) -> RequestHead | HeadRefusal | None:
        while True:
            end = self._buffer.find(b"\n", self._scanned)
            reached = len(self._buffer) if end < 0 else end
            if (refusal := self._too_long(reached)) is not None:
                return refusal
            if end < 0:
                self._scanned = reached
                return None
            line = bytes(self._buffer[self._start : end])
            self._start = self._scanned = end + 1
            if not line.endswith(b"\r"):
                return self._refuse(HeadCode.BARE_LF)
            line = line[:-1]
            if _CONTROL.search(line) is not None:
                return self._refuse(HeadCode.CONTROL)
            if line:
                if len(self._lines) > self._limits.fields:
                    return self._refuse(HeadCode.TOO_MANY_FIELDS)
                self._lines.append(line)
            elif self._lines:
                self.rest = bytes(self._buffer[self._start :])
                return _head(self._lines)
            elif self._empty < _LINES_BEFORE:
                # Old clients end a body with an empty line that no length counts (RFC 9112 §2.2).
                self._empty += 1
            else:
                return self._refuse(HeadCode.BAD_REQUEST_LINE)

    def _too_long(self, reached: int) -> HeadRefusal | None:
        if not self._lines and reached - self._start > self._limits.line:
            return self._refuse(HeadCode.LINE_TOO_LONG)
        return self._refuse(HeadCode.HEAD_TOO_LARGE) if reached > self._limits.size else None

    def _refuse(self, code: HeadCode) -> HeadRefusal:
        return HeadRefusal(code, len(self._lines) + 1)


def _head(lines: list[bytes]) -> RequestHead | HeadRefusal:
    first = _REQUEST_LINE.fullmatch(lines[0])
    if first is None:
        return HeadRefusal(HeadCode.BAD_REQUEST_LINE, 1)
    method, text, version = (part.decode("latin-1") for part in first.groups())
    if version not in {"HTTP/1.0", "HTTP/1.1"}:
        return HeadRefusal(HeadCode.BAD_VERSION, 1)
    target = parse_target(method, text)
    if isinstance(target, TargetFault):
        return HeadRefusal(HeadCode(target), 1)
    fields = _fields(lines)
    if isinstance(fields, HeadRefusal):
        return fields
    minor = int(version[-1])
    framed = _framing(fields, minor)
    if isinstance(framed, HeadRefusal):
        return framed
    settled = _settled(target, _every(fields, "host"), minor)
    if isinstance(settled, HeadRefusal):
        return settled
    options = {part.strip().lower() for value in _every(fields, "connection") for part in value.split(",")}
    keep_alive = "close" not in options and (minor == 1 or "keep-alive" in options)
    return RequestHead(method, settled[0], minor, fields, *framed, keep_alive, settled[1])


def _fields(lines: list[bytes]) -> Fields | HeadRefusal:
    fields: list[tuple[str, str]] = []
    for number, line in enumerate(lines[1:], start=2):
        if line[:1] in {b" ", b"\t"}:
            return HeadRefusal(HeadCode.FOLDED, number)
        found = _FIELD.fullmatch(line)
        if found is None:
            late = _LATE_COLON.match(line) is not None
            return HeadRefusal(HeadCode.SPACE_BEFORE_COLON if late else HeadCode.BAD_FIELD, number)
        fields.append((found[1].decode("latin-1"), found[2].decode("latin-1")))
    return tuple(fields)


def _framing(fields: Fields, minor: int) -> tuple[int | None, bool] | HeadRefusal:
    """Length and whether chunked: one of them at most, stated once."""
    lengths, codings = _every(fields, "content-length"), _every(fields, "transfer-encoding")
    if lengths and codings:
        return HeadRefusal(HeadCode.LENGTH_AND_CODING)
    if len(lengths) > 1:
        return HeadRefusal(HeadCode.SEVERAL_LENGTHS)
    if lengths:
        sound = _LENGTH.fullmatch(lengths[0]) is not None
        return (int(lengths[0]), False) if sound else HeadRefusal(HeadCode.BAD_LENGTH)
    if codings and (minor == 0 or len(codings) > 1 or codings[0].lower() != "chunked"):
        return HeadRefusal(HeadCode.BAD_CODING)
    return None, bool(codings)


def _settled(
    target: RequestTarget, hosts: tuple[str, ...], minor: int
) -> tuple[RequestTarget, bool] | HeadRefusal:
    """The target with its host, and whether Host names another. The target wins, but a Host that is none is refused
    all the same: who stands behind may look at it."""
    if len(hosts) > 1:
        return HeadRefusal(HeadCode.SEVERAL_HOSTS)
    origin = target.form is TargetForm.ORIGIN
    if not hosts:
        return HeadRefusal(HeadCode.NO_HOST) if minor == 1 or origin else (target, False)
    default = target.port if target.form is TargetForm.AUTHORITY else DEFAULT_PORTS[target.scheme or "http"]
    named = authority(hosts[0], default)
    if isinstance(named, TargetFault):
        return HeadRefusal(HeadCode.BAD_HOST)
    if origin:
        return replace(target, host=named[0], port=named[1]), False
    return target, named != (target.host, target.port)


def _every(fields: Fields, name: str) -> tuple[str, ...]:
    return tuple(value for key, value in fields if key.lower() == name)
