"""Messages to bytes and back (lcap-v3 §3.1–§3.9). No policy: what may be said when is the machines' affair.

``decode`` and ``encode`` take whole messages. Votes of millions of URLs and large repairs go through
``stream.MessageReader`` one way, and ``head.encode_head`` followed by ``blocks.encode_block`` or the repair
bytes the other way.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from apps.lockss.lcap.blocks import encode_block
from apps.lockss.lcap.head import encode_head
from apps.lockss.lcap.limits import DEFAULT_LIMITS, Limits
from apps.lockss.lcap.messages import EvaluationReceipt, Message, RepairReply, Vote, VoteBlock
from apps.lockss.lcap.stream import BlockRead, Event, HeadRead, MessageFault, MessageReader, RepairRead


def decode(data: bytes, limits: Limits = DEFAULT_LIMITS) -> Message:
    """A whole message from exactly its bytes; MessageError with code and offset for anything else."""
    message: Message | None = None
    blocks: list[VoteBlock] = []
    repair: list[bytes] = []
    for event in _events([data], limits):
        match event:
            case HeadRead():
                message = event.message
            case BlockRead():
                blocks.append(event.block)
            case RepairRead():
                repair.append(event.data)
            case _:
                pass
    if isinstance(message, Vote | EvaluationReceipt):
        return replace(message, vote_blocks=tuple(blocks))
    if isinstance(message, RepairReply):
        return replace(message, repair_bytes=b"".join(repair))
    assert message is not None  # noqa: S101 - a message without fault has a head
    return message


def iter_blocks(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> Iterator[VoteBlock]:
    """The blocks of a vote that lies somewhere in pieces, such as a spool file, one at a time.

    MessageError where the message breaks; the blocks before that place have been given.
    """
    for event in _events(chunks, limits):
        if isinstance(event, BlockRead):
            yield event.block


def iter_repair(chunks: Iterable[bytes], limits: Limits = DEFAULT_LIMITS) -> Iterator[bytes]:
    """The repair bytes of a message that lies somewhere in pieces; MessageError where it breaks."""
    for event in _events(chunks, limits):
        if isinstance(event, RepairRead):
            yield event.data


def _events(chunks: Iterable[bytes], limits: Limits) -> Iterator[Event]:
    reader = MessageReader(limits)
    for chunk in chunks:
        yield from _sound(reader.feed(chunk))
    yield from _sound(reader.finish())


def _sound(events: list[Event]) -> Iterator[Event]:
    for event in events:
        if isinstance(event, MessageFault):
            raise event.error
        yield event


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
