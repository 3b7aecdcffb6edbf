"""Links of pages: which, in which order, in which charset, and from pages that mean harm (plugins §8)."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.links import BUILT_IN, LinkLimits, PageContext, Profile, extract_links, page_charset
from apps.lockss.links.css import MAX_TOKENS, searched_urls, token_urls
from apps.lockss.links.html import html_links, refresh_url, srcset_urls, tree_is_cheap
from apps.lockss.links.xml import xml_links
from apps.lockss.urls import is_collectable, normalize

BASE = "http://h.org/a/page.html"
H = "http://h.org/a/"


def found(body: str | bytes, content_type: str = "text/html", **more: object) -> tuple[str, ...]:
    data = body.encode() if isinstance(body, str) else body
    return extract_links(data, PageContext(BASE, content_type, **more)).names  # type: ignore[arg-type]


def deployed(body: str, content_type: str = "text/html") -> tuple[str, ...]:
    return found(body, content_type, profile=Profile.DEPLOYED)


BOTH = [
    ("<a href=x>", ["x"]),
    ("<A HREF='x y'>", ["x%20y"]),
    ('<area href="x">', ["x"]),
    ("<link rel=canonical href=x>", ["x"]),
    ("<img src=x>", ["x"]),
    ("<script src=x></script>", ["x"]),
    ("<iframe src=x></iframe>", ["x"]),
    ("<frameset><frame src=x></frameset>", ["x"]),
    ("<embed src=x>", ["x"]),
    ("<object codebase=x></object>", ["x"]),
    ("<applet code=x></applet>", ["x"]),
    ("<body background=x>", ["x"]),
    ("<table background=x><tr><td background=y><th background=z></table>", ["x", "y", "z"]),
    ("<meta http-equiv=Refresh content='0; url=x'>", ["x"]),
    ("<p style='background:url(x)'>", ["x"]),
    ("<style>a{b:url(x)}</style>", ["x"]),
    ("<style>@import 'x';</style>", ["x"]),
    ("<a href='?a=1&amp;b=2'>", ["page.html?a=1&b=2"]),
    ("<a href=x#f><a href=x>", ["x"]),
    ("<a href=b><a href=a><a href=b>", ["b", "a"]),
    ("<!-- <a href=x> --><a href=y>", ["y"]),
    ("<script>'<a href=x>'</script><a href=y>", ["y"]),
    ("<noscript><img src=x></noscript>", ["x"]),
    ("<a href=mailto:x@y.org><a href=javascript:x><a href=tel:1><a href=''><a>", []),
    ("<a href='data:text/plain,x'>", []),
    ("<link href='data:text/css,a%7Bb%3Aurl(x)%7D'>", ["x"]),
]
WIDE_ONLY = [
    ("<img srcset='x 1x, y,z 2x,w'>", ["x", "y,z", "w"]),
    ("<source srcset='x 480w' src=y>", ["y", "x"]),
    ("<link imagesrcset='x 1x'>", ["x"]),
    ("<video src=x poster=y></video>", ["x", "y"]),
    ("<audio src=x></audio>", ["x"]),
    ("<track src=x>", ["x"]),
    ("<object data=x archive='y z'></object>", ["x", "y", "z"]),
    ("<param name=movie value=x>", ["x"]),
    ("<input type=image src=x>", ["x"]),
    ("<blockquote cite=x>", ["x"]),
    ("<img longdesc=x>", ["x"]),
    ("<svg><image href=x /><use xlink:href=y /></svg>", ["x", "y"]),
    ("<html manifest=x>", ["x"]),
    ("<table><tr background=x></table>", ["x"]),
]


@pytest.mark.parametrize(("body", "links"), BOTH)
def test_links_of_both_profiles(body: str, links: list[str]) -> None:
    expected = tuple(H + link for link in links)
    assert found(body) == expected
    assert deployed(body) == expected


@pytest.mark.parametrize(("body", "links"), WIDE_ONLY)
def test_links_that_deployed_nodes_do_not_know(body: str, links: list[str]) -> None:
    assert found(body) == tuple(H + link for link in links)
    assert deployed(body) == ()


def test_other_parameters_are_no_links() -> None:
    assert found("<param name=width value=100><param value=x>") == ()


def test_a_base_holds_for_what_follows() -> None:
    body = "<a href=x><base href='/b/'><base href='/c/'><a href=x><img src=y>"
    assert found(body) == (H + "x", "http://h.org/b/x", "http://h.org/b/y")


@pytest.mark.parametrize("href", ["", " ", "javascript:x", "http://h:x/", "data:,x", "http:///x"])
def test_a_base_that_is_none_is_passed_over(href: str) -> None:
    assert found(f"<base href='{href}'><base href='/c/'><a href=x>") == ("http://h.org/c/x",)


def test_deployed_nodes_read_styles_without_the_base() -> None:
    body = "<base href='/b/'><style>a{b:url(x)}</style>"
    assert found(body) == ("http://h.org/b/x",)
    assert deployed(body) == (H + "x",)


def test_sheets_inside_links() -> None:
    data = base64.b64encode(b"@import 'x';").decode()
    assert found(f"<link href='data:text/css;charset=utf-8;base64,{data}'>") == (H + "x",)
    assert found("<link href='data:text/css;base64,=='><link href='data:text/css'>") == ()


CSS = """
/* url(comment) */ @import "a"; @import url(b) screen; @import url("c");
.x { src: url( 'd(1)' ) ; background: URL(e\\ f); filter: u\\72l(x) }
@media p { .y { background: image-set("g" 1x, url(h) 2x); } }
"""


def test_css_with_tokens() -> None:
    assert list(token_urls(CSS)) == ["a", "b", "c", "d(1)", "e f", "x", "g", "h"]
    assert found(CSS, "text/css")[:2] == (H + "a", H + "b")


def test_css_as_deployed_nodes_search_it() -> None:
    assert list(searched_urls(CSS)) == ["comment", "a", "b", "c", "d(1)", "e f", "h"]
    assert deployed(CSS, "text/css")[0] == H + "comment"


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("url(a\\\nb)", ["ab"]),
        ("url(a\nb)", []),
        ("url(" + "x" * 2_100 + ")", ["x" * 2_100]),
        ("url(" + "x" * 2_101 + ")", []),
        ("url('a)", []),
        ("url()", []),
        ("url(a) url(b", ["a"]),
        ("@import a;", ["a"]),
        ("@import\n'a' ;", ["a"]),
    ],
)
def test_the_deployed_pattern(text: str, urls: list[str]) -> None:
    assert list(searched_urls(text)) == urls


def test_what_lies_behind_the_token_limit_is_searched() -> None:
    assert list(token_urls("x" * MAX_TOKENS + "; url(y)")) == ["y"]


ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><link href="x"/><entry><link href="y"/><content src="z"/></entry></feed>'
RSS = '<rss><channel><link> x </link><item><link><![CDATA[y]]></link><enclosure url="z"/><title>t</title></item></channel></rss>'
MAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>x</loc></url><url><loc>y</loc></url></urlset>'


@pytest.mark.parametrize(
    ("body", "links"),
    [
        (
            '<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="x"?><article><link>y</link></article>',
            ["x"],
        ),
        (
            "<?xml-stylesheet href='x'?><?xml-stylesheet href=\"y\"?><a><?xml-stylesheet href='z'?></a>",
            ["x", "y"],
        ),
        (ATOM, ["x", "y", "z"]),
        (RSS, ["x", "y", "z"]),
        (MAP, ["x", "y"]),
        (RSS[:60], ["x"]),
        ("<article><enclosure url='x'/></article>", []),
        ("<!DOCTYPE rss [<!ENTITY a 'x'>]><rss><link>&a;</link></rss>", []),
        ("", []),
        ("no xml", []),
    ],
)
def test_xml(body: str, links: list[str]) -> None:
    assert list(xml_links(body.encode())) == links
    assert found(body, "text/xml") == tuple(H + link for link in links)


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("a", ["a"]),
        ("a 1x, b 2x", ["a", "b"]),
        ("a,b", ["a,b"]),
        ("a, b", ["a", "b"]),
        (" , a 1x,, b ,", ["a", "b"]),
        ("data:image/png;base64,x= 1x, b 2x", ["data:image/png;base64,x=", "b"]),
        ("", []),
        (", ,", []),
    ],
)
def test_srcset(text: str, urls: list[str]) -> None:
    assert list(srcset_urls(text)) == urls


@pytest.mark.parametrize(
    ("content", "url"),
    [
        ("0; url=x", "x"),
        ("5;URL = 'x y' z", "x y"),
        ("0,x", "x"),
        ("0;x", "x"),
        ("url=x", "x"),
        ("5", ""),
        ("", ""),
        ("0;url=", ""),
        ('0; url="x', "x"),
    ],
)
def test_refresh(content: str, url: str) -> None:
    assert refresh_url(content) == url


LATIN = "<a href='é'>".encode("latin-1")


@pytest.mark.parametrize(
    ("body", "content_type", "charset", "link"),
    [
        (LATIN, "text/html", "iso8859-1", "é"),
        (LATIN, 'text/html; charset="ISO-8859-1"', "iso8859-1", "é"),
        ("<a href='é'>".encode(), "text/html;charset=utf-8", "utf-8", "é"),
        ("<a href='é'>".encode(), "text/html", "iso8859-1", "Ã©"),
        ("<meta charset=utf-8><a href='é'>".encode(), "text/html", "utf-8", "é"),
        ("\ufeff<a href='é'>".encode(), "text/html", "utf-8", "é"),
        ("\ufeff<a href='é'>".encode("utf-16"), "text/html", "utf-16-le", "é"),
        ("<meta charset=utf-8><a href='é'>".encode("latin-1"), "text/html; charset=latin1", "iso8859-1", "é"),
        ("<a href='Ж'>".encode("cp1251"), "text/html; charset=windows-1251", "cp1251", "Ж"),
        (LATIN, "text/html; charset=base64", "iso8859-1", "é"),
        (b"<a href='\xff'>", "text/html; charset=utf-8", "utf-8", "�"),
    ],
)
def test_charsets(body: bytes, content_type: str, charset: str, link: str) -> None:
    assert page_charset(body, content_type)[0] == charset
    assert found(body, content_type) == (H + link,)


def test_names_that_browsers_would_ask_for_in_the_pages_charset() -> None:
    page = extract_links("<a href='?é'><a href='é'>".encode("latin-1"), PageContext(BASE, "text/html"))
    assert page.charset_names == (BASE + "?é",)
    same = extract_links("<a href='?é'>".encode(), PageContext(BASE, "text/html; charset=utf-8"))
    assert same.charset_names == ()


def test_media_types_without_an_extractor_have_no_links() -> None:
    assert found("<a href=x>", "text/plain") == ()
    assert found("<a href=x>", "") == ()
    assert set(BUILT_IN) == {"text/html", "application/xhtml+xml", "text/css", "text/xml", "application/xml"}
    assert found("<a href=x>", "Application/XHTML+xml; charset=utf-8") == (H + "x",)


def test_limits_cut_and_say_so() -> None:
    body = b"".join(b"<a href=%d>" % number for number in range(100))
    few = extract_links(body, PageContext(BASE, "text/html", limits=LinkLimits(max_links=10)))
    assert (len(few.names), few.truncated) == (10, True)
    short = extract_links(body, PageContext(BASE, "text/html", limits=LinkLimits(max_bytes=55)))
    assert short.truncated
    assert len(short.names) == 5
    whole = extract_links(body, PageContext(BASE, "text/html"))
    assert (len(whole.names), whole.truncated) == (100, False)


def test_what_is_refused_is_counted() -> None:
    page = extract_links(
        b"<a href=http://h:x/><a href=gopher://x/><a href=ftp://x/><a href=ok>",
        PageContext(BASE, "text/html"),
    )
    assert (page.names, page.refused) == ((H + "ok",), 3)


def test_the_definitions_normaliser_runs_first() -> None:
    assert found("<a href='x?sid=1'>", normalizer=lambda url: url.replace("?sid=1", "")) == (H + "x",)


MARKUP = st.lists(
    st.sampled_from(
        [
            *(
                "<a href=",
                "'",
                '"',
                ">",
                "<",
                "/",
                "x",
                "<!--",
                "-->",
                "<style>",
                "url(",
                ")",
                "<base href=/b>",
                "<svg>",
            ),
            *(
                "<script>",
                "</script>",
                " srcset=",
                ",",
                "&amp;",
                "\0",
                "é",
                "<img src=y>",
                "<p ",
                "=",
                "\\",
                "@import ",
            ),
        ]
    ),
    max_size=40,
).map("".join)


@given(MARKUP, st.sampled_from([*BUILT_IN]), st.sampled_from(list(Profile)))
def test_any_page_gives_names_once_and_in_form(body: str, content_type: str, profile: Profile) -> None:
    page = extract_links(body.encode(), PageContext(BASE, content_type, profile=profile))
    assert len(set(page.names)) == len(page.names)
    for name in page.names:
        assert is_collectable(name)
        again = normalize(name)
        assert again == name or name != name.strip()


@given(
    st.lists(
        st.sampled_from(["<a href=x%d>", "<img src=y%d>", "<p>", "</p>", "<!-- c -->", "text "]), max_size=30
    )
)
def test_with_and_without_a_tree_the_links_are_the_same(parts: list[str]) -> None:
    body = "".join(part % number if "%d" in part else part for number, part in enumerate(parts))
    deep = "<i a>" + "<div>" * 500 + " " * 70_000
    assert tree_is_cheap(body)
    assert not tree_is_cheap(deep + body)
    # A tree may hold a copy of a link that was left open.
    assert list(dict.fromkeys(html_links(deep + body))) == list(dict.fromkeys(html_links(body)))


HOSTILE = {
    "nesting": "<div>" * 200_000,
    "formatting": "<b>" * 100_000,
    "attributes": "<a " + " ".join(f"a{number}=1" for number in range(100_000)) + ">",
    "wide tags": ("<a " + "x " * 199 + ">") * 5_000,
    "links": "<a href=x>" * 200_000,
    "many links": "".join(f"<a href={number}>" for number in range(150_000)),
    "deep and wide": "<div>" * 399 + "<a href=x></a>" * 100_000,
    "angles": "<" * 1_000_000,
    "quotes": "<a href='" * 100_000,
    "comments": "<!--" * 300_000,
    "css blocks": "<style>" + "({[" * 150_000,
    "css urls": "<style>" + "url(" * 250_000,
    "climbing": "<a href='" + "../" * 300_000 + "'>",
    "candidates": "<img srcset='" + "a 1x," * 200_000 + "'>",
    "tables": "<table>" * 50_000,
    "ten megabytes": "x" * 10_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("profile", list(Profile))
def test_pages_that_mean_harm_are_read_to_an_end(name: str, profile: Profile) -> None:
    page = extract_links(HOSTILE[name].encode(), PageContext(BASE, "text/html", profile=profile))
    assert len(page.names) <= LinkLimits().max_links
