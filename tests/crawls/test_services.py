"""The verbs of crawls around a run: windows, dead workers, repairs that join, dates, and everything twice."""

import datetime as dt
from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from apps.common import jobs
from apps.common.clock import now
from apps.common.models import Finding, Job
from apps.crawls import frontier_rows, services, tasks
from apps.crawls import run as running
from apps.crawls.models import Crawl, CrawlStatus, CrawlUrl
from apps.lockss.plugin import AuDefinition
from apps.permissions.models import Evidence, Permission
from apps.repository import services as repository
from apps.repository.errors import StoreCode, StoreError
from apps.repository.writer import AuWriter
from tests.crawls.conftest import make_au
from tests.factories import make_agreement, make_publisher

pytestmark = pytest.mark.django_db
PDF = "tidal/volume/1/article/1/full.pdf"


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *args, **options: None)


def run(au) -> Crawl:
    crawl, job = services.start_crawl(au=au)
    assert jobs.run(job.pk) == "done"
    crawl.refresh_from_db()
    return crawl


def count(au) -> int:
    return repository.summary(auid=au.auid).versions


# The window


def closes_after(monkeypatch, times: int) -> None:
    asked = []

    def may_crawl(self, at, zones):
        asked.append(at)
        return len(asked) <= times

    monkeypatch.setattr(AuDefinition, "may_crawl", may_crawl)


def test_a_window_that_closes_ends_the_crawl_and_keeps_what_came(au, node, monkeypatch):
    with monkeypatch.context() as patched:
        closes_after(patched, 5)
        crawl = run(au)
    assert (crawl.outcome, crawl.state) == ("window-closed", "done")
    assert "window has closed" in crawl.reason
    assert 1 < count(au) < 10
    assert CrawlUrl.objects.filter(crawl=crawl, state="pending").exists()
    status = CrawlStatus.objects.get(au=au)
    assert status.last_success_at is None
    # Soon again, not in two weeks.
    assert status.due_at - status.last_end_at == dt.timedelta(seconds=node.crawl_retry_interval)
    assert Finding.objects.get().code == "crawl-window-closed"
    assert run(au).outcome == "complete"
    assert Finding.objects.get().resolved_at is not None


def test_a_closed_window_asks_nobody_and_takes_no_permission_away(au, publisher, monkeypatch):
    run(au)
    before = Permission.objects.values().get(), Evidence.objects.count()
    publisher.asked.clear()
    closes_after(monkeypatch, 0)
    crawl = run(au)
    assert (crawl.outcome, publisher.asked) == ("window-closed", {})
    assert (Permission.objects.values().get(), Evidence.objects.count()) == before


# An agreement that ends meanwhile


@pytest.fixture
def agreed(au, node, settings):
    """The AU of a publisher with an agreement, in a network that demands one."""
    settings.NODE = replace(node, permission_policy="written_and_machine")
    au.publisher = make_publisher()
    au.save()
    return make_agreement(au.publisher)


def withdraw(row) -> None:
    type(row).objects.filter(pk=row.pk).update(state="withdrawn")


def test_an_agreement_that_ends_before_the_crawl_begins(au, agreed, publisher):
    crawl, job = services.start_crawl(au=au)
    withdraw(agreed)
    jobs.run(job.pk)
    crawl.refresh_from_db()
    assert (crawl.outcome, publisher.asked) == ("no-permission", {})
    assert "What is preserved stays" in crawl.reason


def test_an_agreement_that_ends_in_mid_crawl_stops_it_and_keeps_what_came(au, agreed, monkeypatch):
    taken = []
    take = frontier_rows.take

    def some(crawl, _page):
        taken.append(crawl)
        if len(taken) == 3:
            withdraw(agreed)
        return take(crawl, 2)

    monkeypatch.setattr(frontier_rows, "take", some)
    crawl = run(au)
    assert (crawl.outcome, len(taken)) == ("no-permission", 3)
    assert 1 < count(au) < 10
    assert CrawlUrl.objects.filter(crawl=crawl, state="pending").exists()


def test_a_repair_from_the_publisher_asks_for_no_agreement(au, agreed, publisher):
    run(au)
    withdraw(agreed)
    url = publisher.base_url + PDF
    job = services.request_repair_crawl(au=au, urls=[url], poll_key="k")
    assert jobs.run(job.pk) == "done"
    assert Crawl.objects.get(kind="repair").outcome == "complete"


def test_repairs_know_no_window(au, publisher, monkeypatch):
    run(au)
    closes_after(monkeypatch, 0)
    job = services.request_repair_crawl(au=au, urls=[publisher.base_url + PDF], poll_key="k")
    assert jobs.run(job.pk) == "done"
    assert Crawl.objects.get(kind="repair").outcome == "complete"


# Killed, lost, given up


class Killed(BaseException):
    """As if the process had been ended here."""


