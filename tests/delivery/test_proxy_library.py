"""The proxies on the node's own look-up and store: who is let in, what is shown to whom, what an auditor is told."""

import asyncio
import base64
import datetime as dt
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings as node_settings
from django.db import connections

from apps.accounts.choices import Role, Scope
from apps.accounts.models import AuditEvent
from apps.accounts.services import make_token, revoke_token
from apps.delivery.models import InstitutionProxy, OwnReaderList
from apps.delivery.proxy import service, threads
from apps.delivery.proxy.deciding import Decider
from apps.delivery.proxy.library import NodeLibrary
from apps.delivery.proxy.listener import ProxyListener
from apps.delivery.proxy.values import Credentials, Unknown, Who
from apps.delivery.publisher import own_name
from apps.delivery.services import kept as kept_sayings
from apps.lockss.delivery import Failure, Surface
from apps.repository import services as repository
from apps.repository.heads import make_head
from tests.accounts.factories import make_person
from tests.delivery.places import held, rule
from tests.repository.factories import capture, use_store
from tests.simulators.asked_publisher import ScriptedPublisher
from tests.simulators.proxy_library import Proxy, Told
from tests.simulators.publisher import Script, page

URL = "http://pub.example/a"
HERE = "127.0.0.1"


@pytest.fixture(autouse=True)
def node(db, settings, tmp_path, monkeypatch):
    use_store(settings, tmp_path / "content", network_name="")
    settings.NODE = replace(node_settings.NODE, keys_dir=tmp_path / "keys", time_zone="Europe/Madrid")
    kept_sayings.forget()
    # The listener's threads do their work with this test's connection, so that they see what is not committed.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    ours = connections["default"]

    async def here(work):
        connections["default"] = ours
        return work()

    monkeypatch.setattr(threads, "in_thread", here)


def own(*lines: str) -> None:
    OwnReaderList.objects.create(included="\n".join(lines or (HERE,)))


def get(url: str = URL, *fields: str, surface=Surface.PROXY, publisher=None, method="GET") -> Told:
    """What the proxy of this surface answers, put together as its process is."""

    async def asked() -> Told:
        library = NodeLibrary(service.clients(surface))
        decider = Decider(library, service.manner(surface), publisher)
        listener = ProxyListener(decider)
        server = await asyncio.start_server(listener.serve, HERE, 0)
        try:
            at = Proxy(server.sockets[0].getsockname()[1], listener, decider._record)
            return await at.get(url, *fields, method=method)
        finally:
            server.close()
            await listener.end()

    return asyncio.run(asked())


def dead() -> ScriptedPublisher:
    return ScriptedPublisher(Script(), {"pub.example": Failure.REFUSED})


def basic(name: str, password: str) -> str:
    return "Proxy-Authorization: Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def token(person, *scopes: str) -> str:
    return make_token(
        user=person, name="audit", scopes=list(scopes), life=dt.timedelta(days=1), request_key=uuid.uuid4()
    )[1]


# The content proxy


def test_an_own_reader_gets_the_copy_when_the_publisher_fails():
    own()
    au = held(URL)
    told = get(publisher=dead())
    assert (told.status, told.field("x-lockss"), told.field("x-lockss-from-auid")) == (
        200,
        "from-cache",
        au.auid,
    )
    assert told.body == b"".join(repository.open_body(repository.find(auid=au.auid, url=URL)))
    assert own_name() in (told.field("via") or "")
    assert told.field("cache-control") == "private, no-cache"


def test_and_the_publishers_page_while_it_does_not():
    own()
    held(URL)
    assert get(publisher=ScriptedPublisher(Script().on("/a", page("fresh")))).body == b"fresh"


def test_a_stranger_is_told_the_same_of_what_is_held_and_of_what_is_not():
    held(URL)
    answers = [get(url, publisher=dead()) for url in (URL, "http://pub.example/b", "http://other.example/")]
    assert {told.status for told in answers} == {403}
    bodies = {
        told.body.replace(b"/b", b"/a").replace(b"other", b"pub").replace(b"example/<", b"example/a<")
        for told in answers
    }
    assert len(bodies) == 1


def test_what_is_dark_is_given_to_nobody_and_asked_of_nobody():
    own()
    rule(au=held(URL), choice="dark")
    publisher = dead()
    assert get(publisher=publisher).status == 403
    assert publisher.tried == []


def test_what_is_light_is_given_without_asking():
    own()
    rule(au=held(URL), choice="light")
    publisher = dead()
    assert get(publisher=publisher).field("x-lockss") == "from-cache"
    assert publisher.tried == []


