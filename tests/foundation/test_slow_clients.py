"""Clients that send too slowly let go of the portal's threads."""

import os
import selectors
import socket
import threading
import types
from contextlib import ExitStack

import pytest
from gunicorn.config import Config
from gunicorn.glogging import Logger

from lockss_portal import web_worker
from lockss_portal.web_worker import Arrived, arrived


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


HEAD = b"POST /x HTTP/1.1\r\nHost: here\r\n"


@pytest.mark.parametrize(
    ("request_", "is_there"),
    [
        (b"GET / HTTP/1.1\r\nHost: here\r\n\r\n", Arrived.WHOLE),
        (HEAD + b"Content-Length: 3\r\n\r\nabc", Arrived.WHOLE),
        (HEAD + b"content-length:\t0 \r\n\r\n", Arrived.WHOLE),
        (HEAD + b"Content-Length: 3\r\n\r\nabcGET / HTTP", Arrived.WHOLE),
        (HEAD + b"Content-Length: 70000\r\n\r\nabc", Arrived.LONG),
        (HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n", Arrived.LONG),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", Arrived.LONG),
        (HEAD + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n", Arrived.LONG),
        # What is wrong with it the parser says.
        (b"nonsense\r\n\r\n", Arrived.WHOLE),
        (HEAD + b"Content-Length: three\r\n\r\n", Arrived.WHOLE),
    ],
)
def test_a_request_has_arrived_when_its_end_is_there_and_no_byte_earlier(request_, is_there):
    assert arrived(request_) is is_there
    whole = request_.index(b"\r\n\r\n") + 4
    if is_there is Arrived.WHOLE and b"abc" in request_:
        whole += 3
    for length in range(whole):
        assert arrived(request_[:length]) is Arrived.PARTLY


def test_a_head_without_end_is_refused():
    assert arrived(b"GET / HTTP/1.1\r\nX: " + b"x" * web_worker.MOST_HEAD) is Arrived.REFUSED


class Portal:
    """The worker alone, with two threads, in a thread of this process; it says what it was asked."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        config = Config()
        config.set("threads", 2)
        config.set("keepalive", 5)
        self.worker = web_worker.PatientWorker(
            0, os.getppid(), [_Listener(self.listener)], types.SimpleNamespace(), 30, config, Logger(config)
        )
        self.worker.wsgi = self.answer
        self.worker.notify = lambda: None
        self.worker.tpool = self.worker.get_thread_pool()
        self.worker.poller = selectors.DefaultSelector()
        self.worker.method_queue.init()
        self.thread = threading.Thread(target=self.worker.run, daemon=True)
        self.thread.start()

    @staticmethod
    def answer(environ, start):
        body = environ["wsgi.input"].read()
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    def dial(self, text: bytes = b"") -> socket.socket:
        made = socket.create_connection(self.listener.getsockname(), timeout=20)
        made.sendall(text)
        return made

    def end(self):
        self.worker.alive = False
        self.worker.method_queue.defer(lambda: None)
        self.thread.join(60)
        self.worker.tmp.close()


class _Listener:
    """As gunicorn wraps them."""

    def __init__(self, sock):
        self.sock = sock

    def __getattr__(self, name):
        return getattr(self.sock, name)


@pytest.fixture
def portal():
    made = Portal()
    yield made
    made.end()


def ask(portal: Portal) -> bytes:
    with portal.dial(HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\nhi") as wire:
        return b"".join(iter(lambda: wire.recv(4096), b""))


HALVES = [
    b"GET / HTTP/1.1\r\nHost: here\r\nX: ",
    HEAD + b"Content-Length: 50\r\n\r\nhalf",
    HEAD + b"Content-Length: 5000000\r\n\r\nhalf",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n",
    HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: here\r\n\r\nGET / HTTP/1.1\r\nX: ",
]


@pytest.mark.parametrize("half", HALVES, ids=range(len(HALVES)))
def test_halves_of_requests_occupy_not_every_thread(portal, monkeypatch, half):
    # Longer than a test may take: who gets an answer got it beside them.
    monkeypatch.setattr(web_worker, "SILENCE_S", 300.0)
    monkeypatch.setattr(web_worker, "PATIENCE_S", 300.0)
    with ExitStack() as stack:
        stuck = [stack.enter_context(portal.dial(half)) for _ in range(20)]
        for _ in range(3):
            assert ask(portal).endswith(b"\r\n\r\nhi")
        for one in stuck:
            one.close()


def test_a_request_in_pieces_is_answered(portal):
    with portal.dial() as wire:
        for number in range(2):
            close = b"Connection: close\r\n" if number else b""
            for byte in HEAD + close + b"Content-Length: 2\r\n\r\nhi":
                wire.send(bytes([byte]))
            said = b""
            while not said.endswith(b"hi"):
                said += wire.recv(4096)
            assert said.startswith(b"HTTP/1.1 200")


def test_long_bodies_are_taken_one_behind_the_other(portal):
    body = b"x" * 200_000
    with ExitStack() as stack:
        length = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
        wires = [stack.enter_context(portal.dial(HEAD + length + body[:10])) for _ in range(4)]
        for wire in wires:
            wire.sendall(body[10:])
        for wire in wires:
            said = b"".join(iter(lambda wire=wire: wire.recv(1 << 16), b""))
            assert said.endswith(b"\r\n\r\n" + body)


def test_what_comes_too_slowly_is_let_go(portal, monkeypatch):
    monkeypatch.setattr(web_worker, "PATIENCE_S", 0.0)
    with portal.dial(HALVES[0]) as wire:
        assert wire.recv(1) == b""
