"""Which charset a page or sheet is rewritten in, and what its ``Content-Type`` says afterwards (delivery §2.6).

Byte order mark, then HTTP's charset, then the body's own declaration, then the fall-back. Labels mean what browsers
take them for: ISO-8859-1 is windows-1252 (WHATWG Encoding §4.2).
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass

from apps.lockss.permission.charset import declared, web_codec

HEAD = 4_096
"""Bytes of a body that are looked at."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PARAMETER = re.compile(r"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_AT_CHARSET = re.compile(rb'@charset "([A-Za-z0-9_.:-]{2,40})";')
_CLOSEST: Mapping[str, str] = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "utf-16": "utf-16-le",
}
_LABELS: Mapping[str, str] = {
    "cp874": "windows-874",
    "cp932": "shift_jis",
    "cp949": "euc-kr",
    "big5hkscs": "big5",
    "euc_jp": "euc-jp",
    "cp866": "ibm866",
    "mac-roman": "macintosh",
    "mac-cyrillic": "x-mac-cyrillic",
}
# In these a byte that looks like "<" may be half a character.
_NOT_BYTEWISE = frozenset({"utf-16-le", "utf-16-be", "iso2022_jp", "hz"})


@dataclass(frozen=True, slots=True)
class BodyCharset:
    """``codec``: Python's, of the bytes that the rewriter gets; ``label``: what the answer's ``charset`` says.

    ``decoded_from``: where it is not None, the body has to pass a ``Transcoder`` of this codec first.
    """

    codec: str
    label: str
    decoded_from: str | None = None


def body_charset(head: bytes, content_type: str | None, fallback: str = "windows-1252") -> BodyCharset:
    """By the first ``HEAD`` bytes of a body and its ``Content-Type``."""
    codec = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if codec is None:
        named = _PARAMETER.search(content_type or "")
        codec = _known(named[1]) if named else None
    if codec is None:
        sheet = _AT_CHARSET.match(head)
        page = declared(head[:HEAD]) if sheet is None else None
        codec = _known(sheet[1].decode("ascii")) if sheet else _known(page.name) if page else None
        # A declaration that could be read is not written in UTF-16.
        codec = "utf-8" if codec is not None and codec.startswith("utf-16") else codec
    codec = codec or _known(fallback) or "cp1252"
    if codec in _NOT_BYTEWISE:
        return BodyCharset("utf-8", "utf-8", codec)
    return BodyCharset(codec, _label(codec))


def closest(codec: str) -> str:
    """The Python codec nearest to what browsers take a label for."""
    name = codecs.lookup(codec).name
    return _CLOSEST.get(name, name)


def _known(label: str) -> str | None:
    name = web_codec(label)
    # Browsers know no UTF-32.
    return None if name is None or name.startswith("utf-32") else _CLOSEST.get(name, name)


def _label(codec: str) -> str:
    if codec in _LABELS:
        return _LABELS[codec]
    return codec.replace("iso8859-", "iso-8859-").replace("cp125", "windows-125")


class Transcoder:
    """Bytes that cannot be rewritten as they are, as UTF-8; what is malformed becomes U+FFFD."""

    def __init__(self, codec: str) -> None:
        self._decoder = codecs.getincrementaldecoder(codec)("replace")

    def feed(self, data: bytes) -> bytes:
        return self._decoder.decode(data).encode("utf-8", "replace")

    def close(self) -> bytes:
        return self._decoder.decode(b"", final=True).encode("utf-8", "replace")
