"""The tester: a page tried by anybody, without an account. Nothing else of the node is shown to who is not signed in."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.addresses import client_address
from apps.common.clock import now
from apps.common.display import count_text
from apps.common.htmx import for_htmx
from apps.common.jobs import wake
from apps.common.pages import Action, Head, Link
from apps.common.parts import toned
from apps.common.words import Tone
from apps.lockss.permission import Network
from apps.permissions import advice
from apps.permissions.forms_testing import LONGEST_ADDRESS, TrialForm
from apps.permissions.models import PageTrial
from apps.permissions.testing import LONGEST_PAGE, TooManyTrialsError, asker, begin_trial

# A page, twice as long as a form spells it, and the form around it.
LONGEST_REQUEST = 3 * LONGEST_PAGE + 65_536
# Nobody waits longer than this for a worker; then the page says so.
PATIENCE = timedelta(minutes=3)
View = Callable[..., HttpResponse]


def short_requests(view: View) -> View:
    """For pages that strangers post to: what is too long is not read at all, not even for its token."""
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def wrapped(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if request.method == "POST" and not (
            length.isascii() and length.isdigit() and int(length[:12]) <= LONGEST_REQUEST
        ):
            context = {
                "title": gettext("That is too long"),
                "said": gettext("A permission page is a page of text; this is more than is read here."),
                "status": 413,
            }
            return TemplateResponse(request, "common/error.html", context, status=413)
        return protected(request, *args, **kwargs)

    return wrapped


@require_http_methods(["GET", "HEAD", "POST"])
@short_requests
def page_test(request: HttpRequest) -> HttpResponse:
    """Asks nothing on GET: an address that comes with a link is only filled in."""
    if request.method != "POST":
        known = {
            name: request.GET[name][:LONGEST_ADDRESS] for name in ("url", "network") if name in request.GET
        }
        return _form_page(request, TrialForm(initial=known))
    form = TrialForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form_page(request, form, status=422)
    signed_in = request.user.is_authenticated
    data, file = form.cleaned_data, form.cleaned_data["file"]
    try:
        row, job = begin_trial(
            key=data["request_key"],
            asked_by=asker(user_id=request.user.pk) if signed_in else asker(address=client_address(request)),
            open_door=not signed_in,
            network=Network(data["network"]),
            url=data["url"],
            name=file.name if file else "",
            page=form.page(),
        )
    except TooManyTrialsError as error:
        return _too_many(request, form, error)
    if job is not None:
        wake(job)
    return HttpResponseRedirect(f"/permissions/test/{row.pk}/")


def _trail(request: HttpRequest) -> list[Link]:
    return [Link(gettext("Permissions"), "/permissions/")] if request.user.is_authenticated else []


def _form_page(request: HttpRequest, form: TrialForm, *, status: int = 200, wait: str = "") -> HttpResponse:
    head = Head(
        gettext("Try a permission page"),
        gettext("Does a page permit preservation? It is read here as a node reads it, word by word."),
        trail=_trail(request),
        actions=[Action(gettext("Write such a page"), "/permissions/manifest/")],
    )
    context = {"head": head, "form": form, "wait": wait, "statements": _all_statements()}
    return TemplateResponse(request, "permissions/test.html", context, status=status)


def _all_statements() -> list[tuple[str, list[tuple[str, str]]]]:
    return [(network.value.upper(), advice.statements(network)) for network in Network]


def _too_many(request: HttpRequest, form: TrialForm, error: TooManyTrialsError) -> HttpResponse:
    at = timezone.localtime(now() + error.wait)
    if error.seconds < 90:
        said = (
            gettext("Too many pages are being tried just now. Send it again in %d seconds.") % error.seconds
        )
    else:
        minutes = -(-error.seconds // 60)
        said = gettext("Too many pages were tried of late. Send it again at %(time)s, in %(minutes)s.") % {
            "time": f"{at:%H:%M}",
            "minutes": ngettext("%s minute", "%s minutes", minutes) % count_text(minutes),
        }
    response = _form_page(request, form, status=429, wait=said)
    response["Retry-After"] = str(error.seconds)
    return response


@require_safe
@for_htmx({"trial": "permissions/test_state.html"})
def page_tested(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    """Whoever has the address sees the result, as with a letter; nobody guesses one."""
    row = get_object_or_404(PageTrial, pk=key)
    result = row.result
    late = result is None and now() - row.asked_at > PATIENCE
    text = advice.letter(row) if result is not None and advice.is_for_the_publisher(result) else ""
    head = Head(
        gettext("A permission page, tried"),
        row.url or row.name or gettext("a pasted page"),
        code=bool(row.url),
        trail=[*_trail(request), Link(gettext("Try a permission page"), "/permissions/test/")],
    )
    context = {
        "head": head,
        "row": row,
        "result": result,
        "open": result is None,
        "late": late,
        "verdict": _verdict(result),
        "told": advice.told(result) if result else [],
        "reasons": _reasons(result),
        "network": row.network.upper(),
        "statements": advice.statements(row.network),
        "letter": text,
        "mail": advice.mail_address(row, text) if text else "",
    }
    return TemplateResponse(request, "permissions/test_result.html", context)


def _verdict(result: dict | None) -> str:
    if result is None:
        return ""
    if result["granted"]:
        return toned(Tone.SAFE, gettext("It permits"))
    if result["error"] and not result["near"]:
        return toned(Tone.IDLE, gettext("It could not be read"))
    return toned(Tone.CARE, gettext("It does not permit"))


def _reasons(result: dict | None) -> list[str]:
    """The crawler's own words, where nothing nearer is known."""
    if not result or result["granted"] or result["near"]:
        return []
    return [reason["detail"] for reason in result.get("reasons", [])]
