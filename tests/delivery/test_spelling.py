"""URLs in addresses: every name comes back, and nobody on the way changes one."""

import ada_url
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.aus.models import Au
from apps.delivery import addresses
from apps.delivery.addresses import Asked, delivery_url, parse
from apps.delivery.spelling import LONGEST, Named, digest_of, read, spell

SLUG = "0123456789abcdef0123"
ODD = (
    "http://pub.example",
    "http://pub.example/",
    "http://pub.example//a///b",
    "http://pub.example/a%2Fb%2fc%",
    "http://pub.example/a?q=1&r=%3F?x=/../",
    "http://pub.example/a?",
    "http://pub.example/a??",
    "http://pub.example/?",
    "http://pub.example/a#b?c#d",
    "http://pub.example/a b\tc\nd",
    "http://pub.example/über/ж/\U0001f4da?é=ß",
    "http://pub.example/../a/./b/..",
    "http://pub.example/%2e%2E/.%2e/x",
    "http://pub.example/a/..?b/../c",
    "http://pub.example/'quoted'?it='is'",
    'http://pub.example/"<>\\^`{|}',
    "http://pub.example/a;b;jsessionid=1,2~3@4!*()$[5]",
    "HTTP://PUB.example/",
    "https://user:word@pub.example:8443/x",
    "ftp://pub.example/f",
    "~http://pub.example/",
    "@" + "a" * 64,
    "lockss:au#1",
    "no scheme at all",
    "..",
    "~41",
    "http://pub.example/" + "l" * (LONGEST - 19),
    "http://pub.example/" + "l" * (LONGEST - 18),
    "http://pub.example/" + "é" * 3_000,
    "http://pub.example/" + "l" * 65_500,
)
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=80)
tricky = st.lists(
    st.sampled_from(
        [
            "/",
            ".",
            "..",
            "%2e",
            "%2F",
            "?",
            "#",
            "&",
            "~",
            "~41",
            "@",
            "%",
            "é",
            " ",
            "'",
            "a",
            "//",
            "\\",
            "|",
        ]
    ),
    min_size=1,
    max_size=12,
).map(lambda parts: "http://h" + "".join(parts))


def means(named: Named | None, url: str) -> bool:
    return named is not None and (named.url == url if named.url else named.digest == digest_of(url))


@pytest.mark.parametrize("url", ODD)
def test_odd_urls_come_back(url):
    assert means(read(spell(url)), url)
    assert len(spell(url)) <= LONGEST


@given(st.one_of(names, tricky, names.map("http://h/".__add__)))
@example("http://h/?")
def test_every_name_comes_back(url):
    assert means(read(spell(url)), url)


@given(st.one_of(names, tricky, names.map("http://h/".__add__)))
def test_no_two_names_are_spelt_alike(url):
    assert spell(url) != spell(url + "?")
    assert spell(url) != spell(url + "/")
    assert spell(url) != spell("~" + url)


@given(st.one_of(st.sampled_from(ODD), tricky, names.map("http://h/".__add__)))
def test_browsers_send_an_address_as_it_stands(url):
    address = f"http://localhost:8082/t/5f.ab/{SLUG}/-/{spell(url)}"
    sent = ada_url.URL(address)
    assert sent.href == address
    path, mark, query = address.removeprefix("http://localhost:8082").partition("?")
    assert (sent.pathname, sent.search) == (path, mark + query)


def test_what_is_plain_stays_as_it_is():
    for url in (
        "http://pub.example/a/b.html",
        "http://pub.example/a?b=c%20d&e=/f?g",
        "https://pub.example//x%2Fy",
    ):
        assert spell(url) == url


def test_relative_links_lead_to_neighbours():
    for base in (
        "http://pub.example/v/1/index.html",
        "http://pub.example/v/1/über.html",
        "http://pub.example/v/1/?x=y/z",
    ):
        page = f"http://localhost:8082/t/5f.ab/{SLUG}/-/{spell(base)}"
        target = ada_url.URL("../2/style.css?v=3", base=page).href.removeprefix("http://localhost:8082")
        assert parse(target).url == "http://pub.example/v/2/style.css?v=3"


@pytest.mark.parametrize(
    "text", ["", "~", "@", "@" + "A" * 64, "@" + "a" * 63, "@" + "a" * 65, "~~FF", "~~C3", "http://h/\xe9"]
)
def test_what_spells_no_url(text):
    assert read(text) is None


def test_a_text_that_utf_8_cannot_spell_is_refused():
    with pytest.raises(UnicodeEncodeError):
        spell("http://h/\ud800")


@given(tricky, st.one_of(st.none(), st.integers(1, 999_999_999)))
def test_addresses_are_read_as_they_are_given(url, version):
    target = delivery_url(Au(slug=SLUG), url, version).removeprefix("http://localhost:8082")
    assert parse(target) == Asked(SLUG, version, url)
    spelt = addresses.spell(url)
    assert parse(addresses.path_of(SLUG, version, spelt, key="5f.ab")) == Asked(
        SLUG, version, url, key="5f.ab"
    )
    assert parse(addresses.path_of(SLUG, version, spelt, ticket="5f.ab")) == Asked(
        SLUG, version, url, ticket="5f.ab"
    )


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/favicon.ico",
        f"/{SLUG}",
        f"/{SLUG}/",
        f"/{SLUG}/-",
        f"/{SLUG}/-/",
        f"/{SLUG}/0/http://h/",
        f"/{SLUG}/01/http://h/",
        f"/{SLUG}/-1/http://h/",
        f"/{SLUG}/1234567890/http://h/",
        f"/{SLUG}/٣/http://h/",
        f"/{SLUG.upper()}/-/http://h/",
        f"/{SLUG[:-1]}/-/http://h/",
        f"/x/5f.ab/{SLUG}/-/http://h/",
        f"/t//{SLUG}/-/http://h/",
        f"/t/{'a' * 101}/{SLUG}/-/http://h/",
        f"http://localhost/{SLUG}/-/http://h/",
        f"//{SLUG}/-/http://h/",
    ],
)
def test_what_is_no_address(target):
    assert parse(target) is None


@pytest.mark.parametrize("url", ODD)
def test_the_way_to_the_portal_is_short_and_says_the_same(url, settings):
    named = read(spell(url))
    to = addresses.portal_url(Asked(SLUG, 3, named.url, named.digest))
    assert to.startswith(f"{settings.NODE.public_url}/aus/{SLUG}/open/?")
    assert len(to) < 2_200
    asked = ada_url.URLSearchParams(to.partition("?")[2])
    assert asked.get("version") == "3"
    assert asked.get("url") == url or asked.get("sha256") == digest_of(url)
