"""OpenURLs read: the standards' own examples, what link resolvers really send, and laws for any text."""

import string
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.openurl import (
    LONGEST,
    Genre,
    ItemCode,
    OpenUrl,
    OpenUrlCode,
    OpenUrlFinding,
    bici_of,
    parse_openurl,
    sici_of,
)


def read(asked: str | bytes) -> OpenUrl:
    found = parse_openurl(asked)
    assert isinstance(found, OpenUrl)
    return found


def codes(asked: str | bytes) -> set[str]:
    return {finding.code for finding in read(asked).findings}


# Guidelines for KEV ContextObjects (Z39.88-2004), the article of Science.
SCIENCE = (
    "ctx_ver=Z39.88-2004&rft_id=info:doi/10.1126/science.275.5304.1320&rft_id=info:pmid/9036860"
    "&rft_val_fmt=info:ofi/fmt:kev:mtx:journal&rft.genre=article"
    "&rft.atitle=Isolation%20of%20a%20common%20receptor%20for%20coxsackie%20B&rft.jtitle=Science"
    "&rft.aulast=Bergelson&rft.auinit=J&rft.date=1997&rft.volume=275&rft.spage=1320&rft.epage=1323"
    "&rfr_id=info:sid/elsevier.com:ScienceDirect"
)


def test_the_standards_article() -> None:
    assert read(SCIENCE) == OpenUrl(
        genre=Genre.ARTICLE,
        dois=("10.1126/science.275.5304.1320",),
        pmids=("9036860",),
        title="Science",
        article_title="Isolation of a common receptor for coxsackie B",
        last_name="Bergelson",
        initials="J",
        date="1997",
        volume="275",
        start_page="1320",
        end_page="1323",
    )


def test_the_older_form_has_the_same_keys_bare() -> None:
    asked = (
        "sid=db:x&id=doi:10.1126/Science.275.5304.1320&id=pmid:9036860&genre=article&issn=0036-8075&title=Science"
        "&volume=275&issue=5304&spage=1320&pages=1320-1323&date=1997-02-28&auinit1=J&auinitm=M"
    )
    found = read(asked)
    assert (found.dois, found.pmids) == (("10.1126/science.275.5304.1320",), ("9036860",))
    assert (found.issns, found.volume, found.issue) == (("0036-8075",), "275", "5304")
    assert (found.start_page, found.date, found.initials) == ("1320", "1997-02-28", "J M")
    assert found.findings == ()


BARE_AND_FULL = [
    ("atitle", "article_title", "On x", "On x"),
    ("jtitle", "title", "Science", "Science"),
    ("title", "title", "Science", "Science"),
    ("btitle", "title", "Book", "Book"),
    ("aulast", "last_name", "Doe", "Doe"),
    ("aufirst", "first_name", "Jane", "Jane"),
    ("auinit", "initials", "J", "J"),
    ("au", "authors", "Doe, J", ("Doe, J",)),
    ("aucorp", "authors", "ACM", ("ACM",)),
    ("pub", "publisher", "Wiley", "Wiley"),
    ("date", "date", "2009", "2009"),
    ("volume", "volume", "12", "12"),
    ("part", "part", "B", "B"),
    ("issue", "issue", "3", "3"),
    ("spage", "start_page", "45", "45"),
    ("epage", "end_page", "52", "52"),
    ("artnum", "item_number", "e7", "e7"),
    ("edition", "edition", "2", "2"),
    ("issn", "issns", "0036-8075", ("0036-8075",)),
    ("eissn", "issns", "0036-8075", ("0036-8075",)),
    ("isbn", "isbns", "0306406152", ("9780306406157", "0306406152")),
    ("eisbn", "isbns", "978-0-306-40615-7", ("9780306406157", "0306406152")),
    ("doi", "dois", "10.1/X", ()),
    ("doi", "dois", "10.5555/JOE", ("10.5555/joe",)),
    ("pmid", "pmids", "17", ("17",)),
]


@pytest.mark.parametrize("prefix", ["", "rft."])
@pytest.mark.parametrize(("key", "name", "sent", "kept"), BARE_AND_FULL)
def test_every_key_bare_and_with_its_prefix(
    prefix: str, key: str, name: str, sent: str, kept: object
) -> None:
    assert getattr(read(f"{prefix}{key}={quote(sent)}"), name) == kept


