"""A reader's walk in Chromium: an article with its pictures, style and links, by ServeContent and by replay."""

import pytest
from django.conf import settings as node_settings

from apps.repository import services as repository
from tests.delivery.conftest import AUID, SITE, page
from tests.delivery.simulated import LIGHT, OPEN
from tests.delivery.test_isolation import (  # noqa: F401 - fixtures
    EVIL,
    chromium,
    png,
    portal,
    reader,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AT = "20261121061230"
ARTICLE = b"""<!doctype html><html><head><meta charset="utf-8"><title>Tides</title>
<link rel="stylesheet" href="/look/article.css"><base href="http://pub.example/v2/"></head>
<body><h1>Tides</h1><img id="relative" src="fig.png"><img id="root" src="/look/red.png">
<img id="absolute" src="http://pub.example/look/red.png" srcset="http://pub.example/look/red.png 1x">
<p id="font" style="font-family:tide">waves</p><img id="foreign" src="http://cdn.example/logo.png"><iframe id="frame" src="/v1/inner.html"></iframe>
<a id="next" href="/v2/next.html?a=1&amp;b=2">next</a> <a id="pdf" href="http://pub.example/v2/tides.pdf">PDF</a>
</body></html>"""
SHEET = b"@import 'more.css'; @font-face{font-family:tide;src:url(tide.woff2)} h1{color:rgb(0,90,112)} body{background:url('/look/red.png')}"
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
trailer<</Root 1 0 R>>"""
WAYS = {"serve": f"/ServeContent?url={SITE}/v2/tides.html", "replay": f"/all/{AT}mp_/{SITE}/v2/tides.html"}


@pytest.fixture
def stored(portal):  # noqa: F811
    """Before Chromium is there: beside its loop this thread would have a connection of its own."""
    repository.add_captures(
        auid=AUID,
        captures=[
            page(f"{SITE}/v2/tides.html", ARTICLE, "text/html"),
            page(f"{SITE}/v2/fig.png", png(10), "image/png"),
            page(f"{SITE}/v2/next.html?a=1&b=2", b"<title>next</title><p id=next>next page", "text/html"),
            page(f"{SITE}/v2/tides.pdf", PDF, "application/pdf"),
            page(f"{SITE}/look/article.css", SHEET, "text/css"),
            page(f"{SITE}/look/tide.woff2", b"no font", "font/woff2"),
            page(f"{SITE}/look/more.css", b"h1{text-decoration:underline}", "text/css"),
        ],
    )


@pytest.fixture
def tab(stored, reader, rooms):  # noqa: F811
    """A reader at an address of the library; ``outside`` fills with every request to another host."""
    rooms.addresses.add("127.0.0.1")
    # What the portal's page still loads is its own.
    reader.wait_for_load_state("networkidle")
    reader.goto("about:blank")
    reader.outside, reader.refused = [], []
    reader.on("console", lambda said: reader.refused.append(said.text))
    ours = node_settings.NODE.content_url
    reader.on("request", lambda asked: asked.url.startswith(ours) or reader.outside.append(asked.url))
    return reader


def test_the_hosts_own_tables_on_a_narrow_screen(tab, rooms):
    """No word of a head is broken, nothing leaves the page, and cells say which column they are of."""
    rooms.starts[AUID] = (f"{SITE}/v2/tides.html",)
    tab.set_viewport_size({"width": 360, "height": 700})
    for address in (
        "/ServeContent",
        "/triggered",
        "/ServeContent?issn=1234-5679&volume=12&jtitle=Tides&pub=Tidewater",
    ):
        tab.goto(node_settings.NODE.content_url + address)
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360, address
        lines = "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getClientRects().length }"
        for head in tab.locator("th").all():
            if " " not in head.inner_text().strip():
                assert head.evaluate(lines) == 1, head.inner_text()
        serif = "e => getComputedStyle(e).fontFamily.includes('Palatino')"
        assert all(one.evaluate(serif) for one in tab.locator("h1, h2").all())
    tab.goto(f"{node_settings.NODE.content_url}/ServeContent")
    label = "e => getComputedStyle(e, '::before').content"
    assert "Collected" in tab.locator("td").nth(2).evaluate(label)


def is_whole(tab) -> None:
    assert tab.title() == "Tides"
    style = "e => [getComputedStyle(e).color, getComputedStyle(e).textDecorationLine]"
    assert tab.locator("h1").evaluate(style) == ["rgb(0, 90, 112)", "underline"]
    for name in ("relative", "root", "absolute"):
        assert tab.locator(f"#{name}").evaluate("e => e.naturalWidth") == 1, name
    assert tab.locator("#foreign").evaluate("e => e.naturalWidth") == 0
    assert tab.frame_locator("#frame").locator("#inner").inner_text() == "inner page"
    assert "Preserved copy of 21 Nov 2026" in tab.locator("[role=note]").inner_text()


@pytest.mark.parametrize("policy", [OPEN, LIGHT], ids=["everybody's", "own readers'"])
@pytest.mark.parametrize("way", WAYS)
def test_an_article_with_all_that_belongs_to_it(tab, rooms, way, policy):
    rooms.policies[AUID] = policy
    tab.goto(node_settings.NODE.content_url + WAYS[way])
    is_whole(tab)
    assert not [one for one in tab.refused if "tide.woff2" in one and "CORS" in one], "the font may be used"
    tab.click("#next")
    tab.wait_for_url("**next.html**")
    assert tab.title() == "next"
    assert tab.locator("#next").inner_text() == "next page"
    assert tab.outside == [], "nothing was asked of another host"
    assert tab.asked == []


@pytest.mark.parametrize("way", WAYS)
def test_a_pdf_opens_by_itself(tab, way):
    tab.goto(node_settings.NODE.content_url + WAYS[way])
    link = tab.locator("#pdf").evaluate("e => e.href")
    answer = tab.goto(link, wait_until="commit")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert "content-security-policy" not in answer.headers
    assert answer.headers["content-disposition"] == 'inline; filename="tides.pdf"'


@pytest.mark.parametrize(
    "before", [f"/ServeContent?url={EVIL}", f"/all/{AT}mp_/{EVIL}", f"/all/{AT}id_/{EVIL}"]
)
def test_a_hostile_page_is_as_quiet(tab, before):
    tab.goto(node_settings.NODE.content_url + before)
    tab.wait_for_timeout(1_500)
    assert tab.title() == "quiet"
    assert tab.locator("p").first.inner_text() == "kept"
    assert tab.asked == []
    assert tab.evaluate("self.origin") == "null"


@pytest.mark.parametrize("way", WAYS)
def test_from_elsewhere_one_signs_in_and_reads_on(tab, rooms, way):
    """Without an address of the library: the page that says so, the portal, a ticket, a pass, and all of the article."""
    rooms.addresses.clear()
    got = tab.goto(node_settings.NODE.content_url + WAYS[way])
    assert got.status == 404
    tab.get_by_role("link", name="Sign in at the portal").click()
    tab.wait_for_url("**/t/**")
    is_whole(tab)
    tab.click("#next")
    tab.wait_for_url("**next.html**")
    assert "/t/" in tab.url
    assert tab.locator("#next").inner_text() == "next page"
    assert tab.asked == []


@pytest.mark.parametrize("width", [400, 1280])
def test_the_index_fits_any_width(tab, rooms, width):
    rooms.starts[AUID] = (f"{SITE}/v2/tides.html", f"{SITE}/{'long' * 60}")
    tab.set_viewport_size({"width": width, "height": 700})
    complaints = []
    tab.on("console", lambda said: complaints.append(said.text) if "Policy" in said.text else None)
    tab.goto(f"{node_settings.NODE.content_url}/ServeContent")
    assert tab.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    tab.fill("[name=search]", "nothing of that name")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**search=nothing**")
    assert "No archival unit has these words" in tab.locator("main").inner_text()
    tab.fill("[name=search]", "estuaries")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**search=estuaries**")
    tab.get_by_role("link", name="tides.html").click()
    tab.wait_for_url("**url=**tides.html**")
    is_whole(tab)
    assert complaints == []
