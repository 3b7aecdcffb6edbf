"""The list in a real browser: with scripts only its own region changes, without scripts the page; same rows."""

import pytest
from playwright.sync_api import sync_playwright

from apps.accounts.choices import Role
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.models import Job
from tests.accounts.factories import PASSWORD, make_person
from tests.chromium import executable

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def gallery(live_server):
    """The address of a list of 60 jobs, for somebody who may see it."""
    make_person("alice", Role.SYSTEM)
    at = now()
    Job.objects.bulk_create(
        [
            Job(
                kind="crawl",
                subject=f"au:{n:02}",
                state=JobState.DONE,
                max_attempts=1,
                run_after=at,
                attempt=n % 5,
            )
            for n in range(60)
        ]
    )
    return f"{live_server.url}/gallery/"


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


def open_page(browser, address: str, *, scripts: bool, **options):
    page = browser.new_context(java_script_enabled=scripts, **options).new_page()
    page.complaints = []
    page.on(
        "console", lambda message: page.complaints.append(message.text) if message.type == "error" else None
    )
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.goto(f"{address.rsplit('/', 2)[0]}/accounts/sign-in/?next=/gallery/")
    page.fill("[name=username]", "alice")
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/gallery/")
    return page


def subjects(page) -> list[str]:
    return page.locator("#list-gallery-jobs tbody td:first-child .note").all_inner_texts()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_sorting_paging_and_searching(gallery, chromium, scripts) -> None:
    page = open_page(chromium, gallery, scripts=scripts)
    if scripts:
        page.evaluate("window.untouched = true")
    page.click("#list-gallery-jobs thead a:has-text('Job')")
    page.wait_for_url("**sort=kind*")
    page.click("#list-gallery-jobs .pager a[rel=next]")
    page.wait_for_url("**after=*")
    page.wait_for_function("document.querySelector('.pager a[rel=prev]')") if scripts else None
    assert subjects(page) == [f"au:{n:02}" for n in range(25, 50)]
    page.click("#list-gallery-jobs .pager a[rel=prev]")
    page.wait_for_url("**before=*")
    page.wait_for_selector("#list-gallery-jobs .pager a[rel=prev]", state="detached")
    assert subjects(page) == [f"au:{n:02}" for n in range(25)]
    page.fill("#list-gallery-jobs [name=q]", "au:5")
    page.press("#list-gallery-jobs [name=q]", "Enter")
    page.wait_for_url("**q=au*")
    page.get_by_text("10 jobs", exact=True).wait_for()
    assert subjects(page) == [f"au:{n}" for n in range(50, 60)]
    assert page.input_value("#list-gallery-jobs [name=q]") == "au:5"
    if scripts:
        assert page.evaluate("window.untouched") is True
        assert page.evaluate("document.activeElement.name") == "q"
    page.go_back()
    page.wait_for_selector("#list-gallery-jobs .pager a[rel=next]")
    assert page.locator("h1").inner_text() == "Volume 31 (2019)"
    assert page.complaints == []


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_scrolls_sideways_but_wide_tables(gallery, chromium, width) -> None:
    page = open_page(chromium, gallery, scripts=True, viewport={"width": width, "height": 800})
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")
    assert page.complaints == []


def test_everything_can_be_reached_by_key_and_is_seen(gallery, chromium) -> None:
    page = open_page(chromium, gallery, scripts=True)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    for _ in range(12):
        page.keyboard.press("Tab")
        style = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert style != "none"


def test_live_parts_rest_when_paused(gallery, chromium) -> None:
    page = open_page(chromium, gallery, scripts=True)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "live=" in request.url else None)
    page.evaluate(
        """() => {
          const part = document.createElement("div");
          part.setAttribute("data-live", "");
          part.setAttribute("hx-get", "/words/?live=1");
          part.setAttribute("hx-trigger", "every 100ms, portal:seen");
          document.querySelector("main").append(part);
          window.htmx.process(part);
        }"""
    )
    page.wait_for_timeout(450)
    assert asked
    page.evaluate("Object.defineProperty(document, 'hidden', {get: () => true})")
    page.wait_for_timeout(150)
    asked.clear()
    page.wait_for_timeout(400)
    assert asked == []
