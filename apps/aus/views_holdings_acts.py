"""What a librarian does about a list: its columns, what lines mean, what is struck, who confirms, and the act itself."""

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus import services
from apps.aus.choices import AuState, HoldingsState
from apps.aus.errors import HoldingsActError, SelectionError
from apps.aus.forms_holdings import ColumnsForm, DecideForm, HandForm, SelectForm, colleagues
from apps.aus.lists import HOLDINGS_UNITS, au_noun, holdings_units
from apps.aus.lists_holdings import KEEP, STRIKE, barren_page, first_lines, lines_table
from apps.aus.looking import Looked, look_at
from apps.aus.models import Au, HoldingsDecision, HoldingsLine, HoldingsUpload
from apps.aus.scopes import STOPPED
from apps.aus.services.holdings import may_touch
from apps.aus.services.proposals import Proposal, meant_by, reactivated_by
from apps.aus.understood import without_years
from apps.aus.views_holdings import line_of, line_shown, row_of, trail
from apps.common import jobs, notices
from apps.common.display import count_text
from apps.common.errors import BadQuery
from apps.common.forms import VersionForm
from apps.common.lists import chosen_rows, show_list
from apps.common.pages import Head, Link, Vital
from apps.common.words import Tone

SELECTED_HERE = Exists(Au.objects.filter(listed=OuterRef("pk"), state=AuState.SELECTED))


def _to(row: HoldingsUpload) -> HttpResponse:
    return HttpResponseRedirect(resolve_url("aus:holdings-one", pk=row.pk))


def _told(request: HttpRequest, row: HoldingsUpload, text: str) -> HttpResponse:
    notices.leave(request, text, tone=Tone.HARM)
    return _to(row)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.LIBRARIAN)
def columns(request: HttpRequest, pk: int) -> HttpResponse:
    row = row_of(pk)
    initial = {"version": row.version, "head_line": row.head_line, **row.columns}
    form = ColumnsForm(request.POST or None, upload=row, initial=initial)
    if form.is_valid():
        try:
            job = services.set_columns(
                upload=row,
                version=form.cleaned_data["version"],
                columns=form.columns,
                head_line=form.cleaned_data["head_line"],
                user=request.user,
            )
        except HoldingsActError as error:
            return _told(request, row, str(error))
        jobs.wake(job)
        return _to(row)
    context = {
        "head": Head(
            gettext("What the columns mean"),
            gettext("The list is read again with what you say, and so is the next one with the same head."),
            trail=trail(row),
        ),
        "upload": row,
        "form": form,
        "first": first_lines(row),
    }
    return TemplateResponse(
        request, "aus/holdings_columns.html", context, status=422 if request.method == "POST" else 200
    )


