"""How far a publisher's certificate must be trusted, and what was wrong with it, as data (collecting §4).

The first connection to an endpoint always verifies. A fault in the chain is remembered for the crawl; where the
network's trust level accepts it, the endpoint is asked again without the check that failed.
"""

import hashlib
import ssl
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from django.utils.translation import gettext_noop as _

from apps.common.stored import remember
from apps.lockss.fetch import TlsReport, TrustLevel

NO_LONGER = _("the server's certificate is no longer signed by itself")
remember(NO_LONGER)
# X509_V_ERR codes of OpenSSL.
_SELF_SIGNED_LEAF = 18
_NAME_MISMATCH = frozenset({62, 63, 64})


@dataclass(frozen=True, slots=True)
class ChainFault:
    """OpenSSL's code and words."""

    code: int
    text: str


def _verifying(ca_file: str | None) -> ssl.SSLContext:
    """One verdict under every Python: from 3.13 on the default also asks for extensions many publishers lack."""
    context = ssl.create_default_context(cafile=ca_file)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


class TlsPolicy:
    """Contexts by what is known of an endpoint. ``ca_file``: roots instead of the system's."""

    def __init__(self, level: TrustLevel, ca_file: str | None = None) -> None:
        self.level = level
        self._faults: dict[str, ChainFault] = {}
        self._strict = _verifying(ca_file)
        self._nameless = _verifying(ca_file)
        self._nameless.check_hostname = False
        self._blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._blind.check_hostname = False
        self._blind.verify_mode = ssl.CERT_NONE
        # Old keys and digests are a fault to record, not a reason to lose the content.
        self._blind.set_ciphers("DEFAULT:@SECLEVEL=0")

    def context(self, endpoint: str) -> ssl.SSLContext:
        fault = self._faults.get(endpoint)
        if fault is None:
            return self._strict
        if self.level is TrustLevel.SELF_SIGNED and fault.code in _NAME_MISMATCH:
            return self._nameless
        return self._blind

    def fault(self, endpoint: str) -> ChainFault | None:
        return self._faults.get(endpoint)

    def accepts(self, endpoint: str, error: ssl.SSLCertVerificationError) -> bool:
        """Remember the fault; whether the endpoint may be asked again in spite of it."""
        fault = ChainFault(error.verify_code, error.verify_message)
        known = endpoint in self._faults
        if self.level is TrustLevel.TRUSTED or known:
            return False
        if self.level is TrustLevel.SELF_SIGNED and fault.code not in {_SELF_SIGNED_LEAF, *_NAME_MISMATCH}:
            return False
        self._faults[endpoint] = fault
        return True

    def refuses_peer(self, endpoint: str, ssl_object: Any) -> str | None:
        """On the unverified connection of level self-signed: the certificate must sign itself."""
        fault = self._faults.get(endpoint)
        if self.level is not TrustLevel.SELF_SIGNED or fault is None or fault.code != _SELF_SIGNED_LEAF:
            return None
        der = ssl_object.getpeercert(binary_form=True)
        try:
            certificate = x509.load_der_x509_certificate(der or b"")
            certificate.verify_directly_issued_by(certificate)
        except (ValueError, TypeError, InvalidSignature):
            return NO_LONGER
        return None

    def report(self, endpoint: str, ssl_object: Any) -> TlsReport:
        fault = self._faults.get(endpoint)
        cipher = ssl_object.cipher()
        der = ssl_object.getpeercert(binary_form=True) or b""
        return TlsReport(
            version=ssl_object.version() or "",
            cipher=cipher[0] if cipher else "",
            certificate_sha256=hashlib.sha256(der).hexdigest(),
            chain_fault=None if fault is None else f"{fault.code}: {fault.text}",
        )
