"""From a resolver's link to the page that is read: the node's own rows, the table, the publisher up, failing and gone."""

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
