"""Broken messages by code and offset, values at their edges, and values that cannot be sent."""

import pytest

from apps.lockss.lcap.blocks import LENGTH, encode_block
from apps.lockss.lcap.codec import decode, encode
from apps.lockss.lcap.errors import EncodeCode, EncodeError, MessageCode
from apps.lockss.lcap.head import PREFIX
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import (
    BlockVersion,
    EvaluationReceipt,
    Header,
    Nak,
    Nominate,
    PollAck,
    Vote,
    VoteBlock,
    VoteRequest,
)
from tests.lockss.lcap.forged import fault, prefixed

VOTE = b"opcode=15\n"
BLOCK = encode_block(VoteBlock("u", (BlockVersion(plain_hash=b"p"),)))


@pytest.mark.parametrize(
    ("raw", "code", "offset"),
    [
        (b"", MessageCode.TRUNCATED, 0),
        (b"lpn", MessageCode.BAD_SIGNATURE, 0),
        (b"lpm\x02", MessageCode.BAD_VERSION, 3),
        (b"lpm\x03\x04", MessageCode.BAD_VERSION, 4),
        (prefixed(b"opcode=99"), MessageCode.UNKNOWN_OPCODE, 29),
        (prefixed(b""), MessageCode.UNKNOWN_OPCODE, 29),
        (prefixed(b"opcode=ten"), MessageCode.UNKNOWN_OPCODE, 29),
        (prefixed(b"opcode=10\nx=\\uQ"), MessageCode.BAD_PROPERTIES, 29),
        (prefixed(b"opcode=10").replace(b"=10", b"=11"), MessageCode.BAD_CHECKSUM, 29),
        (PREFIX.pack(b"lpm", 3, 5, b"", -1), MessageCode.BAD_LENGTH, 25),
        (PREFIX.pack(b"lpm", 3, 5, b"", (1 << 20) + 1), MessageCode.OVER_LIMIT, 25),
        (prefixed(b"opcode=10\npollerNonce=AAA"), MessageCode.BAD_VALUE, 29),
        (prefixed(b"opcode=10\npollerNonce=AA\\n=="), MessageCode.BAD_VALUE, 29),
        (prefixed(b"opcode=10\npollerNonce=-_AA"), MessageCode.BAD_VALUE, 29),
        (prefixed(b"opcode=10\npollerNonce=" + b"AAAA" * 400), MessageCode.OVER_LIMIT, 29),
        (prefixed(b"opcode=10\nkey=" + b"k" * 256), MessageCode.OVER_LIMIT, 29),
        (prefixed(b"opcode=10\norigId=nobody"), MessageCode.BAD_IDENTITY, 29),
        (prefixed(b"opcode=13\nnominees=" + b"x," * 257), MessageCode.OVER_LIMIT, 29),
        (prefixed(b"opcode=17\nrepairProps=%"), MessageCode.BAD_VALUE, 29),
        (prefixed(VOTE, -1), MessageCode.BAD_LENGTH, 39),
        (prefixed(VOTE, 10_000_001), MessageCode.OVER_LIMIT, 39),
        (prefixed(b"opcode=10\n", 1), MessageCode.BAD_LENGTH, 39),
        (prefixed(VOTE, 0, 1), MessageCode.BAD_LENGTH, 39),
        (prefixed(b"opcode=17\n", 0, -1), MessageCode.BAD_LENGTH, 39),
        (prefixed(b"opcode=17\n", 0, (1 << 30) + 1), MessageCode.OVER_LIMIT, 39),
        (prefixed(VOTE, 2) + BLOCK, MessageCode.TRUNCATED, 51 + len(BLOCK)),
        (prefixed(VOTE, 1) + BLOCK + BLOCK, MessageCode.TRAILING_BYTES, 51 + len(BLOCK)),
        (prefixed(VOTE, 1) + LENGTH.pack(32_768), MessageCode.OVER_LIMIT, 51),
        (prefixed(VOTE, 2) + BLOCK + LENGTH.pack(4) + b"vn=\n", MessageCode.BAD_BLOCK, 53 + len(BLOCK)),
        (prefixed(VOTE, 1) + LENGTH.pack(10) + b"url=u\nvt=7", MessageCode.BAD_BLOCK, 53),
        (prefixed(VOTE, 1) + LENGTH.pack(9) + b"url=u\nvn=", None, None),
        (prefixed(VOTE, 1) + LENGTH.pack(10) + b"url=u\nvn=%", MessageCode.BAD_VALUE, 53),
        (
            prefixed(VOTE, 1) + LENGTH.pack(6 + 3 + 129 * 6) + b"url=u\nvn=" + b"AAAA\\n" * 129,
            MessageCode.OVER_LIMIT,
            53,
        ),
    ],
)
def test_faults_and_where_they_are(raw, code, offset):
    if code is None:
        assert decode(raw).vote_blocks == (VoteBlock("u"),)
    else:
        assert fault(raw) == (code, offset)


