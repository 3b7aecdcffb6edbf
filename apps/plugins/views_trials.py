"""Versions that are tried on stored pages before they are used, and a person's word on them."""

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
from apps.common.display import count_text
from apps.common.forms import VersionForm
from apps.common.htmx import wanted_part
from apps.common.lists import show_list
from apps.common.models import Job
from apps.common.pages import Action, Bar, Head, Link, Vital
from apps.common.stored import retold
from apps.common.words import Tone
from apps.plugins import services
from apps.plugins.choices import DECIDABLE, TrialState
from apps.plugins.errors import PluginError
from apps.plugins.lists_sources import DIFFERENCES, TRIAL_TABLE
from apps.plugins.models import Trial
from apps.plugins.views_missing import LIST_PAGE, to_plugins
from apps.plugins.words import TRIALS


@require_safe
@role_required()
def trials(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Newer versions"),
        gettext("A newer version of a plugin is tried on what is stored here before it is used."),
        trail=[to_plugins()],
    )
    rows = _with_plugin()
    return show_list(request, table=TRIAL_TABLE, rows=rows, template=LIST_PAGE, context={"head": head})


def _with_plugin():
    return Trial.objects.select_related("plugin").defer("plugin__xml", "plugin__findings", "plugin__reasons")


@require_safe
@role_required()
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(_with_plugin().select_related("plugin", "against", "decided_by"), pk=pk)
    waits = row.state == TrialState.WAITING
    part = wanted_part(request) == "trial"
    if part and not waits:
        return HttpResponseClientRefresh()
    job = Job.objects.filter(kind=services.TRIAL, subject=row.job_subject).order_by("-pk").first()
    may = request.user.has_role(Role.NETWORK)
    context = {
        "head": _head(request, row),
        "row": row,
        "word": TRIALS[TrialState(row.state)],
        "waits": waits,
        "held": held_work(job) if waits else None,
        "bar": Bar(job.progress_done, job.progress_total, job.progress_note) if job else Bar(0, None),
        "trouble": retold(job.error) if job and waits else "",
        "vitals": [] if waits else _vitals(row),
        "may_decide": may and row.state in DECIDABLE,
        "form": VersionForm(initial={"version": row.version}),
    }
    if part:
        return TemplateResponse(request, "plugins/trial_now.html", context)
    return show_list(
        request,
        table=DIFFERENCES,
        rows=row.differences.all(),
        template="plugins/trial.html",
        context=context,
        name="differences",
    )


def _head(request: HttpRequest, row: Trial) -> Head:
    plugin = row.plugin
    own = resolve_url("plugins:plugin", plugin_id=plugin.plugin_id)
    name = plugin.name or plugin.plugin_id.rpartition(".")[2]
    actions = [
        Action(gettext("Both texts side by side"), f"{own}compare/?version={plugin.pk}{_against(row)}"),
    ]
    if request.user.has_role(Role.NETWORK) and row.state not in (TrialState.WAITING, TrialState.USED):
        actions.append(
            Action(gettext("Try it again"), resolve_url("plugins:trial-again", pk=row.pk), post=True)
        )
    return Head(
        gettext("%(name)s, version %(version)s") % {"name": name, "version": plugin.version},
        plugin.plugin_id,
        code=True,
        trail=[to_plugins(), Link(gettext("Newer versions"), resolve_url("plugins:trials"))],
        actions=actions,
    )


def _against(row: Trial) -> str:
    return f"&with={row.against_id}" if row.against_id else ""


def _vitals(row: Trial) -> list[Vital]:
    used = row.against.version if row.against else "–"
    return [
        Vital(used, gettext("is the version it was compared with")),
        Vital(
            count_text(row.difference_count),
            ngettext(
                "difference was found",
                "differences were found",
                row.difference_count,
            ),
        ),
        Vital(count_text(row.aus), ngettext("archival unit was tried", "archival units were tried", row.aus)),
        Vital(
            count_text(row.urls), ngettext("stored page was compared", "stored pages were compared", row.urls)
        ),
    ]


@require_POST
@role_required(Role.NETWORK)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Trial, pk=pk)
    form = VersionForm(request.POST)
    wish = request.POST.get("wish", "")
    if not form.is_valid() or wish not in ("use", "keep-out"):
        notices.leave(request, gettext("The form did not say what was decided."), tone=Tone.HARM)
        return _to(row)
    try:
        done = services.decide_trial(
            trial=row, version=form.cleaned_data["version"], use=wish == "use", user=request.user
        )
    except PluginError as error:
        notices.leave(request, retold(str(error)), tone=Tone.HARM)
        return _to(row)
    used = done.state == TrialState.USED
    said = gettext("Version %s is in use from now on.") if used else gettext("Version %s is kept out.")
    notices.leave(request, said % done.plugin.version)
    return _to(row)


@require_POST
@role_required(Role.NETWORK)
def again(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Trial, pk=pk)
    try:
        _trial, job = services.try_again(trial=row)
    except PluginError as error:
        notices.leave(request, retold(str(error)), tone=Tone.HARM)
    else:
        jobs.wake(job)
    return _to(row)


def _to(row: Trial) -> HttpResponse:
    return HttpResponseRedirect(resolve_url("plugins:trial", pk=row.pk))
