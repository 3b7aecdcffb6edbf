"""One URL: landslides, results, and what proves that two nodes hold the same version."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap.hashing import HashedVersion
from apps.lockss.lcap.messages import BlockVersion
from apps.lockss.lcap.verdict import UrlResult, Verdict, VoteCounts, agrees, count, landslide, url_result

SMALL = st.integers(0, 20)
COUNTS = st.builds(
    VoteCounts,
    agreed=SMALL,
    disagreed=SMALL,
    poller_only=SMALL,
    voter_only=SMALL,
    neither=SMALL,
    spoiled=SMALL,
)


def test_landslides_of_deployed_nodes():
    assert [landslide(votes, 75) for votes in range(1, 13)] == [1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9]


@pytest.mark.parametrize(
    ("votes", "margin", "needed"), [(0, 75, 0), (5, 100, 5), (5, 51, 3), (4, 50, 2), (3, 1, 1)]
)
def test_other_margins(votes, margin, needed):
    assert landslide(votes, margin) == needed


@given(st.integers(0, 10_000), st.integers(1, 100))
def test_a_landslide_is_a_share_of_the_votes_rounded_up(votes, margin):
    exact = math.ceil(votes * margin / 100)
    assert 0 <= landslide(votes, margin) - exact <= 1
    assert landslide(votes, margin) <= votes


@pytest.mark.parametrize("quorum", [1, 3, 5])
@pytest.mark.parametrize("votes", range(1, 21))
def test_the_quorum_matrix(votes, quorum):
    """All splits of so many votes (lcap-v3 §6.3, appendix B6), against the rule told in other words."""
    needed = landslide(votes, 75)
    for agreed in range(votes + 1):
        for disagreed in range(votes - agreed + 1):
            for poller_only in range(votes - agreed - disagreed + 1):
                voter_only = votes - agreed - disagreed - poller_only
                counts = VoteCounts(
                    agreed=agreed, disagreed=disagreed, poller_only=poller_only, voter_only=voter_only
                )
                against = votes - agreed
                if votes < quorum:
                    expected = UrlResult.NO_QUORUM
                elif agreed >= needed:
                    expected = UrlResult.WON
                elif against < needed:
                    expected = UrlResult.TOO_CLOSE
                else:
                    expected = UrlResult.LOST
                    if voter_only >= needed:
                        expected = UrlResult.LOST_VOTER_ONLY
                    if poller_only >= needed:
                        expected = UrlResult.LOST_POLLER_ONLY
                assert url_result(counts, quorum, 75) is expected


def test_what_a_landslide_lacks_and_we_lack_too_is_won():
    assert url_result(VoteCounts(neither=4, voter_only=1), 5, 75) is UrlResult.WON


@given(COUNTS, SMALL)
def test_the_spoiled_count_nowhere(counts, quorum):
    clean = VoteCounts(
        agreed=counts.agreed,
        disagreed=counts.disagreed,
        poller_only=counts.poller_only,
        voter_only=counts.voter_only,
        neither=counts.neither,
    )
    assert url_result(counts, quorum, 75) is url_result(clean, quorum, 75)
    assert counts.votes == clean.votes
    assert counts.agreement == clean.agreement


def test_no_votes_are_won_where_none_are_needed():
    assert url_result(VoteCounts(), 0, 75) is UrlResult.WON
    assert url_result(VoteCounts(), 1, 75) is UrlResult.NO_QUORUM


@given(st.lists(st.sampled_from(Verdict)))
def test_counting_forgets_the_order(verdicts):
    assert count(verdicts) == count(reversed(verdicts))
    counts = count(verdicts)
    assert counts.votes + counts.spoiled == len(verdicts)


def mine(plain, *nonced, failure=""):
    return HashedVersion(plain, nonced, 0, 0, failure)


def theirs(plain, nonced, *, error=False):
    return BlockVersion(plain_hash=plain, nonced_hash=nonced, error=error)


OURS = (mine(b"new", b"n0", b"n1"), mine(b"old", b"o0", b"o1"))


@pytest.mark.parametrize(
    ("versions", "agreed"),
    [
        ([theirs(b"new", b"n0")], True),
        ([theirs(b"old", b"o0")], True),
        ([theirs(b"bad", b"b0"), theirs(b"old", b"o0")], True),
        ([theirs(b"new", b"wrong"), theirs(b"old", b"o0")], True),
        # The plain hash can be copied from elsewhere; without the content there is no nonced one.
        ([theirs(b"new", b"wrong")], False),
        ([theirs(b"new", b"n1")], False),
        ([theirs(b"new", b"o0")], False),
        ([theirs(b"new", b"")], False),
        ([theirs(b"", b"n0")], False),
        ([theirs(b"new", b"n0", error=True)], False),
        ([], False),
    ],
)
def test_agreement_needs_the_nonced_hash_of_a_version_we_hold(versions, agreed):
    assert agrees(OURS, 0, versions) is agreed


def test_our_own_broken_versions_prove_nothing():
    assert not agrees((mine(b"new", b"n0", failure="cannot be read"),), 0, [theirs(b"new", b"n0")])
    assert not agrees((), 0, [theirs(b"new", b"n0")])


def test_each_participant_has_its_own_challenge():
    assert agrees(OURS, 1, [theirs(b"new", b"n1")])
