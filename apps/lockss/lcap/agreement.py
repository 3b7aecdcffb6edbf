"""Pairwise agreement: how far a peer and we hold the same content of an AU (lcap-v3 §6.5, §6.6).

Shares are float32 as deployed nodes compute them, carried as Python floats; a hint on the wire is that
float32 widened to a double (7/9 is 0.7777777910232544).
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

_FLOAT32 = struct.Struct(">f")


def float32(value: float) -> float:
    """The nearest float32."""
    return float(_FLOAT32.unpack(_FLOAT32.pack(value))[0])


def share(part: float, whole: float) -> float:
    """``part / whole`` in float32; 0.0 when nothing agreed.

    Dividing two float32 in double and rounding once more gives the float32 quotient exactly.
    """
    return float32(float32(part) / float32(whole)) if part > 0 else 0.0


class AgreementType(StrEnum):
    """Who found out how (lcap-v3 §6.6): in our poll, told by the poller (hint), or from a symmetric receipt."""

    POR = "POR"
    POP = "POP"
    SYMMETRIC_POR = "SYMMETRIC_POR"
    SYMMETRIC_POP = "SYMMETRIC_POP"
    POR_HINT = "POR_HINT"
    POP_HINT = "POP_HINT"
    SYMMETRIC_POR_HINT = "SYMMETRIC_POR_HINT"
    SYMMETRIC_POP_HINT = "SYMMETRIC_POP_HINT"
    W_POR = "W_POR"
    W_POP = "W_POP"
    W_SYMMETRIC_POR = "W_SYMMETRIC_POR"
    W_SYMMETRIC_POP = "W_SYMMETRIC_POP"
    W_POR_HINT = "W_POR_HINT"
    W_POP_HINT = "W_POP_HINT"
    W_SYMMETRIC_POR_HINT = "W_SYMMETRIC_POR_HINT"
    W_SYMMETRIC_POP_HINT = "W_SYMMETRIC_POP_HINT"

    @classmethod
    def of(
        cls, *, sampled: bool, symmetric: bool = False, hint: bool = False, weighted: bool = False
    ) -> "AgreementType":
        """``sampled``: a proof-of-possession poll, over some of the URLs."""
        return cls(
            ("W_" if weighted else "")
            + ("SYMMETRIC_" if symmetric else "")
            + ("POP" if sampled else "POR")
            + ("_HINT" if hint else "")
        )


# What we found out ourselves; what a peer says about us entitles it to nothing.
PROVEN = (
    AgreementType.POR,
    AgreementType.SYMMETRIC_POR,
    AgreementType.POP,
    AgreementType.SYMMETRIC_POP,
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """Per (AU, peer, type): the last and the highest share, and when (ms since 1970)."""

    last: float
    last_ms: int
    highest: float
    highest_ms: int

    @classmethod
    def first(cls, value: float, now: int) -> Self:
        return cls(value, now, value, now)

    def updated(self, value: float, now: int) -> "Agreement":
        """With one more observation.

        The highest is the true maximum, on purpose: deployed nodes replace it by the previous value, so that
        theirs can sink. An observation older than the last one does not become the last.
        """
        last, last_ms = (value, now) if now >= self.last_ms else (self.last, self.last_ms)
        if value > self.highest:
            return Agreement(last, last_ms, value, now)
        return Agreement(last, last_ms, self.highest, self.highest_ms)


def record(old: Agreement | None, value: float, now: int) -> Agreement:
    """``old`` with a new value; ValueError unless it is a share from 0.0 to 1.0."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(f"an agreement of {value}, expected 0.0 to 1.0")
    return Agreement.first(value, now) if old is None else old.updated(value, now)


def has_proven(agreements: Mapping[AgreementType, Agreement], threshold: float) -> bool:
    """Whether we ever saw the peer agree well enough to give it content."""
    return any(agreements[kind].highest >= threshold for kind in PROVEN if kind in agreements)
