"""Editions: made by people and by the clock, kept whole with their digest; killed at any moment nothing breaks."""

import datetime as dt
import hashlib
import uuid

import pytest

from apps.accounts.models import AuditEvent
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.models import Job
from apps.kbart import services, tasks
from apps.kbart.choices import EditionState
from apps.kbart.errors import ActError
from apps.kbart.models import Edition, Series
from apps.kbart.services import series as rows_of_series
from apps.titles.choices import SetKind
from apps.titles.models import TitleSet, TitleSetMember
from tests.factories import DAY, past
from tests.kbart.editions import EDITIONS, another, keep, made, run_all
from tests.kbart.reports import body, proved_au, report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("portal")]


def test_an_edition_is_the_report_of_its_day_with_its_digest(rita):
    proved_au("Tides")
    row = made(rita)
    data, done = report(scope="collected")
    assert (row.state, row.rows, row.size, row.name) == ("done", 1, len(data), done.name)
    assert row.rows_path.read_bytes() == data
    assert row.sha256 == hashlib.sha256(data).hexdigest()
    assert "Collected: " in row.about_path.read_text()
    assert sorted(path.name for path in row.folder.iterdir()) == ["about.txt", "left-out.jsonl", "rows.tsv"]
    assert AuditEvent.objects.filter(action="kbart.series-new", subject="kbart:riverside/collected").exists()


def test_what_changes_later_changes_no_edition(rita):
    au = proved_au("Tides")
    first = made(rita)
    before = first.rows_path.read_bytes()
    au.title.name = "Currents"
    au.title.save()
    second = another(first)
    assert first.rows_path.read_bytes() == before
    assert b"Currents" in second.rows_path.read_bytes()
    assert second.sha256 != first.sha256


def test_run_again_the_job_makes_the_same_edition(rita):
    """A worker was killed when the files lay there and the row did not say so yet."""
    proved_au("Tides")
    row = made(rita)
    Edition.objects.filter(pk=row.pk).update(state=EditionState.WAITING, sha256="")
    (row.folder / ".123-4.5.rows").write_bytes(b"half")
    done = services.make_edition(edition_id=row.pk)
    assert (done.state, done.sha256) == ("done", row.sha256)
    assert not (row.folder / ".123-4.5.rows").exists()
    assert services.make_edition(edition_id=row.pk).updated_at == done.updated_at


def test_asked_for_twice_it_is_one(rita):
    row, job = keep(rita)
    found, again = services.ask_edition(series=row, user=rita)
    assert (row.editions.count(), found.job_subject, again.pk) == (1, job.subject, job.pk)
    key = uuid.uuid4()
    run_all()
    one, _ = services.ask_edition(series=row, user=rita, request_key=key)
    run_all()
    other, nothing = services.ask_edition(series=row, user=rita, request_key=key)
    assert (one.pk, nothing) == (other.pk, None)
    assert row.editions.count() == 2


def test_one_that_is_finished_while_it_is_asked_for_is_that_one(rita, monkeypatch):
    """A worker makes the edition that waits between two looks at it."""
    proved_au("Tides")
    row, _ = keep(rita)
    waiting = row.editions.get()
    opened = rows_of_series.open_job

    def made_meanwhile(**given):
        services.make_edition(edition_id=waiting.pk)
        return opened(**given)

    monkeypatch.setattr(rows_of_series, "open_job", made_meanwhile)
    found, job = services.ask_edition(series=row, user=rita)
    assert (found.pk, job.subject) == (waiting.pk, waiting.job_subject)
    run_all()
    assert [one.state for one in row.editions.all()] == ["done"]


def test_the_clock_makes_one_edition_however_long_it_stood_still(rita):
    proved_au("Tides")
    row, _ = keep(rita, every="month")
    run_all()
    assert past(-28 * DAY).date() <= row.next_at.date() <= past(-31 * DAY).date()
    begun = past(100 * DAY)
    Series.objects.filter(pk=row.pk).update(next_at=begun)
    tasks.scan_reports()
    tasks.scan_reports()
    row.refresh_from_db()
    assert row.editions.count() == 2
    # The hour stays, and it lies ahead.
    assert (row.next_at - begun) % DAY == dt.timedelta(0)
    assert now() < row.next_at <= now() + 31 * DAY
    run_all()
    assert set(row.editions.values_list("state", flat=True)) == {"done"}
    assert row.editions.order_by("-pk").first().user is None


def test_a_clock_that_was_ahead_does_not_stop_the_editions(rita):
    row, _ = keep(rita, every="week")
    Series.objects.filter(pk=row.pk).update(next_at=past(-4000 * DAY))
    tasks.scan_reports()
    row.refresh_from_db()
    assert now() < row.next_at <= now() + 7 * DAY


def test_what_cannot_be_made_says_why_and_leaves_the_others(rita, portal):
    proved_au("Tides")
    row = made(rita)
    from dataclasses import replace

    portal.NODE = replace(portal.NODE, public_url="ftp://portal.example")
    failed = another(row)
    assert failed.state == "failed"
    assert "cannot be the portal's address" in failed.error
    assert row.rows_path.exists()
    assert services.newest(row.series) == row


def test_an_edition_whose_job_came_to_nothing_says_so(rita):
    row, job = keep(rita)
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED, error="the worker died at every attempt")
    tasks.scan_reports()
    edition = row.editions.get()
    assert (edition.state, edition.error) == ("failed", "the worker died at every attempt")


def test_old_files_go_when_many_newer_ones_are_there(rita, monkeypatch):
    proved_au("Tides")
    first = made(rita)
    monkeypatch.setattr(rows_of_series, "KEPT", 1)
    second = another(first)
    tasks.scan_reports()
    first.refresh_from_db()
    assert (first.state, first.folder.exists(), second.folder.exists()) == ("dropped", False, True)


def test_an_address_belongs_to_one_series(rita):
    keep(rita)
    with pytest.raises(ActError, match="is taken by another report"):
        keep(rita)
    keep(rita, scope="selected")
    keep(rita, report="keepers")
    assert sorted(Series.objects.values_list("part", flat=True)) == ["collected", "keepers", "selected"]
    with pytest.raises(ActError, match="letters a–z"):
        keep(rita, slug="Riverside Library")


def test_when_the_set_is_gone_what_was_made_stays(client, rita):
    ours = TitleSet.objects.create(name="Ours", name_key="ours", kind=SetKind.HAND)
    au = proved_au("Tides")
    TitleSetMember.objects.create(title_set=ours, title=au.title)
    first = made(rita, set=str(ours.pk))
    assert first.rows == 1
    ours.members.all().delete()
    ours.delete()
    failed = another(first)
    assert (failed.state, "the number of a title set" in failed.error) == ("failed", True)
    for form in ("tsv", "csv", "pdf"):
        answer = client.get(f"{EDITIONS}{first.pk}/file/?format={form}")
        assert answer.status_code == 200
        body(answer)
    assert client.get(f"/reports/kbart/series/{first.series_id}/").status_code == 200
