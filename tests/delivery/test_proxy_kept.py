"""Our copy as a proxy gives it: what of the stored head goes out, ranges, codings, redirects, damage (delivery §4.6, §4.7)."""

import gzip

import pytest

from apps.common.clock import now
from apps.delivery.bodies import CutError, beginning
from apps.delivery.proxy.kept import UnservableError, answer
from apps.delivery.proxy.values import Wanted
from apps.lockss.http1 import Body, write_head
from apps.repository import services as repository
from apps.repository.heads import make_head
from tests.delivery.conftest import AUID, LONG, PAGE, PUBLISHERS, SHEET, SITE, flip_a_byte, page
from tests.repository.factories import AT, capture

pytestmark = pytest.mark.django_db
MORE = [("X-Lockss", "from-cache")]
FULL = f"{SITE}/a/page.html?q=1&r=%2F"


def ask(path: str, *, body: bool = True, never_stored: bool = False, **given: str):
    url = path if path.startswith("http") else f"{SITE}/{path}"
    artifact = repository.find(auid=AUID, url=url)
    fields = {name.replace("_", "-"): value for name, value in given.items()}
    found = answer(artifact, Wanted(fields, body), MORE, never_stored=never_stored)
    try:
        return found, found.body if isinstance(found.body, bytes) else b"".join(found.body)
    finally:
        found.close()


def field(found, name: str) -> list[str]:
    return [value for key, value in found.fields if key.lower() == name]


def test_nothing_stored_acts_in_the_publishers_origin(au) -> None:
    """Cookies, policies, workers and what else a stored head would do: told under other names, or not at all."""
    found, body = ask(FULL)
    assert (found.status, body, found.length) == (200, PAGE, len(PAGE))
    names = {name.lower() for name, _ in found.fields}
    for name, _value in PUBLISHERS:
        small = name.decode().lower()
        assert (small in names) is (small in {"content-language", "last-modified"})
    assert "x-archive-orig-content-security-policy" in names
    assert not {name for name in names if "cookie" in name or "proxy" in name}
    assert field(found, "cache-control") == ["private, no-cache"]
    assert field(found, "x-content-type-options") == ["nosniff"]
    assert field(found, "x-lockss") == ["from-cache"]
    assert field(found, "expires") == []


def test_what_depends_on_who_asks_is_kept_by_no_cache(au) -> None:
    assert field(ask(FULL, never_stored=True)[0], "cache-control") == ["private, no-store"]


def test_the_writer_lets_no_stored_value_break_the_head(au) -> None:
    found, _ = ask(FULL)
    told = write_head(found.status, found.fields, Body(found.length), now())
    assert told.data.count(b"\r\n\r\n") == 1
    assert b"Transfer-Encoding" not in told.data.replace(b"X-Archive-Orig-Transfer-Encoding", b"")


def test_other_hosts_may_use_fonts_and_scripts_as_far_as_the_publisher_let_them(au) -> None:
    allowed = (b"Access-Control-Allow-Origin", b"https://one.example")
    made = [
        page(f"{SITE}/f.woff2", b"f", "font/woff2", allowed),
        page(f"{SITE}/g.woff2", b"g", "font/woff2"),
        page(f"{SITE}/p.html", b"p", "text/html", allowed),
    ]
    repository.add_captures(auid=AUID, captures=made)
    assert [
        field(ask(name)[0], "access-control-allow-origin") for name in ("f.woff2", "g.woff2", "p.html")
    ] == [
        ["*"],
        [],
        [],
    ]


def test_head_and_conditions(au) -> None:
    found, body = ask(FULL, body=False)
    assert (found.status, body, found.length) == (200, b"", len(PAGE))
    tag = field(found, "etag")[0]
    assert ask(FULL, if_none_match=tag)[0].status == 304
    assert ask(FULL, if_modified_since="Sun, 06 Nov 1994 08:49:37 GMT")[0].status == 304
    assert ask(FULL, if_modified_since="Sun, 06 Nov 1994 08:49:36 GMT")[0].status == 200
    assert ask(FULL, if_match='"theirs"')[0].status == 412


def test_ranges(au) -> None:
    whole = bytes(range(256))
    found, body = ask("f.bin", range="bytes=10-19")
    assert (found.status, body, field(found, "content-range")) == (206, whole[10:20], ["bytes 10-19/256"])
    found, body = ask("f.bin", range="bytes=999-")
    assert (found.status, body, field(found, "content-range")) == (416, b"", ["bytes */256"])
    assert ask("f.bin", range="bytes=0-9", if_range='"theirs"')[1] == whole
    assert ask("f.bin", range="bytes=0-9", body=False)[0].status == 200, "of a HEAD there is no range"
    found, body = ask("f.bin", range="bytes=0-0,255-255")
    assert (found.status, len(body)) == (206, found.length)
    kind = field(found, "content-type")[0]
    boundary = kind.removeprefix("multipart/byteranges; boundary=").encode()
    parts = body.split(b"\r\n--" + boundary)
    assert (parts[0], parts[-1]) == (b"", b"--\r\n")
    assert [part.partition(b"\r\n\r\n")[2] for part in parts[1:-1]] == [b"\x00", b"\xff"]
    assert b"Content-Range: bytes 255-255/256" in parts[2]


