"""The report of a year: counted from rows, kept, the same again, closed when the year is over."""

import csv
import datetime as dt
import hashlib
import io

import pytest
import time_machine
from django.utils import translation

from apps.accounts.choices import Role
from apps.common import jobs
from apps.common.choices import JobState
from apps.common.display import moment_text
from apps.common.models import Job
from apps.nodes import tasks, year_page  # noqa: F401 - tasks register the handler
from apps.nodes.choices import Figure
from apps.nodes.models import StandingCount, YearFigure, YearReport
from apps.nodes.services import yearly
from apps.nodes.year_page import label_of
from apps.polls.models import Repair
from apps.titles.models import Publisher
from tests.api.reading import body
from tests.asking import as_person, check_acting, check_reading, last_audit

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(sample) -> YearReport:
    return yearly.make(year=yearly.this_year())


def figures(report: YearReport) -> dict[str, int]:
    return dict(report.figures.filter(scope="").values_list("key", "value"))


def test_figures_are_those_of_the_rows(report):
    found = figures(report)
    row = StandingCount.objects.get(kind="node")
    assert found[Figure.SELECTED] == row.selected
    assert found[Figure.PRESERVED] == row.preserved
    start, end = yearly.span(report.year)
    wanted = Repair.objects.filter(phase="repaired", ended_at__gte=start, ended_at__lt=end).count()
    assert found[Figure.REPAIRED] == wanted > 0
    assert found[Figure.CHECKS_BAD] == 1
    assert found[Figure.POLLS] >= found[Figure.POLLS_COUNTED] >= found[Figure.POLLS_AGREED] > 0
    assert set(found) <= set(Figure.values)
    assert set(Figure.values) - set(found) <= {Figure.DISK, Figure.DISK_FREE}
    of_publishers = report.figures.exclude(scope="").filter(key=Figure.PRESERVED)
    assert sum(of_publishers.values_list("value", flat=True)) == row.preserved


def test_the_file_is_the_same_again_and_its_digest_is_shown(client, report):
    as_person(client)
    path = f"/report/{report.year}/"
    first = b"".join(client.get(path + "csv/").streaming_content)
    assert hashlib.sha256(first).hexdigest() == report.sha256
    Repair.objects.all().delete()
    assert b"".join(client.get(path + "csv/").streaming_content) == first
    assert report.sha256 in client.get(path).content.decode()
    rows = list(csv.DictReader(io.StringIO(first.decode())))
    assert {row["year"] for row in rows} == {str(report.year)}
    assert len(rows) == report.figures.count()


