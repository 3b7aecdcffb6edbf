"""Polls this node called and its votes in those of others."""

from django.db.models import Count

from apps.api.choices import Kind
from apps.api.table import Column, Reference, StatusTable, Summary
from apps.api.tables import words
from apps.api.tables.registry import Asked, au_of_polls, status_table
from apps.lockss.lcap.poll_codes import PollStatus, VoterStatus
from apps.polls.choices import RepairState
from apps.polls.models import Participant, Poll, Repair, Vote

# Of a poll's key so much is shown.
SHORT = 10


def _agreement(poll: Poll) -> object:
    if poll.status != PollStatus.COMPLETE or poll.agreement is None:
        return None
    return poll.agreement


def _with_counts(rows: list[Poll]) -> list[Poll]:
    keys = [poll.pk for poll in rows]
    voters = _counts(Participant.objects.filter(poll__in=keys))
    repairs = _counts(Repair.objects.filter(poll__in=keys, phase=RepairState.REPAIRED))
    for poll in rows:
        poll.voters, poll.repaired = voters.get(poll.pk, 0), repairs.get(poll.pk, 0)
    return rows


def _counts(rows) -> dict[int, int]:
    return dict(rows.order_by().values_list("poll_id").annotate(n=Count("pk")))


POLLS = (
    Column("auId", "Volume", Kind.STRING, lambda poll: words.au_link(poll.au), order="au__name_key"),
    Column("variant", "Type", Kind.STRING, lambda poll: poll.variant),
    Column("participants", "Participants", Kind.INT, lambda poll: poll.voters),
    Column("status", "Status", Kind.STRING, lambda poll: words.poll_word(poll.status)),
    Column(
        "talliedUrls",
        "URLs Tallied",
        Kind.INT,
        lambda poll: poll.urls,
        order="urls",
        footnote="How many URLs were compared in this poll.",
    ),
    Column("completedRepairs", "Repairs", Kind.INT, lambda poll: poll.repaired),
    Column("agreement", "Agreement", Kind.AGREEMENT, _agreement, order="agreement"),
    Column("start", "Start", Kind.DATE, lambda poll: poll.created_at, order="created_at"),
    Column("deadline", "Deadline", Kind.DATE, lambda poll: poll.poll_deadline_at, order="poll_deadline_at"),
    Column("end", "End", Kind.DATE, lambda poll: poll.ended_at, order="ended_at"),
    Column(
        "pollId",
        "Poll ID",
        Kind.STRING,
        lambda poll: Reference("V3PollerDetailTable", poll.key, poll.key[:SHORT]),
    ),
)


@status_table("V3PollerTable", "Polls")
def polls(asked: Asked) -> StatusTable:
    """Key: an AUID, for its polls alone; the newest first."""
    rows, key = Poll.objects.select_related("au").defer("state", "hash_request", "tally_request"), None
    if asked.key:
        au = au_of_polls(asked.key)
        rows, key = rows.filter(au=au), au.auid
    active = Poll.objects.filter(ended_at__isnull=True).count()
    return StatusTable(
        "V3PollerTable",
        "Polls",
        POLLS,
        rows,
        key=key,
        order="-",
        prepare=_with_counts,
        summary=[Summary("Active Polls", Kind.INT, active)],
    )


VOTES = (
    Column("auId", "Volume", Kind.STRING, lambda vote: words.au_link(vote.au), order="au__name_key"),
    Column("caller", "Caller", Kind.STRING, lambda vote: vote.poller.identity, order="poller__identity"),
    Column("status", "Status", Kind.STRING, lambda vote: words.VOTES[VoterStatus(vote.status)]),
    Column("start", "Start", Kind.DATE, lambda vote: vote.created_at, order="created_at"),
    Column("deadline", "Deadline", Kind.DATE, lambda vote: vote.vote_deadline_at, order="vote_deadline_at"),
    Column(
        "pollId",
        "Poll ID",
        Kind.STRING,
        lambda vote: Reference("V3VoterDetailTable", vote.key, vote.key[:SHORT]),
    ),
)


@status_table("V3VoterTable", "Votes")
def votes(asked: Asked) -> StatusTable:
    """Key: an AUID, for the votes on it alone; the newest first."""
    rows, key = Vote.objects.select_related("au", "poller").defer("state", "hash_request"), None
    if asked.key:
        au = au_of_polls(asked.key)
        rows, key = rows.filter(au=au), au.auid
    return StatusTable("V3VoterTable", "Votes", VOTES, rows, key=key, order="-")