def test_open_access_is_given_to_everybody():
    rule(au=held(URL), choice="gray", open_access="yes")
    assert get(publisher=dead()).field("x-lockss") == "from-cache"


def test_a_change_counts_from_the_next_request_on():
    own()
    au = held(URL)
    assert get(publisher=dead()).status == 200
    rule(au=au, choice="dark")
    kept_sayings.forget()
    assert get(publisher=dead()).status == 403


def test_the_named_au_and_the_pages_that_name_aus():
    own()
    au = held(URL)
    assert get(URL, f"X-Lockss-Auid: {au.auid}", publisher=dead()).status == 200
    assert get(URL, "X-Lockss-Auid: nobody", publisher=dead()).status == 412
    assert (
        get(URL, f"X-Lockss-Auid: {au.auid}", publisher=dead()).field("cache-control") == "private, no-store"
    )
    told = get("http://pub.example/b", publisher=dead())
    assert told.status == 502
    assert au.name.encode() in told.body


def test_an_institutions_proxy_by_its_address_and_by_its_password(settings):
    held(URL)
    InstitutionProxy.objects.create(name="uni", addresses="192.0.2.1")
    settings.NODE = replace(settings.NODE, proxy_passwords=("uni=a long password",))
    assert get(publisher=dead()).status == 403
    assert get(URL, basic("uni", "a long password"), publisher=dead()).status == 200
    assert get(URL, basic("uni", "wrong"), publisher=dead()).status == 407
    assert get(URL, basic("other", ""), publisher=dead()).status == 407
    InstitutionProxy.objects.update(addresses=HERE)
    kept_sayings.forget()
    assert get(publisher=dead()).status == 200


def test_only_own_readers_are_forwarded_to_sites_of_no_au(settings):
    settings.NODE = replace(settings.NODE, proxy_open_forwarding=True)
    other = "http://other.example/"

    def asked() -> Told:
        return get(other, publisher=ScriptedPublisher(Script().on("/", page("theirs"))))

    assert asked().status == 403
    own()
    kept_sayings.forget()
    assert asked().body == b"theirs"


def test_a_damaged_copy_is_said_to_be_damaged():
    own()
    au = held(URL)
    flip_a_byte(au)
    told = get(publisher=dead())
    assert told.status == 502
    assert b"damaged" in told.body
    assert repository.find(auid=au.auid, url=URL).suspect


def flip_a_byte(au) -> None:
    found = repository.find(auid=au.auid, url=URL)
    file = Path(node_settings.NODE.content_dir) / found.place.file
    data = bytearray(file.read_bytes())
    data[found.place.offset + found.place.body_offset + 5] ^= 1
    file.write_bytes(data)


def test_the_next_holders_copy_stands_in_for_a_damaged_one_but_not_for_an_au_that_is_named():
    own()
    first, second = sorted((held(URL), held(URL)), key=lambda au: au.auid.encode())
    flip_a_byte(first)
    assert get(URL, f"X-Lockss-Auid: {first.auid}", publisher=dead()).status == 502
    told = get(publisher=dead())
    assert (told.status, told.field("x-lockss-from-auid")) == (200, second.auid)


def test_a_damage_that_nobody_knew_of_costs_the_reader_nothing():
    own()
    first, second = sorted((held(URL), held(URL)), key=lambda au: au.auid.encode())
    flip_a_byte(first)
    told = get(publisher=dead())
    assert (told.status, told.field("x-lockss-from-auid")) == (200, second.auid)
    assert repository.find(auid=first.auid, url=URL).suspect


# The audit proxy


def audit(*fields: str, url: str = URL) -> Told:
    return get(url, *fields, surface=Surface.AUDIT)


@pytest.mark.parametrize(
    ("roles", "scopes", "status"),
    [
        ([Role.LIBRARIAN], [Scope.CONTENT], 200),
        ([Role.NETWORK], [Scope.CONTENT], 200),
        ([Role.SYSTEM], [Scope.CONTENT], 200),
        ([Role.READER], [Scope.CONTENT], 407),
        ([Role.REPORTS], [Scope.CONTENT], 407),
        ([Role.LIBRARIAN], [Scope.STATUS], 407),
    ],
)
def test_who_may_audit(roles, scopes, status):
    """What is dark, too: that is what an audit is for."""
    au = held(URL)
    rule(au=au, choice="dark")
    person = make_person("alma", *roles)
    assert audit(basic(au.slug, token(person, *scopes))).status == status
    assert audit().status == 407
    assert audit(basic(au.slug, "lpt_wrong")).status == 407


def test_a_token_that_was_revoked_opens_nothing():
    au = held(URL)
    person = make_person("alma", Role.LIBRARIAN)
    text = token(person, Scope.CONTENT)
    assert audit(basic(au.slug, text)).status == 200
    revoke_token(token=person.tokens.get(), by=person)
    assert audit(basic(au.slug, text)).status == 407


