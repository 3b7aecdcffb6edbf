"""Identifiers of titles and publishers as reports of the Code write them (COUNTER R5.1 §3.3.9): pure."""

import re
from collections.abc import Mapping

from apps.lockss.openurl.identifiers import doi_of
from apps.lockss.organisations import isni_of, ror_of


def title_doi(text: str) -> str:
    """Of a title, as a title list writes it (``10.…``, ``doi:``, an address of doi.org); "" for what is none."""
    values = doi_of(text).values
    return values[0] if values else ""


def book_pattern(isbns: tuple[str, ...]) -> str:
    """A pattern for DOIs in lower case whose suffix is one of these ISBNs, in digits: the book's own, and no chapter's.
    "" without any."""
    spelled = [
        "-?".join(number.lower())
        for number in isbns
        if re.fullmatch(r"\d{9}(?:\d{3})?[\dxX]", number, re.ASCII)
    ]
    return rf"^10\.[0-9.]+/({'|'.join(spelled)})$" if spelled else ""


def publisher_id(attributes: Mapping[str, object]) -> str:
    """``ROR:…`` or ``ISNI:…`` of what title lists say of a publisher (``publisher_ror``, ``publisher_isni``); "" where
    they say nothing, or what is none."""
    ror = ror_of(str(attributes.get("publisher_ror", "")))
    isni = isni_of(str(attributes.get("publisher_isni", "")))
    return f"ROR:{ror}" if ror else f"ISNI:{isni}" if isni else ""


def by_scheme(identifier: str) -> dict[str, list[str]]:
    """As SUSHI has it: ``{"ROR": ["…"]}``; nothing for nothing."""
    scheme, colon, value = identifier.partition(":")
    return {scheme: [value]} if colon else {}
