"""This node's own certificate, made once, and the TLS contexts that accept just the known peers.

A network has no authority to sign for its members: each node's certificate is self-signed, handed over
with its identity, and pinned by its SHA-256. What a valid certificate says inside is not looked at.
"""

import datetime as dt
import os
import ssl
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.common.clock import now
from apps.common.text import storable

# The network decides when a peer leaves, not a date: a lapsed certificate would silence a whole node.
VALID_FOR = dt.timedelta(days=20 * 365)


def ensure_certificate(keys_dir: Path, identity: str) -> tuple[Path, Path]:
    """Paths of (certificate, key) as PEM below ``keys_dir``; made at the first call, key mode 0600."""
    certificate, key = keys_dir / "lcap.crt", keys_dir / "lcap.key"
    if not (certificate.exists() and key.exists()):
        keys_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make(certificate, key, identity)
    return certificate, key


def _make(certificate: Path, key: Path, identity: str) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, identity),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "LOCKSS node"),
        ]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now() - dt.timedelta(days=1))
        .not_valid_after(now() + VALID_FOR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(private, hashes.SHA256())
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    # The certificate comes last: a kill between the two leaves no pair that does not belong together.
    _write(key, secret)
    _write(certificate, made.public_bytes(serialization.Encoding.PEM))


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def fingerprint(pem: str) -> str:
    """SHA-256 of a PEM certificate, 64 hex digits; ValueError when it is none."""
    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex()


def common_name(pem: str) -> str:
    """What the certificate calls its holder, at most 200 characters; empty where it gives no name."""
    names = x509.load_pem_x509_certificate(pem.encode()).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return storable(names[0].value, 200) if names else ""


def expires_at(pem: str) -> dt.datetime:
    return x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc


def make_context(
    *, server: bool, certificate: Path, key: Path, trusted: Iterable[str], minimum: ssl.TLSVersion
) -> ssl.SSLContext:
    """A mutual TLS context: ``trusted`` are the PEM certificates of the known peers, each its own anchor."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = minimum
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_cert_chain(certificate, key)
    anchors = "\n".join(trusted)
    if anchors:
        context.load_verify_locations(cadata=anchors)
    return context
