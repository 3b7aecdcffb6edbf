"""Compares the audit record with its chain and names the rows that do not fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import connection
from django.db.models import Case, JSONField, Q, Value, When

from apps.accounts.chain import ROOT, digest
from apps.accounts.models import AuditEvent, AuditSeal, User

AT_ONCE = 2000
# More than this of one broken record says nothing new.
MOST_FAULTS = 1000


class FaultKind(StrEnum):
    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    SEAL_ALTERED = "seal-altered"
    SEAL_REMOVED = "seal-removed"
    OTHER_HEAD = "other-head"


@dataclass(frozen=True, slots=True)
class Fault:
    """``event`` and ``position`` are 0 where there is none."""

    kind: FaultKind
    event: int
    position: int
    text: str


@dataclass(slots=True)
class Verified:
    """``pending``: events that wait for their seal, which is no fault; ``head``: position and digest of the last seal."""

    events: int = 0
    pending: int = 0
    head: tuple[int, str] | None = None
    faults: list[Fault] = field(default_factory=list)
    more: bool = False


_UNSEALED = """
SELECT e.id FROM accounts_auditevent e
WHERE NOT EXISTS (SELECT FROM accounts_auditseal s WHERE s.event_id = e.id)
  AND NOT EXISTS (SELECT FROM accounts_auditpending p WHERE p.event_id = e.id)
ORDER BY e.id LIMIT %s
"""
_LOST = """
SELECT p.event_id FROM accounts_auditpending p
WHERE NOT EXISTS (SELECT FROM accounts_auditevent e WHERE e.id = p.event_id)
ORDER BY 1 LIMIT %s
"""
_PENDING = """
SELECT count(*) FROM accounts_auditpending p WHERE EXISTS (SELECT FROM accounts_auditevent e WHERE e.id = p.event_id)
"""


@dataclass(frozen=True, slots=True)
class Noted:
    """A head that was noted earlier, somewhere else; ``where`` says it to people."""

    position: int
    digest: bytes
    where: str = ""


def verify(*, expected: Sequence[Noted] = ()) -> Verified:
    """``expected``: the chain must hold each of them."""
    found = Verified()
    for fault in _faults(found, expected):
        if len(found.faults) == MOST_FAULTS:
            found.more = True
            break
        found.faults.append(fault)
    return found


def verify_part(*, after: int, most: int = AT_ONCE) -> tuple[list[Fault], int]:
    """The faults of ``most`` seals behind a position, and the last position of them; 0 where the chain ends there.

    What stands beside the chain altogether is looked at when its end is.
    """
    seals = list(AuditSeal.objects.filter(position__gte=after).order_by("position")[: most + 1])
    first = seals.pop(0) if after and seals and seals[0].position == after else None
    last, before = (first.position, bytes(first.digest)) if first else (after, None if after else ROOT)
    events = _events_of(seals)
    faults: list[Fault] = []
    for seal in seals:
        faults += _about(
            seal, events.get(seal.event_id), last, bytes(seal.previous) if before is None else before
        )
        last, before = seal.position, bytes(seal.digest)
    return (faults, last) if len(seals) >= most else ([*faults, *_beside()], 0)


def _faults(found: Verified, expected: Sequence[Noted]) -> Iterator[Fault]:
    last, before = 0, ROOT
    wanted = {one.position: b"" for one in expected}
    for seals in _pages():
        events = _events_of(seals)
        for seal in seals:
            yield from _about(seal, events.get(seal.event_id), last, before)
            found.events += seal.event_id in events
            last, before = seal.position, bytes(seal.digest)
            if last in wanted:
                wanted[last] = before
    found.head = (last, before.hex()) if last else None
    for one in expected:
        if wanted[one.position] != one.digest:
            yield _other(one, last)
    yield from _beside()
    with connection.cursor() as cursor:
        cursor.execute(_PENDING)
        found.pending = cursor.fetchone()[0]
    if not last and not AuditEvent.objects.exists() and User.objects.exists():
        # Nothing in an empty record contradicts itself; but nobody comes to a node without an event.
        yield Fault(
            FaultKind.REMOVED, 0, 0, "the record is empty, and people are here: its events were removed"
        )


def _other(one: Noted, end: int) -> Fault:
    text = f"the head that was noted{one.where}, {one.position}:{one.digest.hex()}, is not in the chain"
    if one.position > end:
        text += f", which ends at {end}: the newest events were removed, or an older backup was put in"
    return Fault(FaultKind.OTHER_HEAD, 0, one.position, text)


def _beside() -> Iterator[Fault]:
    """What no seal tells of: events that the record never took in, and some that it lost before they were sealed."""
    for (event,) in _rows(_UNSEALED):
        yield Fault(FaultKind.INSERTED, event, 0, f"event {event} was inserted beside the record")
    for (event,) in _rows(_LOST):
        yield Fault(FaultKind.REMOVED, event, 0, f"event {event} was removed before it was sealed")


def _events_of(seals: Sequence[AuditSeal]) -> dict:
    """Events by number. ``has_json_null``: where nothing was, JSON's null stands: read back, it looks the same."""
    null = Value(None, JSONField())
    rows = AuditEvent.objects.annotate(
        has_json_null=Case(When(Q(before=null) | Q(after=null), then=True), default=False)
    )
    return rows.in_bulk([seal.event_id for seal in seals])


def _about(seal: AuditSeal, event: AuditEvent | None, last: int, before: bytes) -> Iterator[Fault]:
    number = seal.position
    if number != last + 1:
        if number == last + 2:
            missing = f"seal {last + 1} of the chain is gone, with its event"
        else:
            missing = f"seals {last + 1} to {number - 1} of the chain are gone, with their events"
        yield Fault(FaultKind.SEAL_REMOVED, 0, last + 1, missing)
    elif bytes(seal.previous) != before:
        yield Fault(
            FaultKind.SEAL_ALTERED, seal.event_id, number, f"seal {number} does not follow the one before it"
        )
    if event is None:
        yield Fault(FaultKind.REMOVED, seal.event_id, number, f"event {seal.event_id} was removed")
    elif event.has_json_null or digest(bytes(seal.previous), event) != bytes(seal.digest):
        yield Fault(
            FaultKind.ALTERED,
            event.pk,
            number,
            f"event {event.pk} ({event.action} of {event.subject}) is not as it was sealed",
        )


def _pages() -> Iterator[list[AuditSeal]]:
    last = None
    while True:
        rows = AuditSeal.objects.order_by("position")
        seals = list((rows if last is None else rows.filter(position__gt=last))[:AT_ONCE])
        if not seals:
            return
        yield seals
        last = seals[-1].position


def _rows(statement: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [MOST_FAULTS + 1])
        return cursor.fetchall()
