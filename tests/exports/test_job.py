"""The job of an export: progress, pause, stop, another try, disk and quota, expiry, and whom it belongs to."""

import datetime as dt
import errno
import os
from dataclasses import replace

import pytest
from django.conf import settings as node_settings

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.common import jobs
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.disks import DiskLevel
from apps.common.models import Job
from apps.exports import services
from apps.exports.choices import ExportState
from apps.exports.errors import ExportRefused
from apps.exports.making.out import OutFile
from apps.exports.making.parts import OvertakenError
from apps.exports.models import Export, ExportFinding
from apps.exports.tasks import scan_exports
from apps.lockss.packages import ExportOptions, Naming, PackageFormat
from apps.repository import services as repository
from tests.accounts.factories import make_person
from tests.exports.conftest import files_of, made, only, pages
from tests.factories import make_au


@pytest.fixture
def user(db):
    return make_person("lib", Role.LIBRARIAN)


def asked(node, user=None, **options) -> tuple[Export, Job]:
    return services.ask_export(
        aus=[node.au, node.other], what="Tides", options=ExportOptions(**options), user=user
    )


def test_the_job_makes_it_and_tells_how_far_it_is(node, user):
    row, job = asked(node, user)
    assert job.progress_total == row.total_bytes == sum(len(one.body) for one in [*pages(), *pages()[3:5]])
    assert jobs.run(job.pk) == JobState.DONE
    row.refresh_from_db()
    job.refresh_from_db()
    assert row.state == ExportState.DONE
    assert (row.done_bytes, row.done_files) == (row.total_bytes, len(pages()) + 2)
    assert job.progress_done > 0
    assert job.result == {"files": row.done_files, "bytes": row.done_bytes, "findings": 0}
    assert row.size == sum(path.stat().st_size for path in row.folder.iterdir())
    event = AuditEvent.objects.get(action="exports.ask")
    assert (event.user, event.subject) == (user, f"export:{row.pk}")
    assert event.after["aus"] == [node.au.auid, node.other.auid]


def test_one_form_is_one_export(node, user):
    import uuid

    key = uuid.uuid4()
    given = {"aus": [node.au], "what": "x", "options": ExportOptions(), "user": user, "request_key": key}
    assert services.ask_export(**given)[0] == services.ask_export(**given)[0]


def test_a_pause_keeps_what_is_whole_and_it_goes_on_there(node, user):
    row, job = asked(node, user)
    told = []

    def tell(*numbers):
        told.append(numbers)
        if Export.objects.get(pk=row.pk).files.exists():
            raise jobs.LeaseLost

    with pytest.raises(jobs.LeaseLost):
        services.make_export(export_id=row.pk, tell=tell)
    (first,) = files_of(row)
    before = first.read_bytes()
    assert [path.name for path in row.folder.iterdir()] == [first.name]
    assert services.pause(export=row, user=user)
    assert jobs.run(job.pk) is None
    assert services.resume(export=row, user=user)
    assert jobs.run(job.pk) == JobState.DONE
    assert first.read_bytes() == before
    assert len(files_of(row)) == 2
    assert {"jobs.pause", "jobs.resume"} <= set(AuditEvent.objects.values_list("action", flat=True))


def test_stopped_it_says_so_and_tried_again_it_is_made(node, user):
    row, _job = asked(node, user)
    assert services.stop(export=row, user=user)
    row.refresh_from_db()
    assert row.state == ExportState.FAILED
    assert row.expires_at is not None
    again = services.retry(export=row, user=user)
    assert jobs.run(again.pk) == JobState.DONE
    row.refresh_from_db()
    assert row.state == ExportState.DONE
    assert services.retry(export=row, user=user) is None


def test_who_lost_the_work_leaves_nothing_behind(node, monkeypatch):
    row, _job = asked(node)
    real = OutFile.whole

    def whole(self):
        # Another worker is quicker.
        monkeypatch.setattr(OutFile, "whole", real)
        services.make_export(export_id=row.pk, tell=lambda *_: None)
        return real(self)

    monkeypatch.setattr(OutFile, "whole", whole)
    with pytest.raises(jobs.LeaseLost):
        services.make_export(export_id=row.pk, tell=lambda *_: None)
    row.refresh_from_db()
    assert row.state == ExportState.DONE
    assert {path.name for path in row.folder.iterdir()} == {one.name for one in row.files.all()}
    assert issubclass(OvertakenError, Exception)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_and_another_try_goes_on(node, monkeypatch, code):
    row, job = asked(node)
    with monkeypatch.context() as patch:

        def full(*_):
            raise OSError(code, os.strerror(code))

        patch.setattr(OutFile, "write", full)
        assert jobs.run(job.pk) == JobState.FAILED
    job.refresh_from_db()
    # It waits for another try.
    assert (job.error_code, job.state) == ("export-disk-full", JobState.WAITING)
    assert not list(row.folder.iterdir())
    Job.objects.filter(pk=job.pk).update(run_after=now())
    assert jobs.run(job.pk) == JobState.DONE


