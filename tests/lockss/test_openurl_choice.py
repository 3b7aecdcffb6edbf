"""Which article, issue, volume or title a question leads to (metadata §5, ruling C12)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.openurl import (
    By,
    Candidate,
    Kind,
    Level,
    LookUp,
    OpenUrl,
    Resolved,
    choose,
    parse_openurl,
    resolve,
    steps,
)
from apps.lockss.openurl.match import author_fits, dates_agree, folded_title, name_fits, same_page, within

JOURNAL = "Journal of Examples"
ISSN = "1234-5679"
ARTICLE = Candidate(
    Kind.ITEM,
    au="au-12",
    url="http://pub.example/joe/12/3/45",
    title=JOURNAL,
    publisher="Example Press",
    provider="Example Press",
    issns=(ISSN,),
    doi="10.5555/JOE.12.3",
    pmid="77",
    article_title="On examples: 100% of them",
    authors=("Doe, Jane", "Miller, Anna B."),
    date="2025-05-10",
    volume="12",
    issue="3",
    start_page="45",
)
SECOND = replace(
    ARTICLE,
    url="http://pub.example/joe/12/3/50",
    doi="10.5555/JOE.12.4",
    pmid="78",
    article_title="More examples",
    authors=("Doe, John",),
    start_page="50",
)


def volume(number: str, year: str, **also: object) -> Candidate:
    one = Candidate(
        Kind.AU,
        au=f"au-{number}",
        url=f"http://pub.example/joe/{number}/",
        title=JOURNAL,
        publisher="Example Press",
        provider="Example Press",
        issns=(ISSN,),
        year=year,
        volume=number,
    )
    return replace(one, **also)


HELD = [ARTICLE, SECOND, volume("12", "2025"), volume("11", "2024"), volume("1-3", "2014-2016", au="au-old")]


def ask(question: str) -> OpenUrl:
    found = parse_openurl(question)
    assert isinstance(found, OpenUrl)
    return found


def library(*held: Candidate, known: tuple[Candidate, ...] = ()):
    """A look-up over a list, as a database would answer."""

    def look_up(step: LookUp) -> list[Candidate]:
        def hit(one: Candidate) -> bool:
            titled = folded_title(one.title)
            return {
                By.URL: one.url in step.values,
                By.DOI: one.doi.lower() in step.values,
                By.PMID: one.pmid in step.values,
                By.ISSN: bool(set(one.issns) & set(step.values)),
                By.ISBN: bool(set(one.isbns) & set(step.values)),
                By.TITLE: titled == folded_title(step.values[0]),
                By.LIKE_TITLE: folded_title(step.values[0]) in titled,
                By.PUBLISHER: one.publisher == step.values[0],
            }[step.by]

        return [one for one in (*held, *known) if hit(one)]

    return look_up


PLAN = [
    ("doi=10.5555/JOE.12.3", Level.ARTICLE, ARTICLE.url),
    ("doi=10.5555/joe.12.3&spage=99", Level.ARTICLE, ARTICLE.url),
    ("rft_id=info:pmid/78", Level.ARTICLE, SECOND.url),
    ("issn=1234-5679&volume=12&issue=3&spage=45", Level.ARTICLE, ARTICLE.url),
    ("issn=12345679&date=2025&volume=12&spage=0045", Level.ARTICLE, ARTICLE.url),
    ("issn=12345679&date=2025&au=Miller", Level.ARTICLE, ARTICLE.url),
    ("issn=12345679&date=2025&au=Doe", Level.VOLUME, "http://pub.example/joe/12/"),
    ("issn=12345679&date=2025&aulast=Doe&aufirst=John", Level.ARTICLE, SECOND.url),
    ("issn=12345679&date=2025&aulast=Miller&auinit=AB", Level.ARTICLE, ARTICLE.url),
    ("issn=1234-5679&atitle=more", Level.ARTICLE, SECOND.url),
    ("issn=1234-5679&atitle=100%25", Level.TITLE, None),
    ("issn=1234-5679&atitle=on+examples:+100%25", Level.ARTICLE, ARTICLE.url),
    ("issn=1234-5679&atitle=%25", Level.TITLE, None),
    ("rft.jtitle=Journal+of+Examples&rft.volume=12", Level.VOLUME, "http://pub.example/joe/12/"),
    ("rft.jtitle=The+journal+of+examples&rft.volume=2", Level.VOLUME, "http://pub.example/joe/1-3/"),
    ("title=Examples&volume=11", Level.VOLUME, "http://pub.example/joe/11/"),
    ("title=J*&volume=11", Level.NONE, None),
    ("issn=1234-5679&date=2015", Level.VOLUME, "http://pub.example/joe/1-3/"),
    ("issn=1234-5679&date=2015&volume=12", Level.TITLE, None),
    ("issn=1234-5679&volume=99", Level.TITLE, None),
    ("issn=1234-5679", Level.TITLE, None),
    ("issn=9999-9994", Level.NONE, None),
    ("issn=9999-9994&title=Journal+of+Examples&volume=12", Level.VOLUME, "http://pub.example/joe/12/"),
    ("title=Journal+of+Examples&pub=Nobody", Level.NONE, None),
    ("issn=1234-5679&volume=11&pub=Nobody", Level.VOLUME, "http://pub.example/joe/11/"),
    ("rft_id=http://pub.example/joe/11/", Level.OTHER, "http://pub.example/joe/11/"),
    ("rft_id=http://opac.example/1&issn=1234-5679&volume=11", Level.VOLUME, "http://pub.example/joe/11/"),
]


@pytest.mark.parametrize(("question", "level", "url"), PLAN)
def test_the_plan(question: str, level: Level, url: str | None) -> None:
    found = resolve(ask(question), library(*HELD))
    assert (found.level, found.chosen and found.chosen.url) == (level, url)


@pytest.mark.parametrize("also", ["", "&aulast=Doe&aufirst=Jane", "&atitle=On+examples", "&au=Miller"])
def test_a_page_that_is_another_one_excludes_whatever_else_fits(also: str) -> None:
    found = resolve(ask(f"issn=1234-5679&volume=12&spage=46{also}"), library(*HELD))
    assert (found.level, found.chosen) == (Level.VOLUME, HELD[2])


def test_an_article_without_a_page_is_found_by_its_author() -> None:
    unpaged = replace(ARTICLE, start_page="")
    found = resolve(ask("issn=1234-5679&volume=12&spage=46&au=Miller"), library(unpaged))
    assert found.chosen == unpaged


@pytest.mark.parametrize("other", ["volume=13", "issue=4", "date=2024", "date=2025-06"])
def test_another_volume_issue_or_date_excludes(other: str) -> None:
    assert choose(ask(f"issn=1234-5679&spage=45&{other}"), [ARTICLE]) == Resolved(Level.NONE)


def test_two_publishers_of_one_article_are_a_choice() -> None:
    elsewhere = replace(
        ARTICLE, publisher="Other House", provider="Other House", au="au-b", url="http://b.example/"
    )
    found = resolve(ask("doi=10.5555/joe.12.3"), library(elsewhere, ARTICLE))
    assert (found.chosen, found.others, found.several) == (ARTICLE, (elsewhere,), True)
    named = resolve(ask("issn=1234-5679&spage=45&pub=other+house"), library(elsewhere, ARTICLE))
    assert (named.chosen, named.several) == (elsewhere, False)


def test_what_is_held_comes_before_what_is_not() -> None:
    empty = replace(ARTICLE, held=False)
    second = replace(ARTICLE, au="au-z", url="http://z.example/")
    assert choose(ask("doi=10.5555/joe.12.3"), [empty, second]).chosen == second


def test_more_than_ten_publishers_make_a_question_too_vague() -> None:
    many = [replace(ARTICLE, provider=f"p{n}", url=f"http://{n}.example/") for n in range(11)]
    question = ask("issn=1234-5679&volume=12&spage=45")
    assert choose(question, many[:10]).level is Level.ARTICLE
    assert choose(question, [*many, HELD[2]]).chosen == HELD[2]
    assert choose(question, many).level is Level.TITLE


def test_issues_of_their_own() -> None:
    issues = [volume("12", "2025", issue=f"{n}", au=f"i{n}", url=f"http://i{n}.example/") for n in (1, 2, 3)]
    found = resolve(ask("issn=1234-5679&volume=12&issue=2"), library(*issues))
    assert (found.level, found.chosen) == (Level.ISSUE, issues[1])
    whole = resolve(ask("issn=1234-5679&volume=12"), library(*issues))
    assert (whole.level, whole.chosen, whole.several) == (Level.VOLUME, issues[0], True)


def test_an_issue_without_its_volume_is_no_issue() -> None:
    one = volume("12", "2025", issue="2")
    assert choose(ask("issn=1234-5679&issue=2"), [one]).level is Level.VOLUME


BOOK = Candidate(
    Kind.AU,
    au="b",
    url="http://b.example/",
    title="A Book",
    isbns=("9780306406157",),
    year="1990",
    is_book=True,
)


@pytest.mark.parametrize(
    "question", ["isbn=0306406152", "isbn=978-0-306-40615-7&genre=book", "rft.btitle=Book"]
)
def test_a_book_is_opened_whole(question: str) -> None:
    found = resolve(ask(question), library(BOOK))
    assert (found.level, found.chosen) == (Level.VOLUME, BOOK)


def test_a_chapter() -> None:
    chapter = Candidate(
        Kind.ITEM, url="http://b.example/3", title="A Book", isbns=BOOK.isbns, start_page="30", is_book=True
    )
    found = resolve(ask("isbn=0306406152&spage=30"), library(BOOK, chapter))
    assert (found.level, found.chosen) == (Level.CHAPTER, chapter)
    assert resolve(ask("isbn=0306406152&spage=31"), library(BOOK, chapter)).chosen == BOOK


def test_a_title_and_a_publisher_have_pages_of_their_own() -> None:
    page = Candidate(
        Kind.TITLE, url="http://pub.example/joe", title=JOURNAL, issns=(ISSN,), publisher="Example Press"
    )
    house = Candidate(Kind.PUBLISHER, url="http://pub.example/", publisher="Example Press")
    found = resolve(ask("issn=1234-5679"), library(*HELD, known=(page,)))
    assert (found.level, found.chosen) == (Level.TITLE, page)
    assert resolve(ask("issn=1234-5679&volume=11"), library(*HELD, known=(page,))).level is Level.VOLUME
    assert resolve(ask("pub=Example+Press"), library(known=(house,))).level is Level.PUBLISHER


def test_a_volume_without_an_address_is_told_but_not_chosen() -> None:
    found = resolve(ask("issn=1234-5679&volume=12"), library(volume("12", "2025", url="")))
    assert (found.level, found.chosen, len(found.others)) == (Level.VOLUME, None, 1)


def test_the_order_of_look_ups() -> None:
    question = ask(
        "title=T&issn=1234-5679&isbn=0306406152&doi=10.5555/a&pmid=1&rft_id=http://a.example/&pub=P&genre=article"
    )
    assert [step.by for step in steps(question)] == [
        *(By.URL, By.DOI, By.PMID, By.ISBN, By.ISSN, By.TITLE, By.LIKE_TITLE)
    ]
    assert steps(question)[3].values == ("9780306406157", "0306406152")
    assert steps(question)[-1] == LookUp(By.LIKE_TITLE, ("T",), books=False)
    assert steps(ask("pub=P")) == (LookUp(By.PUBLISHER, ("P",)),)
    assert steps(ask("rft.btitle=T"))[0] == LookUp(By.TITLE, ("T",), books=True)
    assert steps(ask("rft.title=T"))[0].books is None
    assert steps(ask("volume=3")) == ()


def test_the_first_that_resolves_ends_the_search() -> None:
    asked: list[By] = []

    def look_up(step: LookUp) -> list[Candidate]:
        asked.append(step.by)
        return library(*HELD)(step)

    resolve(ask("doi=10.5555/nowhere&issn=1234-5679&volume=12&title=Journal+of+Examples"), look_up)
    assert asked == [By.DOI, By.ISSN]


@pytest.mark.parametrize(
    ("asked", "listed", "is_in"),
    [
        *(
            ("3", "1-5", True),
            ("3", "3", True),
            ("03", "3", True),
            ("6", "1-5", False),
            ("3", "1, 3; 7", True),
        ),
        *(("2", "1, 3; 7", False), ("3/4", "1-6", True), ("3-4", "3/4", True), ("3-7", "1-6", False)),
        *(("Suppl", "suppl", True), ("Suppl", "1-6", False), ("IV", "4", True), ("4", "I-X", True)),
        *(
            ("B", "A-C", True),
            ("D", "A-C", False),
            ("2009", "2008-2010", True),
            ("", "1", False),
            ("1", "", False),
        ),
        *(("1,2", "1-5", False), ("9" * 100, "1-5", False), ("A1", "1", False)),
    ],
)
def test_labels_within_what_a_list_tells(asked: str, listed: str, is_in: bool) -> None:
    assert within(asked, listed) is is_in


@pytest.mark.parametrize(
    ("last", "first", "initials", "written", "fits"),
    [
        *(
            ("Doe", "", "", "Doe, Jane", True),
            ("doe", "", "", "Jane Doe", True),
            ("Doe", "", "", "Doering, J", False),
        ),
        *(("Doe", "Jane", "", "Doe, J.", True), ("Doe", "John", "", "Doe, Jane", False)),
        *(("Doe", "", "J", "Doe, Jane M", True), ("Doe", "", "JM", "Doe, Jane M", True)),
        *(("Doe", "", "J.-M.", "Doe, JM", True), ("Doe", "", "JK", "Doe, Jane M", False)),
        *(("Müller", "", "", "Muller, A", True), ("", "", "", "Doe", False), ("Doe", "J", "", "Doe", True)),
        *(("van der Berg", "A", "", "Anna van der Berg", True), ("%", "", "", "Doe", False)),
    ],
)
def test_authors(last: str, first: str, initials: str, written: str, fits: bool) -> None:
    assert author_fits(last, first, initials, written) is fits


@pytest.mark.parametrize(
    ("asked", "written", "fits"),
    [
        *(("Doe, Jane", "Doe, Jane", True), ("Doe", "Doe, Jane", True), ("Jane Doe", "Doe, J", True)),
        *(
            ("Doe, J", "Jane Doe", True),
            ("Jane", "Doe, Jane", False),
            ("", "Doe", False),
            ("John Doe", "Doe, Jane", False),
        ),
    ],
)
def test_whole_names(asked: str, written: str, fits: bool) -> None:
    assert name_fits(asked, written) is fits


def test_pages_and_dates() -> None:
    assert same_page("045", "45")
    assert same_page("S12", "s012")
    assert not same_page("S12", "12")
    assert not same_page("45", "450")
    assert dates_agree("2009", "2009-05-10")
    assert dates_agree("2009-Q2", "2009-05-10")
    assert dates_agree("2009-Q2", "2009-Q2")
    assert not dates_agree("2009-05", "2009-06-01")
    assert not dates_agree("2009-Q2", "2010-05-10")


QUESTIONS = st.sampled_from([question for question, _level, _url in PLAN])
MANY = [*HELD, BOOK, replace(ARTICLE, au="au-b", provider="B"), replace(SECOND, held=False, au="au-c")]


@given(QUESTIONS, st.permutations(MANY), st.integers(0, len(MANY)))
def test_the_order_of_candidates_does_not_matter(question: str, order: list[Candidate], cut: int) -> None:
    some = order[:cut]
    assert choose(ask(question), some) == choose(ask(question), sorted(some, key=repr))


@given(st.text(max_size=80), st.text(max_size=80))
def test_comparisons_take_any_text(one: str, other: str) -> None:
    for compared in (within, same_page, dates_agree, name_fits):
        compared(one, other)
    if folded_title(one):
        assert author_fits(one, "", "", one) or "," in one


@given(st.text(max_size=60))
def test_every_label_is_within_itself(label: str) -> None:
    assert within(label, label) is bool(label)


def test_many_candidates_are_not_compared_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    equal = Candidate.__eq__

    def counted(one: Candidate, other: object) -> bool:
        nonlocal compared
        compared += 1
        return equal(one, other)

    many = [volume("12", "2025", au=f"au-{n}") for n in range(300)]
    monkeypatch.setattr(Candidate, "__eq__", counted)
    found = choose(ask("issn=1234-5679&volume=12"), many)
    assert (found.level, found.several, len(found.others)) == (Level.VOLUME, True, 50)
    assert compared < 2 * len(many)
