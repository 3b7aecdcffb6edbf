"""What people do with work: let it wait, let it go on, put it first."""

import datetime as dt

import pytest

from apps.common import jobs, tasks
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.models import Job

pytestmark = pytest.mark.django_db
KIND = "test-acts"


@pytest.fixture
def began(monkeypatch) -> list[str]:
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *args, **options: None)
    found: list[str] = []
    monkeypatch.setitem(jobs._handlers, KIND, lambda job, context: found.append(job.subject))
    return found


def waiting(subject: str, **more) -> Job:
    return jobs.open_job(kind=KIND, subject=subject, **more)


def test_paused_work_is_not_begun(began):
    job = waiting("a")
    assert jobs.pause(job=job)
    assert not jobs.pause(job=job)
    tasks.run_job(job.pk)
    assert jobs.requeue() == []
    assert began == []
    # It is still the open one of its kind and subject.
    assert waiting("a").pk == job.pk
    assert jobs.resume(job=job)
    assert not jobs.resume(job=job)
    tasks.run_job(job.pk)
    assert began == ["a"]
    job.refresh_from_db()
    assert job.state == JobState.DONE


def test_running_work_stops_at_its_next_look_and_keeps_its_attempts(began, monkeypatch):
    def pauses_itself(job, context):
        assert jobs.pause(job=job)
        context.progress(1, 1)

    monkeypatch.setitem(jobs._handlers, KIND, pauses_itself)
    job = waiting("a")
    assert jobs.run(job.pk) is None
    job.refresh_from_db()
    assert (job.state, job.attempt, job.lease_owner) == (JobState.WAITING, 0, "")
    assert job.paused_at is not None


def test_ended_work_is_neither_paused_nor_put_first(began):
    job = waiting("a")
    jobs.run(job.pk)
    assert not jobs.pause(job=job)
    assert not jobs.put_first(job=job)
    assert not jobs.resume(job=job)


def test_what_is_put_first_is_begun_before_what_the_worker_was_woken_for(began):
    first, second, third = waiting("a"), waiting("b"), waiting("c")
    other = waiting("d", queue="poll")
    assert jobs.put_first(job=third)
    tasks.run_job(other.pk)
    assert began == ["d"]
    tasks.run_job(first.pk)
    tasks.run_job(second.pk)
    tasks.run_job(third.pk)
    assert began == ["d", "c", "a", "b"]


def test_put_first_ends_the_pause_before_the_next_attempt(began):
    job = waiting("a", run_after=now() + dt.timedelta(hours=1))
    tasks.run_job(job.pk)
    assert began == []
    assert jobs.put_first(job=job)
    tasks.run_job(job.pk)
    assert began == ["a"]


def test_cancelled_while_paused(began):
    job = waiting("a")
    jobs.pause(job=job)
    assert jobs.cancel(job=job)
    assert not jobs.resume(job=job)
