"""The report on the screen, as a file, what its words mean, and what it leaves out. Reports staff, librarians, network."""

from dataclasses import replace

from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role, Scope
from apps.accounts.programs import tokens_too
from apps.common.clock import now
from apps.common.errors import BadQuery
from apps.common.few import narrowed
from apps.common.htmx import wanted_part
from apps.common.lists.query import OWN, parse
from apps.common.lists.show import PART, page_of
from apps.common.pages import Action, Head, Link
from apps.common.text import offered
from apps.kbart import words
from apps.kbart.asking import REPORT, REPORTS, Order, fit_for_address, given_in, order_of
from apps.kbart.choices import Form, Shape
from apps.kbart.errors import ReportError
from apps.kbart.forms import RowsForm, WritingForm, initial_of
from apps.kbart.making.files import about_name, about_text, name_of, write_report
from apps.kbart.making.report import terms_of, units_of
from apps.kbart.making.spool import nameless
from apps.kbart.screen import OnScreen
from apps.kbart.serving import answer
from apps.titles.models import Publisher, Title

READERS = (Role.REPORTS, Role.LIBRARIAN, Role.NETWORK)
# Of a list, and of no report: a page of titles.
PAGING = tuple(name for name in OWN if name != "format")
MOST_NAMES = 200
# What LOCKSS 1.x calls this page among the formats.
ON_SCREEN = "html"


def to_report() -> list[Link]:
    return [*to_reports(), Link(gettext("KBART report"), REPORT)]


def to_reports() -> list[Link]:
    return [Link(gettext("Reports"), REPORTS)]


