"""Frames: the recorded streams whole, byte by byte and in chunks, then every rule of lcap-v3 §2.2."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap.errors import EncodeCode, EncodeError, FramingCode
from apps.lockss.lcap.framing import (
    CloseRead,
    DataBegun,
    DataEnded,
    DataFrame,
    DataRead,
    FrameFault,
    FrameHeader,
    FrameOp,
    FrameReader,
    PeerIdRead,
    WholeFrameReader,
    data_frame,
    data_header,
    peerid_frame,
)
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.limits import Limits
from apps.lockss.strategies_lcap import peer_ids
from tests.lockss.lcap.recorded import both, random_cuts, session_files

PEER = PeerId("10.0.0.1", 9729)
OTHER = PeerId("10.0.0.2", 9729)
HELLO = peerid_frame(PEER)


def header(op: int, length: int, protocol: int = 0, check: int = 0xFF) -> bytes:
    return (
        bytes([check, op]) + length.to_bytes(8, "big", signed=True) + protocol.to_bytes(4, "big", signed=True)
    )


def read(chunks, limits: Limits | None = None, expected: PeerId | None = None):
    """Events with payload pieces joined and faults as plain values, so that readings compare."""
    reader = FrameReader(limits or Limits(), expected)
    events = [event for chunk in chunks for event in reader.feed(chunk)] + reader.finish()
    told = []
    for event in events:
        if isinstance(event, FrameFault):
            told.append((event.error.code, event.error.offset, event.error.message))
        elif isinstance(event, DataRead) and isinstance(told[-1], DataRead):
            told[-1] = DataRead(told[-1].data + event.data)
        else:
            told.append(event)
    return told


def single_bytes(raw: bytes):
    return (raw[i : i + 1] for i in range(len(raw)))


def test_frames_as_deployed_nodes_write_them():
    """lcap-v3 appendix A4."""
    opening = bytes.fromhex("ff01 0000000000000013 00000000") + b"TCP:[10.0.0.1]:9729"
    assert peerid_frame(PEER) == opening
    assert data_header(0x1A0) == bytes.fromhex("ff0200000000000001a00000000a")


@pytest.mark.parametrize("path", both(session_files))
def test_recorded_stream_in_any_cut(path):
    raw = path.read_bytes()
    whole = read([raw])
    assert isinstance(whole[0], PeerIdRead)
    assert isinstance(whole[-1], DataEnded)
    assert read(single_bytes(raw)) == whole
    assert read(recorded_chunks(path, raw)) == whole
    assert read([raw, b"\xff"])[-1][:2] == (FramingCode.TRUNCATED, len(raw))
    assert read([raw, b"\x00"])[-1][:2] == (FramingCode.BAD_CHECK_BYTE, len(raw))
    assert read([raw[:-1]])[-1][:2] == (FramingCode.TRUNCATED, whole[-1].header.offset)


@pytest.mark.parametrize("path", both(session_files))
def test_recorded_stream_written_again_is_the_same_bytes(path):
    raw = path.read_bytes()
    reader = WholeFrameReader()
    again = b""
    for event in [*reader.feed(raw), *reader.finish()]:
        again += peerid_frame(event.peer) if isinstance(event, PeerIdRead) else data_frame(event.payload)
    assert again == raw


def recorded_chunks(path, raw: bytes):
    """The pieces in which the recorder saw the bytes, where it wrote them down."""
    way = path.name.split(".")[-2]
    index = path.with_name(path.name.split(".")[0] + ".idx")
    if not index.exists():
        return [raw]
    rows = [line.split() for line in index.read_text().splitlines()]
    cuts = [(int(row[2]), int(row[3])) for row in rows if len(row) == 4 and row[1] == way]
    assert sum(length for _, length in cuts) == len(raw)
    return [raw[start : start + length] for start, length in cuts]


FRAMES = st.lists(
    st.one_of(
        st.binary(min_size=1, max_size=40).map(data_frame),
        st.just(HELLO),
        st.binary(max_size=9).map(lambda body: header(3, len(body)) + body),
    ),
    max_size=5,
).map(lambda frames: HELLO + b"".join(frames))


@given(FRAMES, st.lists(st.integers(0, 500), max_size=9), st.binary(max_size=20))
def test_cuts_make_no_difference(stream, places, trailing):
    raw = stream + trailing
    assert read(random_cuts(raw, places)) == read([raw]) == read(single_bytes(raw))


@given(FRAMES, st.data())
def test_cuts_make_no_difference_to_faults(stream, data):
    raw = bytearray(stream)
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    places = data.draw(st.lists(st.integers(0, 500), max_size=9))
    assert read(random_cuts(bytes(raw), places)) == read([bytes(raw)]) == read(single_bytes(bytes(raw)))


@given(st.binary())
def test_any_bytes_end_in_events(raw):
    for stream in (raw, HELLO + raw, HELLO + b"\xff\x02" + raw):
        faults = [event for event in read([stream]) if isinstance(event, tuple)]
        assert len(faults) <= 1
        assert all(code in FramingCode and 0 <= offset <= len(stream) for code, offset, _ in faults)


def fault(*parts: bytes, expected: PeerId | None = None):
    """The frames before the fault are given, nothing after it."""
    told = read([b"".join(parts) + HELLO * 3], expected=expected)
    return told[-1][:2]


@pytest.mark.parametrize(
    ("parts", "code", "offset"),
    [
        ([b"\x00"], FramingCode.BAD_CHECK_BYTE, 0),
        ([HELLO, b"\xfe"], FramingCode.BAD_CHECK_BYTE, 33),
        ([header(0, 0)], FramingCode.UNKNOWN_OPCODE, 1),
        ([header(4, 0)], FramingCode.UNKNOWN_OPCODE, 1),
        ([data_frame(b"early")], FramingCode.DATA_BEFORE_PEERID, 0),
        ([header(1, 0)], FramingCode.BAD_LENGTH, 2),
        ([header(1, -1)], FramingCode.BAD_LENGTH, 2),
        ([header(1, 51)], FramingCode.TOO_LONG, 2),
        ([HELLO, header(2, 0, 10)], FramingCode.BAD_LENGTH, 35),
        ([HELLO, header(2, -5, 10)], FramingCode.BAD_LENGTH, 35),
        ([HELLO, header(2, (1 << 30) + 1, 10)], FramingCode.TOO_LONG, 35),
        ([HELLO, header(2, (1 << 63) - 1, 10)], FramingCode.TOO_LONG, 35),
        ([header(3, -1)], FramingCode.BAD_LENGTH, 2),
        ([header(3, 1025)], FramingCode.TOO_LONG, 2),
        ([header(1, 6), b"nobody"], FramingCode.BAD_PEERID, 14),
        ([header(1, 21), "TCP:[10.0.0.1]:972é".encode()], FramingCode.BAD_PEERID, 14),
        ([header(1, 8), b"10.0.0.1"], FramingCode.BAD_PEERID, 14),
        ([HELLO, peerid_frame(OTHER)], FramingCode.CONFLICTING_PEERID, 47),
    ],
)
def test_broken_streams(parts, code, offset):
    assert fault(*parts) == (code, offset)


def test_every_code_of_a_broken_stream_is_reachable():
    table = next(mark for mark in test_broken_streams.pytestmark if mark.name == "parametrize")
    assert {code for _, code, _ in table.args[1]} | {FramingCode.TRUNCATED} == set(FramingCode)


def test_dialled_identity_must_answer():
    assert fault(peerid_frame(OTHER), expected=PEER) == (FramingCode.CONFLICTING_PEERID, 14)
    assert read([HELLO], expected=PEER)[-1].peer == PEER


def test_other_spellings_of_the_same_peer_are_the_same_peer():
    text = b"tcp:[10.0.0.1]:09729"
    told = read([HELLO + header(1, len(text)) + text], expected=PEER)
    assert [event.text for event in told] == [str(PEER), text.decode()]
    assert {event.peer for event in told} == {PEER}


def test_close_and_unknown_protocols_are_read_past():
    raw = header(3, 0) + HELLO + header(3, 2) + b"xx" + header(2, 3, 7) + b"old" + data_frame(b"new")
    reader = WholeFrameReader()
    told = reader.feed(raw) + reader.finish()
    assert [type(event) for event in told] == [CloseRead, PeerIdRead, CloseRead, DataFrame, DataFrame]
    assert [(event.header.protocol, event.payload) for event in told[-2:]] == [(7, b"old"), (10, b"new")]
    assert told[-1].header == FrameHeader(len(raw) - 17, FrameOp.DATA, 3, 10)


def test_a_clean_end_is_between_frames():
    assert read([]) == []
    assert len(read([HELLO])) == 1
    for length in range(1, len(HELLO)):
        assert read([HELLO[:length]])[-1][:2] == (FramingCode.TRUNCATED, 0)


def test_nothing_follows_a_fault():
    reader = FrameReader()
    assert isinstance(reader.feed(b"\x00")[-1], FrameFault)
    assert reader.feed(HELLO) == []
    assert reader.finish() == []


def test_payloads_are_not_kept():
    size = 64 << 20
    reader = FrameReader()
    events = reader.feed(HELLO + data_header(size))
    assert isinstance(events[-1], DataBegun)
    passed = 0
    for _ in range(64):
        for event in reader.feed(b"\0" * (1 << 20)):
            passed += len(event.data) if isinstance(event, DataRead) else 0
        assert not reader._buffer
    assert passed == size
    assert reader.finish() == []


@given(peer_ids())
def test_peerid_frames(peer):
    if len(str(peer)) > 50:
        with pytest.raises(EncodeError):
            peerid_frame(peer)
    else:
        assert [event.peer for event in read([peerid_frame(peer)])] == [peer]


def test_an_identity_too_long_for_deployed_readers():
    long = PeerId.parse("TCP:[2001:db81:2222:3333:4444:5555:6666:7777]:65535")
    with pytest.raises(EncodeError) as caught:
        peerid_frame(long)
    assert caught.value.code is EncodeCode.OVER_LIMIT


@pytest.mark.parametrize("length", [0, -1, (1 << 30) + 1])
def test_frames_that_cannot_be_sent(length):
    with pytest.raises(EncodeError):
        data_header(length)
