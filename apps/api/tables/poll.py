"""One poll or one vote: who took part, what was repaired, and the URLs about which somebody dissented."""

import datetime as dt

from apps.api.choices import Kind
from apps.api.errors import NoSuchTable
from apps.api.table import Column, Reference, StatusTable, Summary
from apps.api.tables import words
from apps.api.tables.registry import REPEATED, Asked, status_table
from apps.common.clock import now
from apps.lockss.lcap.poll_codes import HAS_VOTED, ParticipantStatus, PollStatus, VoterStatus
from apps.lockss.lcap.verdict import UrlResult
from apps.polls.choices import RepairState
from apps.polls.models import Participant, Poll, UrlTally, Vote


def _poll(key: str) -> Poll:
    found = Poll.objects.select_related("au").filter(key=key).defer("state").first()
    if found is None:
        raise NoSuchTable(f"this node has called no poll with the key {key[:REPEATED]}")
    return found


def _voted(get):
    """What a voter's count is, once it has voted."""
    return lambda one: get(one) if one.status in HAS_VOTED else None


VOTERS = (
    Column("identity", "Peer", Kind.STRING, lambda one: one.peer.identity, order="peer__identity"),
    Column("peerStatus", "Status", Kind.STRING, lambda one: words.VOTERS[ParticipantStatus(one.status)]),
    Column("agreement", "Agreement", Kind.AGREEMENT, _voted(lambda one: one.agreement), order="agreement"),
    Column("numagree", "Agreeing URLs", Kind.INT, _voted(lambda one: one.agreed), order="agreed"),
    Column("numdisagree", "Disagreeing URLs", Kind.INT, _voted(lambda one: one.disagreed), order="disagreed"),
    Column("numpolleronly", "Poller-only URLs", Kind.INT, _voted(lambda one: one.poller_only)),
    Column("numvoteronly", "Voter-only URLs", Kind.INT, _voted(lambda one: one.voter_only)),
    Column("when", "When", Kind.DATE, lambda one: one.voted_at, order="voted_at"),
)


@status_table("V3PollerDetailTable", "Poll Details", needs_key=True)
def one_poll(asked: Asked) -> StatusTable:
    poll = _poll(asked.key)
    rows = Participant.objects.filter(poll=poll).select_related("peer").defer("state")
    return StatusTable(
        "V3PollerDetailTable",
        f"Status of Poll {poll.key}",
        VOTERS,
        rows,
        key=poll.key,
        order="position",
        summary=[*_about(poll), *_urls(poll), Summary("Quorum", Kind.INT, poll.quorum)],
    )


def _about(poll: Poll) -> list[Summary]:
    end = poll.ended_at
    lines = [
        Summary("Volume", Kind.STRING, words.au_link(poll.au)),
        Summary("Type", Kind.STRING, poll.variant),
        Summary("Status", Kind.STRING, words.poll_word(poll.status)),
        Summary("Error", Kind.STRING, poll.detail or None),
        Summary("Agreement", Kind.AGREEMENT, poll.agreement if poll.status == PollStatus.COMPLETE else None),
        Summary("Start Time", Kind.DATE, poll.created_at),
        Summary("Vote Deadline", Kind.DATE, poll.vote_deadline_at),
        Summary("Duration", Kind.INTERVAL, poll.poll_deadline_at - poll.created_at),
        Summary(
            "Remaining", Kind.INTERVAL, None if end else max(dt.timedelta(0), poll.poll_deadline_at - now())
        ),
        Summary("Actual End", Kind.DATE, end),
    ]
    return [line for line in lines if line.value is not None]


