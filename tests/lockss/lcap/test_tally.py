"""The tally against a plain one over dictionaries, and its laws."""

import itertools
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.errors import LocalError
from apps.lockss.lcap.agreement import share
from apps.lockss.lcap.errors import MessageCode, MessageError
from apps.lockss.lcap.hashing import HashedUrl, HashedVersion
from apps.lockss.lcap.messages import BlockVersion, VoteBlock
from apps.lockss.lcap.order import order_key
from apps.lockss.lcap.poll_codes import PollCode, TallyCode
from apps.lockss.lcap.tally import Tally, TallyRules, retally, symmetric_counts
from apps.lockss.lcap.totals import PollTotals
from apps.lockss.lcap.verdict import UrlResult, Verdict, VoteCounts, count, url_result

RULES = TallyRules(quorum=2, margin=75)
NAMES = [f"http://h/{name}" for name in ("", "a", "a/b", "a-b", "c", "é", "😀", "！")]
CONTENTS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["good", "bad", "worse"]), max_size=6)


def poller_block(url, content, voters):
    nonced = tuple(f"{content} {index}".encode() for index in range(voters))
    return HashedUrl(url, (HashedVersion(content.encode(), nonced, 1, 1),), 0)


def voter_block(url, content, index):
    version = BlockVersion(plain_hash=content.encode(), nonced_hash=f"{content} {index}".encode())
    return VoteBlock(url, (version,))


def poller_blocks(contents, voters):
    return [poller_block(url, contents[url], voters) for url in sorted(contents, key=order_key)]


def voter_blocks(contents, index):
    return [voter_block(url, contents[url], index) for url in sorted(contents, key=order_key)]


def tally(own, votes, rules=RULES, **options):
    """Contents as dictionaries, url to content; a vote without URLs is an empty one."""
    walk = Tally(
        poller_blocks(own, len(votes)),
        [voter_blocks(vote, index) for index, vote in enumerate(votes)],
        rules,
        **options,
    )
    rows = list(walk.rows())
    return rows, walk.summary()


def expected_verdict(url, own, vote):
    if not vote:
        return Verdict.SPOILED
    if url not in own:
        return Verdict.VOTER_ONLY if url in vote else Verdict.NEITHER
    if url not in vote:
        return Verdict.POLLER_ONLY
    return Verdict.AGREED if own[url] == vote[url] else Verdict.DISAGREED


@given(CONTENTS, st.lists(CONTENTS, max_size=5))
def test_like_a_tally_over_dictionaries(own, votes):
    rows, summary = tally(own, votes)
    urls = sorted(set(own).union(*votes), key=order_key)
    verdicts = {url: [expected_verdict(url, own, vote) for vote in votes] for url in urls}
    results = {url: url_result(count(verdicts[url]), 2, 75) for url in urls}
    dissent = {Verdict.DISAGREED, Verdict.POLLER_ONLY, Verdict.VOTER_ONLY}
    assert [(row.url, list(row.verdicts), row.result) for row in rows] == [
        (url, verdicts[url], results[url]) for url in urls if dissent & set(verdicts[url])
    ]
    assert list(summary.counts) == [
        count(verdicts[url][index] for url in urls) for index in range(len(votes))
    ]
    assert summary.urls == len(urls)
    assert summary.quorate is (len(votes) >= 2)
    found = Counter(results.values())
    if summary.quorate:
        assert summary.totals == PollTotals(
            agreed=found[UrlResult.WON],
            disagreed=found[UrlResult.LOST] + found[UrlResult.LOST_VOTER_ONLY],
            too_close=found[UrlResult.TOO_CLOSE],
            no_quorum=found[UrlResult.NO_QUORUM],
            poller_only=found[UrlResult.LOST_POLLER_ONLY],
        )
    else:
        assert summary.totals == PollTotals()


@given(CONTENTS, st.lists(CONTENTS, max_size=4), st.randoms())
def test_the_order_of_the_voters_does_not_matter(own, votes, random):
    order = list(range(len(votes)))
    random.shuffle(order)
    rows, summary = tally(own, votes)
    shuffled_rows, shuffled = tally(own, [votes[index] for index in order])
    assert shuffled.totals == summary.totals
    assert list(shuffled.counts) == [summary.counts[index] for index in order]
    assert [(row.url, row.result, row.counts) for row in shuffled_rows] == [
        (row.url, row.result, row.counts) for row in rows
    ]


@given(CONTENTS.filter(bool), st.integers(2, 5))
def test_equal_nodes_agree_wholly(own, voters):
    rows, summary = tally(own, [own] * voters)
    assert rows == []
    assert {counts.agreement for counts in summary.counts} == {1.0}
    assert summary.totals.agreement == 1.0


def test_agreement_is_over_what_was_decided():
    totals = PollTotals(agreed=6, disagreed=1, too_close=1, no_quorum=1, poller_only=7)
    assert totals.agreement == share(6, 9)
    assert PollTotals(poller_only=7).agreement == 0.0


