"""The block hasher against recorded hashes, and the votes of all recorded sessions made again."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.lcap.algorithms import digest_factory, is_supported
from apps.lockss.lcap.errors import HashCode, HashError, StreamCode, StreamError
from apps.lockss.lcap.hashing import BlockHasher, VersionContent, voter_challenges
from apps.lockss.lcap.messages import BlockVersion, VoteBlock
from tests.lockss.lcap.recorded import read_json
from tests.shared import VECTORS, needs_shared

POLLER, VOTER, SYMMETRIC = bytes(range(0x20, 0x34)), bytes(range(0x60, 0x74)), bytes(range(0xA0, 0xB4))


def recorded_content(version) -> bytes:
    if "content_hex" in version:
        content = bytes.fromhex(version["content_hex"])
    else:
        assert version["content_formula"] == "100000 bytes, byte i = (i*31+7) mod 251"
        content = bytes((i * 31 + 7) % 251 for i in range(100_000))
    assert hashlib.sha1(content).hexdigest() == version["sha1"]
    assert len(content) == version["length"]
    return content


@needs_shared
def test_recorded_hashes():
    table = read_json(VECTORS / "hashes" / "blockhasher.json")
    nonces = [bytes.fromhex(table[key]) for key in ("pollerNonce_hex", "voterNonce_hex", "voterNonce2_hex")]
    challenges = voter_challenges(*nonces)
    contents = {
        one["url"]: [recorded_content(version) for version in one["versions_newest_first"]]
        for one in table["content"]
    }
    seen = 0
    for run in table["runs"]:
        for block in run["blocks"]:
            # Polls do not hash the URL; the runs that did are made again by a challenge that ends in it.
            url = block["url"].encode() if run["includeUrl"] else b""
            hasher = BlockHasher([url, *(challenge + url for challenge in challenges)], run["algorithm"])
            versions = [VersionContent([content], len(content)) for content in contents[block["url"]]]
            hashed = hasher.hash_url(block["url"], versions)
            told = [
                {
                    "plain": version.nonced[0].hex(),
                    "challenge": version.nonced[1].hex(),
                    "symmetric": version.nonced[2].hex(),
                    "filteredLength": version.filtered_length,
                    "unfilteredLength": version.unfiltered_length,
                }
                for version in hashed.versions
            ]
            for version in block["versions"]:
                del version["repositoryVersion"]
            assert told == block["versions"]
            seen += len(told)
            if not run["includeUrl"]:
                assert [version.plain.hex() for version in hashed.versions] == [one["plain"] for one in told]
                plain_run = BlockHasher(challenges, run["algorithm"]).hash_url(block["url"], versions)
                assert plain_run.hashed_bytes == block["totalHashedBytes"]
    assert seen >= 60


@pytest.mark.parametrize(
    ("algorithm", "content", "plain", "nonced", "symmetric"),
    [
        (
            "SHA-1",
            b"hello",
            "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
            "ea7481bec26e9e8d5558675b6a97eedad7e0db44",
            "9a3c9d7ebc64c16b6f2b5e7dbd59b1fa1602e815",
        ),
        (
            "SHA-256",
            b"hello",
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
            "62c635d4e7b8a3705b58f9050ca3ea00a4748033802b465353ef943a1d4a87cc",
            "9e62be99cbb57c87430e501c131a6244c38939d8efc2f59a3aee3b736a6932a4",
        ),
        ("SHA-1", b"", None, "35b7707fa7116a8e1912f86672de961a4bc36751", None),
        ("SHA-256", b"", None, "1a8e33ce563aa899560acecbe00f32cad023258bfeef7850b0ae811e52ee1e99", None),
    ],
)
def test_examples(algorithm, content, plain, nonced, symmetric):
    """lcap-v3 appendix A5."""
    hasher = BlockHasher(voter_challenges(POLLER, VOTER, SYMMETRIC), algorithm)
    (version,) = hasher.hash_url("u", [VersionContent([content], 7)]).versions
    found = [version.plain.hex(), *(digest.hex() for digest in version.nonced)]
    assert all(want in {None, have} for have, want in zip(found, [plain, nonced, symmetric], strict=True))
    assert (version.filtered_length, version.unfiltered_length, version.error) == (len(content), 7, False)


CHUNKS = st.lists(
    st.binary(max_size=50) | st.integers(0, 150_000).map(lambda size: b"\x07" * size), max_size=6
)


@given(CHUNKS, st.lists(st.binary(max_size=40), max_size=4), st.sampled_from(["SHA-1", "SHA-256", "SHA-512"]))
def test_hashes_are_those_of_the_whole(chunks, challenges, algorithm):
    content = b"".join(chunks)
    name = algorithm.replace("-", "").lower()
    hashed = BlockHasher(challenges, algorithm).hash_url("u", [VersionContent(chunks, 3)])
    (version,) = hashed.versions
    assert version.plain == hashlib.new(name, content).digest()
    assert version.nonced == tuple(hashlib.new(name, seed + content).digest() for seed in challenges)
    assert version.filtered_length == len(content)
    assert hashed.hashed_bytes == sum(map(len, challenges)) + len(content) * (len(challenges) + 1)


def test_a_poller_has_a_block_for_every_participant():
    hasher = BlockHasher([b"one", b"two", b"three"], "SHA-1")
    hashed = hasher.hash_url("u", [VersionContent([b"x"], 1), VersionContent([b"y"], 2)])
    for index, seed in enumerate([b"one", b"two", b"three"]):
        assert hashed.block(index) == VoteBlock(
            "u",
            tuple(
                BlockVersion(
                    plain_hash=hashlib.sha1(content).digest(),
                    nonced_hash=hashlib.sha1(seed + content).digest(),
                    filtered_length=1,
                    unfiltered_length=length,
                )
                for content, length in ((b"x", 1), (b"y", 2))
            ),
        )


def test_versions_are_hashed_afresh_and_no_further_than_five():
    drawn = []

    def versions():
        for number in range(9):
            drawn.append(number)
            yield VersionContent([b"%d" % number], 1)

    hashed = BlockHasher([b"n"], "SHA-1").hash_url("u", versions())
    assert [v.plain for v in hashed.versions] == [hashlib.sha1(b"%d" % n).digest() for n in range(5)]
    assert drawn == [0, 1, 2, 3, 4]
    assert len(BlockHasher([b"n"], "SHA-1", max_versions=1).hash_url("u", versions()).versions) == 1
    assert BlockHasher([b"n"], "SHA-1", max_versions=0).hash_url("u", versions()).versions == ()


def test_a_url_whose_versions_are_all_suspect_still_has_a_block():
    assert BlockHasher([b"n"], "SHA-1").hash_url("u", []).block() == VoteBlock("u")


@pytest.mark.parametrize("error", [StreamError(StreamCode.DAMAGED, "bad"), OSError(5, "no such sector")])
@pytest.mark.parametrize("before", [b"", b"some bytes", b"\x01" * 70_000])
def test_a_version_that_breaks_off_is_marked_and_the_rest_goes_on(error, before):
    def broken():
        yield before
        raise error

    hashed = BlockHasher([b"n"], "SHA-1").hash_url(
        "u", [VersionContent(broken(), 99), VersionContent([b"older"], 5)]
    )
    first, second = hashed.versions
    assert first.error
    assert first.failure
    assert (first.plain, first.nonced[0]) == (
        hashlib.sha1(before).digest(),
        hashlib.sha1(b"n" + before).digest(),
    )
    assert (first.filtered_length, first.unfiltered_length) == (len(before), 99)
    assert not second.error
    assert second.plain == hashlib.sha1(b"older").digest()
    assert [version.error for version in hashed.block().versions] == [True, False]


def test_our_own_mistakes_are_not_hidden_as_broken_content():
    def mistaken():
        yield b"x"
        raise KeyError("a mistake")

    with pytest.raises(KeyError):
        BlockHasher([b"n"], "SHA-1").hash_url("u", [VersionContent(mistaken(), 1)])


def test_urls_are_hashed_one_at_a_time():
    asked = []

    def urls():
        for url in ("a", "b"):
            asked.append(url)
            yield url, [VersionContent([url.encode()], 1)]

    results = BlockHasher([b"n"], "SHA-1").hash_urls(urls())
    assert next(results).url == "a"
    assert asked == ["a"]
    assert next(results).versions[0].plain == hashlib.sha1(b"b").digest()


def test_voter_challenges():
    assert voter_challenges(b"p", b"v") == (b"pv",)
    assert voter_challenges(b"p", b"v", b"w") == (b"pv", b"pw")


@pytest.mark.parametrize(
    ("name", "size"),
    [("SHA-1", 20), ("sha1", 20), ("SHA", 20), (" Sha-256 ", 32), ("SHA-512", 64)],
)
def test_algorithm_names(name, size):
    assert len(digest_factory(name)().digest()) == size
    assert is_supported(name)


@pytest.mark.parametrize("name", ["", "MD5", "SHA-224", "SHA-384", "SHA-3", "blake2b", "sha1; rm"])
def test_algorithms_that_peers_may_not_choose(name):
    with pytest.raises(HashError) as caught:
        BlockHasher([], name)
    assert caught.value.code is HashCode.UNSUPPORTED_ALGORITHM
    assert not is_supported(name)


def test_more_algorithms_by_setting():
    assert len(digest_factory("md5", frozenset({"md5"}))().digest()) == 16
    assert len(digest_factory("SHA-384", frozenset({"sha384"}))().digest()) == 48
    assert not is_supported("SHA-1", frozenset({"md5"}))
