"""OpenURLs against rows: which AU they lead to, what only lists know, what is hidden, hostile questions."""

from urllib.parse import quote

import pytest

from apps.delivery.models import StemReading
from apps.delivery.node_rooms import node_rooms
from apps.delivery.resolving import Answered
from apps.delivery.services import kept
from apps.lockss.openurl import By, Level, OpenUrl, parse_openurl
from apps.titles.choices import TitleKind
from apps.titles.models import ListedAu, Title
from tests.delivery.places import MOMENT, anybody, held, ours, rule
from tests.factories import make_publisher, make_title
from tests.repository.factories import use_store

ISSN, EISSN = "1234-5679", "2049-3630"
ISBN13, ISBN10 = "9780306406157", "0306406152"


@pytest.fixture(autouse=True)
def node(db, settings, tmp_path):
    use_store(settings, tmp_path / "content", network_name="")
    kept.forget()


def volume(
    number: str,
    year: int = 2019,
    *,
    title=None,
    content: bool = True,
    start: str = "",
    listed_year="",
    **more,
):
    """An AU of a title that begins at a page of its own; ``more`` changes the title list's row."""
    start = start or f"http://pub.example/v{number}/"
    au = held(*([start] if content else []), title=title or make_title())
    changes = {
        "volume": number,
        "year": listed_year or str(year),
        "first_year": year,
        "last_year": year,
        **more,
    }
    ListedAu.objects.filter(pk=au.listed_id).update(**changes)
    StemReading.objects.filter(au=au).update(start_urls=[start])
    return au


def journal(name="Journal of Estuarine Studies", publisher="Tidewater Press", **fields) -> Title:
    title = make_title(name, make_publisher(publisher))
    Title.objects.filter(pk=title.pk).update(**fields)
    title.refresh_from_db()
    return title


def ask(query: str, asker=None) -> Answered:
    asked = parse_openurl(query)
    assert isinstance(asked, OpenUrl)
    return node_rooms().resolve(asked, asker or ours(), MOMENT)


def url(query: str, asker=None) -> str:
    found = ask(query, asker)
    return found.chosen.url if found.chosen else ""


# By number


def test_an_issn_with_a_volume_leads_to_where_that_volume_begins():
    volume("11", 2018)
    twelve = volume("12", 2019)
    found = ask(f"issn={ISSN}&volume=12")
    assert (found.chosen.url, found.level, found.by) == ("http://pub.example/v12/", Level.VOLUME, By.ISSN)
    assert found.copy.au_pk == twelve.pk
    assert [one.volume for one in found.fits] == ["12"]
    assert url(f"rft.issn={ISSN.replace('-', '')}&rft.volume=Vol.+11") == "http://pub.example/v11/"


def test_an_issn_with_a_year_leads_to_the_volume_of_that_year():
    volume("11", 2018)
    volume("12", 2019)
    assert url(f"issn={ISSN}&date=2018-05-10") == "http://pub.example/v11/"
    assert url(f"issn={ISSN}&date=2018&volume=12") == ""


def test_ranges_and_issues_of_lists():
    volume("1-5", 2001, start="http://pub.example/first/", last_year=2005, listed_year="2001-2005")
    volume("6", 2006, start="http://pub.example/6-2/", issue="2")
    assert url(f"issn={ISSN}&volume=3&date=2003") == "http://pub.example/first/"
    found = ask(f"issn={ISSN}&volume=6&issue=2")
    assert (found.level, found.chosen.url) == (Level.ISSUE, "http://pub.example/6-2/")
    assert url(f"issn={ISSN}&volume=6&issue=3") == ""


def test_where_the_list_says_nothing_the_parameters_of_the_unit_count():
    au = volume("12")
    ListedAu.objects.filter(pk=au.listed_id).update(volume="", params={"volume_name": "77"})
    assert url(f"issn={ISSN}&volume=77") == "http://pub.example/v12/"


def test_a_unit_of_no_list_is_found_by_its_parameters():
    au = volume("12")
    au.listed, au.params = None, {"volume_name": "80", "year": "1999"}
    au.save()
    assert url(f"issn={ISSN}&volume=80&date=1999") == "http://pub.example/v12/"
    assert url(f"issn={ISSN}&volume=81") == ""


@pytest.mark.parametrize("field", ["eissn", "issn_l"])
def test_all_three_issns_of_a_title_are_its_own(field):
    title = journal(**{"issn": "0000-0000", field: EISSN})
    volume("12", title=title)
    for key in ("issn", "eissn", "rft.eissn"):
        assert url(f"{key}={EISSN}&volume=12") == "http://pub.example/v12/"


