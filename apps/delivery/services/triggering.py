"""Trigger events: proposed with reason and day by one person, confirmed by another, perhaps withdrawn (delivery §10)."""

import datetime as dt
from collections.abc import Iterator
from itertools import islice
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.models import Au
from apps.common.clock import node_day, now
from apps.common.text import plain_lines, storable
from apps.delivery.addresses import delivery_url
from apps.delivery.models import Article, TriggerEvent
from apps.delivery.services.ruling import subject_of
from apps.repository import services as repository
from apps.repository.choices import Order
from apps.repository.names import url_digest
from apps.titles.models import Title

LONGEST_TEXT = 20_000
# URLs whose DOIs are read together.
TOGETHER = 500
FIRST_DAY = dt.date(1990, 1, 1)
LAST_DAY = dt.date(2200, 12, 31)
# Who may say it first, and whose second word makes it count.
PROPOSING = (Role.LIBRARIAN, Role.NETWORK)
CONFIRMING = (Role.NETWORK,)


def open_event(where: Title | Au) -> TriggerEvent | None:
    """The event of this very title or AU that is proposed or confirmed and not withdrawn."""
    return TriggerEvent.objects.filter(**_place(where), withdrawn_at__isnull=True).first()


def events_of(au: Au) -> list[TriggerEvent]:
    """Every event that is or was about an AU, its own and its title's, newest first."""
    own = Q(au=au) if au.title_id is None else Q(au=au) | Q(title=au.title_id)
    return list(TriggerEvent.objects.filter(own).order_by("-proposed_at", "-id"))


def propose_trigger(
    *,
    where: Title | Au,
    reason: str,
    since: dt.date,
    user: User,
    licence: str = "",
    citation: str = "",
    request_key: UUID | None = None,
) -> TriggerEvent:
    """The first of two words. One ``request_key``, one event; ValidationError where there is an event already."""
    before = TriggerEvent.objects.filter(request_key=request_key).first() if request_key else None
    if before is not None:
        return before
    if not reason.strip():
        raise ValidationError({"reason": gettext("A trigger event needs its reason.")})
    if not FIRST_DAY <= since <= LAST_DAY:
        wrong = gettext("Expected a day from %(first)s to %(last)s.")
        raise ValidationError({"since": wrong % {"first": FIRST_DAY.year, "last": LAST_DAY.year}})
    try:
        with transaction.atomic():
            row = TriggerEvent.objects.create(
                **_place(where),
                reason=_text(reason),
                since=since,
                licence=_text(licence),
                citation=_text(citation),
                proposed_by=user,
                proposed_name=user.username,
                proposed_at=now(),
                request_key=request_key,
            )
            _audit(row, user, "delivery.trigger-proposed")
    except IntegrityError as error:
        raise ValidationError(
            gettext("A trigger event is proposed or confirmed here already. Withdraw it first.")
        ) from error
    return row


def confirm_trigger(*, event: TriggerEvent, version: int, user: User) -> TriggerEvent:
    """The second word, of another person; from its day on it counts."""
    with transaction.atomic():
        row = _locked(event, version)
        if row.confirmed_at is not None:
            raise ValidationError(gettext("It is confirmed already."))
        if row.proposed_by_id == user.pk or row.proposed_name.casefold() == user.username.casefold():
            raise ValidationError(
                gettext("You proposed it yourself. A trigger event counts when another person confirms it.")
            )
        row.confirmed_by, row.confirmed_name, row.confirmed_at = user, user.username, now()
        row.version += 1
        row.save()
        _audit(row, user, "delivery.trigger-confirmed")
    return row


def withdraw_trigger(*, event: TriggerEvent, version: int, why: str, user: User) -> TriggerEvent:
    """It counts no more from now on; the row stays."""
    if not why.strip():
        raise ValidationError({"why": gettext("Say why it is withdrawn.")})
    with transaction.atomic():
        row = _locked(event, version)
        row.withdrawn_by, row.withdrawn_name, row.withdrawn_at = user, user.username, now()
        row.withdrawn_why = _text(why)
        row.version += 1
        row.save()
        _audit(row, user, "delivery.trigger-withdrawn")
    return row


def counts(event: TriggerEvent) -> bool:
    """Whether it holds today, as far as the event itself goes."""
    return event.confirmed_at is not None and event.withdrawn_at is None and event.since <= node_day(now())


def triggered_urls(event: TriggerEvent) -> Iterator[tuple[str, str, str, str]]:
    """AUID, URL, its address on the content host, and the DOI that the page names (empty where it names none), of
    everything that the event gives to everybody; streamed. For those who register the new place of what had a DOI.
    """
    found = Au.objects.filter(pk=event.au_id) if event.au_id else Au.objects.filter(title=event.title_id)
    for au in found.order_by("name_key", "pk").iterator():
        good = (one.url for one in repository.newest(auid=au.auid, order=Order.NAME) if not one.suspect)
        while urls := list(islice(good, TOGETHER)):
            rows = Article.objects.filter(au=au, url_digest__in=[url_digest(url) for url in urls])
            dois = dict(rows.values_list("url", "doi"))
            for url in urls:
                yield au.auid, url, delivery_url(au, url), dois.get(url, "")


def _place(where: Title | Au) -> dict[str, object]:
    return {"au": where, "title": None} if isinstance(where, Au) else {"au": None, "title": where}


def _locked(event: TriggerEvent, version: int) -> TriggerEvent:
    row = TriggerEvent.objects.select_for_update().get(pk=event.pk)
    if row.version != version or row.withdrawn_at is not None:
        raise ValidationError(
            gettext(
                "Somebody has changed this since your page was made. Look at it again; nothing was saved."
            )
        )
    return row


def _audit(row: TriggerEvent, user: User, action: str) -> None:
    where = row.au or row.title
    after = {
        "event": row.pk,
        "reason": row.reason,
        "since": row.since.isoformat(),
        "proposed_by": row.proposed_name,
        "confirmed_by": row.confirmed_name,
        "withdrawn_by": row.withdrawn_name,
        "why": row.withdrawn_why,
    }
    audit(
        user=user,
        action=action,
        subject=subject_of(where),
        after={name: value for name, value in after.items() if value != ""},
    )


def _text(text: str) -> str:
    return storable(plain_lines(text.strip()), LONGEST_TEXT)
