"""Readings become months, once each, late ones too; single readings are forgotten after thirty days at most."""

import datetime as dt
from dataclasses import replace

import pytest
from django.conf import settings as node_settings
from hypothesis import given
from hypothesis import settings as searching
from hypothesis import strategies as st

from apps.common.clock import now
from apps.delivery.services.kept import forget as forget_sayings
from apps.usage.choices import Reason
from apps.usage.keys import Keys
from apps.usage.models import UsageEvent, UsageLoss, UsageMonth, UsageState
from apps.usage.services import folding, keeping
from apps.usage.services.recording import events_of, write
from apps.usage.tasks import scan_usage
from lockss_portal.conf.load import SettingsError, load_node
from tests.factories import make_au, make_title
from tests.usage.readings import AT, delivered

pytestmark = pytest.mark.django_db
KEYS = Keys()


@pytest.fixture(autouse=True)
def fresh():
    forget_sayings()


def written(*deliveries) -> None:
    write(events=events_of(deliveries, KEYS))


def numbers() -> list[tuple]:
    names = ("month", "customer", "access", "total_item_requests", "unique_item_requests")
    return sorted(UsageMonth.objects.values_list(*names))


def test_readings_become_a_month():
    au = make_au()
    written(
        delivered(au, "/1.pdf"),
        delivered(au, "/1.pdf", after=10),
        delivered(au, "/1.html", after=100, content_type="text/html"),
        delivered(au, "/2.pdf", after=200),
        delivered(au, "/2/abstract", after=300, content_type="text/html"),
    )
    assert folding.fold() == 5
    row = UsageMonth.objects.get()
    assert (row.month, row.title.name, row.customer) == (dt.date(2026, 11, 1), au.title.name, "own")
    assert (row.total_item_requests, row.unique_item_requests) == (3, 2)
    assert (row.total_item_investigations, row.unique_item_investigations) == (4, 2)
    assert row.unique_title_requests == 0


def test_again_it_does_nothing():
    au = make_au()
    written(delivered(au), delivered(au, after=60))
    folding.fold()
    before = numbers()
    assert folding.fold() == 0
    assert numbers() == before == [(dt.date(2026, 11, 1), "own", "Controlled", 2, 1)]


def test_what_comes_late_is_added_once_and_may_join_two_clicks():
    au = make_au()
    written(delivered(au, after=0), delivered(au, after=50))
    folding.fold()
    assert numbers() == [(dt.date(2026, 11, 1), "own", "Controlled", 2, 1)]
    written(delivered(au, after=25))
    assert folding.fold() == 1
    assert numbers() == [(dt.date(2026, 11, 1), "own", "Controlled", 1, 1)]
    written(delivered(au, after=300, address="192.0.2.9"))
    folding.fold()
    assert numbers() == [(dt.date(2026, 11, 1), "own", "Controlled", 2, 2)]


def test_in_small_portions_as_in_one():
    au = make_au()
    for number in range(7):
        written(delivered(au, f"/{number}.pdf", address=f"192.0.2.{number}"))
    assert folding.fold(sessions=2) == 7
    assert numbers() == [(dt.date(2026, 11, 1), "own", "Controlled", 7, 7)]


def test_broken_off_in_between_it_goes_on(monkeypatch):
    au = make_au()
    for number in range(4):
        written(delivered(au, f"/{number}.pdf", address=f"192.0.2.{number}"))
    really, calls = folding._add, []

    def breaks(changes):
        calls.append(1)
        really(changes)
        if len(calls) == 2:
            raise RuntimeError("killed behind the writing, before the commit")

    monkeypatch.setattr(folding, "_add", breaks)
    with pytest.raises(RuntimeError):
        folding.fold(sessions=2)
    assert UsageEvent.objects.filter(counted=True).count() == 2
    monkeypatch.undo()
    assert folding.fold() == 2
    assert numbers() == [(dt.date(2026, 11, 1), "own", "Controlled", 4, 4)]


