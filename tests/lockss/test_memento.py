"""Memento: RFC 7089's own examples, and laws of moments, choices, links and TimeMaps."""

import datetime as dt
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.memento import (
    PAGE,
    Addresses,
    BadMoment,
    Capture,
    MomentCode,
    Page,
    Stretch,
    accept_datetime,
    around,
    http_date,
    json_index,
    json_timemap,
    leads_elsewhere,
    link_index,
    link_timemap,
    memento_links,
    merged,
    missing_links,
    nearest,
    pages_of,
    safe_uri,
    stamp_of,
    stretch_of,
    timegate_links,
)

UTC = dt.UTC
BASE = Addresses("http://arxiv.example.net", "web")
URL = "http://a.example.org/"
RAW = re.compile("[\x00-\x1f\x7f-\x9f]")


def at(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


# The captures of RFC 7089's TimeMap example.
RFC = [Capture(at(text)) for text in ("20000620180259", "20080709203051", "20091027204954")]


def test_the_date_of_the_standard() -> None:
    text = "Thu, 31 May 2007 20:35:00 GMT"
    assert accept_datetime(text) == dt.datetime(2007, 5, 31, 20, 35, tzinfo=UTC)
    assert http_date(dt.datetime(2007, 5, 31, 20, 35, tzinfo=UTC)) == text


BAD_DATES = [
    *((text, MomentCode.NOT_A_DATE) for text in ("", "garbage", "1900", "9999", "2007-05-31T20:35:00Z")),
    ("Thursday, 31-May-07 20:35:00 GMT", MomentCode.NOT_A_DATE),
    ("Thu May 31 20:35:00 2007", MomentCode.NOT_A_DATE),
    ("Thu, 31 May 2007 20:35:00 +0000", MomentCode.NOT_A_DATE),
    ("Thu, 31 May 2007 20:35:00 UTC", MomentCode.NOT_A_DATE),
    ("Thu, 31 May 2007 20:35 GMT", MomentCode.NOT_A_DATE),
    ("Thu,  1 May 2007 20:35:00 GMT", MomentCode.NOT_A_DATE),
    ("thu, 31 may 2007 20:35:00 gmt", MomentCode.NOT_A_DATE),
    ("Thu, ٣١ May 2007 20:35:00 GMT", MomentCode.NOT_A_DATE),
    ("Thu, 31 May 2007 20:35:00 GMT, x", MomentCode.NOT_A_DATE),
    ("Thu, 31 Jun 2007 20:35:00 GMT", MomentCode.NO_SUCH_DAY),
    ("Thu, 31 May 2007 24:00:00 GMT", MomentCode.NO_SUCH_DAY),
    ("Thu, 31 May 0000 20:35:00 GMT", MomentCode.NO_SUCH_DAY),
    ("Fri, 31 May 2007 20:35:00 GMT", MomentCode.WRONG_WEEKDAY),
]


@pytest.mark.parametrize(("text", "code"), BAD_DATES)
def test_what_is_no_date_of_memento(text: str, code: MomentCode) -> None:
    found = accept_datetime(text)
    assert isinstance(found, BadMoment)
    assert (found.code, found.found) == (code, text)


def test_dates_far_off_lead_to_the_first_and_the_last() -> None:
    for text, wanted in (
        ("Mon, 01 Jan 1900 00:00:00 GMT", RFC[0]),
        ("Fri, 31 Dec 9999 23:59:59 GMT", RFC[-1]),
    ):
        moment = accept_datetime(text)
        assert isinstance(moment, dt.datetime)
        assert nearest(RFC, moment) == around(RFC, RFC.index(wanted))


@given(st.datetimes(timezones=st.just(UTC)))
def test_moments_come_back_from_what_is_written(moment: dt.datetime) -> None:
    second = moment.replace(microsecond=0)
    assert accept_datetime(http_date(moment)) == second
    assert stretch_of(stamp_of(moment)) == Stretch(second, second)


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    assert isinstance(accept_datetime(text), (BadMoment, dt.datetime))
    assert isinstance(stretch_of(text), (BadMoment, Stretch))


SHORT = [
    ("2", "20000101000000", "29991231235959"),
    ("20", "20000101000000", "20991231235959"),
    ("200", "20000101000000", "20091231235959"),
    ("2007", "20070101000000", "20071231235959"),
    ("20070", "20070101000000", "20070930235959"),
    ("20071", "20071001000000", "20071231235959"),
    ("200802", "20080201000000", "20080229235959"),
    ("2007020", "20070201000000", "20070209235959"),
    ("2007022", "20070220000000", "20070228235959"),
    ("20070531", "20070531000000", "20070531235959"),
    ("200705312", "20070531200000", "20070531235959"),
    ("2007053120", "20070531200000", "20070531205959"),
    ("200705312035", "20070531203500", "20070531203559"),
    ("2007053120350", "20070531203500", "20070531203509"),
    ("20070531203500", "20070531203500", "20070531203500"),
]


@pytest.mark.parametrize(("text", "first", "last"), SHORT)
def test_short_timestamps_name_a_stretch(text: str, first: str, last: str) -> None:
    assert stretch_of(text) == Stretch(at(first), at(last))
    assert Stretch(at(first), at(last)).wanted == at(last)


def test_zero_names_the_years_before_1000() -> None:
    found = stretch_of("0")
    assert isinstance(found, Stretch)
    assert (found.first.year, found.last.year) == (1, 999)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(
            (text, MomentCode.NOT_A_STAMP)
            for text in ("", "-1", "2007*", "٢٠٠٧", " 2007", "1" * 15, "1" * 20, "²")
        ),
        *(
            (text, MomentCode.NO_SUCH_MOMENT)
            for text in ("99999999999999", "0000", "200713", "20072", "20070230", "2007023", "2007053124")
        ),
    ],
)
def test_wrong_timestamps(text: str, code: MomentCode) -> None:
    found = stretch_of(text)
    assert isinstance(found, BadMoment)
    assert found.code is code


