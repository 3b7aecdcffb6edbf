"""Front matter in JATS and NLM: what it tells, what it does not, and documents that mean harm."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.articles import LOOKED_AT, article_of, jats_tags

URL = "http://pub.example/source/joe_12_3.xml"
HEAD = b'<?xml version="1.0"?>\n<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) v1.2//EN" "JATS-1.dtd">\n'
FRONT = b"""<front><journal-meta>
<journal-title-group><journal-title>Estuaries &amp; Coasts</journal-title></journal-title-group>
<issn pub-type="ppub">1234-5679</issn><issn publication-format="electronic">2434-561X</issn>
<publisher><publisher-name>Tidal Press</publisher-name></publisher></journal-meta>
<article-meta><article-id pub-id-type="publisher-id">12-3</article-id>
<article-id pub-id-type="doi">10.5555/JOE.12.3</article-id><article-id pub-id-type="pmid">123</article-id>
<title-group><article-title>On <italic>Zostera</italic> at low
 tide</article-title><subtitle>a survey</subtitle></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Doe</surname><given-names>Jane</given-names></name></contrib>
<contrib contrib-type="editor"><name><surname>Red</surname></name></contrib>
<contrib><collab>The Shore Group</collab></contrib></contrib-group>
<pub-date pub-type="epub"><year>2024</year></pub-date>
<pub-date pub-type="ppub"><day>7</day><month>04</month><year>2025</year></pub-date>
<volume>12</volume><issue>3</issue><fpage>45</fpage><lpage>50</lpage>
<related-article><volume>99</volume></related-article>
<abstract><p><article-title>not this</article-title></p></abstract></article-meta></front>"""
WHOLE = (
    HEAD
    + b'<article xmlns:xlink="http://www.w3.org/1999/xlink">'
    + FRONT
    + b"<body><p>x</p></body></article>"
)


def read(document: bytes):
    article, findings = article_of(URL, jats_tags(document))
    assert findings == ()
    return article


def told(document: bytes) -> dict[str, str]:
    return {tag.name: tag.content for tag in jats_tags(document)}


def test_a_whole_front_matter():
    article = read(WHOLE)
    assert (article.doi, article.pmid) == ("10.5555/joe.12.3", "123")
    assert article.title == "On Zostera at low tide: a survey"
    assert (article.journal, article.issns) == ("Estuaries & Coasts", ("1234-5679", "2434-561X"))
    assert (article.volume, article.issue, article.start_page) == ("12", "3", "45")
    assert (article.date, article.authors) == ("2025-04-07", ("Doe, Jane", "The Shore Group"))


def test_the_old_form_without_a_group_and_a_definition():
    document = b"""<article><front><journal-meta><journal-title>Estuaries</journal-title><issn>1234-5679</issn></journal-meta>
    <article-meta><title-group><alt-title>Tides</alt-title></title-group>
    <pub-date><year>1999</year><month>Spring</month></pub-date>
    <elocation-id>e7</elocation-id></article-meta></front></article>"""
    article = read(document)
    assert (article.title, article.journal, article.date) == ("Tides", "Estuaries", "1999")
    assert (article.issns, article.item_number) == (("1234-5679",), "e7")


def test_named_signs_of_the_definition_are_those_of_html():
    document = WHOLE.replace(b"low\n tide", b"l&ouml;w&nbsp;tide &nosuchsign;").replace(
        b"a survey", b"a &mdash; b"
    )
    assert read(document).title == "On Zostera at löw tide: a — b"


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"no xml",
        b"<html><front><article-meta><volume>1</volume></article-meta></front></html>",
        b"<article><body><front><article-meta><volume>1</volume></article-meta></front></body></article>",
        b"<article><sub-article>" + FRONT + b"</sub-article></article>",
        b"<article>" * 500,
        WHOLE.replace(b"<?xml version", b"<?xml encoding='nothing' version"),
    ],
)
def test_what_is_no_article_tells_nothing(document):
    assert jats_tags(document) == ()


@pytest.mark.parametrize(
    "declared",
    [
        b'<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">',
        b'<!ENTITY a SYSTEM "file:///etc/passwd">',
        b'<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;',
    ],
)
def test_no_entity_is_expanded_or_loaded(declared):
    document = (
        b"<!DOCTYPE article [" + declared + b"]><article>" + FRONT.replace(b"Doe", b"&b;&a;") + b"</article>"
    )
    assert "citation_author" not in told(document) or "root:" not in str(told(document))
    assert "aaaaaaaaaa" not in str(told(document))


def test_what_was_read_before_it_breaks_off_counts():
    cut = WHOLE[: WHOLE.index(b"<pub-date")]
    assert read(cut).title == "On Zostera at low tide: a survey"
    late = WHOLE.replace(b"<front>", b"<!--" + b"x" * LOOKED_AT + b"--><front>")
    assert jats_tags(late) == ()


def test_long_texts_are_cut():
    document = WHOLE.replace(b"a survey", b"y" * 100_000)
    assert len(told(document)["citation_title"]) < 5_000


@given(st.binary(max_size=300), st.integers(0, len(WHOLE)), st.integers(0, 40))
def test_nothing_breaks_the_reader(noise, place, length):
    jats_tags(noise)
    for tag in jats_tags(WHOLE[:place] + noise + WHOLE[place + length :]):
        assert tag.content == tag.content.strip()
        assert "\n" not in tag.content


@given(st.integers(0, len(WHOLE)))
def test_a_part_tells_nothing_else_than_the_whole(place):
    assert {
        tag
        for tag in jats_tags(WHOLE[:place])
        if tag.name not in {"citation_title", "citation_publication_date"}
    } <= {*jats_tags(WHOLE)}
