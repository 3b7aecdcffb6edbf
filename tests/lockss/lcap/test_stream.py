"""One message read as it arrives: how the bytes are cut makes no difference to what is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap.blocks import encode_block
from apps.lockss.lcap.codec import encode
from apps.lockss.lcap.errors import MessageCode
from apps.lockss.lcap.head import encode_head
from apps.lockss.lcap.limits import Limits
from apps.lockss.lcap.messages import BlockVersion, Header, RepairReply, Vote, VoteBlock
from apps.lockss.lcap.stream import (
    BlockRead,
    HeadRead,
    MessageFault,
    MessageRead,
    MessageReader,
    RepairRead,
)
from apps.lockss.strategies_lcap import messages
from tests.lockss.lcap.recorded import both, message_files, random_cuts


def read(chunks, limits: Limits | None = None):
    """Events with repair bytes joined and faults as plain values, so that readings compare."""
    reader = MessageReader(limits or Limits())
    events = [event for chunk in chunks for event in reader.feed(chunk)] + reader.finish()
    told = []
    for event in events:
        if isinstance(event, MessageFault):
            told.append((event.error.code, event.error.offset, event.error.message))
        elif isinstance(event, RepairRead) and told and isinstance(told[-1], RepairRead):
            told[-1] = RepairRead(told[-1].data + event.data)
        else:
            told.append(event)
    return told


def single_bytes(raw: bytes):
    return (raw[i : i + 1] for i in range(len(raw)))


@pytest.mark.parametrize("path", both(message_files))
def test_recorded_messages_byte_by_byte(path):
    raw = path.read_bytes()
    whole = read([raw])
    assert read(single_bytes(raw)) == whole
    assert isinstance(whole[0], HeadRead)
    assert whole[-1] == MessageRead()
    assert read(single_bytes(raw + b"x"))[-1][:2] == (MessageCode.TRAILING_BYTES, len(raw))
    for length in range(0, len(raw), 7):
        assert read([raw[:length]])[-1][:2] == (MessageCode.TRUNCATED, length)


@given(messages(), st.lists(st.integers(0, 5000), max_size=9))
def test_cuts_make_no_difference(message, places):
    raw = encode(message, "c")
    assert read(random_cuts(raw, places)) == read([raw]) == read(single_bytes(raw))


@given(messages(), st.data())
def test_cuts_make_no_difference_to_faults(message, data):
    raw = bytearray(encode(message))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    raw += data.draw(st.binary(max_size=2))
    places = data.draw(st.lists(st.integers(0, 5000), max_size=9))
    assert read(random_cuts(bytes(raw), places)) == read([bytes(raw)]) == read(single_bytes(bytes(raw)))


@given(st.binary(), st.binary())
def test_nothing_follows_a_fault(garbage, more):
    reader = MessageReader()
    assert isinstance(reader.feed(b"garbage" + garbage)[-1], MessageFault)
    assert reader.feed(more) == []
    assert reader.finish() == []


def test_garbage_is_refused_at_its_first_byte():
    assert [type(event) for event in MessageReader().feed(b"x")] == [MessageFault]
    assert MessageReader().feed(b"lp") == []


def test_bodies_are_not_kept():
    """A reader holds an unfinished record at most, however much has passed."""
    blocks = [VoteBlock(f"http://h/{n:06}", (BlockVersion(plain_hash=b"p" * 20),)) for n in range(2000)]
    records = [encode_block(block) for block in blocks]
    reader = MessageReader()
    reader.feed(encode_head(Vote(Header()), len(records), 0))
    read_blocks = []
    for record in records:
        read_blocks += reader.feed(record[:50]) + reader.feed(record[50:])
        assert len(reader._buffer) < 50
    assert read_blocks == [*map(BlockRead, blocks), MessageRead()]


def test_a_large_repair_passes_by():
    size = 64 << 20
    reader = MessageReader()
    reader.feed(encode_head(RepairReply(Header(), "u"), 0, size))
    passed = 0
    for _ in range(64):
        for event in reader.feed(b"\0" * (1 << 20)):
            passed += len(event.data) if isinstance(event, RepairRead) else 0
        assert len(reader._buffer) == 0
    assert passed == size
    assert reader.finish() == []


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(max_blocks=1), Vote(Header(), (VoteBlock("a"), VoteBlock("b")))),
        (Limits(max_repair=3), RepairReply(Header(), "u", None, b"four")),
        (Limits(max_properties=100), Vote(Header(auid="a" * 100))),
        (Limits(max_entries=5), Vote(Header())),
        (Limits(max_block=20), Vote(Header(), (VoteBlock("a" * 20),))),
        (Limits(max_versions=1), Vote(Header(), (VoteBlock("a", (BlockVersion(), BlockVersion())),))),
        (Limits(max_nonce=3), Vote(Header(poller_nonce=b"four"))),
        (Limits(max_nonce=3), Vote(Header(), (VoteBlock("a", (BlockVersion(plain_hash=b"four"),)),))),
        (Limits(max_key_chars=3), Vote(Header(key="four"))),
    ],
)
def test_limits(limits, message):
    assert read([encode(message)])[-1] == MessageRead()
    assert read([encode(message)], limits)[-1][0] is MessageCode.OVER_LIMIT
