"""Rows brought to a list: once, twice, in parts, by two at once, and with thousands of AUs."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from django.db import connection, connections, transaction

from apps.accounts.models import AuditEvent
from apps.common import jobs, jobs_here
from apps.common.clock import now
from apps.common.models import Job
from apps.titles import tasks
from apps.titles.choices import ChangeKind, ImportState
from apps.titles.models import (
    ImportChange,
    ImportFinding,
    ListedAu,
    ListEntry,
    ListImport,
    Publisher,
    Title,
    TitleList,
)
from apps.titles.services import bare, import_tdb_folder, importing, starting
from apps.titles.services.importing import MOST_FINDINGS, run_import
from apps.titles.staging import ReadFinding
from tests.titles.factories import make_import, read_au, read_file, read_title
from tests.titles.test_pages import TDB


def counts(row: ListImport) -> tuple[int, int, int, int]:
    return (row.added, row.changed, row.unchanged, row.retired)


def do(aus, *findings, name: str = "Riverside", unread: bool = False, **more) -> ListImport:
    return run_import(list_import=make_import(name, **more), files=[read_file(aus, *findings, unread=unread)])


def snapshot() -> dict[str, list]:
    """Every row that a list decides, with its time of change."""
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in (Publisher, Title, ListedAu, ListEntry)
    }


def five(title=None) -> list:
    title = title or read_title(issn="1234-5679")
    return [read_au(title, volume) for volume in range(1, 6)]


@pytest.mark.django_db
def test_a_first_import_makes_everything():
    row = do(five())
    assert counts(row) == (5, 0, 0, 0)
    assert row.state == ImportState.DONE
    assert row.finished_at is not None
    publisher, title = Publisher.objects.get(), Title.objects.get()
    assert (publisher.name, publisher.title_count, publisher.au_count) == ("Tidewater Press", 1, 5)
    assert (title.name, title.issn, title.kind, title.au_count) == (
        "Journal of Estuarine Studies",
        "1234-5679",
        "journal",
        5,
    )
    au = ListedAu.objects.get(volume="3")
    assert (au.year, au.first_year, au.last_year, au.status) == ("2003", 2003, 2003, "released")
    assert au.params["volume"] == "3"
    assert len(au.slug) == 20
    assert row.title_list.entries.filter(added_by=row).count() == 5
    assert TitleList.objects.get().au_count == 5
    assert AuditEvent.objects.get(action="titles.import").after["added"] == 5


@pytest.mark.django_db
def test_importing_twice_changes_nothing():
    do(five())
    before = snapshot()
    row = do(five())
    assert counts(row) == (0, 0, 5, 0)
    assert not row.changes.exists()
    after = snapshot()
    # The list's own row says when it was read; nothing else is touched.
    assert before == after


@pytest.mark.django_db
def test_what_differs_is_written_and_told_field_by_field():
    do(five())
    aus = five()
    aus[1] = replace(aus[1], name="Renamed", status="down", attributes={"rights": "openaccess"})
    row = do(aus)
    assert counts(row) == (0, 1, 4, 0)
    change = row.changes.get()
    assert change.kind == ChangeKind.CHANGED
    assert change.fields == {
        "name": ["Journal of Estuarine Studies Volume 2", "Renamed"],
        "status": ["released", "down"],
        "attributes": [{}, {"rights": "openaccess"}],
    }
    changed = ListedAu.objects.get(name="Renamed")
    assert (changed.status, changed.name_key) == ("down", "renamed")


@pytest.mark.django_db
def test_a_partial_list_retires_nothing_unless_asked():
    do(five())
    row = do(five()[:2])
    assert counts(row) == (0, 0, 2, 0)
    assert Title.objects.get().au_count == 5
    row = do(five()[:2], retire=True)
    assert counts(row) == (0, 0, 2, 3)
    assert row.changes.filter(kind=ChangeKind.RETIRED).count() == 3
    assert (Title.objects.get().au_count, Publisher.objects.get().au_count) == (2, 2)
    assert ListedAu.objects.filter(status="").count() == 3
    assert ListedAu.objects.count() == 5
    assert TitleList.objects.get().au_count == 2
    # And back.
    row = do(five())
    assert counts(row) == (0, 3, 2, 0)
    assert row.changes.filter(kind=ChangeKind.RETURNED).count() == 3
    assert Title.objects.get().au_count == 5


@pytest.mark.django_db
def test_nothing_is_retired_when_a_file_could_not_be_read():
    do(five())
    fault = ReadFinding("tdb-syntax", "error", "other.tdb", "expected >", 3, 7, "au < x")
    row = do(five()[:2], fault, unread=True, retire=True)
    assert counts(row) == (0, 0, 2, 0)
    assert list(row.findings.values_list("code", flat=True)) == ["tdb-syntax", "nothing-retired"]
    found = row.findings.first()
    assert (found.file, found.line, found.column, found.entry) == ("other.tdb", 3, 7, "au < x")
    assert row.finding_count == 2


@pytest.mark.django_db
def test_an_empty_folder_retires_nothing():
    do(five())
    row = run_import(list_import=make_import("Riverside", retire=True), files=[])
    assert counts(row) == (0, 0, 0, 0)
    assert list(row.findings.values_list("code", flat=True)) == ["nothing-retired"]


@pytest.mark.django_db
def test_one_auid_twice_is_a_finding_and_the_first_counts():
    aus = five()
    again = replace(aus[0], name="Again", status="doNotProcess", line=99)
    row = do([*aus, again])
    assert counts(row) == (5, 0, 0, 0)
    found = row.findings.get()
    assert (found.code, found.line, found.entry) == ("auid-twice", 99, "Again")
    assert "tide.tdb:11" in found.message
    same_line = replace(aus[0], name="Same line")
    row = do([*aus, same_line])
    assert row.findings.get().code == "auid-twice"


@pytest.mark.django_db
def test_an_auid_too_long_for_an_index_is_a_finding():
    title = read_title()
    params = {"base_url": "http://tide.example/", "volume": "9" * 3000}
    row = do([read_au(title, 1), read_au(title, 2, params=params)])
    assert row.added == 1
    assert row.findings.get().code == "auid-too-long"


@pytest.mark.django_db
def test_findings_are_counted_beyond_those_kept():
    many = [ReadFinding("x", "error", "f", "m", n) for n in range(MOST_FINDINGS + 5)]
    row = do(five(), *many)
    assert row.finding_count == MOST_FINDINGS + 5
    assert ImportFinding.objects.count() == MOST_FINDINGS


@pytest.mark.django_db
def test_two_lists_describe_one_au_and_the_better_status_counts():
    do(five())
    down = [replace(au, status="down") for au in five()]
    row = do(down, name="Other")
    assert counts(row) == (5, 0, 0, 0)
    assert set(ListedAu.objects.values_list("status", flat=True)) == {"released"}
    do([], retire=True)
    assert set(ListedAu.objects.values_list("status", flat=True)) == {"down"}
    do([], name="Other", retire=True)
    assert set(ListedAu.objects.values_list("status", flat=True)) == {""}
    assert Publisher.objects.get().title_count == 0


@pytest.mark.django_db
def test_what_a_second_list_describes_otherwise_is_told():
    do(five())
    other = [replace(au, name=f"{au.name}!") for au in five()[:1]]
    row = do(other, name="Other")
    assert counts(row) == (1, 1, 0, 0)
    assert row.changes.get().kind == ChangeKind.CHANGED


@pytest.mark.django_db
def test_an_import_that_is_done_is_not_done_again():
    row = do(five())
    assert run_import(list_import=row, files=[]) is row
    assert counts(ListImport.objects.get()) == (5, 0, 0, 0)


@pytest.mark.django_db
def test_a_fault_in_mid_import_leaves_nothing_behind():
    do(five())
    before = snapshot()

    def broken():
        yield read_file(five(read_title("New Journal")))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="disk"):
        run_import(list_import=make_import(), files=broken())
    assert snapshot() == before
    assert do(five()).unchanged == 5


@pytest.mark.django_db
def test_aus_that_move_to_another_title_are_counted_there():
    do(five())
    moved = [replace(au, title=read_title("Estuaries")) for au in five()[:2]]
    row = do([*moved, *five()[2:]])
    assert counts(row) == (0, 2, 3, 0)
    assert dict(Title.objects.values_list("name", "au_count")) == {
        "Journal of Estuarine Studies": 3,
        "Estuaries": 2,
    }


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_wait_for_each_other():
    titles = [read_title(f"Journal {n}", publisher=f"Press {n % 3}") for n in range(20)]
    aus = [read_au(title, volume) for title in titles for volume in range(1, 11)]
    results, errors = [], []

    def work(name: str, part: list) -> None:
        try:
            results.append(counts(do(part, name=name)))
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=work, args=(name, part))
        for name, part in (("A", aus), ("B", aus), ("A", aus[:50]), ("B", list(reversed(aus))))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert sum(added for added, *_ in results) == 400
    assert sum(unchanged for _, _, unchanged, _ in results) == 250
    assert (ListedAu.objects.count(), ListEntry.objects.count()) == (200, 400)
    assert (Title.objects.count(), Publisher.objects.count()) == (20, 3)
    assert sum(Title.objects.values_list("au_count", flat=True)) == 200
    assert sum(Publisher.objects.values_list("au_count", flat=True)) == 200


@pytest.mark.django_db
def test_thirty_thousand_aus_go_in_at_once_and_the_planner_hears_of_them():
    def many():
        for n in range(300):
            title = read_title(f"Annals {n}", publisher=f"Society {n % 40}", issn=f"{n:04}-0000")
            yield read_file([read_au(title, volume) for volume in range(1, 101)], name=f"{n}.tdb")

    row = run_import(list_import=make_import(), files=many())
    assert counts(row) == (30_000, 0, 0, 0)
    assert ListedAu.objects.count() == 30_000
    row = run_import(list_import=make_import(), files=many())
    assert counts(row) == (0, 0, 30_000, 0)
    assert ImportChange.objects.count() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'titles_listedau'")
        assert cursor.fetchone()[0] >= 30_000


@pytest.mark.django_db
def test_a_command_that_was_killed_is_gone_on_with_by_a_worker(tmp_path, monkeypatch):
    """What a kill leaves: a job that nobody renews, and a row that says it is being read."""
    assert tasks.import_titles
    path = tmp_path / "tide.tdb"
    path.write_text(TDB)
    with monkeypatch.context() as patched:
        patched.setattr(jobs_here.jobs, "fail", lambda *_a, **_k: False)
        patched.setattr(starting, "note_failure", lambda **_: None)
        patched.setattr(starting, "run_import", killed)
        with pytest.raises(KilledError):
            import_tdb_folder(path=path, list_name="Riverside")
    row, job = ListImport.objects.get(), Job.objects.get()
    assert (row.state, job.state) == (ImportState.RUNNING, "running")
    assert jobs.run(job.pk) is None, "it is held"
    Job.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    assert [one.pk for one in jobs.requeue()] == [job.pk]
    assert jobs.run(job.pk) == "done"
    row.refresh_from_db()
    assert (row.state, row.added) == (ImportState.DONE, 3)


class KilledError(BaseException):
    pass


def killed(*, list_import, files, progress):
    ListImport.objects.filter(pk=list_import.pk).update(state=ImportState.RUNNING)
    raise KilledError


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fault", "said"),
    [(KeyboardInterrupt(), "stopped by hand"), (OSError(5, "Input/output error"), "Input/output")],
)
def test_a_command_that_was_stopped_says_so(tmp_path, monkeypatch, fault, said):
    path = tmp_path / "tide.tdb"
    path.write_text(TDB)

    def broken(**_):
        raise fault

    monkeypatch.setattr(starting, "run_import", broken)
    with pytest.raises(type(fault)):
        import_tdb_folder(path=path, list_name="Riverside")
    row = ListImport.objects.get()
    assert (row.state, said in row.error) == (ImportState.FAILED, True)
    assert Job.objects.get().state == "failed"


def indexes() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'titles\\_%%'")
        return set(cursor.fetchall())


@pytest.mark.django_db
def test_a_large_first_import_makes_the_indexes_anew(monkeypatch):
    monkeypatch.setattr(bare, "WORTH_IT", 3)
    # The database may be cleaning up behind another test just now.
    monkeypatch.setattr(bare, "PATIENCE", "60s")
    before = indexes()
    dropped = []
    monkeypatch.setattr(
        bare, "_dropped", lambda cursor, real=bare._dropped: dropped.append(real(cursor)) or dropped[-1]
    )
    row = do(five())
    assert len(dropped[0]) > 8
    assert (indexes(), row.added) == (before, 5)
    # With something in the tables they stay as they are.
    do(five(read_title("Marsh Letters")))
    assert dropped[1] == []
    assert indexes() == before


@pytest.mark.django_db
def test_a_large_first_import_that_breaks_leaves_the_indexes_as_they_were(monkeypatch):
    monkeypatch.setattr(bare, "WORTH_IT", 3)
    before = indexes()
    monkeypatch.setattr(importing.upsert, "apply_stage", killed)
    with pytest.raises(TypeError):
        do(five())
    assert indexes() == before
    assert not Title.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_large_first_import_does_not_wait_for_who_reads(monkeypatch):
    monkeypatch.setattr(bare, "WORTH_IT", 3)
    monkeypatch.setattr(bare, "PATIENCE", "50ms")
    before = indexes()
    reading, done = threading.Event(), threading.Event()

    def read() -> None:
        with transaction.atomic():
            assert ListedAu.objects.count() == 0
            reading.set()
            done.wait(30)
        connections.close_all()

    reader = threading.Thread(target=read)
    reader.start()
    reading.wait(30)
    try:
        assert do(five()).added == 5
    finally:
        done.set()
        reader.join()
    assert indexes() == before