def test_what_has_the_prefix_counts_before_what_has_not() -> None:
    assert read("volume=1&rft.volume=2").volume == "2"
    assert read("volume=1&rft.volume=").volume == "1"


def test_of_repeated_keys_the_first_counts_and_it_is_told() -> None:
    found = read("volume=1&volume=2&issn=0036-8075&spage=1&spage=1")
    assert found.volume == "1"
    assert found.findings == (OpenUrlFinding(OpenUrlCode.REPEATED, "volume", "2"),)


IDENTIFIERS = [
    ("info:doi/10.5555/a%2Fb", "dois", "10.5555/a/b"),
    ("https://doi.org/10.5555/A(1)", "dois", "10.5555/a(1)"),
    ("http://dx.doi.org/10.1002/%28SICI%291%3C12%3E", "dois", "10.1002/(sici)1<12>"),
    ("https://doi.org/10.5555/a?b#c", "dois", "10.5555/a?b#c"),
    ("10.5555/bare", "dois", "10.5555/bare"),
    ("doi: 10.5555/blank", "dois", "10.5555/blank"),
    ("https://pubmed.ncbi.nlm.nih.gov/9036860/", "pmids", "9036860"),
    ("http://www.ncbi.nlm.nih.gov/pubmed/9036860", "pmids", "9036860"),
    ("http://pub.example/a?b=1", "urls", "http://pub.example/a?b=1"),
    ("https://doi.org/about", "urls", "https://doi.org/about"),
    ("urn:ISSN:0036-8075", "issns", "0036-8075"),
    ("urn:ISBN:9780306406157", "isbns", "9780306406157"),
]


@pytest.mark.parametrize(("sent", "name", "kept"), IDENTIFIERS)
def test_an_identifier_is_known_by_its_kind(sent: str, name: str, kept: str) -> None:
    found = read(f"rft_id={quote(sent, safe='')}")
    assert getattr(found, name)[:1] == (kept,)
    others = {"dois", "pmids", "urls", "issns", "isbns"} - {name}
    assert all(getattr(found, other) == () for other in others)


def test_all_identifiers_are_kept_each_once() -> None:
    asked = urlencode(
        [
            ("rft_id", "http://opac.example/record/1"),
            ("rft_id", "info:doi/10.5555/A"),
            ("rft_id", "info:doi/10.5555/a"),
            ("rft_id", "info:oclcnum/1"),
        ]
    )
    found = read(asked)
    assert (found.urls, found.dois) == (("http://opac.example/record/1",), ("10.5555/a",))
    assert found.findings == (OpenUrlFinding(OpenUrlCode.UNKNOWN_IDENTIFIER, "rft_id", "info:oclcnum/1"),)


@pytest.mark.parametrize(
    ("asked", "kept", "code"),
    [
        ("issn=1234-5678", ("1234-5678",), OpenUrlCode.CHECK_DIGIT),
        ("issn=12345679", ("1234-5679",), None),
        ("issn=2434-561x", ("2434-561X",), None),
        ("issn=1234", (), OpenUrlCode.BAD_ISSN),
        ("issn=*", (), OpenUrlCode.BAD_ISSN),
        ("issn=%D9%A1234-5679", (), OpenUrlCode.BAD_ISSN),
    ],
)
def test_issns(asked: str, kept: tuple[str, ...], code: OpenUrlCode | None) -> None:
    found = read(asked)
    assert found.issns == kept
    assert [one.code for one in found.findings if one.code != OpenUrlCode.NOTHING_ASKED] == (
        [code] if code else []
    )


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("0-306-40615-2", ("9780306406157", "0306406152")),
        ("979-10-90636-07-1", ("9791090636071",)),
        ("0-306-40615-3", ("0306406153",)),
        ("9780306406158", ("9780306406158",)),
        ("080442957x", ("9780804429573", "080442957X")),
    ],
)
def test_isbns_are_tried_in_both_lengths_and_wrong_ones_as_they_are(sent: str, kept: tuple[str, ...]) -> None:
    assert read(f"isbn={sent}").isbns == kept


