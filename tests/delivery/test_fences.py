"""What may never happen on the content host, each tried (delivery-rulings §2), and that one verdict holds everywhere."""

import datetime as dt
import re
from urllib.parse import quote

import pytest

from apps.common.clock import now
from apps.delivery import content, views
from apps.delivery import node_rooms as node_rooms_module
from apps.delivery.headers import plain
from apps.delivery.models import OwnReaderList, ServingRule, TriggerEvent
from apps.delivery.node_rooms import NodeRooms, node_rooms
from apps.delivery.passes import Right, proven
from apps.delivery.rooms import Host
from apps.delivery.services.sites import read_sites_of
from apps.lockss.delivery import Failure
from apps.repository import services as repository
from tests.delivery.conftest import AUID, SITE, SLUG, page, pass_for
from tests.delivery.places import rule
from tests.delivery.simulated import GRAY, LIGHT, OPEN
from tests.simulators.asked_publisher import ScriptedPublisher
from tests.simulators.publisher import Reply, Script

pytestmark = pytest.mark.django_db
URL = f"{SITE}/new/"
AT = "20261121061230"
FORMS = {
    "stored": f"/{SLUG}/-/{URL}",
    "version": f"/{SLUG}/1/{URL}",
    "serve": f"/ServeContent?url={URL}",
    "serve path": f"/ServeContent/{URL}",
    "serve au": f"/ServeContent?url={URL}&auid={quote(AUID, safe='')}",
    "serve version": f"/ServeContent?url={URL}&auid={quote(AUID, safe='')}&version=1",
    "mp": f"/all/{AT}mp_/{URL}",
    "id": f"/all/{AT}id_/{URL}",
    "au": f"/au-{SLUG}/{AT}/{URL}",
    "newest": f"/all/id_/{URL}",
}
LISTS = {
    "index": "/ServeContent",
    "index of a site": f"/ServeContent?host={SITE}/",
    "missing": f"/ServeContent?url={SITE}/none",
    "timegate": f"/all/timegate/{URL}",
    "timemap": f"/all/timemap/link/{URL}",
    "timemap json": f"/all/timemap/json/{URL}",
    "versions": f"/all/*/{URL}",
    "cdx": f"/all/cdx?url={URL}",
    "cdx prefix": f"/au-{SLUG}/cdx?url={SITE}/*",
}
OWN, STRANGER = "192.0.2.1", "203.0.113.9"


@pytest.fixture
def node(ask, au, monkeypatch):
    """The content host with the node's own rules; the AU lies on its site."""
    node_rooms_module._stems.cache_clear()
    host = Host(NodeRooms(), content._asking)
    monkeypatch.setattr(content, "host", lambda: host)
    monkeypatch.setattr(views, "node_rooms", node_rooms)
    au.params = {"base_url": f"{SITE}/"}
    au.save()
    read_sites_of([au])
    return ask


def shows(got) -> bool:
    return b"kept" in got.body


def names(got) -> bool:
    """Whether an answer says that the AU or its page is there."""
    told = got.body + got.headers.get("location", "").encode() + got.headers.get("link", "").encode()
    return got.status < 400 and (b"Estuaries" in got.body or AT.encode() in told or b"/p.pdf" in got.body)


# --- One verdict


RULES = {
    "dark": ({"choice": "dark"}, False, False),
    "gray": ({"choice": "gray"}, True, False),
    "light": ({"choice": "light"}, True, False),
    "open access": ({"choice": "light", "open_access": "yes"}, True, True),
    "openly": ({"choice": "light", "openly": "yes"}, True, True),
    "serving refused": ({"choice": "light", "serve": "no"}, False, False),
    "embargo": (
        {"choice": "light", "open_access": "yes", "embargo_until": dt.date(2999, 1, 1)},
        False,
        False,
    ),
}


@pytest.mark.parametrize("said", RULES)
def test_every_address_and_every_list_agrees(node, au, said):
    given, readers_may, strangers_may = RULES[said]
    rule(au=au, **given)
    key = pass_for()
    for name, form in FORMS.items():
        assert shows(node(f"/t/{key}{form}")) is readers_may, f"reader, {name}"
        assert shows(node(form, client=STRANGER)) is strangers_may, f"stranger, {name}"
    for name, form in LISTS.items():
        if name == "missing":
            continue
        assert names(node(f"/t/{key}{form}")) is readers_may, f"reader, {name}"
        assert names(node(form, client=STRANGER)) is strangers_may, f"stranger, {name}"
    assert (b"Estuaries" in node(f"/t/{key}{LISTS['missing']}").body) is readers_may
    assert (b"Estuaries" in node(LISTS["missing"], client=STRANGER).body) is strangers_may


