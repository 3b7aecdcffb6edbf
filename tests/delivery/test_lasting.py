"""``/go``: to the publisher while it delivers, to the preserved copy when it fails, and the reader is told why."""

import re
from urllib.parse import quote

import pytest

from apps.accounts.choices import Role
from apps.lockss.delivery import Failure, PublisherFlag
from apps.lockss.replay import lasting_path, lasting_path_of_doi
from apps.repository import services as repository
from tests.asking import as_person
from tests.delivery.asked import ARTICLE, LIVE, LOGIN, SITE
from tests.delivery.conftest import AUID, SLUG, flip_a_byte, page, pass_for
from tests.delivery.simulated import GRAY, HIDDEN, OPEN
from tests.simulators.publisher import Reply, Twist

pytestmark = pytest.mark.django_db
DOI = "10.5555/est.1(2)<3>"
HTML = (("Content-Type", "text/html"),)
UP = {"/v1/article.html": Reply(200, LIVE, HTML)}


def test_to_the_publisher_while_it_delivers(reader, publisher):
    asked = publisher(UP)
    got = reader(lasting_path(ARTICLE))
    assert (got.status, got.headers["location"]) == (302, ARTICLE)
    assert got.headers["x-lockss-fallback"] == "publisher; why=publisher-answered"
    assert got.headers["cache-control"] == "private, no-store"
    assert got.headers["referrer-policy"] == "no-referrer"
    assert [url for _method, url, *_rest in asked.asked] == [ARTICLE]


def test_the_date_of_our_copy_is_not_told_so_that_an_unchanged_page_counts_as_delivered(reader, publisher):
    """A publisher that answers 304 delivers: readers are led there, not to the copy that is as good."""
    asked = publisher(UP)
    reader(lasting_path(ARTICLE))
    told = [
        name.lower()
        for _method, _url, step, fields in asked.asked
        for name, _value in (*step.fields, *fields)
    ]
    assert len(asked.asked) == 1
    assert not [name for name in told if name.startswith("if-")]


@pytest.mark.parametrize(
    ("reply", "why", "words"),
    [
        (Reply(404, b"gone"), "status-404", b"The publisher answered with status 404."),
        (Reply(403, b"pay"), "status-403", b"with status 403."),
        (Reply(500, b"oops"), "status-500", b"with status 500."),
        (Reply(200, LOGIN, HTML), "login-page", b"The publisher asks to sign in"),
        (Reply(200, b"<title>Page not found</title>", HTML), "soft-404", b"not there any more"),
        (Reply(302, b"", (("Location", "http://else.example/"),)), "led-elsewhere", b"not preserved here"),
        (Reply(302, b"", (("Location", "/"),)), "led-to-front-page", b"front page"),
        (Reply(twist=Twist.SILENT), "stall", b"did not answer in time"),
        (Reply(twist=Twist.GARBAGE), "reset", b"broke the connection off"),
        (Reply(200, LIVE, HTML, twist=Twist.RESET), "reset", b"broke the connection off"),
    ],
)
def test_to_the_copy_when_the_publisher_fails(reader, publisher, reply, why, words):
    asked = publisher({"/v1/article.html": reply, "/": Reply(200, b"<title>Welcome</title>", HTML)})
    got = reader(lasting_path(ARTICLE))
    assert got.status == 302
    assert got.headers["x-lockss-fallback"] == f"copy; why={why}"
    times = len(asked.asked)
    copy = reader(got.headers["location"])
    assert b"<title>Estuaries</title>" in copy.body
    assert copy.headers["x-lockss"] == "from-cache"
    assert len(asked.asked) == times, "nobody waits for the publisher twice"
    assert words in copy.body, "the page says why it is shown"
    assert words in reader(lasting_path(ARTICLE) + "&choices=1").body or why in ("stall", "unknown-host")


@pytest.mark.parametrize("failure", list(Failure))
def test_to_the_copy_whatever_the_failure(reader, publisher, failure):
    publisher({}, {"pub.example": failure})
    got = reader(lasting_path(ARTICLE))
    assert got.headers["x-lockss-fallback"] == f"copy; why={failure}"
    assert b"Preserved copy of 21 Nov 2026" in reader(got.headers["location"]).body


@pytest.mark.parametrize("way", ["open", "down", "never", "host-down"])
def test_when_the_publisher_is_not_asked(reader, publisher, rooms, way):
    asked = publisher(UP)
    match way:
        case "open":
            rooms.policies[AUID], why = OPEN, "open"
        case "down":
            rooms.flags[AUID], why = PublisherFlag.DOWN, "publisher-gone"
        case "never":
            rooms.flags[AUID], why = PublisherFlag.NEVER, "publisher-gone"
        case "host-down":
            asked.failing["pub.example"], why = Failure.DNS, "host-down"
            reader(lasting_path(ARTICLE))
            asked.asked.clear()
    got = reader(lasting_path(ARTICLE))
    assert got.headers["x-lockss-fallback"] == f"copy; why={why}"
    assert got.headers["location"].startswith("/ServeContent?url=http://pub.example/v1/article.html&noproxy=")
    assert asked.asked == []


