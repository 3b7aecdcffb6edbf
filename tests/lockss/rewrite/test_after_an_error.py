"""What a rewriter refused stays refused: not a byte of it may follow what went out."""

import pytest

from apps.lockss.rewrite import HOLDING, ReplayMap, RewriteError, RewriteFault, body_charset, rewriter_for
from tests.lockss.rewrite.pieces import PAGE

TOO_LONG = b'<a href="' + b"x" * (HOLDING + 10)


@pytest.mark.parametrize("charset", ["utf-8", "utf-16-le"])
def test_after_an_error_there_is_that_error_alone(charset) -> None:
    head = b"\xff\xfe" if charset == "utf-16-le" else b""
    found = body_charset(head, None if head else "text/html; charset=utf-8")
    rewriter = rewriter_for("text/html", PAGE, ReplayMap("/all/", "20260101000000"), found)
    assert rewriter is not None
    data = head + TOO_LONG.decode().encode(charset)
    with pytest.raises(RewriteError) as first:
        rewriter.feed(data)
    assert first.value.code == RewriteFault.TOO_LONG
    for again in (lambda: rewriter.feed(b"<p>"), rewriter.close, lambda: rewriter.feed(b'">x</a>')):
        with pytest.raises(RewriteError):
            again()