def test_addresses_need_no_token(settings):
    au = held(URL)
    settings.NODE = replace(settings.NODE, audit_hosts=("127.0.0.0/8",))
    assert audit().status == 200
    assert audit(basic(au.slug, "")).status == 200
    assert audit(basic("x", "")).status == 407
    assert audit(basic(au.slug, "lpt_wrong")).status == 407
    settings.NODE = replace(settings.NODE, audit_hosts=("192.0.2.0/24",))
    assert audit().status == 407


def test_an_auditor_is_told_which_bytes_these_are(settings):
    settings.NODE = replace(settings.NODE, audit_hosts=(HERE,))
    au = held(URL)
    found = repository.find(auid=au.auid, url=URL)
    told = audit()
    assert told.field("x-lockss-from-auid") == au.auid
    assert told.field("x-lockss-version") == "1"
    assert told.field("x-lockss-digest") == f"SHA-256:{found.sha256.hex()}"
    assert told.field("x-lockss-last-proof") == "none"
    assert told.field("memento-datetime")
    assert told.field("cache-control") == "private, no-store"
    assert audit(url="http://pub.example/b").status == 404
    assert audit(url="http://127.0.0.1/").status == 404


def test_the_user_name_says_which_au_and_which_day(settings):
    settings.NODE = replace(settings.NODE, audit_hosts=(HERE,))
    one, other = held(URL, name="One"), held(URL, name="Other")
    for au, day, body in ((one, 10, b"one-1"), (one, 20, b"one-2"), (other, 15, b"other")):
        at = dt.datetime(2026, 3, day, 22, 30, tzinfo=dt.UTC)
        made = capture(
            URL, body, head=make_head(200, [(b"Content-Type", b"text/plain")], b"OK"), collected_at=at
        )
        repository.add_captures(auid=au.auid, captures=[made])
    assert audit(basic(other.slug, "")).body == b"other"
    assert audit(basic(one.slug, "")).body == b"one-2"
    assert audit(basic(f"{one.slug}@2026-03-20", "")).body == b"one-2", "a day ends where the node is"
    assert audit(basic(f"{one.slug}@2026-03-19", "")).body == b"one-1"
    assert audit(basic(f"{one.slug}@1990-01-01", "")).status == 404
    assert audit(basic(f"{one.slug}@2026-02-30", "")).status == 407
    assert audit(basic("0" * 20, "")).status == 404, "an AU that is not here holds nothing"


def test_an_auditor_is_told_which_unit_or_day_has_it(settings):
    settings.NODE = replace(settings.NODE, audit_hosts=(HERE,))
    one, other, third = (
        held(URL, name="One"),
        held(URL, name="Other"),
        held("http://pub.example/c", name="Third"),
    )
    for au, day in ((one, 10), (one, 20), (other, 15)):
        at = dt.datetime(2026, 3, day, 22, 30, tzinfo=dt.UTC)
        made = capture(URL, b"%d" % day, head=make_head(200, [], b"OK"), collected_at=at)
        repository.add_captures(auid=au.auid, captures=[made])

    def said(name: str, url: str = URL) -> str:
        told = audit(basic(name, ""), url=url)
        assert told.status == 404
        return told.body.decode()

    early = said(f"{one.slug}@2026-03-09")
    assert "In One, as of 9 Mar 2026, there is no copy of this page." in early
    assert "holds no copy" not in early
    assert f"<code>{one.slug}@2026-03-10</code>" in early
    assert f"/aus/{one.slug}/audit/?day=2026-03-10" in early
    assert f"<code>{other.slug}@2026-03-15</code>" in early
    assert early.index(one.slug) < early.index(other.slug)

    unit = said(third.slug)
    assert "In Third there is no copy of this page." in unit
    assert f"<code>{one.slug}</code>" in unit
    assert f"<code>{other.slug}</code>" in unit
    assert f"<code>{other.slug}@2026-03-17</code>" in said(f"{third.slug}@2026-03-17")

    nowhere = said(third.slug, "http://pub.example/nowhere")
    assert "In Third there is no copy of this page." in nowhere
    assert "Where there is a copy" not in nowhere
    assert "The archival unit that was named is not here." in said("0" * 20)
    assert "This node holds no copy of this page." in audit(url="http://pub.example/nowhere").body.decode()


