"""The header of a system administrator, who sees the most places: one row at 1280 pixels, never wider than the window."""

from dataclasses import replace

import pytest

from apps.accounts.choices import Role
from tests.accounts.factories import make_person
from tests.chromium import SIDEWAYS, opened
from tests.sample import sample_settings
from tests.test_every_page import HOST, WIDE, serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
LANGUAGES = ("en", "es")
# Node and network: a usual name, a long one, and a word that no line holds.
NAMES = {
    "usual": ("Marsh University Library", "Wetland Preservation Network"),
    "long": ("Biblioteca de la Universidad Nacional de las Humedades", "Red Iberoamericana de los Humedales"),
    "word": ("Preservation" * 6, "Preservation" * 6),
}
WIDTHS = (320, 360, 640, 641, 800, 1024, 1199, 1200, 1280, 1440, 1920)
TOPS = """[...document.querySelectorAll('header.top .places-row li')]
    .map(one => Math.round(one.getBoundingClientRect().top))"""
# The middles of the name, the places and the person.
MIDDLES = """[...document.querySelectorAll('header.top > *')]
    .map(one => one.getBoundingClientRect()).map(one => Math.round((one.top + one.bottom) / 2))"""
FOCUSED = "document.activeElement.getAttribute('href')"


@pytest.fixture
def shown(client, settings, tmp_path):
    """(language, names) → (path, answer) of the first page."""
    settings.ALLOWED_HOSTS = ["localhost"]
    client.force_login(make_person("judge", Role.SYSTEM))
    found = {}
    for key, (node, network) in NAMES.items():
        settings.NODE = replace(sample_settings(tmp_path), name=node, network_name=network)
        for language in LANGUAGES:
            answer = client.get("/", headers={"Host": "localhost", "Accept-Language": language})
            found[language, key] = (f"/{language}-{key}/", answer)
    return found


def test_places_and_names_stand_in_one_row(shown) -> None:
    with opened() as browser:
        page = browser.new_context(base_url=HOST, viewport=WIDE).new_page()
        serve(page, shown)
        for (language, key), (path, _) in shown.items():
            if key == "word":
                continue
            page.goto(path)
            tops, middles = page.evaluate(TOPS), page.evaluate(MIDDLES)
            assert len(tops) > 8
            assert len(set(tops)) == 1, (language, key, tops)
            assert max(middles) - min(middles) <= 1, (language, key, middles)


def test_no_width_is_pushed_sideways(shown) -> None:
    wrong = []
    with opened() as browser:
        page = browser.new_context(base_url=HOST).new_page()
        serve(page, shown)
        for case, (path, _) in shown.items():
            page.goto(path)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 800})
                if beyond := page.evaluate(SIDEWAYS):
                    wrong.append(f"{case} at {width}: {beyond} pixels")
    assert not wrong, "\n".join(wrong)


def test_the_key_goes_from_the_name_through_the_places_to_the_person(shown) -> None:
    with opened() as browser:
        page = browser.new_context(base_url=HOST, viewport=WIDE).new_page()
        serve(page, shown)
        page.goto(shown["en", "usual"][0])
        places = page.evaluate(
            "[...document.querySelectorAll('.places-row a')].map(a => a.getAttribute('href'))"
        )
        met = []
        for _ in range(len(places) + 3):
            page.keyboard.press("Tab")
            met.append(page.evaluate(FOCUSED))
        assert met == ["#content", "/", *places, "/me/"]


CUT = """(() => {
    const name = document.querySelector('.brand span');
    return name.scrollWidth > name.clientWidth + 1 || name.scrollHeight > name.clientHeight + 1;
})()"""


def test_the_name_of_the_library_is_whole_on_a_telephone(shown) -> None:
    with opened() as browser:
        page = browser.new_context(base_url=HOST).new_page()
        serve(page, shown)
        for language in LANGUAGES:
            page.goto(shown[language, "usual"][0])
            for width in (360, 400):
                page.set_viewport_size({"width": width, "height": 800})
                assert not page.evaluate(CUT), (language, width)


# How many rows the places, or what they are folded into, stand in, and how high the header is.
ROWS = """(() => {
    const seen = [...document.querySelectorAll('header.top .brand, .places-row a, .places-menu summary, header.top .person a')]
        .filter(one => one.offsetWidth).map(one => one.getBoundingClientRect());
    const rows = [];
    for (const one of seen.sort((a, b) => a.top - b.top)) {
        const row = rows[rows.length - 1];
        if (row && one.top < row.bottom) row.bottom = Math.max(row.bottom, one.bottom);
        else rows.push({bottom: one.bottom});
    }
    return rows.length;
})()"""
# Two lines of places, with what stands around them.
HIGHEST = 2 * 56


def test_the_header_has_two_rows_at_most_at_every_width(shown) -> None:
    """Between the telephone and the desk it broke into up to five."""
    wrong = []
    with opened() as browser:
        page = browser.new_context(base_url=HOST).new_page()
        serve(page, shown)
        for case, (path, _) in shown.items():
            page.goto(path)
            for width in range(320, 1281, 40):
                for one in (
                    width,
                    *((641, 767, 1023) if width == 640 else (1199, 1201) if width == 1200 else ()),
                ):
                    page.set_viewport_size({"width": one, "height": 800})
                    rows, high = (
                        page.evaluate(ROWS),
                        page.evaluate("document.querySelector('header.top').offsetHeight"),
                    )
                    if rows > 2 or high > HIGHEST:
                        wrong.append(f"{case} at {one}: {rows} rows, {high} pixels")
                    if beyond := page.evaluate(SIDEWAYS):
                        wrong.append(f"{case} at {one}: {beyond} pixels wider")
    assert not wrong, "\n".join(wrong)


def test_the_folded_menu_is_there_without_scripts_between_telephone_and_desk(shown) -> None:
    with opened() as browser:
        context = browser.new_context(
            base_url=HOST, viewport={"width": 900, "height": 700}, java_script_enabled=False
        )
        page = context.new_page()
        serve(page, shown)
        page.goto(shown["es", "long"][0])
        menu = page.locator(".places-menu")
        menu.locator("summary").focus()
        page.keyboard.press("Enter")
        assert menu.locator("a:visible").count() > 8
        assert menu.locator("ul").bounding_box()["y"] + menu.locator("ul").bounding_box()["height"] <= (
            page.locator("main").bounding_box()["y"] + 1
        )
