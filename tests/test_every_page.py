"""Every page of the portal in Chromium: axe, the policy, the weight, a telephone's width; from the URL table."""

import mimetypes
import re
from importlib.resources import files
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Page

from apps.accounts.choices import Role
from tests.accounts.factories import make_person
from tests.chromium import SIDEWAYS, opened
from tests.test_addresses import paths  # noqa: F401 - the fixture

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = {"serious", "critical"}
HEAVIEST = 200_000
HOST = "http://localhost"
# Text or files for programs, and preserved pages, which are the publisher's.
NOT_OURS = {"delivery:open", "delivery:open-anywhere", "permissions:evidence-page"}
NARROW = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 900}
HEADER = "document.querySelector('header.top').offsetHeight"
ONE_LINE = 64
_HEAD = re.compile(r'<div class="page-head">.*?\n</div>', re.DOTALL)
# What a machine would say, or nobody said.
UNSAID = (r">\d{4}-\d\d-\d\d<", r">-{5,}<", r"<dd>\s*</dd>", r">–? ?None<")


_kept: dict[str, tuple[str, object]] = {}


@pytest.fixture
def shown(paths, request) -> dict[str, tuple[str, object]]:  # noqa: F811
    """Name → (path, answer) of every page a system administrator sees, fetched before Playwright's loop begins.

    Once for all that only look at them.
    """
    if not _kept:
        _kept.update(fetched(paths, *map(request.getfixturevalue, ("client", "settings"))))
    return dict(_kept)


def fetched(paths, client, settings) -> dict[str, tuple[str, object]]:  # noqa: F811
    settings.ALLOWED_HOSTS = ["localhost"]
    client.force_login(make_person("judge", Role.SYSTEM))
    answers = {name: (path, client.get(path, headers={"Host": "localhost"})) for name, path in paths.items()}
    return {
        name: (path, answer)
        for name, (path, answer) in answers.items()
        if name not in NOT_OURS
        and answer.status_code == 200
        and answer.headers["Content-Type"].startswith("text/html")
    }


def serve(page: Page, shown: dict) -> list[str]:
    """The browser gets these answers and the static files, with their headers; what it complains about."""
    by_path = dict(shown.values())
    complaints: list[str] = []

    def answer(route) -> None:
        path = urlsplit(route.request.url).path
        if path in by_path and route.request.is_navigation_request():
            told = by_path[path]
            route.fulfill(status=200, headers=dict(told.headers.items()), body=told.content)
        elif path.startswith("/static/") and (found := finders.find(path.removeprefix("/static/"))):
            kind = mimetypes.guess_type(found)[0] or "application/octet-stream"
            route.fulfill(status=200, content_type=kind, body=Path(found).read_bytes())
        else:
            route.fulfill(status=204)

    page.route("**/*", answer)
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def axe(page: Page, only: dict) -> list[str]:
    """What axe finds serious, a line each: rule, how many, the first place."""
    found = page.evaluate(
        "only => axe.run(document, {runOnly: only, resultTypes: ['violations']})",
        only,
    )
    return [
        f"{one['id']} ×{len(one['nodes'])}: {one['nodes'][0]['target']} {one['nodes'][0]['html'][:160]} "
        f"{one['nodes'][0].get('failureSummary', '')[:200]!r}"
        for one in found["violations"]
        if one["impact"] in GRAVE
    ]


@pytest.mark.parametrize("part", range(2))
def test_the_browser_and_axe_find_nothing_serious(shown, part) -> None:
    """Each page light, then dark (colours alone), then on a telephone: loaded once."""
    wrong = []
    with opened() as browser:
        page = browser.new_context(base_url=HOST, reduced_motion="reduce").new_page()
        complaints = serve(page, shown)
        for name, (path, _) in sorted(shown.items())[part::2]:
            page.set_viewport_size(WIDE)
            page.emulate_media(color_scheme="light")
            page.goto(path)
            page.evaluate(AXE)
            told = axe(page, {"type": "tag", "values": TAGS})
            if (high := page.evaluate(HEADER)) > ONE_LINE:
                told.append(f"the header is {high} pixels high")
            page.emulate_media(color_scheme="dark")
            told += [f"dark: {line}" for line in axe(page, {"type": "rule", "values": ["color-contrast"]})]
            page.set_viewport_size(NARROW)
            if beyond := page.evaluate(SIDEWAYS):
                told.append(f"{beyond} pixels wider than a telephone")
            wrong += [f"{name} {path}: {line}" for line in told + complaints]
            complaints.clear()
    assert not wrong, "\n".join(wrong)


def test_axe_would_tell(db) -> None:
    with opened() as browser:
        page = browser.new_page()
        page.set_content(
            "<html lang=en><title>t</title><main><h1>t</h1><input><p style='color:#ddd'>pale</p></main>"
        )
        page.evaluate(AXE)
        told = " ".join(axe(page, {"type": "tag", "values": TAGS}))
    assert "label" in told
    assert "color-contrast" in told


def test_no_page_is_heavy(shown) -> None:
    assert len(shown) > 100
    heavy = {
        name: len(answer.content) for name, (_, answer) in shown.items() if len(answer.content) > HEAVIEST
    }
    assert not heavy


def test_the_main_act_of_a_page_stands_last_in_its_head(shown):
    wrong = []
    for name, (_, answer) in shown.items():
        head = _HEAD.search(answer.content.decode())
        buttons = re.findall(r'class="button( primary)?"', head[0]) if head else []
        if any(buttons[:-1]):
            wrong.append(name)
    assert not wrong


def test_pages_say_dates_and_gaps_as_people_do(shown):
    wrong = [
        f"{name}: {found[0]!r}"
        for name, (_, answer) in shown.items()
        for pattern in UNSAID
        if (found := re.search(pattern, answer.content.decode()))
    ]
    assert not wrong, "\n".join(wrong)
