"""Repairs: which are wanted, from whom, who gets one, and what is believed."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap import repair_content, repair_policy
from apps.lockss.lcap.agreement import Agreement, AgreementType
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.hashing import HashedUrl, HashedVersion
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import BlockVersion, VoteBlock
from apps.lockss.lcap.repair_content import RepairVerdict, stored_props, verify_repair
from apps.lockss.lcap.repair_policy import RepairAction, RepairFacts, ServeDecision, ServeFacts, Source
from apps.lockss.lcap.tally import Tally, TallyRules
from apps.lockss.lcap.verdict import UrlResult
from tests.lockss.lcap.poll_samples import NOW, OTHER, POLLER, URL, VOTERS

RULES = TallyRules(quorum=3, margin=75)
PEERS_ONLY = PollConfig(repair_from_peer_share=1.0)
PUBLISHER_ONLY = PollConfig(enable_repair_from_peer=False)
DOWN = RepairFacts(publisher_up=False)


def tallied(own, *votes, rules=RULES):
    """The row of URL: our versions and each voter's, newest first, None for not held."""
    blocks = []
    if own is not None:
        versions = tuple(
            HashedVersion(name.encode(), tuple(f"{name} {n}".encode() for n in range(len(votes))), 1, 1)
            for name in own
        )
        blocks = [HashedUrl(URL, versions, 0)]
    streams = []
    for index, vote in enumerate(votes):
        # Another URL, so that a voter without this one has not sent an empty vote.
        stream = [VoteBlock("http://example.com/", (BlockVersion(plain_hash=b"x", nonced_hash=b"y"),))]
        if vote is not None:
            stream.append(
                VoteBlock(
                    URL,
                    tuple(
                        BlockVersion(plain_hash=name.encode(), nonced_hash=f"{name} {index}".encode())
                        for name in vote
                    ),
                )
            )
        streams.append(stream)
    rows = list(Tally(blocks, streams, rules).rows())
    return next(row for row in rows if row.url == URL)


def wish(row, facts=DOWN, config=PEERS_ONLY, draws=0.5):
    return repair_policy.repair_wish(row, VOTERS, RULES, facts, config, itertools.repeat(draws))


def peers(found):
    return {VOTERS.index(source.peer) for source in found.sources if source.peer is not None}


GOOD = ["good"]


@pytest.mark.parametrize(
    ("own", "votes", "sources"),
    [
        # Damaged here: everyone who disagrees has the supported copy.
        (["bad"], [GOOD, GOOD, GOOD], {0, 1, 2}),
        (["bad"], [GOOD, GOOD, GOOD, GOOD, ["bad"]], {0, 1, 2, 3}),
        # Lost here.
        (None, [GOOD, GOOD, GOOD], {0, 1, 2}),
        (None, [GOOD, GOOD, GOOD, None], {0, 1, 2}),
        ([], [GOOD, GOOD, GOOD], {0, 1, 2}),
        # A voter that went its own way is not asked, though it disagrees as well.
        (["bad"], [GOOD, GOOD, GOOD, GOOD, ["other"]], {0, 1, 2, 3}),
        (["bad"], [GOOD, GOOD, GOOD, GOOD, None], {0, 1, 2, 3}),
        # Its head counts, with older versions of others behind it.
        (["bad"], [["good"], ["new", "good"], ["newer", "good"], ["other", "good"]], {0}),
        (["bad"], [["new", "good"]] * 3, {0, 1, 2}),
        # Nobody's word is supported by enough.
        (["bad"], [["a"], ["b"], ["c"]], set()),
        (["bad"], [GOOD, GOOD, ["other"]], set()),
        # Voters without any version to give.
        (["bad"], [[], [], []], set()),
    ],
)
def test_whom_to_ask_after_a_lost_url(own, votes, sources):
    found = wish(tallied(own, *votes))
    assert peers(found) == sources
    assert found.action is (RepairAction.REPAIR if sources else RepairAction.REPORT)
    if sources:
        assert {name.encode() for name in ("good", "new")} >= found.hashes > set()


def test_a_copy_that_we_hold_already_is_not_asked_for():
    """Its voters claim a plain hash of ours but cannot prove it: they would bring nothing."""
    row = tallied(["good", "bad"], ["x"], ["x"], ["x"])
    assert repair_policy.supported_heads(row, 3) == {b"x": (0, 1, 2)}
    liars = replace(
        row,
        voter_blocks=tuple(
            VoteBlock(URL, (BlockVersion(plain_hash=b"good", nonced_hash=b"wrong"),)) for _ in range(3)
        ),
    )
    assert repair_policy.supported_heads(liars, 3) == {}


def test_broken_heads_are_not_asked_for():
    row = tallied(["bad"], GOOD, GOOD, GOOD)
    broken = BlockVersion(plain_hash=b"good", nonced_hash=b"n", error=True)
    blocks = (VoteBlock(URL, (broken,)), *row.voter_blocks[1:])
    assert repair_policy.supported_heads(replace(row, voter_blocks=blocks), 2) == {b"good": (1, 2)}