@pytest.mark.parametrize("place", ["mark", "enqueue"])
def test_killed_between_the_warc_and_the_frontier(au, publisher, monkeypatch, place):
    """Records are on disk, the rows do not say so yet: the batch is asked again and found unchanged."""
    crawl, job = services.start_crawl(au=au)
    real, calls = getattr(running.frontier_rows, place), []

    def dies(*args, **more):
        calls.append(1)
        if len(calls) == 2:
            raise Killed
        return real(*args, **more)

    with monkeypatch.context() as patched:
        patched.setattr(running, "FLUSH_AT", 2)
        patched.setattr(running.frontier_rows, place, dies)
        with pytest.raises(Killed):
            jobs.run(job.pk)
    Job.objects.filter(pk=job.pk).update(state="waiting")
    assert jobs.run(job.pk) == "done"
    crawl.refresh_from_db()
    assert (crawl.outcome, crawl.failed) == ("complete", 0)
    whole = [artifact.version for artifact in repository.newest(auid=au.auid)]
    # The page that changes on every request may have been asked twice.
    assert sorted(whole)[:-1] == [1] * (len(whole) - 1)
    assert crawl.content == len(whole)


def test_a_crawl_that_has_ended_is_not_run_again(au, publisher):
    crawl = run(au)
    before = dict(publisher.asked), Crawl.objects.values().get(pk=crawl.pk), count(au)
    job = Job.objects.get(kind="crawl")
    assert tasks.crawl(job, None) == {"outcome": "complete"}
    assert (dict(publisher.asked), Crawl.objects.values().get(pk=crawl.pk), count(au)) == before


@pytest.mark.parametrize(("state", "outcome"), [("failed", "interrupted"), ("cancelled", "aborted")])
def test_a_dead_crawl_is_closed_and_the_au_tried_anew(au, node, state, outcome):
    crawl, job = services.start_crawl(au=au)
    assert services.close_dead() == 0
    Job.objects.filter(pk=job.pk).update(state=state, error="" if state == "cancelled" else "worker died")
    assert services.close_dead() == 1
    assert services.close_dead() == 0
    crawl.refresh_from_db()
    assert (crawl.state, crawl.outcome) == ("done", outcome)
    assert crawl.reason == ("The crawl was stopped by a person." if state == "cancelled" else "worker died")
    status = CrawlStatus.objects.get(au=au)
    assert (status.failures_in_row, status.last_outcome) == (1, outcome)
    wait = node.crawl_interval if state == "cancelled" else node.crawl_retry_interval
    assert status.due_at - status.last_end_at == dt.timedelta(seconds=wait)
    assert services.start_crawl(au=au)[0] is not None


def test_a_dead_repair_leaves_the_au_as_it_is(au, publisher):
    run(au)
    before = CrawlStatus.objects.values().get()
    job = services.request_repair_crawl(au=au, urls=["x"], poll_key="k")
    Job.objects.filter(pk=job.pk).update(state="failed", error="gone")
    assert services.close_dead() == 1
    assert CrawlStatus.objects.values().get() == before
    assert not Finding.objects.exists()


def test_a_crawl_whose_job_is_no_longer_known_is_closed_too(au):
    crawl, job = services.start_crawl(au=au)
    Job.objects.filter(pk=job.pk).update(state="failed")
    Job.objects.filter(pk=job.pk).delete()
    assert services.close_dead() == 1
    crawl.refresh_from_db()
    assert crawl.outcome == "interrupted"


# The store


def test_a_busy_store_is_tried_again(au, monkeypatch):
    crawl, job = services.start_crawl(au=au)
    with monkeypatch.context() as patched:

        def busy(**_):
            raise StoreError(StoreCode.BUSY, "somebody writes this AU")

        patched.setattr(running.repository, "open_writer", busy)
        assert jobs.run(job.pk) == "failed"
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("waiting", "store-busy")
    Job.objects.filter(pk=job.pk).update(run_after=now())
    jobs.run(job.pk)
    crawl.refresh_from_db()
    assert crawl.outcome == "complete"


def test_a_store_that_cannot_take_it_ends_the_crawl(au, monkeypatch):
    def refuses(self, capture):
        raise StoreError(StoreCode.BAD_AUID, "no such AU", permanent=True)

    monkeypatch.setattr(AuWriter, "add", refuses)
    crawl = run(au)
    assert (crawl.outcome, crawl.reason) == ("repository-error", "no such AU")
    assert count(au) == 0
    assert not CrawlUrl.objects.exclude(state="pending").exists()


# Repairs


def test_a_repair_joins_the_one_that_waits_for_the_same_poll(au):
    first = services.request_repair_crawl(au=au, urls=["a", "b"], poll_key="k")
    second = services.request_repair_crawl(au=au, urls=["b", "c"], poll_key="k")
    assert first.pk == second.pk
    assert Crawl.objects.get().urls == ["a", "b", "c"]


