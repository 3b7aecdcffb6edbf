"""The bad input that delivery §16 lists: each is answered in words or refused, nothing of ours fails, nobody is asked."""

import gzip
import zlib
from urllib.parse import quote

import pytest

from apps.lockss.http1 import HeadRefusal
from apps.repository import services as repository
from tests.delivery.conftest import AUID, SITE, page
from tests.delivery.simulated import GRAY, OPEN
from tests.delivery.surfaces import PLACES, READERS
from tests.delivery.surfaces_node import Node, node
from tests.delivery.test_every_other_surface import ask_proxy, parse_request
from tests.simulators.asked_publisher import ScriptedPublisher
from tests.simulators.publisher import Script

__all__ = ["node"]
pytestmark = pytest.mark.django_db
OWN, AT = "192.0.2.1", "20261121061230"
FOREIGN = [
    "http://127.0.0.1:8081/", "http://127.0.0.1/", "http://169.254.169.254/latest/", "http://[::ffff:7f00:1]/",
    "http://0x7f.1/", "http://2130706433/", "http://017700000001/", "http://127.1/", "http://[::1]/", "http://localhost/",
    "http://user:secret@pub.example/", "http://pub.example@127.0.0.1/", "http://pub.example:8081/", "http://[64:ff9b::7f00:1]/",
    "http://127.0.0.1.nip.example/", "http://①②⑦.0.0.1/", "http://pub.example%00.evil.example/",
]  # fmt: skip
ODD = [
    f"{SITE}/" + "a" * 100_000, f"{SITE}/%00", f"{SITE}/\x00", f"{SITE}/%ud800", f"{SITE}/%ed%a0%80", f"{SITE}/a\\b", f"{SITE}//a",
    "http:///pub.example/", f"{SITE}/..%2f..%2fetc/passwd", f"{SITE}/%252e%252e%252f", f"{SITE}/../../..", "http://PUB.Example/A",
    "http://xn--bcher-kva.example/", "http://bücher.example/", "http://b\u0438g.example/", f"{SITE}/a#b", f"{SITE}/#",
    "http://xn--a.example/", "http://" + "a" * 300 + ".example/", "http://..example/", "http://pub.example./", "http://-.example/",
    "http:pub.example", "//pub.example/", "http://[::1", "http://pub.example:99999/", "http://pub.example:٣/", "http://%70ub.example/",
]  # fmt: skip
NO_HTTP = [
    "",
    " ",
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "ftp://pub.example/",
    "about:blank",
    "%",
]
VERSIONS = [
    "-1",
    "0",
    "1e9",
    "٣",
    "999999999999",
    "1.0",
    " 1",
    "+1",
    "0x1",
    "1;2",
    "%00",
    "latest",
    "1" * 5_000,
]
STAMPS = [
    *("2" * n for n in range(1, 21)),
    "99999999999999",
    "00000000000000",
    "20260230000000",
    "٢٠٢٦",
    "-1",
    "2026mp__",
]
DATES = [
    "", "garbage", "Thu, 01 Jan 1900 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 31 Dec 9999 23:59:59 GMT",
    "Sat, 21 Nov 2026 06:12:30 +0000", "Saturday, 21-Nov-26 06:12:30 GMT", "Sat Nov 21 06:12:30 2026", "0", "2026-11-21T06:12:30Z",
    "Sat, 21 Nov 2026 24:00:00 GMT", "Sat, 30 Feb 2026 06:12:30 GMT", "x" * 20_000, "Thu, 01 Jan 10000 00:00:00 GMT", "٢",
]  # fmt: skip
RANGES = [
    "bytes=" + ",".join(f"{n}-{n}" for n in range(1_000)), "bytes=0-5,3-9,4-4", "bytes=-0", "bytes=0-" + "9" * 40, "bytes=" + "9" * 40 + "-",
    "bytes=-" + "9" * 40, "bytes=5-2", "bytes=-", "bytes=", "bytes", "lines=1-2", "bytes=0-1,", "bytes=٣-٤", "bytes=0-0,-0", "bytes = 0 - 1",
]  # fmt: skip


@pytest.fixture
def quiet(ask, rooms, caplog):
    """``quiet(address, **fields)``: answered, whole or cut, and nothing of ours failed. The AU is gray, the publisher silent."""
    rooms.addresses.add(OWN)
    rooms.policies[AUID] = GRAY
    rooms.host.publisher = ScriptedPublisher(Script())

    def asked(address: str, **given: str):
        told = ask(address, client=OWN, **given)
        assert 200 <= told.status < 600, address[:200]
        failed = [one.getMessage()[:300] for one in caplog.records if one.levelname in ("ERROR", "CRITICAL")]
        assert (told.status == 500, failed) == (False, []), address[:200]
        for name, value in told.raw:
            assert not set("\r\n\0") & set(name + value), address[:200]
        return told

    yield asked
    assert rooms.host.publisher.open == 0, "an answer was left open"


