"""Articles read off preserved pages: the job that goes on where it was, and what OpenURLs and DOIs find by it."""

import gzip

import pytest

from apps.common import jobs
from apps.common.choices import JobState
from apps.common.models import Finding, Job
from apps.delivery import tasks
from apps.delivery.models import Article, ArticleReading
from apps.delivery.node_rooms import node_rooms
from apps.delivery.services import articles, kept
from apps.lockss.openurl import By, Level, parse_openurl
from apps.repository import services as repository
from apps.repository.heads import make_head
from tests.delivery.places import MOMENT, anybody, held, ours, rule
from tests.delivery.test_openurl_found import ISSN, volume
from tests.factories import make_au
from tests.repository.factories import capture, use_store

SITE = "http://pub.example"
ABSTRACT, FULL, PAPER = f"{SITE}/12/45", f"{SITE}/12/45.full", f"{SITE}/doi/pdf/10.5555/joe.12.3"
DOI = "10.5555/joe.12.3"


@pytest.fixture(autouse=True)
def node(db, settings, tmp_path):
    use_store(settings, tmp_path / "content", network_name="")
    kept.forget()


def meta(**given: object) -> bytes:
    """A page with ``citation_…`` tags; a list is several of one name."""
    several = [
        (name, one)
        for name, value in given.items()
        for one in (value if isinstance(value, list) else [value])
    ]
    return (
        b"<head>"
        + "".join(f'<meta name="citation_{name}" content="{one}">' for name, one in several).encode()
    )


def article(doi: str = DOI, **more: object) -> bytes:
    told = {
        "title": "On the Sea",
        "journal_title": "Estuaries",
        "issn": ISSN,
        "volume": "12",
        "firstpage": "45",
    }
    return meta(**{**told, "author": "Doe, Jane", **({"doi": doi} if doi else {}), **more})


def store(au, *pages: tuple[str, bytes], **more: object) -> None:
    repository.add_captures(auid=au.auid, captures=[capture(url, body, **more) for url, body in pages])


def unit(*pages: tuple[str, bytes], **more):
    au = held(f"{SITE}/", **more)
    store(au, *pages)
    return au


def read(au) -> dict[str, int]:
    return articles.read_articles(au=au.pk)


def ask(query: str, asker=None):
    return node_rooms().resolve(parse_openurl(query), asker or ours(), MOMENT)


def opened(query: str, asker=None) -> str:
    found = ask(query, asker)
    return found.chosen.url if found.chosen else ""


# --- Documents that tell of papers

JATS = f"""<article><front><journal-meta><journal-title>Estuaries</journal-title><issn>{ISSN}</issn></journal-meta>
<article-meta><article-id pub-id-type="doi">{DOI}</article-id><title-group><article-title>On the Sea</article-title>
</title-group><volume>12</volume><fpage>45</fpage></article-meta></front></article>""".encode()
DOCUMENT, DELIVERED = f"{SITE}/source/joe_12_3.xml", f"{SITE}/source/joe_12_3.pdf"
BOTH = {DOCUMENT: (JATS, "application/xml"), DELIVERED: (b"%PDF-1.4", "application/pdf")}


def deliver(au, *urls: str) -> None:
    for url in urls:
        body, kind = BOTH[url]
        store(au, (url, body), kind=kind)


@pytest.mark.parametrize("order", [(DOCUMENT, DELIVERED), (DELIVERED, DOCUMENT)])
@pytest.mark.parametrize("between", [False, True])
def test_a_paper_is_what_the_document_of_its_name_says(order, between):
    au = unit()
    deliver(au, order[0])
    if between:
        read(au)
    deliver(au, order[1])
    read(au)
    rows = dict(Article.objects.filter(au=au).values_list("url", "title"))
    assert rows == {DOCUMENT: "On the Sea", DELIVERED: "On the Sea"}
    rule(au=au)
    assert opened(f"id=doi:{DOI}") == DELIVERED
    assert opened(f"issn={ISSN}&volume=12&spage=45") == DELIVERED


def test_a_document_alone_is_better_than_nothing_and_a_page_better_than_it():
    au = unit()
    deliver(au, DOCUMENT)
    read(au)
    rule(au=au)
    assert opened(f"id=doi:{DOI}") == DOCUMENT
    store(au, (ABSTRACT, article()))
    read(au)
    assert opened(f"id=doi:{DOI}") == ABSTRACT


def test_a_paper_beside_some_other_document_is_no_article():
    au = unit()
    store(au, (DOCUMENT, b"<catalogue/>"), kind="text/xml")
    deliver(au, DELIVERED)
    read(au)
    assert not Article.objects.filter(au=au).exists()


# --- Reading


