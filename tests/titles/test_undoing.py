"""A preview does nothing and says everything; what was applied is taken back whole, unless something depends on it."""

import datetime as dt
import random
from dataclasses import replace

import pytest
from django.db import transaction

from apps.accounts.models import AuditEvent
from apps.common import jobs
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.jobs import open_job
from apps.common.models import Job
from apps.titles import tasks
from apps.titles.choices import ImportState
from apps.titles.errors import ListCode, ListError
from apps.titles.models import ListedAu, ListEntry, ListImport, PreviewLine, Publisher, Title
from apps.titles.services import (
    apply_import,
    close_lost,
    dependents,
    discard_import,
    run_undo,
    start_undo,
    undoing,
)
from apps.titles.services.importing import run_import
from tests.accounts.factories import make_person
from tests.titles.factories import make_import, read_au, read_file, read_title

pytestmark = pytest.mark.django_db
TIMES = ("changed_at", "updated_at")


def snapshot() -> dict[str, list]:
    """All that a list decides, without when it was written."""
    return {
        model.__name__: [
            {key: value for key, value in row.items() if key not in TIMES}
            for row in model.objects.order_by("pk").values()
        ]
        for model in (Publisher, Title, ListedAu, ListEntry)
    }


def do(aus, name: str = "Riverside", **more) -> ListImport:
    return run_import(list_import=make_import(name, **more), files=[read_file(aus)])


def five() -> list:
    title = read_title(issn="1234-5679")
    return [read_au(title, volume) for volume in range(1, 6)]


def second() -> list:
    """One gone, one renamed, one moved to a new title of a new publisher, one new, the title's ISSN corrected."""
    title = read_title(issn="1234-5679", eissn="2049-3630")
    aus = [replace(au, title=title) for au in five()[1:]]
    aus[0] = replace(aus[0], name="Renamed", status="down", attributes={"rights": "openaccess"})
    aus[1] = replace(aus[1], title=read_title("Delta Letters", publisher="Delta House"))
    return [*aus, read_au(title, 6)]


def undo(row: ListImport, user=None) -> ListImport:
    assert start_undo(list_import=row, version=row.version, user=user) is None
    return ListImport.objects.get(pk=row.pk)


def test_a_preview_tells_everything_and_does_nothing():
    do(five())
    before = snapshot()
    row = do(second(), ask=True)
    assert row.state == ImportState.PREVIEW
    assert snapshot() == before
    assert (row.added, row.changed, row.unchanged, row.retired, row.titles_changed) == (1, 2, 2, 1, 1)
    told = {(line.kind, line.name): line for line in PreviewLine.objects.filter(list_import=row)}
    assert {kind for kind, _ in told} == {"added", "changed", "retired", "title"}
    assert told["changed", "Journal of Estuarine Studies Volume 2"].fields["status"] == ["released", "down"]
    moved = told["changed", "Journal of Estuarine Studies Volume 3"]
    assert moved.fields["title_id"] == ["Journal of Estuarine Studies", "Delta Letters"]
    assert told["title", "Journal of Estuarine Studies"].fields == {"eissn": ["", "2049-3630"]}


@pytest.mark.parametrize("retire", [False, True])
def test_what_was_shown_is_what_is_applied(retire):
    do(five())
    row = do(second(), ask=True)
    person = make_person("nina", "network")
    apply_import(list_import=row, version=row.version, retire=retire, user=person)
    done = run_import(list_import=ListImport.objects.get(pk=row.pk), files=[read_file(second())])
    assert done.state == ImportState.DONE
    assert (done.added, done.changed, done.unchanged, done.retired) == (1, 2, 2, int(retire))
    assert not PreviewLine.objects.exists()
    # Its job called twice does nothing more.
    after = snapshot()
    run_import(list_import=ListImport.objects.get(pk=row.pk), files=[read_file(five())])
    assert snapshot() == after


def test_an_outcome_that_was_not_shown_is_not_applied():
    do(five())
    row = do(second(), ask=True)
    person = make_person("nina", "network")
    apply_import(list_import=row, version=row.version, retire=False, user=person)
    other = do(second()[-1:])
    before = snapshot()
    again = run_import(list_import=ListImport.objects.get(pk=row.pk), files=[read_file(second())])
    assert again.state == ImportState.PREVIEW
    assert snapshot() == before
    assert (again.added, again.changed) == (0, 2)
    assert f"Import {other.pk} of Riverside was applied since this was looked at" in again.error
    with pytest.raises(ListError) as refused:
        apply_import(list_import=again, version=row.version, retire=False, user=person)
    assert refused.value.code == ListCode.OLD_FORM