def spelt(url: str) -> list[str]:
    """As a program escapes it, and as raw as a request line can carry it."""
    raw = url.encode("utf-8", "surrogatepass").decode("latin-1")
    return [
        quote(url.encode("utf-8", "surrogatepass"), safe=""),
        raw.replace(" ", "%20").replace("\x00", "%00"),
    ]


@pytest.mark.parametrize("url", [*FOREIGN, *ODD, *NO_HTTP], ids=lambda text: ascii(text[:40]))
def test_urls(quiet, rooms, url):
    for sent in spelt(url):
        for address in (
            f"/ServeContent?url={sent}", f"/ServeContent/{sent}", f"/ServeContent?rft_id={sent}", f"/all/{AT}mp_/{sent}",
            f"/all/{AT}id_/{sent}", f"/all/timegate/{sent}", f"/all/timemap/link/{sent}", f"/all/*/{sent}", f"/all/cdx?url={sent}",
        ):  # fmt: skip
            told = quiet(address)
            assert told.status in (200, 302, 400, 404, 414), (address[:200], told.status)
    hosts = {host for host in rooms.host.publisher.tried if host.rstrip(".") != "pub.example"}
    assert hosts == set(), "asked somebody whom no AU names"


@pytest.mark.parametrize("version", VERSIONS, ids=lambda text: ascii(text[:20]))
def test_versions(quiet, version):
    for sent in (quote(version), version.encode().decode("latin-1")):
        address = f"/ServeContent?url={SITE}/new/&auid={quote(AUID, safe='')}&version={sent}"
        assert quiet(address).status in (400, 404)
        assert quiet(f"/{'0' * 20}/{sent}/{SITE}/new/").status in (302, 400, 404)


@pytest.mark.parametrize("stamp", STAMPS)
def test_timestamps(quiet, stamp):
    sent = stamp.encode().decode("latin-1")
    for address in (f"/all/{sent}/{SITE}/new/", f"/all/{sent}mp_/{SITE}/new/", f"/all/{sent}*/{SITE}/new/"):
        assert quiet(address).status in (200, 302, 400, 404)
    for name in ("from", "to", "closest"):
        assert quiet(f"/all/cdx?url={SITE}/new/&{name}={quote(stamp)}").status in (200, 400)


@pytest.mark.parametrize("date", DATES, ids=lambda text: ascii(text[:30]))
def test_dates(quiet, rooms, date):
    sent = date.encode().decode("latin-1")
    assert quiet(f"/all/timegate/{SITE}/new/", accept_datetime=sent).status in (302, 400)
    rooms.policies[AUID] = OPEN
    for field in ("if_modified_since", "if_unmodified_since", "if_range"):
        address = f"/ServeContent?url={SITE}/p.pdf&norewrite=1"
        assert quiet(address, range="bytes=0-1", **{field: sent}).status in (200, 206, 304, 412)


@pytest.mark.parametrize("span", RANGES, ids=lambda text: ascii(text[:30]))
def test_ranges(quiet, rooms, span):
    rooms.policies[AUID] = OPEN
    sent = span.encode().decode("latin-1")
    for url in (f"{SITE}/p.pdf", f"{SITE}/long.mp4", f"{SITE}/empty", f"{SITE}/z.css"):
        assert quiet(f"/ServeContent?url={url}&norewrite=1", range=sent).status in (200, 206, 416)


# --- Stored bodies


CODED = {
    "bomb": (gzip.compress(b"\0" * 4_000_000), "gzip"),
    "bomb in a bomb": (gzip.compress(gzip.compress(b"\0" * 2_000_000)), "gzip, gzip"),
    "cut": (gzip.compress(b"<p>" * 9_000)[:-20], "gzip"),
    "another coding": (b"\x0b\x02\x80<p>brotli</p>\x03", "gzip"),
    "gzip named br": (gzip.compress(b"<p>x"), "br"),
    "plain named gzip": (b"<p>plain</p>", "gzip"),
    "raw deflate": (zlib.compress(b"<p>x")[2:-4], "deflate"),
    "trailing garbage": (gzip.compress(b"<p>x") + b"garbage", "gzip"),
    "unknown": (b"<p>x", "compress, x-y"),
    "a hundred codings": (b"<p>x", ", ".join(["gzip"] * 100)),
    "empty": (b"", "gzip"),
    "nonsense": (b"<p>x", "gzip;q=\x01,,\"'"),
}
MARKUP = {
    "unclosed comment": b"<!-- <p>x", "unclosed script": b"<script>x<p>y", "unclosed quote": b'<a href="x><p>y', "unclosed tag": b"<a href=",
    "nested": b"<b>" * 1_000_000, "nested svg": b"<svg>" * 20_000 + b"<style>", "attributes": b"<a " + b"a=b " * 20_000 + b">",
    "UTF-16 without BOM": "<a href='/x'>y".encode("utf-16-le"), "UTF-7": b"<meta charset=utf-7>+ADw-script+AD4-", "NULs": b"<a\0 href\0='\0/x'>\0",
    "charset changes": b"<meta charset=utf-8><meta charset=shift_jis>\x83\x5c", "unknown charset": b"<meta charset=klingon><a href=/x>",
    "long attribute": b'<a href="' + b"/x" * 1_000_000 + b'">', "lone surrogate": b"<a href='&#xD800;/&#0;&#x110000;'>", "srcdoc": b"<iframe srcdoc='" * 9,
    "CDATA": b"<svg><![CDATA[ ]]><![CDATA[", "doctype": b"<!DOCTYPE" + b" [" * 9_000, "base": b"<base href='javascript:x'><base href='//evil/'><a href=x>",
}  # fmt: skip
SHEETS = {
    "unclosed url": b"p{background:url(", "unclosed string": b"@import 'x", "escapes": b"p{background:\\75\\72\\6c(\\2f\\2f evil)}", "NUL": b"p{b:url(\0)}",
    "nested blocks": b"{" * 200_000, "comment": b"/*" + b"*" * 100_000, "charset": b"@charset \"utf-7\";p{b:url(/x)}", "long": b"p{b:url(" + b"x" * 2_000_000 + b")}",
}  # fmt: skip
WAYS = (f"/ServeContent?url={SITE}/bad", f"/ServeContent?url={SITE}/bad&norewrite=1", f"/all/{AT}mp_/{SITE}/bad", f"/all/{AT}id_/{SITE}/bad",
        f"/all/{AT}cs_/{SITE}/bad")  # fmt: skip


