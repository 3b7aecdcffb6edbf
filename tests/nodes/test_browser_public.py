"""A badge on a page of somebody else, and the public page behind it: who is not signed in, in a real browser."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection
from playwright.sync_api import expect

from tests.chromium import SIDEWAYS, opened
from tests.sample import make_sample, sample_settings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = (
    '<!doctype html><title>Elsewhere</title><a href="{page}"><img src="{page}badge.svg" alt="Preserved"></a>'
)
DRAWN = "one => one.complete && one.naturalWidth > 60 && one.naturalHeight > 10"


@pytest.fixture
def sample(live_server, settings, tmp_path, monkeypatch):
    # Playwright's loop makes Django believe that this thread must not ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.NODE = replace(sample_settings(tmp_path), public_status=True)
    return make_sample()


@contextmanager
def elsewhere(html: str) -> Iterator[str]:
    """The address of a server of somebody else with one page; another origin than the portal's."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join(10)


def note(complaints: list[str], said) -> None:
    if said.type == "error":
        complaints.append(said.text)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_badge_elsewhere_leads_to_the_public_page(live_server, sample, settings, scripts) -> None:
    node = settings.NODE
    with opened() as browser:
        for path in (f"/public/titles/{sample.collecting.title_id}/", f"/public/aus/{sample.au.slug}/"):
            context = browser.new_context(java_script_enabled=scripts, viewport={"width": 360, "height": 740})
            page, complaints = context.new_page(), []
            page.on("console", partial(note, complaints))
            with elsewhere(PAGE.format(page=f"{live_server.url}{path}")) as address:
                page.goto(address)
                expect(page.locator("img")).to_be_visible()
                if scripts:
                    assert page.locator("img").evaluate(DRAWN), path
                page.locator("a").click()
                page.wait_for_url(f"**{path}")
            expect(page.locator("h1")).to_be_visible()
            expect(page.locator("main")).to_contain_text("Told by")
            # Nobody is signed in, and nobody is followed.
            assert context.cookies() == []
            assert page.locator("nav.places").count() == 0
            if scripts:
                assert page.evaluate(SIDEWAYS) <= 0
            assert complaints == []
            # Where the node tells nobody any more, neither does the page; another context has nothing kept.
            settings.NODE = replace(node, public_status=False)
            assert browser.new_context().new_page().goto(f"{live_server.url}{path}").status == 404
            settings.NODE = node
        # Beside Playwright's loop this thread has a connection of its own.
        connection.close()
