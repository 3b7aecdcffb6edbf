"""A poll at its poller: one value for the poll's row, one for each participant's, one for each repair's."""

from dataclasses import dataclass, replace
from enum import StrEnum

from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import MINOR_1X, Header, Nak
from apps.lockss.lcap.poll_codes import HAS_VOTED, PARTICIPATING, ParticipantStatus, PollStatus, PollVariant
from apps.lockss.lcap.repair_policy import Source
from apps.lockss.lcap.tally import TallyRules
from apps.lockss.lcap.totals import PollTotals
from apps.lockss.lcap.verdict import UrlResult, VoteCounts

NOTHING_TALLIED = PollTotals()


class ParticipantPhase(StrEnum):
    """What the poller waits for from one voter (lcap-v3 §4.1)."""

    WAIT_POLL_ACK = "wait-poll-ack"
    WAIT_NOMINATE = "wait-nominate"
    WAIT_VOTE = "wait-vote"
    TALLY = "tally"
    COMPLETE = "complete"
    DROPPED = "dropped"


class PollPhase(StrEnum):
    """What the poll as a whole is doing."""

    INVITING = "inviting"
    HASHING = "hashing"
    TALLYING = "tallying"
    REPAIRING = "repairing"
    CLOSED = "closed"


class RepairPhase(StrEnum):
    """``ACTIVE``: somebody has been asked; ``CHECKING``: a copy has come and is being verified."""

    ACTIVE = "active"
    CHECKING = "checking"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """An invited voter. ``blocks_ref`` names its vote, ``symmetric_ref`` our blocks for its receipt.

    ``outer``: invited because a voter named it. ``learnt_minor``: invited again in its own revision.
    """

    peer: PeerId
    minor: int
    poller_nonce: bytes
    invited_ms: int
    outer: bool = False
    learnt_minor: bool = False
    phase: ParticipantPhase = ParticipantPhase.WAIT_POLL_ACK
    status: ParticipantStatus = ParticipantStatus.INVITED
    voter_nonce: bytes = b""
    voter_nonce2: bytes = b""
    nominees: tuple[PeerId, ...] = ()
    nak: Nak | None = None
    blocks_ref: str = ""
    symmetric_ref: str = ""
    counts: VoteCounts | None = None
    weighted_agreement: float | None = None

    @property
    def has_voted(self) -> bool:
        return self.status in HAS_VOTED

    @property
    def participating(self) -> bool:
        return self.status in PARTICIPATING


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One URL to be repaired. ``sources``: still to be asked, in order; ``asked``: those whose copy is welcome.

    ``hashes``: plain hashes that a peer's copy may have. ``result``: the URL's result after the repair.
    """

    url: str
    reason: UrlResult
    hashes: frozenset[bytes]
    sources: tuple[Source, ...]
    asked: tuple[Source, ...] = ()
    asked_ms: int = 0
    phase: RepairPhase = RepairPhase.ACTIVE
    checking: Source | None = None
    result: UrlResult | None = None

    @property
    def outstanding(self) -> bool:
        return self.phase in {RepairPhase.ACTIVE, RepairPhase.CHECKING}


@dataclass(frozen=True, slots=True, kw_only=True)
class PollSetup:
    """What a poll is about; fixed from its start. ``weighted``: the platform has URL weights."""

    key: str
    auid: str
    own_id: PeerId
    groups: tuple[str, ...]
    plugin_version: str
    hash_algorithm: str
    variant: PollVariant = PollVariant.POR
    modulus: int = 0
    sample_nonce: bytes = b""
    weighted: bool = False

    @property
    def sampled(self) -> bool:
        return self.modulus > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PollState:
    """The poll's row. Times are ms since 1970.

    ``exhausted``: there is nobody left to invite. ``frozen``: the voters whose challenges are hashed, in the
    order that ties hashes to voters. ``extended``: the deadline was moved once for repairs.
    """

    setup: PollSetup
    quorum: int
    margin: int
    target: int
    created_ms: int
    vote_deadline_ms: int
    tally_end_ms: int
    poll_deadline_ms: int
    next_invitation_ms: int | None
    phase: PollPhase = PollPhase.INVITING
    status: PollStatus = PollStatus.INVITING
    exhausted: bool = False
    extended: bool = False
    nominations: int = 0
    outer_invited: int = 0
    frozen: tuple[PeerId, ...] = ()
    blocks_ref: str = ""
    has_substance: bool = True
    quorate: bool = False
    urls: int = 0
    totals: PollTotals = NOTHING_TALLIED
    weighted_totals: PollTotals | None = None
    ended_ms: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PollerState:
    """Everything of one poll."""

    poll: PollState
    participants: tuple[Participant, ...] = ()
    repairs: tuple[Repair, ...] = ()

    @property
    def closed(self) -> bool:
        return self.poll.phase is PollPhase.CLOSED

    def participant(self, peer: PeerId) -> Participant | None:
        return next((each for each in self.participants if each.peer == peer), None)

    def with_participant(self, changed: Participant) -> "PollerState":
        changed_list = tuple(changed if each.peer == changed.peer else each for each in self.participants)
        return replace(self, participants=changed_list)

    def with_repair(self, changed: Repair) -> "PollerState":
        return replace(
            self, repairs=tuple(changed if each.url == changed.url else each for each in self.repairs)
        )

    @property
    def waiting(self) -> tuple[Participant, ...]:
        """Those who may still vote."""
        closed = {ParticipantPhase.TALLY, ParticipantPhase.COMPLETE, ParticipantPhase.DROPPED}
        return tuple(each for each in self.participants if each.phase not in closed)

    @property
    def voters(self) -> tuple[Participant, ...]:
        """Those who have voted and are still with us."""
        return tuple(each for each in self.participants if each.phase is ParticipantPhase.TALLY)

    @property
    def outstanding_repairs(self) -> tuple[Repair, ...]:
        return tuple(repair for repair in self.repairs if repair.outstanding)

    @property
    def slashless(self) -> bool:
        """Whether names are compared as revision 5 has them: as soon as one voter knows no others."""
        voters = [each for each in self.participants if each.peer in self.poll.frozen] or self.voters
        return any(each.minor == MINOR_1X for each in voters)

    def rules(self, max_versions: int) -> TallyRules:
        return TallyRules(
            quorum=self.poll.quorum,
            margin=self.poll.margin,
            max_versions=max_versions,
            slashless=self.slashless,
        )

    def next_tick_ms(self, repair_patience_ms: int) -> int | None:
        """When a Tick is due; None once closed."""
        poll = self.poll
        match poll.phase:
            case PollPhase.CLOSED:
                return None
            case PollPhase.INVITING:
                return min(poll.vote_deadline_ms, poll.next_invitation_ms or poll.vote_deadline_ms)
            case PollPhase.REPAIRING:
                patience = [
                    repair.asked_ms + repair_patience_ms
                    for repair in self.repairs
                    if repair.phase is RepairPhase.ACTIVE and repair.sources
                ]
                return min([poll.poll_deadline_ms, *patience])
            case _:
                return poll.poll_deadline_ms


def header(poll: PollState, voter: Participant, now: int) -> Header:
    """Of a message to one voter. Only POLL adds to it (lcap-v3 §3.5, §3.6)."""
    setup = poll.setup
    return Header(
        key=setup.key,
        auid=setup.auid,
        orig_id=setup.own_id,
        dest_id=voter.peer,
        hash_algorithm=setup.hash_algorithm,
        plugin_version=setup.plugin_version,
        duration_s=max(0, (poll.poll_deadline_ms - now) // 1_000),
        sample_nonce=setup.sample_nonce,
        poller_nonce=voter.poller_nonce,
        voter_nonce=voter.voter_nonce,
        voter_nonce2=voter.voter_nonce2,
        groups=setup.groups,
        minor=voter.minor,
    )
