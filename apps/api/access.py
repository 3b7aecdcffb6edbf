"""Who asks for a table: a person with a session, or a program with a token or, as of old, with name and password."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext

from apps.accounts.access import to_sign_in
from apps.accounts.api import authenticate_request
from apps.accounts.choices import Scope
from apps.accounts.errors import Refused, RefusedCode

# The realm of a 1.x node. Programs that wait to be asked for their password give it to this realm alone.
CHALLENGE = 'Basic realm="LOCKSS Admin", charset="UTF-8"'


def arguments(request: HttpRequest) -> QueryDict:
    """What is asked: in the address or, as some programs of 1.x do, in a posted form, which then counts."""
    if request.method != "POST":
        return request.GET
    given = request.GET.copy()
    for name, values in request.POST.lists():
        given.setlist(name, values)
    return given


def reading(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Whoever has an account may read; a token needs the scope of status.

    A browser is led to the sign-in page and never asked by itself for a password: it would send that again from any
    page of the world. A form may be posted without a token against forgery: these views change nothing.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        try:
            access = authenticate_request(request)
            if access is None and "text/html" in request.headers.get("Accept", ""):
                return to_sign_in(request)
            if access is None:
                raise Refused(RefusedCode.NOBODY, gettext("Sign in, or send a token."), 401)
            if not access.may(Scope.STATUS):
                raise Refused(
                    RefusedCode.SCOPE, gettext("This token is not made for the status tables."), 403
                )
        except Refused as error:
            return _refusal(error)
        request.user = access.user
        return view(request, *args, **kwargs)

    wrapped.required_roles = ()
    wrapped.csrf_exempt = True
    return wrapped


def _refusal(error: Refused) -> HttpResponse:
    response = HttpResponse(f"{error}\n", status=error.status, content_type="text/plain; charset=utf-8")
    if error.retry_after:
        response["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        response["WWW-Authenticate"] = CHALLENGE
    return response
