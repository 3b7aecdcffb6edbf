"""The catalogue as a librarian reads it: titles, publishers and their AUs, with what is selected here."""

from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus import lists
from apps.aus.choices import AuState, SelectionAction
from apps.aus.forms_sets import LONGEST_NAME
from apps.aus.looking import LOOK, LOOK_LABEL, look_at
from apps.aus.models import Au
from apps.aus.queries import filter_text, titles_shown, units_shown
from apps.aus.scopes import HERE, STOPPED
from apps.aus.services.judging import Judge
from apps.aus.services.prospects import any_selectable
from apps.common.display import count_text
from apps.common.errors import BadQuery
from apps.common.lists import Bulk, Table, show_list
from apps.common.lists.query import Query, parse
from apps.common.pages import Action, Fact, Head, Link, Vital
from apps.plugins.models import Plugin, PluginUse
from apps.titles.choices import RELEASED, Availability, SetKind, availability
from apps.titles.models import ListedAu, Publisher, TitleSet
from apps.titles.words import AVAILABILITY

LIST_PAGE = "aus/list_page.html"
ACTIONS = (
    (SelectionAction.SELECT, _("Select")),
    (SelectionAction.DEACTIVATE, _("Deactivate")),
    (SelectionAction.REACTIVATE, _("Re-activate")),
    (LOOK, LOOK_LABEL),
)

_NOT_ON_OFFER = (Availability.UNRELEASED, Availability.NOT_OFFERED, Availability.RETIRED)


def may_select(request: HttpRequest) -> bool:
    return request.user.has_role(Role.LIBRARIAN)


def acts_where(selectable: bool, actions=ACTIONS):
    """Of a title, a publisher or a set: nothing is selected where none of its units on offer can be collected here."""
    return tuple(one for one in actions if selectable or one[0] != SelectionAction.SELECT)


def with_acts(request: HttpRequest, table: Table, url: str, actions=ACTIONS) -> Table:
    """The table with its boxes to tick, for whoever may select."""
    if not may_select(request):
        return table
    # Rows of these lists wrap the row of the database with what is selected of it.
    return replace(table, bulk=Bulk(url, actions, value=lambda o: o.row.pk, label=lambda o: o.row.name))


@require_safe
@role_required()
def titles(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Titles"),
        gettext("Journals, books and other works that title lists offer for preservation."),
        actions=[
            Action(gettext("Archival units"), "/titles/units/"),
            Action(gettext("Publishers"), "/publishers/"),
            Action(gettext("Title sets"), "/sets/"),
            Action(gettext("Title lists"), "/lists/"),
            Action(gettext("Acts of selecting"), "/selections/"),
            Action(gettext("Holdings"), "/holdings/"),
            Action(gettext("Subscriptions"), "/subscriptions/"),
            Action(gettext("Collections"), "/collections/"),
        ],
    )
    rows = titles_shown()
    table = with_acts(request, lists.TITLES, "/titles/choose/", (*ACTIONS, ("put", _("Put into a set"))))
    if may_select(request):
        table = replace(table, offer=_keep)
    return show_list(request, table=table, rows=rows, template=LIST_PAGE, context={"head": head})


def _keep(query: Query, found: bool) -> Link | None:
    """The search that is shown can become a title set, where it finds something."""
    given = {name: query.given[name] for name in query.filters}
    if not given or not found:
        return None
    address = urlencode({"kind": "query", "query": filter_text(given)})
    return Link(gettext("Keep as a title set"), f"/sets/new/?{address}")


@require_safe
@role_required()
def units(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Archival units of the lists"),
        gettext("All that the title lists name, selected here or not."),
        trail=[Link(gettext("Titles"), "/titles/")],
    )
    able = may_select(request) and _may_select_of(request, lists.UNITS)
    table = with_acts(request, lists.UNITS, "/titles/units/choose/", acts_where(able))
    rows = units_shown()
    return show_list(request, table=table, rows=rows, template=LIST_PAGE, context={"head": head})


def _may_select_of(request: HttpRequest, table: Table) -> bool:
    """Whether selecting could do anything with what the filters leave, as far as they tell without looking at the rows."""
    try:
        filters = parse(request.GET, table, forgiving=True).filters
    except BadQuery:
        # The list tells what is wrong.
        return True
    if filters.get("here") == HERE or filters.get("offer", Availability.OFFERED) in _NOT_ON_OFFER:
        return False
    return any_selectable(platform=str(filters.get("platform") or ""))


@require_safe
@role_required()
def publishers(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Publishers"),
        gettext("Whose works the title lists offer."),
        trail=[Link(gettext("Titles"), "/titles/")],
    )
    rows = Publisher.objects.filter(title_count__gt=0)
    return show_list(request, table=lists.PUBLISHERS, rows=rows, template=LIST_PAGE, context={"head": head})


