"""Requests to ServeContent and addresses of replay: every form, every ambiguity, every error, and laws for any text."""

import datetime as dt
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.memento import Stretch
from apps.lockss.openurl import OpenUrlCode, OpenUrlFinding
from apps.lockss.replay import (
    AskCode,
    AskError,
    Form,
    Modifier,
    Replay,
    ReplayForm,
    ServeContent,
    TimeMapKind,
    is_collection,
    is_http,
    parse_replay,
    parse_serve_content,
)

U = "http://pub.example/a?b=1&c=2"
ENCODED = quote(U, safe="")
AUID = "org|lockss|plugin|P&base_url~http%3A%2F%2Fpub%2Eexample%2F"


def read(target: str) -> ServeContent:
    found = parse_serve_content(target)
    assert isinstance(found, ServeContent), found
    return found


def test_the_forms() -> None:
    assert (
        read("/ServeContent") == read("/ServeContent/") == read("/ServeContent?") == ServeContent(Form.INDEX)
    )
    assert read(f"/ServeContent?url={ENCODED}") == ServeContent(Form.URL, (U,))
    asked = f"/ServeContent?url={ENCODED}&auid={quote(AUID, safe='')}"
    assert (read(asked).form, read(asked).urls[0], read(asked).auid) == (Form.URL, U, AUID)
    assert (read(f"{asked}&version=3").form, read(f"{asked}&version=3").version) == (Form.VERSION, 3)
    assert read(f"/ServeContent?auid={quote(AUID, safe='')}") == ServeContent(Form.AU, auid=AUID)
    assert read("/ServeContent?auid=x&use_openurl=true").use_openurl
    assert read(f"/ServeContent/{U}") == ServeContent(Form.URL, (U,))


def test_the_switches() -> None:
    found = read(f"/ServeContent?url={ENCODED}&noproxy=1&norewrite=1&filterPlugins=no&choices=1")
    assert (found.no_proxy, found.no_rewrite, found.all_plugins, found.choices) == (True, True, True, True)
    found = read(f"/ServeContent?url={ENCODED}&noproxy=&norewrite=&filterPlugins=yes&choices=0&use_openurl=1")
    assert (found.no_proxy, found.no_rewrite, found.all_plugins, found.choices) == (
        False,
        False,
        False,
        False,
    )
    assert not found.use_openurl


@pytest.mark.parametrize(
    "query",
    [
        "doi=10.5555/a",
        "id=doi:10.5555/a",
        "rft_id=info:doi/10.5555/a",
        "rft.issn=1234-5679",
        "issn=1234-5679",
        "pub=P",
    ],
)
def test_an_openurl(query: str) -> None:
    found = read(f"/ServeContent?{query}&choices=1&noproxy=1")
    assert found.form is Form.OPENURL
    assert found.openurl is not None
    assert found.openurl.findings == ()
    assert (found.choices, found.no_proxy) == (True, True)


def test_an_openurl_that_is_too_long_is_told_as_one() -> None:
    found = parse_serve_content("/ServeContent?title=" + "x" * 9_000)
    assert isinstance(found, OpenUrlFinding)
    assert found.code is OpenUrlCode.TOO_LONG


def test_a_url_comes_before_everything_else() -> None:
    found = read(f"/ServeContent?doi=10.5555/a&url={ENCODED}")
    assert (found.form, found.urls) == (Form.URL, (U,))
    assert read("/ServeContent?auid=x&doi=10.5555/a").form is Form.OPENURL


