"""Imports: packages that lie in the folder of this node, those that were taken, one while it is taken and afterwards."""

import uuid

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.held_work import held_work
from apps.aus.models import Au
from apps.common import jobs, notices
from apps.common.display import count_text, moment, moment_text, size_text
from apps.common.errors import BadQuery
from apps.common.htmx import for_htmx
from apps.common.lists import chosen_rows, show_list
from apps.common.models import Job
from apps.common.pages import Action, Bar, Fact, Head, Link
from apps.common.stored import retold
from apps.common.words import Tone
from apps.exports import importing, lists_imports, words
from apps.exports.allowed import EXPORTERS
from apps.exports.choices import ImportState
from apps.exports.errors import ImportRefused
from apps.exports.forms import ImportForm
from apps.exports.models import Package, PackageImport
from apps.exports.taking import folder

# By one click; more by the next one.
MOST_CHOSEN = 1_000


def _trail(*more: Link) -> list[Link]:
    return [
        Link(gettext("Archival units"), "/aus/"),
        Link(gettext("Imports"), resolve_url("imports:imports")),
        *more,
    ]


@require_safe
@role_required(*EXPORTERS)
def imports(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Imports"),
        gettext("Packages of this or another node, and WARC files of other programs, taken into the store."),
        trail=_trail()[:1],
        actions=[Action(gettext("Packages"), resolve_url("imports:packages"), primary=True)],
    )
    importing.close_lost()
    rows = PackageImport.objects.select_related("user", "au")
    return show_list(
        request,
        table=lists_imports.IMPORTS,
        rows=rows,
        template="exports/list_page.html",
        context={"head": head},
    )


@require_safe
@role_required(*EXPORTERS)
def packages(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Packages in the folder of imports"),
        gettext("Files that whoever runs this node has put there. An import leaves them where they are."),
        trail=_trail(),
    )
    context = {"head": head, "folder": str(folder.place()), "others": "", "trouble": ""}
    try:
        others = importing.look()
    except OSError as error:
        context["trouble"] = gettext("The folder cannot be read: %s.") % (error.strerror or error)
    else:
        if others:
            said = ngettext(
                "%s other thing lies there: a folder, a link, or a file of another kind.",
                "%s other things lie there: folders, links, or files of another kind.",
                others,
            )
            context["others"] = said % count_text(others)
    return show_list(
        request,
        table=lists_imports.PACKAGES,
        rows=Package.objects.all(),
        template="exports/packages.html",
        context=context,
    )


@require_POST
@role_required(*EXPORTERS)
def packages_act(request: HttpRequest) -> HttpResponse:
    """What was ticked in the list, or all that match: each is an import of its own."""
    rows = chosen_rows(request.POST, lists_imports.PACKAGES, Package.objects.all())
    if request.POST.get("action") != "import":
        raise BadQuery(gettext("There is no such act."))
    asked = importing.ask_import(packages=list(rows.order_by("pk")[:MOST_CHOSEN]), user=request.user)
    for _row, job in asked:
        jobs.wake(job)
    n = len(asked)
    said = ngettext("%s package is being imported.", "%s packages are being imported.", n)
    notices.leave(request, said % count_text(n))
    return HttpResponseRedirect(resolve_url("imports:imports"))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*EXPORTERS)
