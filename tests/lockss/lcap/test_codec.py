"""Messages against the recorded ones, field by field, and the law decode ∘ encode = identity."""

import hashlib
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.errors import PeerError
from apps.lockss.lcap import properties
from apps.lockss.lcap.blocks import LENGTH, decode_block, encode_block
from apps.lockss.lcap.codec import body_blocks, decode, encode, iter_blocks, iter_repair
from apps.lockss.lcap.errors import EncodeCode, EncodeError, MessageCode, MessageError
from apps.lockss.lcap.head import COUNTS, PREFIX, encode_head
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.limits import Limits
from apps.lockss.lcap.messages import (
    BlockVersion,
    EvaluationReceipt,
    Header,
    Nak,
    Nominate,
    Opcode,
    Poll,
    PollAck,
    RepairReply,
    Vote,
    VoteBlock,
    VoteRequest,
)
from apps.lockss.strategies_lcap import messages, vote_blocks
from tests.lockss.lcap.recorded import LOCAL, both, message_files, random_cuts, read_json
from tests.shared import VECTORS, needs_shared

COMMENT = "Sat Nov 21 03:17:45 UTC 2026"
NAMES = {
    Opcode.POLL: "Poll",
    Opcode.POLL_ACK: "PollAck",
    Opcode.POLL_PROOF: "PollProof",
    Opcode.NOMINATE: "Nominate",
    Opcode.VOTE_REQUEST: "VoteRequest",
    Opcode.VOTE: "Vote",
    Opcode.REPAIR_REQUEST: "RepairReq",
    Opcode.REPAIR_REPLY: "RepairRep",
    Opcode.EVALUATION_RECEIPT: "EvaluationReceipt",
    Opcode.NO_OP: "NoOp",
}
# What the recorder says about the file and about Java, not about the message.
ABOUT_THE_FILE = {"file", "length", "sha256", "java_decode_ok", "nakText"}
# How the recorder names the fields of a header.
HEADER_FIELDS = {
    "au": lambda header: header.auid,
    "key": lambda header: header.key,
    "plugVer": lambda header: header.plugin_version,
    "hashAlgorithm": lambda header: header.hash_algorithm,
    "durationSec": lambda header: header.duration_s,
    "elapsedSec": lambda header: header.elapsed_s,
    "groups": lambda header: ";".join(header.groups),
    "modulus": lambda header: header.modulus,
    "voteduration": lambda header: header.vote_duration_ms,
    "origId": lambda header: str(header.orig_id),
    "destId": lambda header: str(header.dest_id),
    "sampleNonce_hex": lambda header: header.sample_nonce.hex() or None,
    "pollerNonce_hex": lambda header: header.poller_nonce.hex() or None,
    "voterNonce_hex": lambda header: header.voter_nonce.hex() or None,
    "voterNonce2_hex": lambda header: header.voter_nonce2.hex() or None,
}
OWN_FIELDS = {
    "opcode": lambda message: message.opcode.value,
    "opcodeName": lambda message: NAMES[message.opcode],
    "votecomplete": lambda message: getattr(message, "complete", False),
    "effortproof_hex": lambda message: message.effort_proof.hex(),
    "nak": lambda message: message.nak.value,
    "nominees": lambda message: [str(peer) for peer in message.nominees],
    "url": lambda message: message.url,
    "repairProps": lambda message: dict(message.repair_props),
    "repairDataLen": lambda message: len(message.repair_bytes),
    "repairData_hex": lambda message: message.repair_bytes.hex(),
    "agreementHint": lambda message: message.agreement_hint,
    "weightedAgreementHint": lambda message: message.weighted_agreement_hint,
    "voteBlocks": lambda message: [told_block(block) for block in message.vote_blocks],
}


def told_block(block):
    return {
        "url": block.url,
        "voteType": block.vote_type.value,
        "versions": [
            {
                "filteredOffset": version.filtered_offset,
                "filteredLength": version.filtered_length,
                "unfilteredOffset": version.unfiltered_offset,
                "unfilteredLength": version.unfiltered_length,
                "plainHash_hex": version.plain_hash.hex(),
                "noncedHash_hex": version.nonced_hash.hex(),
                "hashError": version.error,
            }
            for version in block.versions
        ],
    }


