"""Status rows from the rows of the other rooms, and the counts over them."""

import datetime as dt

import pytest

from apps.aus.choices import AuState
from apps.aus.models import Selection
from apps.common.clock import now
from apps.crawls.choices import CrawlState
from apps.crawls.models import CrawlStatus
from apps.lockss.lcap.poll_codes import PollStatus as Status
from apps.nodes.choices import AuWord, Care, Tally, word_key
from apps.nodes.models import AuStatus, Count, PairStatus, PollDay
from apps.nodes.services import counting, refreshing
from apps.peers.choices import AgreementType
from apps.polls.choices import PollState, RepairState
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY = make.DAY


def refreshed(au) -> AuStatus:
    refreshing.refresh(keys=[au.pk])
    return AuStatus.objects.get(pk=au.pk)


@pytest.fixture
def machine_only(settings):
    from dataclasses import replace

    settings.NODE = replace(settings.NODE, permission_policy="machine", poll_quorum=3)
    return settings.NODE


def collected(**more):
    au = make.make_au(**more)
    make.make_summary(au)
    make.make_crawl(au)
    return au


def test_a_chosen_au_is_selected(machine_only):
    row = refreshed(make.make_au())
    assert (row.word, row.known, row.agreeing, row.copies) == (AuWord.SELECTED, 1, 0, [[0, "s"]])


def test_without_an_agreement_it_is_blocked_where_the_network_demands_one(settings):
    from dataclasses import replace

    settings.NODE = replace(settings.NODE, permission_policy="written_and_machine")
    au = make.make_au()
    row = refreshed(au)
    assert (row.word, row.block) == (AuWord.BLOCKED, "no-agreement")
    make.make_agreement(au.publisher)
    row = refreshed(au)
    assert (row.word, row.block, row.block_reason) == (AuWord.SELECTED, "", "")


def test_an_agreement_that_names_the_au_covers_it(settings):
    from dataclasses import replace

    settings.NODE = replace(settings.NODE, permission_policy="written")
    au, other = make.make_au(), make.make_au()
    agreement = make.make_agreement(au.publisher, scope="aus")
    agreement.listed_aus.set([au.listed])
    assert refreshed(au).block == ""
    assert refreshed(other).block == "no-agreement"


def test_a_refused_statement_blocks_and_says_why(machine_only):
    au = make.make_au()
    make.make_permission(au, granted=False)
    row = refreshed(au)
    assert (row.word, row.block) == (AuWord.BLOCKED, "fetch-failed")
    assert "404" in row.block_reason == row.reason


def test_what_was_collected_before_keeps_its_word_when_permission_is_lost(machine_only):
    au = collected()
    make.make_permission(au, granted=False)
    row = refreshed(au)
    assert (row.word, row.block, row.care) == (AuWord.COLLECTED, "fetch-failed", Care.BLOCKED)


def test_a_running_crawl(machine_only):
    au = make.make_au()
    make.make_crawl(au, state=CrawlState.RUNNING)
    row = refreshed(au)
    assert (row.word, row.busy) == (AuWord.COLLECTING, True)


def test_a_missing_platform_definition(machine_only):
    au = make.make_au()
    make.make_crawl(au, outcome="plugin-error", reason="No definition of this platform is loaded.")
    row = refreshed(au)
    assert (row.word, row.block) == (AuWord.BLOCKED, "platform-missing")


def test_proved_with_the_copies_of_peers(machine_only):
    au = collected()
    peers = [make.make_peer() for _ in range(3)]
    make.make_poll(au, peers)
    for peer in peers:
        make.agree(au, peer)
    row = refreshed(au)
    assert (row.word, row.agreeing, row.known) == (AuWord.PROVED, 4, 4)
    assert row.copies == [[0, "a"], *[[peer.pk, "a"] for peer in peers]]


def test_who_votes_with_the_landslide_against_us_agrees_and_we_differ(machine_only):
    au = collected()
    peers = [make.make_peer() for _ in range(4)]
    poll = make.make_poll(au, peers, agreement=0.9)
    make.make_tally(poll, "http://pub.example/a", ["disagreed", "disagreed", "disagreed", "agreed"])
    for peer in peers:
        make.agree(au, peer, 1.0 if peer == peers[3] else 0.9, ago=2 * make.HOUR)
    row = refreshed(au)
    assert row.word == AuWord.DIFFERS
    # The last one has our wrong copy: equal to ours, it is on the losing side with us, and no copy that agrees.
    assert [state for _, state in row.copies] == ["d", "a", "a", "a", "d"]


