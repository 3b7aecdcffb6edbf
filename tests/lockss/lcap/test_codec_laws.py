"""The law decode ∘ encode = identity, and hostile bytes: a message or a peer's fault, nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap import properties
from apps.lockss.lcap.blocks import LENGTH, decode_block, encode_block
from apps.lockss.lcap.codec import body_blocks, decode, encode, iter_blocks, iter_repair
from apps.lockss.lcap.errors import MessageCode, MessageError
from apps.lockss.lcap.head import encode_head
from apps.lockss.lcap.messages import BlockVersion, Header, Vote, VoteBlock
from apps.lockss.strategies_lcap import messages, vote_blocks
from tests.lockss.lcap.forged import COMMENT, fault, outcome, prefixed
from tests.lockss.lcap.recorded import random_cuts

VOTE = b"opcode=15\n"
BLOCK = encode_block(VoteBlock("u", (BlockVersion(plain_hash=b"p"),)))


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
