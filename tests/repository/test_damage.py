"""Files that were damaged: nothing crashes, nothing wrong is believed, what is whole is found again."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.repository import bodies
from apps.repository.bodies import Files, Verify
from apps.repository.choices import ArtifactState
from apps.repository.errors import ContentCode, ContentError, RecordCode, RecordError
from apps.repository.warc.compress import STORED_BLOCK
from apps.repository.warc.entries import Entry
from tests.repository.factories import AUID, OTHER, capture, noise
from tests.repository.warcs import NAME, OneFile

LAW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
BODIES = [b"<p>one</p>" * 40, noise(3_000, 2), b"", noise(STORED_BLOCK + 9, 3), b"<p>five</p>" * 900]


@pytest.fixture
def file(tmp_path):
    """Five captures, some with a request, one of them long."""
    made = OneFile(tmp_path)
    for number, body in enumerate(BODIES):
        made.add(
            capture(f"http://pub.example/{number}", body, request=b"" if number == 1 else capture().request)
        )
    return made


def numbers(found) -> list[int]:
    """Which captures are told as good."""
    good = [e for e in found if isinstance(e, Entry) and e.state is ArtifactState.GOOD]
    return [int(e.url.rpartition("/")[2]) for e in good]


@LAW
@given(data=st.data())
def test_one_changed_byte_costs_at_most_its_own_capture(data, file):
    at = data.draw(st.integers(0, len(file.data) - 1))
    mask = data.draw(st.integers(1, 255))
    broken = bytearray(file.data)
    broken[at] ^= mask
    found = file.found(broken)
    hit = sum(start <= at for start in file.starts) - 1
    entries = [e for e in found if isinstance(e, Entry)]
    assert [e.url for e in entries] == [f"http://pub.example/{n}" for n in range(5)]
    assert set(range(5)) - {hit} <= set(numbers(found))
    # Bytes 4 to 9 of a gzip header (time, flags of the packer) mean nothing, so nothing need be told.
    with Files(file.root) as held:
        for number in numbers(found):
            entry = next(a for a in file.artifacts(broken) if a.url.endswith(f"/{number}"))
            assert b"".join(bodies.whole_body(held, entry)) == BODIES[number]


@LAW
@given(data=st.data())
def test_any_damage_ends_in_values(data, file):
    """Cuts, holes, zeroes, inserted and repeated pieces."""
    broken = bytearray(file.data)
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(broken)))
        stop = data.draw(st.integers(start, min(len(broken), start + 5_000)))
        kind = data.draw(st.sampled_from(["cut", "zero", "insert", "repeat", "truncate"]))
        piece = {
            "cut": b"",
            "zero": bytes(stop - start),
            "insert": data.draw(st.binary(max_size=50)),
            "repeat": bytes(broken[start:stop]) * 2,
            "truncate": b"",
        }[kind]
        broken[start : len(broken) if kind == "truncate" else stop] = piece
    with Files(file.root) as held:
        for artifact in file.artifacts(broken):
            if artifact.state is ArtifactState.GOOD:
                number = int(artifact.url.rpartition("/")[2])
                assert b"".join(bodies.whole_body(held, artifact)) == BODIES[number]


@LAW
@given(data=st.data())
def test_a_file_cut_anywhere_keeps_what_was_whole_before_the_cut(data, file):
    cut = data.draw(st.integers(0, len(file.data)))
    found = file.found(file.data[:cut])
    whole = [n for n, end in enumerate([*file.starts[1:], len(file.data)]) if end <= cut]
    assert numbers(found) == whole
    ends = [e.end for e in found if isinstance(e, Entry)]
    assert ends == [*file.starts[1:], len(file.data)][: len(whole)]
    assert any(isinstance(item, RecordError) for item in found) == (
        cut not in {0, *file.starts, len(file.data)}
    )


@LAW
@given(data=st.data())
def test_readers_tell_damage_and_nothing_else(data, file):
    """Every way to read a good row whose file was damaged ends with the right bytes or a ContentError."""
    artifacts = file.artifacts()
    broken = bytearray(file.data)
    at = data.draw(st.integers(0, len(broken) - 1))
    broken[at] ^= data.draw(st.integers(1, 255))
    file.save(broken[: data.draw(st.integers(at, len(broken)))])
    with Files(file.root) as held:
        for number, artifact in enumerate(artifacts):
            for verify in Verify:
                try:
                    assert b"".join(bodies.whole_body(held, artifact, verify)) == BODIES[number]
                except ContentError as error:
                    assert error.code == ContentCode.DAMAGED  # noqa: PT017
            for read in (bodies.read_heads, bodies.read_facts):
                try:
                    read(held, artifact)
                except ContentError as error:
                    assert error.code == ContentCode.DAMAGED  # noqa: PT017


def test_metadata_that_is_lost_costs_facts_only(file):
    metadata = file.starts[1] - 20
    broken = bytearray(file.data)
    broken[metadata] ^= 0xFF
    found = file.found(broken)
    assert numbers(found) == [0, 1, 2, 3, 4]
    assert {e.code for e in found if isinstance(e, RecordError)} == {
        RecordCode.DAMAGED,
        RecordCode.FACTS_LOST,
    }
    whole, mended = file.found()[0], next(e for e in found if isinstance(e, Entry))
    assert replace(mended, end=0, origin=whole.origin) == replace(whole, end=0)


def test_the_last_capture_whose_metadata_is_damaged_is_kept(file):
    broken = bytearray(file.data)
    broken[-20] ^= 0xFF
    assert numbers(file.found(broken)) == [0, 1, 2, 3, 4]


def test_the_last_capture_whose_metadata_was_never_finished_is_not_counted(file):
    found = file.found(file.data[:-20])
    assert numbers(found) == [0, 1, 2, 3]
    assert found[-1].code == RecordCode.INCOMPLETE


def test_a_warc_preserved_in_a_damaged_body_is_not_taken_for_our_own(tmp_path):
    """A hostile publisher serves a WARC that looks like ours; the record that holds it is damaged."""
    inner = OneFile(tmp_path / "inner")
    for number in range(3):
        inner.add(capture(f"http://pub.example/forged{number}", noise(500, number)))
    file = OneFile(tmp_path / "outer")
    file.add(capture("http://pub.example/0"))
    file.add(
        capture(
            "http://pub.example/archive.warc.gz", noise(40_000) + bytes(inner.data), kind="application/gzip"
        )
    )
    file.add(capture("http://pub.example/2"))
    assert bytes(inner.data) in bytes(file.data)
    broken = bytearray(file.data)
    broken[file.starts[1] + 700] ^= 1
    entries = [e for e in file.found(broken) if isinstance(e, Entry)]
    assert [e.url.rpartition("/")[2] for e in entries] == ["0", "archive.warc.gz", "2"]
    assert [e.state for e in entries] == ["good", "damaged", "good"]


def test_records_of_another_au_are_told_and_left_out(file):
    file.add(capture("http://pub.example/foreign"), auid=OTHER)
    found = file.found()
    assert numbers(found) == [0, 1, 2, 3, 4]
    assert [e.code for e in found if isinstance(e, RecordError)] == [RecordCode.FOREIGN]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"version: 1", b"version: x"),
        (b"version: 1", b"version: 0"),
        (b"payload-sha256: ", b"payload-sha256: zz"),
        (b"record-length: ", b"record-length: -"),
        (b"origin: crawl", b"origin: moon"),
        (b"status: 200", b"status: 20"),
        (b"url: http", b'url: "'),
        (b"url: http", b'url: "\\ud800" '),
        (b"auid: ", b"azid: "),
    ],
)
def test_metadata_that_says_nonsense_is_a_finding(old, new, tmp_path, monkeypatch):
    from apps.repository.warc import group

    real = group.fields_block
    monkeypatch.setattr(group, "fields_block", lambda fields: real(fields).replace(old, new, 1))
    file = OneFile(tmp_path)
    monkeypatch.setattr(group, "fields_block", lambda fields: real(fields).replace(old, new, 1))
    file.add(capture())
    found = file.found()
    assert next(e.code for e in found if isinstance(e, RecordError)) == RecordCode.FACTS_LOST


def test_a_record_that_inflates_without_end_is_stopped(tmp_path):
    """A gzip bomb behind a short Content-Length costs its first piece, not its whole content."""
    import gzip

    head = b"WARC/1.1\r\nWARC-Type: response\r\nContent-Length: 4\r\n\r\nabcd"
    file = OneFile(tmp_path)
    found = file.found(bytes(file.data) + gzip.compress(head + bytes(200_000_000), 1, mtime=0))
    assert [e.code for e in found] == [RecordCode.WRONG_LENGTH]


def test_missing_unreadable_and_unmounted_are_told_apart(file):
    (artifact, *_) = file.artifacts()
    path = file.root / NAME

    def code() -> str:
        with Files(file.root) as held, pytest.raises(ContentError) as error:
            list(bodies.whole_body(held, artifact))
        return error.value.code

    path.unlink()
    assert code() == ContentCode.MISSING
    path.mkdir()
    assert code() == ContentCode.UNREADABLE
    path.rmdir()
    (file.root / "lockss-store").unlink()
    assert code() == ContentCode.UNREADABLE


def test_what_lies_in_memory_only_cannot_be_read_from_a_file(file):
    (artifact, *_) = file.artifacts()
    with Files(file.root) as held, pytest.raises(ContentError, match="does not lie in a file"):
        list(bodies.whole_body(held, replace(artifact, place=None)))


def test_few_files_stay_open(tmp_path):
    with Files(tmp_path, keep=2) as held:
        for number in range(6):
            (tmp_path / str(number)).write_bytes(b"x")
            held.descriptor(str(number))
        assert len(held._open) == 2
    assert not held._open


def test_own_auid_is_needed(file):
    assert [e.auid for e in file.found() if isinstance(e, Entry)] == [AUID] * 5