# -- spoiled votes ------------------------------------------------------------------------------


def broken(blocks, after):
    yield from itertools.islice(blocks, after)
    raise MessageError(MessageCode.BAD_BLOCK, "cut off", 99)


OWN = dict.fromkeys(sorted(NAMES, key=order_key), "good")


@pytest.mark.parametrize("after", range(len(OWN) + 1))
def test_a_vote_is_spoiled_from_where_it_breaks(after):
    sound, cut = voter_blocks(OWN, 0), broken(voter_blocks(OWN, 1), after)
    walk = Tally(poller_blocks(OWN, 2), [sound, cut], RULES)
    rows = list(walk.rows())
    summary = walk.summary()
    assert rows == []
    assert summary.counts == (
        VoteCounts(agreed=len(OWN)),
        VoteCounts(agreed=after, spoiled=len(OWN) - after),
    )
    assert summary.spoiled == (False, True)
    assert summary.faults[1].code is MessageCode.BAD_BLOCK


@pytest.mark.parametrize("at", range(len(OWN) - 1))
def test_a_vote_out_of_order_is_spoiled_from_there(at):
    blocks = voter_blocks(OWN, 0)
    doubled = [*blocks[: at + 1], *blocks[at:]]
    swapped = [*blocks[:at], blocks[at + 1], blocks[at], *blocks[at + 2 :]]
    after = len(OWN) - at - 1
    for vote, expected in (
        (doubled, VoteCounts(agreed=at + 1, spoiled=after)),
        # Of a swapped pair the later URL is in order, the earlier one was passed over before it.
        (swapped, VoteCounts(agreed=at + 1, poller_only=1, spoiled=after - 1)),
    ):
        walk = Tally(poller_blocks(OWN, 1), [vote], RULES)
        list(walk.rows())
        assert walk.summary().counts == (expected,)
        assert walk.summary().spoiled == (True,)


def test_a_fault_at_the_very_end_is_told_too():
    walk = Tally(poller_blocks(OWN, 1), [broken(voter_blocks(OWN, 0), len(OWN))], RULES)
    list(walk.rows())
    assert walk.summary().spoiled == (True,)
    assert walk.summary().counts[0].spoiled == 0


def test_an_empty_vote_is_spoiled():
    _, summary = tally(OWN, [OWN, {}])
    assert summary.counts[1] == VoteCounts(spoiled=len(OWN))
    assert summary.faults[1].code is PollCode.EMPTY_VOTE


def test_a_spoiled_vote_leaves_the_url_without_quorum():
    walk = Tally(poller_blocks(OWN, 2), [voter_blocks(OWN, 0), ()], RULES)
    list(walk.rows())
    assert walk.summary().totals == PollTotals(no_quorum=len(OWN))


def test_our_own_blocks_out_of_order_are_our_own_fault():
    walk = Tally(poller_blocks(OWN, 1)[::-1], [voter_blocks(OWN, 0)], RULES)
    with pytest.raises(LocalError) as error:
        list(walk.rows())
    assert error.value.code is TallyCode.OUT_OF_ORDER


# -- variants -----------------------------------------------------------------------------------


def test_a_sample_hides_what_only_voters_hold_outside_it():
    votes = [{"http://h/a": "good", "http://h/c": "good"}] * 2
    own = {"http://h/a": "good"}
    rows, summary = tally(own, votes, in_sample=lambda url: url != "http://h/c")
    assert rows == []
    assert summary.urls == 1
    rows, _ = tally(own, votes, in_sample=lambda url: True)
    assert [row.url for row in rows] == ["http://h/c"]


def test_weights_count_beside_the_urls():
    weights = {"http://h/a": 0.5, "http://h/c": 2.0}
    own = {"http://h/a": "good", "http://h/c": "bad"}
    votes = [dict.fromkeys(own, "good")] * 2
    _, summary = tally(own, votes, weight_of=weights.__getitem__)
    assert summary.weighted_totals == PollTotals(agreed=0.5, disagreed=2.0)
    assert summary.weighted_totals.agreement == share(1, 5)
    assert summary.weighted_counts[0].agreement == share(1, 5)
    assert summary.counts[0].agreement == 0.5


def test_a_local_poll_wins_everything():
    _, summary = tally(OWN, [], TallyRules(quorum=0, margin=75))
    assert summary.quorate
    assert summary.totals == PollTotals(agreed=len(OWN))


SLASHED = TallyRules(quorum=2, margin=75, slashless=True)


def test_names_of_both_revisions_meet_without_the_slash():
    own = {"http://h/a": "good"}
    walk = Tally(
        poller_blocks(own, 2), [[voter_block("http://h/a/", "good", 0)], voter_blocks(own, 1)], SLASHED
    )
    assert list(walk.rows()) == []
    assert [counts.agreed for counts in walk.summary().counts] == [1, 1]


