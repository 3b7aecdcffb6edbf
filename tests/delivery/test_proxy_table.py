"""Rows of the proxies' table over sockets: a listener, a fake publisher and a library in memory (delivery §4.3)."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from apps.delivery.proxy.deciding import Manner
from apps.delivery.publisher import HostRecord
from apps.lockss.delivery import DeliverySettings, Failure, HostDownAction, Mark, Surface
from apps.lockss.delivery.verdict import Access, PublisherFlag
from apps.lockss.fetch import Framing
from tests.simulators.asked_publisher import ScriptedPublisher
from tests.simulators.proxy_library import COPY, HELD, MISSING, MemoryLibrary, proxy
from tests.simulators.publisher import Reply, Script, Twist, page, redirect

URL = "http://pub.example/a"
NEWER = b"<title>newer</title>the publisher's"
LOGIN = page("<title>Journal</title><input type=password>")
FRESH = page(NEWER.decode())
OURS, THEIRS, NOBODY = "ours", "theirs", "nobody"
OPEN, HIDDEN = Access.OPEN, Access.HIDDEN
NEVER = PublisherFlag.NEVER


@dataclass
class Case:
    """``has``; what the publisher does (a reply, a failure); what is answered and by whom; whether it was asked."""

    status: int
    by: str
    has: bool = True
    publisher: Reply | Failure = FRESH
    asked: bool = True
    fields: tuple[str, ...] = ()
    known: dict = field(default_factory=dict)
    method: str = "GET"
    in_au: bool = True
    down: bool = False
    recent: bool = False
    manner: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    listed: bool = False
    audit: bool = False
    own: bool = True


def case(status: int, by: str, **more: object) -> Case:
    return Case(status, by, **more)


CACHE, PUBLISHER = ("X-Lockss-Source: cache",), ("X-Lockss-Source: publisher",)
NOT_HELD = {"has": False}
QUIET = {"asked": False}
CASES = {
    "publisher up, held": case(200, THEIRS),
    "publisher up, not held": case(200, THEIRS, **NOT_HELD),
    "a part of the publisher's": case(206, THEIRS, publisher=Reply(206, NEWER), fields=("Range: bytes=0-9",)),
    "no content": case(204, THEIRS, publisher=Reply(204, framing=Framing.NONE)),
    "404, held": case(200, OURS, publisher=Reply(404, b"gone")),
    "404, not held": case(404, NOBODY, publisher=Reply(404, b"gone"), listed=True, **NOT_HELD),
    "403, held": case(200, OURS, publisher=Reply(403, b"pay")),
    "401, not held": case(401, NOBODY, publisher=Reply(401, b"who"), listed=True, **NOT_HELD),
    "500, held": case(200, OURS, publisher=Reply(500, b"oops")),
    "redirect, held": case(200, OURS, publisher=redirect("http://pub.example/login")),
    "redirect, not held": case(302, THEIRS, publisher=redirect("http://pub.example/b"), **NOT_HELD),
    "login page, held": case(200, OURS, publisher=LOGIN),
    "login page, not held": case(200, THEIRS, publisher=LOGIN, **NOT_HELD),
    "soft 404, held": case(200, OURS, publisher=page("<title>Page not found</title>")),
    "refused, held": case(200, OURS, publisher=Failure.REFUSED),
    "refused, not held": case(502, NOBODY, publisher=Failure.REFUSED, listed=True, **NOT_HELD),
    "time-out, held": case(200, OURS, publisher=Failure.CONNECT_TIMEOUT),
    "time-out, not held": case(504, NOBODY, publisher=Failure.STALL, listed=True, **NOT_HELD),
    "bad TLS, held": case(200, OURS, publisher=Failure.TLS),
    "fenced off, not held": case(403, NOBODY, publisher=Failure.FORBIDDEN_ADDRESS, listed=True, **NOT_HELD),
    "queue full, held": case(200, OURS, publisher=Failure.QUEUE_FULL),
    "queue full, not held": case(503, NOBODY, publisher=Failure.QUEUE_FULL, **NOT_HELD),
    "truncated before a byte left": case(200, OURS, publisher=Reply(body=NEWER, twist=Twist.SHORT_LENGTH)),
    "host down, held": case(200, OURS, down=True, **QUIET),
    "host down, not held": case(504, NOBODY, down=True, listed=True, **NOT_HELD, **QUIET),
    "host down, tried all the same": case(
        200, THEIRS, down=True, settings={"host_down_action": HostDownAction.QUICK}, **NOT_HELD
    ),
    "served lately": case(200, OURS, recent=True, **QUIET),
    "host gone for good, held": case(200, OURS, known={"publisher": NEVER}, **QUIET),
    "host gone for good, not held": case(
        404, NOBODY, known={"publisher": NEVER}, listed=True, **NOT_HELD, **QUIET
    ),
    "open": case(200, OURS, known={"access": OPEN}, **QUIET),
    "open, not held": case(404, NOBODY, known={"access": OPEN}, listed=True, **NOT_HELD, **QUIET),
    "hidden": case(403, NOBODY, known={"access": HIDDEN}, **QUIET),
    "in no AU": case(403, NOBODY, in_au=False, **NOT_HELD, **QUIET),
    "in no AU, forwarded": case(200, THEIRS, in_au=False, settings={"open_forwarding": True}, **NOT_HELD),
    "in no AU, a stranger": case(
        403, NOBODY, in_au=False, settings={"open_forwarding": True}, own=False, **NOT_HELD, **QUIET
    ),
    "POST, a stranger": case(
        403, NOBODY, method="POST", settings={"open_forwarding": True}, own=False, **QUIET
    ),
    "cache wanted": case(200, OURS, fields=CACHE, **QUIET),
    "cache wanted, not held": case(404, NOBODY, fields=CACHE, **NOT_HELD, **QUIET),
    "publisher wanted": case(404, NOBODY, fields=PUBLISHER, publisher=Reply(404, NEWER), listed=True),
    "publisher wanted, gone": case(504, NOBODY, fields=PUBLISHER, known={"publisher": NEVER}, **QUIET),
    "repair": case(403, NOBODY, fields=("X-Lockss: Repair",), **QUIET),
    "AU that is unknown": case(412, NOBODY, fields=("X-Lockss-Auid: other",), **QUIET),
    "AU that is known": case(200, THEIRS, fields=("X-Lockss-Auid: known",)),
    "node never asks": case(200, OURS, manner={"never": True}, **QUIET),
    "POST": case(403, NOBODY, method="POST", **QUIET),
    "forbidden method": case(403, NOBODY, settings={"forbidden_methods": frozenset({"GET"})}, **QUIET),
    "loop": case(508, NOBODY, fields=("Via: 1.1 other, 1.1 lockss-test (x)",), **QUIET),
    "service worker of ours": case(
        403, NOBODY, fields=("Service-Worker: script",), publisher=Failure.REFUSED
    ),
    "service worker of theirs": case(200, THEIRS, fields=("Service-Worker: script",)),
    "304 of the reader's date": case(
        304,
        THEIRS,
        fields=("If-Modified-Since: Sun, 06 Nov 2022 08:49:37 GMT",),
        known={"last_modified": "Sun, 06 Nov 1994 08:49:37 GMT"},
        publisher=Reply(304, framing=Framing.NONE),
    ),
    "304 of our copy's date": case(
        200,
        OURS,
        known={"last_modified": "Sun, 06 Nov 1994 08:49:37 GMT"},
        publisher=Reply(304, framing=Framing.NONE),
    ),
    "HEAD": case(200, THEIRS, method="HEAD"),
    "HEAD, 404, held": case(200, OURS, method="HEAD", publisher=Reply(404, b"gone")),
    "audit, held": case(200, OURS, audit=True, known={"access": OPEN}, **QUIET),
    "audit, not held": case(404, NOBODY, audit=True, known={"access": OPEN}, **NOT_HELD, **QUIET),
    "audit, not held, with AUs": case(
        404,
        NOBODY,
        audit=True,
        known={"access": OPEN},
        settings={"audit_index": True},
        listed=True,
        **NOT_HELD,
        **QUIET,
    ),
    "audit, hidden": case(404, NOBODY, audit=True, known={"access": HIDDEN}, **QUIET),
}


@pytest.mark.parametrize("name", CASES)
async def test_row(name: str) -> None:
    told = CASES[name]
    known = replace(HELD if told.has else MISSING, **told.known)
    if not told.in_au:
        known = replace(known, in_au=False, stem_held=False)
    failing = {"pub.example": told.publisher} if isinstance(told.publisher, Failure) else {}
    script = Script()
    if isinstance(told.publisher, Reply):
        # Asked twice, it would say something that no case expects.
        script.on("/a", [told.publisher, Reply(418)])
    publisher = None if told.audit else ScriptedPublisher(script, failing)
    record = HostRecord(recent_for=60)
    marks = frozenset({Mark.HOST_DOWN} if told.down else ()) | frozenset({Mark.RECENT} if told.recent else ())
    record.note(URL, marks, held=True)
    library = MemoryLibrary(
        surface=Surface.AUDIT if told.audit else Surface.PROXY,
        known={URL: known},
        hosts={"pub.example": MISSING},
        own=told.own,
    )
    manner = Manner(name="lockss-test", settings=DeliverySettings(**told.settings), **told.manner)
    async with proxy(library, publisher, manner=manner, record=record) as at:
        answer = await at.get(URL, *told.fields, method=told.method)
    assert answer.status == told.status
    by = OURS if answer.field("x-lockss") == "from-cache" else THEIRS if answer.field("via") else NOBODY
    assert by == told.by
    if told.method == "HEAD" or told.status in (204, 304):
        assert answer.body == b""
    elif told.by == OURS:
        assert answer.body == COPY
    elif told.by == THEIRS:
        assert isinstance(told.publisher, Reply)
        assert answer.body == told.publisher.body
    else:
        assert b"<b>" not in answer.body
        assert (b"Estuaries, 1" in answer.body) == told.listed
    asked = script.paths == ["/a"] or (publisher is not None and publisher.tried == ["pub.example"])
    assert asked == told.asked
    if publisher is not None:
        assert publisher.open == 0, "every answer of the publisher was closed"


async def test_a_dead_host_is_asked_once_and_then_not_for_a_while() -> None:
    publisher = ScriptedPublisher(Script(), {"pub.example": Failure.STALL})
    library = MemoryLibrary(known={URL: HELD})
    async with proxy(library, publisher) as at:
        for _ in range(3):
            assert (await at.get(URL)).body == COPY
    assert publisher.tried == ["pub.example"]


async def test_an_answer_that_breaks_off_ends_the_connection_and_is_never_completed_from_our_copy() -> None:
    long = Reply(body=b"x" * 300_000, twist=Twist.SHORT_LENGTH)
    publisher = ScriptedPublisher(Script().on("/a", long))
    async with proxy(MemoryLibrary(known={URL: HELD}), publisher) as at:
        answer = await at.get(URL)
    assert answer.status == 200
    assert int(answer.field("content-length") or 0) > len(answer.body)
    assert set(answer.body) <= {ord("x")}
    assert publisher.open == 0


async def test_a_chunked_answer_that_breaks_off_has_no_last_chunk() -> None:
    long = Reply(body=b"x" * 300_000, framing=Framing.CHUNKED, twist=Twist.CUT_CHUNK)
    publisher = ScriptedPublisher(Script().on("/a", long))
    async with proxy(MemoryLibrary(known={URL: MISSING}), publisher) as at:
        raw = await at.talk(b"GET http://pub.example/a HTTP/1.1\r\nHost: pub.example\r\n\r\n")
    assert b"chunked" in raw
    assert not raw.endswith(b"0\r\n\r\n")


async def test_an_old_client_is_told_by_a_reset_that_it_was_not_the_end() -> None:
    """A body without a length, to a client without chunks: an orderly end would look whole."""
    long = Reply(body=b"x" * 300_000, framing=Framing.CHUNKED, twist=Twist.CUT_CHUNK)
    publisher = ScriptedPublisher(Script().on("/a", long))
    async with proxy(MemoryLibrary(known={URL: MISSING}), publisher) as at:
        reader, writer = await asyncio.open_connection("127.0.0.1", at.port)
        writer.write(b"GET http://pub.example/a HTTP/1.0\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            await reader.read(-1)
        writer.close()


async def test_while_the_node_starts() -> None:
    async with proxy(MemoryLibrary(loaded=False), ScriptedPublisher(Script())) as at:
        answer = await at.get(URL)
    assert (answer.status, answer.field("retry-after")) == (503, "30")


async def test_while_the_database_is_away() -> None:
    async with proxy(MemoryLibrary(away=True), ScriptedPublisher(Script())) as at:
        answer = await at.get(URL)
    assert (answer.status, answer.field("retry-after")) == (503, "30")


async def test_what_the_publisher_is_asked_with() -> None:
    """The reader's cookies for that very origin, never what is for us; and its own answer goes back whole."""
    reply = Reply(
        body=NEWER,
        headers=(
            ("Set-Cookie", "a=b"),
            ("Strict-Transport-Security", "max-age=1"),
            ("Connection", "X-Hop"),
            ("X-Hop", "1"),
            ("X-Lockss", "from-cache"),
            ("Proxy-Authenticate", "Basic"),
            ("Via", "1.1 theirs"),
        ),
    )
    script = Script().on("/a", reply)
    async with proxy(MemoryLibrary(known={URL: HELD}), ScriptedPublisher(script)) as at:
        answer = await at.get(
            URL, "Cookie: c=d", "Authorization: Basic x", "Proxy-Authorization: Basic y", "X-Lockss-Cu: 1"
        )
    sent = {name.lower(): value for name, value in script.asked[0].headers}
    assert sent["cookie"] == "c=d"
    assert sent["x-forwarded-for"] == "127.0.0.1"
    assert not {"authorization", "proxy-authorization", "x-lockss-cu", "connection"} & sent.keys()
    assert ("set-cookie", "a=b") in answer.fields
    assert answer.field("strict-transport-security") == "max-age=1"
    assert answer.field("via") == "1.1 theirs, 1.1 lockss-test (LOCKSS-Portal/0.1)"
    assert not {"x-lockss", "x-hop", "proxy-authenticate"} & {name for name, _ in answer.fields}


