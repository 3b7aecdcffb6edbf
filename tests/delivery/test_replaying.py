"""Addresses of web archives: which version, what goes with it, lists for programs, and who may see them."""

import datetime as dt
import json
import re
from dataclasses import replace

import pytest

from apps.repository import services as repository
from tests.delivery.conftest import AUID, SITE, SLUG, page, pass_for, second_au
from tests.delivery.simulated import HIDDEN, OPEN

pytestmark = pytest.mark.django_db
URL = f"{SITE}/p.html"
FIRST, SECOND, THIRD = "20100101000000", "20120615120000", "20200229235959"
BODY = b'<html><link rel=stylesheet href="/s.css"><img src="i.png" srcset="j.png 2x"><a href="q.html">q</a>%s</html>'


def stamp(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)


def add(auid: str, url: str, body: bytes, at: str, kind: str = "text/html", **more) -> None:
    capture = replace(page(url, body, kind, **more), collected_at=stamp(at))
    added = repository.add_captures(auid=auid, captures=[capture])
    assert added[0].fault is None


@pytest.fixture
def archive(ask, rooms):
    """Three versions of a page, for an own reader by address."""
    rooms.addresses.add("192.0.2.1")
    for at in (FIRST, SECOND, THIRD):
        add(AUID, URL, BODY % at.encode(), at)
    add(AUID, f"{SITE}/i.png", b"\x89PNG1", FIRST, "image/png")
    add(AUID, f"{SITE}/i.png", b"\x89PNG3", THIRD, "image/png")
    add(AUID, f"{SITE}/s.css", b"p{background:url(i.png)}", FIRST, "text/css")
    return ask


# --- One version


def test_a_number_sign_of_a_name_stands_escaped_in_every_address(archive):
    """What stands behind a plain one never comes back to the node: the reader would be led to another page."""
    for at in (FIRST, SECOND):
        add(AUID, f"{SITE}/a#b", b"<p>both %s</p>" % at.encode(), at)
    asked = f"{SITE}/a%23b"
    led = archive(f"/all/2013/{asked}")
    assert (led.status, led.headers["location"]) == (302, f"/all/{SECOND}/{asked}")
    assert archive(f"/all/timegate/{asked}").headers["location"] == f"/all/{SECOND}/{asked}"
    got = archive(led.headers["location"])
    assert (got.status, b"both " + SECOND.encode() in got.body) == (200, True)
    assert archive(f"/all/2013id_/{asked}").headers["content-location"] == f"/all/{SECOND}id_/{asked}"
    for way in (f"/all/{SECOND}mp_/{asked}", f"/all/timegate/{asked}"):
        for uri, rel in re.findall(r'<([^>]*)>; rel="([^"]*)"', archive(way).headers["link"]):
            assert ("#" in uri) == (rel == "original"), (uri, rel)
    for way in (f"/all/timemap/link/{asked}", f"/all/timemap/json/{asked}", f"/all/*/{asked}"):
        told = archive(way)
        assert told.status == 200
        addresses = re.findall(rb"/all/[0-9a-z]+/http://pub\.example/a[^\s\"'<>,]*", told.body)
        assert addresses, way
        assert [one for one in addresses if not one.endswith(b"/a%23b")] == [], way


def test_a_page_with_its_links_in_the_archive(archive):
    got = archive(f"/all/{SECOND}mp_/{URL}")
    assert got.status == 200
    assert f'href="/all/{SECOND}cs_/http://pub.example/s.css"'.encode() in got.body
    assert f'src="/all/{SECOND}im_/http://pub.example/i.png"'.encode() in got.body
    assert f'href="/all/{SECOND}mp_/http://pub.example/q.html"'.encode() in got.body
    assert b"Preserved copy of 15 Jun 2012" in got.body
    assert got.headers["memento-datetime"] == "Fri, 15 Jun 2012 12:00:00 GMT"
    link = got.headers["link"]
    assert f'<{URL}>; rel="original"' in link
    assert f'<http://localhost:8082/all/timegate/{URL}>; rel="timegate"' in link
    assert f'<http://localhost:8082/all/{FIRST}/{URL}>; rel="first prev memento"' in link
    assert f'<http://localhost:8082/all/{THIRD}/{URL}>; rel="next last memento"' in link
    assert "content-location" not in got.headers
    assert "sandbox" in got.headers["content-security-policy"]
    assert len([name for name, _ in got.raw]) == len({name for name, _ in got.raw})


def test_without_a_sign_pages_lead_to_such_pages(archive):
    got = archive(f"/all/{SECOND}/{URL}")
    assert f'href="/all/{SECOND}/http://pub.example/q.html"'.encode() in got.body


