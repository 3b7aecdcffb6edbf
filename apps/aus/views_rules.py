"""Subscriptions: written, tried on what the lists name now, kept, ended and undone."""

from itertools import islice
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, resolve_url
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus import lists, lists_acts, services
from apps.aus.errors import SubscriptionError
from apps.aus.forms import RuleForm, new_token
from apps.aus.lists_rules import PREVIEW, SUBSCRIPTIONS, changes_table, in_words, named
from apps.aus.looking import listed_in, look_at
from apps.aus.models import Subscription
from apps.aus.scopes import STOPPED
from apps.aus.services.subscribing import Rule, results_of_rule, untouched
from apps.common import jobs, notices
from apps.common.display import count_text, duration_text
from apps.common.errors import BadQuery
from apps.common.lists import show_list, small_list
from apps.common.pages import Action, Confirm, Fact, Head, Link, confirm_page, is_confirmed
from apps.common.words import Tone
from apps.titles.models import ListedAu

MOST_SHOWN = 100


def trail() -> list[Link]:
    return [
        Link(gettext("Titles"), "/titles/"),
        Link(gettext("Subscriptions"), resolve_url("aus:subscriptions")),
    ]


@require_safe
@role_required()
def subscriptions(request: HttpRequest) -> HttpResponse:
    actions = []
    if request.user.has_role(Role.LIBRARIAN):
        actions.append(Action(gettext("New subscription"), resolve_url("aus:new-subscription"), primary=True))
    head = Head(
        gettext("Subscriptions"),
        gettext("Rules that select archival units as they appear in the title lists."),
        trail=trail()[:1],
        actions=actions,
    )
    rows = Subscription.objects.select_related("publisher", "title__publisher", "title_set", "user")
    context = {"head": head}
    return show_list(request, table=SUBSCRIPTIONS, rows=rows, template="aus/list_page.html", context=context)


@require_safe
@role_required(Role.LIBRARIAN)
def new_subscription(request: HttpRequest) -> HttpResponse:
    """The form; with a rule in the address, what that would select now."""
    if "ranges" not in request.GET:
        # A title set's page leads here with itself.
        return _form(request, RuleForm(initial={"title_set": request.GET.get("set", "")}))
    form = RuleForm(request.GET)
    if not form.is_valid():
        return _form(request, form, status=422)
    try:
        chosen = list(form.rule.chooses())
    except BadQuery as error:
        form.add_error("title_set", str(error))
        return _form(request, form, status=422)
    return _form(request, form, chosen=chosen)


def _form(
    request: HttpRequest, form: RuleForm, *, chosen: list[int] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "head": Head(
            gettext("New subscription"),
            gettext("Look at what it would select now before it is kept."),
            trail=trail(),
        ),
        "form": form,
        "chosen": chosen,
        "when": when_said(),
    }
    if chosen is not None:
        context |= preview_context(form.rule, chosen)
        context["meant"] = named(form.rule)
        context["fields"] = {name: request.GET.get(name, "") for name in form.fields if name != "token"}
        context["token"] = new_token()
    return TemplateResponse(request, "aus/subscription_new.html", context, status=status)


def preview_context(rule: Rule, chosen: list[int]) -> dict[str, object]:
    """What aus/rule_preview.html shows."""
    rows = ListedAu.objects.filter(pk__in=list(islice(chosen, MOST_SHOWN))).select_related("title")
    page = small_list(
        PREVIEW.name, gettext("What the rule would select"), PREVIEW.columns, rows.order_by("pk")
    )
    return {
        "list": page,
        "number": count_text(len(chosen)),
        "noun": lists.au_noun(len(chosen)),
        "more": len(chosen) > MOST_SHOWN,
        "most": MOST_SHOWN,
        "looked": look_at(listed_in(chosen)),
        "stays_out": _stays_out(rule),
    }


def when_said() -> str:
    """When a rule acts, and on what; said before it is kept and on its page."""
    return gettext(
        "It selects what the lists name now, at the next scan (every %(every)s), and later what appears, after each "
        "import of a title list; of a title set also when the set has changed. What is selected already stays as it "
        "is, what it chose once it does not choose again, and what people deactivated stays deactivated."
    ) % {"every": duration_text(settings.NODE.scan_subscriptions)}


