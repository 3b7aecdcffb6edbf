"""What no row can hold, NUL and half a pair of surrogates, and values beyond measure: every parameter of the content
host, of the proxies' own page and of the portal's pages of delivery and export answers in words, never 500."""

import asyncio
from urllib.parse import quote

import pytest

from apps.accounts.choices import Role
from apps.delivery.proxy import service
from apps.delivery.proxy.deciding import Decider
from apps.delivery.proxy.library import NodeLibrary
from apps.delivery.proxy.listener import ProxyListener
from apps.lockss.delivery import Surface
from tests.accounts.factories import make_person
from tests.delivery.surfaces import PLACES, READERS
from tests.delivery.surfaces_node import Node, node
from tests.delivery.test_hostile_parameters import questions
from tests.delivery.test_hostile_parameters_portal import NEW, looked_for
from tests.simulators.proxy_library import Proxy, Told
from tests.test_addresses import paths

__all__ = ["looked_for", "node", "paths"]
pytestmark = pytest.mark.django_db
UNFIT = ("%00", "tides%00", "%ED%A0%80", "tides%ED%A0%80x", "a" * 9_000)
HERE = "127.0.0.1"


@pytest.mark.parametrize("value", UNFIT, ids=lambda text: text[:16])
def test_of_the_content_host(node: Node, caplog, value):
    place = PLACES["freeforall-annals"]
    reader = READERS["own address"]
    wrong = []
    for question in questions(place.url, quote(place.auid, safe="")):
        try:
            told = node.get(reader, place, question + value)
        except ValueError as error:
            wrong.append((question, str(error)))
            continue
        if told.status not in (200, 302, 400, 404, 414):
            wrong.append((question, told.status))
    assert wrong == []
    assert [one.getMessage()[:200] for one in caplog.records if one.levelname in ("ERROR", "CRITICAL")] == []


@pytest.mark.parametrize("surface", [Surface.PROXY, Surface.AUDIT])
def test_of_the_proxies_own_page(node: Node, surface):
    async def asked() -> list[tuple[str, int]]:
        listener = ProxyListener(
            Decider(NodeLibrary(service.clients(surface)), service.manner(surface), None)
        )
        server = await asyncio.start_server(listener.serve, HERE, 0)
        try:
            at = Proxy(server.sockets[0].getsockname()[1], listener, None)
            found = []
            for question in [f"/?{name}={value}" for name in ("search", "after") for value in UNFIT]:
                head = f"GET {question} HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n"
                found.append((question[:30], Told.read(await at.talk(head.encode())).status))
            return found
        finally:
            server.close()
            await listener.end()

    told = asyncio.run(asked())
    assert len(told) == 2 * len(UNFIT)
    # The audit proxy asks everybody here who she is first.
    assert {status for _question, status in told} <= {200, 407}, told


def test_of_the_portals_pages(paths, client, looked_for):
    client.force_login(make_person("root", Role.SYSTEM))
    client.raise_request_exception = False
    tried, wrong = set(), []
    for one in NEW:
        path = paths[one.name]
        looked_for.clear()
        if client.get(path).status_code == 405:
            continue
        for name in sorted(looked_for):
            tried.add((one.name, name))
            for value in UNFIT:
                answer = client.get(f"{path}?{name}={value}")
                if answer.status_code >= 500:
                    wrong.append((path, name, value[:16]))
    assert wrong == []
    assert {("exports:new", "au"), ("exports:new", "title"), ("delivery:open", "url")} <= tried
