"""The lists of packages in the folder, of imports, and of what was found in a package."""

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.lists import Bulk, Cell, Choice, Column, Search, Table, cells
from apps.common.pages import Action, Empty
from apps.common.stored import retold
from apps.exports import words
from apps.exports.choices import ImportFindingCode, ImportState
from apps.exports.models import Package, PackageImport


def _with_last(rows: list[Package]) -> list[Package]:
    """Each with ``last``: its newest import, of this name and size."""
    newest = PackageImport.objects.filter(name__in=[row.name for row in rows]).order_by("name", "-pk")
    last = {one.name: one for one in newest.distinct("name")}
    for row in rows:
        row.last = last.get(row.name)
    return rows


def _last(row: Package) -> Cell:
    one: PackageImport | None = getattr(row, "last", None)
    if one is None:
        return cells.text("–")
    return cells.link(str(words.import_word(one).label), f"/imports/{one.pk}/")


PACKAGES = Table(
    name="packages",
    caption=_("Packages in the folder of imports"),
    columns=(
        Column(
            "name",
            _("File"),
            lambda row: cells.link(row.name, f"/imports/packages/{row.pk}/"),
            sort="name",
        ),
        Column("size", _("Size"), lambda row: cells.size(row.size), sort="size", numeric=True),
        Column(
            "changed",
            _("Last changed"),
            lambda row: cells.moment(row.modified_at),
            sort="modified_at",
            descending_first=True,
        ),
        Column("taken", _("Last import"), _last, priority=2),
    ),
    search=Search(("name__icontains",), label=_("Part of the name")),
    sort="name",
    noun=lambda n: ngettext("package", "packages", n),
    bulk=Bulk("/imports/packages/act/", (("import", _("Import")),)),
    prepare=_with_last,
    empty=Empty(
        _("No package lies in the folder"),
        _(
            "Whoever runs this node puts files there: what another node has exported, whatever its form (WARC, WACZ, BagIt, zip or tgz), and WARC files of other programs. Then look here again."
        ),
        Action(_("Look again"), "/imports/packages/"),
    ),
)


def who(row: PackageImport) -> str:
    return row.user.display_name if row.user else gettext("somebody who is no longer here")


def _au(row: PackageImport) -> Cell:
    return cells.link(row.au.name, f"/aus/{row.au.slug}/") if row.au else cells.text("–")


IMPORTS = Table(
    name="package-imports",
    caption=_("Imports"),
    columns=(
        Column("name", _("Package"), lambda row: cells.link(row.name, f"/imports/{row.pk}/"), sort="name"),
        Column("state", _("State"), lambda row: cells.status(words.import_word(row))),
        Column("au", _("Archival unit"), _au, priority=2),
        Column(
            "asked",
            _("Asked for"),
            lambda row: cells.moment(row.created_at),
            sort="id",
            priority=2,
            descending_first=True,
        ),
        Column("who", _("By"), lambda row: cells.text(who(row)), priority=3),
        Column("size", _("Size"), lambda row: cells.size(row.size), sort="size", numeric=True, priority=3),
        Column("new", _("New versions"), lambda row: cells.count(row.new), sort="new", numeric=True),
        Column(
            "findings", _("Findings"), lambda row: cells.count(row.findings), sort="findings", numeric=True
        ),
    ),
    filters=(Choice("state", _("State"), "state", ImportState.choices),),
    search=Search(("name__icontains",), label=_("Part of the name")),
    sort="-asked",
    noun=lambda n: ngettext("import", "imports", n),
    empty=Empty(
        _("Nothing was imported yet"),
        _("Packages of this or another node are imported from a folder of this node."),
        Action(_("Packages"), "/imports/packages/"),
    ),
)


def _said(text: str) -> Cell:
    return cells.text(retold(text) if text else "–")


FINDINGS = Table(
    name="package-findings",
    caption=_("Findings"),
    columns=(
        Column("code", _("What"), lambda row: cells.text(str(row.get_code_display())), sort="code"),
        Column("place", _("Place"), lambda row: cells.code(retold(row.place)), sort="place"),
        Column("found", _("Found"), lambda row: _said(row.found), priority=2),
        Column("expected", _("Expected"), lambda row: _said(row.expected), priority=2),
        Column("number", _("No."), lambda row: cells.count(row.pk), sort="id", numeric=True, priority=3),
    ),
    filters=(Choice("code", _("What"), "code", ImportFindingCode.choices),),
    search=Search(("place__contains",), label=_("Part of the place")),
    sort="number",
    noun=lambda n: ngettext("finding", "findings", n),
    empty=Empty(
        _("Nothing was found"), _("All that the package holds is here, as it was before or newly stored.")
    ),
)
