"""Core states as JSON in a real column and back: equal, whatever a peer or a person may have named."""

import json

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import Jsonb
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.lockss.errors import PeerError
from apps.lockss.lcap.agreement import float32
from apps.lockss.lcap.effects import StartHash, TallyReady, VerifyRepair
from apps.lockss.lcap.hashing import HashedUrl, HashedVersion
from apps.lockss.lcap.messages import props_of
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollCode, PollStatus, PollVariant, VoterStatus
from apps.lockss.lcap.poller_state import (
    Participant,
    ParticipantPhase,
    PollPhase,
    PollSetup,
    PollState,
    Repair,
    RepairPhase,
)
from apps.lockss.lcap.repair_policy import Source
from apps.lockss.lcap.tally import TallyRules, UrlTally
from apps.lockss.lcap.totals import PollTotals, TallySummary, WeightedCounts
from apps.lockss.lcap.verdict import UrlResult, Verdict, VoteCounts
from apps.lockss.lcap.voter_state import VoterPhase, VoterState
from apps.lockss.strategies_lcap import NAKS, NONCES, peer_ids, vote_blocks
from apps.polls import store, values
from tests.lockss.lcap.poll_samples import participant, poll_state, repair, voted_state
from tests.polls.conftest import call, good

# Also what PostgreSQL cannot hold: NUL, halves of surrogate pairs, and our own escape.
TEXTS = st.text(max_size=20) | st.text(alphabet='a\0\x1b0d\ud800\udfff\n"\\é😀', max_size=12)
TIMES = st.integers(0, 1 << 45)
COUNTS = st.integers(0, 1 << 31)
SHARES = st.floats(0.0, 1.0).map(float32)
REFS = st.sampled_from(["", "0123456789abcdef"])
SUMS = st.floats(0, 1e9)
HASHES = st.binary(min_size=20, max_size=32)


def each(kind, **fields) -> st.SearchStrategy:
    return st.builds(kind, **fields)


sources = each(Source, peer=st.none() | peer_ids(), name=TEXTS)
counts = each(
    VoteCounts,
    **dict.fromkeys(("agreed", "disagreed", "poller_only", "voter_only", "neither", "spoiled"), COUNTS),
)
totals = each(
    PollTotals, **dict.fromkeys(("agreed", "disagreed", "too_close", "no_quorum", "poller_only"), SUMS)
)
setups = each(
    PollSetup,
    key=TEXTS,
    auid=TEXTS,
    own_id=peer_ids(),
    groups=st.lists(TEXTS, max_size=3).map(tuple),
    plugin_version=TEXTS,
    hash_algorithm=TEXTS,
    variant=st.sampled_from(PollVariant),
    modulus=COUNTS,
    sample_nonce=NONCES,
    weighted=st.booleans(),
)
polls = each(
    PollState,
    setup=setups,
    quorum=COUNTS,
    margin=COUNTS,
    target=COUNTS,
    created_ms=TIMES,
    vote_deadline_ms=TIMES,
    tally_end_ms=TIMES,
    poll_deadline_ms=TIMES,
    next_invitation_ms=st.none() | TIMES,
    phase=st.sampled_from(PollPhase),
    status=st.sampled_from(PollStatus),
    frozen=st.lists(peer_ids(), max_size=3).map(tuple),
    blocks_ref=REFS,
    quorate=st.booleans(),
    urls=COUNTS,
    totals=totals,
    weighted_totals=st.none() | totals,
    ended_ms=st.none() | TIMES,
    detail=TEXTS,
)
participants = each(
    Participant,
    peer=peer_ids(),
    minor=st.integers(5, 255),
    poller_nonce=NONCES,
    invited_ms=TIMES,
    phase=st.sampled_from(ParticipantPhase),
    status=st.sampled_from(ParticipantStatus),
    voter_nonce=NONCES,
    voter_nonce2=NONCES,
    nominees=st.lists(peer_ids(), max_size=3).map(tuple),
    nak=NAKS,
    blocks_ref=REFS,
    counts=st.none() | counts,
    weighted_agreement=st.none() | SHARES,
)
repair_states = each(
    Repair,
    url=TEXTS,
    reason=st.sampled_from(UrlResult),
    hashes=st.frozensets(HASHES, max_size=3),
    sources=st.lists(sources, max_size=3).map(tuple),
    asked=st.lists(sources, max_size=3).map(tuple),
    asked_ms=TIMES,
    phase=st.sampled_from(RepairPhase),
    checking=st.none() | sources,
    result=st.none() | st.sampled_from(UrlResult),
)
voters = each(
    VoterState,
    **dict.fromkeys(("key", "auid", "plugin_version", "hash_algorithm"), TEXTS),
    **dict.fromkeys(("own_id", "poller"), peer_ids()),
    **dict.fromkeys(("sample_nonce", "poller_nonce", "voter_nonce", "voter_nonce2"), NONCES),
    **dict.fromkeys(
        ("created_ms", "vote_deadline_ms", "poll_deadline_ms", "hash_start_ms", "hash_finish_ms"), TIMES
    ),
    **dict.fromkeys(("samples", "weighted", "hashing_done", "vote_requested"), st.booleans()),
    **dict.fromkeys(("agreement_hint", "weighted_agreement_hint"), st.none() | SHARES),
    minor=st.integers(5, 255),
    groups=st.lists(TEXTS, max_size=3).map(tuple),
    modulus=COUNTS,
    phase=st.sampled_from(VoterPhase),
    status=st.sampled_from(VoterStatus),
    blocks_ref=REFS,
    symmetric_ref=REFS,
    repairs_served=COUNTS,
)
rules = each(TallyRules, quorum=COUNTS, margin=st.integers(1, 100), slashless=st.booleans())
start_hashes = each(
    StartHash,
    challenges=st.lists(NONCES, max_size=4).map(tuple),
    algorithm=TEXTS,
    modulus=COUNTS,
    sample_nonce=NONCES,
    earliest_start_ms=TIMES,
    latest_finish_ms=TIMES,
    slashless=st.booleans(),
    participants=st.lists(peer_ids(), max_size=3).map(tuple),
    symmetric=st.lists(peer_ids(), max_size=3).map(tuple),
    local=st.booleans(),
)
tally_requests = each(
    TallyReady,
    blocks_ref=REFS,
    participants=st.lists(peer_ids(), max_size=3).map(tuple),
    votes=st.lists(REFS, max_size=3).map(tuple),
    rules=rules,
)
verifications = each(
    VerifyRepair,
    url=TEXTS,
    source=sources,
    props=st.none() | st.dictionaries(TEXTS, TEXTS, max_size=4).map(props_of),
    body_ref=TEXTS,
    hashes=st.frozensets(HASHES, max_size=3),
)
hashed_versions = each(
    HashedVersion,
    plain=HASHES,
    nonced=st.lists(HASHES, max_size=3).map(tuple),
    filtered_length=COUNTS,
    unfiltered_length=COUNTS,
    failure=TEXTS,
)
hashed_urls = each(
    HashedUrl, url=TEXTS, versions=st.lists(hashed_versions, max_size=3).map(tuple), hashed_bytes=COUNTS
)
tallies = each(
    UrlTally,
    url=TEXTS,
    result=st.sampled_from(UrlResult),
    verdicts=st.lists(st.sampled_from(Verdict), max_size=4).map(tuple),
    poller_block=st.none() | hashed_urls,
    voter_blocks=st.lists(st.none() | vote_blocks(), max_size=3).map(tuple),
)
ALL = st.one_of(
    *(polls, participants, repair_states, voters, start_hashes, tally_requests, verifications, tallies)
)


