"""Pages of polls, votes and repairs: who may read them and what they say of whom."""

from dataclasses import replace

import pytest

from apps.lockss.lcap.messages import Nak
from apps.lockss.lcap.poll_codes import ParticipantStatus, PollStatus, VoterStatus
from apps.lockss.lcap.verdict import UrlResult, Verdict
from apps.polls import detail
from apps.polls.choices import PollState, RepairState
from apps.polls.detail import initials
from apps.polls.models import Poll
from apps.polls.words import (
    NAKS,
    REPAIRS,
    RESULTS,
    VERDICTS,
    finding_sentence,
    nak_sentence,
    poll_word,
    vote_word,
    voter_word,
)
from apps.repository import services as repository
from tests import factories as make
from tests.asking import as_person, check_reading

pytestmark = pytest.mark.django_db


def test_who_may_read(client, sample):
    check_reading(client, "/polls/", "nodes/list_page.html")
    check_reading(client, "/polls/votes/", "nodes/list_page.html")
    vote = check_reading(client, f"/polls/votes/{sample.vote.pk}/", "nodes/facts_page.html")
    assert f"Poll key <code>{sample.vote.key}</code>" in vote
    check_reading(client, f"/polls/{sample.poll.pk}/", "polls/poll.html")
    check_reading(client, f"/polls/{sample.open_poll.pk}/", "polls/poll.html")


def test_every_number_and_name_of_the_field_has_words():
    for status in PollStatus:
        assert str(poll_word("done", status).label)
    for phase in set(PollState) - {PollState.DONE}:
        assert str(poll_word(phase, 3).label)
    for status in ParticipantStatus:
        assert voter_word(status)[1]
    for status in VoterStatus:
        assert str(vote_word(status).label)
    assert set(NAKS) == set(Nak)
    assert set(RESULTS) == set(UrlResult)
    assert set(VERDICTS) == set(Verdict)
    assert set(REPAIRS) == set(RepairState)
    assert nak_sentence("NAK_OF_ANOTHER_AGE") == "NAK_OF_ANOTHER_AGE"


def test_a_poll_tells_who_dissented(client, sample):
    as_person(client)
    answer = client.get(f"/polls/{sample.poll.pk}/")
    page = answer.content.decode()
    assert "99.8" in page
    assert f"Poll key <code>{sample.poll.key}</code>" in page
    assert "97.1" in page
    matrix = answer.context["matrix"]
    assert [str(name) for name in matrix.columns] == ["BU", "CSL", "DA", "EI", "FC"]
    tones = {name: [cell.tone for cell in cells] for name, cells in matrix.rows}
    assert tones["31/2/fulltext.pdf"] == ["harm"] * 4 + ["safe"]
    assert tones["31/5/new.html"] == ["safe", "safe", "harm", "safe", "care"]
    assert "Birch University: holds something else" in page


@pytest.mark.parametrize(
    ("agreement", "phase", "said"),
    [
        (1.0, PollState.DONE, "Every vote agreed about every URL."),
        (None, PollState.DONE, "no vote was compared with our copy"),
        (None, PollState.VOTING, "as soon as the votes are counted"),
    ],
)
def test_a_poll_without_dispute_says_which_way(client, sample, agreement, phase, said):
    as_person(client)
    sample.poll.url_tallies.all().delete()
    Poll.objects.filter(pk=sample.poll.pk).update(agreement=agreement, phase=phase)
    sample.poll.participants.update(agreement=None)
    page = client.get(f"/polls/{sample.poll.pk}/").content.decode()
    assert said in page
    assert "have not been counted yet" not in page


def test_a_poll_with_too_few_votes_has_no_result_and_tells_what_was_compared(client, sample):
    """It said “not counted yet”, and that no vote was compared, above a table of votes that were."""
    voters, quorum = sample.poll.participants.order_by("pk"), 5
    kept = [one.pk for one in voters[:3]]
    voters.exclude(pk__in=kept).delete()
    voters.filter(pk__in=kept[:2]).update(status=ParticipantStatus.COMPLETE, agreement=1.0, agreed=17)
    voters.filter(pk=kept[2]).update(status=ParticipantStatus.NO_RESPONSE, agreement=None)
    sample.poll.url_tallies.all().delete()
    Poll.objects.filter(pk=sample.poll.pk).update(
        agreement=None,
        status=PollStatus.NO_QUORUM,
        urls=17,
        quorum=quorum,
        disagreed=0,
        too_close=0,
        no_quorum=0,
    )
    as_person(client)
    answer = client.get(f"/polls/{sample.poll.pk}/")
    result, _voted, unproved, _repaired = answer.context["vitals"]
    assert (result.value, result.meaning) == ("no result", "2 of 3 voted")
    assert (unproved.value, unproved.meaning, unproved.url) == ("17", "URLs were not proved by this poll", "")
    page = answer.content.decode()
    assert "not counted yet" not in page
    assert "no vote was compared" not in page
    assert "2 votes were compared with our copy" in page
    assert "a result needs 5." in page


def test_urls_in_dispute_by_result(client, sample):
    as_person(client)
    path = f"/polls/{sample.poll.pk}/"
    assert len(client.get(path).context["list"].items) == 3
    assert len(client.get(f"{path}?result=LostVoterOnly").context["list"].items) == 1
    assert client.get(f"{path}?result=whim").status_code == 400


