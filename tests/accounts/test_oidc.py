"""Single sign-on, against a provider that runs as a process of its own."""

import socket
import threading
import urllib.error
import urllib.request
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from apps.accounts import services
from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent, PortalSession, SignInFailure, User
from apps.accounts.services import signing
from tests.accounts.factories import PASSWORD, make_person
from tests.simulators.identity_provider import CLIENT, SECRET, running

pytestmark = pytest.mark.django_db
SSO, BACK = "/accounts/sso/", "/accounts/sso/back/"


@pytest.fixture(scope="module")
def process():
    with running() as provider:
        yield provider


@pytest.fixture
def provider(process, settings):
    settings.NODE = replace(
        settings.NODE,
        oidc_issuer=process.issuer,
        oidc_name="Riverside login",
        oidc_client_id=CLIENT,
        oidc_client_secret=SECRET,
        oidc_roles=("library-staff=librarian", "it=system"),
        oidc_roles_claim="realm.roles",
        oidc_new_people=True,
    )
    make_person("alice", Role.SYSTEM)
    return process


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def come_back(client: Client, start: str = SSO):
    """Goes to the provider as a browser would; the portal's answer to what it brings back."""
    answer = client.get(start)
    assert answer.status_code == 302, answer.content.decode()
    try:
        urllib.request.build_opener(_Stay).open(answer["Location"], timeout=10)
    except urllib.error.HTTPError as sent:
        back = urlsplit(sent.headers["Location"])
    return client.get(f"{back.path}?{back.query}")


def person(sub: str = "1", *roles: str, **more) -> dict:
    return {"sub": sub, "realm": {"roles": list(roles)}, **more}


def inside(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def test_whoever_has_a_mapped_role_gets_an_account_and_comes_back_to_it(provider) -> None:
    provider.rule(**person("7", "library-staff", "choir", preferred_username="dora", email="dora@a.example"))
    client = Client()
    answer = come_back(client, f"{SSO}?next=/aus/")
    assert (answer.status_code, answer["Location"]) == (302, "/aus/")
    dora = User.objects.get(username="dora")
    assert (dora.roles, dora.email, dora.has_usable_password()) == (["librarian"], "dora@a.example", False)
    assert PortalSession.objects.get(pk=client.session.session_key).door == "oidc"
    # Another name and another address at the provider: still the same person here.
    provider.rule(**person("7", "library-staff", preferred_username="dora.new", email="other@a.example"))
    again = Client()
    come_back(again)
    assert again.get("/me/").context["user"].username == "dora"
    assert User.objects.count() == 2
    acts = AuditEvent.objects.values_list("action", flat=True)
    assert list(acts).count("accounts.identity-bind") == 1
    assert not SignInFailure.objects.exclude(failures=0).exists()


def test_the_provider_rules_the_roles_at_each_sign_in(provider) -> None:
    provider.rule(**person("7", "library-staff", "it", preferred_username="dora"))
    first = Client()
    come_back(first)
    assert User.objects.get(username="dora").roles == ["system", "librarian"]
    provider.rule(**person("7", "library-staff", preferred_username="dora"))
    come_back(Client())
    assert User.objects.get(username="dora").roles == ["librarian"]
    assert not inside(first)
    provider.rule(**person("7", preferred_username="dora"))
    come_back(Client())
    assert User.objects.get(username="dora").roles == []


@pytest.mark.parametrize(
    "claims",
    [
        {"preferred_username": "bob", "email": "x@a.example"},
        {"preferred_username": "BOB"},
        {"preferred_username": "other", "email": "bob@a.example", "email_verified": True},
    ],
)
def test_nobody_takes_an_account_over_by_a_name_or_an_address(provider, claims) -> None:
    bob = make_person("bob", Role.LIBRARIAN, email="bob@a.example")
    provider.rule(**person("666", "library-staff", **claims))
    client = Client()
    answer = come_back(client)
    if claims["preferred_username"].lower() == "bob":
        assert answer.status_code == 403
        assert "already has the name" in answer.content.decode()
        assert not inside(client)
    else:
        assert client.get("/me/").context["user"].username == "other"
    assert not SocialAccount.objects.filter(user=bob).exists()


@pytest.mark.parametrize("roles", [(), ("choir",)])
def test_without_a_mapped_role_there_is_no_account(provider, roles) -> None:
    provider.rule(**person("9", *roles, preferred_username="dora"))
    client = Client()
    answer = come_back(client)
    assert answer.status_code == 403
    assert "Nobody here is bound" in answer.content.decode()
    assert User.objects.count() == 1


def test_new_people_only_where_the_settings_say_so(provider, settings) -> None:
    settings.NODE = replace(settings.NODE, oidc_new_people=False)
    provider.rule(**person("9", "library-staff", preferred_username="dora"))
    assert come_back(Client()).status_code == 403
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "fault",
    ["signature", "nonce", "audience", "issuer", "expired", "algorithm", "userinfo", "refuse", "key"],
)
def test_what_does_not_hold_lets_nobody_in(provider, fault) -> None:
    provider.rule(fault, **person("7", "library-staff", preferred_username="dora"))
    client = Client()
    answer = come_back(client)
    assert answer.status_code == 403
    assert "did not come to its end" in answer.content.decode()
    assert not inside(client)
    assert User.objects.count() == 1


