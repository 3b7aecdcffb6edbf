"""Jobs and findings: what is being done, what failed, what somebody should know."""

import re
from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.choices import OPEN, URGENT, JobState, Severity
from apps.common.display import count_text, duration_text, moment
from apps.common.errors import BadQuery
from apps.common.htmx import for_htmx
from apps.common.lists import chosen_rows, show_list
from apps.common.models import Finding, Job
from apps.common.pages import Action, Fact, Head, Link
from apps.common.parts import status_word
from apps.common.stored import retold
from apps.common.text import shortened
from apps.common.words import Tone
from apps.nodes.error_advice import advice
from apps.nodes.errors import ActRefused
from apps.nodes.services import acts
from apps.nodes.words import FINDING_WORDS, JOB_WORDS, PAUSED, RESOLVED
from apps.nodes.work import ACTING, FINDINGS, finding_rows, findings_for, job_rows, jobs_for

LIST = "nodes/list_page.html"
# So many at once are closed by a click; more by the next one.
MOST_CHOSEN = 1000
_SENTENCE = re.compile(r"\.\s")


@require_safe
@role_required()
def jobs(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Jobs"),
        gettext("Long work of this node. A job that a dead worker held is given to another one."),
        trail=[Link(gettext("Node"), "/node/")],
    )
    return show_list(
        request,
        table=jobs_for(request.user),
        rows=Job.objects.all(),
        template=LIST,
        context={"head": head},
    )


@require_safe
@role_required()
@for_htmx({"job-now": "nodes/job_now.html"})
def job(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Job, pk=pk)
    shown = job_rows(request.user, [row])[0]
    context = {
        "job": row,
        "head": _job_head(request, row, shown.kind),
        "bar": shown.bar if row.state == JobState.RUNNING else None,
        "open": row.state in OPEN,
        "facts": _job_facts(row, shown.link),
    }
    return TemplateResponse(request, "nodes/job.html", context)


def _job_head(request: HttpRequest, row: Job, kind: str) -> Head:
    actions = []
    if request.user.has_role(Role.SYSTEM):
        if row.state in OPEN:
            if row.paused_at:
                actions.append(Action(gettext("Go on"), f"/jobs/{row.pk}/resume/", primary=True, post=True))
            else:
                if row.state == JobState.WAITING and row.priority < URGENT:
                    actions.append(Action(gettext("First in line"), f"/jobs/{row.pk}/first/", post=True))
                actions.append(Action(gettext("Pause"), f"/jobs/{row.pk}/pause/", post=True))
            actions.append(Action(gettext("Stop"), f"/jobs/{row.pk}/cancel/", post=True))
        elif row.state in (JobState.FAILED, JobState.CANCELLED):
            actions.append(Action(gettext("Do it again"), f"/jobs/{row.pk}/retry/", primary=True, post=True))
    trail = [Link(gettext("Node"), "/node/"), Link(gettext("Jobs"), "/jobs/")]
    return Head(
        gettext("Job %(number)d: %(kind)s") % {"number": row.pk, "kind": kind}, trail=trail, actions=actions
    )


def _job_facts(row: Job, link: Link) -> list[Fact]:
    subject = format_html('<a href="{}">{}</a>', link.url, link.label) if link.url else link.label
    facts = [
        Fact(gettext("State"), status_word(_job_word(row))),
        Fact(gettext("Of what"), subject),
        Fact(gettext("Queue"), row.queue, gettext("first in line") if row.priority >= URGENT else ""),
        Fact(
            gettext("Attempts"),
            gettext("%(done)d of %(most)d") % {"done": row.attempt, "most": row.max_attempts},
        ),
        Fact(gettext("Made"), moment(row.created_at)),
        Fact(gettext("Not before"), moment(row.run_after)),
        Fact(gettext("Begun"), moment(row.started_at)),
        Fact(gettext("Ended"), moment(row.finished_at)),
        Fact(gettext("Time spent"), duration_text(row.cost_ms / 1000)),
        Fact(gettext("Held by"), _holder(row), _heartbeat(row)),
    ]
    if row.error:
        facts.insert(1, Fact(gettext("Trouble"), retold(row.error), row.error_code))
    return facts


def _job_word(row: Job):
    return PAUSED if row.paused_at and row.state == JobState.WAITING else JOB_WORDS[JobState(row.state)]


def _holder(row: Job) -> SafeString | str:
    """A plain word; which process of which machine it is stands folded beneath, for whoever writes to support."""
    if not row.lease_owner:
        return "–"
    # Opened it stays open while the page is asked for anew.
    return format_html(
        '<details id="held-{}" hx-preserve><summary>{}</summary><code>{}</code></details>',
        row.attempt,
        gettext("a worker"),
        row.lease_owner,
    )


def _heartbeat(row: Job) -> str:
    if row.state != JobState.RUNNING or row.heartbeat_at is None:
        return ""
    return format_html("{} {}", gettext("It last said that it lives:"), moment(row.heartbeat_at))


@require_POST
@role_required(Role.SYSTEM)
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    said = gettext("The work is stopped. What it had done so far is kept.")
    return _job_changed(request, pk, acts.cancel_job, said)


@require_POST
@role_required(Role.SYSTEM)
def job_pause(request: HttpRequest, pk: int) -> HttpResponse:
    said = gettext("The work waits until somebody lets it go on. What it had done so far is kept.")
    return _job_changed(request, pk, acts.pause_job, said)


@require_POST
@role_required(Role.SYSTEM)
def job_resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _job_changed(request, pk, acts.resume_job, gettext("The work goes on."))


