"""The portal's page about OpenURLs: a question tried, the descriptions for link resolvers."""

import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from django.conf import settings as node_settings

from apps.accounts.choices import Role
from apps.delivery.openurl_words import finding_text
from apps.delivery.services import kept
from apps.delivery.targets import TARGETS
from apps.lockss.openurl import OpenUrlCode, OpenUrlFinding, parse_openurl
from tests.accounts.factories import make_person
from tests.delivery.places import rule
from tests.delivery.test_openurl_found import ISSN, volume
from tests.repository.factories import use_store

pytestmark = pytest.mark.django_db
COINS = (
    f'<p><span class="Z3988" title="ctx_ver=Z39.88-2004&amp;rft.issn={ISSN}&amp;rft.volume=12"></span></p>'
)


@pytest.fixture(autouse=True)
def node(db, settings, tmp_path):
    use_store(settings, tmp_path / "content", network_name="")
    settings.NODE = replace(
        node_settings.NODE,
        content_dir=settings.NODE.content_dir,
        content_url="https://kept.example:8443",
        network_name="",
    )
    kept.forget()


@pytest.fixture
def reports(client):
    client.force_login(make_person("rosa", Role.REPORTS))


def answer(client, **query: str) -> str:
    got = client.get("/openurl/", query)
    assert got.status_code == 200
    return got.content.decode()


@pytest.mark.parametrize(
    "asked",
    [
        {"q": f"https://resolver.example/sfx?sid=x&issn={ISSN}&volume=12"},
        {"q": f"rft.issn={ISSN}&rft.volume=12"},
        {"q": COINS},
        {"issn": ISSN, "volume": "12"},
    ],
)
def test_a_question_in_any_form_is_answered_with_how_it_was_found(client, reports, asked):
    au = volume("12")
    page = answer(client, **asked)
    assert "by its ISSN" in page
    assert "The volume or book that holds it is known." in page
    at = quote(f"/ServeContent?url=http://pub.example/v12/&auid={quote(au.auid, safe='')}", safe="")
    assert f'href="/aus/{au.slug}/open/?at={at}"' in page
    assert 'href="http://pub.example/v12/"' in page


def test_its_link_opens(client, reports):
    au = volume("12")
    at = quote(f"/ServeContent?url=http://pub.example/v12/&auid={quote(au.auid, safe='')}", safe="")
    got = client.get(f"/aus/{au.slug}/open/?at={at}")
    assert got.status_code == 302
    assert got["Location"].startswith("https://kept.example:8443/o/")


def test_a_dark_unit_leads_to_the_title_lists_page_of_it(client, reports):
    au = volume("12")
    rule(au=au, choice="dark")
    page = answer(client, issn=ISSN, volume="12")
    assert "The volume or book is known, but it cannot be opened from here." in page
    assert f'href="/titles/au/{au.listed.slug}/"' in page
    assert "/open/?at=" not in page
    assert "http://pub.example/v12/" not in page


def test_what_is_odd_about_a_question_is_said_and_nothing_of_it_acts(client, reports):
    page = answer(
        client, q="issn=1234-5670&rft_id=javascript:alert(1)&rft.volume=%3Cscript%3E&x=%22%3E%3Cimg%3E"
    )
    assert "The check digit is wrong; it was looked for as it stands." in page
    assert "Nobody knows this kind of identifier." in page
    assert 'href="javascript' not in page
    assert "<script>alert" not in page
    assert '"><img>' not in page


def test_a_question_that_is_too_long_is_refused_by_the_form(client, reports):
    page = answer(client, q="issn=" + "1" * 4_001)
    assert 'id="answer"' not in page
    assert 'role="alert"' in page or "errorlist" in page


def test_every_finding_has_words():
    texts = {finding_text(OpenUrlFinding(code)) for code in OpenUrlCode}
    assert len(texts) == len(OpenUrlCode)


@pytest.mark.parametrize("name", TARGETS)
def test_a_description_has_the_nodes_own_address_on_the_page_and_in_the_file(client, reports, name):
    got = client.get("/openurl/target/", {"for": name})
    text = got.content.decode()
    assert got["Content-Type"] == "text/plain; charset=utf-8"
    assert got["Content-Disposition"] == f'attachment; filename="openurl-{name}.txt"'
    assert "https://kept.example:8443/ServeContent" in text
    assert f'href="/openurl/target/?for={name}"' in answer(client)


def test_what_resolvers_fill_in_is_understood(client, reports):
    volume("12")
    alma = client.get("/openurl/target/", {"for": "alma"}).content.decode()
    address = next(line for line in alma.splitlines() if "ServeContent?" in line).partition(": ")[2]
    filled = address.replace("{rft.issn}", ISSN).replace("{rft.volume}", "12")
    for rest in ("isbn", "title", "issue", "spage", "year", "atitle", "aulast", "pub"):
        filled = filled.replace(f"{{rft.{rest}}}", "")
    assert "{" not in filled
    asked = parse_openurl(filled)
    assert (asked.issns, asked.volume, asked.title) == ((ISSN,), "12", "")
    assert "The volume or book that holds it is known." in answer(client, q=filled)


def test_sfx_takes_host_and_port(client, reports):
    text = client.get("/openurl/target/", {"for": "sfx"}).content.decode()
    assert "HOST: kept.example\n" in text
    assert "PORT: 8443\n" in text


def test_an_unknown_resolver_is_a_bad_question(client, reports):
    assert client.get("/openurl/target/", {"for": "../x"}).status_code == 400


def test_the_choices_are_searched_sorted_paged_and_a_file(client, reports):
    for number in range(10, 14):
        volume(str(number))
    asked = {"issn": ISSN, "volume": "12"}
    page = answer(client, **asked, sort="-name")
    names = re.findall(r'<th scope="row"><a href="/aus/[^"]+" rel="noreferrer">([^<]+)</a>', page)
    assert len(names) == 4
    assert names == sorted(names, reverse=True)
    assert 'aria-sort="descending"' in page
    assert f'href="/openurl/?issn={ISSN}&amp;volume=12&amp;sort=name#choices"' in page
    searched = answer(client, **asked, search="volume 13,")  # without the comma AUIDs in addresses fit, too
    assert len(re.findall(r'<th scope="row"><a href="/aus/', searched)) == 1
    assert "Nothing here has these words." in answer(client, **asked, search="zzz")
    got = client.get("/openurl/", {**asked, "sort": "-name", "format": "tsv"})
    lines = got.content.decode().splitlines()
    assert lines[0] == "name\tpublisher\tfits\twhere"
    assert [line.partition("\t")[0] for line in lines[1:]] == names
    assert got["Content-Disposition"] == 'attachment; filename="choices.tsv"'


def test_on_a_narrow_screen_each_choice_says_below_each_other_what_it_is(client, reports):
    """As on the content host: every value behind its head, the first naming the row."""
    volume("13")
    page = answer(client, issn=ISSN, volume="12")
    assert '<table class="rows">' in page
    row = page.partition("<tbody>")[2].partition("</tr>")[0]
    assert row.count('<th scope="row">') == 1
    assert re.findall(r'data-label="([^"]+)"', row) == ["Publisher", "How it fits", "Where it can be read"]
