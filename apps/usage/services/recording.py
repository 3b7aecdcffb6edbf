"""Deliveries as rows, without address and user agent. Runs beside the requests, in the thread that writes."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F

from apps.aus.models import Au
from apps.common.clock import now
from apps.delivery.counting import Delivered
from apps.delivery.services.kept import Kept, kept
from apps.delivery.services.readers import known, own_readers
from apps.lockss.delivery import Reader, ReaderKind, standing
from apps.lockss.delivery import Reason as Why
from apps.lockss.usage import AccessType, digest_of, is_robot, item_of, kind_of, session_of
from apps.usage.choices import OWN, PROXY, PUBLIC, Reason
from apps.usage.keys import Keys
from apps.usage.models import UsageEvent, UsageLoss
from apps.usage.services.titles import counted_titles, year_of


def events_of(deliveries: Sequence[Delivered], keys: Keys) -> list[UsageEvent]:
    """Those that a person read, each with its own number; the same list is written however often that is tried."""
    some = []
    for one in deliveries:
        kind = kind_of(one.content_type, one.url, one.destination)
        if kind.counts and not is_robot(one.agent):
            some.append((one, kind))
    if not some:
        return []
    held = kept(now())
    found = Au.objects.select_related("title", "publisher", "listed")
    aus = found.in_bulk({one.au for one, _kind in some})
    titles = counted_titles(aus.values())
    events = []
    for one, kind in some:
        au = aus.get(one.au)
        if au is None:
            continue
        customer = customer_of(one.reader, held)
        events.append(
            UsageEvent(
                id=uuid.uuid4(),
                moment=one.moment,
                session=session_of(keys.of(one.moment), one.reader.address or "", one.agent, one.moment),
                url_digest=digest_of(one.url),
                item_digest=digest_of(item_of(one.url)),
                au=au,
                title=titles[au.pk],
                customer=customer,
                access=access_of(one, customer),
                kind=kind,
                year=year_of(au),
            )
        )
    return events


def write(*, events: Iterable[UsageEvent], lost: int = 0) -> None:
    """Once more, it writes nothing twice."""
    with transaction.atomic():
        UsageEvent.objects.bulk_create(events, ignore_conflicts=True)
        note_loss(day=now().date(), reason=Reason.FULL, number=lost)


def note_loss(*, day: dt.date, reason: Reason, number: int) -> None:
    """So many deliveries are in no number."""
    if not number:
        return
    row, made = UsageLoss.objects.get_or_create(day=day, reason=reason, defaults={"number": number})
    if not made:
        UsageLoss.objects.filter(pk=row.pk).update(number=F("number") + number)


def customer_of(reader: Reader, held: Kept) -> str:
    """Whose reading it is, as rows name it."""
    stands = standing(known(reader, held), own_readers(held))
    match stands.kind:
        case ReaderKind.PROXY:
            return PROXY + stands.by
        case ReaderKind.ANYBODY:
            return PUBLIC
        case _:
            return OWN


def access_of(one: Delivered, customer: str) -> AccessType:
    """Open access is open; what a trigger event or the publisher's leave opens to everybody is free to read."""
    verdict = one.verdict
    if verdict.free and verdict.reason is not Why.TRIGGERED:
        return AccessType.OPEN
    return AccessType.FREE_TO_READ if verdict.free or customer == PUBLIC else AccessType.CONTROLLED