def test_pages_become_rows_and_the_rest_none():
    au = unit((ABSTRACT, article()), (f"{SITE}/about", b"<p>about us"), (PAPER, b"%PDF"))
    store(au, (f"{SITE}/x.css", article()), kind="text/css")
    store(au, (PAPER, b"%PDF-1.7"), kind="application/pdf")
    assert read(au)["articles"] == 2
    row = Article.objects.get(url=ABSTRACT)
    assert (row.doi, row.issns, row.volume, row.start_page) == (DOI, [ISSN], "12", "45")
    assert (row.title, row.authors, row.journal) == ("On the Sea", ["Doe, Jane"], "Estuaries")
    assert Article.objects.get(url=PAPER).doi == DOI, "by its own URL"


def test_a_page_that_was_sent_coded_is_read():
    au = unit()
    head = make_head(200, [(b"Content-Type", b"text/html"), (b"Content-Encoding", b"gzip")], b"OK")
    store(au, (ABSTRACT, gzip.compress(article())), head=head)
    read(au)
    assert Article.objects.get().doi == DOI


def test_it_goes_on_where_it_was(monkeypatch):
    monkeypatch.setattr(articles, "PAGE", 2)
    au = unit(*((f"{SITE}/{number}", article(f"10.5555/{number}")) for number in range(7)))

    def killed(count: int) -> None:
        if count == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        articles.read_articles(au=au.pk, tell=killed)
    assert Article.objects.count() == 3, "the start page and three articles"
    assert ArticleReading.objects.get().read_at is None
    assert read(au) == {"versions": 4, "articles": 7}
    store(au, (f"{SITE}/8", article("10.5555/8")))
    assert read(au) == {"versions": 1, "articles": 8}
    assert read(au) == {"versions": 0, "articles": 8}


def test_a_newer_version_counts():
    au = unit((ABSTRACT, article("10.5555/old")), (FULL, article()))
    read(au)
    store(au, (ABSTRACT, article("10.5555/new")), (FULL, b"<p>taken down"))
    assert read(au)["articles"] == 1
    row = Article.objects.get()
    assert (row.doi, row.version) == ("10.5555/new", 2)


def test_another_revision_reads_all_anew(monkeypatch):
    au = unit((ABSTRACT, article()))
    read(au)
    Article.objects.update(doi="10.5555/wrong")
    monkeypatch.setattr(articles, "REVISION", 99)
    assert [job.subject for job in articles.open_due()] == [f"au:{au.pk}"]
    read(au)
    assert Article.objects.get().doi == DOI


def test_a_scan_opens_a_job_for_what_was_written_and_a_worker_does_it(django_capture_on_commit_callbacks):
    first, second = unit((ABSTRACT, article())), make_au()
    with django_capture_on_commit_callbacks():
        tasks.scan_articles()
    job = Job.objects.get(kind="articles")
    assert job.subject == f"au:{first.pk}"
    assert jobs.run(job.pk) is JobState.DONE
    job.refresh_from_db()
    assert job.result == {"versions": 2, "articles": 1}
    assert articles.open_due() == []
    store(second, (FULL, article()))
    assert [job.subject for job in articles.open_due()] == [f"au:{second.pk}"]


def test_an_au_that_is_gone_ends_the_job():
    assert articles.read_articles(au=10**9) == {"versions": 0, "articles": 0}


def test_damaged_copies_are_passed_over():
    au = unit((ABSTRACT, article()))
    found = repository.find(auid=au.auid, url=ABSTRACT)
    file = repository.root() / found.place.file
    file.write_bytes(file.read_bytes()[: found.place.offset + found.place.body_offset])
    assert read(au) == {"versions": 2, "articles": 0}


def test_what_is_odd_is_a_finding_with_its_place():
    au = unit((ABSTRACT, meta(doi=["11.5/x", DOI, "10.5555/other"])))
    read(au)
    rows = {row.code: row for row in Finding.objects.filter(app="delivery")}
    assert set(rows) == {"article-doi-malformed", "article-doi-contradicted"}
    bad = rows["article-doi-malformed"]
    assert (bad.subject, bad.place, bad.severity) == (f"au:{au.slug}", ABSTRACT, "info")
    assert "found 11.5/x, expected 10." in bad.message
    assert Article.objects.get().doi == DOI


def test_an_au_has_so_many_rows_at_most(monkeypatch):
    monkeypatch.setattr(articles, "MOST_ARTICLES", 2)
    au = unit(*((f"{SITE}/{number}", article(f"10.5555/{number}")) for number in range(4)))
    assert read(au)["articles"] == 2
    assert Finding.objects.get().code == "article-too-many"
    assert Article.objects.count() == 2
    store(au, (Article.objects.first().url, article("10.5555/again")))
    read(au)
    assert Article.objects.filter(doi="10.5555/again").exists(), "what has a row is kept true"