def test_a_preview_that_nobody_wants_leaves_nothing():
    row = do(five(), ask=True)
    discard_import(list_import=row, version=row.version, user=make_person("nina", "network"))
    assert snapshot() == {"Publisher": [], "Title": [], "ListedAu": [], "ListEntry": []}
    assert not PreviewLine.objects.exists()
    with pytest.raises(ListError):
        apply_import(list_import=row, version=row.version + 1, retire=False, user=None)


@pytest.mark.parametrize("retire", [False, True])
def test_an_import_is_taken_back_whole(retire):
    do(five())
    before = snapshot()
    row = do(second(), retire=retire)
    assert snapshot() != before
    done = undo(row, make_person("nina", "network"))
    assert done.state == ImportState.UNDONE
    assert snapshot() == before
    assert AuditEvent.objects.filter(action="titles.undo-import").count() == 1
    with pytest.raises(ListError):
        undo(done)
    again = do(second(), retire=retire)
    assert (again.added, again.changed, again.retired) == (1, 2, int(retire))


def test_the_first_import_undone_leaves_an_empty_catalogue():
    undo(do(five()))
    assert snapshot() == {"Publisher": [], "Title": [], "ListedAu": [], "ListEntry": []}


@pytest.mark.parametrize("seed", range(8))
def test_undo_is_the_way_back_of_any_import(seed):
    chance = random.Random(seed)

    def some():
        titles = [
            read_title(
                f"Journal {n}",
                publisher=f"Press {n % 2}",
                issn=chance.choice(["", "1234-5679", "2049-3630"]),
                attributes=chance.choice([{}, {"doi": "10.1/x"}]),
            )
            for n in range(3)
        ]
        made = {}
        for _ in range(12):
            au = read_au(
                chance.choice(titles), chance.randrange(1, 6), params={"v": str(chance.randrange(9))}
            )
            made[au.auid] = replace(au, status=chance.choice(["released", "down", "exists"]))
        return list(made.values())

    for n in range(3):
        do(some(), name=f"List {n % 2}", retire=chance.random() < 0.5)
    before = snapshot()
    row = do(some(), retire=chance.random() < 0.5, name=f"List {chance.randrange(3)}")
    undo(row)
    assert snapshot() == before


def test_a_later_import_is_named():
    first, last = do(five()), do(five())
    assert [one.url for one in dependents(first)] == [f"/lists/imports/{last.pk}/"]
    with pytest.raises(ListError) as refused:
        undo(first)
    assert refused.value.code == ListCode.DEPENDED_ON
    assert f"Import {last.pk}" in str(refused.value)
    undo(last)
    undo(ListImport.objects.get(pk=first.pk))
    assert not ListedAu.objects.exists()


def test_a_later_import_of_another_list_counts_where_it_names_the_same():
    do(five())
    row = do(second())
    elsewhere = do([read_au(read_title("Quite Other"), 1)], name="Elsewhere")
    assert dependents(row) == []
    other = do(second()[:1], name="Other")
    assert [one.url for one in dependents(row)] == [f"/lists/imports/{other.pk}/"]
    undo(other)
    undo(row)
    assert elsewhere.state == ImportState.DONE


def test_another_lists_units_stay():
    do(five()[:2], name="Other")
    before = snapshot()
    undo(do(five()))
    assert snapshot() == before


def agreed(row: ListImport, person) -> ListImport:
    apply_import(list_import=row, version=row.version, retire=False, user=person)
    return ListImport.objects.get(pk=row.pk)


