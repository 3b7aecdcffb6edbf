"""Clients that send too slowly let go of the portal's threads."""

import socket
import types

import pytest

from lockss_portal import web_worker


@pytest.fixture
def clock(monkeypatch):
    at = types.SimpleNamespace(now=1000.0)
    monkeypatch.setattr(web_worker, "time", types.SimpleNamespace(monotonic=lambda: at.now))
    return at


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_drip_is_cut_off_although_it_is_never_silent(clock, pair):
    ours, theirs = pair
    reading = web_worker._Reading(ours)
    for _ in range(10):
        theirs.send(b"x")
        assert reading.chunk() == b"x"
        clock.now += 2
    clock.now += 1
    theirs.send(b"x")
    with pytest.raises(TimeoutError):
        reading.chunk()


def test_what_comes_at_the_least_rate_may_take_long(clock, pair):
    ours, theirs = pair
    reading = web_worker._Reading(ours)
    for _ in range(100):
        theirs.send(b"x" * 4000)
        assert len(reading.chunk()) == 4000
        clock.now += 2


def test_the_next_request_of_a_connection_has_its_own_time(clock, pair):
    ours, theirs = pair
    reading = web_worker._Reading(ours)
    clock.now += 500
    reading.begin()
    theirs.send(b"GET")
    assert reading.chunk() == b"GET"