def test_a_peer_against_the_landslide_differs(machine_only):
    au = collected()
    peers = [make.make_peer() for _ in range(4)]
    poll = make.make_poll(au, peers)
    make.make_tally(poll, "http://pub.example/a", ["agreed", "agreed", "agreed", "disagreed"], "Won")
    for peer in peers:
        make.agree(au, peer, 0.9 if peer == peers[3] else 1.0, ago=2 * make.HOUR)
    row = refreshed(au)
    assert (row.word, row.agreeing, row.known) == (AuWord.PROVED, 4, 5)
    assert row.copies[-1] == [peers[3].pk, "d"]


def test_hints_and_disabled_peers_are_no_copies(machine_only):
    au = collected()
    make.agree(au, make.make_peer(), type=AgreementType.POR_HINT)
    make.agree(au, make.make_peer(enabled=False))
    assert refreshed(au).known == 1


def test_an_old_comparison_proves_nothing_any_more(machine_only):
    au = collected()
    peer = make.make_peer()
    make.make_poll(au, [peer], ago=200 * DAY)
    make.agree(au, peer, ago=200 * DAY)
    row = refreshed(au)
    assert (row.word, row.copies) == (AuWord.STALE, [[0, "o"], [peer.pk, "o"]])


def test_many_copies_are_counted(machine_only):
    au = collected()
    peers = [make.make_peer() for _ in range(15)]
    make.make_poll(au, peers)
    for peer in peers:
        make.agree(au, peer)
    row = refreshed(au)
    assert (row.copies, row.known) == ([[16, "a"]], 16)


def test_open_repairs_and_failed_ones(machine_only):
    au = collected()
    poll = make.make_poll(au, [make.make_peer()], agreement=0.9)
    repair = make.make_repair(poll, "http://pub.example/a", RepairState.REQUESTED)
    assert refreshed(au).word == AuWord.REPAIRING
    repair.phase, repair.ended_at = RepairState.FAILED, make.past()
    repair.save()
    row = refreshed(au)
    assert row.word == AuWord.DIFFERS
    assert "1 repair failed." in row.reason


def test_damage_and_a_poll_without_result(machine_only):
    au = make.make_au()
    make.make_summary(au, damaged=2, missing=1)
    make.make_crawl(au)
    assert refreshed(au).word == AuWord.DAMAGED
    other = collected()
    make.make_poll(other, [], status=Status.NO_QUORUM, agreement=None)
    row = refreshed(other)
    assert (row.word, row.care) == (AuWord.COLLECTED, Care.POLLS_FAIL)


def test_the_time_of_change_is_the_time_of_the_word(machine_only):
    au = make.make_au()
    first = refreshed(au)
    assert refreshed(au).changed_at == first.changed_at
    au.state = AuState.DEACTIVATED
    au.save()
    later = refreshed(au)
    assert later.word == AuWord.DEACTIVATED
    assert later.changed_at > first.changed_at


def test_the_scan_finds_what_is_new_and_what_changed(machine_only):
    au, quiet = make.make_au(), make.make_au()
    assert refreshing.scan() == 2
    make.make_crawl(au, ago=dt.timedelta(0))
    AuStatus.objects.filter(pk=quiet.pk).update(word=AuWord.DAMAGED)
    refreshing.scan()
    assert AuStatus.objects.get(pk=au.pk).word == AuWord.COLLECTED
    # Also what nothing was written about is looked at, when its turn comes.
    assert AuStatus.objects.get(pk=quiet.pk).word == AuWord.SELECTED


def test_what_was_just_chosen_is_seen_before_the_scan(machine_only):
    refreshing.scan()
    au = make.make_au(ago=dt.timedelta(0))
    make.make_selection(au)
    refreshing.catch_up()
    assert AuStatus.objects.filter(pk=au.pk).exists()


def test_a_list_that_nobody_chose_anything_for_writes_nothing(machine_only, django_assert_num_queries):
    au = make.make_au()
    make.make_selection(au)
    refreshing.scan()
    with django_assert_num_queries(1):
        refreshing.catch_up()


def test_lists_ask_once_whether_choices_and_agreements_are_judged(machine_only, django_assert_num_queries):
    chosen, agreed = make.make_au(), make.make_au()
    make.make_selection(chosen)
    refreshing.scan()
    with django_assert_num_queries(1):
        assert refreshing.catch_up_permissions() is None
    # Each of the two is noticed by itself, and so is a node that was never scanned.
    Selection.objects.update(finished_at=None)
    assert not refreshing._is_quiet()
    Selection.objects.update(finished_at=now() - DAY)
    assert refreshing._is_quiet()
    make.make_agreement(agreed.publisher)
    assert not refreshing._is_quiet()
    Count.objects.all().delete()
    assert not refreshing._is_quiet()


