"""Simulated nodes with the same content, and what can be done to them."""

from apps.lockss.lcap.admission_checks import AuFacts
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.poll_codes import PollStatus
from tests.simulators.poll_network import PollNetwork, Transport
from tests.simulators.poll_node import PollNode

BASE = "http://example.com/vol1/"
GOOD = {
    BASE + name: [f"content of {name}".encode()]
    for name in ("", "a.html", "b/c.css", "b-d.pdf", "é.txt", "empty")
}
GOOD[BASE + "empty"] = [b""]
URL = BASE + "a.html"
PEERS_REPAIR = PollConfig(repair_from_peer_share=1.0)


def network_of(nodes=6, config=PEERS_REPAIR, seed=0, transport=None, **options) -> list[PollNode]:
    network = PollNetwork(seed=seed, transport=transport or Transport())
    return [network.add(GOOD, config=config, **options) for _ in range(nodes)]


def polled_before(nodes):
    """Everybody has once found everybody to agree: the right to repairs."""
    for node in nodes:
        assert node.network.poll(node).poll.status is PollStatus.COMPLETE
    return nodes


def damage(*indices, content=b"damaged", url=URL):
    def act(nodes):
        for index in indices:
            nodes[index].content[url] = [content + b" %d" % index]

    return act


def lose(*indices, url=URL):
    def act(nodes):
        for index in indices:
            del nodes[index].content[url]

    return act


def switch(index, **options):
    def act(nodes):
        for name, value in options.items():
            setattr(nodes[index], name, value)

    return act


def both(*acts):
    def act(nodes):
        for each in acts:
            each(nodes)

    return act


def refuse(*indices, **au):
    def act(nodes):
        for index in indices:
            nodes[index].au = AuFacts(**au)

    return act


SIX = len(GOOD)
