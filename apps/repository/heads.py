"""The head of an HTTP answer as bytes and as fields, both ways (RFC 9112 §2–§5). Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

MAX_HEAD = 1 << 20
_STATUS = re.compile(rb"HTTP/(\d(?:\.\d)?) ([1-9]\d\d)(?: (.*))?", re.DOTALL)
_LINE_END = re.compile(rb"\r?\n")
_BREAKS = re.compile(rb"[\r\n]+")
# A body is kept without its transfer coding, so the field would mislead every other reader of the file.
_CHUNKED = b"transfer-encoding"
_CHUNKED_KEPT = b"X-Archive-Orig-Transfer-Encoding"


@dataclass(frozen=True, slots=True)
class Head:
    """Status and fields of a stored answer, in the order and spelling in which they came."""

    status: int
    reason: bytes
    fields: tuple[tuple[bytes, bytes], ...]

    def first(self, name: str) -> str | None:
        """First value of a field whatever its case, bytes told as Latin-1."""
        return next(iter(self.every(name)), None)

    def every(self, name: str) -> tuple[str, ...]:
        wanted = name.lower().encode("latin-1")
        return tuple(v.decode("latin-1") for k, v in self.fields if k.lower() == wanted)


def make_head(
    status: int, fields: Iterable[tuple[bytes, bytes]], reason: bytes = b"", version: str = "1.1"
) -> bytes:
    """A head from its parts; a line end inside a part becomes a blank, a field without a name is left out."""
    lines = [b"HTTP/%s %d %s" % (version.encode(), status, _line(reason))]
    lines += [b"%s: %s" % (_line(name), _line(value)) for name, value in fields if _line(name)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def clean_head(raw: bytes) -> bytes | None:
    """A received head as it is stored, or None where it is none.

    Every byte stays but these: line ends become CR LF, what follows the first empty line goes, lines of blanks
    go (other readers take them for the end), and ``Transfer-Encoding`` is kept under the name other archives use.
    """
    lines = _LINE_END.split(raw)
    if b"" in lines:
        lines = lines[: lines.index(b"")]
    if not lines or not _STATUS.fullmatch(lines[0]):
        return None
    lines[1:] = [_without_chunks(line) for line in lines[1:] if not _is_blank(line)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def parse_head(head: bytes) -> Head | None:
    """The parts of a stored head; folded lines are joined, lines without a colon are skipped."""
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    found = _STATUS.fullmatch(lines[0])
    if not found:
        return None
    fields: list[tuple[bytes, bytes]] = []
    for line in lines[1:]:
        if line[:1] in (b" ", b"\t") and fields:
            name, value = fields[-1]
            fields[-1] = name, (value + b" " + line.strip(b" \t")).strip(b" \t")
            continue
        name, colon, value = line.partition(b":")
        if colon and name.strip(b" \t"):
            fields.append((name.strip(b" \t"), value.strip(b" \t")))
    return Head(int(found[2]), found[3] or b"", tuple(fields))


def _line(part: bytes) -> bytes:
    return _BREAKS.sub(b" ", part).strip(b" \t")


def _is_blank(line: bytes) -> bool:
    return not line.decode("latin-1").strip() or not line.decode("utf-8", "replace").strip()


def _without_chunks(line: bytes) -> bytes:
    name, colon, value = line.partition(b":")
    return _CHUNKED_KEPT + colon + value if name.strip(b" \t").lower() == _CHUNKED else line
