"""Whether a JAR is what its signers signed: every entry, as Java's own verifier judges it, and strictly so.

Deployed nodes take a plugin JAR only when every entry outside META-INF is signed by one of the key store; here an entry
inside META-INF that is no part of the signature must be signed too.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import BinaryIO

from apps.lockss.jar.archive import Archive, JarError, JarLimits
from apps.lockss.jar.cms import CmsError, read_block
from apps.lockss.jar.manifest import Manifest, Section, parse_manifest
from apps.lockss.jar.trust import Certificate, trusted_by

_MANIFEST = "META-INF/MANIFEST.MF"
_PART = re.compile(r"META-INF/(?:MANIFEST\.MF|INDEX\.LIST|SIG-[^/]*|[^/]*\.(?:SF|RSA|DSA|EC))", re.IGNORECASE)
_SF = re.compile(r"META-INF/([^/]+)\.SF", re.IGNORECASE)
_BLOCKS = (".rsa", ".dsa", ".ec")
_DIGESTS = {
    "sha": "sha1",
    "sha1": "sha1",
    "sha-1": "sha1",
    "sha-224": "sha224",
    "sha-256": "sha256",
    "sha-384": "sha384",
    "sha-512": "sha512",
}
MOST_PROBLEMS = 50
MOST_FILES = 20


class SignatureState(StrEnum):
    TRUSTED = "trusted"
    UNKNOWN = "unknown"
    BROKEN = "broken"
    UNSIGNED = "unsigned"


@dataclass(frozen=True, slots=True)
class Problem:
    """``entry`` is the place in the JAR; empty: the JAR as a whole."""

    entry: str
    message: str

    def __str__(self) -> str:
        return f"{self.entry}: {self.message}" if self.entry else self.message


@dataclass(frozen=True, slots=True)
class SignedBy:
    """One who signed every entry. ``anchor``: the trusted certificate that vouches for it, None where none does."""

    certificate: Certificate
    anchor: Certificate | None
    digest: str

    @property
    def weak(self) -> bool:
        """SHA-1: what it signs could have been made to collide."""
        return self.digest == "sha1"


@dataclass(frozen=True, slots=True)
class Signature:
    """``problems`` only where it is broken; ``signers`` those who signed everything, trusted ones first."""

    state: SignatureState
    signers: tuple[SignedBy, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Claim:
    """What one signature file names, and who signed it."""

    names: set[str]
    signers: list[SignedBy] = field(default_factory=list)


def verify_jar(
    file: BinaryIO, trusted: Collection[Certificate] = (), limits: JarLimits | None = None
) -> Signature:
    """Never raises for what a JAR holds: one that cannot be judged is broken."""
    try:
        archive = Archive(file, limits or JarLimits())
        return _verify(archive, {one.fingerprint: one for one in trusted})
    except JarError as error:
        return Signature(SignatureState.BROKEN, problems=(Problem(error.entry, error.message),))


def _verify(archive: Archive, trusted: Mapping[str, Certificate]) -> Signature:
    by_name: dict[str, str] = {}
    for name in archive.names:
        if by_name.setdefault(name.lower(), name) != name and _PART.fullmatch(name):
            raise JarError("it is there twice, in capitals and in small letters", name)
    pairs = list(_pairs(archive, by_name))
    if len(pairs) > MOST_FILES:
        raise JarError(f"{len(pairs)} signature files; at most {MOST_FILES} are read")
    if not pairs:
        return Signature(SignatureState.UNSIGNED)
    found = by_name.get(_MANIFEST.lower())
    if found is None:
        raise JarError("it is signed, but there is no manifest", _MANIFEST)
    data = archive.part(found)
    manifest = parse_manifest(data, found)
    problems: list[Problem] = []
    claims = []
    for sf_name, block_name in pairs:
        try:
            claims.append(_claim(archive, sf_name, block_name, data, manifest, trusted))
        except CmsError as error:
            problems.append(Problem(block_name, str(error)))
    signed = set().union(*(claim.names for claim in claims))
    problems += _entry_problems(archive, manifest, signed)
    if problems:
        return Signature(SignatureState.BROKEN, problems=tuple(problems[:MOST_PROBLEMS]))
    return _judged(claims, signed)


def _judged(claims: list[_Claim], signed: set[str]) -> Signature:
    """Counts who signed all of it: a trusted half beside an unknown half is not trusted."""
    whole = [one for claim in claims if claim.names >= signed for one in claim.signers]
    whole.sort(key=lambda one: one.anchor is None)
    known = bool(whole) and whole[0].anchor is not None
    return Signature(SignatureState.TRUSTED if known else SignatureState.UNKNOWN, tuple(whole))


def _pairs(archive: Archive, by_name: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Signature files with their blocks. One without its other half signs nothing: so Java's tools have it."""
    for name in sorted(archive.names):
        found = _SF.fullmatch(name)
        if found is None:
            continue
        stem = f"meta-inf/{found[1].lower()}"
        block = next((by_name[stem + end] for end in _BLOCKS if stem + end in by_name), None)
        if block is not None:
            yield name, block


