"""What was read, by title and month; COUNTER reports as files. Reports staff, librarians, network administrators."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role, Scope
from apps.accounts.programs import tokens_too
from apps.common.clock import now
from apps.common.display import count_text
from apps.common.errors import BadQuery
from apps.common.lists import show_list
from apps.common.lists.query import parse
from apps.common.pages import Action, Head, Link
from apps.lockss.usage import WORLD
from apps.lockss.usage.exceptions import Exceptional
from apps.lockss.usage.periods import short
from apps.lockss.usage.reports import VIEWS
from apps.lockss.usage.sushi import Available
from apps.usage import words
from apps.usage.files import FORMS, TSV, TYPES, name_of, written
from apps.usage.forms import ReportForm, customer_names
from apps.usage.lists import USAGE
from apps.usage.models import CountedTitle, UsageMonth, UsageState
from apps.usage.pictures import reading_picture, since
from apps.usage.services.customers import customer_of
from apps.usage.services.reporting import available, report_of, totals
from apps.usage.views_sushi import BASE

READERS = (Role.REPORTS, Role.LIBRARIAN, Role.NETWORK)
PATH = "/reports/usage/"


@require_safe
@tokens_too(Scope.REPORTS)
@role_required(*READERS)
def usage(request: HttpRequest) -> HttpResponse:
    # What two clicks were and became one leaves a line of nothing.
    rows = UsageMonth.objects.filter(total_item_investigations__gt=0).select_related("title")
    return show_list(
        request, table=USAGE, rows=rows, template="usage/usage.html", context=_context(request, rows)
    )


def _context(request: HttpRequest, rows) -> dict[str, object]:
    at = now()
    today, title, have = at.date(), _title(request), available(at)
    # Of the other conditions the list alone knows: htmx exchanges nothing else.
    sums = totals(since(today), rows.filter(title=title) if title else rows)
    number = sum(full for _month, full, _more in sums)
    return {
        "head": _head(title),
        "off": not settings.NODE.count_usage,
        "losses": words.losses(today),
        "picture": reading_picture(sums, today),
        "sentence": ngettext("%s request", "%s requests", number) % count_text(number),
        "form": None if have.none else ReportForm.offering(have),
        "months_sentence": _months_sentence(have),
        "sushi": f"{settings.NODE.public_url}{BASE}",
        "example": "/reports/tr_j1?" + urlencode(_asked(have)),
        "customers": customer_names(),
        "facts": words.facts(),
    }


def _title(request: HttpRequest) -> CountedTitle | None:
    """The one that the list is narrowed to."""
    number = parse(request.GET, USAGE, forgiving=True).filters.get("title")
    return CountedTitle.objects.filter(pk=number).first() if number is not None else None


def _head(title: CountedTitle | None) -> Head:
    trail = [Link(gettext("Reports"), "/reports/")]
    if title is None:
        state = UsageState.objects.order_by("pk").first()
        return Head(gettext("Usage"), words.since(state), trail=trail)
    trail.append(Link(gettext("Usage"), PATH))
    actions = [Action(gettext("The title"), f"/titles/{title.title_id}/")] if title.title_id else []
    return Head(title.name, title.publisher, trail=trail, actions=actions)


def _asked(have: Available) -> dict[str, str]:
    last = short(max(have.first, have.last))
    return {"customer_id": WORLD, "begin_date": last, "end_date": last}


def _months_sentence(have: Available) -> str:
    if have.none:
        return gettext("A first report can be made when a month is over.")
    said = gettext("Months from %(first)s to %(last)s are whole and can be reported.")
    return said % {"first": words.month_text(have.first), "last": words.month_text(have.last)}


@require_safe
@tokens_too(Scope.REPORTS)
@role_required(*READERS)
def report(request: HttpRequest) -> HttpResponse:
    """``?report=tr_j1&customer=…&begin=2026-01&end=2026-06&format=tsv``."""
    given = request.GET.get
    view, form = VIEWS.get(given("report", "").upper()), given("format", TSV)
    customer = customer_of(given("customer", ""))
    if view is None or form not in FORMS or customer is None:
        raise BadQuery(
            gettext("Say which report (%(reports)s), read by whom, and as what (%(forms)s).")
            % {"reports": ", ".join(name.lower() for name in VIEWS), "forms": ", ".join(FORMS)},
            lead=Link(gettext("Usage"), PATH),
        )
    made = report_of(
        view=view, customer=customer, begin=given("begin", ""), end=given("end", ""), moment=now()
    )
    if isinstance(made, Exceptional):
        raise BadQuery(
            gettext(
                "Months are written as 2026-11. The last is not before the first, and the first is over."
            ),
            lead=Link(gettext("Usage"), PATH),
        )
    response = HttpResponse(written(made, form), content_type=TYPES[form])
    response["Content-Disposition"] = f'attachment; filename="{name_of(made, form)}"'
    response["Cache-Control"] = "no-store"
    return response
