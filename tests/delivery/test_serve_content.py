"""``/ServeContent``: from where a reader gets a URL, what goes with it, and what is said where there is nothing."""

import datetime as dt
import gzip
import re
from dataclasses import replace
from urllib.parse import quote

import pytest

from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.delivery.passes import Right, grant, proven
from apps.lockss.delivery import DeliverySettings, Failure, MissingAction, PublisherFlag
from apps.repository import services as repository
from apps.repository.models import Artifact
from tests.delivery.asked import ARTICLE, LIVE, LOGIN, OWN, STORED
from tests.delivery.conftest import AUID, SITE, SLUG, flip_a_byte, page, pass_for, second_au
from tests.delivery.simulated import HIDDEN, OPEN
from tests.simulators.publisher import Reply, Twist

pytestmark = pytest.mark.django_db


def of(url: str, **more: str) -> str:
    return f"/ServeContent?url={url}" + "".join(
        f"&{key}={quote(value, safe='')}" for key, value in more.items()
    )


# --- Our copy


def test_a_copy_with_its_links_leading_here(reader):
    got = reader(of(ARTICLE))
    assert got.status == 200
    assert b'href="/ServeContent?url=http://pub.example/look/site.css"' in got.body
    assert b'src="/ServeContent?url=http://pub.example/v1/fig1.png"' in got.body
    assert b'href="/ServeContent?url=http://pub.example/v1/next.html"' in got.body
    assert b'<a href="http://else.example/">else</a>' in got.body
    assert got.headers["x-lockss"] == "from-cache"
    assert got.headers["x-lockss-from-auid"] == AUID
    assert got.headers["accept-ranges"] == "none"
    assert got.headers["etag"].startswith('W/"v1-')
    assert got.headers["cache-control"] == "private, no-store"
    assert "sandbox" in got.headers["content-security-policy"]
    assert int(got.headers["content-length"]) == len(got.body)


def test_the_page_says_what_it_is(reader):
    got = reader(of(ARTICLE))
    assert got.body.index(b"</html>") < got.body.index(
        b"Preserved copy of 21 Nov 2026 from Estuaries, volume 1."
    )
    for untouched in (of(ARTICLE, norewrite="1"), of(ARTICLE, auid=AUID, version="1")):
        assert reader(untouched).body == STORED


STORY = f"http://127.0.0.1:8081/aus/{SLUG}/url/?url=http%3A%2F%2Fpub.example%2Fv1%2F"
EVERYBODYS = f'href="http://127.0.0.1:8081/public/aus/{SLUG}/"'.encode()


def test_more_is_told_where_this_reader_may_see_it(reader, settings, publisher):
    """Who is signed in on the portal's page, others on the page for everybody, where there is one."""
    signed_in = f"/t/{pass_for()}"
    by_address = f"/t/{grant(Right.PASS, SLUG, OWN)}"
    pages = [of(ARTICLE), of(ARTICLE, noproxy="1")]
    publisher({"/v1/article.html": Reply(200, LIVE, (("Content-Type", "text/html"),))})
    assert f'href="{STORY}article.html"'.encode() in reader(signed_in + pages[1]).body
    assert f'href="http://127.0.0.1:8081/aus/{SLUG}/"'.encode() in reader(signed_in + pages[0]).body
    for way in (by_address, ""):
        for one in pages:
            got = reader(way + one).body
            assert b'role="note"' in got
            assert b"127.0.0.1:8081" not in got, "that page would only ask her to sign in"
    settings.NODE = replace(settings.NODE, public_status=True)
    for way in (by_address, ""):
        for one in pages:
            assert EVERYBODYS in reader(way + one).body
    assert f'href="{STORY}article.html"'.encode() in reader(signed_in + pages[1]).body
    Au.objects.update(state=AuState.DEACTIVATED)
    assert b"127.0.0.1:8081" not in reader(pages[1]).body


def test_the_story_of_damage_is_told_to_who_may_see_it(reader):
    flip_a_byte(ARTICLE)
    for address in (of(ARTICLE), f"/{SLUG}/-/{ARTICLE}"):
        assert b"127.0.0.1:8081/aus/" not in reader(address).body
        got = reader(f"/t/{pass_for()}{address}")
        assert (got.status, f'href="{STORY}article.html"'.encode() in got.body) == (502, True)


