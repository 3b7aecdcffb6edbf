"""The network administrator's walk: enter an agreement, write to the publisher, let it lapse, see what that blocks."""

import datetime as dt
import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from apps.accounts.choices import Role
from apps.nodes.models import AuStatus
from apps.nodes.services import refreshing
from apps.permissions.models import PublisherAgreement
from apps.permissions.services import today
from apps.permissions.tasks import scan_permissions
from tests import factories as make
from tests.accounts.factories import PASSWORD, make_person
from tests.chromium import SIDEWAYS, signed_in
from tests.sample import sample_settings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = dt.timedelta(days=1)


@pytest.fixture
def portal(live_server, settings, tmp_path, monkeypatch):
    # Playwright's loop makes Django believe that this thread must not ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.NODE = sample_settings(tmp_path)
    make_person("nell", Role.NETWORK, first_name="Nell", last_name="Marsh")
    title = make.make_title("Journal of Estuarine Studies", make.make_publisher("Tidewater Press"))
    au = make.make_au("Journal of Estuarine Studies, volume 31", title=title)
    make.make_permission(au)
    with signed_in(live_server.url, "nell", PASSWORD) as page:
        yield page, au


def enter(page, tmp_path) -> None:
    file = tmp_path / "agreement-2026.pdf"
    file.write_bytes(b"%PDF-1.7 signed")
    page.goto("/permissions/agreements/")
    page.get_by_role("link", name="Enter an agreement").first.click()
    page.get_by_label("Publisher", exact=True).fill("tidewater press")
    page.get_by_label("Name", exact=True).fill("Preservation agreement 2026")
    page.get_by_label("State").select_option("draft")
    page.get_by_label("Documents").set_input_files(file)
    for right in ("Collect", "Preserve", "Serve to our own readers", "Share repairs", "Perpetual access"):
        page.get_by_label(right, exact=True).select_option("yes")
    page.get_by_label("Serve openly").select_option("no")
    page.get_by_label("First day").fill((today() - 300 * DAY).isoformat())
    page.get_by_label("Last day", exact=True).fill((today() + 60 * DAY).isoformat())
    page.get_by_role("button", name="Enter it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Preservation agreement 2026")


def send(page) -> None:
    page.get_by_role("link", name="Letter to the publisher").click()
    expect(page.locator("article.letter")).to_contain_text("permission is perpetual")
    with page.expect_download() as coming:
        page.get_by_role("link", name="As PDF").click()
    assert Path(coming.value.path()).read_bytes().startswith(b"%PDF-")
    page.get_by_role("button", name="Keep it as sent").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Letter 1, sent")
    page.get_by_role("link", name="Preservation agreement 2026").click()


def sign(page) -> None:
    page.get_by_text("Take it to another state").click()
    page.get_by_label("It is now").select_option("signed")
    page.get_by_role("button", name="Save the state").click()
    expect(page.locator(".steps .here")).to_contain_text("Signed")
    page.get_by_text("Write into the log").click()
    page.get_by_label("With whom").fill("Ms Reed, rights")
    page.get_by_label("What was said").fill("They signed and ask for a yearly report.")
    page.get_by_label("Next step").fill("Send the report")
    page.get_by_label("On", exact=True).fill(today().isoformat())
    page.get_by_role("button", name="Write it down").click()
    expect(page.locator("#log")).to_contain_text("yearly report")


def test_an_agreement_from_its_draft_to_its_end(portal, tmp_path) -> None:
    page, au = portal
    refreshing.scan()
    page.goto(f"/aus/{au.slug}/")
    expect(page.locator("main")).to_contain_text("No signed agreement with Tidewater Press covers this AU.")
    enter(page, tmp_path)
    send(page)
    sign(page)
    refreshing.scan()
    assert AuStatus.objects.get(pk=au.pk).block == ""
    scan_permissions()
    page.goto("/")
    expect(page.locator(".needs")).to_contain_text("Send the report")
    expect(page.locator(".needs")).to_contain_text("Its last day is")
    row = PublisherAgreement.objects.get()
    look(page, "reminded", f"/permissions/agreements/{row.pk}/")
    page.get_by_role("button", name="Done").first.click()
    expect(page.locator("main")).to_contain_text("You are not reminded of it again.")

    # Its last day goes by.
    PublisherAgreement.objects.filter(pk=row.pk).update(ends=today() - DAY)
    scan_permissions()
    refreshing.scan()
    page.goto(f"/aus/{au.slug}/")
    expect(page.locator("main")).to_contain_text(
        "The agreement “Preservation agreement 2026” with Tidewater Press"
    )
    expect(page.locator("main")).to_contain_text("What is preserved stays.")
    page.goto("/aus/?block=agreement-ended")
    expect(page.locator("table")).to_contain_text("Journal of Estuarine Studies, volume 31")
    for path in (
        "/permissions/agreements/",
        "/permissions/agreements/new/",
        f"/permissions/agreements/{row.pk}/",
        f"/permissions/agreements/{row.pk}/change/",
        f"/permissions/agreements/{row.pk}/letter/",
        f"/permissions/agreements/{row.pk}/letters/1/",
        f"/aus/{au.slug}/",
        "/",
    ):
        look(page, "ended", path)
    assert page.complaints == []


def look(page, name: str, path: str) -> None:
    """Wide and narrow, nothing scrolls sideways; PORTAL_SHOTS names a folder for pictures."""
    for width in (1280, 400, 360):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.goto(path).status == 200, path
        assert page.evaluate(SIDEWAYS) == 0, (path, width)
        if (folder := os.environ.get("PORTAL_SHOTS")) and width != 360:
            leaf = path.strip("/").replace("/", "-") or "home"
            page.screenshot(path=Path(folder) / f"{name}-{leaf}-{width}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})
