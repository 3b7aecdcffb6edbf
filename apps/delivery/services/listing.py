"""Versions of a URL, and pages of AUs, as far as this asker may see them."""

import datetime as dt

from django.db.models import Q

from apps.aus.models import Au
from apps.common.search import holding
from apps.common.text import is_storable
from apps.crawls.models import CrawlStatus
from apps.delivery.models import AuStem, StemReading
from apps.delivery.readings import readings
from apps.delivery.services.facts import AuRow, row_of, rows_of, with_facts
from apps.delivery.services.holders import holders
from apps.delivery.services.judging import Judged, shown, who
from apps.delivery.services.kept import Kept, kept
from apps.delivery.values import Asker, Candidate, Candidates, Copy
from apps.lockss.delivery import Stem, stem_of
from apps.lockss.fetch import DEFAULT_PORTS
from apps.repository import services as repository
from apps.repository.models import AuSummary
from apps.repository.names import url_digest
from apps.repository.values import StoredArtifact

# Holders of one URL whose versions are told.
MOST_HOLDERS = 2_000
# More versions than that are not kept for the next reader.
FEW = 50
# How many AUs are looked at for a page: with nothing hidden the first step is enough.
STEPS = (0, 2_000)


def versions(
    url: str, asker: Asker, moment: dt.datetime, *, slug: str | None = None, group: str | None = None
) -> list[tuple[Copy, StoredArtifact]]:
    """Every version of a URL that nothing is known against, oldest first, of all AUs that may be shown.

    ``slug``: of that AU alone; ``group``: of the titles of the title set with this name. The URL is taken under the
    first of its names that is held. Four queries once warm.
    """
    held = kept(moment)
    if "\0" in url or any("\ud800" <= sign <= "\udfff" for sign in url):
        return []
    key = ("versions", url, slug, group, who(asker, held))
    return held.answers.get(
        key, lambda: _versions(url, asker, held, moment, slug, group), worth=lambda found: len(found) <= FEW
    )


def _versions(
    url: str, asker: Asker, held: Kept, moment: dt.datetime, slug: str | None, group: str | None
) -> list[tuple[Copy, StoredArtifact]]:
    digests = [url_digest(name) for name in readings(url)]
    found = holders(digests, MOST_HOLDERS, slug=slug, group=group)
    for digest in digests:
        aus = [row for one, row in found if one == digest]
        told = _told(shown(aus, asker, held, moment), digest)
        if told:
            return told
    return []


def _told(holders: list[Judged], digest: bytes) -> list[tuple[Copy, StoredArtifact]]:
    histories = repository.histories(keys=[one.row.pk for one in holders], digest=digest)
    found = [
        (one.copy(artifact), artifact)
        for one in holders
        for artifact in histories.get(one.row.auid, [])
        if not artifact.suspect
    ]
    return sorted(found, key=lambda pair: (pair[1].collected_at, pair[0].auid, pair[1].version))


def candidates(
    asker: Asker,
    moment: dt.datetime,
    *,
    url: str = "",
    search: str = "",
    after: str | None = None,
    limit: int = 50,
    descending: bool = False,
) -> Candidates:
    """A page of the AUs that hold something and may be shown, in the catalogue's order (name), or ``descending`` against it.

    ``url``: of its host alone, by either scheme; ``search``: with these words in their names; ``after``: as the page
    before gave it. A page may be short, or empty, with an ``after``: then so many were hidden, or empty, that the rest is
    left to the next page. Twenty queries at most, however many AUs there are.
    """
    held = kept(moment)
    sites = _sites(url) if url else None
    place = _place(after)
    found: list[Judged] = []
    for step in STEPS:
        wanted = max(step, limit + 1)
        seen = _next(sites, holding(search), place, wanted, descending=descending)
        for one in shown(_holding_some(seen), asker, held, moment):
            if len(found) == limit:
                return Candidates(_candidates(found), _key(found[-1].row))
            found.append(one)
        if len(seen) < wanted:
            return Candidates(_candidates(found))
        place = (seen[-1].name_key, seen[-1].pk)
    return Candidates(_candidates(found), _key(seen[-1]))


def _sites(url: str) -> tuple[str, ...]:
    """The sites of a URL's host: what was collected by one scheme is asked for by the other."""
    found = stem_of(url)
    if not isinstance(found, Stem):
        return ()
    if found.port not in DEFAULT_PORTS.values():
        return (found.text,)
    return tuple(Stem(scheme, found.host, port).text for scheme, port in DEFAULT_PORTS.items())


def _next(
    sites: tuple[str, ...] | None,
    words: Q,
    place: tuple[str, int] | None,
    wanted: int,
    *,
    descending: bool,
) -> list[AuRow]:
    """The AUs behind a place, by name."""
    sign, how = ("-", "lt") if descending else ("", "gt")
    if sites is None:
        found = Au.objects.filter(words & _behind(place, "pk", how))
        rows, names = with_facts(found.order_by(f"{sign}name_key", f"{sign}pk"))
        return [row_of(values) for values in rows.values_list(*names)[:wanted]]
    there: set[tuple[str, int]] = set()
    for site in sites:
        rows = AuStem.objects.filter(words & _behind(place, "au", how), stem=site)
        ordered = rows.order_by(f"{sign}name_key", f"{sign}au_id")
        there |= set(ordered.values_list("name_key", "au")[:wanted])
    numbers = [number for _name, number in sorted(there, reverse=descending)[:wanted]]
    by_number = {row.pk: row for row in rows_of(Au.objects.filter(pk__in=numbers))}
    return [by_number[number] for number in numbers if number in by_number]


def _holding_some(rows: list[AuRow]) -> list[AuRow]:
    """Those of which anything is held: who comes to read is led nowhere else."""
    numbers = [row.pk for row in rows]
    kept_here = AuSummary.objects.filter(au_key__in=numbers, urls__gt=0)
    some = set(kept_here.values_list("au_key", flat=True))
    return [row for row in rows if row.pk in some]


def _behind(place: tuple[str, int] | None, number: str, how: str) -> Q:
    """``how``: "gt" or "lt"."""
    if place is None:
        return Q()
    name, last = place
    further = Q(**{f"name_key__{how}": name}) | Q(**{f"{number}__{how}": last})
    return Q(**{f"name_key__{how}e": name}) & further


def _candidates(found: list[Judged]) -> tuple[Candidate, ...]:
    numbers = [one.row.pk for one in found]
    starts = dict(StemReading.objects.filter(au__in=numbers).values_list("au", "start_urls"))
    whole = CrawlStatus.objects.filter(au__in=numbers, last_success_at__isnull=False)
    wholly = set(whole.values_list("au", flat=True))
    return tuple(
        Candidate(
            au_pk=one.row.pk,
            slug=one.row.slug,
            auid=one.row.auid,
            name=one.row.name,
            start_urls=tuple(starts.get(one.row.pk, ())),
            whole=one.row.pk in wholly,
            verdict=one.verdict,
        )
        for one in found
    )


def _key(row: AuRow) -> str:
    """Where a page goes on, as a text for an address."""
    return f"{row.pk}.{row.name_key}"


def _place(after: str | None) -> tuple[str, int] | None:
    """What ``_key`` wrote; anything else begins at the beginning."""
    number, dot, name = (after or "").partition(".")
    if not dot or not number.isascii() or not number.isdigit() or len(number) > 18 or not is_storable(name):
        return None
    return name, int(number)
