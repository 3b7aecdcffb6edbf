"""Which titles came before a title and which after it, as far as the lists say so.

KBART names the title that another one continues by the source's own number, sometimes by its ISSN; TDB has comments
in words, of which an ISSN or a whole name can be followed. Nothing is guessed from names that are only alike.
Where all units of a title are listed under another one now, its old address leads there (``now_at``).
"""

import re
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT

from apps.titles.models import ImportChange, ListedAu, Title, TitleCoverage
from apps.titles.models_changes import MOVED
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
    former = [*_named(title, BEFORE), *_preceding(title), *_pointing(title, AFTER), *_left(title)]
    later = [*_named(title, AFTER), *_following(title), *_pointing(title, BEFORE)]
    later += [one for one in now_at(title) if are_two(title, one)]
    return Related(_once(former, title), _once(later, title))


def now_at(title: Title) -> tuple[Title, ...]:
    """Where a title that has no listed units left has them now: units that went from it, or that came under its numbers."""
    if title.au_count:
        return ()
    moved = ImportChange.objects.annotate(was=KT("before__title_id")).filter(MOVED, was=str(title.pk))
    found = _titles(Q(pk__in=ListedAu.objects.filter(pk__in=moved.values("listed_au")).values("title")))
    if ListedAu.objects.filter(title=title).exists():
        same = _with_issn(_numbers(title)) | Q(isbn_keys__overlap=title.isbn_keys)
        found += _titles(same & Q(au_count__gt=0))
    return _once([one for one in found if one.au_count], title)


def are_two(one: Title, other: Title) -> bool:
    """Both have numbers, and none in common."""
    own, others = (_all_numbers(title) for title in (one, other))
    return bool(own and others) and not own & others


def _all_numbers(title: Title) -> set[str]:
    return {*_numbers(title), *title.isbn_keys}


def _left(title: Title) -> list[Title]:
    """Titles with other numbers whose units have all gone, some of them to this one."""
    moved = ImportChange.objects.filter(MOVED, listed_au__in=title.listed_aus.all())
    pks = {int(pk) for pk in moved.values_list(KT("before__title_id"), flat=True).distinct()[:MOST]}
    return [one for one in _titles(Q(pk__in=pks, au_count=0)) if are_two(one, title)]


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
        numbers = numbers_in(text)
        rows = _titles(_with_issn(numbers)) if numbers else []
        words = words_in(text)
        found += rows or (_titles(Q(name_key=words)) if words else [])
    return found


def numbers_in(text: str) -> list[str]:
    """The ISSNs of a comment."""
    return [number.upper() for number in _ISSN.findall(text)]


def words_in(text: str) -> str:
    """A comment without its ISSNs, folded as names are."""
    return name_key(_NUMBERS.sub("", text).strip(" ,;:[]()"))


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
