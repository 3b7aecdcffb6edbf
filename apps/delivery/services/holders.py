"""AUs that hold a URL, by the digests of its names, with all that the verdict about them rests on."""

from collections.abc import Sequence
from functools import cache

from django.db.models import Case, IntegerField, QuerySet, Value, When

from apps.common.prepared import Prepared
from apps.common.search import fold
from apps.delivery.services.facts import AuRow, InBytes, row_of, with_facts
from apps.repository.models import UrlHolder
from apps.titles.models import TitleSet
from apps.titles.services.membership import titles_in

Holder = tuple[bytes, AuRow]
_SLUG = "slug of an AU"


def holders(
    digests: Sequence[bytes], most: int, *, slug: str | None = None, group: str | None = None
) -> list[Holder]:
    """At most ``most`` of them, by AUID. ``slug``: that AU alone; ``group``: of titles of the set with this name."""
    if group is None:
        given = () if slug is None else (slug,)
        return _read(_listed(len(digests), most, named=slug is not None).rows(*digests, *given))
    found = TitleSet.objects.filter(name_key=fold(group)).first()
    if found is None:
        return []
    rows = _of(digests).filter(au_key__au__title__in=titles_in(found).values("pk"))
    rows = _by_auid(rows if slug is None else rows.filter(au_key__au__slug=slug))
    return _read(list(rows[:most]))


def holders_from(digests: Sequence[bytes], referred: str, start: int, most: int) -> list[Holder]:
    """From the place ``start`` on: the AU with the slug ``referred`` before all others, then by AUID."""
    if start == 0:
        return _read(_referred(len(digests), most).rows(*digests, referred))
    return _read(list(_with_first(digests, referred)[start : start + most]))


def _read(rows: list[tuple]) -> list[Holder]:
    return [(bytes(digest), row_of(tuple(values))) for digest, *values in rows]


@cache
def _listed(number: int, most: int, *, named: bool) -> Prepared:
    def make(*marks: object) -> QuerySet:
        rows = _of(marks[:number])
        return _by_auid(rows.filter(au_key__au__slug=marks[number]) if named else rows)[:most]

    return Prepared(make, *_marks(number), *([_SLUG] if named else []))


@cache
def _referred(number: int, most: int) -> Prepared:
    def make(*marks: object) -> QuerySet:
        return _with_first(marks[:number], str(marks[number]))[:most]

    return Prepared(make, *_marks(number), _SLUG)


def _marks(number: int) -> list[bytes]:
    return [b"digest %d" % one for one in range(number)]


def _of(digests: Sequence[object]) -> QuerySet:
    return UrlHolder.objects.filter(url_digest__in=digests, au_key__au__isnull=False)


def _by_auid(rows: QuerySet) -> QuerySet:
    rows, fields = with_facts(rows, "au_key__au__")
    return rows.order_by(InBytes("au_key__au__auid")).values_list("url_digest", *fields)


def _with_first(digests: Sequence[object], referred: str) -> QuerySet:
    first = Case(
        When(au_key__au__slug=referred, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    rows, fields = with_facts(_of(digests), "au_key__au__")
    rows = rows.order_by(first, InBytes("au_key__au__auid"), "url_digest")
    return rows.values_list("url_digest", *fields)
