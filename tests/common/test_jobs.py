"""Jobs as rows: one open per subject, claimed once, kept alive, found again, harmless twice."""

import datetime as dt
import logging
import threading
import time

import pytest
import time_machine
from django.conf import settings
from django.db import IntegrityError, close_old_connections, connection, transaction
from kombu.exceptions import OperationalError

from apps.common import jobs
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.jobs import JobFailed, LeaseLost, claim, open_job
from apps.common.models import Job

pytestmark = pytest.mark.django_db
LATER = dt.timedelta(hours=1)


@pytest.fixture
def handle(monkeypatch):
    """Registers a handler for the kind "test" in this test alone."""
    monkeypatch.setattr(jobs, "_handlers", {})
    return jobs.job_handler("test")


@pytest.fixture
def sent(monkeypatch):
    calls = []

    def send_task(name, args, queue, **options):
        calls.append((name, args[0], queue, options.get("countdown")))

    monkeypatch.setattr(jobs.current_app, "send_task", send_task)
    return calls


def fresh(**more) -> Job:
    return open_job(kind="test", subject="au:1", **more)


def reload(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_opening_twice_gives_the_same_job_until_it_ends() -> None:
    job = fresh(queue="crawl", total=10)
    assert fresh().pk == job.pk
    assert open_job(kind="test", subject="au:2").pk != job.pk
    assert open_job(kind="other", subject="au:1").pk != job.pk
    taken = claim(job.pk, "me")
    assert fresh().pk == job.pk
    jobs.finish(taken, "me")
    assert fresh().pk != job.pk


def test_the_database_itself_refuses_a_second_open_job() -> None:
    job = fresh()
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind=job.kind, subject=job.subject, max_attempts=1, run_after=now())


def test_claim_takes_what_is_due_and_free() -> None:
    job = fresh()
    taken = claim(job.pk, "me")
    assert (taken.state, taken.attempt, taken.lease_owner) == (JobState.RUNNING, 1, "me")
    assert claim(job.pk, "you") is None
    assert claim(10**9, "me") is None
    assert claim(open_job(kind="test", subject="late", run_after=now() + LATER).pk, "me") is None


def test_a_silent_owner_loses_its_job_and_can_no_longer_write_to_it(settings) -> None:
    job = claim(fresh().pk, "first")
    with time_machine.travel(now() + dt.timedelta(seconds=settings.NODE.job_lease + 1)):
        assert claim(job.pk, "second").attempt == 2
    assert not jobs.finish(job, "first", {"x": 1})
    assert not jobs.fail(job, "first", code="c", message="m", again=True)
    assert reload(job).lease_owner == "second"
    with pytest.raises(LeaseLost):
        jobs.Context(job, "first").progress(1, 1)


def test_the_last_attempt_is_not_claimed_again(settings) -> None:
    job = claim(fresh(max_attempts=1).pk, "me")
    with time_machine.travel(now() + dt.timedelta(seconds=settings.NODE.job_lease + 1)):
        assert claim(job.pk, "you") is None
        assert jobs.requeue() == []
    found = reload(job)
    assert (found.state, found.error_code) == (JobState.FAILED, "job-worker-died")


def test_failures_wait_longer_each_time_and_then_end() -> None:
    job = fresh(max_attempts=3)
    pauses = []
    at = now()
    for _ in range(3):
        with time_machine.travel(at, tick=False):
            taken = claim(job.pk, "me")
            jobs.fail(taken, "me", code="c", message="bad \0 news", again=True)
            pauses.append((reload(job).run_after - at).total_seconds())
        at += dt.timedelta(hours=2)
    found = reload(job)
    assert (found.state, found.error, found.attempt) == (JobState.FAILED, "bad \ufffd news", 3)
    assert 3.75 <= pauses[0] <= 6.25
    assert 7.5 <= pauses[1] <= 12.5
    assert found.finished_at is not None


def test_a_failure_for_good_is_not_tried_again() -> None:
    job = claim(fresh().pk, "me")
    jobs.fail(job, "me", code="c", message="m", again=False)
    assert reload(job).state == JobState.FAILED


def test_a_cancelled_job_stops_its_handler(handle) -> None:
    job = fresh()
    seen = []

    @handle
    def work(job, ctx) -> None:
        jobs.cancel(job=job)
        seen.append("begun")
        ctx.progress(1, 1)
        seen.append("not reached")

    assert jobs.run(job.pk) is None
    assert seen == ["begun"]
    assert reload(job).state == JobState.CANCELLED
    assert not jobs.cancel(job=job)
    assert jobs.run(job.pk) is None


def test_what_a_handler_returns_is_kept(handle) -> None:
    job = fresh()
    handle(lambda job, ctx: {"urls": 3, "odd": "a\0b"})
    assert jobs.run(job.pk) == JobState.DONE
    found = reload(job)
    assert found.result == {"urls": 3, "odd": "a\ufffdb"}
    assert (found.state, found.lease_until) == (JobState.DONE, None)
    assert jobs.run(job.pk) is None


@pytest.mark.parametrize(
    ("error", "state", "code"),
    [
        (JobFailed("no-space", "The disk is full.", again=True), JobState.WAITING, "no-space"),
        (JobFailed("no-au", "The AU is gone."), JobState.FAILED, "no-au"),
        (RuntimeError("boom \ud800"), JobState.WAITING, "job-error"),
    ],
)
def test_what_a_handler_raises_is_said_in_the_row(handle, error, state, code, caplog) -> None:
    # The words may hold what no test report can be written in.
    caplog.set_level(logging.CRITICAL + 1, logger="apps.common.jobs")
    job = fresh()

    @handle
    def work(job, ctx) -> None:
        raise error

    assert jobs.run(job.pk) == JobState.FAILED
    found = reload(job)
    assert (found.state, found.error_code) == (state, code)
    assert found.error