def test_the_page_of_choices_says_where_and_why_and_offers_both(reader, publisher):
    publisher(UP)
    got = reader(lasting_path(ARTICLE) + "&choices=1")
    assert got.status == 200
    text = got.body.decode()
    assert "This link leads to the publisher now. The publisher delivers the page." in text
    assert text.index(f'href="{ARTICLE}"') < text.index('href="/ServeContent?url=')
    assert f"http://localhost:8082{lasting_path(ARTICLE)}" in text
    assert got.headers["x-lockss-fallback"].startswith("publisher;")
    publisher({"/v1/article.html": Reply(404)})
    text = reader(lasting_path(ARTICLE) + "&choices=1").body.decode()
    assert "This link leads to the preserved copy now. The publisher answered with status 404." in text
    assert text.index('href="/ServeContent?url=') < text.index(f'href="{ARTICLE}"')


def test_no_publisher_is_linked_that_is_gone_for_good(reader, publisher, rooms):
    publisher(UP)
    rooms.flags[AUID] = PublisherFlag.NEVER
    assert f'href="{ARTICLE}"' not in reader(lasting_path(ARTICLE) + "&choices=1").body.decode()


@pytest.mark.parametrize("form", ["/go/{url}", "/go?url={quoted}", "/go/{quoted}"])
def test_forms_of_one_url(reader, publisher, form):
    url = f"{SITE}/a/page.html?q=1&r=%2F"
    publisher({"/a/page.html?q=1&r=%2F": Reply(200, LIVE, HTML)})
    got = reader(form.format(url=url, quoted=quote(url, safe="")))
    assert (got.status, got.headers["location"]) == (302, url)


def test_a_moved_page_is_followed_inside_held_sites(reader, publisher):
    asked = publisher(
        {
            "/v1/article.html": Reply(301, b"", (("Location", "/v2/article"),)),
            "/v2/article": Reply(200, LIVE, HTML),
        }
    )
    got = reader(lasting_path(ARTICLE))
    assert got.headers["x-lockss-fallback"] == "publisher; why=publisher-answered"
    assert [url for _method, url, *_rest in asked.asked] == [ARTICLE, f"{SITE}/v2/article"]


def test_a_link_checker_is_answered_as_a_reader_is(reader, publisher):
    """HEAD asks for the whole page, because a page to sign in has no other sign."""
    asked = publisher({"/v1/article.html": Reply(200, LOGIN, HTML)})
    got = reader(lasting_path(ARTICLE), method="HEAD", if_modified_since="x", range="bytes=0-1")
    assert got.headers["x-lockss-fallback"] == "copy; why=login-page"
    assert got.body == b""
    ((method, _url, step, _fields),) = asked.asked
    assert method == "GET"
    assert "range" not in {name.lower() for name, _value in step.fields}


def test_what_neither_has_is_said(reader, publisher):
    publisher({"/none": Reply(404)})
    got = reader(lasting_path(f"{SITE}/none"))
    assert got.status == 404
    assert got.headers["x-lockss-fallback"] == "none; why=status-404"
    assert b"no copy of it is preserved here. The publisher answered with status 404." in got.body
    assert f'href="{SITE}/none"'.encode() in got.body


def test_a_damaged_copy_does_not_stand_in_the_publishers_way(reader, publisher):
    publisher(UP)
    flip_a_byte(ARTICLE)
    repository.check_au(auid=AUID)
    assert reader(lasting_path(ARTICLE)).headers["location"] == ARTICLE


# --- What may never happen


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.example/",
        "http://pub.example.evil.net/",
        "http://pub.example@evil.example/",
        "http://127.0.0.1:8081/",
        "http://169.254.169.254/latest",
        "http://[::ffff:7f00:1]/",
        "http://pub.example:25/",
        "https://pub.example/v1/article.html",
    ],
)
def test_no_open_redirect_and_nobody_else_is_asked(reader, publisher, url):
    asked = publisher(UP)
    for form in (lasting_path(url), f"/go/{url}", lasting_path(url) + "&choices=1"):
        got = reader(form)
        assert got.status == 404
        assert "location" not in got.headers
        assert f'href="{url}"'.encode() not in got.body
    assert asked.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "/go",
        "/go/",
        "/go?url=",
        "/go?url=javascript:alert(1)",
        "/go/doi:x",
        "/go?auid=a",
        "/go/data:text/html,x",
    ],
)
def test_what_cannot_be_read_is_refused(reader, address):
    assert reader(address).status == 400


