"""Tokens and Basic: who is let in by which door, how far, and when no more."""

import base64
import datetime as dt
import re
import threading
import uuid
from dataclasses import replace
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts import services
from apps.accounts.api import (
    HasRole,
    HasScope,
    PortalAuthentication,
    access_required,
    authenticate_request,
)
from apps.accounts.choices import Door, Role, Scope
from apps.accounts.errors import AccountCode, AccountError, Refused, RefusedCode
from apps.accounts.models import ApiToken, AuditEvent, SignInFailure, User
from apps.accounts.services import signing
from tests.accounts.factories import PASSWORD, make_person, make_token

pytestmark = pytest.mark.django_db
WHO = "/me/whoami/"
NEW = "/me/tokens/new/"


@pytest.fixture
def alice() -> User:
    return make_person("alice", Role.SYSTEM)


@pytest.fixture
def bob() -> User:
    return make_person("bob", Role.LIBRARIAN)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def who(headers: dict[str, str] | None = None, client: Client | None = None):
    return (client or Client()).get(WHO, headers=headers or {})


def asked(headers: dict[str, str], path: str = "/", method: str = "get"):
    return getattr(RequestFactory(), method)(path, headers=headers)


def test_a_token_lets_its_program_in_as_its_person(bob) -> None:
    text = make_token(bob, "status", "reports")
    for headers in (bearer(text), basic("bob", text), basic("BOB", text)):
        answer = who(headers)
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "no-store"
        said = answer.json()
        assert (said["name"], said["door"], said["scopes"]) == ("bob", "token", ["status", "reports"])
    row = ApiToken.objects.get()
    assert (row.last_address, row.last_used_at is not None) == ("127.0.0.1", True)
    assert text not in str(row.__dict__)
    assert row.digest != text
    assert not SignInFailure.objects.exists()


def test_use_is_noted_to_a_minute(bob, django_assert_num_queries) -> None:
    text = make_token(bob, "status")
    who(bearer(text))
    with django_assert_num_queries(1):
        who(bearer(text))


