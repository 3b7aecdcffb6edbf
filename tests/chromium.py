"""Which Chromium the browser walks use: what bootstrap.py found, else the first on the PATH."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