def test_a_hidden_au_looks_like_none(reader, publisher, rooms):
    asked = publisher(UP)
    rooms.policies[AUID] = HIDDEN
    hidden, none = (
        reader(lasting_path(ARTICLE)),
        reader(lasting_path("http://nowhere.example/v1/article.html")),
    )
    assert hidden.status == none.status == 404
    assert hidden.body.replace(b"pub.example", b"nowhere.example") == none.body
    assert dict(hidden.headers, **{"content-length": ""}) == dict(none.headers, **{"content-length": ""})
    assert asked.asked == []


def test_the_reason_cannot_be_made_up(reader, publisher):
    publisher({"/v1/article.html": Reply(404)})
    to = reader(lasting_path(ARTICLE)).headers["location"]
    assert b"status 404" in reader(to).body
    forged = re.sub("noproxy=status-404", "noproxy=login-page", to)
    assert forged != to
    got = reader(forged)
    assert b"asks to sign in" not in got.body
    assert b"Preserved copy of" in got.body
    other = to.replace("v1/article.html", "a/page.html%3Fq=1%26r=%252F")
    assert b"status 404" not in reader(other).body, "of that page alone"


# --- Readers with a pass, and without


def test_a_pass_stays(ask, reader, rooms, publisher):
    rooms.addresses.clear()
    publisher({"/v1/article.html": Reply(404)})
    key = pass_for()
    got = ask(f"/t/{key}{lasting_path(ARTICLE)}")
    assert got.headers["location"].startswith(f"/t/{key}/ServeContent?url=")
    assert b"status 404" in ask(got.headers["location"]).body


def test_who_is_not_known_is_led_to_the_portal_and_back(ask, reader, rooms, publisher, client):
    rooms.addresses.clear()
    publisher(UP)
    got = ask(lasting_path(ARTICLE))
    assert got.status == 404
    way = re.search(rb'href="http://127.0.0.1:8081(/open/[^"]+)"', got.body)[1].decode()
    assert quote(lasting_path(ARTICLE), safe="") in way
    as_person(client, Role.READER)
    sent = client.get(way.replace("&amp;", "&"))
    assert sent.status_code == 302
    assert sent.headers["Location"].startswith(f"/aus/{SLUG}/open/?at=%2Fgo%3Furl%3D")


# --- DOIs


@pytest.mark.parametrize(
    "form",
    [
        lasting_path_of_doi(DOI),
        f"/go?doi={quote(DOI, safe='')}",
        f"/go/doi:{quote(DOI, safe='').lower()}",
        f"/go/{DOI}",
        f"/go/https://doi.org/{quote(DOI, safe='')}",
        f"/go?url=https%3A%2F%2Fdoi.org%2F{quote(DOI, safe='')}",
        f"/go?rft_id=info:doi/{quote(DOI, safe='')}",
    ],
)
def test_forms_of_one_doi(reader, publisher, rooms, form):
    publisher(UP)
    rooms.resolved[DOI.lower()] = ARTICLE
    got = reader(form)
    assert (got.status, got.headers["location"]) == (302, ARTICLE)


def test_a_doi_leads_to_the_copy_when_the_publisher_fails(reader, publisher, rooms):
    publisher({}, {"pub.example": Failure.TLS})
    rooms.resolved[DOI] = ARTICLE
    got = reader(lasting_path_of_doi(DOI))
    assert got.headers["x-lockss-fallback"] == "copy; why=tls"
    assert b"certificate" in reader(got.headers["location"]).body
    text = reader(lasting_path_of_doi(DOI) + "?choices=1").body
    assert b"This link leads to the preserved copy now. The certificate" in text


def test_a_doi_of_which_nothing_is_known(reader, publisher):
    asked = publisher(UP)
    got = reader(lasting_path_of_doi("10.9999/none"))
    assert got.status == 404
    assert b"10.9999/none" in got.body
    assert asked.asked == []


def test_gray_and_not_collected_yet_leads_to_the_publisher(reader, publisher, rooms):
    publisher({"/new": Reply(200, LIVE, HTML)})
    rooms.policies[AUID] = GRAY
    got = reader(lasting_path(f"{SITE}/new"))
    assert got.headers["location"] == f"{SITE}/new"
    told = reader(lasting_path(f"{SITE}/new") + "&choices=1").body
    assert b"No copy is preserved yet." in told
    assert b"Estuaries, volume 1" not in told, "the unit is one of its site, not of this page"


def test_pictures_and_papers_have_links_too(reader, publisher):
    repository.add_captures(auid=AUID, captures=[page(f"{SITE}/b.pdf", b"%PDF", "application/pdf")])
    publisher({"/b.pdf": Reply(200, b"<title>Log in</title>", HTML)})
    got = reader(lasting_path(f"{SITE}/b.pdf"))
    assert got.headers["x-lockss-fallback"] == "copy; why=login-page"
    assert reader(got.headers["location"]).body == b"%PDF"