@require_POST
@role_required(Role.LIBRARIAN)
def decide(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    row = line_of(pk, line)
    form = DecideForm(request.POST, line=row)
    if not form.is_valid():
        return line_shown(request, row, form, status=422)
    try:
        number = services.decide_line(
            line=row,
            version=form.cleaned_data["version"],
            title=form.cleaned_data["chosen"],
            years=form.cleaned_data["meant"],
            user=request.user,
        )
    except HoldingsActError as error:
        return _told(request, row.upload, str(error))
    said = ngettext(
        "Decided, and remembered for the next list: %s line.",
        "Decided, and remembered for the next list: %s lines that say the same.",
        number,
    )
    notices.leave(request, said % count_text(number))
    return _to(row.upload)


@require_POST
@role_required(Role.LIBRARIAN)
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(HoldingsDecision.objects.select_related("title"), pk=pk)
    services.forget_decision(decision=row, user=request.user)
    notices.leave(request, gettext("Taken back. The next list that says this is asked about again."))
    return HttpResponseRedirect(resolve_url("aus:holdings-decisions"))


@require_POST
@role_required(Role.LIBRARIAN)
def strike(request: HttpRequest, pk: int) -> HttpResponse:
    row = row_of(pk)
    action = request.POST.get("action", "")
    if action not in (STRIKE, KEEP):
        raise BadQuery(gettext("Which act was meant is not known."))
    lines = chosen_rows(
        request.POST, lines_table(row, may_strike=True), HoldingsLine.objects.filter(upload=row)
    )
    try:
        number = services.strike_lines(upload=row, lines=lines, struck=action == STRIKE, user=request.user)
    except HoldingsActError as error:
        return _told(request, row, str(error))
    said = {
        STRIKE: ngettext("%s line was struck.", "%s lines were struck.", number),
        KEEP: ngettext("%s line was taken in again.", "%s lines were taken in again.", number),
    }
    notices.leave(request, said[action] % count_text(number))
    return _to(row)


@require_safe
@role_required(Role.LIBRARIAN)
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    return _proposal(request, row_of(pk))


def _proposal(
    request: HttpRequest,
    row: HoldingsUpload,
    form: HandForm | None = None,
    *,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    """What the list would select now, with the two things to do about it."""
    if row.selection_id is not None:
        return HttpResponseRedirect(resolve_url("aus:selection", pk=row.selection_id))
    if row.state != HoldingsState.READY:
        return _told(request, row, gettext("The list was not read yet, so it proposes nothing."))
    found = services.proposal_of(row)
    waits_for = row.handed_to if row.handed_to_id not in (None, request.user.pk) else None
    # Size and time are of the units that would be selected: what is here already takes nothing more.
    looked = look_at(meant_by(row).exclude(SELECTED_HERE))
    mine = looked.selectable
    context = {
        "head": Head(
            gettext("What it would select"),
            gettext("It selects nothing until somebody confirms it."),
            trail=trail(row),
        ),
        "upload": row,
        "vitals": _vitals(row, found, looked),
        "open_lines": row.ambiguous,
        "found": found,
        "looked": looked,
        "barren": barren_page(row),
        "mine": mine,
        "yearless": without_years(row),
        "waits_for": waits_for,
        "may_take_back": row.handed_to_id is not None and may_touch(row, request.user),
        "may_hand": may_touch(row, request.user),
        "said": said,
        "select": SelectForm(initial={"version": row.version, "mark": found.mark}),
        "take_back": VersionForm(initial={"version": row.version}),
        "hand": form or HandForm(user=request.user, initial={"version": row.version}),
        "colleagues": colleagues(request.user).exists(),
    }
    return TemplateResponse(request, "aus/holdings_propose.html", context, status=status)


def _vitals(row: HoldingsUpload, found: Proposal, looked: Looked) -> list[Vital]:
    mine, left = looked.selectable, found.aus - found.already - looked.selectable
    lines = row.lines_read.filter(struck=True).count()
    return [
        Vital(
            count_text(mine),
            gettext("%s would be selected") % au_noun(mine)
            + (gettext("; %s cannot be") % count_text(left) if left else ""),
            resolve_url("aus:holdings-units", pk=row.pk),
        ),
        Vital(
            count_text(found.titles),
            ngettext("title of your list is on offer", "titles of your list are on offer", found.titles),
            f"/holdings/{row.pk}/?state=matched",
        ),
        Vital(count_text(found.already), gettext("%s are selected already") % au_noun(found.already)),
        *_reactivated(row),
        Vital(
            count_text(lines),
            ngettext("line is struck", "lines are struck", lines),
            f"/holdings/{row.pk}/?struck=yes",
        ),
    ]


def _reactivated(row: HoldingsUpload) -> list[Vital]:
    """What people took out and this would bring back: said before it is confirmed, and only where there is any."""
    number = reactivated_by(row).count()
    if not number:
        return []
    said = ngettext(
        "of them was deactivated by people; selecting re-activates it",
        "of them were deactivated by people; selecting re-activates them",
        number,
    )
    address = f"{resolve_url('aus:holdings-units', pk=row.pk)}?here={STOPPED}"
    return [Vital(count_text(number), said, address)]


@require_safe
@role_required(Role.LIBRARIAN)
def units(request: HttpRequest, pk: int) -> HttpResponse:
    """The archival units on offer that the list means, one by one."""
    row = row_of(pk)
    head = Head(
        gettext("Archival units that the list means"),
        gettext("What is on offer of its matched lines, those struck left out."),
        trail=[
            *trail(row),
            Link(gettext("What it would select"), resolve_url("aus:holdings-propose", pk=pk)),
        ],
    )
    return show_list(
        request,
        table=HOLDINGS_UNITS,
        rows=holdings_units(meant_by(row)),
        template="aus/list_page.html",
        context={"head": head},
    )


@require_POST
@role_required(Role.LIBRARIAN)
def select(request: HttpRequest, pk: int) -> HttpResponse:
    row = row_of(pk)
    form = SelectForm(request.POST)
    if not form.is_valid():
        return _proposal(request, row, said=gettext("The form did not say what it was about."), status=422)
    data = form.cleaned_data
    try:
        act = services.select_proposed(
            upload=row, version=data["version"], mark=data["mark"], user=request.user
        )
    except (HoldingsActError, SelectionError) as error:
        return _proposal(request, row_of(pk), said=str(error), status=409)
    if act is not None and act.job is not None:
        jobs.wake(act.job)
    selection_id = act.selection.pk if act is not None else row_of(pk).selection_id
    return HttpResponseRedirect(resolve_url("aus:selection", pk=selection_id))


@require_POST
@role_required(Role.LIBRARIAN)
def hand(request: HttpRequest, pk: int) -> HttpResponse:
    row = row_of(pk)
    form = HandForm(request.POST, user=request.user)
    if not form.is_valid():
        return _proposal(request, row, form, status=422)
    data = form.cleaned_data
    try:
        services.hand_over(
            upload=row, version=data["version"], to=data["to"], note=data["note"], user=request.user
        )
    except HoldingsActError as error:
        return _told(request, row, str(error))
    notices.leave(request, gettext("%s finds it under Holdings.") % data["to"].display_name)
    return _to(row)


@require_POST
@role_required(Role.LIBRARIAN)
def take_back(request: HttpRequest, pk: int) -> HttpResponse:
    row = row_of(pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return _told(request, row, gettext("The form did not say what it was about."))
    try:
        services.take_back(upload=row, version=form.cleaned_data["version"], user=request.user)
    except HoldingsActError as error:
        return _told(request, row, str(error))
    notices.leave(request, gettext("The proposal waits for nobody any more."))
    return HttpResponseRedirect(resolve_url("aus:holdings-propose", pk=pk))
