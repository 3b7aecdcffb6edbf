"""The portal's part: who is there, and the way to the content host."""

import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from django.conf import settings as node_settings

from apps.accounts.choices import Role
from apps.accounts.models import AuditEvent
from apps.delivery.addresses import parse
from apps.delivery.passes import Right, holds, proven
from apps.delivery.spelling import digest_of
from tests.asking import as_person
from tests.delivery.conftest import AUID, SITE, SLUG, second_au
from tests.delivery.simulated import GRAY, HIDDEN
from tests.delivery.simulated import OPEN as SHOWN
from tests.factories import make_agreement, make_publisher

pytestmark = pytest.mark.django_db
URL = "http://pub.example/a?b=c&d=%2F#e"
OPEN = f"/aus/{SLUG}/open/"


@pytest.mark.parametrize("role", Role)
def test_whoever_has_a_role_gets_a_ticket(client, au, role):
    as_person(client, role)
    answer = client.get(OPEN, {"url": URL, "version": "2"})
    assert answer.status_code == 302
    assert answer["Location"].startswith("http://localhost:8082/o/")
    asked = parse(answer["Location"].removeprefix("http://localhost:8082"))
    assert (asked.slug, asked.url, asked.version) == (SLUG, URL, 2)
    assert holds(Right.TICKET, asked.ticket, SLUG)
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "no-referrer"


def test_nobody_signs_in_first_and_comes_back(client, au):
    answer = client.get(OPEN, {"url": URL})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/sign-in/?next=%2Faus%2F")
    assert "open%2F%3Furl%3D" in answer["Location"]


def test_right_behind_the_sign_in_form_a_page_goes_on_by_itself(client, au):
    """The redirects after a form count as the form's, which may lead to the portal alone."""
    as_person(client, Role.READER)
    answer = client.get(
        OPEN,
        {"url": "http://pub.example/a?b=c"},
        headers={"Referer": "http://testserver/accounts/sign-in/?next=x"},
    )
    assert answer.status_code == 200
    wait, _, to = answer["Refresh"].partition("; url=")
    assert wait == "0"
    assert to.startswith("http://localhost:8082/o/")
    assert to.endswith(f"/{SLUG}/-/http://pub.example/a?b=c")
    assert f'href="{to}"' in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_an_account_without_a_role_reads_nothing(client, au):
    as_person(client)
    assert client.get(OPEN, {"url": URL}).status_code == 403


def test_the_portal_only_gives_ways(client, au):
    as_person(client, Role.READER)
    assert client.post(OPEN, {"url": URL}).status_code == 405


def test_a_digest_stands_for_a_long_url(client, au):
    as_person(client, Role.READER)
    answer = client.get(OPEN, {"sha256": digest_of(URL)})
    assert answer["Location"].endswith(f"/{SLUG}/-/@{digest_of(URL)}")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"url": ""},
        {"sha256": "x"},
        {"sha256": "A" * 64},
        {"url": URL, "version": "0"},
        {"url": URL, "version": "-1"},
        {"url": URL, "version": "٣"},
        {"url": URL, "version": "9" * 40},
    ],
)
def test_what_cannot_be_meant(client, au, query):
    as_person(client, Role.READER)
    assert client.get(OPEN, query).status_code == 400


def test_a_way_into_a_unit_of_which_nothing_is_held_is_no_act(client, au):
    as_person(client, Role.LIBRARIAN)
    empty = second_au(SITE)
    assert client.get(f"/aus/{empty.slug}/open/", {"url": URL}).status_code == 302
    assert not AuditEvent.objects.filter(subject=f"au:{empty.slug}").exists()
    client.get(OPEN, {"url": URL})
    assert AuditEvent.objects.filter(subject=f"au:{SLUG}").count() == 1


def test_an_unknown_au(client, au):
    as_person(client, Role.READER)
    assert client.get(f"/aus/{'b' * 20}/open/", {"url": URL}).status_code == 404


