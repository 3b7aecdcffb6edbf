"""A network administrator at an empty node: follow an address, look at the preview, apply, take it back. With scripts and without."""

from dataclasses import replace

import pytest
from django.conf import settings as node_settings
from playwright.sync_api import expect, sync_playwright

from apps.accounts.choices import Role
from apps.common import jobs
from apps.common.models import Job
from apps.titles.models import ListedAu, Title
from tests.accounts.factories import PASSWORD, make_person
from tests.aus.test_browser import FLAGS, aside
from tests.chromium import executable
from tests.titles.list_server import serving
from tests.titles.test_kbart_files import BOOK, SERIAL, file
from tests.titles.test_pages import TDB

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def server():
    with serving() as told:
        told.body = TDB.encode()
        yield told


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(request, live_server, settings, tmp_path, server):
    settings.NODE = replace(
        node_settings.NODE, media_dir=tmp_path / "media", allowed_private_hosts=(server.endpoint,)
    )
    make_person("nina", Role.NETWORK)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        context = browser.new_context(base_url=live_server.url, java_script_enabled=request.param)
        opened = context.new_page()
        opened.goto("/accounts/sign-in/?next=/lists/")
        opened.fill("[name=username]", "nina")
        opened.fill("[name=password]", PASSWORD)
        opened.click("button.primary")
        opened.wait_for_url("**/lists/")
        yield opened
        browser.close()


def work(page) -> None:
    """All that workers have to do, and what it begins; then the page as somebody finds it who comes back."""

    def done() -> None:
        while waiting := list(Job.objects.filter(state="waiting")):
            for job in waiting:
                jobs.run(job.pk)

    aside(done)
    page.goto(page.url)


def test_follow_look_apply_and_take_back(page, server):
    expect(page.locator("main")).to_contain_text("No title list yet")
    follow = page.locator("#follow")
    follow.get_by_label("Address").fill(server.url())
    follow.get_by_label("Name of the list").fill("Riverside")
    follow.get_by_label("Ask for it").select_option("day")
    follow.get_by_role("button", name="Follow it").click()
    expect(page.locator("#address")).to_contain_text("Being fetched")
    work(page)
    expect(page.locator("#address")).to_contain_text("Followed")
    own = page.url
    page.locator("tbody a").first.click()
    expect(page.locator("#import")).to_contain_text("3 archival units would be new")
    page.get_by_role("link", name="All that it would do").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    page.go_back()
    page.get_by_role("button", name="Apply").click()
    work(page)
    expect(page.locator("#import")).to_contain_text("archival units are new in this list")
    # The back button shows the old form; sent again it does nothing more.
    page.get_by_role("link", name="Undo this import").click()
    expect(page.locator("main")).to_contain_text("3 archival units that it added leave the list")
    page.get_by_role("button", name="Undo the import").click()
    expect(page.locator("#import")).to_contain_text("Undone")
    assert aside(lambda: (ListedAu.objects.count(), Title.objects.count())) == (0, 0)
    page.goto(own)
    server.status = 503
    page.get_by_role("button", name="Fetch it now").click()
    work(page)
    expect(page.locator("#address")).to_contain_text("the host answers with HTTP 503")
    page.get_by_role("button", name="Stop following it").click()
    expect(page.locator("main")).to_contain_text("The address is not followed any more.")


def test_a_kbart_list_is_given_up_and_applied(page):
    data = file(SERIAL, {**BOOK, "access_type": "Paid"}, separator=";").encode()

    def upload() -> None:
        page.goto("/lists/")
        page.set_input_files("[name=file]", {"name": "tide.csv", "mimeType": "text/csv", "buffer": data})
        page.locator("#upload [name=list_name]").fill("Tidewater")
        page.get_by_role("button", name="Upload and read").click()
        work(page)

    upload()
    expect(page.locator("#import")).to_contain_text("2 lines of coverage would be new")
    expect(page.locator("#list-findings")).to_contain_text("line 3, column 25")
    page.get_by_role("button", name="Give it up").click()
    expect(page.locator("#import")).to_contain_text("Given up")
    upload()
    page.get_by_role("button", name="Apply").click()
    work(page)
    page.goto("/lists/")
    page.get_by_role("link", name="Tidewater").click()
    page.get_by_role("link", name="Its coverage").click()
    expect(page.locator("tbody")).to_contain_text("Água e Vida")