def test_a_name_with_and_without_slash_becomes_one_with_both_versions():
    own = {"http://h/a": "good", "http://h/a/": "index", "http://h/a/b": "good"}
    vote = [voter_block("http://h/a", "index", 0), voter_block("http://h/a/b", "good", 0)]
    walk = Tally(poller_blocks(own, 1), [vote], SLASHED)
    assert list(walk.rows()) == []
    assert walk.summary().urls == 2


def test_a_block_keeps_the_name_its_owner_gave_it():
    walk = Tally([], [[voter_block("http://h/a/", "good", index)] for index in range(2)], SLASHED)
    (row,) = walk.rows()
    assert row.url == "http://h/a"
    assert {block.url for block in row.voter_blocks} == {"http://h/a/"}


def test_only_so_many_versions_are_looked_at():
    copies = tuple(BlockVersion(plain_hash=b"x%d" % n, nonced_hash=b"n") for n in range(21))
    good = BlockVersion(plain_hash=b"good", nonced_hash=b"good 0")
    own = {"http://h/a": "good"}
    for versions, agreed in (((*copies[:20], good), 1), ((*copies, good), 0)):
        walk = Tally(poller_blocks(own, 1), [[VoteBlock("http://h/a", versions)]], RULES)
        list(walk.rows())
        assert walk.summary().counts[0].agreed == agreed


def test_a_lying_voter_cannot_fill_the_table():
    lies = {f"http://h/lie{number:05}": "lie" for number in range(500)}
    rules = TallyRules(quorum=2, margin=75, max_quiet_rows=10)
    own = {"http://h/a": "bad", "http://h/z": "bad"}
    truth = dict.fromkeys(own, "good")
    votes = [truth, truth, truth, truth, {**truth, **lies}]
    rows, summary = tally(own, votes, rules)
    assert [row.url for row in rows if row.result is not UrlResult.WON] == ["http://h/a", "http://h/z"]
    assert len(rows) == 12
    assert summary.rows_withheld == 490
    assert summary.counts[4].voter_only == 500


# -- repairs and receipts -----------------------------------------------------------------------


@given(CONTENTS, st.lists(CONTENTS, min_size=1, max_size=5))
def test_tallying_again_with_the_same_block_changes_nothing(own, votes):
    rows, _ = tally(own, votes)
    for row in rows:
        assert retally(row, row.poller_block, RULES) == row


def test_a_repaired_url_is_won():
    own, truth = {"http://h/a": "bad"}, {"http://h/a": "good"}
    (row,), summary = tally(own, [truth, truth, {}])
    assert row.result is UrlResult.LOST
    repaired = retally(row, poller_block("http://h/a", "good", 3), RULES)
    assert repaired.result is UrlResult.WON
    assert repaired.verdicts == (Verdict.AGREED, Verdict.AGREED, Verdict.SPOILED)
    moved = summary.totals.moved(row.result, repaired.result)
    assert moved == PollTotals(agreed=1)


@given(st.sampled_from(UrlResult), st.sampled_from(UrlResult))
def test_a_url_moves_between_totals_and_back(old, new):
    totals = PollTotals(agreed=3, disagreed=3, too_close=3, no_quorum=3, poller_only=3)
    assert totals.moved(old, new).moved(new, old) == totals


@given(CONTENTS, CONTENTS)
def test_symmetric_counts(own, poller):
    """The voter's view of the poller's receipt: both sides with the same challenge."""
    counts = symmetric_counts(voter_blocks(own, 0), voter_blocks(poller, 0))
    both = own.keys() & poller.keys()
    same = sum(own[url] == poller[url] for url in both)
    assert counts == VoteCounts(
        agreed=same,
        disagreed=len(both) - same,
        poller_only=len(poller.keys() - own.keys()),
        voter_only=len(own.keys() - poller.keys()),
    )
    turned = symmetric_counts(voter_blocks(poller, 0), voter_blocks(own, 0))
    assert (turned.agreed, turned.poller_only) == (counts.agreed, counts.voter_only)


def test_receipt_blocks_end_where_they_are_out_of_order():
    blocks = voter_blocks(OWN, 0)
    counts = symmetric_counts(blocks, [*blocks[:3], blocks[0], *blocks[3:]])
    assert counts == VoteCounts(agreed=3, voter_only=len(OWN) - 3)


# -- size ---------------------------------------------------------------------------------------


def test_memory_stays_flat_over_many_urls():
    """Blocks come from generators; ten times the URLs must not take more memory."""

    def walk(urls):
        def own():
            for number in range(urls):
                yield HashedUrl(f"http://h/{number:07}", (HashedVersion(b"p", (b"n",) * 3, 1, 1),), 0)

        def vote():
            version = BlockVersion(plain_hash=b"p", nonced_hash=b"n")
            for number in range(urls):
                yield VoteBlock(f"http://h/{number:07}", (version,))

        tracemalloc.start()
        try:
            whole = Tally(own(), [vote() for _ in range(3)], RULES)
            assert list(whole.rows()) == []
            assert whole.summary().urls == urls
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert walk(5_000) < 2 * walk(500)
