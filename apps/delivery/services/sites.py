"""On which sites the AUs lie: read off their definitions into rows, and asked for URLs that nobody holds."""

import datetime as dt
import hashlib
from collections.abc import Iterable

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from apps.aus.definitions import Unmade, configuration_of, definition_of
from apps.aus.models import Au
from apps.common.clock import now
from apps.delivery.models import AuStem, StemReading
from apps.delivery.services.facts import InBytes, rows_of
from apps.delivery.services.judging import Judged, shown
from apps.delivery.services.kept import Kept
from apps.delivery.services.readers import known, own_readers
from apps.delivery.values import Asker
from apps.lockss.delivery import Stem, standing, stem_of
from apps.plugins.services import chain_of

# AUs that are looked at together where those of a site are passed over.
TOGETHER = 500
BATCH = 200
MOST_STARTS = 20


def stem_text(url: str) -> str:
    """The site of a URL as rows have it; empty where it has none."""
    found = stem_of(url)
    return found.text if isinstance(found, Stem) else ""


def first_on_site(stem: str, asker: Asker, held: Kept, moment: dt.datetime) -> Judged | None:
    """Of the AUs on this site that may be shown the one with the lowest AUID.

    Which one it is is kept, for readers of the same standing; that it may be shown is asked anew each time.
    """
    reader = known(asker.reader, held)
    key = (stem, asker.surface, reader.auditor, standing(reader, own_readers(held)).own)
    if key in held.on_site:
        number = held.on_site[key]
        if number is None:
            return None
        again = shown(rows_of(Au.objects.filter(pk=number)), asker, held, moment)
        if again:
            return again[0]
    found = _search(stem, asker, held, moment)
    held.on_site[key] = None if found is None else found.row.pk
    return found


def _search(stem: str, asker: Asker, held: Kept, moment: dt.datetime) -> Judged | None:
    on_it = Au.objects.filter(pk__in=AuStem.objects.filter(stem=stem).values("au"))
    numbers = list(on_it.order_by(InBytes("auid")).values_list("pk", flat=True))
    for start in range(0, len(numbers), TOGETHER):
        chunk = numbers[start : start + TOGETHER]
        rows = {row.pk: row for row in rows_of(Au.objects.filter(pk__in=chunk))}
        found = shown((rows[number] for number in chunk if number in rows), asker, held, moment)
        if found:
            return found[0]
    return None


def lies_on(au: int, stem: str) -> bool:
    """Whether an AU lies on this site."""
    return AuStem.objects.filter(au=au, stem=stem).exists()


def read_sites(*, limit: int = 10_000) -> int:
    """Bring the rows up to date with AUs, title lists and definitions; how many AUs were read anew."""
    count = 0
    while count < limit and (numbers := _due()):
        count += _read(Au.objects.filter(pk__in=numbers).select_related("listed"))
    return count


def read_sites_of(aus: Iterable[Au]) -> None:
    """The same for these AUs at once."""
    numbers = [au.pk for au in aus]
    for start in range(0, len(numbers), BATCH):
        _read(Au.objects.filter(pk__in=numbers[start : start + BATCH]).select_related("listed"))


def _due() -> list[int]:
    """AUs that were never read, or that changed since, or whose title list or definition did."""
    read = StemReading.objects.filter(au=OuterRef("pk"))
    never = list(Au.objects.filter(~Exists(read)).values_list("pk", flat=True)[:BATCH])
    if never:
        return never
    changed = Q(read_at__lt=F("au__updated_at")) | Q(read_at__lt=F("au__listed__changed_at"))
    found = list(StemReading.objects.filter(changed).values_list("au", flat=True)[:BATCH])
    return found or _by_definition()


def _by_definition() -> list[int]:
    """AUs whose definition has other texts than those their stems were read off."""
    for plugin_id in Au.objects.order_by("plugin_id").values_list("plugin_id", flat=True).distinct():
        behind = StemReading.objects.filter(au__plugin_id=plugin_id).exclude(digest=_digest(plugin_id))
        found = list(behind.values_list("au", flat=True)[:BATCH])
        if found:
            return found
    return []


def _read(aus: Iterable[Au]) -> int:
    at = now()
    found = list(aus)
    urls = {au.pk: _urls(au) for au in found}
    wanted = {
        (au.pk, text): au.name_key for au in found for url in sum(urls[au.pk], ()) if (text := stem_text(url))
    }
    with transaction.atomic():
        there = {(row.au_id, row.stem): row for row in AuStem.objects.filter(au__in=[au.pk for au in found])}
        AuStem.objects.filter(pk__in=[row.pk for key, row in there.items() if key not in wanted]).delete()
        renamed = [row for key, row in there.items() if key in wanted and row.name_key != wanted[key]]
        for row in renamed:
            row.name_key = wanted[row.au_id, row.stem]
        AuStem.objects.bulk_update(renamed, ["name_key"])
        AuStem.objects.bulk_create(
            [
                AuStem(au_id=au, stem=stem, name_key=name)
                for (au, stem), name in wanted.items()
                if (au, stem) not in there
            ],
            ignore_conflicts=True,
        )
        StemReading.objects.bulk_create(
            [
                StemReading(
                    au=au,
                    digest=_digest(au.plugin_id),
                    start_urls=list(urls[au.pk][1])[:MOST_STARTS],
                    read_at=at,
                )
                for au in found
            ],
            update_conflicts=True,
            unique_fields=["au"],
            update_fields=["digest", "start_urls", "read_at"],
        )
    return len(found)


def _urls(au: Au) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """URLs that lie on its sites, and where it starts; without a definition its ``base_url`` tells as much."""
    made = definition_of(au)
    if not isinstance(made, Unmade):
        return made.stems, made.start_urls
    config, _attributes = configuration_of(au)
    return tuple(value for key, value in config.items() if key.startswith("base_url")), ()


def _digest(plugin_id: str) -> str:
    return hashlib.sha256(repr(chain_of(plugin_id)).encode()).hexdigest()
