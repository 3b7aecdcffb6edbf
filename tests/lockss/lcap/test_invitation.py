"""Whom to invite and to name, and how chance is used."""

import itertools
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap import invitation
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.curve import DAY_MS, WEEK_MS, Curve
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.invitation import Ineligible, InviterFacts, PeerFacts
from tests.lockss.lcap.poll_samples import NOW, OTHER, POLLER, VOTERS

CONFIG = PollConfig()
INVITER = InviterFacts(own_id=POLLER, groups=("test",))
KNOWN = [PeerFacts(peer=peer, groups=("test",)) for peer in VOTERS[:8]]


def steady(value=0.0):
    return itertools.repeat(value)


@pytest.mark.parametrize(("quorum", "target", "first"), [(5, 7, 11), (3, 4, 6), (1, 2, 3), (10, 13, 20)])
def test_sizes(quorum, target, first):
    config = replace(CONFIG, quorum=quorum)
    assert invitation.target_size(config) == target
    assert invitation.batch_size(target, config) == first


@pytest.mark.parametrize(("lacking", "batch"), [(0, 0), (-3, 0), (1, 2), (2, 3), (4, 6)])
def test_more_are_invited_than_are_lacking(lacking, batch):
    assert invitation.batch_size(lacking, CONFIG) == batch


PEER = PeerFacts(peer=OTHER, groups=("test",))


@pytest.mark.parametrize(
    ("facts", "inviter", "config", "reason"),
    [
        (PEER, INVITER, CONFIG, None),
        (replace(PEER, groups=()), INVITER, CONFIG, None),
        (replace(PEER, peer=POLLER), INVITER, CONFIG, Ineligible.OURSELVES),
        (PEER, replace(INVITER, in_poll=frozenset({OTHER})), CONFIG, Ineligible.IN_POLL),
        (replace(PEER, configured=False), INVITER, CONFIG, Ineligible.NOT_CONFIGURED),
        (replace(PEER, configured=False), INVITER, PollConfig(enable_discovery=True), None),
        (PEER, INVITER, PollConfig(no_invitation_subnets=("10.9.0.0/16",)), Ineligible.SUBNET),
        (PEER, INVITER, PollConfig(no_invitation_subnets=("10.8.0.0/16", "::/0")), None),
        (replace(PEER, lacks_au=True), INVITER, CONFIG, Ineligible.LACKS_AU),
        (
            replace(PEER, groups=("x",), last_group_check_ms=NOW - 4 * WEEK_MS),
            INVITER,
            CONFIG,
            Ineligible.OTHER_GROUP,
        ),
        (replace(PEER, groups=("x",), last_group_check_ms=NOW - 4 * WEEK_MS - 1), INVITER, CONFIG, None),
        (replace(PEER, groups=("x",)), INVITER, CONFIG, None),
    ],
)
def test_who_may_be_invited(facts, inviter, config, reason):
    assert invitation.ineligible(facts, inviter, NOW, config) is reason


@pytest.mark.parametrize(
    ("facts", "weight"),
    [
        (PEER, 1.0),
        (replace(PEER, last_invitation_ms=NOW, last_message_ms=NOW - DAY_MS), 1.0),
        (replace(PEER, last_invitation_ms=NOW, last_message_ms=NOW - 20 * DAY_MS), 0.1),
        (replace(PEER, last_invitation_ms=NOW), 0.01),
        (replace(PEER, agrees=True), 0.5),
        (replace(PEER, agrees=True, at_risk=True), 1.0),
    ],
)
def test_weights(facts, weight):
    config = replace(CONFIG, invitation_weight_at_risk=2.0)
    assert invitation.invitation_weight(facts, config) == pytest.approx(weight)


WEIGHTS = st.lists(st.floats(0.001, 100.0), max_size=12)


@given(WEIGHTS, st.integers(0, 15), st.randoms())
def test_draws_are_without_replacement(weights, wanted, random):
    drawn = invitation.weighted_draw(weights, wanted, iter(random.random, None))
    assert len(drawn) == len(set(drawn)) == min(wanted, len(weights))
    assert set(drawn) <= set(range(len(weights)))


@pytest.mark.parametrize(
    ("draw", "index"), [(0.0, 0), (0.2499, 0), (0.25, 1), (0.49, 1), (0.5, 2), (0.9999, 2)]
)
def test_a_draw_falls_where_its_weight_lies(draw, index):
    assert invitation.weighted_draw([1.0, 1.0, 2.0], 1, iter([draw])) == (index,)


def test_draws_are_in_proportion():
    draws = ((number + 0.5) / 1_000 for number in range(1_000))
    seen = Counter(invitation.weighted_draw([3.0, 1.0], 1, draws)[0] for _ in range(1_000))
    assert seen == {0: 750, 1: 250}


def test_choosing_leaves_out_who_may_not_be_invited():
    inviter = replace(INVITER, in_poll=frozenset(VOTERS[:3]))
    chosen = invitation.choose(KNOWN, 99, inviter, NOW, CONFIG, steady())
    assert set(chosen) == set(VOTERS[3:8])
    assert len(invitation.choose(KNOWN, 2, inviter, NOW, CONFIG, steady(0.99))) == 2


@pytest.mark.parametrize(
    ("low", "high", "draw", "named"),
    [(0, 5, 0.0, 0), (0, 5, 0.99, 4), (1, 5, 0.0, 1), (1, 5, 0.99, 4), (2, 2, 0.5, 2)],
)
def test_how_many_are_nominated(low, high, draw, named):
    config = replace(CONFIG, min_nomination_size=low, max_nomination_size=high)
    assert len(invitation.nominees(KNOWN, OTHER, INVITER, NOW, config, steady(draw))) == named


