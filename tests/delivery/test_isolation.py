"""What a preserved page can do, tried in Chromium: show itself with its neighbours, and nothing else."""

import struct
import threading
import zlib
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.conf import settings as node_settings
from playwright.sync_api import sync_playwright

from apps.accounts.choices import Role
from apps.delivery.addresses import delivery_url
from apps.repository import services as repository
from tests.accounts.factories import PASSWORD, make_person
from tests.chromium import executable
from tests.delivery.conftest import AUID, SITE, SLUG, page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
EVIL = f"{SITE}/evil/page.html"


def png(red: int) -> bytes:
    """One pixel."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(bytes([0, red, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", pixel) + part(b"IEND", b"")


def evil(portal: str, live: str) -> bytes:
    """Tries what delivery §16 lists; whatever succeeds leaves a mark in the title, the portal or the live site's log."""
    return f"""<!doctype html><html><head><title>quiet</title>
<base href="http://127.0.0.1:1/">
<meta http-equiv="refresh" content="0; url={portal}/">
<link rel="stylesheet" href="{live}/style.css"><link rel="preload" as="image" href="{live}/preload.png">
<link rel="prefetch" href="{live}/prefetch"><link rel="icon" href="{live}/icon">
<link rel="manifest" href="{live}/manifest"><link rel="dns-prefetch" href="{live}/">
<style>@import "{live}/import.css"; @font-face {{ font-family: x; src: url({live}/font.woff2) }}
p {{ font-family: x; background: url({live}/background.png) }}</style>
<script>
const mark = (text) => {{ document.title += " " + text; }};
mark("ran");
try {{ mark(document.cookie); document.cookie = "planted=1"; }} catch (e) {{}}
try {{ localStorage.x = 1; mark("storage"); }} catch (e) {{}}
try {{ mark(parent.document.title); }} catch (e) {{}}
fetch("{portal}/", {{credentials: "include"}}).then(a => a.text()).then(mark).catch(() => {{}});
fetch("{live}/fetched").catch(() => {{}});
navigator.serviceWorker?.register("sw.js").then(() => mark("worker"));
window.open("{portal}/");
new Worker("worker.js");
</script><script src="{live}/script.js"></script><script type="module" src="{live}/module.js"></script></head>
<body onload="document.title += ' onload'" background="{live}/body.png"><p>kept</p>
<img src="{live}/image.png" srcset="{live}/set.png 2x" onerror="document.title += ' onerror'">
<video src="{live}/video" poster="{live}/poster.png" autoplay></video><audio src="{live}/audio" autoplay></audio>
<object data="{live}/object"></object><embed src="{live}/embed"><iframe src="{live}/frame"></iframe>
<iframe src="{portal}/"></iframe><iframe src="javascript:top.document.title='framed'"></iframe>
<iframe srcdoc="<script>top.document.title='srcdoc'</script>"></iframe>
<svg><script>document.title += ' svg'</script><image href="{live}/svg.png"/><use href="{live}/use.svg#a"/></svg>
<picture><source srcset="{live}/source.webp"><img src="{live}/picture.png"></picture>
<video src="{live}/video2"><track src="{live}/track" default></video><input type="image" src="{live}/input.png">
<table background="{live}/table.png"><tr><td background="{live}/cell.png">x</table>
<noscript><img src="{live}/noscript.png"><link rel="stylesheet" href="{live}/noscript.css"></noscript>
<link rel="stylesheet" media="print" href="{live}/print.css"><link rel="modulepreload" href="{live}/modulepreload.js">
<link rel="prerender" href="{live}/prerender"><link rel="preconnect" href="{live}"><link rel="search" href="{live}/search">
<script type="speculationrules">{{"prefetch": [{{"urls": ["{live}/speculated"]}}], "prerender": [{{"urls": ["{live}/rendered"]}}]}}</script>
<script type="importmap">{{"imports": {{"x": "{live}/imported.js"}}}}</script>
<div style="background: image-set('{live}/set-1.png' 1x, url({live}/set-2.png) 2x); cursor: url({live}/cursor.png), auto;
 list-style-image: url({live}/list.png); border-image: url('{live}/border.png') 30; mask: url({live}/mask.svg#a)">styled</div>
<svg><style>@import url({live}/svg-import.css); rect {{ fill: url({live}/fill.svg#a) }}</style><rect width="9" height="9"/>
<feImage href="{live}/feimage.png"/><a href="#"><animate attributeName="href" to="{live}/animated"/></a></svg>
<math><mtext><img src="{live}/math.png"></mtext></math><template><img src="{live}/template.png"></template>
<iframe srcdoc="<img src='{live}/srcdoc.png'>"></iframe><frameset><frame src="{live}/frameset"></frameset>
<object data="data:text/html,<img src='{live}/inner.png'>"></object><iframe src="data:text/html,<img src='{live}/data.png'>"></iframe>
<form id="f" action="{portal}/accounts/sign-out/" method="post"><input name="x"><button>post</button></form>
<a id="script" href="javascript:document.title='link'">script</a><a id="ping" href="#here" ping="{live}/ping">ping</a>
</body></html>""".encode()


