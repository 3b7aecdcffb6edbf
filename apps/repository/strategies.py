"""Hypothesis strategies of names, heads, bodies and captures. Imported by tests only."""

import datetime as dt

from hypothesis import strategies as st

from apps.repository.captures import Capture
from apps.repository.choices import Fact, Origin
from apps.repository.heads import make_head
from apps.repository.warc.compress import STORED_BLOCK

_EPOCH = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0")


def names() -> st.SearchStrategy[str]:
    """What the store takes as a name: URLs, and any other text."""
    plain = st.text("abc/.-_~%?&=:0123456789", max_size=40).map(lambda path: f"http://pub.example/{path}")
    odd = st.text(_ANY, max_size=30).map(lambda path: f"https://pub.example/{path}")
    long = st.integers(10_000, 65_000).map(lambda n: "http://pub.example/" + "x" * n)
    long_odd = st.integers(3_000, 20_000).map(lambda n: "http://pub.example/" + "é\u4e2d " * (n // 3))
    return st.one_of(plain, odd, st.text(_ANY, min_size=1, max_size=30), long, long_odd)


def fields() -> st.SearchStrategy[list[tuple[bytes, bytes]]]:
    """Header fields as hostile servers send them."""
    named = st.sampled_from([b"Content-Type", b"Content-Encoding", b"Transfer-Encoding", b"X", b"Set-Cookie"])
    value = st.one_of(st.sampled_from([b"gzip", b"chunked", b"text/html", b""]), st.binary(max_size=40))
    return st.lists(st.tuples(st.one_of(named, st.binary(max_size=12)), value), max_size=6)


def raw_heads() -> st.SearchStrategy[bytes]:
    """Heads as received: folded lines, bare line feeds, blanks, lines without a colon."""
    lines = st.lists(st.binary(max_size=30), max_size=6)
    ends = st.sampled_from([b"\r\n", b"\n"])
    status = st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/1.0 404 Not\xe9", b"HTTP/1.1 302 "])
    raw = st.tuples(status, lines, ends).map(lambda t: t[2].join([t[0], *t[1]]) + t[2] * 2)
    return st.one_of(raw, fields().map(lambda found: make_head(203, found, b"Odd")))


def bodies() -> st.SearchStrategy[bytes]:
    """Empty ones, ones that shrink, ones that do not, and sizes around the stored block."""
    sizes = st.sampled_from([1, STORED_BLOCK - 1, STORED_BLOCK, STORED_BLOCK + 1, 2 * STORED_BLOCK, 200_000])
    noise = st.tuples(sizes, st.randoms(use_true_random=False)).map(lambda t: t[1].randbytes(t[0]))
    text = st.tuples(st.binary(min_size=1, max_size=20), st.integers(1, 20_000)).map(lambda t: t[0] * t[1])
    return st.one_of(st.binary(max_size=200), noise, text)


def captures(url: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Capture]:
    dates = st.integers(0, 7_000_000_000_000_000).map(lambda us: _EPOCH + dt.timedelta(microseconds=us))
    texts = st.text(_ANY, max_size=30)
    return st.builds(
        Capture,
        url=url or names(),
        collected_at=dates,
        origin=st.sampled_from(Origin),
        body=bodies(),
        head=st.one_of(st.just(b""), raw_heads()),
        request=st.sampled_from([b"", b"GET / HTTP/1.1\r\nHost: pub.example\r\n\r\n"]),
        content_type=st.one_of(st.none(), texts),
        redirected_to=st.one_of(st.none(), names()),
        facts=st.dictionaries(st.sampled_from([str(f) for f in Fact]), texts, max_size=3),
    )
