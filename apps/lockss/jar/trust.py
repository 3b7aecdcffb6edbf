"""Certificates of signers: who, until when, and whether a chain leads from one to another that is trusted."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

LONGEST_CHAIN = 8
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Certificate:
    """``der`` is the certificate as it stands in the file; it could be read when this was made."""

    der: bytes

    @classmethod
    def of(cls, der: bytes) -> "Certificate":
        """ValueError where these bytes are no certificate."""
        if len(der) > MOST_BYTES:
            raise ValueError("longer than any certificate")
        made = cls(der)
        try:
            # Whatever is asked for later is asked for now.
            _ = made.subject, made.issuer, made.not_before, made.not_after
        except (UnsupportedAlgorithm, TypeError, OverflowError, AttributeError) as error:
            raise ValueError(str(error)) from error
        return made

    @cached_property
    def x509(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.der)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in hex digits."""
        return hashlib.sha256(self.der).hexdigest()

    @cached_property
    def subject(self) -> str:
        return self.x509.subject.rfc4514_string()

    @cached_property
    def issuer(self) -> str:
        return self.x509.issuer.rfc4514_string()

    @cached_property
    def not_before(self) -> datetime:
        return self.x509.not_valid_before_utc

    @cached_property
    def not_after(self) -> datetime:
        return self.x509.not_valid_after_utc

    def issued(self, other: "Certificate") -> bool:
        """Whether this one signed the other, as an authority may."""
        try:
            basic = self.x509.extensions.get_extension_for_class(x509.BasicConstraints).value
            if not basic.ca:
                return False
            other.x509.verify_directly_issued_by(self.x509)
        except (
            x509.ExtensionNotFound,
            x509.DuplicateExtension,
            InvalidSignature,
            UnsupportedAlgorithm,
            ValueError,
            TypeError,
        ):
            return False
        return True


def trusted_by(
    signer: Certificate, others: Collection[Certificate], trusted: Mapping[str, Certificate]
) -> Certificate | None:
    """The trusted certificate that vouches for ``signer``: itself, or one at the end of a chain through ``others``."""
    at, seen = signer, {signer.fingerprint}
    for _ in range(LONGEST_CHAIN):
        if at.fingerprint in trusted:
            return trusted[at.fingerprint]
        anchor = next((one for one in trusted.values() if one.subject == at.issuer and one.issued(at)), None)
        if anchor is not None:
            return anchor
        above = next(
            (c for c in others if c.fingerprint not in seen and c.subject == at.issuer and c.issued(at)), None
        )
        if above is None:
            return None
        seen.add(above.fingerprint)
        at = above
    return None
