"""Signs JARs as Java's tool does, and as it never would: every step can be bent."""

import base64
import datetime as dt
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from apps.lockss.jar import Certificate

MANIFEST, SF, BLOCK = "META-INF/MANIFEST.MF", "META-INF/SIGNER.SF", "META-INF/SIGNER.EC"


@cache
def signer(name: str = "Test Signer") -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    at = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at)
        .not_valid_after(at + dt.timedelta(days=36_500))
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def certificate_of(name: str = "Test Signer") -> Certificate:
    return Certificate.of(signer(name)[1].public_bytes(Encoding.DER))


def digest(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def folded(line: str) -> bytes:
    """72 bytes a line with its end, as the tool writes; a character may be cut in two."""
    data = line.encode()
    pieces = [data[:70], *(b" " + data[at : at + 69] for at in range(70, len(data), 69))]
    return b"\r\n".join(pieces) + b"\r\n"


def manifest_of(files: Mapping[str, bytes], **more: str) -> bytes:
    out = b"Manifest-Version: 1.0\r\n\r\n"
    for name, data in files.items():
        out += folded(f"Name: {name}") + folded(f"SHA-256-Digest: {digest(data)}")
        out += b"".join(folded(f"{key}: {value}") for key, value in more.items()) + b"\r\n"
    return out


def sf_of(manifest: bytes, names: list[str]) -> bytes:
    out = b"Signature-Version: 1.0\r\n" + folded(f"SHA-256-Digest-Manifest: {digest(manifest)}") + b"\r\n"
    for name in names:
        out += folded(f"Name: {name}") + folded(f"SHA-256-Digest: {digest(b'')}") + b"\r\n"
    return out


def block_of(sf: bytes, by: str = "Test Signer") -> bytes:
    key, certificate = signer(by)
    options = [
        pkcs7.PKCS7Options.DetachedSignature,
        pkcs7.PKCS7Options.Binary,
        pkcs7.PKCS7Options.NoCapabilities,
    ]
    builder = pkcs7.PKCS7SignatureBuilder().set_data(sf).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(Encoding.DER, options)


def zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def signed_parts(files: Mapping[str, bytes], by: str = "Test Signer", **more: str) -> dict[str, bytes]:
    manifest = manifest_of(files, **more)
    sf = sf_of(manifest, list(files))
    return {MANIFEST: manifest, SF: sf, BLOCK: block_of(sf, by), **files}


def signed_jar(
    files: Mapping[str, bytes],
    by: str = "Test Signer",
    bend: Callable[[dict[str, bytes]], None] | None = None,
    **more: str,
) -> bytes:
    """``bend`` changes the parts after they were signed."""
    parts = signed_parts(files, by, **more)
    if bend is not None:
        bend(parts)
    return zipped(parts)


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist() if not info.is_dir()}
