"""Each attribute that leads somewhere, and each that must not stay."""

import pytest

from apps.lockss.rewrite import RewriteFault
from tests.lockss.rewrite.pieces import AT, PAGE, REPLAY, SERVE, Always, Nowhere, html, marked, outcome

H = "http://h.org/a/"


@pytest.mark.parametrize(
    ("body", "uses"),
    [
        ("<a href=x>", ["page"]),
        ("<area href=x>", ["page"]),
        ("<form action=x>", ["page"]),
        ("<button formaction=x>", ["page"]),
        ("<input formaction=x src=y>", ["page", "image"]),
        ("<blockquote cite=x>", ["page"]),
        ("<img src=x longdesc=y lowsrc=z>", ["image", "page", "image"]),
        ("<body background=x>", ["image"]),
        ("<td background=x>", ["image"]),
        ("<video src=x poster=y>", ["other", "image"]),
        ("<audio src=x>", ["other"]),
        ("<source src=x>", ["other"]),
        ("<track src=x>", ["other"]),
        ("<embed src=x>", ["other"]),
        ("<object data=x codebase=y>", ["other", "other"]),
        ("<object archive='x, y z'>", ["other"] * 3),
        ("<param name=movie value=x>", ["other"]),
        ("<script src=x></script>", ["script"]),
        ("<iframe src=x></iframe>", ["iframe"]),
        ("<frame src=x>", ["frame"]),
        ("<html manifest=x>", ["other"]),
        ("<link rel=stylesheet href=x>", ["style"]),
        ("<link rel='alternate stylesheet' href=x>", ["style"]),
        ("<link rel='shortcut icon' href=x>", ["image"]),
        ("<link rel=canonical href=x>", ["page"]),
        ("<link rel=preload as=image href=x imagesrcset='y 2x'>", ["image", "image"]),
        ("<link rel=preload as=script href=x>", ["script"]),
        ("<link rel=modulepreload href=x>", ["script"]),
        ("<img srcset='x 1x, y 2x'>", ["image", "image"]),
        ("<source srcset='x 100w'>", ["image"]),
        ("<meta http-equiv=refresh content='0; url=x'>", ["page"]),
        ("<svg><image xlink:href=x /><image href=x /></svg>", ["image", "image"]),
        ("<svg><use href=x /><script href=x></script></svg>", ["other", "script"]),
        ("<svg><rect fill='url(x#f)' mask='url(x)'></svg>", ["other", "other"]),
        ("<svg><set attributeName=href to=x /></svg>", ["other"]),
        ("<svg><animate attributeName=xlink:href values='x; y' /></svg>", ["other", "other"]),
        ("<svg><animate attributeName=fill to='url(x)' /></svg>", ["other"]),
        ("<p style='background:url(x)'>", ["other"]),
        ("<style>@import 'x';a{b:url(x)}</style>", ["style", "other"]),
        ("<iframe srcdoc='<img src=x>'>", ["image"]),
        ("<unknown src=x href=y>", ["other", "other"]),
    ],
)
def test_links_by_element(body: str, uses: list[str]) -> None:
    seen = marked(body)
    # Every name is one letter long, so that the marks can be taken out again.
    found = []
    for part in seen.split("/")[1:]:
        use, mark, _ = part.partition("!")
        found += [use] if mark else []
    assert found == uses
    for use in set(uses):
        seen = seen.replace(f"/{use}!{H}", "")
    assert seen == body


