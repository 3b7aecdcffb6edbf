"""Every step may be done twice or be cut off: the end is the same, and nothing is left lying about."""

import os
import threading
import time
from collections import Counter

import pytest
from django.db import connection

from apps.common import jobs
from apps.common.models import Finding, Job
from apps.lockss.lcap.messages import Poll as PollMessage
from apps.lockss.lcap.messages import PollProof, VoteRequest
from apps.lockss.lcap.poll_codes import PollStatus as Status
from apps.peers.models import Agreement, InboundMessage, OutboundMessage
from apps.polls import blobs, tasks
from apps.polls.choices import TaskKind
from apps.polls.models import Participant, Poll, PollStatus, Repair, UrlTally, Vote
from apps.polls.services import inbox, pollers, repairs, scanning, tallying
from apps.polls.services import voters as voters_service
from apps.repository import services as repository
from tests.polls.bridge import trusts_us
from tests.polls.conftest import PDF, call, flip, good
from tests.polls.test_our_votes import invitation, voted

pytestmark = pytest.mark.django_db(transaction=True)
HANDLERS = {
    TaskKind.POLL_HASH: tasks.poll_hash,
    TaskKind.VOTE_HASH: tasks.vote_hash,
    TaskKind.TALLY: tasks.poll_tally,
    TaskKind.CHECK_REPAIR: tasks.repair_check,
}
OLD_S = 7 * 3600


class Killed(BaseException):
    """As if the process had been ended here."""


class Unwatched:
    """A job's context that nobody looks at."""

    def check(self):
        pass

    def progress(self, done, total=None, note=""):
        pass


def everything(au) -> dict:
    """What may not differ, however often something was done."""
    return {
        "polls": list(Poll.objects.values_list("state", "phase", "status", "agreement", "ended_at")),
        "voters": list(Participant.objects.order_by("position").values_list("state", "agreement")),
        "tallies": sorted(UrlTally.objects.values_list("url", "result", "final_result")),
        "repairs": sorted(Repair.objects.values_list("url", "phase", "source", "after_sha256")),
        "votes": list(Vote.objects.values_list("state", "phase", "status", "ended_at")),
        "agreements": sorted(Agreement.objects.values_list("peer_id", "type", "last", "highest")),
        "sent": OutboundMessage.objects.count(),
        "findings": sorted(Finding.objects.values_list("code", "subject", "count")),
        "status": list(PollStatus.objects.values_list("last_status", "due_at", "agreement")),
        "store": repository.summary(auid=au.auid),
        "files": sorted(path.name for path in blobs.folder().iterdir()),
    }


def again(au) -> None:
    """Run the handler of every job that ever ran once more, and see that nothing changes."""
    before = everything(au)
    for job in Job.objects.filter(kind__in=TaskKind):
        HANDLERS[job.kind](job, Unwatched())
    assert everything(au) == before


def test_every_handler_after_the_end(au, bridge, voters, node):
    flip(au, PDF, node)
    trusts_us(*voters)
    poll = call(au, bridge)
    assert poll.status == Status.COMPLETE
    assert set(Job.objects.values_list("kind", flat=True)) == {"poll-hash", "poll-tally", "repair-check"}
    again(au)


def test_every_handler_while_a_repair_is_waited_for(au, bridge, voters, node):
    """The tally of a poll that repairs must not be taken back."""
    flip(au, PDF, node)
    poll = call(au, bridge)
    assert poll.phase == "repairing"
    UrlTally.objects.update(final_result="Won")
    again(au)


def test_every_handler_twice_in_a_row(au, bridge, voters, node, monkeypatch):
    flip(au, PDF, node)
    trusts_us(*voters)
    run = jobs.run

    def twice(job_id):
        job = Job.objects.get(pk=job_id)
        run(job_id)
        HANDLERS[job.kind](job, Unwatched())

    monkeypatch.setattr(jobs, "run", twice)
    poll = call(au, bridge)
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    assert repository.summary(auid=au.auid).versions == len(good()) + 1
    assert UrlTally.objects.get().final_result == "Won"
    assert sorted(bridge.kinds(voters[0].peer)).count("EvaluationReceipt") == 1
    assert list(blobs.folder().iterdir()) == []


