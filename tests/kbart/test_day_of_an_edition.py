"""A person says on which day of the week or of the month the editions of a kept report come."""

import datetime as dt
import uuid

import pytest
import time_machine
from django.utils.translation import override

from apps.kbart import services
from apps.kbart.choices import Every
from apps.kbart.errors import ActError
from apps.kbart.models import Series
from tests.kbart.editions import keep
from tests.kbart.test_editions_by_the_clock import BERLIN, in_zone, local

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]
# A Saturday, twenty past midnight: in UTC it is Friday yet.
NOW = local(BERLIN, 2026, 11, 28, 0, 20)


@pytest.fixture(autouse=True)
def moment(settings):
    in_zone(settings, BERLIN)
    with time_machine.travel(NOW.astimezone(dt.UTC), tick=False):
        yield


def plans(row: Series, number: int) -> list[tuple[int, int]]:
    """Month and day of the next editions, as the clock comes to them."""
    found = []
    for _turn in range(number):
        row.refresh_from_db()
        found.append(row.next_at)
        with time_machine.travel(row.next_at, tick=False):
            services.due_editions()
    assert {one.astimezone(NOW.tzinfo).timetz().replace(tzinfo=None) for one in found} == {dt.time(0, 20)}
    return [(one.month, one.day) for one in (one.astimezone(NOW.tzinfo) for one in found)]


@pytest.mark.parametrize(
    ("every", "day", "planned"),
    [
        (Every.WEEK, 1, [(11, 30), (12, 7), (12, 14)]),
        (Every.WEEK, 5, [(12, 4), (12, 11), (12, 18)]),
        # Of the day itself one is made now, so the next comes in a week.
        (Every.WEEK, 6, [(12, 5), (12, 12), (12, 19)]),
        (Every.WEEK, None, [(12, 5), (12, 12), (12, 19)]),
        (Every.MONTH, 1, [(12, 1), (1, 1), (2, 1)]),
        (Every.MONTH, 30, [(11, 30), (12, 30), (1, 30), (2, 28), (3, 30)]),
        (Every.MONTH, 31, [(11, 30), (12, 31), (1, 31), (2, 28), (3, 31)]),
        (Every.MONTH, 28, [(12, 28), (1, 28)]),
        (Every.MONTH, None, [(12, 28), (1, 28)]),
        # Every day has none.
        (Every.DAY, 3, [(11, 29), (11, 30)]),
    ],
)
def test_editions_come_on_the_day_that_was_chosen(rita, every, day, planned):
    row, _ = keep(rita, every=every, day=day)
    assert plans(row, len(planned)) == planned


def test_a_plan_that_is_set_back_keeps_its_day(rita):
    week, _ = keep(rita, slug="weekly", every=Every.WEEK, day=3)
    month, _ = keep(rita, slug="monthly", every=Every.MONTH, day=15)
    Series.objects.update(next_at=NOW + dt.timedelta(days=400))
    services.due_editions()
    assert plans(week, 1) == [(12, 2)]
    assert plans(month, 1) == [(12, 15)]


def test_a_change_of_the_day_plans_anew_and_nothing_else_does(rita):
    row, _ = keep(rita, every=Every.MONTH, day=15)
    given = {"label": "Other", "is_open": True, "user": rita}
    with time_machine.travel(local(BERLIN, 2026, 12, 1, 9, 0).astimezone(dt.UTC), tick=False):
        for day in (None, 15):
            row = services.change_series(series=row, version=row.version, every=Every.MONTH, day=day, **given)
            assert row.next_at == local(BERLIN, 2026, 12, 15, 0, 20)
        row = services.change_series(series=row, version=row.version, every=Every.MONTH, day=2, **given)
        assert (row.next_at, row.day) == (local(BERLIN, 2026, 12, 2, 9, 0), 2)
        row = services.change_series(series=row, version=row.version, every=Every.WEEK, day=7, **given)
    assert (row.next_at, row.day, row.month_day) == (local(BERLIN, 2026, 12, 6, 9, 0), 7, None)


@pytest.mark.parametrize(
    ("every", "day"), [(Every.WEEK, 0), (Every.WEEK, 8), (Every.MONTH, 0), (Every.MONTH, 32)]
)
def test_there_is_no_such_day(rita, every, day):
    with pytest.raises(ActError, match="1 to 7"):
        keep(rita, every=every, day=day)
    assert not Series.objects.exists()


@pytest.mark.parametrize(
    ("every", "day", "english", "spanish"),
    [
        (Every.WEEK, 1, "every week, on Monday", "cada semana, el lunes"),
        (Every.WEEK, None, "every week, on Saturday", "cada semana, el sábado"),
        (Every.MONTH, 15, "every month, on day 15", "cada mes, el día 15"),
        (
            Every.MONTH,
            31,
            "every month, on day 31 or on its last",
            "cada mes, el día 31 o el último",
        ),
        (Every.DAY, None, "every day", "cada día"),
    ],
)
def test_the_page_says_the_day(client, rita, every, day, english, spanish):
    row, _ = keep(rita, every=every, day=day)
    # Series from before the day was kept: that of their plan.
    Series.objects.filter(every=Every.WEEK).update(**{} if day else {"week_day": None}, label="L")
    row.refresh_from_db()
    assert row.pace == english
    with override("es"):
        assert row.pace == spanish
    for path in (f"/reports/kbart/series/{row.pk}/", "/reports/kbart/series/"):
        assert english in client.get(path).content.decode()


NEW = "/reports/kbart/series/new/?scope=preserved"


def form(**more) -> dict:
    return {"request_key": str(uuid.uuid4()), "label": "Ours", "slug": "ours", **more}


@pytest.mark.parametrize(
    ("given", "day"),
    [
        # Where there are no scripts both fields are sent; that of the pace counts.
        ({"every": "week", "week_day": "2", "month_day": "9"}, 2),
        ({"every": "month", "week_day": "2", "month_day": "9"}, 9),
        ({"every": "month", "week_day": "2", "month_day": ""}, 28),
        ({"every": "day", "week_day": "2", "month_day": "9"}, None),
        ({"every": "never", "week_day": "2", "month_day": "9"}, None),
    ],
)
def test_the_form_asks_for_it(client, rita, given, day):
    assert client.post(NEW, form(**given)).status_code == 302
    assert Series.objects.get().day == day


@pytest.mark.parametrize("given", [{"month_day": "32"}, {"month_day": "0"}, {"week_day": "9"}])
def test_a_day_that_is_none_is_told_at_its_field(client, rita, given):
    answer = client.post(NEW, form(every="month", **given))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(given)


def test_the_form_of_a_change_shows_it_and_keeps_it(client, rita):
    row, _ = keep(rita, every=Every.MONTH, day=15)
    path = f"/reports/kbart/series/{row.pk}/change/"
    shown = client.get(path).content.decode()
    assert 'name="month_day" value="15"' in shown
    sent = {"label": "Ours", "every": "week", "week_day": "4", "month_day": "15", "version": "0"}
    assert client.post(path, sent).status_code == 302
    row.refresh_from_db()
    assert (row.every, row.day) == ("week", 4)
    assert '<option value="4" selected>Thursday</option>' in client.get(path).content.decode()
