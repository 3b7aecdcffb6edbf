"""A librarian's walk through the portal of the node that was damaged, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.chromium import executable

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser, demo):
    context = browser.new_context(base_url=demo.portal(2), viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    opened.goto("/")
    opened.locator("input[name=username]").fill("librarian")
    opened.locator("input[name=password]").fill(demo.password)
    opened.get_by_role("button", name="Sign in").click()
    opened.wait_for_url("**/")
    yield opened
    context.close()


def test_find_select_and_watch(page):
    page.goto("/titles/")
    page.get_by_role("searchbox").first.fill("tidal")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Journal of Tidal Archives").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Journal of Tidal Archives")
    page.get_by_role("checkbox", name=re.compile("Volume 3")).check()
    page.get_by_role("button", name="Select", exact=True).click()
    expect(page.locator("main")).to_contain_text("Journal of Tidal Archives Volume 3")
    page.goto("/aus/")
    page.get_by_role("link", name=re.compile("Journal of Tidal Archives Volume 3")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Volume 3")
    # The page itself says when the crawl has ended.
    expect(page.locator("main")).to_contain_text(re.compile("collected", re.IGNORECASE), timeout=60_000)


def test_see_the_poll_and_the_repair(page):
    page.goto("/repairs/")
    expect(page.locator("main")).to_contain_text("repaired")
    page.goto("/polls/")
    page.locator("main tbody tr", has_text="100 %").first.get_by_role("link").first.click()
    expect(page.locator("main")).to_contain_text("100")


def test_download_the_report(page):
    page.goto("/reports/kbart/")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download as TSV").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8-sig")
    assert text.startswith("publication_title\t")
    assert "Journal of Tidal Archives" in text


@pytest.mark.parametrize(
    "path",
    ["/", "/titles/", "/aus/", "/polls/", "/peers/", "/permissions/", "/reports/kbart/", "/node/", "/jobs/"],
)
def test_narrow_pages_do_not_scroll_sideways(page, path):
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
