"""Identifiers in an OpenURL: by kind, and in the spellings that are worth a look-up.

Kinds are known by the registered forms (``info:doi/``, ``info:pmid/``, ``urn:ISSN:`` …), by the forms of OpenURL 0.1
(``doi:``, ``pmid:``) and by the addresses of the DOI resolver and of PubMed. None of these addresses is ever asked.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from apps.lockss.kbart.identifiers import is_isbn_10, isbn, issn
from apps.lockss.openurl.model import OpenUrlCode

_DOI = re.compile(r"10\.[0-9]{2,9}(?:\.[0-9]+)*/\S(?:.*\S)?", re.DOTALL)
_PMID = re.compile(r"[1-9][0-9]{0,8}")
_SCHEMES = (
    ("info:doi/", "doi"),
    ("doi:", "doi"),
    ("info:pmid/", "pmid"),
    ("pmid:", "pmid"),
    ("urn:issn:", "issn"),
    ("urn:isbn:", "isbn"),
    ("info:sici/", "sici"),
    ("info:bici/", "bici"),
)
_DOI_HOSTS = frozenset({"doi.org", "dx.doi.org", "www.doi.org"})
_PUBMED_HOSTS = frozenset({"pubmed.ncbi.nlm.nih.gov", "www.ncbi.nlm.nih.gov", "ncbi.nlm.nih.gov"})
_PUBMED_PATH = re.compile(r"(?:/m?/?pubmed)?/([0-9]+)/?")
_SIGNS = re.compile(r"[-‐‑‒–—−\s]")
_ISSN_SHAPE = re.compile(r"[0-9]{7}[0-9Xx]")
_ISBN_SHAPE = re.compile(r"[0-9]{9}[0-9Xx]|[0-9]{13}")


class IdKind(StrEnum):
    DOI = "doi"
    PMID = "pmid"
    ISSN = "issn"
    ISBN = "isbn"
    SICI = "sici"
    BICI = "bici"
    URL = "url"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Identified:
    """``values``: spellings to try, the best first; none where ``fault`` says that it is no such identifier."""

    kind: IdKind
    values: tuple[str, ...] = ()
    fault: OpenUrlCode | None = None


def identified(text: str) -> Identified:
    """An ``rft_id`` (1.0) or ``id`` (0.1) by its kind."""
    text = text.strip()
    for start, kind in _SCHEMES:
        if text[: len(start)].lower() == start:
            rest = text[len(start) :]
            # An "info:" URI is one more layer of escapes.
            return _of_kind(IdKind(kind), unquote(rest) if start.startswith("info:") else rest)
    if _DOI.fullmatch(text):
        return doi_of(text)
    if text[:8].lower().startswith(("http://", "https://")):
        return _of_address(text)
    return Identified(IdKind.OTHER, fault=OpenUrlCode.UNKNOWN_IDENTIFIER)


def _of_kind(kind: IdKind, text: str) -> Identified:
    if kind is IdKind.DOI:
        return doi_of(text)
    if kind is IdKind.PMID:
        return pmid_of(text)
    if kind is IdKind.ISSN:
        return issn_of(text)
    if kind is IdKind.ISBN:
        return isbn_of(text)
    return Identified(kind, (text.strip(),))


def _of_address(text: str) -> Identified:
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return Identified(IdKind.OTHER, fault=OpenUrlCode.UNKNOWN_IDENTIFIER)
    if host in _DOI_HOSTS:
        # A "?" or "#" in a DOI should have come escaped; some do not.
        tail = text.partition("//")[2].partition("/")[2]
        judged = doi_of(unquote(tail))
        return judged if judged.values else Identified(IdKind.URL, (text,))
    if host in _PUBMED_HOSTS and (found := _PUBMED_PATH.fullmatch(parts.path)):
        return pmid_of(found[1])
    if not host:
        return Identified(IdKind.OTHER, fault=OpenUrlCode.UNKNOWN_IDENTIFIER)
    return Identified(IdKind.URL, (text,))


def doi_of(text: str) -> Identified:
    """A DOI (ISO 26324), whatever scheme or resolver stands before it, in lower case."""
    text = text.strip()
    while text[:4].lower() == "doi:":
        text = text[4:].strip()
    lowered = text.lower()
    if lowered.startswith(("http://", "https://")):
        host, _slash, tail = lowered.partition("//")[2].partition("/")
        lowered = unquote(tail) if host in _DOI_HOSTS else ""
    if not _DOI.fullmatch(lowered):
        return Identified(IdKind.DOI, fault=OpenUrlCode.BAD_DOI)
    return Identified(IdKind.DOI, (lowered,))


def pmid_of(text: str) -> Identified:
    text = text.strip().removeprefix("PMID:").removeprefix("pmid:").strip()
    if not (text.isascii() and _PMID.fullmatch(text)):
        return Identified(IdKind.PMID, fault=OpenUrlCode.BAD_PMID)
    return Identified(IdKind.PMID, (text,))


def issn_of(text: str) -> Identified:
    """``1234-5679``; with a wrong check digit it is tried all the same."""
    digits = _SIGNS.sub("", text)
    if not (digits.isascii() and _ISSN_SHAPE.fullmatch(digits)):
        return Identified(IdKind.ISSN, fault=OpenUrlCode.BAD_ISSN)
    value = f"{digits[:4]}-{digits[4:]}".upper()
    wrong = not issn(value).value
    return Identified(IdKind.ISSN, (value,), OpenUrlCode.CHECK_DIGIT if wrong else None)


def isbn_of(text: str) -> Identified:
    """Thirteen digits and, where there is one, the form of ten; a wrong one is tried as it is."""
    digits = _SIGNS.sub("", text).upper()
    if not (digits.isascii() and _ISBN_SHAPE.fullmatch(digits)):
        return Identified(IdKind.ISBN, fault=OpenUrlCode.BAD_ISBN)
    value = isbn(digits).value
    if not value:
        return Identified(IdKind.ISBN, (digits,), OpenUrlCode.CHECK_DIGIT)
    ten = digits if is_isbn_10(digits) else _isbn_10(value)
    return Identified(IdKind.ISBN, (value, ten) if ten else (value,))


def _isbn_10(thirteen: str) -> str:
    """Only 978 has a form of ten digits."""
    if not thirteen.startswith("978"):
        return ""
    body = thirteen[3:12]
    total = sum((10 - place) * int(digit) for place, digit in enumerate(body))
    return body + "0123456789X"[-total % 11]
