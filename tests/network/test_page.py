"""The network's page at sixty and at three hundred nodes; copies by unit, title, publisher and institution."""

import re

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.aus.services import deactivate_aus
from apps.common.words import Tone
from apps.lockss.lcap.messages import Opcode
from apps.network.choices import MemberState
from apps.network.matrix import MOST_NODES, grid
from apps.nodes.models import AuStatus, PairStatus
from apps.nodes.services import counting, refreshing
from apps.peers.models import InboundMessage, Peer
from tests import factories as make
from tests.asking import as_person, check_acting
from tests.aus.factories import load_sample, offer, volumes
from tests.network.factories import make_member, make_network, make_node, make_status
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    return settings.NODE


def ask(client, path: str):
    with CaptureQueriesContext(connection) as seen:
        answer = client.get(path)
    assert answer.status_code == 200
    return answer, len(seen)


@pytest.mark.parametrize("number", [60, 300])
def test_the_page_asks_as_much_whatever_the_network_has(client, number):
    make_network(number)
    as_person(client)
    answer, queries = ask(client, "/network/")
    assert queries <= 30
    shown = answer.context["grid"]
    assert len(shown.heads) == MOST_NODES == sum(len(group.rows) for group in shown.groups)
    assert shown.left_out == number - (MOST_NODES - 1)
    assert len(shown.lines) == MOST_NODES
    page = answer.content.decode()
    assert not re.search(r"\sstyle=", page)
    assert len(answer.content) < 200_000
    for path in ("/network/nodes/", "/network/members/", "/peers/"):
        _answer, queries = ask(client, path)
        assert queries <= 20, path


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(("units", "days"), [(1, 1), (123, 99), (123, 690), (123, 999)])
def test_sixty_members_are_one_light_page(client, units, days, language):
    """Words, ages, heads with their scope, one link a row and no style in it, all in less than 200 kB."""
    make_network(60)
    # Of a network with many archival units, fields have longer numbers.
    PairStatus.objects.update(
        aus=F("aus") * units, agreeing=F("agreeing") * units, last_at=make.past(days * make.DAY)
    )
    as_person(client)
    answer = client.get("/network/", headers={"Accept-Language": language})
    assert f'<html lang="{language}"' in answer.content.decode()
    assert len(answer.content) < 200_000
    page = answer.content.decode()
    assert not re.search(r"\sstyle=", page)
    table = page[page.index('<table class="matrix') : page.index("</table>")]
    assert (table.count('scope="col"'), table.count('scope="row"')) == (MOST_NODES, MOST_NODES)
    assert table.count("<a ") == MOST_NODES
    # Every field but those of a node with itself says what its colour says.
    assert len(re.findall(r"<td(?: class=[chn])?>[^<]+(?=<)", table)) == MOST_NODES * (MOST_NODES - 1)
    # And each that was compared says when.
    compared = re.findall(r"<td(?: class=[ch])?>([^<]+)(?=<)", table)
    assert len(compared) == grid().compared > MOST_NODES * (MOST_NODES - 10)
    age = {
        1: "1d",
        99: "99d",
        690: "98w" if language == "en" else "98s",
        999: "2y" if language == "en" else "2a",
    }
    assert all(one.endswith(f", {age[days]}") for one in compared)
    assert ("3,230 of 3,230; so many that their ages alone say it" in page) == (
        days > 140 and language == "en"
    )
    assert table.count("<td class=o><") == MOST_NODES


@pytest.mark.parametrize("number", [7, MOST_NODES])
def test_each_column_is_named_for_the_ear_the_pointer_and_the_eye(client, number):
    """Sixty names have no room above sixty columns: a head has letters of its row's name, and says it beside them."""
    make_network(number)
    as_person(client)
    page = client.get("/network/").content.decode()
    heads = re.findall(
        r'<th scope="col" title="([^"]+)"><span aria-hidden="true">(\w+)</span><span class="unseen">([^<]+)</span></th>',
        page,
    )
    rows = re.findall(
        r'<th scope="row"><a href="[^"]+" title="[^"]+">([^<]+)</a> <span class="place" aria-hidden="true">(\w+)</span>',
        page,
    )
    assert len(heads) == min(number + 1, MOST_NODES)
    assert sorted((name, number) for title, number, name in heads if title == name) == sorted(rows)
    letters = [short for _title, short, _name in heads]
    assert len({short.casefold() for short in letters}) == len(letters)
    assert all(2 <= len(short) <= 3 and short[0].isalpha() for short in letters)
    assert "Columns bear the letters of their rows" in page