@pytest.mark.parametrize(
    "headers",
    [
        bearer("lpt_wrong"),
        bearer(""),
        bearer("wrong"),
        basic("bob", "lpt_wrong"),
        basic("bob", "wrong"),
        basic("nobody", PASSWORD),
        {"Authorization": "Basic ====="},
        {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe").decode()},
        {"Authorization": "Basic " + base64.b64encode(b"bob").decode()},
        {"Authorization": "Bearer " + "x" * 9000},
        basic("bo\0b", PASSWORD),
    ],
)
def test_what_is_wrong_gets_one_answer(bob, headers) -> None:
    answer = who(headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Basic realm=")
    assert answer.json()["code"] == RefusedCode.WRONG


def test_nobody_is_asked_who_they_are(bob) -> None:
    answer = who()
    assert (answer.status_code, answer.json()["code"]) == (401, RefusedCode.NOBODY)
    assert authenticate_request(asked({})) is None
    assert authenticate_request(asked({"Authorization": "Digest x"})) is None


def test_a_token_under_another_name_is_refused(alice, bob) -> None:
    assert who(basic("alice", make_token(bob, "status"))).status_code == 401


def test_basic_with_a_password_lets_old_clients_in(bob) -> None:
    said = who(basic("bob", PASSWORD)).json()
    assert (said["name"], said["door"], said["scopes"]) == ("bob", "basic", None)


def test_whoever_has_a_second_factor_is_refused_with_a_password_alone(bob, settings) -> None:
    text = make_token(bob, "status")
    User.objects.filter(pk=bob.pk).update(second_factor=True)
    right, wrong = who(basic("bob", PASSWORD)), who(basic("bob", "wrong"))
    assert right.status_code == wrong.status_code == 401
    assert right.content == wrong.content
    # A right password gives nothing back to the count either: it would tell that it was right.
    assert {row.failures for row in SignInFailure.objects.all()} == {2}
    assert who(bearer(text)).status_code == 200


def test_where_a_second_factor_is_demanded_and_missing_nothing_opens(bob, settings) -> None:
    text = make_token(bob, "status")
    settings.NODE = replace(settings.NODE, second_factor_roles=("librarian",))
    assert who(basic("bob", PASSWORD)).status_code == 401
    answer = who(bearer(text))
    assert (answer.status_code, answer.json()["code"]) == (403, RefusedCode.SECOND_FACTOR)
    client = Client()
    client.force_login(bob)
    assert who(client=client).status_code == 403
    assert client.get("/me/")["Location"] == "/me/factors/"


def test_a_token_reaches_as_far_as_its_scopes_and_its_person() -> None:
    carol = make_person("carol", Role.REPORTS, Role.LIBRARIAN)

    @access_required(Scope.REPORTS, Role.REPORTS)
    def report(request) -> HttpResponse:
        return HttpResponse(request.user.username)

    def status(text: str) -> int:
        return report(asked(bearer(text))).status_code

    fits, short = make_token(carol, "reports"), make_token(carol, "status", "librarian")
    assert (status(fits), status(short)) == (200, 403)
    answer = report(asked(bearer(short)))
    assert b"scope-missing" in answer.content
    services.change_person(person=carol, by=carol, roles=["librarian"])
    again = make_token(carol, "reports")
    assert b"role-missing" in report(asked(bearer(again))).content


def test_scopes_beyond_ones_roles_are_not_to_be_had(bob) -> None:
    for scope in ("network", "system"):
        with pytest.raises(AccountError) as refused:
            make_token(bob, "status", scope)
        assert refused.value.code == AccountCode.SCOPE
    with pytest.raises(AccountError):
        make_token(bob)
    with pytest.raises(AccountError):
        make_token(bob, "status", days=400)


class Thing(APIView):
    authentication_classes = [PortalAuthentication]
    permission_classes = [HasScope.of(Scope.LIBRARIAN)]

    def get(self, request):
        return Response({"door": request.auth.door})

    post = get


class Roled(Thing):
    permission_classes = [HasRole.of(Role.LIBRARIAN)]


@pytest.mark.parametrize("view", [Thing.as_view(), Roled.as_view()])
def test_rest_views_ask_the_same(alice, bob, view) -> None:
    cases = [
        (bearer(make_token(bob, "librarian")), 200),
        (bearer(make_token(bob, "status", "reports")), 403),
        (bearer(make_token(alice, "system")), 403 if view.cls is Thing else 200),
        (bearer("lpt_no"), 401),
        (basic("bob", PASSWORD), 200),
        (basic("bob", "no"), 401),
        ({}, 401),
    ]
    for headers, status in cases:
        for method in ("get", "post"):
            assert view(asked(headers, method=method)).status_code == status, (headers, method)
    answer = view(asked({}))
    assert answer["WWW-Authenticate"].startswith("Basic")


def test_a_session_is_guarded_against_forged_posts(bob) -> None:
    @access_required(Scope.STATUS)
    def act(request) -> HttpResponse:
        return HttpResponse("done")

    request = asked({}, method="post")
    request.user = bob
    assert act(request).status_code == 403
    rest = Thing.as_view()(asked({}, method="post"))
    assert rest.status_code == 401
    assert act(asked(bearer(make_token(bob, "status")), method="post")).status_code == 200


def test_all_doors_share_one_throttle(bob) -> None:
    """Wrong passwords at one door slow the other, and wrong tokens count against their address."""
    for _ in range(signing.PAIR.free + 1):
        assert who(basic("bob", "wrong")).status_code == 401
    answer = who(basic("bob", PASSWORD))
    assert (answer.status_code, answer.json()["code"]) == (429, RefusedCode.SLOWED)
    assert 1 <= int(answer["Retry-After"]) <= 30
    form = Client().post("/accounts/sign-in/", {"username": "bob", "password": PASSWORD})
    assert "Too many wrong passwords" in form.content.decode()
    # A right token waits for nobody.
    assert who(bearer(make_token(bob, "status"))).status_code == 200
    before = SignInFailure.objects.order_by("-failures").first().failures
    assert who(bearer("lpt_no")).status_code == 401
    assert SignInFailure.objects.order_by("-failures").first().failures == before + 1
    statuses = [who(bearer("lpt_no")).status_code for _ in range(signing.PAIR.free + 1)]
    assert (statuses[0], statuses[-1]) == (401, 429)


def test_rest_says_when_to_come_again(bob) -> None:
    for _ in range(signing.PAIR.free + 1):
        services.begin_attempt(username="bob", address="127.0.0.1")
    answer = Thing.as_view()(asked(basic("bob", PASSWORD)))
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


class TestTheEnd:
    def test_by_time(self, bob) -> None:
        text = make_token(bob, "status", days=1)
        assert who(bearer(text)).status_code == 200
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(days=1, seconds=1)):
            assert who(bearer(text)).status_code == 401

    def test_by_revoking(self, bob) -> None:
        text = make_token(bob, "status")
        services.revoke_token(token=ApiToken.objects.get(), by=bob)
        services.revoke_token(token=ApiToken.objects.get(), by=bob)
        assert who(bearer(text)).status_code == 401
        assert AuditEvent.objects.filter(action="accounts.token-revoke").count() == 1

    @pytest.mark.parametrize(
        "change",
        [{"is_active": False}, {"roles": ["reader"]}, {"roles": []}, {"password": "x"}, {"all": True}],
    )
    def test_by_what_happens_to_the_person(self, alice, bob, change) -> None:
        text = make_token(bob, "status")
        client = Client()
        client.force_login(bob)
        assert who(bearer(text)).status_code == who(client=client).status_code == 200
        if "password" in change:
            services.set_password(person=bob, password="seven quiet herons", by=alice)
        elif "all" in change:
            services.end_all(person=bob, by=alice)
        else:
            services.change_person(person=bob, by=alice, **change)
        assert who(bearer(text)).status_code == who(client=client).status_code == 401

    def test_not_by_gaining_a_role_or_a_name(self, alice, bob) -> None:
        text = make_token(bob, "status")
        services.change_person(person=bob, by=alice, roles=["librarian", "network"], first_name="Bob")
        assert who(bearer(text)).status_code == 200

    def test_a_person_who_comes_back_does_not_bring_old_tokens_back(self, alice, bob) -> None:
        text = make_token(bob, "status")
        for active in (False, True):
            services.change_person(person=bob, by=alice, is_active=active)
        assert who(bearer(text)).status_code == 401


def test_the_pages(client, bob) -> None:
    client.force_login(bob)
    form = client.get(NEW)
    assert "act as system administrator" not in form.content.decode()
    key = str(uuid.uuid4())
    data = {"name": "harvester", "scopes": ["status"], "life": "30", "request_key": key, "proof": PASSWORD}
    made = client.post(NEW, data)
    assert made.status_code == 200
    text = made.context["text"]
    assert made.content.decode().count(text) == 2
    assert who(bearer(text)).status_code == 200
    # The form again: nothing new, and nothing shown.
    again = client.post(NEW, data)
    assert again.status_code == 302
    assert ApiToken.objects.count() == 1
    page = client.get("/me/").content.decode()
    assert text not in page
    assert text[:10] in page
    assert (
        client.post(NEW, {**data, "request_key": str(uuid.uuid4()), "scopes": ["system"]}).status_code == 422
    )
    row = ApiToken.objects.get()
    assert client.post(f"/me/tokens/{row.pk}/revoke/").status_code == 302
    assert who(bearer(text)).status_code == 401
    event = AuditEvent.objects.get(action="accounts.token-make")
    assert event.after["scopes"] == ["status"]
    assert text not in str(event.after)


@pytest.mark.parametrize("proof", ["not it", "", None])
def test_a_token_needs_the_password_again(client, bob, proof) -> None:
    """Who sits at somebody's browser takes no door with them that stays open when the session has ended."""
    client.force_login(bob)
    assert 'name="proof"' in client.get(NEW).content.decode()
    data = {"name": "harvester", "scopes": ["status"], "life": "30", "request_key": str(uuid.uuid4())}
    answer = client.post(NEW, data if proof is None else {**data, "proof": proof})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"proof"}
    assert not ApiToken.objects.exists()
    assert not AuditEvent.objects.filter(action="accounts.token-make").exists()
    # What was typed stays, the password does not.
    page = answer.content.decode()
    assert 'value="harvester"' in page
    assert "not it" not in page
    # A wrong one counts as at every door.
    assert {row.failures for row in SignInFailure.objects.all()} == ({1} if proof == "not it" else set())


