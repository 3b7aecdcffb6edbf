"""A request's head, read strictly: whole, byte by byte, with what follows it (rulings §2, "smuggling"; delivery §16)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.http1 import (
    HeadCode,
    HeadLimits,
    HeadReader,
    HeadRefusal,
    RequestHead,
    RequestTarget,
    TargetForm,
)

Outcome = RequestHead | HeadRefusal | None


def read(data: bytes, limits: HeadLimits | None = None) -> tuple[Outcome, bytes]:
    reader = HeadReader(limits)
    return reader.feed(data), reader.rest


def in_pieces(data: bytes, sizes: list[int], limits: HeadLimits | None = None) -> tuple[Outcome, bytes]:
    """The outcome and all that was not the head's, also what was fed afterwards."""
    reader, at, sizes = HeadReader(limits), 0, [*sizes]
    while at < len(data):
        size = sizes.pop(0) if sizes else 1
        piece, at = data[at : at + size], at + size
        outcome = reader.feed(piece)
        if outcome is not None:
            return outcome, reader.rest + data[at:] if isinstance(outcome, RequestHead) else b""
    return None, b""


def head(line: str, *fields: str) -> bytes:
    return "\r\n".join([line, *fields, "", ""]).encode("latin-1")


def got(data: bytes) -> RequestHead:
    outcome, rest = read(data)
    assert isinstance(outcome, RequestHead), outcome
    assert rest == b""
    return outcome


HOST = "Host: pub.example"


@pytest.mark.parametrize(
    ("method", "text", "target"),
    [
        ("GET", "http://pub.example/a?b=c", ("absolute", "http", "pub.example", 80, "/a?b=c")),
        ("GET", "HTTP://PUB.Example.:8080/A", ("absolute", "http", "pub.example", 8080, "/A")),
        ("GET", "https://pub.example", ("absolute", "https", "pub.example", 443, "/")),
        ("GET", "http://pub.example?q", ("absolute", "http", "pub.example", 80, "/?q")),
        ("GET", "http://pub.example/?q=\\", ("absolute", "http", "pub.example", 80, "/?q=\\")),
        ("GET", "http://pub.example/a@b:c//d", ("absolute", "http", "pub.example", 80, "/a@b:c//d")),
        ("HEAD", "http://[2001:DB8::1]:81/", ("absolute", "http", "[2001:db8::1]", 81, "/")),
        ("POST", "http://127.0.0.1/", ("absolute", "http", "127.0.0.1", 80, "/")),
        ("CONNECT", "pub.example:443", ("authority", "", "pub.example", 443, "")),
        ("CONNECT", "[::1]:8443", ("authority", "", "[::1]", 8443, "")),
        ("GET", "/", ("origin", "", "pub.example", 80, "/")),
        ("GET", "/squid-internal-periodic/store_digest", ("origin", "", "pub.example", 80, "/squid-internal-periodic/store_digest")),
        ("GET", "//evil.example/", ("origin", "", "pub.example", 80, "//evil.example/")),
        ("CONNECT-X", "/", ("origin", "", "pub.example", 80, "/")),
    ],
)  # fmt: skip
def test_the_three_forms_of_a_target(method: str, text: str, target: tuple[str, str, str, int, str]) -> None:
    found = got(head(f"{method} {text} HTTP/1.1", HOST))
    assert found.method == method
    assert found.target == RequestTarget(TargetForm(target[0]), *target[1:])


