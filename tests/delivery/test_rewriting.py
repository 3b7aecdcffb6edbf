"""Bodies with their links exchanged: what goes out, what is kept of it, and what never is."""

import gzip
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.delivery import rewriting
from apps.delivery.bodies import Answer, CutError
from apps.delivery.bounded import BESIDE
from apps.delivery.headers import Fields
from apps.delivery.rewriting import (
    PLACE,
    Links,
    Making,
    Unrewritable,
    charset_of,
    is_rewritten,
    kept_bodies,
    rewritten,
    type_with,
    with_before,
)
from apps.delivery.rewritten import Kept, RewrittenBodies
from apps.lockss.rewrite import ServeContentMap
from apps.repository import services as repository
from apps.repository.choices import ArtifactState
from tests.delivery.conftest import AUID, SITE, flip_a_byte, page
from tests.repository.factories import noise

LINE = b"<div>Preserved copy</div>"
LONG = b"<p>" + b"<a href=/x>x</a>" * 100_000 + b"</p>"


def links(before: str = "", line: bytes = b"") -> Links:
    make = lambda front: ServeContentMap([SITE + "/"], prefix=f"{front}/ServeContent?url=")  # noqa: E731
    return Links(("serve", SITE), make, before, line)


@pytest.fixture
def stored(au):
    kept_bodies.clear()

    def store(url: str, body: bytes, kind: str = "text/html", *fields: tuple[bytes, bytes]):
        added = repository.add_captures(auid=AUID, captures=[page(url, body, kind, *fields)])
        assert added[0].fault is None
        return repository.find(auid=AUID, url=url)

    yield store
    kept_bodies.clear()


def told(answer: Answer) -> dict[str, str]:
    return dict(answer.fields)


def read(answer: Answer) -> bytes:
    try:
        return answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
    finally:
        answer.close()


needs_db = pytest.mark.django_db


@needs_db
def test_links_are_exchanged_and_told(stored):
    one = stored(
        f"{SITE}/a/b.html", b'<a href="c.html">c</a><img src=/i.png><a href="http://else.example/">e</a>'
    )
    got = rewritten(one, {}, links("/t/key"), body=True)
    body = read(got)
    assert body == (
        b'<a href="/t/key/ServeContent?url=http://pub.example/a/c.html">c</a>'
        b"<img src=/t/key/ServeContent?url=http://pub.example/i.png>"
        b'<a href="http://else.example/">e</a>'
    )
    assert got.status == 200
    assert told(got)["Accept-Ranges"] == "none"
    assert told(got)["Content-Length"] == str(len(body))
    assert told(got)["ETag"] == f'W/"v1-{one.sha256.hex()}-r{rewriting.REVISION}"'
    assert told(got)["Content-Type"] == "text/html; charset=windows-1252"
    assert "sandbox" in told(got)["Content-Security-Policy"]
    assert "Content-Encoding" not in told(got)


@needs_db
def test_the_second_reader_gets_it_from_memory_with_a_pass_of_her_own(stored, monkeypatch):
    one = stored(f"{SITE}/a/b.html", b"<a href=c.html>c</a>")
    first = rewritten(one, {}, links("/t/first"), body=True)
    monkeypatch.setattr(repository, "open_body", lambda *_a, **_m: pytest.fail("the disk was asked again"))
    monkeypatch.setattr(repository, "head", lambda *_a, **_m: pytest.fail("the disk was asked again"))
    second = rewritten(one, {}, links("/t/second"), body=True)
    bare = rewritten(one, {}, links(""), body=True)
    assert b"/t/first/ServeContent" in read(first)
    assert read(second) == b"<a href=/t/second/ServeContent?url=http://pub.example/a/c.html>c</a>"
    assert read(bare) == b"<a href=/ServeContent?url=http://pub.example/a/c.html>c</a>"
    assert told(second)["Content-Type"] == told(first)["Content-Type"]


@needs_db
def test_another_map_another_version_another_body(stored):
    one = stored(f"{SITE}/a/b.html", b"<a href=c.html>c</a>")
    rewritten(one, {}, links(), body=True)
    other = Links(("serve", "other"), lambda front: ServeContentMap(["http://other.example/"]))
    assert read(rewritten(one, {}, other, body=True)) == b"<a href=c.html>c</a>"
    two = stored(f"{SITE}/a/b.html", b"<a href=d.html>d</a>")
    assert b"/a/d.html" in read(rewritten(two, {}, links(), body=True))
    assert len(kept_bodies) == 3


