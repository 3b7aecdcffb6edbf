"""Trigger events: the list, one of them, its two persons, its withdrawal, what it gives; and what everybody is told."""

import csv
import io
from collections.abc import Iterator

from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.common import notices
from apps.common.display import day_text, moment
from apps.common.forms import VersionForm
from apps.common.lists import show_list
from apps.common.pages import Action, Fact, Head, Link
from apps.common.words import Tone
from apps.delivery import panels
from apps.delivery.forms import TriggerForm, WithdrawForm
from apps.delivery.lists import EVENTS, event_state, events, name_of
from apps.delivery.models import TriggerEvent
from apps.delivery.services.triggering import (
    CONFIRMING,
    PROPOSING,
    confirm_trigger,
    counts,
    propose_trigger,
    triggered_urls,
    withdraw_trigger,
)
from apps.delivery.views_serving import show, the_au, the_title, told_by
from apps.titles.models import Title

PAGE = "delivery/trigger.html"


def public_page(row: TriggerEvent) -> str:
    """On the content host."""
    return f"{settings.NODE.content_url}/triggered/{row.pk}"


def _page(row: TriggerEvent) -> str:
    return f"/serving/triggers/{row.pk}/"


@require_safe
@role_required()
def triggers(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Trigger events"),
        gettext(
            "What was given to everybody because its publisher will not serve it again, and by whose word."
        ),
        trail=[Link(gettext("Permissions"), "/permissions/"), Link(gettext("Serving"), "/serving/")],
    )
    return show_list(
        request, table=EVENTS, rows=events(), template="nodes/list_page.html", context={"head": head}
    )


@require_safe
@role_required()
def trigger(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, _row(pk))


@require_POST
@role_required(*PROPOSING)
def propose_for_title(request: HttpRequest, pk: int) -> HttpResponse:
    return _propose(request, the_title(pk))


@require_POST
@role_required(*PROPOSING)
def propose_for_au(request: HttpRequest, slug: str) -> HttpResponse:
    return _propose(request, the_au(slug))


def _propose(request: HttpRequest, where: Title | Au) -> HttpResponse:
    form = TriggerForm(request.POST, prefix="trigger")
    if form.is_valid():
        try:
            row = propose_trigger(where=where, user=request.user, **form.cleaned_data)
        except ValidationError as error:
            told_by(form, error)
        else:
            notices.leave(request, gettext("It is proposed. It counts when another person has confirmed it."))
            return HttpResponseRedirect(_page(row))
    return show(request, where, status=422, trigger=form)


@require_POST
@role_required(*CONFIRMING)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return _refused(request, row, gettext("The form did not say which state it was about."))
    try:
        confirm_trigger(event=row, version=form.cleaned_data["version"], user=request.user)
    except ValidationError as error:
        return _refused(request, row, " ".join(error.messages))
    notices.leave(request, gettext("It is confirmed, and counts from %s on.") % day_text(row.since))
    return HttpResponseRedirect(_page(row))


@require_POST
@role_required(*CONFIRMING)
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(pk)
    form = WithdrawForm(request.POST, prefix="withdraw")
    if form.is_valid():
        data = form.cleaned_data
        try:
            withdraw_trigger(event=row, version=data["version"], why=data["why"], user=request.user)
        except ValidationError as error:
            told_by(form, error)
        else:
            notices.leave(request, gettext("It is withdrawn, and counts no more."))
            return HttpResponseRedirect(_page(row))
    return _show(request, row, status=422, withdrawal=form)


@require_safe
@role_required(Role.LIBRARIAN, Role.NETWORK)
def trigger_urls(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The URLs that it gives and where they are read: for whoever registers their new place."""
    row = _row(pk)
    response = StreamingHttpResponse(_lines(row), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="triggered-{row.pk}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _lines(row: TriggerEvent) -> Iterator[str]:
    yield "auid,url,preserved,doi\r\n"
    for line in triggered_urls(row):
        text = io.StringIO()
        # No sheet takes a name for a formula.
        csv.writer(text).writerow([f"'{one}" if one[:1] in "=+-@\t\r" else one for one in line])
        yield text.getvalue()


def _row(pk: int) -> TriggerEvent:
    return get_object_or_404(events().select_related("title__publisher", "au__publisher"), pk=pk)


def _refused(request: HttpRequest, row: TriggerEvent, said: str) -> HttpResponse:
    notices.leave(request, said, tone=Tone.HARM)
    return HttpResponseRedirect(_page(row))


def _show(request: HttpRequest, row: TriggerEvent, status: int = 200, **wrong: Form) -> HttpResponse:
    place = row.au or row.title
    confirms = request.user.has_role(*CONFIRMING) and row.withdrawn_at is None
    knows = request.user.has_role(Role.LIBRARIAN, Role.NETWORK)
    head = Head(
        gettext("Trigger event: %s") % name_of(row),
        event_state(row),
        trail=[
            Link(gettext("Permissions"), "/permissions/"),
            Link(gettext("Serving"), "/serving/"),
            Link(gettext("Trigger events"), "/serving/triggers/"),
        ],
        actions=[
            *([Action(gettext("URLs as CSV"), f"{_page(row)}urls.csv")] if knows else []),
            *([Action(gettext("Its page for everybody"), public_page(row))] if counts(row) else []),
            Action(gettext("Who may read it"), panels.page_at(place)),
        ],
    )
    context = {
        "head": head,
        "facts": _facts(row),
        "row": row,
        "confirms": confirms and row.confirmed_at is None and row.proposed_by_id != request.user.pk,
        "own": confirms and row.confirmed_at is None and row.proposed_by_id == request.user.pk,
        "withdrawal": WithdrawForm(prefix="withdraw", initial={"version": row.version}) if confirms else None,
    }
    return TemplateResponse(request, PAGE, context | wrong, status=status)


def _facts(row: TriggerEvent) -> list[Fact]:
    said = [
        (gettext("What happened"), row.reason),
        (gettext("Counts from"), day_text(row.since)),
        (gettext("Licence"), row.licence),
        (gettext("How it is cited"), row.citation),
        (gettext("Why it is withdrawn"), row.withdrawn_why),
    ]
    people = [
        (gettext("Proposed by"), row.proposed_name, row.proposed_at),
        (gettext("Confirmed by"), row.confirmed_name, row.confirmed_at),
        (gettext("Withdrawn by"), row.withdrawn_name, row.withdrawn_at),
    ]
    return [
        *(Fact(term, value) for term, value in said if value),
        *(Fact(term, name, moment(when)) for term, name, when in people if name),
    ]
