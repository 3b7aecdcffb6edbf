"""An answer that is given again is the one that would have been made, for the same readers and no longer."""

import datetime as dt
import re
from dataclasses import replace
from itertools import product

import pytest
from django.conf import settings as node_settings

from apps.common.clock import now
from apps.delivery import content, counting
from apps.delivery.at_once import DECIDES, AtOnce
from apps.delivery.bodies import Answer, Lasting, note
from apps.delivery.models import OwnReaderList, ServingRule
from apps.delivery.node_rooms import node_host
from apps.delivery.passes import Right, client_of, proven
from apps.delivery.replaying import replayed
from apps.delivery.request import Request
from apps.delivery.services import kept, lookup
from apps.delivery.spoken import spoken
from apps.lockss.replay import parse_replay
from apps.repository import services as repository
from apps.repository.errors import ContentCode, ContentError
from tests.delivery.conftest import asking, page
from tests.delivery.places import held, ours, rule
from tests.repository.factories import AT, use_store

pytestmark = pytest.mark.django_db
INSIDE, OTHER_INSIDE, OUTSIDE = "192.0.2.1", "192.0.2.2", "198.51.100.7"
SITE, STAMP = "http://pub.example", f"{AT:%Y%m%d%H%M%S}"
PAGE, PICTURE = f"{SITE}/p.html", f"{SITE}/i.png"
PASS = re.compile(rb"/t/([A-Za-z0-9._-]+)")


@pytest.fixture
def host(db, settings, tmp_path, monkeypatch):
    """An AU whose page and picture are always given to people inside."""
    use_store(settings, tmp_path / "content", content_url="http://localhost:8082")
    settings.SERVING_STAMP_S = settings.SERVING_REMEMBERED_S = 600.0
    kept.forget()
    found = node_host(content._asking)
    monkeypatch.setattr(content, "host", lambda: found)
    au = held(f"{SITE}/")
    body = b'<html><a href="/q.html">q</a><img src="i.png"></html>'
    captures = [page(PAGE, body, "text/html"), page(PICTURE, b"\x89PNG", "image/png")]
    assert all(one.fault is None for one in repository.add_captures(auid=au.auid, captures=captures))
    OwnReaderList.objects.create(included="192.0.2.0/24")
    rule(au=au, choice="light", serve="yes", while_available="yes")
    yield found
    kept.forget()


@pytest.fixture
def ask(host, monkeypatch):
    return asking(monkeypatch)


def address(url: str, sign: str = "id_") -> str:
    return f"/all/{STAMP}{sign}/{url}"


def seen(told) -> tuple:
    """Without the pass in the links, which is another one whenever it is made."""
    fields = sorted(pair for pair in told.raw if pair[0] not in ("etag", "content-length"))
    return told.status, fields, PASS.sub(b"/t/", told.body)


@pytest.fixture
def never_made(monkeypatch):
    async def fail(*_given):
        pytest.fail("made again")

    return lambda: monkeypatch.setattr(content, "routed", fail)


@pytest.mark.parametrize(("url", "sign"), [(PAGE, "id_"), (PICTURE, "id_"), (PICTURE, "im_")])
def test_the_next_reader_has_it_without_a_question(
    host, ask, never_made, django_assert_num_queries, url, sign
):
    ask(address(url, sign), client=INSIDE)
    first = ask(address(url, sign), client=INSIDE)
    assert first.status == 200
    assert len(host.at_once._known) == 1, (host.at_once._known._kept, first.raw)
    never_made()
    with django_assert_num_queries(0):
        again = ask(address(url, sign), client=OTHER_INSIDE)
    assert (again.status, again.raw, again.body) == (first.status, first.raw, first.body)


def test_it_is_the_answer_that_would_be_made(host, ask, settings):
    """Every reader, address, form and field, with the memory and without it, after every other."""
    fields = [{}, {"accept_encoding": "gzip"}, {"accept_encoding": "identity"}]
    fields += [{"range": "bytes=0-2"}, {"if_none_match": "*"}, {"accept_datetime": "x"}, {"referer": SITE}]
    fields += [{"accept_language": "es"}, {"accept_language": "es-MX, en"}]
    asked = [
        (address(url, sign), {"client": client, "method": method, **given})
        for url, sign, client, method, given in product(
            [PAGE, PICTURE, f"{SITE}/none"],
            ["", "id_", "mp_", "im_"],
            [INSIDE, OTHER_INSIDE, OUTSIDE],
            ["GET", "HEAD"],
            fields,
        )
    ]
    with_memory = [seen(ask(where, **how)) for where, how in asked]
    again = [seen(ask(where, **how)) for where, how in reversed(asked)]
    settings.SERVING_REMEMBERED_S = 0.0
    made = [seen(ask(where, **how)) for where, how in asked]
    assert len(host.at_once._known) > 0
    assert {one[0] for one in made} >= {200, 206, 304}
    assert with_memory == made
    assert again[::-1] == made


def test_who_may_less_is_not_given_it(ask):
    for _ in range(2):
        assert ask(address(PAGE), client=INSIDE).status == 200
        assert ask(address(PAGE), client=OUTSIDE).status != 200


def test_a_pass_in_links_is_good_for_its_reader_alone(ask):
    for client in (INSIDE, OTHER_INSIDE, INSIDE, OTHER_INSIDE):
        got = ask(address(PAGE, "mp_"), client=client)
        keys = PASS.findall(got.body)
        assert keys
        assert all(proven(Right.PASS, key.decode(), client_of(client)) for key in keys)


