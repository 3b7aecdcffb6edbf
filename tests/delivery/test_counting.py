"""Which deliveries whoever counts is told of, by which surface, and that telling costs no question to the database."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.delivery import counting
from apps.delivery.addresses import path_of, spell
from apps.lockss.delivery import Reader, Surface
from apps.repository import services as repository
from tests.delivery.conftest import AUID, PAGE, SITE, SLUG, page, pass_for
from tests.delivery.simulated import OPEN
from tests.delivery.test_proxy_library import basic, dead, get, node, own, token  # noqa: F401 - a fixture
from tests.simulators.asked_publisher import ScriptedPublisher
from tests.simulators.publisher import Script
from tests.simulators.publisher import page as sent

pytestmark = pytest.mark.django_db
ARTICLE = f"{SITE}/new/"
SERVE = f"/ServeContent?url={ARTICLE}&noproxy=1"
REPLAY = f"/all/20261121061230id_/{ARTICLE}"
FIREFOX = "Mozilla/5.0 Firefox/128.0"


@pytest.fixture
def told():
    found: list[counting.Delivered] = []
    counting.provide(found.append)
    yield found
    counting.provide(None)


@pytest.fixture
def library(rooms):
    """The client is one of the node's own readers."""
    rooms.addresses.add("192.0.2.1")


def by_au(url: str, **more) -> str:
    return path_of(SLUG, None, spell(url), key=pass_for(**more))


# --- The content host


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("address", [SERVE, REPLAY])
def test_a_page_by_serving_and_by_replay(ask, told, address):
    assert ask(address, User_Agent=FIREFOX, Sec_Fetch_Dest="document").status == 200
    [one] = told
    assert (one.url, one.content_type, one.agent, one.destination) == (
        ARTICLE,
        "text/html",
        FIREFOX,
        "document",
    )
    assert (one.reader.address, one.reader.roles) == ("192.0.2.1", frozenset())
    assert one.verdict.free


def test_stored_bytes_by_their_au_where_a_reader_asks(ask, told):
    assert ask(by_au(ARTICLE)).status == 200
    [one] = told
    assert (one.url, one.reader.roles) == (ARTICLE, {"reader"})


@pytest.mark.parametrize("role", ["librarian", "network", "system"])
def test_and_not_where_somebody_looks_after_the_copy(ask, told, role):
    from apps.delivery.passes import Right, grant

    key = grant(Right.PASS, SLUG, "192.0.2.1", roles=[role])
    assert ask(path_of(SLUG, None, spell(ARTICLE), key=key)).status == 200
    key = grant(Right.PASS, SLUG, "192.0.2.1", roles=[role], carer=True)
    assert ask(f"/t/{key}{SERVE}").status == 200
    assert told == []


@pytest.mark.usefixtures("library")
def test_what_is_no_reading(ask, told):
    assert ask(SERVE, method="HEAD").status == 200
    assert ask(f"/ServeContent?url={SITE}/nowhere&noproxy=1").status == 404
    assert ask(f"/ServeContent?url={SITE}/old&noproxy=1").status == 302
    assert ask("/ServeContent").status == 200
    assert ask(f"/all/timemap/link/{ARTICLE}").status == 200
    assert ask(SERVE, Sec_Purpose="prefetch").status == 200
    assert told == []


@pytest.mark.usefixtures("library")
def test_a_page_that_the_reader_opens_again_is_a_reading(ask, told):
    tag = ask(SERVE).headers["etag"]
    assert ask(SERVE, If_None_Match=tag).status == 304
    assert [one.url for one in told] == [ARTICLE, ARTICLE]


@pytest.mark.usefixtures("library")
def test_of_ranges_the_one_that_begins_a_file(ask, told):
    file = f"/ServeContent?url={SITE}/p.pdf&noproxy=1"
    assert ask(file, Range="bytes=4-").status == 206
    assert told == []
    assert ask(file, Range="bytes=0-3").status == 206
    assert len(told) == 1


@pytest.mark.usefixtures("library")
def test_counting_costs_no_query(ask, told):
    for address in (SERVE, REPLAY, by_au(ARTICLE)):
        costs = []
        for sink in (None, told.append):
            counting.provide(sink)
            ask(address)
            with CaptureQueriesContext(connection) as seen:
                ask(address)
            costs.append(len(seen))
        assert costs[0] == costs[1]
    assert told


@pytest.mark.usefixtures("library")
def test_a_reader_gets_the_page_though_counting_fails(ask):
    def fails(one):
        raise RuntimeError("full")

    counting.provide(fails)
    try:
        assert ask(REPLAY).body == PAGE
    finally:
        counting.provide(None)


@pytest.mark.usefixtures("library")
def test_the_publishers_own_answer_is_none_of_ours(ask, told, rooms):
    """What is passed on is counted by the publisher."""
    rooms.host.publisher = ScriptedPublisher(Script().on("/new/", sent("fresh")))
    from tests.delivery.simulated import GRAY

    rooms.policies[AUID] = GRAY
    got = ask(f"/ServeContent?url={ARTICLE}")
    assert b"fresh" in got.body
    assert told == []


def test_long_texts_take_little_room_and_stay_apart(ask, told, au):
    """Ten thousand deliveries may wait; what readers send and what publishers called their pages is cut."""
    longest = f"{SITE}/" + "l" * 60_000
    repository.add_captures(
        auid=AUID, captures=[page(longest + end, PAGE, "text/html; x=" + "y" * 3_000) for end in ("1", "2")]
    )
    verdict = OPEN
    for end in ("1", "2", "1"):
        artifact = repository.find(auid=AUID, url=longest + end)
        counting.count_proxy(
            {"user-agent": "a" * 60_000, "sec-fetch-dest": "d" * 60_000},
            au.pk,
            artifact,
            verdict,
            200,
            Reader(address="192.0.2.1"),
            body=True,
        )
    one, two, again = told
    assert one.url == again.url != two.url
    assert one.url.startswith(f"{SITE}/lll")
    assert sum(map(len, (one.url, one.content_type, one.agent, one.destination))) < 4_000


# --- The proxies


def held_article():
    from tests.delivery.places import held

    return held("http://pub.example/a")


def test_the_content_proxy(told):
    own()
    au = held_article()
    assert get("http://pub.example/a", f"User-Agent: {FIREFOX}", publisher=dead()).status == 200
    [one] = told
    assert (one.au, one.url, one.agent) == (au.pk, "http://pub.example/a", FIREFOX)
    assert one.reader.address == "127.0.0.1"
    told.clear()
    get("http://pub.example/a", publisher=ScriptedPublisher(Script().on("/a", sent("fresh"))))
    get("http://pub.example/a", publisher=dead(), method="HEAD")
    get("http://pub.example/none", publisher=dead())
    assert told == []


def test_the_content_proxy_costs_no_query(told):
    own()
    held_article()
    costs = []
    for sink in (None, told.append):
        counting.provide(sink)
        get("http://pub.example/a", publisher=dead())
        with CaptureQueriesContext(connection) as seen:
            get("http://pub.example/a", publisher=dead())
        costs.append(len(seen))
    assert costs[0] == costs[1] > 0
    assert len(told) == 2


def test_what_auditors_read_is_no_usage(told):
    from apps.accounts.choices import Role, Scope
    from tests.accounts.factories import make_person

    au = held_article()
    text = token(make_person("ann", Role.LIBRARIAN), Scope.CONTENT)
    assert get("http://pub.example/a", basic(au.slug, text), surface=Surface.AUDIT).status == 200
    assert told == []
