"""Revisits whose original is in the file alone, or is named by its record's id alone: found, and never by reading all again."""

import gzip
import io

import pytest

from apps.exports.taking.packages import take_package
from apps.repository import services as repository
from tests.exports.conftest import BASE, TEXT
from tests.exports.test_import import codes
from tests.factories import make_au
from tests.repository.factories import noise


@pytest.fixture
def target(node):
    """An AU of another node, as it were: nothing of it is here."""
    return make_au("Tides, elsewhere")


def record(kind: str, number: int, url: str, block: bytes, *fields: str) -> bytes:
    head = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:{number:08d}>",
        "WARC-Date: 2031-11-21T10:00:00Z",
        f"WARC-Target-URI: {url}",
        "Content-Type: application/http; msgtype=response",
        f"Content-Length: {len(block)}",
        *fields,
    ]
    return "\r\n".join([*head, "", ""]).encode() + block + b"\r\n\r\n"


def answer(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: text/html\r\n\r\n".encode() + body


class Counted(io.BytesIO):
    """A file whose bytes are counted as they are read."""

    total = 0

    def read(self, size=-1, /):
        piece = super().read(size)
        Counted.total += len(piece)
        return piece


def taken(target, *records: bytes, packed: bool = False):
    """(report, bytes that were read, bytes of the file)."""
    data = b"".join(gzip.compress(one) if packed else one for one in records)
    Counted.total = 0
    report = take_package("x.warc", lambda: Counted(data), au=target.auid, known=lambda _auid: True)
    return report, Counted.total, len(data)


def body_of(target, url: str) -> bytes:
    with repository.open_body(repository.find(auid=target.auid, url=url)) as opened:
        return opened.read()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
def test_an_original_named_by_its_record_alone(target, status, packed):
    report, _read, _size = taken(
        target,
        record("response", 1, f"{BASE}/one", answer(status, TEXT)),
        record("response", 2, f"{BASE}/two", answer("200 OK", b"other")),
        record("revisit", 3, f"{BASE}/again", answer("200 OK", b""), "WARC-Refers-To: <urn:uuid:00000001>"),
        packed=packed,
    )
    assert codes(report) == ([] if status == "200 OK" else ["package-answer-no-success"])
    assert body_of(target, f"{BASE}/again") == TEXT


def test_an_original_of_another_digest_is_none(target):
    report, _read, _size = taken(
        target,
        record("response", 1, f"{BASE}/one", answer("200 OK", TEXT)),
        record(
            "revisit",
            2,
            f"{BASE}/again",
            answer("200 OK", b""),
            "WARC-Refers-To: <urn:uuid:00000001>",
            f"WARC-Payload-Digest: sha256:{'0' * 64}",
        ),
    )
    assert codes(report) == ["package-revisit-without-original"]


@pytest.mark.parametrize("packed", [False, True])
def test_originals_that_are_nowhere_cost_no_reading(target, packed):
    revisits = [
        record(
            "revisit",
            number,
            f"{BASE}/again/{number}",
            answer("200 OK", b""),
            f"WARC-Refers-To: <urn:uuid:{number + 5000:08d}>",
            "WARC-Refers-To-Date: 2031-11-21T09:00:00Z",
        )
        for number in range(2, 40)
    ]
    report, read, size = taken(
        target,
        record("response", 1, f"{BASE}/one", answer("200 OK", noise(300_000))),
        *revisits,
        packed=packed,
    )
    assert codes(report) == ["package-revisit-without-original"] * 38
    assert read < 3 * size


@pytest.mark.parametrize("packed", [False, True])
def test_originals_in_the_file_alone_are_read_where_they_lie(target, packed, monkeypatch):
    for place in ("streams", "records"):
        monkeypatch.setattr(f"apps.exports.taking.{place}.PIECE", 1_024)
    firsts = [
        record("response", number, f"{BASE}/gone/{number}", answer("404 Not Found", noise(20_000, number)))
        for number in range(1, 20)
    ]
    revisits = [
        record(
            "revisit",
            number + 100,
            f"{BASE}/again/{number}",
            answer("200 OK", b""),
            f"WARC-Refers-To: <urn:uuid:{number:08d}>",
            "WARC-Refers-To-Date: 2031-11-21T10:00:00Z",
        )
        for number in range(1, 20)
    ]
    report, read, size = taken(target, *firsts, *revisits, packed=packed)
    assert codes(report) == ["package-answer-no-success"] * 19
    assert all(body_of(target, f"{BASE}/again/{number}") == noise(20_000, number) for number in (1, 19))
    assert read < 4 * size
