"""A poll without a landslide found nothing wrong here: a peer's damage is not told as ours (lcap-v3 §6.3)."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from apps.common.parts import CopyState
from apps.common.stored import retold
from apps.common.words import Tone
from apps.nodes import home, needs, public, story
from apps.nodes.choices import AuWord, Care, Figure, Tally, word_key
from apps.nodes.log_sources import _poll
from apps.nodes.models import AuStatus, PollDay, StandingCount
from apps.nodes.services import counting, refreshing, yearly
from apps.nodes.words import AU_WORDS
from apps.polls.models import Participant
from apps.polls.outcome import Turnout
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db
URLS = 17
SOON = dt.timedelta(minutes=1)


@pytest.fixture
def poll():
    """Two peers agree in everything, the third in nothing: 2 against 1 is no landslide of 75 %."""
    au = make.make_au()
    peers = [make.make_peer() for _ in range(3)]
    made = make.make_poll(
        au, peers, ago=SOON, agreement=0.0, urls=URLS, agreed=0, disagreed=0, too_close=URLS
    )
    Participant.objects.filter(poll=made, peer=peers[2]).update(agreement=0.0, agreed=0, disagreed=URLS)
    for n in range(URLS):
        make.make_tally(made, f"http://pub.example/{n}", ["agreed", "agreed", "disagreed"], "TooClose")
    return made


def lost(agreement=0.5, urls=4):
    peers = [make.make_peer() for _ in range(3)]
    made = make.make_poll(make.make_au(), peers, ago=SOON, agreement=agreement, urls=urls)
    for n in range(made.disagreed):
        make.make_tally(made, f"http://pub.example/{n}", ["disagreed"] * 3)
    return made


def test_the_poll_says_that_there_was_no_landslide_and_who_differs(client, poll):
    as_person(client)
    answer = client.get(f"/polls/{poll.pk}/")
    first, _, third, _ = answer.context["vitals"]
    assert first.value == "no landslide"
    assert "About 17 URLs neither side had a landslide." in first.meaning
    assert "1 of 3 peers differs." in first.meaning
    assert "Nothing was found wrong here." in first.meaning
    assert third.url.endswith("?result=TooClose")
    assert len(client.get(third.url).context["list"].items) == URLS


def test_the_story_of_the_au_is_not_red(poll):
    events = story.story(poll.au).events
    (told,) = [one for one in events if f"/polls/{poll.pk}/" in str(one.text)]
    assert told.tone == Tone.CARE
    assert "0 %" not in str(told.text)
    assert "1 of 3 peers differs" in str(told.detail)


def test_home_counts_it_apart(poll):
    lost()
    counting.count_days()
    day = PollDay.objects.order_by("-day").first()
    assert (day.differed, day.undecided) == (1, 1)
    said = home.days_sentence([day])
    assert "1 found what stayed wrong" in said
    assert "1 found no landslide" in said
    tones = {str(event.text): event.tone for event in home.events()}
    assert [tone for text, tone in tones.items() if f"/polls/{poll.pk}/" in text] == [Tone.CARE]


def test_the_log_says_it(poll):
    assert _poll(poll).code == "poll-undecided"
    assert _poll(lost()).code == "poll-differed"


def test_the_report_of_the_year_counts_it_apart(poll):
    lost()
    repaired = make.make_poll(make.make_au(), [make.make_peer()], ago=SOON)
    make.make_tally(repaired, "http://pub.example/1", ["disagreed"], final_result="Won")
    report = yearly.make(year=yearly.this_year())
    found = dict(report.figures.filter(scope="").values_list("key", "value"))
    assert found[Figure.POLLS_WRONG] == 2
    assert found[Figure.POLLS_UNDECIDED] == 1
    assert found[Figure.URLS_WRONG] == 3
    assert found[Figure.AUS_BAD] == 2


@pytest.fixture
def judged(poll, settings):
    """The AU of that poll is collected, and judged."""
    settings.NODE = replace(settings.NODE, permission_policy="machine")
    make.make_summary(poll.au)
    make.make_crawl(poll.au)
    refreshing.scan()
    counting.count_all()
    return AuStatus.objects.get(pk=poll.au.pk)


def test_its_au_is_not_settled_and_says_who_voted_how(judged):
    assert (judged.word, judged.care) == (AuWord.UNSETTLED, Care.UNSETTLED)
    assert AU_WORDS[AuWord.UNSETTLED].tone == Tone.CARE
    assert judged.reason == (
        "About 17 URLs the votes decided nothing. Votes: 2 for this copy, 1 against. Nothing was found wrong here. "
        "The next poll compares it again."
    )
    assert judged.copies[0] == [0, "o"]
    with override("es"):
        said = retold(judged.reason)
    assert not [word for word in ("Votes", "against", "Nothing", "next") if word in said]


def test_a_poll_that_was_lost_leaves_its_word_as_it_was():
    au = lost().au
    refreshing.refresh(keys=[au.pk])
    assert AuStatus.objects.get(pk=au.pk).word == AuWord.DIFFERS


def test_it_is_counted_as_neither_proved_nor_damaged(judged, settings):
    settings.NODE = replace(settings.NODE, public_status=True, poll_quorum=1)
    found = counting.numbers()
    assert found[word_key(AuWord.UNSETTLED)] == 1
    assert (found[word_key(AuWord.DIFFERS)], found[Tally.PRESERVED]) == (0, 0)
    row = StandingCount.objects.get(kind="node", ref=0)
    assert (row.words, row.preserved, row.care) == ({"unsettled": 1}, 0, 1)
    assert public.of_au(judged.au.slug).preserved == 0
    assert home.node_copies(found)[0].state == CopyState.SELECTED
    # Among what was compared, what is open counts against a proof, and never as damage.
    made = {word_key(AuWord.PROVED): 9, word_key(AuWord.UNSETTLED): 9}
    assert home.node_copies(made)[0].state == CopyState.OLD
    assert home.node_copies(made | {word_key(AuWord.DIFFERS): 9})[0].state == CopyState.DIFFERS
    assert home.node_copies(made | {word_key(AuWord.UNSETTLED): 1})[0].state == CopyState.AGREED


def test_the_pages_show_and_filter_it(client, judged):
    as_person(client)
    (row,) = client.get("/aus/?state=unsettled").context["list"].items
    assert row == judged
    assert client.get("/aus/?state=differs").context["list"].total.number == 0
    assert client.get("/aus/?why=unsettled").context["list"].total.number == 1
    page = client.get(f"/aus/{judged.au.slug}/").content.decode()
    assert "Votes: 2 for this copy, 1 against." in page
    for address in ("/status/", "/node/", "/words/"):
        assert "Not settled" in client.get(address).content.decode(), address


def test_a_person_is_told_that_no_damage_is_known(judged):
    (need,) = needs.urgent_needs(counting.numbers())
    assert need.url == "/aus/?why=unsettled"
    assert "no damage is known" in str(need.cause)


def test_the_report_counts_it_among_what_is_at_risk(judged):
    report = yearly.make(year=yearly.this_year())
    found = dict(report.figures.filter(scope="").values_list("key", "value"))
    assert (found[Figure.UNSETTLED], found[Figure.DIFFERS]) == (1, 0)


def test_the_page_of_the_poll_counts_its_voters_in_hand(client, poll):
    Participant.objects.filter(poll=poll, position=1).update(nak="NAK_NO_AU", agreement=None)
    rows = list(poll.participants.all())
    assert Turnout.among(rows) == Turnout.of([poll.pk])[poll.pk]
    assert Turnout.among([]) == Turnout()
    as_person(client)
    client.get(f"/polls/{poll.pk}/")
    with CaptureQueriesContext(connection) as asked:
        client.get(f"/polls/{poll.pk}/")
    counts = [one["sql"] for one in asked if "COUNT(" in one["sql"] and "polls_participant" in one["sql"]]
    assert counts == []
