"""The repairs of a poll: who is asked when, and whose copy is looked at."""

from dataclasses import replace

import pytest

from apps.lockss.lcap import poller
from apps.lockss.lcap import poller_events as pe
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.effects import Close, Report, RequestPublisherRepair, Send, VerifyRepair
from apps.lockss.lcap.messages import EvaluationReceipt, RepairRequest
from apps.lockss.lcap.poll_codes import PollCode, PollStatus
from apps.lockss.lcap.poller_state import ParticipantPhase, PollPhase, RepairPhase
from apps.lockss.lcap.repair_policy import RepairAction, RepairWish, Source
from apps.lockss.lcap.totals import PollTotals
from apps.lockss.lcap.verdict import UrlResult
from tests.lockss.lcap.poll_samples import (
    CONFIG,
    MINUTE,
    NOW,
    URL,
    VOTERS,
    codes,
    copy_of,
    nonce,
    of_type,
    refusal,
    repair,
    summary,
    tallied,
)

OTHER_URL = "http://example.com/b"
HASHES = frozenset({nonce(9)})


def step(state, event, now=NOW, config=CONFIG):
    return poller.step(state, event, now, config)


def wish(*sources: Source, url=URL, action=RepairAction.REPAIR):
    return RepairWish(url, action, UrlResult.LOST, sources, HASHES)


def voter(index, url=URL):
    return Source(VOTERS[index], url)


def publisher(url=URL):
    return Source(None, url)


def begin(*wishes, voters=3, config=CONFIG):
    return step(tallied(PollPhase.TALLYING, voters), pe.TallyDone(summary(voters), wishes), config=config)


def checked(source, result=UrlResult.WON, url=URL, **options):
    return pe.RepairChecked(url=url, source=source, result=result, **options)


def test_everything_is_asked_for_at_once():
    state, effects = begin(
        wish(voter(0), voter(1)),
        wish(voter(2, OTHER_URL), url=OTHER_URL),
        wish(publisher("http://example.com/c"), voter(1), url="http://example.com/c"),
        wish(publisher("http://example.com/d"), url="http://example.com/d"),
        wish(url="http://example.com/e", action=RepairAction.DELETE),
        wish(url="http://example.com/f", action=RepairAction.REPORT),
    )
    asked = of_type(effects, Send)
    assert [(send.to, send.message.url) for send in asked] == [(VOTERS[0], URL), (VOTERS[2], OTHER_URL)]
    assert all(isinstance(send.message, RepairRequest) for send in asked)
    assert asked[0].expires_ms == state.poll.poll_deadline_ms + 20 * MINUTE
    assert asked[0].message.header.voter_nonce == nonce(50)
    assert of_type(effects, RequestPublisherRepair) == [
        RequestPublisherRepair(("http://example.com/c", "http://example.com/d"))
    ]
    assert state.poll.status is PollStatus.WAITING_FOR_REPAIRS
    assert len(state.outstanding_repairs) == 4


def test_no_more_than_the_limit():
    config = PollConfig(max_repairs=1)
    state, effects = begin(wish(voter(0)), wish(voter(1, OTHER_URL), url=OTHER_URL), config=config)
    assert [each.url for each in state.repairs] == [URL]
    assert codes(effects) == [PollCode.REPAIRS_OVER_LIMIT]
    unlimited, _ = begin(
        *[wish(voter(0, str(n)), url=str(n)) for n in range(1_001)], config=PollConfig(max_repairs=-1)
    )
    assert len(unlimited.repairs) == 1_001


@pytest.mark.parametrize("config", [PollConfig(max_repairs=0)])
def test_without_repairs_the_poll_completes(config):
    state, effects = begin(wish(voter(0)), config=config)
    assert effects[-1] == Close(PollStatus.COMPLETE)
    assert state.closed


def test_without_quorum_nothing_is_repaired():
    state = tallied(PollPhase.TALLYING)
    state, effects = step(state, pe.TallyDone(summary(2, quorate=False), (wish(voter(0)),)))
    assert state.repairs == ()
    assert effects[-1] == Close(PollStatus.NO_QUORUM)


def test_a_good_copy_wins_the_url_and_ends_the_poll():
    state, _ = begin(wish(voter(0), voter(1)))
    state, effects = step(state, copy_of())
    assert effects == (
        VerifyRepair(
            url=URL, source=voter(0), props=(("content-type", "text/html"),), body_ref="body", hashes=HASHES
        ),
    )
    assert state.repairs[0].phase is RepairPhase.CHECKING
    state, effects = step(state, checked(voter(0)))
    assert state.repairs[0].phase is RepairPhase.DONE
    assert state.repairs[0].result is UrlResult.WON
    assert state.poll.totals == PollTotals(agreed=4, disagreed=0)
    assert [type(send.message) for send in of_type(effects, Send)] == [EvaluationReceipt] * 3
    # The voters hear how far we agreed before the repair.
    assert {send.message.agreement_hint for send in of_type(effects, Send)} == {0.75}
    assert effects[-1] == Close(PollStatus.COMPLETE)


