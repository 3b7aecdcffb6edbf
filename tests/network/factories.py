"""Members with what belongs to them, for tests of pages and for looking at pages."""

import datetime as dt
from itertools import count

from apps.common.search import fold
from apps.network.choices import DecisionKind, DecisionState, MemberState
from apps.network.models import Member, MemberNode
from apps.network.services import Ruling, today

_numbers = count(1)
DAY = dt.timedelta(days=1)


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
