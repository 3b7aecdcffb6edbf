"""The open tester: anybody may try a page, so often and no more; a worker asks, never the portal."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from apps.accounts.choices import Role
from apps.common import jobs
from apps.common.models import Job
from apps.lockss.permission import Network
from apps.permissions import tasks, testing
from apps.permissions.models import PageTrial
from lockss_portal.queues import QUEUES
from tests import factories as make
from tests.asking import as_person
from tests.sample import sample_settings
from tests.simulators.hostile_server import hostile_server_thread
from tests.simulators.publisher import Script, page, redirect

PATH = "/permissions/test/"
# Importing it makes the handler known, as a worker does.
HANDLER = tasks.try_page
WRONG = make.STATEMENT.replace("collect", "gather")


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    return settings.NODE


def form(**given) -> dict:
    return {"request_key": str(uuid.uuid4()), "network": "lockss", **given}


def run_jobs() -> None:
    for job in Job.objects.filter(kind=testing.KIND, state="waiting"):
        jobs.run(job.pk)


def result_of(client, **given) -> str:
    answer = client.post(PATH, form(**given))
    assert answer.status_code == 302, answer.content.decode()[:2000]
    run_jobs()
    return client.get(answer["Location"]).content.decode()


@pytest.mark.django_db
def test_anybody_may_open_it_and_nothing_is_asked(client) -> None:
    answer = client.get(f"{PATH}?url=http://127.0.0.1:1/x&network=clockss")
    shown = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="http://127.0.0.1:1/x"' in shown
    assert not PageTrial.objects.exists()
    assert not Job.objects.exists()
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_trial_takes_no_place_of_the_nodes_own_work(client) -> None:
    client.post(PATH, form(url="http://slow.example/"))
    assert Job.objects.get(kind=testing.KIND).queue == "public"
    assert "public" in QUEUES


@pytest.mark.django_db
@pytest.mark.parametrize("path", [PATH, "/permissions/manifest/"])
def test_strangers_see_nothing_else_of_the_node(client, path) -> None:
    make.make_au("Hidden Journal of Estuaries, volume 7")
    shown = client.get(path).content.decode()
    for word in (
        "Hidden",
        "Tidewater",
        "/aus/",
        "/titles/",
        "/jobs/",
        "/me/",
        'class="places"',
        "Permissions</a>",
    ):
        assert word not in shown, word
    as_person(client)
    assert 'class="places"' in client.get(path).content.decode()


@pytest.mark.django_db
def test_one_wrong_word_is_shown_word_by_word(client) -> None:
    shown = result_of(client, html=f"<html>\n<p>{WRONG}</p>\n</html>")
    assert "It does not permit" in shown
    assert "“collect” is written “gather”." in shown
    assert (
        '<del><span class="unseen">not </span>gather</del> <ins><span class="unseen">but </span>collect</ins>'
        in shown
    )
    assert "line 2, character 4" in shown
    assert f"&lt;p&gt;<mark>{WRONG}</mark>&lt;/p&gt;" in shown
    assert "Dear publisher" in shown
    assert "mailto:?subject=" in shown
    assert "data-live" not in shown
    row = PageTrial.objects.get()
    assert (row.page, row.result["near"][0]["found"]) == (None, WRONG)


@pytest.mark.django_db
def test_a_page_that_permits(client) -> None:
    shown = result_of(client, file=SimpleUploadedFile("lockss.html", make.STATEMENT.encode()))
    assert "It permits" in shown
    assert "lockss.html" in shown
    assert "Dear publisher" not in shown


@pytest.mark.django_db
def test_another_network(client) -> None:
    shown = result_of(client, html=make.STATEMENT, network="clockss")
    assert "The statement of another network" in shown


@pytest.mark.django_db
def test_a_page_is_fetched_by_the_worker_not_by_the_portal(client, settings) -> None:
    script = Script().on("/lockss", redirect("/new")).on("/new", page(f"<p>{WRONG}</p>"))
    with hostile_server_thread(script) as server:
        settings.NODE = replace(settings.NODE, allowed_private_hosts=(server.endpoint,))
        answer = client.post(PATH, form(url=server.url("/lockss")))
        waiting = client.get(answer["Location"]).content.decode()
        assert script.asked == []
        assert "data-live" in waiting
        assert "Look again" in waiting
        run_jobs()
        assert script.paths == ["/lockss", "/new"]
    shown = client.get(answer["Location"]).content.decode()
    assert "gather" in shown
    assert "It led to" in shown
    part = client.get(
        answer["Location"], headers={"HX-Request": "true", "HX-Target": "trial"}
    ).content.decode()
    assert part.lstrip().startswith('<section id="trial"')
    assert "<html" not in part


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["http://localhost/", "http://no-such-host.invalid/"])
def test_private_names_are_not_asked_and_not_told_apart_from_unknown_ones(client, url) -> None:
    shown = result_of(client, url=url)
    assert "No public host of this name is known." in shown
    assert "not public, so" not in shown


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "http://10.0.0.1/", "http://[::1]/x"])
def test_of_a_number_it_is_said_that_it_is_not_public(client, url) -> None:
    shown = result_of(client, url=url)
    assert "This address is not public, so the node does not ask it." in shown


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["http://localhost/", "http://10.0.0.1/", "http://no-such-host.invalid/"])
def test_for_an_address_that_no_publisher_has_no_letter_is_written(client, url) -> None:
    shown = result_of(client, url=url)
    assert "It could not be read" in shown
    assert "Dear publisher" not in shown
    assert "mailto:" not in shown


@pytest.mark.django_db
def test_nor_for_a_fault_of_our_own(client) -> None:
    answer = client.post(PATH, form(html="x"))
    testing.fail_trial(key=PageTrial.objects.get().pk, error="Something went wrong here.")
    shown = client.get(answer["Location"]).content.decode()
    assert "Something went wrong here." in shown
    assert "Dear publisher" not in shown


@pytest.mark.django_db
def test_a_host_that_does_not_answer_is_the_publishers_to_mend(client, settings) -> None:
    with hostile_server_thread(Script()) as server:
        url = server.url("/lockss")
        settings.NODE = replace(settings.NODE, allowed_private_hosts=(server.endpoint,))
    shown = result_of(client, url=url)
    assert "The host does not take connections." in shown
    assert "Dear publisher" in shown
    assert "We could not read it" in shown


@pytest.mark.django_db
def test_a_missing_comma_is_put_in_and_nothing_else_is_marked(client) -> None:
    shown = result_of(client, html=f"<p>{make.STATEMENT.replace('collect,', 'collect')}</p>")
    assert "The comma after “collect” is missing." in shown
    assert 'collect<ins><span class="unseen"> (a comma is missing)</span>,</ins> preserve,' in shown
    marked = shown.partition('<p class="marked">')[2].partition("</p>")[0]
    assert "something stands behind this word" not in marked
    assert marked.count("<ins>") == 1


@pytest.mark.django_db
def test_an_empty_box_is_no_second_page(client) -> None:
    assert client.post(PATH, form(url="http://10.0.0.1/", html="\r\n ")).status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Give an address, paste a page, or choose a file."),
        ({"url": "http://a.example/", "html": "x"}, "Give one thing only"),
        ({"url": "ftp://a.example/"}, "This is no address"),
        ({"url": "http://a b c"}, "This is no address"),
        ({"html": " \r\n\t\u00a0"}, "Give an address, paste a page, or choose a file."),
        ({"html": "x", "network": "other"}, "Select a valid choice"),
        ({"html": "x", "request_key": "7"}, "This form came here changed"),
        ({"html": "x" * (testing.LONGEST_PAGE + 1)}, "page of text"),
        ({"file": SimpleUploadedFile("a.html", b"x" * (testing.LONGEST_PAGE + 1))}, "page of text"),
    ],
)
def test_what_cannot_be_tried(client, given, said) -> None:
    answer = client.post(PATH, form(**given))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not PageTrial.objects.exists()


@pytest.mark.django_db
def test_what_is_much_too_long_is_not_read(client) -> None:
    answer = client.post(PATH, form(html="x" * (4 * testing.LONGEST_PAGE)))
    assert answer.status_code == 413
    assert not PageTrial.objects.exists()


@pytest.mark.django_db
def test_a_form_of_somebody_elses_page_is_refused() -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    assert strict.post(PATH, form(html="x")).status_code == 403
    assert not PageTrial.objects.exists()


@pytest.mark.django_db
def test_the_same_form_twice_is_one_trial(client) -> None:
    given = form(html=WRONG)
    first, second = client.post(PATH, given), client.post(PATH, given)
    assert first["Location"] == second["Location"]
    assert (PageTrial.objects.count(), Job.objects.count()) == (1, 1)
    run_jobs()
    before = PageTrial.objects.get().result
    testing.run_trial(key=PageTrial.objects.get().pk)
    assert PageTrial.objects.get().result == before


@pytest.mark.django_db
def test_results_have_no_address_that_is_guessed(client) -> None:
    assert client.get(f"{PATH}{uuid.uuid4()}/").status_code == 404
    assert client.get(f"{PATH}1/").status_code == 404
    shown = client.post(PATH, form(html=WRONG))["Location"]
    assert client.post(shown).status_code == 405


def tried(
    number: int, *, address: str = "192.0.2.1", ago: dt.timedelta = dt.timedelta(0), ended: bool = True
) -> None:
    at = make.past(ago)
    for _turn in range(number):
        PageTrial.objects.create(
            asked_by=testing.asker(address=address),
            open_door=True,
            asked_at=at,
            ended_at=at if ended else None,
            network="lockss",
        )


@pytest.mark.django_db
def test_an_address_tries_so_many_pages_and_is_told_when_to_come_again(client) -> None:
    most, within = testing.EACH[0].most, testing.EACH[0].within
    tried(most, ago=within / 2)
    answer = client.post(PATH, form(html=WRONG), REMOTE_ADDR="192.0.2.1")
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= within.total_seconds() / 2
    assert "Send it again at" in answer.content.decode()
    # What was filled in is not lost.
    assert "gather" in answer.content.decode()
    assert client.post(PATH, form(html=WRONG), REMOTE_ADDR="192.0.2.2").status_code == 302
    PageTrial.objects.filter(asked_by=testing.asker(address="192.0.2.1")).update(
        asked_at=make.past(within * 2)
    )
    assert client.post(PATH, form(html=WRONG), REMOTE_ADDR="192.0.2.1").status_code == 302


@pytest.mark.django_db
def test_all_strangers_together_too_but_not_who_is_signed_in(client) -> None:
    for number in range(testing.ALL[0].most):
        tried(1, address=f"198.51.100.{number}")
    assert client.post(PATH, form(html=WRONG)).status_code == 429
    as_person(client, Role.NETWORK)
    assert client.post(PATH, form(html=WRONG)).status_code == 302


@pytest.mark.django_db
def test_few_wait_at_once(client) -> None:
    for number in range(testing.MOST_OPEN):
        tried(1, address=f"198.51.100.{number}", ended=False)
    answer = client.post(PATH, form(html=WRONG))
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) == testing.SOON.total_seconds()
    PageTrial.objects.update(ended_at=make.past())
    assert client.post(PATH, form(html=WRONG)).status_code == 302


@pytest.mark.django_db
def test_behind_a_proxy_its_word_counts_and_nobody_elses(client, settings) -> None:
    tried(testing.EACH[0].most, address="203.0.113.9")
    spoofed = {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}
    assert client.post(PATH, form(html=WRONG), **spoofed).status_code == 302
    settings.NODE = replace(settings.NODE, behind_proxy=True)
    assert client.post(PATH, form(html=WRONG), **spoofed).status_code == 429
    chained = {"HTTP_X_FORWARDED_FOR": "203.0.113.9, 203.0.113.10"}
    assert client.post(PATH, form(html=WRONG), **chained).status_code == 302


@pytest.mark.django_db
def test_addresses_are_kept_as_digests_and_trials_are_forgotten(client) -> None:
    client.post(PATH, form(html=WRONG), REMOTE_ADDR="192.0.2.1")
    assert "192.0.2.1" not in PageTrial.objects.get().asked_by
    PageTrial.objects.update(asked_at=make.past(testing.FORGET_AFTER + dt.timedelta(hours=1)))
    old = PageTrial.objects.get().pk
    client.post(PATH, form(html=WRONG))
    assert not PageTrial.objects.filter(pk=old).exists()
    # Its job may still come.
    run_jobs()
    assert Job.objects.filter(state="done").count() == 2


@pytest.mark.django_db
def test_a_trial_that_no_worker_takes_says_so(client) -> None:
    path = client.post(PATH, form(html=WRONG))["Location"]
    PageTrial.objects.update(asked_at=make.past(dt.timedelta(minutes=5)))
    shown = client.get(path).content.decode()
    assert "No worker of this node" in shown
    assert "data-live" not in shown


@pytest.mark.django_db
def test_a_fault_of_ours_ends_the_waiting(client) -> None:
    path = client.post(PATH, form(html=WRONG))["Location"]
    PageTrial.objects.update(network="klingon")
    run_jobs()
    assert PageTrial.objects.get().result["error"].startswith("Something went wrong here")
    PageTrial.objects.update(network="lockss")
    assert "the page is not to blame" in client.get(path).content.decode()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_not_pass_the_limit_together() -> None:
    asked_by = testing.asker(address="192.0.2.1")
    tried(testing.EACH[0].most - 1)

    def one(_number: int) -> bool:
        try:
            testing.begin_trial(
                key=uuid.uuid4(), asked_by=asked_by, open_door=True, network=Network.LOCKSS, page=b"x"
            )
        except testing.TooManyTrialsError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one, range(8))) == 1


@pytest.mark.django_db
def test_a_user_name_and_a_password_of_an_address_are_not_kept(client):
    answer = client.post(PATH, form(url="https://pia:s3cret@127.0.0.1/permission.html"))
    row = PageTrial.objects.get()
    assert row.url == "https://127.0.0.1/permission.html"
    run_jobs()
    shown = client.get(answer["Location"]).content.decode()
    row.refresh_from_db()
    assert row.result is not None
    for text in (shown, str(row.result), row.url, str(list(Job.objects.values()))):
        assert "s3cret" not in text
        assert "pia" not in text
