"""The library's own lists: uploaded, looked at, line by line. Everybody who is signed in reads; librarians upload."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.accounts.held_work import held_work, was_broken_off
from apps.aus import lists_holdings, services
from apps.aus.choices import HoldingsState, LineState
from apps.aus.errors import HoldingsActError
from apps.aus.forms_holdings import DecideForm, HoldingsForm
from apps.aus.holdings.catalogue import years_listed
from apps.aus.line_page import show_line, told_apart, years_words
from apps.aus.models import HoldingsDecision, HoldingsLine, HoldingsUpload, Selection
from apps.aus.understood import facts_of, without_years
from apps.aus.words import HOLDINGS
from apps.common import jobs
from apps.common.display import count_text, moment_text, size_text
from apps.common.htmx import wanted_part
from apps.common.lists import show_list
from apps.common.models import Job
from apps.common.pages import Action, Bar, Fact, Head, Link, Vital
from apps.common.stored import retold
from apps.common.text import shortened

MOST_BEFORE = 10
UNDER_WAY = (HoldingsState.WAITING, HoldingsState.READING)


def may(request: HttpRequest) -> bool:
    return request.user.has_role(Role.LIBRARIAN)


def trail(row: HoldingsUpload | None = None) -> list[Link]:
    links = [Link(gettext("Titles"), "/titles/"), Link(gettext("Holdings"), "/holdings/")]
    return links if row is None else [*links, Link(row.file_name, f"/holdings/{row.pk}/")]


def row_of(pk: int) -> HoldingsUpload:
    rows = HoldingsUpload.objects.select_related("user", "handed_to", "handed_by", "selection")
    return get_object_or_404(rows, pk=pk)


@require_safe
@role_required()
def uploads(request: HttpRequest) -> HttpResponse:
    return index(request, HoldingsForm())


def index(request: HttpRequest, form: HoldingsForm, status: int = 200) -> HttpResponse:
    head = Head(
        gettext("Holdings"),
        gettext("Your library's own lists, compared with what the title lists offer."),
        trail=trail()[:1],
        actions=[Action(gettext("What was decided"), resolve_url("aus:holdings-decisions"))],
    )
    waiting = HoldingsUpload.objects.filter(handed_to=request.user, selection=None).select_related(
        "handed_by"
    )
    context = {"head": head, "form": form, "may": may(request), "waiting": waiting[:10]}
    rows = HoldingsUpload.objects.select_related("user", "handed_to")
    answer = show_list(
        request, table=lists_holdings.UPLOADS, rows=rows, template="aus/holdings.html", context=context
    )
    answer.status_code = status
    return answer


@require_POST
@role_required(Role.LIBRARIAN)
def upload(request: HttpRequest) -> HttpResponse:
    form = HoldingsForm(request.POST, request.FILES)
    if form.is_valid():
        data = form.cleaned_data
        try:
            row, job = services.start_holdings(
                upload=data["file"], user=request.user, request_key=data["request_key"]
            )
        except HoldingsActError as error:
            form.add_error("file", str(error))
        else:
            jobs.wake(job)
            return HttpResponseRedirect(resolve_url("aus:holdings-one", pk=row.pk))
    return index(request, form, status=422)


@require_safe
@role_required()
def one(request: HttpRequest, pk: int) -> HttpResponse:
    row = row_of(pk)
    job = Job.objects.filter(subject=row.job_subject).order_by("-pk").first()
    lost = was_broken_off(job) and row.state in UNDER_WAY
    state = HoldingsState.FAILED if lost else HoldingsState(row.state)
    still = state in UNDER_WAY
    part = wanted_part(request) == "reading"
    if part and not still:
        return HttpResponseClientRefresh()
    context = {
        "head": _head(request, row, state),
        "upload": row,
        "word": HOLDINGS[state],
        "open": still,
        "held": held_work(job) if still or state == HoldingsState.FAILED else None,
        "error": retold(row.error or (job.error if lost else "")),
        "bar": Bar(job.progress_done, job.progress_total, job.progress_note) if job else Bar(0, None),
        "vitals": _vitals(row) if state == HoldingsState.READY else [],
        "facts": facts_of(row),
        "yearless": without_years(row),
        "changeable": may(request) and row.selection_id is None and not still,
        "said": _said(request, row),
        "before": _before(row),
    }
    if part:
        return TemplateResponse(request, "aus/holdings_state.html", context)
    table = lists_holdings.lines_table(
        row, may_strike=may(request) and row.selection_id is None and not still
    )
    rows = lists_holdings.lines_of(row)
    return show_list(request, table=table, rows=rows, template="aus/holdings_one.html", context=context)


def _head(request: HttpRequest, row: HoldingsUpload, state: HoldingsState) -> Head:
    actions = []
    if state == HoldingsState.READY and may(request) and row.selection_id is None:
        label = gettext("Look at what it would select")
        actions.append(Action(label, resolve_url("aus:holdings-propose", pk=row.pk), primary=True))
    if row.selection_id is not None:
        actions.append(
            Action(
                gettext("What was selected"), resolve_url("aus:selection", pk=row.selection_id), primary=True
            )
        )
    said = gettext("%(size)s, by %(who)s, %(when)s") % {
        "size": size_text(row.size),
        "who": row.user.display_name,
        "when": moment_text(row.created_at),
    }
    return Head(row.file_name, said, trail=trail(), actions=actions)


def _before(row: HoldingsUpload) -> list[Link]:
    """Acts that selected from it and were undone since: it proposes again, and they stay on record."""
    acts = Selection.objects.filter(scope={"kind": "holdings", "ids": [row.pk]}).exclude(pk=row.selection_id)
    return [
        Link(
            gettext("Act %(pk)d, %(when)s") % {"pk": act.pk, "when": moment_text(act.created_at)},
            f"/selections/{act.pk}/",
        )
        for act in acts.order_by("pk")[:MOST_BEFORE]
    ]


def _said(request: HttpRequest, row: HoldingsUpload) -> str:
    if row.selection_id is not None or row.handed_to is None:
        return ""
    who = gettext("you") if row.handed_to == request.user else row.handed_to.display_name
    said = gettext("%(by)s asked %(who)s to look at it and to confirm.") % {
        "by": row.handed_by.display_name,
        "who": who,
    }
    return f"{said} {row.handed_note}".strip()


def _vitals(row: HoldingsUpload) -> list[Vital]:
    own = f"/holdings/{row.pk}/?state="
    shown = [
        (row.matched, LineState.MATCHED, ngettext("line is matched", "lines are matched", row.matched)),
        (
            row.ambiguous,
            LineState.AMBIGUOUS,
            ngettext("line is ambiguous; you decide", "lines are ambiguous; you decide", row.ambiguous),
        ),
        (
            row.unmatched,
            LineState.UNMATCHED,
            ngettext("line means no title of the lists", "lines mean no title of the lists", row.unmatched),
        ),
        (
            row.unread,
            LineState.UNREAD,
            ngettext("line could not be read", "lines could not be read", row.unread),
        ),
    ]
    return [Vital(count_text(number), said, f"{own}{state}#list-lines") for number, state, said in shown]


@require_safe
@role_required()
def line(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    row = line_of(pk, line)
    return line_shown(request, row, DecideForm(line=row, initial={"version": row.upload.version}))


def line_of(pk: int, line: int) -> HoldingsLine:
    return get_object_or_404(
        HoldingsLine.objects.select_related("title__publisher", "upload"), pk=line, upload=pk
    )


def line_shown(request: HttpRequest, row: HoldingsLine, form: DecideForm, status: int = 200) -> HttpResponse:
    upload = row_of(row.upload_id)
    return show_line(request, row, form, upload=upload, trail=trail(upload), status=status)


@require_safe
@role_required()
def decisions(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("What was decided"),
        gettext("What people said that lines mean. Each is used again when a list says the same."),
        trail=trail(),
    )
    rows = HoldingsDecision.objects.select_related("title__publisher", "user")
    return show_list(
        request,
        table=lists_holdings.DECISIONS,
        rows=rows,
        template="aus/list_page.html",
        context={"head": head},
    )


@require_safe
@role_required()
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(HoldingsDecision.objects.select_related("title__publisher", "user"), pk=pk)
    actions = []
    if may(request):
        actions.append(Action(gettext("Take it back"), resolve_url("aus:holdings-forget", pk=pk), post=True))
    context = {
        "head": Head(
            lists_holdings.said(row),
            gettext("Decided by %(who)s, %(when)s")
            % {"who": row.user.display_name, "when": moment_text(row.updated_at)},
            trail=[*trail(), Link(gettext("What was decided"), resolve_url("aus:holdings-decisions"))],
            actions=actions,
        ),
        "facts": [
            Fact(gettext("Publisher"), row.input_publisher or gettext("none")),
            Fact(gettext("Identifiers"), ", ".join(row.identifiers) or gettext("none")),
            _meant(row),
            *_years_decided(row),
        ],
    }
    return TemplateResponse(request, "aus/holdings_decision.html", context)


def _meant(row: HoldingsDecision) -> Fact:
    if row.title is None:
        return Fact(gettext("Means"), gettext("no title of the lists"))
    link = format_html('<a href="/titles/{}/">{}</a>', row.title_id, shortened(row.title.name))
    note = told_apart(row.title, years_listed([row.title_id])[row.title_id])
    return Fact(gettext("Means"), link, help=note)


def _years_decided(row: HoldingsDecision) -> list[Fact]:
    """Of a line whose years were in doubt: what they mean, and what the line says of them."""
    if not row.years_said or row.title is None:
        return []
    said = gettext("The line says “%s”.") % row.years_said
    return [Fact(gettext("Years"), years_words(row.years or ()), said)]
