"""The only writer of collection records, and what units they mean."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from apps.accounts.models import User
from apps.accounts.services import audit
from apps.aus.choices import RISK_RANKS, Risk
from apps.aus.errors import CollectionError
from apps.aus.models import Au, CollectionRecord
from apps.common.clock import now
from apps.common.search import fold
from apps.common.text import plain_lines
from apps.titles.models import ListedAu, Publisher, Title


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a person writes of a collection."""

    name: str
    institution: str
    risk: Risk
    person: str = ""
    contact: str = ""
    why: str = ""
    risk_note: str = ""
    rights: str = ""
    since: dt.date | None = None
    review_on: dt.date | None = None
    publishers: Sequence[Publisher] = ()
    titles: Sequence[Title] = ()
    listed_aus: Sequence[ListedAu] = ()

    @property
    def columns(self) -> dict[str, object]:
        found = {one: getattr(self, one) for one in self.__slots__ if one not in _MEMBERS}
        return found | {
            "name_key": fold(self.name),
            "institution_key": fold(self.institution),
            "risk_rank": RISK_RANKS[self.risk],
        }


_MEMBERS = ("publishers", "titles", "listed_aus")


@dataclass(frozen=True, slots=True)
class Scope:
    """Numbers of what a record means."""

    publishers: list[int] = field(default_factory=list)
    titles: list[int] = field(default_factory=list)
    listed_aus: list[int] = field(default_factory=list)

    @property
    def listed(self) -> QuerySet[ListedAu]:
        """What the lists name of it; each condition has its index."""
        return ListedAu.objects.exclude(status="").filter(
            Q(publisher__in=self.publishers) | Q(title__in=self.titles) | Q(pk__in=self.listed_aus)
        )

    @property
    def aus(self) -> QuerySet[Au]:
        """What was selected here of it, ever."""
        return Au.objects.filter(
            Q(publisher__in=self.publishers) | Q(title__in=self.titles) | Q(listed__in=self.listed_aus)
        )


def scope_of(record: CollectionRecord) -> Scope:
    """Three queries; the numbers stand in the next ones as values, so that these find their index."""
    return Scope(
        *(list(getattr(record, one).order_by("pk").values_list("pk", flat=True)) for one in _MEMBERS)
    )


def add_collection(*, user: User, said: Said, request_key: uuid.UUID | None) -> CollectionRecord:
    """The record of this form, made when there is none."""
    with transaction.atomic():
        # Without a key every call is one of its own.
        row, made = CollectionRecord.objects.get_or_create(
            request_key=request_key or uuid.uuid4(), defaults={**said.columns, "user": user}
        )
        if made:
            _set_members(row, said)
            audit(user=user, action="aus.collection-add", subject=_subject(row), after=_told(row))
    return row


def change_collection(*, user: User, record: CollectionRecord, version: int, said: Said) -> CollectionRecord:
    """CollectionError: somebody else changed it since ``version`` was read."""
    with transaction.atomic():
        row = _locked(record, version)
        before = _told(row)
        for column, value in said.columns.items():
            setattr(row, column, value)
        row.version += 1
        row.save()
        _set_members(row, said)
        after = _told(row)
        audit(user=user, action="aus.collection-change", subject=_subject(row), before=before, after=after)
    return row


def close_collection(*, user: User, record: CollectionRecord, version: int, closed: bool) -> CollectionRecord:
    """Nothing more is expected of it, or again something is. What is preserved is not touched."""
    with transaction.atomic():
        row = _locked(record, version)
        if closed == (row.closed_at is not None):
            return row
        row.closed_at = now() if closed else None
        row.version += 1
        row.save(update_fields=["closed_at", "version", "updated_at"])
        audit(
            user=user,
            action="aus.collection-close" if closed else "aus.collection-reopen",
            subject=_subject(row),
            after={"closed": closed},
        )
    return row


def collections_of(title: Title) -> QuerySet[CollectionRecord]:
    """Open records that mean a title, all of its publisher, or single units of it."""
    meant = Q(titles=title) | Q(publishers=title.publisher_id) | Q(listed_aus__title=title)
    ids = CollectionRecord.objects.filter(meant).values("pk")
    return CollectionRecord.objects.filter(pk__in=ids, closed_at=None).order_by("name_key", "pk")


def _locked(record: CollectionRecord, version: int) -> CollectionRecord:
    row = CollectionRecord.objects.select_for_update().get(pk=record.pk)
    if row.version != version:
        raise CollectionError(
            gettext(
                "Somebody changed this record since you opened the form. Nothing of yours was saved; look at the "
                "record as it is now, and change it again."
            )
        )
    return row


def _set_members(row: CollectionRecord, said: Said) -> None:
    for one in _MEMBERS:
        getattr(row, one).set(getattr(said, one))


def _told(row: CollectionRecord) -> dict[str, object]:
    texts = ("name", "institution", "person", "contact", "why", "risk", "risk_note", "rights")
    told: dict[str, object] = {one: plain_lines(str(getattr(row, one))) for one in texts}
    told |= {one: str(getattr(row, one) or "") for one in ("since", "review_on")}
    return told | asdict(scope_of(row))


def _subject(row: CollectionRecord) -> str:
    return f"collection:{row.pk}"
