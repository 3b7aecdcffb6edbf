"""The node's page in a real browser: what went wrong is read without scrolling sideways, no panel is mostly empty."""

import pytest

from apps.accounts.choices import Role
from tests import factories as make
from tests.accounts.factories import make_person
from tests.chromium import opened
from tests.sample import sample_settings
from tests.test_every_page import HOST, WIDE, serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
LONG = "The page http://pub.example/journal-of-estuarine-and-coastal-studies/volume-31/lockss-manifest.html failed."
SIDEWAYS_IN_LIST = """(() => {
    const frame = document.querySelector('#list-errors .frame') || document.querySelector('#list-errors');
    return frame.scrollWidth - frame.clientWidth;
})()"""
# Panels that stand alone beside a column of others: how far they go on below what they say.
EMPTY = """[...document.querySelectorAll('.columns:has(> div) > .panel')].map(panel =>
    Math.round(panel.getBoundingClientRect().bottom - panel.lastElementChild.getBoundingClientRect().bottom))"""


@pytest.fixture
def page_of_node(client, settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    settings.ALLOWED_HOSTS = ["localhost"]
    for code in ("crawl-fetch-error", "permission-fetch-failed"):
        make.make_finding(code, f"au:{make.make_au().slug}", count=3, message=LONG)
    client.force_login(make_person("judge", Role.SYSTEM))
    return client.get("/node/", headers={"Host": "localhost"})


def test_what_went_wrong_is_read_on_a_telephone(page_of_node) -> None:
    with opened() as browser:
        page = browser.new_context(base_url=HOST, viewport={"width": 400, "height": 800}).new_page()
        serve(page, {"node": ("/node/", page_of_node)})
        page.goto("/node/")
        assert page.locator("#list-errors tbody tr").count() > 0
        assert page.evaluate(SIDEWAYS_IN_LIST) <= 0


def test_no_panel_goes_on_below_what_it_says(page_of_node) -> None:
    with opened() as browser:
        page = browser.new_context(base_url=HOST, viewport=WIDE).new_page()
        serve(page, {"node": ("/node/", page_of_node)})
        page.goto("/node/")
        found = page.evaluate(EMPTY)
        assert found
        assert max(found) <= 40, found
