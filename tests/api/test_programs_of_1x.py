"""What programs of LOCKSS 1.x do on the wire beside a plain GET: forms, a realm by name, keys with a prefix."""

import urllib.parse

import pytest
from django.test import Client

from tests.accounts.factories import make_person
from tests.api.reading import asked, basic, body, rows
from tests.api.test_daemon_status import PATH
from tests.asking import as_person
from tests.factories import make_crawl_url

pytestmark = pytest.mark.django_db
REALM = "LOCKSS Admin"


@pytest.fixture
def program(sample):
    """Without the allowance for forgery that a test's client has, and with no session."""
    make_person("clara")
    return Client(enforce_csrf_checks=True)


def test_a_table_is_asked_for_with_a_form(program, sample):
    form = {"table": "AuIds", "output": "xml", "columns": "AuId"}
    answer = program.post(PATH, form, **basic("clara"))
    assert answer.status_code == 200, answer.content
    said = body(answer)
    assert sample.au.auid.replace("&", "&amp;") in said
    assert "CrawlPool" not in said
    assert body(program.post(PATH, {"isDaemonReady": "1"}, **basic("clara"))) in ("true\n", "false\n")


def test_the_form_counts_before_the_address(program, sample):
    answer = program.post(f"{PATH}?table=Plugins&output=xml", {"table": "AuIds"}, **basic("clara"))
    assert "<st:name>AuIds</st:name>" in body(answer)


def test_a_list_is_asked_for_with_a_form(program, sample):
    answer = program.post("/ListObjects", {"type": "urls", "auid": sample.au.auid}, **basic("clara"))
    assert answer.status_code == 200
    said = body(answer)
    assert said.endswith("# end\n")
    assert sample.url in said


@pytest.mark.parametrize("path", [PATH, "/ListObjects"])
def test_a_form_without_a_password_is_told_the_realm_of_1x(program, path):
    answer = program.post(path, {"table": "AuIds"})
    assert answer.status_code == 401
    assert f'realm="{REALM}"' in answer["WWW-Authenticate"]
    assert program.put(path, **basic("clara")).status_code == 405


def test_a_crawl_that_ended_has_no_page_pending(client, sample):
    """What is pending is what waits in its frontier, not all that it knows."""
    as_person(client)
    sample.crawl.queued = 40
    sample.crawl.save(update_fields=["queued"])
    waiting = sample.crawl.frontier.filter(state="pending")
    for n in range(2):
        make_crawl_url(sample.crawl, f"http://pub.example/31/more/{n}", "pending")
    newest = rows(asked(client, "crawl_status_table", key=sample.au.auid))[0]
    assert newest["num_urls_pending"] == str(waiting.count())
    assert waiting.count() >= 2
    sample.crawl.frontier.filter(state="pending").update(state="fetched")
    newest = rows(asked(client, "crawl_status_table", key=sample.au.auid))[0]
    assert newest["num_urls_pending"] == "0"
    listed = rows(asked(client, "crawl_urls", key=f"{sample.crawl.pk}.pending"))
    assert listed == []


@pytest.mark.parametrize("table", ["V3PollerTable", "V3VoterTable"])
@pytest.mark.parametrize("quote", [urllib.parse.quote, urllib.parse.quote_plus])
def test_polls_of_an_au_by_the_key_that_1x_writes(client, sample, table, quote):
    as_person(client)
    whole = body(client.get(PATH, {"table": table, "output": "xml", "key": sample.au.auid}))
    prefixed = body(client.get(PATH, {"table": table, "output": "xml", "key": f"AU~{quote(sample.au.auid)}"}))
    assert "<st:row>" in whole
    assert prefixed == whole
    other = body(client.get(PATH, {"table": table, "output": "xml", "key": "AU~nobody"}))
    assert "No such table" in other
