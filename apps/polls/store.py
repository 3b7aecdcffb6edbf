"""Poll states between rows and the core's values. Called inside the transaction that locked the poll's row."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable

from apps.common.clock import now
from apps.common.text import storable
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.poll_codes import HAS_VOTED
from apps.lockss.lcap.poller_state import Participant as CoreParticipant
from apps.lockss.lcap.poller_state import PollerState, PollPhase, RepairPhase
from apps.lockss.lcap.poller_state import PollState as CorePoll
from apps.lockss.lcap.poller_state import Repair as CoreRepair
from apps.lockss.lcap.voter_state import VoterState
from apps.peers.choices import PeerSource
from apps.peers.models import Peer
from apps.peers.services import ensure_peer
from apps.polls import values
from apps.polls.choices import PollState, RepairState
from apps.polls.content import current, minor_of
from apps.polls.models import Participant, Poll, Repair, Vote

PHASES = {
    PollPhase.INVITING: PollState.INVITING,
    PollPhase.HASHING: PollState.VOTING,
    PollPhase.TALLYING: PollState.TALLYING,
    PollPhase.REPAIRING: PollState.REPAIRING,
    PollPhase.CLOSED: PollState.DONE,
}
# Longer names do not come in votes (lcap-v3 §3.8).
MAX_URL = 65_536
REPAIR_PHASES = {
    RepairPhase.ACTIVE: RepairState.REQUESTED,
    RepairPhase.CHECKING: RepairState.RECEIVED,
    RepairPhase.DONE: RepairState.REPAIRED,
    RepairPhase.FAILED: RepairState.FAILED,
}


def url_digest(url: str) -> bytes:
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest()


def at(ms: int | None) -> dt.datetime | None:
    """A core time as a column's."""
    return None if ms is None else dt.datetime.fromtimestamp(ms / 1000, dt.UTC)


def now_ms() -> int:
    return int(now().timestamp() * 1000)


def load_poller(poll: Poll) -> PollerState:
    return PollerState(
        poll=values.load(poll.state, CorePoll),
        participants=tuple(values.load(p.state, CoreParticipant) for p in poll.participants.all()),
        repairs=tuple(values.load(r.state, CoreRepair) for r in poll.repairs.order_by("id")),
    )


def save_poller(poll: Poll, old: PollerState | None, new: PollerState, config: PollConfig) -> None:
    """Write what differs between the two states."""
    if old is None or old.poll != new.poll or old.repairs != new.repairs:
        _fill_poll(poll, new, config)
        poll.save()
    before = {p.peer: p for p in old.participants} if old else {}
    for position, participant in enumerate(new.participants):
        if before.get(participant.peer) != participant:
            _save_participant(poll, position, participant)
    before_repairs = {r.url: r for r in old.repairs} if old else {}
    for repair in new.repairs:
        if before_repairs.get(repair.url) != repair:
            _save_repair(poll, repair, minor_of(slashless=new.slashless))
    if new.closed:
        # What is still asked for when the poll ends will not be believed any more.
        left = Repair.objects.filter(poll=poll, ended_at__isnull=True)
        left.update(phase=RepairState.FAILED, ended_at=now())


def _fill_poll(poll: Poll, new: PollerState, config: PollConfig) -> None:
    core = new.poll
    poll.state = values.dump(core)
    poll.phase = PHASES[core.phase]
    poll.status = int(core.status)
    poll.variant = core.setup.variant
    poll.next_tick_at = at(new.next_tick_ms(config.repair_patience_ms))
    poll.vote_deadline_at = at(core.vote_deadline_ms)
    poll.poll_deadline_at = at(core.poll_deadline_ms)
    poll.ended_at = at(core.ended_ms) if new.closed else None
    poll.quorum = core.quorum
    poll.quorate = core.quorate
    poll.urls = core.urls
    poll.detail = core.detail
    totals = core.totals
    poll.agreed, poll.disagreed = int(totals.agreed), int(totals.disagreed)
    poll.too_close, poll.no_quorum = int(totals.too_close), int(totals.no_quorum)
    poll.poller_only = int(totals.poller_only)
    if core.quorate and core.urls:
        poll.agreement = totals.agreement


def _save_participant(poll: Poll, position: int, core: CoreParticipant) -> None:
    peer = ensure_peer(identity=core.peer, source=PeerSource.NOMINATED)
    changes = {
        "position": position,
        "state": values.dump(core),
        "status": int(core.status),
        "nak": core.nak or "",
    }
    if core.counts is not None:
        changes |= {
            "agreed": core.counts.agreed,
            "disagreed": core.counts.disagreed,
            "poller_only": core.counts.poller_only,
            "voter_only": core.counts.voter_only,
            "spoiled": core.counts.spoiled,
            "agreement": core.counts.agreement,
        }
    row, _ = Participant.objects.update_or_create(poll=poll, peer=peer, defaults=changes)
    if core.status in HAS_VOTED and row.voted_at is None:
        Participant.objects.filter(pk=row.pk).update(voted_at=now())


def _save_repair(poll: Poll, core: CoreRepair, minor: int) -> None:
    last = core.checking or (core.asked[-1] if core.asked else None)
    done = not core.outstanding
    changes = {
        "state": values.dump(core),
        "phase": REPAIR_PHASES[core.phase],
        "source": "" if last is None else (str(last.peer) if last.peer else "publisher"),
        "result": core.result or "",
        "ended_at": now() if done else None,
    }
    digest = url_digest(core.url)
    if Repair.objects.filter(poll=poll, url_digest=digest).update(**changes, updated_at=now()):
        return
    held = current(poll.au, core.url, minor)
    Repair.objects.create(
        poll=poll,
        au_id=poll.au_id,
        url_digest=digest,
        url=storable(core.url, MAX_URL),
        before_sha256=held.sha256.hex() if held else "",
        **changes,
    )


def load_voter(vote: Vote) -> VoterState:
    return values.load(vote.state, VoterState)


def save_voter(vote: Vote, new: VoterState) -> None:
    vote.state = values.dump(new)
    vote.phase = new.phase
    vote.status = int(new.status)
    vote.next_tick_at = at(new.next_tick_ms())
    vote.vote_deadline_at = at(new.vote_deadline_ms)
    vote.agreement_hint = new.agreement_hint
    vote.repairs_served = new.repairs_served
    vote.ended_at = now() if new.closed and vote.ended_at is None else vote.ended_at
    vote.save()


def peers_by_id(identities: Iterable[PeerId]) -> dict[PeerId, Peer]:
    """Rows of the given peers; unknown ones are left out."""
    rows = Peer.objects.filter(identity__in=[str(i) for i in identities])
    parse: Callable[[str], PeerId] = PeerId.parse
    return {parse(row.identity): row for row in rows}


def span(ms: int | None) -> dt.timedelta | None:
    return None if ms is None else dt.timedelta(milliseconds=ms)
