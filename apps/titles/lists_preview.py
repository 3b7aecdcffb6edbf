"""The lists of what an import would do, and of what keeps it from being undone."""

from dataclasses import replace

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.display import count_text
from apps.common.lists import Cell, Choice, Column, Exact, Search, Table, cells
from apps.common.lists.query import Query
from apps.common.pages import Empty, Link
from apps.titles.choices import ChangeKind
from apps.titles.lists import FIELDS, KINDS, said_of, value_text
from apps.titles.models import ListImport, PreviewLine
from apps.titles.models_previews import line_start

_SHOWN_OF_NEW = (
    *("publisher", "year", "status", "plugin_id", "first_date", "last_date", "first_volume", "last_volume"),
    *("first_issue", "last_issue", "embargo", "depth", "access", "url"),
)


def _new(fields: dict[str, list]) -> str:
    """Of what is added there is no before. Of a plugin's identifier the end says which, and fits a narrow page."""
    known = [(name, fields[name][1]) for name in _SHOWN_OF_NEW if name in fields]
    known = [(name, value.rpartition(".")[2] if name == "plugin_id" else value) for name, value in known]
    return "; ".join(f"{FIELDS[name]}: {value_text(value)}" for name, value in known if value)


def _line_said(line: PreviewLine) -> str:
    return _new(line.fields) if line.kind == ChangeKind.ADDED else said_of(line.fields, line.kind)


def preview_rows(lines: QuerySet[PreviewLine]) -> QuerySet[PreviewLine]:
    """With what they are put in order by."""
    return lines.annotate(start=line_start("name"))


def preview_table(row: ListImport, lines: QuerySet[PreviewLine], *, retires: bool) -> Table:
    """``retires``: as it is chosen now, what the import does not name is retired; else such lines are marked."""

    def kind(line: PreviewLine) -> Cell:
        if line.kind == ChangeKind.RETIRED and not retires:
            note = gettext("only if this is applied as the whole list; as chosen now it stays listed")
            return cells.text(line.get_kind_display(), note)
        return cells.text(line.get_kind_display())

    def offer(query: Query, _found: bool) -> Link | None:
        if retires or not row.retired or query.filters:
            return None
        said = ngettext(
            "%s more only if this is applied as the whole list",
            "%s more only if this is applied as the whole list",
            row.retired,
        )
        return Link(said % count_text(row.retired), f"?kind={ChangeKind.RETIRED}")

    table = Table(
        name="preview",
        caption=_("What the import would do"),
        columns=(
            Column(
                "subject",
                _("Unit or title"),
                lambda c: cells.text(c.name, c.title_name),
                sort="start",
                never_null=True,
            ),
            Column("kind", _("Change"), kind, sort="kind"),
            Column("what", _("Before → after"), _line_said),
        ),
        filters=(
            Choice("kind", _("Change"), "kind", KINDS),
            Exact("plugin", _("Plugin"), "fields__plugin_id__1"),
        ),
        search=Search(("name", "title_name"), label=_("Unit or title")),
        noun=lambda n: ngettext("change", "changes", n),
        offer=offer,
        empty=Empty(_("Nothing would change"), _("All that was read is known already.")),
    )
    # By list and kind there is an index: they can be counted to the last.
    return replace(table, count=lambda query: table.filtered(lines, query).order_by().count())


USED = Table(
    name="used",
    caption=_("Archival units that are selected or preserved here"),
    columns=(
        Column(
            "name", _("Archival unit"), lambda a: cells.link(a.name, f"/titles/au/{a.slug}/"), sort="name_key"
        ),
        Column("title", _("Title"), lambda a: cells.link(a.title.name, f"/titles/{a.title_id}/")),
        Column("year", _("Year"), lambda a: cells.text(a.year), sort="first_year", numeric=True, priority=2),
    ),
    search=Search(("name", "title__name"), label=_("Unit or title")),
    sort="name",
    noun=lambda n: ngettext("archival unit", "archival units", n),
    empty=Empty(
        _("Nothing stands in the way"), _("Nothing that this import brought is selected or preserved here.")
    ),
)
