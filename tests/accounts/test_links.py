"""One-time links: looking uses nothing, a form uses them once."""

import datetime as dt
import threading

import pytest
import time_machine
from django.db import connection
from django.test import Client

from apps.accounts import services
from apps.accounts.choices import Role
from apps.accounts.errors import AccountError
from apps.accounts.models import AuditEvent, OneTimeLink, User
from apps.accounts.services import signing
from tests.accounts.factories import make_person

pytestmark = pytest.mark.django_db
NEW = {"password1": "seven quiet herons", "password2": "seven quiet herons"}


@pytest.fixture
def alice() -> User:
    return make_person("alice", Role.SYSTEM)


@pytest.fixture
def bob() -> User:
    return make_person("bob", Role.LIBRARIAN)


def page(text: str) -> str:
    return f"/accounts/link/{text}/"


def test_a_scanner_looks_first_and_uses_nothing(alice, bob) -> None:
    boss = Client()
    boss.force_login(alice)
    made = boss.post(f"/accounts/people/{bob.pk}/link/")
    text = made.context["address"].rstrip("/").rpartition("/")[2]
    assert text not in str(list(OneTimeLink.objects.values()))
    for method in ("get", "head", "get"):
        answer = getattr(Client(), method)(page(text))
        assert answer.status_code == 200
        assert answer["Referrer-Policy"] == "same-origin"
    wrong = Client().post(page(text), {**NEW, "password2": "other"})
    assert wrong.status_code == 422
    assert Client().post(page(text), NEW)["Location"] == "/accounts/sign-in/"
    assert User.objects.get(pk=bob.pk).check_password(NEW["password1"])
    for method in ("get", "post"):
        answer = getattr(Client(), method)(page(text), NEW if method == "post" else {})
        assert answer.status_code == 404
        assert "was used, or is too old" in answer.content.decode()
    acts = list(AuditEvent.objects.order_by("pk").values_list("action", "username"))
    assert acts == [
        ("accounts.link-make", "alice"),
        ("accounts.link-use", "bob"),
        ("accounts.own-password", "bob"),
    ]


def test_it_ends_by_time_by_a_newer_one_and_by_what_changes(alice, bob) -> None:
    first = services.make_link(person=bob, by=alice)
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=3, seconds=1)):
        assert services.find_link(first) is None
    second = services.make_link(person=bob, by=alice)
    assert (services.find_link(first), services.find_link(second) is not None) == (None, True)
    services.set_password(person=bob, password="x", by=alice)
    assert services.find_link(second) is None
    third = services.make_link(person=bob, by=alice)
    services.change_person(person=bob, by=alice, is_active=False)
    assert services.find_link(third) is None
    with pytest.raises(AccountError):
        services.make_link(person=User.objects.get(pk=bob.pk), by=alice)


def test_a_second_factor_stays(alice, bob) -> None:
    User.objects.filter(pk=bob.pk).update(second_factor=True)
    services.use_link(text=services.make_link(person=bob, by=alice), password=NEW["password1"])
    assert User.objects.get(pk=bob.pk).second_factor


def test_guessing_links_becomes_slow(client) -> None:
    statuses = [client.get(page(f"guess{n}")).status_code for n in range(signing.PAIR.free + 2)]
    assert (statuses[0], statuses[-1]) == (404, 429)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_use_it_at_once_one_does() -> None:
    alice, bob = make_person("alice", Role.SYSTEM), make_person("bob")
    text, barrier, ends = services.make_link(person=bob, by=alice), threading.Barrier(4), []

    def use() -> None:
        barrier.wait(10)
        try:
            services.use_link(text=text, password="x")
            ends.append("used")
        except AccountError as error:
            ends.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(ends) == ["no-link", "no-link", "no-link", "used"]
