"""Keeps findings as rows, one open row per code and subject."""

from collections.abc import Iterable

from django.db.models import F

from apps.common.clock import now
from apps.common.models import Finding
from apps.common.text import storable, storable_json

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
    """Note a finding; an open one of the same code and subject is counted up and gets the newest words.

    Any text will do: what a row cannot hold is replaced, what is too long is cut.
    """
    fresh = {
        "severity": severity,
        "app": app,
        "place": storable(place, LONGEST),
        "message": storable(message, LONGEST),
        "params": storable_json(params or {}),
        "last_at": now(),
    }
    finding, made = Finding.objects.get_or_create(
        code=storable(code, 64), subject=storable(subject, 200), resolved_at=None, defaults=fresh
    )
    if not made:
        Finding.objects.filter(pk=finding.pk).update(**fresh, count=F("count") + 1)
        finding.refresh_from_db()
    return finding


def open_finding(*, code: str, subject: str) -> Finding | None:
    """The one that is open of this code and subject; None where its cause is gone."""
    return Finding.objects.filter(code=code, subject=subject, resolved_at=None).first()


def resolve_findings(*, subject: str, codes: list[str] | None = None) -> int:
    """The cause is gone: close the open findings of a subject; returns how many."""
    rows = Finding.objects.filter(subject=storable(subject, 200), resolved_at=None)
    if codes is not None:
        rows = rows.filter(code__in=codes)
    return rows.update(resolved_at=now())


def close_findings(*, subjects: Iterable[str], apps: Iterable[str], why: str) -> int:
    """Nobody can act on them any more: close the open findings of these subjects that these rooms noted.

    ``why`` is kept in English, as a sentence that is remembered (``common.stored``). Returns how many.
    """
    rows = Finding.objects.filter(
        subject__in=[storable(subject, 200) for subject in subjects], app__in=list(apps), resolved_at=None
    )
    return rows.update(resolved_at=now(), resolution=why)


def see_findings(*, ids: list[int], username: str) -> int:
    """A person has read them: they stay open, but no longer ask for attention."""
    return Finding.objects.filter(pk__in=ids, seen_at=None).update(seen_at=now(), seen_by=username)
