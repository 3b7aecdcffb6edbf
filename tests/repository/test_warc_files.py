"""What is written is read again, by us and by other programs, whatever the capture."""

import gzip
import io
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from apps.repository import bodies
from apps.repository.bodies import Files, Verify
from apps.repository.captures import PIECE, Prepared, prepare
from apps.repository.choices import Origin
from apps.repository.heads import clean_head, parse_head
from apps.repository.names import MAX_NAME, MAX_TARGET
from apps.repository.strategies import bodies as any_body
from apps.repository.strategies import captures
from apps.repository.values import GzipSlice
from apps.repository.warc.compress import STORED_BLOCK, stored_length
from apps.repository.warc.entries import Entry, read_file_info
from apps.repository.warc.inflate import Window
from tests.repository.factories import AUID, capture, noise
from tests.repository.warcs import NAME, OneFile, fastwarc_reads, stored, warcio_check

LAW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@LAW
@given(given_=st.lists(captures(), min_size=1, max_size=4))
def test_every_capture_is_told_again_as_it_was_given(given_, tmp_path):
    file = OneFile(tmp_path)
    prepared = [file.add(one, version) for version, one in enumerate(given_, 1)]
    found = file.found()
    assert [type(item) for item in found] == [Entry] * len(given_)
    with Files(tmp_path) as held:
        for one, ready, entry in zip(given_, prepared, found, strict=True):
            artifact = stored(entry)
            assert (artifact.url, artifact.collected_at) == (one.url, one.collected_at)
            assert (artifact.origin, artifact.redirected_to) == (one.origin, one.redirected_to)
            assert (artifact.size, artifact.sha256) == (len(one.body), ready.sha256)
            assert (artifact.content_type, artifact.status) == (
                ready.content_type,
                ready.parsed.status if ready.parsed else None,
            )
            assert b"".join(bodies.whole_body(held, artifact)) == one.body
            assert b"".join(bodies.whole_body(held, artifact, Verify.CRC)) == one.body
            assert bodies.read_heads(held, artifact)[1] == ready.parsed
            assert bodies.read_facts(held, artifact) == one.facts
            request = bodies.read_companion(held, artifact, "request")
            assert (request.block if request else b"") == one.request


# A process for every example: not worth shrinking.
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
@given(given_=st.lists(captures(), min_size=5, max_size=25))
def test_other_programs_find_nothing_wrong(given_, tmp_path):
    """warcio fails on ``Content-Encoding: br`` with a current brotli, whatever the file; we never offer br."""
    file = OneFile(tmp_path)
    for one in given_:
        file.add(one)
    path = file.save()
    assert warcio_check(path) == ""
    kinds = [kind for kind, _ in fastwarc_reads(path)]
    assert kinds.count("metadata") == len(given_)
    assert kinds.count("response") + kinds.count("resource") == len(given_)


@LAW
@given(body=any_body(), data=st.data())
def test_any_range_is_that_part_of_the_body(body, data, tmp_path):
    file = OneFile(tmp_path)
    file.add(capture(body=body))
    (artifact,) = file.artifacts()
    start = data.draw(st.integers(0, len(body) + 3))
    stop = data.draw(st.integers(start, len(body) + 9))
    with Files(tmp_path) as held:
        assert b"".join(bodies.part_of_body(held, artifact, start, stop)) == body[start:stop]


