"""Keeps ``AuStatus`` rows true: at once after an act, by the scan for everything else.

The scan looks at AUs that are new, that have open work or had when it looked last, that anything was written
about since, and at a slice of those it has not looked at for longest, because a proof ages without any row.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Q
from django.utils import timezone

from apps.aus.models import Au, Selection
from apps.common.clock import now
from apps.common.parts import MOST_SPINES, CopyState
from apps.common.stored import in_english
from apps.crawls.choices import CrawlState
from apps.crawls.models import Crawl, CrawlStatus
from apps.crawls.services import crawl_now
from apps.nodes import facts as fact_rows
from apps.nodes.choices import Block, Tally
from apps.nodes.models import AuStatus, Count
from apps.nodes.status import Facts, Standing, judge
from apps.permissions.models import Permission, PublisherAgreement
from apps.polls.models import Poll, PollStatus, Repair
from apps.repository.models import AuSummary

BATCH = 500
# One scan stays short; what it leaves is older than what it took, so the next one begins with it.
MOST = 10_000
SLICE = 2_000
# Rows may be committed after the moment that stands in them.
OVERLAP = dt.timedelta(seconds=30)
UNWRITTEN = (Block.NO_AGREEMENT, Block.AGREEMENT_ENDED, Block.RIGHT_DENIED)
LETTERS = {state: str(state)[0] for state in CopyState}
_WRITTEN = [field.name for field in AuStatus._meta.concrete_fields if not field.primary_key]  # noqa: SLF001


def refresh(*, keys: Iterable[int]) -> int:
    """Judge these AUs anew; returns how many there were."""
    done = 0
    for some in _batches(sorted(set(keys))):
        known = dict(AuStatus.objects.filter(pk__in=some).values_list("pk", "word"))
        changed = dict(AuStatus.objects.filter(pk__in=some).values_list("pk", "changed_at"))
        at = now()
        rows = []
        for facts in fact_rows.gather(some):
            with in_english():
                standing = judge(facts, now=at, poll_interval=fact_rows.poll_interval())
            same = known.get(facts.au_id) == standing.word
            rows.append(_row(facts, standing, at, changed[facts.au_id] if same else at))
        AuStatus.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["au"], update_fields=_WRITTEN
        )
        done += len(rows)
    return done


def _row(facts: Facts, standing: Standing, at: dt.datetime, changed_at: dt.datetime) -> AuStatus:
    states = [standing.own, *(copy.state for copy in facts.peers)]
    spines = [[0, LETTERS[standing.own]], *([copy.peer_id, LETTERS[copy.state]] for copy in facts.peers)]
    return AuStatus(
        au_id=facts.au_id,
        word=standing.word,
        reason=standing.reason,
        care=standing.care,
        block=facts.block,
        block_reason=facts.block_reason,
        busy=facts.busy,
        agreeing=states.count(CopyState.AGREED),
        known=len(states),
        copies=spines if len(spines) <= MOST_SPINES else _counted(states),
        agreement=facts.agreement,
        urls=facts.urls,
        size=facts.size,
        last_crawl_at=facts.last_crawl_at,
        last_proof_at=facts.proved_at,
        changed_at=changed_at,
        refreshed_at=at,
    )


def _counted(states: Sequence[CopyState]) -> list[list]:
    """Many copies are drawn as a bar, which needs no names: [how many, letter]."""
    return [[states.count(state), LETTERS[state]] for state in CopyState if state in states]


def scan() -> int:
    """Refresh what may have changed since the last scan; returns how many AUs were looked at."""
    began = now()
    last = Count.objects.filter(pk=Tally.SCANNED).first()
    keys: set[int] = set()
    for some in _suspects(last.at - OVERLAP if last else None):
        keys.update(some)
        if len(keys) >= MOST:
            break
    keys.update(AuStatus.objects.order_by("refreshed_at").values_list("pk", flat=True)[:SLICE])
    unwritten = set(AuStatus.objects.filter(pk__in=keys, block__in=UNWRITTEN).values_list("pk", flat=True))
    done = refresh(keys=keys)
    _collect_what_is_covered_now(unwritten)
    Count.objects.update_or_create(key=Tally.SCANNED, defaults={"value": done, "at": began})
    return done


def _collect_what_is_covered_now(keys: set[int]) -> None:
    """What only waited for a written agreement does not wait for its next date as well."""
    covered = AuStatus.objects.filter(pk__in=keys, au__crawl_status__due_at__gt=now()).exclude(
        block__in=UNWRITTEN
    )
    for row in covered.select_related("au"):
        crawl_now(au=row.au)


def _suspects(since: dt.datetime | None) -> Iterator[list[int]]:
    """Keys of AUs by what makes them suspect; each query reads at most ``MOST`` rows of one narrow table."""
    yield list(Au.objects.filter(standing__isnull=True).order_by("pk").values_list("pk", flat=True)[:MOST])
    yield list(AuStatus.objects.filter(busy=True).values_list("pk", flat=True)[:MOST])
    yield list(Crawl.objects.exclude(state=CrawlState.DONE).values_list("au_id", flat=True)[:MOST])
    yield list(Poll.objects.filter(ended_at__isnull=True).values_list("au_id", flat=True)[:MOST])
    yield list(Repair.objects.filter(ended_at__isnull=True).values_list("au_id", flat=True)[:MOST])
    if since is None:
        return
    for model, key, fields in (
        (Au, "pk", ("updated_at",)),
        (CrawlStatus, "au_id", ("last_end_at", "last_start_at")),
        (PollStatus, "au_id", ("last_end_at", "last_attempt_at")),
        (AuSummary, "au_key_id", ("last_write_at", "last_check_at")),
        (Permission, "au_id", ("checked_at",)),
    ):
        for field in fields:
            rows = model.objects.filter(**{f"{field}__gte": since})
            yield list(rows.values_list(key, flat=True)[:MOST])
    # Also those that begin with a day that came since.
    begun = Q(starts__gt=timezone.localdate(since), starts__lte=timezone.localdate(now()))
    changed = PublisherAgreement.objects.filter(Q(updated_at__gte=since) | begun).values("publisher")
    yield list(Au.objects.filter(publisher__in=changed).values_list("pk", flat=True)[:MOST])


def catch_up() -> None:
    """For a list that is looked at right after somebody chose AUs: what was chosen since the last scan."""
    last = Count.objects.filter(pk=Tally.SCANNED).values_list("at", flat=True).first()
    newest = Selection.objects.order_by("-id").first()
    ended = newest.finished_at if newest else None
    if newest is None or (last is not None and ended is not None and ended < last - OVERLAP):
        return
    missing = Au.objects.filter(standing__isnull=True).order_by("pk").values_list("pk", flat=True)
    acted = newest.results.exclude(au=None).values_list("au_id", flat=True)
    refresh(keys=[*missing[:BATCH], *acted[:BATCH]])


def _batches(keys: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(keys), BATCH):
        yield list(keys[start : start + BATCH])
