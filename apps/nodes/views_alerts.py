"""Alerts: what is wrong, who knows of it, and what a person wants to be told."""

from functools import partial

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.display import moment
from apps.common.lists import show_list
from apps.common.pages import Action, Fact, Head, Link
from apps.common.parts import status_word
from apps.common.words import Tone
from apps.nodes.alert_told import told
from apps.nodes.alert_ways import how_told, no_server, posted_to, why_nobody
from apps.nodes.alert_words import WEIGHTS, said, sentence
from apps.nodes.choices_alerts import AlertKind, Weight
from apps.nodes.errors import ActRefused
from apps.nodes.forms import AcknowledgeForm, RuleForm
from apps.nodes.lists_alerts import alert_rows, alert_word, alerts_for
from apps.nodes.lists_log import log_for
from apps.nodes.models import Alert, LogLine
from apps.nodes.services import alerting, telling

ACTING = (Role.LIBRARIAN, Role.NETWORK)


@require_safe
@role_required()
def alerts(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Alerts"),
        " ".join(
            [
                gettext(
                    "What the node found wrong with itself. Each is cleared by the node when its cause is gone."
                ),
                how_told(),
            ]
        ),
        trail=[Link(gettext("Node"), "/node/")],
        actions=[Action(gettext("What you are told"), "/alerts/rules/")],
    )
    rows = Alert.objects.select_related("acknowledged_by")
    return show_list(
        request,
        table=alerts_for(request.user),
        rows=rows,
        template="nodes/list_page.html",
        context={"head": head},
    )


@require_safe
@role_required()
def log(request: HttpRequest) -> HttpResponse:
    head = Head(
        gettext("Log"),
        gettext("What this node did, and why: the newest first. What is still going on is not told yet."),
        trail=[Link(gettext("Node"), "/node/")],
    )
    return show_list(
        request,
        table=log_for(request.user),
        rows=LogLine.objects.all(),
        template="nodes/list_page.html",
        context={"head": head},
    )


@require_safe
@role_required()
def alert(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Alert.objects.select_related("acknowledged_by"), pk=pk)
    return _alert_page(request, row, AcknowledgeForm())


def _alert_page(request: HttpRequest, row: Alert, form: AcknowledgeForm, status: int = 200) -> HttpResponse:
    may = request.user.has_role(*ACTING) and row.cleared_at is None and row.acknowledged_at is None
    head = Head(
        str(AlertKind(row.kind).label),
        sentence(row.kind, row.params),
        trail=[Link(gettext("Node"), "/node/"), Link(gettext("Alerts"), "/alerts/")],
    )
    context = {
        "head": head,
        "facts": _facts(request.user, row),
        "told": told(row),
        "why_nobody": partial(why_nobody, row),
        "form": form if may else None,
        "alert": row,
    }
    return TemplateResponse(request, "nodes/alert.html", context, status=status)


def _facts(user, row: Alert) -> list[Fact]:
    link = alert_rows(user, [row])[0].link
    subject = format_html('<a href="{}">{}</a>', link.url, link.label) if link.url else link.label
    words = said(row.kind, row.params)
    facts = [
        Fact(gettext("State"), status_word(alert_word(row))),
        Fact(gettext("Of what"), subject),
        Fact(gettext("Why"), str(words.cause)),
        Fact(gettext("What next"), str(words.next_step)),
        Fact(gettext("Since"), moment(row.raised_at)),
        Fact(gettext("Last seen"), moment(row.last_seen_at)),
    ]
    weight = WEIGHTS[Weight(row.severity)]
    if alert_word(row) != weight:
        facts.insert(1, Fact(gettext("Weight"), status_word(weight)))
    if row.cleared_at:
        facts.append(Fact(gettext("Cleared"), moment(row.cleared_at)))
    if row.acknowledged_by:
        facts.append(
            Fact(
                gettext("Acknowledged"),
                format_html("{} {}", row.acknowledged_by.display_name, moment(row.acknowledged_at)),
                row.note,
            )
        )
    return facts


@require_POST
@role_required(*ACTING)
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Alert.objects.select_related("acknowledged_by"), pk=pk)
    form = AcknowledgeForm(request.POST)
    if not form.is_valid():
        return _alert_page(request, row, form, 422)
    try:
        alerting.acknowledge(alert=row, by=request.user, note=form.cleaned_data["note"])
    except ActRefused as error:
        notices.leave(request, error.message, tone=Tone.CARE)
    else:
        notices.leave(request, gettext("It is acknowledged. The node clears it when its cause is gone."))
    return HttpResponseRedirect(f"/alerts/{pk}/")


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(own=True)
def rules(request: HttpRequest) -> HttpResponse:
    """What the person who asks wants to be told; nobody sees another's."""
    form = RuleForm.of(telling.rule_of(request.user), request.POST or None, _lacking(request))
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "version"}
        try:
            alerting.set_rule(user=request.user, version=form.cleaned_data["version"], values=values)
        except ActRefused as error:
            form.add_error(None, error.message)
        else:
            notices.leave(request, _kept(request, wants_mail=values["mail"]))
            return HttpResponseRedirect("/alerts/rules/")
    head = Head(
        gettext("What you are told"),
        _told_where(request),
        trail=[Link(gettext("Node"), "/node/"), Link(gettext("Alerts"), "/alerts/")],
    )
    context = {"form": form, "head": head, "button": gettext("Save")}
    return TemplateResponse(
        request, "nodes/form_page.html", context, status=422 if request.method == "POST" else 200
    )


def _kept(request: HttpRequest, *, wants_mail: bool) -> str:
    """A rule that tells nobody may not say that it tells."""
    if not wants_mail:
        return gettext("It is kept. No alert is told to you by e-mail; all stand under Alerts.")
    if _lacking(request):
        return gettext("It is kept, and waits: no mail can reach you yet.")
    return gettext("It is kept. What waits for you is told by these rules.")


def _lacking(request: HttpRequest) -> str:
    """What keeps mail from this person; empty where nothing does."""
    if not settings.NODE.mail_host:
        return no_server()
    if not request.user.email:
        if request.user.has_role(Role.SYSTEM):
            said = gettext("Your account has no e-mail address. Enter it on {}.")
            page = format_html('<a href="/accounts/people/{}/">{}</a>', request.user.pk, gettext("its page"))
            return format_html(said, page)
        return gettext("Your account has no e-mail address. A system administrator can enter it.")
    return ""


def _told_where(request: HttpRequest) -> SafeString:
    said = gettext("No mail can reach you.")
    if not _lacking(request):
        said = gettext("Mail goes to %s. What is critical comes at any hour.") % request.user.email
    setting = format_html('<a href="/node/#settings">{}</a>', gettext("Settings of the node"))
    return format_html("{} {}. {}: webhook_url.", said, posted_to(), setting)
