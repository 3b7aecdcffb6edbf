"""Titles as they are when they are read."""

from collections.abc import Iterable

from apps.aus.models import Au
from apps.lockss.usage import DataType
from apps.titles.choices import TitleKind
from apps.titles.models import Title
from apps.usage.models import CountedTitle

_TYPES = {
    TitleKind.JOURNAL: DataType.JOURNAL,
    TitleKind.BOOK: DataType.BOOK,
    TitleKind.SERIES: DataType.BOOK,
    TitleKind.PROCEEDINGS: DataType.CONFERENCE,
}
_FACTS = ("title_id", "name", "publisher", "data_type", "isbn", "print_issn", "online_issn")


def counted_titles(aus: Iterable[Au]) -> dict[int, CountedTitle]:
    """The row of each AU's title by the AU's number; made, or brought up to date. AUs with title, publisher and entry
    of the list are given; one query, and two more where something is new or has changed."""
    facts = {au.pk: _facts(au) for au in aus}
    by_key = {one.key: one for one in sorted(facts.values(), key=lambda one: one.key)}
    known = CountedTitle.objects.in_bulk(by_key, field_name="key")
    stale = [one for key, one in by_key.items() if key not in known or _told(known[key]) != _told(one)]
    if stale:
        CountedTitle.objects.bulk_create(
            stale, update_conflicts=True, unique_fields=["key"], update_fields=_FACTS
        )
        known = CountedTitle.objects.in_bulk(by_key, field_name="key")
    return {number: known[one.key] for number, one in facts.items()}


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
    )


def year_of(au: Au) -> int:
    """Of publication; 0 where nobody knows. Of a volume over several years the last."""
    listed = au.listed
    found = (listed.last_year or listed.first_year) if listed else None
    if found:
        return found
    text = str(au.params.get("year") or au.other_params.get("year") or "").strip()
    return int(text) if len(text) == 4 and text.isascii() and text.isdigit() else 0
