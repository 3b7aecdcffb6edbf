"""A page without live parts notices by itself that the node is away, and that it is back."""

import pytest
from playwright.sync_api import expect

from tests.chromium import opened
from tests.test_every_page import HOST, serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
BEAT_MS = 31_000
READY = {"ready": True, "missing": {}}
NO_DATABASE = {"ready": False, "missing": {"database": "the database does not answer"}}
NO_BROKER = {"ready": False, "missing": {"broker": "the broker does not answer"}}


def test_an_open_page_says_that_the_node_is_away_and_comes_back(client, settings) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    words = client.get("/words/", headers={"Host": "localhost"})
    assert b"data-live" not in words.content
    said: list[object] = [READY]
    with opened() as browser:
        page = browser.new_context(base_url=HOST).new_page()
        page.clock.install()
        serve(page, {"words": ("/words/", words)})

        def answer(route) -> None:
            if said[0] is None:
                route.abort("connectionrefused")
            else:
                route.fulfill(status=200 if said[0] == READY else 503, json=said[0])

        page.route("**/readyz", answer)
        page.goto("/words/")
        trouble = page.locator("#trouble")

        def after_a_beat(state: object):
            said[0] = state
            with page.expect_event("requestfinished" if state else "requestfailed"):
                page.clock.fast_forward(BEAT_MS)
            return expect(trouble)

        after_a_beat(READY).to_be_hidden()
        after_a_beat(NO_DATABASE).to_be_visible()
        after_a_beat(READY).to_be_hidden()
        after_a_beat(None).to_be_visible()
        # What is read does not wait for the broker.
        after_a_beat(NO_BROKER).to_be_hidden()
