"""Lists on a telephone: columns that fall away are named and can be had."""

import os

import pytest
from playwright.sync_api import expect

from apps.accounts.choices import Role
from apps.nodes.services import refreshing
from tests import factories as make
from tests.accounts.factories import make_person
from tests.chromium import SIDEWAYS, opened
from tests.test_every_page import HOST, NARROW, serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
FEW = ["Peer", "State"]
SOME = [*FEW, "Last message", "Joined our polls"]
ALL = [*SOME, "Its polls", "Declined", "Known by"]
FALLEN = {
    360: ["Its polls", "Declined", "Known by", "Last message", "Joined our polls"],
    900: ALL[4:],
    1280: [],
}


@pytest.fixture
def fetch(client, settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    client.force_login(make_person("judge", Role.SYSTEM))
    for name in ("Birch", "Cedar"):
        make.make_peer(name)

    def get(path: str, language: str = "en"):
        return (
            path.partition("?")[0],
            client.get(path, headers={"Host": "localhost", "Accept-Language": language}),
        )

    return get


@pytest.mark.parametrize("scripts", [True, False])
def test_columns_that_fall_away_are_named_and_can_be_had(fetch, scripts) -> None:
    shown = {"peers": fetch("/peers/")}
    with opened() as browser:
        page = browser.new_context(base_url=HOST, java_script_enabled=scripts).new_page()
        serve(page, shown)
        page.goto("/peers/")
        for width, fallen in FALLEN.items():
            page.set_viewport_size({"width": width, "height": 740})
            sign = page.locator("#list-peers details.fallen")
            said = sign.locator("summary li:visible").all_inner_texts()
            assert [one.strip(" ,") for one in said] == fallen, width
            if not fallen:
                expect(sign).to_be_hidden()
                continue
            heads = [one for one in ALL if one not in fallen]
            assert page.locator("#list-peers thead th:visible").all_inner_texts() == heads, width
            if folder := os.environ.get("PORTAL_SHOTS"):
                page.screenshot(path=f"{folder}/fallen-{width}.png")
            sign.locator("summary").focus()
            page.keyboard.press("Enter")
            assert page.locator("#list-peers thead th:visible").all_inner_texts() == ALL, width
            # The table scrolls in its own frame, which the key reaches; the page does not.
            if scripts:
                assert page.evaluate(SIDEWAYS) <= 0
                frame = page.locator("#list-peers .frame")
                assert frame.get_attribute("tabindex") == "0"
                if width == NARROW["width"]:
                    assert frame.evaluate("one => one.scrollWidth > one.clientWidth")
            page.keyboard.press("Enter")
            assert page.locator("#list-peers thead th:visible").all_inner_texts() == heads, width


@pytest.mark.parametrize("scripts", [True, False])
def test_many_filters_are_folded_on_a_telephone(fetch, scripts) -> None:
    """The list of archival units has ten of them: they stood before the first row."""
    refreshing.refresh(keys=[make.make_au("Estuaries").pk])
    shown = {"aus": fetch("/aus/"), "peers": fetch("/peers/")}
    narrowed = {"aus": fetch("/aus/?state=selected")}
    with opened() as browser:
        page = browser.new_context(base_url=HOST, viewport=NARROW, java_script_enabled=scripts).new_page()
        serve(page, shown)
        page.goto("/aus/")
        fold, filters = page.locator("details.fold"), page.locator("form.filters")
        expect(filters).to_be_hidden()
        # The list's first row is within the first window.
        top = page.locator("section.list").bounding_box()["y"]
        assert page.locator("section.list thead").bounding_box()["y"] - top < NARROW["height"] / 2
        fold.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(filters).to_be_visible()
        if scripts:
            assert page.evaluate(SIDEWAYS) <= 0
        page.keyboard.press("Enter")
        expect(filters).to_be_hidden()
        for width in (641, 1280):
            page.set_viewport_size({"width": width, "height": 740})
            expect(fold).to_be_hidden()
            expect(filters).to_be_visible()
        page.close()
        # With a filter set the filters stand open.
        page = browser.new_context(base_url=HOST, viewport=NARROW, java_script_enabled=scripts).new_page()
        serve(page, narrowed)
        page.goto("/aus/")
        expect(page.locator("form.filters")).to_be_visible()
        expect(page.locator("details.fold[open]")).to_have_count(1)
