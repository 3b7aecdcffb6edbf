"""Pausing, resuming and putting first, from the page of a job."""

import pytest

from apps.accounts.choices import Role
from apps.common import jobs
from apps.common.choices import URGENT
from apps.common.models import Job
from tests import factories as make
from tests.asking import as_person, check_acting, last_audit
from tests.nodes.watching import watched

pytestmark = pytest.mark.django_db


@pytest.fixture
def job(settings, tmp_path, monkeypatch) -> Job:
    settings.NODE = watched(tmp_path)
    monkeypatch.setattr(jobs.current_app, "send_task", lambda *args, **options: None)
    return make.make_job("crawl", "crawl:1", state="waiting")


def test_the_acts(client, job):
    page = f"/jobs/{job.pk}/"
    for act in ("pause", "resume", "first"):
        check_acting(client, f"{page}{act}/", [Role.SYSTEM])
    as_person(client, Role.SYSTEM)
    shown = client.get(page).content.decode()
    assert f'action="{page}first/"' in shown
    assert f'action="{page}pause/"' in shown
    assert f'action="{page}resume/"' not in shown
    shown = client.post(f"{page}pause/", follow=True).content.decode()
    assert "The work waits until somebody lets it go on." in shown
    assert last_audit().action == "jobs.pause"
    assert f'action="{page}resume/"' in shown
    assert f'action="{page}first/"' not in shown
    assert "paused already" in client.post(f"{page}pause/", follow=True).content.decode()
    assert "is not paused, can be put first" in client.post(f"{page}first/", follow=True).content.decode()
    assert f"/jobs/{job.pk}/" in client.get("/jobs/?paused=yes").content.decode()
    assert "The work goes on." in client.post(f"{page}resume/", follow=True).content.decode()
    assert "A free worker begins with it." in client.post(f"{page}first/", follow=True).content.decode()
    assert last_audit().action == "jobs.first"
    job.refresh_from_db()
    assert (job.priority, job.paused_at) == (URGENT, None)
    assert "first in line" in client.get(page).content.decode()