@pytest.mark.parametrize(
    "url", ["//evil.example/", "javascript:alert(1)", "\\\\evil.example", "http://evil.example/@"]
)
def test_it_leads_to_no_other_host(client, au, url, settings):
    settings.NODE = replace(node_settings.NODE, content_url="https://content.example")
    as_person(client, Role.READER)
    assert client.get(OPEN, {"url": url})["Location"].startswith("https://content.example/o/")


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.READER, 403), (Role.REPORTS, 403), (Role.LIBRARIAN, 302), (Role.NETWORK, 302), (Role.SYSTEM, 302)],
)
def test_what_the_publisher_keeps_from_readers(client, au, rooms, role, status):
    """Who looks after the copy may check it all the same."""
    rooms.policies[AUID] = HIDDEN
    au.publisher = make_publisher()
    au.save()
    make_agreement(au.publisher, serve="no")
    as_person(client, role)
    answer = client.get(OPEN, {"url": URL})
    assert answer.status_code == status
    if status == 403:
        assert "does not let this AU be shown to readers" in answer.content.decode()
        assert "/o/" not in answer.content.decode()


# --- Other addresses of the content host

SERVED = f"/ServeContent?url={SITE}/new/"


@pytest.mark.parametrize(
    "at", [SERVED, f"/all/20261121061230mp_/{SITE}/new/", "/ServeContent", f"/all/timemap/link/{SITE}/new/"]
)
def test_an_address_of_the_content_host_is_led_back_to_with_a_ticket(client, au, at):
    as_person(client, Role.READER)
    answer = client.get(OPEN, {"at": at})
    assert answer.status_code == 302
    before, ticket, rest = re.fullmatch(r"(.*)/o/([0-9a-f.]+)(/.*)", answer["Location"]).groups()
    assert (before, rest) == ("http://localhost:8082", at)
    proof = proven(Right.TICKET, ticket)
    assert (proof.slug, proof.roles, proof.carer) == (SLUG, {"reader"}, False)
    assert answer["Cache-Control"] == "no-store"
    assert client.get("/open/", {"at": at})["Location"] == OPEN + "?at=" + quote(at, safe="")


@pytest.mark.parametrize(
    "at",
    [
        "",
        "//evil.example/",
        "/o/x/ServeContent",
        "http://evil.example/",
        "/ServeContent?url=javascript:x",
        "/ServeContentX",
        "/ServeContent?url=http://a/\r\nX: y",
        "/aus/",
        "/\\evil.example",
        "@evil.example/ServeContent",
    ],
)
@pytest.mark.parametrize("view", [OPEN, "/open/"])
def test_it_leads_to_nothing_else(client, au, view, at):
    as_person(client, Role.READER)
    assert client.get(view, {"at": at}).status_code == 400


def test_the_au_is_looked_up_for_this_person(client, au, rooms):
    other = second_au("http://other.example/", auid="a|lower")
    rooms.sites[other.auid] = ("http://other.example/",)
    as_person(client, Role.READER)
    at = "/ServeContent?url=http://other.example/x"
    answer = client.get("/open/", {"at": at})
    assert answer.status_code == 404
    assert "http://other.example/x" in answer.content.decode()
    assert other.slug not in answer.content.decode()
    rooms.policies[other.auid] = SHOWN
    assert client.get("/open/", {"at": at})["Location"].startswith(f"/aus/{other.slug}/open/?at=")


def test_a_carer_is_told_from_a_reader(client, au, rooms):
    rooms.policies[AUID] = HIDDEN
    as_person(client, Role.LIBRARIAN)
    ticket = re.search(r"/o/([0-9a-f.]+)/", client.get(OPEN, {"at": SERVED})["Location"])[1]
    assert proven(Right.TICKET, ticket).carer


@pytest.mark.parametrize(
    ("role", "carer"), [(Role.READER, False), (Role.LIBRARIAN, True), (Role.NETWORK, True)]
)
def test_who_looks_after_a_gray_copy_sees_the_copy_and_by_readers_ways_what_readers_see(
    client, au, rooms, role, carer
):
    rooms.policies[AUID] = GRAY
    as_person(client, role)
    for where, expected in (({"url": URL}, carer), ({"at": SERVED}, False)):
        ticket = re.search(r"/o/([0-9a-f.]+)/", client.get(OPEN, where)["Location"])[1]
        assert proven(Right.TICKET, ticket).carer is expected


def test_what_is_dark_is_said_to_be_kept(client, au, rooms):
    rooms.policies[AUID] = HIDDEN
    as_person(client, Role.READER)
    answer = client.get(OPEN, {"url": URL})
    assert answer.status_code == 403
    assert "not shown to readers" in answer.content.decode()
