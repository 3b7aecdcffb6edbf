"""Searches of the catalogue, each served by an index; what lists are narrowed by besides is in ``scopes``."""

import re
from dataclasses import dataclass

from django.db.models import OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext

from apps.common.few import Among, Asked, OneOf, Probe, as_array, few, is_counting, narrowed, one_of
from apps.common.few_values import each_value
from apps.common.search import holding, matching, words_of
from apps.titles.choices import DOWN, RELEASED, UNRELEASED, Availability
from apps.titles.identifiers import isbn_fault, issn_digit_is_wrong, searched_isbn
from apps.titles.models import ListedAu, Publisher, Title
from apps.titles.services import of_titles
from apps.titles.staging import issn_of
from apps.titles.words import isbn_words

# Names that begin alike are many; a search that means so many publishers is no search.
MOST_PUBLISHERS = 500
_LABEL = re.compile(r"\A\s*(?:[ep]-?)?is[sb]n(?:-?l|-1[03])?\b\s*:?\s*", re.IGNORECASE)
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
# Words of a unit's name that say nothing of its title.
_VOLUME = frozenset({"volume", "vol", "vol.", "year"})


@dataclass(frozen=True, slots=True)
class PublisherNamed:
    """Part of a publisher's name, typed."""

    key: str
    label: str | Promise
    kind: str = "search"

    def parse(self, text: str) -> str:
        if len(text) > 200:
            raise ValueError(gettext("at most %d characters") % 200)
        return text.strip()

    def apply(self, rows: QuerySet, value: str) -> QuerySet:
        named = Publisher.objects.filter(matching(value)).values_list("pk", flat=True)[:MOST_PUBLISHERS]
        found = as_array(named)
        theirs = rows.model.objects.filter(Among("publisher_id", found)).values_list("pk", flat=True)
        counted = one_of("publisher_id", found)
        return narrowed(rows, Q(OneOf("publisher_id", found)), keys=theirs, counted=counted)


def find_titles(rows: QuerySet, text: str) -> QuerySet:
    """By ISSN or ISBN where it looks like one, else by the words of its name or of its publisher's."""
    found = titles_numbered(text)
    if found is not None:
        return rows.filter(pk__in=found)
    if not words_of(text):
        return rows
    keys = _by_words(text)
    if is_counting():
        return rows.filter(pk__in=keys)
    found = few(keys, ("titles named", text))
    asked = Asked(holding(text) | Q(publisher__in=_publishers(text)))
    return rows.filter(asked if found is None else Among("pk", found))


def _publishers(text: str) -> QuerySet:
    return Publisher.objects.filter(matching(text)).values("pk")


def _by_words(text: str) -> QuerySet:
    publishers = _publishers(text)
    words = Title.objects.filter(matching(text)).order_by().values_list("pk", flat=True)
    theirs = Title.objects.filter(publisher__in=publishers).order_by().values_list("pk", flat=True)
    return words.union(theirs, all=True)


def _of_titles(rows: QuerySet, text: str) -> QuerySet:
    """Units of the titles that these words find."""
    found = titles_numbered(text)
    if found is not None:
        return of_titles(rows, found)
    return of_titles(rows, _by_words(text), ("titles named", text)) if words_of(text) else rows


def find_own_titles(rows: QuerySet, text: str) -> QuerySet:
    """Among the titles of one publisher: its own name would find all of them."""
    found = titles_numbered(text)
    return rows.filter(matching(text)) if found is None else rows.filter(pk__in=found)


def _typed(text: str) -> str:
    """Without the word before a number, and with plain dashes: ``ISSN: 1234–5678``."""
    return _LABEL.sub("", text, count=1).translate(_DASHES).strip()


def titles_numbered(text: str) -> QuerySet | None:
    """Numbers of the titles with this ISSN or ISBN, of their own or of a unit's; None: it is no such number."""
    text = _typed(text)
    issn = issn_of(text)
    if issn:
        return Title.objects.filter(Q(issn=issn) | Q(eissn=issn) | Q(issn_l=issn)).values("pk")
    isbn = searched_isbn(text)
    if isbn:
        own = Title.objects.filter(isbn_keys__contains=[isbn]).values("pk")
        return own.union(ListedAu.objects.filter(isbn_keys__contains=[isbn]).values("title_id"))
    return None


def find_units(rows: QuerySet, text: str) -> QuerySet:
    """Of all that the lists name: by ISSN, by ISBN, by words of the title or publisher with a volume or year."""
    isbn = "" if issn_of(_typed(text)) else searched_isbn(_typed(text))
    if isbn:
        own = ListedAu.objects.filter(isbn_keys__contains=[isbn]).values("pk")
        titles = Title.objects.filter(isbn_keys__contains=[isbn]).values("pk")
        return rows.filter(pk__in=own.union(ListedAu.objects.filter(title_id__in=titles).values("pk")))
    found = titles_numbered(text)
    if found is not None:
        return of_titles(rows, found)
    words = words_of(text)
    numbers = [word for word in words if word.isascii() and word.isdigit()]
    named = [word for word in words if word not in numbers and word not in _VOLUME]
    if not named:
        return _of_titles(rows, text)
    found = _of_titles(rows, " ".join(named))
    if not numbers or is_counting():
        return find_aus(found, " ".join(numbers))
    # Asked last and of the row by its key: what other titles have is passed by in an index that has no names.
    return found.filter(Probe(find_aus(ListedAu.objects.filter(pk=OuterRef("pk")), " ".join(numbers))))


def remark_on(text: str) -> str:
    """What is wrong with the number that somebody searches; empty: nothing, or it is no number."""
    written = _typed(text)
    issn = issn_of(written)
    if issn and issn_digit_is_wrong(issn):
        return (
            gettext(
                "The check digit of the ISSN %s is wrong: one of its digits was mistyped, or a list has it so."
            )
            % issn
        )
    if not issn and searched_isbn(written) and (fault := isbn_fault(written)):
        return gettext("%(isbn)s is no right ISBN: %(fault)s.") % {
            "isbn": written,
            "fault": isbn_words(fault),
        }
    return ""


def find_publishers(rows: QuerySet, text: str) -> QuerySet:
    return rows.filter(matching(text))


def find_aus(rows: QuerySet, text: str) -> QuerySet:
    """Among the AUs of one title or publisher: every word in the name, or the year."""
    for word in words_of(text):
        found = Q(name_key__contains=word)
        if word.isascii() and word.isdigit() and len(word) == 4:
            found |= Q(first_year__lte=int(word), last_year__gte=int(word))
        rows = rows.filter(found)
    return rows


_STATUSES = {
    Availability.OFFERED: RELEASED,
    Availability.UNRELEASED: UNRELEASED,
    Availability.DOWN: DOWN,
    Availability.RETIRED: ("",),
}


def by_availability(rows: QuerySet, value: str) -> QuerySet:
    statuses = _STATUSES.get(Availability(value))
    if statuses == RELEASED:
        # Most units are.
        return rows.filter(status__in=statuses)
    if statuses is not None:
        return narrowed(rows, Q(status__in=statuses))
    known = {status for group in _STATUSES.values() for status in group}
    return narrowed(rows, Q(status__in=sorted(set(each_value(ListedAu, "status")) - known)))
