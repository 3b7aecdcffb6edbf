"""Home and the page of an AU ask a bounded number of questions, and the page of an AU is never behind what is written."""

import datetime as dt
import re
from collections import Counter

import pytest
from django.db import connection

from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.common.clock import now
from apps.crawls.models import CrawlStatus
from apps.nodes.choices import AuWord
from apps.nodes.models import AuStatus, Count
from apps.nodes.services import counting, refreshing
from apps.peers.models import Agreement
from apps.permissions.models import Permission, PublisherAgreement
from apps.plugins.models import Plugin
from apps.polls.choices import PollState
from apps.polls.models import PollStatus, Repair
from apps.repository.models import AuSummary
from apps.titles.models import ListedAu
from tests import factories as make
from tests.asking import as_person
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db
MOST_QUERIES = 30
# What Django asks for a field that was deferred: the key and that field, of one row.
ONE_FIELD = re.compile(r'SELECT "(\w+)"\."\w+", "\1"\."\w+" FROM "\1" WHERE "\1"\."\w+" = %s LIMIT 21$')
LATELY = dt.timedelta(minutes=5)


@pytest.fixture
def began_long_ago(monkeypatch):
    monkeypatch.setattr(refreshing, "_STARTED", now() - dt.timedelta(days=1))


def let_it_rest(au) -> None:
    """Nothing was written about the AU for days, and it was judged some minutes ago."""
    days, then = {"days": 9}, now() - LATELY
    long_ago = now() - dt.timedelta(**days)
    Au.objects.filter(pk=au.pk).update(updated_at=long_ago)
    ListedAu.objects.update(changed_at=long_ago)
    AuSummary.objects.update(last_write_at=long_ago, last_check_at=long_ago)
    CrawlStatus.objects.update(last_start_at=long_ago, last_end_at=long_ago)
    PollStatus.objects.update(last_attempt_at=long_ago, last_end_at=long_ago)
    Permission.objects.update(checked_at=long_ago)
    Plugin.objects.update(updated_at=long_ago)
    PublisherAgreement.objects.update(updated_at=long_ago)
    Agreement.objects.update(last_at=long_ago)
    Repair.objects.filter(ended_at__isnull=False).update(ended_at=long_ago)
    AuStatus.objects.filter(au=au).update(refreshed_at=then, busy=False)


@pytest.mark.parametrize("role", list(Role))
def test_home_asks_few_questions(client, sample, role, django_assert_max_num_queries):
    as_person(client, role)
    client.get("/")
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get("/").status_code == 200


def test_the_page_of_an_au_asks_few_questions(client, sample, began_long_ago, django_assert_max_num_queries):
    as_person(client, Role.LIBRARIAN)
    path = f"/aus/{sample.au.slug}/"
    client.get(path)
    let_it_rest(sample.au)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("page", ["home", "unit"])
def test_no_row_is_fetched_again_for_a_field_that_was_left_out(client, sample, began_long_ago, page):
    """Rows of these pages come with the columns that are shown; one more would cost a question a row."""
    as_person(client, *Role)
    path = f"/aus/{sample.au.slug}/" if page == "unit" else "/"
    client.get(path)
    let_it_rest(sample.au)
    asked = Counter()

    def note(execute, sql, params, many, context):
        asked[sql] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        assert client.get(path).status_code == 200
    assert [sql for sql, times in asked.items() if times > 2] == []
    assert [sql for sql in asked if ONE_FIELD.match(sql)] == []


@pytest.fixture
def au(settings, tmp_path, began_long_ago):
    settings.NODE = sample_settings(tmp_path)
    made = make.make_au(
        "Reed Reports, 2019", title=make.make_title("Reed Reports", make.make_publisher("Reed"))
    )
    make.make_summary(made)
    refreshing.refresh(keys=[made.pk])
    let_it_rest(made)
    return Au.objects.select_related("listed", "crawl_status", "poll_status").get(pk=made.pk)


def test_what_was_judged_stands_while_nothing_is_written(au):
    AuStatus.objects.filter(au=au).update(reason="as it was", busy=False)
    assert refreshing.current(au).reason == "as it was"


@pytest.mark.parametrize("age", [dt.timedelta(seconds=5), dt.timedelta(hours=2)])
def test_what_was_judged_just_now_or_long_ago_is_judged_again(au, age):
    AuStatus.objects.filter(au=au).update(reason="as it was", refreshed_at=now() - age)
    assert refreshing.current(au).reason != "as it was"


def test_what_a_process_judged_before_it_was_started_again_is_judged_again(au, monkeypatch):
    AuStatus.objects.filter(au=au).update(reason="as it was")
    monkeypatch.setattr(refreshing, "_STARTED", now())
    assert refreshing.current(au).reason != "as it was"


WRITTEN = {
    "a crawl": lambda au: make.make_crawl(au, state="waiting", outcome="", finished_at=None),
    "a poll": lambda au: make.make_poll(au, [make.make_peer("B")], phase=PollState.VOTING),
    "content": lambda au: AuSummary.objects.filter(pk=au.pk).update(last_write_at=now()),
    "a check": lambda au: AuSummary.objects.filter(pk=au.pk).update(last_check_at=now()),
    "an agreement": lambda au: make.make_agreement(au.publisher),
    "a plugin": lambda au: Plugin.objects.create(
        plugin_id=au.plugin_id, name="Reed", version=9, current=True
    ),
    "the AU": lambda au: au.save(),
}


@pytest.mark.parametrize("what", WRITTEN)
def test_what_is_written_about_an_au_is_on_its_page_at_once(client, au, what):
    AuStatus.objects.filter(au=au).update(reason="as it was")
    WRITTEN[what](au)
    as_person(client)
    assert client.get(f"/aus/{au.slug}/").status_code == 200
    assert AuStatus.objects.get(au=au).reason != "as it was"


def test_many_aus_are_counted_by_the_scan_and_not_by_a_page(client, sample):
    counting.count_all()
    Count.objects.filter(pk="aus").update(value=counting.CHEAP_AUS + 1)
    AuStatus.objects.filter(au=sample.au).update(word=AuWord.DAMAGED, refreshed_at=now())
    assert counting.numbers()["aus"] == counting.CHEAP_AUS + 1
    counting.count_all()
    assert counting.numbers()["aus"] < counting.CHEAP_AUS
