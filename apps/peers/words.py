"""Peers in words."""

import datetime as dt

from django.utils.translation import gettext_lazy as _

from apps.common.words import Tone, Word
from apps.lockss.lcap.messages import Opcode

HEARD = Word("peer-heard", Tone.SAFE, _("Heard from"), _("A message of this peer came within the last day."))
SILENT = Word(
    "peer-silent", Tone.CARE, _("Silent"), _("It sent something before, but nothing within the last day.")
)
UNHEARD = Word("peer-unheard", Tone.IDLE, _("Not met yet"), _("Nothing has come from this peer yet."))
DISABLED = Word(
    "peer-disabled",
    Tone.IDLE,
    _("Disabled"),
    _("Somebody here closed the door to it: it is neither invited nor listened to."),
)
UNPROVED = Word(
    "peer-without-certificate",
    Tone.CARE,
    _("No certificate"),
    _(
        "Without a certificate nobody can speak in its name over TLS. Enter the one that its people handed over."
    ),
)
MESSAGES = {
    Opcode.POLL: _("invitation to a poll"),
    Opcode.POLL_ACK: _("answer to an invitation"),
    Opcode.POLL_PROOF: _("start of a vote"),
    Opcode.NOMINATE: _("names of other peers"),
    Opcode.VOTE_REQUEST: _("request for a vote"),
    Opcode.VOTE: _("vote"),
    Opcode.REPAIR_REQUEST: _("request for a repair"),
    Opcode.REPAIR_REPLY: _("repair"),
    Opcode.EVALUATION_RECEIPT: _("what a poll found"),
    Opcode.NO_OP: _("sign of life"),
}
# A peer that votes speaks at least this often.
LATELY = dt.timedelta(days=1)
ALL = (HEARD, SILENT, UNHEARD, DISABLED, UNPROVED)


def peer_word(*, enabled: bool, last_message_at: dt.datetime | None, at: dt.datetime) -> Word:
    """How a peer stands towards this node."""
    if not enabled:
        return DISABLED
    if last_message_at is None:
        return UNHEARD
    return HEARD if at - last_message_at <= LATELY else SILENT


def message_name(opcode: int | None) -> str:
    return str(MESSAGES[Opcode(opcode)]) if opcode in set(Opcode) else "–"
