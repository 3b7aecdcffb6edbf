"""``title_url`` of the files, followed from a catalogue: staff come to the portal's page, readers to what they may have."""

from dataclasses import replace

import pytest
from django.conf import settings as node_settings

from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.common.clock import now
from apps.delivery.models import ServingRule
from apps.delivery.services.kept import forget
from apps.nodes.models import StandingCount
from apps.titles.models import Title
from tests.accounts.factories import make_person
from tests.delivery.places import rule
from tests.factories import make_au, make_title

pytestmark = pytest.mark.django_db
CONTENT = "https://content.riverside.example"


@pytest.fixture(autouse=True)
def node(settings):
    settings.NODE = replace(node_settings.NODE, content_url=CONTENT, public_status=False)
    return settings


def to_sign_in(pk: int) -> str:
    return f"/accounts/sign-in/?next=%2Ftitles%2F{pk}%2F"


def followed(client, pk: int) -> str:
    answer = client.get(f"/title/{pk}")
    assert answer.status_code == 302
    assert "no-store" in answer["Cache-Control"]
    return answer["Location"]


def served(name: str = "Tides", **numbers: str) -> Title:
    """A title of which everybody may be served."""
    title = make_title(name)
    Title.objects.filter(pk=title.pk).update(**numbers)
    au = make_au(title=title)
    rule(au=au, choice="light", serve="yes", while_available="yes", openly="yes")
    return title


def test_staff_come_to_the_portals_page(client):
    title = served()
    client.force_login(make_person("rita", Role.REPORTS))
    assert followed(client, title.pk) == f"/titles/{title.pk}/"


@pytest.mark.parametrize(
    ("numbers", "query"),
    [
        ({}, "rft.issn=1234-5679"),
        ({"eissn": "2990-0018"}, "rft.issn=2990-0018"),
        ({"issn": "", "isbn_keys": ["9780306406157"]}, "rft.isbn=9780306406157"),
        ({"issn": ""}, "rft.title=Tides+%26+Mud"),
    ],
)
def test_readers_come_to_the_content_host(client, numbers, query):
    assert followed(client, served("Tides & Mud", **numbers).pk) == f"{CONTENT}/ServeContent?{query}"


def test_what_nobody_is_served_is_as_if_it_were_not_there(client):
    title = served()
    ServingRule.objects.all().delete()
    forget()
    rule(au=Au.objects.get(title=title), choice="dark")
    assert followed(client, title.pk) == to_sign_in(title.pk)
    assert followed(client, 999_999) == to_sign_in(999_999)


def test_nothing_selected_leads_to_the_sign_in(client):
    title = make_title("Listed alone")
    assert followed(client, title.pk) == to_sign_in(title.pk)


def test_with_public_pages_readers_come_there(client, node):
    node.NODE = replace(node.NODE, public_status=True)
    title = make_title("Known")
    assert followed(client, title.pk) == to_sign_in(title.pk)
    StandingCount.objects.create(kind="title", ref=title.pk, selected=1, at=now())
    assert followed(client, title.pk) == f"/public/titles/{title.pk}/"


@pytest.mark.parametrize("is_public", [True, False])
def test_the_page_of_the_report_says_where_it_leads(client, node, is_public):
    node.NODE = replace(node.NODE, public_status=is_public, public_url="https://portal.riverside.example")
    client.force_login(make_person("rita", Role.REPORTS))
    page = client.get("/reports/kbart/").content.decode()
    assert ("to the title&#x27;s public page" in page or "to the title's public page" in page) is is_public
    assert ("(public_status) are off" in page) is not is_public


def test_a_number_beyond_all_rows(client):
    assert followed(client, 10**30) == f"/titles/{10**30}/"
