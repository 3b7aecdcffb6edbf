"""Invitations: every reason to refuse, in the order in which deployed nodes find them."""

from dataclasses import replace

import pytest

from apps.lockss.lcap import admission
from apps.lockss.lcap.admission_checks import AuFacts, Lots, NodeFacts, PollerFacts
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.curve import Curve
from apps.lockss.lcap.effects import ForgetNoAu, Report, Send
from apps.lockss.lcap.messages import Nak, Poll
from apps.lockss.lcap.poll_codes import PollCode
from apps.lockss.lcap.voter_state import VoterPhase
from tests.lockss.lcap.poll_samples import CONFIG, MINUTE, NOW, POLLER, VOTERS, header, nonce, of_type

NODE = NodeFacts(own_id=VOTERS[0], groups=("test", "other"), hash_free_from_ms=NOW)
AU = AuFacts(base_hash_ms=1_000)
PEER = PollerFacts()
LOTS = Lots(nonce(1), nonce(2), 0.5)
INVITATION = header(voter_nonce=b"", vote_duration_ms=5 * MINUTE)


def invite(head=INVITATION, node=NODE, au=AU, peer=PEER, lots=LOTS, config=CONFIG, sender=POLLER):
    return admission.admit(sender, Poll(head), node, au, peer, lots, NOW, config)


NO_REPAIRERS_WANTED = PollConfig(acceptance_probability_curve=Curve(((0.0, 1.0), (3.0, 0.1))))

REFUSALS = [
    ("other revision", {"head": replace(INVITATION, minor=7)}, Nak.VERSION_MISMATCH),
    (
        "own revision only",
        {"config": PollConfig(default_minor=6, accepted_minors=frozenset({6}))},
        Nak.VERSION_MISMATCH,
    ),
    ("unknown AU", {"au": replace(AU, known=False)}, Nak.NO_AU),
    (
        "starting",
        {"au": replace(AU, known=False), "node": replace(NODE, all_aus_started=False)},
        Nak.NOT_READY,
    ),
    ("AU not ready", {"au": replace(AU, ready=False)}, Nak.NOT_READY),
    ("unknown filter", {"au": replace(AU, can_hash=False)}, Nak.NOT_READY),
    (
        "other platform version",
        {"head": replace(INVITATION, plugin_version="2")},
        Nak.PLUGIN_VERSION_MISMATCH,
    ),
    (
        "default platform version",
        {"head": replace(INVITATION, plugin_version=""), "au": replace(AU, poll_version="2")},
        Nak.PLUGIN_VERSION_MISMATCH,
    ),
    ("voter off", {"config": PollConfig(enable_voter=False)}, Nak.DISABLED),
    ("other group", {"head": replace(INVITATION, groups=("nobody",))}, Nak.GROUP_MISMATCH),
    ("no group", {"head": replace(INVITATION, groups=())}, Nak.GROUP_MISMATCH),
    ("no substance", {"au": replace(AU, has_substance=False)}, Nak.NO_SUBSTANCE),
    ("never crawled", {"au": replace(AU, crawled=False)}, Nak.NOT_CRAWLED),
    ("too many", {"node": replace(NODE, active_voters=60)}, Nak.TOO_MANY_VOTERS),
    (
        "enough repairers",
        {"au": replace(AU, willing_repairers=3), "config": NO_REPAIRERS_WANTED},
        Nak.HAVE_SUFFICIENT_REPAIRERS,
    ),
    ("busy", {"node": replace(NODE, hash_free_from_ms=NOW + 5 * MINUTE)}, Nak.NO_TIME),
    ("too long a hash", {"au": replace(AU, base_hash_ms=10 * MINUTE)}, Nak.NO_TIME),
    ("no window", {"head": replace(INVITATION, vote_duration_ms=1)}, Nak.NO_TIME),
]