def _claim(
    archive: Archive,
    sf_name: str,
    block_name: str,
    data: bytes,
    manifest: Manifest,
    trusted: Mapping[str, Certificate],
) -> _Claim:
    sf_data = archive.part(sf_name)
    block = read_block(archive.part(block_name), sf_data)
    sf = parse_manifest(sf_data, sf_name)
    if sf.main.get("signature-version") is None:
        raise JarError("it does not begin with Signature-Version", sf_name)
    whole = _matches(sf.main, "-digest-manifest", data)
    if not whole and _matches(sf.main, "-digest-manifest-main-attributes", manifest.main.raw) is False:
        raise JarError("the head of the manifest was changed after it was signed", sf_name)
    for name, section in sf.sections.items():
        own = manifest.sections.get(name)
        if own is None:
            raise JarError("it is signed, but the manifest does not name it", name)
        # The whole manifest was compared already; its sections need not be.
        if not whole and not _matches(section, "-digest", own.raw):
            raise JarError("its section of the manifest was changed after it was signed", name)
    signers = [
        SignedBy(one.certificate, trusted_by(one.certificate, block.certificates, trusted), one.digest)
        for one in block.signers
    ]
    return _Claim(set(sf.sections), signers)


def _matches(section: Section, suffix: str, data: bytes) -> bool | None:
    """Whether all known digests of this kind fit ``data``; None where there is none."""
    found = list(_stated(section, suffix))
    if not found:
        return None
    return all(hmac.compare_digest(hashlib.new(name, data).digest(), digest) for name, digest in found)


def _stated(section: Section, suffix: str) -> Iterator[tuple[str, bytes]]:
    for key, value in section.attributes.items():
        algorithm = _DIGESTS.get(key.removesuffix(suffix)) if key.endswith(suffix) else None
        if algorithm is None:
            continue
        try:
            yield algorithm, base64.b64decode(value.strip(), validate=True)
        except (binascii.Error, ValueError):
            yield algorithm, b""


def _entry_problems(archive: Archive, manifest: Manifest, signed: set[str]) -> Iterator[Problem]:
    for name in archive.names:
        if _PART.fullmatch(name):
            continue
        section = manifest.sections.get(name)
        if section is None or name not in signed:
            yield Problem(name, "it is not signed: it was added afterwards, or left out of the signature")
            continue
        if section.get("magic") is not None:
            # Whoever does not know what it asks for must not call the entry verified.
            yield Problem(name, f"its Magic “{section.attributes['magic'][:60]}” is not known here")
            continue
        stated = list(_stated(section, "-digest"))
        if not stated:
            yield Problem(name, "the manifest has no digest of it that still proves anything")
            continue
        made = archive.digests(name, {algorithm for algorithm, _ in stated})
        if not all(hmac.compare_digest(made[algorithm], digest) for algorithm, digest in stated):
            yield Problem(name, "it was changed after it was signed")
    for name in sorted(signed - set(archive.names)):
        yield Problem(name, "it was signed, but it is gone")
