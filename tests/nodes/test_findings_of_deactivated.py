"""A deactivated AU is neither collected nor polled: what was found about that closes, and comes back if it is still so."""

import datetime as dt
from dataclasses import replace

import pytest

from apps.aus.services import deactivate_aus, reactivate_aus
from apps.common.clock import now
from apps.common.models import Finding
from apps.crawls import services as crawls
from apps.crawls.models import CrawlStatus
from apps.nodes.services import refreshing
from tests import factories as make
from tests.accounts.factories import make_person
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = replace(sample_settings(tmp_path), permission_policy="written_and_machine")


@pytest.fixture
def au():
    row = make.make_au()
    crawls.start_crawl(au=row)
    refreshing.refresh(keys=[row.pk])
    return row


def open_codes(au) -> list[str]:
    rows = Finding.objects.filter(subject__in=[f"au:{au.slug}", f"au:{au.pk}"], resolved_at=None)
    return sorted(rows.values_list("code", flat=True))


def deactivated(au, user):
    deactivate_aus(user=user, au_keys=[au.pk])
    refreshing.refresh(keys=[au.pk])


def test_they_close_with_the_cause(au):
    make.make_finding("poll-odd", f"au:{au.slug}", app="polls")
    make.make_finding("content-damaged", f"au:{au.pk}", app="repository", severity="error")
    assert open_codes(au) == ["content-damaged", "permission-no-agreement", "poll-odd"]
    deactivated(au, make_person())
    # What is stored stays, so what is wrong with it stays as well.
    assert open_codes(au) == ["content-damaged"]
    closed = Finding.objects.get(code="permission-no-agreement")
    assert closed.resolution == "The archival unit was deactivated."


def test_a_crawl_that_ends_after_it_opens_none(au):
    crawl, _job = crawls._open(au=au, kind="new-content")
    deactivated(au, make_person())
    crawl.refresh_from_db()
    crawls.finish(crawl=crawl, ended=crawls.Ended(crawls.CrawlOutcome.FETCH_ERROR, "Some pages failed."))
    assert open_codes(au) == []


def test_what_is_still_so_opens_again_at_the_next_scan(au):
    user = make_person()
    deactivated(au, user)
    CrawlStatus.objects.filter(au=au).update(due_at=now() + dt.timedelta(days=14))
    reactivate_aus(user=user, au_keys=[au.pk])
    refreshing.refresh(keys=[au.pk])
    crawls.start_due()
    assert open_codes(au) == ["permission-no-agreement"]


def test_what_was_well_keeps_its_date():
    user, row = make_person(), make.make_au()
    make.make_crawl(row)
    due = now() + dt.timedelta(days=14)
    CrawlStatus.objects.filter(au=row).update(due_at=due)
    deactivated(row, user)
    reactivate_aus(user=user, au_keys=[row.pk])
    refreshing.refresh(keys=[row.pk])
    assert CrawlStatus.objects.get(au=row).due_at == due


def test_a_new_cause_takes_the_place_of_the_old_one(au, settings):
    settings.NODE = replace(settings.NODE, permission_policy="machine")
    make.make_permission(au, granted=False)
    crawl, _job = crawls._open(au=au, kind="new-content")
    crawls.finish(crawl=crawl, ended=crawls.Ended(crawls.CrawlOutcome.NO_PERMISSION, "It could not be read."))
    assert open_codes(au) == ["permission-fetch-failed"]
