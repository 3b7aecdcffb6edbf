"""The evidence a machine-readable permission rests on, and the AU's answer after a round of asking."""

import hashlib
from collections.abc import Iterable
from typing import BinaryIO

from django.utils.translation import gettext_noop as _

from apps.aus.models import Au
from apps.common.clock import now
from apps.common.stored import remember
from apps.common.text import storable, storable_json
from apps.lockss.permission import Evidence as CoreEvidence
from apps.lockss.permission import (
    Granted,
    HostStatus,
    PermissionMessage,
    PermissionOutcome,
    Refused,
    is_sign_in,
)
from apps.permissions.choices import UNREACHED, Reason, Verdict
from apps.permissions.failing import SIGN_IN, failure_reason, failure_sentence
from apps.permissions.models import Evidence, Permission
from apps.permissions.nearest import near_kind

# A permission page is a page of text; what is longer is kept to here and marked as cut.
LONGEST_PAGE = 1 << 20
LONGEST_HEADER = 8_192

REASONS = {
    PermissionMessage.NO_STATEMENT: Reason.NO_STATEMENT,
    PermissionMessage.NO_FETCH: Reason.FETCH_FAILED,
    PermissionMessage.NO_PROBE: Reason.PROBE_FAILED,
    PermissionMessage.NO_HOST: Reason.NO_PAGE_FOR_HOST,
    PermissionMessage.LOGIN: Reason.SIGN_IN,
}
# Kept in rows in English, and said again to whoever reads them (apps/common/stored.py).
_COULD_NOT = _("The permission page %(url)s could not be reached%(detail)s.")
_WHY = {
    Reason.NO_STATEMENT: _("The page %(url)s carries no permission statement%(detail)s."),
    Reason.FETCH_FAILED: _COULD_NOT,
    Reason.PAGE_GONE: _("There is no permission page at %(url)s%(detail)s."),
    Reason.SIGN_IN: _("The permission page %(url)s is behind a sign-in%(detail)s."),
    Reason.NO_ANSWER: _COULD_NOT,
    Reason.UNKNOWN_HOST: _COULD_NOT,
    Reason.PROBE_FAILED: _("The probe page %(url)s could not be reached%(detail)s."),
    Reason.NO_PAGE_FOR_HOST: _("No permission page is known for the host of %(url)s%(detail)s."),
}
_OTHERWISE = _("Permission could not be had from %(url)s%(detail)s.")
_NEAR = _("Nearly right: %(what)s.")
_KEPT = _("Nothing was collected; nothing already preserved is lost.")
remember(*set(_WHY.values()), _OTHERWISE, _NEAR, _KEPT)
# In rows of before.
remember(
    _("The permission page %(url)s could not be read%(detail)s."),
    _("The probe page %(url)s could not be read%(detail)s."),
)


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
        row.reason = Reason.NO_STATEMENT if isinstance(verdict, Refused) else _failed(evidence)
    # Where nothing answered there are no bytes to keep, nor a digest of none.
    if page is not None and fetch is not None and fetch.head is not None:
        page.seek(0)
        row.page = page.read(LONGEST_PAGE)
        digest = hashlib.sha256(row.page)
        while more := page.read(LONGEST_PAGE):
            row.page_truncated = True
            digest.update(more)
        row.page_sha256 = digest.hexdigest()
    row.save()
    return row


def _failed(evidence: CoreEvidence) -> Reason:
    return Reason.SIGN_IN if _is_login(evidence) else failure_reason(evidence.fetch)


def _is_login(evidence: CoreEvidence) -> bool:
    """A page that came and is not judged is one to sign in (``lockss.permission.round``)."""
    whole = evidence.fetch is None or evidence.fetch.fault is None
    return evidence.status is HostStatus.NOT_OK and evidence.verdict is None and whole


def _headers(pairs: Iterable[tuple[str, str]]) -> list:
    return storable_json([list(pair) for pair in pairs], LONGEST_HEADER)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].lower()[:255]


def _message(evidence: CoreEvidence) -> str:
    if isinstance(evidence.verdict, Refused):
        return storable("; ".join(reason.detail for reason in evidence.verdict.reasons))
    if _is_login(evidence):
        return SIGN_IN
    failed = failure_sentence(evidence.fetch) if evidence.status is HostStatus.FETCH_FAILED else ""
    return storable(failed or evidence.detail)


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
    if reason == Reason.FETCH_FAILED and evidence is not None and evidence.reason in UNREACHED:
        # Who was led to a page to sign in did not find the page, whatever that one answered.
        led = evidence.final_url != url and is_sign_in(evidence.final_url)
        reason = Reason.SIGN_IN if led else Reason(evidence.reason)
    # Said once here, so that findings and lists name it without reading a page for each row.
    near = near_kind(evidence) if reason == Reason.NO_STATEMENT and evidence is not None else ""
    words = "" if granted else _sentence(reason, url, detail, near)
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


def _sentence(reason: Reason, url: str, detail: str, near: str) -> str:
    template, whole = _WHY.get(reason, _OTHERWISE), detail.endswith(".")
    said = template % {"url": url, "detail": f" ({detail})" if detail and not whole else ""}
    nearly = _NEAR % {"what": near} if near else ""
    return " ".join(filter(None, [said, detail if whole else "", nearly, _KEPT]))