def test_a_change_counts_from_the_next_request_on(node, au):
    one = rule(au=au, choice="light")
    key = pass_for()
    forms = [f"/t/{key}{form}" for form in FORMS.values()]
    assert all(shows(node(form)) for form in forms)
    ServingRule.objects.filter(pk=one.pk).update(choice="dark")
    assert not any(shows(node(form)) for form in forms), "the kept body as little as the pass"


def test_own_readers_by_address_need_no_pass(node, au):
    rule(au=au, choice="light")
    OwnReaderList.objects.create(included="192.0.2.0/24", excluded="192.0.2.66")
    for form in FORMS.values():
        assert shows(node(form, client=OWN))
        assert not shows(node(form, client="192.0.2.66"))
        assert not shows(node(form, client=STRANGER))


def test_a_trigger_event_opens_to_everybody(node, au):
    rule(au=au, choice="dark")
    event = TriggerEvent.objects.create(
        au=au, reason="gone", since=dt.date(2026, 1, 1), proposed_name="a", proposed_at=now()
    )
    assert not any(shows(node(form, client=STRANGER)) for form in FORMS.values())
    event.confirmed_name, event.confirmed_at = "b", now()
    event.save()
    assert all(shows(node(form, client=STRANGER)) for form in FORMS.values())


# --- What pages of strangers may read


@pytest.mark.parametrize("kind", ["text/css", "application/json", "font/woff2", "text/javascript"])
@pytest.mark.parametrize("way", ["/ServeContent?url=", f"/all/{AT}oe_/", f"/all/{AT}id_/", f"/{SLUG}/-/"])
def test_a_stranger_in_the_readers_browser_reads_nothing_by_her_address(ask, rooms, au, way, kind):
    """Her address opens it, and every page that she visits asks from there (ruling C10)."""
    rooms.addresses.add(OWN)
    rooms.policies[AUID] = LIGHT
    repository.add_captures(auid=AUID, captures=[page(f"{SITE}/loaded", b"x", kind)])
    assert "access-control-allow-origin" not in ask(f"{way}{SITE}/loaded").headers
    assert ask(f"/t/{pass_for()}{way}{SITE}/loaded").headers["access-control-allow-origin"] == "*"
    rooms.policies[AUID] = OPEN
    assert ask(f"{way}{SITE}/loaded").headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("form", LISTS.values())
def test_nor_lists(ask, rooms, au, form):
    rooms.addresses.add(OWN)
    rooms.policies[AUID] = LIGHT
    assert "access-control-allow-origin" not in ask(form).headers


@pytest.mark.parametrize("way", ["/ServeContent?url=", f"/all/{AT}mp_/"])
def test_the_page_of_a_reader_by_address_loads_with_a_pass_that_gives_no_more(ask, rooms, au, way):
    rooms.addresses.add(OWN)
    rooms.policies[AUID] = LIGHT
    sheet = b"@font-face{src:url(/f.woff2)}"
    repository.add_captures(
        auid=AUID,
        captures=[
            page(f"{SITE}/with", b'<link rel=stylesheet href="/with.css">', "text/html"),
            page(f"{SITE}/with.css", sheet, "text/css"),
            page(f"{SITE}/f.woff2", b"font", "font/woff2"),
        ],
    )
    got = ask(f"{way}{SITE}/with")
    for _each in ("with.css", "f.woff2"):
        link = re.search(rb"(/t/[0-9a-f.]+/[^\"\s)]+)", got.body)[1].decode()
        got = ask(link)
        assert (got.status, got.headers["access-control-allow-origin"]) == (200, "*")
    assert got.body == b"font"
    key = re.match(r"/t/([^/]+)", link)[1]
    proof = proven(Right.PASS, key, OWN)
    assert (proof.slug, proof.roles, proof.carer) == (SLUG, frozenset(), False)
    assert ask(link, client=STRANGER).status == 302
    rooms.addresses.clear()
    assert ask(link).status == 404, "it gives nothing that the address does not"


