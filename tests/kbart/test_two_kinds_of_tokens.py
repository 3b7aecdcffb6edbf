"""A person's token and a knowledge base's key are kept apart, and obey the same laws."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
import time_machine

from apps.accounts import services as accounts
from apps.accounts.choices import Role
from apps.accounts.models import ApiToken, AuditEvent
from apps.common import jobs
from apps.common.clock import now
from apps.kbart import services
from apps.kbart.asking import order_of
from apps.kbart.models import FeedToken
from tests.accounts.factories import make_person, make_token
from tests.factories import DAY
from tests.kbart.reports import portal_settings, proved_au

pytestmark = pytest.mark.django_db
FEED = "/kbart/riverside/preserved/"
MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Kind:
    make: Callable[..., str]
    newest: Callable[[], object]
    revoke: Callable[..., None]
    acts: tuple[str, str]
    wrong: str
    name: str


def of_person(user, days: int = 30) -> str:
    return make_token(user, "reports", days=days)


def of_base(user, days: int = 30) -> str:
    return services.make_token(label="Big Index", series=None, user=user, life=days * DAY)[1]


KINDS = {
    "a person's": Kind(
        of_person,
        lambda: ApiToken.objects.latest("pk"),
        lambda row, user: accounts.revoke_token(token=row, by=user),
        ("accounts.token-make", "accounts.token-revoke"),
        "lpt_wrong",
        "nightly report",
    ),
    "a knowledge base's": Kind(
        of_base,
        lambda: FeedToken.objects.latest("pk"),
        lambda row, user: services.revoke_token(token=row, user=user),
        ("kbart.key-new", "kbart.key-revoke"),
        "wrong",
        "Big Index",
    ),
}


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)


@pytest.fixture
def rita():
    return make_person("rita", Role.REPORTS)


@pytest.fixture
def feed(rita):
    proved_au("Tides")
    _, job = services.make_series(
        label="Riverside", slug="riverside", order=order_of({}), every="never", is_open=False, user=rita
    )
    jobs.run(job.pk)


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def kind(request, feed) -> Kind:
    return request.param


@pytest.fixture
def status(client):
    def asked(secret: str) -> int:
        return client.get(FEED, headers={"Authorization": f"Bearer {secret}"}).status_code

    return asked


def test_it_opens_until_it_is_revoked_and_both_acts_are_recorded(kind, rita, status):
    secret = kind.make(rita)
    assert status(secret) == 200
    assert kind.newest().last_used_at is not None
    kind.revoke(kind.newest(), rita)
    assert status(secret) == 401
    events = AuditEvent.objects.filter(action__in=kind.acts).order_by("pk")
    assert tuple(event.action for event in events) == kind.acts
    assert secret not in str([(event.before, event.after) for event in events])


@pytest.mark.parametrize("law", ["closed", "role", "password"])
def test_it_ends_with_what_let_it_in(kind, rita, status, law):
    secret = kind.make(rita)
    assert status(secret) == 200
    boss = make_person("boss", Role.SYSTEM)
    if law == "closed":
        accounts.change_person(person=rita, by=boss, is_active=False)
    elif law == "role":
        accounts.change_person(person=rita, by=boss, roles=[])
    else:
        accounts.set_password(person=rita, password="nine slow barges", by=rita)
    assert status(secret) == 401
    # What ended stays ended when the person may in again; a new one opens.
    accounts.change_person(person=rita, by=boss, is_active=True, roles=["reports"])
    assert status(secret) == 401
    assert status(kind.make(rita)) == 200


def test_it_has_a_last_day(kind, rita, status):
    secret = kind.make(rita, days=7)
    with time_machine.travel(now() + 7 * DAY - MINUTE, tick=False):
        assert status(secret) == 200
    with time_machine.travel(now() + 7 * DAY + MINUTE, tick=False):
        assert status(secret) == 401


@pytest.mark.parametrize("days", [0, 400])
def test_it_is_good_for_a_year_at_most(kind, rita, days):
    with pytest.raises(Exception, match="a year at most"):
        kind.make(rita, days=days)


def test_a_second_factor_that_is_demanded_is_demanded_here_too(kind, rita, status, settings):
    secret = kind.make(rita)
    settings.NODE = replace(settings.NODE, second_factor_roles=("reports",))
    assert status(secret) == 403


def test_wrong_ones_are_slowed_and_a_right_one_waits_for_nobody(kind, rita, status):
    secret = kind.make(rita)
    answers = [status(f"{kind.wrong}{number}") for number in range(30)]
    assert (answers[0], answers[-1]) == (401, 429)
    assert status(secret) == 200


def test_it_stands_on_the_pages_of_its_person(kind, rita, client):
    kind.make(rita)
    client.force_login(rita)
    assert kind.name in client.get("/me/").content.decode()
    client.force_login(make_person("boss", Role.SYSTEM))
    assert kind.name not in client.get("/me/").content.decode()
    assert kind.name in client.get(f"/accounts/people/{rita.pk}/access/").content.decode()
