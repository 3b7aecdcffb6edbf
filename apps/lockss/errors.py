"""Errors of the pure core, sorted by who has to mend them."""

from enum import StrEnum


class LockssError(Exception):
    """Root of the family: ``code`` is stable and for programs, ``message`` is for people."""

    def __init__(self, code: StrEnum, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class LocalError(LockssError):
    """Ours: a wrong argument, setting or state of this node."""


class PeerError(LockssError):
    """The peer's: bytes or a message that the protocol does not allow.

    ``offset`` counts bytes from the start of what was being read, None where no place is meant.
    """

    def __init__(self, code: StrEnum, message: str, offset: int | None = None) -> None:
        super().__init__(code, message)
        self.offset = offset

    def __str__(self) -> str:
        place = "" if self.offset is None else f" at byte {self.offset}"
        return f"{self.code}{place}: {self.message}"


class PublisherError(LockssError):
    """The publisher's: an answer, permission or page that cannot be used."""


class ContentError(LockssError):
    """The preserved bytes': damaged, missing or undecodable."""
