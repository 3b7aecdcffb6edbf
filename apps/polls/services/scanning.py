"""Finds what has become due: polls to call, deadlines to keep, files to clean. Each scan is short."""

import datetime as dt
import time

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Substr

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common.clock import now
from apps.common.models import Finding, Job
from apps.lockss.lcap import poller_events, voter_events
from apps.lockss.lcap.effects import TallyReady
from apps.polls import blobs, store, values
from apps.polls.models import Poll, PollStatus, Vote
from apps.polls.services import pollers, voters
from apps.repository.errors import ContentCode

BATCH = 200
DAMAGE = (ContentCode.DAMAGED, ContentCode.MISSING)


def due_aus(limit: int) -> list[Au]:
    """AUs to poll now: those a person asked for, then the longest waiting."""
    at = now()
    running = Poll.objects.filter(ended_at__isnull=True)
    ready = Au.objects.filter(state=AuState.SELECTED, crawl_status__last_success_at__isnull=False).exclude(
        pk__in=running.values("au_id")
    )
    asked = ready.filter(poll_status__requested_at__isnull=False).order_by("poll_status__requested_at")
    again = at - dt.timedelta(seconds=settings.NODE.poll_attempt_interval)
    due = ready.filter(
        Q(poll_status__isnull=True) | Q(poll_status__due_at__isnull=True) | Q(poll_status__due_at__lte=at),
        Q(poll_status__isnull=True)
        | Q(poll_status__last_attempt_at__isnull=True)
        | Q(poll_status__last_attempt_at__lte=again),
    ).order_by(F("poll_status__due_at").asc(nulls_first=True), "pk")
    found = list(asked[:limit])
    seen = {au.pk for au in found}
    return (found + [au for au in due[:limit] if au.pk not in seen])[:limit]


def ask_for_damaged() -> int:
    """Ask for a poll on each AU in which damage was found after its last attempt: a poll finds who has a good copy.

    Once per finding: the attempt, whatever came of it, is the newer one then; the dates go on from there. Also where it
    was mended without a poll: what proved it before proves nothing any more.
    """
    found = Finding.objects.filter(code__in=DAMAGE, app="repository", resolved_at=None)
    since = {
        int(key): first_at
        for key, first_at in found.order_by("first_at").values_list(
            Substr("subject", len("au:") + 1), "first_at"
        )
        if key.isdigit()
    }
    unasked = PollStatus.objects.filter(au__state=AuState.SELECTED, requested_at=None)
    sound = Q(au__key__summary__damaged=0, au__key__summary__missing=0)
    rows = unasked.filter(~sound, au__in=since)
    at = now()
    late = [
        pk for pk, tried in rows.values_list("pk", "last_attempt_at") if tried is None or tried < since[pk]
    ]
    mended = unasked.filter(sound, last_attempt_at__lt=F("au__key__summary__last_damage_at"))
    late += mended.values_list("pk", flat=True)
    return PollStatus.objects.filter(pk__in=late, requested_at=None).update(requested_at=at, due_at=at)


def call_due_polls() -> int:
    """Begin as many due polls as the settings let run at once, with the pause between two begins."""
    node = settings.NODE
    if not node.poll_enabled:
        return 0
    room = node.poll_max_simultaneous - Poll.objects.filter(ended_at__isnull=True).count()
    begun = 0
    for au in due_aus(max(0, room)):
        last = Poll.objects.order_by("-id").values_list("created_at", flat=True).first()
        if last and now() - last < dt.timedelta(seconds=node.poll_between_polls):
            break
        begun += pollers.call_poll(au=au) is not None
    return begun


def tick() -> list[Job]:
    """Deadlines that have come, of polls and votes."""
    jobs: list[Job] = []
    at = now()
    for pk in (
        Poll.objects.filter(next_tick_at__lte=at)
        .order_by("next_tick_at")
        .values_list("pk", flat=True)[:BATCH]
    ):
        jobs += pollers.advance(poll_id=pk, event=poller_events.Tick())
    for pk in (
        Vote.objects.filter(next_tick_at__lte=at)
        .order_by("next_tick_at")
        .values_list("pk", flat=True)[:BATCH]
    ):
        jobs += voters.advance(vote_id=pk, event=voter_events.Tick())
    return jobs


def clean_blobs() -> int:
    """Remove vote files that no open poll or vote names: left by a kill between file and row."""
    named: set[str] = set()
    for poll in Poll.objects.filter(ended_at__isnull=True):
        state = store.load_poller(poll)
        named.add(state.poll.blocks_ref)
        for participant in state.participants:
            named |= {participant.blocks_ref, participant.symmetric_ref}
        if poll.tally_request:
            named |= set(values.load(poll.tally_request, TallyReady).votes)
    for vote in Vote.objects.filter(ended_at__isnull=True):
        state = store.load_voter(vote)
        named |= {state.blocks_ref, state.symmetric_ref}
    return blobs.remove_orphans(named, older_than_s=6 * 3600, now_s=time.time())


def status_rows() -> int:
    """Give every collected AU a poll status row, so that lists and scans need no outer join."""
    missing = Au.objects.filter(poll_status__isnull=True, crawl_status__last_success_at__isnull=False)
    return len(
        PollStatus.objects.bulk_create([PollStatus(au=au) for au in missing[:1000]], ignore_conflicts=True)
    )
