"""A copy agrees when it is equal to ours: another node's damage never turns ours red, and ours never theirs."""

from dataclasses import replace

import pytest

from apps.common.parts import CopyState, shelf_label
from apps.nodes import au_panels, home
from apps.nodes.choices import AuWord, Tally
from apps.nodes.models import AuStatus, Count, PairStatus
from apps.nodes.services import counting, refreshing
from apps.peers.choices import AgreementType
from apps.polls.models import Participant
from apps.repository.models import AuSummary
from tests import factories as make
from tests.asking import as_person
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db
URLS = 17


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = replace(sample_settings(tmp_path), permission_policy="machine", poll_quorum=2)


def held():
    """An AU that is here, and three peers."""
    au = make.make_au()
    make.make_summary(au, urls=URLS)
    make.make_crawl(au)
    return au, [make.make_peer(name) for name in ("Birch", "Cedar", "Dogwood")]


def refreshed(au) -> AuStatus:
    refreshing.refresh(keys=[au.pk])
    counting.count_all()
    return AuStatus.objects.get(pk=au.pk)


@pytest.fixture
def one_is_damaged():
    """Two peers are equal to us, of the third two URLs are damaged: 2 against 1 is no landslide of 75 %."""
    au, peers = held()
    poll = make.make_poll(
        au, peers, agreement=15 / URLS, urls=URLS, agreed=15, disagreed=0, too_close=2, ago=make.HOUR
    )
    Participant.objects.filter(poll=poll, peer=peers[2]).update(agreement=15 / URLS, agreed=15, disagreed=2)
    for n in range(2):
        make.make_tally(poll, f"http://pub.example/{n}", ["agreed", "agreed", "disagreed"], "TooClose")
    for peer in peers:
        make.agree(au, peer, 15 / URLS if peer == peers[2] else 1.0, ago=make.HOUR)
    return refreshed(au)


def test_who_is_equal_to_us_agrees_and_so_do_we(client, one_is_damaged):
    row = one_is_damaged
    assert (row.word, row.agreeing, [state for _, state in row.copies]) == (
        AuWord.UNSETTLED,
        3,
        ["a", "a", "a", "d"],
    )
    as_person(client)
    for page in (f"/aus/{row.au.slug}/", "/aus/", "/", "/network/", "/network/copies/"):
        shown = client.get(page).content.decode()
        assert "3 of 4 copies agree, 1 differs" in shown, page


def test_ours_is_open_where_nobody_is_equal_to_it():
    au, peers = held()
    poll = make.make_poll(au, peers, agreement=0.0, urls=URLS, agreed=0, disagreed=0, no_quorum=URLS)
    for n in range(URLS):
        make.make_tally(poll, f"http://pub.example/{n}", ["disagreed"] * 3, "NoQuorum")
    for peer in peers:
        make.agree(au, peer, 0.5)
    assert [state for _, state in refreshed(au).copies] == ["o", "d", "d", "d"]


def test_a_landslide_against_ours_makes_it_red():
    au, peers = held()
    poll = make.make_poll(au, peers, agreement=0.5, urls=4)
    for n in range(2):
        make.make_tally(poll, f"http://pub.example/{n}", ["disagreed"] * 3)
    for peer in peers:
        make.agree(au, peer, 0.5)
    assert [state for _, state in refreshed(au).copies] == ["d", "a", "a", "a"]
    assert home.node_copies(counting.numbers())[0].state == CopyState.DIFFERS


def test_the_legend_of_home_says_when_our_own_book_is_red(client, one_is_damaged):
    as_person(client)
    assert "Ours stands first" in client.get("/").content.decode()
    states = [copy.state for copy in home.node_copies(counting.numbers())]
    assert shelf_label(states) == "3 of 4 copies agree, 1 differs"


@pytest.fixture
def ours_is_damaged():
    """Proved with three peers; then bytes here went bad, and two peers' own polls found 88 % before a check did."""
    au, peers = held()
    make.make_poll(au, peers, urls=URLS, ago=2 * make.DAY)
    for peer in peers:
        make.agree(au, peer, ago=2 * make.DAY)
    for peer in peers[:2]:
        make.agree(au, peer, 15 / URLS, ago=make.HOUR, type=AgreementType.SYMMETRIC_POR)
    make.make_check(au, ago=make.HOUR / 2, outcome="damaged", damaged=2)
    AuSummary.objects.filter(pk=au.pk).update(damaged=2)
    return refreshed(au), peers


def test_only_ours_is_red_where_ours_is_damaged(client, ours_is_damaged):
    row, _peers = ours_is_damaged
    assert (row.word, row.agreeing) == (AuWord.DAMAGED, 0)
    assert [state for _, state in row.copies] == ["d", "b", "b", "b"]
    as_person(client)
    page = client.get(f"/aus/{row.au.slug}/").content.decode()
    assert "1 differs, 3 agreed before ours was damaged" in page
    assert "agreed with the landslide before the damage" in page
    assert "agree with the landslide" not in page