@pytest.mark.parametrize(
    ("asked", "kept", "odd"),
    [
        ("date=2009", "2009", False),
        ("date=2009-05", "2009-05", False),
        ("date=20090510", "2009-05-10", False),
        ("date=2009-13", "2009", True),
        ("date=2009-02-30", "2009", True),
        ("date=May+2009", "2009", True),
        ("date=2009-2010", "2009", True),
        ("date=soon", "", True),
        ("date=%D9%A2%D9%A0%D9%A0%D9%A9", "", True),
        ("date=2009&quarter=2", "2009-Q2", False),
        ("date=2009&ssn=Winter", "2009-S4", False),
        ("date=2009&ssn=fall", "2009-S3", False),
        ("date=2009-05&quarter=2", "2009-05", False),
        ("date=2009&quarter=7", "2009", True),
        ("date=2009&ssn=monsoon", "2009", True),
        ("ssn=spring", "", False),
    ],
)
def test_dates(asked: str, kept: str, odd: bool) -> None:
    assert read(asked).date == kept
    assert bool(codes(f"{asked}&issn=0036-8075")) is odd


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("pages=45-52", "45", "52"),
        ("pages=45%E2%80%9352", "45", "52"),
        ("spage=45-52", "45", "52"),
        ("spage=45&epage=52&pages=1-9", "45", "52"),
        ("spage=pp.+45", "45", ""),
        ("pages=S12-S15,+S20", "S12", "S15"),
        ("spage=e0123", "e0123", ""),
        ("pages=front", "front", ""),
    ],
)
def test_pages(asked: str, start: str, end: str) -> None:
    found = read(asked)
    assert (found.start_page, found.end_page) == (start, end)


@pytest.mark.parametrize(
    ("sent", "kept"), [("Vol. 12", "12"), ("v.3", "3"), ("no4", "4"), ("V12", "V12"), ("Nova", "Nova")]
)
def test_labels_lose_the_word_before_them(sent: str, kept: str) -> None:
    assert read(f"volume={quote(sent)}").volume == kept


# ANSI/NISO Z39.56-1996.
SICIS = [
    (
        "0095-4403(199502/03)21:3<12:WATIIB>2.0.TX;2-J",
        ItemCode("0095-4403", "1995-02", "21", "3", "12"),
    ),
    ("0015-6914(19960101)157:1<62:KTSW>2.0.TX;2-F", ItemCode("0015-6914", "1996-01-01", "157", "1", "62")),
    ("1234-5679(1996)<::INS-023456>3.0.CO;2-#", ItemCode("1234-5679", "1996", item_number="INS-023456")),
    ("0730-9295(199206)11:2<>1.0.TX;2-Y", ItemCode("0730-9295", "1992-06", "11", "2")),
    ("0363-0277(199521)120:5", ItemCode("0363-0277", "1995-S1", "120", "5")),
    ("0363-0277(199534)", ItemCode("0363-0277", "1995-Q4")),
    ("0363-0277(199513)", ItemCode("0363-0277", "1995")),
]


@pytest.mark.parametrize(("text", "told"), SICIS)
def test_a_sici_is_taken_apart(text: str, told: ItemCode) -> None:
    assert sici_of(text) == told
    assert sici_of(f"SICI: {text}") == told


@pytest.mark.parametrize(
    "text", ["", "0095-4403", "0095-4403(1995", "x(1995)1:2<3>", "0095-4403(1995)" + "9" * 600]
)
def test_what_is_no_sici(text: str) -> None:
    assert sici_of(text) is None


def test_a_bici_is_taken_apart() -> None:
    assert bici_of("0521416205(1993)(12;EAIPOS;147-205)2.2.TX;1-1") == ItemCode(
        "0521416205", "1993", start_page="147", end_page="205", item_number="12"
    )
    assert bici_of("0-387-94658-8(1996)2") == ItemCode("0-387-94658-8", "1996", "2")
    assert bici_of("chapter 3") is None


