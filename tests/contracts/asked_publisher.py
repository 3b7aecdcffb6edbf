"""What every ``Publisher`` does, whatever stands behind it: run against a simulator and over real sockets.

Subclasses give a ``lab``: the script, addresses in it, and a publisher. Time limits are tiny; no duration is judged.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from apps.delivery.publisher import CutOffError, Publisher, Reply
from apps.lockss.delivery import Ask, Failure, Pool, Row
from apps.lockss.fetch import Framing
from tests.simulators.publisher import Reply as Scripted
from tests.simulators.publisher import Script, Twist, page, redirect

BODY = bytes(range(256)) * 40
ASK = Ask(Row.ASK, Pool.NORMAL, connect=5.0, head=5.0, data=0.4)
HASTY = replace(ASK, head=0.3)


@dataclass(slots=True)
class PublisherLab:
    script: Script
    publisher: Publisher
    url: Callable[[str], str]

    async def ask(self, path: str, ask: Ask = ASK, **more: object) -> Reply | Failure:
        return await self.publisher.ask(self.url(path), ask, **more)

    async def read(self, path: str, ask: Ask = ASK, **more: object) -> tuple[Reply | Failure, bytes]:
        """The reply and its whole body; the failure and what came before it."""
        found = await self.ask(path, ask, **more)
        if isinstance(found, Failure):
            return found, b""
        data = b""
        try:
            async for piece in found.body:
                data += piece
        except CutOffError as error:
            return error.failure, data
        finally:
            await found.close()
        return found, data


WHOLE = {
    "length": Scripted(body=BODY, headers=(("X-A", "caf\xe9"), ("Set-Cookie", "a=b"))),
    "chunked": Scripted(body=BODY, framing=Framing.CHUNKED),
    "close": Scripted(body=BODY, framing=Framing.CLOSE),
    "empty": Scripted(),
    "no-content": Scripted(204, framing=Framing.NONE),
    "not-modified": Scripted(304, framing=Framing.NONE),
    "part": Scripted(206, body=BODY[:100], headers=(("Content-Range", "bytes 0-99/10240"),)),
    "error-page": Scripted(500, b"<p>down"),
    "more-than-length": Scripted(body=BODY, twist=Twist.LONG_LENGTH),
}
NO_ANSWER = {
    "silent": (Scripted(twist=Twist.SILENT), Failure.STALL),
    "closed-at-once": (Scripted(twist=Twist.CLOSED_AT_ONCE), Failure.RESET),
    "half-head": (Scripted(body=BODY, twist=Twist.HALF_HEAD), Failure.RESET),
    "garbage": (Scripted(twist=Twist.GARBAGE), Failure.RESET),
    "header-flood": (Scripted(body=b"x", twist=Twist.HEADER_FLOOD), Failure.RESET),
    "long-header": (Scripted(body=b"x", twist=Twist.LONG_HEADER), Failure.RESET),
    "upgrade": (Scripted(101, framing=Framing.NONE), Failure.RESET),
    "no-status": (Scripted(999, b"x"), Failure.RESET),
}
CUT = {
    "short-length": (Scripted(body=BODY, twist=Twist.SHORT_LENGTH), Failure.TRUNCATED),
    "cut-chunk": (Scripted(body=BODY, framing=Framing.CHUNKED, twist=Twist.CUT_CHUNK), Failure.TRUNCATED),
    "no-last-chunk": (
        Scripted(body=BODY, framing=Framing.CHUNKED, twist=Twist.NO_LAST_CHUNK),
        Failure.TRUNCATED,
    ),
    "bad-chunk-size": (
        Scripted(body=BODY, framing=Framing.CHUNKED, twist=Twist.BAD_CHUNK_SIZE),
        Failure.TRUNCATED,
    ),
    "silent-in-body": (Scripted(body=BODY, twist=Twist.SILENT_IN_BODY), Failure.STALL),
}


class PublisherContract:
    """Mix into a test class that provides the ``lab`` fixture."""

    @pytest.mark.parametrize("name", WHOLE)
    async def test_a_whole_answer_arrives_as_it_was_sent(self, lab: PublisherLab, name: str) -> None:
        scripted = WHOLE[name]
        lab.script.on("/a", scripted)
        found, data = await lab.read("/a")
        cut = len(BODY) // 2 if scripted.twist is Twist.LONG_LENGTH else len(scripted.body)
        assert not isinstance(found, Failure)
        assert (found.status, data) == (scripted.status, scripted.body[:cut])
        assert [pair for pair in found.fields if pair in scripted.headers] == list(scripted.headers)
        told = scripted.framing is Framing.LENGTH and scripted.status not in {204, 304}
        assert found.length == (cut if told else None)

    @pytest.mark.parametrize("name", NO_ANSWER)
    async def test_what_is_no_answer_is_a_failure(self, lab: PublisherLab, name: str) -> None:
        scripted, failure = NO_ANSWER[name]
        lab.script.on("/a", scripted).on("/good", page("good"))
        assert (await lab.read("/a", HASTY))[0] is failure
        assert (await lab.read("/good"))[1] == b"good", "and the next one is answered"

    @pytest.mark.parametrize("name", CUT)
    async def test_a_body_that_ends_early_says_so(self, lab: PublisherLab, name: str) -> None:
        scripted, failure = CUT[name]
        lab.script.on("/a", scripted)
        found, data = await lab.read("/a")
        assert found is failure
        assert BODY.startswith(data)

    async def test_a_head_answer_has_no_body_but_its_length(self, lab: PublisherLab) -> None:
        lab.script.on("/a", lambda asked: Scripted(body=BODY))
        found, data = await lab.read("/a", method="HEAD")
        assert not isinstance(found, Failure)
        assert (found.status, found.length, data) == (200, len(BODY), b"")

    async def test_redirects_are_told_not_followed(self, lab: PublisherLab) -> None:
        lab.script.on("/a", redirect("/b"))
        found, _ = await lab.read("/a")
        assert not isinstance(found, Failure)
        assert (found.status, lab.script.paths) == (302, ["/a"])

    async def test_the_request_is_written_anew(self, lab: PublisherLab) -> None:
        """Whatever a caller hands in: only names that may be passed, only clean values, no second framing."""
        lab.script.on("/a", page("x"))
        given = [
            ("User-Agent", "Mozilla"),
            ("Authorization", "Basic x"),
            ("Proxy-Authorization", "Basic x"),
            ("X-Lockss", "Repair"),
            ("Host", "evil.example"),
            ("Connection", "upgrade"),
            ("Transfer-Encoding", "chunked"),
            ("Accept", "text/html\r\nX-Injected: 1"),
            ("Accept-Language", "e\x00n"),
            ("Via", "1.1 lockss-0 (x)"),
        ]
        await lab.read("/a", replace(ASK, fields=(("If-None-Match", '"t"'),)), fields=given)
        sent = dict(lab.script.asked[0].headers)
        assert sent.pop("Host") != "evil.example"
        assert sent == {"User-Agent": "Mozilla", "If-None-Match": '"t"', "Via": "1.1 lockss-0 (x)"}

    @pytest.mark.parametrize(
        "url", ["http://user@pub.example/", "ftp://pub.example/", "http://pub.example:25/"]
    )
    async def test_what_no_request_is_made_of(self, lab: PublisherLab, url: str) -> None:
        assert await lab.publisher.ask(url, ASK) is Failure.FORBIDDEN_ADDRESS
        assert lab.script.asked == []

    async def test_closing_early_leaves_the_rest(self, lab: PublisherLab) -> None:
        lab.script.on("/a", Scripted(framing=Framing.CHUNKED, twist=Twist.ENDLESS)).on("/good", page("good"))
        found = await lab.ask("/a")
        assert not isinstance(found, Failure)
        assert await anext(found.body)
        await found.close()
        await found.close()
        assert (await lab.read("/good"))[1] == b"good"
