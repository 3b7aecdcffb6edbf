"""Our votes in polls that peers call."""

from django.db import IntegrityError, transaction

from apps.aus.models import Au
from apps.common.findings import record_finding
from apps.common.models import Job
from apps.lockss.lcap import voter
from apps.lockss.lcap.admission import admit
from apps.lockss.lcap.admission_checks import Lots
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Poll as PollMessage
from apps.lockss.lcap.poll_codes import PollCode
from apps.lockss.lcap.voter_events import VoterEvent
from apps.peers import services as peer_services
from apps.peers.models import Peer
from apps.polls import draws, facts, store
from apps.polls.config import poll_config
from apps.polls.models import Poll, Vote
from apps.polls.services.effects import Work, carry_out


def take_invitation(*, peer: Peer, message: PollMessage) -> list[Job]:
    """Answer a POLL: a vote row, or a refusal in the outbox. An invitation that came twice is one vote."""
    key = message.header.key
    if taken := _taken(peer, key):
        record_finding(
            code=PollCode.BAD_POLL_KEY,
            subject=f"peer:{peer.identity}",
            severity="warning",
            message=f"invitation to poll {key!r}, which is {taken}",
            app="polls",
        )
        return []
    au = Au.objects.filter(auid=message.header.auid).first()
    work = Work()
    try:
        with transaction.atomic():
            if not Vote.objects.filter(key=key).exists():
                _answer(peer, message, au, work)
    except IntegrityError:
        # The same invitation came twice, and another worker has just answered the other one.
        return []
    return work.jobs


def _taken(peer: Peer, key: str) -> str:
    """Why an invitation cannot be what it says; "" where its key is free, or its own."""
    if Poll.objects.filter(key=key).exists():
        return "one of this node's own"
    others = Vote.objects.filter(key=key).exclude(poller=peer)
    return "a poll of another peer" if others.exists() else ""


def _answer(peer: Peer, message: PollMessage, au: Au | None, work: Work) -> None:
    admission = admit(
        PeerId.parse(peer.identity),
        message,
        facts.node_facts(),
        facts.au_facts(au),
        facts.poller_facts(peer, au),
        Lots(draws.nonce(), draws.nonce(), draws.draw()),
        store.now_ms(),
        poll_config(),
    )
    row = None
    if admission.state is not None:
        row = Vote(key=admission.state.key, au=au, poller=peer)
        store.save_voter(row, admission.state)
        peer_services.note_called(peer=peer)
    carry_out(admission.effects, au, row, work)


def advance(*, vote_id: int, event: VoterEvent) -> list[Job]:
    """One step of a vote; returns the jobs it opened."""
    with transaction.atomic():
        row = Vote.objects.select_for_update(of=("self",)).select_related("au").filter(pk=vote_id).first()
        if row is None:
            return []
        before = store.load_voter(row)
        after, effects = voter.step(before, event, store.now_ms(), poll_config())
        if after != before:
            store.save_voter(row, after)
        work = Work()
        carry_out(effects, row.au, row, work)
        return work.jobs
