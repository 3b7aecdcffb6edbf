"""Sessions: seen, ended, and over at once when their person may no more."""

import datetime as dt

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import ProtectedError
from django.test import Client

from apps.accounts import services
from apps.accounts.choices import Role
from apps.accounts.lists import browser_name
from apps.accounts.models import ApiToken, AuditEvent, PortalSession, User
from tests.accounts.factories import PASSWORD, make_person, make_session, make_token

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def alice() -> User:
    return make_person("alice", Role.SYSTEM)


@pytest.fixture
def bob() -> User:
    return make_person("bob", Role.LIBRARIAN)


def signed_in(name: str, **headers) -> Client:
    client = Client(headers=headers)
    assert client.post("/accounts/sign-in/", {"username": name, "password": PASSWORD}).status_code == 302
    return client


def inside(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def row_of(client: Client) -> PortalSession:
    return PortalSession.objects.get(pk=client.session.session_key)


def test_a_session_tells_where_it_is(bob) -> None:
    client = signed_in("bob", user_agent=FIREFOX)
    row = row_of(client)
    assert (row.user, row.door, row.address, row.agent) == (bob, "form", "127.0.0.1", FIREFOX)
    page = client.get("/me/").content.decode()
    assert "Firefox, Linux" in page
    assert "this one" in page
    # What a page changes in the session leaves its story as it was.
    client.post("/me/ways/", {"language": "", "time_zone": "Asia/Tokyo"})
    again = row_of(client)
    assert (again.number, again.began_at, again.agent) == (row.number, row.began_at, row.agent)


def test_it_is_seen_every_five_minutes(bob) -> None:
    client = signed_in("bob")
    at = dt.datetime.now(dt.UTC)
    with time_machine.travel(at + dt.timedelta(minutes=4), tick=False):
        client.get("/me/")
        assert row_of(client).seen_at < at + dt.timedelta(minutes=4)
    with time_machine.travel(at + dt.timedelta(minutes=6), tick=False):
        client.get("/me/")
        assert row_of(client).seen_at == at + dt.timedelta(minutes=6)


def test_a_clock_that_was_ahead_does_not_stay_as_when_it_was_seen(bob) -> None:
    client, text = signed_in("bob"), make_token(bob, "status")
    at = dt.datetime.now(dt.UTC)
    with time_machine.travel(at + dt.timedelta(days=4000), tick=False):
        PortalSession.objects.update(seen_at=dt.datetime.now(dt.UTC))
        services.note_use(token=ApiToken.objects.get(), address="10.0.0.1")
    client.get("/me/")
    services.note_use(token=ApiToken.objects.get(), address="10.0.0.1")
    assert row_of(client).seen_at < at + dt.timedelta(days=1)
    assert ApiToken.objects.get().last_used_at < at + dt.timedelta(days=1)
    assert text


def test_one_ends_ones_own(bob) -> None:
    here, there = signed_in("bob"), signed_in("bob")
    other = row_of(there)
    assert here.post(f"/me/sessions/{other.number}/end/").status_code == 302
    assert (inside(here), inside(there)) == (True, False)
    event = AuditEvent.objects.get(action="accounts.session-end")
    assert (event.username, event.subject, event.before["door"]) == ("bob", "user:bob", "form")
    assert here.post(f"/me/sessions/{other.number}/end/").status_code == 404


def test_nobody_ends_anothers_but_the_administrator(alice, bob) -> None:
    session = make_session(bob)
    carol, boss = signed_in(make_person("carol", Role.NETWORK).username), signed_in("alice")
    assert carol.post(f"/me/sessions/{session.number}/end/").status_code == 404
    address = f"/accounts/people/{bob.pk}/sessions/{session.number}/end/"
    assert carol.post(address).status_code == 403
    assert PortalSession.objects.filter(pk=session.pk).exists()
    assert boss.get(f"/accounts/people/{bob.pk}/access/").status_code == 200
    assert boss.post(f"/accounts/people/{alice.pk}/sessions/{session.number}/end/").status_code == 404
    assert boss.post(address).status_code == 302
    assert not PortalSession.objects.filter(pk=session.pk).exists()
    assert AuditEvent.objects.get(action="accounts.session-end").username == "alice"
    # Ones own is left by signing out.
    own = row_of(boss)
    for path in (
        f"/me/sessions/{own.number}/end/",
        f"/accounts/people/{alice.pk}/sessions/{own.number}/end/",
    ):
        assert boss.post(path).status_code == 302
    boss.post(f"/accounts/people/{alice.pk}/end-all/")
    assert inside(boss)


def test_a_new_password_keeps_this_session_and_its_story(bob) -> None:
    client = signed_in("bob", user_agent=FIREFOX)
    began = row_of(client).began_at
    new = {"password1": "seven quiet herons", "password2": "seven quiet herons"}
    assert client.post("/accounts/password/", {"old_password": PASSWORD, **new}).status_code == 302
    assert inside(client)
    assert (row_of(client).began_at, row_of(client).agent) == (began, FIREFOX)
    assert PortalSession.objects.filter(user=bob).count() == 1


def test_everywhere_else_at_once(bob) -> None:
    here, there = signed_in("bob"), signed_in("bob")
    assert "stay signed in here" in here.get("/me/sessions/end-all/").content.decode()
    here.post("/me/sessions/end-all/")
    assert inside(there)
    here.post("/me/sessions/end-all/", {"confirmed": "yes"})
    assert (inside(here), inside(there)) == (True, False)
    boss = signed_in(make_person("boss", Role.SYSTEM).username)
    boss.post(f"/accounts/people/{bob.pk}/end-all/")
    assert not inside(here)


@pytest.mark.parametrize("change", [{"is_active": False}, {"roles": []}, {"roles": ["reader"]}])
def test_a_lost_role_or_account_ends_sessions_at_the_next_request(alice, bob, change) -> None:
    client = signed_in("bob")
    session = row_of(client)
    services.change_person(person=bob, by=alice, **change)
    assert not inside(client)
    assert not PortalSession.objects.filter(pk=session.pk).exists()


def test_a_session_is_bound_to_the_version_of_access(bob) -> None:
    """Also where its row was read before the others were deleted."""
    client = signed_in("bob")
    User.objects.filter(pk=bob.pk).update(access_version=bob.access_version + 1)
    assert not inside(client)


def test_a_gained_role_ends_nothing(alice, bob) -> None:
    client = signed_in("bob")
    services.change_person(person=bob, by=alice, roles=["librarian", "network"])
    assert inside(client)


def test_a_download_that_is_asked_for_later_is_refused(alice, bob) -> None:
    services.change_person(person=bob, by=alice, roles=["system", "librarian"])
    client = signed_in("bob")
    export = "/accounts/audit/?format=csv"
    assert client.get(export).status_code == 200
    services.change_person(person=bob, by=alice, roles=["librarian"])
    assert client.get(export).status_code == 302
    client = signed_in("bob")
    assert client.get(export).status_code == 403


def test_an_old_request_does_not_undo_a_newer_version(alice, bob) -> None:
    """A person read before a change must not write the old version back."""
    stale = User.objects.get(pk=bob.pk)
    services.end_all(person=bob, by=alice)
    services.set_password(person=stale, password="seven quiet herons", by=alice)
    assert User.objects.get(pk=bob.pk).access_version == 3


def test_a_person_is_never_deleted(bob) -> None:
    with pytest.raises(ProtectedError):
        bob.delete()
    with pytest.raises(ProtectedError):
        User.objects.filter(pk=bob.pk).delete()
    assert User.objects.filter(pk=bob.pk).exists()


def test_what_is_over_is_cleared(bob) -> None:
    signed_in("bob")
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=2)):
        assert not services.sessions_of(bob).exists()
        call_command("clearsessions")
    assert not PortalSession.objects.exists()