FRAMED = b"""<html><head><title>outer</title><link rel="stylesheet" href="../look/site.css"></head>
<body><h1>Volume 1</h1><img id="i" src="../look/red.png"><iframe id="frame" src="inner.html"></iframe>
<a id="next" href="inner.html?x=%2F">next</a></body></html>"""
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg"><title>drawn</title><script>document.title="ran"</script></svg>'
)


def evil_pages(portal: str, live: str) -> list:
    return [
        page(
            EVIL,
            evil(portal, live),
            "text/html; charset=utf-8",
            (b"Link", f"<{live}/hinted.css>; rel=preload; as=style, <{live}>; rel=preconnect".encode()),
            (b"Report-To", f'{{"group": "x", "endpoints": [{{"url": "{live}/report"}}]}}'.encode()),
            (b"Content-Security-Policy", f"img-src 'none'; report-uri {live}/reported".encode()),
        ),
        page(
            f"{SITE}/leads/away.html",
            f'<meta http-equiv="refresh" content="0; url={live}/away"><p>moved</p>'.encode(),
            "text/html",
        ),
        page(f"{SITE}/evil/drawing.svg", SVG, "image/svg+xml"),
        page(f"{SITE}/evil/mixed", b"<script>document.title='ran'</script>", "image/png, text/html"),
        page(f"{SITE}/v1/index.html", FRAMED, "text/html; charset=utf-8"),
        page(f"{SITE}/v1/inner.html", b"<p id=inner>inner page</p>", "text/html"),
        page(f"{SITE}/v1/inner.html?x=%2F", b"<p id=inner>next page</p>", "text/html"),
        page(
            f"{SITE}/look/site.css",
            b"h1{color:rgb(200,0,0)} @font-face{font-family:f;src:url(f.woff2)}",
            "text/css",
        ),
        page(f"{SITE}/look/red.png", png(200), "image/png"),
    ]


@contextmanager
def live_site():
    """A host of the world outside: whoever asks it has got out."""
    asked: list[str] = []

    class Log(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the library's name

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Log)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def chromium(monkeypatch):
    # Playwright's loop makes Django believe that this thread must not ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@pytest.fixture
def portal(live_server, served, au, settings):
    """The portal's address, at another host name than the content's; and the world outside, with who asked it."""
    address = live_server.url.replace("localhost", "127.0.0.1")
    settings.NODE = replace(node_settings.NODE, public_url=address)
    make_person("rita", Role.READER)
    with live_site() as (live, asked):
        repository.add_captures(auid=AUID, captures=evil_pages(address, live))
        yield address, asked


@pytest.fixture
def reader(portal, au, chromium):
    """A reader who is signed in to the portal."""
    address, asked = portal
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto(f"{address}/accounts/sign-in/")
    sign_in(tab)
    tab.wait_for_url(f"{address}/")
    tab.asked, tab.portal, tab.au = asked, address, au
    yield tab
    context.close()


def sign_in(tab) -> None:
    tab.fill("[name=username]", "rita")
    tab.fill("[name=password]", PASSWORD)
    tab.click("button.primary")


def test_a_page_is_opened_from_the_portal_with_its_neighbours(reader):
    reader.goto(delivery_url(reader.au, f"{SITE}/v1/index.html"))
    assert reader.url.startswith(node_settings.NODE.content_url + "/t/")
    assert reader.url.endswith(f"/{SLUG}/-/{SITE}/v1/index.html")
    assert reader.title() == "outer"
    assert reader.locator("h1").evaluate("e => getComputedStyle(e).color") == "rgb(200, 0, 0)"
    assert reader.locator("#i").evaluate("e => e.naturalWidth") == 1
    assert reader.frame_locator("#frame").locator("#inner").inner_text() == "inner page"
    reader.click("#next")
    reader.wait_for_url("**/inner.html?x=%2F")
    assert reader.locator("#inner").inner_text() == "next page"


