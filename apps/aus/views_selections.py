"""The pages of acts: what came of each archival unit, and the way back."""

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.accounts.held_work import held_work, was_broken_off
from apps.aus import lists, lists_acts, services
from apps.aus.choices import SelectionAction, SelectionOutcome
from apps.aus.errors import SelectionError
from apps.aus.lists_holdings import barren_page
from apps.aus.looking import look_of_act
from apps.aus.models import HoldingsUpload, Selection
from apps.aus.views_acts import trail_of
from apps.common import jobs, notices
from apps.common.display import count_text, moment_text
from apps.common.htmx import wanted_part
from apps.common.lists import show_list
from apps.common.models import Job
from apps.common.pages import Action, Bar, Head, Link
from apps.common.stored import retold
from apps.common.words import Tone


@require_POST
@role_required(Role.LIBRARIAN)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what an act did; pressed twice, it leads to what was done the first time."""
    selection = get_object_or_404(Selection, pk=pk)
    try:
        act = services.undo_act(user=request.user, selection=selection)
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
    undoing = services.undoing_of(row)
    part = wanted_part(request) == "act"
    if part and not still:
        return HttpResponseClientRefresh()
    job = Job.objects.filter(subject=row.job_subject).order_by("-pk").first() if still else None
    context = {
        "head": _head(request, row, undoing),
        "act": row,
        "open": still,
        "failed": retold(job.error) if was_broken_off(job) else "",
        "broken_off": was_broken_off(job),
        "held": held_work(job),
        "bar": Bar(row.done, row.total, f"{count_text(row.done)} / {count_text(row.total)}"),
        "said": "" if still else _said(row),
    }
    if part:
        return TemplateResponse(request, "aus/selection_state.html", context)
    context["undone"] = _undone(undoing) if undoing is not None else None
    if undoing is not None and context["said"]:
        context["said"] = gettext("Before it was undone: %s") % context["said"]
    context["looked"] = look_of_act(row) if undoing is None else None
    upload = HoldingsUpload.objects.filter(selection=row).first()
    if upload is not None:
        context |= {"upload": upload, "barren": barren_page(upload)}
    rows = services.results_of(row)
    return show_list(
        request, table=lists_acts.RESULTS, rows=rows, template="aus/selection.html", context=context
    )


def _undone(undoing: Selection) -> dict[str, str]:
    """Who took it back and when, and the act that did."""
    said = gettext("This act was undone by %(who)s, %(when)s.") % {
        "who": undoing.user.display_name if undoing.user else gettext("the command line"),
        "when": moment_text(undoing.created_at),
    }
    label = gettext("Act %d: what was taken back") % undoing.pk
    return {"said": said, "url": resolve_url("aus:selection", pk=undoing.pk), "label": label}


def _title(row: Selection) -> str:
    names = {
        SelectionAction.SELECT: gettext("Selecting"),
        SelectionAction.DEACTIVATE: gettext("Deactivating"),
        SelectionAction.REACTIVATE: gettext("Re-activating"),
    }
    if (undone := services.undone_of(row)) is not None:
        return gettext("Undo of act %d") % undone
    return names[SelectionAction(row.action)]


def _head(request: HttpRequest, row: Selection, undoing: Selection | None) -> Head:
    who = row.user.display_name if row.user else gettext("the command line")
    actions = []
    if (
        row.finished_at is not None
        and undoing is None
        and request.user.has_role(Role.LIBRARIAN)
        and row.results.filter(outcome__in=services.CHANGED).exists()
    ):
        actions.append(Action(gettext("Undo"), resolve_url("aus:undo", pk=row.pk), post=True))
    if row.finished_at is not None and request.user.has_role(Role.LIBRARIAN, Role.NETWORK):
        # Where it is permitted and something is stored, the form says (apps.exports).
        actions.insert(0, Action(gettext("Export"), f"/exports/new/?selection={row.pk}"))
    trail = [
        Link(gettext("Titles"), "/titles/"),
        *trail_of(row.scope),
        Link(gettext("Acts of selecting"), "/selections/"),
    ]
    if (undone := services.undone_of(row)) is not None:
        trail.append(Link(gettext("Act %d") % undone, resolve_url("aus:selection", pk=undone)))
    said = gettext("%(count)s %(noun)s, by %(who)s") % {
        "count": count_text(row.total),
        "noun": lists.au_noun(row.total),
        "who": who,
    }
    return Head(
        _title(row),
        f"{said}, {moment_text(row.created_at)}",
        trail=trail,
        actions=actions,
    )


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