# --- What is never fetched


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8081/", "http://localhost/", "http://169.254.169.254/latest/", "http://[::ffff:7f00:1]/",
        "http://0x7f.1/", "http://2130706433/", "http://pub.example.evil.net/", "http://pub.example@evil.net/",
        "http://evil.net%2F@pub.example/", "http://pub.example:25/", "http://pub.example:8081/", "https://evil.net/http://pub.example/",
        "http://pub.example%5C@evil.net/", "http://evil.net/\\@pub.example/", "http://a..pub.example/",
    ],
)  # fmt: skip
def test_nothing_that_no_au_names_is_asked(node, au, url):
    rule(au=au, choice="gray")
    publisher = ScriptedPublisher(Script({}, other=Reply(200, b"secret")))
    content.host().publisher = publisher
    for form in (f"/ServeContent?url={quote(url, safe='')}", f"/ServeContent?rft_id={quote(url, safe='')}"):
        got = node(f"/t/{pass_for()}{form}")
        assert b"secret" not in got.body
        assert got.status in (400, 404)
    assert publisher.script.asked == []


# --- What goes to the reader


@pytest.fixture
def odd(ask, rooms):
    """A publisher that says whatever it likes, live and preserved."""
    rooms.addresses.add(OWN)
    fields = (
        ("Set-Cookie", "a=b"), ("Content-Security-Policy", "default-src *"), ("Strict-Transport-Security", "max-age=9"),
        ("Clear-Site-Data", '"*"'), ("Alt-Svc", "h3=x"), ("Service-Worker-Allowed", "/"), ("Refresh", "0;url=/x"),
        ("Access-Control-Allow-Origin", "*"), ("X-Frame-Options", "DENY"), ("Link", "<http://x/>; rel=preload"),
        ("Location", "http://evil.example/"), ("Content-Location", "http://evil.example/"), ("Report-To", "{}"),
        ("Cache-Control", "public, max-age=99999, immutable"), ("Content-Disposition", "attachment"), ("NEL", "{}"),
        ("Memento-Datetime", "never"), ("X-Lockss", "lies"), ("Via", "x"), ("Vary", "*"), ("Age", "7"), ("Expires", "never"),
    )  # fmt: skip
    stored = [(name.encode(), value.encode()) for name, value in fields]
    repository.add_captures(auid=AUID, captures=[page(f"{SITE}/odd", b"<p>kept", "text/html", *stored)])
    live = Reply(200, b"<p>live", (("Content-Type", "text/html"), *fields))
    rooms.host.publisher = ScriptedPublisher(Script({"/odd": live}))
    return ask


@pytest.mark.parametrize("way", ["/ServeContent?url=", f"/all/{AT}id_/", f"/all/{AT}mp_/", f"/{SLUG}/-/"])
@pytest.mark.parametrize("live", [False, True])
def test_no_field_of_the_publishers_is_obeyed(odd, rooms, way, live):
    if live:
        rooms.policies[AUID] = GRAY
    got = odd(f"{way}{SITE}/odd")
    if live and way.endswith("/-/"):
        # Of a gray AU the publisher is asked first.
        way = "/ServeContent"
        got = odd(got.headers["location"])
    assert got.status == 200
    assert (b"live" in got.body) is (live and way.startswith("/Serve"))
    count = [name for name, _ in got.raw]
    assert len(count) == len(set(count))
    for never in (
        "set-cookie", "strict-transport-security", "clear-site-data", "alt-svc", "service-worker-allowed", "refresh",
        "access-control-allow-origin", "x-frame-options", "location", "report-to", "nel", "age", "expires",
    ):  # fmt: skip
        assert never not in got.headers, never
    assert got.headers["cache-control"] == "private, no-store"
    assert got.headers["content-security-policy"].startswith("sandbox ")
    assert "allow-scripts" not in got.headers["content-security-policy"]
    assert "preload" not in got.headers.get("link", "")
    assert got.headers["content-disposition"].startswith("inline")
    assert got.headers.get("x-lockss") != "lies"


@pytest.mark.parametrize(
    "form", [*FORMS.values(), *LISTS.values(), "/o/x/ServeContent", "/none", "/ServeContent?url=x"]
)
def test_no_cache_keeps_any_of_it(ask, rooms, au, form):
    rooms.addresses.add(OWN)
    for before in ("", f"/t/{pass_for()}", "/t/forged"):
        got = ask(before + form)
        assert got.headers["cache-control"] == "private, no-store"
        assert "set-cookie" not in got.headers


