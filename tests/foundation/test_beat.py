"""The table of scanners and the one who leads."""

import subprocess
import sys
from datetime import timedelta

import pytest
from celery import Celery
from celery.schedules import schedule
from django.conf import settings
from django.db import connection

from lockss_portal import beat
from lockss_portal.celery import app
from lockss_portal.conf.load import ROOT, kinds, load_node
from lockss_portal.locks import SPACE, Lock, connect, held
from lockss_portal.processes import workers
from lockss_portal.queues import QUEUES


@pytest.fixture(scope="module")
def tasks() -> dict[str, object]:
    app.loader.import_default_modules()
    return dict(app.tasks)


@pytest.mark.parametrize("scan", beat.TABLE, ids=lambda scan: scan.task)
def test_every_scan_is_a_task_with_a_setting(scan: beat.Scan, tasks: dict[str, object]) -> None:
    assert scan.task in tasks
    assert scan.every in kinds()


def test_every_scanning_task_stands_in_the_table(tasks: dict[str, object]) -> None:
    scans = {name for name in tasks if name.startswith("apps.") and ".scan_" in name}
    assert scans <= {scan.task for scan in beat.TABLE}
    assert len(scans) >= 3


def test_a_task_goes_to_the_short_queue(tasks: dict[str, object]) -> None:
    """Long work is a job and names its queue itself; Celery's ``queue`` attribute would do so behind our back."""
    routes = {
        name: app.amqp.router.route({}, name)["queue"].name for name in tasks if name.startswith("apps.")
    }
    assert routes
    assert set(routes.values()) == {"default"}


def test_scans_are_due_at_once_and_then_at_their_interval() -> None:
    node = load_node({"LOCKSS_SCAN_JOBS": "7"})
    found = beat.entries(Celery("test", set_as_current=False), node)
    entry = found["apps.common.tasks.scan_jobs"]
    assert entry.is_due().is_due
    assert entry.schedule == schedule(timedelta(seconds=7))
    assert entry.options == {"expires": 21.0}
    later = next(entry)
    assert not later.is_due().is_due
    assert 6 < later.is_due().next <= 7


def test_beat_needs_neither_django_nor_the_apps() -> None:
    """It costs half a start of Django for every node."""
    code = (
        "import sys, lockss_portal.beat\n"
        "bad = {'django.db', 'django.conf', 'apps', 'aiohttp', 'celery.bin'} & set(sys.modules)\n"
        "assert not bad, bad"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.django_db
def test_one_holder_at_a_time() -> None:
    connection.ensure_connection()
    node = settings.NODE
    with connect(node) as first, connect(node) as second:
        ask = "SELECT pg_try_advisory_lock(%s, %s)"
        with held(first, Lock.BEAT):
            assert second.execute(ask, (SPACE, int(Lock.BEAT))).fetchone() == (False,)
            assert second.execute(ask, (SPACE, int(Lock.MIGRATE))).fetchone() == (True,)
        assert second.execute(ask, (SPACE, int(Lock.BEAT))).fetchone() == (True,)


@pytest.mark.django_db
def test_the_lock_is_freed_by_the_end_of_its_connection() -> None:
    connection.ensure_connection()
    first, second = connect(settings.NODE), connect(settings.NODE)
    first.execute("SELECT pg_advisory_lock(%s, %s)", (SPACE, int(Lock.BEAT)))
    first.close()
    with pytest.raises(beat.LeaderLostError):
        beat._check(first)()
    with second, held(second, Lock.BEAT):
        row = second.execute("SELECT 1").fetchone()
    assert row == (1,)


OWN = ("crawl", "poll", "repair", "default")


@pytest.mark.parametrize(("one", "names"), [("true", ["worker"]), ("false", [f"worker-{q}" for q in OWN])])
def test_workers_serve_every_queue_once(one: str, names: list[str]) -> None:
    """What strangers ask for never waits in, and never takes, a place of the node's own work."""
    names = [*names, "worker-public"]
    node = load_node({"LOCKSS_ONE_WORKER": one, "LOCKSS_CRAWL_PROCESSES": "3", "LOCKSS_PUBLIC_THREADS": "5"})
    found = dict(workers(node))
    assert list(found) == names
    served = [queue for argv in found.values() for queue in argv[3].split(",")]
    assert sorted(served) == sorted(QUEUES) == sorted((*OWN, "public"))
    assert found["worker-public"][2:] == ["public", "public", "5", "threads"]
    if one == "false":
        assert found["worker-crawl"][-1] == "3"