def test_one_row_for_the_first_certificate_of_a_host():
    library = NodeLibrary(service.clients(Surface.PROXY))

    async def twice() -> None:
        who = await library.admit(HERE, None)
        assert isinstance(who, Who)
        for _ in range(2):
            await library.note_certificate("pub.example", who)

    asyncio.run(twice())
    row = AuditEvent.objects.get(action="delivery.proxy-certificate")
    assert row.subject == "host:pub.example"


def test_held_hosts_are_those_of_aus_that_may_be_shown():
    own()
    held("https://pub.example/a", params={"base_url": "https://pub.example/", "volume_name": "1"})
    library = NodeLibrary(service.clients(Surface.PROXY))

    async def holds() -> list[bool]:
        who, stranger = await library.admit(HERE, None), await library.admit("192.0.2.9", None)
        return [
            await library.holds_host("pub.example", who),
            await library.holds_host("pub.example", stranger),
            await library.holds_host("other.example", who),
        ]

    assert asyncio.run(holds()) == [True, False, False]


def test_the_audit_process_has_nothing_that_could_ask_a_publisher():
    assert service.listener(Surface.AUDIT)[1] is None
    assert service.manner(Surface.AUDIT).never
    listener, publisher = service.listener(Surface.PROXY)
    assert publisher is not None
    assert listener._tunnel is None, "https is ended only where that is switched on"


def test_wrong_tokens_are_slowed_down():
    library = NodeLibrary(service.clients(Surface.AUDIT))

    async def often() -> list[object]:
        return [await library.admit("192.0.2.77", Credentials("0" * 20, f"lpt_{n}")) for n in range(30)]

    found = asyncio.run(often())
    assert all(isinstance(each, Unknown) for each in found)
    assert found[-1].wait > 0


@pytest.fixture
def remembering(settings):
    """As a node runs: what was found a moment ago is good for the next question."""
    settings.SERVING_STAMP_S = settings.SERVING_REMEMBERED_S = 600.0
    kept_sayings.forget()
    yield
    kept_sayings.forget()


def asked(library: NodeLibrary, url: str = URL, address: str = HERE, **more):
    async def known():
        who = await library.admit(address, more.pop("credentials", None))
        return who, await library.know(url, who, **more) if isinstance(who, Who) else None

    return asyncio.run(known())


@pytest.fixture
def no_questions(monkeypatch):
    async def fail(_work):
        pytest.fail("the database is asked")

    return lambda: monkeypatch.setattr("apps.delivery.proxy.library.with_database", fail)


@pytest.mark.parametrize("url", [URL, "http://pub.example/not-held", "http://elsewhere.example/"])
def test_the_next_reader_asks_nobody(remembering, no_questions, url):
    own("192.0.2.0/24")
    rule(au=held(URL), choice="light", serve="yes", while_available="yes")
    library = NodeLibrary(service.clients(Surface.PROXY))
    for address in ("192.0.2.1", "198.51.100.7"):
        before = asked(library, url, address)
    first = asked(library, url, "192.0.2.1")
    no_questions()
    assert asked(library, url, "192.0.2.1") == first
    who, known = asked(library, url, "192.0.2.9")
    assert (who.own, known) == (True, first[1])
    assert asked(library, url, "198.51.100.7") == before
    assert not before[0].own


def test_after_a_rule_the_database_is_asked_again(remembering, settings):
    own("192.0.2.0/24")
    row = rule(au=held(URL), choice="light", serve="yes", while_available="yes")
    library = NodeLibrary(service.clients(Surface.PROXY))
    assert all(asked(library, address="192.0.2.1")[1].has for _ in range(2))
    row.choice = "dark"
    row.save()
    settings.SERVING_STAMP_S = 0.0
    assert not asked(library, address="192.0.2.1")[1].has
    settings.SERVING_STAMP_S = 600.0
    assert not any(asked(library, address="192.0.2.1")[1].has for _ in range(2))


def test_a_password_is_proven_each_time(remembering, settings):
    InstitutionProxy.objects.create(name="campus", addresses="203.0.113.5")
    settings.NODE = replace(settings.NODE, proxy_passwords=("campus=right",))
    library = NodeLibrary(service.clients(Surface.PROXY))
    for _ in range(3):
        who, _known = asked(library, address="203.0.113.6", credentials=Credentials("campus", "right"))
        assert who.reader.proxy == "campus"
        asked(library, address="203.0.113.6")
        wrong, _known = asked(library, address="203.0.113.7", credentials=Credentials("campus", "wrong"))
        assert isinstance(wrong, Unknown)


def test_an_auditor_is_never_known_from_memory(remembering):
    held(URL)
    library = NodeLibrary(service.clients(Surface.AUDIT))
    for _ in range(2):
        asked(NodeLibrary(service.clients(Surface.PROXY)))
    assert library._clients.at_once(HERE, None) is None
