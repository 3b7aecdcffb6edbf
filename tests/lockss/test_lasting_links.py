"""Links that go on working: how they are read, and how they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.delivery import Answer, Failure, PageKind, Row, Serve
from apps.lockss.delivery.asking import PassOn
from apps.lockss.delivery.fallback import is_front_page, status_in, why
from apps.lockss.replay import (
    AskCode,
    AskError,
    Form,
    is_collection,
    lasting_path,
    lasting_path_of_doi,
    parse_lasting,
)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=60))
def test_a_urls_link_is_read_back_to_the_url(text):
    url = f"http://pub.example/{text}"
    path = lasting_path(url)
    assert path.isascii()
    assert not set(path) & set(' "<>\\^`{|}\n')
    wanted = parse_lasting(path)
    assert wanted.form is Form.URL
    assert url in wanted.urls


@given(st.text("abcdefXYZ0123456789.-_;()/<>:#?%&+ é", min_size=1, max_size=30).map(str.strip).filter(bool))
def test_a_dois_link_is_read_back_to_the_doi(text):
    doi = f"10.5555/{text}".lower()
    wanted = parse_lasting(lasting_path_of_doi(doi))
    assert wanted.form is Form.OPENURL
    assert wanted.openurl.dois == (doi,)


@pytest.mark.parametrize(
    "target", ["/", "/goes?url=http://a/", "/ServeContent?url=http://a/", "/going/http://a/"]
)
def test_other_addresses_are_none(target):
    assert parse_lasting(target) is None


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/go", AskCode.NO_URL),
        ("/go/", AskCode.NO_URL),
        ("/go?choices=1", AskCode.NO_URL),
        ("/go?auid=a", AskCode.NO_URL),
        ("/go/ftp://pub.example/a", AskCode.NOT_HTTP),
        ("/go/doi:11.5/x", AskCode.BAD_DOI),
        ("/go?url=http://a/&version=1&auid=b", AskCode.NO_URL),
        ("/go/http://a/" + "x" * 20_000, AskCode.TOO_LONG),
    ],
)
def test_what_is_no_such_link(target, code):
    found = parse_lasting(target)
    assert isinstance(found, AskError)
    assert found.code is code


def test_the_query_of_the_path_form_is_the_urls_own():
    wanted = parse_lasting("/go/http://pub.example/a?choices=1&x=2")
    assert wanted.urls[0] == "http://pub.example/a?choices=1&x=2"
    assert not wanted.choices
    assert parse_lasting("/go/doi:10.5555/a?choices=1").choices
    assert parse_lasting("/go?url=http://pub.example/a&choices=1").choices


def test_no_collection_has_this_name():
    assert not is_collection("go")
    assert is_collection("gone")


@pytest.mark.parametrize(
    ("step", "told", "reason"),
    [
        (Serve(Row.OPEN), None, "open"),
        (Serve(Row.PUBLISHER_GONE), None, "publisher-gone"),
        (PassOn(Row.ANSWERED), Answer(status=200), "publisher-answered"),
        (Serve(Row.FAILED), Answer(failure=Failure.TLS), "tls"),
        (Serve(Row.NO_CONTENT), Answer(status=200, page=PageKind.LOGIN), "login-page"),
        (Serve(Row.NO_CONTENT), Answer(status=200, page=PageKind.SOFT_404), "soft-404"),
        (Serve(Row.NO_CONTENT), Answer(status=301), "led-elsewhere"),
        (Serve(Row.NO_CONTENT), Answer(status=404), "status-404"),
    ],
)
def test_why(step, told, reason):
    assert why(step, told) == reason
    assert status_in(reason) == (404 if reason == "status-404" else None)


@pytest.mark.parametrize(
    ("asked", "led", "is_it"),
    [
        ("http://a/x", "http://a/", True),
        ("http://a/x", "https://b", True),
        ("http://a/x", "http://a/y", False),
        ("http://a/x", "http://a/?q", False),
        ("http://a/", "http://a/", False),
        ("http://a", "https://a/", False),
    ],
)
def test_the_front_page_in_place_of_a_page(asked, led, is_it):
    assert is_front_page(asked, led) is is_it
