"""Why a permission page could not be had, in sentences; what a library said of it stays out."""

from django.utils.translation import gettext_noop as _

from apps.common.failures import PROXY
from apps.common.stored import remember
from apps.lockss.fetch import Fault, FetchResult, parse_target
from apps.lockss.permission import is_sign_in
from apps.permissions.choices import Reason

_PART = _("%(host)s sent only a part of the page.")
_NO_ANSWER = _("%(host)s did not answer in %(seconds)s s.")
_TOO_LONG = _("%(host)s sent more than a permission page can have.")
# Kept in rows in English, and said again to whoever reads them (apps/common/stored.py).
_FAULTS = {
    Fault.BAD_URL: _("Its address is none that can be asked."),
    Fault.REFUSED_ADDRESS: _("The address of %(host)s is not public, so this node does not ask it."),
    Fault.UNKNOWN_HOST: _("The name %(host)s is not known (DNS)."),
    Fault.CONNECT: _("%(host)s refused the connection, or no way leads there."),
    Fault.CONNECT_TIMEOUT: _NO_ANSWER,
    Fault.IDLE_TIMEOUT: _NO_ANSWER,
    Fault.TOTAL_TIMEOUT: _("The answer of %(host)s took more than %(seconds)s s."),
    Fault.RESET: _("%(host)s broke off the connection."),
    Fault.TLS: _("No secure connection to %(host)s could be made."),
    Fault.TLS_UNTRUSTED: _("The certificate of %(host)s is not trusted."),
    Fault.BAD_HEAD: _("What answers at %(host)s does not speak HTTP."),
    Fault.HEAD_TOO_LARGE: _TOO_LONG,
    Fault.BODY_TOO_LARGE: _TOO_LONG,
    Fault.DECODED_TOO_LARGE: _TOO_LONG,
    Fault.WRONG_LENGTH: _PART,
    Fault.CUT_TLS: _PART,
    Fault.CUT_CHUNK: _PART,
    Fault.BAD_CODING: _("%(host)s packed the page in a way that cannot be unpacked."),
}
_PROXY = _("The crawl proxy of this node made no connection to %(host)s.")
_STATUS = _("%(host)s answered with an error (HTTP %(status)s).")
_GONE = _("%(host)s answered that it has no such page (HTTP %(status)s).")
SIGN_IN = _("A page to sign in came instead.")
remember(*set(_FAULTS.values()), _PROXY, _STATUS, _GONE, SIGN_IN)
_LATE = (Fault.CONNECT_TIMEOUT, Fault.IDLE_TIMEOUT, Fault.TOTAL_TIMEOUT)
_NO_PAGE, _ASKS_WHO = (404, 410), (401, 407)


def failure_reason(fetch: FetchResult | None) -> Reason:
    """What kind of failure kept the page from coming."""
    if fetch is None:
        return Reason.FETCH_FAILED
    if fetch.fault is not None:
        late = Reason.NO_ANSWER if fetch.fault in _LATE else Reason.FETCH_FAILED
        return Reason.UNKNOWN_HOST if fetch.fault is Fault.UNKNOWN_HOST else late
    if fetch.status in _NO_PAGE:
        return Reason.PAGE_GONE
    return Reason.SIGN_IN if fetch.status in _ASKS_WHO or _led_to_sign_in(fetch) else Reason.FETCH_FAILED


def _led_to_sign_in(fetch: FetchResult) -> bool:
    location = fetch.head.first("location") if fetch.head is not None else None
    return bool(location) and fetch.status is not None and 300 <= fetch.status < 400 and is_sign_in(location)


def failure_sentence(fetch: FetchResult | None) -> str:
    """What kept the page from coming; "" where it came."""
    if fetch is None:
        return ""
    target = parse_target(fetch.request.url)
    host = target.host if target else fetch.request.url
    if fetch.fault is not None:
        limits = fetch.request.limits
        seconds = {Fault.CONNECT_TIMEOUT: limits.connect, Fault.TOTAL_TIMEOUT: limits.total}
        waited = f"{seconds.get(fetch.fault, limits.idle):g}"
        said = _PROXY if (fetch.fault, fetch.detail) == (Fault.CONNECT, PROXY) else _FAULTS[fetch.fault]
        return said % {"host": host, "seconds": waited}
    if fetch.status is not None and fetch.status >= 400:
        said = _GONE if fetch.status in _NO_PAGE else _STATUS
        return said % {"host": host, "status": fetch.status}
    return SIGN_IN if _led_to_sign_in(fetch) else ""
