"""What network administrators do to a member: decide, and write down its people, nodes, agreements and documents."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.pages import Action, Confirm, Head, Link, confirm_page, is_confirmed
from apps.network import services
from apps.network.forms import (
    ChangeContactForm,
    ChangeNodeForm,
    ChangeTermsForm,
    ClaimForm,
    DecisionForm,
    NewContactForm,
    NewNodeForm,
    NewTermsForm,
    PapersForm,
)
from apps.network.models import Member, MemberContact, MemberNode, Membership
from apps.network.views import form_page, page_of, show_member, trail, tried
from apps.peers.models import Peer


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Member, pk=pk)
    head = Head(
        gettext("A decision about %s") % row.name,
        gettext("An adopted decision changes what the member is from that day on."),
        trail=trail(row),
    )
    return _decide(request, head, row, page_of(row))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def decision_new(request: HttpRequest) -> HttpResponse:
    """About no member: a charter, a fee, a rule. Who is admitted is decided on the member's page."""
    head = Head(
        gettext("A decision about the network"),
        gettext("Who is admitted or excluded is decided on the member's page."),
        trail=[*trail()[:1], Link(gettext("Decisions"), "/network/decisions/")],
    )
    return _decide(request, head, None, "/network/decisions/")


def _decide(request: HttpRequest, head: Head, member: Member | None, back: str) -> HttpResponse:
    form = DecisionForm(request.POST or None, request.FILES or None, member=member)
    if request.method == "POST" and tried(
        form,
        lambda: services.decide(
            user=request.user,
            said=form.said(),
            member=member,
            version=form.cleaned_data["version"] or 0,
            uploads=form.cleaned_data["documents"],
            request_key=form.cleaned_data["request_key"],
        ),
    ):
        notices.leave(request, gettext("The decision is on record."))
        return HttpResponseRedirect(back)
    return form_page(request, form, head, gettext("Put it on record"))


def _added(request: HttpRequest, row: Member, form, name: str, act, said: str) -> HttpResponse:
    """Back to the member's page, or the page with what is wrong in its form."""
    if tried(form, act):
        notices.leave(request, said)
        return HttpResponseRedirect(page_of(row))
    return show_member(request, row, status=422, **{name: form})


def _entered(request: HttpRequest, row: Member, form, add, said: str) -> HttpResponse:
    def act():
        key = form.cleaned_data["request_key"]
        return add(member=row, user=request.user, said=form.said(), request_key=key)

    return _added(request, row, form, f"{form.prefix}_form", act, said)


@require_POST
@role_required(Role.NETWORK)
def contact_add(request: HttpRequest, pk: int) -> HttpResponse:
    form = NewContactForm(request.POST, prefix="contact")
    row = get_object_or_404(Member, pk=pk)
    return _entered(request, row, form, services.add_contact, gettext("The contact is entered."))


@require_POST
@role_required(Role.NETWORK)
def node_add(request: HttpRequest, pk: int) -> HttpResponse:
    form = NewNodeForm(request.POST, prefix="node")
    row = get_object_or_404(Member, pk=pk)
    return _entered(request, row, form, services.add_node, gettext("The node is the member's now."))


@require_POST
@role_required(Role.NETWORK)
def membership_add(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Member, pk=pk)
    form = NewTermsForm(request.POST, request.FILES, prefix="terms")

    def act():
        data = form.cleaned_data
        return services.add_membership(
            member=row,
            user=request.user,
            said=form.said(),
            uploads=data["documents"],
            request_key=data["request_key"],
        )

    return _added(request, row, form, "terms_form", act, gettext("The agreement is entered."))