def test_without_a_sound_poll_nobody_is_compared_until_ours_is_repaired(client):
    au, peers = held()
    for peer, value in zip(peers, (1.0, 0.88, 0.88), strict=True):
        make.agree(au, peer, value)
    AuSummary.objects.filter(pk=au.pk).update(missing=1)
    row = refreshed(au)
    assert [state for _, state in row.copies] == ["d", "b", "w", "w"]
    as_person(client)
    page = client.get(f"/aus/{au.slug}/").content.decode()
    assert "2 not comparable until ours is repaired" in page
    rows = {line.peer: line.copy for line in au_panels.agrees(au, damaged=True).items}
    assert "before the damage" in rows[peers[0]].html
    assert "not comparable until ours is repaired" in rows[peers[1]].html
    assert "safe" not in rows[peers[0]].html
    assert "harm" not in rows[peers[1]].html


def test_who_was_against_the_landslide_before_our_damage_still_differs():
    au, peers = held()
    poll = make.make_poll(au, peers, urls=URLS)
    make.make_tally(poll, "http://pub.example/a", ["agreed", "agreed", "disagreed"], "Won")
    for peer in peers:
        make.agree(au, peer, 0.9 if peer == peers[2] else 1.0)
    AuSummary.objects.filter(pk=au.pk).update(damaged=1)
    assert [state for _, state in refreshed(au).copies] == ["d", "b", "b", "d"]


def test_after_a_lost_poll_a_newer_comparison_with_ours_turns_nobody_red():
    au, peers = held()
    poll = make.make_poll(au, peers[:2], agreement=0.5, urls=2, ago=make.DAY)
    make.make_tally(poll, "http://pub.example/a", ["disagreed"] * 2)
    for peer in peers:
        make.agree(au, peer, 0.5, ago=make.HOUR)
    assert [state for _, state in refreshed(au).copies] == ["d", "a", "a", "w"]


def test_after_a_lost_poll_who_is_equal_to_ours_is_no_copy_that_agrees(client):
    """Ours is wrong: of two voters one was compared again since and is equal to it, as is a peer that did not vote."""
    au, peers = held()
    birch, cedar, dogwood = peers
    poll = make.make_poll(au, peers[:2], agreement=0.5, urls=2, ago=make.DAY)
    make.make_tally(poll, "http://pub.example/a", ["disagreed"] * 2)
    make.agree(au, birch, 1.0, ago=make.HOUR)
    make.agree(au, cedar, 0.5, ago=make.DAY)
    make.agree(au, dogwood, 1.0, ago=make.HOUR)
    row = refreshed(au)
    assert [state for _, state in row.copies] == ["d", "w", "a", "w"]
    assert row.agreeing == 1
    as_person(client)
    client.get(f"/aus/{au.slug}/")
    rows = {line.peer: line.copy.html for line in au_panels.agrees(au, wrong=True).items}
    for peer in (birch, dogwood):
        assert "equal to ours, which is wrong" in rows[peer]
        assert "safe" not in rows[peer]


def test_who_voted_as_ours_when_it_lost_differs_though_it_is_equal():
    au, peers = held()
    poll = make.make_poll(au, peers, agreement=0.5, urls=2, ago=make.DAY)
    make.make_tally(poll, "http://pub.example/a", ["disagreed", "disagreed", "agreed"])
    for peer in peers:
        make.agree(au, peer, 1.0 if peer == peers[2] else 0.5, ago=make.DAY)
    row = refreshed(au)
    assert ([state for _, state in row.copies], row.agreeing) == (["d", "a", "a", "d"], 2)


def test_a_damaged_copy_that_lost_too_has_no_equal_that_agrees():
    au, peers = held()
    poll = make.make_poll(au, peers, agreement=0.5, urls=2, ago=make.DAY)
    make.make_tally(poll, "http://pub.example/a", ["disagreed"] * 3)
    for peer in peers:
        make.agree(au, peer, 1.0 if peer == peers[0] else 0.5, ago=make.HOUR)
    AuSummary.objects.filter(pk=au.pk).update(damaged=1)
    assert [state for _, state in refreshed(au).copies] == ["d", "w", "a", "a"]


def test_the_matrix_leaves_out_what_is_damaged_here_and_tells_ages(client, ours_is_damaged):
    row, peers = ours_is_damaged
    assert not PairStatus.objects.filter(first=None).exists()
    pairs = PairStatus.objects.filter(first__isnull=False, second__isnull=False)
    assert not [pair for pair in pairs if pair.agreeing < pair.aus]
    assert {copy.state for copy in home.node_copies(counting.numbers())[1:]} == {CopyState.SELECTED}
    sound, _ = held()
    for peer in peers:
        make.agree(sound, peer, 1.0 if peer == peers[0] else 0.5, ago=3 * make.HOUR)
    make.agree(row.au, peers[0], type=AgreementType.POR_HINT, ago=make.DAY)
    as_person(client)
    assert "Nothing has been compared yet" not in client.get("/network/").content.decode()
    Count.objects.filter(pk=Tally.PAIRS_MS).delete()
    counting.count_pairs()
    page = client.get("/network/").content.decode()
    assert "1 archival unit whose copy here is damaged or differs is left out" in page
    assert "Red: more than a tenth does not" in page
    assert "all 1, 3 hours ago" in page
    # What a peer said of ours before the damage is nothing that holds now.
    assert not PairStatus.objects.filter(second=None).exists()