@given(st.datetimes(timezones=st.just(UTC)), st.integers(1, 14))
def test_every_beginning_of_a_timestamp_holds_its_moment(moment: dt.datetime, length: int) -> None:
    text = stamp_of(moment)[:length]
    found = stretch_of(text)
    assert isinstance(found, Stretch)
    assert found.first <= moment.replace(microsecond=0) <= found.last
    assert stamp_of(found.first).startswith(text)
    assert stamp_of(found.last).startswith(text)


MOMENTS = st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2000, 1, 1, 0, 0, 40), timezones=st.just(UTC))
CAPTURES = st.builds(
    Capture, MOMENTS, st.sampled_from(["", "a", "b"]), st.sampled_from(["au1", "au2"]), st.integers(1, 3)
)
LISTS = st.lists(CAPTURES, max_size=12).map(lambda some: sorted(some, key=lambda one: one.second))


@given(LISTS, MOMENTS)
def test_the_nearest_is_nearest_and_of_two_the_earlier(some: list[Capture], wanted: dt.datetime) -> None:
    found = nearest(some, wanted)
    if not some:
        assert found is None
        return
    assert found is not None
    second = wanted.replace(microsecond=0)
    least = min(some, key=lambda one: (abs(one.second - second), one.second))
    assert found.chosen.second == least.second
    assert (found.first.second, found.last.second) == (some[0].second, some[-1].second)
    earlier = [one.second for one in some if one.second < found.chosen.second]
    later = [one.second for one in some if one.second > found.chosen.second]
    assert (found.before and found.before.second) == (max(earlier) if earlier else None)
    assert (found.after and found.after.second) == (min(later) if later else None)


def test_ties_go_to_the_earlier_and_no_wish_means_the_newest() -> None:
    two = [Capture(at("20000101000000")), Capture(at("20000101000010"))]
    for second, wanted in ((4, 0), (5, 0), (6, 1)):
        found = nearest(two, at(f"200001010000{second:02d}"))
        assert found is not None
        assert found.chosen == two[wanted]
    newest = nearest(RFC, None)
    assert newest is not None
    assert newest.chosen == RFC[-1]


@given(LISTS, LISTS)
def test_versions_of_several_aus_are_one_list(one: list[Capture], other: list[Capture]) -> None:
    found = list(merged(one, other))
    assert [item.second for item in found] == sorted(item.second for item in found)
    told = [(item.second, item.digest) for item in found if item.digest]
    assert len(told) == len(set(told))
    assert set(told) == {(item.second, item.digest) for item in [*one, *other] if item.digest}
    assert sum(not item.digest for item in found) == sum(not item.digest for item in [*one, *other])


def test_of_the_same_second_and_bytes_the_lowest_auid_is_told() -> None:
    first = Capture(at("20000101000000"), "a", "au2")
    second = Capture(at("20000101000000") + dt.timedelta(microseconds=5), "a", "au1")
    assert list(merged([first], [second])) == [second]
    assert list(merged([first], [Capture(first.moment, "b", "au1")]))[1] == first


