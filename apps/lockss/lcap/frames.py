"""What is on the stream: frames as values, and frames as bytes to send (lcap-v3 §2.2). Integers are big-endian."""

import struct
from dataclasses import dataclass
from enum import IntEnum

from apps.lockss.lcap.errors import EncodeCode, EncodeError, FramingError
from apps.lockss.lcap.identity import PeerId
from apps.lockss.lcap.limits import DEFAULT_LIMITS, Limits

CHECK = 0xFF
# The protocol number of DATA frames that hold LCAP V3; frames with others are read past.
LCAP_V3 = 10
HEADER = struct.Struct(">BBqi")


class FrameOp(IntEnum):
    PEERID = 1
    DATA = 2
    # Recognised and ignored; no deployed node sends it.
    CLOSE = 3


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """``offset`` counts bytes from the start of the stream to the check byte."""

    offset: int
    op: FrameOp
    length: int
    protocol: int


@dataclass(frozen=True, slots=True)
class PeerIdRead:
    """The other side's name, each time it is said; the reader has seen to it that it never changes."""

    header: FrameHeader
    text: str
    peer: PeerId


@dataclass(frozen=True, slots=True)
class DataBegun:
    header: FrameHeader


@dataclass(frozen=True, slots=True)
class DataRead:
    """The next bytes of the payload, never empty."""

    data: bytes


@dataclass(frozen=True, slots=True)
class DataEnded:
    header: FrameHeader


@dataclass(frozen=True, slots=True)
class CloseRead:
    header: FrameHeader


@dataclass(frozen=True, slots=True)
class FrameFault:
    error: FramingError


@dataclass(frozen=True, slots=True)
class DataFrame:
    """A whole DATA frame, from ``WholeFrameReader``."""

    header: FrameHeader
    payload: bytes


Event = PeerIdRead | DataBegun | DataRead | DataEnded | CloseRead | FrameFault
WholeEvent = PeerIdRead | DataFrame | CloseRead | FrameFault


def peerid_frame(peer: PeerId, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The frame that opens each direction; EncodeError for an identity too long for deployed readers."""
    payload = str(peer).encode("ascii")
    if len(payload) > limits.max_peer_id:
        raise EncodeError(
            EncodeCode.OVER_LIMIT, f"{peer} has {len(payload)} bytes, over {limits.max_peer_id}"
        )
    return HEADER.pack(CHECK, FrameOp.PEERID, len(payload), 0) + payload


def data_header(length: int, protocol: int = LCAP_V3, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The header of a DATA frame whose ``length`` bytes the caller sends after it."""
    if not 0 < length <= limits.max_frame:
        raise EncodeError(EncodeCode.OVER_LIMIT, f"a frame of {length} bytes, over {limits.max_frame}")
    return HEADER.pack(CHECK, FrameOp.DATA, length, protocol)


def data_frame(payload: bytes, limits: Limits = DEFAULT_LIMITS) -> bytes:
    return data_header(len(payload), limits=limits) + payload
