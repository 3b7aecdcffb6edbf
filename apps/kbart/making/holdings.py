"""Rows of the database as holdings of the core: one title at a time, however many there are."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from django.conf import settings
from django.db.models import QuerySet
from django.db.models.fields.json import KT

from apps.lockss.kbart import CoveredAu, CoveredTitle, Holding, Kind
from apps.titles.models import ListedAu

FETCH = 2_000
KINDS = {kind.value: kind for kind in Kind}
TITLE = (
    "title_id",
    "title__name",
    "title__publisher__name",
    "title__kind",
    "title__issn",
    "title__eissn",
    "title__issn_l",
    "title__preceding_id",
)
UNIT = ("name", "slug", "year", "volume", "issue", "isbn", "eisbn", "edition", "depth", "rights")


def holdings(units: QuerySet[ListedAu]) -> Iterator[Holding]:
    """Every title with those of its units; in the order of their numbers."""
    address = settings.NODE.public_url
    rows = told(units).values_list(*TITLE, *UNIT).order_by("title_id", "first_year", "id")
    for _, group in groupby(rows.iterator(FETCH), key=itemgetter(0)):
        own = list(group)
        title = covered_title(own[0], address)
        yield Holding(title, tuple(covered_au(row[len(TITLE) :], title.url) for row in own))


def told(units: QuerySet[ListedAu]) -> QuerySet[ListedAu]:
    """With what the lists say beyond the columns."""
    return units.annotate(
        edition=KT("attributes__edition"),
        depth=KT("attributes__au_coverage_depth"),
        rights=KT("attributes__rights"),
    )


def covered_title(row: tuple, address: str) -> CoveredTitle:
    """``row`` begins as TITLE."""
    pk, name, publisher, kind, issn, eissn, issn_l, preceding = row[: len(TITLE)]
    return CoveredTitle(
        id=str(pk),
        name=name,
        publisher=publisher,
        kind=KINDS.get(kind, Kind.JOURNAL),
        issn=issn,
        eissn=eissn,
        issn_l=issn_l,
        preceding_id=str(preceding or ""),
        url=f"{address}/title/{pk}",
    )


def covered_au(row: tuple, url: str) -> CoveredAu:
    """``row`` begins as UNIT."""
    name, slug, year, volume, issue, isbn, eisbn, edition, depth, rights = row[: len(UNIT)]
    return CoveredAu(
        name=name,
        id=slug,
        year=year,
        volume=volume,
        issue=issue,
        isbn=isbn,
        eisbn=eisbn,
        edition=edition or "",
        depth=depth or "",
        open_access=rights == "openaccess",
        url=url,
    )
