"""Packages of the folder taken in by a job: what is listed, progress, findings as rows, kills, and twice without harm."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.conf import settings as node_settings
from django.db import connection

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.common import jobs
from apps.common.choices import JobState
from apps.common.models import Job
from apps.exports import importing, tally
from apps.exports.choices import ImportState
from apps.exports.errors import ImportRefused
from apps.exports.models import Package, PackageImport
from apps.exports.taking import folder, storing
from apps.exports.tasks import scan_exports
from apps.repository import services as repository
from tests.accounts.factories import make_person
from tests.exports.conftest import BASE, made, only, pages
from tests.exports.killed_import import BATCH, STEPS
from tests.exports.test_import import answers, held
from tests.factories import make_au


@pytest.fixture
def user(db):
    return make_person("lib", Role.LIBRARIAN)


@pytest.fixture
def target(node):
    """An AU of another node, as it were: nothing of it is here."""
    return make_au("Tides, elsewhere")


def put(node, name: str = "", **options) -> Package:
    """An export of ``node.au`` that lies in the folder."""
    path = only(made(node.au, **options))
    shutil.copyfile(path, folder.place() / (name or path.name))
    importing.look()
    return Package.objects.get(name=name or path.name)


def asked(package: Package, user=None, into: str = "") -> tuple[PackageImport, Job]:
    ((row, job),) = importing.ask_import(packages=[package], user=user, into=into)
    return row, job


@pytest.mark.parametrize("kind", ["warc", "wacz", "bagit", "zip", "tgz"])
def test_the_job_takes_a_package_and_tells_what_became_of_it(node, target, user, kind):
    package = put(node, format=kind)
    row, job = asked(package, user, target.auid)
    assert jobs.run(job.pk) == JobState.DONE
    row.refresh_from_db()
    job.refresh_from_db()
    there = held(target)
    assert there == held(node.au, newest_only=kind in ("zip", "tgz"))
    assert (row.state, row.au, row.findings) == (ImportState.DONE, target, 0)
    assert row.new == sum(len(some) for some in there.values())
    assert (row.held, row.urls, row.unequal) == (0, len(there), 0)
    assert row.equal >= row.new
    assert row.new_bytes == sum(
        one.size for _url, some in repository.all_versions(auid=target.auid) for one in some
    )
    assert 0 < job.progress_done <= job.progress_total
    assert job.result == {"new": row.new, "held": 0, "findings": 0}
    assert AuditEvent.objects.get(action="exports.import-ask").user == user
    assert AuditEvent.objects.get(action="exports.import").user == user


def test_taken_twice_it_does_no_harm(node, target, user):
    package = put(node)
    for _time in range(2):
        row, job = asked(package, user, target.auid)
        jobs.run(job.pk)
    row.refresh_from_db()
    assert (row.new, row.held, row.findings) == (0, len(pages()), 0)
    assert held(target) == held(node.au)
    assert PackageImport.objects.count() == 2


def test_while_one_is_not_over_it_is_the_answer(node, user):
    package = put(node)
    assert asked(package, user) == asked(package, user)
    assert Job.objects.filter(kind=importing.KIND).count() == 1


def test_every_byte_is_told_and_no_more(node, target, user):
    row, _job = asked(put(node, format="wacz"), user, target.auid)
    told = []
    importing.take(import_id=row.pk, tell=lambda done, total: told.append((done, total)))
    size = Path(folder.place() / row.name).stat().st_size
    assert told[-1][1] == 2 * size
    assert all(0 <= done <= total for done, total in told)
    assert max(done for done, _total in told) > size


def test_only_plain_files_that_can_be_packages_are_listed(node, tmp_path):
    place = folder.place()
    outside = tmp_path / "outside.warc.gz"
    outside.write_bytes(b"secret")
    (place / "b.warc.gz").write_bytes(b"1")
    (place / "A.ZIP").write_bytes(b"12")
    (place / ".half.warc.gz").write_bytes(b"1")
    (place / "notes.txt").write_bytes(b"1")
    (place / "two\nlines.warc").write_bytes(b"1")
    (place / os.fsdecode(b"\xff.warc")).write_bytes(b"1")
    (place / "link.warc.gz").symlink_to(outside)
    (place / "sub.tar").mkdir()
    os.mkfifo(place / "pipe.tar")
    assert importing.look() == 6
    assert list(Package.objects.order_by("name").values_list("name", "size")) == [
        ("A.ZIP", 2),
        ("b.warc.gz", 1),
    ]
    first = Package.objects.get(name="b.warc.gz").pk
    (place / "b.warc.gz").write_bytes(b"123")
    (place / "A.ZIP").unlink()
    importing.look()
    assert list(Package.objects.values_list("pk", "name", "size")) == [(first, "b.warc.gz", 3)]


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../outside.warc",
        "/etc/passwd",
        "sub/in.warc",
        "link.warc",
        "up/outside.warc",
        "pipe.tar",
        "sub",
    ],
)
def test_no_name_leads_out_of_the_folder(node, tmp_path, name):
    place = folder.place()
    (tmp_path / "outside.warc").write_bytes(b"secret")
    (place / "link.warc").symlink_to(tmp_path / "outside.warc")
    (place / "up").symlink_to(tmp_path)
    (place / "sub").mkdir()
    (place / "sub" / "in.warc").write_bytes(b"-")
    os.mkfifo(place / "pipe.tar")
    with pytest.raises(ImportRefused) as refused:
        folder.opened(name).close()
    assert refused.value.code == "package-gone"


def test_a_file_that_became_a_link_is_not_followed(node, target, user):
    package = put(node)
    row, job = asked(package, user, target.auid)
    file = folder.place() / package.name
    file.rename(file.with_name(".moved"))
    file.symlink_to(file.with_name(".moved"))
    assert jobs.run(job.pk) == JobState.FAILED
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.FAILED, "package-gone")
    assert held(target) == {}
    scan_exports()
    row.refresh_from_db()
    assert row.state == ImportState.FAILED
    assert package.name in row.error


def test_without_a_folder_there_is_nothing(node):
    folder.place().rmdir()
    with pytest.raises(ImportRefused):
        folder.opened("a.warc")
    assert importing.look() == 0
    assert folder.place().is_dir()


def test_findings_are_rows_and_the_rest_is_taken(node, target, user):
    package = put(node, format="zip")
    path = folder.place() / package.name
    with zipfile.ZipFile(path) as old:
        kept = {info.filename: old.read(info) for info in old.infolist()}
    changed = next(name for name in kept if name.endswith("picture.png"))
    with zipfile.ZipFile(path, "w") as new:
        for name, data in kept.items():
            new.writestr(name, b"other" if name == changed else data)
        new.writestr("../evil", b"x")
    row, job = asked(package, user, target.auid)
    assert jobs.run(job.pk) == JobState.DONE
    row.refresh_from_db()
    assert (row.findings, row.unequal) == (2, 1)
    assert row.equal == row.new
    found = {one.code: one for one in row.finding_rows.all()}
    assert set(found) == {"package-digest-wrong", "package-unsafe-member"}
    assert changed.partition("/")[2] in found["package-digest-wrong"].place
    assert "../evil" in found["package-unsafe-member"].place
    # Gone through again, they are not there twice.
    PackageImport.objects.filter(pk=row.pk).update(state=ImportState.WAITING)
    assert importing.take(import_id=row.pk, tell=lambda *_: None).finding_rows.count() == 2


def test_of_an_au_that_is_not_here_and_once_more_when_it_is(node, user):
    package = put(node)
    auid = node.au.auid
    type(node.au).objects.filter(pk=node.au.pk).update(auid="elsewhere")
    row, job = asked(package, user)
    assert jobs.run(job.pk) == JobState.FAILED
    job.refresh_from_db()
    assert job.error_code == "package-au-unknown"
    scan_exports()
    row.refresh_from_db()
    assert auid in row.error
    type(node.au).objects.filter(pk=node.au.pk).update(auid=auid)
    again = importing.retry(row=row, user=user)
    assert jobs.run(again.pk) == JobState.DONE
    row.refresh_from_db()
    assert (row.state, row.error, row.held) == (ImportState.DONE, "", len(pages()))
    assert importing.retry(row=row, user=user) is None


def test_a_store_that_is_busy_is_waited_for(node, target, user, monkeypatch):
    from apps.repository.errors import StoreCode, StoreError

    def busy(**_given):
        raise StoreError(StoreCode.BUSY, "somebody writes")

    row, job = asked(put(node), user, target.auid)
    monkeypatch.setattr(storing.repository, "open_writer", busy)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error_code) == (JobState.WAITING, "store-busy")
    assert PackageImport.objects.get(pk=row.pk).state == ImportState.WAITING


def test_paused_and_stopped_it_keeps_what_it_has(node, target, user, monkeypatch):
    monkeypatch.setattr(storing, "BATCH", BATCH)
    row, job = asked(put(node), user, target.auid)
    assert importing.pause(row=row, user=user)
    assert jobs.run(job.pk) is None
    assert importing.resume(row=row, user=user)
    real, calls = tally._count, []

    def count(*given, **numbers):
        real(*given, **numbers)
        calls.append(given)
        # The first is that of the beginning.
        if len(calls) == 3:
            importing.stop(row=row, user=user)

    monkeypatch.setattr(tally, "_count", count)
    # It was stopped while it ran: its end is nobody's.
    assert jobs.run(job.pk) is None
    row.refresh_from_db()
    job.refresh_from_db()
    assert (row.state, job.state) == (ImportState.FAILED, JobState.CANCELLED)
    assert row.new >= 2 * BATCH
    again = importing.retry(row=row, user=user)
    assert jobs.run(again.pk) == JobState.DONE
    row.refresh_from_db()
    assert (row.new, row.held, row.findings) == (len(pages()), 0, 0)
    assert held(target) == held(node.au)


def killed(node, row: PackageImport, step: str) -> None:
    """An attempt whose process is killed at a step."""
    arguments = [str(connection.settings_dict["NAME"]), os.fspath(node.folder), str(row.pk), step]
    done = subprocess.run(
        [sys.executable, "-m", "tests.exports.killed_import", *arguments],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "lockss_portal.testing"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == -9, done.stderr
    row.refresh_from_db()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", STEPS)
def test_an_import_goes_on_after_a_kill(node, target, step):
    row, _job = asked(put(node), None, target.auid)
    killed(node, row, step)
    assert row.new == sum(len(some) for some in held(target).values())
    assert row.state == ImportState.WAITING

    row = importing.take(import_id=row.pk, tell=lambda *_: None)
    assert held(target) == held(node.au)
    assert (row.state, row.new, row.held, row.findings) == (ImportState.DONE, len(pages()), 0, 0)
    assert node_settings.NODE.import_dir == folder.place()


@pytest.mark.django_db(transaction=True)
def test_what_another_has_stored_meanwhile_is_not_counted(node, target, tmp_path):
    """The other one enters what the killed attempt left on the disk; each counts its own."""
    row, _job = asked(put(node), None, target.auid)
    more = [(f"{BASE}/more/{number}", "200 OK", [], b"more") for number in range(20)]
    other = answers(tmp_path / "other.warc", *more)
    killed(node, row, "a second batch is on the disk, its rows are not")
    assert importing.import_package(path=other, user=None, au=target.auid).new == 20
    killed(node, row, "the next batch was begun")
    later = answers(tmp_path / "later.warc", (f"{BASE}/later", "200 OK", [], b"later"))
    assert importing.import_package(path=later, user=None, au=target.auid).new == 1

    row = importing.take(import_id=row.pk, tell=lambda *_: None)
    mine = [
        one
        for _url, some in repository.all_versions(auid=target.auid)
        for one in some
        if repository.facts(one)["origin-ref"].startswith(f"package:{row.name}")
    ]
    assert (row.new, row.held, row.findings) == (len(pages()), 0, 0)
    assert (len(mine), sum(one.size for one in mine)) == (row.new, row.new_bytes)
    assert AuditEvent.objects.filter(action="exports.import").latest("pk").after["new"] == row.new


def test_who_names_another_au_for_a_package_that_is_being_taken_is_told(node, target, user):
    package = put(node)
    row, _job = asked(package, user, target.auid)
    with pytest.raises(ImportRefused) as told:
        asked(package, user, node.au.auid)
    assert told.value.code == "package-being-taken"
    assert target.name in str(told.value)
    # Who names the same one, or none, gets that import.
    assert [asked(package, user, into)[0] for into in (target.auid, "")] == [row, row]
    assert PackageImport.objects.count() == 1