def test_a_page_is_personal_and_open_to_its_reader_again(ask, never_made):
    for _ in range(2):
        first = ask(address(PAGE, "mp_"), client=INSIDE)
    never_made()
    assert ask(address(PAGE, "mp_"), client=INSIDE).body == first.body


def test_each_language_has_its_own(ask, never_made):
    """The line below a page is in it."""
    spoken = {"es": b'lang="es"', "en": b'lang="en"', "es-AR, en;q=0.5": b'lang="es"'}
    for _ in range(2):
        first = {one: ask(address(PAGE, "mp_"), client=INSIDE, accept_language=one).body for one in spoken}
    never_made()
    for one, line in spoken.items():
        assert line in first[one]
        assert ask(address(PAGE, "mp_"), client=INSIDE, accept_language=one).body == first[one]


def test_a_rule_ends_it(host, ask, settings):
    for _ in range(2):
        assert ask(address(PAGE), client=INSIDE).status == 200
    ServingRule.objects.update(choice="dark")
    settings.SERVING_STAMP_S = 0.0
    assert ask(address(PAGE), client=INSIDE).status != 200
    settings.SERVING_STAMP_S = 600.0
    for _ in range(2):
        assert ask(address(PAGE), client=INSIDE).status != 200


def test_what_depends_on_the_publisher_is_asked_each_time(host, ask):
    ServingRule.objects.update(choice="gray", while_available="")
    kept.forget()
    for sign in ("id_", "mp_"):
        for _ in range(3):
            ask(address(PAGE, sign), client=INSIDE)
    assert len(host.at_once._known) == 0


def test_what_is_found_broken_is_not_given_again(host, ask):
    for _ in range(2):
        assert ask(address(PICTURE), client=INSIDE).status == 200
    artifact = lookup.find([PICTURE], ours(), now()).best.artifact
    note(artifact, ContentError(ContentCode.DAMAGED, "other bytes than were stored"))
    assert ask(address(PICTURE), client=INSIDE).status != 200


def test_after_its_time_it_is_made_anew(host, ask, settings):
    newest = address(PAGE).replace(STAMP, "20990101000000")
    for _ in range(2):
        assert ask(newest, client=INSIDE).body.startswith(b"<html>")
    newer = replace(page(PAGE, b"<p>newer</p>", "text/html"), collected_at=AT + dt.timedelta(days=1))
    repository.add_captures(auid=ours_auid(), captures=[newer])
    assert ask(newest, client=INSIDE).body.startswith(b"<html>")
    settings.SERVING_REMEMBERED_S = 0.0
    assert ask(newest, client=INSIDE).body == b"<p>newer</p>"


def ours_auid() -> str:
    return lookup.find([PAGE], ours(), now()).best.auid


def test_each_reader_is_counted(ask):
    told = []
    counting.provide(told.append)
    try:
        for _ in range(4):
            ask(address(PAGE), client=INSIDE)
    finally:
        counting.provide(None)
    assert [one.url for one in told] == [PAGE] * 4


class Watched(dict):
    """Fields of a request that remember which of them were looked at."""

    def __init__(self, **given: str) -> None:
        super().__init__(given)
        self.looked_at: set[str] = set()

    def get(self, name, default=None):
        self.looked_at.add(name)
        return super().get(name, default)

    def __getitem__(self, name):
        self.looked_at.add(name)
        return super().__getitem__(name)

    def __contains__(self, name):
        self.looked_at.add(name)
        return super().__contains__(name)

    def items(self):
        pytest.fail("all fields are looked at")

    __iter__ = keys = values = items


@pytest.mark.parametrize("sign", ["", "id_", "mp_", "im_"])
@pytest.mark.parametrize("url", [PAGE, PICTURE])
def test_no_other_field_decides_what_is_answered(host, url, sign):
    """Whoever reads another field here has to tell ``at_once`` of it."""
    given = Watched()
    request = Request("GET", address(url, sign), given, INSIDE)
    found = spoken(request.language, lambda: replayed(request, parse_replay(address(url, sign)), host))
    assert isinstance(found, Answer)
    assert given.looked_at <= {*DECIDES, "accept-encoding", "accept-language"}
    assert "if-none-match" in given.looked_at


def test_an_answer_that_was_made_while_a_rule_was_said_is_not_kept(host, ask):
    request = Request("GET", address(PAGE), {}, INSIDE)
    lookup.find([PAGE], ours(), now())
    memory = AtOnce()
    asked = memory.question(request)
    copy = lookup.find([PAGE], ours(), now()).best
    answer = Answer(200, [], b"x", lasting=Lasting(copy, copy.artifact, personal=False))
    memory.put(asked, answer)
    assert memory.get(asked) is answer
    kept.forget()
    lookup.find([PAGE], ours(), now())
    assert memory.get(asked) is None
    other = AtOnce()
    other.put(asked, answer)
    assert len(other._known) == 0


def test_memory_has_a_bound(host, ask):
    host.at_once = AtOnce(most=12_000)
    for url in (PAGE, PICTURE, f"{SITE}/"):
        for sign in ("id_", "im_", "js_"):
            ask(address(url, sign), client=INSIDE)
            ask(address(url, sign), client=INSIDE)
    assert host.at_once._known.size <= 12_000
    assert len(host.at_once._known) == 2


def test_it_is_the_node_that_runs():
    assert node_settings.SERVING_REMEMBERED_S == 0.0, "other tests see every answer made"
