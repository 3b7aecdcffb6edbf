"""Where tags are and where they are not, whatever pieces a page comes in."""

import pytest

from apps.lockss.rewrite import HOLDING, HtmlRewriter, RewriteFault
from tests.lockss.rewrite.pieces import PAGE, Nowhere, html, marked, outcome, run

LINK = "<a href=x>"
SEEN = "<a href=/page!http://h.org/a/x>"


@pytest.mark.parametrize(
    "before",
    [
        "",
        "a < b <= c <3 ",
        "<",
        "</>",
        "<!-->",
        "<!--->",
        "<!-- > -->",
        "<!-- <a href=y> --!>",
        "<!--<!-->",
        "<!---->",
        "<!doctype html>",
        "<!DOCTYPE html PUBLIC '>",
        "<?php '>",
        "</ a href=y>",
        "<!x <a href=y>",
        "<![CDATA[ <a href=y>",
        "<script>'<a href=y>'</script>",
        "<script><!-- <script> '<a href=y>'</script> <a href=y> --></script>",
        "<script><!--></script>",
        "<script><!-- <script> --></script>",
        "<script>/*</scripty> <a href=y>*/</script >",
        "<SCRIPT></SCRIPT>",
        "<style></styl</style>",
        "<title><a href=y></title>",
        "<textarea><a href=y><!--</textarea>",
        "<xmp><a href=y></xmp>",
        "<iframe><a href=y></iframe/>",
        "<noembed><a href=y></noembed>",
        "<noframes><a href=y></noframes\t>",
        "</b title='<a href=y>'>",
        "<b title='<a href=y>' title=\"<a href=y>\" title=<a/href=y>",
        "<b title = '>' x>",
        "<b '>",
        '<b =">',
        "<b x=>",
        "<b/x/>",
        "<b c='d'e='>'>",
        "<select><option>1<option>2</select><script>i<n</script>",
        "<svg><g><path d=m /></g><title>t</title></svg><script>i<n</script>",
        "<svg><style>a{}</style></svg><style>a<b</style>",
        "<svg><style><![CDATA[ a<b>c ]]></style></svg>",
        "<svg><![CDATA[ a<b ]]></svg>",
        "<noscript><p>n</p></noscript><script>i<n</script>",
    ],
)
def test_a_link_behind_is_seen_and_nothing_else(before: str) -> None:
    for size in (0, 1, 3):
        assert marked(before + LINK, size=size) == before + SEEN


@pytest.mark.parametrize(
    "before",
    [
        "<!--",
        "<!-- -- >",
        "<!--!>",
        "<script>",
        "<script></scrip",
        "<script><!--<script></script>",
        "<style>",
        "<title>",
        "<textarea></title>",
        "<plaintext></plaintext>",
        "<b title='",
        '<b title=">',
        "<b ",
        "<!",
        "<?",
        "</",
    ],
)
def test_nothing_is_a_link_in_what_never_ends(before: str) -> None:
    for size in (0, 1):
        assert marked(before + "<a href=x", size=size) == before + "<a href=x"


AMBIGUOUS = [
    "<svg><style><a href=http://live.example/></style>",
    "<svg><style>&#117;rl(http://live.example/)</style>",
    "<svg><style>@imp<!-- -->ort 'http://live.example/'</style>",
    "<svg><style>@imp<![CDATA[ort 'http://live.example/']]></style>",
    "<svg><title><img src=http://live.example/></title>",
    "<math><script><img src=http://live.example/></script>",
    "<svg><![CDATA[><img src=http://live.example/>]]>",
    "<svg><foreignObject><div/></foreignObject></svg><title><img src=http://live.example/></title>",
    "<svg><desc><p></svg><title><img src=http://live.example/></title>",
    "<select><style><img src=http://live.example/></style>",
    "<frameset><script><frame src=http://live.example/></script>",
    "<noscript><b title='</noscript><img src=http://live.example/>'>",
    "<noscript><!-- </noscript><img src=http://live.example/> -->",
    "<noscript><style></noscript><img src=http://live.example/></style>",
    "<noscript><script>'</noscript><img src=http://live.example/>'</script>",
]


@pytest.mark.parametrize("body", AMBIGUOUS)
def test_what_browsers_may_read_in_two_ways_ends_the_rewriting(body: str) -> None:
    """Otherwise one of the two readings would show a link to the live web."""
    for size in (0, 1, 7):
        assert outcome(lambda size=size: html(body, size=size)) == RewriteFault.AMBIGUOUS


