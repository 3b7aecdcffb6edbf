"""The portal as somebody reads it whose language is Spanish: every page of the table, and how a language is chosen."""

import re

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import gettext, override

from apps.accounts.choices import Role
from apps.common.languages import offered_languages
from tests.accounts.factories import make_person
from tests.test_addresses import paths  # noqa: F401 - the fixture
from tests.test_every_page import NOT_OURS

pytestmark = pytest.mark.django_db
# For programs of LOCKSS 1.x, whose words are fixed; and the gallery of parts, which only developers see.
ENGLISH = {"api:daemon-status", "common:gallery"}
# Whose heading is the name of a row, or a word that is the same in both.
NAMED = {
    "accounts:person",
    "aus:change-set",
    "aus:holdings-one",
    "aus:listed",
    "aus:publisher",
    "aus:set",
    "aus:subscription",
    "aus:title",
    "kbart:series",
    "me:home",
    "network:member",
    "network:network",
    "nodes:au",
    "nodes:collection",
    "nodes:node",
    "nodes:status-publisher",
    "nodes:status-set",
    "nodes:status-title",
    "peers:peer",
    "permissions:agreement",
    "plugins:jar",
    "plugins:plugin",
    "plugins:plugins",
    "plugins:registry",
    "plugins:signer",
    "titles:list",
}
SIGN_IN = "/accounts/sign-in/"
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_PLACES = re.compile(r'<ul class="places-row">(.*?)</ul>', re.DOTALL)
_NOT_LETTERS = re.compile(r"<[^>]*>|[^\w ]")


def plain(html: str) -> str:
    return " ".join(_NOT_LETTERS.sub(" ", html).split())


def pages_of(client: Client, addresses: dict[str, str]) -> dict[str, object]:
    """Name → answer of what is a page of ours."""
    answers = {name: client.get(path) for name, path in addresses.items() if name not in NOT_OURS}
    return {
        name: answer
        for name, answer in answers.items()
        if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
    }


def test_every_page_is_spanish(paths, client) -> None:  # noqa: F811
    """Headings that are not the name of a row differ from the English ones, and so do the places of the header."""
    person = make_person("judge", Role.SYSTEM)
    shown = {}
    for language in ("en", "es"):
        person.language = language
        person.save()
        client.force_login(person)
        shown[language] = pages_of(client, paths)
    assert len(shown["en"]) > 100
    assert set(shown["es"]) == set(shown["en"])
    wrong = []
    for name, answer in shown["es"].items():
        html, english = answer.content.decode(), shown["en"][name].content.decode()
        if name not in ENGLISH and '<html lang="es"' not in html:
            wrong.append(f"{name}: not said to be Spanish")
        for part, without in ((_HEADING, ENGLISH | NAMED), (_PLACES, ENGLISH)):
            there, here = (plain(" ".join(part.findall(text))) for text in (english, html))
            if here and here == there and name not in without:
                wrong.append(f"{name}: {here!r} as in English")
    assert not wrong, "\n".join(wrong)


def test_the_header_is_spanish(client) -> None:
    person = make_person("judge", Role.SYSTEM)
    person.language = "es"
    person.save()
    client.force_login(person)
    places = plain(_PLACES.findall(client.get("/").content.decode())[0])
    with override("es"):
        for english in ("Home", "Titles", "Permissions", "Network"):
            assert gettext(english) in places
            assert gettext(english) != english


@pytest.fixture
def somebody(db):
    """Without anybody, the node asks for its first person."""
    return make_person("somebody", Role.READER)


def test_the_browser_says_its_language(somebody, client) -> None:
    for asked, language in (
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.5", "es"),
        ("en", "en"),
        ("fr, en;q=0.1", "en"),
    ):
        answer = client.get(SIGN_IN, headers={"Accept-Language": asked})
        assert f'<html lang="{language}"' in answer.content.decode(), asked
        assert "Accept-Language" in answer["Vary"]


def test_a_language_without_a_catalogue_is_not_spoken(somebody, client) -> None:
    assert '<html lang="en"' in client.get(SIGN_IN, headers={"Accept-Language": "fr"}).content.decode()


def test_only_what_has_a_catalogue_is_offered() -> None:
    assert offered_languages() == [("en", "English"), ("es", "español")]


def test_a_stranger_chooses_a_language_with_a_form(somebody) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    page = client.get(f"{SIGN_IN}?next=/node/").content.decode()
    form = re.search(r'<form class="languages".*?</form>', page, re.DOTALL)[0]
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
    assert 'method="post" action="/language/"' in form
    assert 'lang="es">español</button>' in form
    back = re.search(r'name="next" value="([^"]+)"', form)[1]
    assert client.post("/language/", {"language": "es", "next": back}).status_code == 403
    given = {"language": "es", "next": back, "csrfmiddlewaretoken": token}
    answer = client.post("/language/", given)
    assert (answer.status_code, answer["Location"]) == (302, f"{SIGN_IN}?next=/node/")
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert cookie.value == "es"
    assert cookie["samesite"] == "Lax"
    assert '<html lang="es"' in client.get(SIGN_IN).content.decode()


@pytest.mark.parametrize("language", ["tlh", "fr", "", "../es", "es\0"])
def test_what_is_not_offered_is_not_kept(somebody, client, language) -> None:
    answer = client.post("/language/", {"language": language, "next": SIGN_IN})
    assert answer["Location"] == SIGN_IN
    assert settings.LANGUAGE_COOKIE_NAME not in answer.cookies
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language or "-"
    assert '<html lang="en"' in client.get(SIGN_IN).content.decode()


def test_the_form_leads_to_no_other_host(client) -> None:
    answer = client.post("/language/", {"language": "es", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_a_visit_of_the_forms_address_leads_back(client) -> None:
    assert client.get("/language/").status_code == 405


def test_who_is_signed_in_chooses_on_their_own_page(client) -> None:
    client.force_login(make_person("judge", Role.READER))
    assert 'class="languages"' not in client.get("/").content.decode()
    client.post("/me/ways/", {"language": "es", "time_zone": ""})
    assert '<html lang="es"' in client.get("/", headers={"Accept-Language": "en"}).content.decode()
    ways = client.get("/me/ways/").content.decode()
    assert ">español</option>" in ways
    assert ">English</option>" in ways
