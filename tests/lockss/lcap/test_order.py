"""URL order against the recorded one, the examples of the specification and a slow comparator."""

import struct
from functools import cmp_to_key
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap.order import order_key
from apps.lockss.strategies_lcap import URLS
from tests.lockss.lcap.recorded import LOCAL, read_json

# lcap-v3 §5.5, smallest first.
EXAMPLES = [
    "http://a",
    "http://a/b",
    "http://a/b/",
    "http://a/b/c",
    "http://a/b-c",
    "http://a/b.html",
    "http://a/b?x",
    "http://a/😀",
    "http://a/！",
    "http://a:80/",
    "http://b/",
]


def compare(left: str, right: str) -> int:
    """The rule word by word: first differing UTF-16 unit, slash smallest, else the shorter."""
    units = [
        struct.unpack(f">{len(raw) // 2}H", raw)
        for raw in (text.encode("utf-16-be", "surrogatepass") for text in (left, right))
    ]
    for one, two in zip(*units, strict=False):
        if one != two:
            if one == ord("/"):
                return -1
            return 1 if two == ord("/") or one > two else -1
    return len(units[0]) - len(units[1])


def test_recorded_order():
    recorded = read_json(LOCAL / "misc" / "url_order.json")
    assert sorted(recorded["input"], key=order_key) == recorded["sorted_by_VoteBlock.URL_COMPARATOR"]
    assert recorded["input"] != recorded["sorted_by_VoteBlock.URL_COMPARATOR"]


def test_examples():
    by_code_point = sorted(EXAMPLES)
    assert by_code_point != EXAMPLES
    assert sorted(by_code_point, key=order_key) == EXAMPLES


@pytest.mark.parametrize(("low", "high"), list(pairwise(["/", "\x00", "\x01", ".", "0", "\ud83d", "\uffff"])))
def test_units_keep_their_order_around_the_slash(low, high):
    assert order_key("a" + low) < order_key("a" + high)


@given(st.lists(URLS | st.text(alphabet="/\x00\x01.-0a\ud800\uffff😀", max_size=6), max_size=8))
def test_agrees_with_the_rule_word_by_word(urls):
    assert sorted(urls, key=order_key) == sorted(urls, key=cmp_to_key(compare))


@given(URLS, URLS)
def test_different_urls_have_different_keys(one, two):
    assert (order_key(one) == order_key(two)) == (one == two)