def test_an_issn_with_a_wrong_check_digit_is_tried_as_it_is():
    volume("12", title=journal(issn="1234-5670"))
    assert url("issn=1234-5670&volume=12") == "http://pub.example/v12/"
    assert ask("issn=1234-5671&volume=12") == Answered()


@pytest.mark.parametrize("asked", [ISBN13, ISBN10, "978-0-306-40615-7", "0-306-40615-2"])
def test_a_book_by_all_forms_of_its_isbn(asked):
    title = journal("Tidal Mud", kind=TitleKind.BOOK, issn="", isbn_keys=[ISBN13])
    volume("", title=title, start="http://pub.example/mud/")
    found = ask(f"isbn={asked}")
    assert (found.chosen.url, found.level, found.by) == ("http://pub.example/mud/", Level.VOLUME, By.ISBN)


def test_of_a_series_only_the_book_that_is_asked_for():
    series = journal("Mud Series", kind=TitleKind.SERIES, isbn_keys=[ISBN13, "9781861972712"])
    volume("1", title=series, isbn_keys=["9781861972712"])
    volume("2", title=series, isbn_keys=[ISBN13])
    found = ask(f"isbn={ISBN13}")
    assert (found.chosen.url, [one.volume for one in found.fits]) == ("http://pub.example/v2/", ["2"])


def test_an_isbn_with_a_wrong_check_digit_is_tried_as_it_is():
    title = journal("Tidal Mud", kind=TitleKind.BOOK, issn="", isbn_keys=["9780306406158"])
    volume("", title=title, start="http://pub.example/mud/")
    assert url("isbn=978-0-306-40615-8") == "http://pub.example/mud/"


# By name


def test_a_title_whole_then_with_these_words_together():
    volume("12", title=journal("The Science of Mud", issn=""))
    for asked in ("The+Science+of+Mud", "science+of+mud", "Science+of+M%C3%BAd"):
        assert url(f"title={asked}&volume=12") == "http://pub.example/v12/"
    found = ask("jtitle=of+Mud&volume=12")
    assert (found.chosen.url, found.by) == ("http://pub.example/v12/", By.LIKE_TITLE)
    assert url("title=mud+science&volume=12") == ""


def test_a_title_that_is_known_is_not_taken_for_a_longer_one():
    journal("Mud", issn="0028-0836")
    volume("12", title=journal("Mud Genetics", issn="1061-4036"))
    for asked in ("title=Mud", "issn=0028-0836&title=Mud", "issn=0028-0836&title=Mud+G"):
        found = ask(f"{asked}&volume=12")
        assert (found.chosen, found.level) == (None, Level.TITLE), asked
    assert url("title=Mud+Gen&volume=12") == ""
    assert url("title=Genetics&volume=12") == "http://pub.example/v12/"


def test_a_publisher_narrows_and_an_unknown_one_excludes_a_title():
    volume("12", title=journal("Mud", "Abyss Press", issn=""))
    volume("12", title=journal("Mud", "Brine Press", issn=""), start="http://brine.example/v12/")
    assert url("title=Mud&volume=12&pub=brine+press") == "http://brine.example/v12/"
    assert ask("title=Mud&volume=12&pub=Nobody").level is Level.NONE
    found = ask("title=Mud&volume=12")
    assert [one.publisher for one in found.fits] == ["Abyss Press", "Brine Press"]


def test_levels_without_anything_to_open():
    volume("12")
    found = ask(f"issn={ISSN}")
    assert (found.level, found.chosen, found.by) == (Level.TITLE, None, By.ISSN)
    assert {(one.kind, one.volume) for one in (*found.fits, *found.others)} == {("title", ""), ("au", "12")}
    assert ask("pub=Tidewater+Press").level is Level.PUBLISHER
    assert ask("issn=9999-9994").level is Level.NONE
    assert ask("doi=10.1234/x").level is Level.NONE


def test_a_page_opens_the_volume_since_no_article_is_known():
    volume("12")
    found = ask(f"issn={ISSN}&volume=12&spage=45&aulast=Doe")
    assert (found.level, found.chosen.url) == (Level.VOLUME, "http://pub.example/v12/")


# What may be seen


