"""Identifiers of organisations, with their check digits: ROR and ISNI (ISO 27729). Pure."""

import re

_ROR = re.compile(r"(?:https?://)?(?:www\.)?(?:ror\.org/)?(0[0-9a-z]{6}[0-9]{2})/?", re.ASCII | re.IGNORECASE)
_ISNI = re.compile(
    r"(?:https?://(?:www\.)?isni\.org/(?:isni/)?|isni[: ]?)?(\d[\d -]{13,18}[\dX])/?",
    re.ASCII | re.IGNORECASE,
)
# Crockford's alphabet: no i, l, o, u.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def ror_of(text: str) -> str:
    """The nine characters of a ROR identifier, from them or from its address; "" where it is none or its check digits
    are wrong (ISO/IEC 7064, MOD 97-10)."""
    match = _ROR.fullmatch(text.strip())
    found = match[1].lower() if match else ""
    if not found or any(letter not in _ALPHABET for letter in found[:7]):
        return ""
    number = 0
    for letter in found[:7]:
        number = number * 32 + _ALPHABET.index(letter)
    return found if 98 - number * 100 % 97 == int(found[7:]) else ""


def isni_of(text: str) -> str:
    """The sixteen characters of an ISNI; "" where it is none or its check digit is wrong (ISO/IEC 7064, MOD 11-2)."""
    match = _ISNI.fullmatch(text.strip())
    found = re.sub(r"[ -]", "", match[1]).upper() if match else ""
    if len(found) != 16:
        return ""
    total = 0
    for digit in found[:15]:
        total = (total + int(digit)) * 2
    return found if "0123456789X"[(12 - total % 11) % 11] == found[15] else ""
