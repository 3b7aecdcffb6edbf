"""What everybody is told are institutions: two nodes of one library are one, however many copies there are."""

import pytest

from apps.nodes.models import AuStatus
from apps.nodes.services import refreshing
from tests import factories as make
from tests.network import factories as network
from tests.sample import sample_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def au(settings, tmp_path):
    settings.NODE = sample_settings(tmp_path)
    made = make.make_au("Reed Reports, 2019")
    make.make_summary(made)
    return made


def agreeing(au, number: int) -> list:
    peers = [make.make_peer(f"Node {n}") for n in range(number)]
    make.make_poll(au, peers)
    for peer in peers:
        make.agree(au, peer)
    return peers


def judged(au) -> AuStatus:
    refreshing.refresh(keys=[au.pk])
    return AuStatus.objects.get(au=au)


@pytest.mark.parametrize("number", [3, 15])
def test_nodes_of_one_member_are_one_institution(au, settings, number):
    peers = agreeing(au, number)
    row = judged(au)
    assert row.agreeing == row.replicas == number + 1
    member = network.make_member("Alder College")
    for peer in peers[:2]:
        network.make_node(member, peer.identity)
    row = judged(au)
    assert row.agreeing == number + 1
    assert row.replicas == number
    network.make_node(member, settings.NODE.lcap_identity)
    assert judged(au).replicas == number - 1