def test_identity_is_what_was_collected(archive):
    got = archive(f"/all/{SECOND}id_/{URL}")
    assert got.body == BODY % SECOND.encode()
    assert got.headers["content-length"] == str(len(got.body))
    assert "sandbox" in got.headers["content-security-policy"]
    part = archive(f"/all/{SECOND}id_/{URL}", range="bytes=0-5")
    assert (part.status, part.body) == (206, b"<html>")


@pytest.mark.parametrize("sign", ["js_", "cs_", "im_", "if_", "oe_", "fr_", "id_"])
def test_what_is_embedded_is_answered_at_once_and_names_itself(archive, sign):
    got = archive(f"/all/20190101000000{sign}/{URL}")
    assert got.status == 200
    assert got.headers["memento-datetime"] == "Sat, 29 Feb 2020 23:59:59 GMT"
    assert got.headers["content-location"] == f"/all/{THIRD}{sign}/{URL}"
    assert b"Preserved copy" not in got.body, "it stands inside another page"


@pytest.mark.parametrize("sign", ["", "mp_"])
@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("2010", FIRST),
        ("2011", SECOND),
        ("20110324120000", FIRST),
        ("1990", FIRST),
        ("2099", THIRD),
        ("20120615", SECOND),
        ("20120615120001", SECOND),
    ],
)
def test_a_page_at_another_moment_leads_to_the_exact_one(archive, asked, found, sign):
    got = archive(f"/all/{asked}{sign}/{URL}")
    assert (got.status, got.headers["location"]) == (302, f"/all/{found}{sign}/{URL}")


def test_without_a_moment_it_is_the_newest_or_the_wished(archive):
    got = archive(f"/all/mp_/{URL}")
    assert (got.status, got.headers["location"]) == (302, f"/all/{THIRD}mp_/{URL}")
    assert "Accept-Datetime" in got.headers["vary"]
    wished = archive(f"/all/id_/{URL}", accept_datetime="Fri, 15 Jun 2012 12:00:00 GMT")
    assert (wished.status, wished.body) == (200, BODY % SECOND.encode())
    assert "Accept-Datetime" in wished.headers["vary"]


def test_a_sheet_leads_into_the_archive_too(archive):
    got = archive(f"/all/{FIRST}cs_/{SITE}/s.css")
    assert got.body == f"p{{background:url(/all/{FIRST}oe_/http://pub.example/i.png)}}".encode()
    assert b"Preserved copy" not in got.body


def test_a_version_that_led_elsewhere_leads_there(archive):
    at = "20261121061230"
    got = archive(f"/all/{at}mp_/{SITE}/old")
    assert (got.status, got.headers["location"]) == (302, f"/all/{at}mp_/{SITE}/new/")
    assert archive(f"/all/{at}id_/{SITE}/old").status == 200


@pytest.mark.parametrize(
    ("target", "status"),
    [
        (f"/all/99999999999999mp_/{URL}", 400),
        (f"/all/201013mp_/{URL}", 400),
        (f"/all/{FIRST}0mp_/{URL}", 400),
        (f"/all/{FIRST}zz_/{URL}", 400),
        (f"/all/{FIRST}mp_/javascript:alert(1)", 400),
        (f"/all/{FIRST}mp_/{SITE}/none", 404),
        (f"/none/{FIRST}mp_/{URL}", 404),
        (f"/au-{'b' * 20}/{FIRST}mp_/{URL}", 404),
        (f"/au-{SLUG}/{FIRST}mp_/{URL}", 200),
        (f"/ours/{FIRST}mp_/{URL}", 200),
        (f"/empty/{FIRST}mp_/{URL}", 404),
        (f"/all/{FIRST}mp_/pub.example/p.html", 200),
        (f"/all/{FIRST}mp_/http:/pub.example/p.html", 200),
        (f"/all/timemap/link/0/{URL}", 400),
        (f"/all/timemap/link/2/{URL}", 404),
        (f"/all/timemap/link/{SITE}/none", 404),
    ],
)
def test_statuses(archive, rooms, target, status):
    rooms.groups = {"ours": {AUID}, "empty": set()}
    got = archive(target)
    assert got.status == status
    assert b"<script" not in got.body


def test_head_is_get_without_a_body(archive):
    for target in (
        f"/all/{FIRST}mp_/{URL}",
        f"/all/timegate/{URL}",
        f"/all/timemap/link/{URL}",
        f"/all/cdx?url={URL}",
        f"/all/*/{URL}",
    ):
        head, got = archive(target, method="HEAD"), archive(target)
        assert (head.status, head.raw, head.body) == (got.status, got.raw, b"")


