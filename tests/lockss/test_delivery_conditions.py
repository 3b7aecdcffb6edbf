"""Which conditions go out and whose they are; dates of HTTP; hosts that are down (delivery §2.4, §4.4, §16)."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.delivery.conditions import Conditions, Sent, Validator, to_proxy, to_publisher
from apps.lockss.delivery.down_hosts import DownHosts
from apps.lockss.http_dates import format_date, parse_date

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
C = "Tue, 10 Nov 2026 10:00:00 GMT"
BEFORE, LATER = "Tue, 10 Nov 2026 09:59:59 GMT", "Tue, 10 Nov 2026 10:00:01 GMT"
FUTURE = "Sat, 28 Nov 2026 12:00:01 GMT"
OURS, READER, NOBODY = Validator.OURS, Validator.READER, Validator.NOBODY


@pytest.mark.parametrize(
    ("reader", "copy", "goes", "whose"),
    [
        (BEFORE, C, C, OURS),
        (C, C, C, READER),
        (LATER, C, LATER, READER),
        (None, C, C, OURS),
        ("yesterday", C, "yesterday", READER),
        ("", C, "", READER),
        (BEFORE, None, BEFORE, READER),
        (BEFORE, "gibberish", BEFORE, READER),
        (BEFORE, FUTURE, BEFORE, READER),
        (None, FUTURE, None, NOBODY),
        (None, format_date(NOW), format_date(NOW), OURS),
        (None, None, None, NOBODY),
        (None, "gibberish", None, NOBODY),
        ("Tuesday, 10-Nov-26 09:59:59 GMT", C, C, OURS),
        ("Tuesday, 10-Nov-26 10:00:01 GMT", C, "Tuesday, 10-Nov-26 10:00:01 GMT", READER),
        ("Tue Nov 10 09:59:59 2026", C, C, OURS),
        (None, "Tuesday, 10-Nov-26 10:00:00 GMT", C, OURS),
        (None, "Tue Nov 10 10:00:00 2026", C, OURS),
    ],
)
def test_the_later_date_goes_and_its_owner_is_known(
    reader: str | None, copy: str | None, goes: str | None, whose: Validator
) -> None:
    fields = () if goes is None else (("If-Modified-Since", goes),)
    given_ = Conditions(if_modified_since=reader)
    assert to_proxy(given_, copy, NOW) == Sent(fields, whose)
    assert to_publisher(given_, copy, NOW, held=copy is not None, rewriting=False) == Sent(fields, whose)


def test_beside_a_readers_tag_our_date_does_not_go_by_the_proxy() -> None:
    tagged = Conditions(if_none_match='"a"', if_modified_since=BEFORE)
    sent = to_proxy(tagged, C, NOW)
    assert sent.fields == (("If-None-Match", '"a"'), ("If-Modified-Since", BEFORE))
    assert sent.validator is READER
    alone = to_proxy(Conditions(if_none_match='"a"'), C, NOW)
    assert alone == Sent((("If-None-Match", '"a"'),), READER)


def test_the_content_host_keeps_tags_of_its_own_to_itself() -> None:
    tagged = Conditions(if_none_match='"a"', if_modified_since=LATER)
    assert to_publisher(tagged, C, NOW, held=True, rewriting=False) == Sent((("If-Modified-Since", C),), OURS)
    assert to_publisher(tagged, None, NOW, held=True, rewriting=False) == Sent((), NOBODY)
    unheld = to_publisher(tagged, None, NOW, held=False, rewriting=False)
    assert unheld == Sent((("If-None-Match", '"a"'), ("If-Modified-Since", LATER)), READER)


def test_a_range_goes_with_its_version_or_not_at_all() -> None:
    ranged = Conditions(range="bytes=5-", if_range='"a"')
    both = (("Range", "bytes=5-"), ("If-Range", '"a"'))
    assert to_proxy(ranged, None, NOW) == Sent(both, ranged=True)
    assert to_publisher(ranged, None, NOW, held=False, rewriting=False) == Sent(both, ranged=True)
    assert to_publisher(ranged, None, NOW, held=False, rewriting=True) == Sent()
    assert to_publisher(ranged, C, NOW, held=True, rewriting=True) == Sent((("If-Modified-Since", C),), OURS)
    assert to_proxy(Conditions(if_range='"a"'), None, NOW) == Sent()
    assert to_proxy(Conditions(range="bytes=5-"), None, NOW).fields == (("Range", "bytes=5-"),)


def test_preconditions_go_by_the_proxy_alone() -> None:
    strict = Conditions(if_match='"a"', if_unmodified_since=C)
    sent = to_proxy(strict, None, NOW)
    assert sent == Sent((("If-Match", '"a"'), ("If-Unmodified-Since", C)), precondition=True)
    assert to_publisher(strict, None, NOW, held=False, rewriting=False) == Sent()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", (1994, 11, 6, 8, 49, 37)),
        ("Sunday, 06-Nov-94 08:49:37 GMT", (1994, 11, 6, 8, 49, 37)),
        ("Sun Nov  6 08:49:37 1994", (1994, 11, 6, 8, 49, 37)),
        (" Sun, 06 Nov 1994 08:49:37 GMT\t", (1994, 11, 6, 8, 49, 37)),
        ("Sunday, 06-Nov-76 08:49:37 GMT", (2076, 11, 6, 8, 49, 37)),
        ("Sunday, 06-Nov-77 08:49:37 GMT", (1977, 11, 6, 8, 49, 37)),
        ("Sat, 31 Dec 2016 23:59:60 GMT", (2016, 12, 31, 23, 59, 59)),
        ("Thu, 29 Feb 2024 00:00:00 GMT", (2024, 2, 29, 0, 0, 0)),
        *(
            (text, None)
            for text in (
                None,
                "",
                "0",
                "1731232800000",
                "Sun, 6 Nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 08:49:37",
                "Sun, 06 Nov 1994 08:49:37 +0000",
                "Sun, 06 Nov 1994 08:49:61 GMT",
                "Sun, 06 Nov 1994 24:00:00 GMT",
                "Sun, 31 Nov 1994 08:49:37 GMT",
                "Thu, 29 Feb 2023 00:00:00 GMT",
                "Sun, 06 Nov 0000 08:49:37 GMT",
                "sun, 06 nov 1994 08:49:37 gmt",
                "Sun, ٠٦ Nov 1994 08:49:37 GMT",
                "Sun, 06 Nov 1994 08:49:37 GMT; length=5",
                "1994-11-06T08:49:37Z",
            )
        ),
    ],
)
def test_the_three_forms_of_a_date_and_no_other(text: str | None, found: tuple[int, ...] | None) -> None:
    assert parse_date(text, NOW) == (None if found is None else dt.datetime(*found, tzinfo=dt.UTC))


MOMENTS = st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 31), timezones=st.just(dt.UTC)).map(
    lambda moment: moment.replace(microsecond=0)
)


@given(MOMENTS)
def test_a_date_that_is_written_is_read_back(moment: dt.datetime) -> None:
    assert parse_date(format_date(moment), NOW) == moment
    assert format_date(moment.astimezone(dt.timezone(dt.timedelta(hours=5)))) == format_date(moment)


TEXTS = st.one_of(st.none(), st.sampled_from([C, BEFORE, LATER, FUTURE, "", "x"]), MOMENTS.map(format_date))
GIVEN = st.builds(
    Conditions,
    if_modified_since=TEXTS,
    if_none_match=st.sampled_from([None, '"a"', "*"]),
    if_match=st.sampled_from([None, '"a"']),
    if_unmodified_since=TEXTS,
    range=st.sampled_from([None, "bytes=0-"]),
    if_range=st.sampled_from([None, '"a"']),
)


@given(GIVEN, TEXTS, st.booleans(), st.booleans())
def test_whose_it_is_shows_in_what_goes(
    given_: Conditions, copy: str | None, content: bool, rewriting: bool
) -> None:
    held = copy is not None
    sent = (
        to_publisher(given_, copy, NOW, held=held, rewriting=rewriting)
        if content
        else to_proxy(given_, copy, NOW)
    )
    fields = dict(sent.fields)
    assert len(fields) == len(sent.fields)
    assert sent.ranged is ("Range" in fields)
    assert sent.precondition is bool({"If-Match", "If-Unmodified-Since"} & set(fields))
    assert ("If-Range" in fields) <= ("Range" in fields)
    asks = {"If-None-Match", "If-Modified-Since"} & set(fields)
    assert (sent.validator is NOBODY) is (not asks)
    if sent.validator is READER:
        mine = {given_.if_none_match, given_.if_modified_since}
        assert {fields[name] for name in asks} <= mine
    if sent.validator is OURS:
        assert asks == {"If-Modified-Since"}
        assert parse_date(fields["If-Modified-Since"], NOW) == parse_date(copy, NOW)


def test_a_host_enters_for_what_is_held_and_is_down_for_ten_minutes() -> None:
    hosts = DownHosts()
    assert hosts.mark("random.example", 0.0, held=False) is False
    assert not hosts.is_down("random.example", 0.0)
    assert hosts.mark("pub.example", 100.0, held=True) is True
    assert hosts.is_down("pub.example", 699.9)
    assert not hosts.is_down("pub.example", 700.0)
    assert hosts.mark("pub.example", 800.0, held=False) is True
    assert hosts.is_down("pub.example", 1399.0)
    hosts.answered("pub.example")
    assert not hosts.is_down("pub.example", 801.0)
    assert hosts.mark("pub.example", 900.0, held=False) is True
    hosts.answered("random.example")
    assert len(hosts) == 1


def test_the_record_is_bounded_and_forgets_the_oldest_mark() -> None:
    hosts = DownHosts(most=3)
    for at, name in enumerate("abc"):
        hosts.mark(name, float(at), held=True)
    hosts.mark("a", 3.0, held=False)
    hosts.mark("d", 4.0, held=True)
    assert [hosts.is_down(name, 5.0) for name in "abcd"] == [True, False, True, True]
    assert len(hosts) == 3


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans(), st.floats(0, 400)), max_size=30))
def test_no_row_of_marks_breaks_the_bounds(marks: list[tuple[str, bool, float]]) -> None:
    hosts, now, held_once = DownHosts(most=4), 0.0, set()
    for name, held, step in marks:
        now += step
        known = hosts.mark(name, now, held=held)
        held_once |= {name} if held else set()
        assert known is hosts.is_down(name, now) or (not known and not held)
        assert name in held_once or not known
        assert not hosts.is_down(name, now + 600.0)
        assert len(hosts) <= 4
