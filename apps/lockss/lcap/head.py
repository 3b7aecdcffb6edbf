"""The part of a message before its body: prefix, checksum, property block, counts (lcap-v3 §3.1)."""

import hashlib
import struct

from apps.lockss.lcap import properties
from apps.lockss.lcap.errors import EncodeCode, EncodeError, MessageCode, MessageError
from apps.lockss.lcap.fields import Fields
from apps.lockss.lcap.layout import OWN, common_entries, property_entries, read_fields
from apps.lockss.lcap.limits import DEFAULT_LIMITS, Limits
from apps.lockss.lcap.messages import (
    EvaluationReceipt,
    Header,
    Message,
    Nominate,
    NoOp,
    Opcode,
    Poll,
    PollAck,
    PollProof,
    RepairReply,
    RepairRequest,
    Vote,
    VoteRequest,
)

SIGNATURE = b"lpm"
MAJOR = 3
# Before revision 5 bodies were laid out and filtered otherwise; later ones only add meaning.
OLDEST_MINOR = 5
PREFIX = struct.Struct(">3sBB20si")
COUNTS = struct.Struct(">iq")

KINDS: dict[Opcode, type[Message]] = {
    kind.opcode: kind
    for kind in (
        Poll,
        PollAck,
        PollProof,
        Nominate,
        VoteRequest,
        Vote,
        RepairRequest,
        RepairReply,
        EvaluationReceipt,
        NoOp,
    )
}


def decode_head(minor: int, raw: bytes, limits: Limits = DEFAULT_LIMITS, at: int = PREFIX.size) -> Message:
    """The message that a property block describes, still without vote blocks and repair bytes."""
    fields = Fields(properties.load(raw, max_entries=limits.max_entries, at=at), at, limits)
    number = fields.int32("opcode", -1)
    try:
        opcode = Opcode(number)
    except ValueError:
        raise MessageError(MessageCode.UNKNOWN_OPCODE, f"opcode {number}", at) from None
    header = Header(minor=minor, **read_fields(common_entries(opcode), fields))
    return KINDS[opcode](header, **read_fields(OWN[opcode], fields))


def encode_head(
    message: Message,
    block_count: int,
    repair_length: int,
    comment: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> bytes:
    """All that stands before the body, for a body of so many blocks or repair bytes that the caller sends."""
    raw = properties.dump(property_entries(message), comment)
    for size, bound, what in (
        (len(raw), limits.max_properties, "property block"),
        (block_count, limits.max_blocks, "number of vote blocks"),
        (repair_length, limits.max_repair, "repair"),
    ):
        if size > bound:
            raise EncodeError(EncodeCode.OVER_LIMIT, f"{what} of {size}, over {bound}")
    if not OLDEST_MINOR <= message.header.minor <= 0xFF:
        raise EncodeError(EncodeCode.BAD_VALUE, f"minor revision {message.header.minor}")
    digest = hashlib.sha1(raw, usedforsecurity=False).digest()
    prefix = PREFIX.pack(SIGNATURE, MAJOR, message.header.minor, digest, len(raw))
    return prefix + raw + COUNTS.pack(block_count, repair_length)