@pytest.mark.parametrize(("key", "state"), [("other", "waiting"), ("k", "running"), ("k", "done")])
def test_otherwise_it_is_a_crawl_of_its_own(au, key, state):
    services.request_repair_crawl(au=au, urls=["a"], poll_key=key)
    Crawl.objects.update(state=state)
    services.request_repair_crawl(au=au, urls=["b"], poll_key="k")
    assert [crawl.urls for crawl in Crawl.objects.order_by("pk")] == [["a"], ["b"]]
    assert Job.objects.count() == 2


def test_urls_that_joined_before_it_began_are_asked_for(au, publisher):
    run(au)
    base = publisher.base_url + "tidal/volume/1/article/"
    job = services.request_repair_crawl(au=au, urls=[base + "1/full.pdf"], poll_key="k")
    services.request_repair_crawl(au=au, urls=[base + "2/full.pdf"], poll_key="k")
    jobs.run(job.pk)
    crawl = Crawl.objects.get(kind="repair")
    rows = CrawlUrl.objects.filter(crawl=crawl).values_list("url", "state")
    assert {url for url, _ in rows} == {base + "1/full.pdf", base + "2/full.pdf"}


def test_a_repair_takes_no_not_modified_for_an_answer(au, publisher, node):
    """Wrong bytes that are sound as stored: only asking anew brings others."""
    run(au)
    url = publisher.base_url + PDF
    held = repository.find(auid=au.auid, url=url)
    with repository.open_writer(auid=au.auid) as writer:
        from apps.repository.captures import Capture
        from apps.repository.choices import Origin

        writer.add(
            Capture(
                url=url,
                collected_at=now(),
                origin=Origin.CRAWL,
                body=b"wrong",
                head=b"HTTP/1.1 200 OK\r\nLast-Modified: Mon, 15 Jan 2024 09:00:00 GMT\r\n\r\n",
                content_type="application/pdf",
            )
        )
        writer.commit()
    job = services.request_repair_crawl(au=au, urls=[url], poll_key="k")
    jobs.run(job.pk)
    newest = repository.find(auid=au.auid, url=url)
    assert (newest.version, newest.sha256, newest.origin) == (3, held.sha256, Origin.REPAIR_PUBLISHER)
    # An ordinary visit is content with it.
    run(au)
    assert repository.find(auid=au.auid, url=url).version == 3


def test_a_repair_that_the_publisher_does_not_have(au, publisher):
    run(au)
    url = publisher.base_url + "tidal/volume/1/article/99"
    job = services.request_repair_crawl(au=au, urls=[url], poll_key="k")
    jobs.run(job.pk)
    row = CrawlUrl.objects.get(url=url)
    assert (row.state, row.status) == ("dead", 404)
    assert CrawlStatus.objects.get(au=au).last_outcome == "complete"


# Dates and room


def test_never_two_open_crawls_of_new_content(au):
    services.start_crawl(au=au)
    with pytest.raises(IntegrityError), transaction.atomic():
        Crawl.objects.create(au=au, kind="new")


def test_a_scan_begins_no_more_than_may_run(au, publisher, node, settings):
    settings.NODE = replace(node, crawl_parallel=2)
    make_au(publisher.base_url, volume=2)
    make_au(publisher.base_url, volume=3)
    assert len(services.start_due()) == 2
    assert services.start_due() == []
    Crawl.objects.order_by("pk").first().delete()
    assert len(services.start_due()) == 1


def test_the_longest_waiting_comes_first(au, publisher, node):
    others = [make_au(publisher.base_url, volume=volume) for volume in (2, 3)]
    CrawlStatus.objects.create(au=au, due_at=now() - dt.timedelta(hours=1))
    CrawlStatus.objects.create(au=others[0], due_at=now() - dt.timedelta(hours=2))
    assert services.due_aus(5) == [others[1], others[0], au]
    CrawlStatus.objects.filter(au=au).update(due_at=None)
    assert services.due_aus(5) == [others[1], others[0]]


def test_who_may_not_be_collected_takes_no_room(au, publisher, node, settings):
    settings.NODE = replace(node, crawl_parallel=1)
    broken = [make_au(publisher.base_url, volume=volume, plugin="org.example.No") for volume in (4, 5, 6)]
    CrawlStatus.objects.create(au=au, due_at=now() - dt.timedelta(seconds=1))
    assert len(services.start_due()) == 1
    assert Crawl.objects.get().au == au
    assert all(row.due_at > now() for row in CrawlStatus.objects.filter(au__in=broken))


def test_failures_are_counted_until_one_is_well(au, publisher, monkeypatch):
    for number in (1, 2):
        with monkeypatch.context() as patched:
            closes_after(patched, 3)
            run(au)
        assert CrawlStatus.objects.get().failures_in_row == number
    run(au)
    assert CrawlStatus.objects.get().failures_in_row == 0
