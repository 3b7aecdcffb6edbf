"""Filters and searches of the catalogue, each served by an index."""

import re
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.search import matching, words_of
from apps.titles.choices import DOWN, RELEASED, UNRELEASED, Availability
from apps.titles.models import Publisher
from apps.titles.staging import issn_of

# Names that begin alike are many; a search that means so many publishers is no search.
MOST_PUBLISHERS = 500
_ISBN = re.compile(r"[0-9Xx-]{10,17}")


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
        found = Publisher.objects.filter(matching(value)).values_list("pk", flat=True)[:MOST_PUBLISHERS]
        return rows.filter(publisher_id__in=list(found))


def find_titles(rows: QuerySet, text: str) -> QuerySet:
    """By ISSN of any kind where it looks like one, else by the words of the name."""
    issn = issn_of(text)
    if issn:
        return rows.filter(Q(issn=issn) | Q(eissn=issn) | Q(issn_l=issn))
    return rows.filter(matching(text))


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


HERE, STOPPED, NOT_HERE = "selected", "deactivated", "none"


def by_selection(rows: QuerySet, value: str) -> QuerySet:
    """``rows`` of listed AUs: selected here, deactivated here, neither."""
    own = Au.objects.filter(listed=OuterRef("pk"))
    if value == HERE:
        return rows.filter(Exists(own.filter(state=AuState.SELECTED)))
    if value == STOPPED:
        return rows.filter(Exists(own.filter(state=AuState.DEACTIVATED)))
    return rows.exclude(Exists(own))


_STATUSES = {
    Availability.OFFERED: RELEASED,
    Availability.UNRELEASED: UNRELEASED,
    Availability.DOWN: DOWN,
    Availability.RETIRED: ("",),
}


def by_availability(rows: QuerySet, value: str) -> QuerySet:
    statuses = _STATUSES.get(Availability(value))
    if statuses is not None:
        return rows.filter(status__in=statuses)
    known = [status for group in _STATUSES.values() for status in group]
    return rows.exclude(status__in=known)
