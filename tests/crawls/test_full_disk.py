"""A nearly full disk: no crawl begins, repairs go on for longer, and all goes on when there is room again."""

import errno
from dataclasses import replace

import pytest

from apps.common import disks, jobs
from apps.common.disks import DiskLevel
from apps.common.models import Job
from apps.crawls import services, tasks

pytestmark = pytest.mark.django_db
URL = "http://pub.example/tidal/volume/1/article/1/full.pdf"


@pytest.fixture
def level(monkeypatch):
    """Sets the level of the store's disk."""
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *args, **options: None)

    def be(level: DiskLevel) -> None:
        free = {DiskLevel.FREE: 50.0, DiskLevel.LOW: 12.0, DiskLevel.NO_CRAWLS: 7.0, DiskLevel.NO_WRITES: 2.0}
        disk = disks.Disk(None, 1000, 0, int(10 * free[level]))
        monkeypatch.setattr(disks, "disk", lambda path: disk)

    return be


@pytest.fixture(autouse=True)
def levels(node, settings):
    settings.NODE = replace(
        settings.NODE, disk_warn_percent=15.0, disk_no_crawls_percent=10.0, disk_no_writes_percent=5.0
    )


def test_no_crawl_begins(au, level):
    level(DiskLevel.NO_CRAWLS)
    assert services.start_due() == []
    tasks.scan_crawls()
    assert not Job.objects.exists()
    level(DiskLevel.LOW)
    assert len(services.start_due()) == 1


def test_one_that_was_opened_before_waits(au, publisher, level):
    crawl, job = services.start_crawl(au=au)
    level(DiskLevel.NO_CRAWLS)
    assert jobs.run(job.pk) == "failed"
    job.refresh_from_db()
    crawl.refresh_from_db()
    assert (job.state, job.error_code) == ("waiting", "store-nearly-full")
    # Not begun: it is as it was.
    assert (crawl.state, crawl.started_at) == ("waiting", None)
    level(DiskLevel.FREE)
    Job.objects.update(run_after=job.created_at)
    assert jobs.run(job.pk) == "done"


def test_nothing_is_collected_while_the_store_is_read_only(au, publisher, level):
    _crawl, job = services.start_crawl(au=au)
    level(DiskLevel.FREE)
    disks.hold_content(OSError(errno.EROFS, "Read-only file system"), "x")
    assert services.start_due() == []
    assert jobs.run(job.pk) == "failed"
    job.refresh_from_db()
    assert (job.state, job.error_code) == ("waiting", "store-read-only")
    disks.release_content()
    Job.objects.update(run_after=job.created_at)
    assert jobs.run(job.pk) == "done"


@pytest.mark.parametrize(
    ("reached", "ended"), [(DiskLevel.NO_CRAWLS, "done"), (DiskLevel.NO_WRITES, "failed")]
)
def test_a_repair_goes_on_until_nothing_may_be_written(au, publisher, level, reached, ended):
    job = services.request_repair_crawl(au=au, urls=[URL], poll_key="k")
    level(reached)
    assert jobs.run(job.pk) == ended