@pytest.mark.parametrize(
    ("line", "url"),
    [
        ("GET HTTP://PUB.example.:80/a/../B?c HTTP/1.1", "http://pub.example/a/../B?c"),
        ("GET https://pub.example:80 HTTP/1.1", "https://pub.example:80/"),
        ("GET http://[::1]:443/ HTTP/1.1", "http://[::1]:443/"),
        ("GET /a HTTP/1.1", ""),
        ("CONNECT pub.example:443 HTTP/1.1", ""),
    ],
)
def test_the_url_that_is_asked_for(line: str, url: str) -> None:
    assert got(head(line, HOST)).target.url == url


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("http://user@pub.example/", HeadCode.USER_INFO),
        ("http://user:secret@pub.example/", HeadCode.USER_INFO),
        ("http://@pub.example/", HeadCode.USER_INFO),
        ("http://pub.example@evil.example/", HeadCode.USER_INFO),
        ("ftp://pub.example/", HeadCode.BAD_SCHEME),
        ("file:///etc/passwd", HeadCode.BAD_SCHEME),
        ("ws://pub.example/", HeadCode.BAD_SCHEME),
        ("http://pub.example:0/", HeadCode.BAD_PORT),
        ("http://pub.example:65536/", HeadCode.BAD_PORT),
        ("http://pub.example:/", HeadCode.BAD_TARGET),
        ("http://pub.example:8a/", HeadCode.BAD_TARGET),
        ("http:///a", HeadCode.BAD_TARGET),
        ("http:pub.example/", HeadCode.BAD_TARGET),
        ("http:\\\\pub.example/", HeadCode.BAD_TARGET),
        ("http://pub.example\\@evil.example/", HeadCode.USER_INFO),
        ("http://pub.example\\.evil.example/", HeadCode.BAD_TARGET),
        ("http://pub.example/a\\b", HeadCode.BAD_TARGET),
        ("http://pub.example/#top", HeadCode.BAD_TARGET),
        ("http://pub.example/\xe9", HeadCode.BAD_TARGET),
        ("http://p\xfcb.example/", HeadCode.BAD_TARGET),
        ("http://pub..example/", HeadCode.BAD_TARGET),
        ("http://.pub.example/", HeadCode.BAD_TARGET),
        ("http://./", HeadCode.BAD_TARGET),
        ("http://[::1/", HeadCode.BAD_TARGET),
        ("http://[1.2.3.4]/", HeadCode.BAD_TARGET),
        ("http://[fe80::1%25eth0]/", HeadCode.BAD_TARGET),
        ("http://%70ub.example/", HeadCode.BAD_TARGET),
        ("/a\\b", HeadCode.BAD_TARGET),
        ("*", HeadCode.BAD_TARGET),
        ("pub.example:443", HeadCode.BAD_TARGET),
        ("javascript:alert(1)", HeadCode.BAD_TARGET),
        ("", HeadCode.BAD_REQUEST_LINE),
    ],
)
def test_targets_that_are_refused(text: str, code: HeadCode) -> None:
    assert read(head(f"GET {text} HTTP/1.1", HOST))[0] == HeadRefusal(code, 1)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("pub.example", HeadCode.BAD_PORT),
        ("user@pub.example:443", HeadCode.USER_INFO),
        ("http://pub.example:443/", HeadCode.BAD_TARGET),
        ("/", HeadCode.BAD_TARGET),
        ("pub.example:443/", HeadCode.BAD_TARGET),
        ("pub.example:0", HeadCode.BAD_PORT),
        ("::1:443", HeadCode.BAD_TARGET),
    ],
)
def test_connect_names_host_and_port_and_nothing_else(text: str, code: HeadCode) -> None:
    assert read(head(f"CONNECT {text} HTTP/1.1", HOST))[0] == HeadRefusal(code, 1)


