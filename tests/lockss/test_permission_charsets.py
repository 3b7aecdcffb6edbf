"""Bytes to text: charsets and content codings of permission pages (permissions §2)."""

import gzip
import zlib

import pytest

from apps.lockss.permission import (
    Granted,
    PageRules,
    RefusalCode,
    Refused,
    judge_page,
)
from apps.lockss.permission.charset import CharsetSource, charset_of
from tests.lockss.permission_texts import (
    LOCKSS,
    judged_in_pieces,
    with_gap,
)

ENCODED = {
    "utf-8": (LOCKSS.encode(), None, "utf-8"),
    "utf-8 mark": (b"\xef\xbb\xbf" + LOCKSS.encode(), None, "utf-8"),
    "utf-16 le mark": (b"\xff\xfe" + LOCKSS.encode("utf-16-le"), None, "utf-16-le"),
    "utf-16 be mark": (b"\xfe\xff" + LOCKSS.encode("utf-16-be"), None, "utf-16-be"),
    "utf-32 le mark": (b"\xff\xfe\x00\x00" + LOCKSS.encode("utf-32-le"), None, "utf-32-le"),
    "utf-32 be mark": (b"\x00\x00\xfe\xff" + LOCKSS.encode("utf-32-be"), None, "utf-32-be"),
    "utf-16 le bare": (LOCKSS.encode("utf-16-le"), None, "utf-16-le"),
    "utf-16 be bare": (LOCKSS.encode("utf-16-be"), "text/html; charset=utf-8", "utf-16-be"),
    "utf-32 be bare": (LOCKSS.encode("utf-32-be"), None, "utf-32-be"),
    "latin-1 no-break spaces": (with_gap("\u00a0").encode("latin-1"), None, "iso8859-1"),
    "utf-8 no-break spaces": (with_gap("\u00a0").encode(), "text/html; charset=iso-8859-1", "utf-8"),
    "declared wins over the header": (
        b'<meta charset="windows-1252">' + with_gap("\u00a0").encode("cp1252"),
        "text/html; charset=utf-8",
        "cp1252",
    ),
    "xml declaration": (b"<?xml version='1.0' encoding='koi8-r'?>" + LOCKSS.encode(), None, "koi8-r"),
    "http-equiv": (
        b'<META http-equiv="Content-Type" content="text/html; CHARSET=shift_jis">' + LOCKSS.encode(),
        None,
        "shift_jis",
    ),
    "declared utf-16 in ascii bytes": (b"<meta charset=utf-16>" + LOCKSS.encode(), None, "utf-8"),
    "nonsense declared": (b"<meta charset=rot13>" + LOCKSS.encode(), "text/plain; charset=koi8-r", "koi8-r"),
    "header only": (LOCKSS.encode(), 'text/html; charset="ISO-8859-15"', "iso8859-15"),
    "nonsense in the header": (LOCKSS.encode(), "text/html; charset=zip", "iso8859-1"),
    "nothing said": (LOCKSS.encode(), None, "iso8859-1"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_charsets(name: str) -> None:
    page, content_type, codec = ENCODED[name]
    verdict = judge_page(page, content_type=content_type)
    assert isinstance(verdict, Granted), name
    # Pure ASCII tells nothing: then the header speaks, and at last the default.
    assert verdict.charset.name == ("iso8859-1" if name == "utf-8" else codec)
    assert judged_in_pieces([bytes((byte,)) for byte in page], content_type=content_type) == verdict


def test_without_inference_the_header_alone_counts() -> None:
    page = with_gap("\u00a0").encode()
    rules = PageRules(infer_charset=False)
    assert isinstance(judge_page(page, rules, content_type="text/html; charset=utf-8"), Granted)
    assert isinstance(judge_page(page, rules), Refused)


@pytest.mark.parametrize(
    ("sample", "source"),
    [
        (b"\xef\xbb\xbfa", CharsetSource.MARK),
        ("étude".encode(), CharsetSource.UTF8),
        (b"plain", CharsetSource.DEFAULT),
        (b"", CharsetSource.DEFAULT),
        (
            "Les études et les numéros publiés à la société générale. ".encode("latin-1") * 9,
            CharsetSource.GUESS,
        ),
    ],
)
def test_what_named_the_charset(sample: bytes, source: CharsetSource) -> None:
    assert charset_of(sample, None).source is source


def test_a_character_cut_at_the_samples_end_is_no_fault() -> None:
    assert charset_of("é".encode()[:1], None, complete=False).source is CharsetSource.UTF8


def raw_deflate(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


CODED = {
    "gzip": ("gzip", gzip.compress(LOCKSS.encode(), mtime=0)),
    "x-gzip": ("X-GZip", gzip.compress(LOCKSS.encode(), mtime=0)),
    "two members": (
        "gzip",
        gzip.compress(LOCKSS[:30].encode(), mtime=0) + gzip.compress(LOCKSS[30:].encode(), mtime=0),
    ),
    "deflate": ("deflate", zlib.compress(LOCKSS.encode())),
    "bare deflate": ("deflate", raw_deflate(LOCKSS.encode())),
    "identity": ("identity", LOCKSS.encode()),
    "unknown coding": ("exotic", LOCKSS.encode()),
    "gzip twice": ("gzip, gzip", gzip.compress(gzip.compress(LOCKSS.encode()), mtime=0)),
}


@pytest.mark.parametrize("name", CODED)
def test_content_codings_are_undone(name: str) -> None:
    coding, page = CODED[name]
    verdict = judge_page(page, content_encoding=coding)
    assert isinstance(verdict, Granted)
    assert judged_in_pieces([bytes((byte,)) for byte in page], content_encoding=coding) == verdict


def test_a_cut_coding_is_a_reason() -> None:
    verdict = judge_page(gzip.compress(b"x" * 100_000, mtime=0)[:60], content_encoding="gzip")
    assert isinstance(verdict, Refused)
    assert RefusalCode.UNREADABLE in {reason.code for reason in verdict.reasons}


def test_a_bomb_stops_at_the_limit() -> None:
    rules = PageRules(max_decoded=1_000_000)
    verdict = judge_page(gzip.compress(bytes(30_000_000), mtime=0), rules, content_encoding="gzip")
    assert isinstance(verdict, Refused)
    assert verdict.reasons[-1].code is RefusalCode.TOO_LARGE
