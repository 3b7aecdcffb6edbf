"""Why a permission page could not be had, in sentences; what a library said of it stays out."""

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember
from apps.lockss.fetch import Fault, FetchResult, parse_target

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
_STATUS = _("%(host)s answered with an error (HTTP %(status)s).")
remember(*set(_FAULTS.values()), _STATUS)


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
        return _FAULTS[fetch.fault] % {"host": host, "seconds": waited}
    if fetch.status is not None and fetch.status >= 400:
        return _STATUS % {"host": host, "status": fetch.status}
    return ""
