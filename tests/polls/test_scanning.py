"""Which AUs a scan polls, in which order, and how many at once."""

import datetime as dt
from dataclasses import replace

import pytest

from apps.common import clock_trust
from apps.common.clock import now
from apps.common.models import Finding
from apps.crawls.models import CrawlStatus
from apps.peers.services import ensure_peer
from apps.plugins.services import load_plugin_folder
from apps.polls.models import Poll, PollStatus
from apps.polls.services import pollers, scanning
from apps.repository.models import AuSummary
from tests.factories import make_finding, make_poll
from tests.polls.conftest import PLUGINS, make_au

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def plugin(node, clock):
    load_plugin_folder(path=PLUGINS, user=None)


@pytest.fixture
def peers(node, db):
    from tests.polls.bridge import OWN

    return [
        ensure_peer(identity=replace(OWN, port=9_800 + number), source="configured") for number in range(3)
    ]


def status(au, **values) -> PollStatus:
    return PollStatus.objects.create(au=au, **values)


def due() -> list[int]:
    """Volumes of the AUs that are due, in their order."""
    return [int(au.params["volume"]) for au in scanning.due_aus(100)]


def test_an_au_without_any_row_of_polls_is_due():
    make_au(1)
    assert due() == [1]
    PollStatus.objects.create(au=make_au(2))
    assert due() == [1, 2]


@pytest.mark.parametrize(
    ("values", "is_due"),
    [
        ({}, True),
        ({"due_at": -HOUR}, True),
        ({"due_at": 0 * HOUR}, True),
        ({"due_at": HOUR}, False),
        # An attempt was made and came to nothing: not at once again.
        ({"last_attempt_at": -HOUR}, False),
        ({"last_attempt_at": -4 * HOUR}, True),
        ({"due_at": -HOUR, "last_attempt_at": -HOUR}, False),
        ({"due_at": -HOUR, "last_attempt_at": -5 * HOUR}, True),
        # A person's wish comes before all dates.
        ({"due_at": HOUR, "requested_at": -HOUR}, True),
        ({"due_at": HOUR, "last_attempt_at": -HOUR, "requested_at": 0 * HOUR}, True),
    ],
)
def test_dates(values, is_due):
    status(make_au(1), **{name: now() + value for name, value in values.items()})
    assert due() == ([1] if is_due else [])


@pytest.mark.parametrize(
    "act",
    [
        lambda au: type(au).objects.filter(pk=au.pk).update(state="deactivated"),
        lambda au: CrawlStatus.objects.filter(au=au).delete(),
        lambda au: CrawlStatus.objects.filter(au=au).update(last_success_at=None),
        lambda au: make_poll(au, phase="inviting", ended_at=None),
    ],
)
@pytest.mark.parametrize("wanted", [False, True])
def test_who_is_left_out(act, wanted):
    au, other = make_au(1), make_au(2)
    if wanted:
        status(au, requested_at=now())
    act(au)
    assert due() == [2]
    assert other.params["volume"] == "2"


def test_an_open_poll_counts_beside_many_that_have_ended():
    au = make_au(1)
    for _ in range(3):
        make_poll(au)
    PollStatus.objects.filter(au=au).delete()
    assert due() == [1]
    make_poll(au, phase="voting", ended_at=None)
    assert due() == []


def test_an_open_poll_of_one_au_does_not_hide_another():
    make_poll(make_au(1), phase="voting", ended_at=None)
    make_au(2)
    make_poll(make_au(3))
    PollStatus.objects.all().delete()
    assert due() == [2, 3]


def test_the_order_is_wishes_then_never_polled_then_longest_waiting():
    for volume, values in enumerate(
        [
            {"due_at": now() - HOUR},
            {"due_at": now() - 3 * HOUR},
            {},
            {"due_at": now() + HOUR, "requested_at": now()},
            {"due_at": now() - 2 * HOUR, "requested_at": now() - HOUR},
        ],
        start=1,
    ):
        status(make_au(volume), **values)
    make_au(6)
    assert due() == [5, 4, 3, 6, 2, 1]
    assert [int(au.params["volume"]) for au in scanning.due_aus(3)] == [5, 4, 3]
    assert scanning.due_aus(0) == []


def test_a_scan_begins_as_many_as_may_run_at_once(peers, node, settings):
    settings.NODE = replace(node, poll_max_simultaneous=2)
    aus = [make_au(volume) for volume in range(1, 5)]
    assert scanning.call_due_polls() == 2
    assert scanning.call_due_polls() == 0
    assert set(Poll.objects.values_list("au_id", flat=True)) == {au.pk for au in aus[:2]}
    Poll.objects.filter(au=aus[0]).update(ended_at=now())
    assert scanning.call_due_polls() == 1


def test_between_two_begins_is_a_pause(peers, node, settings, clock):
    settings.NODE = replace(node, poll_between_polls=120.0)
    for volume in (1, 2):
        make_au(volume)
    assert scanning.call_due_polls() == 1
    clock.shift(119)
    assert scanning.call_due_polls() == 0
    clock.shift(1)
    assert scanning.call_due_polls() == 1


def test_a_node_that_calls_none(peers, node, settings):
    settings.NODE = replace(node, poll_enabled=False)
    make_au(1)
    assert scanning.call_due_polls() == 0


def test_what_cannot_be_polled_does_not_keep_the_others_back(peers, node):
    broken = make_au(1)
    type(broken).objects.filter(pk=broken.pk).update(plugin_id="org.example.Missing")
    make_au(2)
    assert scanning.call_due_polls() == 1
    row = PollStatus.objects.get(au=broken)
    assert "org.example.Missing" in row.blocked
    assert row.last_attempt_at == now()