def test_the_hash_of_a_vote_twice(au, bridge):
    caller = bridge.peer(good(), silent=True).peer
    vote = voted(au, bridge, caller)
    again(au)
    assert vote.phase == "wait-receipt"


def test_a_result_that_comes_after_the_end(au, bridge, voters):
    from apps.lockss.lcap import poller_events as pe

    poll = call(au, bridge)
    before = everything(au)
    for event in (pe.HashDone("x"), pe.JobFailed(timed_out=True), pe.Tick(), pe.Abort("late")):
        assert pollers.advance(poll_id=poll.pk, event=event) == []
    assert pollers.advance(poll_id=poll.pk + 1, event=pe.Tick()) == []
    assert everything(au) == before


# Killed in the middle


def killed_once(monkeypatch, place, name):
    """The next call of ``place.name`` ends the process."""
    real = getattr(place, name)

    def end(*args, **given):
        monkeypatch.setattr(place, name, real)
        raise Killed

    monkeypatch.setattr(place, name, end)


def dies_once_in(kind, place, name, monkeypatch) -> list[int]:
    """The worker of the first job of this kind ends there; the list tells which job it was."""
    run, killed = jobs.run, []

    def run_and_die_once(job_id):
        # Only inside the job: the inbox steps polls and votes by the same doors.
        if killed or Job.objects.get(pk=job_id).kind != kind:
            return run(job_id)
        killed.append(job_id)
        killed_once(monkeypatch, place, name)
        with pytest.raises(Killed):
            run(job_id)
        return None

    monkeypatch.setattr(jobs, "run", run_and_die_once)
    return killed


def revive(clock, node) -> None:
    """The dead worker's lease runs out and another one goes on."""
    clock.shift(node.job_lease + 1)
    for job in Job.objects.filter(state="running"):
        assert jobs.run(job.pk) == "done"


@pytest.mark.parametrize(
    ("kind", "place", "name"),
    [
        ("poll-hash", blobs, "write_hashes"),
        ("poll-hash", blobs, "write_votes"),
        ("poll-hash", pollers, "advance"),
        ("poll-tally", tallying.Tally, "summary"),
        ("poll-tally", pollers, "advance"),
        ("repair-check", repairs.content, "plain_hash"),
        ("repair-check", repairs.content, "store_repair"),
        ("repair-check", repairs, "settle"),
        ("repair-check", pollers, "advance"),
    ],
)
def test_a_worker_killed_in_a_job(au, bridge, voters, node, clock, monkeypatch, kind, place, name):
    flip(au, PDF, node)
    trusts_us(*voters)
    killed = dies_once_in(kind, place, name, monkeypatch)
    poll = call(au, bridge)
    assert killed
    assert poll.ended_at is None
    revive(clock, node)
    bridge.settle()
    poll.refresh_from_db()
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    assert repository.summary(auid=au.auid).versions == len(good()) + 1
    assert UrlTally.objects.get().final_result == "Won"
    assert not Finding.objects.exists()
    _age_all()
    scanning.clean_blobs()
    assert list(blobs.folder().iterdir()) == []


def test_killed_between_the_votes_file_and_its_row(au, bridge, monkeypatch):
    for _ in range(3):
        bridge.peer(good())
    real = inbox.pollers.advance

    def advance(*, poll_id, event):
        if getattr(event, "blocks_ref", ""):
            monkeypatch.setattr(inbox.pollers, "advance", real)
            raise Killed
        return real(poll_id=poll_id, event=event)

    monkeypatch.setattr(inbox.pollers, "advance", advance)
    with pytest.raises(Killed):
        call(au, bridge)
    assert InboundMessage.objects.filter(state="waiting").exists()
    assert len(list(blobs.folder().iterdir())) == 1
    bridge.settle()
    poll = Poll.objects.get()
    assert (poll.status, poll.agreement) == (Status.COMPLETE, 1.0)
    _age_all()
    assert scanning.clean_blobs() == 1


