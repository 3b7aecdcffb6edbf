"""Which characters a permission page's bytes mean (permissions §2): the bytes first, then the header.

Order: byte order mark, NUL pattern of UTF-16 and UTF-32, the page's own declaration (XML or ``meta``,
WHATWG prescan in spirit), valid UTF-8, a statistical guess; then the Content-Type's charset; then ISO-8859-1.
All statements are ASCII, so a wrong guess among ASCII-compatible charsets can only lose a no-break space.
"""

import codecs
import re
from dataclasses import dataclass
from enum import StrEnum

import charset_normalizer

_GUESS_ROOM = 16_384
_PRESCAN_ROOM = 4_096
_NUL_ROOM = 1_024

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']?([A-Za-z0-9_.:-]{2,40})"""
    rb"""|<meta[^>]{0,400}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)

# Python also knows "codecs" such as zip, rot13 or unicode_escape: a page may not choose those.
_WEB = frozenset(
    codecs.lookup(label).name
    for label in (
        *["ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"],
        *(f"iso-8859-{part}" for part in range(1, 17) if part != 12),
        *(f"cp{page}" for page in (874, *range(1250, 1259))),
        *[
            "koi8-r",
            "koi8-u",
            "ibm866",
            "mac-roman",
            "mac-cyrillic",
            "gbk",
            "gb2312",
            "gb18030",
            "big5",
            "big5hkscs",
            "hz",
        ],
        *["euc-jp", "iso-2022-jp", "shift_jis", "cp932", "euc-kr", "cp949", "tis-620"],
    )
)


class CharsetSource(StrEnum):
    """What named the charset."""

    MARK = "byte-order-mark"
    NULS = "nul-pattern"
    DECLARED = "declared-in-page"
    UTF8 = "valid-utf-8"
    GUESS = "statistics"
    HEADER = "content-type"
    DEFAULT = "default"


# Asked for without saying which byte comes first, and no mark says it: as the deployed machines read it. Python would
# insist on the mark.
_UNMARKED = {"utf-16": "utf-16-be", "utf-32": "utf-32-be"}


@dataclass(frozen=True, slots=True)
class Charset:
    """A Python codec's name, what named it, and how many bytes of mark come before the text."""

    name: str
    source: CharsetSource
    mark: int = 0


def charset_of(
    sample: bytes, content_type: str | None, *, complete: bool = True, infer: bool = True
) -> Charset:
    """The charset of a page whose first bytes are ``sample``; ``complete``: the sample is the whole page."""
    if infer:
        for found in (
            marked(sample),
            _nul_pattern(sample),
            declared(sample),
            _statistics(sample, complete),
        ):
            if found is not None:
                return found
    named = _PARAMETER.search(content_type or "")
    if named is not None and (codec := web_codec(named[1])) is not None:
        return Charset(_UNMARKED.get(codec, codec), CharsetSource.HEADER)
    return Charset("iso8859-1", CharsetSource.DEFAULT)


def marked(sample: bytes) -> Charset | None:
    """What a byte order mark says."""
    for mark, name in _MARKS:
        if sample.startswith(mark):
            return Charset(name, CharsetSource.MARK, len(mark))
    return None


def _nul_pattern(sample: bytes) -> Charset | None:
    head = sample[: min(len(sample), _NUL_ROOM) & ~3]
    if len(head) < 4 or b"\0" not in head:
        return None
    quarter = len(head) // 4
    nuls = "".join("0" if head[start::4].count(0) * 10 > quarter * 7 else "x" for start in range(4))
    name = {"x000": "utf-32-le", "000x": "utf-32-be", "x0x0": "utf-16-le", "0x0x": "utf-16-be"}.get(nuls)
    return None if name is None else Charset(name, CharsetSource.NULS)


def declared(sample: bytes) -> Charset | None:
    """What the page says of itself near its beginning."""
    found = _DECLARED.search(sample[:_PRESCAN_ROOM])
    if found is None:
        return None
    codec = web_codec((found[1] or found[2]).decode("ascii"))
    if codec is None:
        return None
    # A declaration that could be read as ASCII is not written in UTF-16 or UTF-32 (WHATWG).
    return Charset("utf-8" if codec.startswith(("utf-16", "utf-32")) else codec, CharsetSource.DECLARED)


def _statistics(sample: bytes, complete: bool) -> Charset | None:
    if sample.isascii():
        return None
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, final=complete)
    except UnicodeDecodeError:
        best = charset_normalizer.from_bytes(sample[:_GUESS_ROOM]).best()
        # Without the look of any language it is no more than a throw of dice.
        codec = None if best is None or not best.coherence else web_codec(best.encoding)
        return None if codec is None else Charset(_UNMARKED.get(codec, codec), CharsetSource.GUESS)
    return Charset("utf-8", CharsetSource.UTF8)


def web_codec(label: str) -> str | None:
    """The Python codec of a label that a page may choose."""
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    return name if name in _WEB else None
