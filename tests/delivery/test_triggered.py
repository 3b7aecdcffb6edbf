"""``/triggered``: everybody reads what was given to everybody, under which licence, how it is cited, and why."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from django.conf import settings as node_settings

from apps.common.clock import now, today
from apps.delivery import content
from apps.delivery.models import StemReading, TriggerEvent
from apps.delivery.node_rooms import node_rooms
from apps.delivery.rooms import Host
from apps.delivery.services import kept
from apps.permissions.models import Evidence, Permission
from tests.delivery.places import held, rule
from tests.factories import make_publisher, make_title

pytestmark = pytest.mark.django_db
URL = "http://pub.example/v1/"


@pytest.fixture
def real(ask, rooms, settings, monkeypatch):
    """The content host with the rooms of the node itself."""
    settings.NODE = replace(node_settings.NODE, serving_policy="gray", network_name="")
    rooms.host = Host(node_rooms(), content._asking)
    kept.forget()
    return ask


def unit(name="Journal of Reeds, volume 1", title=None):
    au = held(URL, name=name, title=title or make_title("Journal of Reeds", make_publisher("Reed House")))
    StemReading.objects.filter(au=au).update(start_urls=[URL])
    return au


def event(au=None, title=None, **more) -> TriggerEvent:
    given = {
        "reason": "The house has closed",
        "since": today() - dt.timedelta(days=1),
        "licence": "CC BY 4.0 & no more",
        "citation": "Journal of Reeds, preserved copy",
        "proposed_name": "rosa",
        "proposed_at": now(),
        "confirmed_name": "omar",
        "confirmed_at": now(),
    }
    row = TriggerEvent.objects.create(au=au, title=title, **(given | more))
    kept.forget()
    return row


def test_everybody_reads_what_was_decided(real):
    au = unit()
    evidence = Evidence.objects.create(
        au=au,
        url=f"{URL}manifest",
        host="pub.example",
        read_at=now(),
        granted=True,
        statement="May be served <b>",
    )
    Permission.objects.create(au=au, evidence=evidence)
    row = event(au)
    listed = real("/triggered")
    assert listed.status == 200
    assert f'href="/triggered/{row.pk}"'.encode() in listed.body
    got = real(f"/triggered/{row.pk}")
    text = got.body.decode()
    for said in (
        "The house has closed",
        "CC BY 4.0 &amp; no more",
        "Journal of Reeds, preserved copy",
        "Reed House",
        "May be served &lt;b&gt;",
        "Confirmed by a second person on",
    ):
        assert said in text
    assert "rosa" not in text + listed.body.decode(), "who decided is the library's own business"
    way = re.search(r'href="(/ServeContent\?url=http://pub\.example/v1/[^"]+)"', text)[1].replace(
        "&amp;", "&"
    )
    assert real(way).status == 200, "everybody may open it"
    assert got.headers["cache-control"] == "private, no-store"


def test_the_indexes_lead_there(real):
    event(unit())
    for path in ("/", "/ServeContent"):
        assert b'href="/triggered"' in real(path).body


@pytest.mark.parametrize(
    "more",
    [
        {"confirmed_at": None, "confirmed_name": ""},
        {"withdrawn_at": now()},
        {"since": dt.date(2199, 1, 1)},
    ],
)
def test_what_does_not_count_is_not_there(real, more):
    row = event(unit(), **more)
    assert b"There is none yet." in real("/triggered").body
    assert real(f"/triggered/{row.pk}").status == 404


@pytest.mark.parametrize("hides", ["refusal", "embargo"])
def test_what_is_hidden_all_the_same_is_not_there(real, hides):
    au = unit()
    row = event(au)
    if hides == "refusal":
        rule(publisher=au.publisher, trigger="no")
    else:
        rule(au=au, embargo_until=dt.date(2199, 1, 1))
    kept.forget()
    assert b"Journal of Reeds" not in real("/triggered").body
    gone, none = real(f"/triggered/{row.pk}"), real("/triggered/999")
    assert (gone.status, gone.body) == (404, none.body)


def test_of_a_title_all_its_units_that_are_open(real):
    title = make_title("Journal of Reeds", make_publisher("Reed House"))
    units = [unit(f"Journal of Reeds, volume {number}", title) for number in (1, 2, 3)]
    rule(au=units[1], embargo_until=dt.date(2199, 1, 1))
    row = event(title=title, licence="", citation="")
    text = real(f"/triggered/{row.pk}").body.decode()
    assert "volume 1" in text
    assert "volume 2" not in text
    assert "volume 3" in text
    assert "none is stated" in text


def test_lists_are_sorted_searched_and_files(real):
    event(unit("Annals of Mud"), since=dt.date(2020, 1, 1))
    event(unit("Journal of Reeds, volume 9"), since=dt.date(2019, 1, 1))
    names = lambda path: re.findall(rb'href="/triggered/\d+" rel="noreferrer">([^<]+)<', real(path).body)  # noqa: E731
    assert names("/triggered") == [b"Annals of Mud", b"Journal of Reeds, volume 9"]
    assert names("/triggered?sort=since") == [b"Journal of Reeds, volume 9", b"Annals of Mud"]
    assert names("/triggered?search=MUD") == [b"Annals of Mud"]
    got = real("/triggered?format=csv&sort=-name")
    assert got.headers["content-disposition"] == 'attachment; filename="triggered.csv"'
    assert got.body.decode().splitlines()[0] == "name,publisher,since,licence"
    assert [line.partition(",")[0] for line in got.body.decode().splitlines()[1:]] == [
        '"Journal of Reeds',
        "Annals of Mud",
    ]


@pytest.mark.parametrize("path", ["/triggered/x", "/triggered/0", "/triggered/1/2", f"/triggered/{9**12}"])
def test_other_addresses_are_none(real, path):
    assert real(path).status == 404
