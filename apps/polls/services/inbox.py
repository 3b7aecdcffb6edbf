"""From the inbox to the machines: each waiting message becomes one event of the poll whose key it names."""

import datetime as dt
import logging

from django.db import InterfaceError, OperationalError, transaction

from apps.common.clock import now
from apps.common.findings import record_finding
from apps.common.models import Job
from apps.common.text import storable
from apps.lockss.errors import PeerError
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.invitation import nominees
from apps.lockss.lcap.messages import EvaluationReceipt, PollProof, RepairRequest
from apps.lockss.lcap.messages import Poll as PollMessage
from apps.lockss.lcap.messages import Vote as VoteMessage
from apps.lockss.lcap.participant import FromVoter
from apps.lockss.lcap.poll_codes import PollCode
from apps.lockss.lcap.repair_policy import ServeDecision, ServeFacts, may_serve, predecessors
from apps.lockss.lcap.voter_events import FromPoller
from apps.peers import services as peer_services
from apps.peers.models import InboundMessage
from apps.peers.services import Opened
from apps.permissions.services import may_share_repair
from apps.polls import blobs, draws, facts, store
from apps.polls.config import poll_config
from apps.polls.content import holds
from apps.polls.models import Participant, Poll, Vote
from apps.polls.services import pollers, voters

log = logging.getLogger(__name__)
# One task takes this many messages and leaves the rest to the next, so that no queue starves.
BATCH = 100
# A message that this program stumbles over is tried again at every look for so long.
GIVE_UP_AFTER = dt.timedelta(days=1)
STUMBLED = "inbox-stumbled"
LONGEST_KEY = 64


def read_inbox() -> tuple[int, list[Job]]:
    """Act on waiting messages, oldest first: (how many, the jobs they opened).

    A message is locked while it is acted on, and marked in the same transaction: two workers never take
    the same one, and a kill in between leaves it waiting.
    """
    taken, jobs, stumbled = 0, [], []
    while taken < BATCH:
        found = _take_one(stumbled)
        if found is None:
            break
        taken += 1
        jobs += found
    return taken, jobs


def _take_one(stumbled: list[int]) -> list[Job] | None:
    row: InboundMessage | None = None
    try:
        with transaction.atomic():
            row = (
                InboundMessage.objects.waiting()
                .exclude(pk__in=stumbled)
                .select_for_update(skip_locked=True, of=("self",))
                .select_related("peer")
                .first()
            )
            return None if row is None else _act(row)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        # Ours, not the peer's: it waits for a better program, and the others go on.
        if row is None:
            raise
        log.exception("message %s of %s: not acted on", row.pk, row.peer.identity)
        stumbled.append(row.pk)
        _stumble(row, f"{type(error).__name__}: {error}")
        return []


def _act(row: InboundMessage) -> list[Job]:
    try:
        jobs = _dispatch(row, peer_services.open_message(row))
    except PeerError as error:
        refuse(row, str(error.code), error.message)
        return []
    peer_services.finish_inbound(row=row)
    return jobs


def _stumble(row: InboundMessage, what: str) -> None:
    if now() - row.created_at > GIVE_UP_AFTER:
        refuse(row, STUMBLED, what)
        return
    subject = f"peer:{row.peer.identity}"
    record_finding(code=STUMBLED, subject=subject, severity="error", message=what, app="polls")


def refuse(row: InboundMessage, code: str, message: str) -> None:
    """Keep why a message was not acted on, with the message."""
    peer_services.finish_inbound(row=row, error_code=code, error=message)
    record_finding(
        code=code, subject=f"peer:{row.peer.identity}", severity="warning", message=message, app="polls"
    )


def _dispatch(row: InboundMessage, opened: Opened) -> list[Job]:
    message = opened.message
    key = message.header.key
    if storable(key, LONGEST_KEY) != key or "\0" in message.header.auid:
        refuse(row, PollCode.BAD_POLL_KEY, f"poll key {key[:80]!r} of AU {message.header.auid[:200]!r}")
        return []
    if isinstance(message, PollMessage):
        return voters.take_invitation(peer=row.peer, message=message)
    poll = Poll.objects.filter(key=key).only("pk").first()
    if poll is not None:
        return _to_poll(poll.pk, _from_voter(row, opened))
    vote = Vote.objects.filter(key=key).select_related("au").first()
    if vote is not None:
        event = _from_poller(row, opened, vote)
        jobs = voters.advance(vote_id=vote.pk, event=event)
        # A receipt's blocks were compared in that step.
        blobs.remove_after_commit([event.blocks_ref])
        return jobs
    refuse(row, PollCode.OTHER_POLL, f"no poll with key {key!r} here")
    return []


def _to_poll(poll_id: int, event: FromVoter) -> list[Job]:
    jobs = pollers.advance(poll_id=poll_id, event=event)
    ref = event.blocks_ref
    if ref and not Participant.objects.filter(poll_id=poll_id, state__blocks_ref=ref).exists():
        blobs.remove_after_commit([ref])
    return jobs


def _from_voter(row: InboundMessage, opened: Opened) -> FromVoter:
    is_vote = isinstance(opened.message, VoteMessage) and opened.message.nak is None
    return FromVoter(
        sender=PeerId.parse(row.peer.identity),
        message=opened.message,
        blocks_ref=_keep_blocks(row, opened) if is_vote else "",
        body_ref=f"{row.pk}:{opened.offset}",
    )


def _keep_blocks(row: InboundMessage, opened: Opened) -> str:
    """The vote's records as they came; whoever counts them judges them."""
    return blobs.write_raw(peer_services.read_body(row, opened.offset))


def _from_poller(row: InboundMessage, opened: Opened, vote: Vote) -> FromPoller:
    message, sender = opened.message, PeerId.parse(row.peer.identity)
    named: tuple[PeerId, ...] = ()
    serve = ServeDecision.NO_AGREEMENT
    blocks_ref = ""
    config = poll_config()
    if isinstance(message, PollProof):
        named = nominees(
            facts.peer_facts(vote.au, config),
            sender,
            facts.inviter_facts(None),
            store.now_ms(),
            config,
            draws.draws(),
        )
    elif isinstance(message, RepairRequest):
        serve = may_serve(
            ServeFacts(
                holds_url=holds(vote.au, message.url, message.header.minor),
                permitted=may_share_repair(vote.au).allowed,
                agreements=facts.agreements_of(vote.au, list(predecessors(sender, config))),
            ),
            config,
        )
    elif isinstance(message, EvaluationReceipt) and opened.blocks:
        blocks_ref = _keep_blocks(row, opened)
    return FromPoller(sender=sender, message=message, nominees=named, serve=serve, blocks_ref=blocks_ref)