@pytest.mark.parametrize(
    "body",
    [
        "<a href='javascript:x'><a href=data:x><a href='mailto:x@y'><a href=tel:1><a href=about:blank><a href=blob:x>",
        "<a href='#x'><a href=''><a href><a href=' '><use href=#a>",
        "<a data=x><p value=x><param name=quality value=high><div data-src=x data-href=y>",
        "<a hreflang=x><a onclick='location=x'><meta name=x content=http://h.org/><input value=http://h.org/>",
        "<meta http-equiv=refresh content=5><meta http-equiv=refresh content='x; url=y'>",
        "<a href='http://[bad/'><a href='http://h.org:99999/'>",
        "<img srcset=' , '><img srcset>",
        "<link rel=stylesheet><link>",
        "<p style='color:red'><p style='a:url(data:x)'>",
        "<iframe srcdoc='<p>&amp;'>",
        "<svg><set attributeName=width to=1 /></svg>",
    ],
)
def test_what_is_no_link_stays(body: str) -> None:
    assert html(body) == body.encode()


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("<a href=/y?a=1&amp;b=2>", f"<a href={AT}mp_/http://h.org/y?a=1&amp;b=2>"),
        ('<a href="/y?a=1&b=2">', f'<a href="{AT}mp_/http://h.org/y?a=1&amp;b=2">'),
        ('<a href="/y?a=1&copy=2">', f'<a href="{AT}mp_/http://h.org/y?a=1&amp;copy=2">'),
        ('<a href="/y?a&copy;">', f'<a href="{AT}mp_/http://h.org/y?a%C2%A9">'),
        ("<a href='&#x2F;y'>", f"<a href='{AT}mp_/http://h.org/y'>"),
        ("<a href='//k.org'>", f"<a href='{AT}mp_/http://k.org/'>"),
        ("<a href='/\\k.org/x'>", f"<a href='{AT}mp_/http://k.org/x'>"),
        ("<a href=' ht\ntp://K.org/x '>", f"<a href='{AT}mp_/http://k.org/x'>"),
        ("<a href='x#y'>", f"<a href='{AT}mp_/http://h.org/a/x#y'>"),
        ('<a href="it\'s">', f'<a href="{AT}mp_/http://h.org/a/it\'s">'),
        ("<a href='it&#39;s'>", f"<a href='{AT}mp_/http://h.org/a/it&#39;s'>"),
        ("<A\nHREF = x >", f"<A\nHREF = {AT}mp_/http://h.org/a/x >"),
        ("<a href=x/>", f"<a href={AT}mp_/http://h.org/a/x/>"),
        ("<img srcset='x,y 1x,z'>", f"<img srcset='{AT}im_/{H}x%2Cy 1x,{AT}im_/{H}z'>"),
        ("<meta http-equiv=refresh content='0;x'>", f"<meta http-equiv=refresh content='0;{AT}mp_/{H}x'>"),
        (
            "<meta http-equiv=refresh content=\"0;url='x'y\">",
            f"<meta http-equiv=refresh content=\"0;url='{AT}mp_/{H}x'y\">",
        ),
        ("<p style='a:url(\"x\")'>", f"<p style='a:url(\"{AT}oe_/{H}x\")'>"),
        ('<p style="a:url(&quot;x&quot;)">', f'<p style="a:url(&quot;{AT}oe_/{H}x&quot;)">'),
        (
            "<iframe srcdoc='<a href=\"x\">&amp;amp;'>",
            f"<iframe srcdoc='<a href=\"{AT}mp_/{H}x\">&amp;amp;'>",
        ),
    ],
)
def test_values_keep_their_quotes_and_meaning(body: str, after: str) -> None:
    assert html(body) == after.encode()


@pytest.mark.parametrize(
    ("body", "after"),
    [
        ("<a href='#' ping=x>", "<a href='#' >"),
        ("<script nonce=a integrity='b'></script>", "<script  ></script>"),
        ("<img attributionsrc alt=''>", "<img  alt=''>"),
        ("<g/ping=x>", "<g/_>"),
        ("<a ping=x =y>", "<a _ =y>"),
        ("<a b='c'ping='x'd>", "<a b='c'_d>"),
        ("<meta http-equiv=Content-Security-Policy content=x>", "<meta  content=x>"),
        ("<meta content=x http-equiv='Set&#45;Cookie'>", "<meta content=x >"),
        ("<link rel=preconnect href=//k.org>", "<link rel=preconnect >"),
        ("<link rel='dns-prefetch preconnect' href=//k.org>", "<link rel='dns-prefetch preconnect' >"),
        ("<a target=_top href='#'><base target=_TOP>", "<a target=_self href='#'><base target=_self>"),
        ("<input formtarget='_Top'><a target=main>", "<input formtarget='_self'><a target=main>"),
    ],
)
def test_what_reaches_past_the_page_goes(body: str, after: str) -> None:
    assert html(body) == after.encode()
    assert html(body, Nowhere(), fences=False) == body.encode()


def test_hints_go_where_the_map_leaves_them_live() -> None:
    body = "<link rel=preload as=image href=http://k.org/x imagesrcset='http://k.org/y 2x'>"
    assert html(body, SERVE) == b"<link rel=preload as=image  >"
    assert html(body, REPLAY).count(f"{AT}im_/http://k.org/".encode()) == 2
    own = "<link rel=prefetch href=x>"
    assert html(own, SERVE) == b"<link rel=prefetch href=/ServeContent?url=http://h.org/a/x>"


