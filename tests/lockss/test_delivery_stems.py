"""Stems are parsed values: nothing that only looks like a held host is one (rulings §2)."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.delivery.missing import Listing, MissingAction, MissingAnswer, PublisherState, missing
from apps.lockss.delivery.stems import Stem, StemFault, is_held, location, stem_of, tunnel_stem

PUB = Stem("http", "pub.example", 80)
HELD = {PUB, Stem("https", "pub.example", 443), Stem("http", "xn--bcher-kva.example", 8080)}


@pytest.mark.parametrize(
    "url",
    [
        "http://pub.example",
        "http://pub.example/",
        "HTTP://PUB.Example/a",
        "http://pub.example./a",
        "http://pub.example:80/a",
        "http://pub.example:/a",
        "http://%70ub.example/a",
        "https://pub.example:443?q",
        "http://pub.example#x",
        "http://bücher.example:8080/",
        "http://BÜCHER.example.:8080/",
    ],
)
def test_one_stem_has_many_spellings(url: str) -> None:
    assert is_held(url, HELD)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://pub.example.evil.net/", None),
        ("http://evil.net/http://pub.example/", None),
        ("http://pub.example:25/", None),
        ("https://pub.example:80/", None),
        ("http://bücher.example/", None),
        ("http://sub.pub.example/", None),
        ("http://0x7f.1/", None),
        ("http://pub.example@evil.net/", StemFault.USER_INFO),
        ("http://user:secret@pub.example/", StemFault.USER_INFO),
        ("http://@pub.example/", StemFault.USER_INFO),
        ("http://pub.example%40evil.net/", StemFault.BAD_URL),
        ("http://pub.example\\@evil.net/", StemFault.FORBIDDEN_SIGN),
        ("http:\\\\pub.example/", StemFault.FORBIDDEN_SIGN),
        ("http://pub.example/\r\nX: 1", StemFault.FORBIDDEN_SIGN),
        ("http://pub.exa\tmple/", StemFault.FORBIDDEN_SIGN),
        (" http://pub.example/", StemFault.FORBIDDEN_SIGN),
        ("http://pub.example/\ud800", StemFault.FORBIDDEN_SIGN),
        ("http:pub.example/", StemFault.NOT_HTTP),
        ("http:///pub.example/", StemFault.NOT_HTTP),
        ("//pub.example/", StemFault.NOT_HTTP),
        ("/a", StemFault.NOT_HTTP),
        ("", StemFault.NOT_HTTP),
        ("ftp://pub.example/", StemFault.NOT_HTTP),
        ("javascript:alert(1)", StemFault.NOT_HTTP),
        ("data:text/html,x", StemFault.NOT_HTTP),
        ("file:///etc/passwd", StemFault.NOT_HTTP),
        ("http://pub.example:0/", StemFault.BAD_PORT),
        ("http://pub.example:65536/", StemFault.BAD_URL),
        ("http://pub.example:-80/", StemFault.BAD_URL),
        ("http://pub.example../", StemFault.BAD_URL),
        ("http://pub..example/", StemFault.BAD_URL),
        ("http://./", StemFault.BAD_URL),
        ("http://[fe80::1%25eth0]/", StemFault.BAD_URL),
        ("http://[::1/", StemFault.BAD_URL),
        ("http://pub.example/" + "a" * 65_536, StemFault.TOO_LONG),
    ],
)
def test_what_is_no_held_host_is_refused(url: str, fault: StemFault | None) -> None:
    found = stem_of(url)
    assert (found if isinstance(found, StemFault) else None) is fault
    assert not is_held(url, HELD)
    assert location(url, HELD) is None


def test_addresses_are_compared_as_what_they_are() -> None:
    local = Stem("http", "127.0.0.1", 80)
    for url in ("http://127.0.0.1/", "http://0x7f.1/", "http://2130706433/", "http://127.1/"):
        assert stem_of(url) == local
    assert stem_of("http://[::FFFF:7f00:1]/") == Stem("http", "[::ffff:7f00:1]", 80)
    assert stem_of("http://[0:0::1]:8080/") == Stem("http", "[::1]", 8080)


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("http://PUB.example.:80/a/../b?q=ü#top", "http://pub.example/b?q=%C3%BC"),
        ("https://pub.example", "https://pub.example/"),
        ("http://pub.example/a%2Fb?", "http://pub.example/a%2Fb?"),
        ("http://bücher.example:8080/<x>'\"", "http://xn--bcher-kva.example:8080/%3Cx%3E'%22"),
        ("http://pub.example//evil.net/", None),
        ("http://pub.example/.//evil.net/", None),
        ("http://pub.example/a//b", "http://pub.example/a//b"),
        ("http://evil.net/", None),
    ],
)
def test_a_location_is_written_anew(url: str, written: str | None) -> None:
    assert location(url, HELD) == written


@pytest.mark.parametrize(
    ("authority", "found"),
    [
        ("pub.example:443", Stem("https", "pub.example", 443)),
        ("PUB.example.:443", Stem("https", "pub.example", 443)),
        ("[::1]:443", Stem("https", "[::1]", 443)),
        ("pub.example:25", StemFault.BAD_PORT),
        ("pub.example:80", StemFault.BAD_PORT),
        ("pub.example", StemFault.BAD_URL),
        ("pub.example:", StemFault.BAD_URL),
        ("pub.example:443/", StemFault.BAD_URL),
        ("user@pub.example:443", StemFault.USER_INFO),
        ("pub.example:٤٤٣", StemFault.BAD_URL),
        ("pub.example :443", StemFault.FORBIDDEN_SIGN),
        ("::1:443", StemFault.BAD_URL),
    ],
)
def test_a_tunnel_names_a_host_and_its_web_port(authority: str, found: Stem | StemFault) -> None:
    assert tunnel_stem(authority) == found


URLS = st.one_of(
    st.text(max_size=40),
    st.text(st.sampled_from("ahtps:/@\\.?#[]%0 \t\n\x00pub.example:80ü-"), max_size=40).map(
        "http://".__add__
    ),
    st.text(st.sampled_from("/@\\:?#.%e \t"), max_size=12).map("http://pub.example".__add__),
)


@given(URLS)
def test_no_text_breaks_it_and_a_location_is_clean_and_held(url: str) -> None:
    written = location(url, HELD)
    if written is None:
        return
    assert set(written) <= set(string.printable) - set(string.whitespace) - set("\\#")
    assert written.startswith(tuple(stem.text + "/" for stem in HELD))
    assert location(written, HELD) == written
    assert not written.partition("://")[2].partition("/")[2].startswith("/")


@given(st.text(st.sampled_from(string.ascii_letters + ".-@:\\/ \t%40"), min_size=1, max_size=20))
def test_whatever_stands_behind_a_held_host_does_not_make_another_host_held(tail: str) -> None:
    if not tail.startswith(("/", "?", "#")) and is_held(f"http://pub.example{tail}", HELD):
        ending = tail.partition("/")[0]
        assert ending in {"", ".", ":", ".:", ":80", ".:80"}


def test_the_longest_name_is_still_judged() -> None:
    start = "http://pub.example/"
    assert is_held(start + "a" * (65_536 - len(start)), HELD)
    assert stem_of(start + "a" * (65_537 - len(start))) is StemFault.TOO_LONG


def test_a_bare_404_names_nothing_and_links_nowhere() -> None:
    bare = missing(MissingAction.ERROR_404, PublisherState.UNKNOWN, never=False, stem_held=True)
    assert (bare.status, bare.listing, bare.link) == (404, Listing.NONE, False)


@pytest.mark.parametrize("state", PublisherState)
@pytest.mark.parametrize("never", [True, False])
@pytest.mark.parametrize("held", [True, False])
def test_the_missing_file_action(state: PublisherState, never: bool, held: bool) -> None:
    host = MissingAnswer(404, Listing.HOST, held)
    found = {action: missing(action, state, never=never, stem_held=held) for action in MissingAction}
    assert found[MissingAction.ERROR_404] == MissingAnswer(404)
    assert found[MissingAction.HOST_INDEX] == host
    assert found[MissingAction.AU_INDEX] == MissingAnswer(404, Listing.ALL, held)
    may = held and not never
    assert found[MissingAction.ALWAYS_REDIRECT] == (MissingAnswer(302) if may else host)
    unknown = state is PublisherState.UNKNOWN
    assert found[MissingAction.REDIRECT] == (MissingAnswer(302) if may and unknown else host)