def test_inexact_addresses_of_pages_lead_to_the_exact_one() -> None:
    year, exact = stretch_of("2000"), stretch_of(stamp_of(RFC[0].moment))
    assert isinstance(year, Stretch)
    assert isinstance(exact, Stretch)
    assert leads_elsewhere(year, RFC[0], is_page=True)
    assert not leads_elsewhere(year, RFC[0], is_page=False)
    assert not leads_elsewhere(exact, RFC[0], is_page=True)
    assert leads_elsewhere(exact, RFC[1], is_page=True)


def parsed(text: str) -> list[tuple[str, dict[str, str]]]:
    """A link list read by rule (RFC 8288 §3, RFC 6690 §2), all of it."""
    links, rest = [], text.strip()
    while rest:
        head = re.match(r'<([^<>]*)>((?:\s*;\s*[a-z]+="[^"]*")*)\s*(?:,\s*|\Z)', rest)
        assert head, rest[:80]
        links.append((head[1], dict(re.findall(r'([a-z]+)="([^"]*)"', head[2]))))
        rest = rest[head.end() :]
    return links


def test_the_links_of_a_timegate() -> None:
    found = nearest(RFC, at("20080101000000"))
    assert found is not None
    assert parsed(timegate_links(BASE, URL, found)) == [
        (URL, {"rel": "original"}),
        (
            f"http://arxiv.example.net/web/timemap/link/{URL}",
            {
                "rel": "timemap",
                "type": "application/link-format",
                "from": "Tue, 20 Jun 2000 18:02:59 GMT",
                "until": "Tue, 27 Oct 2009 20:49:54 GMT",
            },
        ),
        (
            f"http://arxiv.example.net/web/20000620180259/{URL}",
            {"rel": "first prev memento", "datetime": "Tue, 20 Jun 2000 18:02:59 GMT"},
        ),
        (
            f"http://arxiv.example.net/web/20080709203051/{URL}",
            {"rel": "memento", "datetime": "Wed, 09 Jul 2008 20:30:51 GMT"},
        ),
        (
            f"http://arxiv.example.net/web/20091027204954/{URL}",
            {"rel": "next last memento", "datetime": "Tue, 27 Oct 2009 20:49:54 GMT"},
        ),
    ]


def test_the_links_of_a_memento_name_the_timegate() -> None:
    found = parsed(memento_links(BASE, URL, around(RFC[:1], 0)))
    assert [said["rel"] for _uri, said in found] == ["original", "timegate", "timemap", "first last memento"]
    assert found[1][0] == f"http://arxiv.example.net/web/timegate/{URL}"
    assert parsed(missing_links(BASE, URL)) == [(URL, {"rel": "original"})]


def test_a_timemap_is_that_of_the_standard() -> None:
    pages = pages_of(one.moment for one in RFC)
    text = "".join(link_timemap(BASE, URL, pages, 1, RFC))
    assert text == (
        '<http://a.example.org/>; rel="original",\n'
        '<http://arxiv.example.net/web/timemap/link/http://a.example.org/>; rel="self"; type="application/link-format";'
        ' from="Tue, 20 Jun 2000 18:02:59 GMT"; until="Tue, 27 Oct 2009 20:49:54 GMT",\n'
        '<http://arxiv.example.net/web/timegate/http://a.example.org/>; rel="timegate",\n'
        '<http://arxiv.example.net/web/20000620180259/http://a.example.org/>; rel="first memento";'
        ' datetime="Tue, 20 Jun 2000 18:02:59 GMT",\n'
        '<http://arxiv.example.net/web/20080709203051/http://a.example.org/>; rel="memento";'
        ' datetime="Wed, 09 Jul 2008 20:30:51 GMT",\n'
        '<http://arxiv.example.net/web/20091027204954/http://a.example.org/>; rel="last memento";'
        ' datetime="Tue, 27 Oct 2009 20:49:54 GMT"\n'
    )


def test_the_same_as_json() -> None:
    pages = pages_of(one.moment for one in RFC)
    told = json.loads("".join(json_timemap(BASE, URL, pages, 1, [RFC[0], Capture(RFC[1].moment, au="x&y")])))
    assert told["original_uri"] == URL
    assert (
        told["self"]
        == told["timemap_uri"]["json_format"]
        == f"http://arxiv.example.net/web/timemap/json/{URL}"
    )
    assert told["mementos"]["first"] == told["mementos"]["list"][0]
    assert told["mementos"]["list"] == [
        {"datetime": "2000-06-20T18:02:59Z", "uri": f"http://arxiv.example.net/web/20000620180259/{URL}"},
        {
            "datetime": "2008-07-09T20:30:51Z",
            "uri": f"http://arxiv.example.net/web/20080709203051/{URL}",
            "auid": "x&y",
        },
    ]
    assert told["mementos"]["last"]["datetime"] == told["until"] == "2009-10-27T20:49:54Z"


