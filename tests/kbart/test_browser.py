"""Reports staff at work: narrow a report and take it home, judge a file, keep editions and compare them. With scripts and without."""

import csv
import io
import re

import pytest
from playwright.sync_api import expect, sync_playwright

from apps.accounts.choices import Role
from apps.common import jobs
from apps.common.models import Job
from tests.accounts.factories import PASSWORD, make_person
from tests.aus.test_browser import FLAGS, aside
from tests.chromium import executable
from tests.factories import make_publisher, make_title
from tests.kbart.reports import portal_settings, proved_au
from tests.kbart.test_checks import NAME, bad

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(params=[True, False], ids=["scripts", "no scripts"])
def page(request, live_server, settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)
    make_person("rita", Role.REPORTS)
    for name, press in (("Tides", "Tidewater Press"), ("Mud", "Marsh & Sons"), ("Sand", "Marsh & Sons")):
        proved_au("", title=make_title(name, make_publisher(press)), listed={"volume": "3", "year": "2003"})
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        context = browser.new_context(base_url=live_server.url, java_script_enabled=request.param)
        opened = context.new_page()
        opened.goto("/accounts/sign-in/?next=/reports/kbart/")
        opened.fill("[name=username]", "rita")
        opened.fill("[name=password]", PASSWORD)
        opened.click("button.primary")
        opened.wait_for_url("**/reports/kbart/")
        yield opened
        browser.close()


def work(page) -> None:
    """All that workers have to do; then the page as somebody finds it who comes back."""

    def done() -> None:
        for job in Job.objects.filter(state="waiting"):
            jobs.run(job.pk)

    aside(done)
    page.goto(page.url)


def test_narrow_a_report_and_take_it_home(page):
    main = page.locator("main")
    expect(page.locator("#list-report tbody tr")).to_have_count(3)
    expect(page.locator("#words")).to_contain_text(
        "at least 5 other libraries held the same but for what the plugin filters"
    )
    page.get_by_label("Publisher").fill("Marsh & Sons")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#list-report tbody tr")).to_have_count(2)
    page.get_by_text("How it is written").click()
    page.get_by_label("Columns of your own, instead").fill("publication_title @Title\nprint_identifier @ISSN")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV", exact=True).click()
    file = waiting.value
    assert file.suggested_filename.startswith("RiversideLibrary_Global_PreservedTitlesTableMarshSons_")
    with open(file.path(), encoding="utf-8-sig", newline="") as data:
        assert list(csv.reader(io.StringIO(data.read()))) == [
            ["Title", "ISSN"],
            ["Mud", "1234-5679"],
            ["Sand", "1234-5679"],
        ]
    page.get_by_role("button", name="Show").click()
    expect(main).to_contain_text("no KBART file any more")
    expect(page.locator("#list-report thead")).to_contain_text("ISSN")
    page.get_by_label("Publisher").fill("Nobody at all")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("No publisher here is called Nobody at all.")
    expect(page.get_by_label("Publisher")).to_have_value("Nobody at all")


def test_the_keepers_report_has_no_choice_of_scope(page, request):
    has_scripts = "no scripts" not in request.node.name
    scope = page.locator("#order [name=scope]").first
    expect(scope).to_be_visible()
    page.get_by_label("Collected", exact=True).check()
    page.get_by_label("One line").select_option("keepers")
    expect(scope).to_be_visible(visible=not has_scripts)
    expect(page.get_by_label("Publications")).to_be_visible(visible=not has_scripts)
    if has_scripts:
        assert not page.locator("#order [name=scope]:enabled").count()
    else:
        # Without scripts the choice stands there until the form is shown anew; what it sends is refused.
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("alert")).to_contain_text("has no scope")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(scope).to_be_hidden()
    expect(page.get_by_label("Publications")).to_be_hidden()
    expect(page.locator("#words")).to_contain_text("In progress")
    expect(page.locator("#list-report tbody tr")).to_have_count(3)
    expect(page.locator("#list-report")).to_contain_text("3 titles, 3 lines on this page")


def test_each_pace_has_the_day_that_it_asks_for(page, request):
    page.goto("/reports/kbart/series/new/?scope=preserved")
    week, month = page.get_by_label("Day of the week"), page.get_by_label("Day of the month")
    for pace, asked in (("every day", []), ("every week", [week]), ("every month", [month])):
        page.get_by_label("New editions").select_option(pace)
        for one in (week, month):
            # Without scripts both stand there, and what they are of.
            shown = one in asked or "no scripts" in request.node.callspec.id
            expect(one).to_be_visible() if shown else expect(one).to_be_hidden()
    month.fill("15")
    page.get_by_label("Name", exact=True).fill("Ours")
    page.get_by_label("Name in the address").fill("ours")
    page.get_by_role("button", name="Keep it and make the first edition").click()
    expect(page.locator("main")).to_contain_text("every month, on day 15")


def test_on_paper_stands_the_table_and_what_it_is(page):
    page.emulate_media(media="print")
    expect(page.locator("#order")).to_be_hidden()
    expect(page.locator("#words")).to_be_visible()
    expect(page.locator("#list-report tbody tr")).to_have_count(3)
    expect(page.locator("main form:visible")).to_have_count(0)


def test_judge_a_file(page):
    page.get_by_role("link", name="Check a file").click()
    page.set_input_files("[name=file]", {"name": NAME, "mimeType": "text/plain", "buffer": bad()})
    page.get_by_role("button", name="Judge it").click()
    findings = page.locator("#list-findings")
    expect(findings.locator("tbody tr")).to_have_count(2)
    expect(findings).to_contain_text("F or P")
    page.get_by_role("link", name="1 error").click()
    expect(findings.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Judge it strictly").click()
    expect(page.locator("#judging")).to_contain_text("2")
    page.get_by_label("Field").select_option("online_identifier")
    page.get_by_role("button", name="Show").click()
    expect(findings.locator("tbody tr")).to_have_count(1)
    expect(findings.locator("tbody")).to_contain_text("Error")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    assert waiting.value.suggested_filename.startswith("findings-")


def test_keep_editions_and_compare_them(page):
    page.get_by_role("button", name="Keep it, make it again").click()
    page.get_by_label("Name", exact=True).fill("Riverside, preserved")
    page.get_by_label("Name in the address").fill("riverside")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("main")).to_contain_text(
        "https://portal.riverside.example/kbart/riverside/preserved/"
    )
    work(page)
    series = page.url
    page.get_by_role("link", name="Newest edition").click()
    expect(page.locator("#making")).to_contain_text("Made")
    aside(lambda: proved_au("Currents"))
    page.goto(series)
    page.get_by_role("button", name="Make an edition now").click()
    expect(page.locator("#making")).to_contain_text("Being made")
    work(page)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="XLSX").click()
    assert waiting.value.suggested_filename.endswith(".xlsx")
    page.get_by_role("button", name="Show what differs").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody")).to_contain_text("Currents")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="What is new, as KBART").click()
    with open(waiting.value.path(), encoding="utf-8") as data:
        assert [line.split("\t")[0] for line in data][1:] == ["Currents"]
    page.goto("/reports/kbart/keys/")
    page.get_by_label("Who fetches with it").fill("Big Index")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("#secret")).to_have_text(re.compile(r"[\w-]{43}"))
    page.get_by_role("link", name="To the keys").click()
    page.get_by_role("link", name="Withdraw it").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.locator("main")).to_contain_text("The key of Big Index opens nothing any more.")
