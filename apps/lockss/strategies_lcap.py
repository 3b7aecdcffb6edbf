"""Hypothesis strategies for LCAP values; imported by tests only."""

from hypothesis import strategies as st

from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import (
    BlockVersion,
    EvaluationReceipt,
    Header,
    Message,
    Nak,
    Nominate,
    NoOp,
    Poll,
    PollAck,
    PollProof,
    RepairReply,
    RepairRequest,
    Vote,
    VoteBlock,
    VoteRequest,
    VoteType,
    props_of,
)

INT32 = st.integers(-(1 << 31), (1 << 31) - 1)
INT64 = st.integers(-(1 << 63), (1 << 63) - 1)
NONCES = st.binary(max_size=40)
HASHES = st.binary(max_size=64)
SHARES = st.none() | st.floats(0.0, 1.0)
NAKS = st.none() | st.sampled_from(Nak)
# Characters that the text forms escape, beside all others.
TEXTS = st.text() | st.text(alphabet=" \t\n\r\f\\=:#!/ué😀ab")
URLS = st.text(min_size=1, max_size=40) | st.text(alphabet="abé/-.:?😀ｚ=", min_size=1, max_size=12)
GROUPS = st.lists(st.text(alphabet="abcz09-_.", min_size=1, max_size=8), max_size=3).map(tuple)


def peer_ids() -> st.SearchStrategy[PeerId]:
    ports = st.integers(0, 65_535)
    return st.builds(lambda ip, port: PeerId.parse(f"TCP:[{ip}]:{port}"), st.ip_addresses(), ports)


def headers() -> st.SearchStrategy[Header]:
    return st.builds(
        Header,
        key=TEXTS.filter(lambda text: len(text) <= 255),
        auid=TEXTS,
        orig_id=st.none() | peer_ids(),
        dest_id=st.none() | peer_ids(),
        hash_algorithm=TEXTS,
        plugin_version=TEXTS,
        duration_s=INT32,
        elapsed_s=INT32,
        modulus=INT32,
        sample_nonce=NONCES,
        poller_nonce=NONCES,
        voter_nonce=NONCES,
        voter_nonce2=NONCES,
        groups=GROUPS,
        vote_duration_ms=INT64,
        minor=st.integers(5, 255),
    )


def noop_headers() -> st.SearchStrategy[Header]:
    """Of a NO_OP's header only these travel."""
    return st.builds(
        Header,
        orig_id=st.none() | peer_ids(),
        dest_id=st.none() | peer_ids(),
        sample_nonce=NONCES,
        poller_nonce=NONCES,
        voter_nonce=NONCES,
        voter_nonce2=NONCES,
        minor=st.integers(5, 255),
    )


def block_versions() -> st.SearchStrategy[BlockVersion]:
    return st.builds(
        BlockVersion,
        plain_hash=HASHES,
        nonced_hash=HASHES,
        filtered_length=INT64,
        unfiltered_length=INT64,
        filtered_offset=INT64,
        unfiltered_offset=INT64,
        error=st.booleans(),
    )


def vote_blocks() -> st.SearchStrategy[VoteBlock]:
    versions = st.lists(block_versions(), max_size=5).map(tuple)
    return st.builds(VoteBlock, URLS, versions, st.sampled_from(VoteType))


def messages() -> st.SearchStrategy[Message]:
    header = headers()
    blocks = st.lists(vote_blocks(), max_size=4).map(tuple)
    stored = st.none() | st.dictionaries(TEXTS, TEXTS, max_size=5).map(props_of)
    return st.one_of(
        st.builds(Poll, header, NONCES),
        st.builds(PollAck, header, NONCES, NAKS),
        st.builds(PollProof, header, NONCES),
        st.builds(Nominate, header, st.lists(peer_ids(), max_size=5).map(tuple)),
        st.builds(VoteRequest, header),
        st.builds(Vote, header, blocks, NAKS, st.booleans()),
        st.builds(RepairRequest, header, TEXTS),
        st.builds(RepairReply, header, TEXTS, stored, st.binary()),
        st.builds(EvaluationReceipt, header, NONCES, SHARES, SHARES, blocks),
        st.builds(NoOp, noop_headers()),
    )
