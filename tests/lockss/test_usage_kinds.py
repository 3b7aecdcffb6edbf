"""What counts as reading, who is no reader, what is one item; digests that lead back to nobody."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.usage import Kind, digest_of, is_ahead, is_reading, is_robot, item_of, kind_of, session_of

SITE = "http://pub.example"
AT = dt.datetime(2026, 11, 21, 13, 59, 59, tzinfo=dt.UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


@pytest.mark.parametrize(
    ("status", "wanted", "expected"),
    [
        (200, None, True),
        (200, "bytes=5-", True),
        (206, "bytes=0-", True),
        (206, "bytes=0-1023, 2048-4095", True),
        (206, " Bytes = 0-1023", True),
        (206, "bytes=1024-2047", False),
        (206, "bytes=00-5", False),
        (206, "bytes=-500", False),
        (206, None, False),
        (304, None, True),
        (301, None, False),
        (404, None, False),
        (412, None, False),
        (416, "bytes=0-", False),
        (500, None, False),
    ],
)
def test_a_whole_answer_its_beginning_and_what_the_reader_has_already_is_a_reading(status, wanted, expected):
    assert is_reading(status, wanted) is expected


@pytest.mark.parametrize(
    ("content_type", "path", "destination", "expected"),
    [
        ("text/html; charset=utf-8", "/content/1/2/3.full", "document", Kind.FULL),
        ("text/html", "/content/1/2/3", "", Kind.FULL),
        ("TEXT/HTML", "/article/view/12", "", Kind.FULL),
        ("application/xhtml+xml", "/volume/1/article/2", "", Kind.FULL),
        ("text/html", "/content/1/2/3.abstract", "", Kind.ABSTRACT),
        ("text/html", "/doi/abs/10.5555/12", "document", Kind.ABSTRACT),
        ("text/html", "/articles/12/abstract", "", Kind.ABSTRACT),
        ("text/html", "/", "document", Kind.OTHER),
        ("text/html", "", "document", Kind.OTHER),
        ("text/html", "/content/1/issue", "", Kind.OTHER),
        ("text/html", "/vol1/toc.html", "", Kind.OTHER),
        ("text/html", "/lockss.html", "", Kind.OTHER),
        ("text/html", "/index.php/search", "", Kind.OTHER),
        ("text/html", "/articles/issue/", "", Kind.FULL),
        ("application/pdf", "/x.pdf", "", Kind.FULL),
        ("application/pdf", "/x.pdf", "document", Kind.FULL),
        ("application/pdf", "/issue", "embed", Kind.PART),
        ("application/epub+zip", "/x", "", Kind.FULL),
        ("text/html", "/content/1", "iframe", Kind.PART),
        ("text/html", "/content/1", "frame", Kind.PART),
        ("image/png", "/x.png", "", Kind.PART),
        ("image/png", "/x.png", "document", Kind.PART),
        ("text/css", "/x.css", "", Kind.PART),
        ("text/javascript", "/x.js", "", Kind.PART),
        ("font/woff2", "/x", "", Kind.PART),
        ("application/json", "/x", "empty", Kind.PART),
        ("", "/x", "", Kind.PART),
    ],
)
def test_what_a_copy_was_to_its_reader(content_type, path, destination, expected):
    assert kind_of(content_type, SITE + path, destination) is expected


def test_full_texts_and_abstracts_count_and_nothing_else():
    assert {kind for kind in Kind if kind.counts} == {Kind.FULL, Kind.ABSTRACT}


@given(st.text(max_size=60), st.text(max_size=120), st.text(max_size=12))
def test_no_address_and_no_type_is_too_odd(content_type, url, destination):
    assert kind_of(content_type, url, destination) in Kind
    assert isinstance(item_of(url), str)


def test_what_a_browser_fetched_before_anybody_wanted_it():
    assert is_ahead({"sec-purpose": "prefetch;prerender"})
    assert is_ahead({"purpose": "prefetch"})
    assert not is_ahead({"sec-fetch-dest": "document"})


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "-",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "bingbot",
        "Baiduspider",
        "LOCKSS cache",
        "CLOCKSS cache",
        "curl/8.5.0",
        "Wget/1.21",
        "python-requests/2.31",
        "Python/3.11 aiohttp/3.9",
        "Java/17.0.1",
        "Mozilla/5.0 HeadlessChrome/120.0",
        "archive.org_bot",
        "Feedly/1.0",
    ],
)
def test_programs_are_no_readers(agent):
    assert is_robot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        FIREFOX,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Version/17.0 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 9; CUBOT_X18) AppleWebKit/537.36 Chrome/100.0 Mobile Safari/537.36",
        "Lynx/2.8.9rel.1 libwww-FM/2.14",
    ],
)
def test_browsers_are(agent):
    assert is_robot(agent) is agent.startswith("Lynx")


def test_the_formats_of_an_article_are_one_item():
    same = [
        f"{SITE}/content/1/2/3",
        f"{SITE}/content/1/2/3.full",
        f"{SITE}/content/1/2/3.full.pdf",
        f"{SITE}/content/1/2/3.abstract",
        f"{SITE}/content/1/2/3.html#sec-2",
        f"{SITE}/content/1/2/3/",
        "http://PUB.example/content/1/2/3.pdf?download=true",
    ]
    assert len({item_of(url) for url in same}) == 1
    assert item_of(f"{SITE}/doi/pdf/10.5/12") == item_of(f"{SITE}/doi/full/10.5/12")
    apart = [f"{SITE}/content/1/2/3", f"{SITE}/content/1/2/4", f"{SITE}/a?id=1", f"{SITE}/a?id=2"]
    assert len({item_of(url) for url in apart}) == len(apart)


def test_a_session_is_address_agent_and_hour():
    key = b"k" * 32
    one = session_of(key, "192.0.2.1", FIREFOX, AT)
    assert len(one) == 16
    assert session_of(key, "192.0.2.1", FIREFOX, AT.replace(minute=0)) == one
    # The same moment, said in another zone.
    assert session_of(key, "192.0.2.1", FIREFOX, AT.astimezone(dt.timezone(dt.timedelta(hours=5)))) == one
    others = {
        session_of(key, "192.0.2.2", FIREFOX, AT),
        session_of(key, "192.0.2.1", FIREFOX + "x", AT),
        session_of(key, "192.0.2.1", FIREFOX, AT + dt.timedelta(seconds=1)),
        session_of(key, "192.0.2.1", FIREFOX, AT + dt.timedelta(days=1)),
        session_of(b"l" * 32, "192.0.2.1", FIREFOX, AT),
    }
    assert len(others | {one}) == 6


def test_digests_take_any_url():
    assert len(digest_of("http://pub.example/\udc80")) == 16
