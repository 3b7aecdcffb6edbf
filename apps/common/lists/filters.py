"""What a list can be narrowed by. A value that does not fit is refused with a sentence, never passed over."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext

from apps.common.kept_search import seen
from apps.common.worded import once_per_language

LOOKUPS = frozenset({"exact", "iexact", "contains", "icontains", "startswith", "istartswith"})


@once_per_language
def _in_words(options: Sequence[tuple[str, str | Promise]]) -> list[tuple[str, str]]:
    return [(str(value), str(label)) for value, label in options]


class Filter(Protocol):
    """``key`` is the parameter's name, ``kind`` how common/list.html draws it."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def label(self) -> str | Promise: ...

    def parse(self, text: str) -> Any:
        """The value; ValueError says what was expected."""

    def apply(self, rows: QuerySet, value: Any) -> QuerySet: ...


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a vocabulary. ``options``: pairs of value and label, or a function that gives them.

    ``how`` replaces ``field=value`` where that is not the question.
    """

    key: str
    label: str | Promise
    field: str
    options: Sequence[tuple[str, str | Promise]] | Callable[[], Sequence[tuple[str, str | Promise]]]
    how: Callable[[QuerySet, str], QuerySet] | None = None
    kind: str = "choice"

    def pairs(self) -> list[tuple[str, str]]:
        if callable(self.options):
            return [(str(value), str(label)) for value, label in self.options()]
        return _in_words(self.options)

    def parse(self, text: str) -> str:
        values = [value for value, _ in self.pairs()]
        if text not in values:
            raise ValueError(gettext("one of: %s") % ", ".join(values))
        return text

    def apply(self, rows: QuerySet, value: str) -> QuerySet:
        return self.how(rows, value) if self.how else rows.filter(**{self.field: value})


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no. ``condition`` is what "yes" means."""

    key: str
    label: str | Promise
    condition: Q
    kind: str = "choice"

    def pairs(self) -> list[tuple[str, str]]:
        return [("yes", gettext("yes")), ("no", gettext("no"))]

    def parse(self, text: str) -> bool:
        if text not in ("yes", "no"):
            raise ValueError(gettext("yes or no"))
        return text == "yes"

    def apply(self, rows: QuerySet, value: bool) -> QuerySet:
        return rows.filter(self.condition) if value else rows.exclude(self.condition)


@dataclass(frozen=True, slots=True)
class Day:
    """From, or (``until``) up to and with, a day in the node's time zone; ``field`` holds a moment."""

    key: str
    label: str | Promise
    field: str
    until: bool = False
    kind: str = "day"

    def parse(self, text: str) -> dt.datetime:
        try:
            day = dt.date.fromisoformat(text)
            if self.until:
                day += dt.timedelta(days=1)
            return timezone.make_aware(dt.datetime.combine(day, dt.time()))
        except (ValueError, OverflowError):
            raise ValueError(gettext("a day such as 2026-11-21")) from None

    def apply(self, rows: QuerySet, value: dt.datetime) -> QuerySet:
        return rows.filter(**{f"{self.field}__{'lt' if self.until else 'gte'}": value})


@dataclass(frozen=True, slots=True)
class Exact:
    """Rows that belong to one thing; comes with a link from elsewhere and has a box to take it away.

    ``how`` narrows where no field does.
    """

    key: str
    label: str | Promise
    field: str = ""
    number: bool = False
    how: Callable[[QuerySet, Any], QuerySet] | None = None
    kind: str = "exact"

    def parse(self, text: str) -> str | int:
        if not self.number:
            return text
        if not text.isascii() or not text.isdigit() or len(text) > 18:
            raise ValueError(gettext("a number"))
        return int(text)

    def apply(self, rows: QuerySet, value: str | int) -> QuerySet:
        return self.how(rows, value) if self.how else rows.filter(**{self.field: value})


@dataclass(frozen=True, slots=True)
class Search:
    """Free text, parameter ``q``. Every word must be found in one of ``fields``.

    Each field names its look-up (``name__istartswith``), ``icontains`` without one. ``kept``: the field of a kept
    sentence (``common.stored``), which is met in the reader's words too. ``how`` replaces all that.
    """

    fields: Sequence[str] = ()
    label: str | Promise = ""
    how: Callable[[QuerySet, str], QuerySet] | None = None
    key: str = "q"
    kind: str = "search"
    kept: str = ""

    LONGEST = 200
    MOST_WORDS = 8

    def parse(self, text: str) -> str:
        if len(text) > self.LONGEST:
            raise ValueError(gettext("at most %d characters") % self.LONGEST)
        return text.strip()

    def apply(self, rows: QuerySet, value: str) -> QuerySet:
        if self.how:
            return self.how(rows, value)
        for word in value.split()[: self.MOST_WORDS]:
            found = Q()
            for field in self.fields:
                found |= Q(**{field if _has_lookup(field) else f"{field}__icontains": word})
            rows = rows.filter(found | seen(word, self.kept) if self.kept else found)
        return rows


def _has_lookup(field: str) -> bool:
    return field.rpartition("__")[2] in LOOKUPS
