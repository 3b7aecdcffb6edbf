"""A form that was sent when the session had ended: back to its page after signing in, and told that nothing was saved."""

from urllib.parse import quote

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import PortalSession
from apps.peers.models import Peer
from tests.accounts.factories import PASSWORD, make_person
from tests.factories import make_peer

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/sign-in/"
SAID = "nothing of it was saved"
PAGE = "/peers/new/?identity=TCP:[10.0.0.9]:9729"


@pytest.fixture
def ended() -> Client:
    """Somebody whose session is over, and who has seen a page before."""
    client = Client()
    client.force_login(make_person("alice", Role.NETWORK))
    client.get("/peers/")
    PortalSession.objects.all().delete()
    return client


def next_of(address: str) -> str:
    return f"{SIGN_IN}?next={quote(address, safe='')}"


def sign_in(client: Client, address: str):
    return client.post(address, {"username": "alice", "password": PASSWORD}, follow=True)


def test_the_person_comes_back_to_the_form_and_is_told(ended):
    answer = ended.post("/peers/new/", {"name": "Birch"}, headers={"Referer": f"http://testserver{PAGE}"})
    assert (answer.status_code, answer["Location"]) == (302, next_of(PAGE))
    assert not Peer.objects.filter(name="Birch").exists()
    page = ended.get(answer["Location"]).content.decode()
    assert page.count(SAID) == 1
    # Also where the first password is mistyped.
    wrong = ended.post(answer["Location"], {"username": "alice", "password": "x", "next": PAGE})
    assert wrong.status_code == 422
    back = sign_in(ended, answer["Location"])
    assert back.redirect_chain == [(PAGE, 302)]
    assert back.content.decode().count(SAID) == 1
    assert SAID not in ended.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "http://evil.example/peers/3/",
        "http://testserver.evil.example/peers/3/",
        "https://testserver/peers/3/",
        "http://testserver:81/peers/3/",
        "http://testserver//evil.example/",
        "http://testserver\\@evil.example/",
        "http://[/",
        "javascript:alert(1)",
        "http://testserver/nowhere/at/all/",
        "http://testserver/peers/1/disable/",
    ],
)
def test_without_a_page_of_ours_it_is_the_posted_address(ended, referer):
    answer = ended.post("/peers/new/", headers={"Referer": referer} if referer else {})
    assert answer["Location"] == next_of("/peers/new/")


def test_what_only_takes_forms_is_no_page_to_come_back_to(ended):
    row = make_peer("Birch")
    button = f"/peers/{row.pk}/disable/"
    assert ended.post(button)["Location"] == next_of("/")
    answer = ended.post(button, headers={"Referer": f"http://testserver/peers/{row.pk}/"})
    assert answer["Location"] == next_of(f"/peers/{row.pk}/")
    row.refresh_from_db()
    assert row.enabled


def test_a_part_that_is_sent_without_its_page(ended):
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{PAGE}"}
    answer = ended.post("/peers/new/", headers=headers)
    assert answer["HX-Redirect"] == next_of(PAGE)
    assert SAID in ended.get(answer["HX-Redirect"]).content.decode()


def test_two_forms_are_told_once(ended):
    for _ in range(2):
        ended.post("/peers/new/")
    assert ended.get(SIGN_IN).content.decode().count(SAID) == 1


def test_who_only_looked_is_told_nothing_and_keeps_nothing(ended):
    before = PortalSession.objects.count()
    answer = ended.get("/peers/new/")
    assert answer["Location"] == next_of("/peers/new/")
    assert SAID not in ended.get(answer["Location"]).content.decode()
    assert PortalSession.objects.count() == before


def test_tables_that_are_only_read_say_nothing_of_saving():
    client = Client(enforce_csrf_checks=True, headers={"accept": "text/html"})
    make_person("bob")
    answer = client.post("/DaemonStatus")
    assert answer["Location"] == next_of("/DaemonStatus")
    assert not PortalSession.objects.exists()


def test_other_notices_are_shown_once_to_nobody(client):
    client.post("/accounts/sign-out/")
    make_person("bob")
    shown = [client.get(SIGN_IN).content.decode().count("You are signed out.") for _ in range(2)]
    assert shown == [1, 0]