def test_as_many_questions_for_three_hundred_as_for_sixty(client):
    as_person(client)
    make_network(60)
    ask(client, "/network/")
    _answer, few = ask(client, "/network/")
    more = Peer.objects.bulk_create(
        Peer(identity=f"TCP:[10.9.{n}.1]:9729", name=f"More {n}", source="registered") for n in range(240)
    )
    PairStatus.objects.bulk_create(PairStatus(second=peer, aus=100, agreeing=100) for peer in more)
    answer, many = ask(client, "/network/")
    assert answer.context["grid"].left_out == 300 - (MOST_NODES - 1)
    assert many == few


def test_a_small_network_stays_by_name_and_a_large_one_by_agreement():
    names = [make.make_peer(name) for name in ("Cedar", "Birch", "Dogwood")]
    for n, peer in enumerate(names):
        PairStatus.objects.create(second=peer, aus=10, agreeing=10 - 5 * n)
    small = grid()
    assert (small.many, [group.label for group in small.groups]) == (False, [""])
    assert [line.name for line in small.lines] == ["Alder College node", "Birch", "Cedar", "Dogwood"]
    assert [line.tone for line in small.lines][1:] == [Tone.HARM, Tone.SAFE, Tone.HARM]
    assert "differs from Dogwood (0" in small.lines[0].sentence
    assert "Birch (50" in small.lines[0].sentence
    make_network(30)
    large = grid()
    assert large.many
    assert [group.label for group in large.groups][:2] == ["This node", "1 agrees in everything"]
    order = [Tone.SAFE, Tone.CARE, Tone.HARM]
    tones = [order.index(line.tone) for line in large.lines[1:]]
    assert tones == sorted(tones)


def test_every_field_says_in_words_what_its_colour_says():
    one, two = make.make_peer("Birch <b>"), make.make_peer("Cedar")
    PairStatus.objects.create(second=one, aus=10, agreeing=10)
    PairStatus.objects.create(second=two, aus=20, agreeing=10)
    PairStatus.objects.create(first=one, second=two, aus=5, agreeing=5)
    rows = grid().groups[0].rows
    assert "<b>" not in "".join(rows)
    assert "<td>all 10<td class=h>10 of 20</tr>" in rows[0]
    # What others told is a row of its own; between two others it is one.
    assert rows[1].count("not compared") == 1
    assert rows[1].endswith("<td class=n>not compared<td class=o><td>all 5</tr>")
    assert rows[2].endswith("<td class=n>not compared<td>all 5<td class=o></tr>")


def test_old_comparisons_bear_a_sign_and_are_counted(client):
    make_network(30)
    young, old = make.past(5 * make.HOUR), make.past(300 * make.DAY)
    PairStatus.objects.update(last_at=young)
    peer = PairStatus.objects.filter(first=None).order_by("pk")[0]
    PairStatus.objects.filter(pk=peer.pk).update(last_at=old, aus=10, agreeing=10)
    shown = grid()
    assert shown.old == 1
    rows = "".join(row for group in shown.groups for row in group.rows)
    assert rows.count("<td class=x>all 10, 42w") == 1
    assert ", 5h" in rows
    as_person(client)
    page = " ".join(client.get("/network/").content.decode().split())
    assert "Striped: compared longer than 140 days ago, which proves nothing any more: 1 of 852." in page


@pytest.mark.parametrize(("agreeing", "letter"), [(10, "x"), (9.5, "y"), (1, "z")])
def test_a_small_matrix_bears_the_sign_too(agreeing, letter):
    one = make.make_peer("Birch")
    PairStatus.objects.create(
        second=one, aus=20, agreeing=int(2 * agreeing), last_at=make.past(300 * make.DAY)
    )
    assert f"<td class={letter}>" in grid().groups[0].rows[0]
    assert "300 days ago" in grid().groups[0].rows[0]


