"""Acts of selecting: what comes of each AU, once, twice, by two at once, and in a job that is killed."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from django.db import connections

from apps.accounts.models import AuditEvent
from apps.aus import tasks
from apps.aus.choices import AuState, SelectionOutcome
from apps.aus.errors import SelectionError
from apps.aus.models import Au, Selection
from apps.aus.services import batches as batch_module
from apps.aus.services import deactivate_aus, follow_lists, reactivate_aus, run_batch, select_aus
from apps.common import jobs
from apps.common.choices import JobState
from apps.common.clock import now
from apps.common.models import Job
from apps.lockss.auid import slug_of
from apps.repository.models import AuKey, AuSummary
from apps.titles.models import ListedAu, Title
from tests.accounts.factories import make_person
from tests.aus.factories import chosen, load_sample, offer, volumes
from tests.titles.factories import read_au, read_title

pytestmark = pytest.mark.django_db


@pytest.fixture
def librarian(db):
    return make_person("lee", "librarian")


def test_workers_know_the_job():
    assert tasks.select_aus


def outcomes(act) -> dict[str, str]:
    return {
        (result.listed_au or result.au).name: result.outcome
        for result in act.selection.results.select_related("listed_au", "au")
    }


def reasons(act) -> str:
    return " ".join(act.selection.results.order_by("pk").values_list("reason", flat=True)).strip()


def test_selecting_makes_the_au_with_its_number_and_tells_who(librarian):
    load_sample()
    first, second = offer(*volumes(2))
    act = select_aus(user=librarian, listed_au_ids=[first.pk])
    assert act.job is None
    assert (act.selection.total, act.selection.done) == (1, 1)
    assert act.selection.finished_at is not None
    au = chosen(first)
    assert au.auid == first.auid == au.key.auid
    assert au.slug == slug_of(au.auid)
    assert (au.title_id, au.publisher_id, au.name, au.state) == (
        first.title_id,
        first.publisher_id,
        first.name,
        "selected",
    )
    assert au.params == {"base_url": "http://tide.example/", "journal": first.title.name, "volume": "1"}
    assert au.selected_by == librarian
    event = AuditEvent.objects.get(subject=f"au:{au.slug}")
    assert (event.username, event.action, event.before) == ("lee", "aus.select", None)
    assert event.after["state"] == "selected"
    assert AuditEvent.objects.filter(subject=act.selection.job_subject).count() == 1
    assert not Au.objects.filter(listed=second).exists()


def test_selecting_twice_changes_nothing(librarian):
    load_sample()
    rows = offer(*volumes(3))
    select_aus(user=librarian, title_id=rows[0].title_id)
    before = list(Au.objects.values())
    act = select_aus(user=librarian, publisher_id=rows[0].publisher_id)
    assert set(outcomes(act).values()) == {SelectionOutcome.ALREADY}
    assert list(Au.objects.values()) == before
    assert AuditEvent.objects.filter(subject__startswith="au:").count() == 3


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("manifest", "The network has not released it yet (status “manifest”)."),
        ("doNotProcess", "The title list does not offer it (status “doNotProcess”)."),
        ("perhaps", "The title list does not offer it (status “perhaps”)."),
        ("down", "Its publisher no longer provides it (status “down”), and this node does not hold it."),
    ],
)
def test_what_a_list_does_not_offer_is_refused_with_its_reason(librarian, status, said):
    load_sample()
    (row,) = offer(*volumes(1, status=status))
    act = select_aus(user=librarian, listed_au_ids=[row.pk])
    assert set(outcomes(act).values()) == {SelectionOutcome.IMPOSSIBLE}
    assert reasons(act) == said
    assert not Au.objects.exists()


def test_a_whole_title_means_what_is_offered(librarian):
    load_sample()
    aus = volumes(4)
    rows = offer(aus[0], replace(aus[1], status="manifest"), replace(aus[2], status="exists"), aus[3])
    act = select_aus(user=librarian, title_id=rows[0].title_id)
    assert sorted(outcomes(act)) == sorted([rows[0].name, rows[3].name])
    act = select_aus(user=librarian, title_id=rows[0].title_id, unreleased=True)
    assert outcomes(act)[rows[1].name] == SelectionOutcome.SELECTED
    assert rows[2].name not in outcomes(act)


def test_what_is_gone_can_be_taken_up_again_where_it_is_held(librarian):
    load_sample()
    (row,) = offer(*volumes(1, status="down"))
    key = AuKey.objects.create(auid=row.auid)
    AuSummary.objects.create(au_key=key, urls=12)
    act = select_aus(user=librarian, listed_au_ids=[row.pk])
    assert set(outcomes(act).values()) == {SelectionOutcome.SELECTED}
    assert chosen(row).key == key


def test_what_no_list_names_any_more_is_refused(librarian):
    load_sample()
    (row,) = offer(*volumes(1))
    offer(retire=True)
    act = select_aus(user=librarian, listed_au_ids=[row.pk])
    assert reasons(act) == "No title list names it any more."


def test_reasons_name_the_plugin_and_the_parameter(librarian):
    rows = offer(*volumes(1))
    act = select_aus(user=librarian, listed_au_ids=[rows[0].pk])
    assert reasons(act) == "Its plugin org.lockss.plugin.Sample is not loaded on this node."
    load_sample(au_login_page_checker="com.example.Login")
    act = select_aus(user=librarian, listed_au_ids=[rows[0].pk])
    assert "Login (login pages would be taken for content)" in reasons(act)
    load_sample(plugin_version="2")
    title = read_title()
    params = {"base_url": "http://tide.example/", "journal": "x", "volume": "seven"}
    (odd,) = offer(read_au(title, 7, params=params), name="Other")
    act = select_aus(user=librarian, listed_au_ids=[odd.pk])
    assert "volume: 'seven' is not a whole number" in reasons(act)


def test_the_auid_holds_what_the_definition_calls_definitional(librarian):
    load_sample()
    title = read_title()
    full = {
        "base_url": "http://tide.example/",
        "journal": "x",
        "volume": "1",
        "extra": "",
        "user_pass": "a:b",
    }
    (row,) = offer(read_au(title, 1, params=full))
    select_aus(user=librarian, listed_au_ids=[row.pk])
    au = chosen(row)
    assert au.auid != row.auid
    assert au.auid == "org|lockss|plugin|Sample&base_url~http%3A%2F%2Ftide%2Eexample%2F&journal~x&volume~1"
    assert (au.params, au.other_params) == (
        {"base_url": "http://tide.example/", "journal": "x", "volume": "1"},
        {"user_pass": "a:b"},
    )
    # Another entry of the list that comes to the same AU.
    same = {"base_url": "http://tide.example/", "journal": "x", "volume": "1", "extra": "2"}
    more = {**same, "extra": "3"}
    others = offer(read_au(title, 1, params=same), read_au(title, 2, params=more), name="Other")
    act = select_aus(user=librarian, listed_au_ids=[row.pk for row in others])
    assert set(outcomes(act).values()) == {SelectionOutcome.ALREADY}
    assert Au.objects.count() == 1


def test_two_entries_of_one_au_in_one_act(librarian):
    load_sample()
    title = read_title()
    base = {"base_url": "http://tide.example/", "journal": "x", "volume": "1"}
    rows = offer(
        read_au(title, 1, params={**base, "e": "1"}, name="One"),
        read_au(title, 2, params={**base, "e": "2"}, name="Two"),
    )
    act = select_aus(user=librarian, listed_au_ids=[row.pk for row in rows])
    assert sorted(outcomes(act).values()) == [SelectionOutcome.ALREADY, SelectionOutcome.SELECTED]
    assert reasons(act) == "It is the same archival unit as “One”."


def test_deactivating_keeps_everything_and_can_be_undone(librarian):
    load_sample()
    rows = offer(*volumes(3))
    select_aus(user=librarian, listed_au_ids=[rows[0].pk, rows[1].pk])
    act = deactivate_aus(user=librarian, listed=ListedAu.objects.filter(title=rows[0].title_id))
    assert sorted(outcomes(act).values()) == ["deactivated", "deactivated", "impossible"]
    assert reasons(act) == "It is not selected here."
    assert set(Au.objects.values_list("state", flat=True)) == {AuState.DEACTIVATED}
    assert AuKey.objects.count() == 2
    event = AuditEvent.objects.filter(subject=f"au:{chosen(rows[0]).slug}").last()
    assert (event.before, event.after["state"]) == ({"state": "selected"}, "deactivated")
    act = reactivate_aus(user=librarian, au_keys=[chosen(rows[0]).pk])
    assert set(outcomes(act).values()) == {SelectionOutcome.REACTIVATED}
    act = select_aus(user=librarian, listed_au_ids=[rows[0].pk, rows[1].pk])
    assert outcomes(act) == {rows[0].name: "already", rows[1].name: "reactivated"}
    act = deactivate_aus(user=librarian, au_keys=[chosen(rows[1]).pk])
    act = deactivate_aus(user=librarian, au_keys=[chosen(rows[1]).pk])
    assert set(outcomes(act).values()) == {SelectionOutcome.ALREADY}


def test_an_act_on_nothing_is_refused(librarian):
    with pytest.raises(SelectionError):
        select_aus(user=librarian, title_id=12345)
    with pytest.raises(SelectionError):
        deactivate_aus(user=librarian, au_keys=[])
    assert not Selection.objects.exists()
    with pytest.raises(TypeError):
        select_aus(user=librarian)


def many(monkeypatch, librarian, number: int = 120):
    monkeypatch.setattr(batch_module, "BATCH", 25)
    load_sample()
    rows = offer(*volumes(number))
    act = select_aus(user=librarian, title_id=rows[0].title_id)
    assert act.job is not None
    assert (act.job.kind, act.job.queue, act.job.progress_total) == ("select-aus", "default", number)
    assert not Au.objects.exists()
    return act


def test_hundreds_are_done_by_a_job(monkeypatch, librarian):
    act = many(monkeypatch, librarian)
    assert jobs.run(act.job.pk) == JobState.DONE
    assert set(outcomes(act).values()) == {SelectionOutcome.SELECTED}
    assert Au.objects.count() == 120
    selection = Selection.objects.get()
    assert (selection.done, selection.total) == (120, 120)
    assert selection.finished_at is not None
    job = Job.objects.get(pk=act.job.pk)
    assert (job.progress_done, job.progress_total, job.result) == (120, 120, {"done": 120})
    # Called once more, by a broker that repeats itself.
    assert jobs.run(act.job.pk) is None
    assert not run_batch(selection_id=selection.pk)
    assert Selection.objects.get().done == 120


def test_a_job_goes_on_where_a_killed_one_stopped(monkeypatch, librarian):
    act = many(monkeypatch, librarian)
    real = batch_module._save

    def dies(results) -> None:
        if Au.objects.count() > 50:
            raise KeyboardInterrupt
        real(results)

    monkeypatch.setattr(batch_module, "_save", dies)
    with pytest.raises(KeyboardInterrupt):
        jobs.run(act.job.pk)
    # The batch that was cut is undone as a whole; those before it stay.
    assert Au.objects.count() == 50
    assert Selection.objects.get().done == 50
    monkeypatch.setattr(batch_module, "_save", real)
    Job.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    assert jobs.run(act.job.pk) == JobState.DONE
    assert Au.objects.count() == 120
    assert AuditEvent.objects.filter(subject__startswith="au:").count() == 120


@pytest.mark.django_db(transaction=True)
def test_two_people_select_the_same_at_once(librarian):
    load_sample()
    rows = offer(*volumes(40))
    ids = [row.pk for row in rows]
    results, errors = [], []

    def work(part: list[int]) -> None:
        try:
            results.append(select_aus(user=librarian, listed_au_ids=part))
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(part,)) for part in (ids, ids[::-1], ids[10:], ids[:30])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert Au.objects.count() == AuKey.objects.count() == 40
    fresh = sum(act.selection.results.filter(outcome=SelectionOutcome.SELECTED).count() for act in results)
    assert fresh == 40


def test_aus_follow_their_list(librarian):
    load_sample()
    aus = volumes(2)
    rows = offer(*aus)
    select_aus(user=librarian, listed_au_ids=[row.pk for row in rows])
    Au.objects.filter(pk=chosen(rows[1]).pk).update(listed=None)
    moved = [replace(aus[0], name="Renamed", title=read_title("New Name", publisher="Other Press")), aus[1]]
    offer(*moved)
    assert follow_lists() == 1
    au = chosen(rows[0])
    assert (au.name, au.name_key) == ("Renamed", "renamed")
    assert au.title == Title.objects.get(name="New Name")
    assert au.publisher.name == "Other Press"
    assert Au.objects.filter(listed=rows[1]).exists()
    assert follow_lists() == 0
