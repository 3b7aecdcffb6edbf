"""Pages that are open while processes are killed say what is missing, and come back by themselves."""

import signal
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import opened
from tests.foundation.test_supervisor import wait
from tests.foundation.test_up import NAMES, Up, home, up  # noqa: F401 - fixtures

pytestmark = [pytest.mark.e2e, pytest.mark.browser]
PASSWORD = "Estuary-7-lanterns"
BACK_MS = 90_000
# A job that no worker is ever given: its page asks for news for as long as it is open.
JOB = (
    "from apps.common.clock import now; from apps.common.models import Job; "
    "print(Job.objects.create(kind='fixity', subject='store', queue='none', max_attempts=1, run_after=now()).pk)"
)


@pytest.fixture
def page(up: Up) -> Iterator[Page]:  # noqa: F811
    wait(lambda: up.get("/readyz").status == 200, 60)
    made = up.manage(
        "create_first_admin", "ann", "--password-stdin", stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    said = made.communicate(PASSWORD.encode(), timeout=60)[1]
    assert made.returncode == 0 or b"already" in said, said
    with opened() as browser:
        found = browser.new_context(base_url=f"http://127.0.0.1:{up.ports['web']}").new_page()
        found.goto("/accounts/sign-in/")
        found.fill("[name=username]", "ann")
        found.fill("[name=password]", PASSWORD)
        found.click("button.primary")
        found.wait_for_selector("#sign-out, nav")
        yield found


def test_pages_outlive_every_process(up: Up, page: Page) -> None:  # noqa: F811
    asked = up.manage("shell", "-v0", "-c", JOB, stdout=subprocess.PIPE)
    job = asked.communicate(timeout=60)[0].decode().split()[-1]
    page.goto(f"/jobs/{job}/")
    live, trouble = page.locator("#job-now[data-live]"), page.locator("#trouble")
    expect(live).to_be_visible()
    before = up.children()

    # The database is away: the page stays, says so, and goes on. Frozen, or it might be back before the page asks.
    up.popen.send_signal(signal.SIGSTOP)
    before["postgres"].send(signal.SIGKILL)
    try:
        expect(trouble).to_be_visible(timeout=BACK_MS)
    finally:
        up.popen.send_signal(signal.SIGCONT)
    expect(trouble).to_be_hidden(timeout=BACK_MS)
    expect(live).to_be_visible()

    # The web server is away: what was asked meanwhile is answered by the next one.
    news = page.expect_response(
        lambda answer: f"/jobs/{job}/" in answer.url and answer.status == 200, timeout=BACK_MS
    )
    with news:
        before["web"].send(signal.SIGKILL)
    expect(trouble).to_be_hidden(timeout=BACK_MS)

    # What waits for no request and what only works in the background takes no page away.
    for name in sorted(NAMES - {"web", "postgres"}):
        before[name].send(signal.SIGKILL)
    for path in ("/", "/aus/", "/node/", "/jobs/"):
        assert page.goto(path).status == 200, path
    wait(lambda: set(up.children()) == NAMES and not set(up.children().values()) & set(before.values()), 90)


def test_a_page_that_met_no_database_comes_by_itself(up: Up, page: Page) -> None:  # noqa: F811
    # Frozen, so that it cannot come back before the page was asked for.
    up.popen.send_signal(signal.SIGSTOP)
    up.children()["postgres"].send(signal.SIGKILL)
    try:
        answer = page.goto("/aus/")
        assert answer.status == 503
        assert answer.headers["retry-after"] == "5"
        expect(page.locator("h1")).to_have_text("The database does not answer")
        expect(page.locator("main")).to_contain_text("tries again by itself")
    finally:
        up.popen.send_signal(signal.SIGCONT)
    expect(page.locator("h1")).to_have_text("Archival units", timeout=BACK_MS)
    assert page.url.endswith("/aus/")
