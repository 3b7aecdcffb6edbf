"""The portal's pages about its proxies: lines for browsers and other proxies, the authority's certificate, an audit."""

import datetime as dt
import re
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives import hashes, serialization
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.accounts.addresses import exact_address
from apps.accounts.choices import Role
from apps.accounts.choices import Scope as TokenScope
from apps.accounts.programs import tokens_too
from apps.aus.models import Au
from apps.common.display import day_text
from apps.common.errors import BadQuery
from apps.common.pages import Action, Fact, Head, Link
from apps.common.text import is_storable
from apps.delivery.proxy.kinds import KINDS, Wanted
from apps.delivery.proxy.library import moment
from apps.delivery.proxy.lines import Scope, about, of_au, of_set, place, stems
from apps.delivery.proxy.service import authority
from apps.delivery.services.readers import asker_of
from apps.delivery.values import Asker
from apps.lockss.delivery import Surface
from apps.titles.models_sets import TitleSet

# Those who look after the copies or the network may look at what is dark.
AUDITORS = (Role.LIBRARIAN, Role.NETWORK)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@require_safe
@role_required()
def proxies(request: HttpRequest) -> HttpResponse:
    """The addresses, and the files: ``?set=…`` of a title set, ``?au=…`` of an archival unit."""
    scope, given = _scope(request)
    node = settings.NODE
    proxy = place(node.proxy_address)
    offered = [
        (
            gettext(kind.label),
            gettext(kind.help),
            [Link(gettext("This proxy first"), _address(name, given, direct=False))]
            + (
                [Link(gettext("The publisher first"), _address(name, given, direct=True))]
                if kind.two_ways
                else []
            ),
        )
        for name, kind in KINDS.items()
    ]
    actions = [Action(gettext("Certificate"), "/proxies/certificate/")] if _may_audit(request) else []
    head = Head(
        gettext("Proxies"),
        scope.about or gettext("How browsers and other proxies ask this node for preserved pages."),
        trail=[Link(gettext("Node"), "/node/")],
        actions=actions,
    )
    context = {
        "head": head,
        "facts": _facts(_may_audit(request)),
        "offered": offered if proxy else [],
        "sets": TitleSet.objects.order_by("name_key", "pk").only("name")[:200],
        "chosen": given.get("set", ""),
        "scoped": scope.about,
    }
    return TemplateResponse(request, "delivery/proxies.html", context)


def _facts(may_audit: bool) -> list[Fact]:
    node = settings.NODE
    off = gettext("It is not switched on.")
    found = [
        Fact(
            gettext("Content proxy"),
            node.proxy_address or off,
            gettext("It gives the publisher's page, and the preserved copy where the publisher fails."),
        )
    ]
    if may_audit:
        found.append(
            Fact(
                gettext("Audit proxy"),
                node.audit_address or off,
                gettext(
                    "It gives preserved copies alone and never asks a publisher. Each archival unit's page leads there."
                ),
            )
        )
    return found


def _address(name: str, given: dict[str, str], *, direct: bool) -> str:
    return "/proxies/lines/?" + urlencode({"as": name, **given, **({"direct": "1"} if direct else {})})


