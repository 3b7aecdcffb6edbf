"""Which property carries which field of which message: one table that is read both ways (lcap-v3 §3.5–§3.6).

A row names the property, the dataclass field, how to read it and how to write it. A writer that returns
None leaves the property out. Readers never fail for lack of a property: absent is the field's default.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.lockss.lcap import properties
from apps.lockss.lcap.errors import EncodeCode, EncodeError, MessageCode, MessageError
from apps.lockss.lcap.fields import Fields, from_base64, to_base64
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.messages import UNKNOWN_AU, Message, Nak, Opcode, Props, props_of


@dataclass(frozen=True, slots=True)
class Entry:
    """One property of one field. The values differ in type from row to row, hence Any."""

    key: str
    name: str
    read: Callable[[Fields, str], Any]
    write: Callable[[Any], str | None]


def _read_key(fields: Fields, key: str) -> str:
    text = fields.text(key)
    if len(text) > fields.limits.max_key_chars:
        raise MessageError(MessageCode.OVER_LIMIT, f"a poll key of {len(text)} characters", fields.at)
    return text


def _read_groups(fields: Fields, key: str) -> tuple[str, ...]:
    return tuple(group.lower() for group in fields.words(key, ";"))


def _read_nak(fields: Fields, key: str) -> Nak | None:
    name = fields.text(key)
    if not name:
        return None
    try:
        return Nak(name)
    except ValueError:
        return Nak.UNKNOWN


def _read_nominees(fields: Fields, key: str) -> tuple[PeerId, ...]:
    """Names that cannot be read cannot be dialled either: they are left out, the message stands."""
    names = fields.words(key, ",")
    if len(names) > fields.limits.max_nominees:
        raise MessageError(MessageCode.OVER_LIMIT, f"{len(names)} nominees", fields.at)
    peers = []
    for name in names:
        try:
            peers.append(PeerId.parse(name))
        except MessageError:
            continue
    return tuple(peers)


def _read_props(fields: Fields, key: str) -> Props | None:
    text = fields.entries.get(key)
    if text is None:
        return None
    raw = from_base64(text, key, fields.at)
    return props_of(properties.load(raw, max_entries=fields.limits.max_entries, at=fields.at))


def _write_text(value: str) -> str:
    return value


def _write_known(value: str) -> str | None:
    return value or None


def _write_peer(value: PeerId | None) -> str | None:
    return None if value is None else str(value)


def _write_nonce(value: bytes) -> str | None:
    return to_base64(value) if value else None


def _write_flag(value: bool) -> str:
    return "true" if value else "false"


def _write_share(value: float | None) -> str | None:
    if value is not None and not (math.isfinite(value) and 0.0 <= value <= 1.0):
        raise EncodeError(EncodeCode.BAD_VALUE, f"a hint of {value}, expected 0.0 to 1.0")
    return None if value is None else repr(float(value))


def _integer_writer(bits: int) -> Callable[[int], str]:
    bound = 1 << (bits - 1)

    def write(value: int) -> str:
        # A peer would silently read its default instead.
        if not -bound <= value < bound:
            raise EncodeError(EncodeCode.BAD_VALUE, f"{value} does not fit {bits} bits")
        return str(value)

    return write


_write_int32 = _integer_writer(32)
_write_int64 = _integer_writer(64)


def _write_props(value: Props | None) -> str | None:
    return None if value is None else to_base64(properties.dump(dict(value)))


IDENTITIES_AND_NONCES = (
    Entry("origId", "orig_id", Fields.peer, _write_peer),
    Entry("destId", "dest_id", Fields.peer, _write_peer),
    Entry("sampleNonce", "sample_nonce", Fields.nonce, _write_nonce),
    Entry("pollerNonce", "poller_nonce", Fields.nonce, _write_nonce),
    Entry("voterNonce", "voter_nonce", Fields.nonce, _write_nonce),
    Entry("voterNonce2", "voter_nonce2", Fields.nonce, _write_nonce),
)
COMMON = (
    *IDENTITIES_AND_NONCES,
    Entry("key", "key", _read_key, _write_text),
    Entry("au", "auid", lambda fields, key: fields.text(key, UNKNOWN_AU), _write_text),
    Entry("hashAlgorithm", "hash_algorithm", Fields.text, _write_known),
    Entry("plugVer", "plugin_version", Fields.text, _write_known),
    Entry("duration", "duration_s", Fields.int32, _write_int32),
    Entry("elapsed", "elapsed_s", Fields.int32, _write_int32),
    Entry("modulus", "modulus", Fields.int32, _write_int32),
    Entry("groups", "groups", _read_groups, ";".join),
    Entry("voteduration", "vote_duration_ms", Fields.int64, _write_int64),
)

_EFFORT = Entry("effortproof", "effort_proof", Fields.nonce, _write_nonce)
_NAK = Entry("nak", "nak", _read_nak, _write_known)
_URL = Entry("url", "url", Fields.text, _write_text)

OWN: Mapping[Opcode, tuple[Entry, ...]] = {
    Opcode.POLL: (_EFFORT,),
    Opcode.POLL_ACK: (_EFFORT, _NAK),
    Opcode.POLL_PROOF: (_EFFORT,),
    Opcode.NOMINATE: (
        Entry(
            "nominees",
            "nominees",
            _read_nominees,
            lambda peers: ",".join(str(peer) for peer in peers) or None,
        ),
    ),
    Opcode.VOTE_REQUEST: (),
    Opcode.VOTE: (_NAK, Entry("votecomplete", "complete", Fields.flag, _write_flag)),
    Opcode.REPAIR_REQUEST: (_URL,),
    Opcode.REPAIR_REPLY: (_URL, Entry("repairProps", "repair_props", _read_props, _write_props)),
    Opcode.EVALUATION_RECEIPT: (
        _EFFORT,
        Entry("agreementHint", "agreement_hint", Fields.share, _write_share),
        Entry("weightedAgreementHint", "weighted_agreement_hint", Fields.share, _write_share),
    ),
    Opcode.NO_OP: (),
}

# Written by every deployed node, in every message but NO_OP, whatever the reader makes of it.
CONSTANT: Mapping[str, str] = {"votedeadline": "0", "votecomplete": "false"}


def common_entries(opcode: Opcode) -> tuple[Entry, ...]:
    """The rows of the header that travel in this kind of message."""
    return IDENTITIES_AND_NONCES if opcode is Opcode.NO_OP else COMMON


def read_fields(entries: tuple[Entry, ...], fields: Fields) -> dict[str, Any]:
    return {entry.name: entry.read(fields, entry.key) for entry in entries}


def property_entries(message: Message) -> dict[str, str]:
    """The property block of a message, before it becomes text; EncodeError for values out of range."""
    opcode = message.opcode
    entries = {"opcode": str(opcode.value)}
    if opcode is not Opcode.NO_OP:
        entries |= CONSTANT
    for holder, rows in ((message.header, common_entries(opcode)), (message, OWN[opcode])):
        for row in rows:
            text = row.write(getattr(holder, row.name))
            if text is not None:
                entries[row.key] = text
    return entries
