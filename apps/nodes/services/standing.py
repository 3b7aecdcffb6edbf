"""Counts how the AUs of the node, of each publisher, title and title set stand; by the scan, never for a page."""

import datetime as dt
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping

from django.conf import settings
from django.db import transaction
from django.db.models import Count as CountOf
from django.db.models import Max, Min, Q, QuerySet, Sum
from django.utils import timezone

from apps.common.clock import now
from apps.common.errors import BadQuery
from apps.common.search import fold
from apps.nodes.choices import AuWord, ScopeKind, Tally
from apps.nodes.models import AuStatus, Count, StandingCount, StandingDay
from apps.titles.models import Publisher, Title, TitleSet
from apps.titles.services import units_in

# What took a second is not done again for this many seconds.
PAUSE_FACTOR = 30
BATCH = 1_000
ACTIVE = ~Q(word=AuWord.DEACTIVATED)
HERE = Q(urls__gt=0) & ACTIVE
# Of these a picture over time is drawn.
PICTURED = (ScopeKind.NODE, ScopeKind.PUBLISHER)
LADDER = ("selected", "collected", "preserved", "care", "size")


def enough() -> int:
    """Copies that make a unit preserved: those of a quorum of other nodes, and ours (apps/polls/proof.py)."""
    return settings.NODE.poll_quorum + 1


def preserved() -> Q:
    return Q(word=AuWord.PROVED, agreeing__gte=enough())


def few_copies() -> Q:
    return HERE & Q(agreeing__lt=enough())


def count_scopes() -> bool:
    """True when it was counted; a count that takes long is made less often."""
    last = Count.objects.filter(pk=Tally.SCOPES_MS).first()
    if last is not None and now() - last.at < dt.timedelta(milliseconds=last.value * PAUSE_FACTOR):
        return False
    began = time.monotonic()
    count_now()
    spent = int((time.monotonic() - began) * 1000)
    Count.objects.update_or_create(key=Tally.SCOPES_MS, defaults={"value": spent, "at": now()})
    return True


def count_now() -> None:
    at = now()
    rows = AuStatus.objects.order_by()
    with transaction.atomic():
        _write(ScopeKind.NODE, _grouped(rows, None), {0: settings.NODE.name}, at)
        for kind, path, model in (
            (ScopeKind.PUBLISHER, "au__publisher", Publisher),
            (ScopeKind.TITLE, "au__title", Title),
        ):
            found = _grouped(rows.filter(**{f"{path}__isnull": False}), path)
            _write(kind, found, _names(model, found), at)
        _write_sets(rows, at)
        StandingCount.objects.filter(at__lt=at).delete()
        _write_days(timezone.localdate(at))


def _numbers() -> dict[str, object]:
    return {
        "selected": CountOf("pk", filter=ACTIVE),
        "collected": CountOf("pk", filter=HERE),
        "preserved": CountOf("pk", filter=preserved()),
        "care": CountOf("pk", filter=Q(care__gt=0)),
        "few": CountOf("pk", filter=few_copies()),
        "urls_": Sum("urls", default=0),
        "size_": Sum("size", default=0),
        "fewest": Min("agreeing", filter=HERE),
        "fewest_preserved": Min("agreeing", filter=preserved()),
        "last_proof": Max("last_proof_at", filter=ACTIVE),
        "oldest_proof": Min("last_proof_at", filter=ACTIVE),
    }


def _grouped(rows: QuerySet, path: str | None) -> dict[int, dict]:
    """By the number of the scope: its numbers and words; ``path`` None: one scope, 0."""
    if path is None:
        found = {0: rows.aggregate(**_numbers())}
        words = {0: dict(rows.values_list("word").annotate(n=CountOf("pk")))}
    else:
        found = {row.pop(path): row for row in rows.values(path).annotate(**_numbers())}
        words = defaultdict(dict)
        for ref, word, n in rows.values_list(path, "word").annotate(n=CountOf("pk")):
            words[ref][word] = n
    for ref, numbers in found.items():
        numbers["words"] = words[ref]
    return found


def _names(model: type, refs: Iterable[int]) -> dict[int, str]:
    keys, names = sorted(refs), {}
    for start in range(0, len(keys), BATCH):
        names |= dict(model.objects.filter(pk__in=keys[start : start + BATCH]).values_list("pk", "name"))
    return names


def _write_sets(rows: QuerySet, at: dt.datetime) -> None:
    """One by one: which titles belong to a set is asked anew, and a set that means nothing any more has no numbers."""
    for one in TitleSet.objects.order_by("pk"):
        try:
            members = rows.filter(au__listed__in=units_in(one).values("pk"))
            _write(ScopeKind.SET, {one.pk: _grouped(members, None)[0]}, {one.pk: one.name}, at)
        except BadQuery:
            continue


def _write(kind: ScopeKind, found: Mapping[int, dict], names: Mapping[int, str], at: dt.datetime) -> None:
    rows = [
        StandingCount(
            kind=kind,
            ref=ref,
            name=names.get(ref, ""),
            name_key=fold(names.get(ref, "")),
            words=one["words"],
            selected=one["selected"],
            collected=one["collected"],
            preserved=one["preserved"],
            care=one["care"],
            few=one["few"],
            urls=one["urls_"],
            size=one["size_"],
            fewest=one["fewest"],
            fewest_preserved=one["fewest_preserved"],
            last_proof_at=one["last_proof"],
            oldest_proof_at=one["oldest_proof"],
            at=at,
        )
        for ref, one in sorted(found.items())
    ]
    StandingCount.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["kind", "ref"],
        update_fields=[
            *LADDER, "name", "name_key", "words", "few", "urls", "fewest", "fewest_preserved", "last_proof_at", "oldest_proof_at", "at",
        ],
    )  # fmt: skip


def _write_days(today: dt.date) -> None:
    rows = StandingCount.objects.filter(kind__in=[str(kind) for kind in PICTURED])
    days = [
        StandingDay(kind=row.kind, ref=row.ref, day=today, **{name: getattr(row, name) for name in LADDER})
        for row in rows.iterator(chunk_size=BATCH)
    ]
    StandingDay.objects.bulk_create(
        days,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["kind", "ref", "day"],
        update_fields=LADDER,
    )
