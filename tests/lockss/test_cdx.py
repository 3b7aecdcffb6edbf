"""The node as a CDX server: keys by the published rules, queries, filters, lines, and what pywb asks and reads."""

import datetime as dt
import json
import re
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.cdx import (
    CDX_HEADER,
    MOST_LINES,
    CdxCode,
    CdxError,
    CdxQuery,
    CdxRecord,
    Match,
    Output,
    Sort,
    answer,
    cdx_line,
    cdxj_line,
    json_line,
    parse_cdx_query,
    same_page,
    surt_of,
)

URL = "http://pub.example/a"


def at(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)


KEYS = [
    ("http://www.archive.org/", "org,archive)/"),
    ("http://archive.org", "org,archive)/"),
    ("https://www2.Example.COM:443/Path/", "com,example)/path"),
    ("http://example.com:80/a?", "com,example)/a"),
    ("http://example.com:8080/a", "com,example:8080)/a"),
    ("https://example.com:80/a", "com,example:80)/a"),
    ("http://user:pw@example.com./a#f", "com,example)/a"),
    ("http://example.com/b?y=2&x=1", "com,example)/b?x=1&y=2"),
    ("http://example.com/b?&&x", "com,example)/b?x"),
    ("http://example.com/a;jsessionid=0123456789abcdef0123456789ABCDEF?x=1", "com,example)/a?x=1"),
    ("http://example.com/a?PHPSESSID=0123456789abcdef0123456789abcdef&x=1", "com,example)/a?x=1"),
    ("http://example.com/(S(4hqa0555fwsecu455xqckv45))/a.aspx", "com,example)/a.aspx"),
    ("http://example.com/a?sid=9", "com,example)/a?sid=9"),
    ("http://192.168.1.1/x", "192.168.1.1)/x"),
    ("http://[2001:DB8::1]:8080/x", "[2001:db8::1]:8080)/x"),
    ("http://www.com/", "com)/"),
    ("http://sub.example.co.uk/ä b", "uk,co,example,sub)/%c3%a4%20b"),
    ("ftp://ftp.example.com/x", "com,example,ftp)/x"),
    ("dns:Example.com", "dns:example.com"),
    ("", "-"),
]


@pytest.mark.parametrize(("url", "key"), KEYS)
def test_keys(url: str, key: str) -> None:
    assert surt_of(url) == key


@given(st.text(max_size=80))
def test_a_key_is_one_word_of_ascii(url: str) -> None:
    for text in (url, f"http://{url}", f"http://a.example/{url}"):
        assert re.fullmatch(r"[\x21-\x7e]+", surt_of(text))


PATHS = st.text("abAB/?&=.;%ü ", max_size=12)


@given(
    PATHS, st.sampled_from(["pub.example", "www.pub.example", "pub.example:8080", "10.0.0.1", "localhost"])
)
def test_spellings_of_one_page_have_one_key(path: str, host: str) -> None:
    url = f"http://{host}/{path}"
    spelt = same_page(url)
    assert spelt[0] == url
    assert len({surt_of(one) for one in spelt}) == 1


def test_spellings() -> None:
    assert set(same_page("http://pub.example/a/?q=1")) == {
        f"{scheme}://{www}pub.example/a{end}?q=1"
        for scheme in ("http", "https")
        for www in ("", "www.")
        for end in ("", "/")
    }
    assert same_page("https://localhost:8443/") == ("https://localhost:8443/",)
    assert same_page("urn:x") == ("urn:x",)


def read(query: str, *, one_au: bool = False) -> CdxQuery:
    found = parse_cdx_query(query, one_au=one_au)
    assert isinstance(found, CdxQuery), found
    return found


def test_what_a_remote_pywb_asks() -> None:
    # As pywb 2.10.0 was seen to ask.
    page = "http://pub.example/a?b=1&c=ü"
    near = read(f"url={quote(page)}&closest=20091027204954&sort=closest&limit=100&matchType=exact")
    assert near == CdxQuery(page, closest=at("20091027204954"), sort=Sort.CLOSEST, limit=100)
    assert read(f"url={quote(page)}&closest=&sort=closest&matchType=exact") == CdxQuery(page)
    # It sorts again by itself, and takes a year for its end.
    assert read("url=x&closest=2009&sort=closest").closest == at("20091231235959")


