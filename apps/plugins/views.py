"""Plugins: what each can do here, what is missing for the rest, and loading of new ones."""

import tempfile
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.display import count_text
from apps.common.lists import show_list, small_list
from apps.common.pages import Action, Confirm, Fact, Head, Link, confirm_page, is_confirmed
from apps.common.words import Tone
from apps.plugins import lists, services
from apps.plugins.errors import PluginError
from apps.plugins.forms import LoadForm
from apps.plugins.models import Plugin
from apps.plugins.services import Loaded

REFUSED_SHOWN = 5


@require_safe
@role_required()
def plugins(request: HttpRequest) -> HttpResponse:
    return _index(request, LoadForm())


@require_POST
@role_required(Role.NETWORK)
def load(request: HttpRequest) -> HttpResponse:
    form = LoadForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            done = _load(form.cleaned_data["file"], request)
        except PluginError as error:
            form.add_error("file", str(error))
        else:
            notices.leave(request, _said(done), tone=Tone.CARE if done.refused else Tone.SAFE)
            return HttpResponseRedirect(resolve_url("plugins:plugins"))
    return _index(request, form, status=422)


def _load(upload, request: HttpRequest) -> Loaded:
    """An XML file is read from memory, an archive from a file of its own that is gone afterwards."""
    name = Path(upload.name).name
    if name.lower().endswith(".xml"):
        data = upload.read()
        return services.load_plugin_files(
            [(services.path_of(name, data), data)], source=name, user=request.user
        )
    with tempfile.NamedTemporaryFile(suffix=".jar") as kept:
        for chunk in upload.chunks():
            kept.write(chunk)
        kept.flush()
        return services.load_plugin_files(
            services.read_place(Path(kept.name)), source=name, user=request.user
        )


def _said(done: Loaded) -> str:
    said = [
        ngettext("%s plugin was loaded", "%s plugins were loaded", len(done.added))
        % count_text(len(done.added)),
        ngettext("%s was here already", "%s were here already", len(done.unchanged))
        % count_text(len(done.unchanged)),
    ]
    text = f"{', '.join(said)}."
    if done.refused:
        told = "; ".join(f"{path}: {why}" for path, why in done.refused[:REFUSED_SHOWN])
        text += " " + gettext("Not loaded: %s.") % told
    return text


def _index(request: HttpRequest, form: LoadForm, status: int = 200) -> HttpResponse:
    head = Head(
        gettext("Plugins"),
        gettext(
            "How the platforms of publishers are collected and compared, and what this node can do of it."
        ),
    )
    context = {"head": head, "form": form, "may_load": request.user.has_role(Role.NETWORK)}
    rows = Plugin.objects.filter(current=True).defer("xml", "findings")
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
    definition = services.definition_for(plugin_id)
    versions = Plugin.objects.filter(plugin_id=plugin_id).defer("xml").order_by("-version_number", "-pk")
    context = {
        "head": Head(row.name, plugin_id, code=True, trail=[_to_plugins()], actions=_actions(request, row)),
        "facts": _facts(row, definition.chain),
        "reasons": small_list("reasons", gettext("Code that is not here"), lists.REASONS, row.reasons),
        "parameters": small_list(
            "parameters", gettext("Parameters"), lists.PARAMETERS, definition.parameters
        ),
        "findings": small_list("findings", gettext("Findings"), lists.FINDINGS, row.findings),
        "versions": small_list("versions", gettext("Versions"), lists.VERSIONS, versions),
        "words": {"collect": lists.collect_word(row)},
        "row": row,
    }
    return TemplateResponse(request, "plugins/plugin.html", context)


def _facts(row: Plugin, chain) -> list[Fact]:
    parents = " → ".join(link.plugin_id for link in chain[1:])
    pairs = [
        (gettext("Version"), row.version),
        (gettext("Status"), row.status),
        (gettext("Inherits from"), parents),
        (gettext("Loaded from"), row.source),
    ]
    return [Fact(term, value) for term, value in pairs if value]


def _actions(request: HttpRequest, row: Plugin) -> list[Action]:
    if not request.user.has_role(Role.NETWORK) or not row.collect_overridable:
        return []
    label = (
        gettext("Collect no longer without it") if row.collect_override else gettext("Collect all the same")
    )
    return [Action(label, resolve_url("plugins:override", plugin_id=row.plugin_id), post=True)]


@require_POST
@role_required(Role.NETWORK)
def override(request: HttpRequest, plugin_id: str) -> HttpResponse:
    """Let a plugin collect without some of its code, after asking once more; or take that back."""
    row = get_object_or_404(Plugin, plugin_id=plugin_id, current=True)
    back = resolve_url("plugins:plugin", plugin_id=plugin_id)
    allowed = not row.collect_override
    if allowed and not is_confirmed(request):
        missing = [reason for reason in row.reasons if reason["capability"] == "collect"]
        return confirm_page(
            request,
            Confirm(
                title=gettext("Collect without missing code"),
                happens=gettext("%s will be collected although this node lacks some of its code:") % row.name,
                button=gettext("Collect all the same"),
                back=back,
                consequences=[f"{reason['class']}: {reason['effect']}" for reason in missing],
                stays=gettext("Only this version is meant; a newer one asks again."),
            ),
        )
    try:
        services.override_collecting(plugin=row, allowed=allowed, user=request.user)
    except PluginError as error:
        notices.leave(request, str(error), tone=Tone.CARE)
    else:
        said = gettext("%s is collected from now on.") if allowed else gettext("%s is no longer collected.")
        notices.leave(request, said % row.name)
    return HttpResponseRedirect(back)


def _to_plugins() -> Link:
    return Link(gettext("Plugins"), resolve_url("plugins:plugins"))