@pytest.mark.parametrize(
    ("facts", "nak"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
def test_refusals(facts, nak):
    answer = invite(**facts)
    (send,) = of_type(answer.effects, Send)
    reply = send.message
    assert answer.state is None
    assert reply.nak is nak
    assert not reply.accepted
    assert reply.header.voter_nonce == b""
    assert (reply.header.poller_nonce != b"") is (nak is Nak.NO_TIME)
    assert reply.header.orig_id == VOTERS[0]
    assert send.to == reply.header.dest_id == POLLER
    assert send.expires_ms is None


SILENCES = [
    ("no duration", {"head": replace(INVITATION, duration_s=0)}, PollCode.BAD_DURATION),
    ("negative duration", {"head": replace(INVITATION, duration_s=-5)}, PollCode.BAD_DURATION),
    ("ten years", {"head": replace(INVITATION, duration_s=315_360_000)}, PollCode.BAD_DURATION),
    ("vote after poll", {"head": replace(INVITATION, vote_duration_ms=31 * MINUTE)}, PollCode.BAD_DURATION),
    (
        "vote after the world",
        {"head": replace(INVITATION, vote_duration_ms=(1 << 63) - 1)},
        PollCode.BAD_DURATION,
    ),
    ("no key", {"head": replace(INVITATION, key="")}, PollCode.BAD_POLL_KEY),
    ("ourselves", {"sender": VOTERS[0]}, PollCode.OWN_POLL),
    ("stranger", {"peer": PollerFacts(known=False)}, PollCode.UNKNOWN_POLLER),
    ("flood", {"peer": PollerFacts(invitations_last_day=5_000)}, PollCode.FLOODED),
    (
        "again",
        {
            "peer": PollerFacts(last_invitation_for_au_ms=NOW - MINUTE),
            "config": PollConfig(min_time_between_invitations_per_au_ms=2 * MINUTE),
        },
        PollCode.FLOODED,
    ),
    ("weak hash", {"head": replace(INVITATION, hash_algorithm="MD5")}, PollCode.UNSUPPORTED_ALGORITHM),
    ("no hash", {"head": replace(INVITATION, hash_algorithm="")}, PollCode.UNSUPPORTED_ALGORITHM),
    ("no nonce", {"head": replace(INVITATION, poller_nonce=b"")}, PollCode.WRONG_NONCE),
    ("sample without nonce", {"head": replace(INVITATION, modulus=2)}, PollCode.BAD_SAMPLE),
    (
        "negative sample",
        {"head": replace(INVITATION, modulus=-2, sample_nonce=nonce(4))},
        PollCode.BAD_SAMPLE,
    ),
]


@pytest.mark.parametrize(
    ("facts", "code"), [case[1:] for case in SILENCES], ids=[case[0] for case in SILENCES]
)
def test_silences(facts, code):
    answer = invite(**facts)
    assert answer.state is None
    assert not of_type(answer.effects, Send)
    (report,) = of_type(answer.effects, Report)
    assert report.finding.code is code
    assert report.finding.peer == facts.get("sender", POLLER)


def test_the_first_reason_answers():
    """Everything wrong at once; mending what is answered brings up the next (lcap-v3 §4.4)."""
    au = AuFacts(
        known=False,
        ready=False,
        poll_version="9",
        has_substance=False,
        crawled=False,
        willing_repairers=9,
        base_hash_ms=10 * MINUTE,
    )
    head = replace(INVITATION, minor=7, groups=("nobody",))
    node = replace(NODE, active_voters=99)
    config = replace(NO_REPAIRERS_WANTED, enable_voter=False)
    mended = [
        (Nak.VERSION_MISMATCH, lambda: {"head": replace(head, minor=5)}),
        (Nak.NO_AU, lambda: {"au": replace(au, known=True)}),
        (Nak.NOT_READY, lambda: {"au": replace(au, ready=True)}),
        (Nak.PLUGIN_VERSION_MISMATCH, lambda: {"au": replace(au, poll_version="1")}),
        (Nak.DISABLED, lambda: {"config": replace(config, enable_voter=True)}),
        (Nak.GROUP_MISMATCH, lambda: {"head": replace(head, groups=("test",))}),
        (Nak.NO_SUBSTANCE, lambda: {"au": replace(au, has_substance=True)}),
        (Nak.NOT_CRAWLED, lambda: {"au": replace(au, crawled=True)}),
        (Nak.TOO_MANY_VOTERS, lambda: {"node": NODE}),
        (Nak.HAVE_SUFFICIENT_REPAIRERS, lambda: {"config": PollConfig()}),
        (Nak.NO_TIME, lambda: {"au": AU}),
    ]
    for nak, mend in mended:
        answer = invite(head, node, au, config=config)
        assert of_type(answer.effects, Send)[0].message.nak is nak
        change = mend()
        head, au = change.get("head", head), change.get("au", au)
        node, config = change.get("node", node), change.get("config", config)
    assert invite(head, node, au, config=config).state is not None


def test_acceptance():
    answer = invite()
    state = answer.state
    assert state.phase is VoterPhase.WAIT_POLL_PROOF
    assert state.vote_deadline_ms == NOW + 5 * MINUTE
    assert state.poll_deadline_ms == NOW + 1_200_000 + 10 * MINUTE
    assert state.hash_start_ms == NOW + 30_000
    assert state.hash_finish_ms == NOW + 5 * MINUTE - 15_000 - 11
    assert answer.effects[0] == ForgetNoAu(POLLER)
    (send,) = of_type(answer.effects, Send)
    assert send.message.accepted
    assert send.message.header.voter_nonce == nonce(1)
    assert send.message.header.voter_nonce2 == nonce(2)
    assert send.message.header.poller_nonce == INVITATION.poller_nonce
    assert send.message.header.duration_s == 1_800
    assert len(send.message.effort_proof) == 20
    assert send.expires_ms == state.hash_start_ms


@pytest.mark.parametrize("minor", [5, 6])
def test_what_is_sent_follows_the_invitation(minor):
    answer = invite(replace(INVITATION, minor=minor))
    assert answer.state.minor == minor
    assert of_type(answer.effects, Send)[0].message.header.minor == minor


def test_a_version_mismatch_is_told_in_our_own_revision():
    config = PollConfig(default_minor=6, accepted_minors=frozenset({6}))
    (send,) = of_type(invite(config=config).effects, Send)
    assert send.message.header.minor == 6


def test_a_platform_mismatch_tells_our_version():
    (send,) = of_type(invite(au=replace(AU, poll_version="7")).effects, Send)
    assert send.message.header.plugin_version == "7"


@pytest.mark.parametrize(
    ("config", "por", "wants"),
    [
        (PollConfig(), -1.0, True),
        (PollConfig(), 1.0, True),
        (PollConfig.deployed_1x(), -1.0, False),
        (PollConfig(all_symmetric_polls=False), -1.0, True),
        (PollConfig(all_symmetric_polls=False), 0.49, True),
        (PollConfig(all_symmetric_polls=False), 0.5, False),
    ],
)
def test_symmetry_is_asked_of_those_whose_content_we_have_not_seen(config, por, wants):
    state = invite(config=config, peer=PollerFacts(por=por)).state
    assert (state.voter_nonce2 == nonce(2)) is wants
    assert state.voter_nonce2 in {b"", nonce(2)}


@pytest.mark.parametrize(("honours", "samples"), [(True, True), (False, False)])
def test_a_sampled_poll_is_honoured_where_configured(honours, samples):
    head = replace(INVITATION, modulus=3, sample_nonce=nonce(4))
    state = invite(head, config=PollConfig(enable_pop_voting=honours)).state
    assert (state.sampled, state.samples, state.modulus) == (True, samples, 3)


def test_a_stranger_may_invite_where_peers_are_discovered():
    assert invite(peer=PollerFacts(known=False), config=PollConfig(enable_discovery=True)).state is not None


def test_the_draw_decides_when_repairers_abound():
    au = replace(AU, willing_repairers=3)
    for draw, accepted in ((0.0, True), (0.0999, True), (0.1, False), (0.99, False)):
        lots = replace(LOTS, acceptance=draw)
        assert (invite(au=au, lots=lots, config=NO_REPAIRERS_WANTED).state is not None) is accepted
    # A caller that would repair us is accepted a little less often.
    peer = PollerFacts(por_hint=0.5)
    lots = replace(LOTS, acceptance=0.095)
    assert invite(au=au, peer=peer, lots=lots, config=NO_REPAIRERS_WANTED).state is None


def test_who_is_known_to_hold_the_au_is_no_longer_thought_to_lack_it():
    assert of_type(invite(node=replace(NODE, active_voters=99)).effects, ForgetNoAu)
    assert not of_type(invite(au=replace(AU, known=False)).effects, ForgetNoAu)


DAY = 24 * 60 * MINUTE


def at_clock(off: int, peer=PEER) -> admission.Admission:
    """Our clock shows ``off`` too much, and whatever we know is told by it."""
    node = replace(NODE, hash_free_from_ms=NOW + off)
    return admission.admit(POLLER, Poll(INVITATION), node, AU, peer, LOTS, NOW + off, CONFIG)


@pytest.mark.parametrize("off", [-DAY, -90_000, 90_000, DAY])
def test_a_wrong_clock_changes_nothing_that_a_peer_sees(off):
    """All times of an invitation are relative (lcap-v3 §4.4); what follows stands in docs/lcap.md."""
    right, wrong = at_clock(0), at_clock(off)
    sent = [[one.message for one in of_type(found.effects, Send)] for found in (right, wrong)]
    assert sent[0] == sent[1] != []
    for name in ("vote_deadline_ms", "poll_deadline_ms", "hash_start_ms", "hash_finish_ms"):
        assert getattr(wrong.state, name) - getattr(right.state, name) == off


def test_an_invitation_that_a_clock_dated_into_the_future_is_no_flood():
    """Else a peer would be met with silence for as long as the clock was ahead, after somebody set it right."""
    assert at_clock(0, PollerFacts(last_invitation_for_au_ms=NOW + DAY)).state is not None
