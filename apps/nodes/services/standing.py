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
# An aggregate must not bear the name of a column that it is made of.
RENAMED = {
    "urls": "total_urls",
    "size": "total_size",
    "last_proof_at": "newest_proof",
    "oldest_proof_at": "oldest_proof",
}
COMPARED = (
    *LADDER, "name", "name_key", "words", "few", "urls", "fewest", "fewest_preserved", "last_proof_at", "oldest_proof_at",
)  # fmt: skip


def enough() -> int:
    """Copies that make a unit preserved: those of a quorum of other nodes, and ours (apps/polls/proof.py)."""
    return settings.NODE.poll_quorum + 1


def preserved(of: str = "") -> Q:
    """Pages, badge, the report of a year and KBART alike; ``of``: where the rows lie, as in ``standing__``."""
    return Q(**{f"{of}word": AuWord.PROVED, f"{of}agreeing__gte": enough()})


def being_preserved(of: str = "") -> Q:
    """Content is here, or a collection runs; what is blocked, or was only chosen, is not under way."""
    here = Q(**{f"{of}urls__gt": 0}) & ~Q(**{f"{of}word__in": (AuWord.DEACTIVATED, AuWord.BLOCKED)})
    return here | Q(**{f"{of}word": AuWord.COLLECTING})


def is_preserved(row: AuStatus) -> bool:
    """The same of one row."""
    return row.word == AuWord.PROVED and row.agreeing >= enough()


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
    """Writes what became another; most scopes stay as they were from one count to the next."""
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
        _write(ScopeKind.SET, *_of_sets(rows), at)
        _write_days(timezone.localdate(at))


def _numbers() -> dict[str, object]:
    return {
        "selected": CountOf("pk", filter=ACTIVE),
        "collected": CountOf("pk", filter=HERE),
        "preserved": CountOf("pk", filter=preserved()),
        "care": CountOf("pk", filter=Q(care__gt=0)),
        "few": CountOf("pk", filter=few_copies()),
        "total_urls": Sum("urls", filter=HERE, default=0),
        "total_size": Sum("size", filter=HERE, default=0),
        "fewest": Min("agreeing", filter=HERE),
        "fewest_preserved": Min("replicas", filter=preserved()),
        "newest_proof": Max("last_proof_at", filter=ACTIVE),
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
        for column, counted in RENAMED.items():
            numbers[column] = numbers.pop(counted)
    return found


def _names(model: type, refs: Iterable[int]) -> dict[int, str]:
    keys, names = sorted(refs), {}
    for start in range(0, len(keys), BATCH):
        names |= dict(model.objects.filter(pk__in=keys[start : start + BATCH]).values_list("pk", "name"))
    return names


def _of_sets(rows: QuerySet) -> tuple[dict[int, dict], dict[int, str]]:
    """One by one: which titles belong to a set is asked anew, and a set that means nothing any more has no numbers."""
    found, names = {}, {}
    for one in TitleSet.objects.order_by("pk"):
        try:
            members = rows.filter(au__listed__in=units_in(one).values("pk"))
            found[one.pk], names[one.pk] = _grouped(members, None)[0], one.name
        except BadQuery:
            continue
    return found, names


def _write(kind: ScopeKind, found: Mapping[int, dict], names: Mapping[int, str], at: dt.datetime) -> None:
    known = {row[0]: row[1:] for row in StandingCount.objects.filter(kind=kind).values_list("ref", *COMPARED)}
    rows = []
    for ref, numbers in sorted(found.items()):
        name = names.get(ref, "")
        values = {**numbers, "name": name, "name_key": fold(name)}
        if known.get(ref) != tuple(values[one] for one in COMPARED):
            rows.append(StandingCount(kind=kind, ref=ref, at=at, **values))
    StandingCount.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["kind", "ref"],
        update_fields=[*COMPARED, "at"],
    )
    StandingCount.objects.filter(kind=kind, ref__in=sorted(known.keys() - found.keys())).delete()


def _write_days(today: dt.date) -> None:
    kinds = [str(kind) for kind in PICTURED]
    kept = StandingDay.objects.filter(kind__in=kinds, day=today).values_list("kind", "ref", *LADDER)
    known = {row[:2]: row[2:] for row in kept}
    days = [
        StandingDay(kind=row[0], ref=row[1], day=today, **dict(zip(LADDER, row[2:], strict=True)))
        for row in StandingCount.objects.filter(kind__in=kinds)
        .order_by("kind", "ref")
        .values_list("kind", "ref", *LADDER)
        if known.get(row[:2]) != row[2:]
    ]
    StandingDay.objects.bulk_create(
        days,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["kind", "ref", "day"],
        update_fields=LADDER,
    )
