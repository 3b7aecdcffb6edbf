"""The preservation report of a year: a page, a PDF and a CSV file of the same kept figures."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role, Scope
from apps.accounts.programs import tokens_too
from apps.common import notices
from apps.common.choices import OPEN
from apps.common.errors import NotThere
from apps.common.models import Job
from apps.common.pages import Action, Head, Link
from apps.common.words import Tone
from apps.nodes import year_page
from apps.nodes.errors import ActRefused
from apps.nodes.models import YearReport
from apps.nodes.services import yearly

MAKERS = (Role.REPORTS, Role.LIBRARIAN, Role.NETWORK)


@require_safe
@tokens_too(Scope.REPORTS)
@role_required()
def reports(request: HttpRequest) -> HttpResponse:
    """The years there are, and the running one."""
    year = yearly.this_year()
    known = list(YearReport.objects.order_by("-year"))
    may = request.user.has_role(*MAKERS) and year not in [one.year for one in known]
    head = Head(
        gettext("Preservation reports"),
        gettext("What was chosen, collected, proved, damaged and repaired in a year, and what is at risk."),
        trail=[Link(gettext("Status"), "/status/")],
        actions=[_make_action(year, first=True)] if may else [],
    )
    rows = [(one, year_page.sentence(one), year_page.counted(one)) for one in known]
    return TemplateResponse(request, "nodes/reports.html", {"head": head, "reports": rows})


def _make_action(year: int, *, first: bool) -> Action:
    label = gettext("Count %d") % year if first else gettext("Count anew")
    return Action(label, f"/report/{year}/make/", primary=True, post=True)


@require_safe
@tokens_too(Scope.REPORTS)
@role_required()
def report(request: HttpRequest, year: int) -> HttpResponse:
    found = YearReport.objects.filter(year=year).first() if year <= yearly.this_year() else None
    job = Job.objects.filter(kind=yearly.KIND, subject=f"year:{year}", state__in=OPEN).first()
    may = request.user.has_role(*MAKERS)
    if found is None and year != yearly.this_year():
        raise Http404
    actions = []
    if found:
        actions = [Action("CSV", f"/report/{year}/csv/"), Action("PDF", f"/report/{year}/pdf/")]
    if may and (found is None or not found.closed):
        actions.append(_make_action(year, first=found is None))
    head = Head(
        gettext("Preservation report %d") % year,
        year_page.sentence(found) if found else gettext("It was not counted yet."),
        trail=[Link(gettext("Status"), "/status/"), Link(gettext("Preservation reports"), "/report/")],
        actions=actions,
    )
    context = {"head": head, "report": found, "job": job}
    if found:
        lines, more = year_page.publishers(found)
        context |= {
            "counted": year_page.counted(found),
            "sections": year_page.sections(found),
            "publishers": lines,
            "more": more,
        }
    return TemplateResponse(request, "nodes/report.html", context)


@require_safe
@tokens_too(Scope.REPORTS)
@role_required()
def report_csv(request: HttpRequest, year: int) -> HttpResponse:
    found = _kept(year)
    response = StreamingHttpResponse(
        (line.encode() for line in yearly.csv_lines(found)), content_type="text/csv; charset=utf-8"
    )
    return _file(response, f"preservation-{year}.csv")


@require_safe
@tokens_too(Scope.REPORTS)
@role_required()
def report_pdf(request: HttpRequest, year: int) -> HttpResponse:
    return _file(
        HttpResponse(year_page.pdf(_kept(year)), content_type="application/pdf"), f"preservation-{year}.pdf"
    )


def _kept(year: int) -> YearReport:
    if year > yearly.this_year():
        raise Http404
    found = YearReport.objects.filter(year=year).first()
    if found is None:
        raise NotThere(gettext("The preservation report %d was not counted yet.") % year)
    return found


def _file(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@role_required(*MAKERS)
def make(request: HttpRequest, year: int) -> HttpResponse:
    """Sent twice, it is one job."""
    try:
        job = yearly.ask(year=year, user=request.user)
    except ActRefused:
        raise Http404 from None
    said = gettext("The figures are being counted; this page shows them when that is done.")
    if job is None:
        said = gettext("This report is closed and does not change any more.")
    notices.leave(request, said, tone=Tone.IDLE)
    return HttpResponseRedirect(f"/report/{year}/")
