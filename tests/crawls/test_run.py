"""Whole crawls of the sample publisher: real HTTP, real WARC files, real rows."""

import subprocess
import sys

import pytest

from apps.common import jobs
from apps.common.models import Finding, Job
from apps.crawls import services, tasks
from apps.crawls.models import Crawl, CrawlStatus, CrawlUrl
from apps.lockss.plugin import AuDefinition
from apps.permissions.choices import Verdict
from apps.permissions.models import Evidence, Permission
from apps.repository import services as repository
from lockss_portal.demo.site import PERMISSION
from tests.crawls.conftest import make_au

pytestmark = pytest.mark.django_db(transaction=True)


def run(au):
    crawl, job = services.start_crawl(au=au)
    jobs.run(job.pk)
    crawl.refresh_from_db()
    return crawl


def urls(au):
    return {artifact.url for artifact in repository.newest(auid=au.auid)}


def test_everything_inside_the_rules_is_collected(au, publisher):
    assert tasks.crawl is not None
    crawl = run(au)
    assert (crawl.outcome, crawl.reason, crawl.state) == ("complete", "", "done")
    base = f"{publisher.base_url}tidal/"
    assert {u for u in urls(au) if u.endswith(".pdf")} == {
        f"{base}volume/1/article/{n}/full.pdf" for n in (1, 2, 3)
    }
    assert f"{base}static/style.css" in urls(au)
    assert f"{base}static/paper.png" in urls(au)
    assert f"{base}volume/1/doi/1" in urls(au)
    assert not any("/volume/2/" in u for u in urls(au))
    assert crawl.failed == 0
    assert crawl.content == len(urls(au))
    status = CrawlStatus.objects.get(au=au)
    assert (status.last_outcome, status.substance) == ("complete", "yes")
    assert status.last_success_at is not None
    assert Job.objects.get().state == "done"


def test_a_redirect_is_kept_under_both_names(au, publisher):
    run(au)
    doi = repository.find(auid=au.auid, url=f"{publisher.base_url}tidal/volume/1/doi/1")
    article = repository.find(auid=au.auid, url=f"{publisher.base_url}tidal/volume/1/article/1")
    assert doi.redirected_to == article.url
    assert doi.sha256 == article.sha256


def test_the_evidence_is_kept(au, publisher):
    run(au)
    permission = Permission.objects.get(au=au)
    assert permission.verdict == Verdict.GRANTED
    evidence = Evidence.objects.get()
    assert evidence.statement == PERMISSION
    assert PERMISSION.encode() in bytes(evidence.page)
    assert evidence.url == f"{publisher.base_url}tidal/volume/1/lockss"
    assert ["User-Agent", "LOCKSS cache"] in evidence.request_headers
    assert evidence.status == 200


def test_without_a_statement_nothing_is_collected(au, publisher):
    refused = make_au(publisher.base_url, "paper", 3)
    crawl = run(refused)
    assert crawl.outcome == "no-permission"
    assert "carries no permission statement" in crawl.reason
    assert urls(refused) == set()
    assert set(publisher.asked) == {"/paper/volume/3/lockss"}
    assert Permission.objects.get(au=refused).reason == "no-statement"
    assert Finding.objects.get(subject=f"au:{refused.slug}").code == "permission-no-statement"


def test_a_second_crawl_changes_nothing_but_what_changed(au, publisher):
    run(au)
    before = {a.url: a.version for a in repository.newest(auid=au.auid)}
    crawl = run(au)
    after = {a.url: a.version for a in repository.newest(auid=au.auid)}
    changed = {url for url in after if after[url] != before[url]}
    assert changed == {f"{publisher.base_url}tidal/volume/1/news"}
    assert crawl.outcome == "complete"


def test_the_files_pass_warcio(au, node):
    run(au)
    files = sorted(node.content_dir.rglob("*.warc.gz"))
    assert files
    done = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", *files], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_a_lost_lease_goes_on_where_it_stopped(au, publisher, monkeypatch):
    crawl, job = services.start_crawl(au=au)
    asked = []

    class Stop(jobs.Context):
        def check(self):
            asked.append(1)
            if len(asked) == 12:
                raise jobs.LeaseLost
            super().check()

    with monkeypatch.context() as patched:
        patched.setattr(jobs, "Context", Stop)
        patched.setattr("apps.crawls.run.FLUSH_AT", 3)
        assert jobs.run(job.pk) is None
    assert CrawlUrl.objects.filter(crawl=crawl).exclude(state="pending").exists()
    first = dict(publisher.asked)
    Job.objects.filter(pk=job.pk).update(state="waiting")
    jobs.run(job.pk)
    crawl.refresh_from_db()
    assert crawl.outcome == "complete"
    assert len(urls(au)) == crawl.content
    again = [path for path in first if publisher.asked[path] > first[path]]
    # The permission page is asked at every start; at most one batch besides.
    assert len(again) <= 6


def test_only_one_crawl_at_a_time(au):
    first, _ = services.start_crawl(au=au)
    assert services.start_crawl(au=au) == (None, None)
    assert Crawl.objects.get() == first


def test_the_scanner_starts_what_is_due(au):
    (job,) = services.start_due()
    assert services.start_due() == []
    jobs.run(job.pk)
    assert services.start_due() == []
    services.crawl_now(au=au)
    assert len(services.start_due()) == 1


def test_without_an_agreement_nobody_is_asked(au, node, settings, publisher):
    from dataclasses import replace

    settings.NODE = replace(node, permission_policy="written_and_machine")
    assert services.start_crawl(au=au) == (None, None)
    status = CrawlStatus.objects.get(au=au)
    assert "No signed agreement" in status.last_reason
    assert publisher.asked == {}


def test_a_definition_that_is_not_loaded_is_a_reason(au, publisher):
    other = make_au(publisher.base_url, plugin="org.example.Missing")
    assert services.start_crawl(au=other) == (None, None)
    assert "org.example.Missing" in CrawlStatus.objects.get(au=other).last_reason


def test_a_repair_crawl_brings_only_what_was_asked_for(au, publisher):
    run(au)
    url = f"{publisher.base_url}tidal/volume/1/article/1/full.pdf"
    before = dict(publisher.asked)
    job = services.request_repair_crawl(au=au, urls=[url], poll_key="k")
    jobs.run(job.pk)
    crawl = Crawl.objects.get(kind="repair")
    assert crawl.outcome == "complete"
    assert {p for p in publisher.asked if publisher.asked[p] != before.get(p)} == {
        "/tidal/volume/1/article/1/full.pdf"
    }


def test_a_person_may_have_every_page_asked_for_again(au, publisher, monkeypatch):
    monkeypatch.setattr(AuDefinition, "refetch_depth", 1)
    run(au)

    def asked_by_the_next(**wanted) -> set[str]:
        before = dict(publisher.asked)
        services.crawl_now(au=au, **wanted)
        (job,) = services.start_due()
        jobs.run(job.pk)
        return {path for path, times in publisher.asked.items() if times > before.get(path, 0)}

    usual = asked_by_the_next()
    # What lies deeper and is held is not asked for as a rule.
    assert usual < asked_by_the_next(refetch_depth=services.EVERYTHING)
    assert asked_by_the_next() == usual
