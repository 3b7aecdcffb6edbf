"""Who looks at an address that only takes a form is told so, whatever its program asks for."""

import json

import pytest
from django.test import Client
from django.urls import resolve

from apps.accounts.choices import Role
from tests.accounts.factories import make_person

pytestmark = pytest.mark.django_db
PATHS = (
    "/lists/upload/",
    "/sets/keep/",
    "/subscriptions/keep/",
    "/holdings/1/lines/3/decide/",
    "/titles/1/choose/",
    "/selections/1/undo/",
    "/subscriptions/1/undo/",
)
SAID = "Only a button of the portal leads here"


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_person("somebody", Role.NETWORK, Role.LIBRARIAN))
    return client


@pytest.mark.parametrize("accept", ["", "*/*", "text/html,*/*;q=0.8", "text/csv", "not a type"])
@pytest.mark.parametrize("path", PATHS)
def test_a_visit_gets_a_page_with_the_way_back(client, path, accept) -> None:
    answer = client.get(path, headers={"accept": accept} if accept else {})
    page = answer.content.decode()
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert answer["Content-Type"].startswith("text/html")
    assert SAID in page
    back = page.partition('class="button primary" href="')[2].partition('"')[0]
    assert path.startswith(back)
    assert resolve(back)


@pytest.mark.parametrize("accept", ["application/json", "application/json, text/plain;q=0.5"])
def test_a_program_gets_a_sentence(client, accept) -> None:
    answer = client.get("/sets/keep/", headers={"accept": accept})
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    said = json.loads(answer.content)
    assert SAID in said["detail"]
    assert (said["code"], said["back"]) == ("only_a_form", "/sets/")
