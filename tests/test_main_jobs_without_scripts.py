"""Main jobs done with plain forms and links, in a browser that runs no scripts.

Others stand beside the same walk with scripts: title lists (tests/titles/test_browser.py), finding, selecting and
holdings (tests/aus/test_browser.py), reports and editions (tests/kbart/test_browser.py), second factors and the first
visit (tests/accounts/test_browser.py), the whole way (tests/test_from_fresh_install_to_report.py).
"""

import csv
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.models import Job
from apps.nodes.models import Alert
from apps.nodes.services import refreshing
from apps.peers.models import Peer
from tests import factories as make
from tests.accounts.factories import PASSWORD, make_person, make_session
from tests.chromium import opened
from tests.sample import sample_settings
from tests.test_every_page import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(live_server, settings, tmp_path, monkeypatch):
    """A window of somebody with these roles, signed in: ``desk(Role.SYSTEM)``."""
    # Playwright's loop makes Django believe that this thread must not ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.NODE = sample_settings(tmp_path)
    with opened() as browser:

        def window(*roles: Role) -> Page:
            name = "-".join(roles)
            make_person(name, *roles)
            page = browser.new_context(base_url=live_server.url, java_script_enabled=False).new_page()
            page.goto("/accounts/sign-in/")
            page.locator("[name=username]").fill(name)
            page.locator("[name=password]").fill(PASSWORD)
            page.locator("main button.primary").click()
            page.wait_for_url(f"{live_server.url}/")
            return page

        yield window
        connection.close()


def taken_home(page: Page, name: str) -> list[list[str]]:
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name, exact=True).click()
    with Path(waiting.value.path()).open(encoding="utf-8-sig", newline="") as data:
        return list(csv.reader(data, delimiter="\t" if name == "TSV" else ","))


def test_everybody_sorts_filters_pages_and_takes_a_table_home(desk) -> None:
    for n in range(60):
        state = JobState.CANCELLED if n < 3 else JobState.DONE
        make.make_job("fixity", f"crawl:{n}", state=state)
    for role in Role:
        page = desk(role)
        page.goto("/jobs/")
        rows = page.locator("#list-jobs tbody tr")
        expect(rows).to_have_count(50)
        newest = rows.first.inner_text()
        page.get_by_role("link", name="Next", exact=True).click()
        expect(rows).to_have_count(10)
        page.get_by_role("link", name="Previous", exact=True).click()
        expect(rows).to_have_count(50)
        page.locator("thead").get_by_role("link", name="Made").click()
        page.get_by_role("link", name="Next", exact=True).click()
        assert rows.last.inner_text() == newest
        page.get_by_label("State").select_option("cancelled")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(rows).to_have_count(3)
        for form in ("CSV", "TSV"):
            head, *lines = taken_home(page, form)
            assert head[0] in ("kind", "Job")
            assert len(lines) == 3
        page.get_by_role("link", name="Show all", exact=True).click()
        expect(rows).to_have_count(50)
        page.context.close()


def test_a_system_administrator_makes_a_person_and_ends_a_session(desk) -> None:
    page = desk(Role.SYSTEM)
    page.goto("/me/")
    page.get_by_role("link", name="People and what each may do").click()
    page.get_by_role("link", name="Add a person").click()
    page.locator("[name=username]").fill("bob")
    page.get_by_role("checkbox", name="librarian").check()
    page.locator("[name=password1]").fill("seven quiet herons")
    page.locator("[name=password2]").fill("seven quiet herns")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".errorlist")).to_contain_text("The two passwords are not the same.")
    for name in ("password1", "password2"):
        page.locator(f"[name={name}]").fill("seven quiet herons")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("main")).to_contain_text("bob may sign in from now on.")
    make_session(User.objects.get(username="bob"))
    page.get_by_role("link", name="bob", exact=True).click()
    page.get_by_role("link", name="Sessions and tokens").click()
    page.locator("#list-sessions").get_by_role("button", name="End", exact=True).click()
    expect(page.locator("main")).to_contain_text("That session is over.")
    expect(page.locator("#list-sessions tbody tr")).to_have_count(0)
    page.goto("/accounts/audit/")
    expect(page.locator("tbody")).to_contain_text("user:bob")


