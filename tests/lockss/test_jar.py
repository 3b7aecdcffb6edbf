"""Signed JARs: those that jarsigner made (vectors/jars), and those that nobody should believe."""

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.jar import JarLimits, KeystoreError, Signature, SignatureState, read_keystore, verify_jar
from apps.lockss.jar.archive import JarError
from apps.lockss.jar.manifest import parse_manifest
from tests.lockss.jar_signer import (
    BLOCK,
    MANIFEST,
    SF,
    block_of,
    certificate_of,
    folded,
    manifest_of,
    sf_of,
    signed_jar,
    signed_parts,
    unzipped,
    zipped,
)

JARS = Path(__file__).parent / "vectors" / "jars"
FILES = {"org/a/One.xml": b"<map/>", "org/a/Two.class": b"\xca\xfe\xba\xbe"}
PASSWORD = "secret1"
TRUSTED, UNKNOWN, BROKEN, UNSIGNED = SignatureState


def stored(name: str) -> bytes:
    return (JARS / name).read_bytes()


def checked(data: bytes, *trusted, limits: JarLimits | None = None) -> Signature:
    return verify_jar(io.BytesIO(data), trusted, limits)


def told(signature: Signature) -> str:
    return "; ".join(map(str, signature.problems))


@pytest.mark.parametrize(
    ("name", "who"),
    [
        ("rsa.jar", "Plugin Signer"),
        ("ec.jar", "Curve Signer"),
        ("dsa.jar", "Old Signer"),
        ("pss.jar", "Plugin Signer"),
        ("leaf.jar", "Issued Signer"),
        ("twice.jar", "Curve Signer"),
        ("sections.jar", "Plugin Signer"),
    ],
)
def test_what_jarsigner_signed_is_trusted_by_its_key_store_and_by_no_other(name, who):
    store = [one for _, one in read_keystore(stored("trusted.jks"), PASSWORD)]
    found = checked(stored(name), *store)
    assert (found.state, found.problems) == (TRUSTED, ())
    assert found.signers[0].certificate.subject == f"CN={who},O=Riverside Library"
    assert found.signers[0].weak == (name == "dsa.jar")
    assert checked(stored(name)).state is UNKNOWN
    assert checked(stored(name), certificate_of()).state is UNKNOWN
    # One byte of one entry, whichever.
    for entry in ("org/lockss/plugin/Sample.xml", "META-INF/maven/pom.properties"):
        parts = unzipped(stored(name))
        parts[entry] += b" "
        found = checked(zipped(parts), *store)
        assert found.state is BROKEN
        assert f"{entry}: it was changed after it was signed" in told(found)


def test_a_chain_counts_only_through_an_authority():
    store = dict(read_keystore(stored("trusted.jks"), PASSWORD))
    found = checked(stored("leaf.jar"), store["ca"])
    assert found.state is TRUSTED
    assert found.signers[0].anchor == store["ca"]
    assert checked(stored("leaf.jar"), store["rsa"]).state is UNKNOWN


def test_a_plain_jar_is_unsigned_and_so_is_half_a_signature():
    assert checked(stored("plain.jar")).state is UNSIGNED
    for part in (SF, BLOCK):
        assert checked(signed_jar(FILES, bend=lambda parts, part=part: parts.pop(part))).state is UNSIGNED


def test_our_own_signer_is_believed_when_nothing_is_bent():
    data = signed_jar(FILES)
    assert checked(data, certificate_of()).state is TRUSTED
    assert checked(data).state is UNKNOWN


def _add(parts: dict[str, bytes]) -> None:
    parts["org/a/Added.class"] = b"new"


def _add_in_manifest(parts: dict[str, bytes]) -> None:
    parts["org/a/Added.class"] = b"new"
    parts[MANIFEST] += manifest_of({"org/a/Added.class": b"new"}).split(b"\r\n\r\n", 1)[1]


def _resigned_manifest(parts: dict[str, bytes]) -> None:
    """The entry and its digest are changed together: only the signature file knows."""
    parts["org/a/One.xml"] = b"<map>evil</map>"
    parts[MANIFEST] = manifest_of({name: parts[name] for name in FILES})