def test_a_page_that_wants_a_token_ticks_what_it_is_for_and_has_its_person_back(client, alice) -> None:
    client.force_login(alice)
    address = f"{NEW}?scopes=content&next=/proxies/%3Fset%3D1"
    assert client.get(address).context["form"]["scopes"].value() == ["content"]
    data = {"name": "audit", "scopes": ["content"], "life": "30", "proof": PASSWORD}
    made = client.post(address, {**data, "request_key": str(uuid.uuid4())})
    page = made.content.decode()
    assert 'href="/proxies/?set=1"' in page
    # Its user name is no person's, and no address of the portal takes it in a header.
    assert "the user name is the archival unit" in page
    assert "with your name" not in page
    assert "Authorization" not in page
    both = client.post(NEW, {**data, "scopes": ["content", "status"], "request_key": str(uuid.uuid4())})
    assert "with your name" in both.content.decode()
    assert "the user name is the archival unit" in both.content.decode()
    status = client.post(NEW, {**data, "scopes": ["status"], "request_key": str(uuid.uuid4())})
    assert "archival unit" not in status.content.decode().partition("<main")[2]


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_a_token_leads_back_to_pages_of_this_portal_alone(client, alice, elsewhere) -> None:
    client.force_login(alice)
    data = {"name": "audit", "scopes": ["content"], "life": "30", "proof": PASSWORD}
    made = client.post(f"{NEW}?{urlencode({'next': elsewhere})}", {**data, "request_key": str(uuid.uuid4())})
    assert 'class="button" href="/me/"' in made.content.decode()


