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
from apps.common import jobs
from apps.common.choices import JobState
from apps.common.display import count_text
from apps.common.htmx import wanted_part
from apps.common.lists import show_list
from apps.common.models import Job
from apps.common.pages import Action, Bar, Head, Link, Vital
from apps.titles import lists, services
from apps.titles.choices import ChangeKind, ImportState, ListSource
from apps.titles.errors import ListError
from apps.titles.forms import FolderForm, UploadForm
from apps.titles.models import ListImport, TitleList
from apps.titles.words import import_word

LIST_PAGE = "titles/list_page.html"
INDEX = "titles/lists.html"


@require_safe
@role_required()
def title_lists(request: HttpRequest) -> HttpResponse:
    return _index(request, UploadForm(), FolderForm(prefix="folder"))


@require_POST
@role_required(Role.NETWORK)
def upload(request: HttpRequest) -> HttpResponse:
    form = UploadForm(request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data
        try:
            row, job = services.start_upload(
                upload=data["file"], list_name=data["list_name"], user=request.user, retire=data["retire"]
            )
        except ListError as error:
            form.add_error("file", str(error))
        else:
            jobs.wake(job)
            return _to_import(row)
    return _index(request, form, FolderForm(prefix="folder"), status=422)


@require_POST
@role_required(Role.NETWORK)
def folder(request: HttpRequest) -> HttpResponse:
    form = FolderForm(request.POST, prefix="folder")
    if form.is_valid():
        data = form.cleaned_data
        try:
            row, job = services.start_folder(
                path=data["path"], list_name=data["list_name"], user=request.user, retire=data["retire"]
            )
        except ListError as error:
            form.add_error("path", str(error))
        else:
            jobs.wake(job)
            return _to_import(row)
    return _index(request, UploadForm(), form, status=422)


def _index(
    request: HttpRequest, upload_form: UploadForm, folder_form: FolderForm, status: int = 200
) -> HttpResponse:
    head = Head(
        gettext("Title lists"),
        gettext("What the networks offer for preservation, as their lists say it."),
        trail=[Link(gettext("Titles"), "/titles/")],
    )
    context = {
        "head": head,
        "upload_form": upload_form,
        "folder_form": folder_form,
        "names": TitleList.objects.order_by("name").values_list("name", flat=True)[:200],
        "may_import": request.user.has_role(Role.NETWORK),
    }
    rows = TitleList.objects.annotate(name_key=Lower("name"))
    response = show_list(request, table=lists.LISTS, rows=rows, template=INDEX, context=context)
    response.status_code = status
    return response


def _to_import(row: ListImport) -> HttpResponse:
    return HttpResponseRedirect(resolve_url("titles:import", pk=row.pk))


@require_safe
@role_required()
def title_list(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(TitleList, pk=pk)
    actions = [Action(gettext("Its archival units"), resolve_url("titles:list-aus", pk=pk))]
    if row.source == ListSource.FOLDER and request.user.has_role(Role.NETWORK):
        actions.append(
            Action(
                gettext("Read the folder again"), resolve_url("titles:again", pk=pk), primary=True, post=True
            )
        )
    said = ngettext("%s archival unit", "%s archival units", row.au_count) % count_text(row.au_count)
    head = Head(row.name, f"{said} · {row.location}".rstrip(" ·"), trail=_trail(), actions=actions)
    rows = row.imports.select_related("user")
    return show_list(request, table=lists.IMPORTS, rows=rows, template=LIST_PAGE, context={"head": head})


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
        return _index(request, UploadForm(), form, status=422)
    jobs.wake(job)
    return _to_import(made)


@require_safe
@role_required()
def list_aus(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(TitleList, pk=pk)
    head = Head(
        gettext("Archival units"),
        gettext("What %s names now.") % row.name,
        trail=[*_trail(), Link(row.name, resolve_url("titles:list", pk=pk))],
    )
    rows = lists.entries(row.entries.filter(retired_at=None))
    table = replace(lists.ENTRIES, count=lambda _query: row.au_count)
    return show_list(request, table=table, rows=rows, template=LIST_PAGE, context={"head": head})


@require_safe
@role_required()
def list_import(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(ListImport.objects.select_related("title_list", "user"), pk=pk)
    job = Job.objects.filter(subject=row.job_subject).order_by("-pk").first()
    lost = job is not None and job.state == JobState.FAILED and row.state != ImportState.DONE
    state = ImportState.FAILED if lost else ImportState(row.state)
    still = state in (ImportState.WAITING, ImportState.RUNNING)
    part = wanted_part(request) == "import"
    if part and not still:
        # The end brings more than the part that was watched.
        return HttpResponseClientRefresh()
    context = {
        "head": Head(gettext("Import %d") % row.pk, _identity(row), trail=_of_list(row)),
        "import": row,
        "word": import_word(state, row.finding_count),
        "open": still,
        "error": row.error or (job.error if lost else ""),
        "bar": Bar(job.progress_done, job.progress_total, job.progress_note) if job else Bar(0, None),
        "vitals": _vitals(row) if state == ImportState.DONE else [],
        "done": state == ImportState.DONE,
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
    return gettext("%(location)s, by %(who)s") % {"location": row.location or row.title_list.name, "who": who}


def _vitals(row: ListImport) -> list[Vital]:
    own = resolve_url("titles:import", pk=row.pk)
    changes = f"{own}changes/"
    return [
        Vital(
            count_text(row.added),
            ngettext("archival unit is new in this list", "archival units are new in this list", row.added),
            f"{own}added/",
        ),
        Vital(
            count_text(row.changed + row.titles_changed),
            ngettext(
                "is described otherwise than before; %(same)s are as they were",
                "are described otherwise than before; %(same)s are as they were",
                row.changed + row.titles_changed,
            )
            % {"same": count_text(row.unchanged)},
            changes,
        ),
        Vital(
            count_text(row.retired),
            ngettext("is no longer listed", "are no longer listed", row.retired),
            f"{changes}?kind={ChangeKind.RETIRED}",
        ),
        Vital(
            count_text(row.finding_count),
            ngettext(
                "finding: an entry that is odd or was left out",
                "findings: entries that are odd or were left out",
                row.finding_count,
            ),
            "#list-findings",
        ),
    ]


@require_safe
@role_required()
def import_changes(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(ListImport.objects.select_related("title_list"), pk=pk)
    head = Head(gettext("What it changed"), trail=_of_import(row))
    rows = row.changes.select_related("listed_au", "title")
    return show_list(request, table=lists.CHANGES, rows=rows, template=LIST_PAGE, context={"head": head})


@require_safe
@role_required()
def import_added(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(ListImport.objects.select_related("title_list"), pk=pk)
    head = Head(gettext("What it added"), trail=_of_import(row))
    rows = lists.entries(row.added_entries.all())
    table = replace(lists.ENTRIES, count=lambda _query: row.added)
    return show_list(request, table=table, rows=rows, template=LIST_PAGE, context={"head": head})


def _trail() -> list[Link]:
    return [Link(gettext("Titles"), "/titles/"), Link(gettext("Title lists"), resolve_url("titles:lists"))]


def _of_list(row: ListImport) -> list[Link]:
    return [*_trail(), Link(row.title_list.name, resolve_url("titles:list", pk=row.title_list_id))]


def _of_import(row: ListImport) -> list[Link]:
    return [*_of_list(row), Link(gettext("Import %d") % row.pk, resolve_url("titles:import", pk=row.pk))]
