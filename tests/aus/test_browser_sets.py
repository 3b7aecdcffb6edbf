"""Walks of a librarian: from an ISSN or half a word to a title, from a search to a set, from a set to an act; a rule."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from apps.aus.models import Au, Selection
from apps.aus.tasks import apply_subscriptions
from apps.titles.models import TitleSet
from tests.aus.factories import load_sample, offer, volumes
from tests.aus.test_browser import aside, page  # noqa: F401 - the fixture
from tests.titles.factories import read_au, read_title

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def catalogue(last: int = 4):
    load_sample()
    letters = read_title("Lettres d'Économie", "Presses de l'Éstuaire", issn="0378-5955")
    older = read_title(
        "Économie ancienne", "Presses de l'Éstuaire", attributes={"comment[continued_by]": "0378-5955"}
    )
    aus = [read_au(letters, n) for n in range(1, last + 1) if n != 3]
    return offer(*aus, read_au(older, 1), *volumes(3))


def shot(page, name: str) -> None:  # noqa: F811
    """Pictures to be looked at, where somebody asks for them."""
    folder = os.environ.get("WALK_SHOTS")
    if folder and page.scripts:
        for width in (1280, 400):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)
        page.set_viewport_size({"width": 1280, "height": 900})


def search(page, text: str) -> None:  # noqa: F811
    page.get_by_label("Title, ISSN, ISBN or publisher").fill(text)
    page.get_by_role("button", name="Show", exact=True).click()


def test_find_keep_select_and_take_out(page):  # noqa: F811
    aside(catalogue)
    page.goto("/titles/")
    search(page, "0378–5955")
    expect(page.locator("tbody tr")).to_have_count(1)
    search(page, "0378-5954")
    expect(page.locator("#list-titles")).to_contain_text("The check digit of the ISSN 0378-5954 is wrong")
    search(page, "économ")
    expect(page.locator("tbody tr")).to_have_count(2)
    shot(page, "titles")
    page.get_by_role("link", name="Keep as a title set").click()
    page.get_by_label("Name", exact=True).fill("Économie")
    page.get_by_role("button", name="Make the set").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    page.locator(".panel .bulk-line").get_by_role("button", name="Select", exact=True).first.click()
    expect(page.locator("#act")).to_contain_text("4 were selected.")
    assert aside(Au.objects.count) == 4
    page.get_by_role("link", name="Économie", exact=True).click()
    shot(page, "set")
    page.get_by_role("link", name="Lettres d'Économie").click()
    expect(page.locator("figure.years svg")).to_have_attribute("aria-label", re.compile("Gaps: 2003"))
    expect(page.locator("dl.facts").first).to_contain_text("Économie ancienne")
    page.get_by_label("Name of a new set").fill("By hand")
    shot(page, "title")
    page.get_by_role("button", name="Put it in").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.goto("/titles/units/")
    page.get_by_label("Title set").select_option("By hand")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("tbody tr")).to_have_count(3)
    shot(page, "units")
    page.get_by_label("all that match").check()
    page.get_by_role("button", name="Deactivate", exact=True).click()
    expect(page.locator("#act")).to_contain_text("3 were deactivated.")
    page.goto("/sets/")
    shot(page, "sets")
    page.get_by_role("link", name="New title set").click()
    shot(page, "sets-new")
    assert aside(TitleSet.objects.count) == 2


def test_all_that_match_is_asked_about_when_it_is_more_than_a_page(page):  # noqa: F811
    aside(lambda: (load_sample(), offer(*volumes(60))))
    page.goto("/titles/units/")
    page.get_by_label("Years").fill("2003 to 2058")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("#list-units")).to_contain_text("56 archival units")
    page.get_by_label("all that match").check()
    page.get_by_role("button", name="Select", exact=True).click()
    expect(page.locator("main")).to_contain_text("It is about 56 archival units.")
    shot(page, "confirm")
    page.get_by_role("button", name="Select them").click()
    expect(page.locator("#act")).to_contain_text("0 / 56")
    assert aside(lambda: Selection.objects.get().total) == 56


def test_a_subscription_is_tried_kept_and_acts_on_the_next_import(page):  # noqa: F811
    aside(lambda: catalogue(2))
    page.goto("/subscriptions/")
    page.get_by_role("link", name="New subscription").click()
    page.get_by_label("Publisher").fill("presses de l'estuaire")
    page.get_by_label("Years to select").fill("from 2004 on")
    page.get_by_role("button", name="Show what it would select").click()
    expect(page.locator("main")).to_contain_text("0 archival units of what the lists name now")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.locator("dl.facts")).to_contain_text("the next scan applies it")
    aside(apply_subscriptions)
    assert aside(Au.objects.count) == 0
    aside(lambda: catalogue(5))
    aside(apply_subscriptions)
    page.goto(page.url)
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody")).to_contain_text("Volume 5")
    shot(page, "subscription")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo it").click()
    expect(page.locator("#act")).to_contain_text("2 were deactivated.")
