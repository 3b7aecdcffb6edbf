"""Acts on one AU that ask first: all of it anew, its bytes read, what is damaged repaired."""

import pytest

from apps.accounts.acts import said as acted
from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.aus.choices import AuState
from apps.aus.models import Au
from apps.common import jobs
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.models import Job
from apps.crawls import services as crawls
from apps.crawls.models import Crawl, CrawlStatus
from apps.polls.models import PollStatus
from apps.repository import services as repository
from apps.repository.models import Artifact, AuSummary, FixityCheck
from apps.repository.tasks import FIXITY
from tests import factories as make
from tests.asking import as_person, last_audit
from tests.factories import DAY
from tests.repository.factories import capture
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db
URL = "http://pub.example/31/fulltext.pdf"
YES = {"confirmed": "yes"}
ACTS = ("crawl-anew", "check", "repair")


@pytest.fixture
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)


@pytest.fixture
def au(node) -> Au:
    made = make.make_au()
    make.make_agreement(made.publisher)
    make.make_crawl(made)
    repository.add_captures(auid=made.auid, captures=[capture(URL, b"%PDF")])
    return made


def damage(au: Au) -> None:
    Artifact.objects.filter(au_key=au.pk).update(state="damaged")
    AuSummary.objects.filter(pk=au.pk).update(damaged=1)


