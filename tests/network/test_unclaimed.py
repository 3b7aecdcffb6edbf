"""Nodes that no member has entered: the network's page says so, and a member's page offers them."""

import pytest

from apps.accounts.choices import Role
from tests import factories as make
from tests.asking import as_person
from tests.network.factories import make_member, make_node
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def node(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)


def shown(client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


def test_what_no_member_has_entered_is_called_so(client):
    for _n in range(3):
        make.make_peer()
    member = make_member()
    as_person(client)
    page = shown(client, "/network/")
    assert "3 nodes that this one speaks with are entered with no member." in page
    assert 'href="/network/nodes/?difference=unclaimed"' in page
    assert "What members say" not in page
    make_node(member)
    page = shown(client, "/network/")
    assert "What members say and what this node speaks with differ in 1 node." in page
    assert "3 nodes that this one speaks with are entered with no member." in page


def test_known_peers_are_offered_to_a_member(client):
    free, taken = make.make_peer(), make.make_peer()
    member = make_member()
    make_node(member, taken.identity)
    as_person(client, Role.NETWORK)
    page = shown(client, f"/network/members/{member.pk}/")
    assert 'list="node-identity-known"' in page
    assert '<datalist id="node-identity-known">' in page
    assert f'<option value="{free.identity}">' in page
    assert f'<option value="{taken.identity}">' not in page


@pytest.mark.parametrize(("roles", "offered"), [((), False), ((Role.NETWORK,), True)])
def test_only_who_may_say_whose_it_is_is_asked_to(client, roles, offered):
    make_member()
    make.make_peer("Birch")
    as_person(client, *roles)
    for path in ("/network/nodes/?difference=unclaimed", "/network/"):
        page = client.get(path).content.decode()
        assert "Birch" in page
        assert ("ay whose" in page) is offered, path
