"""Conditions and ranges of a request judged against our copy (RFC 9110 §13, §14)."""

import datetime as dt

import pytest

from apps.delivery.conditions import Condition, Span, judged, spans

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
EARLY, KEPT, LATE = (f"Sun, 06 Nov {year} 08:49:37 GMT" for year in (1988, 1994, 2022))
TAG = '"t"'
MET, FAILED, SAME = Condition.MET, Condition.FAILED, Condition.UNCHANGED

CONDITIONS = [
    ({}, MET),
    ({"if-modified-since": EARLY}, MET),
    ({"if-modified-since": KEPT}, SAME),
    ({"if-modified-since": LATE}, SAME),
    ({"if-modified-since": "Sunday, 06-Nov-94 08:49:37 GMT"}, SAME),
    ({"if-modified-since": "Sun Nov  6 08:49:37 1994"}, SAME),
    ({"if-modified-since": "yesterday"}, MET),
    ({"if-none-match": TAG}, SAME),
    ({"if-none-match": 'W/"t"'}, SAME),
    ({"if-none-match": '"a", "t"'}, SAME),
    ({"if-none-match": "*"}, SAME),
    ({"if-none-match": '"a"', "if-modified-since": LATE}, MET),
    ({"if-match": TAG}, MET),
    ({"if-match": "*"}, MET),
    ({"if-match": '"a"'}, FAILED),
    ({"if-match": 'W/"t"'}, FAILED),
    ({"if-match": '"a"', "if-none-match": TAG}, FAILED),
    ({"if-match": TAG, "if-unmodified-since": EARLY}, MET),
    ({"if-unmodified-since": EARLY}, FAILED),
    ({"if-unmodified-since": KEPT}, MET),
    ({"if-unmodified-since": "x"}, MET),
]


@pytest.mark.parametrize(("given", "outcome"), CONDITIONS)
def test_conditions(given: dict[str, str], outcome: Condition) -> None:
    assert judged(given, TAG, KEPT, NOW) is outcome


@pytest.mark.parametrize("modified", [None, "never"])
def test_a_copy_without_a_date_is_never_unchanged_by_date(modified: str | None) -> None:
    assert judged({"if-modified-since": LATE}, TAG, modified, NOW) is MET
    assert judged({"if-unmodified-since": EARLY}, TAG, modified, NOW) is MET


RANGES = [
    ("bytes=0-9", [(0, 10)]),
    ("bytes=90-", [(90, 100)]),
    ("bytes=90-999", [(90, 100)]),
    ("bytes=-10", [(90, 100)]),
    ("bytes=-999", [(0, 100)]),
    ("Bytes = 0-0", [(0, 1)]),
    ("bytes=100-", []),
    ("bytes=-0", []),
    ("bytes=0-0,-1", [(0, 1), (99, 100)]),
    ("bytes=50-59, 0-9", [(50, 60), (0, 10)]),
    ("bytes=0-9,5-20", [(0, 21)]),
    ("bytes=0-9,10-20", [(0, 21)]),
    ("bytes=0-9,200-300", [(0, 10)]),
    ("bytes=200-,300-", []),
    ("bytes=9-0", None),
    ("bytes=", None),
    ("bytes=a-b", None),
    ("bytes=-", None),
    ("items=0-1", None),
    ("bytes=0-1,,2-3", None),
    ("bytes=" + ",".join(f"{n}-{n}" for n in range(0, 32, 2)), [(n, n + 1) for n in range(0, 32, 2)]),
    ("bytes=" + ",".join(["0-0"] * 17), None),
    ("bytes=" + ",".join(["0-"] * 1_000), None),
    ("bytes=" + "9" * 30 + "-", []),
]


@pytest.mark.parametrize(("text", "wanted"), RANGES)
def test_ranges(text: str, wanted: list[tuple[int, int]] | None) -> None:
    found = spans({"range": text}, 100, TAG, KEPT, NOW)
    assert found == (None if wanted is None else [Span(*one) for one in wanted])


@pytest.mark.parametrize(
    ("condition", "ours"),
    [
        (TAG, True),
        ('W/"t"', False),
        ('"a"', False),
        (KEPT, True),
        (LATE, False),
        (EARLY, False),
        ("x", False),
    ],
)
def test_a_range_of_another_version_gets_the_whole(condition: str, ours: bool) -> None:
    found = spans({"range": "bytes=0-9", "if-range": condition}, 100, TAG, KEPT, NOW)
    assert (found == [Span(0, 10)]) is ours


def test_an_empty_file_has_no_range() -> None:
    assert spans({"range": "bytes=0-"}, 0, TAG, KEPT, NOW) == []
    assert spans({"range": "bytes=-5"}, 0, TAG, KEPT, NOW) == []
