"""Pages of collections: who may read them, what they say, and when they stop asking."""

import pytest

from apps.accounts.choices import Role
from apps.crawls.choices import CrawlState
from apps.crawls.models import Crawl
from apps.crawls.words import ENDS, REASONS, URLS, crawl_word, url_reason
from apps.lockss.frontier import CrawlOutcome, UrlReason
from tests.asking import as_person, check_reading

pytestmark = pytest.mark.django_db


def test_who_may_read(client, sample):
    check_reading(client, "/crawls/", "nodes/list_page.html")
    page = check_reading(client, f"/crawls/{sample.crawl.pk}/", "crawls/crawl.html")
    assert "The publisher has no such page." in page
    assert "Its path repeats itself" in page


def test_every_end_and_reason_has_words():
    assert set(ENDS) == set(CrawlOutcome)
    assert set(REASONS) == set(UrlReason)
    assert crawl_word("done", "from-another-version").tone == "harm"
    assert url_reason("from-another-version") == "from-another-version"


@pytest.mark.parametrize(
    ("state", "expected"), [("failed", 1), ("dead", 1), ("cut", 4), ("excluded", 1), ("", 38)]
)
def test_urls_by_state(client, sample, state, expected):
    as_person(client)
    found = client.get(f"/crawls/{sample.crawl.pk}/?state={state}").context["list"]
    assert len(found.items) == expected
    if state:
        assert str(URLS[state].label) in found.rows[0]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"state": "running", "outcome": ""}, "No URL has been asked for yet"),
        ({"state": "done", "outcome": "fetch-error", "content": 0, "failed": 0}, "with the permission page"),
        ({"state": "done", "outcome": "aborted"}, "ended before it came to the pages"),
    ],
)
def test_a_crawl_without_urls_says_why(client, sample, more, said):
    as_person(client)
    sample.crawl.frontier.all().delete()
    Crawl.objects.filter(pk=sample.crawl.pk).update(**more)
    page = client.get(f"/crawls/{sample.crawl.pk}/").content.decode()
    assert said in page
    assert page.count("No URL ") == 1


@pytest.mark.parametrize("size", [25, 50])
def test_urls_of_a_large_frontier_come_in_the_order_of_their_index(client, sample, size):
    Crawl.objects.filter(pk=sample.crawl.pk).update(queued=2_000_000)
    as_person(client)
    seen, path = [], f"/crawls/{sample.crawl.pk}/?size={size}"
    while path:
        page = client.get(path).context["list"]
        seen += [row.url for row in page.items]
        path = f"/crawls/{sample.crawl.pk}/{page.next_href}" if page.next_href else ""
    assert len(set(seen)) == len(seen) == 38


@pytest.mark.parametrize("query", ["state=running", "state=no-permission", "kind=repair", "since=2020-01-01"])
def test_crawls_are_narrowed(client, sample, query):
    as_person(client)
    found = client.get(f"/crawls/?{query}").context["list"].items
    assert 0 < len(found) <= Crawl.objects.count()
    assert client.get("/crawls/?state=whim").status_code == 400


def test_the_live_part_stops_with_the_crawl(client, sample):
    as_person(client)
    part = {"HX-Request": "true", "HX-Target": "crawl-now"}
    path = f"/crawls/{sample.open_crawl.pk}/"
    page = client.get(path, headers=part).content.decode()
    assert 'data-live hx-get="' in page
    assert "<html" not in page
    Crawl.objects.filter(pk=sample.open_crawl.pk).update(state=CrawlState.DONE, outcome="complete")
    assert "hx-get" not in client.get(path, headers=part).content.decode()


def test_only_a_system_administrator_is_offered_to_stop_it(client, sample):
    path = f"/crawls/{sample.open_crawl.pk}/"
    stop = f'action="/jobs/{sample.job.pk}/cancel/"'
    as_person(client, Role.LIBRARIAN)
    assert stop not in client.get(path).content.decode()
    as_person(client, Role.SYSTEM)
    assert stop in client.get(path).content.decode()


def test_no_such_crawl(client, sample):
    as_person(client)
    assert client.get("/crawls/999999/").status_code == 404