GET = "GET http://pub.example/ HTTP/1.1"
START = f"{GET}\r\n{HOST}\r\n".encode()


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"GET http://pub.example/ HTTP/1.1\n", HeadRefusal(HeadCode.BARE_LF, 1)),
        (START + b"A: b\n\r\n", HeadRefusal(HeadCode.BARE_LF, 3)),
        (START + b"\n", HeadRefusal(HeadCode.BARE_LF, 3)),
        (b"GET http://pub.example/\rX HTTP/1.1\r\n", HeadRefusal(HeadCode.CONTROL, 1)),
        (START + b"A: b\rC: d\r\n\r\n", HeadRefusal(HeadCode.CONTROL, 3)),
        (START + b"A: b\r\r\n\r\n", HeadRefusal(HeadCode.CONTROL, 3)),
        (START + b"A: b\x00c\r\n\r\n", HeadRefusal(HeadCode.CONTROL, 3)),
        (START + b"A: b\x7f\r\n\r\n", HeadRefusal(HeadCode.CONTROL, 3)),
        (START + b"A: b\x0bc\r\n\r\n", HeadRefusal(HeadCode.CONTROL, 3)),
        (b"GET http://pub.example/\x00 HTTP/1.1\r\n", HeadRefusal(HeadCode.CONTROL, 1)),
        (START + b"A: b\r\n c\r\n\r\n", HeadRefusal(HeadCode.FOLDED, 4)),
        (START + b"A: b\r\n\tc: d\r\n\r\n", HeadRefusal(HeadCode.FOLDED, 4)),
        (f"{GET}\r\n {HOST}\r\n\r\n".encode(), HeadRefusal(HeadCode.FOLDED, 2)),
        (START + b"A : b\r\n\r\n", HeadRefusal(HeadCode.SPACE_BEFORE_COLON, 3)),
        (START + b"Content-Length\t: 5\r\n\r\n", HeadRefusal(HeadCode.SPACE_BEFORE_COLON, 3)),
        (START + b": b\r\n\r\n", HeadRefusal(HeadCode.BAD_FIELD, 3)),
        (START + b"A\r\n\r\n", HeadRefusal(HeadCode.BAD_FIELD, 3)),
        (START + b"A(b): c\r\n\r\n", HeadRefusal(HeadCode.BAD_FIELD, 3)),
        (START + b"\xc3\x84: c\r\n\r\n", HeadRefusal(HeadCode.BAD_FIELD, 3)),
        (b"GET  http://pub.example/ HTTP/1.1\r\n\r\n", HeadRefusal(HeadCode.BAD_REQUEST_LINE, 1)),
        (b"GET http://pub.example/ HTTP/1.1 \r\n\r\n", HeadRefusal(HeadCode.BAD_REQUEST_LINE, 1)),
        (b" GET http://pub.example/ HTTP/1.1\r\n\r\n", HeadRefusal(HeadCode.BAD_REQUEST_LINE, 1)),
        (b"GET\thttp://pub.example/ HTTP/1.1\r\n\r\n", HeadRefusal(HeadCode.BAD_REQUEST_LINE, 1)),
        (b"GET http://pub.example/a b HTTP/1.1\r\n\r\n", HeadRefusal(HeadCode.BAD_REQUEST_LINE, 1)),
        (b"GET http://pub.example/\r\n\r\n", HeadRefusal(HeadCode.BAD_REQUEST_LINE, 1)),
        (b"G\xc3\x84T http://pub.example/ HTTP/1.1\r\n\r\n", HeadRefusal(HeadCode.BAD_REQUEST_LINE, 1)),
        (b"GET http://pub.example/ http/1.1\r\n\r\n", HeadRefusal(HeadCode.BAD_REQUEST_LINE, 1)),
        (b"GET http://pub.example/ HTTP/1.10\r\n\r\n", HeadRefusal(HeadCode.BAD_REQUEST_LINE, 1)),
        (b"\r\n\r\nGET http://pub.example/ HTTP/1.1\r\n\r\n", HeadRefusal(HeadCode.BAD_REQUEST_LINE, 1)),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", HeadRefusal(HeadCode.BAD_VERSION, 1)),
        (b"GET / HTTP/0.9\r\n\r\n", HeadRefusal(HeadCode.BAD_VERSION, 1)),
    ],
)
def test_what_two_programs_could_read_in_two_ways_is_refused(data: bytes, refusal: HeadRefusal) -> None:
    assert read(data)[0] == refusal
    assert in_pieces(data, [])[0] == refusal
    assert refusal.status == (505 if refusal.code is HeadCode.BAD_VERSION else 400)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        (("Content-Length: 5", "Transfer-Encoding: chunked"), HeadCode.LENGTH_AND_CODING),
        (("transfer-encoding: identity", "CONTENT-LENGTH: 5"), HeadCode.LENGTH_AND_CODING),
        (("Content-Length: 5", "Content-Length: 5"), HeadCode.SEVERAL_LENGTHS),
        (("Content-Length: 5", "content-length: 6"), HeadCode.SEVERAL_LENGTHS),
        (("Content-Length: 5, 5",), HeadCode.BAD_LENGTH),
        (("Content-Length: +5",), HeadCode.BAD_LENGTH),
        (("Content-Length: -1",), HeadCode.BAD_LENGTH),
        (("Content-Length: 0x5",), HeadCode.BAD_LENGTH),
        (("Content-Length: 5 6",), HeadCode.BAD_LENGTH),
        (("Content-Length: 1_0",), HeadCode.BAD_LENGTH),
        (("Content-Length: \xb2",), HeadCode.BAD_LENGTH),
        (("Content-Length:",), HeadCode.BAD_LENGTH),
        (("Content-Length: 9999999999999999999",), HeadCode.BAD_LENGTH),
        (("Transfer-Encoding: gzip, chunked",), HeadCode.BAD_CODING),
        (("Transfer-Encoding: xchunked",), HeadCode.BAD_CODING),
        (("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), HeadCode.BAD_CODING),
        (("Transfer-Encoding:",), HeadCode.BAD_CODING),
        (("Host: other.example",), HeadCode.SEVERAL_HOSTS),
        (("host: pub.example",), HeadCode.SEVERAL_HOSTS),
    ],
)
def test_a_body_with_two_ends_or_none_is_refused(fields: tuple[str, ...], code: HeadCode) -> None:
    assert read(head(GET, HOST, *fields))[0] == HeadRefusal(code)


