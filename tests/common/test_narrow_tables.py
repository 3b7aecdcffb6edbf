"""Tables on a telephone: an address is broken and pushes no sentence out of sight; the telling columns stay."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.common.clock import now
from apps.common.models import Finding
from apps.kbart.models import Edition
from apps.nodes.models_log import LogLine
from apps.permissions.choices import AgreementState
from apps.permissions.models import PublisherAgreement
from tests.accounts.factories import make_person
from tests.chromium import opened
from tests.test_addresses import paths  # noqa: F401 - a fixture
from tests.test_every_page import HOST, NARROW, serve

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
AU = "Annals of Paper and Light Volume 1"
LARGER = {"width": 400, "height": 800}
SAID = "The page http://pub.example/annals-of-paper-and-light/volume/31/lockss-manifest carries no statement."
# By the table's name: the heads that a telephone shows, and no others.
STAY = {
    "votes": ("/polls/votes/", ["Archival unit", "Called by", "It found"]),
    "checks": ("/checks/", ["Archival unit", "Found", "Damaged", "Missing"]),
    "holdings": ("/holdings/", ["List", "State", "Ambiguous"]),
    "jobs": ("/jobs/", ["Job", "State", "Of what", "Ended"]),
    "audit": ("/accounts/audit/", ["When", "What", "Of what"]),
    "crawls": ("/crawls/", ["Archival unit", "State", "Failed"]),
    "exports": ("/exports/", ["What", "State", "Left out"]),
    "log": ("/log/", ["When", "What", "What happened, and why"]),
}
# By the table's name: its page, the heads that stay, and what stands below a field there and nowhere else.
NO_WIDER = {
    "titles": ("aus:publisher", ["Choose", "Title", "Units", "Selected"], ""),
    "repairs": ("nodes:repairs", ["URL", "State"], "From: Birch University"),
    "decisions": ("network:decisions", ["Decided on", "Decision", "State"], "Alder"),
    "ending": ("nodes:permissions", ["Agreement", "Last day", "State"], "Tidewater Press"),
}
# Of a table: what stands beyond its frame, and words that are not whole on one line; identifiers may be broken.
BEYOND = """frame => frame.scrollWidth - frame.clientWidth"""
TORN = """frame => [...frame.querySelectorAll('td:not(:has(.long))')].filter(cell => cell.checkVisibility())
.flatMap(cell => {
  const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), torn = [];
  for (let node; (node = walk.nextNode());)
    if (!node.parentElement.closest('code')) for (const word of node.data.matchAll(/[\\p{L}\\p{N}]+/gu)) {
      const range = document.createRange();
      range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map(one => Math.round(one.top))).size > 1) torn.push(word[0]);
    }
  return torn;
})"""


@pytest.fixture
def fetch(paths, client, settings):  # noqa: F811
    settings.ALLOWED_HOSTS = ["localhost"]
    client.force_login(make_person("judge", Role.SYSTEM))
    for n, (code, why) in enumerate(
        {"crawl-nothing": SAID, "poll-agreed": "", "crawl-short": "The site was slow."}.items()
    ):
        LogLine.objects.create(
            at=now(),
            source="crawl",
            row=9000 + n,
            code=code,
            subject="au:none",
            about=AU,
            params={"urls": 17},
            why=why,
        )
    return lambda path: (path.partition("?")[0], client.get(path, headers={"Host": "localhost"}))


@pytest.mark.parametrize("width", [NARROW, LARGER], ids=["360", "400"])
def test_an_address_in_a_sentence_hides_none_of_it(fetch, paths, width) -> None:  # noqa: F811
    Finding.objects.update(message=SAID)
    Edition.objects.update(state="done", name="HarbourLibrary_Global_Keepers_2026-11-28.txt")
    shown = {
        "log": fetch("/log/"),
        "findings": fetch("/findings/"),
        "editions": fetch(paths["kbart:series"]),
    }
    with opened() as browser:
        page = browser.new_context(
            base_url=HOST, viewport=width, is_mobile=True, reduced_motion="reduce"
        ).new_page()
        serve(page, shown)
        for name, (path, answer) in shown.items():
            page.goto(path)
            frame = page.locator("main .frame").last
            assert "long" in answer.content.decode(), name
            assert frame.locator("tbody tr").count(), name
            assert frame.evaluate(BEYOND) <= 0, name
            assert frame.evaluate(TORN) == [], name


def test_the_telling_columns_stay(fetch) -> None:
    shown = {name: fetch(path) for name, (path, _) in STAY.items()}
    wrong = []
    with opened() as browser:
        page = browser.new_context(
            base_url=HOST, viewport=LARGER, is_mobile=True, reduced_motion="reduce"
        ).new_page()
        serve(page, shown)
        for name, (path, heads) in STAY.items():
            page.goto(path)
            frame = page.locator(f"#list-{name} .frame")
            expect(frame).to_be_visible()
            found = frame.locator("thead th:visible").all_inner_texts()
            told = (found != heads and found, frame.evaluate(BEYOND) > 0, frame.evaluate(TORN))
            if any(told):
                wrong.append(f"{name}: {told}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_table_is_wider_than_its_frame(fetch, paths, language) -> None:  # noqa: F811
    ends = now().date() + dt.timedelta(days=30)
    PublisherAgreement.objects.update(state=AgreementState.SIGNED, ends=ends, closed_on=None)
    User.objects.filter(username="judge").update(language=language)
    shown = {name: fetch(paths[page]) for name, (page, _, _) in NO_WIDER.items()}
    wrong = []
    with opened() as browser:
        page = browser.new_context(
            base_url=HOST, viewport=LARGER, is_mobile=True, reduced_motion="reduce"
        ).new_page()
        serve(page, shown)
        for name, (_, heads, below) in NO_WIDER.items():
            page.goto(shown[name][0])
            assert page.locator("html").get_attribute("lang") == language
            frame = page.locator(f"#list-{name} .frame")
            expect(frame).to_be_visible()
            found = frame.locator("thead th:visible").all_inner_texts()
            if language == "en":
                wrong += [f"{name}: {found}"] if found != heads else []
                assert not below or frame.locator(".only-narrow:visible", has_text=below).count(), name
            told = (len(found) != len(heads), frame.evaluate(BEYOND) > 0, frame.evaluate(TORN))
            if any(told):
                wrong.append(f"{name}: {told}")
    assert not wrong, "\n".join(wrong)