@pytest.mark.parametrize("form", [*FORMS.values(), *LISTS.values()])
def test_other_hosts_workers_and_methods_are_refused_everywhere(ask, rooms, au, form):
    rooms.addresses.add(OWN)
    assert ask(form, host="127.0.0.1:8081").status == 421
    assert ask(form, host="localhost.evil.example").status == 421
    assert ask(form, service_worker="script").status == 403
    for method in ("POST", "PUT", "OPTIONS", "TRACE", "CONNECT"):
        assert ask(form, method=method).status == 405


BREAKS = "%0d%0aX-Evil:%20yes%0d%0a%0d%0a<script>alert(1)</script>"


@pytest.mark.parametrize(
    "form",
    [
        f"/ServeContent?url={SITE}/old{BREAKS}", f"/ServeContent/{SITE}/old{BREAKS}", f"/ServeContent?url={SITE}/&auid={BREAKS}",
        f"/all/timegate/{SITE}/new/{BREAKS}", f"/all/{AT}mp_/{SITE}/{BREAKS}", f"/all/timemap/link/{SITE}/{BREAKS}",
        f"/all/cdx?url={SITE}/{BREAKS}", f"/all/cdx?url=x&matchType={BREAKS}", f"/ServeContent?search={BREAKS}&after={BREAKS}",
        f"/ServeContent?host={SITE}/{BREAKS}", f"/ServeContent?rft_id={SITE}/{BREAKS}", f"/o/x/{BREAKS}", f"/{SLUG}/-/{SITE}/{BREAKS}",
        f"/t/{'0' * 20}.1.1.{'0' * 40}/ServeContent?url={SITE}/{BREAKS}",
    ],
)  # fmt: skip
def test_what_is_asked_breaks_into_nothing(ask, rooms, au, form):
    rooms.addresses.add(OWN)
    got = ask(form)
    assert "x-evil" not in got.headers
    for name, value in got.raw:
        assert "\r" not in value + name
        assert "\n" not in value + name
    if "text/html" in got.headers.get("content-type", ""):
        assert b"<script>alert" not in got.body


def test_an_auid_with_odd_signs_is_one_line_of_ascii():
    assert plain("a|b&c~d") == "a|b&c~d"
    assert plain("é\r\nX: y") == "%C3%A9%0D%0AX: y"


@pytest.mark.parametrize(
    "form",
    [
        "/ServeContent?url=//evil.example/", "/ServeContent?url=https:evil.example", "/ServeContent//evil.example/x",
        "/o/x//evil.example/", f"/o/{'0' * 20}.1.1.{'0' * 40}//evil.example/", "//evil.example/", "/all/timegate//evil.example/",
        f"/all/{AT}mp_///evil.example/", "/t/forged/ServeContent?url=http://evil.example/", "/\\evil.example/",
    ],
)  # fmt: skip
def test_nothing_leads_to_another_host(ask, rooms, au, form):
    """But to the portal."""
    got = ask(form)
    to = got.headers.get("location", "")
    assert to == "" or re.match(r"/(?![/\\])|http://127\.0\.0\.1:8081/", to), to


def test_a_url_as_a_link_is_never_a_script(ask, rooms, au):
    rooms.addresses.add(OWN)
    for text in ("javascript:alert(1)", "data:text/html,x", "vbscript:x", " javascript:x", "java%0ascript:x"):
        for form in (f"/ServeContent?url={text}", f"/all/{AT}mp_/{text}", f"/all/timegate/{text}"):
            got = ask(form)
            assert got.status in (400, 404)
            assert not re.search(rb'href="\s*(?:java|data|vb)', got.body)


def test_two_dead_publishers_are_not_waited_for_again(ask, rooms, au):
    rooms.addresses.add(OWN)
    rooms.policies[AUID] = GRAY
    publisher = ScriptedPublisher(Script({}), {"pub.example": Failure.CONNECT_TIMEOUT})
    rooms.host.publisher = publisher
    assert ask(f"/ServeContent?url={URL}").status == 200
    rooms.host.publisher = ScriptedPublisher(
        Script({}, other=Reply(200, b"back", (("Content-Type", "text/plain"),)))
    )
    assert ask(f"/ServeContent?url={URL}").headers["x-lockss"] == "from-cache"
