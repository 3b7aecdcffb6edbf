"""A poll without a landslide found nothing wrong here: a peer's damage is not told as ours (lcap-v3 §6.3)."""

import datetime as dt

import pytest

from apps.common.words import Tone
from apps.nodes import home, story
from apps.nodes.choices import Figure
from apps.nodes.log_sources import _poll
from apps.nodes.models import PollDay
from apps.nodes.services import counting, yearly
from apps.polls.models import Participant
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
    events, _ = story.story(poll.au)
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
