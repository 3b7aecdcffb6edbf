"""Agreements, terms and decisions begin and end with a day of the node's time zone, whoever reads and wherever they sit."""

import datetime as dt
import re
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.network.services.rows import past_day
from apps.nodes.services import refreshing
from apps.permissions import services
from apps.permissions.choices import AgreementState
from apps.permissions.models import PublisherAgreement
from apps.permissions.panels import steps
from tests.accounts.factories import make_person
from tests.factories import make_agreement, make_au

pytestmark = pytest.mark.django_db
LAST, DAY = dt.date(2026, 11, 21), dt.timedelta(days=1)
# In Auckland it is the day after the last each time, in Honolulu the last.
ZONES = ["Pacific/Auckland", "Pacific/Honolulu"]


@pytest.fixture(params=[0, 1], ids=["the last day", "the day after"])
def day(request, settings) -> dt.date:
    """Where the node stands it is one in the afternoon, or half past midnight."""
    at = [
        dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 21, 23, 30, tzinfo=dt.UTC),
    ][request.param]
    settings.NODE = replace(settings.NODE, time_zone="Europe/Berlin", permission_policy="written")
    with time_machine.travel(at, tick=False):
        yield LAST + request.param * DAY


@pytest.fixture(params=ZONES)
def reader(request) -> Client:
    client = Client()
    client.force_login(make_person("somebody", Role.NETWORK, time_zone=request.param))
    return client


@pytest.fixture(params=ZONES)
def elsewhere(request):
    with timezone.override(ZoneInfo(request.param)):
        yield


def test_every_reader_sees_one_standing(day, reader):
    row = make_agreement(make_au().publisher, starts=LAST - 300 * DAY, ends=LAST)
    word = "signed" if day == LAST else "lapsed"
    shown = reader.get("/permissions/agreements/").content.decode()
    assert set(re.findall(r"/words/#agreement-([a-z]+)", shown)) == {word}
    for state in ("signed", "lapsed"):
        found = reader.get(f"/permissions/agreements/?state={state}").content.decode()
        assert (f'href="/permissions/agreements/{row.pk}/"' in found) is (state == word)
    over = "Its last day is over" in reader.get(f"/permissions/agreements/{row.pk}/").content.decode()
    assert over is (word == "lapsed")


@pytest.mark.usefixtures("elsewhere")
def test_what_begins_with_a_day_is_allowed_and_found_with_it(day):
    au = make_au()
    row = make_agreement(au.publisher, starts=LAST + DAY)
    PublisherAgreement.objects.update(updated_at=dt.datetime(2026, 11, 1, tzinfo=dt.UTC))
    begun = day > LAST
    assert services.decide(au).allowed is begun
    since = dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC)
    assert list(refreshing._changed_agreements(since)) == [row] * begun


@pytest.mark.parametrize(
    "path", ["/permissions/agreements/{pk}/letter/", "/network/members/new/", "/network/decisions/new/"]
)
def test_forms_offer_the_node_s_day(day, reader, path):
    row = make_agreement(
        make_au().publisher, state=AgreementState.DRAFT, starts=None, ends=None, signed_on=None
    )
    shown = reader.get(path.format(pk=row.pk)).content.decode()
    assert set(re.findall(r'<input type="date"[^>]* value="([0-9-]+)"', shown)) == {day.isoformat()}


@pytest.mark.usefixtures("elsewhere")
def test_what_is_still_to_come_is_so_where_the_node_stands(day):
    past_day(day, "decided_on")
    with pytest.raises(ValidationError):
        past_day(day + DAY, "decided_on")


@pytest.mark.usefixtures("elsewhere")
def test_the_day_on_which_a_draft_was_entered(day):
    row = make_agreement(
        make_au().publisher, state=AgreementState.DRAFT, starts=None, ends=None, signed_on=None
    )
    assert steps(row)[0].day == f"{day.day} Nov 2026"
