"""What is worth knowing of a search beside its rows: numbers that cannot be right, and why rows are among them."""

import re
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.utils.translation import gettext
from rapidfuzz import fuzz

from apps.aus.filters import remark_on
from apps.aus.holdings.near import near_titles
from apps.common.lists.query import Query
from apps.common.pages import Link
from apps.common.search import fold, matching, words_of
from apps.titles.models import Publisher, Title
from apps.titles.near import near_publishers

# As an ISSN begins: four digits, a hyphen, digits. Four more digits or three and a last sign are one whole.
_ISSN_BEGUN = re.compile(
    r"\s*(?:[ep]-?)?(?:issn(?:-?l)?\s*:?)?\s*(\d{4}\s*[-‐‑–]\s*[\dxX]{3,12}|\d{7}[xX]?\d?)\s*", re.IGNORECASE
)
_ISSN_SIGNS = 8
MOST_BEST = 5
MOST_NEAR = 3
# How like (of 100) a title is to what was typed, to be offered instead.
NEARLY = 50
BEGUN_ALIKE = 50
LONGEST_BEGINNING = 200
LAST_SIGN = "\U0010ffff"


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


def best_titles(query: Query, rows: QuerySet[Title]) -> list[tuple[int, Link]]:
    """Titles whose own name is, or begins with, what was typed; whole names first, then whole words."""
    typed = fold(query.given.get("q", ""))[:LONGEST_BEGINNING]
    if not typed:
        return []
    # By the index of names alone, so many at most; the other conditions are asked of these.
    begun = Title.objects.filter(name_key__gte=typed, name_key__lt=typed + LAST_SIGN, is_known=True)
    near = list(begun.order_by("name_key", "pk").values_list("pk", flat=True)[:BEGUN_ALIKE])
    found = [row for row in rows.filter(pk__in=near) if row.name_key.startswith(typed)] if near else []
    found.sort(key=lambda row: (row.name_key != typed, row.name_key, row.publisher.name, row.pk))
    return [
        (row.pk, Link(f"{row.name} ({row.publisher.name})", f"/titles/{row.pk}/"))
        for row in found[:MOST_BEST]
    ]


def instead_of_titles(query: Query) -> list[Link]:
    """Where nothing matches: what was nearly typed, the words alone, and where titles come from."""
    text, house = query.given.get("q", ""), query.given.get("publisher", "")
    found = [
        Link(gettext("Did you mean “%s”?") % f"{row.name} ({row.publisher.name})", f"/titles/{row.pk}/")
        for row in _nearest(text)
    ]
    houses = [("publisher", name) for name in (near_publishers(house) if house else ())]
    if text and not found:
        houses += [("q", name) for name in near_publishers(text)]
    said = gettext("Did you mean the publisher “%s”?")
    found += [
        Link(said % name, f"/titles/{query.address(**{key: name}, after='', before='')}")
        for key, name in houses
    ]
    if text and len(query.filters) > 1:
        alone = gettext("Look for “%s” without the other conditions") % text
        found.append(Link(alone, f"/titles/?{urlencode({'q': text})}"))
    return [*found, Link(gettext("To the title lists, which say what there is"), "/lists/")]


def _nearest(text: str) -> list[Title]:
    near = near_titles([text]).get(text, []) if text else []
    ranked = [(fuzz.ratio(fold(text), row.name_key), row) for row in near]
    ranked.sort(key=lambda one: (-one[0], one[1].name_key, one[1].pk))
    return [row for score, row in ranked[:MOST_NEAR] if score >= NEARLY]


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
