"""Every surface x every reader x every access policy, publisher up and down, against the verdict of the pure function.

A hidden AU shows nowhere: neither its name, its AUID, its addresses, nor a difference between *hidden* and *not held*:
each answer about it is compared with the answer about an AU that was never there. Gray ones come after the publisher
failed, open ones always.
"""

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest

from apps.lockss.delivery import Access, PublisherFlag
from tests.delivery.conftest import Told
from tests.delivery.surfaces import COPY, FEW, FRESH, KINDS, PLACES, READERS, SHARED, Place, Who, listed_to
from tests.delivery.surfaces_node import UP, Node, names_in, node, pairs
from tests.repository.factories import AT

__all__ = ["node"]
pytestmark = pytest.mark.django_db
STAMP = AT.strftime("%Y%m%d%H%M%S")
_PASS = re.compile(rb"/t/[0-9a-f]{20}\.[0-9a-f.]+")
_QUOTED_PASS = re.compile(rb"%2Ft%2F[0-9a-f]{20}\.[0-9a-f.]+")


def plain(told: Told, place: Place) -> tuple:
    """An answer without the names that were in the question, and without passes."""

    def same(text: bytes) -> bytes:
        text = _PASS.sub(b"/t/<pass>", _QUOTED_PASS.sub(b"/t/<pass>", text))
        for mark in (place.slug, place.word):
            text = text.replace(mark.encode(), b"<asked>")
        return text

    head = [(name, same(value.encode("latin-1"))) for name, value in told.raw]
    return told.status, head, same(told.body)


def told_of(told: Told, place: Place) -> bool:
    """Whether its name stands in the answer."""
    return place.name.encode() in told.body


def told_apart(told: Told, place: Place, twin: Told) -> str:
    """Where the answer about a hidden AU and that about none begin to differ."""
    ours, theirs = plain(told, place), plain(twin, place.twin)
    for one, other in zip(ours, theirs, strict=True):
        if one != other:
            if isinstance(one, bytes):
                at = next(at for at in range(len(one)) if one[: at + 1] != other[: at + 1])
                return f"told apart by {one[at - 80 : at + 80]!r} against {other[at - 80 : at + 80]!r}"
            return f"told apart by {one!r} against {other!r}"
    return "and the publisher was asked"


# --- The content host, by URL


def check_url(
    node: Node,
    address: Callable[[Place], str],
    *,
    up: bool,
    named: bool = False,
    readers: dict[str, Who] = READERS,
) -> list[str]:
    """What is wrong with the answers for a URL that each AU holds. ``named``: a version or a moment is.

    Whether the publisher is up makes no difference but under gray.
    """
    wrong = []
    for name, who, word in pairs(readers):
        node.turn(up=up)
        place, kind = PLACES[word], KINDS[word]
        verdict = who.verdict(kind)
        if not up and verdict.access is not Access.GRAY:
            continue
        told = node.get(who, place, address(place))
        case, asked = f"{word} for {name}", node.publisher.tried
        if verdict.access is Access.HIDDEN:
            twin = node.get(who, place.twin, address(place.twin))
            if asked or plain(told, place) != plain(twin, place.twin):
                wrong.append(f"{case}: hidden, {told_apart(told, place, twin)}")
            continue
        told = followed(node, who, told)
        ours = verdict.access is Access.OPEN or kind.facts.publisher is not PublisherFlag.UP
        ours = ours or (named and not verdict.publisher_first)
        expected = (COPY + word.encode()) if ours or not up else FRESH.encode()
        if told.status != 200 or expected not in told.body:
            wrong.append(f"{case}: {verdict.access}, {told.status} {told.raw} {told.body[:200]!r}")
        if bool(node.publisher.tried) is ours:
            wrong.append(f"{case}: {verdict.access}, the publisher was asked {node.publisher.tried}")
    return wrong


def followed(node: Node, who: Who, told: Told) -> Told:
    """Where redirects inside the content host lead."""
    for _ in range(3):
        to = told.headers.get("location", "")
        if told.status != 302 or not to.startswith("/"):
            return told
        told = node.ask(to, client=who.address)
    return told


def by_name(place: Place) -> str:
    return quote(place.auid, safe="")


PLAIN = {
    "any AU": lambda place: f"/ServeContent?url={place.url}",
    "its AU": lambda place: f"/ServeContent?url={place.url}&auid={by_name(place)}",
    "in the path": lambda place: f"/ServeContent/{place.url}",
    "as it was": lambda place: f"/ServeContent?url={place.url}&norewrite=1",
    "where it begins": lambda place: f"/ServeContent?auid={by_name(place)}",
    "OpenURL": lambda place: f"/ServeContent?rft_id={place.url}",
}
NAMED = {
    "a version": lambda place: f"/ServeContent?url={place.url}&auid={by_name(place)}&version=1",
    "not from the publisher": lambda place: f"/ServeContent?url={place.url}&noproxy=1",
    "replay": lambda place: f"/all/{STAMP}mp_/{place.url}",
    "replay, bytes": lambda place: f"/all/{STAMP}id_/{place.url}",
    "replay in one AU": lambda place: f"/au-{place.slug}/{STAMP}/{place.url}",
    "newest by replay": lambda place: f"/all/mp_/{place.url}",
    "TimeGate": lambda place: f"/all/timegate/{place.url}",
}
STORED = {
    "newest": (lambda place: f"/{place.slug}/-/{place.url}", False),
    "a version": (lambda place: f"/{place.slug}/1/{place.url}", True),
}


