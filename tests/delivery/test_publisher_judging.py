"""What an answer of 200 really is, before a byte of it leaves; and how a page is told from one to sign in."""

import asyncio
import gzip
from dataclasses import replace

import pytest

from apps.delivery.publisher import Judged, judged
from apps.lockss.delivery import Failure, PageKind
from apps.lockss.delivery.page_kind import LOOKED_AT, differs, page_kind
from apps.lockss.fetch import Framing
from tests.contracts.asked_publisher import ASK
from tests.simulators.asked_publisher import ScriptedPublisher
from tests.simulators.publisher import Reply, Script, Twist, page

LOGIN = "<html><title>Welcome</title><form><input name=p type='password'></form>"
ARTICLE = "<html><title>Estuaries, 1</title><p>text</p>"

KINDS = [
    (ARTICLE, PageKind.SOUND),
    (LOGIN, PageKind.LOGIN),
    ("<title>Log in | Journal</title>", PageKind.LOGIN),
    ("<title>Sign in</title>", PageKind.LOGIN),
    ("<title>Iniciar sesión</title>", PageKind.LOGIN),
    ("<title>Error 404</title>", PageKind.SOFT_404),
    ("<TITLE>\n Page not found </TITLE>", PageKind.SOFT_404),
    ("<title>Página no encontrada</title>", PageKind.SOFT_404),
    ("<title>A history of logging in Finland, 1404</title>", PageKind.SOUND),
    ("<p>the field type=password is described here: input type=password</p>", PageKind.SOUND),
    ("", PageKind.SOUND),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_signs(text: str, kind: PageKind) -> None:
    assert page_kind("Text/HTML; charset=utf-8", text.encode()) is kind
    assert page_kind("application/pdf", text.encode()) is PageKind.SOUND


def test_what_our_copy_has_too_means_nothing() -> None:
    assert differs(PageKind.LOGIN, PageKind.LOGIN) is PageKind.SOUND
    assert differs(PageKind.LOGIN, PageKind.SOUND) is PageKind.LOGIN
    assert differs(PageKind.SOFT_404, PageKind.LOGIN) is PageKind.SOFT_404


def test_signs_beyond_the_beginning_do_not_count() -> None:
    assert page_kind("text/html", b" " * LOOKED_AT + LOGIN.encode()) is PageKind.SOUND


@pytest.mark.parametrize("sign", [b"<input ", b"<title", b"<title>" + b"4" * 499, b"<input type "])
def test_much_of_a_sign_takes_no_time(sign: bytes) -> None:
    """Patterns are bounded: each byte is looked at a few thousand times at most."""
    assert page_kind("text/html", sign * 8_000) is PageKind.SOUND


async def looked_at(reply: Reply, kept: str = ARTICLE, kind: str = "text/html", seconds: float = 5):
    publisher = ScriptedPublisher(Script().on("/", reply))
    found = await publisher.ask("http://pub.example/", replace(ASK, data=1.0))
    assert not isinstance(found, Failure)

    async def copy() -> bytes:
        return kept.encode()

    return publisher, await judged(found, seconds, (kind, copy))


async def test_a_page_to_sign_in_is_told_unless_the_copy_has_the_field_too() -> None:
    for kept, wanted in ((ARTICLE, PageKind.LOGIN), (LOGIN, PageKind.SOUND)):
        publisher, found = await looked_at(page(LOGIN), kept)
        assert isinstance(found, Judged)
        assert found.page is wanted
        assert b"".join([piece async for piece in found.body]).decode() == LOGIN
        await found.close()
        assert publisher.open == 0


async def test_what_should_be_a_file_and_is_a_page_to_sign_in() -> None:
    _, found = await looked_at(page(LOGIN), "%PDF", "application/pdf")
    assert isinstance(found, Judged)
    assert found.page is PageKind.LOGIN


async def test_coded_pages_are_looked_into() -> None:
    coded = gzip.compress(LOGIN.encode(), mtime=0)
    kind = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"))
    _, found = await looked_at(Reply(body=coded, headers=kind))
    assert isinstance(found, Judged)
    assert found.page is PageKind.LOGIN
    assert b"".join([piece async for piece in found.body]) == coded


async def test_other_statuses_are_not_judged() -> None:
    _, found = await looked_at(Reply(206, LOGIN.encode(), (("Content-Type", "text/html"),)))
    assert isinstance(found, Judged)
    assert found.page is PageKind.SOUND


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (Reply(body=b"x" * 999, twist=Twist.SHORT_LENGTH), Failure.TRUNCATED),
        (Reply(body=b"x" * 999, framing=Framing.CHUNKED, twist=Twist.CUT_CHUNK), Failure.TRUNCATED),
        (Reply(body=b"x" * 999, twist=Twist.SILENT_IN_BODY), Failure.STALL),
    ],
)
async def test_a_body_that_fails_early_can_still_be_replaced(reply: Reply, failure: Failure) -> None:
    publisher, found = await looked_at(reply)
    assert found is failure
    assert publisher.open == 0


class _Slow:
    """One piece, then another when it is let go."""

    status, fields, length = 200, [("Content-Type", "text/html")], None

    def __init__(self, first: bytes) -> None:
        self.gate, self.closed, self._first = asyncio.Event(), False, first
        self.body = self._pieces()

    async def _pieces(self):
        if self._first:
            yield self._first
        await self.gate.wait()
        yield b"second"

    async def close(self) -> None:
        self.closed = True


async def _none() -> bytes:
    return b""


async def test_a_slow_body_is_passed_on_whole() -> None:
    """The time that ends the looking must not end the body."""
    slow = _Slow(b"first")
    found = await judged(slow, 0.05, ("text/html", _none))
    assert isinstance(found, Judged)
    slow.gate.set()
    assert [piece async for piece in found.body] == [b"first", b"second"]
    await found.close()
    assert slow.closed


async def test_a_body_that_says_nothing_in_time_is_a_stall() -> None:
    slow = _Slow(b"")
    assert await judged(slow, 0.05, ("text/html", _none)) is Failure.STALL
    assert slow.closed
