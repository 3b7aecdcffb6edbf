"""Refusals of acts; their texts are for people."""

from enum import StrEnum

from apps.lockss.errors import LocalError


class RefusalCode(StrEnum):
    DEACTIVATED = "au-deactivated"
    NOT_COLLECTED = "au-not-collected"
    JOB_ENDED = "job-ended"
    JOB_OPEN = "job-open"
    NO_REPORT = "no-report"


class ActRefused(LocalError):  # noqa: N818 - a refusal, shown to the person who asked
    """Nothing was changed."""
