"""Which charset is used, and that the answer names it."""

import codecs

import pytest

from apps.lockss.rewrite import BodyCharset, ReplayMap, body_charset, rewriter_for
from tests.lockss.rewrite.pieces import AT, PAGE, REPLAY, run


@pytest.mark.parametrize(
    ("head", "content_type", "codec", "label"),
    [
        (b"\xef\xbb\xbf<meta charset=gbk>", "text/html; charset=big5", "utf-8", "utf-8"),
        (b"<meta charset=gbk>", "text/html; charset=EUC-JP", "euc_jp", "euc-jp"),
        (b"<meta charset=gbk>", 'text/html; charset="iso-8859-1"', "cp1252", "windows-1252"),
        (b"<meta charset=gbk>", "text/html; charset=nonsense", "gb18030", "gb18030"),
        (b"<meta charset=gbk>", None, "gb18030", "gb18030"),
        (
            b"<meta http-equiv=content-type content='text/html; charset=shift_jis'>",
            None,
            "cp932",
            "shift_jis",
        ),
        (b"<meta charset=utf-16>", "text/html", "utf-8", "utf-8"),
        (b"<meta charset=zip>", "text/html; charset=unicode_escape", "cp1252", "windows-1252"),
        (b'@charset "big5";', "text/css", "big5hkscs", "big5"),
        (b"<p>", "text/html", "cp1252", "windows-1252"),
        (b"<p>", "text/html; charset=iso-8859-2", "iso8859-2", "iso-8859-2"),
        (b"<p>", "text/html; charset=utf-7", "cp1252", "windows-1252"),
    ],
)
def test_mark_then_header_then_declaration_then_fallback(
    head: bytes, content_type: str | None, codec: str, label: str
) -> None:
    assert body_charset(head, content_type) == BodyCharset(codec, label)
    codecs.lookup(codec)


def test_the_fallback_is_the_callers() -> None:
    assert body_charset(b"a{}", "text/css", "utf-8").label == "utf-8"


@pytest.mark.parametrize(
    ("mark", "content_type", "codec"),
    [
        (codecs.BOM_UTF16_LE, "text/html; charset=utf-8", "utf-16-le"),
        (codecs.BOM_UTF16_BE, None, "utf-16-be"),
        (b"", "text/html; charset=utf-16", "utf-16-le"),
        (b"", "text/html; charset=iso-2022-jp", "iso2022_jp"),
    ],
)
def test_what_cannot_be_read_bytewise_leaves_as_utf_8(
    mark: bytes, content_type: str | None, codec: str
) -> None:
    text = "<p title='表<'><a href='表'>"
    body = mark + text.encode(codec)
    charset = body_charset(body, content_type)
    assert (charset.codec, charset.label, charset.decoded_from) == ("utf-8", "utf-8", codec)
    after = f"<p title='表<'><a href='{AT}mp_/http://h.org/a/%E8%A1%A8'>"
    for size in (0, 1):
        rewriter = rewriter_for("text/html", PAGE, REPLAY, charset)
        assert rewriter is not None
        assert run(rewriter, body, size).decode() == ("\ufeff" if mark else "") + after


def test_only_types_with_links_are_rewritten() -> None:
    utf8 = BodyCharset("utf-8", "utf-8")
    links = ReplayMap("/all/", "20200102030405")
    assert rewriter_for("Text/CSS", PAGE, links, utf8) is not None
    for other in ("application/javascript", "application/pdf", "image/svg+xml", "application/xhtml+xml", ""):
        assert rewriter_for(other, PAGE, links, utf8) is None
