"""What can be wrong with a peer's bytes, and with what we are asked to send (lcap-v3 §2.2, §3)."""

from enum import StrEnum

from apps.lockss.errors import ContentError, LocalError, PeerError


class FramingCode(StrEnum):
    """Faults of the stream: each of them ends the channel."""

    BAD_CHECK_BYTE = "frame-check-byte"
    UNKNOWN_OPCODE = "frame-unknown-opcode"
    BAD_LENGTH = "frame-length"
    TOO_LONG = "frame-too-long"
    TRUNCATED = "frame-truncated"
    DATA_BEFORE_PEERID = "frame-data-before-peerid"
    BAD_PEERID = "frame-bad-peerid"
    CONFLICTING_PEERID = "frame-conflicting-peerid"


class MessageCode(StrEnum):
    """Faults of one message: it is discarded, the channel lives on."""

    TRUNCATED = "message-truncated"
    TRAILING_BYTES = "message-trailing-bytes"
    BAD_SIGNATURE = "message-signature"
    BAD_VERSION = "message-version"
    BAD_CHECKSUM = "message-checksum"
    BAD_LENGTH = "message-length"
    BAD_PROPERTIES = "message-properties"
    BAD_VALUE = "message-value"
    UNKNOWN_OPCODE = "message-unknown-opcode"
    BAD_BLOCK = "message-vote-block"
    OVER_LIMIT = "message-over-limit"
    BAD_IDENTITY = "message-identity"


class EncodeCode(StrEnum):
    """What we were asked to send but cannot."""

    BLOCK_TOO_LONG = "encode-block-too-long"
    BAD_VALUE = "encode-value"
    OVER_LIMIT = "encode-over-limit"


class HashCode(StrEnum):
    """Requests the block hasher refuses."""

    UNSUPPORTED_ALGORITHM = "hash-unsupported-algorithm"
    BAD_MODULUS = "hash-bad-modulus"


class StreamCode(StrEnum):
    """Why stored bytes cannot be decoded for hashing."""

    DAMAGED = "stream-damaged"
    TRUNCATED = "stream-truncated"
    TOO_LONG = "stream-too-long"


class FramingError(PeerError):
    """The byte stream is broken: drop the channel."""


class MessageError(PeerError):
    """One message is broken: drop the message."""


class EncodeError(LocalError):
    """A value that has no form on the wire."""


class HashError(LocalError):
    """A hash that cannot be begun."""


class StreamError(ContentError):
    """A version whose hash stream breaks off: it is voted with its error mark."""
