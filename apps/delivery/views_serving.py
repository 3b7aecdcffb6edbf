"""Who may read what: the list of what was said, and the page of the network, a publisher, a title, an AU."""

from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.aus.models import Au
from apps.common import notices
from apps.common.lists import show_list
from apps.common.pages import Action, Head, Link
from apps.common.text import shortened
from apps.delivery import panels
from apps.delivery.forms import RuleForm, TriggerForm
from apps.delivery.lists import RULES, event_state, rules
from apps.delivery.services.ruling import Where, rule_at, set_rule
from apps.delivery.services.triggering import PROPOSING, open_event
from apps.repository.models import AuSummary
from apps.titles.models import Publisher, Title

PAGE = "delivery/place.html"


def told_by(form: Form, error: ValidationError) -> None:
    """What a service refused, at the fields it names; what it names and the form has not stands above."""
    named: dict[str, Any] = (
        error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    )
    for field, said in named.items():
        form.add_error(field if field in form.fields else None, said)


@require_safe
@role_required()
def serving(request: HttpRequest) -> HttpResponse:
    knows = request.user.has_role(Role.LIBRARIAN, Role.NETWORK)
    head = Head(
        gettext("Serving"),
        gettext("Who may read what is preserved here, who said so, and since when."),
        trail=[Link(gettext("Permissions"), "/permissions/")],
        actions=[
            *([Action(gettext("Own readers"), "/serving/readers/")] if knows else []),
            Action(gettext("Trigger events"), "/serving/triggers/"),
            Action(gettext("The network's rule"), "/serving/network/", primary=True),
        ],
    )
    return show_list(
        request, table=RULES, rows=rules(), template="nodes/list_page.html", context={"head": head}
    )


def _publisher(pk: int) -> Publisher:
    return get_object_or_404(Publisher, pk=pk)


def _title(pk: int) -> Title:
    return get_object_or_404(Title.objects.select_related("publisher"), pk=pk)


def _au(slug: str) -> Au:
    return get_object_or_404(Au.objects.select_related("publisher", "title__publisher"), slug=slug)


@require_safe
@role_required()
def of_network(request: HttpRequest) -> HttpResponse:
    return show(request, None)


@require_safe
@role_required()
def of_publisher(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, _publisher(pk))


@require_safe
@role_required()
def of_title(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, _title(pk))


@require_safe
@role_required()
def of_au(request: HttpRequest, slug: str) -> HttpResponse:
    return show(request, _au(slug))


@require_POST
@role_required(Role.NETWORK)
def say_of_network(request: HttpRequest) -> HttpResponse:
    return _say(request, None)


@require_POST
@role_required(Role.NETWORK)
def say_of_publisher(request: HttpRequest, pk: int) -> HttpResponse:
    return _say(request, _publisher(pk))


@require_POST
@role_required(Role.NETWORK)
def say_of_title(request: HttpRequest, pk: int) -> HttpResponse:
    return _say(request, _title(pk))


@require_POST
@role_required(Role.NETWORK)
def say_of_au(request: HttpRequest, slug: str) -> HttpResponse:
    return _say(request, _au(slug))


def the_title(pk: int) -> Title:
    """For what else is done at a title."""
    return _title(pk)


def the_au(slug: str) -> Au:
    return _au(slug)


def _say(request: HttpRequest, where: Where) -> HttpResponse:
    form = RuleForm(request.POST)
    if form.is_valid():
        try:
            set_rule(where=where, rule=form.rule(), version=form.cleaned_data["version"], user=request.user)
        except ValidationError as error:
            told_by(form, error)
        else:
            notices.leave(request, gettext("It is saved, and counts from now on."))
            return HttpResponseRedirect(panels.page_at(where))
    return show(request, where, status=422, form=form)


def show(request: HttpRequest, where: Where, status: int = 200, **wrong: Form) -> HttpResponse:
    """``wrong``: the forms of this page that could not be taken, by their names."""
    writes = request.user.has_role(Role.NETWORK)
    row = rule_at(where)
    name = gettext("the network") if where is None else shortened(where.name)
    context: dict[str, Any] = {
        "head": Head(gettext("Serving: %s") % name, _identity(where), trail=panels.trail_at(where)),
        "levels": panels.levels(where),
        "say": f"{panels.page_at(where)}say/",
        "form": RuleForm.of(row) if writes else None,
    }
    if isinstance(where, Au):
        held = AuSummary.objects.filter(au_key=where.pk, urls__gt=0).exists()
        own, others = panels.reading(where, held=held)
        context |= {"own": own, "others": others, "learnt": panels.learnt(where)}
    if isinstance(where, Au | Title):
        event = open_event(where)
        context |= {
            "event": event,
            "event_state": event_state(event) if event else "",
            "trigger": TriggerForm(prefix="trigger")
            if event is None and request.user.has_role(*PROPOSING)
            else None,
            "propose": f"{panels.page_at(where)}trigger/",
            "triggers": True,
        }
    return TemplateResponse(request, PAGE, context | wrong, status=status)


def _identity(where: Where) -> str:
    if where is None:
        return gettext("What is said here holds for everything of which nothing nearer is said.")
    if isinstance(where, Publisher):
        return gettext("What is said here holds for all its titles of which nothing nearer is said.")
    return shortened(where.publisher.name) if where.publisher is not None else ""
