"""The lists of AUs."""

import datetime as dt
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.aus.choices import AuState
from apps.aus.filters import titles_numbered
from apps.aus.models import Au
from apps.common.few_values import each_value
from apps.common.lists import Cell, Choice, Column, Exact, Flag, Search, Table, cells
from apps.common.lists.query import Query
from apps.common.pages import Action, Empty
from apps.common.parts import Copy
from apps.common.search import words_of
from apps.nodes import readings
from apps.nodes.choices import AuWord, Block, Care, Tally, of_any_word, word_key
from apps.nodes.models import AuStatus
from apps.nodes.services import standing, yearly
from apps.nodes.services.counting import number, numbers
from apps.nodes.shelves import peer_names, shelf_said, spines
from apps.nodes.words import BLOCKED_TOO, PRESERVED, au_word
from apps.permissions.services import selected_under
from apps.plugins.models import Plugin
from apps.titles.models import Publisher, TitleSet
from apps.titles.services import narrow

# So many options are a menu; of more, those that come first by name are offered, the others by link.
MOST_OPTIONS = 300


@dataclass(frozen=True, slots=True)
class AuRow:
    """What one line of a list of AUs is drawn from."""

    row: AuStatus
    copies: list[Copy]

    @property
    def au(self) -> Au:
        return self.row.au

    @property
    def url(self) -> str:
        return f"/aus/{self.row.au.slug}/"


MANY_OPTIONS, OFFERED_S = 100, 60.0
_offered: dict[str, tuple[float, list[tuple[str, str]]]] = {}


