"""The long work of a poll: hashing an AU for it, in a job; the result is an event of its machine."""

import time
from collections.abc import Iterator

from apps.common.models import Job
from apps.lockss.errors import LocalError
from apps.lockss.lcap import poller_events, voter_events
from apps.lockss.lcap.effects import StartHash
from apps.lockss.lcap.messages import MINOR_1X, VoteBlock
from apps.lockss.lcap.poller_state import PollerState, PollPhase
from apps.polls import blobs, content, store, values
from apps.polls.models import Poll, PollStatus, Vote
from apps.polls.services import pollers, voters


def hash_for_poll(*, poll_id: int, ctx) -> list[Job]:
    """Hash the AU with all challenges of the poll's voters, and hand the blocks to the poll."""
    poll = Poll.objects.select_related("au").get(pk=poll_id)
    if poll.hash_request is None or poll.ended_at is not None:
        return []
    state = store.load_poller(poll)
    if state.poll.phase is not PollPhase.HASHING:
        return []
    request = values.load(poll.hash_request, StartHash)
    if store.now_ms() > request.latest_finish_ms:
        return pollers.advance(poll_id=poll_id, event=poller_events.JobFailed(timed_out=True))
    begun = time.monotonic()
    try:
        run = content.HashRun(poll.au, request, ctx)
        ref, _urls, fed = blobs.write_hashes(run.urls())
    except LocalError as error:
        return pollers.advance(
            poll_id=poll_id, event=poller_events.JobFailed(timed_out=False, detail=error.message)
        )
    symmetric = tuple(
        blobs.write_votes(_receipt_blocks(state, request, ref, i))[0] for i in range(len(request.symmetric))
    )
    took = int((time.monotonic() - begun) * 1000)
    Poll.objects.filter(pk=poll_id).update(hashed_bytes=fed, hash_ms=took)
    PollStatus.objects.update_or_create(au=poll.au, defaults={"last_hash_ms": took})
    event = poller_events.HashDone(ref, symmetric, has_substance=run.has_substance)
    return pollers.advance(poll_id=poll_id, event=event)


def _receipt_blocks(state: PollerState, request: StartHash, ref: str, index: int) -> Iterator[VoteBlock]:
    """Our blocks for one voter's receipt, under the names of its revision (lcap-v3 §5.6)."""
    voter = state.participant(request.symmetric[index])
    hashes = blobs.read_hashes(ref)
    if voter is not None and voter.minor == MINOR_1X:
        hashes = content.slashless(hashes)
    return (each.block(len(request.participants) + index) for each in hashes)


def hash_for_vote(*, vote_id: int, ctx) -> list[Job]:
    """Hash the AU for a vote and hand the blocks to it."""
    row = Vote.objects.select_related("au").get(pk=vote_id)
    if row.hash_request is None or row.ended_at is not None:
        return []
    if store.load_voter(row).hashing_done:
        return []
    request = values.load(row.hash_request, StartHash)
    if store.now_ms() > request.latest_finish_ms:
        return voters.advance(vote_id=vote_id, event=voter_events.HashFailed(timed_out=True))
    begun = time.monotonic()
    try:
        run = content.HashRun(row.au, request, ctx)
        ref, urls, fed = blobs.write_hashes(run.urls())
    except LocalError as error:
        return voters.advance(
            vote_id=vote_id, event=voter_events.HashFailed(timed_out=False, detail=error.message)
        )
    refs = [
        blobs.write_votes(h.block(i) for h in blobs.read_hashes(ref))[0]
        for i in range(len(request.challenges))
    ]
    blobs.remove(ref)
    took = int((time.monotonic() - begun) * 1000)
    Vote.objects.filter(pk=vote_id).update(hashed_bytes=fed, hash_ms=took, urls=urls)
    PollStatus.objects.update_or_create(au=row.au, defaults={"last_hash_ms": took})
    event = voter_events.HashDone(
        blocks_ref=refs[0],
        symmetric_ref=refs[1] if len(refs) > 1 else "",
        has_substance=run.has_substance,
    )
    return voters.advance(vote_id=vote_id, event=event)