def try_stored(quiet, rooms, body: bytes, kind: str, *fields: tuple[bytes, bytes]) -> None:
    rooms.policies[AUID] = OPEN
    found = repository.add_captures(auid=AUID, captures=[page(f"{SITE}/bad", body, kind, *fields)])
    assert found[0].fault is None
    for way in WAYS:
        for accepted in ("", "gzip", "gzip, br, deflate, identity;q=0"):
            told = quiet(way, accept_encoding=accepted)
            assert told.status in (200, 501, 502), (way, told.status)


@pytest.mark.parametrize("name", CODED)
def test_codings(quiet, rooms, name):
    body, coding = CODED[name]
    try_stored(quiet, rooms, body, "text/html", (b"Content-Encoding", coding.encode("latin-1")))


@pytest.mark.parametrize("name", MARKUP)
@pytest.mark.parametrize(
    "kind", ["text/html", "text/html; charset=utf-16", "application/xhtml+xml", 'text/html; charset="x\\']
)
def test_markup(quiet, rooms, name, kind):
    try_stored(quiet, rooms, MARKUP[name], kind)


@pytest.mark.parametrize("name", SHEETS)
def test_sheets(quiet, rooms, name):
    try_stored(quiet, rooms, SHEETS[name], "text/css")


FIELDS = [
    (b"Content-Language", b"en\r\nX-Evil: 1"), (b"Last-Modified", b"yesterday\nX-Evil: 1"), (b"Content-Disposition", b"inline; filename=\"a\rb\""),
    (b"X-A\r\nX-Evil", b"1"), (b"Location", b"http://a/\r\n\r\n<p>"), (b"Link", b"<http://x>; rel=preload\r\n evil"), (b"ETag", b'"\x00"'), (b"", b"x"),
    (b"X-Long", b"a" * 200_000), (b"Content-Type", b"text/html\r\nX-Evil: 1"), (b"Vary", b"\xff\xfe"), (b"Content-Encoding", b"gzip\r\nX-Evil: 1"),
]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS, ids=lambda pair: ascii(pair[0]))
def test_stored_fields_with_line_ends(quiet, rooms, field):
    rooms.policies[AUID] = OPEN
    added = repository.add_captures(auid=AUID, captures=[page(f"{SITE}/bad", b"<p>x", "text/html", field)])
    if added[0].fault is not None:
        return
    for way in WAYS:
        told = quiet(way)
        assert told.status in (200, 502)
        assert "x-evil" not in told.headers


# --- The proxy


@pytest.mark.parametrize("url", [*FOREIGN, "http://pub.example/%00", "http://other.example/..%2f"], ids=ascii)
def test_the_proxy_asks_nobody_whom_no_au_names(node: Node, url):
    reader = READERS["own address"]
    if isinstance(parse_request(url), HeadRefusal):
        return
    told = ask_proxy(node, reader, url)
    assert told[0] in (400, 403)
    assert node.publisher.tried == []


@pytest.mark.parametrize(
    "field",
    ["If-Modified-Since", "If-Unmodified-Since", "Range", "If-Range", "X-Lockss-Auid", "Accept-Encoding"],
)
def test_fields_at_the_proxy(node: Node, field):
    place, reader = PLACES["light-annals"], READERS["own address"]
    for value in (*DATES[1:], *RANGES[1:]):
        if value.isascii() and len(value) < 10_000:
            told = ask_proxy(node, reader, place.url, f"{field}: {value}")
            assert told[0] in (200, 206, 304, 412, 416), (field, value)
