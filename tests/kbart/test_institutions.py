"""A report narrowed to an institution: what its nodes held exactly as this one, when they were last compared."""

import datetime as dt

import pytest
from django.conf import settings as node_settings

from apps.accounts.choices import Role
from apps.common.clock import now
from apps.common.errors import BadQuery
from apps.kbart.asking import order_of
from apps.kbart.making import keeping, stored
from apps.peers.models import Agreement, Peer
from apps.peers.proof_age import INTERVALS
from tests.accounts.factories import make_person
from tests.factories import DAY, make_title, past
from tests.kbart.reports import lines, portal_settings, proved_au, report
from tests.network.factories import make_member, make_node

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def portal(settings, tmp_path):
    settings.NODE = portal_settings(tmp_path)


def agreed(au, peer: Peer, value: float = 1.0, at: dt.datetime | None = None, kind: str = "POR") -> None:
    at = at or now()
    Agreement.objects.create(
        au_key=au.key, peer=peer, type=kind, last=value, last_at=at, highest=value, highest_at=at
    )


def peer_of(member, number: int) -> Peer:
    node = make_node(member, identity=f"TCP:[203.0.113.{number}]:9729")
    return Peer.objects.create(identity=node.identity, enabled=True)


def names(**given: str) -> list[str]:
    return [row[0] for row in lines(report(**given)[0])[1:]]


@pytest.fixture
def alder():
    return make_member("Alder College")


def test_what_a_node_of_it_held_as_we_do_and_nothing_else(alder):
    first, second = peer_of(alder, 7), peer_of(alder, 8)
    other = peer_of(make_member("Birch Library"), 9)
    too_old = past(dt.timedelta(seconds=INTERVALS * node_settings.NODE.poll_interval) + DAY)
    units = {name: proved_au(name, title=make_title(name)) for name in "ABCDEFGH"}
    agreed(units["A"], first)
    agreed(units["B"], second, kind="SYMMETRIC_POR")
    agreed(units["C"], first, value=0.9)
    agreed(units["D"], first, at=too_old)
    agreed(units["E"], other)
    agreed(units["F"], first, at=past(2 * DAY))
    agreed(units["F"], first, value=0.5, kind="SYMMETRIC_POR")
    # What a peer only says of its own polls is no proof.
    agreed(units["G"], first, kind="POR_HINT")
    for scope in ("preserved", "collected", "selected", "available"):
        assert names(scope=scope, institution="alder college") == ["A", "B"], scope
    assert names(institution=str(alder.pk)) == ["A", "B"]
    assert names(report="keepers", institution="Alder College") == ["A", "B"]
    assert names(institution="Birch Library") == ["E"]


def test_kept_lines_of_all_are_not_given_for_those_of_one(alder):
    agreed(proved_au("Tides"), peer_of(alder, 7))
    proved_au("Mud")
    while keeping.step():
        pass
    assert not stored.can_serve(order_of({"institution": str(alder.pk)}), now())
    data, done = report(institution="Alder College")
    assert [row[0] for row in lines(data)[1:]] == ["Tides"]
    assert "PreservedTitlesHeldByAlderCollege_" in done.name


def test_the_institution_of_this_node_holds_what_is_here(alder):
    make_node(alder, identity=node_settings.NODE.lcap_identity)
    proved_au("Tides")
    assert names(institution="Alder College") == ["Tides"]


def test_who_has_no_node_or_is_not_known_is_refused_by_name():
    make_member("No Node College")
    for name in ("No Node College", "Nobody", "0", "9" * 18):
        with pytest.raises(BadQuery, match="No institution of this network"):
            order_of({"institution": name})


def test_the_form_offers_institutions_and_the_page_says_what_it_means(client, alder):
    agreed(proved_au("Tides"), peer_of(alder, 7))
    client.force_login(make_person("rita", Role.REPORTS))
    text = client.get("/reports/kbart/").content.decode()
    assert f'<option value="{alder.pk}">Alder College</option>' in text
    page = client.get(f"/reports/kbart/?institution={alder.pk}").content.decode()
    assert f'<option value="{alder.pk}" selected>Alder College</option>' in page
    assert "What it holds beside that, this node does not know." in page
    refused = client.get("/reports/kbart/download/?institution=Nobody")
    assert refused.status_code == 400
    assert 'href="/network/members/"' in refused.content.decode()
