"""Request targets and headers of the fetching port."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.fetch import DEFAULT_HEADERS, Target, build_headers, parse_target
from tests.shared import VECTORS, needs_shared


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://h/a", Target("http", "h", 80, "h", "/a")),
        ("HTTPS://H.Org:443/A?B#c", Target("https", "h.org", 443, "h.org", "/A?B")),
        ("http://h:8080", Target("http", "h", 8080, "h:8080", "/")),
        ("http://h:/a", Target("http", "h", 80, "h", "/a")),
        ("http://h?x=1", Target("http", "h", 80, "h", "/?x=1")),
        ("http://h#x", Target("http", "h", 80, "h", "/")),
        ("http://h/a?", Target("http", "h", 80, "h", "/a?")),
        ("http://u:p%40@h:81/", Target("http", "h", 81, "h:81", "/")),
        ("http://[2001:DB8::1]:81/a", Target("http", "[2001:db8::1]", 81, "[2001:db8::1]:81", "/a")),
        ("http://0x7f.1/", Target("http", "0x7f.1", 80, "0x7f.1", "/")),
        ("http://h_x.org./", Target("http", "h_x.org.", 80, "h_x.org.", "/")),
        ("https://h:80/", Target("https", "h", 80, "h:80", "/")),
        ("http://h//a/../b\\c|d", Target("http", "h", 80, "h", "//a/../b\\c|d")),
    ],
)
def test_targets(url: str, target: Target) -> None:
    assert parse_target(url) == target
    assert target.endpoint == f"{target.host}:{target.port}"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h/a",
        "//h/a",
        "ftp://h/",
        "file:///etc/passwd",
        "http:h",
        "http:/h",
        "http://",
        "http:///a",
        "http://:80/",
        "http://h:0/",
        "http://h:65536/",
        "http://h:x/",
        "http://h:80:80/",
        "http://a b/",
        "http://a\\@b/",
        "http://a%2eb/",
        "http://../",
        "http://é.org/",
        "http://h/é",
        "http://h/a b",
        "http://h/\r\nX: y",
        "http://h/\x00",
        "http://[::1/",
        "http://::1/",
        "http://h[1]/",
    ],
)
def test_what_is_no_target(url: str) -> None:
    assert parse_target(url) is None


@given(st.text(max_size=60))
def test_a_target_never_splits_a_request(text: str) -> None:
    target = parse_target(f"http://{text}")
    if target is not None:
        assert not set(f"{target.host_header}{target.path}") & set(" \r\n\t\0")
        assert target.path.startswith("/")


def test_default_headers_are_the_deployed_ones() -> None:
    assert dict(DEFAULT_HEADERS) == {
        "User-Agent": "LOCKSS cache",
        "Accept": "text/html, image/gif, image/jpeg; q=.2, */*; q=.2",
        "Accept-Encoding": "gzip,deflate",
    }
    assert build_headers() == DEFAULT_HEADERS


@pytest.mark.parametrize(
    ("network", "definition", "expected"),
    [
        (["X-A: 1"], [], {"X-A": "1"}),
        (["X-A: 1"], ["x-a:2"], {"x-a": "2"}),
        (["X-A: 1"], ["X-A:"], {}),
        ([], ["Accept-Language: en", "Accept-Language: de"], {"Accept-Language": "de"}),
        ([], ["no header", ": x", "A B: c", "X-Y: a\nEvil: b", "Ünicode: x"], {}),
        ([], ["Host: evil", "Content-Length: 5", "Connection: close", "Transfer-Encoding: chunked"], {}),
        ([], ["X-C: a: b "], {"X-C": "a: b"}),
    ],
)
def test_headers_of_network_and_definition(
    network: list[str], definition: list[str], expected: dict[str, str]
) -> None:
    headers = dict(build_headers(network, definition))
    assert {
        name: value for name, value in headers.items() if (name, value) not in DEFAULT_HEADERS
    } == expected


def test_a_definition_may_take_a_default_away_or_change_it_in_its_place() -> None:
    assert "accept" not in {name.lower() for name, _ in build_headers(["Accept:"])}
    assert build_headers(["user-agent: other"])[0] == ("user-agent", "other")


def test_referrer_and_condition_come_last() -> None:
    headers = build_headers(referrer="http://h/", if_modified_since="Thu, 01 Jan 2026 00:00:00 GMT")
    assert headers[-2:] == (("Referer", "http://h/"), ("If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT"))
    assert dict(build_headers(["Referer: own"], referrer="http://h/"))["Referer"] == "own"


@needs_shared
def test_every_request_of_the_deployed_client_can_be_made_as_it_stands() -> None:
    rows = json.loads((VECTORS / "urls" / "names.json").read_text("utf-8"))
    asked = [
        row["request_2x"] for row in rows if (row.get("request_2x") or "").startswith(("http://", "https://"))
    ]
    assert len(asked) > 100
    for url in asked:
        target = parse_target(url)
        authority = url.partition("://")[2].partition("/")[0]
        if target is None:
            # No host, an escaped host, or a port that no socket has: there is nowhere to go.
            port = authority.rpartition(":")[2] if ":" in authority else "80"
            assert not authority or "%" in authority or not 0 < int(port) < 65_536
        elif "/" in url.partition("://")[2]:
            # Path and query are the request line's, byte for byte.
            assert url == f"{url.partition('://')[0]}://{authority}{target.path}"
