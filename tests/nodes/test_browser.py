"""The pages of operation in a real browser: nothing scrolls sideways, nothing complains, live parts end."""

import pytest
from django.db import connection
from playwright.sync_api import expect, sync_playwright

from apps.common.choices import JobState
from apps.common.models import Job
from tests.accounts.factories import PASSWORD
from tests.chromium import SIDEWAYS, executable
from tests.sample import make_sample, sample_settings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def portal(live_server, settings, tmp_path, monkeypatch):
    """A signed-in page of a narrow window over the sample node, with what the browser complained about."""
    # Playwright's loop makes Django believe that this thread must not ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.NODE = sample_settings(tmp_path)
    sample = make_sample()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_context(
            base_url=live_server.url, viewport={"width": 360, "height": 800}
        ).new_page()
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto("/accounts/sign-in/")
        page.fill("[name=username]", "alice")
        page.fill("[name=password]", PASSWORD)
        page.click("button.primary")
        page.wait_for_url("**/")
        yield page, sample
        browser.close()
        # Beside Playwright's loop this thread has a connection of its own.
        connection.close()


def test_pages_of_operation(portal) -> None:
    page, sample = portal
    au = f"/aus/{sample.au.slug}/"
    for path in (
        "/",
        "/aus/",
        au,
        f"{au}content/",
        f"{au}url/?url={sample.url}",
        f"/crawls/{sample.crawl.pk}/",
        f"/polls/{sample.poll.pk}/",
        f"/repairs/{sample.repair.pk}/",
        "/peers/",
        f"/peers/{sample.peer.pk}/",
        "/peers/new/",
        "/permissions/",
        "/permissions/agreements/new/",
        f"/permissions/evidence/{sample.evidence.pk}/",
        "/jobs/",
        "/findings/",
        "/node/",
        "/network/",
    ):
        assert page.goto(path).status == 200, path
        assert page.evaluate(SIDEWAYS) == 0, path
    assert page.complaints == []

    # What runs is asked for again by itself, and no more once nothing runs.
    page.goto("/")
    expect(page.locator("#jobs-now progress")).to_have_count(1)
    Job.objects.filter(state=JobState.RUNNING).update(progress_done=400)
    expect(page.locator("#jobs-now")).to_contain_text("78.1", timeout=10_000)
    Job.objects.filter(state=JobState.RUNNING).update(state=JobState.DONE)
    expect(page.locator("#jobs-now")).to_contain_text("Nothing is being done", timeout=10_000)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3500)
    assert asked == []

    # A paused page asks nothing.
    Job.objects.filter(pk=sample.job.pk).update(state=JobState.RUNNING)
    page.goto("/")
    page.get_by_role("button", name="Pause live updates").click()
    asked.clear()
    page.wait_for_timeout(3500)
    assert asked == []
    assert page.complaints == []