def test_an_accepted_copy_that_does_not_win_is_recorded_as_it_is():
    state, _ = begin(wish(voter(0)))
    state, effects = step(state, checked(voter(0), UrlResult.TOO_CLOSE))
    assert state.poll.totals == PollTotals(agreed=3, too_close=1)
    assert effects[-1] == Close(PollStatus.COMPLETE)


@pytest.mark.parametrize("as_fault", ["wrong content", "no properties"])
def test_a_bad_copy_makes_us_ask_the_next(as_fault):
    state, _ = begin(wish(voter(0), voter(1)))
    if as_fault == "wrong content":
        state, _ = step(state, copy_of())
        state, effects = step(state, checked(voter(0), None, detail="not what was voted"), NOW + 7)
    else:
        state, effects = step(state, copy_of(props=None), NOW + 7)
    assert codes(effects) == [PollCode.REPAIR_REJECTED]
    assert effects[0].finding.peer == VOTERS[0]
    assert [(send.to, send.message.url) for send in of_type(effects, Send)] == [(VOTERS[1], URL)]
    assert state.repairs[0].asked == (voter(1),)
    assert state.repairs[0].asked_ms == NOW + 7
    # The liar's second try is none.
    again, effects = step(state, copy_of())
    assert (again, codes(effects)) == (state, [PollCode.REPAIR_NOT_ASKED])


def test_when_nobody_has_a_good_copy_the_url_stays_lost():
    state, _ = begin(wish(voter(0)))
    state, _ = step(state, copy_of())
    state, effects = step(state, checked(voter(0), None))
    assert state.repairs[0].phase is RepairPhase.FAILED
    assert state.poll.totals == PollTotals(agreed=3, disagreed=1)
    assert effects[-1] == Close(PollStatus.COMPLETE)


def test_a_copy_without_properties_can_end_the_poll():
    state, _ = begin(wish(voter(0)))
    state, effects = step(state, copy_of(props=None))
    assert effects[-1] == Close(PollStatus.COMPLETE)
    assert state.closed


@pytest.mark.parametrize(
    "event",
    [
        copy_of(index=1),
        copy_of("http://example.com/unasked"),
        copy_of(OTHER_URL, index=0),
    ],
)
def test_only_what_was_asked_of_whom_it_was_asked_is_looked_at(event):
    """A deployed poller stores any repair of any voter."""
    before, _ = begin(wish(voter(0), voter(1)), wish(voter(2, OTHER_URL), url=OTHER_URL))
    after, effects = step(before, event)
    assert after == before
    assert codes(effects) == [PollCode.REPAIR_NOT_ASKED]
    assert len(effects) == 1


@pytest.mark.parametrize("phase", [PollPhase.HASHING, PollPhase.TALLYING])
def test_copies_before_the_tally_are_not_looked_at(phase):
    before = tallied(phase)
    after, effects = step(before, copy_of())
    assert (after, codes(effects)) == (before, [PollCode.REPAIR_NOT_ASKED])


def test_a_copy_sent_twice_is_checked_once():
    state, _ = begin(wish(voter(0)))
    state, _ = step(state, copy_of())
    again, effects = step(state, copy_of())
    assert (again, codes(effects)) == (state, [PollCode.REPAIR_NOT_ASKED])


def test_who_is_silent_is_followed_by_the_next():
    state, _ = begin(wish(voter(0), voter(1)))
    due = NOW + 2 * MINUTE
    assert state.next_tick_ms(CONFIG.repair_patience_ms) == due
    assert step(state, pe.Tick(), due - 1) == (state, ())
    state, effects = step(state, pe.Tick(), due)
    assert codes(effects) == [PollCode.REPAIR_UNANSWERED]
    assert [send.to for send in of_type(effects, Send)] == [VOTERS[1]]
    # The first one may still answer.
    assert state.repairs[0].asked == (voter(0), voter(1))
    assert state.next_tick_ms(CONFIG.repair_patience_ms) == state.poll.poll_deadline_ms
    _, effects = step(state, copy_of())
    assert of_type(effects, VerifyRepair)


def test_a_second_copy_waits_while_the_first_is_checked():
    state = tallied(PollPhase.REPAIRING, 3, (repair(URL, asked=(0, 1)),))
    state, _ = step(state, copy_of(index=0))
    state, effects = step(state, copy_of(index=1))
    assert effects == ()
    assert state.repairs[0].sources == (voter(1),)
    state, effects = step(state, checked(voter(0), None))
    assert [send.to for send in of_type(effects, Send)] == [VOTERS[1]]