def test_a_sici_fills_what_the_question_leaves_open() -> None:
    text = quote(SICIS[0][0])
    found = read(f"rft.sici={text}&rft.issn=0036-8075&rft.spage=14")
    assert found.issns == ("0036-8075", "0095-4403")
    assert (found.date, found.volume, found.issue, found.start_page) == ("1995-02", "21", "3", "14")
    assert read(f"rft_id=info:sici/{text}").volume == "21"


def test_a_sici_of_another_volume_fills_nothing() -> None:
    found = read(f"sici={quote(SICIS[0][0])}&volume=22")
    assert (found.volume, found.issue, found.start_page) == ("22", "", "")


def test_odd_codes_are_told() -> None:
    assert codes("sici=x&issn=0036-8075") == {OpenUrlCode.BAD_SICI}
    assert codes("bici=x&issn=0036-8075") == {OpenUrlCode.BAD_BICI}
    assert codes(f"sici={quote('0095-4404(1995)1:2')}") == {OpenUrlCode.CHECK_DIGIT}


@pytest.mark.parametrize(
    ("asked", "genre", "odd"),
    [
        ("genre=ARTICLE", Genre.ARTICLE, False),
        ("rft.genre=bookitem", Genre.BOOKITEM, False),
        ("genre=blog", Genre.UNKNOWN, True),
        ("rft_val_fmt=info:ofi/fmt:kev:mtx:book", Genre.BOOK, False),
        ("rft_val_fmt=info:ofi/fmt:kev:mtx:journal", Genre.UNKNOWN, False),
        ("rft_val_fmt=info%3Aofi%2Ffmt%3Akev%3Amtx%3Adissertation", Genre.DISSERTATION, False),
    ],
)
def test_genres(asked: str, genre: Genre, odd: bool) -> None:
    assert read(asked).genre is genre
    assert (OpenUrlCode.UNKNOWN_GENRE in codes(asked)) is odd


@pytest.mark.parametrize(
    ("asked", "is_book"),
    [
        *(
            ("issn=0036-8075", False),
            ("", False),
            ("btitle=T", True),
            ("title=T", False),
            ("title=T&btitle=B", False),
        ),
        *(("isbn=0306406152", True), ("isbn=0306406152&issn=0036-8075", False), ("genre=report", True)),
        *(("isbn=0306406152&genre=article", False), ("issn=0036-8075&genre=bookitem", True)),
        *(("rft_val_fmt=info:ofi/fmt:kev:mtx:book&title=T", True), ("genre=unknown&btitle=T", True)),
    ],
)
def test_whether_a_book_is_wanted(asked: str, is_book: bool) -> None:
    assert read(asked).is_book is is_book


@pytest.mark.parametrize(
    ("asked", "kept", "odd"),
    [
        (b"atitle=%C3%BCber", "über", set()),
        (b"atitle=\xc3\xbcber", "über", set()),
        (b"atitle=%FCber", "über", {OpenUrlCode.CHARSET_WRONG}),
        (b"rft_enc=info:ofi/enc:ISO-8859-1&atitle=%FCber", "über", set()),
        (b"ctx_enc=info%3Aofi%2Fenc%3AISO-8859-1&atitle=%FCber", "über", set()),
        (b"ctx_enc=info:ofi/enc:UTF-8&rft_enc=info:ofi/enc:windows-1251&atitle=%FE", "ю", set()),
        (b"ctx_enc=info:ofi/enc:EUC-JP&atitle=%C3%BCber", "端ber", set()),
        (b"ctx_enc=info:ofi/enc:EUC-JP&atitle=%C3b", "Ãb", {OpenUrlCode.CHARSET_WRONG}),
        (b"ctx_enc=rot13&atitle=abc", "abc", {OpenUrlCode.CHARSET_UNKNOWN}),
        (b"ctx_enc=utf-7&atitle=%2BAGE-", "+AGE-", {OpenUrlCode.CHARSET_UNKNOWN}),
        (b"atitle=%81%FF", "Â\x81ÿ"[2:], {OpenUrlCode.CHARSET_WRONG, OpenUrlCode.CONTROL_CHARACTER}),
    ],
)
def test_charsets(asked: bytes, kept: str, odd: set[str]) -> None:
    assert read(asked).article_title == kept
    assert codes(asked) == odd