@pytest.mark.parametrize(
    ("place", "name"), [(blobs, "write_hashes"), (blobs, "write_votes"), (voters_service, "advance")]
)
def test_a_worker_killed_while_it_hashes_for_a_vote(au, bridge, monkeypatch, clock, node, place, name):
    caller = bridge.peer(good(), silent=True).peer
    killed = dies_once_in("vote-hash", place, name, monkeypatch)
    head = invitation(au.auid, caller).header
    for kind in (PollMessage, PollProof, VoteRequest):
        bridge.hear(caller, kind(head))
    bridge.settle()
    assert killed
    assert Vote.objects.get().phase == "wait-vote-request"
    revive(clock, node)
    bridge.settle()
    assert Vote.objects.get().phase == "wait-receipt"
    assert bridge.kinds() == ["PollAck", "Nominate", "Vote"]
    _age_all()
    scanning.clean_blobs()
    assert len(list(blobs.folder().iterdir())) == 2


# Two workers at once


def in_threads(*functions) -> list:
    """All at once, each with a connection of its own; what they returned or raised."""
    gate, results = threading.Barrier(len(functions)), []

    def run(function):
        try:
            gate.wait(10)
            results.append(function())
        except Exception as error:
            results.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_two_workers_take_each_message_once(bare, bridge):
    callers = [bridge.peer(good(), silent=True).peer for _ in range(4)]
    for number in range(60):
        caller = callers[number % 4]
        bridge.receive(caller, invitation("org|other&x~1", caller, key=f"{number:028}"))
    results = in_threads(*[inbox.read_inbox] * 3)
    assert sum(taken for taken, _ in results) == 60
    assert sum(taken > 0 for taken, _ in results) > 1
    assert set(InboundMessage.objects.values_list("state", flat=True)) == {"done"}
    answers = Counter(OutboundMessage.objects.values_list("key", flat=True))
    assert len(answers) == 60
    assert set(answers.values()) == {1}


def test_the_same_invitation_at_two_workers(au, bridge):
    caller = bridge.peer(good(), silent=True).peer
    for _ in range(6):
        bridge.receive(caller, invitation(au.auid, caller))
    results = in_threads(*[inbox.read_inbox] * 3)
    assert not [result for result in results if isinstance(result, Exception)]
    assert Vote.objects.count() == 1
    assert OutboundMessage.objects.count() == 1
    assert set(InboundMessage.objects.values_list("state", flat=True)) == {"done"}
    assert not Finding.objects.exists()


def test_two_scanners_begin_one_poll(au, bridge, voters):
    results = in_threads(*[lambda: pollers.call_poll(au=au)] * 3)
    assert sum(isinstance(result, Poll) for result in results) == 1
    assert Poll.objects.count() == 1
    assert OutboundMessage.objects.count() == 3


# Files that nobody names


def _age_all(*paths) -> None:
    for path in paths or blobs.folder().iterdir():
        os.utime(path, (time.time() - OLD_S,) * 2)


def test_only_what_no_row_names_is_removed(au, bridge, voters, node):
    flip(au, PDF, node)
    call(au, bridge)
    caller = bridge.peer(good(), silent=True).peer
    voted(au, bridge, caller)
    named = set(blobs.folder().iterdir())
    # Three votes, our hashes, three of our own for receipts; a vote of ours and its symmetric one.
    assert len(named) == 9
    orphan = blobs.path_of(blobs.write_raw([b"x"]))
    half = orphan.with_suffix(".partial")
    half.write_bytes(b"")
    _age_all()
    young = blobs.path_of(blobs.write_raw([b"y"]))
    assert scanning.clean_blobs() == 2
    assert set(blobs.folder().iterdir()) == named | {young}
    trusts_us(*voters)
    bridge.wait(node.repair_patience)
    assert Poll.objects.get().status == Status.COMPLETE


def test_while_votes_come_in_they_are_kept(au, bridge, voters):
    bridge.peer(good(), silent=True)
    poll = call(au, bridge)
    assert poll.phase == "inviting"
    _age_all()
    assert scanning.clean_blobs() == 0
    assert len(list(blobs.folder().iterdir())) == 3