def test_the_hosts_front_page_and_go_alone_lead_to_what_may_be_read(reader):
    for address, status in (("/", 200), ("/go", 400), ("/go/", 400), ("/nothing-here", 404)):
        got = reader(address)
        assert got.status == status, address
        assert b'href="/ServeContent"' in got.body, address
    assert b"/go?url=" in reader("/go").body
    key = pass_for()
    assert f'href="/t/{key}/ServeContent"'.encode() in reader(f"/t/{key}/go").body


def test_sheets_are_rewritten_too_and_pictures_stay(reader):
    got = reader(of(f"{SITE}/look/site.css"))
    assert got.body == b"h1{background:url(/ServeContent?url=http://pub.example/v1/fig1.png)}"
    got = reader(of(f"{SITE}/v1/fig1.png"), range="bytes=1-3")
    assert (got.status, got.body) == (206, b"PNG")


@pytest.mark.parametrize(
    "form", [of(ARTICLE), f"/ServeContent/{ARTICLE}", of("http%3A%2F%2Fpub.example%2Fv1%2Farticle.html")]
)
def test_forms_of_one_url(reader, form):
    got = reader(form)
    assert b"<title>Estuaries</title>" in got.body
    assert b'src="/ServeContent?url=http://pub.example/v1/fig1.png"' in got.body


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/ServeContent?url=", 400),
        ("/ServeContent?url=javascript:alert(1)", 400),
        ("/ServeContent?url=data:text/html,x", 400),
        ("/ServeContent?url=file:///etc/passwd", 400),
        (f"/ServeContent?url={ARTICLE}&version=x&auid=a", 400),
        (f"/ServeContent?url={ARTICLE}&version=٣&auid=a".encode().decode("latin-1"), 400),
        (f"/ServeContent?url={ARTICLE}&version=1", 400),
        ("/ServeContent?version=1", 400),
        (f"/ServeContent?url={ARTICLE}&auid=none", 404),
        (of(ARTICLE, auid=AUID, version="2"), 404),
        (of(ARTICLE, auid=AUID, version="1"), 200),
        (of(f"{SITE}/none", auid=AUID), 404),
        ("/ServeContent?auid=none", 404),
        ("/ServeContent", 200),
        ("/ServeContent/", 200),
        ("//ServeContent", 200),
        ("//evil.example/", 404),
    ],
)
def test_statuses(reader, address, status):
    got = reader(address)
    assert got.status == status
    assert b"<script" not in got.body
    assert "set-cookie" not in got.headers


def test_a_version_that_is_not_there_is_not_asked_for_and_lists_nothing(reader, publisher):
    asked = publisher({"/v1/article.html": Reply(200, LIVE)})
    got = reader(of(ARTICLE, auid=AUID, version="7"))
    assert got.status == 404
    assert b"<table" not in got.body
    assert asked.asked == []


def test_a_url_that_led_elsewhere_leads_there(reader):
    got = reader(of(f"{SITE}/old"))
    assert (got.status, got.headers["location"]) == (302, "/ServeContent?url=http://pub.example/new/")
    got = reader(of(f"{SITE}/old", auid=AUID))
    assert got.headers["location"].endswith(
        "&auid=org%7Cx%7CP%26base_url~http%253A%252F%252Fpub%252Eexample%252F"
    )


def test_the_au_alone_leads_to_where_it_begins(reader, rooms):
    rooms.starts[AUID] = (f"{SITE}/none", ARTICLE)
    got = reader("/ServeContent?auid=" + quote(AUID, safe=""))
    assert got.status == 302
    assert got.headers["location"].startswith("/ServeContent?url=http://pub.example/v1/article.html&auid=")
    assert reader(got.headers["location"]).status == 200


def test_damage_is_told_with_where_its_story_is(reader):
    flip_a_byte(f"{SITE}/f.bin")
    got = reader(of(f"{SITE}/f.bin"))
    assert got.status == 502
    assert b"This copy is damaged" in got.body
    repository.check_au(auid=AUID)
    assert reader(of(f"{SITE}/f.bin")).status == 502, "known now"


