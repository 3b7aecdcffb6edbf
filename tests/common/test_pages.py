"""What every answer carries, and what the portal says when it refuses."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from django.urls import include, path

from apps.accounts.choices import Role
from apps.common import navigation, notices, request_id, views
from apps.common.errors import BadQuery
from apps.common.words import Tone
from lockss_portal.urls import urlpatterns as portal
from tests.accounts.factories import make_person

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.common.test_pages")]


def raising(error):
    def view(request):
        raise error

    return view


def leaves(request):
    notices.leave(request, "Done <so>.", undo="/undo/")
    return HttpResponse("left", content_type="text/plain")


ERRORS = {
    "bad": BadRequest("secret detail"),
    "query": BadQuery("This list cannot be narrowed by “x”."),
    "suspicious": SuspiciousOperation("secret detail"),
    "denied": PermissionDenied("secret detail"),
    "gone": Http404("secret detail"),
    "broken": RuntimeError("secret detail"),
    "locked": OperationalError("secret detail"),
}
urlpatterns = [
    *(path(f"test-{name}/", raising(error)) for name, error in ERRORS.items()),
    path("test-leaves/", leaves),
    path("test-own/", lambda request: HttpResponse("x", headers={"Content-Security-Policy": "sandbox"})),
    path("", include(portal)),
]
handler400 = "apps.common.views.bad_request"
handler403 = "apps.common.views.forbidden"
handler404 = "apps.common.views.not_found"
handler500 = "apps.common.views.server_error"


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("bad", 400, "We do not understand this address"),
        ("query", 400, "This list cannot be narrowed by “x”."),
        ("suspicious", 400, "We do not understand this address"),
        ("denied", 403, "Not for your account"),
        ("gone", 404, "There is no such page"),
        ("broken", 500, "What is preserved is not affected"),
        # The database answers: it was something else.
        ("locked", 500, "What is preserved is not affected"),
    ],
)
def test_refusals_speak_and_keep_secrets(client, name, status, said) -> None:
    response = client.get(f"/test-{name}/")
    page = response.content.decode()
    assert response.status_code == status
    assert said in page
    assert "secret detail" not in page
    assert response["X-Request-Id"] in page
    assert "script-src 'self'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("method", "again"), [("get", "tries again by itself"), ("post", "send the form again")]
)
def test_without_its_database_a_page_says_so_and_what_was_looked_at_comes_back(
    client, monkeypatch, method, again
):
    monkeypatch.setattr(views, "_database_answers", lambda: False)
    response = getattr(client, method)("/test-locked/")
    page = response.content.decode()
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "The database does not answer" in page
    assert again in page
    assert ('http-equiv="refresh"' in page) == (method == "get")
    assert "secret detail" not in page


def test_the_page_of_an_error_asks_no_database(client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/test-broken/").status_code == 500


@pytest.mark.parametrize(
    "address",
    ["/words/", "/accounts/sign-in/", "/nothing/", "/healthz", "/static/css/portal.css", "/test-broken/"],
)
def test_headers_of_every_answer(client, address) -> None:
    response = client.get(address, follow=False)
    policy = dict(part.split(" ", 1) for part in response["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert "unsafe" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert len(response["X-Request-Id"]) == 16
    if response["Content-Type"].startswith("text/html"):
        assert response["Cache-Control"] == "no-store"
    response.close()


def test_a_view_may_set_its_own_policy(client) -> None:
    assert client.get("/test-own/")["Content-Security-Policy"] == "sandbox"


@pytest.mark.parametrize("host", ["elsewhere.example", "127.0.0.1.elsewhere.example", "a b", "localhost"])
def test_an_unknown_host_is_misdirected(client, host) -> None:
    response = client.get("/words/", headers={"host": host})
    assert response.status_code == 421
    assert response.cookies == {}


def test_a_form_without_its_token_is_refused_in_words() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/sign-out/")
    assert response.status_code == 403
    assert "Nothing was changed." in response.content.decode()


@pytest.mark.parametrize(
    ("secure_cookies", "https", "said"),
    [
        (True, False, "keeps no secure cookies of an address that begins with http://"),
        (True, True, "Let your browser keep cookies"),
        (False, False, "Let your browser keep cookies"),
    ],
)
def test_a_form_without_the_cookie_is_told_the_cause_and_what_to_do(
    settings, secure_cookies, https, said
) -> None:
    """No age of the form makes that: the browser kept nothing of it."""
    settings.CSRF_COOKIE_SECURE = secure_cookies
    host = "127.0.0.1:8081"
    came = {"host": host, "referer": f"https://{host}/words/"}
    answer = Client(enforce_csrf_checks=True).post("/accounts/sign-out/", secure=https, headers=came)
    page = answer.content.decode()
    assert answer.status_code == 403
    assert said in page
    assert "open for too long" not in page
    assert ("begins with http://" in page) == (settings.NODE.public_url in page) == (said[:5] == "keeps")


def test_a_form_with_an_old_token_was_open_for_too_long() -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.get("/permissions/test/")
    page = strict.post("/accounts/sign-out/", {"csrfmiddlewaretoken": "x" * 64}).content.decode()
    assert "open for too long" in page
    assert "cookie" not in page


def test_requests_have_names_and_nothing_else_has(client) -> None:
    first, second = (client.get("/words/")["X-Request-Id"] for _ in range(2))
    assert first != second
    assert request_id.current() == ""


def test_notices_are_shown_once_with_undo(client) -> None:
    client.force_login(make_person("alice"))
    client.get("/test-leaves/")
    page = client.get("/words/").content.decode()
    assert "Done &lt;so&gt;." in page
    assert 'action="/undo/"' in page
    assert "Done &lt;so" not in client.get("/words/").content.decode()


def test_notices_of_others_are_shown_too() -> None:
    from django.contrib import messages
    from django.contrib.messages.storage.base import BaseStorage

    class Memory(BaseStorage):
        def _get(self, *args, **kwargs):
            return [], True

        def _store(self, messages, response, *args, **kwargs):
            return []

    request = RequestFactory().get("/")
    request._messages = Memory(request)
    messages.error(request, "Theirs", extra_tags="not json")
    notices.leave(request, "Ours", tone=Tone.CARE)
    assert [(notice.text, notice.tone) for notice in notices.take(request)] == [
        ("Theirs", Tone.HARM),
        ("Ours", Tone.CARE),
    ]


class TestNavigation:
    @pytest.fixture(autouse=True)
    def places(self, monkeypatch):
        monkeypatch.setattr(navigation, "_places", {})
        for place in (
            navigation.Place("aus", "Archival units", "/aus/", 20),
            navigation.Place("home", "Home", "/", 0),
            navigation.Place("people", "People", "/people/", 90, roles=(Role.SYSTEM,)),
            navigation.Place("sets", "Sets", "/aus/sets/", 30, roles=(Role.LIBRARIAN, Role.NETWORK)),
        ):
            navigation.register(place)

    @pytest.mark.parametrize(
        ("roles", "labels"),
        [
            ([Role.SYSTEM], ["Home", "Archival units", "Sets", "People"]),
            ([Role.LIBRARIAN], ["Home", "Archival units", "Sets"]),
            ([], ["Home", "Archival units"]),
        ],
    )
    def test_everybody_sees_what_they_may_open(self, roles, labels) -> None:
        user = make_person("alice", *roles)
        assert [place.label for place in navigation.shown(user, "/")] == labels

    def test_nobody_sees_nothing(self) -> None:
        assert navigation.shown(AnonymousUser(), "/") == []

    @pytest.mark.parametrize(
        ("path", "current"),
        [("/", "Home"), ("/aus/1/", "Archival units"), ("/aus/sets/2/", "Sets"), ("/other/", None)],
    )
    def test_the_longest_place_is_current(self, path, current) -> None:
        user = make_person("alice", Role.SYSTEM)
        assert next((place.label for place in navigation.shown(user, path) if place.current), None) == current

    def test_a_key_is_taken_once(self) -> None:
        with pytest.raises(ValueError, match="home"):
            navigation.register(navigation.Place("home", "Other", "/other/", 1))
