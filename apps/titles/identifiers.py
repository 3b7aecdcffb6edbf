"""ISSN and ISBN in the one form by which they are kept and found; a wrong check digit is told, never mended."""

import re
from functools import lru_cache

from apps.lockss.kbart import KbartCode, isbn, issn

_ISBN_SIGNS = re.compile(r"[^0-9Xx]")
_LOOKS_LIKE_ISBN = re.compile(r"[0-9Xx \-‐–]{10,20}")


def issn_digit_is_wrong(text: str) -> bool:
    """Of an ISSN that is right in form."""
    return issn(text).fault is KbartCode.CHECK_DIGIT


@lru_cache(maxsize=4096)
def isbn_fault(text: str) -> KbartCode | None:
    """What is wrong with a printed ISBN; the words stand in apps/titles/words.py."""
    return isbn(text).fault


@lru_cache(maxsize=4096)
def isbn_key(text: str) -> str:
    """Thirteen digits; the digits as they stand where the check digit is wrong; empty for what is none."""
    right = isbn(text).value
    if right:
        return right
    digits = _ISBN_SIGNS.sub("", text).upper()
    return digits if len(digits) in (10, 13) else ""


def isbn_keys(*texts: str) -> list[str]:
    return sorted({key for text in texts if text and (key := isbn_key(text))})


def searched_isbn(text: str) -> str:
    """The key of what somebody typed, if that looks like an ISBN."""
    return isbn_key(text.strip()) if _LOOKS_LIKE_ISBN.fullmatch(text.strip()) else ""
