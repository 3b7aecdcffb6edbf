"""Rows for the Keepers Registry (kbart §10): serials by ISSN, by volume, preserved and in progress apart.

KBART Phase II and two columns behind it, until a form is agreed with the registry: ``preservation_status`` and
``last_update``, the day on which the newest of what stands in the row came into that state.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from operator import itemgetter

from django.conf import settings
from django.db.models import BooleanField, Case, F, QuerySet, Value, When
from django.db.models.fields.json import KeyTextTransform

from apps.aus.models import Au
from apps.common.clock import node_day
from apps.kbart.making.holdings import FETCH, TITLE, UNIT, covered_au, covered_title
from apps.kbart.making.units import preserved
from apps.lockss.kbart import (
    COLUMNS,
    Edition,
    Holding,
    KbartCode,
    KbartFinding,
    Kind,
    Report,
    Terms,
    issn,
    title_rows,
)

KEEPERS_COLUMNS = (*COLUMNS, "preservation_status", "last_update")
PRESERVED, IN_PROGRESS = "preserved", "in progress"
Values = tuple[str, ...]
_OWN = ("is_preserved", "proved_at", "collected_at", "selected_at")


def keepers_rows(
    aus: QuerySet[Au], terms: Terms
) -> Iterator[tuple[str, list[Values], Iterable[KbartFinding]]]:
    """Each title's number, its rows, and what is wrong with it; ``aus``: what is preserved or under way here."""
    terms = replace(terms, edition=Edition.HOLDINGS)
    for own in _titles(aus):
        title = covered_title(own[0], settings.NODE.public_url)
        if not any(issn(text).value for text in (title.issn, title.eissn, title.issn_l)):
            yield title.id, [], [_without_issn(title.name)]
            continue
        # Volumes of a series have ISBNs as well; here the series is what is reported.
        title = replace(title, kind=Kind.JOURNAL)
        rows: list[Values] = []
        findings: list[KbartFinding] = []
        for status in (PRESERVED, IN_PROGRESS):
            some = [row for row in own if row[-len(_OWN)] == (status == PRESERVED)]
            if not some:
                continue
            units = tuple(covered_au(row[len(TITLE) :], title.url) for row in some)
            made: Report = title_rows(Holding(title, units), terms)
            last = max((day for row in some if (day := _since(row[-len(_OWN) :]))), default=None)
            tail = (status, last.isoformat() if last else "")
            rows += [(*row.values(), *tail) for row in made.rows]
            findings += made.findings
        yield title.id, rows, dict.fromkeys(findings)


def _titles(aus: QuerySet[Au]) -> Iterator[list[tuple]]:
    rows = aus.annotate(
        is_preserved=Case(
            When(preserved(), then=Value(True)), default=Value(False), output_field=BooleanField()
        ),
        proved_at=F("poll_status__last_complete_at"),
        collected_at=F("crawl_status__last_success_at"),
        edition=_said("edition"),
        depth=_said("au_coverage_depth"),
        rights=_said("rights"),
    )
    own = ("edition", "depth", "rights")
    names = (
        *(f"listed__{name}" for name in TITLE),
        *(n if n in own else f"listed__{n}" for n in UNIT),
        *_OWN,
    )
    rows = rows.values_list(*names).order_by("listed__title_id", "listed__first_year", "listed_id")
    for _, group in groupby(rows.iterator(FETCH), key=itemgetter(0)):
        yield list(group)


def _said(name: str) -> KeyTextTransform:
    return KeyTextTransform(name, F("listed__attributes"))


def _since(own: tuple) -> dt.date | None:
    is_preserved, proved_at, collected_at, selected_at = own
    at = proved_at if is_preserved else collected_at or selected_at
    return node_day(at) if at else None


def _without_issn(name: str) -> KbartFinding:
    return KbartFinding(
        KbartCode.NO_IDENTIFIER,
        True,
        "online_identifier",
        "",
        "an ISSN: the registry knows titles by it",
        entry=name,
    )