@require_safe
@tokens_too(TokenScope.STATUS)
@role_required()
def lines(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """A file (``?as=pac`` …), written as the sites are found. Only AUs that this reader may have are in it."""
    form = KINDS.get(request.GET.get("as", ""))
    if form is None:
        raise BadQuery(gettext("Say which lines: as=%s.") % ", ".join(KINDS))
    proxy = place(settings.NODE.proxy_address)
    if proxy is None:
        raise Http404
    scope, _given = _scope(request)
    found = stems(scope, _asker(request), moment())
    direct = request.GET.get("direct") == "1" and form.two_ways
    answer = StreamingHttpResponse(
        form.write(Wanted(found, proxy, about(scope), direct)), content_type=form.media
    )
    answer["Content-Disposition"] = f'attachment; filename="{form.file}"'
    answer["X-Content-Type-Options"] = "nosniff"
    # Another reader's lines may name other sites.
    answer["Cache-Control"] = "private, no-store"
    return answer


def _asker(request: HttpRequest) -> Asker:
    address = exact_address(request)
    return asker_of(Surface.PROXY, str(address) if address else None, roles=request.user.roles)


def _scope(request: HttpRequest) -> tuple[Scope, dict[str, str]]:
    chosen, slug = request.GET.get("set", ""), request.GET.get("au", "")
    if chosen:
        if _NUMBER.fullmatch(chosen) is None:
            raise BadQuery(gettext("A title set is named by its number."))
        return of_set(get_object_or_404(TitleSet, pk=int(chosen))), {"set": chosen}
    if slug:
        if not is_storable(slug):
            raise Http404
        return of_au(get_object_or_404(Au, slug=slug[:40])), {"au": slug[:40]}
    return Scope(), {}


@require_safe
@role_required(*AUDITORS)
def certificate(request: HttpRequest) -> HttpResponse:
    """What installing it means, and how to know it again."""
    if not _ends_tls():
        raise Http404
    root = authority().root()
    print_ = root.fingerprint(hashes.SHA256()).hex(":").upper()
    facts = [
        Fact(gettext("Name"), root.subject.rfc4514_string()),
        Fact("SHA-256", print_, gettext("Compare it with what the browser shows before you trust it.")),
        Fact(gettext("Good until"), day_text(root.not_valid_after_utc)),
    ]
    head = Head(
        gettext("Certificate of the proxies"),
        gettext("It lets this node speak for publishers over https, to who installs it."),
        trail=[Link(gettext("Proxies"), "/proxies/")],
        actions=[Action(gettext("Download it"), "/proxies/certificate/file/", primary=True)],
    )
    return TemplateResponse(request, "delivery/proxy_certificate.html", {"head": head, "facts": facts})


@require_safe
@role_required(*AUDITORS)
def certificate_file(request: HttpRequest) -> HttpResponse:
    if not _ends_tls():
        raise Http404
    pem = authority().root().public_bytes(serialization.Encoding.PEM)
    answer = HttpResponse(pem, content_type="application/x-pem-file")
    answer["Content-Disposition"] = 'attachment; filename="lockss-proxies.pem"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_safe
@role_required(*AUDITORS)
def audit(request: HttpRequest, slug: str) -> HttpResponse:
    """How a browser is set to look at this AU in the audit proxy, as of today or of ``?day=…``."""
    au = get_object_or_404(Au, slug=slug)
    node = settings.NODE
    text = request.GET.get("day", "")
    try:
        day = dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise BadQuery(gettext("A day is written as 2026-11-28.")) from None
    name = f"{au.slug}@{day.isoformat()}" if day else au.slug
    facts = [
        Fact(gettext("Proxy"), node.audit_address, gettext("For http and https alike.")),
        Fact(gettext("User name"), name, gettext("It says which archival unit, and as of which day.")),
        Fact(
            gettext("Password"),
            gettext("a token of yours"),
            gettext("Make one that may “%s”; it is shown once.") % TokenScope.CONTENT.label,
        ),
    ]
    head = Head(
        gettext("In the audit proxy"),
        au.name,
        trail=[Link(au.name, f"/aus/{au.slug}/")],
        actions=[
            *([Action(gettext("Certificate"), "/proxies/certificate/")] if _ends_tls() else []),
            Action(gettext("Make a token"), _token_way(request), primary=True),
        ],
    )
    context = {
        "head": head,
        "facts": facts,
        "on": bool(node.audit_listen),
        "day": text,
        "by_address": bool(node.audit_hosts),
        "https": node.audit_tls,
    }
    return TemplateResponse(request, "delivery/audit.html", context)


def _token_way(request: HttpRequest) -> str:
    """The form for a token, which ticks what the audit proxy wants and leads back here."""
    return f"/me/tokens/new/?scopes={TokenScope.CONTENT}&next={quote(request.get_full_path(), safe='/')}"


def _may_audit(request: HttpRequest) -> bool:
    return request.user.has_role(*AUDITORS)


def _ends_tls() -> bool:
    node = settings.NODE
    return bool((node.audit_listen and node.audit_tls) or (node.proxy_listen and node.proxy_tls))
