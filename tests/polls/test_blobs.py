"""Vote files: what is written is read, a broken one is a finding at its place, and nothing half-written is found."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.lockss.lcap.blocks import encode_block
from apps.lockss.lcap.errors import MessageError
from apps.lockss.lcap.hashing import HashedUrl, HashedVersion
from apps.lockss.lcap.messages import BlockVersion, VoteBlock
from apps.lockss.strategies_lcap import vote_blocks
from apps.polls import blobs

FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DIGESTS = st.binary(min_size=20, max_size=20)
VERSIONS = st.builds(
    HashedVersion,
    plain=DIGESTS,
    nonced=st.lists(DIGESTS, min_size=2, max_size=2).map(tuple),
    filtered_length=st.integers(0, 1 << 50),
    unfiltered_length=st.integers(0, 1 << 50),
    failure=st.text(max_size=20),
)
URLS = st.builds(
    HashedUrl,
    url=st.text(max_size=30),
    versions=st.lists(VERSIONS, max_size=4).map(tuple),
    hashed_bytes=st.integers(0, 1 << 60),
)


@pytest.fixture(autouse=True)
def spool(settings, tmp_path):
    settings.NODE = replace(settings.NODE, spool_dir=tmp_path)


def block(url: str) -> VoteBlock:
    return VoteBlock(url, (BlockVersion(plain_hash=b"p" * 20, nonced_hash=b"n" * 20),))


@FAST
@given(st.lists(vote_blocks(), max_size=5))
def test_votes(blocks):
    ref, written, left_out = blobs.write_votes(blocks)
    assert (written, left_out) == (len(blocks), 0)
    assert list(blobs.read_votes(ref)) == blocks
    assert blobs.count_votes(ref) == len(blocks)
    assert blobs.size_of(ref) == sum(len(encode_block(each)) for each in blocks)


@FAST
@given(st.lists(URLS, max_size=5))
def test_hashes(urls):
    ref, count, fed = blobs.write_hashes(urls)
    assert (count, fed) == (len(urls), sum(url.hashed_bytes for url in urls))
    assert list(blobs.read_hashes(ref)) == urls


def test_a_url_without_a_wire_form_is_left_out_and_counted():
    ref, written, left_out = blobs.write_votes([block("a"), block("b" * 40_000), block("c")])
    assert (written, left_out) == (2, 1)
    assert [each.url for each in blobs.read_votes(ref)] == ["a", "c"]


def test_a_vote_cut_at_every_byte():
    whole = encode_block(block("http://e/a")) + encode_block(block("http://e/b"))
    first = len(encode_block(block("http://e/a")))
    for size in range(len(whole) + 1):
        ref = blobs.write_raw([whole[:size]])
        read = []
        if size in (0, first, len(whole)):
            assert len(list(blobs.read_votes(ref))) == size // first if size < len(whole) else 2
            continue
        with pytest.raises(MessageError) as error:
            read += blobs.read_votes(ref)
        assert error.value.offset == (0 if size < first else first)


def test_pieces_of_any_size_are_one_file():
    whole = b"".join(encode_block(block(f"http://e/{n}")) for n in range(20))
    one, many = blobs.write_raw([whole]), blobs.write_raw(whole[at : at + 1] for at in range(len(whole)))
    assert list(blobs.read_votes(one)) == list(blobs.read_votes(many))


def test_what_fails_half_way_leaves_nothing():
    def breaking():
        yield block("a")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        blobs.write_votes(breaking())
    assert list(blobs.folder().iterdir()) == []


@pytest.mark.parametrize("ref", ["../x", "a/b", "", ".", "a.partial", "a\0"])
def test_only_our_own_names(ref):
    with pytest.raises(ValueError, match="not a vote reference"):
        blobs.path_of(ref)


def test_no_reference_is_no_vote():
    assert list(blobs.read_votes("")) == []
    assert not blobs.exists("")
    blobs.remove("")
    blobs.remove("0" * 32)


@pytest.mark.django_db
def test_removed_only_when_committed(django_capture_on_commit_callbacks):
    ref = blobs.write_raw([b"x"])
    with django_capture_on_commit_callbacks() as waiting:
        blobs.remove_after_commit(["", ref])
    assert blobs.exists(ref)
    for each in waiting:
        each()
    assert not blobs.exists(ref)