@needs_db
def test_what_the_reader_has_is_not_sent_kept_or_not(stored):
    one = stored(f"{SITE}/a/b.html", b"<p>x")
    tag = rewriting.rewritten_tag(one)
    for _ in range(2):
        got = rewritten(one, {"if-none-match": tag}, links(), body=True)
        assert (got.status, read(got)) == (304, b"")
        assert rewritten(one, {"if-none-match": f'"{one.sha256.hex()}"'}, links(), body=True).status == 200


@needs_db
@pytest.mark.parametrize("body", [b"<a href=c.html>c</a>", LONG])
def test_head_is_get_without_a_body(stored, body):
    one = stored(f"{SITE}/a/b.html", body)
    head = rewritten(one, {}, links("/t/key", LINE), body=False)
    got = rewritten(one, {}, links("/t/key", LINE), body=True)
    assert head.fields == got.fields
    assert read(head) == b""
    assert read(got).endswith(LINE)


@needs_db
def test_a_long_page_streams_and_is_not_kept(stored):
    one = stored(f"{SITE}/long.html", LONG)
    got = rewritten(one, {}, links("/t/key", LINE), body=True)
    assert "Content-Length" not in told(got)
    whole = read(got)
    assert whole.count(b"<a href=/t/key/ServeContent?url=http://pub.example/x>x</a>") == 100_000
    assert PLACE.encode() not in whole
    assert whole.endswith(b"</p>" + LINE)
    assert len(kept_bodies) == 0


@needs_db
def test_no_more_than_a_piece_of_a_long_page_is_held(stored):
    """The sheet comes in pieces; between two that go out no more than the buffer was taken in."""
    taken = 0

    def source() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(4_000):
            taken += 16_384
            yield b"p{color:red}\n" * 1_260 + b"    "

    making = Making(source(), "text/css", f"{SITE}/s.css", links().make(PLACE))
    assert making.whole() is None
    assert taken < 2 * rewriting.BUFFERED
    given_out = 0
    for piece in making.rest():
        given_out += len(piece)
        assert taken - given_out < 2 * rewriting.BUFFERED
    assert given_out == taken


@needs_db
@pytest.mark.parametrize(
    ("body", "kind", "says", "holds"),
    [
        (b"<p>\xfc</p>", "text/html; charset=iso-8859-1", "text/html; charset=windows-1252", b"\xfc"),
        ("<p>ü</p>".encode(), "text/html", "text/html; charset=utf-8", "ü".encode()),
        (b"<meta charset=koi8-r><p>\xfc", "text/html", "text/html; charset=koi8-r", b"\xfc"),
        ("<p>ü</p>".encode("utf-16"), "text/html", "text/html; charset=utf-8", "ü".encode()),
        (b"p{content:'\xfc'}", "text/css", "text/css", b"\xfc"),
        (b"p{content:'\xfc'}", "text/css; charset=latin1", "text/css; charset=latin1", b"\xfc"),
    ],
)
def test_the_charset_that_is_told_is_the_one_that_was_used(stored, body, kind, says, holds):
    got = rewritten(stored(f"{SITE}/c", body, kind), {}, links(), body=True)
    assert told(got)["Content-Type"] == says
    assert holds in read(got)


@needs_db
def test_a_coded_page_goes_out_decoded(stored):
    coded = gzip.compress(b"<a href=c.html>c</a>", mtime=0)
    one = stored(f"{SITE}/z.html", coded, "text/html", (b"Content-Encoding", b"gzip"))
    got = rewritten(one, {"accept-encoding": "gzip"}, links(), body=True)
    assert b"ServeContent" in read(got)
    assert "Content-Encoding" not in told(got)


@needs_db
@pytest.mark.parametrize("body", [b"\x1f\x8b\x08garbage", gzip.compress(b"<a href=c>" * 9, mtime=0)[:-12]])
@pytest.mark.parametrize("asked", [True, False])
def test_what_cannot_be_decoded_is_a_file(stored, body, asked):
    one = stored(f"{SITE}/bad.html", body, "text/html", (b"Content-Encoding", b"gzip"))
    got = rewritten(one, {}, links(), body=asked)
    assert told(got)["Content-Disposition"] == "attachment"
    assert told(got)["Content-Type"] == "application/octet-stream"
    assert "Content-Encoding" not in told(got)
    assert read(got) == (body if asked else b"")
    assert len(kept_bodies) == 0


@needs_db
def test_what_is_only_labelled_as_coded_is_rewritten_as_it_is(stored):
    one = stored(f"{SITE}/plain.html", b"<a href=c.html>c</a>", "text/html", (b"Content-Encoding", b"gzip"))
    assert b"ServeContent" in read(rewritten(one, {}, links(), body=True))