@pytest.mark.parametrize("path", both(message_files))
def test_recorded_message(path):
    raw = path.read_bytes()
    message = decode(raw)
    told = read_json(path.with_suffix(".json"))
    assert (len(raw), hashlib.sha256(raw).hexdigest()) == (told["length"], told["sha256"])
    for key, value in told.items():
        if key in ABOUT_THE_FILE:
            continue
        found = HEADER_FIELDS[key](message.header) if key in HEADER_FIELDS else OWN_FIELDS[key](message)
        assert found == without_bytes(value), key
    assert decode(encode(message)) == message
    assert decode(encode(message, COMMENT)) == message


def without_bytes(value):
    """Vote blocks are also told as raw text, which no decoded value has."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [{key: part for key, part in block.items() if key != "encoded_hex"} for block in value]
    return value


@pytest.mark.parametrize("path", both(message_files))
def test_recorded_message_says_nothing_that_we_lose(path):
    """Every property of the recorded block is in ours with the same value, order aside."""
    assert entries(encode(decode(path.read_bytes()))) == entries(path.read_bytes())


def entries(raw: bytes) -> dict[str, str]:
    length = PREFIX.unpack_from(raw)[4]
    found = properties.load(raw[PREFIX.size : PREFIX.size + length], max_entries=99)
    if "repairProps" in found:
        stored = dict(decode(raw).repair_props)
        return {**found, "repairProps": stored}
    return found


@needs_shared
def test_how_many_messages_were_seen(capsys):
    found = message_files(VECTORS)
    with capsys.disabled():
        print(f"\nLCAP messages seen under the shared vectors: {len(found)}", file=sys.stderr)
    assert len(found) >= 30


@needs_shared
def test_recorded_vote_blocks():
    told = read_json(VECTORS / "messages" / "voteblocks.json")
    for one in told:
        record = bytes.fromhex(one.pop("encoded_hex"))
        block = decode_block(record)
        assert told_block(block) == one
        again = encode_block(block)
        assert decode_block(again[LENGTH.size :]) == block
        assert LENGTH.unpack_from(again) == (len(again) - LENGTH.size,)
    assert any(not one["versions"] for one in told)


def test_lengths_are_read_where_they_were_written():
    """The Java decoder swaps the two lengths; the text on the wire is right, and we read that."""
    quirk = read_json(LOCAL / "misc" / "voteblock_decode_swap.json")
    written = (quirk["encoded_filteredLength"], quirk["encoded_unfilteredLength"])
    assert written == (quirk["java_decoded_unfilteredLength"], quirk["java_decoded_filteredLength"])
    version = decode((LOCAL / "messages" / "vote.bin").read_bytes()).vote_blocks[0].versions[0]
    assert (version.filtered_length, version.unfiltered_length) == written
    sent = BlockVersion(filtered_length=written[0], unfiltered_length=written[1])
    record = encode_block(VoteBlock("u", (sent,)))
    assert decode_block(record[LENGTH.size :]).versions == (sent,)


def test_golden_poll():
    """lcap-v3 appendix A1."""
    raw = bytes.fromhex((LOCAL / "golden" / "poll.hex").read_text())
    message = decode(raw)
    assert message == Poll(
        Header(
            key="AQIDBAUGBwgJCgsMDQ4PEBESExQ=",
            auid="org|lockss|plugin|simulated|SimulatedPlugin&root~%2Ftmp",
            orig_id=PeerId("10.0.0.1", 9729),
            plugin_version="1",
            duration_s=599,
            poller_nonce=bytes(range(0x20, 0x34)),
            groups=("test",),
            vote_duration_ms=300_000,
        ),
        bytes(range(0x40, 0x54)),
    )
    assert decode(encode(message)) == message


def test_texts_that_java_accepts():
    """lcap-v3 appendix A7: no comment, any order of keys, escaped surrogate pairs, nested properties."""
    url = "http://x/😀é"
    reply = RepairReply(Header(key="k"), url, (("content-type", "text/plain"),), b"hello")
    raw = encode(reply)
    assert b"url=http\\://x/\\uD83D\\uDE00\\u00E9\n" in raw
    assert decode(raw) == reply


@given(messages(), st.sampled_from(["", COMMENT]))
def test_what_is_encoded_decodes_to_the_same(message, comment):
    assert decode(encode(message, comment)) == message


@given(messages(), st.lists(st.integers(0, 5000), max_size=8))
def test_bodies_read_piece_by_piece(message, places):
    raw = encode(message)
    assert tuple(iter_blocks(random_cuts(raw, places))) == body_blocks(message)
    assert b"".join(iter_repair(random_cuts(raw, places))) == getattr(message, "repair_bytes", b"")


@given(messages(), st.binary(min_size=1, max_size=9))
def test_trailing_bytes_are_refused(message, trailing):
    raw = encode(message)
    assert fault(raw + trailing) == (MessageCode.TRAILING_BYTES, len(raw))


@given(messages(), st.data())
def test_cut_short(message, data):
    raw = encode(message)
    length = data.draw(st.integers(0, len(raw) - 1))
    assert fault(raw[:length]) == (MessageCode.TRUNCATED, length)


@given(messages(), st.data())
def test_damaged_bytes_are_a_message_or_a_peers_fault(message, data):
    raw = bytearray(encode(message, COMMENT))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    outcome(bytes(raw))


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "opcode",
                "origId",
                "destId",
                "key",
                "au",
                "hashAlgorithm",
                "plugVer",
                "duration",
                "elapsed",
                "modulus",
                "sampleNonce",
                "pollerNonce",
                "voterNonce",
                "groups",
                "votecomplete",
                "url",
                "nak",
                "effortproof",
                "nominees",
                "repairProps",
                "agreementHint",
            ]
        ),
        st.text()
        | st.sampled_from(["10", "15", "17", "-1", "NAK_NO_AU", "AAAA", "AA==", "A", "1e999", "TCP:[::1]:1"]),
    ),
    st.integers(-2, 3),
    st.integers(-2, 3),
    st.binary(max_size=40),
)
def test_sound_checksum_over_nonsense(properties_, blocks, repair, body):
    raw = properties.dump(properties_)
    message = outcome(prefixed(raw, blocks, repair) + body)
    if message is not None:
        assert decode(encode(message)) == message


@given(st.binary())
def test_any_bytes(raw):
    outcome(raw)
    outcome(b"lpm\x03\x05" + raw)


def outcome(raw: bytes):
    """The message or None; anything raised but a fault of the peer's fails the test."""
    try:
        return decode(raw)
    except PeerError as error:
        assert isinstance(error, MessageError) and error.offset is not None and 0 <= error.offset <= len(raw)  # noqa: PT017, PT018
        return None


def fault(raw: bytes, limits: Limits | None = None):
    with pytest.raises(MessageError) as caught:
        decode(raw, limits or Limits())
    return caught.value.code, caught.value.offset


def prefixed(raw: bytes, blocks: int = 0, repair: int = 0, minor: int = 5) -> bytes:
    digest = hashlib.sha1(raw).digest()
    return PREFIX.pack(b"lpm", 3, minor, digest, len(raw)) + raw + COUNTS.pack(blocks, repair)


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


def test_head_announces_a_body_that_follows_later():
    vote = Vote(Header(key="k"))
    blocks = [VoteBlock("a"), VoteBlock("b")]
    raw = encode_head(vote, 2, 0) + b"".join(encode_block(block) for block in blocks)
    assert decode(raw) == replace(vote, vote_blocks=tuple(blocks))


@given(vote_blocks())
def test_blocks(block):
    assert decode_block(encode_block(block)[LENGTH.size :]) == block


def test_blocks_before_a_fault_are_given():
    raw = prefixed(VOTE, 3) + BLOCK + LENGTH.pack(4) + b"vn=\n"
    given_blocks = iter_blocks([raw])
    assert next(given_blocks).url == "u"
    with pytest.raises(MessageError):
        next(given_blocks)
