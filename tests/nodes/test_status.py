"""The word for an AU: every word is reached, they exclude each other, and the rows say what the facts say."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.common.parts import CopyState
from apps.nodes.choices import AuWord, Block, Care
from apps.nodes.status import Facts, judge
from apps.nodes.words import AU_WORDS

NOW = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
WEEKS = dt.timedelta(weeks=10)
RECENT = NOW - dt.timedelta(days=3)
OLD = NOW - dt.timedelta(weeks=21)


# Counted below 100 %, no landslide against us.
OPEN = {
    "collected": True,
    "agreement": 0.5,
    "proved_at": RECENT,
    "unsettled": True,
    "undecided": 17,
    "voted_for": 2,
    "voted_against": 1,
}


def stand(**more):
    return judge(Facts(au_id=1, **more), now=NOW, poll_interval=WEEKS)


CASES = [
    ({}, AuWord.SELECTED, Care.NONE),
    ({"crawl": "waiting"}, AuWord.WAITING, Care.NONE),
    ({"last_crawl_at": RECENT, "crawl_reason": "The publisher was silent."}, AuWord.WAITING, Care.NONE),
    ({"last_crawl_at": RECENT, "crawl_failures": 3}, AuWord.WAITING, Care.CRAWLS_FAIL),
    ({"crawl": "running"}, AuWord.COLLECTING, Care.NONE),
    ({"block": "no-agreement", "block_reason": "None."}, AuWord.BLOCKED, Care.BLOCKED),
    ({"collected": True}, AuWord.COLLECTED, Care.NONE),
    ({"collected": True, "last_poll_failed": True}, AuWord.COLLECTED, Care.POLLS_FAIL),
    ({"collected": True, "agreement": 1.0, "proved_at": RECENT}, AuWord.PROVED, Care.NONE),
    (
        {"collected": True, "agreement": 1.0, "proved_at": RECENT, "crawl": "running"},
        AuWord.PROVED,
        Care.NONE,
    ),
    (
        {"collected": True, "agreement": 1.0, "proved_at": RECENT, "block": "no-agreement"},
        AuWord.PROVED,
        Care.BLOCKED,
    ),
    ({"collected": True, "agreement": 1.0, "proved_at": OLD}, AuWord.STALE, Care.STALE),
    ({"collected": True, "agreement": 0.998, "proved_at": RECENT}, AuWord.DIFFERS, Care.DIFFERS),
    ({"collected": True, "agreement": 0.9, "differing": 1, "undecided": 2}, AuWord.DIFFERS, Care.DIFFERS),
    (OPEN, AuWord.UNSETTLED, Care.UNSETTLED),
    (OPEN | {"agreement": 0.0, "undecided": 0}, AuWord.UNSETTLED, Care.UNSETTLED),
    (OPEN | {"proved_at": OLD}, AuWord.UNSETTLED, Care.UNSETTLED),
    (OPEN | {"block": "no-agreement"}, AuWord.UNSETTLED, Care.BLOCKED),
    (OPEN | {"damaged": 1}, AuWord.DAMAGED, Care.DAMAGED),
    (OPEN | {"repairs": 1}, AuWord.REPAIRING, Care.NONE),
    ({"collected": True, "agreement": 1.0, "proved_at": RECENT, "damaged": 2}, AuWord.DAMAGED, Care.DAMAGED),
    ({"collected": True, "missing": 1}, AuWord.DAMAGED, Care.DAMAGED),
    ({"collected": True, "damaged": 2, "agreement": 0.5, "repairs": 2}, AuWord.REPAIRING, Care.NONE),
    ({"active": False, "collected": True, "damaged": 2}, AuWord.DEACTIVATED, Care.NONE),
]


@pytest.mark.parametrize(("facts", "word", "care"), CASES)
def test_each_word_follows_from_its_facts(facts, word, care):
    standing = stand(**facts)
    assert (standing.word, standing.care) == (word, care)


def test_every_word_is_reached_and_defined():
    assert {word for _, word, _ in CASES} == set(AuWord) == set(AU_WORDS)
    assert all(str(word.meaning) for word in AU_WORDS.values())


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            {"damaged": 2, "missing": 1, "urls": 1204},
            "Of 1,204 here, 2 URLs are damaged and 1 URL is missing.",
        ),
        (
            {"agreement": 0.9, "differing": 1, "undecided": 2, "failed_repairs": 1},
            "1 URL is not what most copies hold. About 2 URLs the votes decided nothing. 1 repair failed.",
        ),
        (
            OPEN,
            "Votes: 2 for this copy, 1 against. Nothing was found wrong here. The next poll compares it again.",
        ),
        (
            OPEN | {"failed_repairs": 1},
            "1 repair failed. Nothing was found wrong here. The next poll compares it again.",
        ),
        (
            OPEN | {"poll_blocked": "no peer can be invited"},
            "No poll could be called: no peer can be invited.",
        ),
        ({"agreement": 0.9995}, "It agreed by 99.9\N{NO-BREAK SPACE}%."),
        ({"repairs": 1}, "1 URL is being repaired."),
        ({"block": "x", "block_reason": "The page answers 404."}, "The page answers 404."),
        ({"collected": True, "poll_blocked": "no peer can be invited"}, "no peer can be invited."),
    ],
)
def test_a_word_comes_with_its_cause(facts, said):
    assert stand(**facts).reason.endswith(said)


@pytest.mark.parametrize(
    ("facts", "own"),
    [
        ({}, CopyState.SELECTED),
        ({"agreement": 1.0, "proved_at": RECENT}, CopyState.AGREED),
        ({"agreement": 1.0, "proved_at": OLD}, CopyState.OLD),
        ({"agreement": 0.9, "proved_at": RECENT}, CopyState.DIFFERS),
        ({"agreement": 1.0, "proved_at": RECENT, "damaged": 1}, CopyState.DIFFERS),
        (OPEN, CopyState.OLD),
        (OPEN | {"missing": 1}, CopyState.DIFFERS),
    ],
)
def test_our_own_spine(facts, own):
    assert stand(**facts).own == own


moments = st.none() | st.datetimes(
    dt.datetime(2020, 1, 1), dt.datetime(2026, 11, 21), timezones=st.just(dt.UTC)
)


@given(
    st.builds(
        Facts,
        au_id=st.just(1),
        active=st.booleans(),
        crawl=st.sampled_from(["", "waiting", "running"]),
        collected=st.booleans(),
        last_crawl_at=moments,
        crawl_failures=st.integers(0, 9),
        block=st.sampled_from(["", *Block.values]),
        agreement=st.none() | st.floats(0, 1),
        proved_at=moments,
        repairs=st.integers(0, 3),
        damaged=st.integers(0, 3),
        missing=st.integers(0, 3),
        unsettled=st.booleans(),
        undecided=st.integers(0, 3),
        last_poll_failed=st.booleans(),
    )
)
def test_no_facts_are_without_a_word_and_what_is_wrong_is_never_called_proved(facts):
    standing = judge(facts, now=NOW, poll_interval=WEEKS)
    assert standing.word in AuWord
    hurt = facts.damaged or facts.missing
    below = facts.agreement is not None and facts.agreement < 1
    if below and facts.unsettled and not hurt:
        assert standing.word in (AuWord.UNSETTLED, AuWord.REPAIRING, AuWord.DEACTIVATED)
        assert standing.own == CopyState.OLD
    elif hurt or below:
        assert standing.word not in (AuWord.PROVED, AuWord.STALE, AuWord.COLLECTED)
        assert standing.own == CopyState.DIFFERS
    if standing.care:
        assert facts.active