def test_what_can_be_read_in_two_ways_is_offered_as_it_is(reader):
    odd = b"<svg><style><a href=/x></style></svg>"
    repository.add_captures(auid=AUID, captures=[page(f"{SITE}/odd.html", odd, "text/html")])
    got = reader(of(f"{SITE}/odd.html"))
    assert got.status == 501
    assert b"<style>" not in got.body
    link = re.search(rb'<a href="([^"]+)" rel="noreferrer" download>', got.body)[1].decode()
    assert reader(link).body == odd


# --- Who may


def test_who_is_none_of_the_own_readers_learns_nothing(reader):
    """Held and not held look alike."""
    held, not_held = (reader(of(url), client="203.0.113.9") for url in (ARTICLE, f"{SITE}/none"))
    assert held.status == not_held.status == 404
    assert held.body.replace(b"article.html", b"") == not_held.body.replace(b"none", b"").replace(
        b"pub.example/", b"pub.example/v1/"
    ).replace(b"pub.example%2F", b"pub.example%2Fv1%2F").replace(
        b"pub.example%252F", b"pub.example%252Fv1%252F"
    )
    assert b"/open/?at=" in held.body
    assert AUID.encode() not in held.body
    assert b"Estuaries" not in held.body


@pytest.mark.parametrize("form", [of(ARTICLE), of(ARTICLE, auid=AUID), of(ARTICLE, auid=AUID, version="1")])
def test_a_hidden_au_is_not_held_for_own_readers_either(reader, rooms, publisher, form):
    asked = publisher({"/v1/article.html": Reply(200, LIVE)})
    rooms.policies[AUID] = HIDDEN
    got = reader(form)
    assert got.status == 404
    assert b"Estuaries" not in got.body
    assert asked.asked == []


def test_a_pass_stays_in_the_links(ask, reader, rooms):
    rooms.addresses.clear()
    key = pass_for()
    got = ask(f"/t/{key}{of(ARTICLE)}")
    assert got.status == 200
    assert f'src="/t/{key}/ServeContent?url=http://pub.example/v1/fig1.png"'.encode() in got.body
    assert ask(f"/t/{key}{of(SITE + '/old')}").headers["location"].startswith(f"/t/{key}/ServeContent?url=")
    rooms.addresses.add("192.0.2.2")
    other = ask(of(ARTICLE), client="192.0.2.2")
    assert b"/t/" not in other.body, "nobody gets the pass of another"


def test_a_pass_is_good_for_its_client_alone(ask, reader, rooms):
    rooms.addresses.clear()
    key = pass_for()
    got = ask(f"/t/{key}{of(ARTICLE)}", client="192.0.2.77")
    assert got.status == 302
    assert got.headers["location"] == (
        f"http://127.0.0.1:8081/aus/{SLUG}/open/?at=%2FServeContent%3Furl%3Dhttp%3A%2F%2Fpub.example%2Fv1%2Farticle.html"
    )


def test_a_pass_that_lapsed_leads_to_the_portal_held_or_not(ask, reader, rooms, time_machine):
    rooms.addresses.clear()
    time_machine.move_to(dt.datetime(2026, 11, 26, tzinfo=dt.UTC), tick=False)
    key = pass_for()
    time_machine.shift(601)
    for url in (ARTICLE, f"{SITE}/none", "http://nowhere.example/"):
        got = ask(f"/t/{key}{of(url)}")
        assert got.status == 302
        assert got.headers["location"].startswith(f"http://127.0.0.1:8081/aus/{SLUG}/open/?at=")


def test_a_pass_of_one_au_does_not_open_another(ask, reader, rooms):
    rooms.addresses.clear()
    other = second_au("http://other.example/")
    rooms.policies[other.auid] = OPEN
    repository.add_captures(auid=other.auid, captures=[page("http://other.example/x", b"<p>x", "text/html")])
    got = ask(f"/t/{pass_for()}{of('http://other.example/x')}")
    assert got.status == 302
    assert got.headers["location"].startswith(f"http://127.0.0.1:8081/aus/{other.slug}/open/?at=")
    assert ask(f"/t/{pass_for(slug=other.slug)}{of('http://other.example/x')}").status == 200
    rooms.openly.add(other.auid)
    assert ask(f"/t/{pass_for()}{of('http://other.example/x')}").status == 200, "open to everybody"