def test_the_first_base_holds_for_what_follows() -> None:
    body = "<a href=x><base href='/b/'><a href=x><base href='/c/'><a href=x>"
    at = f"{AT}mp_/http://h.org"
    assert (
        html(body).decode()
        == f"<a href={at}/a/x><base href='{at}/b/'><a href={at}/b/x><base href='{at}/c/'><a href={at}/b/x>"
    )


def test_a_base_that_is_no_url_counts_and_changes_nothing() -> None:
    assert f"{AT}mp_/http://h.org/a/x" in html("<base href='data:x'><base href='/c/'><a href=x>").decode()


def test_a_base_that_would_stay_live_goes_and_links_stand_for_themselves() -> None:
    """Rewritten links begin at the root: under a live base they would lead to the live host."""
    body = (
        '<base href="http://k.org/b/"><a href="x"><img src="//h.org/y"><a href="#f"><a href="http://k.org/z">'
    )
    assert html(body, SERVE).decode() == (
        '<base ><a href="http://k.org/b/x"><img src="/ServeContent?url=http://h.org/y"><a href="#f">'
        '<a href="http://k.org/z">'
    )


def test_documents_inside_documents_end_somewhere() -> None:
    body = "<img src=x>"
    for _ in range(3):
        body = "<iframe srcdoc='" + body.replace("&", "&amp;").replace("'", "&#39;") + "'>"
    assert f"{AT}im_/{H}x" in html(body).decode()
    body = "<iframe srcdoc='" + body.replace("&", "&amp;").replace("'", "&#39;") + "'>"
    assert outcome(lambda: html(body)) == RewriteFault.TOO_DEEP


def test_documents_inside_have_the_base_of_the_outer_one() -> None:
    assert f"{AT}im_/http://h.org/b/x" in html("<base href=/b/><iframe srcdoc='<img src=x>'>").decode()


@pytest.mark.parametrize(
    ("charset", "word", "path", "query"),
    [
        ("utf-8", "ü", "%C3%BC", "%C3%BC"),
        ("iso-8859-1", "ü", "%C3%BC", "%FC"),
        ("shift_jis", "表", "%E8%A1%A8", "%95%5C"),
        ("euc-jp", "表", "%E8%A1%A8", "%C9%BD"),
    ],
)
def test_links_are_read_in_the_charset_of_the_page(charset: str, word: str, path: str, query: str) -> None:
    """Browsers send the path in UTF-8 and the query in the page's charset."""
    body = f'{word}<a href="/{word}?{word}">{word}<p title="{word}" style="{word}:url({word}">'.encode(
        charset
    )
    after = html(body, charset=charset).decode(charset)
    assert after == (
        f'{word}<a href="{AT}mp_/http://h.org/{path}?{query}">{word}'
        f'<p title="{word}" style="{word}:url({AT}oe_/http://h.org/a/{path}">'
    )


def test_relative_links_may_stay_for_the_browser() -> None:
    from apps.lockss.rewrite import ReplayMap

    links = ReplayMap("/all/", "20200102030405", relative_stays=True)
    body = (
        '<img src="x/y.png"><a href="../x"><a href="/x"><a href="a/%2e%2e/b"><a href="?q"><a href="mail:x">'
    )
    assert html(body, links).decode() == (
        f'<img src="x/y.png"><a href="{AT}mp_/http://h.org/x"><a href="{AT}mp_/http://h.org/x">'
        f'<a href="{AT}mp_/http://h.org/a/b"><a href="{AT}mp_/{PAGE}?q"><a href="mail:x">'
    )


@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_no_new_value_leaves_its_attribute(quote: str) -> None:
    from selectolax.lexbor import LexborHTMLParser

    hostile = "/\"'`>< = \t\n&amp;&quot;<script>--></style>)\\"
    for before, name, selector in [
        ("", "href", "a"),
        ("0;url=", "content", "a"),
        ("", "srcset", "a"),
        ("a:url(", "style", "a"),
    ]:
        tag = "meta http-equiv=refresh" if name == "content" else selector
        body = f"<{tag} {name}={quote}{before}x{quote} id=i>end"
        tree = LexborHTMLParser(html(body, Always(hostile)).decode())
        node = tree.css_first("#i")
        assert node is not None
        assert set(node.attributes) == {name, "id", "http-equiv"} & {
            name,
            "id",
            *tag.replace("=", " ").split(),
        }
        assert tree.body is not None
        assert tree.body.text(deep=True) == "end"