# Ways that are looked at with every reader; the others with one for each proof.
WITH_ALL = ("any AU", "replay", "newest")


def readers_of(how: str) -> dict[str, Who]:
    found = READERS if how in WITH_ALL else FEW
    # A question that names no AU is a reader's, whoever asks.
    return {name: who for name, who in found.items() if how != "OpenURL" or not who.carer}


@UP
@pytest.mark.parametrize("how", PLAIN)
def test_serve_content_gives_a_url_as_the_verdict_says(node, up, how):
    assert check_url(node, PLAIN[how], up=up, readers=readers_of(how)) == []


@UP
@pytest.mark.parametrize("how", NAMED)
def test_who_names_a_version_or_a_moment_gets_what_was_collected(node, how, up):
    """Gray says who is asked first for a URL; of a version and a moment there is only ours (delivery §2.1, §3.4),
    unless the publisher itself refused serving while it serves."""
    assert check_url(node, NAMED[how], up=up, named=True, readers=readers_of(how)) == []


@UP
@pytest.mark.parametrize("how", STORED)
def test_a_copy_by_its_au_is_given_as_the_verdict_says(node, how, up):
    address, named = STORED[how]
    assert check_url(node, address, up=up, named=named, readers=readers_of(how)) == []


# --- Lists of the content host


def check_hidden(node: Node, address: Callable[[Place], str], readers: dict[str, Who]) -> list[str]:
    """Where an answer about a hidden AU differs from that about none, or one about a listed AU does not."""
    wrong = []
    for name, who, word in pairs(readers):
        place = PLACES[word]
        told, twin = node.get(who, place, address(place)), node.get(who, place.twin, address(place.twin))
        same = plain(told, place) == plain(twin, place.twin)
        if same is who.verdict(KINDS[word]).listed:
            how = "nothing tells it apart" if same else told_apart(told, place, twin)
            wrong.append(f"{word} for {name}: {who.verdict(KINDS[word]).access}, {how}")
    return wrong


OF_A_URL = {
    "TimeMap": lambda place: f"/all/timemap/link/{place.url}",
    "TimeMap, JSON": lambda place: f"/all/timemap/json/{place.url}",
    "TimeMap, CDXJ": lambda place: f"/au-{place.slug}/timemap/cdxj/{place.url}",
    "versions for people": lambda place: f"/all/*/{place.url}",
    "CDX": lambda place: f"/all/cdx?url={place.url}",
    "CDX, prefix": lambda place: f"/au-{place.slug}/cdx?url={place.site}/&matchType=prefix",
    "index of a site": lambda place: f"/ServeContent?host={place.site}",
    "index by name": lambda place: f"/ServeContent?search={quote(place.name)}",
    "what is missing": lambda place: f"/ServeContent?url={place.site}/missing",
}
# In these a carer sees what others with her roles see.
AS_READERS = ("index of a site", "index by name", "what is missing")


@pytest.mark.parametrize("how", OF_A_URL)
def test_a_list_has_what_may_be_shown_and_no_trace_of_the_rest(node, how):
    node.turn(up=False)
    some = {name: who for name, who in FEW.items() if not (how in AS_READERS and who.carer)}
    assert check_hidden(node, OF_A_URL[how], some) == []


def test_the_index_has_all_that_may_be_shown_and_nothing_else(node):
    place = PLACES["light-annals"]
    for name, who in READERS.items():
        assert names_in(node.get(who, place, "/ServeContent").body) == listed_to(who), name


def test_what_many_hold_is_told_of_those_that_may_be_shown(node):
    """One URL, an AU of each policy holds it: which copy is given, and which are told of."""
    node.turn(up=False)
    for name, who in READERS.items():
        listed = listed_to(who)
        place = Place("nobody")
        best = node.get(who, place, f"/ServeContent?url={SHARED}")
        if best.status == 302:
            # It is her role that lets her see it, so the portal gives her a pass for it.
            assert best.headers["location"].split("/")[4] in {PLACES[word].slug for word in listed}, name
        else:
            assert best.headers["x-lockss-from-auid"] in {PLACES[word].auid for word in listed}, name
        timemap = node.get(who, place, f"/all/timemap/json/{SHARED}").body
        assert {word for word in KINDS if PLACES[word].auid.encode() in timemap} == listed, name
        assert names_in(node.get(who, place, f"/all/*/{SHARED}").body) == listed, name
        assert node.get(who, place, f"/all/cdx?url={SHARED}").body.count(b"\n") == len(listed), name
        missing = node.get(who, place, "/ServeContent?url=http://shared.example/missing")
        if missing.status == 404:
            assert names_in(missing.body) == listed, name
        else:
            assert (missing.status, bool(who.roles)) == (302, True), name


def test_an_openurl_says_of_a_hidden_au_what_the_title_list_says(node):
    def address(place: Place) -> str:
        return f"/ServeContent?title={quote('The ' + place.word)}&volume=7&choices=1"

    some = {name: who for name, who in READERS.items() if not who.carer}
    assert check_hidden(node, address, some) == []


def test_the_world_has_all_three_verdicts_for_a_reader_and_a_stranger():
    """Of a world where all is hidden, or all is shown, the comparisons above would say little."""
    for who in (READERS["stranger"], READERS["own address"]):
        assert {who.verdict(kind).access for kind in KINDS.values()} == set(Access)
    assert any(READERS["own address"].verdict(kind).publisher_first for kind in KINDS.values())