def test_the_au_of_the_pass_is_taken_before_others(ask, reader, rooms):
    rooms.addresses.clear()
    other = second_au("http://aaa.example/", auid="a|lower")
    rooms.policies[other.auid] = OPEN
    repository.add_captures(auid=other.auid, captures=[page(ARTICLE, b"<p>theirs", "text/html")])
    assert b"Estuaries" in ask(f"/t/{pass_for()}{of(ARTICLE)}").body
    assert b"theirs" in ask(f"/t/{pass_for(slug=other.slug)}{of(ARTICLE)}").body


def test_who_looks_after_the_copy_sees_what_readers_may_not(ask, reader, rooms):
    rooms.policies[AUID] = HIDDEN
    assert ask(f"/t/{pass_for()}{of(ARTICLE)}").status == 404
    carer = pass_for(carer=True)
    assert b"Estuaries" in ask(f"/t/{carer}{of(ARTICLE)}").body
    assert ask(f"/t/{carer}/{SLUG}/-/{ARTICLE}").body == STORED
    other = second_au("http://other.example/")
    repository.add_captures(auid=other.auid, captures=[page("http://other.example/x", b"<p>x", "text/html")])
    assert ask(f"/t/{carer}{of('http://other.example/x')}").status == 404, "of this AU alone"


def test_a_ticket_becomes_a_pass_with_the_same_roles(ask, reader):
    ticket = grant(Right.TICKET, SLUG, roles=["reader", "librarian"], carer=True)
    got = ask(f"/o/{ticket}{of(ARTICLE)}")
    assert got.status == 302
    key, rest = re.fullmatch(r"/t/([0-9a-f.]+)(/.*)", got.headers["location"]).groups()
    assert rest == of(ARTICLE)
    proof = proven(Right.PASS, key, OWN)
    assert (proof.slug, proof.roles, proof.carer) == (SLUG, {"reader", "librarian"}, True)


def test_the_verdict_is_asked_although_the_body_is_kept(ask, reader, rooms):
    key = pass_for()
    assert ask(f"/t/{key}{of(ARTICLE)}").status == 200
    rooms.policies[AUID] = HIDDEN
    assert ask(f"/t/{key}{of(ARTICLE)}").status == 404
    assert ask(of(ARTICLE)).status == 404
    assert ask(f"/t/{key}/{SLUG}/-/{ARTICLE}").status == 404


# --- The publisher's


def test_gray_is_the_publishers_page_while_it_has_one(reader, publisher):
    asked = publisher(
        {"/v1/article.html": Reply(200, LIVE, (("Content-Type", "text/html"), ("Set-Cookie", "a=b")))}
    )
    got = reader(of(ARTICLE), accept_language="es", cookie="sessionid=x", authorization="Basic x")
    assert got.status == 200
    assert b"<title>Estuaries, live</title>" in got.body
    assert b'href="/ServeContent?url=http://pub.example/v1/next.html"' in got.body
    assert b"La p&#225;gina del propio editor" in got.body, "in the language that goes along"
    assert "x-lockss" not in got.headers
    assert got.headers["x-lockss-rewritten-for-auid"] == AUID
    assert got.headers["via"].startswith("1.1 lockss-")
    assert got.headers["cache-control"] == "private, no-store"
    assert "sandbox" in got.headers["content-security-policy"]
    for never in ("set-cookie", "memento-datetime", "x-archive-orig-set-cookie"):
        assert never not in got.headers
    ((method, url, _step, fields),) = asked.asked
    assert (method, url) == ("GET", ARTICLE)
    sent = {name.lower(): value for name, value in fields}
    assert sent["accept-language"] == "es"
    assert "cookie" not in sent
    assert "authorization" not in sent
    assert "x-forwarded-for" not in sent


