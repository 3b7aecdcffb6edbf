"""The throttle in hostile hands: it slows who guesses, and shuts nobody else out for ever."""

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from django.test import Client

from apps.accounts import services
from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services import signing
from tests.accounts.factories import PASSWORD, make_person

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
SIGN_IN = "/accounts/sign-in/"
LIBRARY, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture
def alice() -> User:
    return make_person("alice", Role.SYSTEM)


def sign_in(address: str, password: str = PASSWORD):
    return Client(REMOTE_ADDR=address).post(SIGN_IN, {"username": "alice", "password": password})


def guess_for_days(name: str, address: str, days: int) -> None:
    """As somebody who tries again as soon as the pause is over."""
    at = AT
    while at < AT + dt.timedelta(days=days):
        with time_machine.travel(at, tick=False):
            at += services.begin_attempt(username=name, address=address) or dt.timedelta(seconds=1)


def test_one_place_alone_never_slows_a_name_everywhere(alice) -> None:
    guess_for_days("alice", ELSEWHERE, days=2)
    with time_machine.travel(AT + dt.timedelta(days=2), tick=False):
        assert sign_in(LIBRARY).status_code == 302


def test_many_places_do_not_lock_somebody_out_where_they_have_signed_in(alice) -> None:
    with time_machine.travel(AT, tick=False):
        assert sign_in(LIBRARY).status_code == 302
        for number in range(signing.NAME.free + 1):
            services.begin_attempt(username="alice", address=f"192.0.2.{number}")
        assert "Too many" in sign_in(ELSEWHERE).content.decode()
        assert sign_in(LIBRARY).status_code == 302


def test_a_neighbour_does_not_lock_somebody_out_who_has_signed_in_there(alice) -> None:
    """A whole library may stand behind one address."""
    with time_machine.travel(AT, tick=False):
        assert sign_in(LIBRARY).status_code == 302
        for number in range(signing.ADDRESS.free + 2):
            services.begin_attempt(username=f"name{number}", address=LIBRARY)
        assert services.begin_attempt(username="bob", address=LIBRARY)
        assert sign_in(LIBRARY).status_code == 302


def test_where_somebody_has_signed_in_guessing_is_slow_all_the_same(alice) -> None:
    with time_machine.travel(AT, tick=False):
        assert sign_in(LIBRARY).status_code == 302
        for _ in range(signing.PAIR.free + 1):
            sign_in(LIBRARY, "wrong")
        assert "Too many" in sign_in(LIBRARY).content.decode()


@pytest.mark.parametrize("door", [":sso", ":passkey", ":token", ":setup"])
def test_a_door_is_not_shut_for_all_by_those_who_knock_elsewhere(door) -> None:
    with time_machine.travel(AT, tick=False):
        for number in range(signing.NAME.free + 5):
            services.begin_attempt(username=door, address=f"192.0.2.{number}")
        assert not services.begin_attempt(username=door, address=LIBRARY)


@pytest.mark.parametrize("path", ["/accounts/link/guess{}/", "/accounts/sso/back/?state=x{}"])
def test_another_sites_page_cannot_shut_the_form_by_what_it_makes_browsers_open(
    alice, settings, path
) -> None:
    settings.NODE = replace(settings.NODE, oidc_issuer="https://id.example.org", oidc_client_id="us")
    for number in range(signing.ADDRESS.free + 5):
        with time_machine.travel(AT + number * signing.LONGEST_PAUSE, tick=False):
            Client(REMOTE_ADDR=LIBRARY).get(path.format(number))
            assert not services.begin_attempt(username=f"name{number // 5}", address=LIBRARY)
            services.end_attempt(username=f"name{number // 5}", address=LIBRARY)


def test_a_clock_that_goes_back_leaves_no_pause_of_years(alice) -> None:
    ahead = AT + dt.timedelta(days=4000)
    with time_machine.travel(ahead, tick=False):
        for _ in range(signing.PAIR.free + 2):
            services.begin_attempt(username="alice", address=LIBRARY)
    with time_machine.travel(AT, tick=False):
        wait = services.begin_attempt(username="alice", address=LIBRARY)
        assert dt.timedelta(0) < wait <= signing.LONGEST_PAUSE
    with time_machine.travel(AT + wait, tick=False):
        assert sign_in(LIBRARY).status_code == 302


def test_the_page_of_ones_password_tells_nothing_during_a_pause(alice) -> None:
    """Whoever sits at somebody's browser must not learn from it which guess was right."""
    client = Client()
    client.force_login(alice)
    for _ in range(signing.PAIR.free + 1):
        client.post("/accounts/password/", {"old_password": "no"})
    told = [
        client.post("/accounts/password/", {"old_password": guess}).context["form"].errors["old_password"]
        for guess in ("no", PASSWORD)
    ]
    assert len(told[0]) == len(told[1]) == 1
    assert "Too many" in told[0][0]
    assert "Too many" in told[1][0]


def test_who_signs_in_does_not_end_the_pause_of_those_who_guess_beside_them(alice) -> None:
    """Else anybody with an account guesses without end: a wrong one, their own, a wrong one."""
    with time_machine.travel(AT, tick=False):
        assert sign_in(LIBRARY).status_code == 302
        for number in range(signing.ADDRESS.free + 1):
            services.begin_attempt(username=f"name{number}", address=LIBRARY)
        assert services.begin_attempt(username="somebody", address=LIBRARY)
        for number in range(3):
            assert sign_in(LIBRARY).status_code == 302
            assert services.begin_attempt(username=f"another{number}", address=LIBRARY)


def test_a_right_password_leaves_no_pause_of_its_own_to_the_neighbours(alice) -> None:
    with time_machine.travel(AT, tick=False):
        for number in range(signing.ADDRESS.free):
            services.begin_attempt(username=f"name{number}", address=LIBRARY)
        assert sign_in(LIBRARY).status_code == 302
        assert not services.begin_attempt(username="bob", address=LIBRARY)


@pytest.mark.parametrize(
    "header", ["Basic \xff\xfe==", "Basic YQBiOng=", "Basic YTp4AA==", "Basic \u0131", "Basic =", "Basic"]
)
@pytest.mark.parametrize("page", ["/", "/me/whoami/", "/DaemonStatus"])
def test_a_header_that_is_no_name_and_password_is_refused_and_no_fault(alice, header, page) -> None:
    with time_machine.travel(AT, tick=False):
        for number in range(signing.ADDRESS.free + 2):
            services.begin_attempt(username=f"name{number}", address=LIBRARY)
        client = Client(REMOTE_ADDR=LIBRARY, raise_request_exception=False)
        assert client.get(page, HTTP_AUTHORIZATION=header).status_code in (302, 401, 429)
