"""Title lists and their imports. Titles and publishers themselves are shown where AUs are selected (``aus.views``)."""

from dataclasses import replace

from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.accounts.held_work import held_work, was_broken_off
from apps.common import jobs
from apps.common.display import count_text, day_text
from apps.common.htmx import wanted_part
from apps.common.lists import show_list
from apps.common.models import Job
from apps.common.pages import Action, Bar, Head, Link
from apps.common.stored import retold
from apps.titles import lists, services
from apps.titles.choices import UNDER_WAY, ChangeKind, ImportState, ListSource
from apps.titles.errors import ListError
from apps.titles.forms import AddressForm, FolderForm, UploadForm
from apps.titles.lists_orders import in_orders
from apps.titles.models import ListImport, TitleList
from apps.titles.views_parts import (
    READ_WHOLE,
    address_context,
    changes_empty,
    decision_context,
    ending_said,
    of_import,
    of_list,
    once_more,
    trail,
    vitals,
)
from apps.titles.words import import_word

LIST_PAGE = "titles/list_page.html"
INDEX = "titles/lists.html"


@require_safe
@role_required()
def title_lists(request: HttpRequest) -> HttpResponse:
    return index(request)


@require_POST
@role_required(Role.NETWORK)
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data
        try:
            row, job = services.start_upload(
                upload=data["file"],
                list_name=data["list_name"],
                user=request.user,
                retire=data["retire"],
                request_key=data["request_key"],
            )
        except ListError as error:
            form.add_error("file", str(error))
        else:
            jobs.wake(job)
            return _to_import(row)
    return index(request, form, status=422)


@require_POST
@role_required(Role.NETWORK)
def folder(request: HttpRequest) -> HttpResponse:
    form = FolderForm(request.POST, prefix="folder")
    if form.is_valid():
        data = form.cleaned_data
        try:
            row, job = services.start_folder(
                path=data["path"],
                list_name=data["list_name"],
                user=request.user,
                retire=data["retire"],
                request_key=data["request_key"],
            )
        except ListError as error:
            form.add_error("path", str(error))
        else:
            jobs.wake(job)
            return _to_import(row)
    return index(request, folder_form=form, status=422)


