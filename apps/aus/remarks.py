"""What is worth knowing of a search beside its rows: numbers that cannot be right, and why rows are among them."""

import re

from django.utils.translation import gettext

from apps.aus.filters import remark_on
from apps.common.lists.query import Query
from apps.common.search import matching, words_of
from apps.titles.models import Publisher

# As an ISSN begins: four digits, a hyphen, digits. Four more digits or three and a last sign are one whole.
_ISSN_BEGUN = re.compile(
    r"\s*(?:[ep]-?)?(?:issn(?:-?l)?\s*:?)?\s*(\d{4}\s*[-‐‑–]\s*[\dxX]{3,12}|\d{7}[xX]?\d?)\s*", re.IGNORECASE
)
_ISSN_SIGNS = 8


def on_numbers(query: Query) -> str:
    text = query.given.get("q", "")
    return remark_on(text) or _issn_of_wrong_length(text)


def on_titles(query: Query) -> str:
    """Of titles a word may be the publisher's."""
    text = query.given.get("q", "")
    said = on_numbers(query)
    if said or not words_of(text):
        return said
    if Publisher.objects.filter(matching(text), title_count__gt=0).exists():
        return gettext("Titles of publishers of that name are among them.")
    return ""


def _issn_of_wrong_length(text: str) -> str:
    found = _ISSN_BEGUN.fullmatch(text)
    signs = re.sub(r"[^0-9xX]", "", found[1]) if found else ""
    if not signs or len(signs) == _ISSN_SIGNS:
        return ""
    said = (
        gettext("%s looks like an ISSN that is not whole: an ISSN has eight signs, as in 1234-5679.")
        if len(signs) < _ISSN_SIGNS
        else gettext("%s looks like an ISSN with a sign too many: an ISSN has eight, as in 1234-5679.")
    )
    return said % text.strip()[:40]