@pytest.mark.parametrize(
    ("config", "facts", "draw", "first", "others"),
    [
        (PollConfig(), RepairFacts(), 0.24, "peer", 3),
        (PollConfig(), RepairFacts(), 0.25, "publisher", 3),
        (PollConfig(), DOWN, 0.99, "peer", 2),
        (PUBLISHER_ONLY, RepairFacts(), 0.0, "publisher", 0),
    ],
)
def test_peer_or_publisher(config, facts, draw, first, others):
    """The other one stays as what to try next."""
    found = wish(tallied(["bad"], GOOD, GOOD, GOOD), facts, config, draw)
    assert (found.sources[0].peer is None) is (first == "publisher")
    assert len(found.sources) == 1 + others


def test_neither_peer_nor_publisher():
    found = wish(tallied(["bad"], GOOD, GOOD, GOOD), DOWN, PUBLISHER_ONLY)
    assert (found.action, found.sources) == (RepairAction.REPORT, ())


@given(st.randoms())
def test_every_peer_has_its_turn(random):
    row = tallied(["bad"], GOOD, GOOD, GOOD, GOOD)
    found = repair_policy.repair_wish(row, VOTERS, RULES, DOWN, PEERS_ONLY, iter(random.random, None))
    assert peers(found) == {0, 1, 2, 3}
    assert len(found.sources) == 4


@pytest.mark.parametrize(
    ("platform", "configured", "action"),
    [
        (None, False, RepairAction.REPORT),
        (None, True, RepairAction.DELETE),
        (False, True, RepairAction.REPORT),
        (True, False, RepairAction.DELETE),
    ],
)
def test_what_only_we_hold(platform, configured, action):
    row = tallied(GOOD, None, None, None)
    assert row.result is UrlResult.LOST_POLLER_ONLY
    config = replace(PEERS_ONLY, delete_extra_files=configured)
    assert wish(row, RepairFacts(deletes_extra=platform), config).action is action


@pytest.mark.parametrize(
    ("publisher_up", "platform", "configured", "asked"),
    [
        (True, 1, -1, set()),
        (False, None, -1, set()),
        (False, None, 2, {0, 1}),
        (False, 2, -1, {0, 1}),
        (False, 0, 2, set()),
        (False, 3, -1, set()),
    ],
)
def test_without_quorum_only_what_replicas_support(publisher_up, platform, configured, asked):
    rules = replace(RULES, quorum=5)
    row = tallied(None, GOOD, GOOD, rules=rules)
    assert row.result is UrlResult.NO_QUORUM
    facts = RepairFacts(publisher_up=publisher_up, min_replicas=platform)
    assert peers(wish(row, facts, replace(PEERS_ONLY, min_replicas_for_no_quorum_repair=configured))) == asked


@pytest.mark.parametrize(
    ("own", "facts", "config", "asked", "publisher"),
    [
        (None, RepairFacts(), PEERS_ONLY, set(), False),
        (None, RepairFacts(peer_repair_if_missing=True), PEERS_ONLY, {0, 1}, False),
        (["bad"], RepairFacts(peer_repair_if_missing=True), PEERS_ONLY, set(), False),
        (["bad"], RepairFacts(publisher_when_too_close=True), PEERS_ONLY, set(), True),
        (["bad"], RepairFacts(), PollConfig(repair_from_publisher_when_too_close=True), set(), True),
        (
            ["bad"],
            RepairFacts(publisher_when_too_close=False),
            PollConfig(repair_from_publisher_when_too_close=True),
            set(),
            False,
        ),
        (["bad"], RepairFacts(publisher_up=False, publisher_when_too_close=True), PEERS_ONLY, set(), False),
    ],
)
def test_too_close(own, facts, config, asked, publisher):
    row = tallied(own, GOOD, GOOD, *((None, None) if own is None else (own, own)))
    assert row.result is UrlResult.TOO_CLOSE
    found = wish(row, facts, config)
    assert peers(found) == asked
    assert (Source(None, URL) in found.sources) is publisher


def test_a_won_url_needs_nothing():
    assert wish(tallied(GOOD, GOOD, GOOD, GOOD, ["bad"])).action is RepairAction.NONE


AGREED = {AgreementType.POR: Agreement.first(0.5, 1)}


