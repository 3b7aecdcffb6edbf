"""Plugin registries: entered, read, ended."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.accounts.held_work import held_work
from apps.common import jobs, notices
from apps.common.choices import OPEN
from apps.common.display import count_text, moment
from apps.common.forms import VersionForm
from apps.common.htmx import wanted_part
from apps.common.lists import show_list
from apps.common.models import Job
from apps.common.pages import Action, Bar, Confirm, Fact, Head, Link, confirm_page, is_confirmed
from apps.common.stored import retold
from apps.common.text import shown_address
from apps.common.words import Tone
from apps.plugins import services
from apps.plugins.choices import FileState, RegistryState
from apps.plugins.errors import PluginError
from apps.plugins.forms import RegistryForm
from apps.plugins.lists_sources import REGISTRY_FILES, REGISTRY_TABLE
from apps.plugins.models import PluginRegistry
from apps.plugins.views_missing import to_plugins
from apps.plugins.words import REGISTRIES


@require_safe
@role_required()
def registries(request: HttpRequest) -> HttpResponse:
    return _registries(request, RegistryForm())


def _registries(request: HttpRequest, form: RegistryForm, status: int = 200) -> HttpResponse:
    head = Head(
        gettext("Plugin registries"),
        gettext(
            "Pages that link to the JARs of a network's plugins. What is new there is taken in by itself."
        ),
        trail=[to_plugins()],
    )
    context = {"head": head, "form": form, "may_change": request.user.has_role(Role.NETWORK)}
    rows = PluginRegistry.objects.all()
    response = show_list(
        request, table=REGISTRY_TABLE, rows=rows, template="plugins/registries.html", context=context
    )
    response.status_code = status
    return response


@require_POST
@role_required(Role.NETWORK)
def add(request: HttpRequest) -> HttpResponse:
    form = RegistryForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            row, job = services.add_registry(
                url=data["url"],
                name=data["name"],
                needs_permission=data["needs_permission"],
                user=request.user,
                request_key=data["request_key"],
            )
        except PluginError as error:
            form.add_error("url", retold(str(error)))
        else:
            jobs.wake(job)
            return _to(row)
    return _registries(request, form, status=422)


@require_safe
@role_required()
def registry(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(PluginRegistry.objects.select_related("user"), pk=pk)
    job = Job.objects.filter(kind=services.REGISTRY, subject=row.job_subject, state__in=OPEN).first()
    part = wanted_part(request) == "registry"
    if part and job is None:
        return HttpResponseClientRefresh()
    ended = row.state == RegistryState.ENDED
    may = request.user.has_role(Role.NETWORK) and not ended
    actions = (
        [Action(gettext("Read it now"), resolve_url("plugins:registry-read", pk=pk), post=True)]
        if may
        else []
    )
    context = {
        "head": _head(row, actions),
        "row": row,
        "word": REGISTRIES[RegistryState(row.state)],
        "facts": _facts(row),
        "job": job,
        "held": held_work(job),
        "bar": Bar(job.progress_done, job.progress_total, job.progress_note) if job else None,
        "may_end": may,
        "form": VersionForm(initial={"version": row.version}),
    }
    if part:
        return TemplateResponse(request, "plugins/registry_now.html", context)
    rows = row.files.select_related("jar")
    return show_list(
        request,
        table=REGISTRY_FILES,
        rows=rows,
        template="plugins/registry.html",
        context=context,
        name="files",
    )


def _head(row: PluginRegistry, actions: list[Action]) -> Head:
    name, url = shown_address(row.name), shown_address(row.url)
    return Head(name, url, code=True, trail=[to_plugins(), _to_registries()], actions=actions)


def _facts(row: PluginRegistry) -> list[Fact]:
    number = len(row.links)
    gone = row.files.filter(state=FileState.GONE).count()
    demand = (
        gettext("demanded, as the nodes of a network do") if row.needs_permission else gettext("not demanded")
    )
    pairs = [
        (gettext("Permission statement"), row.statement or gettext("none found"), demand),
        (gettext("JARs on its page"), ngettext("%s JAR", "%s JARs", number) % count_text(number), ""),
        (gettext("No longer named"), count_text(gone) if gone else "", ""),
        (gettext("Last read"), moment(row.read_at) if row.read_at else gettext("never"), ""),
        (gettext("Next reading"), moment(row.next_at) if row.next_at else gettext("none"), ""),
        (gettext("Entered by"), row.user.display_name if row.user else "", ""),
    ]
    return [Fact(term, value, note) for term, value, note in pairs if value]


@require_POST
@role_required(Role.NETWORK)
def read_now(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(PluginRegistry, pk=pk)
    try:
        jobs.wake(services.read_now(registry=row))
    except PluginError as error:
        notices.leave(request, retold(str(error)), tone=Tone.HARM)
    return _to(row)


@require_POST
@role_required(Role.NETWORK)
def end(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(PluginRegistry, pk=pk)
    form = VersionForm(request.POST)
    if not form.is_valid():
        notices.leave(request, gettext("The form did not say which version it was about."), tone=Tone.HARM)
        return _to(row)
    version = form.cleaned_data["version"]
    if not is_confirmed(request):
        return confirm_page(
            request,
            Confirm(
                title=gettext("Follow this registry no longer"),
                happens=gettext("%s is not read any more: newer plugins will not come from there.")
                % shown_address(row.name),
                button=gettext("Follow it no longer"),
                back=resolve_url("plugins:registry", pk=pk),
                stays=gettext("What came from it stays loaded. Its address can be entered again."),
                fields={"version": str(version)},
            ),
        )
    try:
        services.end_registry(registry=row, version=version, user=request.user)
    except PluginError as error:
        notices.leave(request, retold(str(error)), tone=Tone.HARM)
    else:
        notices.leave(request, gettext("%s is no longer followed.") % shown_address(row.name))
    return _to(row)


def _to(row: PluginRegistry) -> HttpResponse:
    return HttpResponseRedirect(resolve_url("plugins:registry", pk=row.pk))


def _to_registries() -> Link:
    return Link(gettext("Registries"), resolve_url("plugins:registries"))
