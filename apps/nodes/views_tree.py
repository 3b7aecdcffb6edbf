"""What an AU holds as a tree by host and path, one level a page."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.aus.models import Au
from apps.common.display import count_text, size_text
from apps.common.errors import NotThere
from apps.common.lists import Cell, Column, Page, cells, small_list
from apps.common.pages import Action, Empty, Head, Link
from apps.nodes.views_aus import the_au, trail_of
from apps.nodes.views_content import state_cell
from apps.polls.lists import url_page
from apps.repository import tree


@require_safe
@role_required()
def content_tree(request: HttpRequest, slug: str) -> HttpResponse:
    """``?in=`` a folder (none: the hosts), ``&after=`` where the next page of it begins."""
    row = the_au(slug)
    inside, after = request.GET.get("in", ""), request.GET.get("after", "")
    if not tree.is_folder(inside) or "\0" in after:
        raise NotThere(gettext("A folder of the tree begins with a scheme and a host and ends with a slash."))
    level = tree.level(row.pk, inside, after)
    around = tree.folders_to(inside)
    own = f"/aus/{row.slug}/content/"
    crumbs = [Link(gettext("Content"), own)]
    if inside:
        crumbs.append(Link(gettext("All hosts"), _path(row)))
    crumbs += [
        Link(_last(folder, before), _path(row, folder))
        for before, folder in zip(["", *around], around[:-1], strict=False)
    ]
    head = Head(
        _last(around[-1], around[-2] if len(around) > 1 else "") if around else gettext("Content as a tree"),
        inside or gettext("By host and path, one level at a time."),
        code=bool(inside),
        trail=[*trail_of(row), *crumbs],
        actions=[Action(gettext("As a list"), own + (f"?{urlencode({'q': inside})}" if inside else ""))],
    )
    context = {
        "head": head,
        "list": _table(row, level),
        "up": _path(row, around[-2] if len(around) > 1 else "") if around else "",
        "first": _path(row, inside) if after else "",
        "next": _path(row, inside, level.after) if level.after else "",
    }
    return TemplateResponse(request, "nodes/content_tree.html", context)


def _path(au: Au, inside: str = "", after: str = "") -> str:
    asked = {name: value for name, value in (("in", inside), ("after", after)) if value}
    return f"/aus/{au.slug}/content/tree/" + (f"?{urlencode(asked)}" if asked else "")


def _last(folder: str, before: str) -> str:
    return folder[len(before) :]


def _table(au: Au, level: tree.Level) -> Page:
    return small_list(
        "tree",
        gettext("What lies in this folder"),
        (
            Column("name", _("Name"), lambda row: _name(au, row)),
            Column(
                "urls", _("URLs"), lambda row: _at_least(row, count_text(row.urls), row.urls), numeric=True
            ),
            Column(
                "size", _("Size"), lambda row: _at_least(row, size_text(row.size), row.size), numeric=True
            ),
            Column(
                "state", _("State"), lambda row: state_cell(row.state) if _is_url(row) else "", priority=2
            ),
        ),
        level.branches,
        empty=Empty(
            gettext("Nothing is stored here"), gettext("No URL of this archival unit begins like that.")
        ),
    )


def _is_url(row: tree.Branch) -> bool:
    return not row.folder and not row.cut


def _name(au: Au, row: tree.Branch) -> Cell:
    if row.folder:
        return cells.code(row.label, _path(au, row.name))
    if row.cut:
        # The index of names ends here; the list finds them by what they share.
        return cells.code(
            f"{row.label[: len(row.label) - len(row.url) + len(row.name)]}…",
            f"/aus/{au.slug}/content/?{urlencode({'q': row.name})}",
        )
    return cells.code(row.label, url_page(au.slug, row.url))


def _at_least(row: tree.Branch, shown: str, number: int) -> Cell:
    return Cell(cells.escape(gettext("more than %s") % shown if row.more else shown), number)
