"""What a line is about is a link only for whoever may open that page; for all others it is a name."""

import re

import pytest

from apps.accounts.choices import Role
from apps.accounts.services import audit
from apps.common.choices import JobState
from apps.common.models import Finding, Job
from apps.exports.models import Export
from apps.kbart.models import Edition, Series
from apps.nodes.models import Alert
from apps.nodes.services import chronicling
from tests.asking import as_person
from tests.factories import DAY, make_job, past
from tests.nodes.watching import watched

pytestmark = pytest.mark.django_db
LISTS = ("/log/", "/jobs/", "/findings/", "/alerts/", "/node/")


@pytest.fixture
def kept(settings, tmp_path):
    """An edition and an export, of which every list has a line."""
    settings.NODE = watched(tmp_path)
    series = Series.objects.create(label="Holdings for EBSCO", slug="alder", part="preserved")
    edition = Edition.objects.create(series=series)
    export = Export.objects.create(what="A", options={"format": "warc"})
    subjects = [f"kbart-edition:{edition.pk}", f"export:{export.pk}", series.audit_subject]
    for n, subject in enumerate(subjects):
        audit(action="kbart.edition-asked", subject=subject)
        make_job(kind="export", state=JobState.RUNNING, subject=subject)
        Finding.objects.create(
            app="exports",
            code=f"c{n}",
            severity="warning",
            subject=subject,
            message="-",
            first_at=past(DAY),
            last_at=past(DAY),
        )
    chronicling.scan()
    return edition, export


def links(client, path: str) -> set[str]:
    main = client.get(path).content.decode().partition("<main")[2]
    return {one for one in re.findall(r'href="(/[^"#?]*)', main) if not one.startswith("/static")}


@pytest.mark.parametrize("role", [Role.READER, Role.REPORTS], ids=str)
def test_no_link_leads_where_the_reader_is_turned_away(client, kept, role):
    as_person(client, role)
    found = set().union(*(links(client, path) for path in LISTS))
    shut = [one for one in sorted(found) if client.get(one).status_code == 403]
    assert not shut


def test_whoever_may_open_it_has_the_link_and_others_its_name(client, kept):
    edition, export = kept
    page = f"/reports/kbart/editions/{edition.pk}/"
    for path in LISTS[:3]:
        as_person(client, Role.REPORTS)
        found = links(client, path)
        assert page in found, path
        assert f"/exports/{export.pk}/" not in found, path
        as_person(client, Role.READER)
        said = client.get(path).content.decode()
        assert f"Holdings for EBSCO, edition {edition.number}" in said, path
        assert "Holdings for EBSCO" in said, path


def test_the_pages_of_one_job_and_one_finding_and_one_alert(client, kept):
    alert = Alert.objects.create(
        kind="clock-off",
        subject="audit",
        severity="warning",
        message="-",
        raised_at=past(DAY),
        last_seen_at=past(DAY),
    )
    pages = [f"/jobs/{one.pk}/" for one in Job.objects.all()]
    pages += [f"/findings/{one.pk}/" for one in Finding.objects.all()]
    pages += [f"/alerts/{alert.pk}/", "/alerts/"]
    as_person(client, Role.READER)
    for page in pages:
        shut = [one for one in sorted(links(client, page)) if client.get(one).status_code == 403]
        assert not shut, page
    as_person(client, Role.SYSTEM)
    assert "/accounts/audit/" in links(client, f"/alerts/{alert.pk}/")
