"""Judges any KBART file: findings by line and field, strict or lenient. Who may read reports."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import role_required
from apps.accounts.held_work import held_work, was_broken_off
from apps.common import jobs
from apps.common.display import count_text, size_text
from apps.common.htmx import wanted_part
from apps.common.lists import show_list
from apps.common.models import Job
from apps.common.pages import Action, Bar, Fact, Head, Link, Vital
from apps.common.stored import retold
from apps.kbart import lists, services, words
from apps.kbart.choices import CheckState
from apps.kbart.errors import ActError
from apps.kbart.forms import CheckForm
from apps.kbart.models import Check
from apps.kbart.views import READERS, to_report

MOST_FIELDS = 40


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*READERS)
def checks(request: HttpRequest) -> HttpResponse:
    """Everybody sees the own files alone: others' lists may be nobody's business yet."""
    form = CheckForm(request.POST, request.FILES) if request.method == "POST" else CheckForm()
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row, job = services.start_check(
                upload=data["file"], user=request.user, request_key=data["request_key"]
            )
        except ActError as error:
            form.add_error("file", str(error))
        else:
            if job is not None:
                jobs.wake(job)
            return HttpResponseRedirect(resolve_url("kbart:check", pk=row.pk))
    head = Head(
        gettext("Check a KBART file"),
        gettext("Whoever made it: what is wrong with it, line by line, and what was expected."),
        trail=to_report(),
    )
    answer = show_list(
        request,
        table=lists.CHECKS,
        rows=Check.objects.filter(user=request.user),
        template="kbart/checks.html",
        context={"head": head, "form": form},
    )
    answer.status_code = 422 if form.errors else 200
    return answer


def _numbers(narrowed: str, errors: int, warnings: int) -> list[Vital]:
    """How grave it is; each leads to its findings. ``narrowed``: the page's address up to the filter's value."""
    broken = ngettext("error: the standard is broken", "errors: the standard is broken", errors)
    stumble = ngettext("warning: some readers will stumble", "warnings: some readers will stumble", warnings)
    return [
        Vital(count_text(errors), broken, f"{narrowed}{lists.GRAVE}#list-findings"),
        Vital(count_text(warnings), stumble, f"{narrowed}{lists.ADVISED}#list-findings"),
    ]


def _measure(row: Check) -> str:
    if not row.is_judged:
        return gettext("%(size)s; no line of it was judged, see below") % {"size": size_text(row.size)}
    said = ngettext("%(size)s, %(lines)s line", "%(size)s, %(lines)s lines", row.lines)
    return said % {"size": size_text(row.size), "lines": count_text(row.lines)}


@require_safe
@role_required(*READERS)
def check(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Check, pk=pk, user=request.user)
    job = Job.objects.filter(subject=row.job_subject).order_by("-pk").first()
    lost = was_broken_off(job) and row.state == CheckState.WAITING
    state = CheckState.FAILED if lost else CheckState(row.state)
    still = state == CheckState.WAITING
    part = wanted_part(request) == "judging"
    if part and not still:
        return HttpResponseClientRefresh()
    mode = request.GET.get("mode") or lists.LENIENT
    strict = mode == lists.STRICT
    errors = row.errors + row.warnings if strict else row.errors
    other = lists.LENIENT if strict else lists.STRICT
    context = {
        "head": Head(
            row.file_name,
            _measure(row),
            trail=[*to_report(), Link(gettext("Check a file"), resolve_url("kbart:checks"))],
            actions=[
                Action(
                    gettext("Judge it strictly") if not strict else gettext("Judge it leniently"),
                    f"{request.path}?mode={other}",
                )
            ],
        ),
        "check": row,
        "word": words.CHECKS[state],
        "open": still,
        "held": held_work(job) if still or state == CheckState.FAILED else None,
        "done": state == CheckState.DONE,
        "error": retold(row.error or (job.error if lost else "")),
        "bar": Bar(0, None),
        "strict": strict,
        "vitals": _numbers(f"{request.path}?mode={mode}&grave=", errors, row.errors + row.warnings - errors),
        "facts": [Fact(gettext("SHA-256 of the file"), row.sha256)],
    }
    if part:
        return TemplateResponse(request, "kbart/check_state.html", context)
    fields = sorted(
        set(
            row.findings.exclude(field="").order_by().values_list("field", flat=True).distinct()[:MOST_FIELDS]
        )
    )
    table = lists.findings_table(lists.STRICT if strict else lists.LENIENT, fields)
    return show_list(
        request, table=table, rows=row.findings.all(), template="kbart/check.html", context=context
    )
