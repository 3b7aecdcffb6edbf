"""Laws of the rewriter, on markup put together from the pieces that tokenizers stumble over."""

from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from apps.lockss.rewrite import HtmlRewriter, RewriteFault
from tests.lockss.rewrite.pieces import AT, PAGE, REPLAY, Marks, Nowhere, css, html, outcome, run
from tests.lockss.rewrite.seen import live_links

LIVE = "http://live.example/"
TAGS = (
    '<a class="k" href="L" id="i"> '
    "<a href=L> <a href='L'> <img src=\"L\"> <img/src=//live.example/> <A HREF=HTTP://LIVE.example/> <base href=L> "
    "<link rel=stylesheet href=L> <video poster=L> <body background=L> <image xlink:href=L> <frame src=L> "
    "<p style='a:url(L)'> <meta http-equiv=refresh content='0;L'> <iframe srcdoc='<img src=L>'> <img srcset='L 1x,L'> "
    "<svg> </svg> <math> </math> <mi> </mi> <g> </g> <g/> <foreignObject> </foreignObject> <desc> </desc> "
    "<style> </style> <script> </script> <title> </title> <textarea> </textarea> <xmp> </xmp> <iframe> </iframe> "
    "<noembed> </noembed> <noframes> </noframes> <plaintext> <noscript> </noscript> <select> </select> <option> "
    "<frameset> <template> </template> <table> <td> </table> <p> </p> <div> </div> <br> </br> <input> <head> </head>"
).replace("L", LIVE)
PARTS = [
    *(part + ">" for part in TAGS.split(">")[:-1]),
    *("<", ">", "/", "=", '"', "'", " ", "\n", "\r", "\f", "\t", "\0", "a", "x", "&quot;", "&#58;", "&", "é"),
    *(
        "<!--",
        "-->",
        "--!>",
        "<!",
        "<?",
        "</",
        "<![CDATA[",
        "]]>",
        "<script",
        "<b title='",
        "<x y=z",
        "<script><!--",
    ),
    *(LIVE, "@import '", "url(", ")", "\\", "/*", "*/", "image-set(", "href=", "style='", "srcdoc='"),
]
MARKUP = st.lists(st.sampled_from(PARTS), max_size=16).map(lambda parts: "".join(parts).encode())
SHEET = st.lists(
    st.sampled_from(
        [
            *(
                "url(",
                "URL(",
                "\\75 rl(",
                "src(",
                ")",
                "(",
                '"',
                "'",
                " ",
                "\n",
                "\r",
                "\f",
                "\\",
                "/*",
                "*/",
                "/",
            ),
            *(
                "@import",
                "@\\69mport ",
                "image-set(",
                "type(",
                "calc(",
                "<!--",
                "-->",
                "<",
                "-",
                "#",
                "@",
                "1",
                "x",
            ),
            *(LIVE, "//live.example/", "data:", "{", "}", ";", ",", "\0", "é", "\\22 ", "\\\n"),
        ]
    ),
    max_size=14,
).map(lambda parts: "".join(parts).encode())
SIZES = st.sampled_from([1, 2, 3, 5, 8, 13])


@given(st.one_of(MARKUP, st.binary(max_size=200)), SIZES)
def test_a_map_that_leaves_links_alone_changes_no_byte(body: bytes, size: int) -> None:
    links = Nowhere()
    for cut in (0, size):
        after = outcome(lambda cut=cut: html(body, links, fences=False, size=cut))
        assert after in {body, str(RewriteFault.AMBIGUOUS)}


@given(MARKUP, SIZES)
def test_pieces_of_any_size_give_the_same(body: bytes, size: int) -> None:
    assert outcome(lambda: html(body, size=size)) == outcome(lambda: html(body))


@given(MARKUP)
def test_what_is_rewritten_shows_no_link_to_the_live_web(body: bytes) -> None:
    """Judged by another parser, which builds the whole tree."""
    after = outcome(lambda: html(body))
    if isinstance(after, bytes):
        assert live_links(after.decode(), f"http://node.example{AT}mp_/{PAGE}") == []


@given(MARKUP)
def test_rewriting_again_changes_nothing(body: bytes) -> None:
    after = outcome(lambda: html(body))
    if isinstance(after, bytes):
        assert outcome(lambda: html(after)) in {after, str(RewriteFault.AMBIGUOUS)}


@given(MARKUP)
def test_the_tree_of_a_page_stays_but_for_its_links(body: bytes) -> None:
    after = outcome(lambda: html(body, Marks(), fences=False))
    if isinstance(after, bytes):
        assert _names(after) == _names(body)


@given(MARKUP, SIZES)
def test_each_byte_is_looked_at_a_few_times_at_most(body: bytes, size: int) -> None:
    rewriter = HtmlRewriter(PAGE, REPLAY)
    if isinstance(outcome(lambda: run(rewriter, body, size)), bytes):
        assert rewriter.tokenizer.scanned <= 5 * len(body) + 50


@given(
    st.lists(
        st.sampled_from(
            [
                *(
                    ' class="k"',
                    "\nid='i'",
                    ' href="L"',
                    " href=L",
                    '\tHREF="x"',
                    ' href=""',
                    ' ping="L"',
                    " href",
                ),
                *(
                    ' style="a:url(L)"',
                    ' data-href="L"',
                    " hidden",
                    "/",
                    ' target="_top"',
                    ' title="\'>"',
                    " =",
                    '"',
                ),
            ]
        ),
        max_size=6,
    )
)
def test_the_short_way_through_a_link_changes_what_the_long_one_does(parts: list[str]) -> None:
    """Inside noscript every tag is looked at singly."""
    tag = f"<a{''.join(parts)}>".replace("L", LIVE).encode()
    assert html(b"<noscript>" + tag) == b"<noscript>" + html(tag)


@given(SHEET, SIZES)
def test_sheets_obey_the_same_laws(body: bytes, size: int) -> None:
    assert css(body, Nowhere(), size=size) == body
    after = css(body)
    assert css(body, size=size) == after
    assert css(after) == after


def _names(body: bytes) -> list[tuple[str | None, list[str]]]:
    """Elements with the names of their attributes, in their order."""
    tree = LexborHTMLParser(body.decode())
    return [(node.tag, sorted(node.attributes)) for node in tree.css("*")]
