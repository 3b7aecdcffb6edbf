"""Creative Commons links and RDF, and the tag scanner under them (permissions §3, §4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.permission import Checker, Granted, PageRules, Refused, judge_page
from apps.lockss.permission.creativecommons import RDF_LIMIT, LinkRules, LinkScanner, licence_in_rdf
from apps.lockss.permission.tags import MAX_TAG, StartTag, TagScanner

BY = "http://creativecommons.org/licenses/by/4.0/"


def link(href: str, rel: str = "license", tag: str = "a") -> str:
    return f'<{tag} rel="{rel}" href="{href}">'


def grants(page: str, rules: LinkRules | None = None) -> bool:
    scanner = LinkScanner(rules or LinkRules())
    scanner.feed(page)
    return scanner.found is not None


# address, 1.x, 2.x
ADDRESSES = [
    (BY, True, True),
    (BY[:-1], True, True),
    ("https://creativecommons.org/licenses/by/4.0/", True, True),
    ("http://www.creativecommons.org/licenses/by/4.0/", False, True),
    ("http://creativecommons.org/licenses/by/3.0/us/", True, True),
    ("http://creativecommons.org/licenses/by/3.0/us/legalcode?x#y", True, True),
    ("HTTP://CreativeCommons.ORG/Licenses/BY/4.0/", True, True),
    ("http://creativecommons.org/licenses/by/4.1/", False, False),
    ("http://creativecommons.org/licenses/by/4/", False, False),
    ("http://creativecommons.org/licenses/by/4.0x/", False, False),
    ("http://creativecommons.org/licenses/by/4.0?x", False, False),
    ("http://creativecommons.org/licenses/by/4.0#x", False, False),
    ("http://creativecommons.org/licenses/by/", False, False),
    ("http://creativecommons.org/licenses/", False, False),
    ("http://creativecommons.org/licenses/xx/4.0/", False, False),
    ("http://creativecommons.org.evil.example/licenses/by/4.0/", False, False),
    ("http://evilcreativecommons.org/licenses/by/4.0/", False, False),
    ("http://creativecommonsxorg/licenses/by/4.0/", False, False),
    ("http://x.creativecommons.org/licenses/by/4.0/", False, False),
    ("http://evil.example/http://creativecommons.org/licenses/by/4.0/", False, False),
    ("//creativecommons.org/licenses/by/4.0/", False, False),
    ("/licenses/by/4.0/", False, False),
    (" http://creativecommons.org/licenses/by/4.0/", False, False),
    ("ftp://creativecommons.org/licenses/by/4.0/", False, False),
    ("http://creativecommons.org:80/licenses/by/4.0/", False, False),
    ("http://creativecommons.org//licenses/by/4.0/", False, False),
    ("http://creativecommons.org/licenses/by-nc-nd/2.5/", True, True),
    ("http://creativecommons.org/licenses/by-nd-nc/1.0/", False, True),
    ("http://creativecommons.org/licenses/by-nd-nc/2.0/", False, False),
    ("http://creativecommons.org/licenses/sampling+/1.0/", False, True),
    ("http://creativecommons.org/licenses/sampling%2B/1.0/", False, True),
    ("http://creativecommons.org/licenses/sampling%2b/1.0/", False, True),
    ("http://creativecommons.org/licenses/nc-sampling+/1.0/", False, True),
    ("http://creativecommons.org/licenses/sampling/2.0/", False, False),
    ("http://creativecommons.org/licenses/devnations/2.0/", False, True),
    ("http://creativecommons.org/licenses/devnations/1.0/", False, False),
    ("http://creativecommons.org/licenses/by/2.1/jp/", False, True),
    ("http://creativecommons.org/licenses/sa/1.0/", False, True),
    ("http://creativecommons.org/licenses/nd-nc/2.0/", False, True),
    ("http://creativecommons.org/licenses/sa/2.5/", False, False),
    ("http://creativecommons.org/publicdomain/zero/1.0/", False, True),
    ("http://creativecommons.org/publicdomain/mark/1.0", False, True),
    ("http://creativecommons.org/publicdomain/certification/1.0/us/", False, True),
    ("http://creativecommons.org/publicdomain/zero/4.0/", False, False),
    ("http://creativecommons.org/publicdomain/other/1.0/", False, False),
    ("", False, False),
]


@pytest.mark.parametrize(("href", "first", "second"), ADDRESSES)
def test_addresses(href: str, first: bool, second: bool) -> None:
    assert grants(link(href), LinkRules(generation=1)) is first
    assert grants(link(href), LinkRules(generation=2)) is second


TABLE = {
    "1.0": (
        "by by-nc by-nc-sa by-nd by-nd-nc by-sa nc nc-sa nc-sampling+ nd nd-nc sa sampling sampling+ by-nc-nd nc-nd"
    ),
    "2.0": "by by-nc by-nc-nd by-nc-sa by-nd by-sa devnations nc nc-sa nd nd-nc sa nc-nd",
    **dict.fromkeys(("2.1", "2.5", "3.0", "4.0"), "by by-nc by-nc-nd by-nc-sa by-nd by-sa"),
}
ALL = {licence for row in TABLE.values() for licence in row.split()}


@pytest.mark.parametrize("version", TABLE)
def test_the_whole_table_of_the_second_generation(version: str) -> None:
    for licence in ALL:
        href = f"https://creativecommons.org/licenses/{licence}/{version}/"
        assert grants(link(href)) is (licence in TABLE[version].split()), href


def test_the_first_generations_lists_are_settings() -> None:
    rules = LinkRules(generation=1, types=("by", "own.kind"), versions=("9.9",))
    assert grants(link("http://creativecommons.org/licenses/own.kind/9.9"), rules)
    assert not grants(link("http://creativecommons.org/licenses/ownxkind/9.9"), rules)
    assert not grants(link(BY), rules)


TAGS = {
    "a": (link(BY), True),
    "link": (link(BY, tag="link"), True),
    "LINK REL": (f"<LINK REL='LICENSE' HREF={BY}>", True),
    "unquoted": (f"<a rel=license href={BY}>", True),
    "closed in itself": (f'<link rel="license" href="{BY}"/>', True),
    "blanks round the equals": (f'<a rel = "license"\n href\t=\n"{BY}">', True),
    "other attributes": (f'<a class="a>b" title=\'"\' rel="license" data-x href="{BY}" >', True),
    "references in the value": (link(BY.replace("/", "&#47;").replace("by", "&#x62;y")), True),
    "the second of two": (link("http://example.org/") + link(BY), True),
    "after a script": (f"<script>if (a<b) x='</p>';</script>{link(BY)}", True),
    "after a comment": (f"<!-- a > b -- -->{link(BY)}", True),
    "after an empty comment": (f"<!-->{link(BY)}", True),
    "after a doctype": (f"<!DOCTYPE html>{link(BY)}", True),
    "after a lone sign": (f"a < b <3 <{link(BY)}", True),
    "attribute twice, first counts": (f'<a rel="license" rel="x" href="{BY}">', True),
    "attribute twice, first wrong": (f'<a rel="x" rel="license" href="{BY}">', False),
    "two rel values": (link(BY, rel="license nofollow"), False),
    "blank in rel": (link(BY, rel=" license"), False),
    "licence": (link(BY, rel="licence"), False),
    "no rel": (f'<a href="{BY}">license</a>', False),
    "no href": ('<a rel="license">', False),
    "rev": (f'<a rev="license" href="{BY}">', False),
    "area": (link(BY, tag="area"), False),
    "abbr": (link(BY, tag="abbr"), False),
    "links": (link(BY, tag="links"), False),
    "end tag": (f'</a rel="license" href="{BY}">', False),
    "in a comment": (f"<!-- {link(BY)} -->", False),
    "in an open comment": (f"<!-- {link(BY)}", False),
    "in a script": (f"<script>'{link(BY)}'</script>", False),
    "in a textarea": (f"<textarea>{link(BY)}</textarea>", False),
    "in a title": (f"<title>{link(BY)}</title>", False),
    "in an attribute": (f"<p title='{link(BY)}'>", False),
    "in a declaration": (f'<!x rel="license" href="{BY}">', False),
    "never closed": (f'<a rel="license" href="{BY}"', False),
    "escaped": (link(BY).replace("<", "&lt;"), False),
}


@pytest.mark.parametrize("name", TAGS)
def test_tags(name: str) -> None:
    page, expected = TAGS[name]
    assert grants(page) is expected
    scanner = LinkScanner(LinkRules())
    for sign in page:
        scanner.feed(sign)
    assert (scanner.found is not None) is expected


def test_several_rel_values_are_an_option() -> None:
    rules = LinkRules(rel_tokens=True)
    assert grants(link(BY, rel="nofollow  LICENSE"), rules)
    assert not grants(link(BY, rel="nolicense"), rules)


def test_the_evidence_names_the_address_and_its_place() -> None:
    verdict = judge_page(("é <p>" + link(BY)).encode())
    assert isinstance(verdict, Granted)
    assert (verdict.statement, verdict.offset) == (BY, 5)


# -- tags ------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    ["<a ", "<A/", "<b x='", "'>", '"', ">", "<!--", "--", "-->", "</script", "<script>", "</", "<", "href=", "rel", "=",
     " ", "x", "/", "!", "<title>", "</title>", "&amp;", "\n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25), st.lists(st.integers(0, 200), max_size=10))
def test_tags_do_not_depend_on_the_pieces(parts: list[str], places: list[int]) -> None:
    text = "".join(parts)
    whole = list(TagScanner(frozenset({"a", "b"})).feed(text))
    marks = sorted({place % (len(text) + 1) for place in places})
    scanner = TagScanner(frozenset({"a", "b"}))
    found = [
        tag
        for start, end in zip((0, *marks), (*marks, len(text)), strict=True)
        for tag in scanner.feed(text[start:end])
    ]
    assert found == whole
    for tag in whole:
        assert text[tag.offset] == "<"


def test_a_tag_without_end_is_given_up_and_costs_one_pass() -> None:
    scanner = TagScanner(frozenset({"a"}))
    for _ in range(400):
        assert list(scanner.feed('<a title="' + "<a " * 1_000)) == []
    assert len(scanner._buffer) <= MAX_TAG + 4_000
    assert [tag.name for tag in scanner.feed('"><a>')][-1:] == ["a"]


def test_attributes_without_a_value() -> None:
    (tag,) = TagScanner(frozenset({"a"})).feed("<a checked HREF=x y= >")
    assert tag == StartTag("a", {"checked": "", "href": "x", "y": ""}, 0)


# -- RDF -------------------------------------------------------------------------------------------------------

CC, RDFNS = "http://web.resource.org/cc/", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def rdf(body: str, extra: str = "") -> str:
    return f'<rdf:RDF xmlns="{CC}" xmlns:rdf="{RDFNS}"{extra}>{body}</rdf:RDF>'


ABOUT = 'rdf:about="http://creativecommons.org/licenses/by/2.0/"'
PERMITS = f'<permits rdf:resource="{CC}Distribution"/>'
BLOCKS = {
    "permits": (rdf(f"<License {ABOUT}>{PERMITS}</License>"), True),
    "requires": (rdf(f'<License {ABOUT}><requires rdf:resource="{CC}Distribution"/></License>'), True),
    "the real thing": (
        rdf(
            '<Work rdf:about=""><dc:title>x</dc:title><dc:rights><Agent><dc:title>y</dc:title></Agent></dc:rights>'
            '<license rdf:resource="http://creativecommons.org/licenses/by-nc/2.0/" /></Work>'
            f'<License {ABOUT}><permits rdf:resource="{CC}Reproduction" />{PERMITS}'
            f'<requires rdf:resource="{CC}Notice" /><prohibits rdf:resource="{CC}CommercialUse" /></License>',
            ' xmlns:dc="http://purl.org/dc/elements/1.1/"',
        ),
        True,
    ),
    "no subject": (rdf(f"<License>{PERMITS}</License>"), True),
    "type as a property": (
        rdf(f'<rdf:Description {ABOUT}><rdf:type rdf:resource="{CC}License"/>{PERMITS}</rdf:Description>'),
        True,
    ),
    "type as an attribute": (
        rdf(f'<rdf:Description {ABOUT} rdf:type="{CC}License">{PERMITS}</rdf:Description>'),
        True,
    ),
    "in two nodes": (
        rdf(f"<License {ABOUT}/><rdf:Description {ABOUT}>{PERMITS}</rdf:Description>"),
        True,
    ),
    "nested in a work": (
        rdf(f'<Work rdf:about=""><license><License {ABOUT}>{PERMITS}</License></license></Work>'),
        True,
    ),
    "by node id": (
        rdf(f'<License rdf:nodeID="n"/><rdf:Description rdf:nodeID="n">{PERMITS}</rdf:Description>'),
        True,
    ),
    "another licence permits": (
        rdf(f'<License {ABOUT}/><rdf:Description rdf:about="http://x/">{PERMITS}</rdf:Description>'),
        False,
    ),
    "prohibits": (rdf(f'<License {ABOUT}><prohibits rdf:resource="{CC}Distribution"/></License>'), False),
    "permits something else": (
        rdf(f'<License {ABOUT}><permits rdf:resource="{CC}Reproduction"/></License>'),
        False,
    ),
    "no licence": (rdf(f"<Work {ABOUT}>{PERMITS}</Work>"), False),
    "literal": (rdf(f"<License {ABOUT}><permits>{CC}Distribution</permits></License>"), False),
    "other namespace": (
        rdf(f"<License {ABOUT}>{PERMITS}</License>").replace(CC, "http://creativecommons.org/ns#"),
        False,
    ),
    "other rdf": (
        rdf(f"<License {ABOUT}>{PERMITS}</License>").replace(RDFNS, "http://www.w3.org/TR/WD-rdf-syntax#"),
        False,
    ),
    "not well-formed": (rdf(f"<License {ABOUT}>{PERMITS}</Licence>"), False),
    "prefix not bound": (f"<rdf:RDF><License>{PERMITS}</License></rdf:RDF>", False),
    "entity": (rdf(f"<License {ABOUT}>&x;{PERMITS}</License>"), False),
    "nested without end": (rdf("<a>" * 5_000 + "</a>" * 5_000), False),
    "comments inside": (rdf(f"<!-- x --><License {ABOUT}><!-- y -->{PERMITS}</License><?z?>"), True),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(name: str) -> None:
    block, expected = BLOCKS[name]
    assert (licence_in_rdf(block) is not None) is expected


PLACES = {
    "bare": (BLOCKS["permits"][0], True),
    "in a comment": (f"<html><!-- {BLOCKS['permits'][0]} --></html>", True),
    "in a script": (f"<script>{BLOCKS['permits'][0]}</script>", True),
    "lower case": (BLOCKS["permits"][0].replace("rdf:RDF", "rdf:rdf"), False),
    "first block counts": (BLOCKS["prohibits"][0] + BLOCKS["permits"][0], False),
    "never closed": (BLOCKS["permits"][0].replace("</rdf:RDF>", ""), False),
    "at the limit": (rdf(f"<License {ABOUT}>{PERMITS}</License><!--{{}}-->"), True),
    "over the limit": (rdf(f"<License {ABOUT}>{PERMITS}</License><!--{{}}-->"), False),
}


@pytest.mark.parametrize("name", PLACES)
def test_where_a_block_may_stand(name: str) -> None:
    page, expected = PLACES[name]
    if "{}" in page:
        room = RDF_LIMIT - len(page) + 2
        page = page.replace("{}", "x" * (room + (name == "over the limit")))
    verdict = judge_page(f"<p>text {page}".encode(), PageRules())
    assert isinstance(verdict, Granted if expected else Refused)
    if isinstance(verdict, Granted):
        assert (verdict.checker, verdict.offset) == (Checker.CC_RDF, page.find("<rdf:RDF") + 8)


@given(st.text(st.sampled_from("<>/rdf:RDFabout\"'= &;xmlns"), max_size=200))
def test_no_block_raises(text: str) -> None:
    licence_in_rdf(f"<rdf:RDF{text}</rdf:RDF>")