@pytest.mark.parametrize(
    "value", ["", "user@pub.example", "pub.example/", "pub example", "a,b", "pub.example:x"]
)
def test_a_host_that_is_none_is_refused_whatever_the_target(value: str) -> None:
    for line in (GET, "GET / HTTP/1.1", "CONNECT pub.example:443 HTTP/1.1"):
        assert read(head(line, f"Host: {value}"))[0] == HeadRefusal(HeadCode.BAD_HOST)


def test_where_the_body_ends() -> None:
    assert (got(head(GET, HOST)).length, got(head(GET, HOST)).chunked) == (None, False)
    sized = got(head(GET, HOST, "Content-Length: 007"))
    assert (sized.length, sized.chunked) == (7, False)
    coded = got(head(GET, HOST, "Transfer-Encoding: Chunked"))
    assert (coded.length, coded.chunked) == (None, True)
    old = head("GET http://pub.example/ HTTP/1.0", "Transfer-Encoding: chunked")
    assert read(old)[0] == HeadRefusal(HeadCode.BAD_CODING)


@pytest.mark.parametrize(
    ("line", "host", "differs"),
    [
        (GET, "pub.example", False),
        (GET, "PUB.example.:80", False),
        (GET, "other.example", True),
        (GET, "pub.example:8080", True),
        ("GET https://pub.example/ HTTP/1.1", "pub.example:443", False),
        ("GET https://pub.example/ HTTP/1.1", "pub.example:80", True),
        ("CONNECT pub.example:443 HTTP/1.1", "pub.example", False),
        ("CONNECT pub.example:443 HTTP/1.1", "pub.example:443", False),
        ("CONNECT pub.example:443 HTTP/1.1", "evil.example:443", True),
    ],
)
def test_between_target_and_host_the_target_wins(line: str, host: str, differs: bool) -> None:
    found = got(head(line, f"Host: {host}"))
    assert found.target.host == "pub.example"
    assert found.host_differs is differs