def test_the_parameters() -> None:
    query = urlencode(
        [
            ("url", "pub.example/a"),
            ("matchType", "prefix"),
            ("from", "2009"),
            ("to", "200910"),
            ("limit", "-3"),
            ("sort", "reverse"),
            ("output", "json"),
            ("fl", "original,timestamp,statuscode"),
            ("filter", "!~statuscode:4..|5.."),
            ("filter", "=mimetype:text/html"),
            ("gzip", "false"),
        ]
    )
    found = read(query, one_au=True)
    assert (found.url, found.match) == ("http://pub.example/a", Match.PREFIX)
    assert (found.since, found.until) == (at("20090101000000"), at("20091031235959"))
    assert (found.limit, found.sort, found.output) == (-3, Sort.REVERSE, Output.JSON)
    assert found.fields == ("url", "timestamp", "status")
    assert [(one.field, one.how, one.text, one.is_not) for one in found.filters] == [
        ("status", "~", "4..|5..", True),
        ("mime", "=", "text/html", False),
    ]


def test_an_asterisk_asks_for_a_prefix() -> None:
    assert read("url=pub.example/a*", one_au=True).match is Match.PREFIX
    assert read("url=pub.example/a*", one_au=True).url == "http://pub.example/a"
    assert read("url=pub.example/a*&matchType=exact").url == "http://pub.example/a*"
    assert read("url=example.com:8080/a").url == "http://example.com:8080/a"
    assert read("url=a.co/http://x").url == "http://a.co/http://x"
    assert read(f"url=x&limit={MOST_LINES + 1}").limit == MOST_LINES


ERRORS = [
    ("", "url", CdxCode.MISSING),
    ("url=", "url", CdxCode.MISSING),
    ("url=http://", "url", CdxCode.BAD_VALUE),
    ("url=x&url=y", "url", CdxCode.REPEATED),
    ("url=x&from=2009&from=2010", "from", CdxCode.REPEATED),
    ("url=x&matchType=host", "matchType", CdxCode.NOT_SERVED),
    ("url=x&matchType=domain", "matchType", CdxCode.NOT_SERVED),
    ("url=*.pub.example", "url", CdxCode.NOT_SERVED),
    ("url=x&matchType=fuzzy", "matchType", CdxCode.BAD_VALUE),
    ("url=x&matchType=prefix", "matchType", CdxCode.PREFIX_NEEDS_AU),
    ("url=x*", "url", CdxCode.PREFIX_NEEDS_AU),
    ("url=x&from=soon", "from", CdxCode.BAD_VALUE),
    ("url=x&to=20091301", "to", CdxCode.BAD_VALUE),
    ("url=x&from=2010&to=2009", "to", CdxCode.BAD_VALUE),
    ("url=x&closest=99999999999999", "closest", CdxCode.BAD_VALUE),
    ("url=x&limit=0", "limit", CdxCode.BAD_VALUE),
    ("url=x&limit=1e9", "limit", CdxCode.BAD_VALUE),
    ("url=x&limit=%D9%A3", "limit", CdxCode.BAD_VALUE),
    ("url=x&sort=up", "sort", CdxCode.BAD_VALUE),
    ("url=x&output=xml", "output", CdxCode.BAD_VALUE),
    ("url=x&fl=url,secret", "fl", CdxCode.BAD_VALUE),
    ("url=x&fields=secret", "fields", CdxCode.BAD_VALUE),
    ("url=x&filter=200", "filter", CdxCode.BAD_FILTER),
    ("url=x&filter=secret:200", "filter", CdxCode.BAD_FILTER),
    ("url=x&filter=~url:(a%2B)%2B", "filter", CdxCode.BAD_FILTER),
    ("url=x&filter=~url:.*a.*b", "filter", CdxCode.BAD_FILTER),
    ("url=x&filter=~url:[z-a]", "filter", CdxCode.BAD_FILTER),
    ("url=x" + "&filter=status:2" * 11, "filter", CdxCode.BAD_FILTER),
    ("url=x&showNumPages=true", "showNumPages", CdxCode.NOT_SERVED),
    ("url=x&collapse=digest", "collapse", CdxCode.NOT_SERVED),
    ("url=" + "x" * 70_000, "url", CdxCode.TOO_LONG),
]


@pytest.mark.parametrize(("query", "parameter", "code"), ERRORS)
def test_an_error_names_its_parameter(query: str, parameter: str, code: CdxCode) -> None:
    found = parse_cdx_query(query)
    assert isinstance(found, CdxError)
    assert (found.parameter, found.code) == (parameter, code)
    assert len(found.found) <= 200


NAMES = ["url", "matchType", "from", "to", "closest", "limit", "sort", "filter", "output", "fl", "page", "x"]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.text(max_size=30))), st.booleans())
def test_no_query_raises(pairs: list[tuple[str, str]], one_au: bool) -> None:
    query = "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name, value in pairs)
    found = parse_cdx_query(query, one_au=one_au)
    if isinstance(found, CdxQuery):
        list(answer(found, [RECORD]))


