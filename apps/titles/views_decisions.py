"""What a person does about an import: look at its preview, apply it, give it up, undo it. Network administrators."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import jobs, notices
from apps.common.forms import VersionForm
from apps.common.lists import show_list
from apps.common.pages import Head
from apps.common.stored import retold
from apps.common.words import Tone
from apps.titles import services
from apps.titles.choices import UNDER_WAY, ChangeKind, ImportState
from apps.titles.errors import ListError
from apps.titles.forms import DecisionForm
from apps.titles.lists_preview import USED, preview_rows, preview_table
from apps.titles.models import ListImport
from apps.titles.views_parts import of_import, retires, taken_back


@require_safe
@role_required()
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(pk)
    done = row.state not in (*UNDER_WAY, ImportState.PREVIEW)
    lead = (
        gettext("As it was shown before it was decided.") if done else gettext("Nothing of it is done yet.")
    )
    head = Head(gettext("What it would do"), lead, trail=of_import(row))
    rows = row.preview.all()
    if not retires(row) and request.GET.get("kind") != ChangeKind.RETIRED:
        # As things are chosen now these stay; a link beside the number leads to them.
        rows = rows.exclude(kind=ChangeKind.RETIRED)
    return show_list(
        request,
        table=preview_table(row, rows, retires=retires(row)),
        rows=preview_rows(rows),
        template="titles/list_page.html",
        context={"head": head},
    )


@require_POST
@role_required(Role.NETWORK)
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(pk)
    form = DecisionForm(request.POST, retiring="-")
    if not form.is_valid():
        return _told(request, row, gettext("The form did not say which preview it was about."))
    data = form.cleaned_data
    if row.state in (ImportState.APPLYING, ImportState.DONE) and data["version"] < row.version:
        # The same form, sent twice.
        return _to(row)
    try:
        job = services.apply_import(
            list_import=row, version=data["version"], retire=data["retire"], user=request.user
        )
    except ListError as error:
        return _told(request, row, retold(str(error)))
    jobs.wake(job)
    return _to(row)


@require_POST
@role_required(Role.NETWORK)
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return _told(request, row, gettext("The form did not say which preview it was about."))
    try:
        services.discard_import(list_import=row, version=form.cleaned_data["version"], user=request.user)
    except ListError as error:
        return _told(request, row, retold(str(error)))
    notices.leave(request, gettext("The import was given up. Nothing was changed."))
    return _to(row)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    row = _row(pk)
    if request.method == "POST":
        form = VersionForm(request.POST)
        if not form.is_valid():
            return _told(request, row, gettext("The form did not say which import it was about."))
        version = form.cleaned_data["version"]
        if row.state in (ImportState.UNDOING, ImportState.UNDONE) and version < row.version:
            # The same form, sent twice.
            return _to(row)
        try:
            job = services.start_undo(list_import=row, version=version, user=request.user)
        except ListError as error:
            return _told(request, row, retold(str(error)))
        if job is not None:
            jobs.wake(job)
        else:
            notices.leave(request, gettext("The import was undone. The catalogue is as it was before it."))
        return _to(row)
    if row.state != ImportState.DONE:
        return _told(request, row, gettext("Only an import that was applied can be undone."))
    context = {
        "head": Head(gettext("Undo import %d") % row.pk, row.title_list.name, trail=of_import(row)),
        "import": row,
        "dependents": services.dependents(row),
        "used": services.users(row).count(),
        "taken_back": taken_back(row),
        "form": VersionForm(initial={"version": row.version}),
    }
    return TemplateResponse(request, "titles/undo.html", context)


@require_POST
@role_required(Role.NETWORK)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """What was undone, once more."""
    row = _row(pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        return _told(request, row, gettext("The form did not say which import it was about."))
    try:
        made, job = services.repeat_import(
            list_import=row, version=form.cleaned_data["version"], user=request.user
        )
    except ListError as error:
        return _told(request, row, str(error))
    if job is not None:
        jobs.wake(job)
    return _to(made)


@require_safe
@role_required(Role.NETWORK)
def used(request: HttpRequest, pk: int) -> HttpResponse:
    """What keeps an import from being undone, unit by unit."""
    row = _row(pk)
    head = Head(
        gettext("Selected or preserved here"),
        gettext("What import %d brought and this node holds on to. It keeps the import from being undone.")
        % pk,
        trail=of_import(row),
    )
    return show_list(
        request,
        table=USED,
        rows=services.users(row).select_related("title"),
        template="titles/list_page.html",
        context={"head": head},
    )


def _row(pk: int) -> ListImport:
    return get_object_or_404(ListImport.objects.select_related("title_list", "user"), pk=pk)


def _to(row: ListImport) -> HttpResponse:
    return HttpResponseRedirect(resolve_url("titles:import", pk=row.pk))


def _told(request: HttpRequest, row: ListImport, text: str) -> HttpResponse:
    notices.leave(request, text, tone=Tone.HARM)
    return _to(row)
