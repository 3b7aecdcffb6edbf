"""An empty node walked to a report taken home, each step by the one whose work it is. With scripts and without."""

import csv
from dataclasses import replace

import pytest
from django.conf import settings as node_settings
from playwright.sync_api import Browser, Page, expect

from apps.accounts import services
from apps.aus.models import Au
from apps.common import jobs
from apps.common.models import Job
from apps.crawls.models import CrawlStatus
from apps.nodes.services.refreshing import refresh
from apps.polls.models import PollStatus
from tests.aus.factories import load_sample
from tests.aus.test_browser import aside
from tests.chromium import opened
from tests.factories import make_crawl, make_poll
from tests.kbart.columns import HEADS
from tests.kbart.reports import PORTAL, others_agree

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSWORD = "seven quiet herons"
TDB = """{
  publisher < name = Tidewater Press >
  plugin = org.lockss.plugin.Sample
  param[base_url] = http://tide.example/
  param[journal] = estuary
  implicit < status ; year ; name ; param[volume] >
  {
    title < name = Journal of Estuarine Studies ; issn = 1234-5679 >
    au < released ; 2001 ; Journal of Estuarine Studies Volume 1 ; 1 >
    au < released ; 2002 ; Journal of Estuarine Studies Volume 2 ; 2 >
    au < released ; 2003 ; Journal of Estuarine Studies Volume 3 ; 3 >
  }
}
"""


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def desk(request, live_server, settings, tmp_path):
    """A new window for somebody: ``desk("alice")``, signed in where they have an account already."""
    node = node_settings.NODE
    folders = {name: tmp_path / name.partition("_")[0] for name in ("media_dir", "keys_dir", "content_dir")}
    settings.NODE = replace(node, **folders, public_url=PORTAL, name="Riverside Library")
    with opened() as browser:
        yield lambda name: window(browser, live_server.url, name, scripts=request.param)


def window(browser: Browser, url: str, name: str, *, scripts: bool) -> Page:
    page = browser.new_context(base_url=url, java_script_enabled=scripts).new_page()
    page.goto("/")
    if not page.url.endswith("/accounts/setup/"):
        page.locator("[name=username]").fill(name)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("button.primary").click()
        page.wait_for_url(f"{url}/")
    return page


def work(page: Page) -> None:
    """All that workers have to do of what people asked for; then the page as somebody finds it who comes back."""

    def done() -> None:
        for job in Job.objects.filter(state="waiting", kind="import-titles"):
            jobs.run(job.pk)

    aside(done)
    page.goto(page.url)


def set_up(page: Page, word: str) -> None:
    """The first visit, behind what the console says, and the steps up to the first title list."""
    page.locator("[name=token]").fill("wrong")
    give_name(page, "alice")
    expect(page.locator("main")).to_contain_text("Set-up word")
    page.locator("[name=token]").fill(word)
    give_name(page, "alice")
    page.wait_for_url("**/first-steps/")
    page.get_by_role("link", name="Go on: Administrator").click()
    for title in ("Administrator", "Institution", "Storage", "Network", "Plugins"):
        expect(page.locator("h1")).to_have_text(title)
        page.get_by_role("button", name="This is right, go on").click()
    expect(page.locator("h1")).to_have_text("First title list")


def give_name(page: Page, name: str) -> None:
    page.locator("[name=username]").fill(name)
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.locator("main button.primary").click()


def add_person(page: Page, name: str, role: str) -> None:
    page.goto("/accounts/people/")
    page.get_by_role("link", name="Add a person").click()
    page.get_by_role("checkbox", name=role).check()
    give_name(page, name)
    expect(page.locator("main")).to_contain_text(f"{name} may sign in from now on.")


def preserve(au: Au) -> None:
    """What the node does meanwhile has tests of its own: it collects, and others agree."""
    CrawlStatus.objects.filter(au=au).delete()
    make_crawl(au)
    make_poll(au)
    PollStatus.objects.filter(au=au).update(agreeing_peers=node_settings.NODE.poll_quorum)
    others_agree(au)
    refresh(keys=[au.pk])


def test_from_the_word_at_the_console_to_a_report(desk) -> None:
    aside(load_sample)
    word = aside(services.setup_token)

    alice = desk("alice")
    set_up(alice, word)
    alice.set_input_files(
        "[name=file]", {"name": "tide.tdb", "mimeType": "text/plain", "buffer": TDB.encode()}
    )
    alice.get_by_label("Name of the list").first.fill("Riverside")
    alice.get_by_role("button", name="Upload", exact=True).click()
    expect(alice.locator("#import")).to_contain_text("Waiting")
    for name, role in (("nina", "network"), ("lin", "librarian"), ("rita", "reports")):
        add_person(alice, name, role)
    alice.goto("/first-steps/titles/")
    alice.get_by_role("button", name="This is right, go on").click()
    expect(alice.locator("main")).to_contain_text("The node is set up.")

    nina = desk("nina")
    nina.goto("/lists/")
    work(nina)
    nina.get_by_role("link", name="Riverside", exact=True).click()
    nina.locator("main tbody a").first.click()
    expect(nina.locator("#import")).to_contain_text("3 archival units would be new")
    nina.get_by_role("button", name="Apply").click()
    work(nina)
    expect(nina.locator("#import")).to_contain_text("3 archival units are new in this list")

    lin = desk("lin")
    lin.goto("/titles/")
    lin.get_by_label("Title, ISSN, ISBN or publisher").fill("1234-5679")
    lin.get_by_role("button", name="Show", exact=True).click()
    lin.get_by_role("link", name="Journal of Estuarine Studies").first.click()
    for volume in (2, 3):
        lin.get_by_role("checkbox", name=f"Volume {volume}").check()
    lin.get_by_role("button", name="Select", exact=True).click()
    expect(lin.locator("#act")).to_contain_text("2 were selected.")
    aside(lambda: [preserve(au) for au in Au.objects.order_by("pk")])

    rita = desk("rita")
    rita.get_by_role("link", name="Reports", exact=True).click()
    rita.get_by_role("main").get_by_role("link", name="KBART report", exact=True).click()
    with rita.expect_download() as waiting:
        rita.get_by_role("button", name="Download as TSV").click()
    with open(waiting.value.path(), encoding="utf-8", newline="") as data:
        head, *rows = csv.reader(data, delimiter="\t", quoting=csv.QUOTE_NONE)
    assert head == HEADS
    (row,) = (dict(zip(head, row, strict=True)) for row in rows)
    assert row["publication_title"] == "Journal of Estuarine Studies"
    assert (row["print_identifier"], row["publisher_name"]) == ("1234-5679", "Tidewater Press")
    assert (row["date_first_issue_online"], row["date_last_issue_online"]) == ("2002", "2003")
    assert (row["num_first_vol_online"], row["num_last_vol_online"]) == ("2", "3")
