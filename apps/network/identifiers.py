"""What institutions are known by: the number of the library and of the research organisation, and the country."""

import re

from apps.lockss.organisations import ror_of

# ISO 15511: a prefix of letters, a hyphen, at most eleven characters of the agency's own.
_ISIL = re.compile(r"[A-Z]{1,4}-[A-Za-z0-9:/-]{1,11}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


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
    found = ror_of(text)
    if not found:
        raise ValueError
    return found


def country(text: str) -> str:
    found = text.strip().upper()
    if found and not _COUNTRY.fullmatch(found):
        raise ValueError
    return found