@given(st.text(max_size=80))
def test_no_text_raises(query: str) -> None:
    parse_cdx_query(query)


RECORD = CdxRecord(URL, at("20091027204954"), "text/html", 200, "sha256:ab", 1234)


def test_the_lines() -> None:
    assert cdx_line(RECORD) == (
        "example,pub)/a 20091027204954 http://pub.example/a text/html 200 sha256:ab - - 1234 - -\n"
    )
    assert len(CDX_HEADER.split()) == 12
    assert len(cdx_line(RECORD).split(" ")) == 11
    assert cdxj_line(RECORD) == (
        'example,pub)/a 20091027204954 {"url": "http://pub.example/a", "mime": "text/html", "status": "200",'
        ' "digest": "sha256:ab", "length": "1234"}\n'
    )
    assert json.loads(json_line(RECORD)) == {
        "urlkey": "example,pub)/a",
        "timestamp": "20091027204954",
        "url": "http://pub.example/a",
        "mime": "text/html",
        "status": "200",
        "digest": "sha256:ab",
        "length": "1234",
    }


def test_lines_of_chosen_fields() -> None:
    assert cdx_line(RECORD, ("timestamp", "status", "offset")) == "20091027204954 200 -\n"
    assert json_line(RECORD, ("status", "offset")) == '{"status": "200"}\n'
    assert cdxj_line(RECORD, ("timestamp", "mime")).endswith('4954 {"mime": "text/html"}\n')


def test_a_record_of_a_file_has_its_place() -> None:
    one = CdxRecord(URL, RECORD.moment, offset=0, filename="a b.warc.gz")
    assert cdx_line(one).split(" ")[-2:] == ["0", "a%20b.warc.gz\n"]


@given(
    st.builds(
        CdxRecord,
        st.text(max_size=40),
        st.datetimes(timezones=st.just(dt.UTC)),
        mime=st.text(max_size=30),
        digest=st.text(max_size=30),
        filename=st.text(max_size=30),
    )
)
def test_no_value_breaks_a_line(record: CdxRecord) -> None:
    for line in (cdx_line(record), cdxj_line(record), json_line(record)):
        assert re.fullmatch(r"[\x20-\x7e]+\n", line)
    assert len(cdx_line(record).split(" ")) == 11
    key, stamp, rest = cdxj_line(record).split(" ", 2)
    assert (key, stamp, json.loads(rest).get("mime", "")) == (
        surt_of(record.url),
        record.value("timestamp"),
        record.value("mime"),
    )


MANY = [
    CdxRecord(URL, at(f"200001010000{n:02d}"), "text/html" if n % 2 else "image/png", 200 if n < 8 else 404)
    for n in range(10)
]


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        *(("", range(10)), ("&limit=3", [0, 1, 2]), ("&limit=-3", [7, 8, 9])),
        *(("&sort=reverse", range(9, -1, -1)), ("&sort=reverse&limit=3", [9, 8, 7])),
        *(("&sort=reverse&limit=-3", [2, 1, 0]), ("&closest=20000101000004&limit=4", [4, 3, 5, 2])),
        *(
            ("&closest=20000101000004&sort=default&limit=2", [0, 1]),
            ("&closest=1999&sort=closest&limit=2", [0, 1]),
        ),
        *(("&from=20000101000003&to=20000101000005", [3, 4, 5]), ("&from=2001", []), ("&to=1999", [])),
        *(("&filter=status:40", [8, 9]), ("&filter=!status:40", range(8)), ("&filter=%3Dstatus:40", [])),
        *(("&filter=%3Dstatus:404", [8, 9]), ("&filter=~mime:.*e/.*", [0, 2, 4, 6, 8])),
        *(("&filter=!~mime:image&filter=~status:2..|3..", [1, 3, 5, 7]), ("&filter=~mime:png", [])),
    ],
)
def test_what_is_answered(asked: str, seconds: list[int]) -> None:
    lines = answer(read(f"url={URL}{asked}&fl=timestamp&output=text"), MANY)
    assert [int(line) % 100 for line in lines] == list(seconds)


def test_lines_are_written_as_records_come() -> None:
    drawn = []

    def source():
        for one in MANY:
            drawn.append(one)
            yield one

    lines = answer(read(f"url={URL}&limit=5"), source())
    next(lines)
    assert len(drawn) == 1
    assert len(list(lines)) == 4
    assert len(drawn) == 5