SPELT = [
    # An ampersand that was not escaped: all of it, then the part, then whatever else there is.
    (f"url={U}", (U, "http://pub.example/a?b=1")),
    (f"url={U}&auid=x", (U, "http://pub.example/a?b=1", f"{U}&auid=x")),
    (
        "url=http://pub.example/a&auid=x&c=2",
        ("http://pub.example/a&c=2", "http://pub.example/a", "http://pub.example/a&auid=x&c=2"),
    ),
    # Literal first: neither a slash nor a sign is made of what was written.
    ("url=http://pub.example/a%2Fb", ("http://pub.example/a%2Fb", "http://pub.example/a/b")),
    ("url=http%3A%2F%2Fpub.example%2Fa%252Fb", ("http://pub.example/a%2Fb",)),
    ("url=http%3A%2F%2Fpub.example%2Fa%3Fx%26section%3D1", ("http://pub.example/a?x&section=1",)),
    (
        "url=http%3A%2F%2Fpub.example%2Fa%3Fx%26amp%3By",
        ("http://pub.example/a?x&amp;y", "http://pub.example/a?x&y"),
    ),
    (
        "url=http://pub.example/a?b=1&amp;c=2",
        ("http://pub.example/a?b=1&amp;c=2", "http://pub.example/a?b=1", "http://pub.example/a?b=1&c=2"),
    ),
    ("url=http://pub.example/a+b", ("http://pub.example/a+b", "http://pub.example/a b")),
    ("url=http:/pub.example/a", ("http://pub.example/a",)),
    ("url=http://pub.example/%00", ("http://pub.example/%00",)),
    ("c=2&url=http://pub.example/a", ("http://pub.example/a",)),
    (
        "url=http://pub.example/a&url=http://b.example/",
        ("http://pub.example/a&url=http://b.example/", "http://pub.example/a"),
    ),
]


@pytest.mark.parametrize(("query", "urls"), SPELT)
def test_spellings_to_try(query: str, urls: tuple[str, ...]) -> None:
    assert read(f"/ServeContent?{query}").urls == urls


@pytest.mark.parametrize(
    ("path", "urls"),
    [
        ("http://pub.example/a?b=1&auid=x", ("http://pub.example/a?b=1&auid=x",)),
        ("http:/pub.example/a", ("http://pub.example/a",)),
        ("http%3A%2F%2Fpub.example%2Fa%3Fb?c", ("http://pub.example/a?b?c",)),
        ("http://pub.example/a%20b", ("http://pub.example/a%20b", "http://pub.example/a b")),
        ("http://pub.example/a+b", ("http://pub.example/a+b",)),
    ],
)
def test_the_form_of_a_path(path: str, urls: tuple[str, ...]) -> None:
    found = read(f"/ServeContent/{path}")
    assert (found.form, found.urls, found.auid) == (Form.URL, urls, "")


ERRORS = [
    *((f"?url={text}", AskCode.NO_URL, "url") for text in ("", "+", "%20")),
    *(
        (f"?url={text}", AskCode.NOT_HTTP, "url")
        for text in (
            *(
                "javascript:alert(1)",
                "data:text/html,x",
                "file:///etc/passwd",
                "ftp://pub.example/",
                "x",
                "//evil.example/",
            ),
            *(
                "http:\\\\evil.example",
                "http:///a",
                "http://",
                "%6aavascript:alert(1)",
                "http%3A%2F%2Fpub.example%2F%00",
                "mailto:a@b",
            ),
        )
    ),
    ("/javascript:alert(1)", AskCode.NOT_HTTP, "url"),
    ("/x", AskCode.NOT_HTTP, "url"),
    *(
        (f"?url={ENCODED}&auid=x&version={text}", AskCode.BAD_VERSION, "version")
        for text in ("-1", "1e9", "%D9%A3", "x", "1.0", "9999999999", "+1")
    ),
    (f"?url={ENCODED}&version=1", AskCode.VERSION_ALONE, "version"),
    ("?auid=x&version=1", AskCode.VERSION_ALONE, "version"),
    ("?version=1", AskCode.VERSION_ALONE, "version"),
    ("?url=http://pub.example/" + "a" * 17_000, AskCode.TOO_LONG, "url"),
]


@pytest.mark.parametrize(("behind", "code", "field"), ERRORS)
def test_errors(behind: str, code: AskCode, field: str) -> None:
    found = parse_serve_content(f"/ServeContent{behind}")
    assert isinstance(found, AskError), found
    assert (found.code, found.field) == (code, field)
    assert len(found.found) <= 200