@require_safe
@role_required()
def publisher(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Publisher, pk=pk)
    offered = ListedAu.objects.filter(publisher=row, status__in=RELEASED).count()
    chosen = Chosen.of(Au.objects.filter(publisher=row))
    own = f"/publishers/{pk}/"
    looked = look_at(ListedAu.objects.filter(publisher=row, status__in=RELEASED), offers_url=f"{own}aus/")
    context = {
        "head": Head(
            row.name,
            _said_of_publisher(row),
            trail=[Link(gettext("Publishers"), "/publishers/")],
            actions=[
                to_status("publisher", pk),
                *_set_of(request, row),
                *reactivate_all(request, f"{own}aus/choose/", chosen),
                *select_all(request, f"{own}select-all/", offered, chosen, looked.selectable),
            ],
        ),
        "vitals": vitals(
            row.au_count, ListedAu.objects.filter(publisher=row), offered, chosen.here, f"{own}aus/"
        ),
        "looked": looked,
    }
    acts = acts_where(looked.selectable > 0, (ACTIONS[0], ACTIONS[-1]))
    table = with_acts(request, lists.TITLES_OF_PUBLISHER, f"{own}choose/", acts)
    rows = row.titles.filter(is_known=True)
    return show_list(request, table=table, rows=rows, template="aus/publisher.html", context=context)


@require_safe
@role_required()
def publisher_aus(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Publisher, pk=pk)
    own = f"/publishers/{pk}/"
    head = Head(
        gettext("Archival units"),
        gettext("All that the lists name of %s.") % row.name,
        trail=[Link(gettext("Publishers"), "/publishers/"), Link(row.name, own)],
    )
    rows = ListedAu.objects.filter(publisher=row).select_related("title")
    able = may_select(request) and look_at(rows.filter(status__in=RELEASED)).selectable > 0
    table = with_acts(request, lists.AUS_OF_PUBLISHER, f"{own}aus/choose/", acts_where(able))
    return show_list(request, table=table, rows=rows, template=LIST_PAGE, context={"head": head})


@require_safe
@role_required()
def plugin_aus(request: HttpRequest, plugin_id: str) -> HttpResponse:
    """What the lists name of one platform, whether its plugin is loaded or not."""
    plugin = Plugin.objects.filter(plugin_id=plugin_id, current=True).only("name").first()
    trail = [Link(gettext("Plugins"), "/plugins/")]
    if plugin is not None:
        trail.append(Link(plugin.name, f"/plugins/{plugin_id}/"))
    head = Head(
        gettext("Archival units"),
        gettext("All that the lists name of %s.") % (plugin.name if plugin else plugin_id),
        trail=trail,
    )
    rows = ListedAu.objects.filter(plugin_id=plugin_id).exclude(status="").select_related("title")
    number = PluginUse.objects.filter(plugin_id=plugin_id).values_list("listed", flat=True).first()
    table = replace(lists.AUS_OF_PLUGIN, count=lambda _query: number)
    return show_list(request, table=table, rows=rows, template=LIST_PAGE, context={"head": head})


@require_safe
@role_required()
def listed_au(request: HttpRequest, slug: str) -> HttpResponse:
    """What the title lists say of one AU, selected or not."""
    row = get_object_or_404(ListedAu.objects.select_related("title", "publisher"), slug=slug)
    au = Au.objects.filter(listed=row).first()
    plugin = Plugin.objects.filter(plugin_id=row.plugin_id, current=True).first()
    judged = Judge().possible(row)
    reason = judged if isinstance(judged, str) else judged.down
    actions = []
    if au is not None:
        actions.append(Action(gettext("How it stands here"), f"/aus/{au.slug}/"))
    elif may_select(request) and not reason:
        actions.append(Action(gettext("Select"), f"/titles/au/{slug}/select/", primary=True, post=True))
    context = {
        "head": Head(
            row.name,
            row.auid,
            code=True,
            trail=[
                Link(row.publisher.name, f"/publishers/{row.publisher_id}/"),
                Link(row.title.name, f"/titles/{row.title_id}/"),
            ],
            actions=actions,
        ),
        "here": lists.state_of(au).html if au is not None else "",
        "reason": "" if au is not None else reason,
        "facts": _facts(row, plugin),
        "entries": [
            (
                entry.title_list,
                AVAILABILITY[availability("" if entry.retired_at else entry.status)],
                entry.status,
            )
            for entry in row.entries.select_related("title_list").order_by("title_list__name")
        ],
    }
    return TemplateResponse(request, "aus/listed.html", context)


def _facts(row: ListedAu, plugin: Plugin | None) -> list[Fact]:
    name = plugin.name if plugin else gettext("not loaded on this node")
    link = (
        format_html('<a href="/plugins/{0}/">{1}</a> <code>{0}</code>', row.plugin_id, name)
        if plugin
        else format_html("{} <code>{}</code>", name, row.plugin_id)
    )
    pairs = [
        (gettext("Year"), row.year),
        (gettext("Volume"), row.volume),
        (gettext("Issue"), row.issue),
        (gettext("ISBN"), row.isbn),
        (gettext("eISBN"), row.eisbn),
    ]
    facts = [Fact(term, value) for term, value in pairs if value]
    facts.append(Fact(gettext("Plugin"), link))
    facts.append(Fact(gettext("Parameters"), _lines({**row.params, **row.other_params})))
    if row.attributes:
        facts.append(Fact(gettext("Attributes"), _lines(row.attributes)))
    return facts


