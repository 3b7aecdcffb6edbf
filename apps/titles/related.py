"""Which titles came before a title and which after it, as far as the lists say so.

KBART names the title that another one continues by the source's own number, sometimes by its ISSN; TDB has comments
in words, of which an ISSN or a whole name can be followed. Nothing is guessed from names that are only alike.
"""

import re
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from apps.titles.models import Title, TitleCoverage
from apps.titles.staging import issn_of, name_key

# The key under which a KBART list's preceding_publication_title_id is kept (kbart_files).
PRECEDING = "former_title_id"
BEFORE = ("comment[continues]", "comment[supersedes]", "comment[merged]")
AFTER = ("comment[continued_by]", "comment[superseded]", "comment[renamed]", "comment[moved]")
MOST = 20
_ISSN = re.compile(r"(?<![0-9])[0-9]{4}-[0-9]{3}[0-9Xx](?![0-9])")
_NUMBERS = re.compile(r"[\[(]?\s*(?:e?issn:?\s*)?[0-9]{4}-[0-9]{3}[0-9Xx]\s*[\])]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Related:
    former: tuple[Title, ...] = ()
    later: tuple[Title, ...] = ()


def related_to(title: Title) -> Related:
    """In a bounded number of look-ups, each by an index."""
    # A list may know only the one direction; the other is read backwards.
    former = [*_named(title, BEFORE), *_preceding(title), *_pointing(title, AFTER)]
    later = [*_named(title, AFTER), *_following(title), *_pointing(title, BEFORE)]
    return Related(_once(former, title), _once(later, title))


def _once(found: list[Title], own: Title) -> tuple[Title, ...]:
    rows = {one.pk: one for one in found if one.pk != own.pk}
    return tuple(sorted(rows.values(), key=lambda one: (one.name_key, one.pk)))[:MOST]


def _titles(condition: Q) -> list[Title]:
    return list(Title.objects.filter(condition).select_related("publisher").order_by("pk")[:MOST])


def _with_issn(numbers: list[str]) -> Q:
    return Q(issn__in=numbers) | Q(eissn__in=numbers) | Q(issn_l__in=numbers)


def _named(title: Title, keys: tuple[str, ...]) -> list[Title]:
    """Titles that the words under these keys lead to."""
    found: list[Title] = []
    for key in keys:
        text = str(title.attributes.get(key, ""))[:500]
        if not text:
            continue
        numbers = [number.upper() for number in _ISSN.findall(text)]
        rows = _titles(_with_issn(numbers)) if numbers else []
        words = name_key(_NUMBERS.sub("", text).strip(" ,;:[]()"))
        found += rows or (_titles(Q(name_key=words)) if words else [])
    return found


def _preceding(title: Title) -> list[Title]:
    """By the number that the title's own lists give to the one before it."""
    number = str(title.attributes.get(PRECEDING, ""))[:500]
    if not number:
        return []
    issn = issn_of(number)
    lists = title.coverages.values("title_list")
    lines = TitleCoverage.objects.filter(source_id=number, title_list__in=lists).exclude(source_id="")
    found = _titles(Q(pk__in=lines.values("title_id")))
    return found + (_titles(_with_issn([issn])) if issn else [])


def _following(title: Title) -> list[Title]:
    """Those whose lists name this one as the title before."""
    own: QuerySet = title.coverages.exclude(source_id="").values_list("source_id", "title_list")
    found: list[Title] = []
    for number, title_list in own.distinct()[:MOST]:
        named = ~Q(attributes={}) & Q(attributes__contains={PRECEDING: number})
        found += _titles(named & Q(coverages__title_list=title_list))
    for number in _numbers(title):
        found += _titles(~Q(attributes={}) & Q(attributes__contains={PRECEDING: number}))
    return found


def _pointing(title: Title, keys: tuple[str, ...]) -> list[Title]:
    """Titles whose words under these keys lead here; few lists have such words at all."""
    some = ~Q(attributes={}) & Q(attributes__has_any_keys=list(keys))
    own, numbers = title.name_key, set(_numbers(title))
    rows = Title.objects.filter(some).select_related("publisher").order_by("pk")[:500]
    return [
        row for row in rows if any(_leads(str(row.attributes.get(key, "")), own, numbers) for key in keys)
    ]


def _leads(text: str, own: str, numbers: set[str]) -> bool:
    named = {number.upper() for number in _ISSN.findall(text)}
    return bool(named & numbers) or (not named and bool(text) and name_key(text) == own)


def _numbers(title: Title) -> list[str]:
    return [number for number in (title.issn, title.eissn, title.issn_l) if number]