# --- A DOI


@pytest.mark.parametrize(
    "query",
    [
        "doi=10.5555/JOE.12.3",
        "rft_id=info:doi/10.5555%2Fjoe.12.3",
        "id=doi:10.5555/joe.12.3",
        "rft_id=https://doi.org/10.5555/JOE.12.3",
        "pmid=123",
    ],
)
def test_a_doi_leads_to_its_article(query):
    au = unit((FULL, article(pmid="123")), (ABSTRACT, article(pmid="123", abstract_html_url=ABSTRACT)))
    read(au)
    found = ask(query)
    assert (found.level, found.chosen.url, found.copy.slug) == (Level.ARTICLE, ABSTRACT, au.slug)
    assert found.by is (By.PMID if query.startswith("pmid") else By.DOI)
    assert len(found.fits) == 1, "the page that names itself stands for all pages of the article"


def test_a_paper_that_is_all_there_is():
    au = unit()
    store(au, (PAPER, b"%PDF-1.7"), kind="application/pdf")
    read(au)
    assert opened(f"doi={DOI}") == PAPER


def test_a_doi_that_nobody_names_leads_nowhere_but_the_volume_is_told():
    volume("12")
    assert ask("doi=10.5555/none").level is Level.NONE
    assert ask(f"doi=10.5555/none&issn={ISSN}&volume=12").level is Level.VOLUME


def test_who_may_not_have_the_au_learns_nothing_of_its_articles():
    au = unit((ABSTRACT, article()))
    read(au)
    assert opened(f"doi={DOI}", anybody()) == ""
    assert ask(f"doi={DOI}", anybody()) == ask("doi=10.5555/none", anybody())
    rule(au=au, choice="dark")
    kept.forget()
    assert ask(f"doi={DOI}") == ask("doi=10.5555/none")


def test_two_aus_of_one_article_are_two_choices_and_always_the_same_one():
    first, second = unit((ABSTRACT, article())), unit((FULL, article()))
    for au in (second, first):
        read(au)
    found = ask(f"doi={DOI}")
    assert {one.au for one in found.fits} == {first.slug, second.slug}
    assert ask(f"doi={DOI}").chosen == found.chosen


def test_few_queries_however_many_rows(django_assert_max_num_queries):
    au = unit(
        *((f"{SITE}/{number}", article(f"10.5555/{number}", firstpage=str(number))) for number in range(40))
    )
    read(au)
    ask("doi=10.5555/1")
    with django_assert_max_num_queries(20):
        assert opened("doi=10.5555/7") == f"{SITE}/7"


# --- An article by its page, title or author


@pytest.fixture
def journal():
    au = volume("12", start=f"{SITE}/12/")
    store(
        au,
        (f"{SITE}/12/45", article(issue="3", publication_date="2019/05/01")),
        (f"{SITE}/12/45.full", article(issue="3", publication_date="2019/05/01")),
        (
            f"{SITE}/12/60",
            article("10.5555/b", title="Of Rivers and Mud", firstpage="60", author=["Roe, R.", "Poe, E. A."]),
        ),
        (f"{SITE}/12/71", article("", title="Of Rivers and Silt", firstpage="71", author="Doe, John")),
    )
    read(au)
    return au


@pytest.mark.parametrize(
    ("query", "url"),
    [
        (f"issn={ISSN}&volume=12&spage=45", "12/45"),
        (f"issn={ISSN}&volume=12&issue=3&spage=045&aulast=Doe", "12/45"),
        (f"issn={ISSN}&atitle=Of rivers and MUD", "12/60"),
        (f"issn={ISSN}&au=Poe", "12/60"),
        (f"issn={ISSN}&aulast=Doe&auinit=J", ""),
        (f"issn={ISSN}&volume=12&aulast=Doe&aufirst=John", "12/71"),
        (f"issn={ISSN}&volume=12&atitle=Of&aulast=Nobody", "12/"),
        (f"issn={ISSN}&volume=12&spage=46&aulast=Doe", "12/"),
        (f"issn={ISSN}&volume=13&spage=45", ""),
        (f"issn={ISSN}&volume=12&atitle=100%25", "12/"),
        ("title=Journal of Estuarine Studies&volume=12&spage=60", "12/60"),
        (f"issn={ISSN}&volume=12", "12/"),
    ],
)
def test_an_article_is_found_by_what_tells_it(journal, query, url):
    assert opened(query) == (f"{SITE}/{url}" if url else "")


def test_an_article_has_its_level_and_its_name(journal):
    found = ask(f"issn={ISSN}&volume=12&spage=60")
    assert (found.level, found.by) == (Level.ARTICLE, By.ISSN)
    assert found.chosen.article_title == "Of Rivers and Mud"