def test_above_a_page_a_timemap_lists_its_pages() -> None:
    seconds = [at("20000101000000") + dt.timedelta(seconds=n) for n in range(PAGE + 1)]
    assert len(pages_of(seconds[:PAGE])) == 1
    pages = pages_of(seconds)
    assert pages == [Page(1, seconds[0], seconds[PAGE - 1]), Page(2, seconds[PAGE], seconds[PAGE])]
    assert len(seconds[pages[1].rows()]) == 1
    index = parsed("".join(link_index(BASE, URL, pages)))
    assert [said["rel"] for _uri, said in index] == ["original", "timegate", "self", "timemap", "timemap"]
    assert index[4] == (
        f"http://arxiv.example.net/web/timemap/link/2/{URL}",
        {
            "rel": "timemap",
            "type": "application/link-format",
            "from": http_date(seconds[PAGE]),
            "until": http_date(seconds[PAGE]),
        },
    )
    told = json.loads("".join(json_index(BASE, URL, pages)))
    assert told["timemap_index"][1]["uri"] == f"http://arxiv.example.net/web/timemap/json/2/{URL}"


def test_one_page_of_several() -> None:
    pages = pages_of([one.moment for one in RFC], 1)
    found = parsed("".join(link_timemap(BASE, URL, pages, 2, RFC[1:2])))
    assert [said["rel"] for _uri, said in found] == [
        *("original", "self", "timegate", "prev timemap", "next timemap", "memento")
    ]
    assert found[1][0].endswith(f"/timemap/link/2/{URL}")
    first = parsed("".join(link_timemap(BASE, URL, pages, 1, RFC[:1])))
    assert first[-1][1]["rel"] == "first memento"
    last = parsed("".join(link_timemap(BASE, URL, pages, 3, RFC[2:])))
    assert last[-1][1]["rel"] == "last memento"
    assert json.loads("".join(json_timemap(BASE, URL, pages, 2, RFC[1:2])))["next"].endswith(f"/json/3/{URL}")


def test_timemaps_are_written_as_captures_come() -> None:
    drawn = []

    def source():
        for one in RFC:
            drawn.append(one)
            yield one

    pages = pages_of(one.moment for one in RFC)
    for write, ahead in ((link_timemap, 2), (json_timemap, 1)):
        drawn.clear()
        lines = write(BASE, URL, pages, 1, source())
        told = 0
        for line in lines:
            told += "20000620180259/" in line or "2008" in line.split(";")[0]
            assert len(drawn) <= told + ahead
        assert len(drawn) == 3


def test_there_are_no_pages_without_mementos() -> None:
    assert pages_of([]) == []
    assert nearest([], None) is None


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("http://a.example/a%2Fb?q=1&r=(2);s,t", "http://a.example/a%2Fb?q=1&r=(2);s,t"),
        ('http://a.example/a b>; rel="evil', "http://a.example/a%20b%3E;%20rel=%22evil"),
        ("http://a.example/ü|{}^`\\", "http://a.example/%C3%BC%7C%7B%7D%5E%60%5C"),
        ("http://a.example/100%", "http://a.example/100%25"),
        ("http://a.example/%zz%4", "http://a.example/%25zz%254"),
        ("http://a.example/\r\nSet-Cookie: x", "http://a.example/%0D%0ASet-Cookie:%20x"),
        ("http://a.example/\ud800", "http://a.example/%ED%A0%80"),
    ],
)
def test_addresses_in_links(url: str, safe: str) -> None:
    assert safe_uri(url) == safe


@given(st.text(max_size=60), st.lists(st.tuples(MOMENTS, st.text(max_size=20)), min_size=1, max_size=4))
def test_no_url_and_no_auid_breaks_a_line(url: str, some: list[tuple[dt.datetime, str]]) -> None:
    captures = sorted((Capture(moment, au=au) for moment, au in some), key=lambda one: one.second)
    pages = pages_of(one.moment for one in captures)
    assert safe_uri(safe_uri(url)) == safe_uri(url)
    lines = list(link_timemap(BASE, url, pages, 1, captures))
    assert all(RAW.search(line[:-1]) is None and line.isascii() and line[-1] == "\n" for line in lines)
    found = parsed("".join(lines))
    assert len(found) == 3 + len(captures)
    assert found[0] == (safe_uri(url), {"rel": "original"})
    field = memento_links(BASE, url, around(captures, 0))
    assert RAW.search(field) is None
    assert parsed(field)[0] == found[0]
    told = json.loads("".join(json_timemap(BASE, url, pages, 1, captures)))
    assert len(told["mementos"]["list"]) == len(captures)