def test_a_dark_unit_looks_like_one_that_was_never_selected():
    dark = volume("12")
    rule(au=dark, choice="dark")
    found = ask(f"issn={ISSN}&volume=12")
    assert (found.level, found.chosen, found.shown) == (Level.VOLUME, None, {})
    seen = [(one.url, one.held, one.volume) for one in found.fits]
    listed = ListedAu.objects.get(pk=dark.listed_id)
    dark.delete()
    assert [(one.url, one.held, one.volume) for one in ask(f"issn={ISSN}&volume=12").fits] == seen
    listed.delete()
    assert ask(f"issn={ISSN}&volume=12").level is Level.TITLE


def test_a_dark_unit_of_no_list_is_nowhere():
    dark = volume("12")
    ListedAu.objects.filter(pk=dark.listed_id).delete()
    rule(au=dark, choice="dark")
    found = ask(f"issn={ISSN}&volume=12")
    assert [one.kind for one in (*found.fits, *found.others)] == ["title"]


def test_a_hidden_unit_makes_way_for_another_that_holds_the_same():
    hidden = volume("12", title=journal("Mud", "Abyss Press"))
    volume("12", title=journal("Mud", "Brine Press"), start="http://brine.example/v12/")
    assert url(f"issn={ISSN}&volume=12") == "http://pub.example/v12/"
    rule(au=hidden, choice="dark")
    assert url(f"issn={ISSN}&volume=12") == "http://brine.example/v12/"


def test_strangers_get_what_is_open_to_everybody():
    au = volume("12")
    assert url(f"issn={ISSN}&volume=12", anybody()) == ""
    rule(au=au, choice="light", openly="yes", open_access="yes")
    assert url(f"issn={ISSN}&volume=12", anybody()) == "http://pub.example/v12/"


def test_what_was_not_collected_is_opened_only_where_the_publisher_may_be_asked():
    au = volume("12", content=False)
    assert url(f"issn={ISSN}&volume=12") == "http://pub.example/v12/"
    flag = rule(au=au, flag="down")
    assert url(f"issn={ISSN}&volume=12") == ""
    flag.delete()
    rule(au=au, choice="light")
    assert url(f"issn={ISSN}&volume=12") == ""


def test_content_comes_before_what_only_a_list_knows():
    volume("12", title=journal("Mud", "Abyss Press"), content=False)
    volume("12", title=journal("Mud", "Brine Press"), start="http://brine.example/v12/")
    assert url(f"issn={ISSN}&volume=12") == "http://brine.example/v12/"


# Hostile questions


def test_wildcards_stand_for_themselves():
    volume("12", title=journal("Mud and Water", issn=""))
    for asked in ("%25", "_", "*", "M_d", "Mud%25Water", "%5C", "Mu%3F"):
        assert ask(f"title={asked}&volume=12").level is Level.NONE, asked
    volume("13", title=journal("Mud 100% pure", issn=""))
    assert url("title=Mud+100%25+pure&volume=13") == "http://pub.example/v13/"


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "http://evil.example/"]
)
def test_no_address_of_a_question_is_led_to_unless_it_is_held(address):
    volume("12")
    assert ask(f"rft_id={quote(address, safe='')}").chosen is None
    assert url(f"rft_id={quote(address, safe='')}&issn={ISSN}&volume=12") == "http://pub.example/v12/"


def test_the_first_of_repeated_keys_counts_and_every_identifier_is_tried():
    volume("12")
    assert url(f"issn={ISSN}&volume=12&volume=13") == "http://pub.example/v12/"
    assert url(f"issn=9999-9994&issn={ISSN}&volume=12") == "http://pub.example/v12/"
    held_url = quote("http://pub.example/v12/", safe="")
    found = ask(f"rft_id=http%3A%2F%2Fevil.example%2F&rft_id={held_url}&rft_id=info:doi/10.1/x")
    assert (found.chosen.url, found.by) == ("http://pub.example/v12/", By.URL)


def test_odd_values_end_in_no_error():
    volume("12")
    for odd in (
        "title=%00%01",
        "title=%ED%A0%80",
        "title=" + "a+" * 2_000,
        "title=...",
        "pub=%26",
        "date=99999",
    ):
        ask(odd)
        ask(f"issn={ISSN}&volume=" + "9" * 4_000)


def test_the_same_few_queries_however_many_volumes(django_assert_max_num_queries):
    for number in range(4):
        volume(str(number))
    ask(f"issn={ISSN}&volume=2")
    with django_assert_max_num_queries(12):
        ask(f"issn={ISSN}&volume=2")
    for number in range(4, 30):
        volume(str(number))
    kept.forget()
    ask(f"issn={ISSN}&volume=2")
    with django_assert_max_num_queries(12):
        assert url(f"issn={ISSN}&volume=2") == "http://pub.example/v2/"
