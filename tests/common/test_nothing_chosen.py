"""A list's form without a tick: what is told, and the way back to the list that it came from."""

import pytest

from apps.accounts.choices import Role
from tests.asking import as_person
from tests.aus.factories import load_sample, offer, volumes

pytestmark = pytest.mark.django_db
HOST = "http://testserver"


@pytest.fixture
def title(client) -> str:
    load_sample()
    as_person(client, Role.LIBRARIAN)
    return f"/titles/{offer(*volumes(2))[0].title_id}/"


def sent(client, title: str, referer: str) -> str:
    answer = client.post(
        f"{title}choose/", {"action": "select"}, headers={"Referer": referer} if referer else {}
    )
    assert answer.status_code == 400
    return answer.content.decode()


def test_nothing_ticked_is_said_and_leads_back(client, title):
    page = sent(client, title, f"{HOST}{title}?offer=released&page=2")
    assert "<h1>Nothing was chosen</h1>" in page
    assert "We do not understand" not in page
    assert f'href="{title}?offer=released&amp;page=2"' in page


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "https://evil.example/titles/1/",
        f"{HOST}//evil.example/",
        "javascript:alert(1)",
        f"{HOST}.evil.example/",
    ],
)
def test_only_pages_of_this_portal_are_led_back_to(client, title, referer):
    page = sent(client, title, referer)
    assert "Back to the page before it" not in page
    assert "evil" not in page
    assert "javascript" not in page
