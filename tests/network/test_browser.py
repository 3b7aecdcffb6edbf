"""The network administrator's walk: register a member, link a node, admit by a decision, see what does not fit together."""

import os
import re

import pytest
from playwright.sync_api import expect

from apps.accounts.choices import Role
from apps.network.models import Decision
from apps.nodes.models import PairStatus
from apps.nodes.services import counting
from tests import factories as make
from tests.accounts.factories import PASSWORD, make_person
from tests.chromium import SIDEWAYS, signed_in
from tests.factories import DAY, past
from tests.network.factories import make_network, make_status
from tests.sample import sample_settings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def portal(live_server, settings, tmp_path, monkeypatch):
    # Playwright's loop makes Django believe that this thread must not ask the database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    settings.NODE = sample_settings(tmp_path)
    make_person("nell", Role.NETWORK, first_name="Nell", last_name="Marsh")
    with signed_in(live_server.url, "nell", PASSWORD) as page:
        yield page


def shoot(page, name: str) -> None:
    """For eyes: PORTAL_SHOTS names a folder."""
    if folder := os.environ.get("PORTAL_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


SHIFT = "one => parseFloat(getComputedStyle(one).textIndent)"
# The name in the head of a field's column.
COLUMN = "one => one.closest('table').querySelectorAll('thead th')[one.cellIndex - 1].title"
# Where each field lies and what it looks like.
LOOKS = """table => [...table.querySelectorAll('tbody td')].map((one) => {
  const box = one.getBoundingClientRect(), style = getComputedStyle(one), own = table.getBoundingClientRect();
  return [box.left - own.left, box.top - own.top, box.width, box.height, style.backgroundColor, style.backgroundImage].join();
}).join(' ')"""
GROUND = "one => getComputedStyle(one).backgroundColor"


def fits(page, name: str) -> None:
    """At 1280 and at 400 pixels; nothing but tables in their own frame scrolls sideways."""
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 900})
        shoot(page, f"{name}-{width}")
        assert page.evaluate(SIDEWAYS) <= 0, (name, width)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_from_applicant_to_member_and_away_again(portal, tmp_path):
    page = portal
    peer = make.make_peer("Alder node")
    minutes = tmp_path / "minutes.pdf"
    minutes.write_bytes(b"%PDF-1.7 minutes")
    page.goto("/network/")
    page.get_by_role("link", name="Enter a member").click()
    page.get_by_label("Name of the institution").fill("Alder College")
    page.get_by_label("Short name").fill("Alder")
    page.get_by_label("Country").fill("us")
    page.get_by_label("ROR").fill("https://ror.org/013meh722")
    fits(page, "member-new")
    page.get_by_role("button", name="Enter it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Alder College")

    page.get_by_text("Link a node").click()
    page.locator("#nodes").get_by_label("Identity").fill(peer.identity)
    page.get_by_role("button", name="It is its node").click()
    expect(page.locator("#nodes")).to_contain_text("Alder node")
    page.get_by_text("Add a contact").click()
    page.get_by_label("Name of the person").fill("Wanda Reed")
    page.get_by_label("E-mail").fill("wanda@alder.example")
    page.get_by_role("button", name="Add the contact").click()
    expect(page.locator("#contacts")).to_contain_text("Wanda Reed")

    decide(page, "Admit by a decision", "Alder College is admitted.", minutes)
    expect(page.locator("#decisions")).to_contain_text("Ada Marsh, Bo Rivers")
    expect(page.locator("#papers")).to_contain_text("minutes.pdf")
    page.get_by_text("Enter an agreement").click()
    page.get_by_label("Agreement", exact=True).fill("Charter")
    page.get_by_label("Version of its text").fill("2.1")
    page.get_by_label("First day").fill("2026-01-01")
    page.get_by_role("button", name="Enter the agreement").click()
    fits(page, "member")

    decide(page, "Decide about it", "Alder College leaves.")
    expect(page.get_by_text("What does not fit together")).to_be_visible()
    fits(page, "member-left")
    page.goto("/network/")
    page.get_by_role("link", name="See which, and what to do").click()
    fits(page, "nodes")
    page.get_by_role("button", name="Disable the peer").first.click()
    page.goto("/network/nodes/")
    expect(page.get_by_text("What does not fit together")).to_have_count(0)
    page.goto("/network/decisions/")
    fits(page, "decisions")
    assert [row.kind for row in Decision.objects.order_by("id")] == ["admit", "leave"]
    page.goto("/network/members/")
    page.get_by_role("link", name="Alder College", exact=True).click()
    page.get_by_role("link", name="Erase").click()
    page.get_by_role("button", name="Erase them").click()
    expect(page.locator("#contacts")).to_contain_text("Erased on")
    assert page.complaints == []