def test_while_the_clock_is_wrong_none_is_called_and_none_is_forgotten(peers, clock):
    au = make_au(1)
    status(au, due_at=now() + HOUR)
    pollers.request_poll(au=au)
    clock_trust.hold(server="time.example", seconds=90.0)
    assert scanning.call_due_polls() == 0
    row = PollStatus.objects.get(au=au)
    assert (row.requested_at, row.last_attempt_at) == (now(), None)
    assert "time.example" in row.blocked
    clock_trust.release()
    assert scanning.call_due_polls() == 1
    row.refresh_from_db()
    assert (row.requested_at, row.last_start_at, row.blocked) == (None, now(), "")


def test_what_cannot_be_polled_says_its_own_reason_first(peers):
    broken = make_au(1)
    type(broken).objects.filter(pk=broken.pk).update(plugin_id="org.example.Missing")
    clock_trust.hold(server="time.example", seconds=90.0)
    assert scanning.call_due_polls() == 0
    assert "org.example.Missing" in PollStatus.objects.get(au=broken).blocked


def test_a_wish_is_fulfilled_once(peers, clock):
    au = make_au(1)
    status(au, due_at=now() + HOUR)
    assert scanning.call_due_polls() == 0
    pollers.request_poll(au=au)
    assert scanning.call_due_polls() == 1
    row = PollStatus.objects.get(au=au)
    assert (row.requested_at, row.last_start_at, row.blocked) == (None, now(), "")


def test_a_wish_that_cannot_be_fulfilled_says_why():
    au = make_au(1)
    pollers.request_poll(au=au)
    assert scanning.call_due_polls() == 0
    row = PollStatus.objects.get(au=au)
    assert (row.requested_at, row.blocked) == (None, "no peer can be invited")


def test_every_collected_au_gets_its_row_once():
    make_au(1)
    status(make_au(2))
    CrawlStatus.objects.filter(au=make_au(3)).update(last_success_at=None)
    assert scanning.status_rows() == 1
    assert scanning.status_rows() == 0
    assert PollStatus.objects.count() == 2


def test_a_poll_that_is_drawn_out_too_far_is_not_called(peers, node, settings):
    settings.NODE = replace(node, poll_max_duration=601.0)
    au = make_au(1)
    status(au, last_hash_ms=10_000_000)
    assert pollers.call_poll(au=au) is None
    assert "too busy" in PollStatus.objects.get(au=au).blocked


def test_peers_that_lacked_the_au_are_asked_again_after_a_time(peers, node, clock):
    from apps.peers.services import note_no_au
    from apps.polls import facts
    from apps.polls.config import poll_config

    au = make_au(1)
    note_no_au(au_key_id=au.pk, peers=peers[:2])

    def lacking():
        return [each.lacks_au for each in facts.peer_facts(au, poll_config())]

    assert sorted(lacking()) == [False, True, True]
    # A young AU's set lasts two days (lcap-v3 §8.6).
    clock.shift(dt.timedelta(days=2) - dt.timedelta(seconds=1))
    assert sorted(lacking()) == [False, True, True]
    clock.shift(1)
    assert lacking() == [False] * 3
    note_no_au(au_key_id=au.pk, peers=peers[2:], anew=facts.no_au_expired(au, poll_config()))
    assert sorted(lacking()) == [False, False, True]


def damaged(volume: int, **values):
    """Damage was found an hour ago in an AU whose next poll is far away."""
    au = make_au(volume)
    AuSummary.objects.update_or_create(au_key=au.key, defaults={"damaged": 1})
    status(au, **{"due_at": now() + 100 * HOUR, "last_attempt_at": now() - 2 * HOUR, **values})
    found = make_finding("content-damaged", f"au:{au.pk}", app="repository")
    found.first_at = now() - HOUR
    found.save()
    return au, found


def test_damage_that_was_found_asks_for_a_poll_once(peers):
    au, found = damaged(1)
    assert due() == []
    assert scanning.ask_for_damaged() == 1
    # Asking twice is asking once.
    assert scanning.ask_for_damaged() == 0
    assert due() == [1]
    assert scanning.call_due_polls() == 1
    assert scanning.ask_for_damaged() == 0
    # Found anew by another check: the same finding counts up and asks for nothing more.
    Finding.objects.filter(pk=found.pk).update(count=2, last_at=now() + HOUR)
    assert scanning.ask_for_damaged() == 0
    assert PollStatus.objects.get(pk=au.pk).requested_at is None


def test_a_poll_that_could_not_be_called_is_tried_again_at_its_time():
    au, _found = damaged(1)
    scanning.ask_for_damaged()
    assert scanning.call_due_polls() == 0
    row = PollStatus.objects.get(pk=au.pk)
    assert (row.requested_at, row.blocked) == (None, "no peer can be invited")
    assert row.due_at <= now()
    assert scanning.ask_for_damaged() == 0
    assert due() == []
    PollStatus.objects.filter(pk=au.pk).update(last_attempt_at=now() - 5 * HOUR)
    Finding.objects.update(first_at=now() - 6 * HOUR)
    assert due() == [1]


@pytest.mark.parametrize("case", ["repaired", "deactivated", "closed", "older"])
def test_what_needs_no_poll_asks_for_none(case):
    au, found = damaged(1)
    if case == "repaired":
        AuSummary.objects.filter(pk=au.pk).update(damaged=0)
    if case == "deactivated":
        type(au).objects.filter(pk=au.pk).update(state="deactivated")
    if case == "closed":
        Finding.objects.filter(pk=found.pk).update(resolved_at=now())
    if case == "older":
        PollStatus.objects.filter(pk=au.pk).update(last_attempt_at=now() - HOUR / 2)
    assert scanning.ask_for_damaged() == 0
