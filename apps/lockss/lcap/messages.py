"""The ten messages of LCAP V3 as values (lcap-v3 §3.4–§3.9). Bytes come and go in ``codec``.

Every message is its ``header``, the part that all kinds share, and its own fields. An empty byte
string means "not sent": a missing nonce decodes to ``b""``, never to None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum
from typing import ClassVar

from apps.lockss.lcap.identity import PeerId

UNKNOWN_AU = "UNKNOWN"
DEFAULT_ALGORITHM = "SHA-1"
# Revisions of the message format that are spoken in the field (lcap-v3 §3.2).
MINOR_1X = 5
MINOR_2X = 6

Props = tuple[tuple[str, str], ...]


class Opcode(IntEnum):
    """Numbers of the message kinds (lcap-v3 §3.4)."""

    POLL = 10
    POLL_ACK = 11
    POLL_PROOF = 12
    NOMINATE = 13
    VOTE_REQUEST = 14
    VOTE = 15
    REPAIR_REQUEST = 16
    REPAIR_REPLY = 17
    EVALUATION_RECEIPT = 18
    NO_OP = 19


class Nak(StrEnum):
    """Why a peer does not take part (lcap-v3 §3.7). Unknown names on the wire become UNKNOWN."""

    GROUP_MISMATCH = "NAK_GROUP_MISMATCH"
    VERSION_MISMATCH = "NAK_VERSION_MISMATCH"
    NO_TIME = "NAK_NO_TIME"
    UNKNOWN = "NAK_UNKNOWN"
    NO_AU = "NAK_NO_AU"
    NO_SUBSTANCE = "NAK_NO_SUBSTANCE"
    PLUGIN_VERSION_MISMATCH = "NAK_PLUGIN_VERSION_MISMATCH"
    DISABLED = "NAK_DISABLED"
    NOT_CRAWLED = "NAK_NOT_CRAWLED"
    TOO_MANY_VOTERS = "NAK_TOO_MANY_VOTERS"
    HASH_TIMEOUT = "NAK_HASH_TIMEOUT"
    HASH_ERROR = "NAK_HASH_ERROR"
    INSUFFICIENT_VOTE_DURATION = "NAK_INSUFFICIENT_VOTE_DURATION"
    HAVE_SUFFICIENT_REPAIRERS = "NAK_HAVE_SUFFICIENT_REPAIRERS"
    NOT_READY = "NAK_NOT_READY"


class VoteType(Enum):
    """What of a URL was hashed; deployed nodes send content votes only."""

    CONTENT = 0
    HEADER = 1
    METADATA = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What every message carries (lcap-v3 §3.5); ``dataclasses.replace`` makes the next one of a dialogue.

    ``orig_id`` and ``dest_id`` are claims of the sender; None when absent. ``plugin_version`` and
    ``hash_algorithm`` are "" when absent. Times are relative: ``duration_s`` to the poll's deadline,
    ``elapsed_s`` since the message was made, ``vote_duration_ms`` to the vote's deadline (POLL only).
    """

    key: str = ""
    auid: str = UNKNOWN_AU
    orig_id: PeerId | None = None
    dest_id: PeerId | None = None
    hash_algorithm: str = DEFAULT_ALGORITHM
    plugin_version: str = ""
    duration_s: int = 0
    elapsed_s: int = 0
    modulus: int = 0
    sample_nonce: bytes = b""
    poller_nonce: bytes = b""
    voter_nonce: bytes = b""
    voter_nonce2: bytes = b""
    groups: tuple[str, ...] = ()
    vote_duration_ms: int = 0
    minor: int = MINOR_1X


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockVersion:
    """One version of a URL in a vote. Hashes are raw digests; ``error``: hashing it failed."""

    plain_hash: bytes = b""
    nonced_hash: bytes = b""
    filtered_length: int = 0
    unfiltered_length: int = 0
    filtered_offset: int = 0
    unfiltered_offset: int = 0
    error: bool = False