def test_a_provider_that_is_another_or_away(provider, settings) -> None:
    provider.rule("discovery", **person())
    assert Client().get(SSO).status_code == 502
    settings.NODE = replace(settings.NODE, oidc_issuer="http://127.0.0.1:1/realm")
    answer = Client().get(SSO)
    assert answer.status_code == 502
    assert "Nothing was changed" in answer.content.decode()


def test_an_answer_belongs_to_the_browser_that_asked(provider) -> None:
    provider.rule(**person("7", "library-staff", preferred_username="dora"))
    mine = Client()
    answer = mine.get(SSO)
    state = dict(pair.split("=") for pair in urlsplit(answer["Location"]).query.split("&"))["state"]
    for query in (f"?state={state}&code=x", "?code=x", "", "?state=x&code=x"):
        other = Client()
        assert other.get(BACK + query).status_code == 403
        assert not inside(other)
    # And once.
    done = Client()
    come_back(done)
    assert done.get(f"{BACK}?state={state}&code=x").status_code == 403


def test_wrong_answers_are_counted_as_at_every_door(provider) -> None:
    statuses = [Client().get(f"{BACK}?state=x&code=y").status_code for _ in range(signing.PAIR.free + 2)]
    assert (statuses[0], statuses[-1]) == (403, 429)


def test_a_closed_account_stays_closed(provider) -> None:
    provider.rule(**person("7", "library-staff", preferred_username="dora"))
    come_back(Client())
    services.change_person(person=User.objects.get(username="dora"), by=None, is_active=False)
    client = Client()
    answer = come_back(client)
    assert "is closed" in answer.content.decode()
    assert not inside(client)


def test_a_second_factor_is_asked_for_here_too(provider) -> None:
    provider.rule(**person("7", "library-staff", preferred_username="dora"))
    come_back(Client())
    User.objects.filter(username="dora").update(second_factor=True)
    client = Client()
    assert come_back(client)["Location"] == "/accounts/second/"
    assert not inside(client)


