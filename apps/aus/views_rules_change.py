"""The years of a subscription changed, with a look at what the changed rule would choose."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus import services
from apps.aus.errors import SubscriptionError
from apps.aus.forms import YearsForm
from apps.aus.lists_rules import named, years_said
from apps.aus.models import Subscription
from apps.aus.views_rules import preview_context, trail, when_said
from apps.common import notices
from apps.common.display import count_text
from apps.common.errors import BadQuery
from apps.common.pages import Head, Link
from apps.common.words import Tone


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.LIBRARIAN)
def change_subscription(request: HttpRequest, pk: int) -> HttpResponse:
    """The form; with years in the address, what the changed rule would choose; sent, the change."""
    row = get_object_or_404(
        Subscription.objects.select_related("publisher", "title__publisher", "title_set", "user"), pk=pk
    )
    if row.ended_at is not None:
        notices.leave(request, gettext("The rule has ended; write a new one."), tone=Tone.CARE)
        return HttpResponseRedirect(resolve_url("aus:subscription", pk=pk))
    if request.method == "POST":
        return _keep(request, row)
    if "ranges" not in request.GET:
        given = {"ranges": row.ranges, "without": row.without, "version": row.version}
        return _page(request, row, YearsForm(initial=given))
    form = YearsForm(request.GET)
    return _page(request, row, form, status=200 if form.is_valid() else 422)


def _keep(request: HttpRequest, row: Subscription) -> HttpResponse:
    form = YearsForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, status=422)
    try:
        services.change_subscription(user=request.user, subscription=row, **form.cleaned_data)
    except SubscriptionError as error:
        form.add_error(None, str(error))
        return _page(request, row, form, status=422)
    notices.leave(request, gettext("The years were changed. The next scan applies them."))
    return HttpResponseRedirect(resolve_url("aus:subscription", pk=row.pk))


def _page(request: HttpRequest, row: Subscription, form: YearsForm, *, status: int = 200) -> HttpResponse:
    own = resolve_url("aus:subscription", pk=row.pk)
    context = {
        "head": Head(
            gettext("Change the years"),
            gettext("%(rule)s: %(years)s now")
            % {"rule": named(row), "years": years_said(row.ranges, row.without)},
            trail=[*trail(), Link(named(row), own)],
        ),
        "form": form,
        "back": own,
        "when": when_said(),
    }
    if form.is_bound and status == 200:
        data = form.cleaned_data
        rule = services.changed_rule(row, ranges=data["ranges"], without=data["without"])
        try:
            outcome = services.outcome_of(row, rule)
        except BadQuery as error:
            form.add_error(None, str(error))
            status = 422
        else:
            context |= preview_context(rule, outcome.added)
            context |= {"chosen": outcome.added, "outside": _outside(outcome.outside), "data": data}
    return TemplateResponse(request, "aus/subscription_change.html", context, status=status)


def _outside(number: int) -> str:
    if not number:
        return ""
    said = ngettext(
        "%s archival unit that it chose lies outside of these years and stays as it is.",
        "%s archival units that it chose lie outside of these years and stay as they are.",
        number,
    )
    return said % count_text(number)