def test_a_kind_that_nobody_handles_waits_for_a_worker_that_does(handle) -> None:
    job = fresh()
    assert jobs.run(job.pk) == JobState.FAILED
    assert (reload(job).state, reload(job).error_code) == (JobState.WAITING, "job-kind-unknown")


def test_progress_is_written_now_and_then_and_at_the_end() -> None:
    job = claim(fresh().pk, "me")
    ctx = jobs.Context(job, "me")
    for done in range(100):
        ctx.progress(done, 100, "URLs")
    assert reload(job).progress_done == 0
    ctx.progress(100, 100, "URLs")
    found = reload(job)
    assert (found.progress_done, found.progress_total, found.progress_note) == (100, 100, "URLs")


def test_waking_sends_the_id_once_the_row_is_committed(sent, django_capture_on_commit_callbacks) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = fresh(queue="crawl")
        jobs.wake(job)
        assert sent == []
    assert sent == [("apps.common.tasks.run_job", job.pk, "crawl", None)]
    with django_capture_on_commit_callbacks(execute=True):
        late = open_job(kind="test", subject="late", run_after=now() + LATER)
        jobs.wake(late)
    assert 3590 < sent[1][3] <= 3600


def test_a_broken_broker_is_left_to_the_scanner(monkeypatch, django_capture_on_commit_callbacks) -> None:
    def refuse(*args, **options) -> None:
        raise OperationalError("refused")

    monkeypatch.setattr(jobs.current_app, "send_task", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        job = fresh()
        jobs.wake(job)
    assert [found.pk for found in jobs.requeue()] == [job.pk]


def test_the_scanner_finds_what_is_due_once_per_lease(settings) -> None:
    due = fresh()
    open_job(kind="test", subject="late", run_after=now() + LATER)
    dead = claim(open_job(kind="test", subject="dead").pk, "ghost")
    assert [job.pk for job in jobs.requeue()] == [due.pk]
    assert jobs.requeue() == []
    with time_machine.travel(now() + dt.timedelta(seconds=settings.NODE.job_lease + 1)):
        assert {job.pk for job in jobs.requeue()} == {due.pk, dead.pk}
        assert jobs.requeue() == []
    # A job that was begun and failed is called again when its pause is over.
    jobs.fail(claim(due.pk, "me"), "me", code="c", message="m", again=True)
    with time_machine.travel(now() + dt.timedelta(seconds=10)):
        assert [job.pk for job in jobs.requeue()] == [due.pk]


def test_the_scan_task_wakes_what_it_finds(sent, django_capture_on_commit_callbacks) -> None:
    from apps.common.tasks import scan_jobs

    job = fresh(queue="poll")
    with django_capture_on_commit_callbacks(execute=True):
        scan_jobs()
    assert [(call[1], call[2]) for call in sent] == [(job.pk, "poll")]


def test_retrying_opens_one_new_job(sent, django_capture_on_commit_callbacks) -> None:
    job = claim(fresh(queue="repair").pk, "me")
    jobs.fail(job, "me", code="c", message="m", again=False)
    with django_capture_on_commit_callbacks(execute=True):
        again = jobs.retry(job=job)
        assert jobs.retry(job=job).pk == again.pk
    assert again.pk != job.pk
    assert again.queue == "repair"
    assert again.attempt == 0


def in_thread(work) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_at_once_one_gets_it() -> None:
    job = fresh()
    barrier = threading.Barrier(6)
    taken = []

    def grab(name: str) -> None:
        barrier.wait(10)
        if claim(job.pk, name) is not None:
            taken.append(name)

    threads = [in_thread(lambda n=n: grab(f"worker {n}")) for n in range(6)]
    for thread in threads:
        thread.join(20)
    assert len(taken) == 1
    assert reload(job).lease_owner == taken[0]
    assert reload(job).attempt == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_open_at_once_all_get_the_same() -> None:
    barrier = threading.Barrier(6)
    found = []

    def open_it() -> None:
        barrier.wait(10)
        found.append(fresh().pk)

    for thread in [in_thread(open_it) for _ in range(6)]:
        thread.join(20)
    assert len(found) == 6
    assert len(set(found)) == 1


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_and_notices_its_loss(handle, settings) -> None:
    from dataclasses import replace

    settings.NODE = replace(settings.NODE, job_lease=2.0, job_heartbeat=0.05)
    job = fresh()
    seen = []

    @handle
    def work(job, ctx) -> None:
        first = reload(job).lease_until
        wait_until(lambda: reload(job).lease_until > first)
        seen.append("renewed")
        Job.objects.filter(pk=job.pk).update(lease_owner="thief")
        wait_until(lambda: ctx.lost)
        seen.append("lost")
        ctx.check()

    assert jobs.run(job.pk) is None
    assert seen == ["renewed", "lost"]
    assert reload(job).lease_owner == "thief"
    close_old_connections()


def wait_until(true, seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_lease_of_a_clock_that_was_ahead_ends_as_any_other(handle) -> None:
    """Its worker is dead; the clock is right again; nobody waits for the moment that the wrong clock told."""
    job = fresh()
    with time_machine.travel(now() + dt.timedelta(days=4000), tick=False):
        assert claim(job.pk, "gone")
    jobs.requeue()
    assert reload(job).lease_until <= now() + dt.timedelta(seconds=settings.NODE.job_lease)
    with time_machine.travel(now() + dt.timedelta(seconds=settings.NODE.job_lease + 1)):
        assert [one.pk for one in jobs.requeue()] == [job.pk]
