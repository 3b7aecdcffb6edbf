"""Other nodes: who is known, how to know another one, and what each said and agreed on."""

from django.conf import settings
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import role_required
from apps.accounts.choices import Role
from apps.common import notices
from apps.common.clock import now
from apps.common.display import age, count_text, day_text, moment
from apps.common.lists import show_list
from apps.common.models import Finding
from apps.common.pages import Action, Event, Fact, Head, Link, Vital
from apps.common.parts import status_word
from apps.common.stored import retold
from apps.common.words import Tone
from apps.peers import certificates, services
from apps.peers.choices import AgreementType
from apps.peers.errors import RegistrationCode, RegistrationError
from apps.peers.forms import PeerForm
from apps.peers.lists import AGREEMENTS, PEERS, messages_list
from apps.peers.models import Agreement, Peer
from apps.peers.words import UNPROVED, message_name, peer_word

FORM = "nodes/form_page.html"
MOST_FINDINGS = 10
OF_CERTIFICATE = {RegistrationCode.BAD_CERTIFICATE, RegistrationCode.CERTIFICATE_TAKEN}


@require_safe
@role_required()
def peers(request: HttpRequest) -> HttpResponse:
    may = request.user.has_role(Role.NETWORK)
    actions = [Action(gettext("Who agrees with whom"), "/network/")]
    if may:
        actions.append(Action(gettext("Enter a peer"), "/peers/new/", primary=True))
    head = Head(
        gettext("Peers"), gettext("The other nodes that this one asks, and answers."), actions=actions
    )
    context = {"head": head, "own": _own_facts()}
    return show_list(
        request, table=PEERS, rows=Peer.objects.all(), template="peers/list.html", context=context
    )


def _own_facts() -> list[Fact]:
    """What the people of another node need to know of this one."""
    identity = Fact(gettext("Identity"), format_html("<code>{}</code>", settings.NODE.lcap_identity))
    if not settings.NODE.lcap_tls:
        said = gettext("This network speaks in the clear: nobody's certificate is asked for.")
        return [identity, Fact(gettext("Certificate"), said)]
    pem = _own_certificate()
    if not pem:
        return [
            identity,
            Fact(gettext("Certificate"), gettext("It is made when the node listens for the first time.")),
        ]
    link = format_html('<a href="/peers/own-certificate/" download>{}</a>', gettext("Download it"))
    return [
        identity,
        Fact(
            gettext("Certificate"), link, gettext("Valid until %s.") % day_text(certificates.expires_at(pem))
        ),
        Fact(
            gettext("Fingerprint"),
            format_html("<code>{}</code>", certificates.fingerprint(pem)),
            gettext("SHA-256. Read it to each other on another way than the one the certificate came."),
        ),
    ]


def _own_certificate() -> str:
    file = settings.NODE.keys_dir / "lcap.crt"
    return file.read_text(encoding="ascii") if file.is_file() else ""


@require_safe
@role_required()
def own_certificate(request: HttpRequest) -> HttpResponse:
    pem = _own_certificate()
    if not pem:
        raise Http404
    answer = HttpResponse(pem, content_type="application/x-pem-file")
    answer["Content-Disposition"] = 'attachment; filename="lockss-node.pem"'
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def peer_new(request: HttpRequest) -> HttpResponse:
    # A page that knows of a node which is no peer yet names its identity.
    form = PeerForm(request.POST or None, initial={"identity": request.GET.get("identity", "")[:100]})
    if request.method == "POST" and form.is_valid() and (row := _registered(request, form, new_only=True)):
        said = gettext("%s is entered. It may be asked and answered from now on.")
        if _lacks_certificate(row):
            said = gettext("%s is entered, but without its certificate nobody can speak with it yet.")
        notices.leave(request, said % row, tone=Tone.CARE if _lacks_certificate(row) else Tone.SAFE)
        return HttpResponseRedirect(f"/peers/{row.pk}/")
    head = Head(
        gettext("Enter a peer"),
        gettext("Both sides enter each other: neither listens to a node that it does not know."),
        trail=[Link(gettext("Peers"), "/peers/")],
    )
    context = {"form": form, "head": head, "button": gettext("Enter it")}
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(Role.NETWORK)
def peer_change(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Peer, pk=pk)
    initial = {name: getattr(row, name) for name in ("identity", "name", "certificate", "address")}
    form = PeerForm(request.POST or None, initial=initial, fixed=row.identity)
    if request.method == "POST" and form.is_valid() and _registered(request, form):
        notices.leave(request, gettext("%s is changed.") % row.identity)
        return HttpResponseRedirect(f"/peers/{pk}/")
    head = Head(
        gettext("Change a peer"), trail=[Link(gettext("Peers"), "/peers/"), Link(str(row), f"/peers/{pk}/")]
    )
    context = {"form": form, "head": head, "button": gettext("Save")}
    return TemplateResponse(request, FORM, context, status=422 if form.is_bound else 200)


def _lacks_certificate(row: Peer) -> bool:
    """Over TLS nobody is spoken with whose certificate is not here."""
    return settings.NODE.lcap_tls and not row.certificate


