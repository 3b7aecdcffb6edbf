"""A publisher's walk without an account: one word wrong, told as it happens; then the dashboard of who looks after it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.db import connection
from playwright.sync_api import expect, sync_playwright

from apps.accounts.choices import Role
from apps.common import jobs
from apps.common.models import Job
from apps.permissions import tasks, testing
from apps.permissions.models import Permission
from tests import factories as make
from tests.accounts.factories import PASSWORD, make_person
from tests.chromium import SIDEWAYS, executable
from tests.sample import make_sample, sample_settings
from tests.simulators.hostile_server import hostile_server_thread
from tests.simulators.publisher import Script, page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HANDLER = tasks.try_page
WRONG = make.STATEMENT.replace("collect", "gather").replace("and serve", "and <b>serve</b>")


@pytest.fixture
def walk(live_server, settings, tmp_path, monkeypatch):
    """A narrow window in which nobody is signed in, and a publisher's site that this node may ask."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    script = Script().on("/lockss", page(f"<html>\n<body>\n<h1>Tides</h1>\n<p>{WRONG}</p>\n</body></html>"))
    with hostile_server_thread(script) as server:
        settings.NODE = replace(sample_settings(tmp_path), allowed_private_hosts=(server.endpoint,))
        sample = make_sample()
        make_person("nell", Role.NETWORK)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=executable(),
                args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
            )
            shown = browser.new_context(
                base_url=live_server.url, viewport={"width": 400, "height": 800}
            ).new_page()
            shown.complaints = []
            shown.on(
                "console", lambda said: shown.complaints.append(said.text) if said.type == "error" else None
            )
            shown.on("pageerror", lambda error: shown.complaints.append(str(error)))
            yield shown, sample, server
            browser.close()
            connection.close()


def run_job(pk: int) -> None:
    """As a worker does, in a thread without Playwright's loop."""
    jobs.run(pk)
    connection.close()


def straight(shown) -> None:
    assert shown.evaluate(SIDEWAYS) == 0, shown.url
    assert shown.complaints == []


def test_one_word_wrong(walk) -> None:
    shown, sample, server = walk
    shown.goto("/permissions/test/")
    expect(shown.locator("nav.places")).to_have_count(0)
    straight(shown)
    shown.get_by_label("Address of the page").fill(server.url("/lockss"))
    shown.get_by_role("button", name="Try it").click()
    expect(shown.locator("#trial progress")).to_be_visible()
    straight(shown)
    # A worker takes it; the page sees it by itself.
    with ThreadPoolExecutor(1) as worker:
        worker.submit(run_job, Job.objects.get(kind=testing.KIND).pk).result()
    expect(shown.locator("#trial")).to_contain_text("It does not permit", timeout=10_000)
    expect(shown.locator("#trial .marked del")).to_contain_text("gather")
    expect(shown.locator("#trial")).to_contain_text("line 4, character 4")
    assert "Dear publisher" in shown.get_by_label("Text to copy").input_value()
    straight(shown)

    shown.goto("/permissions/manifest/")
    shown.get_by_label("Title of the journal or book").fill("Tides")
    shown.get_by_label("Volumes").fill("https://tides.example/1/ Volume 1")
    shown.get_by_role("button", name="Write the page").click()
    expect(shown.get_by_label("HTML to copy")).to_be_visible()
    assert make.STATEMENT in shown.get_by_label("HTML to copy").input_value()
    straight(shown)
    with shown.expect_download() as download:
        shown.get_by_role("button", name="Download it").click()
    assert download.value.suggested_filename == "tides-lockss.html"

    row = Permission.objects.filter(evidence__isnull=False).first()
    Permission.objects.filter(pk=row.pk).update(verdict="refused", reason="no-statement")
    shown.goto("/accounts/sign-in/")
    shown.fill("[name=username]", "nell")
    shown.fill("[name=password]", PASSWORD)
    shown.click("button.primary")
    shown.wait_for_url("**/")
    for path in (
        "/permissions/",
        "/permissions/blocked/",
        "/permissions/publishers/",
        "/permissions/changes/",
    ):
        assert shown.goto(path).status == 200, path
        straight(shown)
    assert shown.goto(f"/permissions/evidence/{sample.evidence.pk}/").status == 200
    expect(shown.locator("#recognised mark")).to_have_count(1)
    straight(shown)
