"""Status, report and public pages in a real browser, wide and narrow: nothing scrolls sideways, nothing complains."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import sync_playwright

from apps.common.clock import now
from apps.nodes.models import StandingCount, StandingDay
from apps.nodes.services import yearly
from tests.accounts.factories import PASSWORD
from tests.chromium import SIDEWAYS, executable
from tests.sample import make_sample, sample_settings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def history() -> None:
    """Two months in which the node grew."""
    today, row = timezone.localdate(now()), StandingCount.objects.get(kind="node")
    for n in range(1, 60):
        share = 1 - n / 80
        StandingDay.objects.create(
            kind="node",
            day=today - dt.timedelta(days=n),
            selected=int(row.selected * share),
            collected=int(row.collected * share * share),
            preserved=int(row.preserved * share**3),
        )


def test_pages_of_status(live_server, settings, tmp_path, monkeypatch) -> None:
    # Playwright's loop makes Django believe that this thread must not ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.NODE = replace(sample_settings(tmp_path), public_status=True)
    sample = make_sample()
    history()
    year = yearly.make(year=yearly.this_year()).year
    title = sample.collecting.title_id
    paths = {
        "status": "/status/",
        "publishers": "/status/publishers/",
        "titles": "/status/titles/",
        "title": f"/status/titles/{title}/",
        "reports": "/report/",
        "report": f"/report/{year}/",
        "public": f"/public/titles/{title}/",
        "public-au": f"/public/aus/{sample.au.slug}/",
        "tables": "/DaemonStatus?table=ArchivalUnitStatusTable",
        "table": "/DaemonStatus?table=PlatformStatus",
        "words": "/words/",
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_context(base_url=live_server.url).new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto("/accounts/sign-in/")
        page.fill("[name=username]", "alice")
        page.fill("[name=password]", PASSWORD)
        page.click("button.primary")
        page.wait_for_url("**/")
        for width in (1280, 400):
            page.set_viewport_size({"width": width, "height": 900})
            for name, path in paths.items():
                assert page.goto(path).status == 200, path
                page.screenshot(path=tmp_path / f"{name}-{width}.png", full_page=True)
                assert page.evaluate(SIDEWAYS) == 0, (path, width)
        browser.close()
        # Beside Playwright's loop this thread has a connection of its own.
        connection.close()
    assert complaints == []
