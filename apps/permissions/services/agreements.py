"""Written agreements: entered, changed, and lapsed when their last day is over."""

import datetime as dt
import hashlib
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from apps.accounts.services import audit
from apps.common.clock import now
from apps.permissions.choices import AgreementState, ScopeKind
from apps.permissions.models import PublisherAgreement

LONGEST_DOCUMENT = 50 << 20


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
