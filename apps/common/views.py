"""Pages that belong to no room: words of state, errors, and the gallery of parts."""

import sys
from http import HTTPStatus

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import set_language

from apps.common import request_id
from apps.common.errors import BadQuery, NotThere
from apps.common.pages import Link
from apps.common.referer import page_of_form
from apps.common.words import all_words

AGAIN_S = 5
# What stands under it follows no reader.
PUBLIC = "/public/"


@require_safe
def words(request: HttpRequest) -> HttpResponse:
    """What every word of state means."""
    return TemplateResponse(request, "common/words.html", {"words": all_words()})


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language that somebody without an account chose, in a cookie, and lead back."""
    given = request.POST.copy()
    if given.get("language") not in dict(settings.LANGUAGES):
        # The framework would also keep what it speaks itself.
        given.pop("language", None)
    request.POST = given
    return set_language(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    title, said, lead = (
        gettext("We do not understand this address"),
        gettext("This request cannot be read."),
        None,
    )
    if isinstance(exception, BadQuery):
        title, said, lead = exception.title or title, str(exception), exception.lead
    back = page_of_form(request) if request.method == "POST" and lead is None else ""
    return _error(request, HTTPStatus.BAD_REQUEST, title, said, lead=lead, back=back)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    said = gettext("Your account may not open this page. A system administrator can change what it may do.")
    return _error(request, HTTPStatus.FORBIDDEN, gettext("Not for your account"), said)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A program that sends a form with a token gets JSON: it has no page to load anew."""
    if request.META.get("HTTP_AUTHORIZATION"):
        told = gettext("A token only reads. To act, sign in to the portal.")
        return JsonResponse({"code": "token-only-reads", "detail": told}, status=HTTPStatus.FORBIDDEN)
    said = (
        _no_cookie(request)
        if reason == REASON_NO_CSRF_COOKIE
        else gettext(
            "The form was open for too long, or was sent from elsewhere. Nothing was changed. "
            "Go back, load the page anew and send it again."
        )
    )
    return _error(request, HTTPStatus.FORBIDDEN, gettext("This form is no longer valid"), said)


def _no_cookie(request: HttpRequest) -> str:
    """A form came, and nothing of what was to be kept with it: another try alone changes nothing."""
    said = gettext(
        "The form came without this portal's cookie, so nobody can tell who sent it. Nothing was changed."
    )
    if settings.CSRF_COOKIE_SECURE and not request.is_secure():
        cause = gettext(
            "Your browser keeps no secure cookies of an address that begins with http://. Open the portal at %(address)s "
            "in Firefox, Chrome or Edge, or have it served at an https:// address (“public_url” in its settings)."
        ) % {"address": settings.NODE.public_url}
    else:
        cause = gettext(
            "Let your browser keep cookies of this site, then load the page with the form anew and send it again."
        )
    return f"{said} {cause}"


def only_a_form(request: HttpRequest, back: str) -> HttpResponse:
    """For a visit to what only a button leads to; ``back``: the page above it. A program that wants JSON gets that."""
    said = gettext(
        "Only a button of the portal leads here, and its form did not come with this visit. Nothing was done. "
        "Go back and press it again if you want to."
    )
    status = HTTPStatus.METHOD_NOT_ALLOWED
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({"code": "only_a_form", "detail": said, "back": back}, status=status)
    return _error(request, status, gettext("This address only takes a form"), said, back=back)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    said = gettext("Nothing is kept at this address. It may have been misspelt, or what it named is gone.")
    if isinstance(exception, NotThere):
        said = str(exception)
    return _error(request, HTTPStatus.NOT_FOUND, gettext("There is no such page"), said)


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks neither the database nor the session: they may be what failed."""
    if isinstance(sys.exc_info()[1], InterfaceError | OperationalError) and not _database_answers():
        return _database_away(request)
    context = {
        "title": gettext("Something went wrong here"),
        "said": gettext(
            "The page could not be made. What is preserved is not affected, and work in the background goes on. "
            "If it happens again, tell whoever runs this node and give the words below."
        ),
        "status": 500,
        "request_id": request_id.current(),
    }
    return HttpResponse(
        render_to_string("common/error.html", context), status=HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _database_answers() -> bool:
    """Whether it was something else: a lock, a statement that took too long."""
    try:
        with connection.temporary_connection() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _database_away(request: HttpRequest) -> HttpResponse:
    """What was only looked at comes back by itself; a form is sent again by who sent it."""
    looked = request.method in ("GET", "HEAD")
    again = (
        gettext("This page tries again by itself every few seconds.")
        if looked
        else gettext("Go back and send the form again in a minute. Nothing was half done.")
    )
    context = {
        "title": gettext("The database does not answer"),
        "said": gettext("It may just be starting again. What is preserved is not affected.") + " " + again,
        "again": AGAIN_S if looked else None,
        "status": 503,
        "request_id": request_id.current(),
    }
    page = render_to_string("common/error.html", context)
    away = HTTPStatus.SERVICE_UNAVAILABLE
    return HttpResponse(page, status=away, headers={"Retry-After": str(AGAIN_S)})


def _error(
    request: HttpRequest, status: HTTPStatus, title: str, said: str, back: str = "", lead: Link | None = None
) -> HttpResponse:
    context = {
        "title": title,
        "said": said,
        "back": back,
        "lead": lead,
        "status": int(status),
        "request_id": request_id.current(),
    }
    if request.path.startswith(PUBLIC):
        # No session is read and no form needs a cookie: caches may stand before these addresses.
        return HttpResponse(render_to_string("common/error.html", context), status=status)
    return render(request, "common/error.html", context, status=status)