# --- Memento


@pytest.mark.parametrize("target", ["/all/timegate/", "/all/", "/timegate/"])
@pytest.mark.parametrize(
    ("wish", "found"),
    [
        (None, THIRD),
        ("Fri, 15 Jun 2012 12:00:00 GMT", SECOND),
        ("Mon, 01 Jan 1900 00:00:00 GMT", FIRST),
        ("Fri, 31 Dec 9999 00:00:00 GMT", THIRD),
    ],
)
def test_the_timegate(archive, target, wish, found):
    got = archive(target + URL, **({"accept_datetime": wish} if wish else {}))
    assert (got.status, got.headers["location"]) == (302, f"/all/{found}/{URL}")
    assert got.headers["vary"] == "Accept-Datetime"
    assert f'<{URL}>; rel="original"' in got.headers["link"]
    assert 'rel="timemap"; type="application/link-format"' in got.headers["link"]
    assert "memento-datetime" not in got.headers
    assert archive(got.headers["location"]).status == 200


@pytest.mark.parametrize("wish", ["yesterday", "Thu, 15 Jun 2012 12:00:00 GMT", ""])
def test_a_wish_that_cannot_be_read(archive, wish):
    assert archive(f"/all/timegate/{URL}", accept_datetime=wish).status == 400


def test_a_timegate_without_versions(archive):
    got = archive(f"/all/timegate/{SITE}/none")
    assert (got.status, got.headers["vary"]) == (404, "Accept-Datetime, Accept-Language")
    assert got.headers["link"] == f'<{SITE}/none>; rel="original"'


def test_timemaps(archive):
    got = archive(f"/all/timemap/link/{URL}")
    assert got.headers["content-type"] == "application/link-format; charset=utf-8"
    text = got.body.decode()
    assert re.findall(r"/all/(\d{14})/", text) == [FIRST, SECOND, THIRD]
    assert text.startswith(
        f'<{URL}>; rel="original",\n<http://localhost:8082/all/timemap/link/{URL}>; rel="self"'
    )
    found = json.loads(archive(f"/all/timemap/json/{URL}").body)
    assert found["mementos"]["list"][0]["datetime"] == "2010-01-01T00:00:00Z"
    lines = archive(f"/all/timemap/cdxj/{URL}").body.decode().splitlines()
    assert [line.split()[1] for line in lines] == [FIRST, SECOND, THIRD]
    assert all(
        "no-store" in archive(f"/all/timemap/{kind}/{URL}").headers["cache-control"]
        for kind in ("link", "json")
    )


def test_a_long_timemap_is_paged(archive, monkeypatch):
    from apps.delivery import replaying

    pages_of = replaying.pages_of
    monkeypatch.setattr(replaying, "pages_of", lambda moments: pages_of(moments, 2))
    monkeypatch.setattr(
        "apps.lockss.memento.timemaps.Page.rows",
        lambda self, size=2: slice((self.number - 1) * 2, self.number * 2),
    )
    index = archive(f"/all/timemap/link/{URL}").body.decode()
    assert f"/all/timemap/link/2/{URL}" in index
    second = archive(f"/all/timemap/link/2/{URL}").body.decode()
    assert re.findall(r"/all/(\d{14})/", second) == [THIRD]
    assert archive(f"/all/timemap/link/3/{URL}").status == 404


def test_the_list_for_people(archive):
    got = archive(f"/all/*/{URL}")
    assert got.status == 200
    assert b"3 versions are preserved." in got.body
    assert re.findall(rb'href="/all/(\d{14})/', got.body) == [one.encode() for one in (THIRD, SECOND, FIRST)]
    assert re.findall(rb'href="/all/(\d{14})/', archive(f"/all/2012*/{URL}").body) == [SECOND.encode()]


# --- CDX


def test_cdx_as_a_remote_pywb_asks(archive):
    got = archive(f"/all/cdx?url={URL}&closest={SECOND}&sort=closest&limit=1&matchType=exact")
    assert got.headers["content-type"] == "text/x-cdxj; charset=utf-8"
    key, at, rest = got.body.decode().strip().split(" ", 2)
    assert (key, at) == ("example,pub)/p.html", SECOND)
    told = json.loads(rest)
    assert (told["url"], told["mime"], told["status"]) == (URL, "text/html", "200")
    assert "filename" not in told
    assert len(archive("/cdx?url=https%3A%2F%2Fwww.pub.example%2Fp.html").body.splitlines()) == 3, (
        "one page to it"
    )
    assert archive(f"/all/cdx?url={SITE}/none").body == b""