def test_the_publishers_page_is_called_preserved_only_where_a_copy_is(reader, publisher):
    html = (("Content-Type", "text/html"),)
    publisher({path: Reply(200, LIVE, html) for path in ("/v1/article.html", "/v9/new.html")})
    held = b"This library preserves it in Estuaries, volume 1."
    assert held in reader(of(ARTICLE)).body
    got = reader(of(f"{SITE}/v9/new.html"))
    assert b"The publisher&#x27;s own page" in got.body
    assert b"No copy of it is held here." in got.body
    assert b"preserve" not in got.body
    assert b"Estuaries, volume 1" not in got.body, "the unit is one of its site, not of this page"
    assert b"What is known of it" not in got.body


def test_a_damaged_copy_is_not_told_as_a_good_one(reader, publisher):
    flip_a_byte(ARTICLE)
    repository.check_au(auid=AUID)
    publisher({"/v1/article.html": Reply(200, LIVE, (("Content-Type", "text/html"),))})
    got = reader(of(ARTICLE))
    assert b"<title>Estuaries, live</title>" in got.body
    assert b"The copy of it in Estuaries, volume 1 is damaged or missing." in got.body
    assert b"preserves it" not in got.body


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, b"gone"),
        Reply(403, b"pay"),
        Reply(500, b"oops"),
        Reply(302, b"", (("Location", "http://pub.example/login"),)),
        Reply(200, LOGIN, (("Content-Type", "text/html"),)),
        Reply(200, b"<title>Page not found</title>", (("Content-Type", "text/html"),)),
        Reply(twist=Twist.SILENT),
        Reply(twist=Twist.GARBAGE),
        Reply(200, LIVE, (("Content-Type", "text/html"),), twist=Twist.RESET),
    ],
)
def test_the_copy_when_the_publisher_fails(reader, publisher, reply):
    publisher({"/v1/article.html": reply})
    got = reader(of(ARTICLE))
    assert got.status == 200
    assert b"<title>Estuaries</title>" in got.body
    assert got.headers["x-lockss"] == "from-cache"
    assert got.whole


@pytest.mark.parametrize("failure", list(Failure))
def test_the_copy_whatever_the_failure(reader, publisher, failure):
    asked = publisher({}, {"pub.example": failure})
    assert b"<title>Estuaries</title>" in reader(of(ARTICLE)).body
    down = failure in (Failure.REFUSED, Failure.STALL, Failure.DNS, Failure.CONNECT_TIMEOUT)
    assert b"<title>Estuaries</title>" in reader(of(ARTICLE)).body
    assert len(asked.asked) == (1 if down else 2), "a host that is down is not asked again"


@pytest.mark.parametrize("way", ["open", "down", "never", "noproxy", "nobody"])
def test_when_the_publisher_is_not_asked(reader, publisher, rooms, way):
    asked = publisher({"/v1/article.html": Reply(200, LIVE)})
    form = of(ARTICLE)
    match way:
        case "open":
            rooms.policies[AUID] = OPEN
        case "down":
            rooms.flags[AUID] = PublisherFlag.DOWN
        case "never":
            rooms.flags[AUID] = PublisherFlag.NEVER
        case "noproxy":
            form = of(ARTICLE, noproxy="1")
        case "nobody":
            rooms.host.publisher = None
    assert b"<title>Estuaries</title>" in reader(form).body
    assert asked.asked == []


def test_a_url_of_no_au_is_never_fetched(reader, publisher):
    asked = publisher({"/": Reply(200, LIVE)})
    for url in (
        "http://127.0.0.1:8081/",
        "http://169.254.169.254/",
        "http://pub.example.evil.net/",
        "http://x@pub.example/",
    ):
        assert reader(of(url)).status == 404
    assert asked.asked == []


