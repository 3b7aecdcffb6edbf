"""Links of many pages written at once: each URL once, the smaller depth, positions without a hole."""

import pytest

from apps.crawls import frontier_rows
from apps.crawls.choices import UrlState
from apps.crawls.models import CrawlUrl
from apps.lockss.frontier import Enqueue, RowKind
from tests.factories import make_au, make_crawl

pytestmark = pytest.mark.django_db

A, B, C, D = (f"http://pub.example/{name}" for name in "abcd")


@pytest.fixture
def crawl():
    return make_crawl(make_au())


def found(depth, *urls, page="http://pub.example/page", kind=RowKind.LINK):
    return Enqueue(urls, depth, kind), page


def enqueue(crawl, *links, position=0, refetch_depth=1):
    return frontier_rows.enqueue(crawl, links, position=position, refetch_depth=refetch_depth)


def rows(crawl):
    return {row.url: row for row in CrawlUrl.objects.filter(crawl=crawl)}


def test_each_url_is_one_row_with_the_first_page_and_the_smaller_depth(crawl):
    assert (
        enqueue(
            crawl, found(3, A, B, page="http://pub.example/1"), found(2, B, C, page="http://pub.example/2")
        )
        == 3
    )
    got = rows(crawl)
    assert [(got[u].depth, got[u].referrer[-1], got[u].position) for u in (A, B, C)] == [
        (3, "1", 0),
        (2, "1", 1),
        (2, "2", 2),
    ]


@pytest.mark.parametrize("statement", [1, 2, 2_000])
def test_positions_have_no_hole_and_no_double(crawl, statement, monkeypatch):
    monkeypatch.setattr(frontier_rows, "STATEMENT", statement)
    assert enqueue(crawl, found(1, A, C)) == 2
    assert enqueue(crawl, found(2, C, B, A, D), position=2) == 2
    got = rows(crawl)
    assert [(url, got[url].position) for url in (A, C, B, D)] == [(A, 0), (C, 1), (B, 2), (D, 3)]


def test_a_nearer_way_to_a_known_url_lowers_its_depth_and_a_farther_one_does_not(crawl):
    enqueue(crawl, found(4, A, B))
    assert enqueue(crawl, found(2, A), found(9, B), position=2) == 0
    got = rows(crawl)
    assert (got[A].depth, got[B].depth) == (2, 4)


def test_a_held_url_is_asked_again_when_it_proves_to_be_near(crawl):
    enqueue(crawl, found(4, A, B))
    CrawlUrl.objects.filter(crawl=crawl).update(state=UrlState.HELD)
    enqueue(crawl, found(1, A), found(3, B), position=2)
    got = rows(crawl)
    assert (got[A].state, got[B].state) == (UrlState.PENDING, UrlState.HELD)


def test_nothing_found_and_a_null_character_write_nothing(crawl):
    assert enqueue(crawl) == 0
    assert enqueue(crawl, found(1, A + "\0")) == 0
    assert rows(crawl) == {}


def test_what_a_limit_cut_is_listed_behind_the_others(crawl):
    enqueue(crawl, found(1, A))
    frontier_rows.add_cut(crawl, [(B, 7, A), (C, 8, B), (A, 7, A)], 1)
    got = rows(crawl)
    assert [(got[u].state, got[u].depth) for u in (A, B, C)] == [
        (UrlState.PENDING, 1),
        (UrlState.CUT, 7),
        (UrlState.CUT, 8),
    ]
