"""Pages and badges for everybody, closed unless the node's setting opens them. They read no session and set no
cookie, so that caches may keep them and no reader is followed.
"""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from apps.common.languages import asked_language
from apps.common.words import Tone
from apps.nodes import public
from apps.nodes.public import Public

KEPT_S = 3600
# As the tokens of the same names on light ground; a badge stands on pages of others, which have no style of ours.
COLORS = {Tone.SAFE: "#1d6b45", Tone.CARE: "#8a5a00", Tone.IDLE: "#5f656b"}
LABEL = "LOCKSS"
# Widths by the number of letters: no font can be measured here, so the text is told how long it may be.
LETTER, PAD, HEIGHT = 6.6, 8, 20


@require_safe
def title(request: HttpRequest, pk: int) -> HttpResponse:
    found = public.of_title(pk) if pk < 2**63 else None
    if found is None and pk < 2**63 and (later := public.title_now_at(pk)):
        return _moved(request, pk, later)
    return _page(request, found, f"/public/titles/{pk}/badge.svg")


@require_safe
def title_badge(request: HttpRequest, pk: int) -> HttpResponse:
    found = public.of_title(pk) if pk < 2**63 else None
    if found is None and pk < 2**63 and len(later := public.title_now_at(pk)) == 1:
        return _kept(request, redirect("nodes:public-title-badge", pk=later[0][0]))
    return _badge(request, found)


def _moved(request: HttpRequest, pk: int, later: tuple[tuple[int, str], ...]) -> HttpResponse:
    """An old address in a published file leads to where the title's units are now."""
    if len(later) == 1:
        return _kept(request, redirect("nodes:public-title", pk=later[0][0]))
    context = {"name": public.name_of_title(pk), "later": later, "node": _node()}
    with override(asked_language(request) or get_language()):
        return _kept(request, HttpResponse(render_to_string("nodes/public_moved.html", context)))


@require_safe
def au(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, public.of_au(slug), f"/public/aus/{slug}/badge.svg")


@require_safe
def au_badge(request: HttpRequest, slug: str) -> HttpResponse:
    return _badge(request, public.of_au(slug))


def _page(request: HttpRequest, found: Public | None, badge: str) -> HttpResponse:
    """In the language of its address (``?language=es``), else as the browser asks."""
    if found is None:
        raise Http404
    context = {"found": found, "node": _node(), "badge": badge}
    with override(asked_language(request) or get_language()):
        text = render_to_string("nodes/public.html", context)
    return _kept(request, HttpResponse(text))


def _node() -> dict[str, str]:
    return {"name": settings.NODE.name, "network": settings.NODE.network_name}


def _badge(request: HttpRequest, found: Public | None) -> HttpResponse:
    if found is None:
        raise Http404
    first, second = len(LABEL) * LETTER + 2 * PAD, len(found.short) * LETTER + 2 * PAD
    context = {
        "label": LABEL,
        "said": found.short,
        "full": f"{LABEL}: {found.full}",
        "color": COLORS[found.tone],
        "width": f"{first + second:.0f}",
        "first": f"{first:.0f}",
        "second": f"{second:.0f}",
        "first_middle": f"{first / 2:.0f}",
        "second_middle": f"{first + second / 2:.0f}",
        "first_length": f"{first - 2 * PAD:.0f}",
        "second_length": f"{second - 2 * PAD:.0f}",
        "height": HEIGHT,
    }
    text = render_to_string("nodes/badge.svg", context)
    response = _kept(request, HttpResponse(text, content_type="image/svg+xml; charset=utf-8"))
    # It is made to stand on pages of others; as a page of its own it may do nothing.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _kept(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Of somebody who chose a language elsewhere on this node, only for the browser that has the cookie."""
    chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
    response["Cache-Control"] = "no-store" if chosen else f"public, max-age={KEPT_S}"
    return response
