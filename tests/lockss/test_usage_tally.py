"""Double clicks, unique items and titles: examples of the Code's rules, and laws that hold for whatever is read."""

import datetime as dt
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.usage import Kind, Metric, Reading, change, tally
from apps.lockss.usage.tally import without_double_clicks

AT = dt.datetime(2026, 11, 21, 13, 0, tzinfo=dt.UTC)


def read(second: float = 0, url: str = "a", **more) -> Reading:
    given_ = {"session": b"s", "item": url.encode(), "title": 1, "customer": "own", "access": "Controlled"}
    given_ |= {"year": 2019, "kind": Kind.FULL, **more}
    return Reading(moment=AT + dt.timedelta(seconds=second), url=url.encode(), **given_)


def numbers(*readings: Reading) -> dict[str, int]:
    found: Counter[str] = Counter()
    for (_place, metric), number in tally(readings).items():
        found[str(metric)] += number
    return dict(found)


# --- Examples


def test_two_clicks_within_thirty_seconds_are_one_and_the_second_is_kept():
    assert without_double_clicks([read(0), read(29)]) == [read(29)]
    assert without_double_clicks([read(0), read(30)]) == [read(30)]
    assert without_double_clicks([read(0), read(30.5)]) == [read(0), read(30.5)]
    # Each is within thirty seconds of the one before it.
    assert without_double_clicks([read(0), read(20), read(40), read(60)]) == [read(60)]


def test_clicks_on_something_else_or_by_somebody_else_are_none():
    assert len(without_double_clicks([read(0), read(1, "b"), read(2, session=b"t")])) == 3


def test_an_article_read_twice_and_one_read_once():
    told = numbers(read(0), read(100), read(200, "b"))
    assert told == {
        "Total_Item_Requests": 3,
        "Unique_Item_Requests": 2,
        "Total_Item_Investigations": 3,
        "Unique_Item_Investigations": 2,
    }


def test_page_and_pdf_of_an_article_are_two_requests_of_one_item():
    told = numbers(read(0, "html", item=b"i"), read(5, "pdf", item=b"i"))
    assert (told["Total_Item_Requests"], told["Unique_Item_Requests"]) == (2, 1)


def test_an_abstract_is_an_investigation_and_no_request():
    told = numbers(read(0, "abs", item=b"i", kind=Kind.ABSTRACT), read(50, "full", item=b"i"))
    assert (told["Total_Item_Investigations"], told["Unique_Item_Investigations"]) == (2, 1)
    assert (told["Total_Item_Requests"], told["Unique_Item_Requests"]) == (1, 1)
    assert "Total_Item_Requests" not in numbers(read(kind=Kind.ABSTRACT))


def test_parts_and_pages_about_no_item_are_nothing():
    assert numbers(read(kind=Kind.PART), read(40, kind=Kind.OTHER)) == {}


def test_titles_are_counted_for_books_alone():
    book = [read(0, "c1", book=True), read(60, "c2", book=True), read(0, "c1", session=b"t", book=True)]
    told = numbers(*book)
    assert (told["Unique_Title_Requests"], told["Unique_Title_Investigations"]) == (2, 2)
    assert told["Unique_Item_Requests"] == 3
    assert "Unique_Title_Requests" not in numbers(read())


def test_over_the_end_of_a_month():
    before = dt.datetime(2026, 11, 30, 23, 59, 50, tzinfo=dt.UTC)
    late = Reading(before, b"s", b"a", b"a", 1, "own", "Controlled", 0, Kind.FULL)
    next_ = Reading(before + dt.timedelta(seconds=60), b"s", b"a", b"a", 1, "own", "Controlled", 0, Kind.FULL)
    found = tally([late, next_])
    by_month = {(p.month.month, str(m)): n for (p, m), n in found.items() if "Requests" in m}
    assert by_month == {
        (11, "Total_Item_Requests"): 1,
        (12, "Total_Item_Requests"): 1,
        (11, "Unique_Item_Requests"): 1,
    }


def test_a_late_click_joins_two_into_one():
    assert {
        str(m): n for (_p, m), n in change([read(0), read(50)], [read(0), read(25), read(50)]).items()
    } == {
        "Total_Item_Requests": -1,
        "Total_Item_Investigations": -1,
    }


# --- Laws

readings = st.lists(
    st.builds(
        lambda second, url, session, kind, book, title, access: read(
            second,
            url,
            session=session,
            kind=kind,
            book=book and title == 2,
            title=title,
            access=access,
            item=url[:1].encode(),
        ),
        st.integers(0, 200),
        st.sampled_from(["a1", "a2", "b1"]),
        st.sampled_from([b"s", b"t"]),
        st.sampled_from(list(Kind)),
        st.booleans(),
        st.sampled_from([1, 2]),
        st.sampled_from(["Controlled", "Open"]),
    ),
    max_size=14,
)


@given(readings, st.randoms(use_true_random=False))
def test_the_order_in_which_readings_come_does_not_matter(some, chance):
    mixed = some[:]
    chance.shuffle(mixed)
    assert tally(mixed) == tally(some)


@given(readings)
def test_sessions_are_counted_one_by_one(some):
    apart: Counter = Counter()
    for session in {one.session for one in some}:
        apart += tally([one for one in some if one.session == session])
    assert apart == tally(some)


@given(readings, st.lists(st.integers(0, 3), min_size=14, max_size=14))
def test_counting_in_any_portions_gives_the_numbers_of_counting_at_once(some, portions):
    total: Counter = Counter()
    counted: list[Reading] = []
    for portion in range(4):
        fresh = [one for one, place in zip(some, portions, strict=False) if place == portion]
        total.update(change(counted, counted + fresh))
        counted += fresh
        # What has been counted so far is never less than nothing, and the same portion again adds nothing.
        assert min(total.values(), default=0) >= 0
        assert change(counted, counted) == {}
    assert +total == tally(some)


@given(readings)
def test_unique_is_at_most_total_and_requests_at_most_investigations(some):
    told: Counter = Counter()
    for (_place, metric), number in tally(some).items():
        assert number > 0
        told[metric] += number
    assert told[Metric.UNIQUE_ITEM_REQUESTS] <= told[Metric.TOTAL_ITEM_REQUESTS]
    assert told[Metric.UNIQUE_ITEM_INVESTIGATIONS] <= told[Metric.TOTAL_ITEM_INVESTIGATIONS]
    assert told[Metric.TOTAL_ITEM_REQUESTS] <= told[Metric.TOTAL_ITEM_INVESTIGATIONS]
    assert told[Metric.UNIQUE_TITLE_REQUESTS] <= told[Metric.UNIQUE_ITEM_REQUESTS]


@given(readings)
def test_kept_clicks_of_a_url_lie_more_than_thirty_seconds_apart_and_none_is_far_from_one(some):
    kept = without_double_clicks(some)
    for one in kept:
        near = [x for x in kept if (x.session, x.url) == (one.session, one.url) and x is not one]
        assert all(abs((x.moment - one.moment).total_seconds()) > 30 for x in near)
    for one in some:
        after = [x for x in kept if (x.session, x.url) == (one.session, one.url) and x.moment >= one.moment]
        assert after, "a click vanished without a later one"
