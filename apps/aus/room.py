"""Whether a store has room for what is chosen. Pure."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from apps.aus.sizes import NOTHING, Span


class Fit(StrEnum):
    """``TIGHT``: only if it comes to less than it may. ``UNMEASURED``: nobody knows yet how full the store is."""

    FITS = "fits"
    TIGHT = "tight"
    OVER = "over"
    UNMEASURED = "unmeasured"


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes. ``limit`` None: no quota; ``free`` None: the disk does not tell. ``promised``: selected, not here yet."""

    used: int
    limit: int | None = None
    free: int | None = None
    promised: Span = NOTHING
    measured_at: dt.datetime | None = None

    @property
    def left(self) -> int | None:
        """For what is not here yet, promised or new; negative when the quota is exceeded already."""
        bounds = [bound for bound in (self._under_limit, self.free) if bound is not None]
        return min(bounds) if bounds else None

    @property
    def _under_limit(self) -> int | None:
        return None if self.limit is None else self.limit - self.used

    @property
    def exceeded(self) -> bool:
        return self.limit is not None and self.used > self.limit

    @property
    def overpromised(self) -> bool:
        """What is selected already surely comes to more than is left."""
        return self.left is not None and bool(self.promised) and self.promised.low > self.left

    def fit(self, size: Span) -> Fit:
        """How a choice fits in, once all that is selected has come. What adds nothing always fits."""
        left = self.left
        if left is None or not size:
            return Fit.FITS
        if self.promised.low + size.low > left:
            return Fit.OVER
        return Fit.TIGHT if self.promised.high + size.high > left else Fit.FITS
