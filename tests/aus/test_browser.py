"""Finding, ticking and selecting in a real browser, with scripts and without; an import that is watched to its end."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.conf import settings as node_settings
from django.db import connections
from playwright.sync_api import expect, sync_playwright

import apps.aus.tasks  # noqa: F401 - its jobs register themselves
from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.common import jobs
from apps.common.models import Job
from tests.accounts.factories import PASSWORD, make_person
from tests.aus.factories import load_sample, offer, volumes
from tests.chromium import executable
from tests.titles.factories import read_au, read_title
from tests.titles.test_pages import TDB

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def aside(work):
    """What ``work`` gives, asked in a thread of its own: Playwright's loop owns this one, and with it connections."""

    def asked():
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asked).result()


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(request, live_server, settings, tmp_path):
    settings.NODE = replace(node_settings.NODE, media_dir=tmp_path / "media")
    # Each walk as the one whose work it is.
    lists = "upload" in request.node.name
    make_person("alice", Role.NETWORK if lists else Role.LIBRARIAN)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        context = browser.new_context(base_url=live_server.url, java_script_enabled=request.param)
        opened = context.new_page()
        opened.scripts = request.param
        opened.goto("/accounts/sign-in/?next=/titles/")
        opened.fill("[name=username]", "alice")
        opened.fill("[name=password]", PASSWORD)
        opened.click("button.primary")
        opened.wait_for_url("**/titles/")
        yield opened
        browser.close()


def test_find_tick_select_and_undo(page):
    aside(load_sample)
    rows = aside(lambda: offer(*volumes(5), *volumes(2, "Água e Vida", publisher="Marsh")))
    page.goto("/titles/")
    page.get_by_label("Title, ISSN, ISBN or publisher").fill("agua")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Title, ISSN, ISBN or publisher").fill("estuar")
    page.keyboard.press("Enter")
    expect(page.locator("tbody")).to_contain_text("Estuarine")
    page.get_by_role("link", name="Journal of Estuarine Studies").click()
    page.get_by_role("checkbox", name=re.compile("Volume 2")).check()
    page.get_by_role("checkbox", name=re.compile("Volume 4")).check()
    page.get_by_role("button", name="Select", exact=True).click()
    expect(page.locator("#act")).to_contain_text("2 were selected.")
    assert aside(lambda: set(Au.objects.values_list("listed_id", flat=True))) == {rows[1].pk, rows[3].pk}
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#act")).to_contain_text("2 were deactivated.")
    page.goto(f"/titles/{rows[0].title_id}/")
    page.get_by_label("all that match").check()
    page.get_by_role("button", name="Select", exact=True).click()
    expect(page.locator("#act")).to_contain_text("3 were selected, 2 were re-activated.")


def test_upload_and_watch(page):
    page.goto("/lists/")
    file = {"name": "tide.tdb", "mimeType": "text/plain", "buffer": TDB.encode()}
    page.set_input_files("[name=file]", file)
    page.locator("#upload [name=list_name]").fill("Riverside")
    page.get_by_role("button", name="Upload and read").click()
    expect(page.locator("#import")).to_contain_text("Waiting")
    aside(lambda: jobs.run(Job.objects.get(kind="import-titles").pk))
    if not page.scripts:
        page.get_by_role("link", name="Look again").click()
    expect(page.locator("#import")).to_contain_text("Waits for a decision", timeout=15_000)
    page.get_by_role("button", name="Apply").click()
    aside(lambda: jobs.run(Job.objects.filter(kind="import-titles").latest("pk").pk))
    page.goto(page.url)
    expect(page.locator("#import")).to_contain_text("archival units are new in this list", timeout=15_000)
    expect(page.locator("#list-findings")).to_contain_text("tide.tdb")
    expect(page.locator("#list-findings")).to_contain_text("line 10, column 5")


def test_a_messy_list_of_holdings(page):
    """As it comes from a library system: a title above the head, German names, semicolons, Windows-1252."""
    aside(load_sample)
    water = read_title("Água e Vida", publisher="Marsh & Sons", issn="0028-0836")
    more = {"params": {"base_url": "http://harbour.example/", "journal": "Nature", "volume": "1"}}
    rows = aside(
        lambda: offer(
            *(read_au(water, volume) for volume in (5, 6)),
            *volumes(1, "Nature", publisher="Tide"),
            *volumes(1, "Nature", publisher="Harbour", **more),
        )
    )
    text = (
        "Bestand der Universität;;;\nTitel;Verlag;ISSN;Von\nAGUA & VIDA;;0028-0836;2006\nNature;;;\nRost;;;\n"
    )
    page.goto("/holdings/")
    expect(page.locator("main")).to_contain_text("No list of yours was uploaded yet")
    page.set_input_files(
        "[name=file]", {"name": "bestand.csv", "mimeType": "text/csv", "buffer": text.encode("cp1252")}
    )
    page.get_by_role("button", name="Upload and compare").click()
    expect(page.locator("#reading")).to_contain_text("Waits to be read")
    aside(lambda: jobs.run(Job.objects.get(kind="read-holdings").pk))
    if not page.scripts:
        page.get_by_role("link", name="Look again").click()
    expect(page.locator("#reading")).to_contain_text("line is ambiguous", timeout=15_000)
    page.get_by_role("link", name="line is ambiguous").click()
    page.get_by_role("link", name="Nature").first.click()
    page.get_by_role("radio", name="Nature").nth(1).check()
    page.get_by_role("button", name="Decide").click()
    expect(page.locator("main")).to_contain_text("Decided, and remembered")
    page.get_by_role("link", name="Look at what it would select").click()
    expect(page.locator("main")).to_contain_text("2 archival units would be selected")
    page.get_by_role("button", name="Select", exact=True).click()
    expect(page.locator("#act")).to_contain_text("2 were selected.")
    chosen = aside(lambda: set(Au.objects.values_list("listed_id", flat=True)))
    assert rows[1].pk in chosen
    assert len(chosen) == 2