def _registered(request: HttpRequest, form: PeerForm, *, new_only: bool = False) -> Peer | None:
    """The peer as entered; None: the form says why not."""
    try:
        return services.register_peer(user=request.user, new_only=new_only, **form.cleaned_data)
    except RegistrationError as error:
        form.add_error("certificate" if error.code in OF_CERTIFICATE else "identity", error.message)
        return None


@require_POST
@role_required(Role.NETWORK)
def peer_enable(request: HttpRequest, pk: int) -> HttpResponse:
    return _turned(request, pk, enabled=True)


@require_POST
@role_required(Role.NETWORK)
def peer_disable(request: HttpRequest, pk: int) -> HttpResponse:
    return _turned(request, pk, enabled=False)


def _turned(request: HttpRequest, pk: int, *, enabled: bool) -> HttpResponse:
    row = services.set_enabled(peer=get_object_or_404(Peer, pk=pk), enabled=enabled, user=request.user)
    if enabled:
        said = gettext("%s is asked and answered again.")
        if _lacks_certificate(row):
            said = gettext("%s is enabled, but without its certificate nobody can speak with it yet.")
        notices.leave(request, said % row, undo=f"/peers/{pk}/disable/")
    else:
        said = gettext(
            "%s is neither invited nor listened to any more. What it agreed on before stays known."
        )
        notices.leave(request, said % row, undo=f"/peers/{pk}/enable/")
    return HttpResponseRedirect(f"/peers/{pk}/")


@require_safe
@role_required()
def peer(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Peer, pk=pk)
    context = {
        "peer": row,
        "head": _head(request, row),
        "vitals": _vitals(row),
        "facts": _facts(row),
        "messages_list": messages_list(row),
        "events": _findings(row),
    }
    rows = Agreement.objects.filter(peer=row).select_related("au_key__au", "au_key__summary")
    return show_list(request, table=AGREEMENTS, rows=rows, template="peers/peer.html", context=context)


def _head(request: HttpRequest, row: Peer) -> Head:
    actions = []
    if request.user.has_role(Role.NETWORK):
        lacks = _lacks_certificate(row)
        if not lacks:
            actions.append(Action(gettext("Change"), f"/peers/{row.pk}/change/"))
        if row.enabled:
            actions.append(Action(gettext("Disable"), f"/peers/{row.pk}/disable/", post=True))
        else:
            enable = Action(gettext("Enable"), f"/peers/{row.pk}/enable/", primary=not lacks, post=True)
            actions.append(enable)
        if lacks:
            actions.append(Action(gettext("Enter its certificate"), f"/peers/{row.pk}/change/", primary=True))
    return Head(str(row), row.identity, code=True, trail=[Link(gettext("Peers"), "/peers/")], actions=actions)


def _vitals(row: Peer) -> list[Vital]:
    seen = Agreement.objects.filter(peer=row, type=AgreementType.POR)
    found = seen.aggregate(aus=Count("id"), whole=Count("id", filter=Q(last__gte=1)))
    return [
        Vital(age(row.last_message_at), gettext("its last message came")),
        Vital(
            count_text(found["whole"]),
            ngettext(
                "of %s archival unit agreed wholly in our last poll",
                "of %s archival units agreed wholly in our last poll",
                found["aus"],
            )
            % count_text(found["aus"]),
            f"/peers/{row.pk}/?type={AgreementType.POR}",
        ),
        Vital(
            count_text(row.voter_polls),
            ngettext("poll of ours it joined", "polls of ours it joined", row.voter_polls),
        ),
        Vital(
            count_text(row.poller_polls),
            ngettext("poll of its own we joined", "polls of its own we joined", row.poller_polls),
            f"/polls/votes/?peer={row.pk}",
        ),
    ]


def _facts(row: Peer) -> list[Fact]:
    word = peer_word(enabled=row.enabled, last_message_at=row.last_message_at, at=now())
    certificate = (
        format_html("<code>{}</code>", row.fingerprint) if row.fingerprint else status_word(UNPROVED)
    )
    missing = ""
    if _lacks_certificate(row):
        missing = gettext(
            "Ask its people for their certificate, enter it here, and give them that of this node, which the page "
            "of peers offers."
        )
    facts = [
        Fact(gettext("State"), status_word(word)),
        Fact(gettext("Known by"), row.get_source_display()),
        Fact(gettext("Certificate"), certificate, gettext("SHA-256 of it") if row.fingerprint else missing),
        Fact(gettext("Address"), row.address or gettext("that of its identity")),
        Fact(gettext("Groups"), ", ".join(row.groups) or "–"),
        Fact(gettext("Messages"), count_text(row.message_count)),
        Fact(gettext("Last one"), message_name(row.last_opcode)),
        Fact(gettext("Reached"), moment(row.last_connect_at)),
        Fact(gettext("Invited"), count_text(row.invitations)),
        Fact(gettext("Declined"), count_text(row.rejected_polls)),
    ]
    if row.last_error:
        facts.append(Fact(gettext("Last trouble"), retold(row.last_error), age(row.last_error_at)))
    return facts


def _findings(row: Peer) -> list[Event]:
    found = Finding.objects.filter(subject=f"peer:{row.identity}", resolved_at=None).order_by("-id")
    tones = {"info": Tone.IDLE, "warning": Tone.CARE, "error": Tone.HARM}
    return [
        Event(one.last_at, tones[one.severity], retold(one.message), one.code)
        for one in found[:MOST_FINDINGS]
    ]
