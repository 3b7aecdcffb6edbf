"""Which URLs a sampled poll asks for, against the recorded choices and the examples of the specification."""

import hashlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap.errors import HashCode, HashError
from apps.lockss.lcap.sampling import Sampler
from apps.lockss.strategies_lcap import URLS
from tests.lockss.lcap.recorded import read_json
from tests.shared import VECTORS, needs_shared


@needs_shared
def test_recorded_choices():
    table = read_json(VECTORS / "hashes" / "sampling.json")
    judged = 0
    for poll in table:
        sampler = Sampler(bytes.fromhex(poll["sampleNonce_hex"]), poll["modulus"], poll["alg"])
        found = {url: sampler.includes(url) for url in poll["included"]}
        assert found == poll["included"]
        judged += len(found)
    assert judged >= 400
    assert {poll["alg"] for poll in table} >= {"SHA-1", "SHA-256"}


@pytest.mark.parametrize(
    ("url", "moduli"),
    [("http://www.example.com/b", {2, 3, 4}), ("http://www.example.com/a", set()), ("lockss", {2})],
)
def test_examples(url, moduli):
    """lcap-v3 appendix A6."""
    nonce = bytes(range(0x80, 0x94))
    assert {modulus for modulus in (2, 3, 4) if Sampler(nonce, modulus, "SHA-1").includes(url)} == moduli


@given(st.binary(max_size=30), st.integers(1, 12), URLS, st.sampled_from(["sha1", "sha256"]))
def test_the_number_is_signed_and_the_remainder_javas(nonce, modulus, url, name):
    digest = hashlib.new(name, nonce + url.encode()).digest()
    number = int.from_bytes(digest[:4], "big", signed=True)
    remainder = int(math.copysign(abs(number) % modulus, number))
    assert Sampler(nonce, modulus, name.replace("sha", "SHA-")).includes(url) == (remainder == 0)


def test_lone_surrogates_do_not_fail():
    assert Sampler(b"", 1, "SHA-1").includes("http://h/\ud800")


@pytest.mark.parametrize(
    ("modulus", "algorithm", "code"),
    [
        (0, "SHA-1", HashCode.BAD_MODULUS),
        (-2, "SHA-1", HashCode.BAD_MODULUS),
        (2, "CRC32", HashCode.UNSUPPORTED_ALGORITHM),
    ],
)
def test_refused(modulus, algorithm, code):
    with pytest.raises(HashError) as caught:
        Sampler(b"n", modulus, algorithm)
    assert caught.value.code is code