def test_a_late_refusal_of_the_publisher_does_not_stop_a_check():
    begun = repair(URL, 1, asked=(0,))
    state = tallied(PollPhase.REPAIRING, 3, (replace(begun, asked=(publisher(), voter(0))),))
    state, _ = step(state, copy_of())
    state, effects = step(state, checked(publisher(), None))
    assert codes(effects) == [PollCode.REPAIR_REJECTED]
    assert not of_type(effects, Send)
    assert state.repairs[0].phase is RepairPhase.CHECKING
    _, effects = step(state, checked(voter(0)))
    assert effects[-1] == Close(PollStatus.COMPLETE)


def test_peers_follow_a_publisher_that_cannot():
    state, effects = begin(wish(publisher(), voter(1)))
    assert of_type(effects, RequestPublisherRepair)
    state, effects = step(state, checked(publisher(), None))
    assert [send.to for send in of_type(effects, Send)] == [VOTERS[1]]
    _, effects = step(state, copy_of(index=1))
    assert of_type(effects, VerifyRepair)


def test_a_result_reported_twice_counts_once():
    state, _ = begin(wish(voter(0)), wish(voter(1, OTHER_URL), url=OTHER_URL))
    state, _ = step(state, checked(voter(0)))
    again, effects = step(state, checked(voter(0)))
    assert (again, effects) == (state, ())
    stranger, effects = step(state, checked(voter(2, OTHER_URL), url=OTHER_URL))
    assert (stranger, effects) == (state, ())


def test_a_voter_that_leaves_is_followed_by_the_next():
    state, _ = begin(wish(voter(0), voter(1)))
    state, _ = step(state, refusal(0))
    assert state.participant(VOTERS[0]).phase is ParticipantPhase.DROPPED
    _, effects = step(state, pe.Tick(), NOW + 2 * MINUTE)
    assert [send.to for send in of_type(effects, Send)] == [VOTERS[1]]


def test_at_the_deadline_voters_are_told_and_copies_waited_for_once_more():
    """Deployed voters close ten minutes after it: a later receipt would not be read."""
    state, _ = begin(wish(voter(0), voter(1)))
    first = state.poll.poll_deadline_ms
    state, effects = step(state, pe.Tick(), first)
    receipts = of_type(effects, Send)
    assert [send.to for send in receipts] == list(VOTERS[:3])
    assert {type(send.message) for send in receipts} == {EvaluationReceipt}
    assert state.poll.extended
    assert state.repairs[0].outstanding
    # Whoever has its receipt has closed the poll and cannot be asked.
    later, effects = step(state, pe.Tick(), first + 3 * MINUTE)
    assert not of_type(effects, Send)
    assert later.next_tick_ms(MINUTE) == first + 20 * MINUTE
    # A copy on its way is still looked at.
    copied, effects = step(later, copy_of())
    assert of_type(effects, VerifyRepair)
    done, effects = step(copied, checked(voter(0)))
    assert effects[-1] == Close(PollStatus.COMPLETE)
    assert not of_type(effects, Send)
    assert done.poll.totals == PollTotals(agreed=4)
    ended, effects = step(later, pe.Tick(), first + 20 * MINUTE)
    assert effects[-1] == Close(PollStatus.COMPLETE)
    assert ended.poll.totals == PollTotals(agreed=3, disagreed=1)
    assert step(later, pe.Tick(), first + 20 * MINUTE - 1) == (later, ())


def test_a_node_asleep_over_both_deadlines_ends_with_one_tick():
    state, _ = begin(wish(voter(0)))
    state, effects = step(state, pe.Tick(), NOW + 600 * MINUTE)
    assert len(of_type(effects, Send)) == 3
    assert effects[-1] == Close(PollStatus.COMPLETE)


def test_sources_that_have_left_are_passed_over():
    gone = tallied(PollPhase.TALLYING, 3)
    gone = gone.with_participant(replace(gone.participants[0], phase=ParticipantPhase.DROPPED))
    _, effects = step(gone, pe.TallyDone(summary(3), (wish(voter(0), voter(1)),)))
    assert [send.to for send in of_type(effects, Send)] == [VOTERS[1]]
    state, effects = step(gone, pe.TallyDone(summary(3), (wish(voter(0)),)))
    assert state.repairs[0].phase is RepairPhase.FAILED
    assert effects[-1] == Close(PollStatus.COMPLETE)


def test_a_weighted_url_moves_its_weight():
    state, _ = begin(wish(voter(0)))
    state = replace(state, poll=replace(state.poll, weighted_totals=PollTotals(agreed=1, disagreed=2.5)))
    state, _ = step(state, checked(voter(0), weight=2.5))
    assert state.poll.weighted_totals == PollTotals(agreed=3.5)
    assert state.poll.totals == PollTotals(agreed=4)


def test_names_are_the_voters_own():
    state, effects = begin(wish(voter(0, URL + "/")))
    (send,) = of_type(effects, Send)
    assert send.message.url == URL + "/"
    _, effects = step(state, copy_of(URL + "/"))
    (verify,) = of_type(effects, VerifyRepair)
    assert verify.url == URL
    assert not of_type(effects, Report)
