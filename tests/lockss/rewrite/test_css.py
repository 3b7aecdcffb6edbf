"""URLs of style sheets: where they are, how they are spelt, what looks like one."""

import pytest

from apps.lockss.rewrite import CssRewriter, RewriteFault
from tests.lockss.rewrite.pieces import AT, SERVE, Always, Marks, Nowhere, css, outcome, run

S, O, I = "/style!http://h.org/a/x", "/other!http://h.org/a/x", "/image!http://h.org/a/x"  # noqa: E741


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("a{b:url(x)}", f"a{{b:url({O})}}"),
        ("a{b:URL( x\n)}", f"a{{b:URL( {O}\n)}}"),
        ("a{b:url('x')}", f"a{{b:url('{O}')}}"),
        ('a{b:url( "x" )}', f'a{{b:url( "{O}" )}}'),
        ("a{b:\\75 rl(x)}", f"a{{b:\\75 rl({O})}}"),
        ("a{b:u\\72l(x)}", f"a{{b:u\\72l({O})}}"),
        ("a{b:u\\000072\r\nl(x)}", f"a{{b:u\\000072\r\nl({O})}}"),
        ("a{b:url(\\78)}", f"a{{b:url({O})}}"),
        ("a{b:url('\\\nx')}", f"a{{b:url('{O}')}}"),
        ("a{b:src('x')}", f"a{{b:src('{O}')}}"),
        ("@import 'x';", f"@import '{S}';"),
        ('@IMPORT/**/"x" screen;', f'@IMPORT/**/"{S}" screen;'),
        ("@\\69mport url(x);", f"@\\69mport url({S});"),
        ("@import url('x');", f"@import url('{S}');"),
        ("<!--@import 'x'-->", f"<!--@import '{S}'-->"),
        ("a{b:image-set('x' 1x, url(x) 2x)}", f"a{{b:image-set('{I}' 1x, url({I}) 2x)}}"),
        ("a{b:-webkit-image-set( 'x' type('x'))}", f"a{{b:-webkit-image-set( '{I}' type('x'))}}"),
        ("a{b:image-set('x' type( 'x' ), 'x')}", f"a{{b:image-set('{I}' type( 'x' ), '{I}')}}"),
        ("a{b:image-set('x')}b{c:'x'}", f"a{{b:image-set('{I}')}}b{{c:'x'}}"),
        ("a{b:url('x'/**/)}", f"a{{b:url('{O}'/**/)}}"),
        ("a{b:url(\0)}", "a{b:url(/other!http://h.org/a/%EF%BF%BD)}"),
        ("a{b:url(x", f"a{{b:url({O}"),
        ("a{b:url('x", f"a{{b:url('{O}"),
        ("@import 'x", f"@import '{S}"),
        ("a{b:url(x\\", f"a{{b:url({O}\\"),
        ("a{b:x<!--url(x)}", f"a{{b:x<!--url({O})}}"),
        ("a{b:'y\nurl(x)", f"a{{b:'y\nurl({O})"),
        ("/* url(y) '*/a{b:url(x)}", f"/* url(y) '*/a{{b:url({O})}}"),
        ("a{b:url(data:,'url\\)(y)url(x)", f"a{{b:url(data:,'url\\)(y)url({O})"),
        ("a{b:url(y y)url(x)", f"a{{b:url(y y)url({O})"),
    ],
)
def test_urls_are_where_browsers_find_them(body: str, after: str) -> None:
    for size in (0, 1, 2, 5):
        assert css(body, Marks(), size=size).decode() == after


@pytest.mark.parametrize(
    "body",
    [
        "a{b:'x'}@namespace 'x';@charset \"x\";",
        "a{b:curl(x) -url(x) #url(x) @url(x) url-prefix(x) x\\url(x) 2url(x)}",
        "@import x 'x';@importx 'x';@import;'x'",
        "a{b:url(x'y)}",
        "a{b:url(x(y)}",
        "a{b:url(data:x)}a{b:url('data:x')}a{b:url(#x)}a{b:url()}",
        "/*url(x)",
        "a{b:'url(x)'}",
        'a{b:"\\"url(x)"}',
        "a{b:image-set(linear-gradient(#fff,#000) 1x)}",
    ],
)
def test_what_is_no_url_stays(body: str) -> None:
    for size in (0, 1, 2):
        assert css(body, size=size) == body.encode()


def test_new_urls_are_escaped_for_their_place() -> None:
    links = Always("/'\"()\\ \n</style>ü")
    new = "/\\27 \\22 \\28 \\29 \\5c \\20 \\a \\3c /style>\\fc "
    assert css("a{b:url(x)}", links).decode() == f"a{{b:url({new})}}"
    assert css("a{b:url('x')}", links).decode() == f"a{{b:url('{new}')}}"


@pytest.mark.parametrize("charset", ["shift_jis", "gbk", "gb18030", "big5"])
def test_second_bytes_that_look_like_backslashes_escape_nothing(charset: str) -> None:
    """Half of some characters is a backslash: read as one it would carry the string beyond its end."""
    word = {"shift_jis": b"\x95\x5c", "big5": b"\xa5\x5c"}.get(charset, b"\x95\x5c")
    assert len(word.decode(charset)) == 1
    body = b"a{b:'" + word + b"';c:url(x)}/*" + word + b"*/d{e:" + word + b"url(x) url(x)}"
    for size in (0, 1, 2, 3):
        after = css(body, size=size, charset=charset)
        assert after == body.replace(b"c:url(x)", f"c:url({AT}oe_/http://h.org/a/x)".encode()).replace(
            b" url(x)", f" url({AT}oe_/http://h.org/a/x)".encode()
        )


def test_a_half_of_no_character_is_what_it_looks_like() -> None:
    assert css(b"a{b:'\xee\\'';c:url(x)}", charset="shift_jis") == b"a{b:'\xee\\'';c:url(x)}"


def test_links_to_elsewhere_stay_where_the_map_says_so() -> None:
    body = "a{b:url(http://k.org/x);c:url(/x)}"
    assert css(body, SERVE).decode() == "a{b:url(http://k.org/x);c:url(/ServeContent?url=http://h.org/x)}"


@pytest.mark.parametrize(
    "body", [b"url(" * 200_000, b"\\61" * 300_000, b'"\\' * 300_000, b"image-set(" * 90_000, b"#" * 900_000]
)
def test_each_byte_is_looked_at_a_few_times_at_most(body: bytes) -> None:
    for size in (65_536, 97):
        rewriter = CssRewriter("http://h.org/", Nowhere())
        after = outcome(lambda rewriter=rewriter, size=size: run(rewriter, body, size))
        assert after in {body, str(RewriteFault.TOO_LONG)}
        assert rewriter.tokens.scanned <= 4 * len(body) + 1_000
