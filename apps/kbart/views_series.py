"""Reports that are made again and again. Who may read reports keeps them."""

from django.conf import settings
from django.db.models import Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import role_required
from apps.accounts.choices import Scope
from apps.accounts.programs import tokens_too
from apps.common import jobs, notices
from apps.common.clock import now
from apps.common.display import moment
from apps.common.errors import BadQuery
from apps.common.htmx import wanted_part
from apps.common.lists import show_list
from apps.common.pages import Action, Confirm, Fact, Head, Link, confirm_page, is_confirmed
from apps.common.words import Tone
from apps.kbart import lists, services, words
from apps.kbart.asking import given_in, order_kept, order_of
from apps.kbart.choices import EditionState
from apps.kbart.errors import ActError
from apps.kbart.forms import AskForm, SeriesChangeForm, SeriesForm, days_of
from apps.kbart.models import Edition, Series
from apps.kbart.views import READERS, REPORT, to_report

UNDER_WAY = EditionState.WAITING


def trail(series: Series | None = None) -> list[Link]:
    links = [*to_report(), Link(gettext("Editions"), resolve_url("kbart:series-list"))]
    return (
        links if series is None else [*links, Link(series.label, resolve_url("kbart:series", pk=series.pk))]
    )


@require_safe
@tokens_too(Scope.REPORTS)
@role_required(*READERS)
def series_list(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Editions"),
        gettext("Reports that are kept, made again, compared, and fetched by knowledge bases."),
        trail=to_report(),
        actions=[
            Action(gettext("Keys of knowledge bases"), resolve_url("kbart:keys")),
            Action(gettext("Keep a report"), f"{REPORT}series/new/", primary=True),
        ],
    )
    return show_list(
        request,
        table=lists.SERIES,
        rows=Series.objects.all(),
        template="kbart/list_page.html",
        context={"head": head},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*READERS)
def series_new(request: HttpRequest) -> HttpResponse:
    """The report that the address describes; the form adds its name and pace."""
    order = order_of(given_in(request.GET))
    form = SeriesForm(request.POST) if request.method == "POST" else SeriesForm()
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row, job = services.make_series(order=order, user=request.user, **data)
        except ActError as error:
            form.add_error(None if order.unkept else "slug", str(error))
        else:
            jobs.wake(job)
            return HttpResponseRedirect(resolve_url("kbart:series", pk=row.pk))
    context = {
        "head": Head(
            gettext("Keep a report"),
            gettext("Each edition is kept with its day and its SHA-256."),
            trail=trail(),
        ),
        "form": form,
        "facts": words.facts(order, now()),
        "unkept": services.unkept_text(order) if order.unkept else "",
        "query": order.rows_alone().query(),
        "other": f"{REPORT}{order.query()}",
    }
    return TemplateResponse(request, "kbart/series_new.html", context, status=422 if form.errors else 200)


@require_safe
@tokens_too(Scope.REPORTS)
@role_required(*READERS)
def series(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Series.objects.select_related("user"), pk=pk)
    waiting = services.is_made(row)
    if wanted_part(request) == "waits":
        if not waiting:
            return HttpResponseClientRefresh()
        return TemplateResponse(request, "kbart/series_waits.html", {"series": row})
    last = services.newest(row)
    facts = [
        Fact(
            gettext("Address"),
            f"{settings.NODE.public_url}{row.path}",
            gettext(
                "The newest edition, always whole. The address stays the same for ever; the file does not."
            ),
        ),
        Fact(
            gettext("Who may fetch it"),
            gettext("anybody")
            if row.is_open
            else format_html('<a href="{}">{}</a>', resolve_url("kbart:keys"), gettext("who has a key")),
        ),
        Fact(gettext("New editions"), row.pace),
        Fact(gettext("Next"), moment(row.next_at)),
    ]
    try:
        order = order_kept(row.options)
        facts += words.facts(order, now())[2:]
    except BadQuery as error:
        facts.append(Fact(gettext("Rows"), str(error)))
    actions = [Action(gettext("Change it"), resolve_url("kbart:series-change", pk=pk))]
    if not row.is_ended:
        actions.append(Action(gettext("End it"), resolve_url("kbart:series-end", pk=pk)))
    if last is not None:
        actions.insert(0, Action(gettext("Newest edition"), resolve_url("kbart:edition", pk=last.pk)))
    context = {
        "head": Head(row.label, row.path, code=True, trail=trail(), actions=actions),
        "series": row,
        "facts": facts,
        "ask": AskForm(),
        "waiting": waiting,
    }
    rows = Edition.with_numbers(row.editions.select_related("user", "series"))
    rows = rows.annotate(newest=Value(last.pk if last is not None else 0))
    return show_list(request, table=lists.EDITIONS, rows=rows, template="kbart/series.html", context=context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*READERS)
def series_change(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Series, pk=pk)
    initial = {"label": row.label, "every": row.every, "is_open": row.is_open, "version": row.version}
    initial |= days_of(row)
    form = SeriesChangeForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_series(series=row, user=request.user, **form.cleaned_data)
        except ActError as error:
            form.add_error(None, str(error))
        else:
            return HttpResponseRedirect(resolve_url("kbart:series", pk=pk))
    context = {
        "head": Head(gettext("Change %s") % row.label, row.path, code=True, trail=trail(row)),
        "form": form,
    }
    return TemplateResponse(request, "kbart/series_change.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*READERS)
def series_end(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Series, pk=pk)
    own = resolve_url("kbart:series", pk=pk)
    if is_confirmed(request):
        if services.end_series(series=row, user=request.user):
            notices.leave(
                request, gettext("%s was ended: its editions stay, and no new one is made.") % row.label
            )
        return HttpResponseRedirect(own)
    confirm = Confirm(
        title=gettext("End %s?") % row.label,
        happens=gettext(
            "No edition of it is made any more, by the clock or by hand. Knowledge bases that fetch it go on getting "
            "the newest edition there is, which grows old."
        ),
        button=gettext("End it"),
        back=own,
        stays=gettext(
            "All editions, the address and the keys stay. It can be begun again: “Change it” gives it a pace."
        ),
    )
    return confirm_page(request, confirm)


@require_POST
@role_required(*READERS)
def edition_ask(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Series, pk=pk)
    form = AskForm(request.POST)
    key = form.cleaned_data["request_key"] if form.is_valid() else None
    try:
        edition, job = services.ask_edition(series=row, user=request.user, request_key=key)
    except ActError as error:
        notices.leave(request, str(error), tone=Tone.CARE)
        return HttpResponseRedirect(resolve_url("kbart:series", pk=pk))
    if job is not None:
        jobs.wake(job)
    return HttpResponseRedirect(resolve_url("kbart:edition", pk=edition.pk))
