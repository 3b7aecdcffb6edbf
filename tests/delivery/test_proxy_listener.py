"""The listener itself: keep-alive, pipelining, limits, slow clients, and all that is no request (delivery §4.1, §16)."""

import asyncio
from dataclasses import replace

import pytest

from apps.delivery.proxy.line import LineTimes
from apps.delivery.proxy.listener import Limits, plain_address
from apps.lockss.delivery import Failure, Reader
from tests.simulators.asked_publisher import ScriptedPublisher
from tests.simulators.proxy_library import COPY, HELD, MISSING, MemoryLibrary, Told, proxy
from tests.simulators.publisher import Reply, Script, Twist

URL = "http://pub.example/a"
HASTY = Limits(times=LineTimes(idle=0.4, head=0.4, write=0.4, tls=0.4))
GET = b"GET http://pub.example/a HTTP/1.1\r\nHost: pub.example\r\n\r\n"


def held() -> MemoryLibrary:
    return MemoryLibrary(known={URL: HELD}, hosts={"pub.example": MISSING})


def dead() -> ScriptedPublisher:
    return ScriptedPublisher(Script(), {"pub.example": Failure.REFUSED})


async def test_one_connection_many_requests() -> None:
    async with proxy(held(), dead()) as at:
        raw = await at.talk(GET, GET, GET, pause=0.05)
    assert raw.count(b"HTTP/1.1 200 OK") == 3
    assert raw.count(COPY) == 3
    assert b"Connection: close" not in raw


async def test_requests_that_do_not_wait_are_answered_in_their_order() -> None:
    second = GET.replace(b"/a", b"/b")
    async with proxy(held(), dead()) as at:
        raw = await at.talk(GET + second + GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    assert [part[:3] for part in raw.split(b"HTTP/1.1 ")[1:]] == [b"200", b"504", b"200"]


async def test_an_old_client_gets_the_body_to_the_end_of_the_connection() -> None:
    publisher = ScriptedPublisher(Script().on("/a", Reply(body=b"x" * 10, headers=(), framing="close")))
    library = MemoryLibrary(known={URL: MISSING})
    async with proxy(library, publisher) as at:
        raw = await at.talk(b"GET http://pub.example/a HTTP/1.0\r\n\r\n")
    told = Told.read(raw)
    assert (told.status, told.body, told.field("connection")) == (200, b"x" * 10, "close")
    assert told.field("transfer-encoding") is None


async def test_head_keeps_the_line() -> None:
    async with proxy(held(), dead()) as at:
        raw = await at.talk(GET.replace(b"GET", b"HEAD") + GET)
    assert raw.count(b"HTTP/1.1 200 OK") == 2
    assert raw.count(COPY) == 1
    assert raw.count(b"Content-Length: %d" % len(COPY)) == 2


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/healthz", 200),
        ("/squid-internal-periodic/store_digest", 404),
        ("/squid-internal-mgr/menu", 404),
        ("/", 200),
        ("/?search=x&after=y", 200),
        ("/a", 400),
        ("//pub.example/a", 400),
        ("/http://pub.example/a", 400),
    ],
)
async def test_what_is_asked_of_the_proxy_itself(path: str, status: int) -> None:
    async with proxy(held(), dead()) as at:
        told = Told.read(await at.talk(f"GET {path} HTTP/1.1\r\nHost: proxy\r\n\r\n".encode()))
    assert told.status == status
    if path.startswith("/?") or path == "/":
        assert b"Estuaries, 1 &lt;b&gt;" in told.body
        assert b'href="http://pub.example/1/"' in told.body
        assert b"after=next" in told.body


async def test_own_pages_stand_in_the_readers_language_and_behind_a_fence() -> None:
    async with proxy(held(), dead()) as at:
        told = Told.read(
            await at.talk(b"GET http://other.example/<x> HTTP/1.1\r\nHost: other.example\r\n\r\n")
        )
        spanish = await at.get("http://other.example/", "Accept-Language: xx, es;q=0.5")
    assert told.status == 403
    assert b"&lt;x&gt;" in told.body
    assert b"127.0.0.1" in told.body
    assert "default-src 'none'" in (told.field("content-security-policy") or "")
    assert told.field("cache-control") == "private, no-store"
    assert b'<html lang="es"' in spanish.body


