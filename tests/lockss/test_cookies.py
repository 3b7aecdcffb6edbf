"""The crawl's cookie jar (RFC 6265)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.cookies import (
    MAX_COOKIES,
    CookieJar,
    domain_matches,
    parse_cookie_date,
    parse_set_cookie,
    path_matches,
)
from apps.lockss.fetch import Target, parse_target
from tests.lockss.fetch_results import NOW


def at(url: str) -> Target:
    target = parse_target(url)
    assert target is not None
    return target


HOME = at("http://www.example.org/a/b?x=/y/")


def sent(url: str, *lines: str, after: timedelta = timedelta(0)) -> str | None:
    jar = CookieJar()
    jar.take(HOME, lines, NOW)
    return jar.header_for(at(url), NOW + after)


SENT = [
    # Set-Cookie from HOME, asked URL, Cookie header
    ("s=1", "http://www.example.org/a/b", "s=1"),
    ("s=1", "http://www.example.org/a/c/d", "s=1"),
    ("s=1", "http://www.example.org/ab", None),
    ("s=1", "http://www.example.org/", None),
    ("s=1; Path=/", "http://www.example.org/", "s=1"),
    ("s=1; path=relative", "http://www.example.org/a", "s=1"),
    ("s=1; Path=/q/; PATH=/", "http://www.example.org/z", "s=1"),
    ("s=1; Path=/", "https://www.example.org:8443/", "s=1"),
    ("s=1; Path=/", "http://example.org/", None),
    ("s=1; Path=/", "http://x.www.example.org/", None),
    ("s=1; Path=/; Domain=example.org", "http://example.org/", "s=1"),
    ("s=1; Path=/; Domain=.Example.ORG", "http://cdn.example.org/", "s=1"),
    ("s=1; Path=/; Domain=example.org", "http://badexample.org/", None),
    ("s=1; Path=/; Domain=other.org", "http://other.org/", None),
    ("s=1; Path=/; Domain=x.www.example.org", "http://x.www.example.org/", None),
    ("s=1; Path=/; Domain=org", "http://www.example.org/", None),
    ("s=1; Path=/; Domain=", "http://www.example.org/", "s=1"),
    ("s=1; Path=/; Secure", "http://www.example.org/", None),
    ("s=1; Path=/; Secure", "https://www.example.org/", "s=1"),
    ("s=1; Path=/; HttpOnly; SameSite=Strict", "http://www.example.org/", "s=1"),
    ("s=1; Path=/; Max-Age=0", "http://www.example.org/", None),
    ("s=1; Path=/; Max-Age=-5", "http://www.example.org/", None),
    ("s=1; Path=/; Max-Age=99999999999", "http://www.example.org/", "s=1"),
    ("s=1; Path=/; Max-Age=x", "http://www.example.org/", "s=1"),
    ("s=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http://www.example.org/", None),
    ("s=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", "http://www.example.org/", "s=1"),
    ("s=1; Path=/; Expires=never", "http://www.example.org/", "s=1"),
    ('s="1 2"; Path=/', "http://www.example.org/", 's="1 2"'),
    ("s={a:[1,2]}; Path=/", "http://www.example.org/", "s={a:[1,2]}"),
    ("s=a=b==; Path=/", "http://www.example.org/", "s=a=b=="),
    (" s = 1 ; Path=/", "http://www.example.org/", "s=1"),
    ("s=; Path=/", "http://www.example.org/", "s="),
    ("alone; Path=/", "http://www.example.org/", "alone"),
    ("; Path=/", "http://www.example.org/", None),
    ("=; Path=/", "http://www.example.org/", None),
    ("s=\x01; Path=/", "http://www.example.org/", None),
    ("s=" + "x" * 5_000 + "; Path=/", "http://www.example.org/", None),
]


@pytest.mark.parametrize(("line", "url", "header"), SENT)
def test_what_is_sent_back(line: str, url: str, header: str | None) -> None:
    assert sent(url, line) == header


def test_it_ends_with_its_time() -> None:
    line = "s=1; Path=/; Max-Age=60"
    assert sent("http://www.example.org/", line, after=timedelta(seconds=59)) == "s=1"
    assert sent("http://www.example.org/", line, after=timedelta(seconds=60)) is None


def test_order_and_replacement() -> None:
    lines = ["a=1; Path=/", "b=2; Path=/a", "c=3; Path=/", "a=4; Path=/"]
    assert sent("http://www.example.org/a/x", *lines) == "b=2; a=4; c=3"
    assert sent("http://www.example.org/a/x", *lines, "a=; Path=/; Max-Age=0") == "b=2; c=3"


def test_hosts_that_are_numbers_have_cookies_of_their_own() -> None:
    jar = CookieJar()
    for url, value in (("http://127.0.0.1:81/", "four"), ("http://[::1]/", "six")):
        jar.take(at(url), [f"s={value}"], NOW)
    assert jar.header_for(at("http://127.0.0.1/"), NOW) == "s=four"
    assert jar.header_for(at("https://[::1]:8/"), NOW) == "s=six"
    assert jar.header_for(at("http://127.0.0.2/"), NOW) is None
    jar.take(at("http://1.2.3.4/"), ["t=1; Domain=3.4"], NOW)
    assert jar.header_for(at("http://9.9.3.4/"), NOW) is None


def test_the_definitions_cookies_come_first() -> None:
    jar = CookieJar()
    jar.take(HOME, ["s=1; Path=/"], NOW)
    assert jar.header_for(HOME, NOW, ("x=y", "bad=\r\nHost: z")) == "x=y; s=1"
    assert CookieJar().header_for(HOME, NOW) is None


def test_digests_tell_what_would_be_sent() -> None:
    one, other = CookieJar(), CookieJar()
    assert one.digest(NOW) == ""
    one.take(HOME, ["a=1; Path=/", "b=2"], NOW)
    other.take(HOME, ["b=2"], NOW)
    other.take(HOME, ["a=1; Path=/"], NOW)
    assert one.digest(NOW) == other.digest(NOW) != ""
    one.take(HOME, ["a=2; Path=/"], NOW)
    assert one.digest(NOW) != other.digest(NOW)
    other.take(HOME, ["c=1; Max-Age=5"], NOW)
    assert other.digest(NOW) != other.digest(NOW + timedelta(seconds=6))


def test_a_flood_of_cookies_is_bounded() -> None:
    jar = CookieJar()
    jar.take(HOME, (f"n{number}=1; Path=/" for number in range(MAX_COOKIES + 50)), NOW)
    header = jar.header_for(HOME, NOW) or ""
    assert header.count("=") == MAX_COOKIES
    assert header.startswith("n50=1;")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Wed, 09 Jun 2027 10:18:14 GMT", (2027, 6, 9, 10, 18, 14)),
        ("Wednesday, 09-Jun-27 10:18:14 GMT", (2027, 6, 9, 10, 18, 14)),
        ("Wed Jun  9 10:18:14 2027", (2027, 6, 9, 10, 18, 14)),
        ("9 june 70 1:2:3", (1970, 6, 9, 1, 2, 3)),
        ("9 June 69 1:2:3x", (2069, 6, 9, 1, 2, 3)),
        ("09 Jun 2027", None),
        ("31 Feb 2027 00:00:00", None),
        ("32 Jan 2027 00:00:00", None),
        ("01 Jan 2027 24:00:00", None),
        ("", None),
    ],
)
def test_dates(text: str, expected: tuple[int, ...] | None) -> None:
    assert parse_cookie_date(text) == (None if expected is None else datetime(*expected, tzinfo=UTC))


@pytest.mark.parametrize(
    ("path", "cookie", "matches"),
    [
        ("/", "/", True),
        ("/a", "/", True),
        ("/a", "/a", True),
        ("/a/b", "/a", True),
        ("/a/b", "/a/", True),
        ("/ab", "/a", False),
        ("/", "/a", False),
    ],
)
def test_paths(path: str, cookie: str, matches: bool) -> None:
    assert path_matches(path, cookie) is matches


@given(st.text(max_size=60))
def test_no_line_upsets_the_jar(line: str) -> None:
    jar = CookieJar()
    jar.take(HOME, [line], NOW)
    cookie = parse_set_cookie(line, HOME, NOW)
    header = jar.header_for(HOME, NOW)
    assert header is None or cookie is not None
    assert header is None or not any(ord(sign) < 32 and sign != "\t" for sign in header)
    assert domain_matches(HOME.host, HOME.host)