@pytest.mark.parametrize(
    "body",
    [
        b"<a href='" + b"x" * HOLDING,
        b"<a href='" + b"x" * HOLDING + b"'>",
        b"<b " * (HOLDING // 2),
        b"<svg><style>" + b"a" * (HOLDING + 1) + b"</style>",
        b"<style>a{b:url(" + b"c" * HOLDING + b")",
        b"<style>a{b:url(" + b"c" * HOLDING + b")}</style>",
        b"<style>@import '" + b"c" * HOLDING + b"'</style>",
        b"<a" + b" b" * 6_000 + b" href=x>",
    ],
)
def test_what_would_have_to_be_held_beyond_the_limit_ends_the_rewriting(body: bytes) -> None:
    for size in (0, 65_536, 1_000):
        assert outcome(lambda size=size: html(body, size=size)) == RewriteFault.TOO_LONG


@pytest.mark.parametrize(
    "body",
    [
        b"<base href='/" + b"b/" * 2_000 + b"'>" + b"<a href=x>" * 10_000,
        b"<base href='/"
        + b"b/" * 2_000
        + b"'><svg><set attributeName=href values='"
        + b"x;" * 10_000
        + b"'>",
        b"<base href='/" + b"b/" * 2_000 + b"'><style>" + b"a:url(x);" * 10_000 + b"</style>",
        b"<base href='/" + b"b/" * 2_000 + b"'>" + b"<iframe srcdoc='<a href=x>'></iframe>" * 10_000,
        b"<base href='/" + b"b/" * 3_000 + b"'>",
    ],
    ids=lambda body: repr(body[-20:]),
)
def test_a_long_base_does_not_swell_the_page_without_end(body: bytes) -> None:
    for size in (0, 1_000):
        assert outcome(lambda size=size: html(body, size=size)) == RewriteFault.TOO_LONG


@pytest.mark.parametrize(
    "body",
    [
        b"<!--" + b"-" * 2 * HOLDING,
        b"<script>" + b"<!--<script>" * (HOLDING // 4),
        b"x" * 2 * HOLDING,
        b"<" * 2 * HOLDING,
        b"<textarea>" + b"</texta" * (HOLDING // 4),
        b"<style>" + b"/*" + b"*" * 2 * HOLDING,
        b"<style>a{b:url(data:" + b"c" * 2 * HOLDING + b")}</style>",
        b"<style>a{b:'" + b"c" * 2 * HOLDING,
        b"<style>" + b"c" * 2 * HOLDING,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_is_not_held_may_be_long(body: bytes) -> None:
    rewriter = HtmlRewriter(PAGE, Nowhere())
    assert run(rewriter, body, 65_536) == body


def test_output_comes_before_the_input_ends() -> None:
    rewriter = HtmlRewriter(PAGE, Nowhere())
    came = rewriter.feed(b"<p>" * 100_000 + b"<a href='")
    assert came == b"<p>" * 100_000
    assert rewriter.feed(b"x'>") + rewriter.close() == b"<a href='x'>"


HOSTILE = [
    b"<div>" * 1_000_000,
    b"<a b=c>" * 100_000,
    b"<a href='" + b"x" * 900_000,
    b"<a " + b"=" * 900_000 + b"/>",
    b"<svg><g a=" + b"=" * 900_000 + b"/>",
    b"<a <a " * 150_000,
    b"<!--" + b"--" * 400_000,
    b"<svg>" * 200_000,
    b"<svg><style>" + b"a" * 900_000,
    b"<script>" + b"<!--<script>" * 100_000,
    b"<style>" + b"url(" * 200_000,
    b"<style>" + b"\\61" * 200_000,
    b"<style>" + b'"\\' * 200_000,
    b"<noscript>" + b"<p " * 300_000,
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:16]))
@pytest.mark.parametrize("size", [65_536, 251])
def test_each_byte_is_looked_at_a_few_times_at_most(body: bytes, size: int) -> None:
    rewriter = HtmlRewriter(PAGE, Nowhere())
    assert outcome(lambda: run(rewriter, body, size)) in {body, str(RewriteFault.TOO_LONG)}
    assert rewriter.tokenizer.scanned <= 4 * len(body) + 1_000


@pytest.mark.parametrize("body", HOSTILE[:6], ids=lambda body: repr(body[:16]))
def test_no_more_is_held_than_is_said(body: bytes) -> None:
    rewriter = HtmlRewriter(PAGE, Nowhere())
    came = went = most = 0
    for at in range(0, len(body), 4_096):
        piece = body[at : at + 4_096]
        came += len(piece)
        went += len(rewriter.feed(piece))
        most = max(most, came - went)
    assert most <= HOLDING + 4_096
