"""The parts of a member's and a decision's page."""

from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils.html import format_html
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.acts import said as act_said
from apps.accounts.models import AuditEvent
from apps.common.display import NOTHING, day_text
from apps.common.lists import Column, Page, cells, small_list
from apps.common.pages import Event, Fact, Need
from apps.common.parts import status_word
from apps.common.words import Tone
from apps.network.choices import Difference, MemberState
from apps.network.lists import advice, decision_state, different, own_identity
from apps.network.models import Decision, KnownNode, Member, Paper
from apps.network.words import DIFFERENCES, MEMBERS, SAME
from apps.peers.lists import state_cell

MOST_EVENTS = 50
MOST_NEEDS = 20


def facts(row: Member) -> list[Fact]:
    found = [
        Fact(gettext("State"), status_word(MEMBERS[MemberState(row.state)])),
        Fact(gettext("Applied on"), day_text(row.applied_on)),
    ]
    if row.admitted_on:
        found.append(Fact(gettext("Admitted on"), day_text(row.admitted_on)))
    if row.closed_on:
        label = gettext("Left on") if row.state == MemberState.LEFT else gettext("Excluded on")
        found.append(Fact(label, day_text(row.closed_on)))
    if row.country:
        found.append(Fact(gettext("Country"), row.country))
    if row.web:
        found.append(Fact(gettext("Web site"), _outward(row.web)))
    if row.isil:
        found.append(Fact("ISIL", format_html("<code>{}</code>", row.isil)))
    if row.ror:
        found.append(Fact("ROR", _outward(f"https://ror.org/{row.ror}")))
    if row.notes:
        found.append(Fact(gettext("Notes"), row.notes))
    return found


def _outward(address: str):
    return format_html('<a href="{}" rel="noreferrer">{}</a>', address, address)


def nodes_list(row: Member, *, writes: bool) -> Page:
    def named(one: KnownNode):
        page = f"/network/nodes/{one.node_id}/change/" if writes else f"/peers/{one.peer_id}/"
        note = one.identity if one.name else ""
        if not writes and not one.peer_id:
            return cells.text(one.name or one.identity, note)
        return cells.link(one.name or one.identity, page, note)

    def state(one: KnownNode):
        if one.identity == own_identity():
            return cells.text(gettext("this node itself"))
        return cells.status(DIFFERENCES[Difference(one.difference)] if one.difference else SAME)

    rows = KnownNode.objects.filter(member=row).select_related("peer", "node", "member").order_by("node_id")
    return small_list(
        "member-nodes",
        gettext("Its nodes"),
        (
            Column("node", _("Node"), named),
            Column("known", _("Known"), state),
            Column(
                "peer",
                _("As a peer"),
                lambda one: state_cell(one.peer) if one.peer else cells.text("–"),
                priority=2,
            ),
        ),
        rows,
    )


def memberships_list(row: Member, *, writes: bool) -> Page:
    def named(one):
        said = one.name
        return cells.link(said, f"/network/agreements/{one.pk}/change/") if writes else cells.text(said)

    return small_list(
        "memberships",
        gettext("Agreements of membership"),
        (
            Column("name", pgettext_lazy("contract", "Agreement"), named),
            Column("edition", _("Version"), lambda one: one.edition or "–"),
            Column("signed", _("Signed"), lambda one: cells.day(one.signed_on)),
            Column("starts", _("From"), lambda one: cells.day(one.starts), priority=2),
            Column(
                "ends",
                _("To"),
                lambda one: cells.day(one.ends) if one.ends else cells.text(gettext("no end")),
                priority=2,
            ),
        ),
        row.memberships.order_by("-starts", "-id"),
    )


def papers_list(rows: QuerySet[Paper], *, open_to: bool) -> Page:
    def name(one: Paper):
        return cells.link(one.name, f"/network/papers/{one.pk}/") if open_to else cells.text(one.name)

    return small_list(
        "papers",
        gettext("Documents"),
        (
            Column("name", _("Document"), name),
            Column("of", _("Of"), _paper_of, priority=2),
            Column("size", _("Size"), lambda one: cells.size(one.size), numeric=True, priority=2),
            Column("by", _("Added"), lambda one: cells.day(one.added_at, str(one.added_by or ""))),
            Column("sha256", _("SHA-256"), lambda one: cells.code(one.sha256), priority=3),
        ),
        rows.select_related("added_by", "membership", "decision").order_by("id"),
    )


def _paper_of(one: Paper) -> str:
    if one.membership:
        return str(one.membership)
    return str(one.decision) if one.decision else gettext("the member")


def decisions_list(row: Member) -> Page:
    return small_list(
        "decisions",
        gettext("Decisions"),
        (
            Column("on", _("Decided on"), lambda one: cells.day(one.decided_on)),
            Column(
                "what",
                _("Decision"),
                lambda one: cells.link(str(one.get_kind_display()), f"/network/decisions/{one.pk}/"),
            ),
            Column("state", _("State"), decision_state),
            Column("body", _("By whose decision"), lambda one: cells.text(one.body, ", ".join(one.deciders))),
        ),
        row.decisions.order_by("-decided_on", "-id"),
    )


def decision_facts(row: Decision) -> list[Fact]:
    about = (
        format_html('<a href="/network/members/{}/">{}</a>', row.member_id, row.member)
        if row.member
        else gettext("the network")
    )
    return [
        Fact(gettext("About"), about),
        Fact(gettext("Kind"), row.get_kind_display()),
        Fact(gettext("State"), decision_state(row).html),
        Fact(gettext("Decided on"), day_text(row.decided_on)),
        Fact(gettext("By whose decision"), row.body),
        Fact(gettext("Who decided"), ", ".join(row.deciders) or NOTHING),
        Fact(gettext("Put on record"), day_text(row.entered_at), str(row.entered_by or "")),
    ]


def needs(*, writes: bool) -> list[Need]:
    """Differences between the two ways of knowing the network, the most urgent first."""
    whens = [When(difference=kind, then=Value(rank)) for rank, kind in enumerate(Difference)]
    urgency = Case(*whens, output_field=IntegerField())
    return [_need(row, writes=writes) for row in different().order_by(urgency, "identity")[:MOST_NEEDS]]


def needs_of(row: Member, *, writes: bool) -> list[Need]:
    return [_need(one, writes=writes) for one in different().filter(member=row).order_by("identity")]


def _need(row: KnownNode, *, writes: bool) -> Need:
    said = advice(row)
    return Need(
        word=status_word(DIFFERENCES[Difference(row.difference)]),
        subject=row.name or row.identity,
        url=f"/peers/{row.peer_id}/" if row.peer_id else f"/network/members/{row.member_id}/",
        cause=said.sentence,
        action=said.action if writes else None,
    )


def history(row: Member) -> list[Event]:
    found = AuditEvent.objects.filter(subject=f"member:{row.pk}").order_by("-id")[:MOST_EVENTS]
    return [
        Event(one.at, Tone.IDLE, ": ".join((one.username or gettext("the node"), f"{act_said(one.action)}.")))
        for one in found
    ]
