"""Messages to bytes and back (lcap-v3 §3.1–§3.9). No policy: what may be said when is the machines' affair.

``decode`` and ``encode`` take whole messages. Votes of millions of URLs and large repairs go through
``stream.MessageReader`` one way, and ``head.encode_head`` followed by ``blocks.encode_block`` or the repair
bytes the other way.
"""

from dataclasses import replace

from apps.lockss.lcap.blocks import encode_block
from apps.lockss.lcap.head import encode_head
from apps.lockss.lcap.limits import DEFAULT_LIMITS, Limits
from apps.lockss.lcap.messages import EvaluationReceipt, Message, RepairReply, Vote, VoteBlock
from apps.lockss.lcap.stream import BlockRead, HeadRead, MessageFault, MessageReader, RepairRead


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Message:
    """A whole message from exactly its bytes; MessageError with code and offset for anything else."""
    reader = MessageReader(limits)
    message: Message | None = None
    blocks: list[VoteBlock] = []
    repair = b""
    for event in [*reader.feed(data), *reader.finish()]:
        match event:
            case HeadRead():
                message = event.message
            case BlockRead():
                blocks.append(event.block)
            case RepairRead():
                repair += event.data
            case MessageFault():
                raise event.error
    if isinstance(message, Vote | EvaluationReceipt):
        return replace(message, vote_blocks=tuple(blocks))
    if isinstance(message, RepairReply):
        return replace(message, repair_bytes=repair)
    assert message is not None  # noqa: S101 - a message without fault has a head
    return message


def encode(message: Message, comment: str = "", limits: Limits = DEFAULT_LIMITS) -> bytes:
    """A whole message. ``comment`` opens every property block (Java writes the date), "" leaves it out.

    EncodeError for values without a wire form: lone surrogates, numbers and sizes out of range.
    """
    blocks = body_blocks(message)
    repair = message.repair_bytes if isinstance(message, RepairReply) else b""
    head = encode_head(message, len(blocks), len(repair), comment, limits)
    return b"".join([head, *(encode_block(block, comment, limits) for block in blocks), repair])


def body_blocks(message: Message) -> tuple[VoteBlock, ...]:
    """The vote blocks, of the kinds that have them."""
    return message.vote_blocks if isinstance(message, Vote | EvaluationReceipt) else ()
