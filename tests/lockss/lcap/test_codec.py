"""Messages against the recorded ones, field by field."""

import hashlib
import sys

import pytest

from apps.lockss.lcap import properties
from apps.lockss.lcap.blocks import LENGTH, decode_block, encode_block
from apps.lockss.lcap.codec import decode, encode
from apps.lockss.lcap.head import PREFIX
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import (
    BlockVersion,
    Header,
    Opcode,
    Poll,
    RepairReply,
    VoteBlock,
)
from tests.lockss.lcap.forged import COMMENT
from tests.lockss.lcap.recorded import LOCAL, both, message_files, read_json
from tests.shared import VECTORS, needs_shared

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