def test_counts_are_those_of_the_rows(machine_only):
    proved = collected()
    peers = [make.make_peer() for _ in range(3)]
    make.make_poll(proved, peers)
    for peer in peers:
        make.agree(proved, peer)
    make.make_au()
    gone = collected(state=AuState.DEACTIVATED)
    refreshing.scan()
    counting.count_all()
    found = counting.numbers()
    assert found[Tally.AUS] == 2
    assert found[Tally.PRESERVED] == found[Tally.COLLECTED] == 1
    assert found[word_key(AuWord.PROVED)] == found[word_key(AuWord.SELECTED)] == 1
    assert found[word_key(AuWord.DEACTIVATED)] == 1
    assert found[Tally.MEDIAN_COPIES] == 4
    assert found[Tally.SIZE] == found[Tally.SIZE_KEPT] == 2_100_000_000
    assert AuStatus.objects.get(pk=gone.pk).word == AuWord.DEACTIVATED
    assert found[word_key(AuWord.DAMAGED)] == 0


def test_polls_by_day(machine_only):
    au = collected()
    make.make_poll(au, ago=dt.timedelta(0))
    hurt = make.make_poll(collected(), ago=3 * DAY)
    make.make_repair(hurt, "http://pub.example/a")
    make.make_poll(collected(), agreement=0.9, ago=3 * DAY)
    make.make_poll(collected(), status=Status.NO_QUORUM, agreement=None, ago=3 * DAY)
    make.make_poll(collected(), phase=PollState.VOTING)
    counting.count_days()
    assert PollDay.objects.count() == counting.DAYS
    sums = [(d.agreed, d.damaged, d.differed, d.failed) for d in PollDay.objects.order_by("-day") if d.agreed]
    assert sums == [(1, 0, 0, 0), (1, 1, 1, 1)]


def test_who_agrees_with_whom(machine_only):
    one, two = make.make_au(), make.make_au()
    left, right, third = make.make_peer(), make.make_peer(), make.make_peer()
    for au in (one, two):
        make.agree(au, left)
    make.agree(one, right)
    make.agree(two, right, 0.5)
    make.agree(two, third, 0.5)
    make.agree(one, left, 1.0, type=AgreementType.POR_HINT)
    assert counting.count_pairs()
    pairs = {(p.first_id, p.second_id): (p.agreeing, p.aus) for p in PairStatus.objects.all()}
    assert pairs == {
        (None, left.pk): (2, 2),
        (None, right.pk): (1, 2),
        (None, third.pk): (0, 1),
        (left.pk, None): (1, 1),
        (left.pk, right.pk): (1, 2),
        (left.pk, third.pk): (0, 1),
    }


def test_a_count_that_takes_long_is_made_seldom(machine_only):
    assert counting.count_pairs()
    Count.objects.filter(pk=Tally.PAIRS_MS).update(value=60_000)
    assert not counting.count_pairs()


def test_a_new_agreement_is_enough_to_collect(settings):
    from dataclasses import replace

    from apps.common.clock import now
    from apps.crawls.services import start_crawl

    settings.NODE = replace(settings.NODE, permission_policy="written")
    au, other = make.make_au(), make.make_au(title=make.make_title("Other", make.make_publisher("Other")))
    for one in (au, other):
        assert start_crawl(au=one) == (None, None)
    refreshing.scan()
    assert set(AuStatus.objects.values_list("block", flat=True)) == {"no-agreement"}
    make.make_agreement(au.publisher)
    refreshing.scan()
    due = dict(CrawlStatus.objects.values_list("au_id", "due_at"))
    assert due[au.pk] <= now() < due[other.pk]


def test_an_agreement_that_came_back_makes_due_only_what_it_had_put_off(settings):
    from dataclasses import replace

    from apps.crawls.services import start_crawl

    settings.NODE = replace(settings.NODE, permission_policy="written")
    publisher = make.make_publisher()
    title = make.make_title("Tides", publisher)
    held, late, fresh = (make.make_au(title=title) for _turn in range(3))
    for one in (held, late):
        make.make_crawl(one, ago=DAY)
    planned = CrawlStatus.objects.get(au=held).due_at
    # The turns of these two came while nothing was permitted.
    for one in (late, fresh):
        assert start_crawl(au=one) == (None, None)
    refreshing.scan()
    assert set(AuStatus.objects.values_list("block", flat=True)) == {"no-agreement"}
    make.make_agreement(publisher)
    refreshing.scan()
    due = dict(CrawlStatus.objects.values_list("au_id", "due_at"))
    assert due[held.pk] == planned > now()
    assert due[late.pk] <= now()
    assert due[fresh.pk] <= now()
