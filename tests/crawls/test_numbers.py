"""The numbers of a crawl: each defined once (docs/collecting.md), and the same on every page."""

from dataclasses import replace

import pytest

from apps.common import jobs
from apps.common.words import Tone
from apps.crawls import services, tasks
from apps.crawls.models import Crawl, CrawlUrl
from apps.crawls.words import NOTHING_CAME, word_of
from apps.nodes.log_sources import _crawl
from apps.nodes.log_words import line_text
from apps.nodes.services import refreshing
from apps.repository import services as repository
from tests.asking import as_person
from tests.crawls.conftest import make_au

pytestmark = pytest.mark.django_db(transaction=True)


def run(au) -> Crawl:
    assert tasks.crawl is not None
    crawl, job = services.start_crawl(au=au)
    jobs.run(job.pk)
    crawl.refresh_from_db()
    return crawl


def rows(crawl, state: str) -> int:
    return CrawlUrl.objects.filter(crawl=crawl, state=state).count()


def held(au) -> int:
    return len(list(repository.newest(auid=au.auid)))


def test_in_a_first_crawl_everything_is_new(au, publisher):
    crawl = run(au)
    assert crawl.fetched == sum(publisher.asked.values()), "requests, with the permission page and redirects"
    assert (crawl.stored, crawl.unchanged) == (held(au), 0)
    assert (rows(crawl, "fetched"), rows(crawl, "unchanged")) == (crawl.stored, 0)
    assert crawl.content == crawl.stored


def test_in_a_second_one_new_and_unchanged_are_what_has_content(au, publisher):
    run(au)
    before = sum(publisher.asked.values())
    crawl = run(au)
    assert crawl.fetched == sum(publisher.asked.values()) - before
    assert crawl.stored == 1, "the page that changes on every request"
    assert crawl.unchanged > 0
    assert (rows(crawl, "fetched"), rows(crawl, "unchanged")) == (crawl.stored, crawl.unchanged)
    assert crawl.content == crawl.stored + crawl.unchanged + rows(crawl, "held")


def test_every_place_says_the_same(client, au, publisher):
    run(au)
    crawl = run(au)
    as_person(client)
    answer = client.get(f"/crawls/{crawl.pk}/")
    facts = {fact.term: fact.value for fact in answer.context["facts"]}
    assert facts["Requests"] == str(crawl.fetched)
    assert facts["URLs fetched"] == str(crawl.stored + crawl.unchanged)
    assert facts["New or changed"] == str(crawl.stored)
    assert facts["Unchanged"] == str(crawl.unchanged)
    came = client.get(answer.context["vitals"][0].url).context["list"].items
    assert len(came) == crawl.content
    heads = [str(column.label) for column in client.get("/crawls/").context["list"].table.columns]
    assert {"Requests", "New or changed", "Unchanged"} <= set(heads)
    assert "Fetched" not in heads
    line = _crawl(crawl)
    assert line_text(line.code, line.params) == (
        f"Collected: {crawl.fetched} requests, {crawl.stored} URL new or changed."
    )


def test_where_the_permission_page_cannot_be_had_nothing_came(client, au, node, settings):
    settings.NODE = replace(node, allowed_private_hosts=("127.0.0.1:9",))
    crawl = run(make_au("http://127.0.0.1:9/", volume=2))
    assert (crawl.outcome, crawl.content) == ("fetch-error", 0)
    assert crawl.fetched > 0
    assert word_of(crawl) is NOTHING_CAME
    line = _crawl(crawl)
    assert line.code == "crawl-nothing"
    assert "what came is kept" not in line_text(line.code, line.params)
    as_person(client)
    page = client.get(f"/crawls/{crawl.pk}/")
    assert "Pages missing" not in page.content.decode()
    trouble = page.context["vitals"][3]
    assert "permission page" in trouble.meaning
    assert client.get(trouble.url).status_code == 200
    assert "Nothing came" in client.get("/crawls/").content.decode()
    assert word_of(crawl).tone == Tone.CARE
    refreshing.refresh(keys=[crawl.au_id])
    shown = client.get(f"/aus/{crawl.au.slug}/").content.decode()
    assert "Nothing came" in shown
    assert "Pages missing" not in shown
