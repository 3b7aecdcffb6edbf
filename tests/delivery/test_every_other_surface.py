"""The same as ``test_every_surface.py`` for the proxies, the portal, the lines for proxies and the export."""

import asyncio
from dataclasses import replace

import pytest
from django.conf import settings as node_settings

from apps.accounts.choices import Role
from apps.delivery.passes import Right, proven
from apps.delivery.proxy import given as fields_given
from apps.delivery.proxy import service
from apps.delivery.proxy.deciding import Decider
from apps.delivery.proxy.kinds import KINDS as FORMS
from apps.delivery.proxy.library import NodeLibrary
from apps.delivery.proxy.values import Unknown
from apps.delivery.publisher import HostRecord
from apps.exports.allowed import hidden_from
from apps.lockss.delivery import Access, PublisherFlag, Surface
from apps.lockss.http1 import HeadReader, HeadRefusal, RequestHead
from tests.accounts.factories import make_person
from tests.delivery.surfaces import BY_ADDRESS, COPY, FRESH, KINDS, OUTSIDE, PLACES, Place, Who, listed_to
from tests.delivery.surfaces_node import UP, Node, names_in, node, pairs

__all__ = ["node"]
pytestmark = pytest.mark.django_db


# --- The proxies


def parse_request(url: str, *fields: str) -> RequestHead | HeadRefusal | None:
    lines = [f"GET {url} HTTP/1.1", f"Host: {url.split('/')[2]}", *fields, "", ""]
    return HeadReader().feed("\r\n".join(lines).encode())


def ask_proxy(node: Node, who: Who, url: str, *fields: str, surface: Surface = Surface.PROXY) -> tuple | None:
    """Status, fields and body; None for who is not let in."""
    head = parse_request(url, *fields)
    assert isinstance(head, RequestHead)

    async def asked() -> tuple | None:
        library = NodeLibrary(service.clients(surface))
        known = await library.admit(who.address, None)
        if isinstance(known, Unknown):
            return None
        publisher = node.publisher if surface is Surface.PROXY else None
        decider = Decider(library, service.manner(surface), publisher, HostRecord())
        found = await decider.answer(head, url, known, fields_given.by_name(head))
        body = found.body if isinstance(found.body, bytes) else b"".join([each async for each in found.body])
        if found.close is not None:
            await found.close()
        return found.status, list(found.fields), body

    return asyncio.run(asked())


def same_but_for_names(told: tuple, place: Place) -> str:
    return repr(told).replace(place.slug, "<asked>").replace(place.word, "<asked>")


@UP
@pytest.mark.parametrize("how", ["plain", "of its AU", "from the cache"])
def test_the_content_proxy_gives_a_url_as_the_verdict_says(node, up, how):
    wrong = []
    for name, who, word in pairs(BY_ADDRESS):
        node.turn(up=up)
        place, kind = PLACES[word], KINDS[word]
        verdict = who.verdict(kind, Surface.PROXY)
        fields = {
            "plain": lambda _place: (),
            "of its AU": lambda place: (f"X-Lockss-Auid: {place.auid}",),
            "from the cache": lambda _place: ("X-Lockss-Source: cache",),
        }[how]
        told = ask_proxy(node, who, place.url, *fields(place))
        asked = node.publisher.tried
        if verdict.access is Access.HIDDEN:
            twin = ask_proxy(node, who, place.twin.url, *fields(place.twin))
            if asked or same_but_for_names(told, place) != same_but_for_names(twin, place.twin):
                wrong.append(f"{word} for {name}: hidden, {told}, not as {twin}")
            continue
        ours = verdict.access is Access.OPEN or kind.facts.publisher is PublisherFlag.NEVER
        ours = ours or (how == "from the cache" and not verdict.publisher_first)
        expected = (COPY + word.encode()) if ours or not up else FRESH.encode()
        if told[0] != 200 or expected != told[2] or bool(asked) is ours:
            wrong.append(f"{word} for {name}: {verdict.access}, {told}, asked {asked}")
    assert wrong == []


