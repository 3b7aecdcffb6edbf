"""Two administrators at the same moment: nothing is taken back unseen, nobody waits for each other for ever."""

import threading

import pytest
from django.db import connection, transaction
from django.test import Client

from apps.accounts import services
from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent, OneTimeLink, User
from tests.accounts.factories import make_person


def form_of(client: Client, person: User) -> dict:
    """What a browser would send back of the page unchanged."""
    form = client.get(f"/accounts/people/{person.pk}/").context["form"]
    return {field.name: field.value() for field in form if field.value() not in (None, False)}


@pytest.mark.django_db
def test_an_old_form_does_not_give_back_what_somebody_took_meanwhile() -> None:
    alice, zoe, bob = make_person("alice", Role.SYSTEM), make_person("zoe", Role.SYSTEM), make_person("bob")
    services.change_person(person=bob, by=alice, roles=[Role.SYSTEM])
    client = Client()
    client.force_login(zoe)
    old = form_of(client, bob)
    services.change_person(person=bob, by=alice, roles=[], is_active=False)
    answer = client.post(f"/accounts/people/{bob.pk}/", {**old, "first_name": "Robert"})
    assert answer.status_code == 422
    assert "changed by somebody else" in answer.content.decode()
    bob.refresh_from_db()
    assert (bob.roles, bob.is_active, bob.first_name) == ([], False, "")
    # The page that says so holds what counts now, and what was typed.
    form = answer.context["form"]
    again = {**form_of(client, bob), "first_name": form["first_name"].value()}
    assert again["first_name"] == "Robert"
    assert form["seen"].value() == again["seen"]
    assert client.post(f"/accounts/people/{bob.pk}/", again).status_code == 302
    bob.refresh_from_db()
    assert (bob.roles, bob.is_active, bob.first_name) == ([], False, "Robert")


@pytest.mark.django_db
@pytest.mark.parametrize("seen", [{}, {"seen": ""}, {"seen": "  "}, {"seen": "0" * 64}])
def test_a_form_that_does_not_say_what_it_showed_changes_nothing(seen) -> None:
    alice, bob = make_person("alice", Role.SYSTEM), make_person("bob", Role.LIBRARIAN)
    client = Client()
    client.force_login(alice)
    answer = client.post(
        f"/accounts/people/{bob.pk}/",
        {"first_name": "Robert", "roles": ["system"], "is_active": "on", **seen},
    )
    assert answer.status_code == 422
    said = (
        "changed by somebody else"
        if seen.get("seen", "").strip()
        else "does not say which state of this person"
    )
    assert said in answer.content.decode()
    assert not AuditEvent.objects.filter(action="accounts.change").exists()
    bob.refresh_from_db()
    assert (bob.roles, bob.first_name) == (["librarian"], "")
    # The page holds what counts now: saved again it is taken.
    form = answer.context["form"]
    assert form["seen"].value() == services.mark_of(bob)
    again = {**form_of(client, bob), "first_name": form["first_name"].value()}
    assert client.post(f"/accounts/people/{bob.pk}/", again).status_code == 302


def _while_held(hold, then, other) -> list:
    """``hold`` in a transaction; ``other`` begins in another one and waits; then ``then``. Faults of either."""
    faults, begun = [], threading.Event()

    def beside() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                pid.append(cursor.fetchone()[0])
            begun.set()
            other()
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    pid: list[int] = []
    thread = threading.Thread(target=beside)
    try:
        with transaction.atomic():
            hold()
            thread.start()
            begun.wait(10)
            _wait_until_blocked(pid[0])
            then()
    except Exception as error:
        faults.append(error)
    thread.join(20)
    return faults


def _wait_until_blocked(pid: int) -> None:
    with connection.cursor() as cursor:
        for _ in range(500):
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s)), pg_sleep(0.02)", [pid])
            if cursor.fetchone()[0]:
                return
    raise AssertionError("the other one did not wait")


@pytest.mark.django_db(transaction=True)
def test_a_password_and_a_role_are_set_at_the_same_moment() -> None:
    alice, bob = make_person("alice", Role.SYSTEM), make_person("bob")
    faults = _while_held(
        hold=lambda: User.objects.select_for_update().get(pk=bob.pk),
        other=lambda: services.change_person(person=bob, by=alice, roles=[Role.READER]),
        then=lambda: services.set_password(person=bob, password="seven quiet herons", by=alice),
    )
    assert faults == []
    bob.refresh_from_db()
    assert bob.roles == [Role.READER]
    assert bob.check_password("seven quiet herons")


@pytest.mark.django_db(transaction=True)
def test_a_link_is_used_while_a_newer_one_is_made() -> None:
    alice, bob = make_person("alice", Role.SYSTEM), make_person("bob")
    text = services.make_link(person=bob, by=alice)
    faults = _while_held(
        hold=lambda: User.objects.select_for_update().get(pk=bob.pk),
        other=lambda: services.use_link(text=text, password="seven quiet herons"),
        then=lambda: services.make_link(person=bob, by=alice),
    )
    # The older link is good no more: that is all that may be said of it.
    assert [getattr(fault, "code", fault) for fault in faults] == ["no-link"]
    assert OneTimeLink.objects.filter(used_at=None).count() == 2
