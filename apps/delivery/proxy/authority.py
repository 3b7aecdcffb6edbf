"""The node's own certificate authority, for who asks the proxies over https and has chosen to trust it.

The root signs nothing but intermediates; it lies in the keys' folder, encrypted by the node's secret, readable by the
node's user alone. Intermediates live a week, in memory only, and may sign only for the hosts they were made for; the
certificates of hosts live as long. Whoever gets hold of one of them can pretend to be those hosts and no others.
"""

import contextlib
import datetime as dt
import fcntl
import hashlib
import hmac
import ipaddress
import os
import ssl
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT_DAYS = 730
RENEW_DAYS = 30
SHORT_DAYS = 7
MOST_HOSTS = 50
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class _Signer:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    hosts: tuple[str, ...] = ()


class Authority:
    """``folder``: of the keys, mode 0700. ``secret``: what encrypts the root's key. ``clock``: aware, UTC."""

    # An hour less than the certificates live would do; a day leaves room for clocks that differ.
    good_for = (SHORT_DAYS - 1) * 24 * _HOUR

    def __init__(self, folder: Path, secret: str, name: str, clock: Callable[[], dt.datetime]) -> None:
        self._folder, self._name, self._clock = folder, name, clock
        self._password = (
            hmac.new(secret.encode(), b"apps.delivery.authority", hashlib.sha256).hexdigest().encode()
        )
        self._signer: _Signer | None = None
        self._root: _Signer | None = None

    @property
    def certificate_file(self) -> Path:
        return self._folder / "proxy-ca.pem"

    @property
    def key_file(self) -> Path:
        return self._folder / "proxy-ca.key"

    def root(self) -> x509.Certificate:
        """The certificate that people install; made where there is none, or the old one ends within a month."""
        return self._opened().certificate

    def context(self, host: str) -> ssl.SSLContext:
        """To speak as this host, whose right to be spoken for the caller has made sure of."""
        signer = self._signer_for(host)
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = self._signed(
            _name(host[:64]), key, signer, days=SHORT_DAYS, more=[(_san(host), False), (_SERVES, False)]
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        chain = _pem(leaf) + _pem(signer.certificate)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".leaf-") as file:
            # The library reads keys from files alone; this one is ours only and gone at once.
            file.write(chain + _pem_key(key))
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def _signer_for(self, host: str) -> _Signer:
        kept = self._signer
        fresh = kept is not None and self._lasts(kept.certificate)
        if kept is not None and fresh and host in kept.hosts:
            return kept
        # A new one for a new host: what it may sign for is written in it.
        hosts = (*(kept.hosts if kept and fresh else ()), host)[-MOST_HOSTS:]
        root, key = self._opened(), ec.generate_private_key(ec.SECP256R1())
        constraint = x509.NameConstraints(_permitted(hosts), None)
        certificate = self._signed(
            _name(f"{self._name[:40]} proxies {x509.random_serial_number() % 10**8:08}"),
            key,
            root,
            # What it signs on its one day of use ends before it does.
            days=SHORT_DAYS + 1,
            more=[
                (x509.BasicConstraints(ca=True, path_length=0), True),
                (_SIGNS, True),
                (constraint, True),
                (_SERVES, False),
            ],
        )
        self._signer = _Signer(certificate, key, hosts)
        return self._signer

    def _lasts(self, certificate: x509.Certificate) -> bool:
        return certificate.not_valid_after_utc - self._clock() > dt.timedelta(days=SHORT_DAYS)

    def _opened(self) -> _Signer:
        if self._root is None or self._ends_soon(self._root.certificate):
            with self._locked():
                self._root = self._read() or self._made()
        return self._root

    def _ends_soon(self, certificate: x509.Certificate) -> bool:
        return certificate.not_valid_after_utc - self._clock() < dt.timedelta(days=RENEW_DAYS)

    def _read(self) -> _Signer | None:
        try:
            certificate = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
            key = serialization.load_pem_private_key(self.key_file.read_bytes(), self._password)
        except (OSError, ValueError, TypeError):
            return None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or self._ends_soon(certificate):
            return None
        same = (
            key.public_key().public_numbers()
            == getattr(certificate.public_key(), "public_numbers", lambda: None)()
        )
        return _Signer(certificate, key) if same else None

    def _made(self) -> _Signer:
        key = ec.generate_private_key(ec.SECP256R1())
        mark = f"{x509.random_serial_number() % 10**8:08}"
        name = _name(f"{self._name[:40]} proxy authority {mark}")
        certificate = self._signed(
            name,
            key,
            None,
            days=ROOT_DAYS,
            more=[(x509.BasicConstraints(ca=True, path_length=1), True), (_SIGNS, True)],
        )
        coded = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(self._password),
        )
        _write(self.key_file, coded, 0o600)
        _write(self.certificate_file, _pem(certificate), 0o644)
        return _Signer(certificate, key)

    def _signed(
        self, subject: x509.Name, key, signer: _Signer | None, *, days: int, more
    ) -> x509.Certificate:
        at = self._clock()
        issuer_name = signer.certificate.subject if signer else subject
        issuer_key = signer.key if signer else key
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - dt.timedelta(hours=1))
            .not_valid_after(at + dt.timedelta(days=days))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
            )
        )
        if all(not isinstance(each, x509.BasicConstraints) for each, _ in more):
            more = [*more, (x509.BasicConstraints(ca=False, path_length=None), True)]
        for extension, critical in more:
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(issuer_key, hashes.SHA256())

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Two processes want it at the same time: one makes it."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / "proxy-ca.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


_SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)
_SERVES = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def _name(text: str) -> x509.Name:
    plain = "".join(sign for sign in text if sign.isprintable()).strip()[:64] or "LOCKSS node"
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, plain)])


def _address(host: str):
    try:
        return ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None


def _san(host: str) -> x509.SubjectAlternativeName:
    address = _address(host)
    return x509.SubjectAlternativeName([x509.IPAddress(address) if address else x509.DNSName(host)])


def _permitted(hosts: tuple[str, ...]) -> list[x509.GeneralName]:
    """A kind of name that is not restricted would be allowed whole: so there is always one of each."""
    found = [_general(each) for each in hosts]
    if not any(isinstance(each, x509.DNSName) for each in found):
        found.append(x509.DNSName("invalid"))
    if not any(isinstance(each, x509.IPAddress) for each in found):
        found.append(x509.IPAddress(ipaddress.ip_network("192.0.2.0/32")))
    return found


def _general(host: str) -> x509.GeneralName:
    """A name constraint of this host; of names those below it are meant as well."""
    address = _address(host)
    return x509.IPAddress(ipaddress.ip_network(address)) if address else x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(file: Path, data: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by others in between."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, data)
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    new.rename(file)
