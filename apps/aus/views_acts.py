"""Acts of selecting: begun from a title, a publisher or one AU; each has a page of what came of it."""

from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus import lists, lists_acts, services
from apps.aus.choices import SelectionAction, SelectionOutcome
from apps.aus.errors import SelectionError
from apps.aus.models import Au, Selection
from apps.common import jobs, notices
from apps.common.choices import JobState
from apps.common.display import count_text, moment_text
from apps.common.errors import BadQuery
from apps.common.htmx import wanted_part
from apps.common.lists import chosen_rows, show_list
from apps.common.models import Job
from apps.common.pages import Action, Bar, Confirm, Head, Link, confirm_page, is_confirmed
from apps.common.words import Tone
from apps.titles.choices import RELEASED
from apps.titles.models import ListedAu, Publisher, Title

DOES = {
    SelectionAction.SELECT: services.select_aus,
    SelectionAction.DEACTIVATE: services.deactivate_aus,
    SelectionAction.REACTIVATE: services.reactivate_aus,
}
UNDONE = (SelectionOutcome.SELECTED, SelectionOutcome.REACTIVATED, SelectionOutcome.DEACTIVATED)


@require_POST
@role_required(Role.LIBRARIAN)
def choose_of_title(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticked AUs of a title, or all that match."""
    row = get_object_or_404(Title, pk=pk)
    rows = chosen_rows(request.POST, lists.AUS_OF_TITLE, ListedAu.objects.filter(title=row))
    return _act(request, rows, {"kind": "title", "ids": [pk]}, f"/titles/{pk}/")


@require_POST
@role_required(Role.LIBRARIAN)
def choose_of_publisher(request: HttpRequest, pk: int) -> HttpResponse:
    """The ticked AUs of a publisher, or all that match."""
    row = get_object_or_404(Publisher, pk=pk)
    rows = chosen_rows(request.POST, lists.AUS_OF_PUBLISHER, ListedAu.objects.filter(publisher=row))
    return _act(request, rows, {"kind": "publisher", "ids": [pk]}, f"/publishers/{pk}/aus/")


@require_POST
@role_required(Role.LIBRARIAN)
def choose_titles(request: HttpRequest, pk: int) -> HttpResponse:
    """All that is on offer of the ticked titles of a publisher."""
    row = get_object_or_404(Publisher, pk=pk)
    titles = chosen_rows(request.POST, lists.TITLES_OF_PUBLISHER, row.titles.filter(au_count__gt=0))
    rows = ListedAu.objects.filter(title__in=titles.values("pk"), status__in=RELEASED)
    return _act(request, rows, {"kind": "publisher", "ids": [pk]}, f"/publishers/{pk}/")


@require_POST
@role_required(Role.LIBRARIAN)
def select_title(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Title, pk=pk)
    rows = ListedAu.objects.filter(title=row, status__in=RELEASED)
    return _all(request, rows, row.name, {"kind": "title", "ids": [pk]}, f"/titles/{pk}/")


@require_POST
@role_required(Role.LIBRARIAN)
def select_publisher(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Publisher, pk=pk)
    rows = ListedAu.objects.filter(publisher=row, status__in=RELEASED)
    return _all(request, rows, row.name, {"kind": "publisher", "ids": [pk]}, f"/publishers/{pk}/")


@require_POST
@role_required(Role.LIBRARIAN)
def select_one(request: HttpRequest, slug: str) -> HttpResponse:
    row = get_object_or_404(ListedAu, slug=slug)
    return _act(
        request,
        ListedAu.objects.filter(pk=row.pk),
        {"kind": "aus", "ids": [row.pk]},
        f"/titles/au/{slug}/",
        SelectionAction.SELECT,
    )


def _all(request: HttpRequest, rows: QuerySet[ListedAu], name: str, scope: dict, back: str) -> HttpResponse:
    """Everything on offer; asked about once more where it is much."""
    number = rows.count()
    if number > services.AT_ONCE and not is_confirmed(request):
        said = gettext("%(count)s archival units of %(name)s are on offer. Select them all?")
        return confirm_page(
            request,
            Confirm(
                title=gettext("Select all that is on offer"),
                happens=said % {"count": count_text(number), "name": name},
                button=gettext("Select them"),
                back=back,
                consequences=[
                    gettext("This node asks the publisher for each of them, slowly, and keeps what it gets."),
                    gettext("It takes part in polls on them, and repairs what differs."),
                ],
                stays=gettext("They can be deactivated again at any time."),
            ),
        )
    return _act(request, rows, scope, back, SelectionAction.SELECT)


def _act(
    request: HttpRequest, rows: QuerySet[ListedAu], scope: dict, back: str, action: str | None = None
) -> HttpResponse:
    wanted = action or request.POST.get("action", "")
    if wanted not in SelectionAction.values:
        raise BadQuery(gettext("Which act was meant is not known."))
    try:
        act = DOES[SelectionAction(wanted)](user=request.user, listed=rows, scope=scope)
    except SelectionError as error:
        notices.leave(request, str(error), tone=Tone.CARE)
        return HttpResponseRedirect(back)
    if act.job is not None:
        jobs.wake(act.job)
    return HttpResponseRedirect(resolve_url("aus:selection", pk=act.selection.pk))


@require_POST
@role_required(Role.LIBRARIAN)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what an act did: what it selected is deactivated, what it deactivated re-activated."""
    selection = get_object_or_404(Selection, pk=pk)
    aus = Au.objects.filter(selection_results__selection=selection, selection_results__outcome__in=UNDONE)
    back = selection.action == SelectionAction.DEACTIVATE
    does = services.reactivate_aus if back else services.deactivate_aus
    try:
        act = does(user=request.user, aus=aus, scope={"kind": "undo", "ids": [pk]})
    except SelectionError as error:
        notices.leave(request, str(error), tone=Tone.CARE)
        return HttpResponseRedirect(resolve_url("aus:selection", pk=pk))
    if act.job is not None:
        jobs.wake(act.job)
    return HttpResponseRedirect(resolve_url("aus:selection", pk=act.selection.pk))


@require_safe
@role_required()
def selections(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Acts of selecting"),
        gettext("Who selected or deactivated what, and what came of it."),
        trail=[Link(gettext("Titles"), "/titles/")],
    )
    return show_list(
        request,
        table=lists_acts.SELECTIONS,
        rows=lists_acts.selections(),
        template="aus/list_page.html",
        context={"head": head},
    )


@require_safe
@role_required()
def selection(request: HttpRequest, pk: int) -> HttpResponse:
    """What came of an act; while it goes on, how far it is."""
    row = get_object_or_404(lists_acts.selections(), pk=pk)
    still = row.finished_at is None
    part = wanted_part(request) == "act"
    if part and not still:
        return HttpResponseClientRefresh()
    job = Job.objects.filter(subject=row.job_subject).order_by("-pk").first() if still else None
    context = {
        "head": _head(request, row),
        "act": row,
        "open": still,
        "failed": job.error if job is not None and job.state == JobState.FAILED else "",
        "bar": Bar(row.done, row.total, f"{count_text(row.done)} / {count_text(row.total)}"),
        "said": "" if still else _said(row),
    }
    if part:
        return TemplateResponse(request, "aus/selection_state.html", context)
    rows = services.results_of(row)
    return show_list(
        request, table=lists_acts.RESULTS, rows=rows, template="aus/selection.html", context=context
    )


def _head(request: HttpRequest, row: Selection) -> Head:
    names = {
        SelectionAction.SELECT: gettext("Selecting"),
        SelectionAction.DEACTIVATE: gettext("Deactivating"),
        SelectionAction.REACTIVATE: gettext("Re-activating"),
    }
    who = row.user.display_name if row.user else gettext("the command line")
    actions = []
    if (
        row.finished_at is not None
        and request.user.has_role(Role.LIBRARIAN)
        and row.results.filter(outcome__in=UNDONE).exists()
    ):
        actions.append(Action(gettext("Undo"), resolve_url("aus:undo", pk=row.pk), post=True))
    trail = [
        Link(gettext("Titles"), "/titles/"),
        *_from(row),
        Link(gettext("Acts of selecting"), "/selections/"),
    ]
    said = gettext("%(count)s %(noun)s, by %(who)s") % {
        "count": count_text(row.total),
        "noun": lists.au_noun(row.total),
        "who": who,
    }
    return Head(
        names[SelectionAction(row.action)],
        f"{said}, {moment_text(row.created_at)}",
        trail=trail,
        actions=actions,
    )


def _from(row: Selection) -> list[Link]:
    """Back to where it was begun."""
    kind, ids = row.scope.get("kind"), row.scope.get("ids") or [0]
    if kind == "title" and (title := Title.objects.filter(pk=ids[0]).first()):
        return [Link(title.name, f"/titles/{title.pk}/")]
    if kind == "publisher" and (publisher := Publisher.objects.filter(pk=ids[0]).first()):
        return [Link(publisher.name, f"/publishers/{publisher.pk}/")]
    return []


def _said(row: Selection) -> str:
    """``12 were selected, 3 were so already, 1 was not possible.``"""
    counts = dict(row.results.order_by().values_list("outcome").annotate(number=Count("pk")))
    phrases = {
        SelectionOutcome.SELECTED: lambda n: ngettext("%s was selected", "%s were selected", n),
        SelectionOutcome.REACTIVATED: lambda n: ngettext("%s was re-activated", "%s were re-activated", n),
        SelectionOutcome.DEACTIVATED: lambda n: ngettext("%s was deactivated", "%s were deactivated", n),
        SelectionOutcome.ALREADY: lambda n: ngettext("%s was so already", "%s were so already", n),
        SelectionOutcome.IMPOSSIBLE: lambda n: ngettext("%s was not possible", "%s were not possible", n),
    }
    said = [phrase(counts[o]) % count_text(counts[o]) for o, phrase in phrases.items() if counts.get(o)]
    return f"{', '.join(said)}."