def confirmed(client, path: str) -> str:
    answer = client.post(path, YES, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("act", ACTS)
def test_each_asks_first_and_only_of_librarians(client, au, act):
    path, before = f"/aus/{au.slug}/{act}/", AuditEvent.objects.count()
    assert client.post(path, YES)["Location"].startswith("/accounts/sign-in/")
    for role in set(Role) - {Role.LIBRARIAN, Role.SYSTEM}:
        as_person(client, role)
        assert client.post(path, YES).status_code == 403
    as_person(client, Role.LIBRARIAN)
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 200
        assert "common/confirm.html" in [one.name for one in answer.templates]
    assert AuditEvent.objects.count() == before


def test_the_whole_of_it_is_collected_anew_once(client, au):
    as_person(client, Role.LIBRARIAN)
    page = confirmed(client, f"/aus/{au.slug}/crawl-anew/")
    assert "is asked for again from the next scan on" in page
    assert CrawlStatus.objects.get(au=au).due_at <= now()
    assert (last_audit().action, last_audit().subject) == ("crawls.anew", f"au:{au.slug}")
    crawl, _ = crawls._open(au=au, kind="new")
    assert crawl.refetch_depth == crawls.EVERYTHING
    crawls.finish(crawl=crawl, ended=crawls.Ended(crawls.CrawlOutcome.COMPLETE, ""))
    # The next one is an ordinary one.
    assert crawls._open(au=au, kind="new")[0].refetch_depth is None
    assert "every page, also those held already" in client.get(f"/crawls/{crawl.pk}/").content.decode()
    assert "every page anew" in client.get("/crawls/").content.decode()


def test_what_is_asked_while_it_is_collected_comes_after_that(au):
    crawl, _ = crawls._open(au=au, kind="new")
    crawls.crawl_now(au=au, refetch_depth=crawls.EVERYTHING)
    crawls.finish(crawl=crawl, ended=crawls.Ended(crawls.CrawlOutcome.COMPLETE, ""))
    assert CrawlStatus.objects.get(au=au).due_at <= now()
    assert crawls._open(au=au, kind="new")[0].refetch_depth == crawls.EVERYTHING


def test_the_page_is_live_from_the_moment_of_asking_to_the_end_of_the_crawl(client, au):
    as_person(client, Role.LIBRARIAN)
    path, part = f"/aus/{au.slug}/", {"HX-Request": "true", "HX-Target": "au-now"}
    CrawlStatus.objects.filter(au=au).update(due_at=now() + 9 * DAY)
    assert "hx-get" not in client.get(path, headers=part).content.decode()
    page = client.post(f"{path}crawl/", follow=True).content.decode()
    # No scan has come by: there is no crawl yet.
    assert "It has not begun yet." in page
    assert "hx-get" in client.get(path, headers=part).content.decode()
    crawl, _ = crawls._open(au=au, kind="new")
    assert "It goes on." in client.get(path, headers=part).content.decode()
    crawls.finish(crawl=crawl, ended=crawls.Ended(crawls.CrawlOutcome.COMPLETE, ""))
    page = client.get(path, headers=part).content.decode()
    assert "It is over." in page
    assert "hx-get" not in page


def test_its_bytes_are_read_without_waiting_for_a_scan(client, au, monkeypatch):
    sent = []
    monkeypatch.setattr("apps.nodes.services.acts.jobs.wake", sent.append)
    AuSummary.objects.filter(pk=au.pk).update(next_check_at=now() + 9 * DAY)
    assert repository.open_due_checks() == []
    as_person(client, Role.LIBRARIAN)
    path = f"/aus/{au.slug}/"
    assert "stored bytes read" not in client.get(path).content.decode()
    assert "are read as soon as a worker is free" in confirmed(client, f"{path}check/")
    job = Job.objects.get(kind=FIXITY)
    assert [one.pk for one in sent] == [job.pk]
    assert last_audit().action == "content.check"
    assert "asked that stored bytes be read" in str(acted(last_audit().action))
    # Asked twice, or found by the scan too, it is one.
    confirmed(client, f"{path}check/")
    assert [one.pk for one in repository.open_due_checks()] == [job.pk]
    for state, said in (
        (JobState.WAITING, "In the queue to have its stored bytes read"),
        (JobState.RUNNING, "Reading its stored bytes"),
    ):
        Job.objects.filter(pk=job.pk).update(state=state)
        page = client.get(path).content.decode()
        assert said in page
        assert f'href="/jobs/{job.pk}/"' in page
        assert "data-live" in page
    Job.objects.filter(pk=job.pk).update(state=JobState.WAITING)
    jobs.run(job.pk)
    page = client.get(path).content.decode()
    assert "Reading its stored bytes" not in page
    assert "stored bytes read" not in page
    assert FixityCheck.objects.filter(au_key=au.pk).count() == 1


def test_what_is_kept_of_a_deactivated_one_can_be_read_too(client, au):
    Au.objects.filter(pk=au.pk).update(state=AuState.DEACTIVATED)
    as_person(client, Role.LIBRARIAN)
    page = client.get(f"/aus/{au.slug}/").content.decode()
    assert f'href="/aus/{au.slug}/check/"' in page
    assert "are read as soon as a worker is free" in confirmed(client, f"/aus/{au.slug}/check/")
    for act in ("crawl-anew", "repair"):
        assert f'href="/aus/{au.slug}/{act}/"' not in page
        assert "is deactivated. Re-activate it first." in confirmed(client, f"/aus/{au.slug}/{act}/")


def test_nothing_stored_nothing_read(client, node):
    au = make.make_au()
    as_person(client, Role.LIBRARIAN)
    before = AuditEvent.objects.count()
    assert "is stored yet" in confirmed(client, f"/aus/{au.slug}/check/")
    page = client.get(f"/aus/{au.slug}/").content.decode()
    assert not [act for act in ACTS if f'href="/aus/{au.slug}/{act}/"' in page]
    assert AuditEvent.objects.count() == before


def test_what_is_damaged_is_asked_of_the_publisher_and_a_poll(client, au):
    as_person(client, Role.LIBRARIAN)
    path = f"/aus/{au.slug}/"
    assert f'href="{path}repair/"' not in client.get(path).content.decode()
    assert "is known to be damaged or missing" in confirmed(client, f"{path}repair/")
    assert not Crawl.objects.filter(au=au, kind="repair").exists()
    damage(au)
    assert f'href="{path}repair/"' in client.get(path).content.decode()
    for _ in range(2):
        assert "1 URL of" in confirmed(client, f"{path}repair/")
    crawl = Crawl.objects.get(au=au, kind="repair")
    assert (crawl.urls, crawl.poll_key) == ([URL], "")
    assert PollStatus.objects.get(au=au).requested_at is not None
    assert (last_audit().action, last_audit().after) == ("content.repair", {"urls": 1, "publisher": True})
    assert "repair for a poll" not in client.get("/crawls/").content.decode()


def test_a_publisher_that_does_not_permit_is_not_asked_for_repairs(client, au):
    damage(au)
    make.make_permission(au, granted=False, reason="no-statement")
    as_person(client, Role.LIBRARIAN)
    client.get(f"/aus/{au.slug}/")
    confirmed(client, f"/aus/{au.slug}/repair/")
    assert not Crawl.objects.filter(au=au, kind="repair").exists()
    assert PollStatus.objects.get(au=au).requested_at is not None
    assert last_audit().after == {"urls": 1, "publisher": False}
