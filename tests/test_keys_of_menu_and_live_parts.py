"""What the portal's script does for the keyboard: the narrow menu folds by itself, a live part keeps the focus."""

import pytest
from playwright.sync_api import expect

from apps.common.choices import JobState
from apps.common.models import Job
from tests import factories as make
from tests.accounts.factories import PASSWORD, make_person
from tests.chromium import signed_in
from tests.test_every_page import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FOCUSED = "() => document.activeElement.getAttribute('href')"


@pytest.fixture
def page(live_server, monkeypatch):
    # Playwright's loop makes Django believe that this thread must not ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    make_person("alice")
    with signed_in(live_server.url, "alice", PASSWORD) as opened:
        yield opened
        assert opened.complaints == []


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_narrow_menu_opens_and_folds_by_key(page, key) -> None:
    page.set_viewport_size(NARROW)
    page.goto("/aus/")
    menu, head = page.locator(".places-menu"), page.locator(".places-menu summary")
    head.focus()
    page.keyboard.press(key)
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == menu.locator("a").first.get_attribute("href")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(head).to_be_focused()
    page.keyboard.press(key)
    expect(menu).to_have_attribute("open", "")
    menu.locator("a").last.focus()
    # It lies over the page: who walks on would not see where they are.
    page.keyboard.press("Tab")
    expect(menu).not_to_have_attribute("open", "")
    assert page.evaluate(FOCUSED) == "/me/"
    page.keyboard.press("Shift+Tab")
    expect(head).to_be_focused()
    page.keyboard.press(key)
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Shift+Tab")
    expect(menu).not_to_have_attribute("open", "")


def test_a_live_part_keeps_the_focus_where_it_is(page) -> None:
    first, second = (
        make.make_job("crawl", f"crawl:{n}", state=JobState.RUNNING, progress_done=100, progress_total=512)
        for n in range(2)
    )
    page.goto("/")
    link = page.locator(f"#jobs-now a[href='/jobs/{second.pk}/']")
    link.focus()
    Job.objects.filter(pk=second.pk).update(progress_done=400)
    expect(page.locator("#jobs-now")).to_contain_text("78.1", timeout=15_000)
    expect(link).to_be_focused()
    # The same one, wherever it now stands.
    Job.objects.filter(pk=first.pk).update(state=JobState.DONE)
    expect(page.locator(f"#jobs-now a[href='/jobs/{first.pk}/']")).to_have_count(0, timeout=15_000)
    expect(link).to_be_focused()
    Job.objects.filter(pk=second.pk).update(state=JobState.DONE)
    expect(page.locator("#jobs-now")).to_contain_text("Nothing is being done", timeout=15_000)
    # What is gone leaves the focus at its place: the next stop is behind it, not the page's beginning.
    expect(page.locator("#jobs-now")).to_be_focused()


def test_a_list_drawn_anew_keeps_the_focus(page) -> None:
    for _ in range(60):
        make.make_job("crawl", state=JobState.DONE)
    page.goto("/jobs/")
    rows = page.locator("#list-jobs tbody tr")
    expect(rows).to_have_count(50)
    page.locator(".sizes").get_by_role("link", name="100").focus()
    page.keyboard.press("Enter")
    expect(rows).to_have_count(60)
    # The link that was followed is one no more.
    expect(page.locator("#list-jobs")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("() => !!document.activeElement.closest('#list-jobs')")
