"""Columns of one's own go by the form and then stand in addresses: as many as the portal's server takes, and no more."""

import re
from html import unescape
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from gunicorn.config import Config
from gunicorn.http.errors import LimitRequestLine
from gunicorn.http.parser import RequestParser

from apps.accounts.choices import Role
from apps.common.lists import keyset
from apps.kbart.asking import LONGEST_QUERY, order_of
from apps.titles.models import Title
from tests.accounts.factories import make_person
from tests.factories import make_title
from tests.kbart.reports import body, portal_settings, proved_au

pytestmark = pytest.mark.django_db
PAGE = "/reports/kbart/"


@pytest.fixture(autouse=True)
def portal(settings, tmp_path, client):
    settings.NODE = portal_settings(tmp_path)
    client.force_login(make_person("rita", Role.REPORTS))


def asked_at_the_server(address: str) -> str:
    """As the portal's own server reads a request line, with the limit that it has."""
    line = f"GET {address} HTTP/1.1\r\nHost: portal.example\r\n\r\n".encode("ascii")
    return next(RequestParser(Config(), iter([line]), ("127.0.0.1", 1))).uri


def columns(length: int, sign: str) -> str:
    """A text of its own beside the title, so long that the query has ``length`` characters."""
    bare = len(order_of({"columns": 'publication_title\r\n"" @T'}).query())
    each = len(order_of({"columns": f'publication_title\r\n"{sign}" @T'}).query()) - bare
    many, rest = divmod(length - bare, each)
    return f'publication_title\r\n"{sign * many}{"a" * rest}" @T'


def test_the_server_has_a_limit():
    """Else this would prove nothing."""
    assert asked_at_the_server(PAGE) == PAGE
    with pytest.raises(LimitRequestLine):
        asked_at_the_server(PAGE + "?" + "a" * 4_094)


@pytest.mark.parametrize("sign", ["a", "é", "題", "😀"])
def test_what_just_fits_is_served_with_every_link_of_its_page(client, sign):
    for n in range(60):
        proved_au(f"{'題' * 480}{n:02}")
    own = columns(LONGEST_QUERY, sign)
    form = {
        "scope": "preserved",
        "report": "kbart",
        "kind": "all",
        "publisher": "",
        "columns": ["kbart", own],
    }
    answer = client.post(PAGE, form)
    assert answer.status_code == 302
    assert len(urlsplit(answer["Location"]).query) + 1 == LONGEST_QUERY
    assert asked_at_the_server(answer["Location"])
    page = client.get(answer["Location"])
    assert page.status_code == 200
    found = re.findall(r'href="([/?][^"]*)"', page.content.decode())
    links = {urljoin(PAGE, unescape(one)).partition("#")[0] for one in found}
    assert any("after=" in one for one in links)
    for link in links:
        assert asked_at_the_server(link)
    file = client.post(PAGE, {**form, "format": "csv"})
    assert file["Location"].startswith("/reports/kbart/download/?")
    assert asked_at_the_server(file["Location"])
    assert body(client.get(file["Location"])).decode("utf-8-sig").startswith("publication_title,T")


@pytest.mark.parametrize("sign", ["a", "題"])
@pytest.mark.parametrize("more", [{}, {"format": "csv"}])
def test_what_does_not_is_told_with_the_limit_and_kept_in_the_form(client, sign, more):
    own = columns(LONGEST_QUERY + 9, sign)
    answer = client.post(PAGE, {"columns": ["kbart", own], **more})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "at most 3,000" in page
    assert "3,009" in page
    assert own.splitlines()[1][:300] in unescape(page)
    assert client.get(PAGE, {"columns": own}).status_code == 400


def test_what_the_form_sends_becomes_an_address_that_says_the_same(client):
    title = proved_au("Tides").title
    given = {"scope": "collected", "report": "titles", "kind": "serials", "publisher": title.publisher.name}
    answer = client.post(
        PAGE, {**given, "columns": ["details", ""], "with_id": "on", "csrfmiddlewaretoken": "x"}
    )
    address = urlsplit(answer["Location"])
    assert (answer.status_code, address.path) == (302, PAGE)
    assert parse_qs(address.query) == {
        "scope": ["collected"],
        "report": ["titles"],
        "kind": ["serials"],
        "publisher": [str(title.publisher.pk)],
        "columns": ["details"],
        "with_id": ["yes"],
    }


def test_a_place_in_a_list_is_short_whatever_stands_there():
    title = make_title("題" * 500)
    order = keyset.order_for(Title.objects.all(), "name", "name", False)
    row = keyset.with_value(Title.objects.all(), order).get(pk=title.pk)
    assert len(keyset.cursor(order, row)) < 800
