"""From rows to a KBART report: titles in scope with their AUs, read in one pass in the order of the titles."""

import json
import os
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.clock import now
from apps.lockss.kbart import (
    COLUMNS,
    CoveredAu,
    CoveredTitle,
    Holding,
    KbartError,
    Kind,
    Report,
    Scope,
    Terms,
    csv_lines,
    encode_lines,
    file_name,
    report,
)
from apps.polls.proof import proved
from apps.titles.choices import RELEASED
from apps.titles.models import ListedAu, Title

FORMATS = ("tsv", "csv", "json")
FETCH = 2_000
NAMELESS = "LOCKSS"
KINDS = {kind.value: kind for kind in Kind}


def make_report(*, scope: Scope) -> Report:
    """Rows in the order of the file, and what is left out of it with the cause. KbartError: no fit address."""
    terms = Terms(address=settings.NODE.public_url, this_year=now().year, scope=scope)
    return report(holdings(scope), terms)


def holdings(scope: Scope) -> Iterator[Holding]:
    """Every title in scope with the AUs in scope, one title at a time."""
    for _, group in groupby(_listed(scope).iterator(FETCH), key=lambda listed: listed.title_id):
        aus = list(group)
        yield Holding(_title(aus[0].title), tuple(_au(listed) for listed in aus))


def _listed(scope: Scope) -> QuerySet[ListedAu]:
    rows = ListedAu.objects.select_related("title", "publisher").order_by("title_id", "first_year", "id")
    if scope is Scope.AVAILABLE:
        return rows.filter(status__in=RELEASED)
    chosen = Au.objects.filter(state=AuState.SELECTED, listed__isnull=False)
    if scope is Scope.COLLECTED:
        chosen = chosen.filter(crawl_status__last_success_at__isnull=False)
    elif scope is Scope.PRESERVED:
        chosen = chosen.filter(proved())
    return rows.filter(pk__in=chosen.values("listed_id"))


def _title(title: Title) -> CoveredTitle:
    return CoveredTitle(
        id=str(title.pk),
        name=title.name,
        publisher=title.publisher.name,
        kind=KINDS.get(title.kind, Kind.JOURNAL),
        issn=title.issn,
        eissn=title.eissn,
        issn_l=title.issn_l,
        url=f"{settings.NODE.public_url}/titles/{title.pk}/",
    )


def _au(listed: ListedAu) -> CoveredAu:
    attributes = listed.attributes
    return CoveredAu(
        name=listed.name,
        id=listed.slug,
        year=listed.year,
        volume=listed.volume,
        issue=listed.issue,
        isbn=listed.isbn,
        eisbn=listed.eisbn,
        edition=str(attributes.get("edition", "")),
        depth=str(attributes.get("au_coverage_depth", "")),
        open_access=attributes.get("rights") == "openaccess",
        url=f"{settings.NODE.public_url}/titles/{listed.title_id}/",
    )


def name_of(scope: Scope, form: str) -> str:
    """The file's name as knowledge bases expect it; CSV and JSON are for people and programs of our own."""
    suffix = ".txt" if form == "tsv" else f".{form}"
    package = f"{scope.value.title()}Titles"
    try:
        whole = file_name(settings.NODE.name, now().date(), package=package)
    except KbartError:
        # A name in another script leaves no letters that file names may have; the content counts.
        whole = file_name(NAMELESS, now().date(), package=package)
    return whole.removesuffix(".txt") + suffix


def lines(made: Report, form: str) -> Iterable[bytes]:
    """The file in pieces: TSV byte for byte as the standard has it, CSV with formulas disarmed, JSON as objects."""
    if form == "tsv":
        return encode_lines(made.rows)
    if form == "csv":
        return csv_lines(made.rows)
    rows = [dict(zip(COLUMNS, row.values(), strict=True)) for row in made.rows]
    return [json.dumps(rows, ensure_ascii=False, indent=1).encode() + b"\n"]


def write_file(*, scope: Scope, form: str, to: Path) -> Report:
    """The whole file or none: it appears under its name when it is complete and on disk."""
    made = make_report(scope=scope)
    partial = to.with_name(f".{to.name}.partial")
    with partial.open("wb") as file:
        file.writelines(lines(made, form))
        file.flush()
        os.fsync(file.fileno())
    partial.rename(to)
    return made