@needs_db
def test_a_page_that_can_be_read_in_two_ways_is_not_shown(stored):
    one = stored(f"{SITE}/odd.html", b"<svg><style><a href=/x></style></svg>")
    got = rewritten(one, {}, links(), body=True)
    assert isinstance(got, Unrewritable)
    assert got.code == "rewrite-ambiguous"
    assert len(kept_bodies) == 0


@needs_db
def test_one_that_turns_out_so_behind_its_first_bytes_ends_there(stored):
    bad = b"<svg><style><a href=/x></style></svg>"
    one = stored(f"{SITE}/odd.html", LONG + bad + b"<p>behind")
    got = rewritten(one, {}, links(), body=True)
    seen: list[bytes] = []
    with pytest.raises(CutError):
        seen.extend(got.body)
    got.close()
    assert b"behind" not in b"".join(seen)
    assert bad not in b"".join(seen)


@needs_db
def test_damage_is_told_before_anything_leaves_or_ends_the_answer(stored):
    short = stored(f"{SITE}/short.html", b"<a href=c.html>c</a>" * 9)
    flip_a_byte(short.url)
    with pytest.raises(repository.ContentError):
        rewritten(short, {}, links(), body=True)
    long = stored(f"{SITE}/long.html", LONG + noise(1_000_000).hex().encode())
    flip_a_byte(long.url, long.place.body_deflated - 10_000)
    got = rewritten(long, {}, links(), body=True)
    with pytest.raises(CutError):
        read(got)
    assert repository.find(auid=AUID, url=long.url).state == ArtifactState.DAMAGED
    assert len(kept_bodies) == 0


@needs_db
def test_work_without_end_is_ended(stored, monkeypatch):
    monkeypatch.setattr(rewriting, "LONGEST_WORK", -1.0)
    got = rewritten(stored(f"{SITE}/a", b"<p>x"), {}, links(), body=True)
    assert told(got)["Content-Disposition"] == "attachment"


def test_types_that_have_links():
    assert is_rewritten("Text/HTML; charset=x")
    assert is_rewritten("text/css")
    assert not is_rewritten("application/xhtml+xml")
    assert not is_rewritten("")


@given(st.lists(st.sampled_from([PLACE, PLACE[:5], PLACE[5:], "/", "x", "/abc"]), max_size=12), st.data())
def test_the_pass_is_put_in_wherever_pieces_were_cut(parts, data):
    whole = "".join(parts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    expected = whole.replace(PLACE.encode(), b"/t/key")
    assert b"".join(with_before(iter(pieces), "/t/key")) == expected


def test_a_publishers_page_cannot_name_the_place():
    """A page that holds what an earlier process used, or looks alike, is left as it is."""
    text = b"/" + b"0" * 32 + b"/ServeContent?url="
    assert b"".join(with_before(iter([text]), "/t/key")) == text


def test_utf8_that_is_cut_in_the_middle_is_still_utf8():
    head = ("x" * 4095 + "ü").encode()[:4096]
    assert charset_of(head, "text/html").label == "utf-8"
    assert type_with("text/html", charset_of(b"abc", "text/html")) == "text/html; charset=windows-1252"


# --- What is kept

FIELDS: Fields = [("Content-Type", "text/html")]


def test_the_least_recently_asked_goes_first():
    kept = RewrittenBodies(most=3 * (BESIDE + 10))
    for name in "abc":
        kept.put((name,), Kept(FIELDS, b"x" * 10))
    assert kept.get(("a",)) is not None
    kept.put(("d",), Kept(FIELDS, b"x" * 10))
    assert kept.get(("b",)) is None
    assert all(kept.get((name,)) for name in "acd")


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30_000)), max_size=60))
def test_no_more_than_the_bound_is_ever_kept(puts):
    kept = RewrittenBodies(most=50_000)
    for name, size in puts:
        kept.put((name,), Kept(FIELDS, b"x" * size))
        held = [kept.get((one,)) for one in range(10)]
        assert kept.size == sum(len(one.body) + BESIDE for one in held if one) <= 50_000


def test_what_is_longer_than_the_bound_is_not_kept():
    kept = RewrittenBodies(most=10_000)
    kept.put(("small",), Kept(FIELDS, b"x"))
    kept.put(("large",), Kept(FIELDS, b"x" * 10_000))
    assert kept.get(("large",)) is None
    assert kept.get(("small",)) is not None
