"""Which Chromium the browser walks use: what bootstrap.py found, else the first on the PATH."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# How many pixels a page is wider than its window.
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
HELP = (
    "no Chromium for the browser walks: install one (Debian: apt install chromium), or let Playwright fetch its "
    "own: .venv/bin/python -m playwright install chromium"
)


def executable() -> str | None:
    """The ``executable_path`` for Playwright; None means its own. Fails the test where there is none."""
    named = os.environ.get("LOCKSS_CHROMIUM")
    if named == "playwright":
        return None
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.fail(HELP, pytrace=False)
    return found


@contextmanager
def opened() -> Iterator[Browser]:
    """A browser, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def signed_in(url: str, name: str, password: str) -> Iterator[Page]:
    """A page of somebody who signed in, with what the browser complained about in ``complaints``.

    The test lets Django ask the database beside Playwright's loop: DJANGO_ALLOW_ASYNC_UNSAFE.
    """
    with opened() as browser:
        page = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900}).new_page()
        page.complaints = []
        page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto("/accounts/sign-in/")
        page.fill("[name=username]", name)
        page.fill("[name=password]", password)
        page.click("button.primary")
        page.wait_for_url("**/")
        yield page
        # Beside Playwright's loop this thread has a connection of its own.
        connection.close()
