"""Streams of stored bytes."""

import os
import zlib

import pytest

from apps.repository import services
from apps.repository.bodies import Verify
from apps.repository.choices import Fact, Origin
from apps.repository.errors import ContentCode, ContentError, StoreError
from apps.repository.properties import repair_capture
from apps.repository.warc.compress import flushed
from tests.repository.factories import AT, AUID, OTHER, REQUEST, capture, noise

A = "http://pub.example/a"
BODIES = [b"", b"x", b"<p>text</p>" * 200_000, noise(3_000_000)]


def put(body: bytes, **changes):
    return services.add_captures(auid=AUID, captures=[capture(A, body, **changes)])[0].artifact


@pytest.mark.parametrize("body", BODIES, ids=len)
@pytest.mark.parametrize("verify", Verify)
def test_reading_whole_in_pieces_and_by_size(content, body, verify):
    artifact = put(body)
    with services.open_body(artifact, verify=verify) as opened:
        assert opened.size == len(body)
        assert opened.read() == body
        assert opened.read() == opened.read(5) == b""
    with services.open_body(artifact, verify=verify) as opened:
        pieces = list(opened)
    assert b"".join(pieces) == body
    assert max(map(len, pieces), default=0) <= 1 << 20
    with services.open_body(artifact, verify=verify) as opened:
        first = opened.read(7)
        assert first == body[:7]
        assert first + b"".join(opened) == body


@pytest.mark.parametrize(
    ("start", "stop"), [(0, 0), (0, 10), (65_530, 65_545), (2_999_999, 9_999_999), (-5, 3)]
)
def test_ranges(content, start, stop):
    for body in BODIES[2:]:
        artifact = put(body)
        with services.open_range(artifact, start, stop) as opened:
            assert opened.size == len(body[max(start, 0) : stop])
            assert opened.read() == body[max(start, 0) : stop]


def test_a_shared_reader_stays_open_over_many_bodies(content):
    artifacts = [
        services.add_captures(auid=AUID, captures=[capture(f"{A}{n}", b"%d" % n)])[0].artifact
        for n in range(5)
    ]
    with services.reader() as held:
        for number, artifact in enumerate(artifacts):
            with services.open_body(artifact, held=held) as opened:
                assert opened.read() == b"%d" % number
            assert services.head(artifact, held=held).status == 200
            assert services.request(artifact, held=held).startswith(b"GET /a ")
        assert len(held._open) == 1


@pytest.mark.parametrize("verify", Verify)
def test_damage_is_told_by_the_end_of_the_stream(content, verify):
    artifact = put(noise(3_000_000))
    path = content / artifact.place.file
    with path.open("r+b") as file:
        file.seek(artifact.place.offset + artifact.place.body_offset + 2_000_000)
        file.write(b"\0\1\2\3")
    seen = []
    with pytest.raises(ContentError) as error, services.open_body(artifact, verify=verify) as opened:
        seen.extend(map(len, opened))
    assert error.value.code == "content-damaged"
    assert A in error.value.message
    assert sum(seen) <= 3_000_000


PROPERTIES = {
    "content-type": "text/html",
    "etag": '"1"',
    "set-cookie": "a=1,b=2",
    "x-weird": "\u00e9\u4e2d",
    "x-lockss-node-url": A,
    "x-lockss-content-type": "text/html; charset=utf-8",
    "x-lockss-redirected-to": "http://pub.example/b",
    "x-lockss-referrer": "http://pub.example/",
    "x_lockss-server-date": "1700000000000",
    "x-lockss-checksum": "SHA-1:00",
    "x-lockss-evil": "1",
    "org.lockss.version.number": "3",
}


def test_a_peers_copy_keeps_the_publishers_fields_and_our_own_bookkeeping(content):
    one = repair_capture(url=A, properties=PROPERTIES, body=b"<p>repaired", peer="TCP:[10.0.0.2]:9729", at=AT)
    artifact = services.add_captures(auid=AUID, captures=[one])[0].artifact
    assert (artifact.origin, artifact.status, artifact.redirected_to) == (
        Origin.REPAIR_PEER,
        200,
        "http://pub.example/b",
    )
    assert artifact.content_type == "text/html; charset=utf-8"
    head = services.head(artifact)
    assert [name for name, _ in head.fields] == [b"content-type", b"etag", b"set-cookie", b"x-weird"]
    facts = services.facts(artifact)
    assert facts[Fact.REPAIRED_FROM] == "TCP:[10.0.0.2]:9729"
    assert facts[Fact.REFERRER] == "http://pub.example/"
    assert facts[Fact.SERVER_DATE] == "1700000000000"
    told = services.stored_properties(artifact)
    assert told["etag"] == '"1"'
    assert told["x-lockss-repaired-from"] == "TCP:[10.0.0.2]:9729"
    assert told["x-lockss-repaired-date"] == str(int(AT.timestamp() * 1000))
    assert told["x-lockss-checksum"] == f"SHA-256:{artifact.sha256.hex()}"
    assert "x-lockss-evil" not in told
    assert "org.lockss.version.number" not in told