def package(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Package, pk=pk)
    form = ImportForm(
        request.POST if request.method == "POST" else None, initial={"request_key": uuid.uuid4()}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            ((taken, job),) = importing.ask_import(
                packages=[row], user=request.user, into=data["into"], request_key=data["request_key"]
            )
        except ImportRefused as error:
            form.add_error("into", str(error))
        else:
            jobs.wake(job)
            return HttpResponseRedirect(resolve_url("imports:import", pk=taken.pk))
    context = {
        "head": Head(
            gettext("Import %s") % row.name,
            gettext("A worker takes what is whole; the rest is told as findings."),
            trail=_trail(Link(gettext("Packages"), resolve_url("imports:packages"))),
        ),
        "form": form,
        "facts": [
            Fact(gettext("Size"), size_text(row.size)),
            Fact(gettext("Last changed"), moment(row.modified_at)),
        ],
        "package": row,
    }
    return TemplateResponse(request, "exports/package.html", context, status=422 if form.errors else 200)


def _import(pk: int) -> PackageImport:
    return get_object_or_404(PackageImport.objects.select_related("user", "au"), pk=pk)


@require_safe
@role_required(*EXPORTERS)
@for_htmx({"import-now": "exports/import_now.html"})
def import_(request: HttpRequest, pk: int) -> HttpResponse:
    # A job that has failed is over at once, not when the scanner comes by.
    importing.close_lost()
    row = _import(pk)
    job = importing.job_of(row)
    is_open = row.state == ImportState.WAITING
    shown = row.finding_rows.count()
    context = {
        "import": row,
        "head": _head(row, job),
        "word": words.import_word(row),
        "open": is_open,
        "held": held_work(job) if row.state != ImportState.DONE else None,
        "bar": _bar(row, job),
        "error": retold(row.error),
        "facts": _facts(row),
        "beyond": row.findings > shown,
        "shown": count_text(shown),
    }
    return show_list(
        request,
        table=lists_imports.FINDINGS,
        rows=row.finding_rows.all(),
        template="exports/import.html",
        context=context,
    )


def _head(row: PackageImport, job: Job | None) -> Head:
    def act(name: str) -> str:
        return resolve_url(f"imports:{name}", pk=row.pk)

    actions: list[Action] = []
    if row.state == ImportState.WAITING and job is not None:
        if job.paused_at:
            actions.append(Action(gettext("Go on"), act("resume"), primary=True, post=True))
        else:
            actions.append(Action(gettext("Pause"), act("pause"), post=True))
        actions.append(Action(gettext("Stop"), act("stop"), post=True))
    elif row.state == ImportState.FAILED:
        actions.append(Action(gettext("Try again"), act("retry"), primary=True, post=True))
    said = gettext("Asked for by %(who)s, %(when)s") % {
        "who": lists_imports.who(row),
        "when": moment_text(row.created_at),
    }
    title = gettext("Import %(number)d: %(what)s") % {"number": row.pk, "what": row.name}
    return Head(title, said, trail=_trail(), actions=actions)


def _bar(row: PackageImport, job: Job | None) -> Bar:
    if job is None:
        return Bar(0, None)
    total = job.progress_total or row.size
    done = min(job.progress_done, total)
    note = gettext("%(done)s of %(total)s") % {"done": size_text(done), "total": size_text(total)}
    return Bar(done, total or None, note)


def _linked(au: Au) -> SafeString:
    return format_html('<a href="/aus/{}/">{}</a>', au.slug, au.name)


def _facts(row: PackageImport) -> list[Fact]:
    into = row.au
    facts = [
        Fact(gettext("Size of the package"), size_text(row.size)),
        Fact(gettext("Archival unit"), _linked(into) if into else "–"),
        Fact(gettext("Versions stored"), count_text(row.new)),
        Fact(gettext("Bytes stored"), size_text(row.new_bytes)),
    ]
    if row.state != ImportState.DONE:
        return facts
    return [
        *facts,
        Fact(gettext("Versions that were here already"), count_text(row.held)),
        Fact(gettext("URLs"), count_text(row.urls)),
        Fact(gettext("Digests that agree"), count_text(row.equal)),
        Fact(gettext("Digests that do not agree"), count_text(row.unequal)),
        Fact(gettext("Findings"), count_text(row.findings)),
        Fact(gettext("Taken"), moment(row.taken_at)),
    ]


@require_POST
@role_required(*EXPORTERS)
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, importing.pause, gettext("It waits until somebody lets it go on."))


@require_POST
@role_required(*EXPORTERS)
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(
        request,
        pk,
        importing.resume,
        gettext("It goes through the package again and stores what is missing."),
    )


@require_POST
@role_required(*EXPORTERS)
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, importing.stop, gettext("It is stopped. What it has stored stays."))


@require_POST
@role_required(*EXPORTERS)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    def again(*, row: PackageImport, user) -> bool:
        job = importing.retry(row=row, user=user)
        if job is not None:
            jobs.wake(job)
        return job is not None

    return _acted(
        request, pk, again, gettext("It goes through the package again and stores what is missing.")
    )


def _acted(request: HttpRequest, pk: int, act, said: str) -> HttpResponse:
    row = _import(pk)
    if act(row=row, user=request.user):
        notices.leave(request, said)
    else:
        notices.leave(request, gettext("That cannot be done with it as it stands now."), tone=Tone.CARE)
    return HttpResponseRedirect(resolve_url("imports:import", pk=pk))
