"""This node's rows on one side, pure simulated nodes on the other; messages go across as bytes, in no time.

Time stands still but for ``wait``. The pure nodes run the machines of the core over dictionaries
(``tests/simulators``); here the same machines run over rows, files and jobs.
"""

import datetime as dt
from dataclasses import dataclass, field

from apps.common import jobs
from apps.common.clock import now
from apps.common.models import Job
from apps.lockss.lcap.admission_checks import AuFacts
from apps.lockss.lcap.agreement import Agreement, AgreementType
from apps.lockss.lcap.codec import decode, encode
from apps.lockss.lcap.config import PollConfig
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import Message
from apps.lockss.lcap.stream import HeadRead, MessageReader
from apps.peers import services as peers
from apps.peers import spool
from apps.peers.choices import PeerSource
from apps.peers.models import InboundMessage, OutboundMessage, Peer
from apps.polls import tasks  # noqa: F401 - registers the handlers of jobs
from apps.polls.choices import TaskKind
from apps.polls.services import inbox, repairs, scanning
from apps.polls.store import now_ms
from tests.simulators.poll_network import PollNetwork, Transport
from tests.simulators.poll_node import PollNode

OWN = PeerId("127.0.0.1", 9700)
# As the sample definition says.
POLL_VERSION = "Poll_1"
# Voters that answer at once, and ask their peers for repairs before the publisher.
PROMPT = PollConfig(vote_request_delay_ms=0, repair_from_peer_share=1.0, min_poll_duration_ms=600_000)


@dataclass
class Bridge(PollNetwork):
    """``said``: what left this node, in order; ``clock``: a traveller that stands still."""

    transport: Transport = field(default_factory=lambda: Transport(delays=(0, 0)))
    clock: object = None
    said: list[tuple[PeerId, Message]] = field(default_factory=list)

    def __post_init__(self):
        super().__post_init__()
        self.now = now_ms()

    def peer(self, content, *, source=PeerSource.CONFIGURED, hash_ms=0, config=PROMPT, **options) -> PollNode:
        """A pure node that this node knows as a peer."""
        options.setdefault("au", AuFacts(poll_version=POLL_VERSION))
        node = self.add(content, config=config, hash_ms=hash_ms, **options)
        peers.ensure_peer(identity=node.peer, source=source)
        return node

    def _deliver(self, sender: PeerId, to: PeerId, wire: bytes) -> None:
        if to == OWN:
            self.receive(sender, wire)
        else:
            super()._deliver(sender, to, wire)

    def receive(self, sender: PeerId, message: Message | bytes) -> InboundMessage:
        """Keep a message in the inbox as the listener does: its head is read, its body is not looked at."""
        wire = message if isinstance(message, bytes) else encode(message)
        head = next(event for event in MessageReader().feed(wire) if isinstance(event, HeadRead))
        large = len(wire) > spool.IN_ROW
        pk = peers.store_inbound(
            peer=Peer.objects.get(identity=str(sender)),
            message=head.message,
            body=None if large else wire,
            spool_name=spool.write("in", [wire]) if large else "",
            size=len(wire),
        )
        return InboundMessage.objects.get(pk=pk)

    def hear(self, sender: PeerId, message: Message | bytes) -> InboundMessage:
        """Receive, act on it, and give back its row."""
        row = self.receive(sender, message)
        inbox.read_inbox()
        row.refresh_from_db()
        return row

    def carry(self) -> int:
        """Everything of the outbox goes over the wire."""
        rows = list(OutboundMessage.objects.filter(state="waiting").select_related("peer").order_by("id"))
        for row in rows:
            wire = spool.path_of(row.spool).read_bytes() if row.spool else bytes(row.body)
            assert len(wire) == row.size
            message = decode(wire)
            to = PeerId.parse(row.peer.identity)
            self.said.append((to, message))
            self.send(OWN, to, message)
        peers.mark_sent(ids=[row.pk for row in rows])
        return len(rows)

    def work(self) -> int:
        """Run what jobs of polls are due, each to its end; publishers are not asked."""
        due = list(
            Job.objects.filter(kind__in=TaskKind, state="waiting", run_after__lte=now()).order_by("id")
        )
        for job in due:
            jobs.run(job.pk)
        return len(due)

    def settle(self) -> None:
        """Until nothing more happens at this moment."""
        for _ in range(100):
            self.now = now_ms()
            moved = self.carry()
            self.run(until=self.now)
            taken, opened = inbox.read_inbox()
            for job in opened:
                jobs.wake(job)
            if not moved + taken + self.work():
                return
        raise AssertionError("the poll does not come to rest")

    def wait(self, seconds: float) -> None:
        """Time passes, then all that is due happens."""
        self.clock.shift(dt.timedelta(seconds=seconds))
        self.settle()
        scanning.tick()
        repairs.settle_publisher_repairs()
        self.settle()

    def kinds(self, to: PeerId | None = None) -> list[str]:
        """Names of the messages that left this node."""
        return [type(message).__name__ for whom, message in self.said if to in (None, whom)]


def trusts_us(*nodes: PollNode) -> None:
    """The pure nodes have seen us agree in polls of theirs: we may have repairs."""
    for node in nodes:
        node.agreed[OWN, AgreementType.POR] = Agreement.first(1.0, node.network.now)
