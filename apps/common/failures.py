"""What kept a network exchange from ending well, in sentences of our own: what a library says of it is for nobody.

Kept in rows in English, and said again to whoever reads them (``common.stored``).
"""

import errno
import smtplib
import ssl
from typing import Final

from django.utils.translation import gettext_noop as _

from apps.common.stored import remember
from apps.lockss.fetch import Fault

_CUT = _("what came ended before its end")
FAULTS: Final = {
    Fault.BAD_URL: _("its address is none that can be asked"),
    Fault.UNKNOWN_HOST: _("the host's name is not known (DNS)"),
    Fault.CONNECT: _("no connection could be made"),
    Fault.CONNECT_TIMEOUT: _("no connection was made in time"),
    Fault.IDLE_TIMEOUT: _("nothing more came in time"),
    Fault.RESET: _("the connection was broken off"),
    Fault.TLS: _("no secure connection could be made"),
    Fault.TLS_UNTRUSTED: _("the server's certificate is not trusted"),
    Fault.BAD_HEAD: _("what answered does not speak HTTP"),
    Fault.WRONG_LENGTH: _CUT,
    Fault.CUT_TLS: _CUT,
    Fault.CUT_CHUNK: _CUT,
}
PROXY: Final = _("the crawl proxy made no connection")
_ERRNOS = {
    errno.ECONNREFUSED: _("the connection was refused"),
    errno.ENETUNREACH: _("no way leads to that network"),
    errno.EHOSTUNREACH: _("no way leads to that host"),
    errno.ECONNRESET: FAULTS[Fault.RESET],
    errno.EPIPE: FAULTS[Fault.RESET],
    errno.ETIMEDOUT: FAULTS[Fault.CONNECT_TIMEOUT],
}
# OpenSSL's X509_V_ERR_ numbers (openssl/x509_vfy.h).
_CERTIFICATES = {
    9: _("the server's certificate is not valid yet"),
    10: _("the server's certificate has ended"),
    18: _("the server's certificate is signed by itself alone"),
    19: _("the server's certificate is signed by somebody who is not trusted"),
    20: _("the server's certificate is signed by somebody who is not known"),
    62: _("the server's certificate is of another host"),
    64: _("the server's certificate is of another address"),
}
# What the server itself said is no word of a library: it tells an administrator what to do.
_REFUSED = _("the mail server answered %(code)s: “%(words)s”")
LONGEST_WORDS = 200
_UNKNOWN = _("the exchange failed (%s)")
remember(*{*FAULTS.values(), *_ERRNOS.values(), *_CERTIFICATES.values()}, PROXY, _REFUSED, _UNKNOWN)


def fault_said(fault: Fault, error: BaseException) -> str:
    """Of a fetch; more precisely where the error's number says more than the fault."""
    return _numbered(error) or FAULTS.get(fault) or str(fault)


def exchange_said(error: BaseException) -> str:
    """Of any other exchange: a POST, a mail."""
    if said := _numbered(error):
        return said
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return _answered(*min(error.recipients.values()))
    if isinstance(error, ssl.SSLError):
        return FAULTS[Fault.TLS]
    if isinstance(error, TimeoutError):
        return FAULTS[Fault.IDLE_TIMEOUT]
    if isinstance(error, ConnectionError | smtplib.SMTPServerDisconnected):
        return FAULTS[Fault.RESET]
    # What is left has a name that whoever maintains the node can look up.
    return _UNKNOWN % type(error).__name__


def _answered(code: int, words: bytes | str) -> str:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return _REFUSED % {"code": code, "words": " ".join(said.split())[:LONGEST_WORDS]}


def _numbered(error: BaseException) -> str:
    """By the number of the innermost error that has one; "" where none is known."""
    found, cause = "", error
    for _turn in range(8):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _CERTIFICATES.get(cause.verify_code, FAULTS[Fault.TLS_UNTRUSTED])
        if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError):
            found = _ERRNOS.get(cause.errno or 0, found)
        inner = getattr(cause, "os_error", None) or cause.__cause__
        if not isinstance(inner, BaseException):
            break
        cause = inner
    return found
