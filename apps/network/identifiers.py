"""What institutions are known by: the number of the library and of the research organisation, and the country."""

import re

# ISO 15511: a prefix of letters, a hyphen, at most eleven characters of the agency's own.
_ISIL = re.compile(r"[A-Z]{1,4}-[A-Za-z0-9:/-]{1,11}", re.ASCII)
_ROR = re.compile(r"(?:https?://)?(?:www\.)?(?:ror\.org/)?(0[0-9a-z]{6}[0-9]{2})/?", re.ASCII | re.IGNORECASE)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)
# Crockford's alphabet: no i, l, o, u.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def isil(text: str) -> str:
    """Empty for nothing; ValueError when it is none."""
    found = text.strip()
    if found and not _ISIL.fullmatch(found):
        raise ValueError
    return found


def ror(text: str) -> str:
    """The nine characters of a ROR identifier, from them or from its address; ValueError when its check digits are wrong."""
    if not text.strip():
        return ""
    match = _ROR.fullmatch(text.strip())
    found = match[1].lower() if match else ""
    number = 0
    for letter in found[:7]:
        place = _ALPHABET.find(letter)
        if place < 0:
            raise ValueError
        number = number * 32 + place
    # ISO/IEC 7064, MOD 97-10.
    if not found or 98 - number * 100 % 97 != int(found[7:]):
        raise ValueError
    return found


def country(text: str) -> str:
    found = text.strip().upper()
    if found and not _COUNTRY.fullmatch(found):
        raise ValueError
    return found
