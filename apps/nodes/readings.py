"""What permission pages say of archival units, as pages count and narrow it: one rule for numbers and for their rows."""

from django.db.models import Q

from apps.permissions.choices import UNREACHED, Reason, Verdict
from apps.permissions.words import (
    FOUND,
    NO_ANSWER,
    NO_PAGE,
    NOT_ASKED,
    NOT_FOUND,
    NOT_REACHED,
    NOT_READ,
    SIGN_IN,
    UNKNOWN_HOST,
)

# A refusal for want of the page is none: it is told and counted by itself, all of them and one by one.
NOT_HAD, OTHERWISE = "unreached", "not-reached"
WHOLE = {
    Verdict.GRANTED: FOUND,
    Verdict.REFUSED: NOT_FOUND,
    NOT_HAD: NOT_READ,
    Verdict.UNKNOWN: NOT_ASKED,
}
PARTS = {
    Reason.PAGE_GONE: NO_PAGE,
    Reason.SIGN_IN: SIGN_IN,
    Reason.NO_ANSWER: NO_ANSWER,
    Reason.UNKNOWN_HOST: UNKNOWN_HOST,
    OTHERWISE: NOT_REACHED,
}
OPTIONS = tuple((str(key), word.label) for key, word in {**WHOLE, **PARTS}.items())


def part_of(reason: str) -> str:
    """Under which of PARTS an unread page counts."""
    return str(reason) if reason in PARTS else OTHERWISE


def saying(wanted: str, verdict: str = "verdict", reason: str = "reason") -> Q:
    """Rows whose columns ``verdict`` and ``reason`` say what is wanted, one of OPTIONS."""
    if wanted not in (NOT_HAD, Verdict.REFUSED, *PARTS):
        return Q(**{verdict: wanted})
    refused, unread = Q(**{verdict: Verdict.REFUSED}), Q(**{f"{reason}__in": UNREACHED})
    if wanted in (NOT_HAD, Verdict.REFUSED):
        return refused & (unread if wanted == NOT_HAD else ~unread)
    if wanted != OTHERWISE:
        return refused & Q(**{reason: wanted})
    return refused & unread & ~Q(**{f"{reason}__in": [one for one in PARTS if one != OTHERWISE]})


def of_aus(wanted: str, permission: str) -> Q:
    """The same of rows that lead to a permission by ``permission``; without one nobody has asked."""
    said = saying(wanted, f"{permission}__verdict", f"{permission}__reason")
    return said | Q(**{permission: None}) if wanted == Verdict.UNKNOWN else said
