"""What the content host does when too many ask, and with who does not take what was asked for."""

import asyncio

import pytest

from apps.delivery import content
from tests.delivery.conftest import AUID, SITE, SLUG
from tests.delivery.simulated import OPEN

pytestmark = pytest.mark.django_db
LONG = f"/{SLUG}/-/{SITE}/long.mp4"


class Reader:
    """One request of the application itself; ``takes``: how many messages are taken before the reader stops."""

    def __init__(self, path: str, takes: int | None = None) -> None:
        self.status, self.fields, self.body, self.whole = 0, {}, b"", False
        self.stuck, self._go_on = asyncio.Event(), asyncio.Event()
        self._path, self._left = path, takes

    async def ask(self) -> None:
        scope = {
            "type": "http",
            "method": "GET",
            "raw_path": self._path.encode(),
            "query_string": b"",
            "client": ("192.0.2.1", 1),
            "headers": [(b"host", b"localhost:8082")],
        }
        await content.app(scope, self._nothing, self._take)

    def go_on(self) -> None:
        self._left = None
        self._go_on.set()

    async def _nothing(self):
        await asyncio.Event().wait()

    async def _take(self, message) -> None:
        if self._left == 0:
            self.stuck.set()
            await self._go_on.wait()
        if self._left:
            self._left -= 1
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.fields = {name.decode().lower(): value.decode() for name, value in message["headers"]}
        else:
            self.body += message.get("body", b"")
            self.whole = not message.get("more_body", False)


@pytest.fixture
def full(ask, rooms, monkeypatch):
    """A host that gives two answers at once and lets nobody wait."""
    rooms.addresses.add("192.0.2.1")
    rooms.policies[AUID] = OPEN
    monkeypatch.setattr(content, "AT_ONCE", 2)
    monkeypatch.setattr(content, "WAIT_S", 0.01)


def test_who_finds_no_turn_is_told_to_come_again_and_who_has_one_is_served(full) -> None:
    async def all_of_them() -> tuple[list[Reader], Reader, Reader]:
        slow = [Reader(LONG, takes=2) for _ in range(2)]
        tasks = [asyncio.ensure_future(one.ask()) for one in slow]
        for one in slow:
            await one.stuck.wait()
        third, later = Reader("/"), Reader("/")
        await third.ask()
        for one in slow:
            one.go_on()
        await asyncio.gather(*tasks)
        await later.ask()
        return slow, third, later

    slow, third, later = asyncio.run(all_of_them())
    assert (third.status, third.fields["retry-after"], third.fields["cache-control"]) == (
        503,
        "5",
        "private, no-store",
    )
    assert [(one.status, len(one.body), one.whole) for one in slow] == [(200, 3_000_000, True)] * 2
    assert later.status == 200


def test_who_takes_nothing_is_let_go_and_leaves_the_turn_to_others(full, monkeypatch) -> None:
    monkeypatch.setattr(content, "PATIENCE_S", 0.01)

    async def all_of_them() -> tuple[list[Reader], Reader]:
        slow = [Reader(LONG, takes=2) for _ in range(2)]
        await asyncio.gather(*(one.ask() for one in slow))
        third = Reader("/")
        await third.ask()
        return slow, third

    slow, third = asyncio.run(all_of_them())
    assert not any(one.whole for one in slow), "cut short, which every client notices"
    assert third.status == 200
