"""Plugins: what each can do here, what is missing for the rest, and loading of new ones."""

import tempfile
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.display import count_text
from apps.common.lists import show_list
from apps.common.pages import Action, Confirm, Head, Link, confirm_page, is_confirmed
from apps.common.stored import retold
from apps.common.words import Tone
from apps.plugins import counting, lists, services
from apps.plugins.choices import JarSignature
from apps.plugins.errors import PluginCode, PluginError
from apps.plugins.forms import LoadForm, OverrideForm
from apps.plugins.models import Plugin
from apps.plugins.services import Loaded
from apps.plugins.tasks import wake_trials
from apps.plugins.views_parts import overview, sections_of, vitals_of

REFUSED_SHOWN = 5
UNSIGNED_XML = (
    "A single file carries no signature, and this node takes only what a trusted signer has signed."
)


@require_safe
@role_required()
def plugins(request: HttpRequest) -> HttpResponse:
    counting.catch_up()
    return _index(request, LoadForm())


@require_POST
@role_required(Role.NETWORK)
def load(request: HttpRequest) -> HttpResponse:
    form = LoadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            done = _load(form.cleaned_data["file"], request)
        except PluginError as error:
            form.add_error("file", retold(str(error)))
        else:
            wake_trials()
            notices.leave(request, _said(done), tone=_tone(done))
            return HttpResponseRedirect(resolve_url("plugins:plugins"))
    return _index(request, form, status=422)


def _load(upload, request: HttpRequest) -> Loaded:
    """An XML file is read from memory, an archive from a file of its own that is gone afterwards."""
    name = Path(upload.name).name
    if name.lower().endswith(".xml"):
        if settings.NODE.plugin_signatures == "require":
            raise PluginError(PluginCode.SIGNATURE, UNSIGNED_XML)
        data = upload.read()
        return services.load_plugin_files(
            [(services.path_of(name, data), data)], source=name, user=request.user
        )
    with tempfile.NamedTemporaryFile(suffix=".jar") as kept:
        for chunk in upload.chunks():
            kept.write(chunk)
        kept.flush()
        return services.load_jar(path=Path(kept.name), name=name, source=name, user=request.user)[1]


def _tone(done: Loaded) -> Tone:
    trusted = done.signature in ("", JarSignature.TRUSTED)
    return Tone.SAFE if trusted and not done.refused else Tone.CARE


def _said(done: Loaded) -> str:
    said = [
        ngettext("%s plugin was loaded", "%s plugins were loaded", len(done.added))
        % count_text(len(done.added)),
        ngettext("%s was here already", "%s were here already", len(done.unchanged))
        % count_text(len(done.unchanged)),
    ]
    text = f"{', '.join(said)}."
    if done.signature and done.signature != JarSignature.TRUSTED:
        text += " " + gettext("The JAR is %s.") % JarSignature(done.signature).label
    if done.waiting:
        waiting = ngettext(
            "%s newer version is tried on stored pages before it is used.",
            "%s newer versions are tried on stored pages before they are used.",
            len(done.waiting),
        )
        text += " " + waiting % count_text(len(done.waiting))
    if done.refused:
        told = "; ".join(f"{path}: {why}" for path, why in done.refused[:REFUSED_SHOWN])
        text += " " + gettext("Not loaded: %s.") % told
    return text


def _index(request: HttpRequest, form: LoadForm, status: int = 200) -> HttpResponse:
    head = Head(
        gettext("Plugins"),
        gettext(
            "A plugin is the definition of a publishing platform: how its pages are collected and compared. Here stands what "
            "this node can do of each."
        ),
        actions=[
            Action(gettext("Missing code"), resolve_url("plugins:missing")),
            Action(gettext("Registries"), resolve_url("plugins:registries")),
            Action(gettext("JARs"), resolve_url("plugins:jars")),
            Action(gettext("Signers"), resolve_url("plugins:signers")),
        ],
    )
    context = {
        "head": head,
        "form": form,
        "may_load": request.user.has_role(Role.NETWORK),
        "vitals": overview(),
    }
    rows = Plugin.objects.filter(current=True).defer("xml", "findings", "reasons")
    response = show_list(
        request, table=lists.PLUGINS, rows=rows, template="plugins/plugins.html", context=context
    )
    response.status_code = status
    return response


@require_safe
@role_required()
def plugin(request: HttpRequest, plugin_id: str) -> HttpResponse:
    row = Plugin.objects.filter(plugin_id=plugin_id, current=True).first()
    if row is None:
        raise Http404
    context = {
        "head": Head(row.name, plugin_id, code=True, trail=[_to_plugins()], actions=_actions(request, row)),
        "words": {"collect": lists.collect_word(row)},
        "row": row,
        "vitals": vitals_of(row),
        **sections_of(row),
    }
    return TemplateResponse(request, "plugins/plugin.html", context)


def _actions(request: HttpRequest, row: Plugin) -> list[Action]:
    if not request.user.has_role(Role.NETWORK) or not row.collect_overridable:
        return []
    label = (
        gettext("Collect no longer without it") if row.collect_override else gettext("Collect all the same")
    )
    fields = _override_fields(row.sha256, allowed=not row.collect_override)
    return [Action(label, resolve_url("plugins:override", plugin_id=row.plugin_id), post=True, fields=fields)]


def _override_fields(text: str, *, allowed: bool) -> dict[str, str]:
    return {"allow": "yes" if allowed else "no", "text": text}


@require_POST
@role_required(Role.NETWORK)
def override(request: HttpRequest, plugin_id: str) -> HttpResponse:
    """Let a plugin collect without some of its code, after asking once more; or take that back."""
    row = get_object_or_404(Plugin, plugin_id=plugin_id, current=True)
    back = resolve_url("plugins:plugin", plugin_id=plugin_id)
    form = OverrideForm(request.POST)
    if not form.is_valid():
        said = gettext(
            "The form did not say whether the plugin may collect, or for which version. Look again."
        )
        notices.leave(request, said, tone=Tone.HARM)
        return HttpResponseRedirect(back)
    allowed, text = form.cleaned_data["allow"] == "yes", form.cleaned_data["text"]
    # What is missing may be another thing in another version: only what was shown can be confirmed.
    if allowed and text == row.sha256 and not is_confirmed(request):
        missing = [reason for reason in row.reasons if reason["capability"] == "collect"]
        return confirm_page(
            request,
            Confirm(
                title=gettext("Collect without missing code"),
                happens=gettext("%s will be collected although this node lacks some of its code:") % row.name,
                button=gettext("Collect all the same"),
                back=back,
                consequences=[f"{reason['class']}: {retold(reason['effect'])}" for reason in missing],
                stays=gettext("Only this version is meant; a newer one asks again."),
                fields=_override_fields(text, allowed=True),
            ),
        )
    try:
        services.override_collecting(plugin=row, text=text, allowed=allowed, user=request.user)
    except PluginError as error:
        notices.leave(request, retold(str(error)), tone=Tone.CARE)
    else:
        said = gettext("%s is collected from now on.") if allowed else gettext("%s is no longer collected.")
        notices.leave(request, said % row.name)
    return HttpResponseRedirect(back)


def _to_plugins() -> Link:
    return Link(gettext("Plugins"), resolve_url("plugins:plugins"))
