"""The report on the screen: a list of titles, each with its lines."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from django.db.models import Expression, F, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Concat, NullIf
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.common.display import count_text, day_text
from apps.common.lists import Cell, Column, Table
from apps.common.pages import Action, Empty
from apps.kbart.asking import REPORT, Order
from apps.kbart.making.keepers import IN_PROGRESS, PRESERVED
from apps.kbart.making.report import arranged, columns_of, key_of, rows_of, terms_of, units_of
from apps.kbart.words import narrowed
from apps.lockss.kbart import KbartFinding, OutColumn
from apps.titles.models import Title

# Of the 25 what people look for first, under shorter heads; the file has all.
SHOWN = {
    "publication_title": _("Title"),
    "print_identifier": _("Print"),
    "online_identifier": _("Online"),
    "date_first_issue_online": _("From"),
    "num_first_vol_online": _("Volume"),
    "date_last_issue_online": _("To"),
    "num_last_vol_online": _("Volume"),
    "date_monograph_published_online": _("Published"),
    "publisher_name": _("Publisher"),
    "preservation_status": _("State"),
    "last_update": _("In this state since"),
}
# The words that the file has stand in the reader's language on the page.
STATES = {
    PRESERVED: pgettext_lazy("of a volume", "preserved"),
    IN_PROGRESS: pgettext_lazy("of a volume", "in progress"),
}
LONGEST_SHOWN = 300
# What a title itself tells of the columns.
OWN = {
    "publication_title": "name_key",
    "publisher_name": "publisher__name_key",
    "print_identifier": "issn",
    "online_identifier": "eissn",
}
ORDER = "report_order"
IDENTIFIERS = ("print_identifier", "online_identifier")
Values = tuple[str, ...]


@dataclass
class OnScreen:
    """The report as a list of titles, each with its lines. ``findings`` are those of the titles shown last, ``shown`` counts their lines."""

    order: Order
    at: dt.datetime
    findings: list[KbartFinding] = field(default_factory=list)
    descending: bool = False
    shown: int = 0

    @property
    def names(self) -> Values:
        """Of the columns that are shown."""
        if not self.order.layout.standard:
            return self.order.layout.heads
        return tuple(name for name in SHOWN if name in columns_of(self.order))

    def _head(self, name: str) -> str:
        return str(SHOWN[name]) if self.order.layout.standard else name

    def _show(self, place: int, name: str) -> Callable[[Values], str] | Callable[[Values], Cell]:
        if name == "preservation_status" and self.order.layout.standard:
            return lambda row: str(STATES.get(row[place], row[place]))
        if name in IDENTIFIERS:
            return _unbroken(place)
        return _value(place)

    def table(self) -> Table:
        return Table(
            name="report",
            caption=_("Lines of the report"),
            columns=[
                Column(
                    f"c{place}", self._head(name), self._show(place, name), sort="" if place else self._path
                )
                for place, name in enumerate(self.names)
            ],
            sort="c0",
            prepare=self._lines,
            noun=self._noun,
            download=False,
            empty=self._empty(),
        )

    def _empty(self) -> Empty:
        """What is to be done where nothing is there, or what takes all of it away."""
        whole = replace(Order(), scope=self.order.scope, report=self.order.report, notes=self.order.notes)
        told = narrowed(self.order, short=True)
        if not told or not units_of(whole).exists():
            return Empty(
                gettext("Nothing to report yet"),
                gettext(
                    "No archival unit is in this state. Select some, let them be collected, and wait for the first polls."
                ),
            )
        said = "; ".join(f"{term}: {text}" for term, text in told).removesuffix(".")
        if self.order.since is not None and self.order.since > timezone.localdate(self.at):
            day = day_text(self.order.since)
            said = said.replace(day, gettext("%s, which has not come yet") % day)
        return Empty(
            gettext("Nothing fits"),
            " ".join([gettext("What narrows this report leaves nothing of it."), f"{said}."]),
            Action(gettext("Show all of it"), f"{REPORT}{whole.query()}"),
        )

    def _noun(self, titles: int) -> str:
        """Behind their number; lines are counted as far as they are shown, since one title may have many."""
        said = ngettext("title", "titles", titles)
        lines = ngettext("%s line on this page", "%s lines on this page", self.shown) % count_text(self.shown)
        return f"{said}, {lines}"

    @property
    def _path(self) -> str:
        return "name_key" if self.order.layout.by_title else ORDER

    def ordered(self, titles: QuerySet[Title]) -> QuerySet[Title]:
        """With what a page of them is sorted by: as the file, as far as a title's own columns tell it."""
        if self.order.layout.by_title:
            return titles
        parts = [_key(column) for column in self.order.layout.columns[:2]]
        told = [part for each in parts for part in (each, Value("\x01"))]
        return titles.annotate(**{ORDER: Concat(*told, "name_key", output_field=TextField())})

    def _lines(self, titles: list[Title]) -> Iterable[Values]:
        keys = [str(title.pk) for title in titles]
        lines: dict[str, list[Values]] = {}
        terms = terms_of(self.order, self.at)
        for title, rows, findings in rows_of(self.order, terms, [title.pk for title in titles]):
            lines[title] = rows
            self.findings += findings
        # Asked for in the order of their numbers, shown in the order of the page, and that of the file within it.
        some: Iterable[Values] = (row for key in keys for row in lines.get(key, ()))
        if not self.order.layout.by_title:
            some = sorted(some, key=lambda row: key_of(row, self.order.layout), reverse=self.descending)
        heads, shown = arranged(some, columns_of(self.order), self.order)
        places = [heads.index(name) for name in self.names]
        cut = [tuple(row[place] for place in places) for row in shown]
        self.shown = len(cut)
        return cut


def _key(column: OutColumn) -> Expression:
    """The first of its fields that a title has; "" for what its units alone tell."""
    known = [NullIf(F(OWN[name]), Value("")) for name in column.fields if name in OWN]
    return Coalesce(*known, Value(""), output_field=TextField()) if known else Value("")


def _unbroken(place: int) -> Callable[[Values], Cell]:
    """A number that a narrow table would break at its hyphen."""
    return lambda row: Cell(
        format_html('<span class="whole">{}</span>', row[place][:LONGEST_SHOWN]), row[place]
    )


def _value(place: int) -> Callable[[Values], str]:
    return lambda row: row[place][:LONGEST_SHOWN]