class TestBinding:
    @pytest.fixture
    def bob(self, provider) -> Client:
        make_person("bob", Role.LIBRARIAN)
        client = Client()
        client.post("/accounts/sign-in/", {"username": "bob", "password": PASSWORD})
        return client

    def test_after_the_password(self, provider, bob) -> None:
        provider.rule(**person("42", "library-staff", preferred_username="robert"))
        # Whoever only sits here goes nowhere.
        assert bob.get(SSO)["Location"] == "/me/"
        assert bob.post("/me/identity/", {"proof": "no"}).status_code == 422
        assert "Go to Riverside login" in bob.post("/me/identity/", {"proof": PASSWORD}).content.decode()
        assert come_back(bob)["Location"] == "/me/"
        page = bob.get("/me/").content.decode()
        assert "From now on you can sign in with Riverside login." in page
        fresh = Client()
        come_back(fresh)
        assert fresh.get("/me/").context["user"].username == "bob"
        row = SocialAccount.objects.get()
        other = Client()
        other.force_login(make_person("carol"))
        assert other.post(f"/me/identity/{row.pk}/release/").status_code == 404
        assert bob.post(f"/me/identity/{row.pk}/release/").status_code == 302
        assert not SocialAccount.objects.exists()
        # Once: the next time asks for the password again.
        assert bob.get(SSO)["Location"] == "/me/"

    def test_what_is_somebody_elses_stays_theirs(self, provider, bob) -> None:
        provider.rule(**person("7", "library-staff", preferred_username="dora"))
        come_back(Client())
        bob.post("/me/identity/", {"proof": PASSWORD})
        answer = come_back(bob)
        assert "belongs to somebody else" in answer.content.decode()
        assert SocialAccount.objects.get().user.username == "dora"

    def test_the_only_way_in_is_not_released(self, provider) -> None:
        provider.rule(**person("7", "library-staff", preferred_username="dora"))
        dora = Client()
        come_back(dora)
        dora.post(f"/me/identity/{SocialAccount.objects.get().pk}/release/")
        assert SocialAccount.objects.exists()
        assert "You have no password" in dora.get("/me/").content.decode()


def test_without_a_provider_there_are_no_such_pages(client) -> None:
    make_person("alice", Role.SYSTEM)
    assert client.get(SSO).status_code == client.get(BACK).status_code == 404
    assert SSO not in client.get("/accounts/sign-in/").content.decode()


def test_another_issuer_means_other_people(provider, settings) -> None:
    from apps.accounts.oidc import provider_key

    assert provider_key("https://a.example") != provider_key("https://b.example")
    assert len(provider_key("https://a.example")) <= 200


@pytest.fixture
def neighbour():
    """Something that listens beside the node and is meant for nobody else; says how often somebody came."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        came: list[bytes] = []

        def listen() -> None:
            while True:
                try:
                    other, _ = listening.accept()
                except OSError:
                    return
                with other:
                    came.append(other.recv(100))
                    other.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

        threading.Thread(target=listen, daemon=True).start()
        yield listening.getsockname()[1], came
        listening.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("endpoint", ["token_endpoint", "jwks_uri", "userinfo_endpoint"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
def test_no_endpoint_leads_into_the_private_network(provider, neighbour, endpoint, host) -> None:
    port, came = neighbour
    named = {endpoint: f"http://{host}:{port}/latest/meta-data"}
    provider.rule(endpoints=named, **person("7", "library-staff", preferred_username="dora"))
    client = Client()
    assert come_back(client).status_code == 403
    assert came == []
    assert not inside(client)


def test_a_private_endpoint_that_the_settings_name_is_asked(provider, neighbour, settings) -> None:
    port, came = neighbour
    settings.NODE = replace(settings.NODE, oidc_private_hosts=(f"127.0.0.1:{port}",))
    named = {"jwks_uri": f"http://127.0.0.1:{port}/keys"}
    provider.rule(endpoints=named, **person("7", "library-staff", preferred_username="dora"))
    come_back(Client())
    assert came[0].startswith(b"GET /keys ")


@pytest.mark.parametrize("address", ["ftp://login.example/x", "nonsense", "http://127.0.0.1:22/"])
def test_what_is_no_endpoint_is_not_asked(provider, address) -> None:
    provider.rule(endpoints={"token_endpoint": address}, **person("7", "library-staff"))
    assert come_back(Client()).status_code == 403


def test_no_proxy_of_the_environment_is_asked(provider, neighbour, monkeypatch) -> None:
    port, came = neighbour
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
    monkeypatch.setenv("no_proxy", "")
    provider.rule(**person("7", "library-staff", preferred_username="dora"))
    client = Client()
    assert client.get(SSO).status_code == 302
    assert came == []