def _stays_out(rule: Rule) -> dict[str, str] | None:
    """What people deactivated, which a rule leaves so; with the way to look at it and to re-activate it."""
    number = sum(1 for _pk in rule.taken_out())
    if not number:
        return None
    said = ngettext(
        "%s archival unit that it means was deactivated by people and stays so.",
        "%s archival units that it means were deactivated by people and stay so.",
        number,
    )
    if rule.title is not None:
        url = f"/titles/{rule.title.pk}/?here={STOPPED}"
    else:
        given = {
            "publisher": rule.publisher.name if rule.publisher else "",
            "platform": rule.plugin_id,
            "set": rule.title_set.pk if rule.title_set else "",
        }
        narrowed = urlencode({key: value for key, value in given.items() if value})
        url = f"/titles/units/?here={STOPPED}&{narrowed}"
    return {"said": said % count_text(number), "url": url}


@require_POST
@role_required(Role.LIBRARIAN)
def keep_subscription(request: HttpRequest) -> HttpResponse:
    form = RuleForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["token"]:
        return _form(request, form, status=422)
    row = services.add_subscription(user=request.user, token=form.cleaned_data["token"], rule=form.rule)
    return HttpResponseRedirect(resolve_url("aus:subscription", pk=row.pk))


@require_safe
@role_required()
def subscription(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(
        Subscription.objects.select_related("publisher", "title__publisher", "title_set", "user"), pk=pk
    )
    actions = []
    if request.user.has_role(Role.LIBRARIAN):
        if row.ended_at is None:
            actions.append(Action(gettext("Change the years"), resolve_url("aus:change-subscription", pk=pk)))
            actions.append(Action(gettext("End it"), resolve_url("aus:end-subscription", pk=pk), post=True))
        if untouched(row).exists():
            actions.append(Action(gettext("Undo"), resolve_url("aus:undo-subscription", pk=pk), post=True))
    facts = [Fact(gettext("Years"), in_words(row.ranges))]
    if row.without:
        facts.append(Fact(gettext("Except"), in_words(row.without)))
    if row.ended_at is not None:
        state = gettext("ended: it selects nothing more")
    elif row.seen_import_at is None and row.version:
        state = gettext("active; the next scan applies the changed years")
    elif row.seen_import_at is None:
        state = gettext("active; the next scan applies it for the first time")
    else:
        state = gettext("active; applied to all that the lists name, and again after each import")
    facts.append(Fact(gettext("State"), state))
    if row.ended_at is None:
        facts.append(Fact(gettext("When it acts"), when_said()))
    context = {
        "head": Head(
            named(row), gettext("A rule of %s") % row.user.display_name, trail=trail(), actions=actions
        ),
        "facts": facts,
        "changes": changes_table(row) if row.version else None,
    }
    return show_list(
        request,
        table=lists_acts.RESULTS,
        rows=results_of_rule(row),
        template="aus/subscription.html",
        context=context,
    )


@require_POST
@role_required(Role.LIBRARIAN)
def end_subscription(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Subscription, pk=pk)
    services.end_subscription(user=request.user, subscription=row)
    notices.leave(request, gettext("The rule selects nothing more. What it selected stays selected."))
    return HttpResponseRedirect(resolve_url("aus:subscription", pk=pk))


@require_POST
@role_required(Role.LIBRARIAN)
def undo_subscription(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(
        Subscription.objects.select_related("publisher", "title__publisher", "title_set"), pk=pk
    )
    back = resolve_url("aus:subscription", pk=pk)
    if not is_confirmed(request):
        number = untouched(row).count()
        said = gettext("%(count)s %(noun)s that only this rule selected are deactivated, and the rule ends.")
        return confirm_page(
            request,
            Confirm(
                title=gettext("Undo the subscription"),
                happens=said % {"count": count_text(number), "noun": lists.au_noun(number)},
                button=gettext("Undo it"),
                back=back,
                stays=gettext(
                    "What somebody else selected too stays selected. Nothing that is preserved is deleted."
                ),
            ),
        )
    try:
        act = services.undo_subscription(user=request.user, subscription=row)
    except SubscriptionError as error:
        notices.leave(request, str(error), tone=Tone.CARE)
        return HttpResponseRedirect(back)
    if act is None:
        notices.leave(request, gettext("The rule is ended. There was nothing that only it had selected."))
        return HttpResponseRedirect(back)
    if act.job is not None:
        jobs.wake(act.job)
    return HttpResponseRedirect(resolve_url("aus:selection", pk=act.selection.pk))