def test_redirects_are_followed_inside_held_sites_alone(reader, publisher, rooms):
    asked = publisher(
        {
            "/new-place": Reply(302, b"", (("Location", "/there"),)),
            "/there": Reply(200, b'<a href="c.html">c</a>', (("Content-Type", "text/html"),)),
            "/out": Reply(302, b"", (("Location", "http://evil.example/"),)),
            "/inside": Reply(302, b"", (("Location", "http://127.0.0.1/"),)),
            "/loop": Reply(302, b"", (("Location", "/loop"),)),
        }
    )
    got = reader(of(f"{SITE}/new-place"))
    assert b'href="/ServeContent?url=http://pub.example/c.html"' in got.body, (
        "links are of where it came from"
    )
    for path in ("/out", "/inside"):
        assert reader(of(SITE + path)).status == 404
    assert {url for _method, url, *_rest in asked.asked} == {
        f"{SITE}/new-place",
        f"{SITE}/there",
        f"{SITE}/out",
        f"{SITE}/inside",
    }
    assert reader(of(f"{SITE}/loop")).status == 404
    assert len(asked.asked) == 4 + 6


def test_a_coded_page_of_the_publisher_is_undone_to_be_rewritten(reader, publisher):
    fields = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("ETag", '"x"'))
    publisher({"/live": Reply(200, gzip.compress(LIVE), fields)})
    got = reader(of(f"{SITE}/live"))
    assert b"/ServeContent?url=http://pub.example/v1/next.html" in got.body
    assert "content-encoding" not in got.headers
    assert "etag" not in got.headers


@pytest.mark.parametrize(("kind", "accepted"), [("application/pdf", "gzip"), ("text/html", "compress")])
def test_a_live_answer_in_a_coding_that_nobody_knows_is_a_file(reader, publisher, kind, accepted):
    """Of a page even for who offers the coding: its links would lead out of here."""
    fields = (("Content-Type", kind), ("Content-Encoding", "compress"), ("ETag", '"x"'))
    publisher({"/odd": Reply(200, b"\x00\x01", fields)})
    got = reader(of(f"{SITE}/odd"), accept_encoding=accepted)
    assert (got.status, got.body) == (200, b"\x00\x01")
    assert "content-encoding" not in got.headers
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"] == "attachment"


def test_a_live_answer_in_a_coding_that_nobody_knows_goes_on_to_who_offers_it(reader, publisher):
    fields = (("Content-Type", "application/pdf"), ("Content-Encoding", "compress"))
    publisher({"/odd.pdf": Reply(200, b"\x00\x01", fields)})
    got = reader(of(f"{SITE}/odd.pdf"), accept_encoding="compress")
    assert (got.headers["content-encoding"], got.body) == ("compress", b"\x00\x01")
    assert got.headers["vary"] == "Accept-Encoding"


def test_a_live_page_in_a_coding_that_nobody_knows_gives_way_to_the_copy(reader, publisher):
    fields = (("Content-Type", "text/html"), ("Content-Encoding", "compress"))
    publisher({"/v1/article.html": Reply(200, b"\x00\x01", fields)})
    assert b"<title>Estuaries</title>" in reader(of(ARTICLE)).body


def test_what_is_no_page_goes_on_as_it_comes(reader, publisher):
    fields = (
        ("Content-Type", "application/pdf"),
        ("ETag", '"x"'),
        ("Content-Security-Policy", "default-src *"),
    )
    publisher({"/live.pdf": Reply(200, b"%PDF-1.7", fields)})
    got = reader(of(f"{SITE}/live.pdf"))
    assert (got.status, got.body, got.headers["etag"]) == (200, b"%PDF-1.7", '"x"')
    assert got.headers["content-length"] == "8"
    assert "content-security-policy" not in got.headers
    assert got.headers["x-archive-orig-content-security-policy"] == "default-src *"
    assert reader(of(f"{SITE}/live.pdf"), method="HEAD").body == b""


def test_a_page_that_breaks_off_ends_there(reader, publisher):
    publisher({"/live": Reply(200, LIVE * 3_000, (("Content-Type", "text/html"),), twist=Twist.RESET)})
    got = reader(of(f"{SITE}/live"))
    assert (got.status, got.whole) == (200, False)
    assert b"Preserved copy" not in got.body


def test_a_live_page_that_can_be_read_in_two_ways_is_not_shown(reader, publisher):
    odd = Reply(200, b"<svg><style><a href=/x></style></svg>", (("Content-Type", "text/html"),))
    publisher({"/odd": odd, "/v1/article.html": odd})
    assert reader(of(f"{SITE}/odd")).status == 501
    assert b"<title>Estuaries</title>" in reader(of(ARTICLE)).body, "the copy, where there is one"


