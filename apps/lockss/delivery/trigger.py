"""A trigger event: the decision of two persons that an AU is given to everybody (delivery §10)."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class TriggerState(StrEnum):
    """Whether a trigger counts, or why not."""

    COUNTS = "counts"
    NO_REASON = "no-reason"
    ONE_PERSON = "one-person"
    SAME_PERSON = "same-person"
    NOT_YET = "not-yet"


@dataclass(frozen=True, slots=True)
class Trigger:
    """``decided_by`` and ``confirmed_by`` are account names; ``since`` is the first day on which it counts."""

    reason: str
    decided_by: str
    confirmed_by: str
    since: dt.date

    def state(self, today: dt.date) -> TriggerState:
        """It counts with a reason, by two different persons, from its day on."""
        first, second = self.decided_by.strip().casefold(), self.confirmed_by.strip().casefold()
        if not self.reason.strip():
            return TriggerState.NO_REASON
        if not first or not second:
            return TriggerState.ONE_PERSON
        if first == second:
            return TriggerState.SAME_PERSON
        return TriggerState.COUNTS if self.since <= today else TriggerState.NOT_YET
