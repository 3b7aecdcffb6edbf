"""Exports: all of them, a new one, one with its files while it is made and afterwards."""

from dataclasses import replace

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.held_work import held_work
from apps.accounts.services import note_reading
from apps.common import jobs, notices
from apps.common.clock import now
from apps.common.display import count_text, moment, moment_text, size_text
from apps.common.errors import NotThere
from apps.common.htmx import for_htmx
from apps.common.lists import show_list, small_list
from apps.common.models import Job
from apps.common.pages import Action, Bar, Confirm, Fact, Head, Link, confirm_page, is_confirmed
from apps.common.stored import retold
from apps.common.words import Tone
from apps.exports import allowed, lists, services, words
from apps.exports.asking import wanted_in
from apps.exports.choices import ExportState, FileKind
from apps.exports.errors import ExportRefused
from apps.exports.forms import NOTHING, ExportForm
from apps.exports.models import Export, ExportFile, ExportFinding
from apps.exports.serving import answer
from apps.lockss.packages import PackageFormat
from apps.repository.models import AuSummary

EXPORTERS = allowed.EXPORTERS
FILES_SHOWN = 500


@require_safe
@role_required(*EXPORTERS)
def exports(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Exports"),
        gettext("Preserved content as files, for another archive, another node or a person."),
        trail=[Link(gettext("Archival units"), "/aus/")],
    )
    services.close_lost()
    rows = Export.objects.select_related("user")
    return show_list(
        request, table=lists.EXPORTS, rows=rows, template="exports/list_page.html", context={"head": head}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*EXPORTERS)
def new(request: HttpRequest) -> HttpResponse:
    """What the address names, as the form says."""
    wanted = wanted_in(request)
    keys = [au.pk for au in wanted.aus]
    stored = _stored(keys)
    form = ExportForm(request.POST if request.method == "POST" else None, stored=stored[0])
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row, job = services.ask_export(
                aus=wanted.aus,
                what=wanted.what,
                options=data["options"],
                user=request.user,
                request_key=data["request_key"],
            )
        except ExportRefused as error:
            form.add_error(None, str(error))
        else:
            jobs.wake(job)
            return HttpResponseRedirect(resolve_url("exports:export", pk=row.pk))
    hidden = allowed.hidden_from(request.user, keys, auditor=allowed.is_auditor(request.user))
    context = {
        "head": Head(
            gettext("Export %s") % wanted.what,
            gettext("A worker makes the files; they are kept for some days."),
            trail=[wanted.back, Link(gettext("Exports"), resolve_url("exports:exports"))],
        ),
        "form": form,
        "facts": _wanted_facts(len(keys), stored, len(hidden)),
        "nothing": "" if stored[0] or form.is_bound else NOTHING,
        "query": wanted.query,
    }
    return TemplateResponse(request, "exports/new.html", context, status=422 if form.errors else 200)


def _stored(keys: list[int]) -> tuple[int, int, int]:
    """Versions, their bytes, and URLs that are damaged or missing."""
    rows = AuSummary.objects.filter(au_key__in=keys).values_list("versions", "size", "damaged", "missing")
    versions, size, damaged, missing = [sum(column) for column in zip(*rows, strict=True)] or [0, 0, 0, 0]
    return versions, size, damaged + missing


def _wanted_facts(units: int, stored: tuple[int, int, int], hidden: int) -> list[Fact]:
    versions, size, bad = stored
    facts = [
        Fact(gettext("Archival units"), count_text(units)),
        Fact(gettext("Versions"), count_text(versions)),
        Fact(gettext("Size"), size_text(size)),
    ]
    if bad:
        said = ngettext("%s URL is damaged or missing", "%s URLs are damaged or missing", bad)
        facts.append(
            Fact(
                gettext("Trouble"),
                said % count_text(bad),
                gettext(
                    "Where an older version is good it is taken; what is not there stands in the report."
                ),
            )
        )
    if hidden:
        said = ngettext("%s archival unit", "%s archival units", hidden) % count_text(hidden)
        facts.append(
            Fact(
                gettext("Not permitted"),
                said,
                gettext("The rules of serving hide it from you: it is left out."),
            )
        )
    return facts


def _export(pk: int) -> Export:
    return get_object_or_404(Export.objects.select_related("user"), pk=pk)


@require_safe
@role_required(*EXPORTERS)
@for_htmx({"export-now": "exports/now.html"})
def export(request: HttpRequest, pk: int) -> HttpResponse:
    # A job that has failed is over at once, not when the scanner comes by.
    services.close_lost()
    row = _export(pk)
    job = services.job_of(row)
    state = ExportState(row.state)
    files = _shown_files(row)
    context = {
        "export": row,
        "head": _head(row, job),
        "word": words.state_word(row),
        "open": state == ExportState.WAITING,
        "held": held_work(job) if state in (ExportState.WAITING, ExportState.FAILED) else None,
        "bar": _bar(row, job),
        "error": retold(row.error),
        "facts": _facts(row),
        "files": small_list("files", gettext("Files"), lists.FILES, files) if files else None,
    }
    rows = ExportFinding.objects.filter(export=row).select_related("unit__au")
    # That nothing is left out is true only of one that came to its end.
    table = replace(lists.FINDINGS, empty=lists.UNENDED) if state == ExportState.FAILED else lists.FINDINGS
    return show_list(request, table=table, rows=rows, template="exports/export.html", context=context)


