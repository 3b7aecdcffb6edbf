"""Whole polls among simulated nodes, every message through the codec."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.lockss.lcap.agreement import AgreementType, share
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Nak, NoOp, Vote, VoteRequest
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollCode, PollStatus, PollVariant, VoterStatus
from apps.lockss.lcap.poller_state import RepairPhase
from tests.lockss.lcap.poll_nodes import (
    BASE,
    GOOD,
    PEERS_REPAIR,
    SIX,
    URL,
    damage,
    network_of,
    polled_before,
    refuse,
)
from tests.lockss.lcap.poll_samples import header
from tests.simulators.poll_network import PollNetwork, Transport


def test_after_a_repair_everybody_agrees_again():
    nodes = polled_before(network_of())
    damage(0)(nodes)
    network = nodes[0].network
    network.poll(nodes[0])
    assert nodes[0].highest(nodes[1].peer, AgreementType.POR) == 1.0
    assert nodes[0].agreed[nodes[1].peer, AgreementType.POR].last == share(SIX - 1, SIX)
    again = network.poll(nodes[0])
    assert again.poll.totals.agreement == 1.0
    assert {voter.counts.agreement for voter in again.participants} == {1.0}
    # The damaged version lies beneath the repaired one and is voted as well.
    assert len(nodes[0].content[URL]) == 2
    assert network.poll(nodes[1]).poll.totals.agreement == 1.0


def test_a_node_whose_content_nobody_has_seen_is_not_repaired():
    """Only symmetric polls or polls of the others earn a repair; they are off here and there were none."""
    config = replace(PollConfig.deployed_1x(), repair_from_peer_share=1.0, quorum=3)
    nodes = network_of(4, config)
    damage(0)(nodes)
    ended = nodes[0].network.poll(nodes[0])
    assert ended.poll.status is PollStatus.COMPLETE
    assert ended.poll.extended
    assert ended.repairs[0].outstanding
    assert nodes[0].repaired == []
    assert PollCode.REPAIR_NOT_SERVED in {finding.code for finding in nodes[1].findings}


def test_symmetric_polls_let_the_voters_see_the_poller():
    nodes = network_of()
    damage(0)(nodes)
    nodes[0].network.poll(nodes[0])
    expected = share(SIX - 1, SIX)
    for node in nodes[1:]:
        assert node.agreed[nodes[0].peer, AgreementType.SYMMETRIC_POR].highest == expected
        assert node.agreed[nodes[0].peer, AgreementType.POR_HINT].highest == expected
        assert (nodes[0].peer, AgreementType.POR) not in node.agreed
    # That is enough for a repair in the next poll, without a poll of their own.
    nodes[0].network.poll(nodes[0])
    assert [url for url, _ in nodes[0].repaired] == [URL]


def test_without_symmetry_the_voters_only_hear():
    nodes = network_of(config=replace(PollConfig.deployed_1x(), quorum=5))
    nodes[0].network.poll(nodes[0])
    kinds = {kind for (_, kind) in nodes[1].agreed}
    assert kinds == {AgreementType.POR_HINT}


@pytest.mark.parametrize("honours", [True, False])
def test_a_sampled_poll(honours):
    nodes = network_of(config=replace(PEERS_REPAIR, enable_pop_voting=honours, quorum=3))
    ended = nodes[0].network.poll(nodes[0], variant=PollVariant.POP, modulus=2)
    assert ended.poll.status is PollStatus.COMPLETE
    assert 0 < ended.poll.urls < SIX
    assert ended.poll.totals.agreement == 1.0
    assert {kind for _, kind in nodes[0].agreed} == {AgreementType.POP}
    assert {kind for _, kind in nodes[1].agreed} == {AgreementType.POP_HINT, AgreementType.SYMMETRIC_POP}
    assert nodes[0].results == []
    (reply,) = {vote.header(0).sample_nonce for vote in nodes[1].votes.values()}
    assert reply == ended.poll.setup.sample_nonce


def test_a_local_poll_speaks_to_nobody():
    nodes = network_of()
    ended = nodes[0].network.poll(nodes[0], variant=PollVariant.LOCAL)
    assert ended.poll.status is PollStatus.COMPLETE
    assert nodes[0].network.sent.total() == 0
    assert ended.poll.totals.agreed == SIX


def test_weights():
    nodes = network_of()
    for node in nodes:
        node.weight_of = lambda url: 0.0 if url == URL else 1.0
    damage(3)(nodes)
    ended = nodes[0].network.poll(nodes[0])
    peer = nodes[3].peer
    assert nodes[0].agreed[peer, AgreementType.POR].last == share(SIX - 1, SIX)
    assert nodes[0].agreed[peer, AgreementType.W_POR].last == 1.0
    assert nodes[3].agreed[nodes[0].peer, AgreementType.W_POR_HINT].last == 1.0
    assert ended.poll.weighted_totals.agreement == 1.0


@pytest.mark.parametrize("slashed", [(), (0,), (1, 2), (0, 1, 2, 3, 4, 5)], ids=str)
@pytest.mark.parametrize("minors", [(5,) * 6, (6,) * 6, (5, 6, 5, 6, 5, 6)], ids=str)
def test_both_revisions_in_one_network(minors, slashed):
    """Nodes that vote names with their slash and nodes that cannot: a mixed poll compares without it."""
    network = PollNetwork()
    name = BASE + "dir"
    for index, minor in enumerate(minors):
        content = GOOD | {name + "/" * (index in slashed): [b"listing"]}
        network.add(content, config=PollConfig(default_minor=minor))
    first = network.nodes[PeerId("127.0.0.1", 9701)]
    for peer, minor in zip(network.nodes, minors, strict=True):
        first.minors[peer] = minor
    ended = network.poll(first)
    alike = 5 in minors[1:] or len(slashed) in {0, 6}
    assert (ended.poll.totals.agreement == 1.0) is alike
    assert ended.slashless is (5 in minors[1:])


def test_revisions_are_learnt_within_the_poll():
    network = PollNetwork()
    nodes = [network.add(GOOD, config=PEERS_REPAIR)]
    only_6 = replace(PEERS_REPAIR, default_minor=6, accepted_minors=frozenset({6}))
    nodes += [network.add(GOOD, config=only_6) for _ in range(5)]
    ended = network.poll(nodes[0])
    assert ended.poll.status is PollStatus.COMPLETE
    assert nodes[0].minors == {node.peer: 6 for node in nodes[1:]}
    assert {voter.minor for voter in ended.participants} == {6}


def test_nominees_become_voters():
    """Eleven are invited first; of a larger network the outer circle brings in others."""
    nodes = network_of(30, replace(PEERS_REPAIR, min_nomination_size=3))
    ended = nodes[0].network.poll(nodes[0])
    outer = [voter for voter in ended.participants if voter.outer]
    assert 1 <= len(outer) <= PEERS_REPAIR.target_outer_circle
    assert {voter.status for voter in outer} == {ParticipantStatus.COMPLETE}
    assert len(ended.participants) == 11 + len(outer)


def test_silent_peers_are_made_up_for_by_later_invitations():
    nodes = network_of(30, replace(PEERS_REPAIR, target_outer_circle=0), seed=3)
    for node in nodes[1:]:
        node.silent = node.peer.port % 4 != 0
    ended = nodes[0].network.poll(nodes[0])
    assert ended.poll.status is PollStatus.COMPLETE
    assert len(ended.participants) > 11
    assert sum(voter.status is ParticipantStatus.COMPLETE for voter in ended.participants) >= 5


def test_everybody_polls_at_the_same_time():
    nodes = network_of(8)
    keys = {node.peer: node.call_poll() for node in nodes}
    nodes[0].network.run()
    for node in nodes:
        ended = node.polls[keys[node.peer]]
        assert ended.poll.status is PollStatus.COMPLETE
        assert ended.poll.totals.agreement == 1.0
        assert len(node.votes) == 7
        assert {vote.status for vote in node.votes.values()} == {VoterStatus.COMPLETE}


def test_a_poller_that_dies_leaves_voters_that_end():
    nodes = network_of()
    network = nodes[0].network
    nodes[0].call_poll()
    network.run(until=network.now + 10_000)
    network.dead.add(nodes[0].peer)
    network.run()
    votes = [vote for node in nodes[1:] for vote in node.votes.values()]
    assert len(votes) == 5
    assert {vote.status for vote in votes} <= {VoterStatus.EXPIRED, VoterStatus.VOTED}
    assert all(vote.closed for vote in votes)


def test_a_spoofer_changes_nothing():
    """Votes, requests and receipts by a third party for the keys of a running poll."""
    nodes = network_of(8)
    network, liar = nodes[0].network, nodes[7]
    liar.silent = True
    key = nodes[0].call_poll()
    network.run(until=network.now + 10_000)
    for node in nodes[:7]:
        for kind in (Vote, VoteRequest, NoOp):
            network.send(
                liar.peer, node.peer, kind(header(key=key, auid=nodes[0].polls[key].poll.setup.auid))
            )
    network.run()
    ended = nodes[0].polls[key]
    assert ended.poll.status is PollStatus.COMPLETE
    assert ended.poll.totals.agreement == 1.0
    assert {PollCode.NOT_THE_POLLER} == {finding.code for finding in nodes[1].findings}


ROUGH = st.builds(
    Transport,
    loss=st.sampled_from([0.0, 0.05, 0.3]),
    duplicates=st.sampled_from([0.0, 0.3]),
    delays=st.sampled_from([(5, 5), (1, 2_000), (1, 60_000)]),
)


@settings(max_examples=25)
@given(ROUGH, st.integers(0, 1 << 32), st.sets(st.integers(0, 5), max_size=3))
def test_whatever_the_network_does_polls_end_and_content_is_not_harmed(transport, seed, damaged):
    """Messages lost, doubled and overtaking each other: everything closes, good content stays good."""
    nodes = network_of(6, seed=seed, transport=transport)
    damage(*damaged)(nodes)
    for node in nodes:
        node.call_poll()
    nodes[0].network.run()
    for index, node in enumerate(nodes):
        assert all(poll.closed for poll in node.polls.values())
        assert all(vote.closed for vote in node.votes.values())
        if index not in damaged:
            assert {url: versions[0] for url, versions in node.content.items()} == {
                url: versions[0] for url, versions in GOOD.items()
            }
        else:
            assert node.content[URL][0] in {GOOD[URL][0], b"damaged %d" % index}
        # Twice the same outcome cannot be: each poll and each vote closes once.
        assert len(node.closings) == len(set(node.closings)) == len(node.polls) + len(node.votes)


def test_a_network_that_only_doubles_and_delays_loses_nothing():
    nodes = network_of(6, transport=Transport(duplicates=0.5, delays=(1, 3_000)), seed=5)
    ended = nodes[0].network.poll(nodes[0])
    assert ended.poll.status is PollStatus.COMPLETE
    assert ended.poll.totals.agreement == 1.0
    assert {finding.code for node in nodes for finding in node.findings} <= {
        PollCode.OUT_OF_TURN,
        PollCode.NOT_THE_POLLER,
    }


def test_no_repair_outlives_its_poll():
    nodes = polled_before(network_of())
    damage(0)(nodes)
    ended = nodes[0].network.poll(nodes[0])
    assert [each.phase for each in ended.repairs] == [RepairPhase.DONE]
    assert {vote.repairs_served for node in nodes[1:] for vote in node.votes.values()} == {0, 1}


@pytest.mark.parametrize("nak", [Nak.NO_AU])
def test_who_lacks_the_au_is_remembered(nak):
    nodes = network_of(7)
    refuse(2, known=False)(nodes)
    nodes[0].network.poll(nodes[0])
    assert nodes[0].stored["no-au"] == (nodes[2].peer,)
