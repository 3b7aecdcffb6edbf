"""The one decision whether an AU may be collected, and the evidence it rests on.

Crawler, pages and reports ask ``decide`` and nothing else. Losing permission stops collection; it never
touches what is preserved.
"""

import datetime as dt
import hashlib
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q

from apps.accounts.services import audit
from apps.aus.models import Au
from apps.common.clock import now
from apps.common.text import storable, storable_json
from apps.lockss.permission import Evidence as CoreEvidence
from apps.lockss.permission import Granted, HostStatus, PermissionMessage, PermissionOutcome, Refused
from apps.permissions.choices import AgreementState, Policy, Reason, ScopeKind, Verdict
from apps.permissions.models import Evidence, Permission, PublisherAgreement

# A permission page is a page of text; what is longer is kept to here and marked as cut.
LONGEST_PAGE = 1 << 20
LONGEST_HEADER = 8_192
LONGEST_DOCUMENT = 50 << 20

REASONS = {
    PermissionMessage.NO_STATEMENT: Reason.NO_STATEMENT,
    PermissionMessage.NO_FETCH: Reason.FETCH_FAILED,
    PermissionMessage.NO_PROBE: Reason.PROBE_FAILED,
    PermissionMessage.NO_HOST: Reason.NO_PAGE_FOR_HOST,
    PermissionMessage.LOGIN: Reason.FETCH_FAILED,
}


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


def record_evidence(*, au: Au, evidence: CoreEvidence, page: BinaryIO | None) -> Evidence:
    """Keep one reading of a page as it was: what was sent, what came, what was recognised.

    ``page``: the stored bytes that came, whole or not; its first ``LONGEST_PAGE`` bytes are kept, and the digest of
    all of them.
    """
    fetch, verdict = evidence.fetch, evidence.verdict
    granted = evidence.status is HostStatus.OK and not isinstance(verdict, Refused)
    row = Evidence(
        au=au,
        url=evidence.url,
        final_url=fetch.request.url if fetch else "",
        host=_host(evidence.url),
        read_at=fetch.ended if fetch else now(),
        status=fetch.status if fetch else None,
        granted=granted,
        message=_message(evidence),
        request_headers=_headers(fetch.request.headers) if fetch else [],
        response_headers=_headers(fetch.head.headers) if fetch and fetch.head else [],
    )
    if isinstance(verdict, Granted):
        row.checker, row.statement = verdict.checker, storable(verdict.statement)
        row.access_type = verdict.access_type or ""
    elif not granted:
        row.reason = Reason.NO_STATEMENT if isinstance(verdict, Refused) else Reason.FETCH_FAILED
    if page is not None:
        page.seek(0)
        row.page = page.read(LONGEST_PAGE)
        digest = hashlib.sha256(row.page)
        while more := page.read(LONGEST_PAGE):
            row.page_truncated = True
            digest.update(more)
        row.page_sha256 = digest.hexdigest()
    row.save()
    return row


def _headers(pairs: Iterable[tuple[str, str]]) -> list:
    return storable_json([list(pair) for pair in pairs], LONGEST_HEADER)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].lower()[:255]


def _message(evidence: CoreEvidence) -> str:
    if isinstance(evidence.verdict, Refused):
        return storable("; ".join(reason.detail for reason in evidence.verdict.reasons))
    return storable(evidence.detail)


def set_permission(
    *,
    au: Au,
    outcome: PermissionOutcome,
    message: PermissionMessage | None,
    url: str,
    detail: str,
    evidence: Evidence | None,
) -> Permission:
    """The AU's answer after a round of asking."""
    granted = outcome is PermissionOutcome.GRANTED
    reason = Reason.NONE if granted else REASONS.get(message, Reason.FETCH_FAILED)
    words = "" if granted else _sentence(reason, url, detail)
    row, _ = Permission.objects.update_or_create(
        au=au,
        defaults={
            "verdict": Verdict.GRANTED if granted else Verdict.REFUSED,
            "reason": reason,
            "message": words,
            "access_type": evidence.access_type if granted and evidence else "",
            "checked_at": now(),
            "evidence": evidence,
        },
    )
    return row