def test_host_is_needed_where_nothing_else_names_one() -> None:
    assert read(head(GET))[0] == HeadRefusal(HeadCode.NO_HOST)
    assert read(head("GET / HTTP/1.0"))[0] == HeadRefusal(HeadCode.NO_HOST)
    old = got(head("GET http://pub.example/ HTTP/1.0"))
    assert (old.minor, old.target.host, old.host_differs) == (0, "pub.example", False)
    origin = got(head("GET / HTTP/1.1", "Host: Node.example:24630"))
    assert (origin.target.host, origin.target.port, origin.host_differs) == ("node.example", 24630, False)
    assert (old.length, old.chunked) == (None, False)


@pytest.mark.parametrize(
    ("version", "fields", "stays"),
    [
        ("1.1", (), True),
        ("1.1", ("Connection: close",), False),
        ("1.1", ("Connection: Keep-Alive, Close",), False),
        ("1.1", ("Connection: x", "connection: CLOSE"), False),
        ("1.1", ("Connection: closed",), True),
        ("1.0", (), False),
        ("1.0", ("Connection: keep-alive",), True),
        ("1.0", ("Connection: keep-alive", "Connection: close"), False),
    ],
)
def test_whether_the_client_will_send_more(version: str, fields: tuple[str, ...], stays: bool) -> None:
    assert got(head(f"GET http://pub.example/ HTTP/{version}", HOST, *fields)).keep_alive is stays


def test_fields_are_kept_in_order_with_their_bytes() -> None:
    found = got(head(GET, HOST, "X-A:  b\t c \t", "x-a:", "X-B: caf\xe9"))
    assert found.fields == (("Host", "pub.example"), ("X-A", "b\t c"), ("x-a", ""), ("X-B", "caf\xe9"))
    assert found.every("X-a") == ("b\t c", "")


def test_one_empty_line_before_a_request_is_passed_over() -> None:
    assert read(b"\r\n" + head(GET, HOST) + b"x") == (read(head(GET, HOST))[0], b"x")


def test_the_limits_are_met_exactly() -> None:
    def line(length: int) -> bytes:
        """A request line of this length, its CR included."""
        text = "GET http://pub.example/{} HTTP/1.1\r"
        return text.format("a" * (length - len(text) + 2)).encode() + b"\n"

    fit = line(16_384) + f"{HOST}\r\n\r\n".encode()
    assert isinstance(read(fit)[0], RequestHead)
    refused, _rest = read(line(16_385) + b"\r\n")
    assert refused == HeadRefusal(HeadCode.LINE_TOO_LONG, 1)
    assert isinstance(refused, HeadRefusal)
    assert refused.status == 414

    def sized(size: int) -> bytes:
        start = head(GET, HOST, "X: ")[:-4]
        return start + b"x" * (size - len(start) - 3) + b"\r\n\r\n"

    assert isinstance(read(sized(65_536))[0], RequestHead)
    large = read(sized(65_537))[0]
    assert isinstance(large, HeadRefusal)
    assert (large.code, large.status) == (HeadCode.HEAD_TOO_LARGE, 431)
    many = [f"A{number}: b" for number in range(199)]
    assert isinstance(read(head(GET, HOST, *many))[0], RequestHead)
    over = read(head(GET, HOST, *many, "B: c"))[0]
    assert over == HeadRefusal(HeadCode.TOO_MANY_FIELDS, 202)
    assert over.status == 431


def test_what_never_ends_is_refused_at_the_limit() -> None:
    reader = HeadReader()
    assert reader.feed(b"x" * 16_384) is None
    assert reader.feed(b"x") == HeadRefusal(HeadCode.LINE_TOO_LONG, 1)
    reader = HeadReader()
    assert reader.feed(START + b"A: ") is None
    assert reader.feed(b"x" * (65_536 - len(START) - 3)) is None
    assert reader.feed(b"x") == HeadRefusal(HeadCode.HEAD_TOO_LARGE, 3)


def test_the_first_fault_counts_however_much_follows() -> None:
    behind = b"x" * 100_000
    assert read(b"\n" + behind)[0] == HeadRefusal(HeadCode.BARE_LF, 1)
    assert read(START + b"\n" + behind)[0] == HeadRefusal(HeadCode.BARE_LF, 3)
    assert isinstance(read(head(GET, HOST) + behind)[0], RequestHead)