def _new_sf(parts: dict[str, bytes]) -> None:
    _resigned_manifest(parts)
    parts[SF] = sf_of(parts[MANIFEST], list(FILES))


def _magic(parts: dict[str, bytes]) -> None:
    parts[MANIFEST] = manifest_of(FILES, Magic="NewKind")
    parts[SF] = sf_of(parts[MANIFEST], list(FILES))
    parts[BLOCK] = block_of(parts[SF])


def _md5(parts: dict[str, bytes]) -> None:
    parts[MANIFEST] = manifest_of(FILES).replace(b"SHA-256-Digest", b"MD5-Digest")
    parts[SF] = sf_of(parts[MANIFEST], list(FILES))
    parts[BLOCK] = block_of(parts[SF])


@pytest.mark.parametrize(
    ("bend", "said"),
    [
        (_add, "org/a/Added.class: it is not signed"),
        (_add_in_manifest, "was changed after it was signed"),
        (_resigned_manifest, "its section of the manifest was changed"),
        (_new_sf, "the signature file was changed after it was signed"),
        (lambda p: p.update({"META-INF/services/x": b"y"}), "META-INF/services/x: it is not signed"),
        (lambda p: p.pop("org/a/One.xml"), "org/a/One.xml: it was signed, but it is gone"),
        (lambda p: p.pop(MANIFEST), "there is no manifest"),
        (lambda p: p.update({MANIFEST: b"\xff\xfe: x\r\n"}), "line 1: this is not UTF-8"),
        (lambda p: p.update({BLOCK: b"\x30\x03\x02\x01\x01"}), "META-INF/SIGNER.EC: it cannot be read"),
        (lambda p: p.update({BLOCK: p[BLOCK][:-20]}), "META-INF/SIGNER.EC: it cannot be read"),
        (lambda p: p.update({BLOCK: block_of(b"another text")}), "signature file was changed"),
        (lambda p: p.update({"META-INF/manifest.mf": p[MANIFEST]}), "it is there twice"),
        (_magic, "Magic “NewKind” is not known here"),
        (_md5, "no digest of it that still proves anything"),
    ],
)
def test_a_bent_signature_is_broken_and_says_where(bend, said):
    found = checked(signed_jar(FILES, bend=bend), certificate_of())
    assert (found.state, found.signers) == (BROKEN, ())
    assert said in told(found)


def test_two_who_each_signed_a_half_are_not_one_who_signed_it_all():
    parts = signed_parts(FILES)
    manifest = parts[MANIFEST]
    for at, (name, by) in enumerate(zip(FILES, ("Test Signer", "Another"), strict=True)):
        sf = sf_of(manifest, [name])
        parts[f"META-INF/S{at}.SF"], parts[f"META-INF/S{at}.EC"] = sf, block_of(sf, by)
    del parts[SF], parts[BLOCK]
    found = checked(zipped(parts), certificate_of())
    assert (found.state, found.signers) == (UNKNOWN, ())