def _lines(values: dict[str, str]):
    return format_html_join(mark_safe("<br>"), "<code>{}</code> {}", sorted(values.items()))


def _said_of_publisher(row: Publisher) -> str:
    noun = ngettext("title", "titles", row.title_count)
    return gettext("%(titles)s, %(aus)s") % {
        "titles": f"{count_text(row.title_count)} {noun}",
        "aus": f"{count_text(row.au_count)} {lists.au_noun(row.au_count)}",
    }


def _set_of(request: HttpRequest, row: Publisher) -> list[Action]:
    """The title set that is all of a publisher: where it is, or its form."""
    made = TitleSet.objects.filter(publisher=row, kind=SetKind.PUBLISHER).order_by("pk").first()
    if made is not None:
        return [Action(gettext("Its title set"), resolve_url("aus:set", pk=made.pk))]
    if not may_select(request) or not row.title_count:
        return []
    given = urlencode({"kind": SetKind.PUBLISHER, "publisher": row.name, "name": row.name[:LONGEST_NAME]})
    return [Action(gettext("Keep as a title set"), f"{resolve_url('aus:new-set')}?{given}")]


def to_status(kind: str, pk: int) -> Action:
    """How what is selected of a title, publisher or set stands; the pages are in a room above, so by name."""
    return Action(gettext("Preservation status"), resolve_url(f"nodes:status-{kind}", pk=pk))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Units of a title or a publisher: selected here, deactivated, and either of them on offer."""

    here: int
    stopped: int
    known: int

    @classmethod
    def of(cls, aus: QuerySet[Au]) -> Self:
        stopped = Q(state=AuState.DEACTIVATED, listed__isnull=False)
        return cls(
            **aus.aggregate(
                here=Count("pk", filter=Q(state=AuState.SELECTED)),
                stopped=Count("pk", filter=stopped),
                known=Count("pk", filter=Q(listed__status__in=RELEASED)),
            )
        )


def reactivate_all(request: HttpRequest, url: str, chosen: Chosen) -> list[Action]:
    """A button of its own, which asks first: somebody deactivated them on purpose."""
    if not may_select(request) or not chosen.stopped:
        return []
    label = ngettext(
        "Re-activate the one that is deactivated",
        "Re-activate the %(count)s that are deactivated",
        chosen.stopped,
    ) % {"count": count_text(chosen.stopped)}
    fields = {"action": SelectionAction.REACTIVATE, "all_matching": "yes", "matching": f"here={STOPPED}"}
    return [Action(label, url, post=True, fields=fields)]


def select_all(request: HttpRequest, url: str, offered: int, chosen: Chosen, able: int) -> list[Action]:
    """``able`` of the ``offered`` can be selected, those included that are selected or deactivated here."""
    known = chosen.known
    if not may_select(request) or not able or known >= able:
        return []
    label = ngettext("Select the one on offer", "Select all %(count)s on offer", offered)
    if able < offered:
        label = ngettext(
            "Select the one that can be collected", "Select the %(count)s that can be collected", able
        )
        offered = able
    if known:
        offered = able - known
        label = ngettext(
            "Select the one that is not selected yet",
            "Select the %(count)s that are not selected yet",
            offered,
        )
    return [Action(label % {"count": count_text(offered)}, url, primary=True, post=True)]


def vitals(listed: int, rows: QuerySet[ListedAu], offered: int, here: int, own: str) -> list[Vital]:
    able = _collectable(rows)
    return [
        Vital(
            count_text(listed),
            ngettext("archival unit is named by a list", "archival units are named by a list", listed),
            own,
        ),
        Vital(
            count_text(offered),
            ngettext(
                "is on offer: released by its network", "are on offer: released by their network", offered
            ),
            f"{own}?offer=offered",
        ),
        Vital(
            count_text(able),
            ngettext(
                "of these can be collected with the plugins of this node",
                "of these can be collected with the plugins of this node",
                able,
            ),
            "/plugins/",
        ),
        Vital(
            count_text(here),
            ngettext("is selected here", "are selected here", here),
            f"{own}?here=selected",
        ),
    ]


def _collectable(rows: QuerySet[ListedAu]) -> int:
    """Of what is on offer: how many have a plugin that this node can collect with."""
    by_plugin = dict(
        rows.filter(status__in=RELEASED).order_by().values_list("plugin_id").annotate(number=Count("pk"))
    )
    able = Plugin.objects.filter(plugin_id__in=by_plugin, current=True, can_collect=True)
    return sum(by_plugin[plugin_id] for plugin_id in able.values_list("plugin_id", flat=True))
