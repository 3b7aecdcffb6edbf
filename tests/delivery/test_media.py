"""Types as publishers write them, well and badly, and what a browser may make of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.delivery.media import UNKNOWN, Nature, for_any_origin, media_type, nature


@pytest.mark.parametrize(
    ("stored", "sent", "kind"),
    [
        ("text/html", "text/html", Nature.MARKUP),
        ("text/html; charset=utf-8", "text/html; charset=utf-8", Nature.MARKUP),
        ('Text/HTML;charset="iso-8859-1"', 'Text/HTML;charset="iso-8859-1"', Nature.MARKUP),
        ("text/html;", "text/html", Nature.MARKUP),
        ("text/html; charset=", "text/html", Nature.MARKUP),
        ("text/html; charset=utf-8, text/html", "text/html; charset=utf-8", Nature.MARKUP),
        ("image/png, text/html", "image/png", Nature.SHOWN),
        ("image/png;x=a,text/html", "image/png", Nature.SHOWN),
        ('image/png;x="a,text/html"', "image/png", Nature.SHOWN),
        ("application/xhtml+xml", "application/xhtml+xml", Nature.MARKUP),
        ("image/svg+xml", "image/svg+xml", Nature.MARKUP),
        ("application/rdf+xml; charset=utf-8", "application/rdf+xml; charset=utf-8", Nature.MARKUP),
        ("text/xml", "text/xml", Nature.MARKUP),
        ("application/pdf", "application/pdf", Nature.SHOWN),
        ("application/pdf;charset=UTF-8", "application/pdf;charset=UTF-8", Nature.SHOWN),
        ("video/mp4", "video/mp4", Nature.SHOWN),
        ("audio/mpeg", "audio/mpeg", Nature.SHOWN),
        ("font/woff2", "font/woff2", Nature.FONT),
        ("application/font-woff", "application/font-woff", Nature.FONT),
        ("text/css", "text/css", Nature.TEXT),
        ("application/javascript", "application/javascript", Nature.TEXT),
        ("application/ld+json", "application/ld+json", Nature.TEXT),
        ("text/plain", "text/plain", Nature.TEXT),
        ("application/zip", "application/zip", Nature.FILE),
        ("multipart/x-mixed-replace; boundary=x", "multipart/x-mixed-replace; boundary=x", Nature.FILE),
        ("message/rfc822", "message/rfc822", Nature.FILE),
        ("image/unheard-of", "image/unheard-of", Nature.FILE),
        ("", UNKNOWN, Nature.FILE),
        ("html", UNKNOWN, Nature.FILE),
        ("text/html text/plain", UNKNOWN, Nature.FILE),
        ("/html", UNKNOWN, Nature.FILE),
        ("text/html\r\nSet-Cookie: a=b", UNKNOWN, Nature.FILE),
        ("text/html; charset=utf-8\r\nSet-Cookie: a=b", "text/html; charset=utf-8", Nature.MARKUP),
        ("text/hтml", UNKNOWN, Nature.FILE),
    ],
)
def test_types(stored, sent, kind):
    assert media_type(stored) == sent
    assert nature(sent) is kind


@given(st.text(max_size=120))
def test_what_is_sent_is_one_clean_line_and_one_type(stored):
    sent = media_type(stored)
    assert sent.isascii()
    assert sent.isprintable()
    assert "," not in sent
    assert media_type(sent) == sent


@pytest.mark.parametrize(
    ("sent", "open_to_all"),
    [
        ("font/woff2", True),
        ("text/css", True),
        ("text/javascript", True),
        ("application/json", True),
        ("text/html", False),
        ("text/plain", False),
        ("image/png", False),
        ("application/pdf", False),
    ],
)
def test_what_a_sandboxed_page_may_fetch(sent, open_to_all):
    assert for_any_origin(sent) is open_to_all