def test_another_import_in_between_is_looked_at_line_by_line():
    """The numbers are those that were shown, but what stands behind them is not."""
    person = make_person("nina", "network")
    do(five())
    row = do([replace(five()[0], name="Renamed")], ask=True)
    do([replace(five()[0], name="Otherwise")], name="Harbour")
    again = run_import(
        list_import=agreed(row, person), files=[read_file([replace(five()[0], name="Renamed")])]
    )
    assert (again.state, again.added, again.changed) == (ImportState.PREVIEW, 0, 1)
    assert "of Harbour was applied since" in again.error
    assert again.preview.get(kind="changed").fields["name"] == ["Otherwise", "Renamed"]
    done = run_import(
        list_import=agreed(again, person), files=[read_file([replace(five()[0], name="Renamed")])]
    )
    assert done.state == ImportState.DONE


def test_another_import_of_other_things_does_not_ask_again():
    person = make_person("nina", "network")
    row = do(five(), ask=True)
    do([read_au(read_title("Marsh Letters"), 1)], name="Harbour")
    assert run_import(list_import=agreed(row, person), files=[read_file(five())]).state == ImportState.DONE


def test_two_previews_of_one_list_are_applied_once():
    person = make_person("nina", "network")
    first, second_row = do(five(), ask=True), do(five(), ask=True)
    run_import(list_import=agreed(first, person), files=[read_file(five())])
    again = run_import(list_import=agreed(second_row, person), files=[read_file(five())])
    assert (again.state, again.added, again.unchanged) == (ImportState.PREVIEW, 0, 5)


@pytest.fixture
def as_job(monkeypatch):
    monkeypatch.setattr(undoing, "AT_ONCE", 0)


def test_much_is_undone_by_a_job(as_job):
    assert tasks.undo_import
    before = snapshot()
    row = do(five())
    person = make_person("nina", "network")
    job = start_undo(list_import=row, version=row.version, user=person)
    row.refresh_from_db()
    assert (row.state, ListedAu.objects.count()) == (ImportState.UNDOING, 5)
    with pytest.raises(ListError, match="being undone"):
        start_undo(list_import=row, version=row.version, user=person)
    assert jobs.run(job.pk) == JobState.DONE
    assert snapshot() == before
    assert AuditEvent.objects.filter(action="titles.undo-import").get().user == person
    # Its job called twice does nothing more.
    assert run_undo(list_import=row).state == ImportState.UNDONE
    assert AuditEvent.objects.filter(action="titles.undo-import").count() == 1


def test_an_undo_that_was_killed_is_done_again(as_job, monkeypatch):
    before = snapshot()
    row = do(five())
    job = start_undo(list_import=row, version=row.version, user=None)
    whole = snapshot()

    class Killed(BaseException):
        pass

    def killed(_row):
        raise Killed

    with monkeypatch.context() as patched, transaction.atomic():
        patched.setattr(undoing, "_delete_made", killed)
        with pytest.raises(Killed):
            jobs.run(job.pk)
    assert snapshot() == whole
    Job.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    assert jobs.run(job.pk) == JobState.DONE
    assert snapshot() == before


def test_what_has_come_to_depend_on_it_meanwhile_is_named_and_nothing_is_undone(as_job):
    row = do(five())
    job = start_undo(list_import=row, version=row.version, user=None)
    later = do(second())
    whole = snapshot()
    assert jobs.run(job.pk) == JobState.FAILED
    row.refresh_from_db()
    assert row.state == ImportState.DONE
    assert f"It was not undone: Import {later.pk} read this list later" in row.error
    assert snapshot() == whole


@pytest.mark.parametrize("state", ["waiting", "running", "applying", "undoing"])
def test_what_nobody_works_on_any_more_is_closed_with_its_reason(state):
    row = make_import(state=state)
    Job.objects.create(
        kind="import-titles",
        subject=row.job_subject,
        state=JobState.FAILED,
        max_attempts=5,
        run_after=now(),
        error="the worker died at every attempt",
    )
    busy = make_import(state=state)
    open_job(kind="import-titles", subject=busy.job_subject)
    fresh = make_import(state="running")
    assert close_lost() == 1
    assert close_lost() == 0
    row.refresh_from_db()
    assert row.state == (ImportState.DONE if state == "undoing" else ImportState.FAILED)
    assert "the worker died at every attempt" in row.error
    busy.refresh_from_db()
    fresh.refresh_from_db()
    assert (busy.state, fresh.state) == (state, "running")
    ListImport.objects.filter(pk=fresh.pk).update(updated_at=now() - dt.timedelta(days=2))
    assert close_lost() == 1