@pytest.mark.parametrize(
    "target", ["", "/", "/ServeContents", "/x/ServeContent", "ServeContent", "/servecontent"]
)
def test_what_is_no_such_request(target: str) -> None:
    assert parse_serve_content(target) is None


def at(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)


EXACT = Stretch(at("20070531203500"), at("20070531203500"))
YEAR = Stretch(at("20070101000000"), at("20071231235959"))
PAGE = ("http://pub.example/a?b=1&c=2",)
PLAIN = ("http://pub.example/",)
VERSION, GATE, MAP = ReplayForm.VERSION, ReplayForm.TIMEGATE, ReplayForm.TIMEMAP
REPLAYS = [
    (f"/all/20070531203500/{U}", Replay("all", VERSION, PAGE, EXACT)),
    (f"/all/20070531203500id_/{U}", Replay("all", VERSION, PAGE, EXACT, Modifier.IDENTITY)),
    (f"/au-0123/2007mp_/{U}", Replay("au-0123", VERSION, PAGE, YEAR, Modifier.PAGE)),
    (f"/all/im_/{U}", Replay("all", VERSION, PAGE, None, Modifier.IMAGE)),
    ("/all/2007/pub.example/", Replay("all", VERSION, PLAIN, YEAR)),
    ("/all/2007/http:/pub.example/", Replay("all", VERSION, PLAIN, YEAR)),
    ("/all/2007/http%3A%2F%2Fpub.example/", Replay("all", VERSION, PLAIN, YEAR)),
    (f"/all/{U}", Replay("all", GATE, PAGE)),
    (f"/all/timegate/{U}", Replay("all", GATE, PAGE)),
    (f"/timegate/{U}", Replay("all", GATE, PAGE)),
    (f"/all/*/{U}", Replay("all", ReplayForm.VERSIONS, PAGE)),
    (f"/all/2007*/{U}", Replay("all", ReplayForm.VERSIONS, PAGE, YEAR)),
    (f"/all/timemap/link/{U}", Replay("all", MAP, PAGE)),
    (f"/all/timemap/{U}", Replay("all", MAP, PAGE)),
    (f"/timemap/json/{U}", Replay("all", MAP, PAGE, kind=TimeMapKind.JSON)),
    (f"/all/timemap/cdxj/{U}", Replay("all", MAP, PAGE, kind=TimeMapKind.CDXJ)),
    (f"/group-1/timemap/json/12/{U}", Replay("group-1", MAP, PAGE, kind=TimeMapKind.JSON, page=12)),
    ("/all/timemap/link/pub.example/", Replay("all", MAP, PLAIN)),
    ("/all/cdx?url=x&limit=1", Replay("all", ReplayForm.CDX, query="url=x&limit=1")),
    ("/cdx?url=x", Replay("all", ReplayForm.CDX, query="url=x")),
    ("/all/cdx", Replay("all", ReplayForm.CDX)),
]