def test_a_nearly_full_disk_and_a_quota_refuse_before_anything_is_written(node, monkeypatch, settings):
    monkeypatch.setattr("apps.common.disks.export_level", lambda: DiskLevel.NO_CRAWLS)
    with pytest.raises(ExportRefused) as told:
        asked(node)
    assert told.value.code == "export-disk-full"
    monkeypatch.undo()
    settings.NODE = replace(node_settings.NODE, export_quota_bytes=10_000)
    with pytest.raises(ExportRefused) as told:
        asked(node)
    assert told.value.code == "export-quota"
    assert not Export.objects.exists()


def test_the_quota_is_looked_at_while_it_is_made(node, settings, monkeypatch):
    row, job = asked(node)
    monkeypatch.setattr("apps.exports.making.run.LOOK_EVERY", 1)
    settings.NODE = replace(node_settings.NODE, export_quota_bytes=1_000)
    assert jobs.run(job.pk) == JobState.FAILED
    job.refresh_from_db()
    assert (job.error_code, job.state) == ("export-quota", JobState.WAITING)
    assert len(files_of(row)) < 2


def test_a_store_that_is_away_is_no_damage(node):
    _row, job = asked(node)
    (node.folder / "content").rename(node.folder / "elsewhere")
    (node.folder / "content").mkdir()
    assert jobs.run(job.pk) == JobState.FAILED
    job.refresh_from_db()
    assert job.error_code == "export-store-away"
    assert not ExportFinding.objects.exists()
    (node.folder / "content").rmdir()
    (node.folder / "elsewhere").rename(node.folder / "content")
    Job.objects.filter(pk=job.pk).update(run_after=now())
    assert jobs.run(job.pk) == JobState.DONE


def test_old_ones_are_deleted_and_say_so(node):
    row = made(node.au)
    path = only(row)
    days = row.expires_at - row.made_at
    assert days == dt.timedelta(days=node_settings.NODE.export_days)
    scan_exports()
    assert path.exists()
    Export.objects.filter(pk=row.pk).update(expires_at=now())
    scan_exports()
    row.refresh_from_db()
    assert row.state == ExportState.DROPPED
    assert not row.folder.exists()


def test_a_person_deletes_one_that_is_made(node, user):
    row = made(node.au)
    assert services.drop(export=row, user=user)
    assert not row.folder.exists()
    waiting, _job = asked(node, user)
    assert not services.drop(export=waiting, user=user)


def test_one_whose_job_came_to_nothing_says_so(node):
    row, job = asked(node)
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, error="the worker died at every attempt")
    scan_exports()
    row.refresh_from_db()
    assert (row.state, row.error) == (ExportState.FAILED, "the worker died at every attempt")


def test_an_au_without_content_is_a_finding(node):
    row = made(node.au, make_au("Empty"))
    assert len(files_of(row)) == 1
    assert [one.code for one in ExportFinding.objects.filter(export=row)] == ["empty"]
    assert (row.state, row.findings) == ("done", 1)


def test_what_cannot_be_asked_is_refused(node):
    with pytest.raises(ExportRefused) as told:
        services.ask_export(aus=[], what="x", options=ExportOptions(), user=None)
    assert told.value.code == "export-nothing"
    with pytest.raises(ExportRefused) as told:
        asked(node, naming=Naming.LOCKSS_1)
    assert told.value.code == "export-naming"


def test_a_part_that_rotted_before_it_was_put_together_is_made_again(node, monkeypatch):
    row, job = asked(node, format=PackageFormat.WACZ)
    from apps.exports.making import run

    real = run.containers.write_wacz

    def rotted(out, about, parts, *rest, **more):
        data = bytearray(parts[0].path.read_bytes())
        data[1_000] ^= 1
        parts[0].path.write_bytes(data)
        monkeypatch.setattr(run.containers, "write_wacz", real)
        return real(out, about, parts, *rest, **more)

    monkeypatch.setattr(run.containers, "write_wacz", rotted)
    assert jobs.run(job.pk) == JobState.FAILED
    job.refresh_from_db()
    assert job.error_code == "export-part-changed"
    Job.objects.filter(pk=job.pk).update(run_after=now())
    assert jobs.run(job.pk) == JobState.DONE
    row.refresh_from_db()
    assert row.done_bytes == row.total_bytes
    assert len(files_of(row)) == 2


def test_memory_stays_the_same_whatever_the_size_of_a_body(node):
    """Pieces of a megabyte go through; a body of 60 MB is never held whole."""
    import tracemalloc

    from tests.repository.factories import capture, noise

    repository.add_captures(
        auid=node.au.auid, captures=[capture("http://pub.example/large", noise(60_000_000))]
    )
    for kind in PackageFormat:
        tracemalloc.start()
        made(node.au, format=str(kind))
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 20_000_000, kind