@dataclass(frozen=True, slots=True)
class Related:
    """One of many things that an AU belongs to; ``options`` are pairs of value and label."""

    key: str
    label: str | Promise
    field: str
    options: Callable[[], list[tuple[str, str]]]
    number: bool = False
    kind: str = "choice"

    def pairs(self) -> list[tuple[str, str]]:
        """What is offered; many are remembered for a while, and one that is not offered yet can still be asked for."""
        until, known = _offered.get(self.key, (0.0, []))
        if until < time.monotonic():
            known = self.options()
            _offered[self.key] = time.monotonic() + (OFFERED_S if len(known) >= MANY_OPTIONS else 0), known
        return known

    def parse(self, text: str) -> str:
        if self.number and not (text.isascii() and text.isdigit() and len(text) < 19):
            raise ValueError(gettext("a number"))
        return text

    def apply(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(**{self.field: value})


def _publishers() -> list[tuple[str, str]]:
    chosen = Exists(Au.objects.filter(publisher=OuterRef("pk")))
    rows = Publisher.objects.filter(chosen).order_by("name_key").values_list("pk", "name")
    return [(str(pk), name) for pk, name in rows[:MOST_OPTIONS]]


def _plugins() -> list[tuple[str, str]]:
    """Platforms by name; one that is chosen from but not loaded by its id."""
    names = dict(Plugin.objects.filter(current=True).values_list("plugin_id", "name"))
    used = each_value(Au, "plugin_id", MOST_OPTIONS)
    return sorted(
        ((pk, names.get(pk) or pk.rpartition(".")[2]) for pk in used), key=lambda pair: pair[1].lower()
    )


# Any cause at all.
ANY_CAUSE = "any"


def _causes() -> list[tuple[str, str]]:
    return [(ANY_CAUSE, gettext("whatever the cause")), *((str(v), str(label)) for v, label in Block.choices)]


def _blocked(rows: QuerySet, value: str) -> QuerySet:
    return rows.exclude(block="") if value == ANY_CAUSE else rows.filter(block=value)


# By what for, in addresses.
CARES = {care.name.lower().replace("_", "-"): care for care in Care if care}


def caring_page(care: Care) -> str:
    """Exactly the AUs that need a person for this."""
    return f"/aus/?why={care.name.lower().replace('_', '-')}"


class Rung(models.TextChoices):
    """How far an AU has come, as the pages of status count it; each includes the ones after it."""

    SELECTED = "selected", _("selected here")
    COLLECTED = "collected", _("content is here")
    PRESERVED = "preserved", _("preserved")
    FEW = "few", _("content is here, few copies")


def _come(rows: QuerySet, value: str) -> QuerySet:
    conditions = {
        Rung.SELECTED: standing.ACTIVE,
        Rung.COLLECTED: standing.HERE,
        Rung.PRESERVED: standing.preserved(),
        Rung.FEW: standing.few_copies(),
    }
    return rows.filter(conditions[Rung(value)])


def _in_set(rows: QuerySet, number: int) -> QuerySet:
    found = TitleSet.objects.filter(pk=number).first()
    return narrow(rows, found, title="au__title_id", unit="au__listed_id") if found else rows.none()


def _under_agreement(rows: QuerySet, number: int) -> QuerySet:
    return rows.filter(au__in=selected_under(number))


def _in_year(condition: Callable[[dt.datetime, dt.datetime], Q]) -> Callable[[QuerySet, int], QuerySet]:
    """By what happened to them in a year, as its report counts it."""

    def narrowed(rows: QuerySet, year: int) -> QuerySet:
        if not yearly.FIRST_YEAR <= year <= yearly.this_year():
            return rows.none()
        return rows.filter(au__in=Au.objects.filter(condition(*yearly.span(year))))

    return narrowed


def _saying(rows: QuerySet, wanted: str) -> QuerySet:
    """Of what is selected; what was deactivated is asked about no more."""
    return rows.filter(readings.of_aus(wanted, "au__permission"), au__state=AuState.SELECTED)


def _found(rows: QuerySet, text: str) -> QuerySet:
    """The AUID itself, the ISSN or ISBN of the title, or every word in the name or in the publisher's name."""
    if "&" in text and "|" in text:
        return rows.filter(au__auid=text)
    numbered = titles_numbered(text)
    if numbered is not None:
        return rows.filter(au__title_id__in=numbered)
    for word in words_of(text):
        rows = rows.filter(Q(au__name_key__contains=word) | Q(au__publisher__name_key__contains=word))
    return rows


def prepare(rows: list[AuStatus]) -> Iterable[AuRow]:
    names = peer_names(rows)
    return [AuRow(row, spines(row, names)) for row in rows]


def _count(query: Query) -> int | None:
    """Of the whole list and of one word there is a number; other filters are counted."""
    given = {key: value for key, value in query.filters.items() if value}
    if not given:
        return of_any_word(numbers())
    if list(given) == ["state"]:
        return number(word_key(str(given["state"])))
    return number(Tally.CARE) if given == {"care": True} else None


def state_cell(row: AuRow) -> Cell:
    """The word, and beside it that it is preserved, in the downloaded value too, and what blocks its collection."""
    return _state_cell(get_language(), row.row.word, standing.is_preserved(row.row), str(row.row.block))


@lru_cache(maxsize=256)
def _state_cell(_language: str | None, code: str, preserved: bool, block: str) -> Cell:
    """There are few, and a list has one in each row."""
    word, notes = au_word(code), []
    value = str(word.label)
    if preserved:
        notes.append(str(PRESERVED.label))
        value = f"{value}, {PRESERVED.label}"
    if block:
        notes.append(str(Block(block).label if code == AuWord.BLOCKED else BLOCKED_TOO.label))
    return Cell(cells.status(word, note=", ".join(notes)).html, value)


UNIT = Column(
    "name",
    _("Archival unit"),
    lambda row: cells.link(row.au.name, row.url, row.au.publisher.name if row.au.publisher else ""),
    sort="au__name_key",
)
STATE = Column("state", _("Status"), state_cell)
COPIES = Column(
    "copies",
    _("Copies"),
    lambda row: cells.shelf(row.copies, shelf_said(row.row, row.copies)),
    sort="agreeing",
)
URLS = Column("urls", _("URLs"), lambda row: cells.count(row.row.urls), numeric=True, priority=3)
SIZE = Column(
    "size",
    _("Size"),
    lambda row: cells.size(row.row.size),
    sort="size",
    numeric=True,
    priority=3,
    descending_first=True,
)
CRAWL = Column(
    "crawl",
    _("Last collected"),
    lambda row: cells.age(row.row.last_crawl_at),
    sort="last_crawl_at",
    priority=3,
    descending_first=True,
)
PROOF = Column(
    "proof", _("Last proof"), lambda row: cells.age(row.row.last_proof_at), sort="last_proof_at", priority=2
)

# What its columns are drawn from: fifty rows of everything else take longer to read than to draw.
SHOWN = (
    *("word", "block", "agreeing", "copies", "known", "urls", "size", "last_crawl_at", "last_proof_at"),
    *("au__name", "au__slug", "au__publisher__name"),
)
# And those of a download.
WRITTEN = (
    *SHOWN,
    *("au__auid", "au__title__name", "au__title__issn", "au__title__eissn", "au__listed__year"),
)
AUS = Table(
    name="aus",
    caption=_("Archival units"),
    columns=(UNIT, STATE, COPIES, CRAWL, PROOF, URLS, SIZE),
    besides=(
        Column("auid", _("AUID"), lambda row: row.au.auid),
        Column("publisher", _("Publisher"), lambda row: row.au.publisher.name if row.au.publisher else ""),
        Column("title", _("Title"), lambda row: row.au.title.name if row.au.title else ""),
        Column("issn", _("ISSN"), lambda row: row.au.title.issn if row.au.title else ""),
        Column("eissn", _("eISSN"), lambda row: row.au.title.eissn if row.au.title else ""),
        Column("year", _("Year"), lambda row: row.au.listed.year if row.au.listed else ""),
    ),
    filters=(
        Choice("state", _("Status"), "word", AuWord.choices),
        Related("publisher", _("Publisher"), "au__publisher", _publishers, number=True),
        Related("plugin", _("Plugin"), "au__plugin_id", _plugins),
        Flag("care", _("Needs care"), Q(care__gt=0)),
        Choice(
            "why",
            _("Needs care because"),
            "",
            lambda: [(key, care.label) for key, care in CARES.items()],
            how=lambda rows, value: rows.filter(care=CARES[value]),
        ),
        Choice("rung", _("How far"), "", Rung.choices, how=_come),
        Exact("title", _("Title"), "au__title", number=True),
        Exact("set", _("Title set"), number=True, how=_in_set),
        Exact("agreement", _("Selected and named by an agreement"), number=True, how=_under_agreement),
        Exact("chosen", _("Selected in the year"), number=True, how=_in_year(yearly.chosen_between)),
        Exact(
            "compared",
            _("Compared by a poll in the year"),
            number=True,
            how=_in_year(yearly.compared_between),
        ),
        Exact("damaged", _("Found damaged in the year"), number=True, how=_in_year(yearly.damaged_between)),
        Flag("suspect", _("Has damaged or missing versions"), Q(au__key__summary__suspect_versions__gt=0)),
        Flag("uncollected", _("Not collected yet"), standing.ACTIVE & Q(urls=0)),
        Choice("reading", _("Permission page"), "", readings.OPTIONS, how=_saying),
        Choice("block", _("Cannot be collected, because"), "block", _causes, how=_blocked),
    ),
    search=Search(label=_("Title, ISSN, year or publisher"), how=_found),
    sort="name",
    prepare=prepare,
    count=_count,
    noun=lambda n: ngettext("archival unit", "archival units", n),
    empty=Empty(
        _("Nothing is chosen yet"),
        _(
            "An archival unit is what is collected, proved and repaired as a whole: a volume, a year, a book. "
            "Choose some from a title or a publisher; this node does the rest."
        ),
        Action(_("Choose content"), "/titles/", primary=True),
    ),
)
