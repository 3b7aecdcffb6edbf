"""What a poll leaves behind for the AU: its status row, and when it is due again."""

import datetime as dt

from django.conf import settings
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Greatest

from apps.aus.models import Au
from apps.common.clock import now
from apps.common.models import Finding
from apps.lockss.lcap.effects import Close, RecordAuResult
from apps.lockss.lcap.poll_codes import PollCode
from apps.lockss.lcap.poll_codes import PollStatus as Status
from apps.polls import blobs, store
from apps.polls.models import Poll, PollStatus, Vote


def record_au(effect: RecordAuResult, au: Au, poll: Poll) -> None:
    """The AU's agreement after a quorate poll over all its URLs."""
    at = now()
    PollStatus.objects.filter(au=au).update(
        last_complete_at=at,
        agreement=effect.agreement,
        highest_agreement=Greatest(Coalesce(F("highest_agreement"), 0.0), effect.agreement),
        agreeing_peers=effect.agreeing_peers,
    )
    if effect.agreement >= 1:
        # What came late in a poll before did no harm.
        of_it = Q(subject=f"au:{au.slug}") | Q(params__au=au.slug)
        Finding.objects.filter(of_it, code=PollCode.OUT_OF_TURN, resolved_at=None).update(resolved_at=at)


def close(effect: Close, row: Poll | Vote) -> None:
    """A poll or vote is over: what it stored for itself goes, its rows stay."""
    if isinstance(row, Vote):
        state = store.load_voter(row)
        row.detail = effect.detail
        row.save(update_fields=["detail"])
        blobs.remove_after_commit([state.blocks_ref, state.symmetric_ref])
        return
    state = store.load_poller(row)
    refs = [state.poll.blocks_ref]
    for voter in state.participants:
        refs += [voter.blocks_ref, voter.symmetric_ref]
    blobs.remove_after_commit(refs)
    _end(row, Status(effect.status))


def _end(poll: Poll, status: Status) -> None:
    at = now()
    node = settings.NODE
    wait = node.poll_interval if status is Status.COMPLETE else node.poll_attempt_interval
    PollStatus.objects.filter(au_id=poll.au_id).update(
        last_end_at=at,
        last_status=int(status),
        last_duration_ms=int((at - poll.created_at) / dt.timedelta(milliseconds=1)),
        due_at=at + dt.timedelta(seconds=wait),
    )