def test_the_copy_that_its_publisher_has_unchanged_says_so(reader, publisher):
    said = b"Preserved copy of 21 Nov 2026 from Estuaries, volume 1. The publisher says that it has not changed since."
    publisher({"/v1/article.html": Reply(304)})
    assert said in reader(of(ARTICLE)).body
    publisher({"/v1/article.html": Reply(404)})
    got = reader(of(ARTICLE))
    assert b"Preserved copy of 21 Nov 2026" in got.body
    assert b"has not changed" not in got.body


def test_our_date_goes_along_and_its_304_means_our_copy(reader, publisher):
    asked = publisher({"/v1/article.html": Reply(304)})
    got = reader(of(ARTICLE))
    assert (got.status, got.headers["x-lockss"]) == (200, "from-cache")
    assert ("If-Modified-Since", "Sun, 06 Nov 1994 08:49:37 GMT") in asked.asked[0][2].fields
    later = reader(of(ARTICLE), if_modified_since="Sun, 06 Nov 2022 08:49:37 GMT")
    assert later.status == 304


def test_a_request_that_was_here_before_goes_no_further(reader, publisher):
    from apps.delivery.publisher import own_name

    asked = publisher({"/v1/article.html": Reply(200, LIVE)})
    assert reader(of(ARTICLE), via=f"1.1 {own_name()} (x)").status == 508
    assert asked.asked == []


# --- What is missing


def test_what_is_missing_names_the_aus_of_its_site(reader, rooms):
    rooms.starts[AUID] = (f"{SITE}/start?a=1&b=2",)
    got = reader(of(f"{SITE}/none"))
    assert got.status == 404
    assert b"Estuaries, volume 1" in got.body
    assert b"Not fully collected yet." in got.body
    link = re.search(rb'href="(/ServeContent\?url=[^"]+)"', got.body)[1].decode().replace("&amp;", "&")
    assert "url=http://pub.example/start%3Fa%3D1%26b%3D2&auid=" in link
    assert b'href="http://pub.example/none"' in got.body, "the publisher may still have it"
    assert b'name="host" value="http://pub.example"' in got.body
    assert got.headers["content-security-policy"].endswith("form-action 'self'")


@pytest.mark.parametrize(
    ("replies", "failing", "says"),
    [
        ({}, {"pub.example": Failure.REFUSED}, b"The publisher&#x27;s server refused the connection."),
        ({}, {"pub.example": Failure.STALL}, b"The publisher&#x27;s server did not answer in time."),
        ({"/none": Reply(404)}, None, b"The publisher answered with status 404."),
    ],
)
def test_what_is_missing_says_what_became_of_asking_the_publisher(reader, publisher, replies, failing, says):
    publisher(replies, failing)
    got = reader(of(f"{SITE}/none"))
    assert got.status == 404
    assert says in got.body
    assert b"The publisher does not deliver this page, and no copy of it is preserved here." in got.body
    assert b"Try it at the publisher all the same" in got.body
    # Nobody is told of what she may not know.
    assert says not in reader(of(f"{SITE}/none"), client="198.51.100.9").body


def test_what_is_missing_where_nobody_is_asked_says_nothing_of_the_publisher(reader, publisher):
    asked = publisher({}, {"pub.example": Failure.REFUSED})
    got = reader(of(f"{SITE}/none", noproxy="1"))
    assert got.status == 404
    assert b"does not deliver" not in got.body
    assert asked.asked == []


@pytest.mark.parametrize(
    ("action", "url", "status", "says"),
    [
        (MissingAction.ERROR_404, f"{SITE}/none", 404, None),
        (MissingAction.AU_INDEX, f"{SITE}/none", 404, b"Archival units"),
        (MissingAction.REDIRECT, "http://nowhere.example/x", 404, None),
        (MissingAction.ALWAYS_REDIRECT, "http://nowhere.example/x", 404, None),
        (MissingAction.ALWAYS_REDIRECT, "http://pub.example.evil.net/x", 404, None),
        (MissingAction.ALWAYS_REDIRECT, "http://pub.example@evil.net/x", 404, None),
        (MissingAction.ALWAYS_REDIRECT, "http://pub.example%5c@evil.net/x", 404, None),
        (MissingAction.ALWAYS_REDIRECT, f"{SITE}//evil.net/x", 404, None),
    ],
)
def test_missing_file_actions(reader, rooms, publisher, action, url, status, says):
    publisher({})
    rooms.host.settings = DeliverySettings(missing_action=action)
    got = reader(of(url))
    assert got.status == status
    assert "location" not in got.headers
    assert b'href="http://nowhere' not in got.body
    assert b'evil.net/x"' not in got.body
    assert (b"<table" in got.body) is (says is not None)


