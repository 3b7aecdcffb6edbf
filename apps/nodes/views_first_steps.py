"""The guided set-up, a step a page. For system administrators; works without scripts, goes on where it was left."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.accounts.services import note_step
from apps.common import notices, parts
from apps.common.pages import Action, Head, Link
from apps.common.words import Tone
from apps.nodes.services import first_steps
from apps.plugins.forms import LoadForm
from apps.titles.forms import AddressForm, UploadForm


@require_safe
@role_required(Role.SYSTEM)
def steps(request: HttpRequest) -> HttpResponse:
    """All steps, and which of them somebody went."""
    done = first_steps.settled()
    following = next((one for one in first_steps.steps() if one.name not in done), None)
    actions = []
    if following:
        label = gettext("Go on: %s") % following.title
        actions = [Action(label, resolve_url("nodes:first-step", name=following.name), primary=True)]
    context = {
        "head": Head(
            gettext("First steps"),
            gettext("From an empty node to one that preserves. Leave it and come back whenever you like."),
            actions=actions,
        ),
        "steps": [(one, one.name in done) for one in first_steps.steps()],
    }
    return TemplateResponse(request, "nodes/first_steps.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.SYSTEM)
def step(request: HttpRequest, name: str) -> HttpResponse:
    one = first_steps.step(name)
    if one is None:
        raise Http404
    looks = one.looks()
    blocked = any(look.tone == Tone.HARM for look in looks)
    if request.method == "POST" and not blocked:
        note_step(name=name, by=request.user)
        following = first_steps.first_open()
        if following is None:
            notices.leave(request, gettext("The node is set up. Choose what it shall preserve."))
            return HttpResponseRedirect(resolve_url("nodes:first-steps"))
        return HttpResponseRedirect(resolve_url("nodes:first-step", name=following.name))
    context = {
        "head": Head(
            str(one.title),
            str(one.why),
            trail=[Link(gettext("First steps"), resolve_url("nodes:first-steps"))],
        ),
        "step": one,
        "looks": [(parts.toned(look.tone, _word(look.tone)), look) for look in looks],
        "blocked": blocked,
        "lines": [(key, getattr(settings.NODE, key)) for key in one.settings],
        "plugin_form": LoadForm() if name == "plugins" else None,
        "upload_form": UploadForm() if name == "titles" else None,
        "address_form": AddressForm(prefix="address") if name == "titles" else None,
    }
    return TemplateResponse(
        request, "nodes/first_step.html", context, status=422 if request.method == "POST" else 200
    )


def _word(tone: Tone) -> str:
    return {Tone.SAFE: gettext("right"), Tone.CARE: gettext("look here")}.get(tone, gettext("in the way"))