@pytest.mark.parametrize(
    ("facts", "config", "decision"),
    [
        (ServeFacts(holds_url=True), PollConfig(), ServeDecision.NO_AGREEMENT),
        (ServeFacts(holds_url=True, agreements=(AGREED,)), PollConfig(), ServeDecision.AGREED),
        (ServeFacts(holds_url=True, agreements=({}, AGREED)), PollConfig(), ServeDecision.AGREED),
        (
            ServeFacts(holds_url=True, agreements=({AgreementType.POR_HINT: Agreement.first(1.0, 1)},)),
            PollConfig(),
            ServeDecision.NO_AGREEMENT,
        ),
        (
            ServeFacts(holds_url=True, agreements=(AGREED,)),
            PollConfig(min_agreement_for_repairs=0.51),
            ServeDecision.NO_AGREEMENT,
        ),
        (ServeFacts(holds_url=False, agreements=(AGREED,)), PollConfig(), ServeDecision.UNKNOWN_URL),
        (
            ServeFacts(holds_url=True, agreements=(AGREED,)),
            PollConfig(allow_repairs=False),
            ServeDecision.DISABLED,
        ),
        (
            ServeFacts(holds_url=True, permitted=False, open_access=True, agreements=(AGREED,)),
            PollConfig(),
            ServeDecision.FORBIDDEN,
        ),
        (ServeFacts(holds_url=True, permitted=True), PollConfig(), ServeDecision.NO_AGREEMENT),
        (ServeFacts(holds_url=True, open_access=True), PollConfig(), ServeDecision.OPEN_ACCESS),
        (
            ServeFacts(holds_url=True, open_access=True),
            PollConfig(open_access_repair_needs_agreement=True),
            ServeDecision.NO_AGREEMENT,
        ),
        (ServeFacts(holds_url=True, trusted_network=True), PollConfig(), ServeDecision.NO_AGREEMENT),
        (
            ServeFacts(holds_url=True, trusted_network=True),
            PollConfig(repair_any_trusted_peer=True),
            ServeDecision.TRUSTED_NETWORK,
        ),
    ],
)
def test_who_is_served(facts, config, decision):
    found = repair_policy.may_serve(facts, config)
    assert found is decision
    assert found.serves is (
        decision in {ServeDecision.AGREED, ServeDecision.OPEN_ACCESS, ServeDecision.TRUSTED_NETWORK}
    )


def ids(*numbers):
    return tuple(PeerId("10.0.0.1", number) for number in numbers)


@pytest.mark.parametrize(
    ("pairs", "chain"),
    [
        ([], (1,)),
        ([(2, 1)], (1, 2)),
        ([(2, 1), (3, 2)], (1, 2, 3)),
        ([(2, 1), (1, 2)], (1, 2)),
        ([(1, 1)], (1,)),
        ([(3, 2)], (1,)),
    ],
)
def test_standing_is_inherited_along_a_chain(pairs, chain):
    transfer = tuple((str(ids(old)[0]), str(ids(new)[0])) for old, new in pairs)
    config = PollConfig(reputation_transfer=transfer)
    assert repair_policy.predecessors(ids(1)[0], config) == ids(*chain)


WANTED = frozenset({b"a" * 20, b"b" * 20})


@pytest.mark.parametrize(
    ("props", "plain", "failed", "verdict"),
    [
        ((), b"a" * 20, False, RepairVerdict.ACCEPTED),
        ((), b"b" * 20, False, RepairVerdict.ACCEPTED),
        ((), b"c" * 20, False, RepairVerdict.WRONG_CONTENT),
        ((), b"", False, RepairVerdict.WRONG_CONTENT),
        ((), b"a" * 20, True, RepairVerdict.WRONG_CONTENT),
        (None, b"a" * 20, False, RepairVerdict.WITHOUT_PROPS),
    ],
)
def test_a_copy_is_believed_for_its_hash_alone(props, plain, failed, verdict):
    assert verify_repair(props, plain, WANTED, failed=failed) is verdict
    assert verify_repair(props, plain, frozenset()) is not RepairVerdict.ACCEPTED


def test_which_properties_are_kept():
    sent = (
        ("content-encoding", "gzip"),
        ("content-type", "text/html"),
        ("x-lockss-checksum", "SHA-1:00"),
        ("x-lockss-node-url", URL),
        ("x-lockss-repaired-from", str(POLLER)),
        ("x_lockss-server-date", "5"),
        ("x_lockss-secret", "5"),
        ("etag", "x" * repair_content.MAX_PROP_CHARS),
    )
    assert dict(stored_props(sent, OTHER, NOW)) == {
        "content-encoding": "gzip",
        "content-type": "text/html",
        "x-lockss-node-url": URL,
        "x-lockss-repaired-from": str(OTHER),
        "x-lockss-repaired-date": str(NOW),
        "x_lockss-server-date": "5",
    }


def test_not_more_properties_than_a_file_has():
    many = tuple((f"h{number}", "") for number in range(10_000))
    assert len(stored_props(many, OTHER, NOW)) == repair_content.MAX_PROPS + 2


@pytest.mark.parametrize(
    ("url", "minor", "names"),
    [("h", 5, ("h", "h/")), ("h/", 5, ("h/",)), ("h", 6, ("h",)), ("h/", 6, ("h/",))],
)
def test_names_under_which_a_store_may_hold_a_url(url, minor, names):
    assert repair_content.held_names(url, minor) == names


@pytest.mark.parametrize(
    ("told", "held", "name"),
    [
        ("h/", (), "h/"),
        ("h", (), "h"),
        ("h//", (), "h"),
        ("other/", (), "h"),
        (None, (), "h"),
        ("h/", ("h",), "h"),
        ("h", ("h/",), "h/"),
        (None, ("h/",), "h/"),
        (None, ("h", "h/"), "h"),
    ],
)
def test_a_copy_is_stored_under_the_name_it_was_collected_by(told, held, name):
    props = () if told is None else (("x-lockss-node-url", told),)
    assert repair_content.stored_name("h", props, held) == name
