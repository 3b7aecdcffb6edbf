"""A signature block (PKCS #7 SignedData, RFC 5652): whether its signers have signed these bytes."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, core
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa

from apps.lockss.jar.trust import Certificate

MOST_SIGNERS = 20
MOST_CERTIFICATES = 50
# What collides today counts for nothing; SHA-1 is in signatures that networks still ship.
HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(),  # noqa: S303
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
# asn1crypto raises these, each for another kind of broken bytes.
_BROKEN = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError)


class CmsError(Exception):
    """The block does not prove what it should; the text is for people."""


@dataclass(frozen=True, slots=True)
class BlockSigner:
    certificate: Certificate
    digest: str


@dataclass(frozen=True, slots=True)
class Block:
    """Every signer has signed; ``certificates`` are all that came along."""

    signers: tuple[BlockSigner, ...]
    certificates: tuple[Certificate, ...]


def read_block(data: bytes, signed: bytes) -> Block:
    """CmsError unless each of its signers has signed ``signed``."""
    try:
        info = cms.ContentInfo.load(data, strict=True)
        if info["content_type"].native != "signed_data":
            raise CmsError("it holds no signed data")
        content = info["content"]
        certificates = tuple(_certificates(content))
        infos = list(content["signer_infos"])
        inner = content["encap_content_info"]["content"]
        if inner.native is not None and bytes(inner.native) != signed:
            raise CmsError("what it signs is not the signature file beside it")
        if not 1 <= len(infos) <= MOST_SIGNERS:
            raise CmsError(f"expected 1 to {MOST_SIGNERS} signers, found {len(infos)}")
        return Block(tuple(_signer(one, certificates, signed) for one in infos), certificates)
    except _BROKEN as error:
        raise CmsError(f"it cannot be read ({type(error).__name__})") from error


def _certificates(content: Any) -> list[Certificate]:
    found = list(content["certificates"] or [])
    if len(found) > MOST_CERTIFICATES:
        raise CmsError(f"{len(found)} certificates; at most {MOST_CERTIFICATES} are read")
    return [Certificate.of(one.chosen.dump()) for one in found if one.name == "certificate"]


def _signer(info: Any, certificates: tuple[Certificate, ...], signed: bytes) -> BlockSigner:
    certificate = next((one for one in certificates if _is_meant(info["sid"], one)), None)
    if certificate is None:
        raise CmsError("the signer's certificate is missing")
    digest = info["digest_algorithm"]["algorithm"].native
    if digest not in HASHES:
        raise CmsError(f"signed with {digest}, which proves nothing any more or is not known")
    message = signed
    attributes = info["signed_attrs"]
    if len(attributes or ()):
        _check_attributes(attributes, hashlib.new(digest, signed).digest())
        # Signed is the set itself, not the implicit tag it is sent with (RFC 5652 §5.4).
        message = attributes.untag().dump(force=True)
    _check_signature(certificate, info, digest, message)
    return BlockSigner(certificate, digest)


def _is_meant(sid: Any, certificate: Certificate) -> bool:
    if sid.name == "issuer_and_serial_number":
        same = sid.chosen["serial_number"].native == certificate.x509.serial_number
        return bool(same) and sid.chosen["issuer"].dump() == certificate.x509.issuer.public_bytes()
    parsed = cms.Certificate.load(certificate.der)
    return bool(sid.chosen.native == parsed.key_identifier)


def _check_attributes(attributes: Any, expected: bytes) -> None:
    found: dict[str, list[Any]] = {}
    for one in attributes:
        name = one["type"].native
        if name in found:
            raise CmsError(f"its attribute {str(name)[:60]} stands twice")
        found[name] = list(one["values"])
    digests = found.get("message_digest", [])
    if len(digests) != 1 or not hmac.compare_digest(bytes(digests[0].native), expected):
        raise CmsError("the signature file was changed after it was signed")
    kinds = found.get("content_type", [])
    if len(kinds) != 1 or kinds[0].native != "data":
        raise CmsError("it does not say that it signs plain data")


def _check_signature(certificate: Certificate, info: Any, digest: str, message: bytes) -> None:
    key = certificate.x509.public_key()
    signature = info["signature"].native
    algorithm = HASHES[digest]
    scheme = info["signature_algorithm"]
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, *_rsa(scheme, algorithm))
        elif isinstance(key, dsa.DSAPublicKey):
            key.verify(signature, message, algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(algorithm))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
            key.verify(signature, message)
        else:
            raise CmsError("signed with a kind of key that is not known")
    except InvalidSignature:
        raise CmsError("the signature does not fit the signature file") from None
    except UnsupportedAlgorithm:
        raise CmsError("signed in a way that is not known") from None


def _rsa(
    scheme: Any, algorithm: hashes.HashAlgorithm
) -> tuple[padding.AsymmetricPadding, hashes.HashAlgorithm]:
    if scheme["algorithm"].native != "rsassa_pss":
        return padding.PKCS1v15(), algorithm
    given = scheme["parameters"]
    own = HASHES[given["hash_algorithm"]["algorithm"].native]
    inner = given["mask_gen_algorithm"]["parameters"]
    mask = own if isinstance(inner, core.Void) else HASHES[inner["algorithm"].native]
    return padding.PSS(mgf=padding.MGF1(mask), salt_length=int(given["salt_length"].native)), own