def test_guessing_at_the_token_page_is_slowed(client, bob) -> None:
    client.force_login(bob)
    data = {"name": "harvester", "scopes": ["status"], "life": "30", "request_key": str(uuid.uuid4())}
    for _ in range(signing.PAIR.free + 1):
        assert client.post(NEW, {**data, "proof": "not it"}).status_code == 422
    answer = client.post(NEW, {**data, "proof": PASSWORD})
    assert "Too many wrong passwords" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_who_comes_by_single_sign_on_has_no_password_to_give(client, bob) -> None:
    bob.set_unusable_password()
    bob.save()
    client.force_login(bob)
    assert 'name="proof"' not in client.get(NEW).content.decode()
    data = {"name": "harvester", "scopes": ["status"], "life": "30", "request_key": str(uuid.uuid4())}
    assert client.post(NEW, data).status_code == 200
    assert ApiToken.objects.get().user == bob


def test_others_tokens_are_not_ones_own(client, alice, bob) -> None:
    text = make_token(bob, "status")
    row = ApiToken.objects.get()
    carol = make_person("carol", Role.LIBRARIAN)
    client.force_login(carol)
    assert client.post(f"/me/tokens/{row.pk}/revoke/").status_code == 404
    assert client.post(f"/accounts/people/{bob.pk}/tokens/{row.pk}/revoke/").status_code == 403
    client.force_login(alice)
    assert client.post(f"/accounts/people/{alice.pk}/tokens/{row.pk}/revoke/").status_code == 404
    assert "nightly report" in client.get(f"/accounts/people/{bob.pk}/access/").content.decode()
    assert who(bearer(text)).status_code == 200
    assert client.post(f"/accounts/people/{bob.pk}/tokens/{row.pk}/revoke/").status_code == 302
    assert who(bearer(text)).status_code == 401


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_makes_one_token() -> None:
    bob = make_person("bob", Role.LIBRARIAN)
    barrier, key, texts = threading.Barrier(4), uuid.uuid4(), []

    def make() -> None:
        barrier.wait(10)
        try:
            life = dt.timedelta(days=1)
            texts.append(
                services.make_token(user=bob, name="x", scopes=["status"], life=life, request_key=key)[1]
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(texts) == 4
    assert len([text for text in texts if text]) == 1


def test_doors(bob) -> None:
    access = authenticate_request(asked(bearer(make_token(bob, "status"))))
    assert (access.user, access.door) == (bob, Door.TOKEN)
    assert access.may(Scope.STATUS)
    assert not access.may(Scope.LIBRARIAN)
    with pytest.raises(Refused):
        authenticate_request(asked(bearer("x")))


def test_only_scopes_that_open_something_are_offered(client, alice, bob) -> None:
    for person in (alice, bob):
        client.force_login(person)
        page = client.get(NEW).content.decode()
        assert 'value="status"' in page
        assert 'value="reports"' in page
        assert 'value="content"' in page
        for scope in ("librarian", "network", "system"):
            assert f'value="{scope}"' not in page
        assert "No address asks" not in page


def test_a_kept_token_for_what_opens_nothing_stays_listed(client, bob) -> None:
    client.force_login(bob)
    assert "No address asks" not in client.get("/me/").content.decode()
    make_token(bob, "librarian", "status")
    page = client.get("/me/").content.decode()
    assert "nightly report" in page
    assert "No address asks yet for: act as collection librarian." in page


def test_a_form_with_a_token_is_refused_as_json(alice) -> None:
    guarded = Client(enforce_csrf_checks=True)
    answer = guarded.post("/lists/upload/", headers=bearer(make_token(alice, "status")))
    assert answer.status_code == 403
    assert set(answer.json()) == {"code", "detail"}
    assert "reads" in answer.json()["detail"]


def test_the_list_says_what_a_token_may_in_the_words_of_the_form(client, bob) -> None:
    services.make_token(
        user=bob, name="x", scopes=["status", "reports"], life=dt.timedelta(days=9), request_key=uuid.uuid4()
    )
    client.force_login(bob)
    page = client.get("/me/").content.decode()
    assert "read what everybody here may see: AUs, polls, crawls, the node; make and fetch reports" in page
    assert "status, reports" not in page


def test_heads_of_sessions_differ_in_spanish(client, bob) -> None:
    client.force_login(bob)
    page = client.get("/me/", headers={"Accept-Language": "es"}).content.decode()
    table = page[page.index('id="list-sessions"') :]
    heads = re.findall(r"<th[^>]*>(.*?)</th>", table[: table.index("</table>")], re.DOTALL)
    told = [re.sub(r"<[^>]+>", "", one).strip() for one in heads]
    named = [one for one in told if one]
    assert "Desde" in named
    assert len(named) == len(set(named))