def test_a_peer_that_is_disabled_is_not_in_the_matrix():
    shut, open_ = make.make_peer("Shut", enabled=False), make.make_peer("Open")
    for peer in (shut, open_):
        PairStatus.objects.create(second=peer, aus=10, agreeing=10)
    assert [line.name for line in grid().lines] == ["Alder College node", "Open"]


def test_copies_the_fewest_first_and_boxes_of_one_institution_once(client, node):
    birch = make_member("Birch")
    peers = [make.make_peer() for _ in range(3)]
    for peer in peers[:2]:
        make_node(birch, peer.identity)
    safe, weak, empty, gone = (make.make_au(name) for name in ("Safe", "Weak", "Empty", "Gone"))
    make_status(safe, [[0, "a"], *([peer.pk, "a"] for peer in peers)])
    make_status(weak, [[0, "a"], [peers[0].pk, "a"], [peers[1].pk, "a"], [peers[2].pk, "d"]])
    make_status(empty, [], urls=0)
    make_status(gone, [[0, "a"]], word="deactivated")
    as_person(client)
    rows = client.get("/network/copies/").context["list"]
    assert [row.au.name for row in rows.items] == ["Weak", "Safe"]
    weak_row, safe_row = rows.rows
    assert _numbers(weak_row)[:2] == ["3", "2"]
    assert _numbers(safe_row)[:2] == ["4", "3"]
    few = client.get("/network/copies/?copies=few").context["list"].items
    assert [row.au.name for row in few] == ["Weak"]
    assert [row.au.name for row in client.get("/network/copies/?copies=4").context["list"].items] == ["Safe"]


def test_that_copies_are_counted_of_what_is_collected_is_said_with_what_is_not(client):
    here, never, gone = (make.make_au(name) for name in ("Here", "Never", "Gone"))
    make_status(here, [[0, "a"]])
    make_status(never, [], urls=0)
    make_status(gone, [], word="deactivated", urls=0)
    counting.count_all()
    as_person(client)
    said = 'is collected; 1 archival unit is not yet. <a href="/aus/?uncollected=yes">See which</a>'
    for path in ("/network/", "/network/copies/"):
        assert said in client.get(path).content.decode(), path
    assert "collected unit with fewer than" in client.get("/network/").content.decode()
    shown = client.get("/aus/?uncollected=yes").context["list"]
    assert [one.au.name for one in shown.items] == ["Never"]
    AuStatus.objects.filter(au=never).update(urls=1)
    counting.count_all()
    assert "Copies are counted of what" not in client.get("/network/").content.decode()


def _numbers(row: str) -> list[str]:
    return re.findall(r'<td class="(?:p2 )?number">([^<]*)</td>', row)


def test_copies_by_title_and_publisher(client):
    one = make.make_title("Estuaries", make.make_publisher("Tidewater Press"))
    two = make.make_title("Marshes", make.make_publisher("Marsh & Sons"))
    make.make_title("Nothing here", make.make_publisher("Nobody"))
    peers = [make.make_peer() for _ in range(3)]
    whole = [[0, "a"], *([peer.pk, "a"] for peer in peers)]
    make_status(make.make_au(title=one), whole)
    weak = make.make_au(title=one)
    make_status(weak, [[0, "a"]])
    make_status(make.make_au(title=two), whole)
    as_person(client)
    for path, names, param, pk in (
        ("titles", ("Estuaries", "Marshes"), "title", one.pk),
        ("publishers", ("Marsh & Sons", "Tidewater Press"), "publisher", one.publisher_id),
    ):
        found = client.get(f"/network/copies/{path}/").context["list"]
        assert [row.name for row in found.items] == list(names)
        few = client.get(f"/network/copies/{path}/?few=yes").context["list"]
        assert [row.pk for row in few.items] == [pk]
        link = f"/network/copies/?copies=few&amp;{param}={pk}"
        assert link in few.rows[0]
        assert [row.name for row in client.get(f"/network/copies/{path}/?few=no").context["list"].items] == [
            name for name in names if name not in {row.name for row in few.items}
        ]
        units = client.get(f"/network/copies/?copies=few&{param}={pk}").context["list"].items
        assert [row.au for row in units] == [weak]


