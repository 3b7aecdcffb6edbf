"""Acts of selecting: begun from a title, a publisher or one AU; each has a page of what came of it."""

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus import lists, services
from apps.aus.choices import AuState, SelectionAction
from apps.aus.choosing import ask_first, wanted_action
from apps.aus.errors import SelectionError
from apps.aus.looking import LOOK, lacks_room, look_page
from apps.aus.models import Au, HoldingsUpload
from apps.common import jobs, notices
from apps.common.lists import chosen_rows
from apps.common.pages import Link, is_confirmed
from apps.common.words import Tone
from apps.titles.choices import RELEASED
from apps.titles.models import ListedAu, Publisher, Title, TitleSet

DOES = {
    SelectionAction.SELECT: services.select_aus,
    SelectionAction.DEACTIVATE: services.deactivate_aus,
    SelectionAction.REACTIVATE: services.reactivate_aus,
}


@require_POST
@role_required(Role.LIBRARIAN)
def choose_of_title(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticked AUs of a title, or all that match."""
    row = get_object_or_404(Title, pk=pk)
    rows = chosen_rows(request.POST, lists.AUS_OF_TITLE, ListedAu.objects.filter(title=row))
    return _choose(request, rows, row.name, {"kind": "title", "ids": [pk]}, f"/titles/{pk}/")


@require_POST
@role_required(Role.LIBRARIAN)
def choose_of_publisher(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticked AUs of a publisher, or all that match."""
    row = get_object_or_404(Publisher, pk=pk)
    rows = chosen_rows(request.POST, lists.AUS_OF_PUBLISHER, ListedAu.objects.filter(publisher=row))
    return _choose(request, rows, row.name, {"kind": "publisher", "ids": [pk]}, f"/publishers/{pk}/aus/")


@require_POST
@role_required(Role.LIBRARIAN)
def choose_units(request: HttpRequest) -> HttpResponse:
    """Of all that the lists name: the ticked ones, or all that match: a set, a year range, a platform."""
    rows = chosen_rows(request.POST, lists.UNITS, ListedAu.objects.all())
    return _choose(request, rows, "", _filter_scope(request, "units"), _back(request, "/titles/units/"))


@require_POST
@role_required(Role.LIBRARIAN)
def choose_titles(request: HttpRequest, pk: int) -> HttpResponse:
    """All that is on offer of the ticked titles of a publisher."""
    row = get_object_or_404(Publisher, pk=pk)
    titles = chosen_rows(request.POST, lists.TITLES_OF_PUBLISHER, row.titles.filter(is_known=True))
    return choose_of_titles(
        request, titles, {"kind": "publisher", "ids": [pk]}, f"/publishers/{pk}/", what=row.name
    )


def choose_of_titles(
    request: HttpRequest, titles: QuerySet[Title], scope: dict, back: str, what: str = ""
) -> HttpResponse:
    """Select what is on offer of them, or change what is here of them."""
    units = ListedAu.objects.filter(title__in=titles.order_by().values("pk"))
    if request.POST.get("action") == LOOK:
        return look_page(request, units.filter(status__in=RELEASED), back=back, trail=trail_of(scope))
    action = wanted_action(request)
    if action == SelectionAction.SELECT:
        units = units.filter(status__in=RELEASED)
    page = ask_first(request, shown=titles, units=units, action=action, back=back, what=what)
    return page or begin(request, units, scope, back, action)


@require_POST
@role_required(Role.LIBRARIAN)
def select_title(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Title, pk=pk)
    rows = never_selected(ListedAu.objects.filter(title=row, status__in=RELEASED))
    return whole(request, rows, row.name, {"kind": "title", "ids": [pk]}, f"/titles/{pk}/")


@require_POST
@role_required(Role.LIBRARIAN)
def select_publisher(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Publisher, pk=pk)
    rows = never_selected(ListedAu.objects.filter(publisher=row, status__in=RELEASED))
    return whole(request, rows, row.name, {"kind": "publisher", "ids": [pk]}, f"/publishers/{pk}/")


@require_POST
@role_required(Role.LIBRARIAN)
def select_one(request: HttpRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(ListedAu, slug=slug)
    return begin(
        request,
        ListedAu.objects.filter(pk=row.pk),
        {"kind": "aus", "ids": [row.pk]},
        f"/titles/au/{slug}/",
        SelectionAction.SELECT,
    )


def never_selected(rows: QuerySet[ListedAu]) -> QuerySet[ListedAu]:
    """Without what is selected, and without what a person deactivated: that comes back only where it is asked for."""
    return rows.filter(~Exists(Au.objects.filter(listed=OuterRef("pk"))))


def not_deactivated(rows: QuerySet[ListedAu]) -> QuerySet[ListedAu]:
    return rows.filter(~Exists(Au.objects.filter(listed=OuterRef("pk"), state=AuState.DEACTIVATED)))


def whole(
    request: HttpRequest,
    rows: QuerySet[ListedAu],
    name: str,
    scope: dict,
    back: str,
    action: SelectionAction = SelectionAction.SELECT,
) -> HttpResponse:
    """Everything of a title, a publisher or a set; asked about first where it is much."""
    if rows.order_by()[: services.AT_ONCE + 1].count() > services.AT_ONCE:
        page = ask_first(request, shown=rows, units=rows, action=action, back=back, what=name, always=True)
        if page is not None:
            return page
    return begin(request, rows, scope, back, action)


def _choose(
    request: HttpRequest, rows: QuerySet[ListedAu], name: str, scope: dict, back: str
) -> HttpResponse:
    if request.POST.get("action") == LOOK:
        return look_page(request, rows, back=back, trail=trail_of(scope))
    action = wanted_action(request)
    page = ask_first(request, shown=rows, units=rows, action=action, back=back, what=name)
    return page or begin(request, rows, scope, back, action)


def _filter_scope(request: HttpRequest, what: str) -> dict:
    if request.POST.get("all_matching") == "yes":
        return {"kind": "filter", "of": what, "query": request.POST.get("matching", "")}
    return {"kind": "ticked", "of": what}


def _back(request: HttpRequest, own: str) -> str:
    """To the list as it was narrowed."""
    matching = request.POST.get("matching", "")
    return f"{own}?{matching}" if matching else own


def begin(
    request: HttpRequest, rows: QuerySet[ListedAu], scope: dict, back: str, action: SelectionAction
) -> HttpResponse:
    """The act itself, and on to its page; where the store has no room for it, somebody thinks again first."""
    if action == SelectionAction.SELECT and not is_confirmed(request) and lacks_room(rows):
        return look_page(request, rows, back=back, trail=trail_of(scope), asks=True)
    try:
        act = DOES[action](user=request.user, listed=rows, scope=scope)
    except SelectionError as error:
        notices.leave(request, str(error), tone=Tone.CARE)
        return HttpResponseRedirect(back)
    if act.job is not None:
        jobs.wake(act.job)
    return HttpResponseRedirect(resolve_url("aus:selection", pk=act.selection.pk))


def trail_of(scope: dict) -> list[Link]:
    """To where an act was begun."""
    kind, ids = scope.get("kind"), scope.get("ids") or [0]
    if kind == "title" and (title := Title.objects.filter(pk=ids[0]).first()):
        return [Link(title.name, f"/titles/{title.pk}/")]
    if kind == "publisher" and (publisher := Publisher.objects.filter(pk=ids[0]).first()):
        return [Link(publisher.name, f"/publishers/{publisher.pk}/")]
    if kind == "set" and (title_set := TitleSet.objects.filter(pk=ids[0]).first()):
        return [Link(title_set.name, f"/sets/{title_set.pk}/")]
    if kind == "holdings" and (upload := HoldingsUpload.objects.filter(pk=ids[0]).first()):
        return [Link(upload.file_name, f"/holdings/{upload.pk}/")]
    if kind == "subscription":
        return [Link(gettext("Subscription"), f"/subscriptions/{ids[0]}/")]
    return []
