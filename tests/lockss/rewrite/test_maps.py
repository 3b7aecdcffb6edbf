"""Where links lead: hosts compared as browsers read them, URLs so that they come back whole."""

from urllib.parse import parse_qs, urlsplit

import ada_url
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.errors import LocalError
from apps.lockss.rewrite import HtmlRewriter, ReplayMap, ServeContentMap, Use
from apps.lockss.rewrite.resolver import Resolver
from tests.lockss.rewrite.pieces import AT, REPLAY, SERVE, Nowhere, html


@pytest.mark.parametrize(
    "url",
    [
        "http://h.org/",
        "HTTP://H.org:80/x",
        "http://h.org./x",
        "//h.org/x",
        "x",
        "/x?y=z&url=http://k.org/#f",
        "\\\\h.org\\x",
    ],
)
def test_serve_content_takes_what_lies_in_a_stem(url: str) -> None:
    assert b"/ServeContent?url=http://h.org" in html(f'<a href="{url}">', SERVE)


@pytest.mark.parametrize(
    "url",
    [
        "https://h.org/",
        "http://h.org:8080/",
        "http://h.org.evil.net/",
        "http://h.org@evil.net/",
        "http://evil.net/http://h.org/",
        "http://evil.net#@h.org/",
        "http://evil.net\\@h.org/",
        "http://h.orgx/",
        "http://user@h.org/",
        "http://www.h.org/",
    ],
)
def test_serve_content_leaves_what_lies_outside(url: str) -> None:
    body = f'<a href="{url}">'.encode()
    assert html(body, SERVE) == body


def test_serve_content_takes_what_a_page_fetches_from_any_held_host() -> None:
    asked: list[str] = []

    def held(origin: str) -> bool:
        asked.append(origin)
        return origin == "http://cdn.example"

    links = ServeContentMap(["http://h.org/"], held=held)
    assert links.link("http://cdn.example/x", Use.IMAGE) == "/ServeContent?url=http://cdn.example/x"
    assert links.link("http://cdn.example/x", Use.PAGE) is None
    assert links.link("http://other.example:81/x", Use.STYLE) is None
    assert asked == ["http://cdn.example", "http://other.example:81"]


@pytest.mark.parametrize("stem", ["", "h.org", "ftp://h.org/", "http://", "http://[x/"])
def test_a_stem_is_an_http_url(stem: str) -> None:
    with pytest.raises(LocalError):
        ServeContentMap([stem])


def test_stems_beyond_ascii_are_read_as_browsers_do() -> None:
    links = ServeContentMap(["http://BÜCHER.example/"])
    assert links.link("http://xn--bcher-kva.example/", Use.PAGE) is not None


@pytest.mark.parametrize("timestamp", ["", "2020", "20200102030405 ", "٢٠٢٠٠١٠٢٠٣٠٤٠٥", "2020010203040x"])
def test_a_timestamp_has_14_digits(timestamp: str) -> None:
    with pytest.raises(ValueError, match="14 digits"):
        ReplayMap("/all/", timestamp)


def test_replay_names_the_use_in_the_modifier() -> None:
    links = ReplayMap("/all/", "20200102030405", page="")
    assert {use: links.link("http://k.org/", use) for use in Use} == {
        use: f"/all/20200102030405{modifier}/http://k.org/"
        for use, modifier in {
            Use.PAGE: "",
            Use.BASE: "",
            Use.IMAGE: "im_",
            Use.STYLE: "cs_",
            Use.SCRIPT: "js_",
            Use.IFRAME: "if_",
            Use.FRAME: "fr_",
            Use.OTHER: "oe_",
        }.items()
    }


@pytest.mark.parametrize(
    "link",
    [
        "/all/20200102030405im_/http://h.org/../../../../admin",
        "/all/20200102030405im_/http://h.org/%2E%2e/x",
        "/all/20200102030405im_/http://h.org\\..\\..\\x",
        "/all/20200102030405im_/http://h.org/.\n./x",
        "/all/20200102030405im_/javascript:x",
        "/all/2020/http://h.org/",
        "/other/20200102030405/http://h.org/",
        "//all/20200102030405/http://h.org/",
    ],
)
def test_what_only_looks_like_ours_is_rewritten(link: str) -> None:
    assert not REPLAY.is_own(link)
    assert AT.encode() + b"mp_/http://" in html(f'<a href="{link}">')


@pytest.mark.parametrize(
    "link",
    [
        "/all/20200102030405mp_/http://k.org/x?y=/../z#/../f",
        "/all/19990102030405/https://k.org",
        "/all/20200102030405id_/http://k.org/a..b/...",
    ],
)
def test_links_that_are_ours_stay(link: str) -> None:
    assert REPLAY.is_own(link)
    body = f"<a href='{link}'>".encode()
    assert html(body) == body


PATHS = st.text("abz/.-_~%2eE:@!$&'()*+,;=?#[]\\ <>\"\tüß0", max_size=30)


@given(PATHS)
def test_serve_content_urls_come_back_whole(path: str) -> None:
    url = ada_url.join_url("http://h.org/", "/x" + path)
    link = SERVE.link(url, Use.PAGE)
    assert link is not None
    assert SERVE.is_own(link)
    parts = urlsplit(link)
    assert parse_qs(parts.query, keep_blank_values=True) == {"url": [url.partition("#")[0]]}
    assert parts.fragment == url.partition("#")[2]


@given(PATHS)
def test_replay_urls_are_their_own(path: str) -> None:
    link = REPLAY.link(ada_url.join_url("http://h.org/", "/x" + path), Use.PAGE)
    assert link is not None
    assert REPLAY.is_own(link)


@given(
    st.text("ab/.-_~%:?=&#", max_size=20),
    st.sampled_from(["http://h.org", "http://u:p@h.org:81/a/b?c/d#e/f"]),
)
def test_the_short_way_to_a_url_leads_where_the_parser_does(link: str, base: str) -> None:
    resolver = Resolver(base, Nowhere(), "utf-8")
    url = ada_url.join_url(base, link)
    assert resolver.absolute(link) == (url if url.startswith(("http://", "https://")) else None)


@pytest.mark.parametrize("url", ["", "x", "ftp://h.org/", "http://[/", "javascript:x"])
def test_a_page_has_an_http_url(url: str) -> None:
    """Against a base that is none, absolute links would not be found either."""
    with pytest.raises(LocalError):
        HtmlRewriter(url, REPLAY)