def test_pages_speak_as_their_person_wants(alice, bob) -> None:
    client = signed_in("bob")
    assert "Times are in UTC" in client.get("/me/").content.decode()
    data = {"language": "en", "time_zone": "Asia/Tokyo"}
    assert client.post("/me/ways/", data).status_code == 302
    assert "Times are in Asia/Tokyo" in client.get("/me/").content.decode()
    assert "Times are in UTC" in signed_in("alice").get("/me/").content.decode()
    for wrong in ({"time_zone": "Mars/Olympus"}, {"language": "tlh"}):
        assert client.post("/me/ways/", {**data, **wrong}).status_code == 422
    User.objects.filter(pk=bob.pk).update(time_zone="No/Where", language="tlh")
    assert "Times are in UTC" in client.get("/me/").content.decode()


def test_a_language_of_ones_own_goes_before_the_browsers(bob, settings) -> None:
    """The catalogue of the framework stands for ours: its months are enough to see it."""
    User.objects.filter(pk=bob.pk).update(language="es")
    client = signed_in("bob", accept_language="de")
    answer = client.get("/me/")
    assert answer["Content-Language"] == "es"
    assert 'lang="es"' in answer.content.decode()


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge, Windows",
        ),
        ("curl/8.5.0", "curl"),
        ("", "unknown"),
    ],
)
def test_browsers_have_names(agent, name) -> None:
    assert browser_name(agent) == name
