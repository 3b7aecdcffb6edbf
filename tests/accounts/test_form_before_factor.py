"""A form that was sent by somebody who first has to set up a second factor: told that nothing was saved, and led back."""

from dataclasses import replace

import pytest
import time_machine
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.services import factors as second_factors
from apps.peers.models import Peer
from tests.accounts.factories import PASSWORD, make_person
from tests.accounts.test_factors import APP, AT, SECRET, code

pytestmark = pytest.mark.django_db
FACTORS = "/me/factors/"
SAID = "The form that you sent was not saved"
PAGE = "/peers/new/?identity=TCP:[10.0.0.9]:9729"
BACK = f'href="{PAGE}"'


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(AT, tick=False):
        yield


@pytest.fixture
def alice(settings):
    settings.NODE = replace(settings.NODE, second_factor_roles=("network",))
    return make_person("alice", Role.NETWORK)


@pytest.fixture
def client(alice) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def send(client: Client, **headers: str):
    return client.post("/peers/new/", {"name": "Birch"}, headers=headers)


def set_up(client: Client) -> str:
    client.get(APP)
    answer = client.post(APP, {"code": code(AT, client.session["_totp_secret"]), "proof": PASSWORD})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_person_is_told_before_and_after_and_led_back(client):
    answer = send(client, Referer=f"http://testserver{PAGE}")
    assert (answer.status_code, answer["Location"]) == (302, FACTORS)
    assert not Peer.objects.filter(name="Birch").exists()
    for _turn in range(2):
        before = client.get(FACTORS).content.decode()
        assert (before.count(SAID), BACK in before) == (1, False)
    codes = set_up(client)
    assert (codes.count(SAID), codes.count(BACK)) == (1, 1)
    after = client.get(FACTORS)
    assert (after.status_code, SAID in after.content.decode()) == (200, False)
    assert client.get(PAGE).status_code == 200


def test_who_sets_it_up_elsewhere_is_told_on_the_page_of_factors(client, alice):
    send(client, Referer=f"http://testserver{PAGE}")
    second_factors.add_totp(user=alice, secret=SECRET, code=code(AT))
    pages = [client.get(FACTORS).content.decode() for _turn in range(2)]
    assert [(page.count(SAID), page.count(BACK)) for page in pages] == [(1, 1), (0, 0)]


def test_who_only_looked_is_told_nothing(client):
    assert client.get("/peers/new/")["Location"] == FACTORS
    assert SAID not in client.get(FACTORS).content.decode()
    assert SAID not in set_up(client)


@pytest.mark.parametrize("referer", ["", "http://evil.example/peers/3/", "http://testserver//evil.example/"])
def test_without_a_page_of_ours_it_is_the_posted_address(client, referer):
    send(client, **({"Referer": referer} if referer else {}))
    assert 'href="/peers/new/"' in set_up(client)


def test_a_part_is_left_for_the_whole_page(client):
    """htmx would put the page of factors into a part of the page that sent the form."""
    answer = send(client, **{"HX-Request": "true", "HX-Current-URL": f"http://testserver{PAGE}"})
    assert answer["HX-Redirect"] == FACTORS
    assert BACK in set_up(client)


def test_a_part_of_another_host_leads_to_no_other_host(client):
    send(client, **{"HX-Request": "true", "HX-Current-URL": "http://testserver//evil.example/x"})
    assert "evil.example" not in set_up(client)