@pytest.fixture
def offered():
    """Units on offer that nobody chose here: one that two nodes polled on, one that five did, one that none did."""
    load_sample()
    peers = [make.make_peer() for _ in range(5)]
    listed = offer(*volumes(3))
    for row, callers in zip(listed, (2, 5, 0), strict=True):
        for peer in peers[:callers]:
            for n in range(2):
                InboundMessage.objects.create(
                    peer=peer, key=f"{row.pk} {n}", opcode=Opcode.POLL, auid=row.auid, size=1, state="done"
                )
    mine = make.make_au("Chosen")
    InboundMessage.objects.create(peer=peers[0], key="m", opcode=Opcode.POLL, auid=mine.auid, size=1)
    return listed


def test_what_this_node_could_take(client, offered):
    as_person(client, Role.READER)
    shown = client.get("/network/take/").context["list"]
    assert [(row.name, row.holders) for row in shown.items] == [(offered[0].name, 2)]
    assert shown.table.bulk is None
    assert not client.get("/network/take/?holders=1").context["list"].items


def test_choose_what_is_offered(client, offered):
    path = "/network/take/choose/"
    sent = {"action": "select", "chosen": [str(offered[0].pk)]}
    check_acting(client, path, [Role.LIBRARIAN], sent)
    answer = client.post(path, sent)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/selections/")
    assert Au.objects.filter(listed=offered[0]).exists()
    assert not client.get("/network/take/").context["list"].items
    # What is not in the list cannot be chosen by it.
    client.post(path, {"action": "select", "chosen": [str(offered[2].pk)]})
    assert not Au.objects.filter(listed=offered[2]).exists()
    assert client.post(path, {"action": "deactivate", "chosen": [str(offered[0].pk)]}).status_code == 400


def test_choose_all_that_is_offered(client, offered):
    as_person(client, Role.LIBRARIAN)
    seen = client.get("/network/take/").context["list"].seen
    sent = {"action": "select", "all_matching": "yes", "matching": "holders=2", "seen": seen}
    look = client.post("/network/take/choose/", {**sent, "action": "look"})
    assert look.status_code == 200
    assert "Size" in look.content.decode()
    assert client.post("/network/take/choose/", sent)["Location"].startswith("/selections/")
    assert [au.listed_id for au in Au.objects.exclude(name="Chosen")] == [offered[0].pk]


def test_the_most_urgent_difference_comes_first(client):
    for n in range(25):
        make.make_peer(f"Stranger {n}")
    make_node(make_member("Birch", MemberState.LEFT), make.make_peer("Birch node").identity)
    as_person(client)
    needs = client.get("/network/nodes/").context["needs"]
    assert (len(needs), needs[0].subject) == (20, "Birch node")
    # Who may not act is told, and not offered to act.
    assert {need.action for need in needs} == {None}


def test_pairs_of_as_many_nodes_as_the_matrix_shows():
    assert counting.MOST_PEERS == MOST_NODES - 1


def test_a_field_is_as_old_as_its_oldest_comparison_that_counts(client):
    aus, peers = [make.make_au() for _ in range(3)], [make.make_peer("Birch"), make.make_peer("Cedar")]
    for au, days in zip(aus, (1, 5, 9), strict=True):
        make.make_summary(au)
        for peer in peers:
            make.agree(au, peer, ago=days * make.DAY)
    deactivate_aus(user=None, au_keys=[aus[2].pk])
    refreshing.refresh(keys=[au.pk for au in aus])
    counting.count_pairs()
    found = {
        (pair.first_id, pair.second_id): (make.past() - pair.last_at).days
        for pair in PairStatus.objects.all()
    }
    assert found == {(None, peers[0].pk): 5, (None, peers[1].pk): 5, (peers[0].pk, peers[1].pk): 5}
    as_person(client)
    page = client.get("/network/").content.decode()
    assert "all 3, 5 days ago" in page
    assert "Each field says" not in page
    assert '<span class="grid-said"> The first row' in page