def test_codings(au) -> None:
    coded, body = ask("z.css", accept_encoding="gzip")
    assert (field(coded, "content-encoding"), gzip.decompress(body)) == (["gzip"], SHEET)
    plain, body = ask("z.css", range="bytes=0-9")
    assert (plain.status, field(plain, "content-encoding"), body, plain.length) == (200, [], SHEET, None)
    assert field(plain, "accept-ranges") == ["none"]
    assert field(plain, "etag") != field(coded, "etag")
    assert field(plain, "vary") == ["Accept-Encoding"]
    labelled, body = ask("not-gzip.css", accept_encoding="gzip")
    assert (field(labelled, "content-encoding"), body) == ([], SHEET)
    odd, body = ask("corrupt.css")
    assert (field(odd, "content-disposition"), field(odd, "content-type")) == (
        ["attachment"],
        ["application/octet-stream"],
    )


@pytest.mark.parametrize("accepted", ["", "gzip, br", "compress;q=0"])
def test_a_coding_that_nobody_knows_is_a_file_for_who_did_not_ask_for_it(au, accepted) -> None:
    found, body = ask("odd-coding", accept_encoding=accepted, range="bytes=0-0")
    assert (found.status, body, field(found, "content-encoding")) == (200, b"\x00\x01", [])
    assert field(found, "content-type") == ["application/octet-stream"]
    assert field(found, "content-disposition") == ["attachment"]
    assert field(found, "vary") == ["Accept-Encoding"]
    assert field(found, "accept-ranges") == []
    tag = field(found, "etag")[0]
    assert ask("odd-coding", accept_encoding=accepted, if_none_match=tag)[0].status == 304
    head, nothing = ask("odd-coding", accept_encoding=accepted, body=False)
    assert (nothing, head.length, field(head, "content-disposition")) == (b"", 2, ["attachment"])


def test_a_coding_that_nobody_knows_goes_as_it_lies_to_who_offers_it(au) -> None:
    found, body = ask("odd-coding", accept_encoding="compress")
    assert (field(found, "content-encoding"), body) == (["compress"], b"\x00\x01")
    assert field(found, "content-disposition") == []


def test_redirects_are_given_as_such_and_not_to_be_remembered(au) -> None:
    found, body = ask("old")
    assert (found.status, body, field(found, "location")) == (301, b"", [f"{SITE}/hop"])
    assert field(found, "cache-control") == ["private, no-store"]
    assert ask("gone")[0].status == 301
    assert ask("round")[1] == b"round", "what led in a circle is shown"
    moved = capture(
        f"{SITE}/temp", b"moved", head=make_head(307, [], b"x"), collected_at=AT, redirected_to=f"{SITE}/new/"
    )
    repository.add_captures(auid=AUID, captures=[moved])
    assert ask("temp")[0].status == 307
    script = capture(
        f"{SITE}/js",
        b"x",
        head=make_head(200, [], b"x"),
        collected_at=AT,
        redirected_to="javascript:alert(1)",
    )
    repository.add_captures(auid=AUID, captures=[script])
    assert field(ask("js")[0], "location") == []


def test_damage_is_told_before_a_byte_leaves_or_cuts_the_body_short(au) -> None:
    flip_a_byte(FULL)
    with pytest.raises(UnservableError):
        ask(FULL)
    assert repository.find(auid=AUID, url=FULL).suspect
    flip_a_byte(f"{SITE}/long.mp4", at=2_500_000)
    artifact = repository.find(auid=AUID, url=f"{SITE}/long.mp4")
    found = answer(artifact, Wanted({}, True), MORE, never_stored=False)
    got: list[bytes] = []
    with pytest.raises(CutError):
        got.extend(found.body)
    found.close()
    assert sum(map(len, got)) < len(LONG)


def test_the_beginning_of_a_copy(au) -> None:
    def of(path: str) -> bytes:
        return beginning(repository.find(auid=AUID, url=f"{SITE}/{path}"))

    assert of("z.css") == SHEET
    assert of("not-gzip.css") == SHEET
    assert of("new/") == PAGE
    assert of("empty") == b""
    assert of("long.mp4") == LONG[:65_536]