@pytest.mark.parametrize("shape", ["/ServeContent?url=", f"/{SLUG}/-/"])
def test_a_page_leads_nobody_away_by_itself(reader, shape):
    """ServeContent leaves links to other hosts as they are; ``refresh`` is one that nobody would have followed."""
    reader.goto(delivery_url(reader.au, f"{SITE}/leads/away.html"))
    assert reader.url.count(f"/{SLUG}/-/") == 1
    reader.goto(reader.url.replace(f"/{SLUG}/-/", shape))
    body = reader.content()
    assert 'http-equiv="refresh"' in body
    there = reader.url
    reader.wait_for_timeout(1_000)
    assert (reader.url, reader.asked) == (there, [])
    # The same page without the fence leaves.
    reader.route("http://control.example/", lambda route: route.fulfill(body=body, content_type="text/html"))
    reader.goto("http://control.example/")
    reader.wait_for_url(lambda url: "control.example" not in url)


def test_a_preserved_script_does_not_run_and_reaches_nothing(reader):
    before = {cookie["name"]: cookie["value"] for cookie in reader.context.cookies()}
    opened: list[str] = []
    reader.context.on("page", lambda tab: opened.append(tab.url))
    reader.goto(delivery_url(reader.au, EVIL))
    reader.wait_for_timeout(1_500)
    assert reader.title() == "quiet"
    assert reader.url.endswith("/evil/page.html"), "it stayed where it was"
    assert reader.locator("p").inner_text() == "kept"
    assert reader.asked == []
    reader.click("#script")
    reader.click("#ping")
    reader.wait_for_timeout(300)
    assert (reader.title(), reader.asked, opened) == ("quiet", [], [])
    assert {c["name"]: c["value"] for c in reader.context.cookies()} == before


def test_its_form_cannot_act_in_the_portal(reader):
    reader.goto(delivery_url(reader.au, EVIL))
    reader.evaluate("document.getElementById('f').requestSubmit()")
    reader.wait_for_timeout(500)
    assert reader.url.endswith("/evil/page.html")
    reader.goto(f"{reader.portal}/me/")
    assert "/sign-in/" not in reader.url, "still signed in"


def test_the_portals_cookies_are_not_there(reader):
    """The origin is opaque: asked from inside, by the debugger, which no sandbox holds."""
    reader.goto(delivery_url(reader.au, f"{SITE}/v1/index.html"))
    assert reader.evaluate("self.origin") == "null"
    for secret in ("document.cookie", "localStorage.length", "indexedDB.open('x') && 1"):
        found = reader.evaluate(
            f"() => {{ try {{ return String({secret}) }} catch (e) {{ return e.name }} }}"
        )
        assert found == "SecurityError", secret
    portal = reader.portal
    assert (
        reader.evaluate(f"fetch('{portal}/', {{credentials: 'include'}}).then(() => 'read', e => e.name)")
        == "TypeError"
    )
    assert reader.context.cookies(node_settings.NODE.content_url) == [], (
        "no cookie of the portal goes to the content host"
    )


@pytest.mark.parametrize("name", ["drawing.svg", "mixed"])
def test_other_markup_is_no_way_in(reader, name):
    reader.goto(delivery_url(reader.au, f"{SITE}/evil/{name}"))
    reader.wait_for_timeout(200)
    assert reader.title() != "ran"


def test_who_is_not_signed_in_comes_to_the_sign_in_page(reader, chromium):
    tab = chromium.new_context().new_page()
    tab.goto(delivery_url(reader.au, f"{SITE}/v1/index.html"))
    assert tab.url.startswith(f"{reader.portal}/accounts/sign-in/?next=")
    sign_in(tab)
    tab.wait_for_url(f"**/{SLUG}/-/{SITE}/v1/index.html")
    assert tab.title() == "outer"
    tab.context.close()


@pytest.mark.parametrize("width", [400, 1280])
def test_its_own_pages_fit_any_width(reader, width, tmp_path):
    reader.set_viewport_size({"width": width, "height": 700})
    complaints = []
    reader.on(
        "console", lambda message: complaints.append(message.text) if "Policy" in message.text else None
    )
    reader.goto(delivery_url(reader.au, f"{SITE}/none/{'long' * 60}"))
    assert reader.locator("h1").inner_text() == "Not held here"
    assert reader.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert reader.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "608px", (
        "its style is allowed"
    )
    assert complaints == []


def test_a_pdf_is_left_to_the_browsers_viewer(reader):
    """A sandbox would keep some viewers out, and a file of that type runs nothing."""
    answer = reader.goto(delivery_url(reader.au, f"{SITE}/p.pdf"), wait_until="commit")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert "content-security-policy" not in answer.headers
    assert reader.url.endswith("/p.pdf")