def test_a_question_over_eight_kibibytes_is_refused() -> None:
    fits = "atitle=" + "x" * (LONGEST - 7)
    assert read(fits).article_title == "x" * (LONGEST - 7)
    refused = parse_openurl(f"{fits}x")
    assert isinstance(refused, OpenUrlFinding)
    assert refused.code is OpenUrlCode.TOO_LONG
    assert len(refused.found) <= 200
    assert isinstance(parse_openurl("<" * 70_000), OpenUrlFinding)


def test_an_address_of_a_resolver_stands_before_the_question() -> None:
    assert read("https://resolver.example/x?issn=0036-8075#frag").issns == ("0036-8075",)
    assert read("?issn=0036-8075").issns == ("0036-8075",)


def test_a_question_that_was_escaped_for_html() -> None:
    found = read("issn=0036-8075&amp;volume=3")
    assert (found.issns, found.volume) == (("0036-8075",), "3")
    assert {one.code for one in found.findings} == {OpenUrlCode.ESCAPED_AMPERSAND}


def test_coins() -> None:
    # OpenCOinS: the specification's own form of an element.
    text = (
        '<p>See <span title="ctx_ver=Z39.88-2004&amp;rft_val_fmt=info%3Aofi%2Ffmt%3Akev%3Amtx%3Ajournal'
        '&amp;rft.issn=1045-4438&amp;rft.volume=3&sect=x&amp;rft.atitle=a&#38;b" class="Z3988"></span></p>'
    )
    found = read(text)
    assert (found.issns, found.volume) == (("1045-4438",), "3")
    assert {one.code for one in found.findings} == {OpenUrlCode.UNKNOWN_KEY}
    assert read("<span class='x Z3988' title='rft.volume=4'>").volume == "4"
    assert read("<span class='Z39880' title='rft.volume=4'>").volume == ""
    assert OpenUrlCode.SEVERAL_COINS in codes(text + text)


def test_metadata_behind_an_address_are_not_fetched_but_told() -> None:
    assert codes("rft_ref=http://x.example/&issn=0036-8075") == {OpenUrlCode.BY_REFERENCE}


def test_wildcards_stand_for_themselves() -> None:
    found = read("title=100%25_*%3F&atitle=%25")
    assert (found.title, found.article_title) == ("100%_*?", "%")
    assert found.findings == ()


def test_a_question_that_asks_nothing_says_so() -> None:
    for asked in ("", "&&=&", "volume=3", "rft_val_fmt=x"):
        assert OpenUrlCode.NOTHING_ASKED in codes(asked), asked
    assert OpenUrlCode.BAD_ESCAPE in codes("title=a%zz")


KEYS = st.sampled_from(
    [key for pair in BARE_AND_FULL for key in (pair[0], f"rft.{pair[0]}")]
    + ["rft_id", "id", "sici", "bici", "ssn", "quarter", "pages", "ctx_enc", "rft_enc", "genre", "x"]
)


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for one in value for text in texts(one)]
    return [text for name in getattr(value, "__slots__", ()) for text in texts(getattr(value, name))]


@given(st.lists(st.tuples(KEYS, st.text(max_size=60)), max_size=12))
def test_any_values_are_read_and_none_keeps_a_control_character(pairs: list[tuple[str, str]]) -> None:
    asked = "&".join(f"{key}={quote(value, errors='surrogatepass')}" for key, value in pairs)
    for text in texts(read(asked)):
        assert not any(ord(sign) < 32 or 127 <= ord(sign) < 160 for sign in text)
        assert text == text.strip()
        text.encode("utf-8")


@given(st.one_of(st.text(max_size=300), st.binary(max_size=300)))
def test_no_text_at_all_raises(asked: str | bytes) -> None:
    parse_openurl(asked)


WORDS = st.text(string.ascii_letters + "äß/&+%*_ .", min_size=1).map(str.strip).filter(bool)


@given(WORDS, WORDS, st.booleans())
def test_what_was_asked_is_what_is_read(title: str, article: str, full: bool) -> None:
    prefix = "rft." if full else ""
    found = read(urlencode({f"{prefix}title": title, f"{prefix}atitle": article}))
    assert (found.title, found.article_title) == (title, article)
