"""Refusals of acts; their texts are for people."""

from enum import StrEnum

from apps.lockss.errors import LocalError


class RefusalCode(StrEnum):
    DEACTIVATED = "au-deactivated"
    BLOCKED = "au-blocked"
    NOT_COLLECTED = "au-not-collected"
    NOTHING_STORED = "au-nothing-stored"
    NOTHING_DAMAGED = "au-nothing-damaged"
    JOB_ENDED = "job-ended"
    JOB_OPEN = "job-open"
    JOB_STATE = "job-state"
    ALERT_CLEARED = "alert-cleared"
    ALERT_KNOWN = "alert-known"
    RULE_CHANGED = "rule-changed"
    NO_REPORT = "no-report"


class ActRefused(LocalError):  # noqa: N818 - a refusal, shown to the person who asked
    """Nothing was changed."""