def test_every_code_of_a_broken_message_is_reachable():
    table = next(mark for mark in test_faults_and_where_they_are.pytestmark if mark.name == "parametrize")
    assert {code for _, code, _ in table.args[1]} - {None} == set(MessageCode)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        (b"duration=12x", "duration_s", 0),
        (b"duration=+12", "duration_s", 12),
        (b"duration=-7", "duration_s", -7),
        (b"duration=2147483648", "duration_s", 0),
        (b"duration=-2147483648", "duration_s", -2147483648),
        (b"voteduration=9223372036854775807", "vote_duration_ms", 9223372036854775807),
        (b"voteduration=9223372036854775808", "vote_duration_ms", 0),
        (b"groups=Alpha; beta ;;", "groups", ("alpha", "beta")),
        (b"au=", "auid", ""),
        (b"pollerNonce=", "poller_nonce", b""),
        (b"", "auid", "UNKNOWN"),
        (b"", "hash_algorithm", ""),
        (b"", "orig_id", None),
    ],
)
def test_header_values(text, field, value):
    assert getattr(decode(prefixed(b"opcode=14\n" + text)).header, field) == value


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (b"1.0", 1.0),
        (b"0.6666666865348816", 0.6666666865348816),
        (b"1.0E-4", 0.0001),
        (b".5", 0.5),
        (b"-1.0", None),
        (b"1.5", None),
        (b"NaN", None),
        (b"Infinity", None),
        (b"1e999", None),
        (b"0,5", None),
        (b"", None),
    ],
)
def test_hints(text, hint):
    assert decode(prefixed(b"opcode=18\nagreementHint=" + text)).agreement_hint == hint


def test_unknown_refusal_is_still_a_refusal():
    ack = decode(prefixed(b"opcode=11\nvoterNonce=AAAA\nnak=NAK_FROM_THE_FUTURE"))
    assert ack.nak is Nak.UNKNOWN
    assert not ack.accepted
    assert decode(prefixed(b"opcode=11\nvoterNonce=AAAA")).accepted
    assert not decode(prefixed(b"opcode=11")).accepted
    assert not PollAck(Header(), nak=Nak.NO_AU).accepted


def test_nominees_that_name_nobody_are_left_out():
    raw = prefixed(b"opcode=13\nnominees=TCP\\:[10.0.0.1]\\:1,10.0.0.2, tcp\\:[10.0.0.3]\\:3 ,,")
    assert decode(raw) == Nominate(Header(hash_algorithm=""), (PeerId("10.0.0.1", 1), PeerId("10.0.0.3", 3)))


@pytest.mark.parametrize("minor", [5, 6, 7, 255])
def test_every_later_revision_is_read(minor):
    assert decode(prefixed(b"opcode=14", minor=minor)).header.minor == minor


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (VoteRequest(Header(duration_s=1 << 31)), EncodeCode.BAD_VALUE),
        (VoteRequest(Header(minor=4)), EncodeCode.BAD_VALUE),
        (VoteRequest(Header(minor=256)), EncodeCode.BAD_VALUE),
        (VoteRequest(Header(auid="\ud800")), EncodeCode.BAD_VALUE),
        (VoteRequest(Header(auid="a" * (1 << 20))), EncodeCode.OVER_LIMIT),
        (EvaluationReceipt(Header(), agreement_hint=1.5), EncodeCode.BAD_VALUE),
        (EvaluationReceipt(Header(), agreement_hint=float("nan")), EncodeCode.BAD_VALUE),
        (Vote(Header(), (VoteBlock("u" * 32_767),)), EncodeCode.BLOCK_TOO_LONG),
    ],
)
def test_values_without_a_wire_form(message, code):
    with pytest.raises(EncodeError) as caught:
        encode(message)
    assert caught.value.code is code


def test_longest_block_that_deployed_readers_take():
    room = 32_767 - len(encode_block(VoteBlock("u"))) + LENGTH.size + 1
    record = encode_block(VoteBlock("u" * room))
    assert LENGTH.unpack_from(record) == (32_767,)
    vote = Vote(Header(), (VoteBlock("u" * room),))
    assert decode(encode(vote)) == vote
    with pytest.raises(EncodeError):
        encode_block(VoteBlock("u" * (room + 1)))