def test_what_is_missing_at_the_proxy_names_only_what_may_be_shown(node):
    node.turn(up=False)
    for name, who in BY_ADDRESS.items():
        told = ask_proxy(node, who, "http://shared.example/missing")
        listed = listed_to(who, Surface.PROXY)
        assert names_in(told[2]) in (listed, set()), name
        assert told[0] == (403 if not listed else told[0]), name


def test_the_audit_proxy_shows_auditors_all_and_others_nothing(node, settings):
    settings.NODE = replace(node_settings.NODE, audit_hosts=("192.0.2.9",))
    for name, who, word in pairs(BY_ADDRESS):
        told = ask_proxy(node, who, PLACES[word].url, surface=Surface.AUDIT)
        if who.address == "192.0.2.9":
            assert (told[0], told[2]) == (200, COPY + word.encode()), (name, word)
        else:
            assert told is None, (name, word)
    assert node.publisher.tried == []


# --- The portal


@pytest.fixture
def signed_in(client):
    def enter(role: Role):
        client.force_login(make_person(f"a-{role}", role))
        return client

    return enter


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("address", [OUTSIDE, "192.0.2.9"], ids=["from outside", "from inside"])
def test_the_portal_leads_to_what_may_be_read_and_to_no_other_page(node, signed_in, role, address):
    client = signed_in(role)
    who = Who(address, frozenset({str(role)}))
    for word, kind in KINDS.items():
        place, verdict = PLACES[word], who.verdict(kind)
        carer = role in (Role.LIBRARIAN, Role.NETWORK, Role.SYSTEM)
        copy = client.get(f"/aus/{place.slug}/open/", {"url": place.url}, REMOTE_ADDR=address)
        assert copy.status_code == (302 if verdict.listed or carer else 403), word
        if copy.status_code == 302:
            ticket = copy["Location"].split("/")[4]
            assert proven(Right.TICKET, ticket).carer is (carer and verdict.access is not Access.OPEN), word
        where = {"at": f"/ServeContent?url={place.url}"}
        assert client.get("/open/", where, REMOTE_ADDR=address).status_code == (
            302 if verdict.listed else 404
        ), word


@pytest.mark.parametrize("form", FORMS)
def test_lines_for_proxies_name_the_sites_of_what_may_be_shown(node, signed_in, form):
    for role in (Role.READER, Role.REPORTS):
        client = signed_in(role)
        for address in (OUTSIDE, "192.0.2.9", "192.0.2.66"):
            answer = client.get("/proxies/lines/", {"as": form}, REMOTE_ADDR=address)
            text = b"".join(answer.streaming_content).decode()
            listed = listed_to(Who(address, frozenset({str(role)})), Surface.PROXY)
            assert {word for word in KINDS if word in text} == listed, (role, address)
            assert ("shared.example" in text) == bool(listed)


@pytest.mark.parametrize("role", [Role.READER, Role.REPORTS, Role.LIBRARIAN])
def test_the_portals_openurl_page_opens_what_may_be_read(node, signed_in, role):
    client = signed_in(role)
    who = Who(OUTSIDE, frozenset({str(role)}))
    for word, kind in KINDS.items():
        place = PLACES[word]
        listed = who.verdict(kind).listed
        told = client.get("/openurl/", {"q": f"title=The {word}&volume=7"}, REMOTE_ADDR=OUTSIDE).content
        assert (f"/aus/{place.slug}/".encode() in told) is listed, word
        assert (f"/aus/{place.slug}/open/".encode() in told) is listed, word


def test_an_export_has_what_may_be_exported(node):
    keys = {au.pk: word for word, au in node.aus.items()}
    for role in Role:
        person, auditor = make_person(f"x-{role}", role), role in (Role.NETWORK, Role.SYSTEM)
        who = Who("", frozenset({str(role)}))
        left_out = {keys[pk] for pk in hidden_from(person, keys, auditor=auditor)}
        expected = set() if auditor else set(KINDS) - listed_to(who, Surface.EXPORT)
        assert left_out == expected, role
