"""What the machines ask of the node: values to be carried out in the transaction that stores the new state.

A node that dies before that transaction has done nothing, after it everything: messages are rows of the
outbox, hashes are jobs.
"""

from dataclasses import dataclass

from apps.lockss.lcap.agreement import AgreementType
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Message, Props, RepairReply
from apps.lockss.lcap.poll_codes import PollFinding, PollStatus, VoterStatus
from apps.lockss.lcap.repair_policy import Source
from apps.lockss.lcap.tally import TallyRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Send a message. ``blocks_ref``: vote blocks to append, named as in HashDone; the message has none itself.

    ``expires_ms``: ms since 1970 after which it is pointless, None for "try once". ``retry_max`` counts
    further attempts, at least ``retry_interval_ms`` apart where that is given.
    """

    to: PeerId
    message: Message
    expires_ms: int | None
    retry_max: int = 1
    retry_interval_ms: int | None = None
    blocks_ref: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartHash:
    """Hash the AU once with all ``challenges``, then report HashDone or HashFailed.

    ``modulus`` 0: all URLs, else the sample. ``slashless``: names as revision 5 has them (lcap-v3 §5.6).
    A poller's challenges belong to ``participants`` in order, then to those of them in ``symmetric``.
    ``local``: compare with the stored checksums too, there are no peers (lcap-v3 §5.11).
    """

    challenges: tuple[bytes, ...]
    algorithm: str
    modulus: int
    sample_nonce: bytes
    earliest_start_ms: int
    latest_finish_ms: int
    slashless: bool
    participants: tuple[PeerId, ...] = ()
    symmetric: tuple[PeerId, ...] = ()
    local: bool = False


@dataclass(frozen=True, slots=True)
class ServeRepair:
    """Complete ``reply`` with the stored bytes and properties of its URL and send it.

    What is stored may bear one of ``repair_content.held_names``; the properties tell which, as x-lockss-node-url.
    """

    to: PeerId
    reply: RepairReply
    expires_ms: int


@dataclass(frozen=True, slots=True)
class RecordHint:
    """A poller told us how far it agrees with us."""

    peer: PeerId
    kind: AgreementType
    value: float


@dataclass(frozen=True, slots=True)
class RecordSymmetricAgreement:
    """Compare our symmetric blocks with the poller's (``tally.symmetric_counts``) and record the agreement.

    ``weighted_kind``: record that too, where the platform has URL weights.
    """

    peer: PeerId
    kind: AgreementType
    weighted_kind: AgreementType | None
    own_blocks_ref: str
    poller_blocks_ref: str


@dataclass(frozen=True, slots=True)
class RecordAgreement:
    """What our own poll found about a voter."""

    peer: PeerId
    kind: AgreementType
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordAuResult:
    """The AU's own figures after a poll over all its URLs; agreements are float32 from 0.0 to 1.0."""

    status: PollStatus
    agreement: float
    weighted_agreement: float | None
    agreeing_peers: int


@dataclass(frozen=True, slots=True)
class ForgetNoAu:
    """A peer that was thought not to hold the AU polls it."""

    peer: PeerId


@dataclass(frozen=True, slots=True)
class RecordNoAu:
    """These peers answered that they do not hold the AU."""

    peers: tuple[PeerId, ...]


@dataclass(frozen=True, slots=True)
class LearnMinor:
    """Speak this revision to the peer from now on."""

    peer: PeerId
    minor: int


@dataclass(frozen=True, slots=True)
class ChooseInvitees:
    """Choose up to ``wanted`` peers (``invitation.choose``) and answer with an Invite event, empty if there are none."""

    wanted: int


@dataclass(frozen=True, slots=True)
class ChooseOuterCircle:
    """Choose among each voter's ``nominees`` (``invitation.choose_outer``) and answer with an Invite of ``outer``."""

    nominees: tuple[tuple[PeerId, tuple[PeerId, ...]], ...]
    per_voter: int
    limit: int


@dataclass(frozen=True, slots=True)
class TallyReady:
    """Tally our blocks ``blocks_ref`` against ``votes``, the block references in participant order; report TallyDone."""

    blocks_ref: str
    participants: tuple[PeerId, ...]
    votes: tuple[str, ...]
    rules: TallyRules


@dataclass(frozen=True, slots=True)
class RequestPublisherRepair:
    """Fetch these URLs again from the publisher; report RepairChecked for each.

    Each is asked for by the one of its ``repair_content.held_names`` that we have.
    """

    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyRepair:
    """A copy of ``url`` has come: hash it, judge it, and if accepted store it (``repair_content``).

    ``hashes``: the plain hashes it may have. ``body_ref`` names the received bytes. Whatever becomes of it, report
    RepairChecked with this ``source``.
    """

    url: str
    source: Source
    props: Props | None
    body_ref: str
    hashes: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class Report:
    """Keep a finding."""

    finding: PollFinding


@dataclass(frozen=True, slots=True)
class Close:
    """The poll is over: drop its hash job and blocks, keep its rows."""

    status: PollStatus | VoterStatus
    detail: str = ""


Effect = (
    Send
    | StartHash
    | ServeRepair
    | RecordHint
    | RecordSymmetricAgreement
    | RecordAgreement
    | RecordAuResult
    | ForgetNoAu
    | RecordNoAu
    | LearnMinor
    | ChooseInvitees
    | ChooseOuterCircle
    | TallyReady
    | RequestPublisherRepair
    | VerifyRepair
    | Report
    | Close
)
Effects = tuple[Effect, ...]
