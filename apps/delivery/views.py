"""The portal's part of opening a preserved page: it asks who is there, and sends to the content host with a ticket."""

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.accounts.addresses import exact_address
from apps.accounts.choices import Role
from apps.accounts.services import note_reading
from apps.aus.models import Au
from apps.common.clock import now
from apps.common.errors import BadQuery
from apps.common.text import path_in
from apps.delivery.addresses import LONGEST_QUOTED, path_of, spelt
from apps.delivery.node_rooms import node_rooms
from apps.delivery.passes import Right, grant
from apps.delivery.rights import way_back
from apps.delivery.spelling import Named, digest_of
from apps.delivery.values import Asker
from apps.delivery.withheld import sentence_of
from apps.lockss.delivery import Access, Surface
from apps.lockss.replay import (
    AskError,
    Replay,
    ServeContent,
    parse_lasting,
    parse_replay,
    parse_serve_content,
)
from apps.repository.models import AuSummary

# They look after the copy: what readers may not see, they may check.
CARERS = (Role.LIBRARIAN, Role.NETWORK)
_VERSION = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@require_safe
@role_required(*Role)
def open_page(request: HttpRequest, slug: str) -> HttpResponse:
    """``?url=…`` or ``?sha256=…`` of an AU, newest good version or ``&version=…``, or ``?at=`` another address of the
    content host; whether it is held is said there."""
    au = get_object_or_404(Au.objects.only("slug"), slug=slug)
    path, which = _path(request, slug)
    verdict = node_rooms().verdicts(_asker(request), [au.pk], now()).get(au.pk)
    shown = verdict is not None and verdict.listed
    # For a copy by its AU she is not sent to the publisher; by other addresses she sees what readers see.
    wants_copy = not shown or (verdict.access is Access.GRAY and "at" not in request.GET)
    carer = wants_copy and request.user.has_role(*CARERS)
    if not shown and not carer:
        context = {"sentence": sentence_of(au, verdict), "back": f"/aus/{au.slug}/"}
        return TemplateResponse(request, "delivery/withheld.html", context, status=403)
    # Before the way is open, so that nobody is let in unrecorded; of what holds nothing, nothing can be read.
    if AuSummary.objects.filter(au_key=au.pk, urls__gt=0).exists():
        note_reading(user=request.user, what="content", subject=f"au:{au.slug}", which=which)
    ticket = grant(Right.TICKET, au.slug, roles=request.user.roles, carer=carer)
    return _sent(request, f"{settings.NODE.content_url}/o/{ticket}{path}")


@require_safe
@role_required(*Role)
def open_anywhere(request: HttpRequest) -> HttpResponse:
    """``?at=`` an address of the content host that names no AU: what holds its URL is looked up for this person."""
    at, wanted = _at(request)
    rooms, asker, moment = node_rooms(), _asker(request), now()
    if wanted.urls:
        best = rooms.find(wanted.urls, asker, moment).best
        slug = best.slug if best else ""
    else:
        some = rooms.candidates(asker, moment, limit=1)
        slug = some[0].slug if len(some) else ""
    if slug:
        return HttpResponseRedirect(way_back(slug, at))
    context = {"url": wanted.urls[0] if wanted.urls else ""}
    return TemplateResponse(request, "delivery/not_held.html", context, status=404)


def _asker(request: HttpRequest) -> Asker:
    return node_rooms().asker_of(Surface.CONTENT, str(exact_address(request) or ""), roles=request.user.roles)


def _path(request: HttpRequest, slug: str) -> tuple[str, dict[str, object]]:
    """The address on the content host, and what the record keeps of which bytes it names."""
    if "at" in request.GET:
        at, wanted = _at(request)
        which = _which(Named(wanted.urls[0])) if wanted.urls else {"address": at}
        if isinstance(wanted, Replay) and wanted.moment:
            which["moment"] = wanted.moment.wanted.isoformat()
        return at, which
    named, version = _named(request), request.GET.get("version", "")
    if version and not _VERSION.fullmatch(version):
        raise BadQuery(gettext("A version is a number from 1 on."))
    which = _which(named)
    if version:
        which["version"] = int(version)
    return path_of(slug, int(version) if version else None, spelt(named)), which


def _which(named: Named) -> dict[str, object]:
    """A URL as the record keeps it: whole, or its beginning and its digest where it is longer than a row keeps."""
    if named.url and len(named.url) <= LONGEST_QUOTED:
        return {"url": named.url}
    told = {"url": named.url[:LONGEST_QUOTED]} if named.url else {}
    return {**told, "url_sha256": named.digest or digest_of(named.url)}


def _at(request: HttpRequest) -> tuple[str, ServeContent | Replay]:
    """An address of the content host that it can read; nothing else is ever led to."""
    at = request.GET.get("at", "")
    plain = at.isascii() and at.isprintable()
    wanted = parse_lasting(at) or parse_serve_content(at) or parse_replay(at) if plain else None
    if isinstance(wanted, ServeContent | Replay):
        return at, wanted
    if isinstance(wanted, AskError):
        raise BadQuery(gettext("The content host cannot read this address."))
    raise BadQuery(gettext("Say which page: its URL, or the SHA-256 of its URL."))


def _sent(request: HttpRequest, to: str) -> HttpResponse:
    response = _on_the_way(request, to)
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
