"""Bodies whose links were exchanged, kept for the next reader: in memory, up to a bound (delivery-rulings, C19).

Nothing here says who may read: the verdict is asked before every look at it.
"""

from dataclasses import dataclass

from apps.delivery.bounded import Bounded
from apps.delivery.headers import Fields

MOST_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """``body`` with its links before what differs between readers is put in; ``fields`` but for length and tag."""

    fields: Fields
    body: bytes


class RewrittenBodies(Bounded[Kept]):
    """The ones that were asked for last."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        super().__init__(most)