def test_who_declined_and_why(client, sample):
    as_person(client)
    page = client.get(f"/polls/{sample.open_poll.pk}/").content.decode()
    assert "It has not collected this archival unit yet." in page
    assert "Did not answer" in page
    assert "1 of 5 peers have voted" in page


def test_the_live_part_stops_with_the_poll(client, sample):
    as_person(client)
    part = {"HX-Request": "true", "HX-Target": "poll-now"}
    path = f"/polls/{sample.open_poll.pk}/"
    page = client.get(path, headers=part).content.decode()
    assert "data-live" in page
    assert "<html" not in page
    Poll.objects.filter(pk=sample.open_poll.pk).update(phase="done", status=PollStatus.NO_QUORUM)
    assert "hx-get" not in client.get(path, headers=part).content.decode()


@pytest.mark.parametrize(
    "query", ["state=complete", "state=voting", "state=no_quorum", "since=2020-01-01&until=2099-01-01"]
)
def test_polls_are_narrowed(client, sample, query):
    as_person(client)
    found = client.get(f"/polls/?{query}").context["list"].items
    assert 0 < len(found) <= Poll.objects.count()


def test_polls_and_votes_of_one_au_and_peer(client, sample):
    as_person(client)
    polls = client.get(f"/polls/?au={sample.au.slug}").context["list"].items
    assert {poll.au_id for poll in polls} == {sample.au.pk}
    votes = client.get(f"/polls/votes/?peer={sample.vote.poller_id}").context["list"].items
    assert [vote.pk for vote in votes] == [sample.vote.pk]


def test_polls_cost_a_few_queries(client, sample, django_assert_max_num_queries):
    as_person(client)
    with django_assert_max_num_queries(10):
        client.get("/polls/")


def test_a_repair_stands_side_by_side(client, sample):
    as_person(client)
    sides = client.get(f"/repairs/{sample.repair.pk}/").context["sides"]
    assert sides[0].lines[0] == (sample.repair.before_sha256, True)
    assert sides[1].lines[0] == (sample.repair.after_sha256, True)
    assert sides[1].lines[1] == ("version 2", True)


def test_bytes_that_came_back_as_they_were_stand_beside_the_damaged_version(client, sample, monkeypatch):
    stored = repository.history(auid=sample.repair.au.auid, url=sample.repair.url)
    new = max(stored, key=lambda a: a.version)
    old = replace(new, version=1, state="damaged")
    monkeypatch.setattr(detail.repository, "history", lambda **_: [new, old])
    digest = new.sha256.hex()
    repair = make.make_repair(
        sample.poll, "http://pub.example/again", before_sha256=digest, after_sha256=digest
    )
    as_person(client)
    was, now = client.get(f"/repairs/{repair.pk}/").context["sides"]
    said = f"bytes hashed otherwise; recorded SHA-256 {digest}"
    assert [side.lines[0] for side in (was, now)] == [(said, True), (digest, True)]
    assert [side.lines[1] for side in (was, now)] == [("version 1", True), ("version 2", True)]
    assert [side.lines[4] for side in (was, now)] == [("damaged", True), ("good", True)]


def test_a_repair_of_what_was_not_here(client, sample):
    repair = make.make_repair(
        sample.poll, "http://pub.example/31/7", before_sha256="", after_sha256="ab" * 32
    )
    as_person(client)
    sides = client.get(f"/repairs/{repair.pk}/").context["sides"]
    assert sides[0].lines[0] == ("nothing", True)
    assert sides[1].lines[0] == ("ab" * 32, True)


@pytest.mark.parametrize(
    ("name", "short"), [("Birch University", "BU"), ("Elm", "El"), ("TCP:[198.51.100.4]:9004", "9004")]
)
def test_initials(name, short):
    assert initials(name) == short


def test_what_does_not_exist(client, sample):
    as_person(client)
    for path in ("/polls/999999/", "/polls/votes/999999/"):
        assert client.get(path).status_code == 404


def test_nodes_with_the_same_initials_are_told_apart():
    names = ["Harbour Library", "Hillside Library", "Birch University"]
    assert detail.heads(names) == ["Har", "Hil", "BU"]


@pytest.mark.parametrize(
    ("code", "detail_", "said"),
    [
        ("poll-voter-dropped-out", "NAK_HASH_TIMEOUT in wait-vote", "It did not finish hashing in time."),
        ("poll-voter-dropped-out", "no reason in wait-vote", "It gave no reason."),
        ("poll-message-out-of-turn", "VOTE in closed", "it was set aside."),
        ("poll-repair-unanswered", "http://a.example/x.png", "“http://a.example/x.png” was asked for to"),
        ("poll-repair-not-asked-for", "http://a.example/x.png", "came that was not asked for"),
        ("poll-repair-rejected", "http://a.example/x.png", "repair ours: it is no copy of it."),
        ("poll-repair-rejected", "http://a.example/x.png the copy could not be stored", ": the copy could"),
        ("poll-wrong-nonce", "as it is", "as it is"),
    ],
)
def test_findings_of_polls_are_sentences(code, detail_, said):
    assert said in finding_sentence(code, detail_)


def test_the_protocols_words_are_not_in_the_sentence_of_what_came_late():
    assert "closed" not in finding_sentence("poll-message-out-of-turn", "VOTE in closed")
