"""What happens to a poll at one of its voters."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Message, Opcode
from apps.lockss.lcap.repair_policy import ServeDecision


class VoterEventKind(StrEnum):
    POLL = "POLL"
    POLL_PROOF = "POLL_PROOF"
    VOTE_REQUEST = "VOTE_REQ"
    REPAIR_REQUEST = "REPAIR_REQ"
    RECEIPT = "EVALUATION_RECEIPT"
    STRAY = "any other message"
    HASH_DONE = "hash done"
    HASH_FAILED = "hash failed"
    TICK = "tick"
    ABORT = "abort"


_MESSAGE_KINDS = {
    Opcode.POLL: VoterEventKind.POLL,
    Opcode.POLL_PROOF: VoterEventKind.POLL_PROOF,
    Opcode.VOTE_REQUEST: VoterEventKind.VOTE_REQUEST,
    Opcode.REPAIR_REQUEST: VoterEventKind.REPAIR_REQUEST,
    Opcode.EVALUATION_RECEIPT: VoterEventKind.RECEIPT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FromPoller:
    """A message with this poll's key. ``sender`` by the rules of lcap-v3 §3.5.

    ``nominees`` are needed with POLL_PROOF (``invitation.nominees``), ``serve`` with REPAIR_REQ
    (``repair_policy.may_serve``). ``blocks_ref`` names the blocks that came with a receipt, "" for none.
    """

    sender: PeerId
    message: Message
    nominees: tuple[PeerId, ...] = ()
    serve: ServeDecision = ServeDecision.NO_AGREEMENT
    blocks_ref: str = ""

    @property
    def kind(self) -> VoterEventKind:
        return _MESSAGE_KINDS.get(self.message.opcode, VoterEventKind.STRAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class HashDone:
    """The hash of StartHash is finished; the references name the blocks of each challenge."""

    blocks_ref: str
    symmetric_ref: str = ""
    has_substance: bool = True
    kind: ClassVar[VoterEventKind] = VoterEventKind.HASH_DONE


@dataclass(frozen=True, slots=True, kw_only=True)
class HashFailed:
    """``timed_out``: it could not be finished in its window; else ``detail`` says what broke."""

    timed_out: bool
    detail: str = ""
    kind: ClassVar[VoterEventKind] = VoterEventKind.HASH_FAILED


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; due at ``VoterState.next_tick_ms``, harmless at any other time."""

    kind: ClassVar[VoterEventKind] = VoterEventKind.TICK


@dataclass(frozen=True, slots=True)
class Abort:
    """The AU goes, or an administrator ends the poll."""

    detail: str = ""
    kind: ClassVar[VoterEventKind] = VoterEventKind.ABORT


VoterEvent = FromPoller | HashDone | HashFailed | Tick | Abort
