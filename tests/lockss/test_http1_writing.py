"""One writer for heads: nothing that is stored or made up starts a line of its own (rulings §2, "header injection")."""

import datetime as dt
import http.client
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.http1 import Body, Dropped, WrittenHead, write_head
from apps.lockss.http1.writing import Why

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
NONE = Body(length=0)


def written(*fields: tuple[str, str], status: int = 200, body: Body = NONE, reason: str = "") -> WrittenHead:
    return write_head(status, fields, body, NOW, reason=reason)


def lines(found: WrittenHead) -> list[str]:
    assert found.data.endswith(b"\r\n\r\n")
    return found.data[:-4].decode("latin-1").split("\r\n")


@pytest.mark.parametrize(
    ("status", "body", "ends"),
    [
        (200, Body(length=7), ["Content-Length: 7"]),
        (200, Body(length=0, close=True), ["Content-Length: 0", "Connection: close"]),
        (200, Body(chunked=True), ["Transfer-Encoding: chunked"]),
        (200, Body(), ["Connection: close"]),
        (204, Body(length=7), []),
        (304, Body(), []),
        (304, Body(close=True), ["Connection: close"]),
        (100, Body(), []),
        (206, Body(length=2), ["Content-Length: 2"]),
    ],
)
def test_the_writer_alone_says_where_the_body_ends(status: int, body: Body, ends: list[str]) -> None:
    stored = (("Content-Length", "99"), ("Transfer-Encoding", "gzip"), ("Connection", "keep-alive"))
    found = written(*stored, status=status, body=body)
    assert lines(found)[1:] == ends
    assert found.dropped == tuple(Dropped(name, Why.HOP_BY_HOP) for name, _value in stored)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("X-A", " b\t", "X-A: b"),
        ("X-A", "b\tc", "X-A: b\tc"),
        ("X-A", "caf\xe9", "X-A: caf\xe9"),
        ("X-A", "", "X-A: "),
        ("Last-Modified", "Tue, 10 Nov 2026 10:00:00 GMT", "Last-Modified: Tue, 10 Nov 2026 10:00:00 GMT"),
        ("last-modified", "Tue Nov 10 10:00:00 2026", "last-modified: Tue Nov 10 10:00:00 2026"),
        ("Link", "<http://a.b/ü x>; rel=next", "Link: <http://a.b/%C3%BC%20x>; rel=next"),
        ("Link", '<a>; rel="x, y" , </b?c=%20>;rel=z', 'Link: <a>; rel="x, y" , </b?c=%20>;rel=z'),
        ("Location", "http://a.b/ü?q=ü", "Location: http://a.b/%C3%BC?q=%C3%BC"),
        ("Location", "/t/x?y=%20", "Location: /t/x?y=%20"),
        ("Content-Disposition", 'inline; filename="a.pdf"', 'Content-Disposition: inline; filename="a.pdf"'),
        (
            "Content-Disposition",
            'inline; filename="Übung – 1.pdf"',
            "Content-Disposition: inline; filename=\"_bung _ 1.pdf\"; filename*=UTF-8''%C3%9Cbung%20%E2%80%93%201.pdf",
        ),
    ],
)
def test_what_can_be_sent_is_sent_as_it_is_or_encoded(name: str, value: str, line: str) -> None:
    found = written((name, value))
    shown = lines(found)[1]
    assert shown.replace(" , ", ", ") == line.replace(" , ", ", ")
    assert found.dropped == ()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("X-A", "b\r\nSet-Cookie: c=d", Why.CONTROL),
        ("X-A", "b\nc", Why.CONTROL),
        ("X-A", "b\rc", Why.CONTROL),
        ("X-A", "b\r\n c", Why.CONTROL),
        ("X-A", "b\r\n", Why.CONTROL),
        ("X-A", "b\x00c", Why.CONTROL),
        ("X-A", "b\x7f", Why.CONTROL),
        ("X-A", "b\x0b", Why.CONTROL),
        ("X-A\r\nB", "c", Why.BAD_NAME),
        ("X A", "c", Why.BAD_NAME),
        ("X-A:", "c", Why.BAD_NAME),
        ("", "c", Why.BAD_NAME),
        ("Ä", "c", Why.BAD_NAME),
        ("a" * 101, "c", Why.BAD_NAME),
        ("X-A", "–", Why.NOT_LATIN_1),
        ("X-A", "\ud800", Why.NOT_LATIN_1),
        # What a lone CR or LF becomes where only the low byte of a character is written.
        ("X-A", "\u010a\u010d", Why.NOT_LATIN_1),
        ("Last-Modified", "1731232800000", Why.NO_DATE),
        ("Last-Modified", "", Why.NO_DATE),
        ("Expires", "0", Why.NO_DATE),
        ("Memento-Datetime", "1994", Why.NO_DATE),
        ("Link", "http://a.b/", Why.BAD_LINK),
        ("Link", "<a>; rel=x, b", Why.BAD_LINK),
        ("Link", "<a", Why.BAD_LINK),
        ("Link", "<a>,", Why.BAD_LINK),
        ("Link", "", Why.BAD_LINK),
        ("Link", "<a> b", Why.BAD_LINK),
        ("Link", "<\ud800>", Why.BAD_LINK),
        ("Link", '<a>; title="ü"', Why.BAD_LINK),
        ("Location", "//evil.example/", Why.BAD_PLACE),
        ("Location", "\\\\evil.example/", Why.BAD_PLACE),
        ("Location", "/\\evil.example/", Why.BAD_PLACE),
        ("Location", "http://a.b/ c", Why.BAD_PLACE),
        ("Location", "", Why.BAD_PLACE),
        ("Location", "\ud800", Why.BAD_PLACE),
        ("Content-Disposition", 'inline; filename="\ud800"', Why.NOT_LATIN_1),
        ("Content-Disposition", "inline; filename=–", Why.NOT_LATIN_1),
        ("Upgrade", "h2c", Why.HOP_BY_HOP),
        ("Proxy-Connection", "keep-alive", Why.HOP_BY_HOP),
        ("TE", "trailers", Why.HOP_BY_HOP),
    ],
)
def test_what_could_mean_something_else_is_dropped_and_told(name: str, value: str, why: Why) -> None:
    found = written((name, value), ("X-B", "c"))
    assert [one.why for one in found.dropped] == [why]
    assert lines(found)[1:] == ["X-B: c", "Content-Length: 0"]
    assert found.dropped[0].name.isascii()