@pytest.mark.parametrize(("target", "asked"), REPLAYS)
def test_addresses_of_replay(target: str, asked: Replay) -> None:
    assert parse_replay(target) == asked


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (f"/all/99999999999999/{U}", AskCode.BAD_TIMESTAMP),
        (f"/all/200702300000/{U}", AskCode.BAD_TIMESTAMP),
        (f"/all/{'1' * 15}/{U}", AskCode.BAD_TIMESTAMP),
        (f"/all/{'1' * 20}id_/{U}", AskCode.BAD_TIMESTAMP),
        (f"/all/0000*/{U}", AskCode.BAD_TIMESTAMP),
        (f"/all/2007zz_/{U}", AskCode.UNKNOWN_MODIFIER),
        ("/all/2007/", AskCode.NO_URL),
        ("/all/timegate/", AskCode.NO_URL),
        ("/all/timemap/link/", AskCode.NO_URL),
        ("/all/2007/javascript:alert(1)", AskCode.NOT_HTTP),
        ("/all/2007/javascript%3Aalert(1)", AskCode.NOT_HTTP),
        ("/all/2007//evil.example/", AskCode.NOT_HTTP),
        ("/all/2007/http:\\\\evil.example/", AskCode.NOT_HTTP),
        ("/all/2007id_/data:text/html,x", AskCode.NOT_HTTP),
        (f"/all/timemap/link/0/{U}", AskCode.BAD_PAGE),
        (f"/all/timemap/link/{'9' * 9}/{U}", AskCode.BAD_PAGE),
        ("/all/2007/http://pub.example/" + "a" * 17_000, AskCode.TOO_LONG),
    ],
)
def test_malformed_addresses_of_replay(target: str, code: AskCode) -> None:
    found = parse_replay(target)
    assert isinstance(found, AskError), found
    assert found.code is code


@pytest.mark.parametrize(
    "target",
    [
        *(
            "",
            "/",
            "/all",
            "/all/",
            "/all/x/y",
            "/x/2007/http://pub.example/",
            "/All/2007/http://pub.example/",
        ),
        *("/0123456789abcdef0123/-/http://pub.example/", "/0123456789abcdef0123/2007/http://pub.example/"),
        *(
            "/t/key/0123456789abcdef0123/-/http://pub.example/",
            "/robots.txt",
            "/said.css",
            "/ServeContent?url=x",
        ),
        *("/timegate", "/timemap", "/cdxx", "/all/cdx/x", "all/2007/http://pub.example/"),
        "/abcdefabcdefabcdefab/2007/http://pub.example/",
    ],
)
def test_what_is_no_address_of_replay(target: str) -> None:
    assert parse_replay(target) is None


def test_pages_alone_lead_to_the_exact_address() -> None:
    assert {one for one in Modifier if one.is_page} == {Modifier.TOP, Modifier.PAGE, Modifier.BANNER}


def test_names_of_collections() -> None:
    assert all(map(is_collection, ("all", "au-0123456789abcdef0123", "group-1")))
    assert not any(
        map(is_collection, ("t", "o", "cdx", "timegate", "timemap", "A", "", "a/b", "x" * 65, "a" * 20))
    )
    assert Replay("au-1", ReplayForm.CDX).is_one_au
    assert not Replay("all", ReplayForm.CDX).is_one_au


TEXT = st.text(st.sampled_from("htp:/%3A2F?&=+;amp*_id0\\é\x00\ud800 #"), max_size=40) | st.text(max_size=30)
HEADS = st.sampled_from(
    ["/ServeContent?", "/ServeContent/", "/ServeContent?url=", "/all/", "/all/2007", "/all/timemap/", ""]
)


@given(HEADS, TEXT)
def test_no_target_raises_and_only_http_is_ever_looked_up(head: str, text: str) -> None:
    for parse in (parse_serve_content, parse_replay):
        found = parse(head + text)
        if isinstance(found, (ServeContent, Replay)):
            assert all(map(is_http, found.urls))
            assert len(found.urls) == len(set(found.urls)) <= 20


URLS = st.text(st.sampled_from("abc/%25?&=+;~é"), max_size=20).map(lambda text: f"http://pub.example/{text}")


@given(URLS)
def test_a_url_that_is_escaped_comes_first_as_it_is(url: str) -> None:
    assert read(f"/ServeContent?url={quote(url, safe='')}").urls[0] == url
    assert read(f"/ServeContent?auid=x&url={quote(url, safe='')}&norewrite=1").urls[0] == url


@given(URLS)
def test_a_url_in_a_path_comes_first_as_it_is(url: str) -> None:
    for target, parse in (
        (f"/ServeContent/{url}", parse_serve_content),
        (f"/all/2007id_/{url}", parse_replay),
    ):
        found = parse(target)
        assert isinstance(found, (ServeContent, Replay))
        assert found.urls[0] == url
