"""Facts about AUs that serving depends on: what title list, parameters and permission page say, and what was said here."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Func, QuerySet, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce

from apps.aus.definitions import configuration_of
from apps.aus.models import Au
from apps.delivery.services.kept import Kept, Place, Said
from apps.delivery.services.sayings import said_of
from apps.lockss.delivery import AuFacts, Published, PublisherFlag, TriggerState
from apps.lockss.delivery.policy import term
from apps.lockss.permission.page import AccessType
from apps.permissions.choices import Verdict as Asked
from apps.titles.choices import DOWN

OPEN = "openaccess"
"""The title list's word (attribute ``rights``) for an AU that is open access."""
_PLAIN = (
    "pk",
    "slug",
    "auid",
    "name",
    "name_key",
    "publisher_id",
    "title_id",
    "listed_id",
    "plugin_id",
    "listed__status",
    "listed__first_year",
    "listed__last_year",
    "permission__access_type",
    "permission__verdict",
)
_TRUE = ("true", "yes", "on", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuRow:
    """An AU with what is known of it beside what people said about serving; read anew for each question."""

    pk: int
    slug: str
    auid: str
    name: str
    name_key: str
    publisher_id: int | None
    title_id: int | None
    listed_id: int | None
    plugin_id: str
    open_access: bool
    publisher: PublisherFlag
    year: int | None

    @property
    def place(self) -> Place:
        return Place(self.pk, self.publisher_id, self.title_id, self.listed_id, self.plugin_id)


class InBytes(Func):
    """An AUID in the order of its bytes."""

    template = '%(expressions)s COLLATE "C"'
    output_field = TextField()


def with_facts(rows: QuerySet, before: str = "") -> tuple[QuerySet, tuple[str, ...]]:
    """``rows`` with the fields of an ``AuRow``, and their names for ``values_list``; ``before``: the way to the AU."""
    made = {
        "down": _parameter(before, "pub_down"),
        "never": _parameter(before, "pub_never"),
        "rights": KeyTextTransform("rights", f"{before}listed__attributes"),
        "own_year": _first("year", f"{before}params", f"{before}other_params"),
    }
    return rows.annotate(**made), (*(f"{before}{name}" for name in _PLAIN), *made)


def row_of(values: tuple) -> AuRow:
    pk, slug, auid, name, key, house, title, listed, plugin, status, first, last, access, asked, *more = (
        values
    )
    down, never, rights, own_year = more
    flag = PublisherFlag.UP
    if status in DOWN or _true(down):
        flag = PublisherFlag.DOWN
    if _true(never):
        flag = PublisherFlag.NEVER
    year = last or first or _year(own_year)
    return AuRow(
        pk=pk,
        slug=slug,
        auid=auid,
        name=name,
        name_key=key,
        publisher_id=house,
        title_id=title,
        listed_id=listed,
        plugin_id=plugin,
        open_access=rights == OPEN or (asked == Asked.GRANTED and access == AccessType.OPEN_ACCESS),
        publisher=flag,
        year=year,
    )


def row_of_au(au: Au) -> AuRow:
    """Of an AU that is there already, with its title list's entry and its permission."""
    config, attributes = configuration_of(au)
    listed, asked = au.listed, getattr(au, "permission", None)
    return row_of(
        (
            au.pk,
            au.slug,
            au.auid,
            au.name,
            au.name_key,
            au.publisher_id,
            au.title_id,
            au.listed_id,
            au.plugin_id,
            listed.status if listed else None,
            listed.first_year if listed else None,
            listed.last_year if listed else None,
            asked.access_type if asked else None,
            asked.verdict if asked else None,
            config.get("pub_down"),
            config.get("pub_never"),
            attributes.get("rights"),
            au.params.get("year") or au.other_params.get("year"),
        )
    )


def rows_of(found: QuerySet) -> list[AuRow]:
    """Of a query for AUs."""
    rows, names = with_facts(found)
    return [row_of(values) for values in rows.values_list(*names)]


def facts_of(rows: Iterable[AuRow], held: Kept) -> dict[int, AuFacts]:
    """By AU, as the verdict wants them."""
    wanted = list(rows)
    said = said_of([row.place for row in wanted], held)
    return {row.pk: facts_in(row, said[row.pk], held.day) for row in wanted}


def facts_in(row: AuRow, said: Said, day: dt.date) -> AuFacts:
    """What is known of an AU and what was said of it, together."""
    open_access = row.open_access if said.open_access is None else said.open_access
    publisher = said.publisher or row.publisher
    counts = said.trigger is not None and said.trigger.state(day) is TriggerState.COUNTS
    if counts and not term(said.lines, "trigger").refused:
        # A trigger event says that the publisher will not have it again (delivery §10).
        open_access, publisher = True, PublisherFlag.NEVER
    return AuFacts(
        lines=said.lines,
        open_access=open_access,
        embargoes=said.embargoes,
        published=None if row.year is None else Published(row.year),
        trigger=said.trigger,
        publisher=publisher,
    )


def _parameter(before: str, key: str) -> Coalesce:
    """The title list's value counts before the AU's own: an AU follows its list."""
    where = ("listed__params", "listed__other_params", "params", "other_params")
    return _first(key, *(f"{before}{name}" for name in where))


def _first(key: str, *fields: str) -> Coalesce:
    return Coalesce(*(KeyTextTransform(key, field) for field in fields))


def _true(text: str | None) -> bool:
    return text is not None and text.strip().lower() in _TRUE


def _year(text: str | None) -> int | None:
    found = (text or "").strip()
    return int(found) if len(found) == 4 and found.isascii() and found.isdigit() else None
