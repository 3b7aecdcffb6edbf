"""A network of pure nodes: one clock, a heap of events, every message through the real codec.

Nothing runs in real time; chance comes from one seeded generator, so that a failure repeats.
"""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from apps.lockss.lcap.codec import decode, encode
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Message
from tests.simulators.poll_node import PollNode

START_MS = 1_700_000_000_000
MAX_EVENTS = 200_000


@dataclass(frozen=True)
class Transport:
    """How messages fare: shares lost and doubled, and the span from which each one's delay is drawn (ms)."""

    loss: float = 0.0
    duplicates: float = 0.0
    delays: tuple[int, int] = (5, 5)


@dataclass
class PollNetwork:
    """``sent`` counts the messages by kind, ``dead`` lists nodes that no longer answer."""

    seed: int = 0
    transport: Transport = field(default_factory=Transport)
    now: int = START_MS
    nodes: dict[PeerId, PollNode] = field(default_factory=dict)
    dead: set[PeerId] = field(default_factory=set)
    sent: Counter = field(default_factory=Counter)

    def __post_init__(self):
        self.random = random.Random(self.seed)
        self._heap = []
        self._serial = itertools.count()

    def add(self, content: dict[str, list[bytes]], **options) -> PollNode:
        peer = PeerId("127.0.0.1", 9_701 + len(self.nodes))
        node = PollNode(peer, self, {url: list(versions) for url, versions in content.items()}, **options)
        self.nodes[peer] = node
        return node

    def at(self, when: int, action: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (max(when, self.now), next(self._serial), action))

    def send(self, sender: PeerId, to: PeerId, message: Message) -> None:
        """Put a message on the wire, to be lost, doubled or delayed as the transport has it."""
        self.sent[type(message).__name__] += 1
        wire = encode(message)
        if self.random.random() < self.transport.loss:
            return
        copies = 2 if self.random.random() < self.transport.duplicates else 1
        for _ in range(copies):
            delay = self.random.randint(*self.transport.delays)
            self.at(self.now + delay, lambda: self._deliver(sender, to, wire))

    def _deliver(self, sender: PeerId, to: PeerId, wire: bytes) -> None:
        if to not in self.dead and sender not in self.dead and to in self.nodes:
            self.nodes[to].receive(sender, decode(wire))

    def run(self, until: int | None = None) -> None:
        """Until nothing is left to happen, or until that time."""
        for _ in range(MAX_EVENTS):
            if not self._heap or (until is not None and self._heap[0][0] > until):
                return
            self.now, _, action = heapq.heappop(self._heap)
            action()
        raise AssertionError("the network does not come to rest")

    def poll(self, node: PollNode, **setup):
        """Call a poll at once and let everything happen; the ended poll."""
        key = node.call_poll(**setup)
        self.run()
        return node.polls[key]

    def break_message(self, message: Message, **header) -> Message:
        return replace(message, header=replace(message.header, **header))
