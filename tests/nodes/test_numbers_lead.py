"""Numbers on the pages of an AU, a vote and the node lead to the rows they are about."""

import datetime as dt

import pytest

from apps.crawls.choices import CrawlState
from apps.nodes.services import refreshing
from tests import factories as make
from tests.asking import as_person

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def test_agreement_and_proof_of_an_au_lead_to_their_poll(client):
    au, peer = make.make_au(), make.make_peer()
    make.make_crawl(au)
    make.make_summary(au)
    make.make_poll(au, [peer], ago=9 * HOUR)
    last = make.make_poll(au, [peer], ago=5 * HOUR)
    make.make_poll(au, [peer], ago=3 * HOUR, variant="PoP")
    make.make_poll(au, [peer], ago=HOUR, status=7, agreement=None)
    refreshing.refresh(keys=[au.pk])
    as_person(client)
    vitals = client.get(f"/aus/{au.slug}/").context["vitals"]
    assert vitals[1].url == vitals[3].url == f"/polls/{last.pk}/"


def test_without_a_poll_they_lead_to_the_list(client):
    au = make.make_au()
    refreshing.refresh(keys=[au.pk])
    as_person(client)
    assert client.get(f"/aus/{au.slug}/").context["vitals"][3].url == f"/polls/?au={au.slug}"


def test_each_open_number_of_the_node_leads_to_its_rows(client, sample):
    make.make_vote(sample.au, sample.peer, ended_at=None, next_tick_at=make.past())
    as_person(client)
    page = client.get("/node/").content.decode()
    wanted = {
        "/crawls/?open=yes": lambda row: row.state != CrawlState.DONE,
        "/polls/?open=yes": lambda row: row.ended_at is None,
        "/polls/votes/?open=yes": lambda row: row.next_tick_at is not None,
    }
    for address, is_open in wanted.items():
        assert f'href="{address}"' in page, address
        rows = list(client.get(address).context["list"].items)
        assert rows, address
        assert all(is_open(row) for row in rows), address


def test_a_vote_says_whose_copy_was_the_lost_one(client, sample):
    lost = make.make_vote(sample.au, sample.peer, agreement_hint=0.0, repairs_served=5)
    as_person(client)
    page = client.get(f"/polls/votes/{lost.pk}/").content.decode()
    assert "Its own copy was the wrong one" in page
    assert f'href="/aus/{sample.au.slug}/agreements/?type=POR_HINT"' in page
    unknown = make.make_vote(sample.au, sample.peer, agreement_hint=0.5)
    page = client.get(f"/polls/votes/{unknown.pk}/").content.decode()
    assert "Its own copy was the wrong one" not in page
    assert "Whose copy is the right one" in page
    whole = client.get(f"/polls/votes/{sample.vote.pk}/").content.decode()
    assert "Whose copy is the right one" not in whole