def index(
    request: HttpRequest,
    upload_form: UploadForm | None = None,
    folder_form: FolderForm | None = None,
    address_form: AddressForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """All lists, and the ways to one more; a form that was refused comes back with its reasons."""
    head = Head(
        gettext("Title lists"),
        gettext("What the networks offer for preservation, as their lists say it."),
        trail=[Link(gettext("Titles"), "/titles/")],
    )
    context = {
        "head": head,
        "upload_form": upload_form or UploadForm(),
        "folder_form": folder_form or FolderForm(prefix="folder"),
        "address_form": address_form or AddressForm(prefix="address"),
        "names": TitleList.objects.order_by("name").values_list("name", flat=True)[:200],
        "may_import": request.user.has_role(Role.NETWORK),
    }
    rows = TitleList.objects.select_related("address").annotate(name_key=Lower("name"))
    response = show_list(request, table=lists.LISTS, rows=rows, template=INDEX, context=context)
    response.status_code = status
    return response


def _to_import(row: ListImport) -> HttpResponse:
    return HttpResponseRedirect(resolve_url("titles:import", pk=row.pk))


@require_safe
@role_required()
def title_list(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(TitleList.objects.select_related("address"), pk=pk)
    part = wanted_part(request) == "address"
    context = {"head": _list_head(request, row), "title_list": row, **address_context(request, row)}
    if part:
        return TemplateResponse(request, "titles/address.html", context)
    rows = row.imports.select_related("user")
    return show_list(
        request, table=lists.IMPORTS, rows=rows, template="titles/list_own.html", context=context
    )


def _list_head(request: HttpRequest, row: TitleList) -> Head:
    actions = [Action(gettext("Its titles"), f"/titles/?list={row.pk}")]
    if row.au_count or not row.coverage_count:
        actions.append(Action(gettext("Its archival units"), resolve_url("titles:list-aus", pk=row.pk)))
    if request.user.has_role(Role.NETWORK):
        actions.append(Action(gettext("Rename"), resolve_url("titles:list-rename", pk=row.pk)))
        if services.may_delete(row):
            actions.append(Action(gettext("Delete"), resolve_url("titles:list-delete", pk=row.pk)))
    if row.source == ListSource.FOLDER and request.user.has_role(Role.NETWORK):
        again_url = resolve_url("titles:again", pk=row.pk)
        actions.append(Action(gettext("Read the folder again"), again_url, primary=True, post=True))
    if row.coverage_count:
        actions.append(Action(gettext("Its coverage"), resolve_url("titles:list-coverage", pk=row.pk)))
    counts = [ngettext("%s archival unit", "%s archival units", row.au_count) % count_text(row.au_count)]
    if row.coverage_count:
        lines = ngettext("%s line of coverage", "%s lines of coverage", row.coverage_count)
        counts = [*counts[: row.au_count], lines % count_text(row.coverage_count)]
    said = " · ".join(counts)
    # An address has its own panel.
    where = "" if hasattr(row, "address") else row.location
    return Head(row.name, f"{said} · {where}".rstrip(" ·"), trail=trail(), actions=actions)


@require_POST
@role_required(Role.NETWORK)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """As the last time; what the folder no longer names is retired only if that was asked then."""
    row = get_object_or_404(TitleList, pk=pk)
    last = row.imports.filter(source=ListSource.FOLDER).order_by("-pk").first()
    try:
        made, job = services.start_again(title_list=row, user=request.user, retire=bool(last and last.retire))
    except ListError as error:
        form = FolderForm({"folder-list_name": row.name, "folder-path": row.location}, prefix="folder")
        form.add_error("path", str(error))
        return index(request, folder_form=form, status=422)
    jobs.wake(job)
    return _to_import(made)


@require_safe
@role_required()
def list_aus(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(TitleList, pk=pk)
    head = Head(
        gettext("Archival units"),
        gettext("What %s names now.") % row.name,
        trail=[*trail(), Link(row.name, resolve_url("titles:list", pk=pk))],
    )
    rows = lists.entries(row.entries.filter(retired_at=None))
    table = in_orders(lists.ENTRIES, lists.ENTRY_ORDERS, row.au_count)
    table = replace(table, count=lambda _query: row.au_count)
    return show_list(request, table=table, rows=rows, template=LIST_PAGE, context={"head": head})


@require_safe
@role_required()
def list_coverage(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(TitleList, pk=pk)
    head = Head(
        gettext("Coverage"),
        gettext("What %s says is provided, line by line.") % row.name,
        trail=[*trail(), Link(row.name, resolve_url("titles:list", pk=pk))],
    )
    rows = row.coverages.filter(retired_at=None).select_related("title__publisher")
    table = in_orders(lists.COVERAGE, lists.COVERAGE_ORDERS, row.coverage_count)
    table = replace(table, count=lambda _query: row.coverage_count)
    return show_list(request, table=table, rows=rows, template=LIST_PAGE, context={"head": head})


@require_safe
@role_required()
def list_import(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(ListImport.objects.select_related("title_list", "user", "undone_by"), pk=pk)
    job = Job.objects.filter(subject=row.job_subject).order_by("-pk").first()
    lost = was_broken_off(job) and row.state in UNDER_WAY
    state = ImportState.FAILED if lost else ImportState(row.state)
    still = state in (*UNDER_WAY, ImportState.UNDOING)
    part = wanted_part(request) == "import"
    if part and not still:
        # The end brings more than the part that was watched.
        return HttpResponseClientRefresh()
    context = {
        "head": Head(
            gettext("Import of %(list)s, %(day)s")
            % {"list": row.title_list.name, "day": day_text(row.created_at)},
            " · ".join((gettext("Import %d") % row.pk, _identity(row))),
            trail=of_list(row),
            actions=_acts(request, row),
        ),
        "import": row,
        "word": import_word(state, row.finding_count),
        "open": still,
        "held": held_work(job) if still or state == ImportState.FAILED else None,
        "error": retold(row.error or (job.error if lost else "")),
        "bar": Bar(job.progress_done, job.progress_total, job.progress_note) if job else Bar(0, None),
        "vitals": vitals(row) if state in READ_WHOLE else [],
        "done": state in READ_WHOLE,
        "ending": ending_said(row),
        "once_more": once_more(request, row),
        **decision_context(request, row),
    }
    if part:
        return TemplateResponse(request, "titles/import_state.html", context)
    rows = row.findings.all()
    return show_list(
        request,
        table=lists.FINDINGS,
        rows=rows,
        template="titles/import.html",
        context=context,
        name="findings",
    )


def _identity(row: ListImport) -> str:
    who = row.user.display_name if row.user else gettext("the command line")
    named = {"location": row.location or row.title_list.name, "who": who, "other": row.repeats_id}
    if row.repeats_id:
        return gettext("%(location)s, by %(who)s: import %(other)s once more") % named
    return gettext("%(location)s, by %(who)s") % named


def _acts(request: HttpRequest, row: ListImport) -> list[Action]:
    if not request.user.has_role(Role.NETWORK):
        return []
    if row.state == ImportState.DONE:
        # What may stand in the way is asked by the page behind it: of a large import that takes seconds.
        return [Action(gettext("Undo this import"), resolve_url("titles:import-undo", pk=row.pk))]
    labels = {
        services.Repeat.APPLY: gettext("Apply again"),
        services.Repeat.READ: gettext("Read it again"),
    }
    label = labels.get(services.repeats_how(row))
    if label is None:
        return []
    url, fields = resolve_url("titles:import-again", pk=row.pk), {"version": str(row.version)}
    return [Action(label, url, primary=True, post=True, fields=fields)]


@require_safe
@role_required()
def import_changes(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(ListImport.objects.select_related("title_list"), pk=pk)
    head = Head(gettext("What it changed"), trail=of_import(row))
    rows = lists.changes(row.changes.exclude(kind=ChangeKind.NOTED))
    table = in_orders(lists.CHANGES, lists.CHANGE_ORDERS, rows.order_by().count())
    table = replace(table, count=lambda query: lists.CHANGES.filtered(rows, query).order_by().count())
    table = replace(table, empty=changes_empty(row))
    return show_list(request, table=table, rows=rows, template=LIST_PAGE, context={"head": head})


@require_safe
@role_required()
def import_added(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(ListImport.objects.select_related("title_list"), pk=pk)
    lines = row.added_coverages.count()
    units = row.added - lines if row.state == ImportState.DONE else row.added_entries.count()
    actions = []
    if lines and units:
        url = resolve_url("titles:list-coverage", pk=row.title_list_id)
        actions.append(Action(gettext("Its coverage"), url))
    head = Head(gettext("What it added"), trail=of_import(row), actions=actions)
    if lines and not units:
        rows, number = row.added_coverages.select_related("title__publisher"), lines
        table = in_orders(lists.COVERAGE, lists.COVERAGE_ORDERS, number)
    else:
        rows, number = lists.entries(row.added_entries.all()), units
        table = in_orders(lists.ENTRIES, lists.ENTRY_ORDERS, number)
    table = replace(table, count=lambda _query: number)
    return show_list(request, table=table, rows=rows, template=LIST_PAGE, context={"head": head})
