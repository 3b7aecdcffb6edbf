"""Where a plugin filters before copies are compared, pages say so: same is then not byte for byte."""

import pytest

from apps.nodes.services import refreshing
from apps.plugins.services import load_plugin_files
from apps.repository import services as repository
from tests import factories as make
from tests.asking import as_person
from tests.plugins.factories import child, xml
from tests.repository.factories import capture
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db

SAID = "Copies are compared without what the plugin filters out (text/html)."
FILTER = "org.lockss.portal.sample.SampleHtmlHashFilterFactory"
PLUGIN = "org/lockss/plugin/sample/SamplePlugin.xml"
HTML, PDF = "http://pub.example/a", "http://pub.example/b"


def load(**keys) -> None:
    load_plugin_files([(PLUGIN, xml(**keys))])


@pytest.fixture
def au(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    made = make.make_au()
    repository.add_captures(
        auid=made.auid,
        captures=[
            capture(HTML, b"<html></html>", kind="text/html; charset=utf-8"),
            capture(PDF, b"%PDF", kind="application/pdf"),
        ],
    )
    make.make_poll(made, [make.make_peer("Birch")])
    make.agree(made, make.make_peer("Cedar"))
    refreshing.refresh(keys=[made.pk])
    return made


def pages(client, au) -> dict[str, str]:
    as_person(client)
    poll = au.polls.get()
    paths = (f"/aus/{au.slug}/", f"/polls/{poll.pk}/", *(f"/aus/{au.slug}/url/?url={u}" for u in (HTML, PDF)))
    return {path: client.get(path).content.decode() for path in paths}


def test_pages_of_an_au_whose_plugin_filters_say_what_is_not_compared(client, au):
    load(**{"text/html_filter_factory": FILTER})
    *others, pdf = pages(client, au).values()
    assert all(SAID in page for page in others)
    assert "filters out" not in pdf


def test_an_old_filter_and_one_of_the_parent_are_told_too(client, au):
    load_plugin_files(
        [
            ("org/a/Parent.xml", xml(**{"text/html_filter": FILTER})),
            (PLUGIN, child("org.a.Parent", **{"application/pdf_filter_factory": FILTER})),
        ]
    )
    unit, _poll, html, pdf = pages(client, au).values()
    assert "filters out (application/pdf, text/html)." in unit
    assert SAID in html
    assert "filters out (application/pdf)." in pdf


@pytest.mark.parametrize("keys", [{}, {"text/html_crawl_filter_factory": FILTER}])
def test_where_nothing_is_filtered_nothing_is_said(client, au, keys):
    load(**keys)
    assert not any("filters out" in page for page in pages(client, au).values())


def test_what_was_never_compared_says_nothing_of_comparing(client, settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    load(**{"text/html_filter_factory": FILTER})
    as_person(client)
    assert "filters out" not in client.get(f"/aus/{make.make_au().slug}/").content.decode()


def test_the_plugin_names_its_filters(client):
    load(**{"text/html_filter_factory": FILTER})
    as_person(client)
    page = client.get("/plugins/org.lockss.plugin.sample.SamplePlugin/").content.decode()
    assert "Filtered before copies are compared" in page
    assert f"text/html: <code>{FILTER}</code>" in page
