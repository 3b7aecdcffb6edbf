"""Titles as they are when they are read."""

from collections.abc import Iterable
from functools import reduce
from operator import or_

from django.db.models import Q

from apps.aus.models import Au
from apps.delivery.models import Article
from apps.lockss.usage import DataType
from apps.lockss.usage.identifiers import book_pattern, publisher_id, title_doi
from apps.titles.choices import TitleKind
from apps.titles.models import Title
from apps.usage.models import CountedTitle

_TYPES = {
    TitleKind.JOURNAL: DataType.JOURNAL,
    TitleKind.BOOK: DataType.BOOK,
    TitleKind.SERIES: DataType.BOOK,
    TitleKind.PROCEEDINGS: DataType.CONFERENCE,
}
_FACTS = (
    *("title_id", "name", "publisher", "publisher_id"),
    *("data_type", "isbn", "print_issn", "online_issn", "doi"),
)


def counted_titles(aus: Iterable[Au]) -> dict[int, CountedTitle]:
    """The row of each AU's title by the AU's number; made, or brought up to date. AUs with title, publisher and entry
    of the list are given; one query, two more where something is new or has changed, and one for books."""
    given = list(aus)
    facts = {au.pk: _facts(au) for au in given}
    _with_dois(facts, given)
    by_key = {one.key: one for one in sorted(facts.values(), key=lambda one: one.key)}
    known = CountedTitle.objects.in_bulk(by_key, field_name="key")
    for key, one in by_key.items():
        # Another AU of the same book may not say it.
        if not one.doi and key in known and known[key].isbn == one.isbn and one.data_type == DataType.BOOK:
            one.doi = known[key].doi
    stale = [one for key, one in by_key.items() if key not in known or _told(known[key]) != _told(one)]
    if stale:
        CountedTitle.objects.bulk_create(
            stale, update_conflicts=True, unique_fields=["key"], update_fields=_FACTS
        )
        known = CountedTitle.objects.in_bulk(by_key, field_name="key")
    return {number: known[one.key] for number, one in facts.items()}


def _with_dois(facts: dict[int, CountedTitle], aus: Iterable[Au]) -> None:
    """Of books without a DOI in the lists: a preserved page of the AU may name it, which is known by the ISBN in it."""
    patterns = {}
    for au in aus:
        if facts[au.pk].data_type == DataType.BOOK and not facts[au.pk].doi and au.title is not None:
            own = tuple(au.listed.isbn_keys) if au.listed else ()
            pattern = book_pattern(own or tuple(au.title.isbn_keys))
            if pattern:
                patterns[au.pk] = pattern
    if not patterns:
        return
    which = reduce(or_, (Q(au=number, doi__regex=pattern) for number, pattern in patterns.items()))
    for number, doi in Article.objects.filter(which).order_by("-doi").values_list("au", "doi"):
        facts[number].doi = doi


def _told(row: CountedTitle) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in _FACTS)


def _facts(au: Au) -> CountedTitle:
    title: Title | None = au.title
    publisher = au.publisher.name if au.publisher else ""
    if title is None:
        return CountedTitle(key=f"au:{au.pk}", name=au.name, publisher=publisher, data_type=DataType.OTHER)
    data_type = _TYPES.get(TitleKind(title.kind), DataType.OTHER)
    listed = au.listed
    isbn = (listed.eisbn or listed.isbn) if listed and data_type is DataType.BOOK else ""
    return CountedTitle(
        key=f"title:{title.pk}",
        title_id=title.pk,
        name=title.name,
        publisher=publisher,
        data_type=data_type,
        isbn=isbn,
        print_issn=title.issn,
        online_issn=title.eissn,
        doi=title_doi(str(title.attributes.get("doi", ""))),
        publisher_id=publisher_id(title.attributes),
    )


def year_of(au: Au) -> int:
    """Of publication; 0 where nobody knows. Of a volume over several years the last."""
    listed = au.listed
    found = (listed.last_year or listed.first_year) if listed else None
    if found:
        return found
    text = str(au.params.get("year") or au.other_params.get("year") or "").strip()
    return int(text) if len(text) == 4 and text.isascii() and text.isdigit() else 0