def test_a_prefix_inside_one_au(archive):
    urls = {
        json.loads(line.split(b" ", 2)[2])["url"]
        for line in archive(f"/au-{SLUG}/cdx?url={SITE}/a/*").body.splitlines()
    }
    assert len(urls) == 3
    assert archive(f"/all/cdx?url={SITE}/*").status == 400
    assert archive(f"/all/cdx?url={SITE}&matchType=domain").status == 400
    assert archive("/all/cdx").status == 400


# --- Who may


def _all_of(url: str) -> list[str]:
    return [
        f"/all/{FIRST}mp_/{url}", f"/all/{FIRST}id_/{url}", f"/all/{FIRST}/{url}", f"/all/timegate/{url}", f"/all/{url}",
        f"/all/timemap/link/{url}", f"/all/timemap/json/{url}", f"/all/timemap/cdxj/{url}", f"/all/*/{url}",
        f"/all/cdx?url={url}", f"/au-{SLUG}/cdx?url={url}*", f"/au-{SLUG}/timemap/link/{url}", f"/au-{SLUG}/{FIRST}mp_/{url}",
    ]  # fmt: skip


def test_what_is_hidden_looks_like_what_is_not_held(archive, rooms):
    rooms.policies[AUID] = HIDDEN
    other = f"{SITE}/x.html"
    for held, unheld in zip(_all_of(URL), _all_of(other), strict=True):
        one, two = archive(held), archive(unheld)
        assert one.status == two.status in (404, 200)
        assert one.body.replace(b"p.html", b"x.html") == two.body
        assert [(n, v.replace("p.html", "x.html")) for n, v in one.raw] == two.raw


def test_a_stranger_sees_none_of_it(archive):
    for target in _all_of(URL):
        got = archive(target, client="203.0.113.9")
        assert got.status == 404 or got.body == b""


def test_a_pass_stays_in_the_links(archive, rooms):
    rooms.addresses.clear()
    key = pass_for()
    got = archive(f"/t/{key}/all/{SECOND}mp_/{URL}")
    assert f'src="/t/{key}/all/{SECOND}im_/http://pub.example/i.png"'.encode() in got.body
    assert key not in got.headers["link"], "what is told to others gives no right"
    assert archive(f"/t/{key}/all/2012mp_/{URL}").headers["location"] == f"/t/{key}/all/{SECOND}mp_/{URL}"
    assert archive(f"/t/{key}/all/timegate/{URL}").headers["location"].startswith(f"/t/{key}/all/")
    embed = archive(f"/t/{key}/all/{SECOND}im_/{SITE}/i.png")
    assert embed.headers["content-location"].startswith(f"/t/{key}/all/{FIRST}im_/")


def test_a_pass_of_one_au_opens_no_other(archive, rooms):
    rooms.addresses.clear()
    other = second_au("http://other.example/")
    rooms.policies[other.auid] = OPEN
    add(other.auid, "http://other.example/x", b"<p>x", FIRST)
    got = archive(f"/t/{pass_for()}/all/{FIRST}mp_/http://other.example/x")
    assert got.status == 302
    assert got.headers["location"].startswith(f"http://127.0.0.1:8081/aus/{other.slug}/open/?at=")
    lapsed = archive(f"/t/{pass_for()}/all/{FIRST}mp_/{URL}", client="192.0.2.99")
    assert lapsed.headers["location"].startswith(f"http://127.0.0.1:8081/aus/{SLUG}/open/?at=")


def test_the_same_bytes_of_one_second_are_shown_from_the_au_of_the_pass(archive, rooms):
    rooms.addresses.clear()
    other = second_au("http://other.example/", auid="a|lower", name="Lower")
    rooms.policies[other.auid] = OPEN
    add(other.auid, URL, BODY % FIRST.encode(), FIRST)
    assert archive(f"/t/{pass_for()}/all/{FIRST}id_/{URL}").headers["x-lockss-from-auid"] == AUID
    assert (
        archive(f"/t/{pass_for(slug=other.slug)}/all/{FIRST}id_/{URL}").headers["x-lockss-from-auid"]
        == "a|lower"
    )


def test_the_publisher_is_never_asked(archive, rooms):
    class Nobody:
        async def ask(self, *_args, **_more):
            pytest.fail("the publisher was asked")

    rooms.host.publisher = Nobody()
    for target in _all_of(URL):
        archive(target)