def test_an_archive_that_lies_is_broken():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("org/a/One.xml", b"first")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("org/a/One.xml", b"second")
    assert "stands in the JAR twice" in told(checked(out.getvalue()))
    assert "leads out of the archive" in told(checked(zipped({"../../One.xml": b"x"})))
    assert "leads out of the archive" in told(checked(zipped({"c:/One.xml": b"x"})))
    assert "no ZIP file" in told(checked(b"PK\x03\x04 nothing"))
    whole = signed_jar(FILES)
    for cut in (1, len(whole) // 2, len(whole) - 5):
        assert checked(whole[:cut]).state is BROKEN


def test_what_unpacks_without_end_is_given_up():
    bomb = {"org/a/Bomb.xml": b"\0" * (4 << 20)}
    data = signed_jar(bomb)
    assert len(data) < 50_000
    assert "org/a/Bomb.xml: more than" in told(checked(data, limits=JarLimits(entry=1 << 20)))
    assert "come out of the JAR" in told(checked(data, limits=JarLimits(total=1 << 20)))
    huge = signed_jar(
        FILES, bend=lambda parts: parts.update({MANIFEST: b"Manifest-Version: 1.0\r\n" * 200_000})
    )
    assert "META-INF/MANIFEST.MF: more than" in told(checked(huge, limits=JarLimits(part=1 << 20)))
    many = zipped({f"f{at}": b"" for at in range(50)})
    assert "50 entries" in told(checked(many, limits=JarLimits(entries=10)))
    assert "list of entries" in told(checked(many, limits=JarLimits(directory=100)))


@given(st.binary(max_size=400), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_bytes_make_it_raise_and_no_flipped_bit_makes_it_trusted_otherwise(junk, at, flip):
    assert checked(junk).state in (BROKEN, UNSIGNED)
    data = bytearray(stored("rsa.jar"))
    data[at % len(data)] ^= flip
    store = [one for _, one in read_keystore(stored("trusted.jks"))]
    found = checked(bytes(data), *store)
    if found.state is TRUSTED:
        # Only what is no content can have changed: times, sizes in heads, compressed padding.
        assert {k: v for k, v in unzipped(bytes(data)).items() if k.endswith("xml")} == {
            k: v for k, v in unzipped(stored("rsa.jar")).items() if k.endswith("xml")
        }


names = st.text(
    st.characters(codec="utf-8", categories=("L", "N"), include_characters="/._-"), min_size=1, max_size=200
)


@given(st.dictionaries(names, st.binary(max_size=20), max_size=5))
def test_folded_lines_are_read_back_whatever_they_cut(files):
    manifest = parse_manifest(manifest_of(files), MANIFEST)
    assert set(manifest.sections) == set(files)
    assert all(len(line) <= 72 for line in manifest_of(files).split(b"\r\n"))
    # The raw bytes of head and sections are the whole file: nothing is outside what digests are made of.
    assert manifest.main.raw + b"".join(one.raw for one in manifest.sections.values()) == manifest_of(files)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "it is empty"),
        (b" begins with a blank\n", "line 1: nothing to continue"),
        (b"A: 1\n\nB: 2\n", "line 3: a section begins without Name"),
        (b"A: 1\n\nName: x\n\nName: x\n", "line 5: x has a section already"),
        (b"A: 1\nA: 2\n", "line 2: A stands twice"),
        (b"A: 1\nno colon\n", "line 2: expected a name"),
    ],
)
def test_a_manifest_that_can_be_read_two_ways_is_refused(data, said):
    with pytest.raises(JarError, match=said):
        parse_manifest(data, MANIFEST)
    assert folded("x" * 71).count(b"\r\n") == 2


def test_key_stores_of_every_kind_give_their_certificates():
    store = dict(read_keystore(stored("trusted.jks")))
    assert set(store) == {"rsa", "dsa", "ec", "ca"}
    for name, password in (("trusted.jceks", PASSWORD), ("trusted.p12", PASSWORD), ("signer.pem", "")):
        ((_, one),) = read_keystore(stored(name), password)
        assert one == store["rsa"]
    ((_, one),) = read_keystore(store["rsa"].der)
    assert one.fingerprint == store["rsa"].fingerprint


@pytest.mark.parametrize(
    ("data", "password", "said"),
    [
        (stored("trusted.jks"), "wrong", "password is not right, or the key store was changed"),
        (stored("trusted.jks")[:-1] + b"\0", PASSWORD, "password is not right"),
        (stored("trusted.jks")[:400], "", "cut off"),
        (stored("trusted.jks") + b"more", "", "goes on where it should end"),
        (stored("trusted.p12"), "wrong", "password is not right"),
        (b"", "", "no key store"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "", "cannot be read"),
        (b"\xfe\xed\xfe\xed" + b"\xff" * 40, "", "not known"),
        (b"x" * (5 << 20), "", "at most"),
    ],
)
def test_a_key_store_that_cannot_be_read_says_why(data, password, said):
    with pytest.raises(KeystoreError, match=said):
        read_keystore(data, password)


@given(st.binary(max_size=300))
def test_no_bytes_of_a_key_store_make_it_raise_otherwise(data):
    for junk in (data, b"\xfe\xed\xfe\xed\0\0\0\2\0\0\0\1" + data):
        with pytest.raises(KeystoreError):
            read_keystore(junk)