BAD = {
    "two lengths": (
        b"GET http://pub.example/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        400,
    ),
    "length and coding": (
        b"POST http://pub.example/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    "bare LF": (b"GET http://pub.example/a HTTP/1.1\nHost: a\n\n", 400),
    "folded": (b"GET http://pub.example/a HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400),
    "NUL": (b"GET http://pub.example/a HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", 400),
    "blank before colon": (b"GET http://pub.example/a HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    "user-info": (b"GET http://pub.example@127.0.0.1/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "ftp": (b"GET ftp://pub.example/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "backslash": (b"GET http://pub.example\\@evil/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "asterisk": (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "no host": (b"GET http://pub.example/a HTTP/1.1\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/0.9": (b"GET /\r\n\r\n", 400),
    "long line": (b"GET http://pub.example/" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "many fields": (b"GET http://pub.example/a HTTP/1.1\r\nHost: a\r\n" + b"X: 1\r\n" * 300 + b"\r\n", 431),
    "large head": (
        b"GET http://pub.example/a HTTP/1.1\r\nHost: a\r\n" + b"X: %b\r\n" % (b"a" * 9_000) * 9 + b"\r\n",
        431,
    ),
    "a question with a body": (
        b"GET http://pub.example/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
        400,
    ),
    "a chunked body": (
        b"POST http://pub.example/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        411,
    ),
    "a long body": (
        b"POST http://pub.example/a HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
        413,
    ),
    "a promise": (
        b"POST http://pub.example/a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
        417,
    ),
    "an unknown method": (b"FETCH http://pub.example/a HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    "trace": (b"TRACE http://pub.example/a HTTP/1.1\r\nHost: a\r\n\r\n", 403),
    "connect": (b"CONNECT pub.example:443 HTTP/1.1\r\nHost: pub.example:443\r\n\r\n", 403),
    "connect elsewhere": (b"CONNECT evil.example:25 HTTP/1.1\r\nHost: evil.example:25\r\n\r\n", 403),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\n" * 3, 400),
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_no_request_is_refused_once_and_the_line_closed(name: str) -> None:
    """Nothing behind it is read as a request."""
    data, status = BAD[name]
    library = held()
    async with proxy(library, dead()) as at:
        raw = await at.talk(data + GET)
        assert (await at.get(URL)).status == 200, "others are served on"
    assert Told.read(raw).status == status
    assert raw.count(b"HTTP/1.1 ") == 1
    assert b"Connection: close" in raw
    assert [url for url, _ in library.asked] == [URL]


FORBIDDEN = [
    "http://127.0.0.1:8081/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:7f00:1]/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://localhost/",
    "http://pub.example.evil.net/",
    "http://pub.example:25/",
]


@pytest.mark.parametrize("url", FORBIDDEN)
async def test_it_is_no_open_proxy(url: str) -> None:
    publisher = ScriptedPublisher(Script())
    library = MemoryLibrary(known={URL: HELD})
    async with proxy(library, publisher) as at:
        assert (await at.get(url)).status == 403
    assert publisher.tried == []


async def test_host_says_another_name_than_the_target() -> None:
    """The target wins, and the other name goes nowhere."""
    script = Script().on("/a", Reply(body=b"x"))
    async with proxy(held(), ScriptedPublisher(script)) as at:
        await at.talk(b"GET http://pub.example/a HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    assert script.asked[0].header("host") == "pub.example"


async def test_who_drips_a_head_is_let_go_without_an_answer() -> None:
    library = held()
    async with proxy(library, dead(), limits=HASTY) as at:
        raw = await at.talk(*[b"G", b"E", b"T"], *[b"a"] * 20, pause=0.05)
    assert raw == b""
    assert library.asked == []


async def test_who_says_nothing_is_let_go() -> None:
    async with proxy(held(), dead(), limits=HASTY) as at:
        assert await at.talk() == b""
        assert len(at.listener._lines) == 0


async def test_who_takes_nothing_is_let_go_and_the_publisher_with_him() -> None:
    publisher = ScriptedPublisher(Script().on("/a", Reply(framing="chunked", twist=Twist.ENDLESS)))
    async with proxy(MemoryLibrary(known={URL: MISSING}), publisher, limits=HASTY) as at:
        _reader, writer = await asyncio.open_connection("127.0.0.1", at.port, limit=1_024)
        writer.write(GET)
        await writer.drain()
        await publisher.closed.wait()
        writer.close()
    assert publisher.open == 0


async def test_too_many_of_one_client_and_too_many_in_all() -> None:
    limits = replace(HASTY, connections=4, per_client=2, times=LineTimes())
    async with proxy(held(), dead(), limits=limits) as at:
        lines = [await asyncio.open_connection("127.0.0.1", at.port) for _ in range(2)]
        await asyncio.sleep(0.05)
        assert Told.read(await at.talk(GET)).status == 429
        lines[0][1].close()
        await asyncio.sleep(0.05)
        assert (
            Told.read(await at.talk(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))).status == 200
        )
        lines[1][1].close()
    library = held()
    library.reader = Reader(proxy="university")
    async with proxy(library, dead(), limits=limits) as at:
        lines = [await asyncio.open_connection("127.0.0.1", at.port) for _ in range(4)]
        await asyncio.sleep(0.05)
        assert Told.read(await at.talk(GET)).status == 503, (
            "an institution's proxy may have more, but not all"
        )
        for _, writer in lines:
            writer.close()


async def test_an_error_of_ours_is_told_and_the_others_go_on() -> None:
    library = held()

    async def broken(*_args: object, **_more: object) -> object:
        raise ZeroDivisionError

    async with proxy(library, dead()) as at:
        library.open = broken
        assert (await at.get(URL)).status == 500
        assert (await at.get("http://pub.example/b")).status == 504


async def test_it_ends_while_clients_are_there() -> None:
    async with proxy(held(), dead()) as at:
        _reader, writer = await asyncio.open_connection("127.0.0.1", at.port)
        await asyncio.sleep(0.05)
    writer.close()


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("192.0.2.1", "192.0.2.1"),
        ("::1", "::1"),
    ],
)
def test_addresses(given: str, plain: str) -> None:
    assert plain_address(given) == plain


async def test_a_password_is_asked_for_where_one_is_needed() -> None:
    library = held()
    library.passwords = {"a" * 20: "right"}
    async with proxy(library, dead()) as at:
        refused = await at.get(URL)
        wrong = await at.get(URL, "Proxy-Authorization: Basic eDp5")
        right = await at.get(URL, "Proxy-Authorization: Basic YWFhYWFhYWFhYWFhYWFhYWFhYWE6cmlnaHQ=")
        garbage = await at.get(URL, "Proxy-Authorization: Basic %%%")
    assert [refused.status, wrong.status, right.status, garbage.status] == [407, 407, 200, 407]
    assert (refused.field("proxy-authenticate") or "").startswith("Basic ")


async def test_who_is_being_answered_gets_the_answer_before_it_ends_and_idle_ones_are_let_go() -> None:
    began, go_on = asyncio.Event(), asyncio.Event()
    library = held()
    plain = library.open

    async def slowly(*given: object) -> object:
        began.set()
        await go_on.wait()
        return await plain(*given)

    library.open = slowly
    async with proxy(library, dead()) as at:
        idle, _writer = await asyncio.open_connection("127.0.0.1", at.port)
        asking = asyncio.ensure_future(at.talk(GET))
        await began.wait()
        ending = asyncio.ensure_future(at.listener.end(5))
        assert await idle.read(1) == b""
        go_on.set()
        assert COPY in await asking
        await ending
        _writer.close()
