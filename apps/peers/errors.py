from enum import StrEnum

from apps.lockss.errors import LocalError, PeerError


class ChannelCode(StrEnum):
    """Why a connection or a message of a peer was refused at the door."""

    UNKNOWN_PEER = "peer-unknown"
    DISABLED_PEER = "peer-disabled"
    WRONG_CERTIFICATE = "peer-wrong-certificate"
    NO_CERTIFICATE = "peer-no-certificate"
    WRONG_IDENTITY = "peer-wrong-identity"
    TOO_MANY_CONNECTIONS = "peer-too-many-connections"
    TOO_LARGE = "peer-message-too-large"
    NO_ROOM = "peer-message-no-room"
    WRONG_ORIGIN = "peer-wrong-origin"
    NOT_FOR_US = "peer-not-for-us"
    SILENT = "peer-silent"


class RegistrationCode(StrEnum):
    BAD_CERTIFICATE = "certificate-unreadable"
    CERTIFICATE_TAKEN = "certificate-taken"
    OWN_IDENTITY = "identity-own"
    KNOWN = "identity-known"


class ChannelRefused(PeerError):  # noqa: N818 - a refusal, told to nobody but our own log
    """The channel or the message is not accepted; nothing of it is acted on."""


class RegistrationError(LocalError):
    """A peer cannot be entered as asked."""
