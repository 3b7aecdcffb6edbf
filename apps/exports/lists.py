"""The lists of exports, of an export's files, and of what is not in it."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.lists import Cell, Choice, Column, Search, Table, cells
from apps.common.pages import Action, Empty
from apps.common.stored import retold
from apps.exports import words
from apps.exports.choices import ExportFindingCode, ExportState
from apps.exports.models import Export, ExportFile, ExportFinding


def who(row: Export) -> str:
    return row.user.display_name if row.user else gettext("the command line")


def _aus(row: Export) -> str:
    return ngettext("%d archival unit", "%d archival units", row.total_aus) % row.total_aus


EXPORTS = Table(
    name="exports",
    caption=_("Exports"),
    columns=(
        Column(
            "what", _("What"), lambda row: cells.link(row.what, f"/exports/{row.pk}/", _aus(row)), sort="what"
        ),
        Column(
            "format", _("As"), lambda row: cells.text(str(row.options.get("format", "")).upper()), priority=2
        ),
        Column("state", _("State"), lambda row: cells.status(words.state_word(row))),
        Column(
            "asked",
            _("Asked for"),
            lambda row: cells.moment(row.created_at),
            sort="id",
            priority=2,
            descending_first=True,
        ),
        Column("who", _("By"), lambda row: cells.text(who(row)), priority=3),
        Column("size", _("Size"), lambda row: cells.size(row.size), sort="size", numeric=True, priority=2),
        Column(
            "findings",
            _("Left out"),
            lambda row: cells.count(row.findings),
            sort="findings",
            numeric=True,
        ),
        Column("expires", _("Kept until"), lambda row: cells.moment(row.expires_at), priority=3),
    ),
    filters=(Choice("state", _("State"), "state", ExportState.choices),),
    search=Search(("what__icontains",), label=_("Name")),
    sort="-asked",
    noun=lambda n: ngettext("export", "exports", n),
    empty=Empty(
        _("Nothing was exported yet"),
        _("Exports are begun on the page of an archival unit, a title or an act of selecting."),
        Action(_("Archival units"), "/aus/"),
    ),
)


def _file(row: ExportFile) -> Cell:
    return cells.link(row.name, f"/exports/{row.export_id}/files/{row.pk}/")


FILES = (
    Column("name", _("File"), _file),
    Column("size", _("Size"), lambda row: cells.size(row.size), numeric=True),
    Column("captures", _("Versions"), lambda row: cells.count(row.captures), numeric=True, priority=2),
    Column("sha256", _("SHA-256"), lambda row: cells.code(row.sha256), priority=3),
)


def _about(row: ExportFinding) -> Cell:
    au = row.unit.au
    if row.url:
        return cells.code(row.url)
    return cells.link(au.name, f"/aus/{au.slug}/") if au else cells.text("–")


def _instead(row: ExportFinding) -> Cell:
    if row.instead is None:
        return cells.text(gettext("nothing"))
    return cells.text(gettext("version %d") % row.instead)


UNENDED = Empty(
    _("Nothing is known to be left out"),
    _("It was not made to its end: what is left out is told of what was written so far."),
)
FINDINGS = Table(
    name="left-out",
    caption=_("What is not in it as it was collected"),
    columns=(
        Column("about", _("URL or archival unit"), _about),
        Column("version", _("Version"), lambda row: cells.text(row.version or "–"), numeric=True, priority=2),
        Column("code", _("Why"), lambda row: cells.text(str(words.CAUSES[row.code]), retold(row.message))),
        Column("instead", _("In its place"), _instead, priority=2),
        Column("number", _("No."), lambda row: cells.count(row.pk), sort="id", numeric=True, priority=3),
    ),
    filters=(Choice("code", _("Why"), "code", ExportFindingCode.choices),),
    search=Search(("url__contains",), label=_("Part of the URL")),
    sort="number",
    noun=lambda n: ngettext("finding", "findings", n),
    empty=Empty(_("Nothing is left out"), _("All that was asked for is in the files, as it was collected.")),
)