def _sentence(reason: Reason, url: str, detail: str) -> str:
    what = {
        Reason.NO_STATEMENT: f"The page {url} carries no permission statement",
        Reason.FETCH_FAILED: f"The permission page {url} could not be read",
        Reason.PROBE_FAILED: f"The probe page {url} could not be read",
        Reason.NO_PAGE_FOR_HOST: f"No permission page is known for the host of {url}",
    }.get(reason, f"Permission could not be had from {url}")
    tail = f" ({detail})" if detail else ""
    return f"{what}{tail}. Nothing was collected; nothing already preserved is lost."


def register_agreement(
    *,
    user,
    publisher,
    name: str,
    starts: dt.date,
    ends: dt.date | None = None,
    state: AgreementState = AgreementState.SIGNED,
    scope: ScopeKind = ScopeKind.PUBLISHER,
    titles=(),
    listed_aus=(),
    document_name: str = "",
    document: bytes = b"",
    notes: str = "",
    agreement: PublisherAgreement | None = None,
) -> PublisherAgreement:
    """Enter an agreement, or change one; ValidationError names the field that cannot be."""
    if ends is not None and ends < starts:
        raise ValidationError({"ends": f"The agreement would end on {ends} before it begins on {starts}."})
    if scope == ScopeKind.TITLES and not titles:
        raise ValidationError(
            {"titles": "Name at least one title, or let the agreement cover the publisher."}
        )
    if scope == ScopeKind.AUS and not listed_aus:
        raise ValidationError(
            {"listed_aus": "Name at least one AU, or let the agreement cover the publisher."}
        )
    if len(document) > LONGEST_DOCUMENT:
        raise ValidationError(
            {"document": f"A document may have {LONGEST_DOCUMENT // 1_000_000} MB at most."}
        )
    stored = _store_document(document) if document else None
    with transaction.atomic():
        row = agreement or PublisherAgreement(publisher=publisher)
        before = _facts(row) if row.pk else None
        row.publisher, row.name, row.state, row.scope = publisher, name, state, scope
        row.starts, row.ends, row.notes = starts, ends, notes
        if stored:
            row.document_name, row.document_path, row.document_sha256 = document_name[:255], *stored
        row.save()
        row.titles.set(titles)
        row.listed_aus.set(listed_aus)
        audit(
            user=user,
            action="permissions.agreement",
            subject=f"agreement:{row.pk}",
            before=before,
            after=_facts(row),
        )
    return row


def _facts(row: PublisherAgreement) -> dict:
    return {
        "publisher": row.publisher.name,
        "name": row.name,
        "state": row.state,
        "scope": row.scope,
        "starts": str(row.starts),
        "ends": str(row.ends) if row.ends else None,
        "document_sha256": row.document_sha256,
        "titles": sorted(row.titles.values_list("pk", flat=True)) if row.pk else [],
        "listed_aus": sorted(row.listed_aus.values_list("pk", flat=True)) if row.pk else [],
    }


def document_path(row: PublisherAgreement) -> Path:
    """Where the document lies; ValueError for a row that names none of ours."""
    leaf = row.document_path
    if not leaf or Path(leaf).name != leaf:
        raise ValueError("the agreement has no document")
    return Path(settings.NODE.media_dir) / "agreements" / leaf


def _store_document(document: bytes) -> tuple[str, str]:
    """(name below the agreements folder, SHA-256); synced before the row names it."""
    folder = Path(settings.NODE.media_dir) / "agreements"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    leaf = secrets.token_hex(16)
    descriptor = os.open(folder / leaf, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(document)
        file.flush()
        os.fsync(file.fileno())
    directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return leaf, hashlib.sha256(document).hexdigest()


def lapse_agreements() -> int:
    """Scanner: signed agreements whose last day is over become lapsed; returns how many."""
    today = now().date()
    lapsed = 0
    for row in PublisherAgreement.objects.filter(state=AgreementState.SIGNED, ends__lt=today):
        with transaction.atomic():
            changed = PublisherAgreement.objects.filter(pk=row.pk, state=AgreementState.SIGNED).update(
                state=AgreementState.LAPSED
            )
            if changed:
                audit(
                    action="permissions.lapse",
                    subject=f"agreement:{row.pk}",
                    before={"state": AgreementState.SIGNED},
                    after={"state": AgreementState.LAPSED},
                )
        lapsed += changed
    return lapsed
