"""The result table row by row, as collecting §4 prints it."""

import pytest

from apps.lockss.fetch import Fault
from apps.lockss.http_result import (
    CATEGORIES,
    DEFAULT_RESULTS,
    PERMISSION,
    STORE,
    Action,
    Condition,
    Meaning,
    meaning_of,
    merged,
)
from tests.lockss.fetch_results import answered

ROWS = [
    ([200, 203, 304], Action.STORE),
    ([301, 302, 303, 307, 308], Action.REDIRECT),
    ([204, 404, 410, 451], Action.DEAD_LINK),
    ([401, 402, 403, 407, 495, 496, 511, 526, 561], Action.PERMISSION),
    (
        [408, 409, 413, 429, 440, 500, 502, 503, 504, 507, 509, 521, 522, 523, 524, 527, 529, 598],
        Action.RETRY,
    ),
    ([201, 206, 400, 405, 406, 501, 505, 506, 520, 525, 530], Action.FAIL),
    (
        [
            100,
            202,
            207,
            226,
            300,
            305,
            306,
            411,
            412,
            414,
            415,
            416,
            417,
            418,
            421,
            422,
            428,
            431,
            450,
            508,
            510,
        ],
        Action.FAIL,
    ),
    ([Fault.WRONG_LENGTH, Fault.CUT_TLS, Fault.CUT_CHUNK, Fault.BAD_CODING], Action.RETRY),
    ([Condition.EMPTY_FILE], Action.STORE_WITH_WARNING),
]


@pytest.mark.parametrize(("key", "action"), [(key, action) for keys, action in ROWS for key in keys])
def test_the_table(key: int | Fault | Condition, action: Action) -> None:
    assert DEFAULT_RESULTS[key].action is action


@pytest.mark.parametrize("status", range(100, 1_000))
def test_every_status_has_one_meaning(status: int) -> None:
    key, meaning = meaning_of(answered(status))
    expected = next((action for keys, action in ROWS if status in keys), Action.FAIL)
    if status in {460, 499}:
        # The deployed table's own rows, which the printed one leaves out.
        expected = Action.RETRY
    assert (key, meaning.action) == (status, expected)
    assert meaning.fails_crawl is (expected in {Action.RETRY, Action.FAIL, Action.PERMISSION})


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_is_in_the_table(fault: Fault) -> None:
    assert fault in DEFAULT_RESULTS
    assert meaning_of(answered(None, fault=fault)) == (fault, DEFAULT_RESULTS[fault])


@pytest.mark.parametrize("condition", list(Condition))
def test_every_condition_is_in_the_table(condition: Condition) -> None:
    assert meaning_of(answered(200), condition) == (condition, DEFAULT_RESULTS[condition])


@pytest.mark.parametrize(
    ("status", "fault", "key"),
    [
        (200, Fault.CUT_CHUNK, Fault.CUT_CHUNK),
        (404, Fault.CUT_CHUNK, 404),
        (500, Fault.WRONG_LENGTH, 500),
        (302, Fault.RESET, 302),
        (403, Fault.BODY_TOO_LARGE, 403),
    ],
)
def test_a_cut_error_page_is_still_that_error(status: int, fault: Fault, key: object) -> None:
    assert meaning_of(answered(status, fault=fault))[0] == key


def test_conditions_speak_of_content_only() -> None:
    assert meaning_of(answered(404, stored=0), Condition.REJECTED)[0] == 404
    assert meaning_of(answered(304, stored=0))[0] == 304
    assert meaning_of(answered(200, stored=0), Condition.LOGIN_PAGE)[0] is Condition.LOGIN_PAGE
    assert meaning_of(answered(None))[0] is Fault.RESET


def test_entries_replace_in_their_order_and_leave_the_default_alone() -> None:
    table = merged(
        [("AuthCodes", STORE), (403, PERMISSION), (Condition.EMPTY_FILE, STORE), (Fault.RESET, STORE)]
    )
    assert table[401] == table[Condition.EMPTY_FILE] == table[Fault.RESET] == STORE
    assert table[403] == PERMISSION
    assert table[Fault.CONNECT] == DEFAULT_RESULTS[Fault.CONNECT]
    assert DEFAULT_RESULTS[401] == PERMISSION
    assert merged([("Timeout", STORE)])[Fault.IDLE_TIMEOUT] == STORE


def test_a_name_that_is_no_category_is_the_callers_to_report() -> None:
    with pytest.raises(KeyError):
        merged([("NoSuchCodes", Meaning(Action.FAIL))])


def test_categories_name_only_known_keys() -> None:
    for keys in CATEGORIES.values():
        assert set(keys) <= set(DEFAULT_RESULTS)