def _shown_files(row: Export) -> list[ExportFile]:
    if row.state == ExportState.DROPPED:
        return []
    return list(row.files.exclude(kind=FileKind.PART).order_by("kind", "pk")[:FILES_SHOWN])


def _head(row: Export, job: Job | None) -> Head:
    def act(name: str) -> str:
        return resolve_url(f"exports:{name}", pk=row.pk)

    # The main act stands last.
    actions: list[Action] = []
    if row.state == ExportState.WAITING and job is not None:
        actions.append(Action(gettext("Stop"), act("stop"), post=True))
        if job.paused_at:
            actions.append(Action(gettext("Go on"), act("resume"), primary=True, post=True))
        else:
            actions.append(Action(gettext("Pause"), act("pause"), post=True))
    if row.state in (ExportState.DONE, ExportState.FAILED):
        actions.append(Action(gettext("Delete its files"), act("drop")))
    if row.state == ExportState.FAILED:
        actions.append(Action(gettext("Try again"), act("retry"), primary=True, post=True))
    said = gettext("Asked for by %(who)s, %(when)s") % {
        "who": lists.who(row),
        "when": moment_text(row.created_at),
    }
    trail = [
        Link(gettext("Archival units"), "/aus/"),
        Link(gettext("Exports"), resolve_url("exports:exports")),
    ]
    title = gettext("Export %(number)d: %(what)s") % {"number": row.pk, "what": row.what}
    return Head(title, said, trail=trail, actions=actions)


def _bar(row: Export, job: Job | None) -> Bar:
    if job is None:
        return Bar(0, None)
    left = None
    if row.begun_at and job.progress_done > row.begun_bytes:
        spent = (now() - row.begun_at).total_seconds()
        left = spent * max(0, row.total_bytes - job.progress_done) / (job.progress_done - row.begun_bytes)
    note = gettext("%(done)s of %(total)s") % {
        "done": size_text(job.progress_done),
        "total": size_text(row.total_bytes),
    }
    return Bar(min(job.progress_done, row.total_bytes), row.total_bytes or None, note, left)


def _facts(row: Export) -> list[Fact]:
    kind = PackageFormat(row.options["format"])
    facts = [
        Fact(gettext("As"), str(words.FORMATS[kind])),
        Fact(gettext("Archival units"), count_text(row.total_aus)),
        Fact(gettext("Versions written"), count_text(row.done_files)),
        Fact(gettext("Bytes of content"), size_text(row.done_bytes)),
        Fact(gettext("Not in it as it was collected"), count_text(row.findings)),
    ]
    if row.made_at:
        facts.append(Fact(gettext("Made"), moment(row.made_at)))
    if row.expires_at:
        facts.append(Fact(gettext("Kept until"), moment(row.expires_at)))
    return facts


@require_safe
@role_required(*EXPORTERS)
def file(request: HttpRequest, pk: int, file: int) -> HttpResponse:
    """A file that is whole, or a range of it. What is hidden from this person by now is not there for them."""
    row = get_object_or_404(
        ExportFile.objects.select_related("export", "unit").exclude(kind=FileKind.PART), pk=file, export=pk
    )
    if row.export.state == ExportState.DROPPED:
        raise NotThere(gettext("The files of this export were deleted."))
    au = row.unit.au_id if row.unit else None
    if au is not None and allowed.hidden_from(request.user, [au], auditor=allowed.is_auditor(request.user)):
        raise Http404
    try:
        response = answer(request, row)
    except OSError as error:
        raise NotThere(gettext("The file is not there, or not whole: try the export again.")) from error
    if response.streaming and request.method == "GET":
        which = {"file": row.name, "sha256": row.sha256}
        note_reading(user=request.user, what="export", subject=row.export.job_subject, which=which)
    return response


@require_POST
@role_required(*EXPORTERS)
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, services.pause, gettext("It waits until somebody lets it go on."))


@require_POST
@role_required(*EXPORTERS)
def resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, services.resume, gettext("It goes on where it was."))


@require_POST
@role_required(*EXPORTERS)
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, services.stop, gettext("It is stopped. Files that are whole are kept."))


@require_POST
@role_required(*EXPORTERS)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    def again(*, export: Export, user) -> bool:
        job = services.retry(export=export, user=user)
        if job is not None:
            jobs.wake(job)
        return job is not None

    return _acted(request, pk, again, gettext("It goes on behind the files that are whole."))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*EXPORTERS)
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    row = _export(pk)
    if not is_confirmed(request):
        confirm = Confirm(
            title=gettext("Delete the files of this export?"),
            happens=gettext(
                "Its files can no longer be fetched; its numbers and its report on this page stay."
            ),
            stays=gettext("Nothing that is preserved is touched: the same can be exported again."),
            button=gettext("Delete them"),
            back=resolve_url("exports:export", pk=pk),
        )
        return confirm_page(request, confirm)
    return _acted(request, row.pk, services.drop, gettext("The files are deleted."))


def _acted(request: HttpRequest, pk: int, act, said: str) -> HttpResponse:
    row = _export(pk)
    if act(export=row, user=request.user):
        notices.leave(request, said)
    else:
        notices.leave(request, gettext("That cannot be done with it as it stands now."), tone=Tone.CARE)
    return HttpResponseRedirect(resolve_url("exports:export", pk=pk))
