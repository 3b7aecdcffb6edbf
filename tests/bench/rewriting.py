"""Pages and sheets rewritten in memory, against one regular expression over the same bytes (performance §2)."""

import re
import time
from collections.abc import Callable, Iterator

from apps.lockss.rewrite import CssRewriter, HtmlRewriter, LinkMap, ReplayMap, Rewriter, ServeContentMap
from tests.bench.corpus import prose
from tests.bench.report import Line, paired

PAGE = "http://pub.example/journal/toc/12/index.html"
LINKS = 226
SIZE = 20_000
LARGE = 100
PIECE = 65_536
# As often as takes some tenths of a second.
PAGES, LARGE_PAGES, SHEETS = 100, 2, 50

_REFERENCE = re.compile(rb'(href|src)="(/[^"]*)"')
_SHEET_REFERENCE = re.compile(rb"url\((/[^)]*)\)")
# What a regular expression makes in a fifteenth to a tenth of the time: below three milliseconds for the small page.
GOAL = 0.08


def measure(rounds: int) -> Iterator[Line]:
    page, sheet = _page(0), _sheet()
    large = b"".join(_page(number) for number in range(LARGE))
    replay = ReplayMap("/all/", "20200102030405")
    serve = ServeContentMap(["http://pub.example/"])
    new = rb'\1="/all/20200102030405mp_/http://pub.example\2"'

    def html(links: LinkMap) -> Callable[[], Rewriter]:
        return lambda: HtmlRewriter(PAGE, links)

    for name, body, times, make, pattern, put in (
        (f"page of 20 kB, {LINKS} links, replay", page, PAGES, html(replay), _REFERENCE, new),
        (f"page of 20 kB, {LINKS} links, ServeContent", page, PAGES, html(serve), _REFERENCE, new),
        ("page of 2 MB, replay", large, LARGE_PAGES, html(replay), _REFERENCE, new),
        (
            "style sheet of 50 kB",
            sheet,
            SHEETS,
            lambda: CssRewriter(PAGE, replay),
            _SHEET_REFERENCE,
            rb"url(/all/20200102030405oe_/http://pub.example\1)",
        ),
    ):
        ours, theirs = paired(
            lambda body=body, times=times, make=make: _rate(body, times, lambda: _rewritten(make(), body)),
            lambda body=body, times=times, pattern=pattern, put=put: _rate(
                body, times, lambda: pattern.sub(put, body)
            ),
            rounds,
        )
        yield Line(f"rewrite {name}", "B/s", ours, theirs, GOAL, "one regular expression")


def _rate(body: bytes, times: int, made: Callable[[], bytes]) -> float:
    """Bytes per second of processor time: what else the machine does costs none."""
    if not made():
        raise RuntimeError("nothing came out")
    begun = time.process_time()
    for _ in range(times):
        made()
    return len(body) * times / (time.process_time() - begun)


def _rewritten(rewriter: Rewriter, body: bytes) -> bytes:
    out = [rewriter.feed(body[at : at + PIECE]) for at in range(0, len(body), PIECE)]
    return b"".join([*out, rewriter.close()])


def _page(number: int) -> bytes:
    """A table of contents: most links are of its own kind, and each comes once."""
    rows = [
        f'<li class="item"><a class="t" href="/article/{number}/{n}?part=1&amp;from=toc">{prose(n, 12)}</a></li>'
        for n in range(LINKS - 2)
    ]
    head = (
        '<!DOCTYPE html><html><head><title>Contents</title><link rel="stylesheet" href="/css/main.css">'
        '<script src="/js/main.js"></script></head><body><ul>'
    )
    body = head + "".join(rows) + "</ul><p>"
    return (body + prose(number, max(0, SIZE - len(body) - 4)) + "</p>").encode()


def _sheet() -> bytes:
    return "".join(
        f".a{n} > .b:hover {{ color: #{n:06x}; background: rgba(0,0,0,.{n}) url(/img/{n}.png) no-repeat; "
        f'content: "{n}"; margin: 0 {n}px }}\n'
        for n in range(400)
    ).encode()
