"""How a body goes out that is kept or comes in a content coding: one rule for preserved copies, on the content host and
by the proxies, and for the publisher's answers that the content host passes on (delivery §2.6, rulings C16)."""

from dataclasses import dataclass
from enum import StrEnum

from apps.delivery.conditions import understands
from apps.lockss.coding import Decoder, decoder_for


class Way(StrEnum):
    PLAIN = "plain"
    """No coding: the bytes as they are."""
    CODED = "coded"
    """The bytes as they are, with their coding told: the reader offered it."""
    DECODED = "decoded"
    FILE = "file"
    """The bytes as they are, to be saved, without a word of a coding that the reader never offered and nobody here
    knows: a browser shows nothing but an error where it is told one."""


@dataclass(frozen=True, slots=True)
class Sent:
    """``decoder`` is there for DECODED. ``varies``: another reader may be sent it otherwise."""

    way: Way
    decoder: Decoder | None = None

    @property
    def varies(self) -> bool:
        return self.way is not Way.PLAIN


def sent_as(coding: str | None, accepted: str | None) -> Sent:
    """``coding``: the field Content-Encoding; ``accepted``: the reader's Accept-Encoding."""
    decoder = decoder_for(coding)
    if decoder is not None and decoder.identity:
        return Sent(Way.PLAIN)
    if understands(accepted, coding or ""):
        return Sent(Way.CODED)
    return Sent(Way.FILE) if decoder is None else Sent(Way.DECODED, decoder)


def first_decoded(pieces: list[bytes], coding: str | None, most: int) -> bytes | None:
    """The decoded beginning, to be looked at: at least ``most`` bytes where there are so many, as much as can be decoded;
    None where the coding is unknown or the label is wrong from the first byte on."""
    decoder = decoder_for(coding)
    if decoder is None:
        return None
    found: list[bytes] = []
    size = 0
    for piece in pieces:
        for part in decoder.feed(piece):
            found.append(part)
            size += len(part)
            if size >= most:
                return b"".join(found)
    return None if decoder.never_began else b"".join(found)
