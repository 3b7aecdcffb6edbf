"""The lists of peers, of what they agreed on, and of their messages."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from apps.common.clock import now
from apps.common.display import percent_text
from apps.common.lists import Cell, Choice, Column, Flag, Page, Search, Table, cells, small_list
from apps.common.pages import Action, Empty
from apps.common.stored import retold
from apps.common.words import Tone
from apps.peers.choices import AgreementType, MessageState, PeerSource
from apps.peers.models import Agreement, InboundMessage, OutboundMessage, Peer
from apps.peers.proof_age import is_outdated, oldest_proof
from apps.peers.words import UNPROVED, message_name, peer_word

RECENT_MESSAGES = 15


def state_cell(peer: Peer) -> Cell:
    lacking = settings.NODE.lcap_tls and not peer.certificate
    note = str(UNPROVED.label) if lacking else ""
    word = peer_word(enabled=peer.enabled, last_message_at=peer.last_message_at, at=now())
    return cells.status(word, note)


PEERS = Table(
    name="peers",
    caption=_("Peers"),
    columns=(
        Column(
            "name",
            _("Peer"),
            lambda peer: cells.link(str(peer), f"/peers/{peer.pk}/", peer.identity),
            sort="name",
        ),
        Column("state", _("State"), state_cell),
        Column(
            "heard",
            _("Last message"),
            lambda peer: cells.age(peer.last_message_at),
            sort="last_message_at",
            descending_first=True,
            priority=2,
        ),
        Column(
            "ours",
            _("Joined our polls"),
            lambda peer: cells.count(peer.voter_polls),
            sort="voter_polls",
            numeric=True,
            priority=2,
        ),
        Column(
            "its",
            _("Its polls"),
            lambda peer: cells.count(peer.poller_polls),
            sort="poller_polls",
            numeric=True,
            priority=3,
        ),
        Column(
            "declined",
            _("Declined"),
            lambda peer: cells.count(peer.rejected_polls),
            sort="rejected_polls",
            numeric=True,
            priority=3,
        ),
        Column("source", _("Known by"), lambda peer: peer.get_source_display(), priority=3),
    ),
    filters=(
        Flag("enabled", _("Enabled"), Q(enabled=True)),
        Flag("certificate", _("With certificate"), ~Q(certificate="")),
        Choice("source", _("Known by"), "source", PeerSource.choices),
    ),
    search=Search(("name", "identity", "address"), label=_("Name or address")),
    sort="name",
    noun=lambda n: ngettext("peer", "peers", n),
    empty=Empty(
        _("No other node is known yet"),
        _(
            "A copy is safe when others can say whether it is still right. Hand this node's identity and certificate to "
            "another node's people, and enter theirs here."
        ),
        Action(_("Enter a peer"), "/peers/new/"),
    ),
)


@dataclass(frozen=True, slots=True)
class AgreementRow:
    row: Agreement

    @property
    def au(self):
        """The AU of the catalogue; None where only its content is known here."""
        return getattr(self.row.au_key, "au", None)


def _unit(one: AgreementRow) -> Cell:
    if one.au is None:
        return cells.code(one.row.au_key.auid)
    return cells.link(one.au.name, f"/aus/{one.au.slug}/")


def value_cell(value: float, note: str = "", *, at: dt.datetime | None = None) -> Cell:
    """An agreement, green only where it is whole, and ``at``, where that is given, not too old to prove anything."""
    tone = Tone.SAFE if value >= 1 else Tone.HARM
    if at is not None and at < oldest_proof(now()):
        tone = Tone.CARE if value >= 1 else Tone.HARM
        note = ", ".join(said for said in (note, gettext("not proved lately")) if said)
    return Cell(cells.toned(tone, percent_text(value, 1), note).html, value)


def is_before_damage(row: Agreement) -> bool:
    """It was found before damage was found here, and says nothing of what is stored now."""
    summary = getattr(row.au_key, "summary", None)
    return summary is not None and is_outdated(row.last_at, summary.last_damage_at)


def last_cell(row: Agreement) -> Cell:
    """The last agreement, green only where it holds still."""
    if row.last >= 1 and is_before_damage(row):
        return cells.percent(row.last, 1)
    return value_cell(row.last, at=row.last_at)


def compared_with(row: Agreement) -> str:
    return gettext("our copy before the damage here") if is_before_damage(row) else gettext("our copy")


AGREEMENTS = Table(
    name="agreements",
    caption=_("What it agreed on"),
    columns=(
        Column("au", _("Archival unit"), _unit),
        Column("last", _("Agreed by"), lambda one: last_cell(one.row)),
        Column("with", _("Compared with"), lambda one: compared_with(one.row), priority=2),
        Column("at", _("When"), lambda one: cells.age(one.row.last_at), priority=2),
        # Three comparisons of one AU differ by it alone: it never falls away.
        Column("type", _("In"), lambda one: one.row.get_type_display()),
        Column(
            "highest", _("At best"), lambda one: cells.percent(one.row.highest, 1), numeric=True, priority=3
        ),
    ),
    filters=(
        Choice("type", _("In"), "type", AgreementType.choices),
        Flag("whole", _("Agrees wholly"), Q(last__gte=1)),
    ),
    sort="",
    prepare=lambda rows: [AgreementRow(row) for row in rows],
    noun=lambda n: ngettext("comparison", "comparisons", n),
    empty=Empty(
        _("Nothing was compared with it yet"),
        _(
            "As soon as it votes in a poll of ours, or we in one of its polls, it is told here how far the copies agree."
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class MessageRow:
    at: dt.datetime
    outward: bool
    name: str
    state: str
    size: int
    error: str


STATE_TONES = {
    MessageState.WAITING: Tone.IDLE,
    MessageState.DONE: Tone.SAFE,
    MessageState.REFUSED: Tone.HARM,
    MessageState.EXPIRED: Tone.CARE,
}


def messages_list(peer: Peer) -> Page:
    """The newest messages of both directions."""
    rows = [
        MessageRow(m.created_at, outward, message_name(m.opcode), m.state, m.size, m.error)
        for model, outward in ((InboundMessage, False), (OutboundMessage, True))
        for m in model.objects.filter(peer=peer).order_by("-id").defer("body")[:RECENT_MESSAGES]
    ]
    rows.sort(key=lambda row: row.at, reverse=True)
    return small_list(
        "messages",
        gettext("Last messages"),
        (
            Column("at", _("When"), lambda row: cells.age(row.at)),
            # Without the way the same message stands there twice.
            Column("way", _("Way"), lambda row: gettext("to it") if row.outward else gettext("from it")),
            Column("what", _("What"), lambda row: row.name),
            Column("state", _("State"), _message_state),
            Column("size", _("Size"), lambda row: cells.size(row.size), numeric=True, priority=3),
        ),
        rows[:RECENT_MESSAGES],
        empty=Empty(gettext("No message yet"), gettext("Nothing has been exchanged with it so far.")),
    )


def _message_state(row: MessageRow) -> Cell:
    state = MessageState(row.state)
    said = gettext("sent") if row.outward and state == MessageState.DONE else str(state.label)
    return cells.toned(STATE_TONES[state], said, retold(row.error))