@pytest.mark.parametrize(
    "size", [0, 1, STORED_BLOCK, STORED_BLOCK + 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7]
)
@pytest.mark.parametrize("shrinks", [True, False])
def test_a_spooled_body_gives_the_same_bytes_as_one_in_memory(size, shrinks, tmp_path):
    body = b"abcdefgh" * (size // 8) + b"z" * (size % 8) if shrinks else noise(size)
    files_ = [OneFile(tmp_path / kind) for kind in ("memory", "spool")]
    spool = io.BytesIO(body)
    spool.seek(min(size, 5))
    files_[0].add(capture(body=body))
    files_[1].add(replace(capture(body=body), body=spool))
    artifacts = [file.artifacts()[0] for file in files_]
    assert artifacts[0].sha256 == artifacts[1].sha256
    assert artifacts[0].place.length - artifacts[1].place.length in range(-8, 9)
    for file, artifact in zip(files_, artifacts, strict=True):
        with Files(file.root) as held:
            assert b"".join(bodies.whole_body(held, artifact)) == body
    if body and not shrinks:
        assert artifacts[0].place.body_deflated == stored_length(size)


def test_deflated_bodies_can_be_sent_as_they_lie(tmp_path):
    body = b"<p>The quick brown fox</p>\n" * 4000
    file = OneFile(tmp_path)
    file.add(capture(body=body))
    (artifact,) = file.artifacts()
    place = artifact.place
    part = GzipSlice(
        file.save(), place.offset + place.body_offset, place.body_deflated, place.body_crc32, len(body)
    )
    before, after = part.frame()
    lies = bytes(file.data[part.offset : part.offset + part.length])
    assert gzip.decompress(before + lies + after) == body
    assert len(lies) < len(body) // 20


def test_what_does_not_shrink_is_kept_in_stored_blocks(tmp_path):
    body = noise(300_000)
    file = OneFile(tmp_path)
    file.add(capture(body=body))
    (artifact,) = file.artifacts()
    assert artifact.place.body_deflated == len(body) + 5 * 5
    assert body[:STORED_BLOCK] in bytes(file.data)


@pytest.mark.parametrize(
    "name",
    [
        "http://pub.example/" + "x" * (MAX_NAME - 19),
        "http://pub.example/" + "é" * (MAX_NAME - 19),
        "http://pub.example/" + "x" * (MAX_TARGET - 19),
        "http://pub.example/" + "x" * (MAX_TARGET - 18),
        "http://pub.example/a b",
        "http://pub.example/\x01\x7f\u2028\u00a0",
        "deposit/Ärger 1.pdf",
        '"quoted"',
        "<http://pub.example/>",
        " lead and trail ",
    ],
    ids=lambda name: ascii(name[19:40]) + str(len(name)),
)
def test_names_other_programs_could_not_read_survive(name, tmp_path):
    file = OneFile(tmp_path)
    file.add(capture(name))
    file.add(capture("http://pub.example/next"))
    assert [artifact.url for artifact in file.artifacts()] == [name, "http://pub.example/next"]
    path = file.save()
    assert warcio_check(path) == ""
    targets = [target for kind, target in fastwarc_reads(path) if kind == "response"]
    assert len(targets) == 2
    assert all(target.isascii() and " " not in target for target in targets)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"url": ""}, "capture-name-empty", "url"),
        ({"url": "http://a/\0"}, "capture-name-nul", "url"),
        ({"url": "http://a/\ud800"}, "capture-name-not-unicode", "url"),
        ({"url": "x" * (MAX_NAME + 1)}, "capture-name-too-long", "url"),
        ({"head": b"nonsense\r\n\r\n"}, "capture-head-unusable", "head"),
        ({"head": b"HTTP/1.1 20 OK\r\n\r\n"}, "capture-head-unusable", "head"),
        ({"head": b"HTTP/1.1 200 OK\r\nX: " + b"y" * (1 << 20)}, "capture-head-too-long", "head"),
        ({"request": b"\x16\x03\x01"}, "capture-head-unusable", "request"),
        (
            {"collected_at": capture().collected_at.replace(tzinfo=None)},
            "capture-date-without-zone",
            "collected_at",
        ),
        ({"redirected_to": "a\0b"}, "capture-name-nul", "redirected_to"),
        ({"facts": {"permission": "a\0b"}}, "capture-fact-unusable", "facts.'permission'"),
        ({"facts": {"Bad name": "x"}}, "capture-fact-unusable", "facts.'Bad name'"),
        ({"address": "not\r\nan address"}, "capture-fact-unusable", "address"),
        ({"sha256": b"\0" * 32}, "capture-digest-mismatch", "body"),
    ],
)
def test_what_cannot_be_stored_is_a_finding_with_its_place(change, code, field):
    fault = prepare(replace(capture(), **change))
    assert (fault.code, fault.field) == (code, field)
    assert fault.expected


def test_a_body_file_that_breaks_is_a_finding():
    class Broken(io.BytesIO):
        def read(self, *_):
            raise OSError(5, "Input/output error")

    assert prepare(replace(capture(), body=Broken())).code == "capture-body-unreadable"


def test_files_tell_whose_they_are(tmp_path):
    file = OneFile(tmp_path)
    file.add(capture())
    with file.save().open("rb") as opened:
        info = read_file_info(Window(opened.fileno()))
    assert (info.auid, info.serial, info.end) == (AUID, 1, file.starts[0])


def test_non_http_files_are_resources(tmp_path):
    file = OneFile(tmp_path)
    file.add(
        capture("ftp://pub.example/v1.zip", noise(90), head=b"", request=b"", content_type="application/zip")
    )
    (artifact,) = file.artifacts()
    assert (artifact.status, artifact.content_type) == (None, "application/zip")
    assert ("resource", "ftp://pub.example/v1.zip") in fastwarc_reads(file.save())
    assert warcio_check(file.save()) == ""


def test_an_answer_stored_under_a_name_that_is_no_url_keeps_its_head(tmp_path):
    file = OneFile(tmp_path)
    prepared = file.add(capture("artifact 1", origin=Origin.REPAIR_PEER))
    assert isinstance(prepared, Prepared)
    (artifact,) = file.artifacts()
    with Files(tmp_path) as held:
        assert bodies.read_heads(held, artifact)[1] == prepared.parsed
    assert warcio_check(file.save()) == ""


@pytest.mark.parametrize(
    ("raw", "fields"),
    [
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", [(b"A", b"b")]),
        (b"HTTP/1.1 200 OK\nA: b\nC:d\n\n", [(b"A", b"b"), (b"C", b"d")]),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\tc\r\n  d\r\n\r\n", [(b"A", b"b c d")]),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n   \r\nC: d\r\n\r\n", [(b"A", b"b"), (b"C", b"d")]),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n: no name\r\nA: \xff\r\n\r\n", [(b"A", b"\xff")]),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nsmuggled: x\r\n\r\n", [(b"A", b"b")]),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-Encoding : chunked\r\n\r\n",
            [(b"X-Archive-Orig-Transfer-Encoding", b"chunked")],
        ),
        (b"HTTP/1.0 200\r\n\r\n", []),
    ],
)
def test_received_heads_are_kept_and_framed(raw, fields):
    head = clean_head(raw)
    assert head.endswith(b"\r\n\r\n")
    assert head.count(b"\r\n\r\n") == 1
    assert list(parse_head(head).fields) == fields
    assert clean_head(head) == head


def test_a_place_after_another_name_is_known_to_be_wrong(tmp_path):
    file = OneFile(tmp_path)
    file.add(capture("http://pub.example/a"))
    file.add(capture("http://pub.example/b"))
    first, second = file.artifacts()
    assert (file.root / NAME).exists()
    mixed = replace(first, place=second.place)
    with Files(tmp_path) as held, pytest.raises(bodies.ContentError, match="another record"):
        bodies.read_heads(held, mixed)
