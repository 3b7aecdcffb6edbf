"""The node of ``surfaces.py`` with its content host and publishers, asked in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.db import connections

from apps.delivery import content, serving
from apps.delivery.node_rooms import node_rooms
from apps.delivery.proxy import threads
from apps.delivery.publisher import HostRecord
from apps.delivery.rewriting import kept_bodies
from apps.delivery.rooms import Host
from apps.delivery.services import kept
from apps.lockss.delivery import Failure
from tests.delivery.conftest import Told, asking
from tests.delivery.surfaces import FRESH, KINDS, PLACES, Place, Who, build
from tests.repository.factories import use_store
from tests.simulators.asked_publisher import ScriptedPublisher
from tests.simulators.publisher import Script, page

UP = pytest.mark.parametrize("up", [True, False], ids=["publisher up", "publisher down"])


@dataclass
class Node:
    """The node, its content host and its publishers. ``aus`` by the word of their policy."""

    ask: Callable[..., Told]
    host: Host
    aus: dict
    publisher: ScriptedPublisher | None = None

    def turn(self, *, up: bool) -> None:
        """Publishers as they are from now on, and nothing remembered of them."""
        hosts = [f"{word}.example" for word in (*KINDS, "shared")]
        script = Script().on("/page", page(FRESH))
        self.publisher = ScriptedPublisher(script, {} if up else dict.fromkeys(hosts, Failure.REFUSED))
        self.host.publisher, self.host.record = self.publisher, HostRecord()

    def get(self, who: Who, place: Place, address: str, **more: str) -> Told:
        """An address of the content host, behind her pass for this AU if she has one."""
        return self.ask(who.front(place) + address, client=who.address, **more)


@pytest.fixture
def node(db, settings, tmp_path, monkeypatch) -> Node:
    use_store(
        settings,
        tmp_path / "content",
        network_name="",
        keys_dir=tmp_path / "keys",
        content_url="http://localhost:8082",
        public_url="http://127.0.0.1:8081",
        proxy_address="proxy.example:8080",
        proxy_listen="127.0.0.1:8080",
    )
    kept.forget()
    serving._known_au.cache_clear()
    kept_bodies.clear()
    ask = asking(monkeypatch)
    ours = connections["default"]

    async def here(work):
        connections["default"] = ours
        return work()

    monkeypatch.setattr(threads, "in_thread", here)
    host = Host(node_rooms(), content._asking)
    monkeypatch.setattr(content, "host", lambda: host)
    made = Node(ask, host, build())
    made.turn(up=True)
    return made


def pairs(readers: dict[str, Who]) -> Iterator[tuple[str, Who, str]]:
    for name, who in readers.items():
        for word in KINDS:
            yield name, who, word


def names_in(text: bytes) -> set[str]:
    return {word for word in KINDS if PLACES[word].name.encode() in text}
