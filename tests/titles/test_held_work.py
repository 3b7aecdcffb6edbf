"""A person paused or stopped the work of a page: the page says by whom and leads to where it goes on."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.choices import Role
from apps.common import jobs
from apps.common.choices import JobState
from apps.common.models import Job
from apps.nodes.services import acts
from apps.titles import tasks
from apps.titles.models import ListImport
from apps.titles.services import close_lost
from tests.accounts.factories import make_person
from tests.asking import as_person
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def reading(client, settings, tmp_path) -> tuple[str, Job]:
    """The page of an import that waits, and its job."""
    settings.NODE = sample_settings(tmp_path)
    as_person(client, Role.NETWORK)
    file = SimpleUploadedFile("tide.tdb", b"{\n  publisher < name = X >\n}\n")
    client.post("/lists/upload/", {"file": file, "list_name": "Riverside"})
    return f"/lists/imports/{ListImport.objects.get().pk}/", Job.objects.get(kind=tasks.services.KIND)


def test_paused_it_waits_for_whoever_lets_it_go_on(client, reading) -> None:
    path, job = reading
    assert "it goes on all the same" in client.get(path).content.decode()
    ada = make_person("ada", Role.SYSTEM)
    acts.pause_job(job=job, by=ada)
    page = client.get(path).content.decode()
    assert "Paused by ada" in page
    assert f'href="/jobs/{job.pk}/"' in page
    assert "it goes on all the same" not in page
    job.refresh_from_db()
    acts.resume_job(job=job, by=ada)
    page = client.get(path).content.decode()
    assert "Paused by" not in page
    assert "it goes on all the same" in page


def test_stopped_it_names_the_person_and_leads_to_the_job(client, reading) -> None:
    path, job = reading
    acts.cancel_job(job=job, by=make_person("ada", Role.SYSTEM))
    for _turn in ("at once", "after the scan"):
        page = client.get(path).content.decode()
        assert "Stopped by ada" in page
        assert f'href="/jobs/{job.pk}/"' in page
        assert "The program that read it" not in page
        assert "it goes on all the same" not in page
        close_lost()
    assert ListImport.objects.get().error == "It was stopped by hand. Nothing was changed."


def test_what_was_stopped_and_closed_can_be_done_again(client, reading) -> None:
    path, job = reading
    ada = make_person("ada", Role.SYSTEM)
    acts.cancel_job(job=job, by=ada)
    close_lost()
    job.refresh_from_db()
    again = acts.retry_job(job=job, by=ada)
    state = jobs.run(again.pk)
    assert state == JobState.DONE, Job.objects.get(pk=again.pk).error
    assert "Stopped by" not in client.get(path).content.decode()
