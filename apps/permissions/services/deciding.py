"""The one decision whether an AU may be collected. Losing permission stops collection; it never touches what is kept."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q

from apps.aus.models import Au
from apps.common.clock import now
from apps.permissions.choices import AgreementState, Policy, Reason, ScopeKind, Verdict
from apps.permissions.models import Permission, PublisherAgreement


@dataclass(frozen=True, slots=True)
class Decision:
    """``allowed`` to collect; ``sentence`` says why not, in words for a librarian, "" where allowed."""

    allowed: bool
    reason: Reason
    sentence: str


def decide(au: Au) -> Decision:
    """What the network's policy demands against what is held, agreement first."""
    policy = Policy(settings.NODE.permission_policy)
    if policy != Policy.MACHINE and not (written := decide_written(au)).allowed:
        return written
    if policy == Policy.WRITTEN:
        return Decision(True, Reason.NONE, "")
    row = Permission.objects.filter(au=au).first()
    if row is None or row.verdict == Verdict.UNKNOWN:
        return Decision(False, Reason.NOT_CHECKED, "The publisher's permission page has not been read yet.")
    if row.verdict == Verdict.REFUSED:
        return Decision(False, Reason(row.reason), row.message)
    return Decision(True, Reason.NONE, "")


def needs_statement() -> bool:
    return settings.NODE.permission_policy != Policy.WRITTEN


def decide_written(au: Au) -> Decision:
    """Only the written side: whether an agreement in force covers the AU. Always allowed where none is demanded."""
    if settings.NODE.permission_policy == Policy.MACHINE:
        return Decision(True, Reason.NONE, "")
    today = now().date()
    covering = agreements_of(au)
    if any(
        a.state == AgreementState.SIGNED and a.starts <= today and (a.ends is None or a.ends >= today)
        for a in covering
    ):
        return Decision(True, Reason.NONE, "")
    ended = [a for a in covering if _has_ended(a, today)]
    publisher = au.publisher.name if au.publisher else "the publisher"
    if ended:
        last = max(ended, key=lambda a: min(a.ends or today, today))
        until = f" on {last.ends:%-d %b %Y}" if last.ends and last.ends < today else ""
        sentence = f"The agreement “{last.name}” with {publisher} ended{until}. What is preserved stays."
        return Decision(False, Reason.AGREEMENT_ENDED, sentence)
    return Decision(
        False,
        Reason.NO_AGREEMENT,
        f"No signed agreement with {publisher} covers this AU. Register one under Permissions.",
    )


def _has_ended(row: PublisherAgreement, today: dt.date) -> bool:
    """Whether it was in force once and is no more; what was never signed has not ended."""
    over = row.ends is not None and row.ends < today
    return row.state in (AgreementState.LAPSED, AgreementState.WITHDRAWN) or (
        row.state == AgreementState.SIGNED and over
    )


def agreements_of(au: Au) -> list[PublisherAgreement]:
    """Every agreement whose scope holds the AU, whatever its state."""
    if au.publisher_id is None:
        return []
    # An AU without a title is not one of an agreement that has lost its titles.
    scope = Q(scope=ScopeKind.PUBLISHER)
    if au.title_id is not None:
        scope |= Q(scope=ScopeKind.TITLES, titles=au.title_id)
    if au.listed_id is not None:
        scope |= Q(scope=ScopeKind.AUS, listed_aus=au.listed_id)
    return list(PublisherAgreement.objects.filter(scope, publisher_id=au.publisher_id).distinct())