def test_an_alert_is_acknowledged(desk) -> None:
    at = now()
    Alert.objects.create(
        kind="clock-off", subject="clock", severity="warning", message="-", raised_at=at, last_seen_at=at
    )
    page = desk(Role.SYSTEM)
    page.goto("/alerts/")
    page.locator("tbody a[href^='/alerts/']").click()
    page.get_by_role("button", name="I see to it").click()
    expect(page.locator("main")).to_contain_text("system")
    expect(page.get_by_role("button", name="I see to it")).to_have_count(0)
    assert Alert.objects.get().acknowledged_by.username == "system"


def test_a_long_job_is_looked_at_again_paused_and_stopped(desk) -> None:
    row = make.make_job(
        "fixity", "crawl:1", state=JobState.RUNNING, progress_done=100, progress_total=512, started_at=now()
    )
    page = desk(Role.SYSTEM)
    expect(page.locator("#jobs-now")).to_contain_text("19.5")
    Job.objects.filter(pk=row.pk).update(progress_done=400)
    page.locator("#jobs-now").get_by_role("link", name="Look again").click()
    expect(page.locator("#jobs-now")).to_contain_text("78.1")
    page.goto(f"/jobs/{row.pk}/")
    Job.objects.filter(pk=row.pk).update(progress_done=500)
    page.get_by_role("link", name="Look again").click()
    expect(page.locator("#job-now")).to_contain_text("97.6")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.locator("main")).to_contain_text("The work waits until somebody lets it go on.")
    page.get_by_role("button", name="Go on", exact=True).click()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("main")).to_contain_text("The work is stopped.")
    Job.objects.filter(pk=row.pk).update(state=JobState.CANCELLED, finished_at=now())
    page.goto(f"/jobs/{row.pk}/")
    expect(page.get_by_role("link", name="Look again")).to_have_count(0)
    expect(page.get_by_role("button", name="Do it again")).to_have_count(1)


def test_a_librarian_calls_a_poll_takes_a_unit_out_and_in_again(desk) -> None:
    au = make.make_au("Journal of Estuarine Studies, volume 31")
    make.make_permission(au)
    make.make_crawl(au)
    refreshing.refresh(keys=[au.pk])
    page = desk(Role.LIBRARIAN)
    page.goto("/aus/")
    page.get_by_role("link", name="Journal of Estuarine Studies, volume 31").first.click()
    page.get_by_role("button", name="Call a poll").click()
    expect(page.locator(".notice.safe")).to_contain_text("is called at the next scan")
    page.get_by_role("link", name="Deactivate", exact=True).click()
    expect(page.locator("h1")).to_contain_text("Deactivate Journal of Estuarine Studies")
    page.get_by_role("button", name="Deactivate", exact=True).click()
    expect(page.get_by_role("button", name="Re-activate")).to_have_count(1)
    au.refresh_from_db()
    assert au.state == "deactivated"
    page.locator(".notice").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Deactivate", exact=True)).to_have_count(1)
    au.refresh_from_db()
    assert au.state == "selected"


def test_a_network_administrator_enters_a_peer(desk) -> None:
    page = desk(Role.NETWORK)
    page.goto("/peers/")
    page.get_by_role("link", name="Enter a peer").first.click()
    page.get_by_label("Identity").fill("not an address")
    page.locator("main button.primary").click()
    expect(page.locator(".errorlist").first).to_be_visible()
    page.get_by_label("Identity").fill("TCP:[192.0.2.9]:9729")
    page.locator("main button.primary").click()
    expect(page.locator("main")).to_contain_text("192.0.2.9")
    assert Peer.objects.get().identity == "TCP:[192.0.2.9]:9729"


def test_the_narrow_menu_pushes_the_page_down(desk) -> None:
    """Nothing folds it for who walks on by key: so it must not lie over what they come to."""
    page = desk(Role.LIBRARIAN)
    page.set_viewport_size(NARROW)
    page.goto("/aus/")
    page.locator(".places-menu summary").click()
    menu, main = page.locator(".places-menu ul").bounding_box(), page.locator("main").bounding_box()
    assert menu["y"] + menu["height"] <= main["y"]
    page.locator(".places-menu").get_by_role("link", name="Titles").click()
    page.wait_for_url("**/titles/")