@require_POST
@role_required(Role.SYSTEM)
def job_first(request: HttpRequest, pk: int) -> HttpResponse:
    return _job_changed(request, pk, acts.put_job_first, gettext("A free worker begins with it."))


def _job_changed(request: HttpRequest, pk: int, act: Callable, said: str) -> HttpResponse:
    try:
        act(job=get_object_or_404(Job, pk=pk), by=request.user)
    except ActRefused as error:
        notices.leave(request, error.message, tone=Tone.CARE)
    else:
        notices.leave(request, said)
    return HttpResponseRedirect(f"/jobs/{pk}/")


@require_POST
@role_required(Role.SYSTEM)
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Job, pk=pk)
    try:
        again = acts.retry_job(job=row, by=request.user)
    except ActRefused as error:
        notices.leave(request, error.message, tone=Tone.CARE)
        return HttpResponseRedirect(f"/jobs/{pk}/")
    notices.leave(request, gettext("It is done again, as a job of its own."))
    return HttpResponseRedirect(f"/jobs/{again.pk}/")


@require_safe
@role_required()
def findings(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Findings"),
        gettext("What is not as it should be: with its cause, how often, and of what."),
        trail=[Link(gettext("Node"), "/node/")],
    )
    table = findings_for(request.user)
    if _may_act(request):
        table = replace(table, bulk=ACTING)
    return show_list(request, table=table, rows=Finding.objects.all(), template=LIST, context={"head": head})


def _may_act(request: HttpRequest) -> bool:
    return request.user.has_role(Role.LIBRARIAN, Role.NETWORK)


@require_safe
@role_required()
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Finding, pk=pk)
    link = finding_rows(request.user, [row])[0].link
    subject = format_html('<a href="{}">{}</a>', link.url, link.label) if link.url else link.label
    facts = [
        Fact(
            gettext("State"),
            status_word(RESOLVED if row.resolved_at else FINDING_WORDS[Severity(row.severity)]),
        ),
        Fact(gettext("What"), retold(row.message)),
        *_helps(row),
        Fact(gettext("Of what"), subject),
        Fact(gettext("Where"), format_html("<code>{}</code>", retold(row.place)) if row.place else "–"),
        Fact(gettext("Times"), count_text(row.count)),
        Fact(pgettext("moment", "First"), moment(row.first_at)),
        Fact(gettext("Last"), moment(row.last_at)),
        Fact(gettext("Seen"), moment(row.seen_at), row.seen_by),
        Fact(gettext("Resolved"), moment(row.resolved_at), retold(row.resolution)),
        *(Fact(str(name), str(value)) for name, value in row.params.items()),
    ]
    actions = []
    if _may_act(request) and row.resolved_at is None:
        if row.seen_at is None:
            actions.append(Action(gettext("Mark as seen"), f"/findings/{pk}/seen/", post=True))
        actions.append(Action(gettext("Close it"), f"/findings/{pk}/resolve/", post=True))
    trail = [Link(gettext("Node"), "/node/"), Link(gettext("Findings"), "/findings/")]
    head = Head(_cause(row), row.code, code=True, trail=trail, actions=actions)
    return TemplateResponse(request, "nodes/facts_page.html", {"head": head, "facts": facts})


def _cause(row: Finding) -> str:
    """The first sentence of what was found; its number stands in the address."""
    said = retold(row.message)
    end = _SENTENCE.search(said)
    return shortened(said[: end.start() + 1] if end else said)


def _helps(row: Finding) -> list[Fact]:
    """As the node's page says it of all findings with this code."""
    helped = advice(row.code)
    if row.resolved_at or not helped.text:
        return []
    way = format_html(' <a href="{}">{}</a>', helped.url, helped.label) if helped.url else ""
    return [Fact(gettext("What helps"), format_html("{}{}", helped.text, way))]


@require_POST
@role_required(Role.LIBRARIAN, Role.NETWORK)
def finding_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    acts.resolve_finding(finding=get_object_or_404(Finding, pk=pk), by=request.user)
    notices.leave(request, gettext("The finding is closed. If its cause remains, it comes again."))
    return HttpResponseRedirect(f"/findings/{pk}/")


@require_POST
@role_required(Role.LIBRARIAN, Role.NETWORK)
def finding_seen(request: HttpRequest, pk: int) -> HttpResponse:
    acts.see_findings(ids=[get_object_or_404(Finding, pk=pk).pk], by=request.user)
    notices.leave(request, gettext("It stays open and asks for nobody's attention any more."))
    return HttpResponseRedirect(f"/findings/{pk}/")


@require_POST
@role_required(Role.LIBRARIAN, Role.NETWORK)
def findings_act(request: HttpRequest) -> HttpResponse:
    """What was ticked in the list, or all that match."""
    rows = chosen_rows(request.POST, FINDINGS, Finding.objects.all()).filter(resolved_at=None)
    chosen = list(rows.order_by("pk")[:MOST_CHOSEN])
    action = request.POST.get("action")
    if action == "seen":
        n = acts.see_findings(ids=[row.pk for row in chosen], by=request.user)
        said = ngettext("%s finding is marked as seen.", "%s findings are marked as seen.", n)
    elif action == "resolve":
        n = len(chosen)
        for row in chosen:
            acts.resolve_finding(finding=row, by=request.user)
        said = ngettext("%s finding is closed.", "%s findings are closed.", n)
    else:
        raise BadQuery(gettext("There is no such act."))
    notices.leave(request, said % count_text(n))
    return HttpResponseRedirect("/findings/")
