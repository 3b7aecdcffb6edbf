"""The day of files and reports is the node's, whoever asks and whichever process makes them."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings as node_settings
from django.utils import timezone

from apps.accounts.choices import Role
from apps.kbart import words
from apps.kbart.asking import order_of
from apps.kbart.making import units
from apps.kbart.making.files import plain_name
from apps.kbart.making.typeset import _Maker
from apps.nodes import alert_rules, year_page
from apps.nodes.models import YearReport
from apps.nodes.services import yearly
from tests.accounts.factories import make_person
from tests.kbart.reports import lines, portal_settings, proved_au, report

pytestmark = pytest.mark.django_db
# Half past midnight on New Year's day where the node stands; the year before in UTC, and where the reader sits.
AT = dt.datetime(2026, 12, 31, 11, 30, tzinfo=dt.UTC)
NODE, READER = "Pacific/Auckland", "America/Lima"


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = replace(portal_settings(tmp_path), time_zone=NODE)
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture(params=["", READER], ids=["a worker", "a reader"])
def anybody(request):
    with timezone.override(ZoneInfo(request.param or NODE)):
        yield


@pytest.mark.usefixtures("anybody")
def test_the_name_of_a_report_and_what_it_says_of_itself():
    order = order_of({"scope": "preserved"})
    assert plain_name(order, AT).endswith("_2027-01-01.txt")
    assert "2027-01-01" in dict(words.about(order, AT)).values()
    pages = _Maker(heads=(), order=order, about=(), at=AT, total=0, parts=1, readable=False)
    assert pages.day == "1 Jan 2027"


@pytest.mark.usefixtures("anybody")
def test_what_is_new_since_a_day():
    assert units._beginning(dt.date(2027, 1, 1)) == dt.datetime(2026, 12, 31, 11, tzinfo=dt.UTC)


@pytest.mark.usefixtures("anybody")
def test_the_last_change_for_the_keepers():
    proved_au("Tides", last_complete_at=AT)
    data, done = report(report="keepers")
    heads, row = lines(data)
    assert row[heads.index("last_update")] == "2027-01-01"
    assert done.name.endswith("_2027-01-01.txt")


@pytest.mark.usefixtures("anybody")
def test_the_year_of_a_report():
    assert yearly.this_year() == 2027
    assert yearly.span(2027)[0] == dt.datetime(2026, 12, 31, 11, tzinfo=dt.UTC)
    assert yearly.span(2027)[1] == yearly.span(2028)[0]


@pytest.mark.usefixtures("anybody")
def test_the_day_on_the_report_of_a_year(monkeypatch):
    made = []
    monkeypatch.setattr(year_page, "make_pdf", lambda *given, **more: made.append((given, more)) or b"")
    year_page.pdf(YearReport.objects.create(year=2026, made_at=AT, closed=True, sha256=""))
    assert "1 Jan 2027" in str(made)


def test_the_day_a_certificate_ends(monkeypatch):
    monkeypatch.setattr(alert_rules, "certificate_ends", lambda: [("x", "Own node", AT)])
    assert [one.params["day"] for one in alert_rules.lapsing()] == ["2027-01-01"]


def test_a_reader_elsewhere_gets_the_node_s_day(client):
    client.force_login(make_person("rita", Role.REPORTS, time_zone=READER))
    name = client.get("/reports/kbart/download/?scope=selected")["Content-Disposition"]
    assert '_2027-01-01.txt"' in name
    # A table is what was on the reader's page: its day is theirs.
    assert "aus-2026-12-31.csv" in client.get("/aus/?format=csv")["Content-Disposition"]
    assert node_settings.NODE.time_zone == NODE
