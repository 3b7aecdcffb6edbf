"""A recorded direction of a connection, told frame by frame as JSON-able values.

For people who look at what nodes said to each other: everything is shown as it was on the wire, texts of
property blocks included, which the codec would forget. The keys are those of the recorded sessions that
this is tested against.
"""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.lockss.errors import PeerError
from apps.lockss.lcap import properties
from apps.lockss.lcap.blocks import LENGTH
from apps.lockss.lcap.errors import MessageCode, MessageError
from apps.lockss.lcap.fields import from_base64
from apps.lockss.lcap.frames import CHECK, HEADER, LCAP_V3, CloseRead, DataFrame, FrameFault, PeerIdRead
from apps.lockss.lcap.framing import WholeFrameReader
from apps.lockss.lcap.head import COUNTS, PREFIX
from apps.lockss.lcap.limits import DEFAULT_LIMITS, Limits
from apps.lockss.lcap.messages import Opcode
from apps.lockss.lcap.stream import HeadRead, MessageFault, MessageReader

_NAMES: Mapping[Opcode, str] = {
    Opcode.POLL: "Poll",
    Opcode.POLL_ACK: "PollAck",
    Opcode.POLL_PROOF: "PollProof",
    Opcode.NOMINATE: "Nominate",
    Opcode.VOTE_REQUEST: "VoteRequest",
    Opcode.VOTE: "Vote",
    Opcode.REPAIR_REQUEST: "RepairReq",
    Opcode.REPAIR_REPLY: "RepairRep",
    Opcode.EVALUATION_RECEIPT: "EvaluationReceipt",
    Opcode.NO_OP: "NoOp",
}


@dataclass(slots=True)
class Transcript:
    """Frames up to the end of the stream or to its ``fault``, whose offset counts from the stream's start."""

    frames: list[dict[str, Any]] = field(default_factory=list)
    fault: PeerError | None = None


def transcribe(stream: bytes, limits: Limits = DEFAULT_LIMITS) -> Transcript:
    """All frames of one direction; a message that peers would discard is a fault here too."""
    told = Transcript()
    reader = WholeFrameReader(limits)
    for event in [*reader.feed(stream), *reader.finish()]:
        if isinstance(event, FrameFault):
            told.fault = event.error
            break
        header = event.header
        frame: dict[str, Any] = {
            "offset": header.offset,
            "check": f"{CHECK:02x}",
            "op": header.op.value,
            "length": header.length,
            "proto": header.protocol,
            "op_name": header.op.name,
        }
        match event:
            case PeerIdRead():
                frame["peerid"] = event.text
            case DataFrame() if header.protocol == LCAP_V3:
                try:
                    frame["message"] = _message(event.payload, limits)
                except MessageError as error:
                    told.fault = _in_stream(error, header.offset)
                    break
            case DataFrame() | CloseRead():
                pass
        told.frames.append(frame)
    return told


def _in_stream(error: MessageError, frame: int) -> MessageError:
    inside = error.offset or 0
    text = f"{error.message} (byte {inside} of the message in the frame at byte {frame})"
    return MessageError(MessageCode(error.code), text, frame + HEADER.size + inside)


def _message(payload: bytes, limits: Limits) -> dict[str, Any]:
    head, end = _read(payload, limits)
    signature, major, minor, digest, length = PREFIX.unpack_from(payload)
    raw = payload[PREFIX.size : PREFIX.size + length]
    entries = _load(raw, limits)
    told: dict[str, Any] = {
        "length": len(payload),
        "sha1_of_message": _sha1(payload),
        "signature": signature.decode("ascii"),
        "major": major,
        "minor": minor,
        "props_sha1": digest.hex(),
        "props_sha1_ok": _sha1(raw) == digest.hex(),
        "props_len": length,
        "props_raw": raw.decode("latin-1"),
        "props": entries,
        "type": _NAMES[head.message.opcode],
        "voteBlockCount": head.block_count,
        "repairDataLen": head.repair_length,
    }
    if head.block_count:
        told["voteBlocks"], end = _blocks(payload, end, head.block_count, limits)
    if "repairProps" in entries:
        stored = from_base64(entries["repairProps"], "repairProps", PREFIX.size)
        told["repairProps"] = _load(stored, limits)
        told["repairProps_raw"] = stored.decode("latin-1")
    if head.repair_length:
        repair = payload[end : end + head.repair_length]
        told["repairData_sha1"] = _sha1(repair)
        told["repairData_b64"] = base64.b64encode(repair).decode("ascii")
        end += head.repair_length
    told["trailing_bytes"] = len(payload) - end
    return told


def _read(payload: bytes, limits: Limits) -> tuple[HeadRead, int]:
    """The head and where the body starts. The whole message is judged as the codec does."""
    reader = MessageReader(limits)
    head: HeadRead | None = None
    for event in [*reader.feed(payload), *reader.finish()]:
        if isinstance(event, HeadRead):
            head = event
        if isinstance(event, MessageFault) and event.error.code is not MessageCode.TRAILING_BYTES:
            raise event.error
    assert head is not None  # noqa: S101 - a message without fault has a head
    return head, PREFIX.size + PREFIX.unpack_from(payload)[4] + COUNTS.size


def _blocks(payload: bytes, at: int, count: int, limits: Limits) -> tuple[list[dict[str, Any]], int]:
    told: list[dict[str, Any]] = []
    for _ in range(count):
        (length,) = LENGTH.unpack_from(payload, at)
        at += LENGTH.size
        told.append(_block(payload[at : at + length], limits))
        at += length
    return told, at


def _block(record: bytes, limits: Limits) -> dict[str, Any]:
    entries = _load(record, limits)
    nested = [text for text in entries.pop("vn", "").split("\n") if text.strip()]
    versions = [_version(from_base64(text.strip(), "a version", 0), limits) for text in nested]
    return {"len": len(record), **entries, "versions": versions, "raw": record.decode("latin-1")}


def _version(raw: bytes, limits: Limits) -> dict[str, Any]:
    entries: dict[str, Any] = dict(_load(raw, limits))
    hashes = {f"{key}_hex": from_base64(entries[key], key, 0).hex() for key in ("nh", "ph") if key in entries}
    return {**entries, "_raw": raw.decode("latin-1"), **hashes}


def _load(raw: bytes, limits: Limits) -> dict[str, str]:
    return properties.load(raw, max_entries=limits.max_entries)


def _sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()
