"""The node's own page: queues, work, disks with their growth, what trust hangs on, errors with what helps."""

import datetime as dt
import errno
import os
from dataclasses import replace

import pytest

from apps.common import disks
from apps.common.clock import now
from apps.nodes import error_advice, machine, node_disks, node_errors, node_work
from apps.nodes.models import DiskDay
from apps.nodes.services import sizing
from apps.peers.certificates import ensure_certificate
from tests import factories as make
from tests.asking import check_reading
from tests.nodes.watching import watched

pytestmark = pytest.mark.django_db
MB = 10**6


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = watched(tmp_path)
    return settings


def plain(text: object) -> str:
    return " ".join(str(text).replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\xa0", " ").split())


def rows(page) -> list[str]:
    return [plain(row) for row in page.rows]


def test_queues_have_their_depth_and_the_age_of_the_oldest(node):
    at = now()
    make.make_job(state="waiting", run_after=at - dt.timedelta(hours=2), queue="crawl")
    make.make_job(state="waiting", run_after=at - dt.timedelta(hours=5), queue="crawl", paused_at=at)
    make.make_job(state="waiting", run_after=at + dt.timedelta(hours=5), queue="crawl")
    make.make_job(queue="poll")
    found = rows(node_work.queues_list())
    assert len(found) == 5
    crawl = next(row for row in found if "collecting" in row)
    assert "2 h" in crawl
    assert "/jobs/?state=waiting&amp;queue=crawl" in crawl
    assert "/jobs/?paused=yes&amp;queue=crawl" in crawl
    assert "/jobs/?state=running&amp;queue=poll" in next(row for row in found if "polls and votes" in row)


def test_errors_come_in_groups_with_what_helps(node):
    for _ in range(3):
        make.make_job(
            state="failed", error_code="job-worker-died", error="the worker died", finished_at=now()
        )
    make.make_job(state="failed", error_code="old", finished_at=now() - dt.timedelta(days=8))
    make.make_finding("peer-silent", message="It says nothing.")
    make.make_finding("noted", severity="info")
    make.make_finding("over", resolved_at=now())
    first, second = rows(node_errors.errors_list())
    assert "short of memory" in first
    assert "/jobs/?state=failed" in first
    assert "It says nothing." in second
    assert "Ask the people of the other node" in second


def test_the_longest_beginning_gives_the_advice():
    assert error_advice.advice("job-error") != error_advice.advice("job-worker-died")
    assert error_advice.advice("unheard-of").text == ""


def test_a_day_is_noted_once_and_old_days_go(node, monkeypatch):
    today = now().date()
    DiskDay.objects.create(name="content", day=today - dt.timedelta(days=500), total=1, free=1)
    sizing.note_disks()
    sizing.note_disks()
    assert DiskDay.objects.filter(name="content").count() == 1
    disk = dict(machine.volumes())["content"]
    row = DiskDay.objects.get(name="content")
    assert row.total == disk.total
    assert abs(row.free - disk.free) < 10**9


def test_the_forecast(node, monkeypatch):
    space = machine.Disk(node.NODE.content_dir, 10_000 * MB, 4_000 * MB, 6_000 * MB)
    monkeypatch.setattr(machine, "volumes", lambda: [("content", space)])
    assert "Known after some days." in rows(node_disks.disks_list())[0]
    today = now().date()
    for n in range(10):
        day = today - dt.timedelta(days=n)
        DiskDay.objects.create(name="content", day=day, total=space.total, free=space.free + n * 40 * MB)
    found = rows(node_disks.disks_list())[0]
    # 6,000 MB at 40 MB a day are 150 days.
    assert "full in about 5 months" in found
    assert "40 MB a day" in found


def test_a_store_that_refused_a_write_is_said_whatever_is_free(node, monkeypatch):
    space = machine.Disk(node.NODE.content_dir, 10_000 * MB, 4_000 * MB, 6_000 * MB)
    monkeypatch.setattr(machine, "volumes", lambda: [("content", space), ("spool", space)])
    disks.hold_content(OSError(errno.EIO, "Input/output error"), "aa/x.warc.gz")
    content, spool = rows(node_disks.disks_list())
    assert "Read-only since" in content
    assert "Input/output error" in content
    assert "Read-only" not in spool


@pytest.mark.parametrize(
    ("days", "text"),
    [(0.2, "1 day"), (45, "45 days"), (150, "5 months"), (900, "2 years"), (10**6, "100 years")],
)
def test_spans(days, text):
    assert plain(node_disks.span_text(days)) == text


def test_the_page(client, node, tmp_path):
    ensure_certificate(node.NODE.keys_dir, node.NODE.lcap_identity)
    stamp = tmp_path / "stamp"
    stamp.touch()
    os.utime(stamp, (0, now().timestamp() - 40 * 3600))
    node.NODE = replace(node.NODE, backup_stamp="stamp")
    make.make_peer()
    page = plain(check_reading(client, "/node/", "nodes/node.html"))
    assert "Certificate of Alder College node ends" in page
    assert "1 of 1" in page
    assert "1 d 16 h ago" in page
    assert "compared with none" in page
    assert "Nothing went wrong lately" in page
    assert 'href="/log/"' in page