def _urls(poll: Poll) -> list[Summary]:
    repaired = poll.repairs.filter(phase=RepairState.REPAIRED).count()
    waiting = poll.repairs.filter(ended_at__isnull=True).count()
    counts = (
        ("Agreeing URLs", "V3AgreeURLsTable", poll.agreed),
        ("Disagreeing URLs", "V3DisagreeURLsTable", poll.disagreed),
        ("No Quorum URLs", "V3NoQuorumURLsTable", poll.no_quorum),
        ("Too Close URLs", "V3TooCloseURLsTable", poll.too_close),
        ("Completed Repairs", "V3CompletedRepairsTable", repaired),
        ("Queued Repairs", "V3ActiveRepairsTable", waiting),
    )
    lines = [Summary("Total URLs In Vote", Kind.INT, poll.urls)]
    lines += [Summary(title, Kind.INT, Reference(table, poll.key, n)) for title, table, n in counts if n]
    return [*lines, Summary("Bytes Hashed", Kind.INT, poll.hashed_bytes)]


@status_table("V3VoterDetailTable", "Vote Details", needs_key=True)
def one_vote(asked: Asked) -> StatusTable:
    vote = Vote.objects.select_related("au", "poller").filter(key=asked.key).defer("state").first()
    if vote is None:
        raise NoSuchTable(f"this node has no vote in a poll with the key {asked.key[:REPEATED]}")
    lines = [
        Summary("Volume", Kind.STRING, words.au_link(vote.au)),
        Summary("Status", Kind.STRING, words.VOTES[VoterStatus(vote.status)]),
        Summary("Caller", Kind.STRING, vote.poller.identity),
        Summary("Start Time", Kind.DATE, vote.created_at),
        Summary("Vote Deadline", Kind.DATE, vote.vote_deadline_at),
        Summary("Agreement", Kind.AGREEMENT, vote.agreement_hint),
        Summary("URLs In Vote", Kind.INT, vote.urls),
        Summary("Bytes Hashed", Kind.INT, vote.hashed_bytes),
        Summary("Repairs Served", Kind.INT, vote.repairs_served),
        Summary("Error", Kind.STRING, vote.detail or None),
    ]
    return StatusTable(
        "V3VoterDetailTable",
        f"Status of Vote in Poll {vote.key}",
        key=vote.key,
        summary=[line for line in lines if line.value is not None],
    )


URL = Column("url", "URL", Kind.STRING, lambda row: row.url, order="url")


def _repairs(name: str, title: str, done: bool) -> None:
    @status_table(name, title, needs_key=True)
    def make(asked: Asked) -> StatusTable:
        poll = _poll(asked.key)
        rows = poll.repairs.defer("state")
        rows = rows.filter(phase=RepairState.REPAIRED) if done else rows.filter(ended_at__isnull=True)
        return StatusTable(
            name,
            f"{title} for Poll {poll.key}",
            (
                URL,
                Column(
                    "repairFrom", "Repair From", Kind.STRING, lambda row: words.source(row.source) or None
                ),
            ),
            rows,
            key=poll.key,
        )


_repairs("V3ActiveRepairsTable", "Active Repairs", done=False)
_repairs("V3CompletedRepairsTable", "Completed Repairs", done=True)


def _tallies(name: str, title: str, *results: UrlResult) -> None:
    @status_table(name, title, needs_key=True)
    def make(asked: Asked) -> StatusTable:
        poll = _poll(asked.key)
        rows = UrlTally.objects.filter(poll=poll, result__in=[str(one) for one in results]).defer("row")
        return StatusTable(
            name,
            f"{title} in Poll {poll.key}",
            (URL,),
            rows,
            key=poll.key,
            footnote="Only URLs about which somebody dissented are kept one by one.",
        )


_tallies("V3AgreeURLsTable", "Agreeing URLs", UrlResult.WON)
_tallies(
    "V3DisagreeURLsTable",
    "Disagreeing URLs",
    UrlResult.LOST,
    UrlResult.LOST_VOTER_ONLY,
    UrlResult.LOST_POLLER_ONLY,
)
_tallies("V3NoQuorumURLsTable", "No Quorum URLs", UrlResult.NO_QUORUM)
_tallies("V3TooCloseURLsTable", "Too Close URLs", UrlResult.TOO_CLOSE)