@dataclass(frozen=True, slots=True)
class VoteBlock:
    """A URL and its versions, newest first; none when all versions are suspect (lcap-v3 §3.8, §5.1)."""

    url: str
    versions: tuple[BlockVersion, ...] = ()
    vote_type: VoteType = VoteType.CONTENT


@dataclass(frozen=True, slots=True)
class Poll:
    """Poller to voter: an invitation."""

    opcode: ClassVar[Opcode] = Opcode.POLL
    header: Header
    effort_proof: bytes = b""


@dataclass(frozen=True, slots=True)
class PollAck:
    """Voter to poller: acceptance, with a voter nonce in the header, or refusal, without."""

    opcode: ClassVar[Opcode] = Opcode.POLL_ACK
    header: Header
    effort_proof: bytes = b""
    nak: Nak | None = None

    @property
    def accepted(self) -> bool:
        return bool(self.header.voter_nonce) and self.nak is None


@dataclass(frozen=True, slots=True)
class PollProof:
    """Poller to voter: the obsolete second effort proof; opens the voter's nomination."""

    opcode: ClassVar[Opcode] = Opcode.POLL_PROOF
    header: Header
    effort_proof: bytes = b""


@dataclass(frozen=True, slots=True)
class Nominate:
    """Voter to poller: peers it might invite. Always sent, also with nobody to name."""

    opcode: ClassVar[Opcode] = Opcode.NOMINATE
    header: Header
    nominees: tuple[PeerId, ...] = ()


@dataclass(frozen=True, slots=True)
class VoteRequest:
    """Poller to voter: send the vote when it is ready."""

    opcode: ClassVar[Opcode] = Opcode.VOTE_REQUEST
    header: Header


@dataclass(frozen=True, slots=True)
class Vote:
    """Voter to poller: blocks in URL order, or ``nak`` and no blocks."""

    opcode: ClassVar[Opcode] = Opcode.VOTE
    header: Header
    vote_blocks: tuple[VoteBlock, ...] = ()
    nak: Nak | None = None
    complete: bool = True


@dataclass(frozen=True, slots=True)
class RepairRequest:
    """Poller to voter: send the current version of ``url``."""

    opcode: ClassVar[Opcode] = Opcode.REPAIR_REQUEST
    header: Header
    url: str = ""


@dataclass(frozen=True, slots=True)
class RepairReply:
    """Voter to poller: the stored bytes (not decoded, not filtered) and the stored properties of ``url``.

    ``repair_props`` are (lower-case name, value) pairs in order of name, see ``props_of``; None when
    the peer sent none, which a poller treats as a fault.
    """

    opcode: ClassVar[Opcode] = Opcode.REPAIR_REPLY
    header: Header
    url: str = ""
    repair_props: Props | None = None
    repair_bytes: bytes = b""


@dataclass(frozen=True, slots=True)
class EvaluationReceipt:
    """Poller to voter: how far they agreed (0.0 to 1.0), and the poller's own blocks in symmetric polls."""

    opcode: ClassVar[Opcode] = Opcode.EVALUATION_RECEIPT
    header: Header
    effort_proof: bytes = b""
    agreement_hint: float | None = None
    weighted_agreement_hint: float | None = None
    vote_blocks: tuple[VoteBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class NoOp:
    """A test message: of the header only identities, nonces and the revision travel."""

    opcode: ClassVar[Opcode] = Opcode.NO_OP
    header: Header


Message = (
    Poll
    | PollAck
    | PollProof
    | Nominate
    | VoteRequest
    | Vote
    | RepairRequest
    | RepairReply
    | EvaluationReceipt
    | NoOp
)


def props_of(properties: Mapping[str, str]) -> Props:
    """Stored properties as ``RepairReply`` wants them: lower-case names, in order."""
    return tuple(sorted({name.lower(): value for name, value in properties.items()}.items()))