@given(
    st.lists(st.tuples(st.integers(0, 150), st.sampled_from("ab"), st.integers(0, 2)), min_size=1, max_size=9)
)
@searching(max_examples=15)
def test_rows_in_any_portions_give_the_numbers_of_all_at_once(some):
    """The law of ``tally``, over rows."""
    UsageMonth.objects.all().delete()
    UsageEvent.objects.all().delete()
    au = make_au(title=make_title("Tides"))
    for portion in range(3):
        written(*[delivered(au, f"/{url}.pdf", after=s) for s, url, place in some if place == portion])
        folding.fold()
    in_portions = numbers()
    UsageMonth.objects.all().delete()
    UsageEvent.objects.update(counted=False)
    folding.fold()
    shown = [row for row in in_portions if row[3]]
    assert shown == numbers()


def test_a_scan_counts_notes_and_forgets(settings):
    au = make_au()
    written(delivered(au, moment=now() - dt.timedelta(days=1)))
    scan_usage()
    state = UsageState.objects.get()
    assert state.counted_at is not None
    assert UsageMonth.objects.get().total_item_requests == 1
    scan_usage()
    assert UsageMonth.objects.get().total_item_requests == 1
    assert UsageState.objects.get().began_at == state.began_at


def test_no_single_reading_is_kept_for_more_than_thirty_days():
    au = make_au()
    ages = (29, 30.1, 31, 400)
    written(*[delivered(au, moment=now() - dt.timedelta(days=age)) for age in ages])
    keeping.keep_up()
    [left] = UsageEvent.objects.all()
    assert now() - left.moment < dt.timedelta(days=30)
    # Their numbers stay.
    assert sum(UsageMonth.objects.values_list("total_item_requests", flat=True)) == 4
    assert not UsageLoss.objects.exists()


def test_a_setting_can_only_make_it_less(settings, tmp_path):
    au = make_au()
    written(delivered(au, moment=now() - dt.timedelta(days=3)))
    settings.NODE = replace(node_settings.NODE, usage_days=2)
    keeping.keep_up()
    assert not UsageEvent.objects.exists()
    with pytest.raises(SettingsError, match="usage_days"):
        load_node({"LOCKSS_NODE": str(tmp_path), "LOCKSS_USAGE_DAYS": "31"})


def test_they_go_although_counting_them_fails_and_the_loss_is_counted(monkeypatch):
    au = make_au()
    written(delivered(au, moment=now() - dt.timedelta(days=31)), delivered(au, moment=AT))
    UsageEvent.objects.filter(moment=AT).update(moment=now())
    assert keeping.forget() == 1
    assert [(one.reason, one.number) for one in UsageLoss.objects.all()] == [(Reason.FORGOTTEN, 1)]


def test_with_counting_switched_off_old_readings_go_and_the_days_are_told(settings):
    au = make_au()
    written(delivered(au, moment=now() - dt.timedelta(days=31)))
    settings.NODE = replace(node_settings.NODE, count_usage=False)
    keeping.keep_up()
    keeping.keep_up()
    assert not UsageEvent.objects.exists()
    [off] = UsageLoss.objects.all()
    assert (off.day, off.reason, off.number) == (now().date(), Reason.OFF, 0)


def test_the_numbers_of_a_title_stay_when_lists_know_it_no_more():
    title = make_title("Gone Journal")
    au = make_au(title=title)
    written(delivered(au))
    folding.fold()
    au.listed.title = make_title("Other")
    au.listed.save()
    au.title = None
    au.save()
    title.delete()
    row = UsageMonth.objects.get()
    assert (row.title.name, row.title.title_id, row.total_item_requests) == ("Gone Journal", None, 1)


@pytest.mark.django_db(transaction=True)
def test_two_scans_at_once_count_each_reading_once():
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    au = make_au()
    written(*[delivered(au, f"/{number}.pdf", address=f"192.0.2.{number}") for number in range(40)])

    def scan(_number: int) -> int:
        try:
            return folding.fold(sessions=3)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(scan, range(4))) == 40
    assert numbers() == [(dt.date(2026, 11, 1), "own", "Controlled", 40, 40)]