def test_a_redirect_goes_to_held_sites_written_anew(reader, rooms, publisher):
    publisher({})
    rooms.host.settings = DeliverySettings(missing_action=MissingAction.ALWAYS_REDIRECT)
    got = reader(of("HTTP://PUB.example:80/none%23x"))
    assert (got.status, got.headers["location"]) == (302, "http://pub.example/none%23x")


def test_the_index_is_searched_and_paged(reader, rooms, monkeypatch):
    from apps.delivery import missing_pages

    monkeypatch.setattr(missing_pages, "PER_PAGE", 2)
    for number in range(3):
        other = second_au(f"http://p{number}.example/", auid=f"a{number}", name=f"River {number} <b>")
        rooms.policies[other.auid] = OPEN
    rooms.policies["a1"] = HIDDEN
    got = reader("/ServeContent?search=river")
    assert b"River 0 &lt;b&gt;" in got.body
    assert b"River 1" not in got.body
    assert b"Estuaries" not in got.body
    first = reader("/ServeContent")
    onward = re.search(rb'href="(/ServeContent\?after=[^"]+)" rel="next"', first.body)[1].decode()
    second = reader(onward)
    assert b"River 2" in second.body
    assert b"River 0" not in second.body
    assert b'rel="next"' not in second.body
    assert b"No archival unit has these words" in reader("/ServeContent?search=%3Cscript%3E").body
    assert reader("/ServeContent?host=javascript:1").status == 400


def test_nothing_that_was_sent_comes_back_as_markup(reader):
    evil = "http://pub.example/%3Cscript%3Ealert(1)%3C/script%3E%22'"
    for form in (
        of(evil),
        f"/ServeContent?search={evil}",
        f"/ServeContent?url={SITE}/&auid={evil}",
        f"/ServeContent?url={evil}&version=x",
    ):
        body = reader(form).body
        assert b"<script>alert" not in body


# --- OpenURL


def test_an_openurl_leads_to_the_canonical_address(reader, rooms):
    got = reader("/ServeContent?rft_id=http%3A%2F%2Fpub.example%2Fv1%2Farticle.html")
    assert (got.status, got.headers["location"]) == (
        302,
        "/ServeContent?url=http://pub.example/v1/article.html",
    )
    rooms.resolved["10.1234/x"] = ARTICLE
    assert reader("/ServeContent?doi=10.1234/X").headers["location"].endswith("article.html")
    assert reader("/ServeContent?doi=10.1234/unknown").status == 404
    assert reader("/ServeContent?rft_id=http%3A%2F%2Fevil.example%2F").status == 404


def test_suspect_copies_are_not_held(reader, publisher):
    Artifact.objects.filter(au_key__auid=AUID, url=ARTICLE).update(state="damaged")
    asked = publisher({"/v1/article.html": Reply(200, LIVE, (("Content-Type", "text/html"),))})
    assert b"Estuaries, live" in reader(of(ARTICLE)).body
    assert len(asked.asked) == 1
    publisher({}, {"pub.example": Failure.REFUSED})
    assert reader(of(ARTICLE)).status == 502


def test_service_workers_and_other_methods(reader):
    assert reader(of(ARTICLE), service_worker="script").status == 403
    assert reader(of(ARTICLE), method="POST").status == 405


def test_head_is_get_without_a_body(reader):
    for form in (of(ARTICLE), of(f"{SITE}/none"), "/ServeContent"):
        head, got = reader(form, method="HEAD"), reader(form)
        assert (head.status, head.raw, head.body) == (got.status, got.raw, b"")
