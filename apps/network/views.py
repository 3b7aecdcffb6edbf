"""Members and decisions: everybody who is signed in sees them, network administrators write them down."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.forms import Form
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.lists import show_list
from apps.common.pages import Action, Head, Link
from apps.network import lists, panels, services
from apps.network.choices import MemberState
from apps.network.forms import (
    ChangeMemberForm,
    NewContactForm,
    NewMemberForm,
    NewNodeForm,
    NewTermsForm,
    PapersForm,
)
from apps.network.models import Decision, Member, Paper

FORM = "nodes/form_page.html"
LIST = "nodes/list_page.html"


def writes(request: HttpRequest) -> bool:
    return request.user.has_role(Role.NETWORK)


def page_of(row: Member) -> str:
    return f"/network/members/{row.pk}/"


def trail(member: Member | None = None) -> list[Link]:
    found = [Link(gettext("Network"), "/network/"), Link(gettext("Members"), "/network/members/")]
    return [*found, Link(member.name, page_of(member))] if member else found


def tried(form: Form, act: Callable[[], Any]) -> Any:
    """What the service gives, or None: the form says why not."""
    if not form.is_valid():
        return None
    try:
        return act()
    except ValidationError as error:
        named = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
        for field, said in named.items():
            form.add_error(field if field in form.fields else None, said)
        return None


def form_page(request: HttpRequest, form: Form, head: Head, button: str) -> HttpResponse:
    context = {"form": form, "head": head, "button": button}
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)


@require_safe
@role_required()
def members(request: HttpRequest) -> HttpResponse:
    actions = [
        Action(gettext("Nodes and peers"), "/network/nodes/"),
        Action(gettext("Decisions"), "/network/decisions/"),
    ]
    if writes(request):
        actions.append(Action(gettext("Enter a member"), "/network/members/new/", primary=True))
    head = Head(
        gettext("Members"),
        gettext("The institutions of the network, as people know them."),
        trail=trail()[:1],
        actions=actions,
    )
    return show_list(
        request,
        table=lists.MEMBERS_TABLE,
        rows=lists.members(),
        template=LIST,
        context={"head": head},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def member_new(request: HttpRequest) -> HttpResponse:
    form = NewMemberForm(request.POST or None)
    if request.method == "POST" and (
        row := tried(
            form,
            lambda: services.register_member(
                user=request.user, said=form.said(), request_key=form.cleaned_data["request_key"]
            ),
        )
    ):
        notices.leave(request, gettext("“%s” is entered as applicant.") % row.name)
        return HttpResponseRedirect(page_of(row))
    head = Head(
        gettext("Enter a member"),
        gettext("It is entered as an applicant; a decision admits it."),
        trail=trail(),
    )
    return form_page(request, form, head, gettext("Enter it"))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def member_change(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Member, pk=pk)
    form = ChangeMemberForm(request.POST or None, initial=ChangeMemberForm.initial_of(row))
    if request.method == "POST" and tried(
        form,
        lambda: services.change_member(
            member=row, version=form.cleaned_data["version"], user=request.user, said=form.said()
        ),
    ):
        notices.leave(request, gettext("“%s” is changed.") % form.cleaned_data["name"])
        return HttpResponseRedirect(page_of(row))
    return form_page(request, form, Head(gettext("Change a member"), trail=trail(row)), gettext("Save"))


@require_safe
@role_required()
def member(request: HttpRequest, pk: int) -> HttpResponse:
    return show_member(request, get_object_or_404(Member, pk=pk))


def show_member(request: HttpRequest, row: Member, status: int = 200, **wrong: Form) -> HttpResponse:
    """``wrong``: the forms of this page that could not be taken, by their names."""
    may = writes(request)
    context = {
        "head": _head(row, may=may),
        "member": row,
        "writes": may,
        "needs": panels.needs_of(row, writes=may),
        "facts": panels.facts(row),
        "nodes": panels.nodes_list(row, writes=may),
        "memberships": panels.memberships_list(row, writes=may),
        "papers": panels.papers_list(row.papers.all(), open_to=may),
        "decisions": panels.decisions_list(row),
        "contacts": row.contacts.order_by("erased_at", "id"),
        "events": panels.history(row),
    }
    if may:
        context |= {
            "node_form": NewNodeForm(prefix="node"),
            "contact_form": NewContactForm(prefix="contact"),
            "terms_form": NewTermsForm(prefix="terms"),
            "papers_form": PapersForm(),
            **wrong,
        }
    return TemplateResponse(request, "network/member.html", context, status=status)


def _head(row: Member, *, may: bool) -> Head:
    page = page_of(row)
    word = gettext("Decide about it") if row.state != MemberState.APPLIED else gettext("Admit by a decision")
    actions = [
        Action(gettext("Change"), f"{page}change/"),
        Action(word, f"{page}decide/", primary=True),
    ]
    return Head(row.name, row.short_name, trail=trail(), actions=actions if may else [])


@require_safe
@role_required()
def decisions(request: HttpRequest) -> HttpResponse:
    actions = [Action(pgettext("button", "Put on record"), "/network/decisions/new/", primary=True)]
    head = Head(
        gettext("Decisions"),
        gettext("What the network decided, by whom and when. Nothing of it is ever deleted."),
        trail=trail()[:1],
        actions=actions if writes(request) else [],
    )
    return show_list(
        request, table=lists.DECISIONS, rows=lists.decisions(), template=LIST, context={"head": head}
    )


@require_safe
@role_required()
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Decision.objects.select_related("member", "entered_by"), pk=pk)
    head = Head(
        str(row.get_kind_display()).capitalize(),
        row.member.name if row.member else gettext("About the network"),
        trail=[*trail()[:1], Link(gettext("Decisions"), "/network/decisions/")],
    )
    context = {
        "head": head,
        "decision": row,
        "facts": panels.decision_facts(row),
        "papers": panels.papers_list(row.papers.all(), open_to=writes(request)),
        "writes": writes(request),
    }
    return TemplateResponse(request, "network/decision.html", context)


@require_safe
@role_required(Role.NETWORK)
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """Never shown inside the portal: a document is an upload, and could be a page."""
    row = get_object_or_404(Paper, pk=pk)
    try:
        file = services.paper_path(row).open("rb")
    except (ValueError, OSError):
        raise Http404 from None
    response = FileResponse(
        file, as_attachment=True, filename=row.name, content_type="application/octet-stream"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


@require_safe
@role_required()
def nodes(request: HttpRequest) -> HttpResponse:
    actions = [Action(gettext("Members"), "/network/members/"), Action(gettext("Peers"), "/peers/")]
    if writes(request):
        actions.append(Action(gettext("Say whose a node is"), "/network/nodes/claim/"))
    head = Head(
        gettext("Nodes and peers"),
        gettext("What members say is theirs, beside the peers that this node speaks with."),
        trail=trail()[:1],
        actions=actions,
    )
    context = {"head": head, "needs": panels.needs(writes=writes(request))}
    return show_list(
        request,
        table=lists.known_nodes_for(request.user),
        rows=lists.known_nodes(),
        template="network/nodes.html",
        context=context,
    )