def decide(page, button: str, text: str, paper=None) -> None:
    page.get_by_role("link", name=button).click()
    page.get_by_label("By whose decision").fill("Steering committee")
    page.get_by_label("Who decided").fill("Ada Marsh\nBo Rivers")
    page.get_by_label("The decision").fill(text)
    if paper:
        page.get_by_label("Documents").set_input_files(paper)
    fits(page, "decide")
    page.get_by_role("button", name="Put it on record").click()
    expect(page.locator("#decisions")).to_contain_text("Steering committee")


@pytest.mark.parametrize("number", [7, 60])
def test_the_matrix_is_read_at_both_widths(portal, number):
    page = portal
    peers = make_network(number)
    # Of one, what was compared between us is older than two poll intervals.
    PairStatus.objects.filter(first=None, second=peers[0]).update(last_at=past(300 * DAY))
    PairStatus.objects.filter(first=peers[0], second=None).update(last_at=past(300 * DAY))
    page.goto("/network/")
    table, words = page.locator("table.matrix"), page.locator(".grid-list")
    expect(table).to_be_visible()
    expect(words).to_be_hidden()
    fits(page, f"network-{number}")
    # A field's words are there for who hears the page, and for the eye when it is pointed at.
    field = table.get_by_role("cell", name="all 100", exact=True).nth(2).element_handle()
    old = table.locator("td:is(.x, .y, .z)")
    assert old.count() == 2
    assert "repeating-linear-gradient" in old.first.evaluate("one => getComputedStyle(one).backgroundImage")
    assert field.evaluate(SHIFT) > 0
    field.hover()
    assert field.evaluate(SHIFT) < 0
    assert "rgba(0, 0, 0, 0)" not in field.evaluate(GROUND)
    column = field.evaluate(COLUMN)
    assert re.fullmatch(r"\w+ \w.*", column)
    assert field.evaluate(
        "one => getComputedStyle(one, '::before').content.replaceAll('\"', '')"
    ).strip() in (
        f"{column}:",
        f"{column[:23]}…:",
    )
    shoot(page, f"network-{number}-pointed")
    # The line below covers no row for whoever does not walk by key.
    frame, below = page.locator(".frame.grid").bounding_box(), page.locator("#grid-row").bounding_box()
    assert below["y"] >= frame["y"] + frame["height"] - 1
    # And for who comes to its row by key: below the frame, where nothing moves for it and no colour is lost.
    page.mouse.move(0, 0)
    page.locator(".frame.grid").focus()
    before, hint = table.evaluate(LOOKS), page.locator("#grid-row").text_content()
    page.keyboard.press("Tab")
    row, line = table.locator("tbody tr:has(a:focus)"), page.locator("#grid-row")
    name = row.locator("a").get_attribute("title")
    expect(line).to_contain_text(name)
    expect(line).to_be_in_viewport()
    assert table.evaluate(LOOKS) == before
    fields = row.locator("td:not(.o)")
    assert fields.count() == min(number, 59)
    for key in ("ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
    at = row.locator("td.at")
    assert at.count() == 1
    expect(line).to_have_text(f"{name} – {at.evaluate(COLUMN)}: {at.text_content().strip()}")
    assert table.evaluate(LOOKS) == before
    assert page.evaluate(SIDEWAYS) <= 0
    shoot(page, f"network-{number}-by-key")
    page.keyboard.press("Shift+Tab")
    assert field.evaluate(SHIFT) > 0
    expect(line).to_have_text(hint)
    if number > 20:
        # The heads stay where they are while the fields move under them.
        frame = page.locator(".frame.grid")
        top = frame.bounding_box()["y"]
        frame.evaluate("one => one.scrollTo(0, 400)")
        assert table.locator("thead th").first.bounding_box()["y"] - top < 4
        page.set_viewport_size({"width": 700, "height": 600})
        frame.evaluate("one => one.scrollTo(300, 400)")
        left = frame.bounding_box()["x"]
        assert table.locator("tbody th[scope=row]").nth(30).bounding_box()["x"] - left < 4
        shoot(page, "network-scrolled")
    page.set_viewport_size({"width": 360, "height": 800})
    expect(table).to_be_hidden()
    expect(words.locator("li").first).to_be_visible()
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.complaints == []


def test_copies_are_read_at_both_widths(portal):
    page = portal
    peers = make_network(14)
    for n, name in enumerate(
        ("Journal of Estuarine Studies", "Annals of Salt Marsh Botany", "Tidal Letters")
    ):
        title = make.make_title(name, make.make_publisher("Tidewater Press"))
        for volume in range(3):
            au = make.make_au(f"{name}, volume {volume}", title=title)
            held = peers[: (n * 3 + volume) % 8]
            make_status(au, [[0, "a"], *([peer.pk, "d" if peer.pk % 5 == 0 else "a"] for peer in held)])
    counting.count_all()
    for path in ("copies/", "copies/titles/?few=yes", "copies/publishers/", "take/", "members/"):
        page.goto(f"/network/{path}")
        fits(page, path.partition("?")[0].strip("/").replace("/", "-"))
    page.goto("/network/copies/titles/?few=yes")
    page.locator("td.number a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Copies in the network")
    assert page.complaints == []
