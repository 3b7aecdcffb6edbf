"""Members with what belongs to them, for tests of pages and for looking at pages."""

import datetime as dt
from itertools import count

from apps.aus.models import Au
from apps.common.search import fold
from apps.network.choices import DecisionKind, DecisionState, MemberState
from apps.network.models import Member, MemberNode
from apps.network.services import Ruling, today
from apps.nodes.models import AuStatus, PairStatus
from apps.nodes.replicas import members, replicas
from apps.peers.models import Peer
from tests.factories import HOUR, past

_numbers = count(1)
DAY = dt.timedelta(days=1)
TREES = ("Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Gum", "Hazel", "Ilex", "Juniper")
PLACES = (
    "College",
    "University Library",
    "State Archive",
    "Institute of Technology",
    "Public Library",
    "Museum",
)


def make_member(name: str = "", state: MemberState = MemberState.ADMITTED, **more) -> Member:
    name = name or f"Library {next(_numbers)}"
    given = {"applied_on": today() - 400 * DAY, "name_key": fold(name), **more}
    if state != MemberState.APPLIED:
        given.setdefault("admitted_on", today() - 300 * DAY)
    if state in (MemberState.LEFT, MemberState.EXCLUDED):
        given.setdefault("closed_on", today() - 10 * DAY)
    return Member.objects.create(name=name, state=state, **given)


def make_node(member: Member, identity: str = "", **more) -> MemberNode:
    identity = identity or f"TCP:[203.0.113.{next(_numbers) % 250}]:9729"
    return MemberNode.objects.create(member=member, identity=identity, **more)


def ruling(kind: DecisionKind = DecisionKind.ADMIT, **more) -> Ruling:
    given = {
        "state": DecisionState.ADOPTED,
        "decided_on": today(),
        "body": "Steering committee",
        "deciders": ["Ada Marsh", "Bo Rivers"],
        "text": "Alder College is admitted.",
        **more,
    }
    return Ruling(kind=kind, **given)


def make_network(number: int) -> list[Peer]:
    """So many peers, three boxes to an institution, who mostly agree: every tenth differs from many."""
    peers = Peer.objects.bulk_create(
        Peer(
            identity=f"TCP:[10.{n // 250}.{n % 250}.1]:9729",
            name=f"{TREES[n % len(TREES)]} {PLACES[n // len(TREES) % len(PLACES)]} {n}",
            source="registered",
            certificate="PEM",
            certificate_name=f"node{n}.example",
            minor=3,
            groups=["riverside"],
            last_message_at=past(n * HOUR / 10),
            last_connect_at=past(n * HOUR / 10),
        )
        for n in range(number)
    )
    members = Member.objects.bulk_create(
        Member(
            name=f"Institution {n}",
            name_key=f"institution {n}",
            state="admitted",
            applied_on=today() - 400 * DAY,
            admitted_on=today() - 300 * DAY,
        )
        for n in range(number // 3)
    )
    MemberNode.objects.bulk_create(
        MemberNode(member=members[n // 3], identity=peer.identity)
        for n, peer in enumerate(peers[: 3 * len(members)])
    )
    pairs = []
    for n, one in enumerate(peers):
        agreeing = _agreeing(n)
        pairs.append(PairStatus(first=None, second=one, aus=100, agreeing=agreeing))
        pairs.append(PairStatus(first=one, second=None, aus=80, agreeing=agreeing * 8 // 10))
        pairs += [
            PairStatus(first=one, second=other, aus=50, agreeing=min(agreeing, _agreeing(m)) // 2)
            for m, other in enumerate(peers[n + 1 : 60], n + 1)
            if (n + m) % 11
        ]
    PairStatus.objects.bulk_create(pairs)
    return peers


def _agreeing(n: int) -> int:
    if n % 10 == 9:
        return 40
    return 96 if n % 4 == 3 else 100


def make_status(au: Au, copies: list, **more) -> AuStatus:
    agreeing = sum(1 for _peer, letter in copies if letter == "a")
    given = {
        "word": "proved",
        "urls": 10,
        "agreeing": agreeing,
        "replicas": replicas([peer for peer, letter in copies if letter == "a"], members()),
        "known": len(copies),
        "copies": copies,
        "changed_at": past(),
        "refreshed_at": past(),
        **more,
    }
    return AuStatus.objects.create(au=au, **given)
