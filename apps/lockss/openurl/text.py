"""From the bytes of a query, or from a COinS, to keys and values in the order in which they were sent.

Characters are those that ``rft_enc`` or ``ctx_enc`` state, UTF-8 if neither does (Z39.88-2004 part 1, §10).
"""

import codecs
import html
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from apps.lockss.openurl.model import OpenUrlCode, OpenUrlFinding

LONGEST = 8_192
"""Bytes of a question; a longer one is refused."""
LONGEST_COINS = 65_536
"""Bytes of a text in which a COinS is looked for."""
LONGEST_SHOWN = 200

_SPAN = re.compile(r"<span\b[^<>]{0,10000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""(?<![\w-])(class|title)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z]{2,10});")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]+")
_ENCODING = "info:ofi/enc:"
# Python knows codecs that are none of text, and some in which a question could hide: only these are read.
_CHARSETS = frozenset(
    codecs.lookup(label).name
    for label in (
        *("ascii", "utf-8", "koi8-r", "koi8-u", "gbk", "gb2312", "gb18030", "big5", "euc-jp", "shift_jis"),
        *("euc-kr", *(f"iso-8859-{part}" for part in range(1, 17) if part != 12)),
        *(f"cp{page}" for page in range(1250, 1259)),
    )
)


@dataclass(slots=True)
class Pairs:
    """Keys and values as they were sent, with what was odd about them."""

    pairs: list[tuple[str, str]] = field(default_factory=list)
    findings: list[OpenUrlFinding] = field(default_factory=list)

    def note(self, code: OpenUrlCode, key: str = "", found: str = "") -> None:
        self.findings.append(finding(code, key, found))


def finding(code: OpenUrlCode, key: str = "", found: str = "") -> OpenUrlFinding:
    return OpenUrlFinding(code, plain(key)[:LONGEST_SHOWN], plain(found)[:LONGEST_SHOWN])


def plain(text: str) -> str:
    """Without control characters, halves of characters and blanks around."""
    return _CONTROL.sub(" ", text).strip()


def pairs_of(asked: str | bytes) -> Pairs | OpenUrlFinding:
    """``asked`` is a query string, an OpenURL with its resolver's address, or a text with a COinS in it."""
    raw = asked if isinstance(asked, bytes) else asked.encode("utf-8", "surrogatepass")
    out = Pairs()
    if b"<" in raw[:LONGEST_COINS] and len(raw) <= LONGEST_COINS:
        raw = _coins(raw, out)
    if len(raw) > LONGEST:
        return finding(OpenUrlCode.TOO_LONG, "", raw[:LONGEST_SHOWN].decode("latin-1"))
    parts = _parts(raw, out)
    declared = _declared(parts, out)
    for key, value in parts:
        name = plain(unquote_to_bytes(key).decode("ascii", "replace"))
        if _BAD_ESCAPE.search(value):
            out.note(OpenUrlCode.BAD_ESCAPE, name, value.decode("latin-1"))
        text = _decoded(unquote_to_bytes(value), declared, name, out)
        if _CONTROL.search(text):
            out.note(OpenUrlCode.CONTROL_CHARACTER, name, text)
        if kept := plain(text):
            out.pairs.append((name, kept))
    return out


def _coins(raw: bytes, out: Pairs) -> bytes:
    """The question of the first COinS in a text; the text itself where there is none."""
    text = raw.decode("utf-8", "surrogateescape")
    found = []
    for span in _SPAN.findall(text):
        attributes = {name.lower(): double or single for name, double, single in _ATTRIBUTE.findall(span)}
        if "Z3988" in attributes.get("class", "").split() and "title" in attributes:
            found.append(attributes["title"])
    if not found:
        return raw
    if len(found) > 1:
        out.note(OpenUrlCode.SEVERAL_COINS, "", str(len(found)))
    # References without their semicolon are left alone: "&sect=2" is a key.
    question = _REFERENCE.sub(lambda one: html.unescape(one[0]), found[0])
    return question.encode("utf-8", "surrogateescape")


def _parts(raw: bytes, out: Pairs) -> list[tuple[bytes, bytes]]:
    raw = raw.strip()
    if raw[:8].lower().startswith((b"http://", b"https://")):
        raw = raw.partition(b"?")[2]
    raw = raw.removeprefix(b"?").partition(b"#")[0]
    parts = []
    for pair in raw.split(b"&"):
        key, equals, value = pair.partition(b"=")
        if key.startswith(b"amp;"):
            key = key[4:]
            out.note(OpenUrlCode.ESCAPED_AMPERSAND, key.decode("latin-1"))
        if equals and key:
            parts.append((key, value.replace(b"+", b" ")))
    return parts


def _declared(parts: list[tuple[bytes, bytes]], out: Pairs) -> str:
    """The charset that the question states: of the metadata before that of the whole."""
    stated = {key: unquote_to_bytes(value).decode("latin-1").strip() for key, value in reversed(parts)}
    for key in (b"rft_enc", b"ctx_enc"):
        if not (text := stated.get(key, "")):
            continue
        label = text[len(_ENCODING) :] if text.lower().startswith(_ENCODING) else text
        try:
            name = codecs.lookup(label).name
        except (LookupError, ValueError):
            name = ""
        if name in _CHARSETS:
            return name
        out.note(OpenUrlCode.CHARSET_UNKNOWN, key.decode(), text)
    return "utf-8"


def _decoded(raw: bytes, charset: str, key: str, out: Pairs) -> str:
    try:
        return raw.decode(charset)
    except UnicodeDecodeError:
        pass
    # Half the world says UTF-8 and sends what its keyboard wrote.
    try:
        text = raw.decode("cp1252" if charset in ("utf-8", "ascii") else "utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    out.note(OpenUrlCode.CHARSET_WRONG, key, text)
    return text
