"""What a page says of its article: meta tags in all their spellings, and DOIs in URLs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.articles import LOOKED_AT, ArticleCode, Rank, article_of, doi_in_url, meta_tags

URL = "http://pub.example/content/12/3/45"
WHOLE = b"""<html><head><title>x</title>
<META NAME="Citation_Title" content="On &lt;i&gt;x&lt;/i&gt; &amp; y">
<meta name="citation_journal_title" content="Journal of Examples">
<meta name="citation_issn" content="1234-5679"><meta name="citation_issn" content="ISSN">
<meta name="citation_volume" content="12"><meta content="3" name=citation_issue>
<meta name="citation_firstpage" content="45-50">
<meta name="citation_publication_date" content="2025/04/10">
<meta name="citation_author" content="Doe, Jane"><meta name="citation_author" content=", ">
<meta name="citation_author" content="Roe, R.">
<meta name="citation_doi" content="doi:10.5555/JOE.12.3"><meta name="citation_pmid" content="123">
</head><body></body></html>"""


def read(page: bytes, url: str = URL, kind: str = "text/html"):
    return article_of(url, meta_tags(page, kind))


def test_a_whole_record():
    article, findings = read(WHOLE)
    assert findings == ()
    assert (article.doi, article.pmid, article.title) == ("10.5555/joe.12.3", "123", "On <i>x</i> & y")
    assert (article.journal, article.issns) == ("Journal of Examples", ("1234-5679",))
    assert (article.volume, article.issue, article.start_page) == ("12", "3", "45")
    assert (article.date, article.authors) == ("2025-04-10", ("Doe, Jane", "Roe, R."))
    assert article.rank is Rank.META


def test_the_page_that_names_itself_is_the_one():
    own = f'<meta name="citation_abstract_html_url" content="{URL}">'.encode()
    assert read(own + WHOLE)[0].rank is Rank.OWN
    assert read(own + WHOLE, "http://pub.example/content/12/3/45.full")[0].rank is Rank.META


@pytest.mark.parametrize(
    ("tags", "doi"),
    [
        ('<meta name="citation_doi" content="10.5555/ABC">', "10.5555/abc"),
        ('<meta name="CITATION_DOI" content="https://doi.org/10.5555/abc">', "10.5555/abc"),
        ('<meta name="DC.Identifier" content="10.5555/abc">', "10.5555/abc"),
        ('<meta name="dc.Identifier" scheme="doi" content="doi:10.5555/abc">', "10.5555/abc"),
        ('<meta property="prism.doi" content="10.5555/abc">', "10.5555/abc"),
        ('<meta name="bepress_citation_doi" content="10.5555/abc">', "10.5555/abc"),
        (
            '<meta name="dc.identifier" content="10.5555/dc"><meta name="citation_doi" content="10.5555/abc">',
            "10.5555/abc",
        ),
        (
            '<meta name="dc.identifier" content="urn:x"><meta name="dc.identifier" content="10.5555/abc">',
            "10.5555/abc",
        ),
        ('<meta name="citation_doi" content="10.5555/a&amp;b">', "10.5555/a&b"),
        ("<meta name='citation_doi' content=' 10.5555/abc\n'>", "10.5555/abc"),
    ],
)
def test_spellings_of_a_doi(tags, doi):
    assert read(f"<head>{tags}".encode())[0].doi == doi


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"<p>10.5555/abc",
        b'<!-- <meta name="citation_doi" content="10.5555/abc"> -->',
        b'<script>"<meta name=citation_doi content=10.5555/abc>"</script>',
        b'<meta name="citation_author" content="Doe">',
        b'<meta name="citation_title" content="Of nothing">',
        b'<meta name="dc.identifier" content="http://pub.example/1">',
        b" " * LOOKED_AT + b'<meta name="citation_doi" content="10.5555/abc">',
    ],
)
def test_pages_that_name_no_article(page):
    assert read(page) == (None, ())


def test_what_is_odd_is_told_and_the_rest_stands():
    article, findings = read(
        b'<meta name="citation_doi" content="11.5/x"><meta name="citation_doi" content="10.5555/a">'
        b'<meta name="citation_doi" content="10.5555/b"><meta name="citation_pmid" content="x">'
        b'<meta name="citation_issn" content="12345678901"><meta name="citation_firstpage" content="e123">'
    )
    assert (article.doi, article.pmid, article.issns, article.start_page) == ("10.5555/a", "", (), "e123")
    assert [(one.code, one.found) for one in findings] == [
        (ArticleCode.BAD_DOI, "11.5/x"),
        (ArticleCode.OTHER_DOI, "10.5555/b"),
    ]
    article, findings = read(f'<meta name="citation_doi" content="10.5555/{"x" * 600}">'.encode())
    assert article is None
    assert [one.code for one in findings] == [ArticleCode.TOO_LONG]


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (
            '<meta name="citation_title" content="Über"><meta name="citation_doi" content="10.5/ü">'.encode(),
            "text/html",
        ),
        (
            '<meta name="citation_title" content="Über">'.encode("cp1252")
            + b'<meta name="citation_doi" content="10.5555/a">',
            "text/html",
        ),
        (
            '<meta name="citation_title" content="Über"><meta name="citation_doi" content="10.5555/a">'.encode(
                "utf-16"
            ),
            "text/html",
        ),
        (
            '<meta name="citation_title" content="Über"><meta name="citation_doi" content="10.5555/a">'.encode(
                "latin-1"
            ),
            "text/html; charset=ISO-8859-1",
        ),
    ],
)
def test_charsets(page, kind):
    assert read(page, "http://pub.example/10.5555/a", kind)[0].title == "Über"


@pytest.mark.parametrize(
    ("url", "doi"),
    [
        ("http://pub.example/doi/10.5555/ABC.1", "10.5555/abc.1"),
        ("http://pub.example/doi/full/10.5555/abc", "10.5555/abc"),
        ("http://pub.example/doi/pdf/10.5555/abc?download=1", "10.5555/abc"),
        ("http://pub.example/doi/10.5555/abc/pdf", "10.5555/abc"),
        ("http://pub.example/10.5555%2Fabc.pdf", "10.5555/abc"),
        ("http://pub.example/article?id=10.5555/journal.x.1", "10.5555/journal.x.1"),
        ("http://pub.example/doi/abs/10.1002/(SICI)1(1996)1:1", "10.1002/(sici)1(1996)1:1"),
        ("http://pub.example/doi/10.5555/abc/figures/1", ""),
        ("http://pub.example/v10.5/abc", ""),
        ("http://pub.example/10.5/abc", ""),
        ("http://10.5555/abc", ""),
        ("http://pub.example/", ""),
    ],
)
def test_a_doi_in_a_url(url, doi):
    assert doi_in_url(url) == doi
    article, _findings = article_of(url, ())
    assert (article.doi if article else "") == doi
    if article:
        assert article.rank is Rank.ADDRESS


@given(
    st.binary(max_size=400),
    st.sampled_from(["text/html", "", "text/html; charset=x", "text/html; charset=utf-16"]),
)
def test_any_bytes_are_read(noise, kind):
    marked = b'<meta name="citation_doi" content="' + noise + b'">' + noise
    article, findings = read(marked, kind=kind)
    assert article is None or article.doi or article.pmid or article.title
    assert all(len(one.found) <= 200 for one in findings)


@given(st.text(max_size=200))
def test_any_url_is_read(text):
    assert len(doi_in_url(f"http://pub.example/10.5555/{text}")) <= 500
