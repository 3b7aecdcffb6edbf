"""SUSHI, the COUNTER API: reports for programs (COUNTER R5.1 §8).

With a token of the scope ``reports``: in the header ``Authorization``, or as ``api_key`` in the address where it has no
other scope. Answers are in English, and JSON whatever goes wrong.
"""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from apps.accounts import api as accounts
from apps.accounts.choices import Role, Scope
from apps.accounts.errors import Refused
from apps.common.clock import now
from apps.lockss.usage import WORLD
from apps.lockss.usage.exceptions import (
    INSUFFICIENT,
    NO_CUSTOMER,
    NO_REQUESTOR,
    TOO_MANY,
    WRONG_KEY,
    Exceptional,
)
from apps.lockss.usage.reports import VIEWS
from apps.lockss.usage.sushi import DATES, lacking, member, report_list, unknown_of
from apps.lockss.usage.sushi import report as as_json
from apps.lockss.usage.sushi import status as as_status
from apps.usage.services.customers import Customer, customer_of, customers
from apps.usage.services.reporting import available, report_of

READERS = (Role.REPORTS, Role.LIBRARIAN, Role.NETWORK)
BASE = "/sushi/r51"
View = Callable[..., HttpResponse]
_BY_STATUS = {401: WRONG_KEY, 403: NO_CUSTOMER, 429: TOO_MANY}


class _Refused(Exception):  # noqa: N818 - an answer, not a fault
    def __init__(self, said: Exceptional, retry_after: int = 0) -> None:
        super().__init__(said.message)
        self.said, self.retry_after = said, retry_after


def _program(view: Callable[[HttpRequest, Customer], HttpResponse]) -> View:
    """For whoever may read reports; ``view`` gets whose usage is asked for."""

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, **more) -> HttpResponse:
        try:
            if request.method not in ("GET", "HEAD"):
                return HttpResponseNotAllowed(["GET", "HEAD"])
            _let_in(request)
            response = view(request, _customer(request), **more)
        except _Refused as refused:
            response = JsonResponse(refused.said.as_json, status=refused.said.status)
            if refused.said.status == 401:
                response["WWW-Authenticate"] = accounts.CHALLENGE
            if refused.retry_after:
                response["Retry-After"] = str(refused.retry_after)
        response["Cache-Control"] = "no-store"
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response

    wrapped.required_roles = READERS
    return wrapped


def _let_in(request: HttpRequest) -> None:
    key = request.GET.get("api_key", "")
    if key and not accounts.carries_token(request):
        # Asked, slowed and noted like one in the header.
        request.META["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    try:
        access = accounts.demanded(accounts.authenticate_request(request), Scope.REPORTS)
    except Refused as error:
        raise _Refused(_BY_STATUS.get(error.status, WRONG_KEY), error.retry_after) from error
    if key and access.token is not None and set(access.token.scopes) != {Scope.REPORTS}:
        # Addresses end up in logs; this one would open more than reports.
        said = "a token with other scopes goes into the header Authorization, never into an address"
        raise _Refused(WRONG_KEY.about(said))
    requestor = request.GET.get("requestor_id", "")
    if requestor and requestor.casefold() != access.user.username.casefold():
        raise _Refused(NO_REQUESTOR)


def _customer(request: HttpRequest) -> Customer:
    number = request.GET.get("customer_id", "")
    if not number:
        raise _Refused(INSUFFICIENT.about("missing: customer_id"))
    found = customer_of(number)
    if found is None:
        raise _Refused(NO_CUSTOMER)
    return found


@require_safe
def base(request: HttpRequest) -> HttpResponse:
    """What people enter into a program; opened by itself it leads to what answers everybody."""
    return redirect("usage:sushi-status")


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Open to everybody, as the Code demands: whether it lives."""
    note = "" if settings.NODE.count_usage else "Counting is switched off; earlier months can be had."
    told = as_status(settings.NODE.name, settings.NODE.usage_registry, active=True, note=note)
    response = JsonResponse(told, safe=False)
    response["Cache-Control"] = "no-store"
    return response


@_program
def members(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Whoever asks for all usage is told whose there is; each of those is its own only member."""
    some = customers() if customer.id == WORLD else [customer]
    return JsonResponse([member(one.id, one.name) for one in some], safe=False)


@_program
def reports(request: HttpRequest, customer: Customer) -> HttpResponse:
    return JsonResponse(report_list(available(now()), BASE.removeprefix("/sushi")), safe=False)


@_program
def report(request: HttpRequest, customer: Customer, name: str) -> HttpResponse:
    given = request.GET.dict()
    missing = lacking(given, DATES)
    if missing is not None:
        raise _Refused(missing)
    made = report_of(
        view=VIEWS[name],
        customer=customer,
        begin=given["begin_date"],
        end=given["end_date"],
        moment=now(),
        told=tuple(unknown_of(given, settings.NODE.name)),
    )
    if isinstance(made, Exceptional):
        raise _Refused(made)
    return JsonResponse(as_json(made.header, made.usages))
