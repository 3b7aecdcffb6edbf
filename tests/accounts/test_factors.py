"""Second factors: set up, asked for, recovered from, demanded by a role."""

import datetime as dt
import re
import threading
from dataclasses import replace

import pytest
import time_machine
from allauth.account.utils import url_str_to_user_pk
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.db import connection
from django.test import Client

from apps.accounts import services
from apps.accounts.choices import Role
from apps.accounts.errors import AccountError
from apps.accounts.mfa import PortalMfaAdapter
from apps.accounts.models import AuditEvent, PortalSession, User
from apps.accounts.passkeys import may_have_passkeys
from apps.accounts.services import factors as second_factors
from apps.accounts.services import signing
from tests.accounts.factories import PASSWORD, make_person, make_token

pytestmark = pytest.mark.django_db
SIGN_IN, SECOND, APP = "/accounts/sign-in/", "/accounts/second/", "/me/factors/app/"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
AT = dt.datetime(2026, 11, 21, 6, 12, 5, tzinfo=dt.UTC)
STEP = dt.timedelta(seconds=30)


@pytest.fixture
def bob() -> User:
    return make_person("bob", Role.LIBRARIAN)


def code(at: dt.datetime, secret: str = SECRET) -> str:
    return format_hotp_value(hotp_value(secret, int(at.timestamp()) // 30))


def with_app(user: User, at: dt.datetime = AT) -> list[str]:
    """An app set up at ``at``; the recovery codes."""
    with time_machine.travel(at, tick=False):
        second_factors.add_totp(user=user, secret=SECRET, code=code(at))
        codes = second_factors.new_recovery_codes(user=user)
    user.refresh_from_db()
    return codes


def half_way(name: str = "bob") -> Client:
    client = Client()
    answer = client.post(SIGN_IN, {"username": name, "password": PASSWORD, "next": "/aus/"})
    assert answer["Location"] == SECOND
    assert client.get("/me/").status_code == 302
    return client


def give(client: Client, text: str):
    return client.post(SECOND, {"code": text})


def test_an_app_is_set_up_and_asked_for(bob) -> None:
    client = Client()
    client.force_login(bob)
    with time_machine.travel(AT, tick=False):
        page = client.get(APP).content.decode()
        secret = re.search(r'id="totp-secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
        assert secret == client.session["_totp_secret"]
        assert "<svg" in page
        assert "style=" not in page
        data = {"code": code(AT, secret), "proof": PASSWORD}
        for wrong in ({"proof": "no"}, {"code": "000000"}, {"code": ""}):
            assert client.post(APP, {**data, **wrong}).status_code == 422
            assert not User.objects.get(pk=bob.pk).second_factor
        done = client.post(APP, data)
        assert done.status_code == 200
        assert len(re.findall(r"<li><code>\d{8}</code>", done.content.decode())) == 10
        assert User.objects.get(pk=bob.pk).second_factor
        assert secret not in str(Authenticator.objects.get(type="totp").data)
        assert AuditEvent.objects.filter(action="accounts.factor-add").count() == 1
        # The code that set it up is used.
        assert give(half_way(), code(AT, secret)).status_code == 422
    with time_machine.travel(AT + STEP, tick=False):
        other = half_way()
        answer = give(other, code(AT + STEP, secret))
        assert (answer.status_code, answer["Location"]) == (302, "/aus/")
        assert other.get("/me/").status_code == 200
        assert PortalSession.objects.get(pk=other.session.session_key).door == "second"


@pytest.mark.parametrize(("steps", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_half_a_minute(bob, steps, fits) -> None:
    with_app(bob, AT - 10 * STEP)
    with time_machine.travel(AT, tick=False):
        assert second_factors.use_code(user=bob, code=code(AT + steps * STEP)) is fits


def test_a_code_is_good_once_and_none_before_it(bob) -> None:
    with_app(bob, AT - 10 * STEP)
    with time_machine.travel(AT, tick=False):
        assert second_factors.use_code(user=bob, code=" ".join(code(AT)))
        assert not second_factors.use_code(user=bob, code=code(AT))
        assert not second_factors.use_code(user=bob, code=code(AT - STEP))
        assert second_factors.use_code(user=bob, code=code(AT + STEP))


@pytest.mark.django_db(transaction=True)
def test_a_code_that_is_given_twice_at_once_is_good_once() -> None:
    bob = make_person("bob")
    codes = with_app(bob, AT - 10 * STEP)
    for text in (code(AT), codes[3]):
        barrier, ends = threading.Barrier(4), []

        def use(text=text, barrier=barrier, ends=ends) -> None:
            barrier.wait(10)
            try:
                ends.append(second_factors.use_code(user=bob, code=text))
            finally:
                connection.close()

        with time_machine.travel(AT, tick=False):
            threads = [threading.Thread(target=use) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
        assert sorted(ends) == [False, False, False, True]


def test_recovery_codes(bob) -> None:
    codes = with_app(bob)
    client = half_way()
    assert give(client, codes[2]).status_code == 302
    assert "You used a recovery code. 9 are left." in client.get("/me/").content.decode()
    assert give(half_way(), codes[2]).status_code == 422
    event = AuditEvent.objects.get(action="accounts.recovery-code-used")
    assert (event.subject, event.after) == ("user:bob", {"left": 9})
    assert "9 are left" in client.get("/me/factors/").content.decode()
    assert client.post("/me/factors/codes/", {"proof": "no"}).status_code == 422
    made = client.post("/me/factors/codes/", {"proof": PASSWORD}).content.decode()
    assert give(half_way(), codes[3]).status_code == 422
    assert give(half_way(), re.search(r"<li><code>(\d{8})", made)[1]).status_code == 302


def test_the_step_between_lets_nobody_in(bob, settings) -> None:
    with_app(bob)
    assert Client().get(SECOND)["Location"] == SIGN_IN
    assert Client().post(SECOND, {"code": "000000"})["Location"] == SIGN_IN
    client = half_way()
    for path in ("/aus/", "/me/factors/", "/accounts/password/"):
        assert client.get(path).status_code == 302
    assert client.get("/me/whoami/").status_code == 401


def test_the_step_between_ends_with_time_and_with_what_changes(bob) -> None:
    with_app(bob)
    client = half_way()
    assert client.get(SECOND).status_code == 200
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=11)):
        assert client.get(SECOND)["Location"] == SIGN_IN
    services.set_password(person=bob, password="seven quiet herons", by=bob)
    assert client.get(SECOND)["Location"] == SIGN_IN


def test_guessing_codes_becomes_slow_and_the_password_buys_no_new_guesses(bob) -> None:
    codes = with_app(bob)
    client = half_way()
    for n in range(signing.PAIR.free):
        assert "neither the code of now" in give(client, f"00000{n}").content.decode()
    assert "Too many" in give(client, codes[0]).content.decode()
    again = Client().post(SIGN_IN, {"username": "bob", "password": PASSWORD})
    assert "Too many" in again.content.decode()


def test_factors_are_taken_away(bob) -> None:
    codes = with_app(bob)
    client = half_way()
    give(client, codes[0])
    factor = second_factors.factors_of(bob).get()
    page = f"/me/factors/{factor.pk}/remove/"
    assert client.get(page).status_code == 200
    assert client.post(page, {"proof": "no"}).status_code == 422
    assert client.post(page, {"proof": PASSWORD}).status_code == 302
    assert not Authenticator.objects.filter(user=bob).exists()
    assert not User.objects.get(pk=bob.pk).second_factor
    assert client.get(page).status_code == 404


def test_not_the_last_one_where_a_role_needs_it(bob, settings) -> None:
    with_app(bob)
    settings.NODE = replace(settings.NODE, second_factor_roles=("librarian",))
    client = Client()
    client.force_login(bob)
    factor = second_factors.factors_of(bob).get()
    answer = client.post(f"/me/factors/{factor.pk}/remove/", {"proof": PASSWORD})
    assert "Your role needs" in answer.content.decode()
    assert User.objects.get(pk=bob.pk).second_factor


def test_others_factors_are_not_there(bob) -> None:
    with_app(bob)
    client = Client()
    client.force_login(make_person("carol"))
    factor = second_factors.factors_of(bob).get()
    assert client.post(f"/me/factors/{factor.pk}/remove/", {"proof": PASSWORD}).status_code == 404


def test_a_role_may_need_one_and_leads_to_it(bob, settings) -> None:
    settings.NODE = replace(settings.NODE, second_factor_roles=("librarian", "system"))
    client = Client()
    client.post(SIGN_IN, {"username": "bob", "password": PASSWORD})
    for path in ("/", "/me/", "/aus/", "/me/tokens/new/"):
        assert client.get(path)["Location"] == "/me/factors/"
    assert "Your role needs a second factor" in client.get("/me/factors/").content.decode()
    with time_machine.travel(AT, tick=False):
        client.get(APP)
        secret = client.session["_totp_secret"]
        assert client.post(APP, {"code": code(AT, secret), "proof": PASSWORD}).status_code == 200
        assert client.get("/me/").status_code == 200
    reader = Client()
    reader.force_login(make_person("rita", Role.READER))
    assert reader.get("/me/").status_code == 200


def test_an_administrator_takes_them_away_and_it_is_recorded(bob) -> None:
    with_app(bob)
    alice = make_person("alice", Role.SYSTEM)
    text = make_token(bob, "status")
    inside = Client()
    inside.force_login(bob)
    page = f"/accounts/people/{bob.pk}/factors/"
    carol = Client()
    carol.force_login(make_person("carol", Role.NETWORK))
    assert carol.post(page, {"confirmed": "yes"}).status_code == 403
    boss = Client()
    boss.force_login(alice)
    assert "Make sure that it is them" in boss.get(page).content.decode()
    boss.post(page)
    assert User.objects.get(pk=bob.pk).second_factor
    boss.post(page, {"confirmed": "yes"})
    assert not User.objects.get(pk=bob.pk).second_factor
    assert not Authenticator.objects.filter(user=bob).exists()
    event = AuditEvent.objects.get(action="accounts.factors-reset")
    assert (event.username, event.subject, event.before) == (
        "alice",
        "user:bob",
        {"names": ["authenticator app"]},
    )
    assert inside.get("/me/").status_code == 302
    assert Client().get("/me/whoami/", headers={"Authorization": f"Bearer {text}"}).status_code == 401
    # Not for oneself: who stole this session would be rid of the factor.
    with_app(alice)
    with pytest.raises(AccountError):
        second_factors.reset_factors(person=alice, by=alice)


@pytest.mark.parametrize(
    "answer",
    [
        *("", "x", "[]", "{}", '{"id": 1, "response": {}}', '{"response": {"userHandle": "!"}}'),
        pytest.param("[" * 5_000, id="deep"),
        pytest.param('{"response": ' * 1_500, id="deep-objects"),
        pytest.param('{"id": ' * 600 + "1" + "}" * 600, id="less-deep"),
    ],
)
@pytest.mark.parametrize("path", ["/accounts/passkey/", SECOND, "/me/factors/passkey/"])
def test_what_is_no_passkey_is_refused(bob, settings, path, answer) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    with_app(bob)
    client = half_way()
    if path.startswith("/me/"):
        client.force_login(User.objects.get(pk=bob.pk))
    assert client.get(path, headers={"Host": "localhost"}).status_code == 200
    data = {"answer": answer, "name": "key", "proof": PASSWORD}
    told = client.post(path, data, headers={"Host": "localhost"})
    assert told.status_code == 422
    page = told.content.decode()
    assert re.search(r'role="alert">[^<]', page)
    # The script asks the browser anew where no answer stands.
    assert not re.search(r'<input[^>]*name="answer"[^>]*value', page)
    assert Authenticator.objects.filter(type="webauthn").count() == 0


@pytest.mark.parametrize("pk", [1, 9, 10, 35, 36, 4711, 2**40])
def test_the_handle_of_a_passkey_names_its_owner(pk) -> None:
    handle = PortalMfaAdapter().get_public_key_credential_user_entity(User(pk=pk, username="bob"))["id"]
    assert url_str_to_user_pk(handle.decode()) == pk


def test_passkeys_want_a_host_name(client, settings) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    make_person("alice", Role.SYSTEM)
    assert "/accounts/passkey/" in client.get(SIGN_IN, headers={"Host": "localhost"}).content.decode()
    assert "/accounts/passkey/" not in client.get(SIGN_IN, headers={"Host": "127.0.0.1"}).content.decode()
    assert (
        "under another address"
        in client.get("/accounts/passkey/", headers={"Host": "127.0.0.1"}).content.decode()
    )


def test_unknown_names_and_second_factors_get_the_same_answer(bob) -> None:
    with_app(bob)
    answers = {
        re.sub(
            r'value="[^"]*"',
            "",
            Client().post(SIGN_IN, {"username": name, "password": "no"}).content.decode(),
        )
        for name in ("bob", "nobody")
    }
    assert len({re.sub(r"(bob|nobody)", "", answer) for answer in answers}) == 1


@pytest.mark.parametrize(
    ("public", "content", "hosts", "named"),
    [
        ("https://lockss.example", "https://content.example", (), "https://lockss.example"),
        ("http://127.0.0.1:8000", "http://127.0.0.2:8001", ("localhost",), "http://localhost:8000"),
        # Preserved pages are shown there, and cookies ignore ports.
        ("http://127.0.0.1:8000", "http://localhost:8001", ("localhost",), ""),
        ("http://lockss.example", "http://content.example", ("[::1]", "*.example"), ""),
    ],
)
def test_an_address_of_numbers_names_one_that_works(
    client, bob, settings, public, content, hosts, named
) -> None:
    client.force_login(bob)
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.NODE = replace(settings.NODE, public_url=public, content_url=content, allowed_hosts=hosts)
    for path in ("/me/factors/", "/me/factors/passkey/"):
        page = client.get(path, headers={"Host": "127.0.0.1:8000"}).content.decode()
        assert (f'<a href="{named}{path}">' in page) == bool(named)
        assert ("public_url" in page) == (not named)
        assert "Make a passkey" not in page


@pytest.mark.parametrize("host", ["[::1]", "[::1]:8000", "127.0.0.1", "192.0.2.7:443"])
def test_no_address_of_numbers_is_a_relying_party(rf, settings, host) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    assert not may_have_passkeys(rf.get("/", secure=True, headers={"host": host}))
    assert may_have_passkeys(rf.get("/", secure=True, headers={"host": "lockss.example:8443"}))