def test_an_outcome_is_the_last() -> None:
    for data in (head(GET, HOST), b"\n"):
        reader = HeadReader()
        assert reader.feed(data) is not None
        with pytest.raises(ValueError, match="one outcome"):
            reader.feed(b"")
    with pytest.raises(ValueError, match="part of its head"):
        HeadLimits(line=10, size=9)


BYTES = st.one_of(
    st.binary(max_size=80),
    st.lists(
        st.sampled_from(
            [
                *(GET.encode(), b"GET / HTTP/1.1", b"CONNECT a.b:443 HTTP/1.1", b"POST http://a.b/ HTTP/1.0"),
                *(b"\r\n", b"\r\n", b"\r\n\r\n", b"\n", b"\r", b" ", b"\t", b"\x00", b":", b"A: b", b"A : b"),
                *(b"Host: pub.example", b"Host: a.b", b"Content-Length: 3", b"Content-Length: 4", b"abc"),
                *(
                    b"Transfer-Encoding: chunked",
                    b"Connection: close",
                    b"\xff",
                    b"GET http://u@a.b/ HTTP/1.1",
                ),
            ]
        ),
        max_size=12,
    ).map(b"".join),
)
LIMITS = st.sampled_from(
    [None, HeadLimits(line=40, size=80, fields=2), HeadLimits(line=20, size=20, fields=1)]
)


@given(BYTES, st.lists(st.integers(1, 30), max_size=12), LIMITS)
def test_how_it_is_cut_changes_nothing(data: bytes, sizes: list[int], limits: HeadLimits | None) -> None:
    whole = read(data, limits)
    if isinstance(whole[0], HeadRefusal):
        whole = whole[0], b""
    assert in_pieces(data, sizes, limits) == whole
    assert in_pieces(data, [], limits) == whole


@given(BYTES, st.binary(max_size=20))
def test_what_follows_a_head_changes_nothing_in_it(data: bytes, behind: bytes) -> None:
    outcome, rest = read(data)
    if outcome is not None:
        again, more = read(data + behind)
        assert again == outcome
        if isinstance(outcome, RequestHead):
            assert more == rest + behind


TOKENS = st.text(st.sampled_from("abcXYZ019-_!#$"), min_size=1, max_size=8)
VALUES = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=12).map(
    lambda text: text.strip(" \t")
)
RESERVED = {"host", "content-length", "transfer-encoding", "connection"}


@given(
    TOKENS.filter(lambda method: method != "CONNECT"),
    st.lists(st.tuples(TOKENS.filter(lambda name: name.lower() not in RESERVED), VALUES), max_size=6),
    st.one_of(st.none(), st.integers(0, 10**9)),
    st.binary(max_size=20),
)
def test_a_sound_head_is_read_as_it_was_written(
    method: str, fields: list[tuple[str, str]], length: int | None, body: bytes
) -> None:
    framed = [] if length is None else [("Content-Length", str(length))]
    written = [("Host", "pub.example"), *fields, *framed]
    data = (
        head(f"{method} http://pub.example/x HTTP/1.1", *(f"{name}:{value}" for name, value in written))
        + body
    )
    outcome, rest = read(data)
    assert isinstance(outcome, RequestHead)
    assert (outcome.method, outcome.fields, outcome.length, rest) == (method, tuple(written), length, body)


@given(BYTES)
def test_what_is_accepted_has_one_reading(data: bytes) -> None:
    outcome, rest = read(data)
    if isinstance(outcome, RequestHead):
        taken = data[: len(data) - len(rest)]
        assert taken.endswith(b"\r\n\r\n")
        assert taken.count(b"\n") == taken.count(b"\r") == taken.count(b"\r\n")
        assert b"\x00" not in taken
        assert outcome.target.host
        assert "@" not in outcome.target.host
        assert not (outcome.chunked and outcome.length is not None)
        assert len(outcome.every("host")) <= 1
