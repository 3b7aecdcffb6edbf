"""What every ``Fetcher`` does, whatever stands behind it: run against the scripted memory and real sockets.

Subclasses give a ``lab``: the script, addresses in it, and a fetcher. Time limits are tiny; no duration is judged.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from apps.lockss.fetch import DEFAULT_HEADERS, Fault, Fetcher, FetchLimits, FetchRequest, FetchResult, Framing
from tests.simulators.publisher import Reply, Script, Twist, bomb, gzipped, page, redirect

BODY = bytes(range(256)) * 40
LIMITS = FetchLimits(connect=5, idle=0.4, total=30, body=1 << 20, decoded=4 << 20)


@dataclass(slots=True)
class ListSink:
    """Keeps what it is given."""

    pieces: list[bytes] = field(default_factory=list)

    def write(self, data: bytes) -> None:
        self.pieces.append(data)

    @property
    def data(self) -> bytes:
        return b"".join(self.pieces)


@dataclass(slots=True)
class Lab:
    """One publisher and a fetcher that may reach it."""

    script: Script
    fetcher: Fetcher
    url: Callable[[str], str]

    async def get(
        self, path: str, limits: FetchLimits = LIMITS, **request: object
    ) -> tuple[FetchResult, bytes]:
        sink = ListSink()
        asked = replace(FetchRequest(self.url(path), limits=limits), **request)
        return await self.fetcher.fetch(asked, sink), sink.data


WHOLE = {
    "length": Reply(body=BODY),
    "chunked": Reply(body=BODY, framing=Framing.CHUNKED),
    "close": Reply(body=BODY, framing=Framing.CLOSE),
    "empty": Reply(),
    "no-content": Reply(204, framing=Framing.NONE),
    "not-modified": Reply(304, framing=Framing.NONE),
    "error-page": Reply(500, b"<p>down"),
    "dead": Reply(404, b"gone"),
    "more-than-length": Reply(body=BODY, twist=Twist.LONG_LENGTH),
    "strange-reason": Reply(reason="Très bien", body=b"x"),
    "no-reason": Reply(reason="", body=b"x"),
}

BROKEN = {
    "short-length": (Reply(body=BODY, twist=Twist.SHORT_LENGTH), Fault.WRONG_LENGTH),
    "cut-chunk": (Reply(body=BODY, framing=Framing.CHUNKED, twist=Twist.CUT_CHUNK), Fault.CUT_CHUNK),
    "no-last-chunk": (Reply(body=BODY, framing=Framing.CHUNKED, twist=Twist.NO_LAST_CHUNK), Fault.CUT_CHUNK),
    "bad-chunk-size": (
        Reply(body=BODY, framing=Framing.CHUNKED, twist=Twist.BAD_CHUNK_SIZE),
        Fault.CUT_CHUNK,
    ),
    "silent": (Reply(twist=Twist.SILENT), Fault.IDLE_TIMEOUT),
    "silent-in-body": (Reply(body=BODY, twist=Twist.SILENT_IN_BODY), Fault.IDLE_TIMEOUT),
    "closed-at-once": (Reply(twist=Twist.CLOSED_AT_ONCE), Fault.RESET),
    "half-head": (Reply(body=BODY, twist=Twist.HALF_HEAD), Fault.RESET),
    "garbage": (Reply(twist=Twist.GARBAGE), Fault.BAD_HEAD),
    "header-flood": (Reply(body=b"x", twist=Twist.HEADER_FLOOD), Fault.HEAD_TOO_LARGE),
    "long-header": (Reply(body=b"x", twist=Twist.LONG_HEADER), Fault.HEAD_TOO_LARGE),
    "endless": (Reply(framing=Framing.CHUNKED, twist=Twist.ENDLESS), Fault.BODY_TOO_LARGE),
    "endless-close": (Reply(framing=Framing.CLOSE, twist=Twist.ENDLESS), Fault.BODY_TOO_LARGE),
    "bomb": (bomb(), Fault.DECODED_TOO_LARGE),
    "gzip-cut": (gzipped(BODY, cut=20), Fault.BAD_CODING),
    "gzip-no-trailer": (gzipped(BODY, cut=8), Fault.BAD_CODING),
    "gzip-trailer": (gzipped(BODY, bad_trailer=True), Fault.BAD_CODING),
}


class FetcherContract:
    """Mix into a test class that provides the ``lab`` fixture."""

    @pytest.mark.parametrize("name", WHOLE)
    async def test_a_whole_answer_arrives_as_it_was_sent(self, lab: Lab, name: str) -> None:
        reply = WHOLE[name]
        lab.script.on("/a", reply)
        result, data = await lab.get("/a")
        cut = len(reply.body) + -len(reply.body) // 2 if reply.twist is Twist.LONG_LENGTH else len(reply.body)
        assert result.fault is None, result.detail
        assert result.status == reply.status
        assert data == reply.body[:cut]
        assert result.head is not None
        assert result.head.raw == reply.head()
        assert result.head.reason == (
            "OK" if reply.reason is None and reply.status == 200 else result.head.reason
        )
        assert result.body is not None
        assert result.body.complete
        assert result.body.stored == result.body.decoded == cut
        assert result.body.framing is (Framing.NONE if reply.status in {204, 304} else reply.framing)

    @pytest.mark.parametrize("name", BROKEN)
    async def test_a_broken_answer_is_a_fault_and_never_complete(self, lab: Lab, name: str) -> None:
        reply, fault = BROKEN[name]
        lab.script.on("/a", reply)
        result, data = await lab.get("/a")
        assert (result.fault, result.body is None or not result.body.complete) == (fault, True)
        assert len(data) <= LIMITS.body

    async def test_after_a_fault_the_next_request_is_served(self, lab: Lab) -> None:
        for number, (reply, _) in enumerate(BROKEN.values()):
            lab.script.on(f"/{number}", reply).on("/good", Reply(body=BODY))
            await lab.get(f"/{number}", replace(LIMITS, idle=0.1))
            result, data = await lab.get("/good")
            assert (result.fault, data) == (None, BODY), f"after {reply.twist}"

    async def test_a_body_over_the_limit_is_cut_at_the_limit(self, lab: Lab) -> None:
        lab.script.on("/a", Reply(framing=Framing.CLOSE, twist=Twist.ENDLESS))
        result, data = await lab.get("/a", replace(LIMITS, body=100_000))
        assert (result.fault, len(data)) == (Fault.BODY_TOO_LARGE, 100_000)

    async def test_a_body_of_exactly_the_limit_is_whole(self, lab: Lab) -> None:
        lab.script.on("/a", Reply(body=BODY))
        result, data = await lab.get("/a", replace(LIMITS, body=len(BODY)))
        assert (result.fault, data) == (None, BODY)

    async def test_a_drip_ends_with_the_total_time(self, lab: Lab) -> None:
        lab.script.on("/a", Reply(body=BODY, twist=Twist.DRIP))
        result, data = await lab.get("/a", replace(LIMITS, idle=5, total=0.5))
        assert result.fault is Fault.TOTAL_TIMEOUT
        assert BODY.startswith(data)

    @pytest.mark.parametrize("members", [1, 3])
    async def test_gzip_is_stored_as_sent_and_measured(self, lab: Lab, members: int) -> None:
        reply = gzipped(BODY, members=members)
        lab.script.on("/a", reply)
        result, data = await lab.get("/a")
        assert (result.fault, data) == (None, reply.body)
        assert result.body is not None
        assert (result.body.decoded, result.body.content_coding) == (members * len(BODY), "gzip")

    async def test_a_plain_file_labelled_gzip_is_kept_and_said_so(self, lab: Lab) -> None:
        lab.script.on("/a", Reply(body=b"%PDF-1.4", headers=(("Content-Encoding", "gzip"),)))
        result, data = await lab.get("/a")
        assert (result.fault, data) == (None, b"%PDF-1.4")
        assert "gzip" in result.detail

    async def test_an_unknown_coding_is_kept_without_a_measure(self, lab: Lab) -> None:
        lab.script.on("/a", Reply(body=b"?", headers=(("Content-Encoding", "exotic"),)))
        result, _ = await lab.get("/a")
        assert result.fault is None
        assert result.body is not None
        assert (result.body.complete, result.body.decoded) == (True, None)

    async def test_redirects_are_answers(self, lab: Lab) -> None:
        lab.script.on("/a", redirect("/b")).on("/b", page("never asked"))
        result, _ = await lab.get("/a")
        assert (result.status, result.fault) == (302, None)
        assert result.head is not None
        assert result.head.first("location") == "/b"
        assert lab.script.paths == ["/a"]

    @pytest.mark.parametrize(
        "path",
        [
            "/",
            "/%7Ea'b?x='&y=%41%2f",
            "/a//b/./c/../d",
            "/a?",
            "/?a?b",
            "/a;b=c,d!$&'()*+:@",
            "/%zz%",
            "/a?b=%E4%20+[x]|^`{}",
            "/\\x",
            f"/{'p' * 20_000}",
        ],
    )
    async def test_the_target_is_sent_as_it_stands(self, lab: Lab, path: str) -> None:
        lab.script.on(path, page("here"))
        result, data = await lab.get(path)
        assert (result.fault, data) == (None, b"here")
        assert result.sent.startswith(b"GET " + path.encode() + b" HTTP/1.1\r\n")

    async def test_the_default_headers_and_no_others(self, lab: Lab) -> None:
        lab.script.on("/a", page("x"))
        await lab.get("/a")
        host, *others = lab.script.asked[0].headers
        assert host[0] == "Host"
        assert others == list(DEFAULT_HEADERS)

    async def test_given_headers_replace_the_defaults(self, lab: Lab) -> None:
        lab.script.on("/a", page("x"))
        await lab.get("/a", headers=(("X-One", "1"), ("X-One", "2")), cookies=("a=b c",))
        assert lab.script.asked[0].headers[1:] == (("X-One", "1"), ("X-One", "2"), ("Cookie", "a=b c"))

    async def test_what_was_sent_is_what_the_publisher_saw(self, lab: Lab) -> None:
        lab.script.on("/a", page("x", ("Set-Cookie", "s=1")))
        for _ in range(2):
            result, _ = await lab.get("/a")
            assert result.sent == lab.script.asked[-1].head

    async def test_cookies_stay_and_their_digests_tell(self, lab: Lab) -> None:
        lab.script.on("/a", page("x", ("Set-Cookie", 's="1 2"; Path=/'), ("Set-Cookie", "t=3; Path=/b")))
        lab.script.on("/b", page("y"))
        first, _ = await lab.get("/a")
        second, _ = await lab.get("/b")
        again, _ = await lab.get("/a")
        assert lab.script.asked[0].header("cookie") is None
        assert set((lab.script.asked[1].header("cookie") or "").split("; ")) == {'s="1 2"', "t=3"}
        assert first.cookies_before != first.cookies_after == second.cookies_before
        assert second.cookies_after == again.cookies_before == again.cookies_after

    async def test_without_cookies_none_are_sent_or_kept(self, lab: Lab) -> None:
        lab.script.on("/a", page("x", ("Set-Cookie", "s=1")))
        await lab.get("/a", use_cookies=False)
        result, _ = await lab.get("/a")
        assert lab.script.asked[1].header("cookie") is None
        assert result.cookies_before == ""

    async def test_headers_come_in_order_with_their_repeats(self, lab: Lab) -> None:
        lab.script.on("/a", page("x", ("X-B", "1"), ("x-a", "caf\xe9"), ("X-B", "2")))
        result, _ = await lab.get("/a")
        assert result.head is not None
        assert result.head.headers[-3:] == (("X-B", "1"), ("x-a", "caf\xe9"), ("X-B", "2"))
        assert result.head.every("x-b") == ("1", "2")

    @pytest.mark.parametrize("lines", [985, 990])
    async def test_many_header_lines_are_read(self, lab: Lab, lines: int) -> None:
        lab.script.on("/a", Reply(body=b"x", headers=tuple(("X", "y") for _ in range(lines))))
        result, _ = await lab.get("/a")
        assert result.fault is None
        assert result.head is not None
        assert len(result.head.headers) == lines + 1

    async def test_a_header_line_of_nearly_the_limit_is_read(self, lab: Lab) -> None:
        value = "v" * 65_000
        lab.script.on("/a", Reply(body=b"x", headers=(("X-Long", value),)))
        result, _ = await lab.get("/a")
        assert result.head is not None
        assert (result.fault, result.head.first("x-long")) == (None, value)

    @pytest.mark.parametrize(
        "url", ["ftp://h/a", "http:///a", "http://h:99999/", "http://a b/", "x", "http://h/ü"]
    )
    async def test_what_is_no_target_is_not_asked(self, lab: Lab, url: str) -> None:
        result = await lab.fetcher.fetch(FetchRequest(url), ListSink())
        assert (result.fault, result.sent, result.head) == (Fault.BAD_URL, b"", None)

    async def test_a_full_disk_is_no_fault_of_the_network(self, lab: Lab) -> None:
        class Full:
            def write(self, data: bytes) -> None:
                raise OSError(28, "No space left on device")

        lab.script.on("/a", Reply(body=BODY))
        with pytest.raises(OSError, match="No space left"):
            await lab.fetcher.fetch(FetchRequest(lab.url("/a"), limits=LIMITS), Full())
        result, data = await lab.get("/a")
        assert (result.fault, data) == (None, BODY)

    async def test_a_large_body_streams(self, lab: Lab) -> None:
        body = hashlib.sha256(b"x").digest() * 31_250
        lab.script.on("/a", Reply(body=body, framing=Framing.CHUNKED))
        result, data = await lab.get("/a", replace(LIMITS, body=1_000_000))
        assert (result.fault, data) == (None, body)
