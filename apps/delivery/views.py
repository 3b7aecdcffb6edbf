"""The portal's part of opening a preserved page: it asks who is there, and sends to the content host with a ticket."""

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.common.errors import BadQuery
from apps.common.text import path_in
from apps.delivery.addresses import path_of, spelt
from apps.delivery.passes import Right, grant
from apps.delivery.spelling import Named
from apps.permissions.services import may_serve

# They look after the copy: what readers may not see, they may check.
CARERS = (Role.LIBRARIAN, Role.NETWORK)
_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@require_safe
@role_required(*Role)
def open_page(request: HttpRequest, slug: str) -> HttpResponse:
    """``?url=…`` or ``?sha256=…`` of an AU, newest good version or ``&version=…``; whether it is held is said there."""
    au = get_object_or_404(Au.objects.only("slug"), slug=slug)
    named = _named(request)
    served = may_serve(au)
    if not served.allowed and not request.user.has_role(*CARERS):
        context = {"sentence": served.sentence, "back": f"/aus/{au.slug}/"}
        return TemplateResponse(request, "delivery/withheld.html", context, status=403)
    version = request.GET.get("version", "")
    if version and not _VERSION.fullmatch(version):
        raise BadQuery(gettext("A version is a number from 1 on."))
    ticket = grant(Right.TICKET, au.slug)
    path = path_of(au.slug, int(version) if version else None, spelt(named), ticket=ticket)
    response = _on_the_way(request, settings.NODE.content_url + path)
    # The ticket is nobody else's, and soon nobody's.
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _on_the_way(request: HttpRequest, to: str) -> HttpResponse:
    """A redirect; right behind the sign-in form a page that goes on by itself.

    A form of the portal leads to the portal alone (its ``form-action``), and browsers count every redirect after it.
    """
    if path_in(request.headers.get("Referer", "")) != resolve_url(settings.LOGIN_URL):
        return HttpResponseRedirect(to)
    response = TemplateResponse(request, "delivery/open.html", {"address": to})
    response["Refresh"] = f"0; url={to}"
    return response


def _named(request: HttpRequest) -> Named:
    url, digest = request.GET.get("url", ""), request.GET.get("sha256", "")
    if url:
        if any("\ud800" <= sign <= "\udfff" for sign in url):
            raise Http404
        return Named(url=url)
    if not _DIGEST.fullmatch(digest):
        raise BadQuery(gettext("Say which page: its URL, or the SHA-256 of its URL."))
    return Named(digest=digest)
