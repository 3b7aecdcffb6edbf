"""Certificates out of a key store: JKS and JCEKS as Java networks ship them, PKCS #12, PEM, or one certificate.

Private keys in it are passed over and never kept.
"""

import hashlib
import hmac
import struct
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12

from apps.lockss.jar.trust import Certificate

LARGEST = 4 << 20
MOST = 500
DAMAGED_PEM = (
    "The certificates of this PEM file cannot be read: one of them is cut off or damaged, or the file holds none."
    " Export them anew."
)
DAMAGED = "The certificates of this file cannot be read: it is cut off or damaged. Export them anew."
_JKS, _JCEKS = 0xFEEDFEED, 0xCECECECE
_KEY, _TRUSTED = 1, 2
_SALT = b"Mighty Aphrodite"
_DIGEST_SIZE = 20


class KeystoreError(Exception):
    """Nothing can be taken from the file; the text is for people."""


def read_keystore(data: bytes, password: str = "") -> tuple[tuple[str, Certificate], ...]:
    """Pairs of alias ("" where the format has none) and certificate, each certificate once. KeystoreError."""
    if len(data) > LARGEST:
        raise KeystoreError(f"{len(data):,} bytes; at most {LARGEST:,} are read")
    try:
        pairs = list(_read(data, password))
    except (ValueError, TypeError, struct.error, OverflowError) as error:
        raise KeystoreError(DAMAGED_PEM if _is_pem(data) else DAMAGED) from error
    if not pairs:
        raise KeystoreError("There is no certificate in this file.")
    if len(pairs) > MOST:
        raise KeystoreError(f"{len(pairs):,} certificates; at most {MOST:,} are read.")
    return tuple(
        {certificate.fingerprint: (alias, certificate) for alias, certificate in reversed(pairs)}.values()
    )


def _is_java(data: bytes) -> bool:
    return len(data) >= 12 and struct.unpack(">I", data[:4])[0] in (_JKS, _JCEKS)


def _is_pem(data: bytes) -> bool:
    return not _is_java(data) and b"-----BEGIN" in data


def _read(data: bytes, password: str) -> Iterator[tuple[str, Certificate]]:
    if _is_java(data):
        yield from _Java(data, password).read()
    elif _is_pem(data):
        for one in x509.load_pem_x509_certificates(data):
            yield "", Certificate.of(one.public_bytes(Encoding.DER))
    else:
        try:
            yield "", Certificate.of(data)
        except ValueError:
            yield from _pkcs12(data, password)


def _pkcs12(data: bytes, password: str) -> Iterator[tuple[str, Certificate]]:
    try:
        store = pkcs12.load_pkcs12(data, password.encode() if password else None)
    except ValueError:
        message = (
            "This is no key store, or the password is not right."
            if password
            else ("This is no key store, or it needs a password.")
        )
        raise KeystoreError(message) from None
    for one in (store.cert, *store.additional_certs):
        if one is not None:
            alias = (one.friendly_name or b"").decode("utf-8", "replace")
            yield alias, Certificate.of(one.certificate.public_bytes(Encoding.DER))


class _Java:
    """Sun's own format: numbers big-endian, texts as two bytes of length and UTF-8, a keyed SHA-1 at the end."""

    def __init__(self, data: bytes, password: str) -> None:
        self._data = data
        self._password = password
        self._at = 0
        self._end = len(data) - _DIGEST_SIZE

    def read(self) -> Iterator[tuple[str, Certificate]]:
        if self._password:
            self._check()
        _magic, version, count = self._number(4), self._number(4), self._number(4)
        if version not in (1, 2):
            raise KeystoreError(f"Version {version} of this key store's format is not known.")
        if count > MOST:
            raise KeystoreError(f"{count:,} entries; at most {MOST:,} are read.")
        for _ in range(count):
            kind, alias = self._number(4), self._text()
            self._take(8)
            if kind == _TRUSTED:
                yield alias, self._certificate(version)
            elif kind == _KEY:
                self._take(self._number(4))
                chain = [self._certificate(version) for _ in range(min(self._number(4), MOST))]
                # Of a key's chain the first is the signer; the rest vouches for it.
                yield from ((alias, one) for one in chain[:1])
            else:
                raise KeystoreError("This key store holds secret keys. Export its certificates alone.")
        if self._at != self._end:
            raise KeystoreError("This key store goes on where it should end.")

    def _check(self) -> None:
        body, stated = self._data[: self._end], self._data[self._end :]
        made = hashlib.sha1(self._password.encode("utf-16-be", "surrogatepass") + _SALT + body).digest()
        if not hmac.compare_digest(made, stated):
            raise KeystoreError("The password is not right, or the key store was changed.")

    def _take(self, size: int) -> bytes:
        if size > self._end - self._at:
            raise KeystoreError("This key store is cut off.")
        self._at += size
        return self._data[self._at - size : self._at]

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def _text(self) -> str:
        return self._take(self._number(2)).decode("utf-8", "replace")

    def _certificate(self, version: int) -> Certificate:
        kind = self._text() if version == 2 else "X.509"
        der = self._take(self._number(4))
        if kind not in ("X.509", "X509"):
            raise KeystoreError(f"A certificate of kind {kind[:40]} is not known.")
        return Certificate.of(der)
