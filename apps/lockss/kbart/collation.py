"""The order of titles: without regard to case, accents and signs; numbers by value; a leading article counts (ruling 12)."""

import re
import unicodedata

_PARTS = re.compile(r"[0-9]+|[^\W\d_]+|\d+")
# A part of a key: numbers first, then by length without zeros, then the digits or the letters themselves.
Key = tuple[tuple[int, int, str], ...]


def fold(text: str) -> str:
    """Without accents and case."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()


def collation_key(title: str) -> Key:
    """Comparing two of these compares two titles."""
    return tuple(_part(part) for part in _PARTS.findall(fold(title)))


def _part(part: str) -> tuple[int, int, str]:
    if part[0] in "0123456789":
        digits = part.lstrip("0") or "0"
        return (0, len(digits), digits)
    return (1, 0, part)


def sort_text(title: str) -> str:
    """The same order as ``collation_key`` in one text: smaller to keep, quicker to compare, fit for a file."""
    return "".join(
        f"\x01{size:06d}{text}\x00" if kind == 0 else f"\x02{text}\x00"
        for kind, size, text in collation_key(title)
    )
