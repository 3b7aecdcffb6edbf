"""The content host over a real socket: what servers and clients on the way make of it."""

import http.client
import re
import socket

import pytest

from apps.delivery import strict_http
from apps.delivery.addresses import path_of, spell
from apps.delivery.passes import Right, grant
from apps.repository.names import url_digest
from tests.delivery.conftest import LONG, PAGE, SITE, SLUG, flip_a_byte, pass_for
from tests.delivery.test_spelling import ODD

pytestmark = pytest.mark.django_db(transaction=True)


def at(url: str) -> str:
    return path_of(SLUG, None, spell(url), key=pass_for("127.0.0.1"))


def ask(served, target: str, method: str = "GET", **fields: str):
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    line.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
    line.putheader("Host", f"localhost:{served.port}")
    for name, value in fields.items():
        line.putheader(name.replace("_", "-"), value)
    line.endheaders()
    answer = line.getresponse()
    try:
        return answer, answer.read()
    finally:
        line.close()


def test_the_way_of_a_reader(served):
    """Address, portal, ticket, pass, page; every step as a browser takes it."""
    url = f"{SITE}/a/page.html?q=1&r=%2F"
    answer, _ = ask(served, f"/{SLUG}/-/{spell(url)}")
    assert answer.status == 302
    assert answer.headers["Location"].startswith(f"http://127.0.0.1:8081/aus/{SLUG}/open/?url=")
    ticket = grant(Right.TICKET, SLUG, roles=["reader"])
    answer, _ = ask(served, path_of(SLUG, None, spell(url), ticket=ticket))
    assert answer.status == 302
    answer, body = ask(served, answer.headers["Location"])
    assert (answer.status, body) == (200, PAGE)
    assert "Server" not in answer.headers


def test_several_answers_on_one_line(served):
    """With a body, without one, and with one that is not sent: the next question is still understood."""
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    seen = []
    for method, url, fields in (
        ("GET", f"{SITE}/f.bin", {}),
        ("HEAD", f"{SITE}/long.mp4", {}),
        ("GET", f"{SITE}/z.css", {}),
        ("GET", f"{SITE}/none", {}),
        ("GET", f"{SITE}/f.bin", {"Range": "bytes=1-2"}),
        ("GET", f"{SITE}/f.bin", {"Range": "bytes=999-"}),
        ("GET", f"{SITE}/a/page.html?q=1&r=%2F", {"If-None-Match": "*"}),
        ("GET", f"{SITE}/empty", {}),
        ("GET", f"{SITE}/long.mp4", {}),
    ):
        line.request(method, at(url), headers={"Host": f"localhost:{served.port}", **fields})
        answer = line.getresponse()
        seen.append((answer.status, len(answer.read())))
    line.close()
    assert [status for status, _ in seen] == [200, 200, 200, 404, 206, 416, 304, 200, 200]
    assert [seen[n][1] for n in (0, 1, 4, 5, 6, 7, 8)] == [256, 0, 2, 0, 0, 0, len(LONG)]


def test_addresses_come_through_unchanged(served, monkeypatch):
    """What the application reads is what was spelt, for every odd URL, on the wire."""
    from apps.delivery import routing
    from apps.delivery.serving import Absent

    asked = []
    monkeypatch.setattr(routing, "serve", lambda what, *_args, **_more: asked.append(what) or Absent())
    for url in ODD:
        answer, _ = ask(served, at(url))
        assert answer.status == 404, url
        got = asked.pop()
        assert got.url == url or got.digest == url_digest(url).hex(), url


def test_a_body_that_breaks_ends_short(served):
    flip_a_byte(f"{SITE}/long.mp4", 2_500_000)
    with pytest.raises(http.client.IncompleteRead) as cut:
        ask(served, at(f"{SITE}/long.mp4"))
    assert len(cut.value.partial) < len(LONG)
    answer, _ = ask(served, at(f"{SITE}/long.mp4"))
    assert answer.status == 502


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\n\r\n", 421),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", 400),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET http://localhost/robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nGET ", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"CONNECT localhost:443 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        (b"garbage\r\n\r\n", 400),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    ],
)
def test_bad_questions(served, raw, status):
    assert served.talk(raw).startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize(
    "raw",
    [
        b"GET /robots.txt HTTP/1.1\nHost: localhost\n\n",
        b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
        b"GET /robots.txt HTTP/1.1\r\nHost : localhost\r\n\r\n",
        b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
        b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(served, raw):
    assert served.talk(raw).startswith(b"HTTP/1.1 400 ")


def test_a_refused_question_is_the_last_one(served):
    refused = b"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert b"Disallow" not in served.talk(refused + b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")


@pytest.mark.parametrize(
    "field", [b"X: " + b"a" * 400_000, b"".join(b"X: %d\r\n" % n for n in range(60_000))]
)
def test_a_head_without_end_is_not_kept(served, field):
    found = served.talk(b"GET / HTTP/1.1\r\nHost: localhost\r\n", field)
    assert found.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in found


def test_a_head_that_drips_is_not_waited_for(served, monkeypatch):
    monkeypatch.setattr(strict_http, "LONGEST_HEAD_S", 0.2)
    for begun in (b"", b"GET / HT", b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\nGET /"):
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
            line.sendall(begun)
            # Its end, not the time-out of ten seconds.
            while line.recv(65_536):
                pass


def test_no_second_question_hides_in_the_first(served):
    hidden = b"GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n"
    raw = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    found = served.talk(raw % len(hidden) + hidden)
    assert b"Disallow" not in found


def test_a_reader_who_leaves_ends_the_work(served, monkeypatch):
    from apps.delivery import routing
    from apps.delivery.serving import Answer

    ended = []

    def endless():
        while True:
            yield b"x" * 65_536

    answer = Answer(200, [("Content-Type", "video/mp4")], endless(), lambda: ended.append(True))
    monkeypatch.setattr(routing, "serve", lambda *_args, **_more: answer)
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
    line.request("GET", at(f"{SITE}/x"), headers={"Host": "localhost"})
    assert len(line.getresponse().read(100_000)) == 100_000
    line.close()
    for _ in range(200):
        if ended:
            break
        served.talk(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert ended == [True]


def test_many_readers_at_once(served):
    from concurrent.futures import ThreadPoolExecutor

    address = at(f"{SITE}/a/page.html?q=1&r=%2F")
    with ThreadPoolExecutor(16) as readers:
        answers = list(readers.map(lambda _: ask(served, address), range(64)))
    assert {(answer.status, body) for answer, body in answers} == {(200, PAGE)}


def test_fields_are_told_once(served):
    answer, _ = ask(served, at(f"{SITE}/a/page.html?q=1&r=%2F"))
    names = [name.lower() for name, _ in answer.getheaders()]
    assert sorted(names) == sorted(set(names))
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", answer.headers["Date"])
