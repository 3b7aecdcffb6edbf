"""The text of java.util.Properties, both ways (JDK API documentation of ``load`` and ``store``; lcap-v3 §3.3).

The grammar has corners that matter to peers: three line ends, continuation lines, three separators,
escapes by backslash, UTF-16 units as ``\\uXXXX``. The bytes are Latin-1; what we write is pure ASCII.
Order of entries and the comment carry no meaning, but they are inside the message's checksum: hash the
bytes you have, never a re-serialisation.
"""

import re
from collections.abc import Iterator, Mapping

from apps.lockss.lcap.errors import EncodeCode, EncodeError, MessageCode, MessageError

_BLANK = " \t\f"
# A key ends at the first separator that no backslash guards; one `=` or `:` may stand among blanks.
_KEY_VALUE = re.compile(r"((?:[^\\=: \t\f]|\\.)*+)(?:[ \t\f]*[=:]?[ \t\f]*)(.*)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u(?P<unit>.{0,4})|(?P<char>.))", re.DOTALL)
_HEX4 = re.compile(r"[0-9a-fA-F]{4}", re.ASCII)
_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}

_TO_ESCAPE = re.compile(r"[\\=:#!]|[^ -~]")
_TO_ESCAPE_IN_KEY = re.compile(r"[\\=:#! ]|[^ -~]")
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f"}
_COMMENT = re.compile(r"[ -~]*", re.ASCII)


def load(raw: bytes, *, max_entries: int, at: int = 0) -> dict[str, str]:
    """Entries in order of appearance, the last of equal keys winning.

    ``at`` is where ``raw`` stands in the message, for the MessageError (BAD_PROPERTIES, OVER_LIMIT).
    """
    entries: dict[str, str] = {}
    for line in _logical_lines(raw.decode("latin-1")):
        # Always matches: a lone backslash at the end was taken as a continuation.
        key, value = _KEY_VALUE.fullmatch(line).groups()  # type: ignore[union-attr]
        entries[_unescape(key, at)] = _unescape(value, at)
        if len(entries) > max_entries:
            raise MessageError(MessageCode.OVER_LIMIT, f"more than {max_entries} properties", at)
    return entries


def _logical_lines(text: str) -> Iterator[str]:
    """Natural lines without blanks before them, comments left out, continuations joined."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.removesuffix("\n").split("\n")
    parts: list[str] = []
    continues = False
    for natural in lines:
        line = natural.lstrip(_BLANK)
        if not parts and (not line or line[0] in "#!"):
            continues = False
            continue
        continues = line.endswith("\\") and (len(line) - len(line.rstrip("\\"))) % 2 == 1
        if continues:
            if len(line) > 1:
                parts.append(line[:-1])
            continue
        if parts:
            parts.append(line)
            line = "".join(parts)
            parts = []
        yield line
    if continues or parts:
        yield "".join(parts)


def _unescape(text: str, at: int) -> str:
    if "\\" not in text:
        return text
    if "\\u" not in text:
        return _ESCAPE.sub(_plain_escape, text)

    def replace(found: re.Match[str]) -> str:
        unit = found["unit"]
        if unit is None:
            return _CONTROL.get(found["char"], found["char"])
        if not _HEX4.fullmatch(unit):
            raise MessageError(MessageCode.BAD_PROPERTIES, "a \\u escape without four hex digits", at)
        return chr(int(unit, 16))

    whole = _ESCAPE.sub(replace, text)
    if _SURROGATE.search(whole) is None:
        return whole
    try:
        return whole.encode("utf-16-be", "surrogatepass").decode("utf-16-be")
    except UnicodeDecodeError:
        raise MessageError(MessageCode.BAD_PROPERTIES, "half of a surrogate pair", at) from None


def _plain_escape(found: re.Match[str]) -> str:
    char: str = found["char"]
    return _CONTROL.get(char, char)


def dump(entries: Mapping[str, str], comment: str = "") -> bytes:
    """One ``key=value`` line per entry after ``#comment``, which is left out when empty.

    EncodeError (BAD_VALUE) for a comment of more than one line or beyond ASCII, and for lone surrogates.
    """
    if not _COMMENT.fullmatch(comment):
        raise EncodeError(EncodeCode.BAD_VALUE, "a comment is one line of printable ASCII")
    lines = [f"#{comment}\n"] if comment else []
    for key, value in entries.items():
        left = _TO_ESCAPE_IN_KEY.sub(_escape, key)
        right = _TO_ESCAPE.sub(_escape, value)
        if right.startswith(" "):
            right = "\\" + right
        lines.append(f"{left}={right}\n")
    return "".join(lines).encode("ascii")


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    if " " <= char <= "~":
        return "\\" + char
    if char in _SHORT:
        return _SHORT[char]
    try:
        units = char.encode("utf-16-be").hex().upper()
    except UnicodeEncodeError:
        raise EncodeError(EncodeCode.BAD_VALUE, "half of a surrogate pair has no text form") from None
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
