"""Heads as they come: odd ones read, wrong ones told, limits held, however the bytes are cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.http import FetcherPolicy, GuardedFetcher
from apps.common.http_guard import Guard
from apps.common.http_wire import HeadRecorder, HeadTooLargeError, framing_of, parse_head
from apps.lockss.fetch import Fault, FetchLimits, FetchRequest, Framing
from tests.contracts.fetcher import ListSink

LIMITS = FetchLimits(connect=5, idle=0.5, total=10)


def record(
    wire: bytes, cuts: tuple[int, ...] = (), limits: FetchLimits = LIMITS
) -> tuple[HeadRecorder, bytes]:
    recorder = HeadRecorder(limits)
    places = sorted({cut for cut in cuts if 0 < cut < len(wire)})
    out = b"".join(
        recorder.feed(wire[start:end]) for start, end in zip((0, *places), (*places, len(wire)), strict=True)
    )
    return recorder, out


WIRES = {
    "plain": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: y\r\n\r\nabc",
    "more": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdefHTTP/1.1 200 OK\r\n\r\n",
    "bare-lf": b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc",
    "interim": b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\nHTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\n\r\nrest",
    "leading-lines": b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    "folded": b"HTTP/1.1 200 OK\r\nX: a\r\n\t b\r\n  c\r\nContent-Length: 0\r\n\r\n",
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "no-content": b"HTTP/1.1 204 No\r\n\r\nsmuggled",
    "garbage": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "two-lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
}


@pytest.mark.parametrize("name", WIRES)
def test_byte_by_byte_is_as_whole(name: str) -> None:
    wire = WIRES[name]
    whole, out = record(wire)
    single, pieces = record(wire, tuple(range(len(wire))))
    assert (single.head, single.framing, single.malformed) == (whole.head, whole.framing, whole.malformed)
    assert pieces == out


@given(st.sampled_from(sorted(WIRES)), st.lists(st.integers(0, 120), max_size=8))
def test_any_cut_is_as_whole(name: str, cuts: list[int]) -> None:
    whole, out = record(WIRES[name])
    cut, pieces = record(WIRES[name], tuple(cuts))
    assert (cut.head, cut.malformed, pieces) == (whole.head, whole.malformed, out)


@given(st.binary(max_size=400))
def test_any_bytes_are_recorded_or_refused_without_an_exception(wire: bytes) -> None:
    recorder, _ = record(wire)
    assert not (recorder.head is not None and recorder.malformed)


def test_what_the_parser_gets_has_this_body_and_no_byte_more() -> None:
    assert record(WIRES["more"])[1].endswith(b"\r\n\r\nabc")
    assert record(WIRES["no-content"])[1].endswith(b"\r\n\r\n")
    assert record(WIRES["more"])[0].excess


def test_interim_answers_are_not_the_answer() -> None:
    recorder, out = record(WIRES["interim"])
    assert recorder.head is not None
    assert recorder.head.raw == b"HTTP/1.1 200 OK\r\n\r\n"
    assert out.count(b"HTTP/") == 1


def test_folded_lines_are_one_value() -> None:
    head = record(WIRES["folded"])[0].head
    assert head is not None
    assert head.first("x") == "a b c"


HEADS = [
    # head, status, reason, framing
    (b"HTTP/1.1 200 OK\r\n\r\n", 200, "OK", Framing.CLOSE),
    (b"HTTP/1.0 200\r\n\r\n", 200, "", Framing.CLOSE),
    (b"http/1.1 404  Not  Found \r\n\r\n", 404, "Not  Found", Framing.CLOSE),
    (b"HTTP/2 200 \r\nContent-Length:5\r\n\r\n", 200, "", Framing.LENGTH),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n", 200, "OK", Framing.LENGTH),
    (b"HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\n", 200, "OK", Framing.CLOSE),
    (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", 200, "OK", Framing.CLOSE),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 200, "OK", None),
    (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 5\r\n\r\n",
        200,
        "OK",
        Framing.CHUNKED,
    ),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 200, "OK", Framing.CHUNKED),
    (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 5\r\n\r\n",
        200,
        "OK",
        Framing.CLOSE,
    ),
    (b"HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", 204, "No", Framing.NONE),
    (b"HTTP/1.1 304 Same\r\nTransfer-Encoding: chunked\r\n\r\n", 304, "Same", Framing.NONE),
    (b"HTTP/1.1 999 Own\r\n\r\n", 999, "Own", Framing.CLOSE),
]


@pytest.mark.parametrize(("raw", "status", "reason", "framing"), HEADS)
def test_heads(raw: bytes, status: int, reason: str, framing: Framing | None) -> None:
    head = parse_head(raw)
    assert head is not None
    assert (head.status, head.reason, framing_of(head), head.raw) == (status, reason, framing, raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 0200 OK\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"\r\n",
    ],
)
def test_what_is_no_head(raw: bytes) -> None:
    assert parse_head(raw) is None


TIGHT = FetchLimits(header_line=100, header_bytes=1_000, header_lines=10)
LINE = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("wire", "word"),
    [
        (LINE + b"A: b\r\n" * 11 + b"\r\n", "lines"),
        (LINE + b"A: " + b"b" * 100 + b"\r\n\r\n", "line over"),
        (LINE + b"A: " + b"b" * 100, "line over"),
        (LINE + b"A: %s\r\n" % (b"b" * 98) * 9 + b"A: " + b"c" * 80 + b"\r\n\r\n", "bytes"),
        (b"HTTP/1.1 100 Go\r\n\r\n" * 60, "bytes"),
        (b"HTTP/1.1 200 OK\r\n" + b"x" * 2_000, "bytes"),
    ],
)
def test_heads_over_the_limits(wire: bytes, word: str) -> None:
    for cuts in ((), tuple(range(0, len(wire), 7))):
        with pytest.raises(HeadTooLargeError, match=word):
            record(wire, cuts, TIGHT)


def test_heads_at_the_limits_are_read() -> None:
    wire = LINE + b"A: " + b"b" * 97 + b"\r\n" + b"A: b\r\n" * 9 + b"\r\n"
    assert record(wire, (), TIGHT)[0].head is not None


@asynccontextmanager
async def raw_server(*answers: bytes, hold: bool = False) -> AsyncIterator[tuple[str, list[bytes]]]:
    """One answer for each connection, then closed (or held open)."""
    heads: list[bytes] = []
    rest = list(answers)
    open_writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_writers.append(writer)
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(rest.pop(0) if rest else b"")
        await writer.drain()
        if not hold:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
    finally:
        server.close()
        for writer in open_writers:
            writer.close()


ODD_BUT_READ = {
    "space before colon": (b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok", b"ok"),
    "blank in a name": (b"HTTP/1.1 200 OK\r\nX Foo: 1\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "a line without a colon": (b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "control characters": (b"HTTP/1.1 200 OK\r\nX: \x01\x7f\xff\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "bare line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", b"ok"),
    "repeated length": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "early hints": (
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        b"ok",
    ),
    "upgrade nobody asked for": (b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\nbinary", b""),
    "http/1.0": (b"HTTP/1.0 200 OK\r\n\r\nok", b"ok"),
    "status 299": (b"HTTP/1.1 299 Odd\r\nContent-Length: 2\r\n\r\nok", b"ok"),
    "chunk extensions and trailers": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n",
        b"ok",
    ),
    "body behind not modified": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\nsmuggled!!", b""),
}


@pytest.mark.parametrize("name", ODD_BUT_READ)
async def test_odd_answers_are_read(name: str) -> None:
    wire, body = ODD_BUT_READ[name]
    async with (
        raw_server(wire) as (endpoint, _),
        GuardedFetcher(FetcherPolicy(guard=Guard.of([endpoint]))) as fetcher,
    ):
        sink = ListSink()
        result = await fetcher.fetch(FetchRequest(f"http://{endpoint}/", limits=LIMITS), sink)
    assert (result.fault, sink.data) == (None, body), result.detail


async def test_contradicting_lengths_are_no_answer() -> None:
    async with (
        raw_server(WIRES["two-lengths"]) as (endpoint, _),
        GuardedFetcher(FetcherPolicy(guard=Guard.of([endpoint]))) as fetcher,
    ):
        result = await fetcher.fetch(FetchRequest(f"http://{endpoint}/", limits=LIMITS), ListSink())
    assert (result.fault, result.head) == (Fault.BAD_HEAD, None)


async def test_a_second_answer_on_the_connection_is_never_taken_for_the_next() -> None:
    """A server may not answer a question before it is asked."""
    first = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nforge"
    second = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2"
    async with (
        raw_server(first, second, hold=True) as (endpoint, heads),
        GuardedFetcher(FetcherPolicy(guard=Guard.of([endpoint]))) as fetcher,
    ):
        bodies = []
        for path in ("/1", "/2"):
            sink = ListSink()
            await fetcher.fetch(FetchRequest(f"http://{endpoint}{path}", limits=LIMITS), sink)
            bodies.append(sink.data)
    assert (bodies, len(heads)) == ([b"1", b"2"], 2)


async def test_the_connection_is_kept_for_the_next_request() -> None:
    async with (
        raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1", hold=True) as (endpoint, heads),
        GuardedFetcher(FetcherPolicy(guard=Guard.of([endpoint]))) as fetcher,
    ):
        await fetcher.fetch(FetchRequest(f"http://{endpoint}/", limits=LIMITS), ListSink())
        # The server reads one head for each connection: the second request waits on the first one.
        result = await fetcher.fetch(FetchRequest(f"http://{endpoint}/", limits=LIMITS), ListSink())
    assert (result.fault, len(heads)) == (Fault.IDLE_TIMEOUT, 1)


async def test_a_closed_connection_is_not_asked_twice() -> None:
    """The crawl retries by its own table: one fetch is one request."""
    async with (
        raw_server(b"", b"", b"") as (endpoint, heads),
        GuardedFetcher(FetcherPolicy(guard=Guard.of([endpoint]))) as fetcher,
    ):
        result = await fetcher.fetch(FetchRequest(f"http://{endpoint}/", limits=LIMITS), ListSink())
    assert (result.fault, len(heads)) == (Fault.RESET, 1)


@pytest.mark.parametrize("target", ["/%7E'()*", "/a?", "/?'=~%7e", "//a/../b", "/%2e%2E/%c3%a9"])
async def test_the_bytes_on_the_wire(target: str) -> None:
    async with (
        raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as (endpoint, heads),
        GuardedFetcher(FetcherPolicy(guard=Guard.of([endpoint]))) as fetcher,
    ):
        result = await fetcher.fetch(FetchRequest(f"http://{endpoint}{target}", limits=LIMITS), ListSink())
    assert heads == [
        (
            f"GET {target} HTTP/1.1\r\nHost: {endpoint}\r\nUser-Agent: LOCKSS cache\r\n"
            "Accept: text/html, image/gif, image/jpeg; q=.2, */*; q=.2\r\nAccept-Encoding: gzip,deflate\r\n\r\n"
        ).encode()
    ]
    assert result.sent == heads[0]
