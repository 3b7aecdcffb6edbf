"""Signing in, out, and being slowed down; the first visit."""

import datetime as dt
import io
import os
import re
import stat
import threading
from dataclasses import replace

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, RequestFactory

from apps.accounts import services
from apps.accounts.addresses import client_address
from apps.accounts.choices import Role
from apps.accounts.errors import AccountCode, AccountError
from apps.accounts.models import AuditEvent, SignInFailure, User
from apps.accounts.services import signing
from apps.accounts.services.first import is_setup_token
from tests.accounts.factories import PASSWORD, make_person

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/sign-in/"
SETUP = "/accounts/setup/"


@pytest.fixture
def alice() -> User:
    return make_person("alice", Role.SYSTEM)


@pytest.fixture
def keys(settings, tmp_path):
    settings.NODE = replace(settings.NODE, keys_dir=tmp_path / "keys")
    return tmp_path / "keys"


def sign_in(client: Client, password: str = PASSWORD, name: str = "alice", **more):
    return client.post(SIGN_IN, {"username": name, "password": password}, **more)


@pytest.mark.parametrize(
    ("wanted", "goal"),
    [
        ("/words/?x=1", "/words/?x=1"),
        ("", "/"),
        ("//elsewhere.example/", "/"),
        ("https://elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/\\elsewhere.example", "/"),
    ],
)
def test_after_signing_in_one_is_where_one_wanted_to_be_in_this_portal(client, alice, wanted, goal) -> None:
    response = client.post(SIGN_IN, {"username": "alice", "password": PASSWORD, "next": wanted})
    assert (response.status_code, response["Location"]) == (302, goal)
    event = AuditEvent.objects.get()
    assert (event.action, event.username, event.after) == (
        "accounts.sign-in",
        "alice",
        {"address": "127.0.0.1", "door": "form"},
    )
    assert client.get(SIGN_IN).status_code == 302


@pytest.mark.parametrize(
    ("name", "password"),
    [("alice", "wrong"), ("nobody", PASSWORD), ("", ""), ("alice\0", PASSWORD), ("x" * 999, "y" * 9999)],
)
def test_a_wrong_pair_is_refused_without_saying_which_half(client, alice, name, password) -> None:
    response = sign_in(client, password, name)
    assert response.status_code == 422
    assert "_auth_user_id" not in client.session
    if name in {"alice", "nobody"}:
        assert "Name and password do not belong together." in response.content.decode()


def test_guessing_becomes_slow_and_a_right_password_waits_too(client, alice) -> None:
    for _ in range(signing.PAIR.free + 1):
        assert "do not belong together" in sign_in(client, "wrong").content.decode()
    assert "Too many wrong passwords" in sign_in(client).content.decode()
    assert AuditEvent.objects.filter(action="accounts.sign-in-slowed", subject="user:alice").count() == 1
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(seconds=31)):
        assert sign_in(client).status_code == 302
    # Only the address remembers the wrong ones; the right one was given back to it.
    assert [row.failures for row in SignInFailure.objects.all()] == [signing.PAIR.free + 1]


def test_pauses_double_up_to_a_limit() -> None:
    waits = []
    at = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    for _ in range(15):
        with time_machine.travel(at, tick=False):
            assert not services.begin_attempt(username="alice", address="10.0.0.1")
            until = [row.blocked_until for row in SignInFailure.objects.exclude(blocked_until=None)]
            waits.append(max(until, default=at) - at)
            if waits[-1]:
                assert services.begin_attempt(username="ALICE ", address="10.0.0.1") == waits[-1]
        at += dt.timedelta(minutes=20)
    seconds = [wait.total_seconds() for wait in waits]
    assert seconds == [0] * 5 + [30, 60, 120, 240, 480] + [900] * 5


def test_a_stranger_elsewhere_does_not_lock_the_owner_out(client, alice) -> None:
    for _ in range(20):
        services.begin_attempt(username="alice", address="203.0.113.9")
    assert sign_in(client).status_code == 302


def test_many_names_from_one_address_are_slowed() -> None:
    tries = [
        services.begin_attempt(username=f"name{n}", address="10.0.0.1")
        for n in range(signing.ADDRESS.free + 2)
    ]
    assert not any(tries[:-1])
    assert tries[-1]


def test_counts_are_forgotten_after_a_day() -> None:
    at = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    with time_machine.travel(at, tick=False):
        for _ in range(10):
            services.begin_attempt(username="alice", address="10.0.0.1")
    with time_machine.travel(at + dt.timedelta(days=1, minutes=1), tick=False):
        assert not services.begin_attempt(username="alice", address="10.0.0.1")
        assert set(SignInFailure.objects.values_list("failures", flat=True)) == {1}


def test_names_are_not_kept_in_the_clear() -> None:
    services.begin_attempt(username="my secret password", address="10.0.0.1")
    assert all(
        re.fullmatch("[0-9a-f]{64}", key) for key in SignInFailure.objects.values_list("key", flat=True)
    )


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_gain_nothing() -> None:
    barrier, looked = threading.Barrier(8), []

    def guess() -> None:
        barrier.wait(10)
        try:
            looked.extend(not services.begin_attempt(username="alice", address="10.0.0.1") for _ in range(4))
        finally:
            connection.close()

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(looked) == 32
    assert sum(looked) == signing.PAIR.free + 1


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxy", "address"),
    [
        ("192.0.2.7", "", False, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", False, "192.0.2.7"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", True, "198.51.100.1"),
        ("10.0.0.1", "rubbish", True, "unknown"),
        ("10.0.0.1", "", True, "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", False, "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "", False, "192.0.2.7"),
        ("", "", False, "unknown"),
    ],
)
def test_addresses(settings, remote, forwarded, proxy, address) -> None:
    settings.NODE = replace(settings.NODE, behind_proxy=proxy)
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)) == address


