"""Collection records: listed, written, changed, closed. One of them, with how its units stand, is shown by ``nodes``."""

import datetime as dt

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus.errors import CollectionError
from apps.aus.forms_collections import CollectionForm, initial_of
from apps.aus.lists_collections import COLLECTIONS
from apps.aus.models import CollectionRecord
from apps.aus.services.collections import add_collection, change_collection, close_collection
from apps.common import notices
from apps.common.clock import today
from apps.common.display import day_text
from apps.common.errors import BadQuery
from apps.common.lists import show_list
from apps.common.pages import Action, Head, Link
from apps.common.words import Tone


def trail() -> list[Link]:
    return [Link(gettext("Titles"), "/titles/"), Link(gettext("Collections"), "/collections/")]


@require_safe
@role_required()
def collections(request: HttpRequest) -> HttpResponse:
    actions = []
    if request.user.has_role(Role.LIBRARIAN):
        actions.append(Action(gettext("Describe a collection"), "/collections/new/", primary=True))
    head = Head(
        gettext("Collections"),
        gettext("Who contributes what, why it matters, and what threatens it."),
        trail=trail()[:1],
        actions=actions,
    )
    return show_list(
        request,
        table=COLLECTIONS,
        rows=CollectionRecord.objects.all(),
        template="aus/list_page.html",
        context={"head": head},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.LIBRARIAN)
def new(request: HttpRequest) -> HttpResponse:
    form = CollectionForm(request.POST) if request.method == "POST" else CollectionForm()
    if form.is_bound and form.is_valid():
        row = add_collection(user=request.user, said=form.said, request_key=form.cleaned_data["request_key"])
        notices.leave(request, gettext("“%s” is described.") % row.name)
        _warn_of_past(request, row.review_on)
        return HttpResponseRedirect(f"/collections/{row.pk}/")
    head = Head(
        gettext("Describe a collection"),
        gettext("What people know of it. What the machine knows is added by itself."),
        trail=trail(),
    )
    return _form_page(request, form, head, gettext("Keep the record"))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.LIBRARIAN)
def change(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(CollectionRecord, pk=pk)
    form = (
        CollectionForm(request.POST) if request.method == "POST" else CollectionForm(initial=initial_of(row))
    )
    if form.is_bound and form.is_valid():
        version = form.cleaned_data["version"]
        try:
            if version is None:
                raise BadQuery(gettext("The form did not say which state of the record it was about."))
            change_collection(user=request.user, record=row, version=version, said=form.said)
        except CollectionError as error:
            form.add_error(None, str(error))
        else:
            notices.leave(request, gettext("“%s” is changed.") % form.said.name)
            _warn_of_past(request, form.said.review_on)
            return HttpResponseRedirect(f"/collections/{pk}/")
    head = Head(gettext("Change a collection"), trail=[*trail(), Link(row.name, f"/collections/{pk}/")])
    return _form_page(request, form, head, gettext("Save"))


def _warn_of_past(request: HttpRequest, day: dt.date | None) -> None:
    if day is not None and day < today():
        said = gettext("The day to look at it again, %s, is past: the list of collections calls it overdue.")
        notices.leave(request, said % day_text(day), tone=Tone.CARE)


def _form_page(request: HttpRequest, form: CollectionForm, head: Head, button: str) -> HttpResponse:
    context = {"form": form, "head": head, "button": button}
    return TemplateResponse(
        request, "aus/collection_form.html", context, status=422 if form.is_bound else 200
    )


@require_POST
@role_required(Role.LIBRARIAN)
def close(request: HttpRequest, pk: int) -> HttpResponse:
    return _closed(
        request, pk, gettext("The record is closed. What is preserved stays as it is."), closed=True
    )


@require_POST
@role_required(Role.LIBRARIAN)
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    return _closed(request, pk, gettext("The record is open again."), closed=False)


def _closed(request: HttpRequest, pk: int, said: str, *, closed: bool) -> HttpResponse:
    row = get_object_or_404(CollectionRecord, pk=pk)
    version = request.POST.get("version", "")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise BadQuery(gettext("The form did not say which state of the record it was about."))
    try:
        close_collection(user=request.user, record=row, version=int(version), closed=closed)
    except CollectionError as error:
        notices.leave(request, str(error), tone=Tone.HARM)
    else:
        notices.leave(request, said)
    return HttpResponseRedirect(f"/collections/{pk}/")