async def test_the_readers_address_stays_here_where_that_is_set() -> None:
    script = Script().on("/a", FRESH)
    manner = Manner(name="lockss-test", tells_address=False)
    async with proxy(MemoryLibrary(known={URL: HELD}), ScriptedPublisher(script), manner=manner) as at:
        await at.get(URL, "X-Forwarded-For: 192.0.2.9")
    assert script.asked[0].header("x-forwarded-for") is None


async def test_a_form_is_forwarded_where_that_is_switched_on() -> None:
    script = Script().on("/a", Reply(201, b"done"))
    manner = Manner(name="lockss-test", settings=DeliverySettings(open_forwarding=True))
    async with proxy(MemoryLibrary(known={URL: HELD}), ScriptedPublisher(script), manner=manner) as at:
        raw = await at.talk(
            b"POST http://pub.example/a HTTP/1.1\r\nHost: pub.example\r\nContent-Length: 3\r\n\r\na=1"
            b"GET http://pub.example/a HTTP/1.1\r\nHost: pub.example\r\n\r\n"
        )
    assert raw.startswith(b"HTTP/1.1 201 ")
    assert raw.count(b"HTTP/1.1 ") == 1, "the connection ends: nobody knows what was read of the body"
    assert script.asked[0].header("content-length") == "3"
