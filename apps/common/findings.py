"""Keeps findings as rows, one open row per code and subject."""

from django.db.models import F

from apps.common.clock import now
from apps.common.models import Finding

LONGEST = 2000


def record_finding(
    *,
    code: str,
    subject: str,
    message: str,
    severity: str = "warning",
    app: str = "",
    place: str = "",
    params: dict | None = None,
) -> Finding:
    """Note a finding; an open one of the same code and subject is counted up and gets the newest words."""
    at = now()
    fresh = {
        "severity": severity,
        "app": app,
        "place": place[:LONGEST],
        "message": message.replace("\0", "\ufffd")[:LONGEST],
        "params": params or {},
        "last_at": at,
    }
    finding, made = Finding.objects.get_or_create(
        code=str(code)[:64], subject=subject[:200], resolved_at=None, defaults=fresh
    )
    if not made:
        Finding.objects.filter(pk=finding.pk).update(**fresh, count=F("count") + 1)
    return finding


def resolve_findings(*, subject: str, codes: list[str] | None = None) -> int:
    """The cause is gone: close the open findings of a subject; returns how many."""
    rows = Finding.objects.filter(subject=subject, resolved_at=None)
    if codes is not None:
        rows = rows.filter(code__in=codes)
    return rows.update(resolved_at=now())
