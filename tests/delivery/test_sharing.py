"""Links that go on working, where whoever shares them finds them: an AU's page, a URL's page, the resolver's page."""

import html
import re
from urllib.parse import quote, unquote

import pytest

from apps.accounts.choices import Role
from apps.delivery.models import StemReading
from apps.delivery.services import articles, kept
from apps.delivery.sharing import reading_url
from apps.lockss.replay import lasting_path, parse_lasting, parse_serve_content
from tests.asking import as_person
from tests.delivery.places import rule
from tests.delivery.test_articles import ABSTRACT, DOI, SITE, article, unit
from tests.delivery.test_openurl_found import ISSN, volume
from tests.repository.factories import use_store

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(db, settings, tmp_path):
    use_store(settings, tmp_path / "content", network_name="", content_url="https://kept.example")
    kept.forget()


def links(page: str) -> list[str]:
    """The lasting links that a page shows, to be copied."""
    return [
        html.unescape(found) for found in re.findall(r"<code>(https://kept\.example/go[^<]*)</code>", page)
    ]


def test_an_aus_page_has_the_link_to_where_it_begins(client):
    au = unit((ABSTRACT, article()))
    StemReading.objects.filter(au=au).update(start_urls=[f"{SITE}/"])
    as_person(client, Role.READER)
    page = client.get(f"/aus/{au.slug}/").content.decode()
    assert links(page) == [f"https://kept.example{lasting_path(SITE + '/')}"]
    assert "It leads to the publisher while it delivers, and to the preserved copy when it fails." in page


def test_the_link_of_a_unit_without_a_copy_promises_none(client):
    au = volume("12", content=False, start=f"{SITE}/")
    as_person(client, Role.READER)
    page = client.get(f"/aus/{au.slug}/").content.decode()
    assert links(page) == [f"https://kept.example{lasting_path(SITE + '/')}"]
    assert "It leads to the publisher while it delivers. No copy is held here yet to lead to." in page
    assert "the preserved copy" not in page


def test_no_link_is_offered_that_no_reader_may_follow(client):
    au = unit((ABSTRACT, article()))
    StemReading.objects.filter(au=au).update(start_urls=[f"{SITE}/"])
    rule(au=au, choice="dark")
    kept.forget()
    as_person(client, Role.READER)
    for path in (f"/aus/{au.slug}/", f"/aus/{au.slug}/url/?url={quote(ABSTRACT, safe='')}"):
        assert links(client.get(path).content.decode()) == []


def test_a_urls_page_has_it_by_address_and_by_doi_and_leads_to_where_it_leads(client):
    au = unit((ABSTRACT, article()))
    articles.read_articles(au=au.pk)
    as_person(client, Role.READER)
    page = client.get(f"/aus/{au.slug}/url/?url={quote(ABSTRACT, safe='')}").content.decode()
    by_url, by_doi = links(page)
    assert by_url == f"https://kept.example{lasting_path(ABSTRACT)}"
    assert by_doi == f"https://kept.example/go/doi:{DOI}"
    for way in re.findall(rf'href="(/aus/{au.slug}/open/\?at=%2Fgo[^"]+)"', page):
        sent = client.get(html.unescape(way))
        assert sent.status_code == 302
        to = re.sub(r"^https://kept\.example/o/[^/]+", "", sent["Location"])
        assert parse_lasting(to).choices


def test_the_resolvers_page_has_it(client):
    au = volume("12", start=f"{SITE}/12/")
    as_person(client, Role.READER)
    page = client.get("/openurl/", {"issn": ISSN, "volume": "12"}).content.decode()
    assert links(page) == [f"https://kept.example{lasting_path(SITE + '/12/')}"]
    other = unit((ABSTRACT, article()))
    articles.read_articles(au=other.pk)
    assert links(client.get("/openurl/", {"doi": DOI}).content.decode()) == [
        f"https://kept.example/go/doi:{DOI}"
    ]
    assert links(client.get("/openurl/", {"doi": "10.5555/none"}).content.decode()) == []
    assert au.slug


@pytest.mark.parametrize("url", [f"{SITE}/a?b=c&auid=x", f"{SITE}/ü", f"{SITE}/a#b%2F"])
def test_a_copy_is_opened_with_its_links_and_without_its_publisher(url):
    au = unit()
    wanted = parse_serve_content(unquote(reading_url(au, url).partition("?at=")[2]))
    assert url in wanted.urls
    assert (wanted.auid, wanted.no_proxy, wanted.no_rewrite) == (au.auid, True, False)


def test_what_is_too_long_is_opened_as_it_was_collected():
    assert reading_url(unit(), f"{SITE}/{'x' * 3_000}").startswith("https://kept.example/")