def test_signing_out_is_a_post(client, alice) -> None:
    client.force_login(alice)
    assert client.get("/accounts/sign-out/").status_code == 405
    assert client.post("/accounts/sign-out/")["Location"] == SIGN_IN
    assert "You are signed out." in client.get(SIGN_IN).content.decode()
    assert client.get("/me/").status_code == 302


def test_ones_own_password(client, alice) -> None:
    client.force_login(alice)
    other = Client()
    other.force_login(alice)
    new = {"password1": "seven quiet herons", "password2": "seven quiet herons"}
    assert client.get("/accounts/password/").status_code == 200
    wrong = client.post("/accounts/password/", {"old_password": "no", **new})
    assert wrong.status_code == 422
    assert "This is not your password." in wrong.content.decode()
    assert client.post("/accounts/password/", {"old_password": PASSWORD, **new}).status_code == 302
    assert AuditEvent.objects.get().action == "accounts.own-password"
    assert client.get("/me/").status_code == 200
    assert other.get("/me/").status_code == 302
    for _ in range(signing.PAIR.free + 1):
        client.post("/accounts/password/", {"old_password": "no", **new})
    said = client.post("/accounts/password/", {"old_password": new["password1"], **new}).content.decode()
    assert "Too many wrong passwords" in said


def test_a_guess_during_a_pause_changes_nothing(client, alice) -> None:
    client.force_login(alice)
    new = {"password1": "seven quiet herons", "password2": "seven quiet herons"}
    for _ in range(signing.PAIR.free + 1):
        client.post("/accounts/password/", {"old_password": "no", **new})
    client.post("/accounts/password/", {"old_password": PASSWORD, **new})
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


class TestFirstVisit:
    DATA = {"username": "first", "password1": "seven quiet herons", "password2": "seven quiet herons"}

    def test_whoever_knows_the_word_becomes_administrator_once(self, client, keys) -> None:
        assert client.get(SIGN_IN)["Location"] == SETUP
        assert client.get(SETUP).status_code == 200
        token = services.setup_token()
        file = keys / "setup.token"
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
        assert token not in file.read_text()
        assert token not in client.get(SETUP).content.decode()
        assert client.post(SETUP, {**self.DATA, "token": token})["Location"] == "/first-steps/"
        user = User.objects.get()
        assert user.has_role(Role.SYSTEM)
        assert client.get("/accounts/people/").status_code == 200
        assert not file.exists()
        assert Client().get(SETUP).status_code == 404
        assert Client().post(SETUP, {**self.DATA, "token": token}).status_code == 404
        assert AuditEvent.objects.filter(action="accounts.create", subject="user:first").count() == 1

    @pytest.mark.parametrize("token", ["", "wrong", "wörter", "\0"])
    def test_a_stranger_is_refused(self, client, keys, token) -> None:
        assert client.post(SETUP, {**self.DATA, "token": token}).status_code == 422
        assert not User.objects.exists()

    def test_guessing_the_word_becomes_slow(self, client, keys) -> None:
        for _ in range(signing.PAIR.free + 1):
            client.post(SETUP, {**self.DATA, "token": "guess"})
        token = services.setup_token()
        response = client.post(SETUP, {**self.DATA, "token": token})
        assert "Too many wrong passwords" in response.content.decode()
        assert not User.objects.exists()

    def test_the_words_printed_last_are_good_until_one_is_used(self, keys) -> None:
        words = [services.setup_token() for _ in range(7)]
        assert len(set(words)) == 7
        assert [is_setup_token(f" {word}\n") for word in words] == [False] * 2 + [True] * 5
        make_person("alice", Role.SYSTEM)
        assert services.setup_token() is None
        assert not (keys / "setup.token").exists()
        assert list(keys.iterdir()) == []

    @pytest.mark.django_db(transaction=True)
    def test_of_many_who_try_at_once_one_succeeds(self, keys) -> None:
        token, barrier, ends = services.setup_token(), threading.Barrier(4), []

        def claim(n: int) -> None:
            barrier.wait(10)
            try:
                services.create_first_admin(username=f"first{n}", password="x", token=token)
                ends.append("made")
            except AccountError as error:
                ends.append(error.code)
            finally:
                connection.close()

        threads = [threading.Thread(target=claim, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert ends.count("made") == 1
        assert set(ends) <= {"made", AccountCode.SETUP_CLOSED, AccountCode.SETUP_TOKEN}
        assert User.objects.count() == 1

    def test_the_command(self, keys) -> None:
        out = io.StringIO()
        call_command("setup_token", stdout=out)
        assert is_setup_token(out.getvalue().split()[-1])
        out = io.StringIO()
        call_command("create_first_admin", "first", generate=True, stdout=out)
        password = re.search("password: (.*)", out.getvalue())[1]
        assert Client().login(username="first", password=password)
        with pytest.raises(CommandError, match="already has an administrator"):
            call_command("create_first_admin", "second", generate=True)
        out = io.StringIO()
        call_command("setup_token", stdout=out)
        assert out.getvalue() == ""

    @pytest.mark.parametrize(("text", "said"), [("short\n", "too short"), ("12345678901\n", "numeric")])
    def test_the_command_judges_passwords(self, keys, monkeypatch, text, said) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        with pytest.raises(CommandError, match=said):
            call_command("create_first_admin", "first", password_stdin=True)

    def test_the_command_reads_a_password(self, keys, monkeypatch) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("seven quiet herons\n"))
        call_command("create_first_admin", "first", password_stdin=True, stdout=io.StringIO())
        assert User.objects.get().check_password("seven quiet herons")
