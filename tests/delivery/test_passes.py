"""Tickets and passes: for one AU, one client, some minutes; nothing of them can be made by others."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.delivery.passes import VALID_S, Right, client_of, grant, holds

SLUG, OTHER = "a" * 20, "b" * 20


@pytest.mark.parametrize("right", Right)
def test_what_is_granted_holds_until_it_lapses(right, time_machine):
    time_machine.move_to(dt.datetime(2026, 11, 26, tzinfo=dt.UTC), tick=False)
    given_one = grant(right, SLUG, "192.0.2.1")
    assert holds(right, given_one, SLUG, "192.0.2.1")
    time_machine.shift(VALID_S[right] - 1)
    assert holds(right, given_one, SLUG, "192.0.2.1")
    time_machine.shift(1)
    assert not holds(right, given_one, SLUG, "192.0.2.1")


def test_no_pass_is_good_for_more_than_ten_minutes():
    assert VALID_S[Right.PASS] <= 600
    assert VALID_S[Right.TICKET] <= 60


@pytest.mark.parametrize(
    ("right", "slug", "client"),
    [(Right.TICKET, SLUG, "192.0.2.1"), (Right.PASS, OTHER, "192.0.2.1"), (Right.PASS, SLUG, "192.0.2.2")],
)
def test_it_holds_for_nothing_else(right, slug, client):
    assert not holds(right, grant(Right.PASS, SLUG, "192.0.2.1"), slug, client)


def test_a_clock_that_was_set_back_gives_no_longer_right(time_machine):
    time_machine.move_to(dt.datetime(2026, 11, 26, tzinfo=dt.UTC), tick=False)
    ahead = grant(Right.PASS, SLUG)
    time_machine.shift(-3600)
    assert not holds(Right.PASS, ahead, SLUG)


@given(st.integers(0, 50), st.characters())
def test_a_changed_letter_is_noticed(place, letter):
    good = grant(Right.PASS, SLUG, "192.0.2.1")
    place %= len(good)
    changed = good[:place] + letter + good[place + 1 :]
    assert holds(Right.PASS, changed, SLUG, "192.0.2.1") is (changed == good)


@given(st.text(max_size=60))
def test_any_text_is_no_right(text):
    assert not holds(Right.PASS, text, SLUG)


def test_another_node_grants_nothing_here(settings):
    foreign = grant(Right.PASS, SLUG)
    settings.SECRET_KEY = "another node's"
    assert not holds(Right.PASS, foreign, SLUG)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_clients(address, client):
    assert client_of(address) == client
