"""The lists of publishers, titles and title sets by how their AUs stand: summary rows alone."""

from collections.abc import Callable

from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.common.lists import Cell, Column, Flag, Search, Table, cells
from apps.common.pages import Action, Empty
from apps.common.search import words_of
from apps.nodes.choices import ScopeKind
from apps.nodes.models import StandingCount

# How the list of AUs is narrowed to a scope.
FILTERS = {ScopeKind.PUBLISHER: "publisher", ScopeKind.TITLE: "title", ScopeKind.SET: "set"}
PLACES = {ScopeKind.PUBLISHER: "publishers", ScopeKind.TITLE: "titles", ScopeKind.SET: "sets"}


def page_of(row: StandingCount) -> str:
    return "/status/" if row.kind == ScopeKind.NODE else f"/status/{PLACES[ScopeKind(row.kind)]}/{row.ref}/"


def rows_of(row: StandingCount, more: str = "") -> str:
    """Where the AUs are that were counted; ``more`` narrows them."""
    parts = [] if row.kind == ScopeKind.NODE else [f"{FILTERS[ScopeKind(row.kind)]}={row.ref}"]
    parts += [more] if more else []
    return "/aus/" + (f"?{'&'.join(parts)}" if parts else "")


def _number(name: str, more: str) -> Callable[[StandingCount], Cell]:
    return lambda row: cells.count(getattr(row, name), rows_of(row, more))


def _share(row: StandingCount) -> Cell:
    return cells.percent(row.preserved, row.selected)


def _named(rows, text: str):
    for word in words_of(text):
        rows = rows.filter(name_key__contains=word)
    return rows


COLUMNS = (
    Column("name", _("Name"), lambda row: cells.link(row.name or "–", page_of(row)), sort="name_key"),
    Column(
        "selected",
        _("Selected"),
        _number("selected", "rung=selected"),
        sort="selected",
        numeric=True,
        descending_first=True,
    ),
    Column(
        "collected",
        _("Collected"),
        _number("collected", "rung=collected"),
        sort="collected",
        numeric=True,
        descending_first=True,
        priority=2,
    ),
    Column(
        "preserved",
        _("Preserved"),
        _number("preserved", "rung=preserved"),
        sort="preserved",
        numeric=True,
        descending_first=True,
    ),
    Column("share", _("Of what is selected"), _share, numeric=True, priority=2),
    Column("few", _("Few copies"), _number("few", "rung=few"), sort="few", numeric=True, priority=3),
    Column(
        "care",
        _("Needing care"),
        _number("care", "care=yes"),
        sort="care",
        numeric=True,
        descending_first=True,
        priority=2,
    ),
    Column(
        "proof", _("Last proof"), lambda row: cells.age(row.last_proof_at), sort="last_proof_at", priority=3
    ),
    Column(
        "size",
        _("Size"),
        lambda row: cells.size(row.size),
        sort="size",
        numeric=True,
        descending_first=True,
        priority=3,
    ),
)
NOUNS: dict[ScopeKind, Callable[[int], str]] = {
    ScopeKind.PUBLISHER: lambda n: ngettext("publisher", "publishers", n),
    ScopeKind.TITLE: lambda n: ngettext("title", "titles", n),
    ScopeKind.SET: lambda n: ngettext("title set", "title sets", n),
}
CAPTIONS = {
    ScopeKind.PUBLISHER: _("Status by publisher"),
    ScopeKind.TITLE: _("Status by title"),
    ScopeKind.SET: _("Status by title set"),
}


def _table(kind: ScopeKind) -> Table:
    return Table(
        name=f"status-{PLACES[kind]}",
        caption=CAPTIONS[kind],
        columns=COLUMNS,
        filters=(
            Flag("care", _("Needs care"), Q(care__gt=0)),
            Flag("whole", _("All of it preserved"), Q(selected__gt=0, preserved=F("selected"))),
        ),
        search=Search(label=_("Name"), how=_named),
        sort="name",
        noun=NOUNS[kind],
        empty=Empty(
            _("Nothing is counted yet"),
            _("What is chosen is counted here by the next scan, within minutes."),
            Action(_("Choose content"), "/titles/"),
        ),
    )


TABLES = {kind: _table(kind) for kind in NOUNS}
