"""From a resolver's link to the page that is read: the node's own rows, the table, the publisher up, failing and gone."""

import re

import pytest

from apps.delivery import content
from apps.delivery.node_rooms import node_rooms
from apps.delivery.rooms import Host
from apps.delivery.services import kept
from apps.repository import services as repository
from tests.delivery.conftest import page, pass_for
from tests.delivery.places import rule
from tests.delivery.test_openurl_found import ISSN, volume
from tests.simulators.asked_publisher import ScriptedPublisher
from tests.simulators.publisher import Reply, Script

pytestmark = pytest.mark.django_db
START = "http://pub.example/v12/"
HTML = (("Content-Type", "text/html"),)


@pytest.fixture
def real(ask, monkeypatch):
    """``real(reply)``: a volume with content, and what its publisher answers; gives what a reader's link leads to."""
    kept.forget()
    au = volume("12", content=False)
    repository.add_captures(auid=au.auid, captures=[page(START, b"<p>preserved</p>", "text/html")])
    host = Host(node_rooms(), content._asking)
    monkeypatch.setattr(content, "host", lambda: host)

    def made(reply: Reply, **rules):
        if rules:
            rule(au=au, **rules)
        host.publisher = ScriptedPublisher(Script({"/v12/": reply}))
        way = f"/t/{pass_for(slug=au.slug)}"
        led = ask(f"{way}/ServeContent?issn={ISSN}&volume=12")
        if led.status != 302:
            return led
        assert led.headers["location"].startswith(f"{way}/ServeContent?url={START}&auid=")
        return ask(led.headers["location"])

    return made


LIVE = Reply(200, b"<p>live</p>", HTML)


def test_the_publisher_is_up(real):
    got = real(LIVE)
    assert (got.status, b"live" in got.body, b"preserved" in got.body) == (200, True, False)


def test_the_publisher_fails(real):
    got = real(Reply(404, b"<p>gone</p>", HTML))
    assert (got.status, b"<p>preserved" in got.body) == (200, True)


@pytest.mark.parametrize("rules", [{"flag": "down"}, {"flag": "never"}, {"choice": "light"}])
def test_the_publisher_is_not_asked(real, rules):
    got = real(LIVE, **rules)
    assert (got.status, b"<p>preserved" in got.body, b"live" in got.body) == (200, True, False)


def test_a_dark_unit_is_not_led_to(real):
    got = real(LIVE, choice="dark")
    assert got.status == 404
    assert b"it cannot be opened from here" in got.body
    assert b"/v12/" not in got.body


# A title whose volume is not said, or is another one


def _choices(got) -> dict[str, str]:
    """What each volume's row says of how it fits."""
    rows = re.findall(r"<tr>(.*?)</tr>", got.body.decode(), re.DOTALL)
    cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL) for row in rows]
    return {one[0].strip(): one[2].strip() for one in cells if len(one) == 4 and "<a" not in one[0]}


@pytest.mark.parametrize(
    ("more", "heading", "text", "fits"),
    [
        ("", "Which volume is meant?", "The question does not say which volume is meant.", "a volume of this title"),
        ("&volume=9", "This volume is not held here", "No list has the volume, issue or year", "another volume of this title"),
        ("&date=1950", "This volume is not held here", "No list has the volume, issue or year", "another volume of this title"),
    ],
)  # fmt: skip
def test_a_title_alone_or_with_another_volume_says_what_its_volumes_are(real, ask, more, heading, text, fits):
    real(LIVE)
    au = volume("13", 2020)
    got = ask(f"/t/{pass_for(slug=au.slug)}/ServeContent?issn={ISSN}{more}")
    page_text = got.body.decode()
    # What was asked for is here and only to be chosen, or it is not here.
    assert got.status == (404 if more else 200)
    assert f"<h1>{heading}</h1>" in page_text
    # The choices come first.
    assert page_text.index("Open through this library") < page_text.index("What was asked")
    assert text in page_text
    assert set(_choices(got).values()) == {fits}
    assert len(_choices(got)) == 2


def test_who_has_not_signed_in_chooses_first_and_is_asked_to_sign_in_below(ask, real):
    real(LIVE, choice="light", open_access="yes")
    page_text = ask(f"/ServeContent?issn={ISSN}").body.decode()
    assert "<h1>Which volume is meant?</h1>" in page_text
    choice = page_text.index("Open through this library")
    assert choice < page_text.index("Who has an account can sign in first") < page_text.index("/open/?at=")


def test_a_title_of_which_nothing_can_be_opened_is_not_held(ask, real):
    real(LIVE, choice="dark")
    got = ask(f"/ServeContent?issn={ISSN}")
    assert (got.status, b"<h1>Not held here</h1>" in got.body) == (404, True)