def test_properties_survive_from_node_to_node(content):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX: 1\r\nx: 2\r\nContent-Encoding: gzip\r\n\r\n"
    artifact = put(b"body", head=head)
    sent = services.stored_properties(artifact)
    assert sent["x"] == "1,2"
    one = repair_capture(
        url=A, properties=sent, body=b"body", peer="TCP:[10.0.0.2]:9729", at=AT, sha256=artifact.sha256
    )
    there = services.add_captures(auid=OTHER, captures=[one])[0].artifact
    assert (there.content_type, there.content_encoding, there.sha256) == (
        "text/html",
        "gzip",
        artifact.sha256,
    )
    again = services.stored_properties(there)
    assert {k: v for k, v in again.items() if not k.startswith("x-lockss-repaired")} == sent


def test_a_peers_copy_with_other_bytes_than_were_voted_is_refused(content):
    one = repair_capture(
        url=A, properties={}, body=b"evil", peer="TCP:[10.0.0.2]:9729", at=AT, sha256=b"\1" * 32
    )
    (added,) = services.add_captures(auid=AUID, captures=[one])
    assert (added.outcome, added.fault.code) == ("rejected", "capture-digest-mismatch")


def test_fields_a_peer_made_up_cannot_break_out_of_the_head(content):
    properties = {"a\r\nb": "c\r\nd: e", "": "x", "\u4e2d": "y"}
    one = repair_capture(url=A, properties=properties, body=b"x", peer="TCP:[10.0.0.2]:9729", at=AT)
    artifact = services.add_captures(auid=AUID, captures=[one])[0].artifact
    assert services.head(artifact).fields == ((b"a b", b"c d: e"), (b"?", b"y"))


def test_files_are_given_back_without_a_with(content):
    artifact = put(b"<p>text</p>" * 500_000)
    before = set(os.listdir("/proc/self/fd"))
    assert sum(map(len, services.open_body(artifact))) == artifact.size
    half = services.open_body(artifact)
    assert len(half.read(10)) == 10
    assert len(os.listdir("/proc/self/fd")) == len(before) + 1
    del half
    (content / artifact.place.file).write_bytes(b"")
    with pytest.raises(ContentError):
        services.open_body(artifact).read()
    assert set(os.listdir("/proc/self/fd")) == before


def test_the_volume_tells_its_room(content):
    with pytest.raises(StoreError) as error:
        services.disk()
    assert error.value.code == "store-not-mounted"
    put(b"x")
    found = services.disk()
    assert 0 < found.free <= found.total


@pytest.mark.parametrize("body", [*BODIES, b"\0" * 40_000_000], ids=len)
def test_a_body_as_it_lies_is_deflate_data_that_needs_nothing_before_it(content, body):
    artifact = put(body)
    pairs = list(services.open_lying(artifact))
    assert b"".join(piece for _raw, piece in pairs) == body
    assert max((len(piece) for _raw, piece in pairs), default=0) <= 1 << 20
    lying = b"".join(raw for raw, _piece in pairs)
    assert len(lying) == artifact.place.body_deflated
    assert zlib.decompress(lying + b"\x03\x00", -15) == body


def test_what_lies_beside_a_body_is_told_byte_for_byte(content):
    head = b"HTTP/1.1 200  Very OK\r\nx-ODD:  1\r\ncontent-type: text/html\r\n\r\n"
    artifact = put(b"<p>x</p>", head=head, facts={Fact.SERVER_DATE: "today"})
    beside = services.beside(artifact)
    assert (beside.head, beside.request) == (head, REQUEST)
    assert beside.fields["warc-ip-address"] == "192.0.2.7"
    assert beside.facts == {"server-date": "today"}
    alone = services.beside(artifact, companions=False)
    assert (alone.head, alone.request, alone.facts) == (head, b"", {})
    plain = put(b"\x89PNG", head=b"", content_type="image/png", request=b"")
    assert services.beside(plain).head == b""


def test_all_versions_are_told_with_those_that_are_damaged(content):
    for body in (b"1", b"2", b"3"):
        put(body)
    services.add_captures(auid=AUID, captures=[capture("http://pub.example/a/b", b"x")])
    damaged = services.find(auid=AUID, url=A, version=2)
    services.report(damaged, ContentError(ContentCode.DAMAGED, "seen"))
    told = [(url, [(a.version, a.suspect) for a in all_]) for url, all_ in services.all_versions(auid=AUID)]
    assert told == [
        (A, [(3, False), (2, True), (1, False)]),
        ("http://pub.example/a/b", [(1, False)]),
    ]
    assert [url for url, _ in services.all_versions(auid=AUID, after=A)] == ["http://pub.example/a/b"]
    assert list(services.all_versions(auid=OTHER)) == []


def test_a_head_that_rotted_is_no_head(content):
    artifact = put(noise(70_000))
    assert services.beside(artifact).head
    file = content / artifact.place.file
    data = bytearray(file.read_bytes())
    start = artifact.place.offset
    member = data[start : start + artifact.place.length]
    heads = zlib.decompressobj(-15).decompress(bytes(member[10 : artifact.place.body_offset]))
    room = artifact.place.body_offset - 10
    spelt = (heads.replace(b"text/html", b"text/htm%c" % one) for one in range(33, 127) if one != ord("l"))
    other = next(deflated for each in spelt if len(deflated := flushed(each)) == room)
    data[start + 10 : start + 10 + len(other)] = other
    file.write_bytes(data)
    with pytest.raises(ContentError) as told:
        services.beside(artifact)
    assert told.value.code is ContentCode.DAMAGED
