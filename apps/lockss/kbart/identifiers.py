"""ISSN and ISBN as KBART prints them (ISO 3297, ISO 2108)."""

import re
from dataclasses import dataclass
from functools import lru_cache

from apps.lockss.kbart.findings import KbartCode

_ISSN = re.compile(r"([0-9]{4})[-‐–]?([0-9]{3}[0-9Xx])")
_ISBN_SIGNS = re.compile(r"[-‐–\s]")
_ISBN_10 = re.compile(r"[0-9]{9}[0-9X]")
_ISBN_13 = re.compile(r"97[89][0-9]{10}")
LONGEST = 40


@dataclass(frozen=True, slots=True)
class Identifier:
    """``value`` is printable, or "" for what is not; then ``fault`` says why, None if there was nothing."""

    value: str = ""
    fault: KbartCode | None = None


def issn(text: str) -> Identifier:
    """``1234-567X`` with a right check digit."""
    # The same few are asked about again and again; what is too long to be one is not kept for that.
    text = text.strip()
    return _issn(text) if len(text) <= LONGEST else Identifier(fault=KbartCode.BAD_ISSN)


@lru_cache(maxsize=4096)
def _issn(text: str) -> Identifier:
    if not text:
        return Identifier()
    found = _ISSN.fullmatch(text)
    if found is None:
        return Identifier(fault=KbartCode.BAD_ISSN)
    digits = (found[1] + found[2]).upper()
    total = sum((8 - place) * int(digit) for place, digit in enumerate(digits[:7]))
    if "0123456789X"[-total % 11] != digits[7]:
        return Identifier(fault=KbartCode.CHECK_DIGIT)
    return Identifier(f"{digits[:4]}-{digits[4:]}")


def isbn(text: str) -> Identifier:
    """Thirteen digits; one of ten is turned into thirteen (ruling 10)."""
    text = text.strip()
    return _isbn(text) if len(text) <= LONGEST else Identifier(fault=KbartCode.BAD_ISBN)


@lru_cache(maxsize=4096)
def _isbn(text: str) -> Identifier:
    if not text:
        return Identifier()
    digits = _ISBN_SIGNS.sub("", text).upper()
    if _ISBN_10.fullmatch(digits):
        total = sum((10 - place) * int(digit) for place, digit in enumerate(digits[:9]))
        if "0123456789X"[-total % 11] != digits[9]:
            return Identifier(fault=KbartCode.CHECK_DIGIT)
        body = "978" + digits[:9]
        return Identifier(body + _check_13(body))
    if not _ISBN_13.fullmatch(digits):
        return Identifier(fault=KbartCode.BAD_ISBN)
    if _check_13(digits[:12]) != digits[12]:
        return Identifier(fault=KbartCode.CHECK_DIGIT)
    return Identifier(digits)


def is_isbn_10(text: str) -> bool:
    return _ISBN_10.fullmatch(_ISBN_SIGNS.sub("", text.strip()).upper()) is not None


def _check_13(body: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body))
    return str(-total % 10)
