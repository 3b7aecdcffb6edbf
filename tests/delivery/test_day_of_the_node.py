"""Embargoes and trigger events begin with a day of the node's time zone: portal and content host say the same to everybody."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from apps.accounts.choices import Role
from apps.delivery.services import kept
from apps.delivery.services.lookup import find
from apps.delivery.services.told import verdicts_on
from apps.delivery.services.triggering import confirm_trigger, counts, propose_trigger
from apps.lockss.delivery import Access
from tests.accounts.factories import make_person
from tests.delivery.places import URL, held, ours, rule
from tests.repository.factories import use_store

# One in the morning of the 22nd where the node stands; in Honolulu the 21st, in Auckland the afternoon of the 22nd.
DAY, AT = dt.date(2026, 11, 22), dt.datetime(2026, 11, 22, 0, tzinfo=dt.UTC)
ZONES = ["Pacific/Auckland", "Pacific/Honolulu"]


@pytest.fixture(autouse=True)
def node(db, settings, tmp_path):
    use_store(settings, tmp_path / "content", network_name="")
    settings.NODE = replace(settings.NODE, time_zone="Europe/Berlin")
    kept.forget()
    with time_machine.travel(AT, tick=False):
        yield
    kept.forget()


@pytest.fixture(params=ZONES)
def elsewhere(request):
    with timezone.override(ZoneInfo(request.param)):
        yield


@pytest.mark.parametrize(("until", "may"), [(DAY, True), (DAY + dt.timedelta(days=1), False)])
def test_an_embargo_ends_for_everybody_at_once(elsewhere, until, may):
    au = held(URL)
    rule(au=au, choice="light", serve="yes", while_available="yes", embargo_until=until)
    kept.forget()
    own, _others = verdicts_on(au)
    assert (own.access is not Access.HIDDEN) == may
    assert (find([URL], ours(), AT).best is not None) == may


def test_a_trigger_event_counts_from_the_node_s_day(elsewhere):
    au = held(URL)
    first, second = make_person("first", Role.LIBRARIAN), make_person("second", Role.NETWORK)
    days = [DAY, DAY + dt.timedelta(days=1)]
    told = []
    for since in days:
        event = propose_trigger(where=au, reason="the house has closed", since=since, user=first)
        told.append(counts(confirm_trigger(event=event, version=event.version, user=second)))
        event.delete()
    assert told == [True, False]