@require_POST
@role_required(Role.NETWORK)
def papers_add(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Member, pk=pk)
    form = PapersForm(request.POST, request.FILES)

    def act():
        uploads = form.cleaned_data["documents"]
        return services.add_papers(user=request.user, uploads=uploads, member=row)

    return _added(request, row, form, "papers_form", act, gettext("The documents are kept."))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def contact_change(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(MemberContact.objects.select_related("member"), pk=pk)
    form = ChangeContactForm(request.POST or None, initial=ChangeContactForm.initial_of(row))
    if request.method == "POST" and tried(
        form,
        lambda: services.change_contact(
            contact=row, version=form.cleaned_data["version"], user=request.user, said=form.said()
        ),
    ):
        notices.leave(request, gettext("The contact is changed."))
        return HttpResponseRedirect(page_of(row.member))
    head = Head(gettext("Change a contact"), trail=trail(row.member))
    return form_page(request, form, head, gettext("Save"))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def contact_erase(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(MemberContact.objects.select_related("member"), pk=pk)
    if is_confirmed(request):
        services.erase_contact(contact=row, user=request.user)
        notices.leave(request, gettext("Name and address are erased. That they were is on record."))
        return HttpResponseRedirect(page_of(row.member))
    confirm = Confirm(
        gettext("Erase the personal data of this contact?"),
        gettext("The name and the e-mail address of “%s” are erased and cannot be brought back.")
        % (row.name or gettext("a contact")),
        gettext("Erase them"),
        page_of(row.member),
        stays=gettext("What role it was, that it was erased, when and by whom, stays on record."),
    )
    return confirm_page(request, confirm)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def node_claim(request: HttpRequest) -> HttpResponse:
    """``peer``: the number of a peer that is somebody's."""
    form = ClaimForm(request.POST or None, initial=_of_peer(request.GET.get("peer", "")))

    def act():
        data = form.cleaned_data
        key = data["request_key"]
        return services.add_node(member=data["member"], user=request.user, said=form.said(), request_key=key)

    if request.method == "POST" and (row := tried(form, act)):
        said = gettext("%(node)s is a node of “%(member)s” now.")
        notices.leave(request, said % {"node": row, "member": row.member.name})
        return HttpResponseRedirect("/network/nodes/")
    head = Head(
        gettext("Say whose a node is"),
        trail=[*trail()[:1], Link(gettext("Nodes and peers"), "/network/nodes/")],
    )
    return form_page(request, form, head, gettext("Enter it"))


def _of_peer(number: str) -> dict:
    known = number.isascii() and number.isdigit() and len(number) < 19
    peer = Peer.objects.filter(pk=int(number)).first() if known else None
    return {"identity": peer.identity, "name": peer.name} if peer else {}


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def node_change(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(MemberNode.objects.select_related("member"), pk=pk)
    initial = {**ChangeNodeForm.initial_of(row), "member": row.member_id}
    form = ChangeNodeForm(request.POST or None, initial=initial)

    def act():
        data = form.cleaned_data
        return services.change_node(
            node=row, version=data["version"], user=request.user, member=data["member"], said=form.said()
        )

    if request.method == "POST" and (changed := tried(form, act)):
        notices.leave(request, gettext("%s is changed.") % changed)
        return HttpResponseRedirect(page_of(changed.member))
    head = Head(
        gettext("Change a node"),
        trail=trail(row.member),
        actions=[Action(gettext("Take it from the member"), f"/network/nodes/{pk}/remove/")],
    )
    return form_page(request, form, head, gettext("Save"))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def node_remove(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(MemberNode.objects.select_related("member"), pk=pk)
    if is_confirmed(request):
        services.remove_node(node=row, user=request.user)
        notices.leave(request, gettext("%s is nobody's node any more.") % row)
        return HttpResponseRedirect(page_of(row.member))
    confirm = Confirm(
        gettext("Take this node from the member?"),
        gettext("%(node)s is no longer said to be a node of “%(member)s”.")
        % {"node": row, "member": row.member.name},
        gettext("Take it away"),
        page_of(row.member),
        stays=gettext("The peer stays as it is: disable it on its own page if it should be silent."),
    )
    return confirm_page(request, confirm)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def membership_change(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Membership.objects.select_related("member"), pk=pk)
    form = ChangeTermsForm(request.POST or None, initial=ChangeTermsForm.initial_of(row))
    if request.method == "POST" and tried(
        form,
        lambda: services.change_membership(
            membership=row, version=form.cleaned_data["version"], user=request.user, said=form.said()
        ),
    ):
        notices.leave(request, gettext("The agreement is changed."))
        return HttpResponseRedirect(page_of(row.member))
    head = Head(gettext("Change an agreement of membership"), trail=trail(row.member))
    return form_page(request, form, head, gettext("Save"))