def test_the_reason_is_a_phrase_or_the_usual_one() -> None:
    assert lines(written(reason="Fine"))[0] == "HTTP/1.1 200 Fine"
    assert lines(written(reason="Fine\r\nX: y"))[0] == "HTTP/1.1 200 OK"
    assert lines(written(reason="Schön"))[0] == "HTTP/1.1 200 OK"
    assert lines(written(status=299))[0] == "HTTP/1.1 299 "


def test_a_head_has_its_bounds() -> None:
    many = written(*((f"X-{number}", "y") for number in range(300)))
    assert len(lines(many)) - 1 == 200
    assert {one.why for one in many.dropped} == {Why.TOO_MUCH}
    large = written(("X-A", "b" * 65_536), ("X-B", "c"))
    assert [one.why for one in large.dropped] == [Why.TOO_MUCH]
    assert "X-B: c" in lines(large)
    filled = written(("X-A", "b" * 40_000), ("X-B", "c" * 40_000), ("X-C", "d" * 25_000))
    assert [one.name for one in filled.dropped] == ["X-B"]
    assert len(filled.data) <= 65_536


@pytest.mark.parametrize("body", [NONE, Body(), Body(length=5, close=True)])
def test_the_largest_head_is_met_exactly(body: Body) -> None:
    frame = len(written(("X-B", "c"), ("X-A", ""), body=body).data)
    full = written(("X-B", "c"), ("X-A", "b" * (65_536 - frame)), body=body)
    assert (len(full.data), full.dropped) == (65_536, ())
    over = written(("X-B", "c"), ("X-A", "b" * (65_537 - frame)), body=body)
    assert over.dropped == (Dropped("X-A", Why.TOO_MUCH),)


@pytest.mark.parametrize("status", [-1, 0, 99, 600, 1000])
def test_what_is_no_status_is_an_error_of_the_caller(status: int) -> None:
    with pytest.raises(ValueError, match="no status"):
        written(status=status)


@pytest.mark.parametrize(("length", "chunked"), [(5, True), (0, True), (-1, False)])
def test_a_body_has_one_end(length: int, chunked: bool) -> None:
    with pytest.raises(ValueError, match="one end"):
        Body(length=length, chunked=chunked)


NAMES = st.one_of(
    st.sampled_from(
        ["X-A", "Link", "Location", "Last-Modified", "Content-Disposition", "Content-Length", "Set-Cookie"]
    ),
    st.text(max_size=8),
)
TEXTS = st.one_of(
    st.text(max_size=30),
    st.text(st.sampled_from('<>;, "=\\/\r\nab\x00ü–:'), max_size=30),
    st.text(st.characters(codec="latin-1"), max_size=30),
)


@given(st.lists(st.tuples(NAMES, TEXTS), max_size=6), st.integers(100, 599), TEXTS)
def test_no_field_starts_another_line(fields: list[tuple[str, str]], status: int, reason: str) -> None:
    found = write_head(status, fields, Body(length=3), NOW, reason=reason)
    text = lines(found)
    assert found.data.count(b"\n") == found.data.count(b"\r") == found.data.count(b"\r\n")
    assert b"\x00" not in found.data
    ends = 0 if status in {204, 304} or status < 200 else 1
    assert len(text) == 1 + len(fields) - len(found.dropped) + ends
    assert text[0].startswith(f"HTTP/1.1 {status} ")
    names = [name.lower() for name, _value in fields]
    for line in text[1 : len(text) - ends]:
        name, colon, _value = line.partition(": ")
        assert colon
        assert name.lower() in names
        assert name.lower() not in {"content-length", "transfer-encoding"}


@given(st.lists(st.tuples(st.sampled_from(["X-A", "X-B"]), TEXTS), max_size=5))
def test_another_reader_finds_the_same_fields(fields: list[tuple[str, str]]) -> None:
    found = write_head(200, fields, Body(length=3), NOW)
    read = http.client.parse_headers(io.BytesIO(found.data.partition(b"\r\n")[2]))
    kept = [line.partition(": ")[0] for line in lines(found)[1:]]
    assert list(read.keys()) == kept
    assert read.get_all("Content-Length") == ["3"]