def test_the_pdf_is_the_same_again(client, report):
    as_person(client)
    answer = client.get(f"/report/{report.year}/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    assert client.get(f"/report/{report.year}/pdf/").content == answer.content


def test_who_may_read_and_who_may_count(client, report):
    path = f"/report/{report.year}/"
    check_reading(client, "/report/", "nodes/reports.html")
    check_reading(client, path, "nodes/report.html")
    check_acting(client, path + "make/", [Role.REPORTS, Role.LIBRARIAN, Role.NETWORK])
    as_person(client)
    for other in (1999, report.year - 1, report.year + 1, 99999, 10**30):
        assert client.get(f"/report/{other}/").status_code == 404
        assert client.get(f"/report/{other}/csv/").status_code == 404
        assert client.get(f"/report/{other}/pdf/").status_code == 404


def test_asked_twice_it_is_one_job_that_counts(client, sample):
    as_person(client, Role.REPORTS)
    year = yearly.this_year()
    assert "It was not counted yet" in client.get(f"/report/{year}/").content.decode()
    for _ in range(2):
        assert client.post(f"/report/{year}/make/")["Location"] == f"/report/{year}/"
    job = Job.objects.get(kind=yearly.KIND)
    assert last_audit().action == "nodes.year-report"
    assert "The figures are being counted" in client.get(f"/report/{year}/").content.decode()
    assert jobs.run(job.pk) == JobState.DONE
    assert YearReport.objects.get().sha256 == Job.objects.get(pk=job.pk).result["sha256"]
    for wrong in (year + 1, 1999, 10**9):
        assert client.post(f"/report/{wrong}/make/").status_code == 404


def test_a_year_that_is_over_is_closed_once(sample, monkeypatch):
    later = dt.datetime(yearly.this_year() + 1, 1, 3, tzinfo=dt.UTC)
    monkeypatch.setattr("apps.nodes.services.yearly.now", lambda: later)
    yearly.scan()
    yearly.scan()
    job = Job.objects.get(kind=yearly.KIND)
    jobs.run(job.pk)
    made = YearReport.objects.get()
    assert made.closed
    before = list(made.figures.values_list("key", "value"))
    Repair.objects.all().delete()
    assert yearly.make(year=made.year).made_at == made.made_at
    assert list(made.figures.values_list("key", "value")) == before
    yearly.scan()
    assert Job.objects.filter(kind=yearly.KIND).count() == 1
    assert yearly.ask(year=made.year) is None
    assert f"Closed: counted on {moment_text(made.made_at)} after" in year_page.counted(made)


def test_a_clock_that_was_ahead_closes_no_year_for_ever(sample):
    """Years later, when that year really ends, its report is made of what is there then."""
    begun = dt.datetime.now(dt.UTC)
    year = begun.year
    with time_machine.travel(dt.datetime(year + 1, 6, 1, tzinfo=dt.UTC), tick=False):
        assert yearly.make(year=year).closed
    report = yearly.make(year=year)
    assert not report.closed
    assert report.made_at < begun + dt.timedelta(days=1)
    with time_machine.travel(dt.datetime(year + 1, 6, 1, tzinfo=dt.UTC), tick=False):
        yearly.make(year=year)
    assert yearly.ask(year=year) is not None


def test_a_count_that_failed_is_not_begun_every_minute(sample, monkeypatch):
    later = dt.datetime(yearly.this_year() + 1, 1, 3, tzinfo=dt.UTC)
    monkeypatch.setattr("apps.nodes.services.yearly.now", lambda: later)
    yearly.scan()
    Job.objects.filter(kind=yearly.KIND).update(state=JobState.FAILED, finished_at=later)
    yearly.scan()
    assert Job.objects.filter(kind=yearly.KIND).count() == 1
    Job.objects.filter(kind=yearly.KIND).update(finished_at=later - dt.timedelta(days=2))
    yearly.scan()
    assert Job.objects.filter(kind=yearly.KIND).count() == 2


def test_names_stay_data(client, sample):
    name = '=HYPERLINK("x") #eval <b>&'
    Publisher.objects.filter(pk=sample.au.publisher_id).update(name=name)
    made = yearly.make(year=yearly.this_year())
    as_person(client)
    assert "#eval &lt;b&gt;" in client.get(f"/report/{made.year}/").content.decode()
    assert f'"\'{name.replace(chr(34), chr(34) * 2)}"' in body(client.get(f"/report/{made.year}/csv/"))
    assert client.get(f"/report/{made.year}/pdf/").status_code == 200


def test_many_publishers_are_cut_on_the_page_alone(report):
    rows = [
        YearFigure(report=report, position=10_000 + n, scope=f"Press {n // 2}", key=key, value=n)
        for n in range(200)
        for key in [Figure.SELECTED if n % 2 == 0 else Figure.COLLECTED]
    ]
    YearFigure.objects.bulk_create(rows)
    lines, more = year_page.publishers(report)
    assert len(lines) == year_page.MOST_PUBLISHERS
    assert len(lines) + more == report.figures.filter(key=Figure.SELECTED).exclude(scope="").count()
    assert lines[-1].cells[1].value != "0"


@pytest.mark.parametrize(
    ("figure", "number", "said"),
    [
        (Figure.SELECTED, 1, "archival unit is selected"),
        (Figure.SELECTED, 0, "archival units are selected"),
        (Figure.SELECTED, 2, "archival units are selected"),
        (Figure.BLOCKED, 1, "cannot be collected"),
        (Figure.CONTENT, 1, "of content"),
    ],
)
def test_one_is_no_plural(figure, number, said):
    assert label_of(figure, number) == said


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_figure_has_words(language):
    with translation.override(language):
        for figure in Figure:
            for number in (0, 1, 2):
                assert label_of(figure, number).strip()