def test_whom_a_voter_never_names():
    config = replace(CONFIG, min_nomination_size=9, max_nomination_size=9)
    candidates = [
        PeerFacts(peer=POLLER, groups=("test",)),
        PeerFacts(peer=OTHER, groups=("test",)),
        PeerFacts(peer=VOTERS[0], groups=()),
        PeerFacts(peer=VOTERS[1], groups=("x",)),
        PeerFacts(peer=VOTERS[2], groups=("test",), lacks_au=True),
        PeerFacts(peer=VOTERS[3], groups=("x", "test")),
    ]
    named = invitation.nominees(candidates, OTHER, INVITER, NOW, config, steady())
    assert named == (VOTERS[3],)


def test_who_voted_lately_is_named_sooner():
    old = PeerFacts(peer=VOTERS[0], groups=("test",), last_vote_for_us_ms=NOW - 40 * DAY_MS)
    new = PeerFacts(peer=VOTERS[1], groups=("test",), last_vote_for_us_ms=NOW)
    config = replace(CONFIG, min_nomination_size=1, max_nomination_size=1)
    assert invitation.nominees([old, new], OTHER, INVITER, NOW, config, steady(0.02)) == (VOTERS[1],)
    flat = replace(config, nomination_weight_age_curve=None)
    assert invitation.nominees([old, new], OTHER, INVITER, NOW, flat, steady(0.02)) == (VOTERS[0],)


PUBLIC = PeerId("93.184.216.34", 9729)
DISCOVER = replace(CONFIG, enable_discovery=True)


@pytest.mark.parametrize(
    ("name", "config", "dialled"),
    [
        (PUBLIC, DISCOVER, True),
        (PUBLIC, CONFIG, False),
        (PeerId("10.0.0.9", 9729), DISCOVER, False),
        (PeerId("10.0.0.9", 9729), replace(DISCOVER, allow_private_nominees=True), True),
        (PeerId("127.0.0.1", 22), DISCOVER, False),
        (PeerId("169.254.169.254", 80), DISCOVER, False),
        (PeerId("224.0.0.1", 9729), DISCOVER, False),
        (PeerId("0:0:0:0:0:0:0:1", 9729), DISCOVER, False),
        (PeerId("93.184.216.34", 0), DISCOVER, False),
        (POLLER, replace(DISCOVER, allow_private_nominees=True), False),
        (VOTERS[0], CONFIG, True),
    ],
)
def test_which_nominated_addresses_are_dialled(name, config, dialled):
    known = {facts.peer: facts for facts in KNOWN}
    chosen = invitation.choose_outer([(OTHER, [name])], 5, 9, known, INVITER, NOW, config, steady())
    assert chosen == ((name,) if dialled else ())


def test_the_outer_circle_is_bounded_and_names_nobody_twice():
    known = {facts.peer: facts for facts in KNOWN}
    named = [(OTHER, VOTERS[:4]), (POLLER, VOTERS[:6]), (PUBLIC, VOTERS[4:8])]
    arguments = (known, INVITER, NOW, CONFIG, steady(0.5))
    everyone = invitation.choose_outer(named, 9, 99, *arguments)
    assert len(everyone) == len(set(everyone)) == 8
    assert len(invitation.choose_outer(named, 2, 99, *arguments)) == 6
    assert len(invitation.choose_outer(named, 9, 3, *arguments)) == 3
    assert invitation.choose_outer(named, 9, 0, *arguments) == ()


@pytest.mark.parametrize(
    ("repairers", "caller", "chance"), [(0, False, 1.0), (5, False, 0.5), (5, True, 0.45), (99, False, 0.1)]
)
def test_the_chance_of_voting(repairers, caller, chance):
    config = replace(CONFIG, acceptance_probability_curve=Curve(((0.0, 1.0), (10.0, 0.0), (10.0, 0.1))))
    found = invitation.acceptance_probability(repairers, caller_repairs=caller, config=config)
    assert found == pytest.approx(chance)
    assert invitation.acceptance_probability(repairers, caller_repairs=caller, config=CONFIG) == 1.0


@pytest.mark.parametrize(
    ("hint", "heard", "willing"),
    [
        (0.5, NOW, False),
        (0.51, NOW, True),
        (1.0, NOW - 2 * WEEK_MS, True),
        (1.0, NOW - 2 * WEEK_MS - 1, False),
        (1.0, None, False),
    ],
)
def test_willing_repairers(hint, heard, willing):
    assert invitation.is_willing_repairer(hint, heard, OTHER, NOW, CONFIG) is willing


def test_a_set_aside_peer_is_no_willing_repairer():
    config = PollConfig(no_invitation_subnets=("10.9.9.9",))
    assert not invitation.is_willing_repairer(1.0, NOW, OTHER, NOW, config)


@pytest.mark.parametrize(
    ("age", "since", "expired"),
    [
        (0, 2 * DAY_MS - 1, False),
        (0, 2 * DAY_MS, True),
        (50 * DAY_MS, 29 * DAY_MS, False),
        (50 * DAY_MS, 30 * DAY_MS, True),
    ],
)
def test_who_lacks_an_au_is_asked_again_after_a_while(age, since, expired):
    assert invitation.no_au_set_expired(NOW - since, NOW - age, NOW, CONFIG) is expired