@given(value=ALL)
@settings(max_examples=300, deadline=None)
def test_what_is_kept_comes_back(value):
    kept = values.dump(value)
    back = values.load(kept, type(value))
    assert back == value
    assert [type(getattr(back, name)) for name in type(value).__dataclass_fields__] == [
        type(getattr(value, name)) for name in type(value).__dataclass_fields__
    ]


@given(value=ALL)
@settings(max_examples=300, deadline=None)
def test_what_is_kept_is_json_that_a_column_can_hold(value):
    text = json.dumps(values.dump(value), allow_nan=False, ensure_ascii=False)
    assert values.load(json.loads(text), type(value)) == value
    assert "\\u0000" not in text
    text.encode()


@pytest.mark.django_db
@given(text=TEXTS)
@settings(max_examples=60, deadline=None)
def test_through_the_database(text):
    value = poll_state(detail=text)
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb", [Jsonb(values.dump(value))])
        assert values.load(json.loads(cursor.fetchone()[0]), PollState) == value


@pytest.mark.parametrize(
    "value",
    [
        poll_state(),
        poll_state(phase=PollPhase.CLOSED, ended_ms=1, weighted_totals=PollTotals(agreed=0.5)),
        *(participant(1, phase) for phase in ParticipantPhase),
        repair("http://e/x", 1, 2, asked=(3,)),
        voted_state(),
        TallySummary(
            counts=(VoteCounts(agreed=1),),
            totals=PollTotals(),
            urls=1,
            quorate=True,
            faults=(None,),
            weighted_counts=(WeightedCounts(agreed=0.25),),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_samples_of_every_phase(value):
    assert values.load(values.dump(value), type(value)) == value


def test_a_fault_keeps_its_words():
    summary = TallySummary(
        counts=(VoteCounts(),),
        totals=PollTotals(),
        urls=0,
        quorate=False,
        faults=(PeerError(PollCode.EMPTY_VOTE, "a vote without blocks"),),
    )
    (fault,) = values.load(values.dump(summary), TallySummary).faults
    assert (fault.message, fault.code) == ("a vote without blocks", PollCode.SPOILED_VOTE)


@pytest.mark.django_db
def test_rows_of_a_poll_give_the_state_that_made_them(au, bridge):
    for _ in range(3):
        bridge.peer(good())
    poll = call(au, bridge)
    state = store.load_poller(poll)
    assert state.poll.status == poll.status
    assert [str(each.peer) for each in state.participants] == [
        row.peer.identity for row in poll.participants.select_related("peer")
    ]
    assert values.dump(state.poll) == poll.state
