"""Our votes in polls that peers call."""

from django.db import transaction

from apps.aus.models import Au
from apps.common.models import Job
from apps.lockss.lcap import voter
from apps.lockss.lcap.admission import admit
from apps.lockss.lcap.admission_checks import Lots
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Poll as PollMessage
from apps.lockss.lcap.voter_events import VoterEvent
from apps.peers import services as peer_services
from apps.peers.models import Peer
from apps.polls import draws, facts, store
from apps.polls.config import poll_config
from apps.polls.models import Vote
from apps.polls.services.effects import Work, carry_out


def take_invitation(*, peer: Peer, message: PollMessage) -> list[Job]:
    """Answer a POLL: a vote row, or a refusal in the outbox. An invitation that came twice is one vote."""
    config = poll_config()
    au = Au.objects.filter(auid=message.header.auid).first()
    lots = Lots(draws.nonce(), draws.nonce(), draws.draw())
    with transaction.atomic():
        if Vote.objects.filter(key=message.header.key).exists():
            return []
        admission = admit(
            PeerId.parse(peer.identity),
            message,
            facts.node_facts(),
            facts.au_facts(au),
            facts.poller_facts(peer, au),
            lots,
            store.now_ms(),
            config,
        )
        work = Work()
        row = None
        if admission.state is not None:
            row = Vote(key=admission.state.key, au=au, poller=peer)
            store.save_voter(row, admission.state)
            peer_services.note_called(peer=peer)
        carry_out(admission.effects, au, row, work)
    return work.jobs


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
