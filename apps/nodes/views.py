"""The first page, and the node's own page."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from apps.accounts.access import role_required
from apps.common import first_page
from apps.common.clock import now
from apps.common.htmx import for_htmx
from apps.common.pages import Action, Head
from apps.nodes import home as home_parts
from apps.nodes import home_roles, node_disks, node_errors, node_trust, node_work
from apps.nodes import node as node_parts
from apps.nodes.choices import Tally, of_any_word
from apps.nodes.needs_alerts import alert_needs
from apps.nodes.services import counting, refreshing


@require_safe
@role_required()
@for_htmx({"jobs-now": "nodes/jobs_now.html"})
def home(request: HttpRequest) -> HttpResponse:
    running = home_parts.running_jobs(request.user)
    if request.headers.get("HX-Target") == "jobs-now":
        # The part that is asked for again and again costs no more than itself.
        context = {"jobs": running, "waiting_jobs": home_parts.waiting_jobs()}
        return TemplateResponse(request, "nodes/jobs_now.html", context)
    refreshing.catch_up()
    numbers = counting.numbers()
    waiting = home_roles.waiting(request.user, numbers)
    polls, chosen = home_parts.poll_days(), numbers.get(Tally.AUS)
    said = (
        home_parts.summary_line(numbers, waiting.all, waiting.own)
        if chosen
        else home_roles.next_step(request.user)
    )
    context = {
        "head": Head(gettext("Today"), said, actions=home_roles.actions(request.user, numbers)),
        "vitals": home_parts.vitals(numbers),
        "needs": waiting.mine,
        "others": waiting.others,
        "no_needs": home_roles.no_needs(request.user, numbers),
        "own_events": first_page.events(request.user),
        "days": home_parts.days(polls),
        "days_sentence": home_parts.days_sentence(polls),
        "care": home_parts.care_list(need.url for need in (*waiting.mine, *waiting.others)),
        "care_count": numbers.get("aus.care", 0),
        "changed": home_parts.changed_list(),
        "all_count": of_any_word(numbers),
        "events": home_parts.events(),
        "jobs": running,
        "waiting_jobs": home_parts.waiting_jobs(),
        "copies": home_parts.node_copies(numbers),
    }
    return TemplateResponse(request, "nodes/home.html", context)


@require_safe
@role_required()
def node(request: HttpRequest) -> HttpResponse:
    numbers = counting.numbers()
    context = {
        "head": Head(
            settings.NODE.name,
            settings.NODE.lcap_identity,
            code=True,
            actions=[
                Action(gettext("Alerts"), "/alerts/"),
                Action(gettext("Log"), "/log/"),
                Action(gettext("Jobs"), "/jobs/"),
                Action(gettext("Findings"), "/findings/"),
                Action(gettext("Crawls"), "/crawls/"),
                Action(gettext("Readings"), "/checks/"),
                Action(gettext("Peers"), "/peers/"),
                Action(gettext("Proxies"), "/proxies/"),
                Action("OpenURL", "/openurl/"),
            ],
        ),
        "vitals": node_parts.vitals(numbers),
        "words": node_parts.words_list(numbers),
        "disks": node_disks.disks_list(),
        "queues": node_work.queues_list(),
        "running": node_work.running_list(request.user),
        "errors": node_errors.errors_list(),
        "trust": node_trust.trust_facts(every=request.GET.get("certificates") == "all"),
        "alarms": alert_needs(),
        "processes": node_parts.processes_list(),
        "engines": node_parts.engine_facts(),
        "versions": node_parts.version_facts(),
        "settings_facts": node_parts.setting_facts(),
        "at": now(),
    }
    return TemplateResponse(request, "nodes/node.html", context)
