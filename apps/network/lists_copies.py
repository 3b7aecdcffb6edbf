"""How many copies there are of what, the fewest first: by archival unit, by title, by publisher."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import Count, Exists, F, Min, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.lists import issns
from apps.common.few import narrowed
from apps.common.lists import Cell, Choice, Column, Exact, Search, Table, cells
from apps.common.lists.query import Query
from apps.common.pages import Empty
from apps.common.parts import Copy
from apps.common.search import words_of
from apps.nodes.choices import Tally
from apps.nodes.lists import AUS, COPIES, PROOF, SIZE, STATE, UNIT
from apps.nodes.models import AuStatus
from apps.nodes.services.counting import number
from apps.nodes.services.standing import HERE, enough, few_copies
from apps.nodes.shelves import peer_names, spines
from apps.titles.models import Publisher, Title

FEW, MANY = "few", "10"


def collected() -> QuerySet[AuStatus]:
    return AuStatus.objects.filter(HERE).select_related("au__publisher")


@dataclass(frozen=True, slots=True)
class CopiesRow:
    """As ``nodes.lists.AuRow``."""

    row: AuStatus
    copies: list[Copy]

    @property
    def au(self):
        return self.row.au

    @property
    def url(self) -> str:
        return f"/aus/{self.row.au.slug}/"


def _prepared(rows: list[AuStatus]) -> Iterable[CopiesRow]:
    names = peer_names(rows)
    return [CopiesRow(row, spines(row, names)) for row in rows]


def _options() -> list[tuple[str, str]]:
    few = gettext("fewer than %s") % enough()
    return [(FEW, few), *((str(n), str(n)) for n in range(10)), (MANY, gettext("10 or more"))]


def _how_many(rows: QuerySet, value: str) -> QuerySet:
    if value == FEW:
        return rows.filter(agreeing__lt=enough())
    return rows.filter(agreeing__gte=10) if value == MANY else rows.filter(agreeing=int(value))


def _count(query: Query) -> int | None:
    given = {key: value for key, value in query.filters.items() if value}
    if not given:
        return number(Tally.COLLECTED)
    return number(Tally.FEW_COPIES) if given == {"copies": FEW} else None


COPIES_TABLE = Table(
    name="copies",
    caption=_("Copies of each archival unit"),
    columns=(
        UNIT,
        COPIES,
        Column("agreeing", _("Agree"), lambda one: cells.count(one.row.agreeing), numeric=True, priority=2),
        Column("replicas", _("Institutions"), lambda one: cells.count(one.row.replicas), numeric=True),
        replace(STATE, priority=2),
        PROOF,
        SIZE,
    ),
    filters=(
        Choice("copies", _("Copies that agree"), "agreeing", _options, how=_how_many),
        *(one for one in AUS.filters if one.key in ("publisher", "state")),
        Exact("title", _("Title"), "au__title", number=True),
    ),
    search=AUS.search,
    sort="copies",
    prepare=_prepared,
    count=_count,
    noun=lambda n: ngettext("archival unit", "archival units", n),
    empty=Empty(
        _("Nothing is collected yet"),
        _("As soon as there is content here, it is said of each archival unit how many copies agree."),
    ),
)


@dataclass(frozen=True, slots=True)
class Grouped:
    """A title or a publisher, with what its units here have: their number, how many have too few, the fewest."""

    row: Model
    units: int
    few: int
    fewest: int | None


def _grouped(field: str):
    def prepare(rows: list) -> list[Grouped]:
        of = f"au__{field}"
        found = AuStatus.objects.filter(HERE, **{f"{of}__in": [row.pk for row in rows]}).order_by()
        numbers = found.values(key=F(of)).annotate(
            units=Count("pk"), few=Count("pk", filter=Q(agreeing__lt=enough())), fewest=Min("agreeing")
        )
        known = {one["key"]: one for one in numbers}
        empty = {"units": 0, "few": 0, "fewest": None}
        return [
            Grouped(row, *(known.get(row.pk, empty)[name] for name in ("units", "few", "fewest")))
            for row in rows
        ]

    return prepare


def _those_with_few(field: str):
    def how(rows: QuerySet, value: str) -> QuerySet:
        units = AuStatus.objects.filter(few_copies())
        has = Q(Exists(units.filter(**{f"au__{field}": OuterRef("pk")})))
        keys = (
            units.filter(**{f"au__{field}__isnull": False}).order_by().values_list(f"au__{field}", flat=True)
        )
        found = narrowed(rows, has, keys=keys.distinct())
        return found if value == "yes" else rows.exclude(has)

    return how


def _few_cell(param: str):
    def show(one: Grouped) -> Cell:
        if not one.few:
            return cells.text("–")
        return cells.count(one.few, f"/network/copies/?copies={FEW}&{param}={one.row.pk}")

    return show


def _columns(param: str) -> tuple[Column, ...]:
    return (
        Column("few", _("With too few copies"), _few_cell(param), numeric=True),
        Column(
            "units",
            _("Units here"),
            lambda one: cells.count(one.units, f"/network/copies/?{param}={one.row.pk}"),
            numeric=True,
        ),
        Column("fewest", _("Fewest copies"), lambda one: cells.count(one.fewest), numeric=True),
    )


def _found(rows: QuerySet, text: str) -> QuerySet:
    for word in words_of(text):
        rows = rows.filter(name_key__contains=word)
    return rows


_YES = [("yes", _("yes")), ("no", _("no"))]
_NOTHING = Empty(_("Nothing is collected yet"), _("Copies are counted as soon as there is content here."))
TITLES_TABLE = Table(
    name="copies-titles",
    caption=_("Copies of each title"),
    columns=(
        Column(
            "name",
            _("Title"),
            lambda one: cells.link(one.row.name, f"/titles/{one.row.pk}/", issns(one.row)),
            sort="name_key",
        ),
        *_columns("title"),
    ),
    filters=(Choice("few", _("With too few copies"), "", _YES, how=_those_with_few("title")),),
    search=Search(label=_("Title"), how=_found),
    sort="name",
    prepare=_grouped("title"),
    noun=lambda n: ngettext("title", "titles", n),
    empty=_NOTHING,
)
PUBLISHERS_TABLE = Table(
    name="copies-publishers",
    caption=_("Copies of each publisher"),
    columns=(
        Column(
            "name",
            _("Publisher"),
            lambda one: cells.link(one.row.name, f"/publishers/{one.row.pk}/"),
            sort="name_key",
        ),
        *_columns("publisher"),
    ),
    filters=(Choice("few", _("With too few copies"), "", _YES, how=_those_with_few("publisher")),),
    search=Search(label=_("Publisher"), how=_found),
    sort="name",
    prepare=_grouped("publisher"),
    noun=lambda n: ngettext("publisher", "publishers", n),
    empty=_NOTHING,
)


def titles() -> QuerySet[Title]:
    return Title.objects.filter(_has_units("title"))


def publishers() -> QuerySet[Publisher]:
    return Publisher.objects.filter(_has_units("publisher"))


def _has_units(field: str) -> Exists:
    return Exists(AuStatus.objects.filter(HERE, **{f"au__{field}": OuterRef("pk")}))