@require_http_methods(["GET", "HEAD", "POST"])
@tokens_too(Scope.REPORTS)
@role_required(*READERS)
def report(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _sent(request)
    given = given_in(request.GET)
    if given.get("format", "").lower() == ON_SCREEN:
        del given["format"]
    try:
        order, fault = order_of(given, beside=PAGING), None
        fit_for_address(order)
        # A page has no header line that could be left out, and no format.
        order = replace(order, format=Form.TSV)
    except BadQuery as error:
        order, fault = Order(), error
    return _shown(request, order, given, fault)


def _sent(request: HttpRequest) -> HttpResponse:
    """The form, which may hold more than an address does: what fits becomes the address of the page, of the file, or of
    the form that keeps it."""
    given = {name: value for name, value in given_in(request.POST).items() if name != "csrfmiddlewaretoken"}
    keep = given.pop("keep", "") == "yes"
    try:
        order = order_of(given)
        fit_for_address(order)
    except BadQuery as error:
        return _shown(request, Order(), given, error)
    if keep:
        return HttpResponseRedirect(f"{REPORT}series/new/{order.query()}")
    if given.get("format"):
        return HttpResponseRedirect(f"{REPORT}download/{order.query(format=order.format.value)}")
    return HttpResponseRedirect(f"{REPORT}{order.query()}")


def _shown(request: HttpRequest, order: Order, given: dict[str, str], wrong: BadQuery | None) -> HttpResponse:
    at = now()
    try:
        terms_of(order, at)
        address_fault = ""
    except ReportError as error:
        address_fault = str(error)
    screen = OnScreen(order, at)
    page = None
    if not wrong and not address_fault:
        page = _page(request, order, screen)
        # The lines are made here, so that what they lack is known below them.
        list(page.rows)
        if wanted_part(request) == page.id:
            return _varying(TemplateResponse(request, PART, {"list": page}))
    shown = initial_of(given, understood=False) if wrong else initial_of(order.given())
    context = {
        "head": _head(order, made=page is not None),
        "rows_form": RowsForm(initial=shown),
        "writing_form": WritingForm(initial=shown),
        "other_forms": [(form.value, form.value.upper()) for form in _formats(shown) if form is not Form.TSV],
        "publishers": offered(
            Publisher.objects.order_by("-au_count", "name_key").values_list("name", flat=True)[:MOST_NAMES]
        ),
        "wrong": wrong,
        "fault": address_fault,
        "list": page,
        "facts": words.facts(order, at),
        "standard": order.is_standard,
        "findings": [(one, words.cause(one.code)) for one in screen.findings[:50]],
        "public_status": settings.NODE.public_status,
        "query": order.query(),
        "order": order,
    }
    return _varying(TemplateResponse(request, "kbart/report.html", context, status=400 if wrong else 200))


def _formats(shown: dict[str, object]) -> list[Form]:
    """A link resolver reads nothing else than lines."""
    return [Form.TSV] if shown.get("report") == Shape.SFX else list(Form)


def _varying(response: TemplateResponse) -> TemplateResponse:
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _page(request: HttpRequest, order: Order, screen: OnScreen):
    table = screen.table()
    own = QueryDict(mutable=True)
    for name in PAGING:
        if name in request.GET:
            own[name] = request.GET[name]
    query = parse(own, table)
    query = replace(query, given={**order.given(), **query.given})
    chosen = units_of(order)
    condition = Q(pk__in=chosen.values("title_id"))
    titles = narrowed(Title.objects.all(), condition, keys=chosen.values_list("title_id", flat=True))
    screen.descending = query.descending
    return page_of(table, screen.ordered(titles), query, request.path)


def _head(order: Order, *, made: bool) -> Head:
    query = order.query()
    actions = [
        Action(gettext("Editions"), f"{REPORT}series/"),
        Action(gettext("Check a file"), f"{REPORT}check/"),
        Action(gettext("Usage"), "/reports/usage/"),
    ]
    if made:
        actions.append(Action(gettext("What is left out"), f"{REPORT}left-out/{query}"))
    return Head(
        gettext("KBART report"),
        gettext("The title list that library catalogues and knowledge bases read."),
        trail=to_reports(),
        actions=actions,
    )


@require_safe
@tokens_too(Scope.REPORTS)
@role_required(*READERS)
def download(request: HttpRequest) -> HttpResponse:
    """The whole file is made before the first byte leaves; its length goes before it, so none is cut unnoticed."""
    order = order_of(given_in(request.GET))
    file = nameless()
    try:
        done = write_report(file, order, now())
    except BaseException as error:
        file.close()
        if isinstance(error, ReportError):
            raise BadQuery(str(error)) from error
        raise
    return answer(
        request, file, name=done.name, content_type=done.type, mark=done.sha256[:32], size=done.size
    )


@require_safe
@tokens_too(Scope.REPORTS)
@role_required(*READERS)
def about(request: HttpRequest) -> HttpResponse:
    """What the words of a report mean, as a file to lie beside it."""
    order, at = order_of(given_in(request.GET)), now()
    response = HttpResponse(about_text(words.about(order, at)), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{about_name(name_of(order, at))}"'
    return response


@require_safe
@tokens_too(Scope.REPORTS)
@role_required(*READERS)
def left_out(request: HttpRequest) -> HttpResponse:
    """What of ours cannot be reported, or will trouble readers, with the cause; whole as a file."""
    given = given_in(request.GET)
    as_file = given.pop("download", "") == "yes"
    order = order_of(given)
    with nameless() as rows:
        findings = nameless()
        try:
            done = write_report(rows, replace(order.rows_alone(), format=Form.TSV), now(), findings=findings)
        except ReportError as error:
            findings.close()
            raise BadQuery(str(error)) from error
    if as_file:
        name = f"{about_name(name_of(order, now()))[: -len('.about')]}-left-out.jsonl"
        size = findings.tell()
        return answer(
            request,
            findings,
            name=name,
            content_type="application/x-ndjson",
            mark=f"{done.sha256[:24]}-{size}",
            size=size,
        )
    findings.close()
    causes = [(words.cause(code), number) for code, number in sorted((done.counts or {}).items())]
    context = {
        "head": Head(
            gettext("Left out, or doubtful"),
            gettext("What this report cannot say, or what some of its readers will stumble over, and why."),
            trail=to_report(),
        ),
        "facts": words.facts(order, now(), done.rows, done.left_out),
        "causes": causes,
        "findings": [(one, words.cause(one.code)) for one in done.first],
        "more": done.left_out - len(done.first),
        "file": f"{reverse('kbart:left-out')}{order.query(download='yes')}",
    }
    return TemplateResponse(request, "kbart/left_out.html", context)
