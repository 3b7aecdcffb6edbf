"""Lines that a person must decide about before they select anything: shown, decided, remembered; and the raw line."""

import json
import re

import pytest
from django.utils.translation import override

from apps.accounts.choices import Role
from apps.aus import services
from apps.aus.errors import HoldingsActError
from apps.aus.models import HoldingsDecision, HoldingsLine
from apps.common.stored import retold
from apps.lockss.holdings import HoldingsCode
from apps.titles.models import Title
from tests.asking import as_person
from tests.aus import test_holdings
from tests.aus.factories import offer
from tests.aus.test_holdings import proposed, read, selected, states
from tests.titles.factories import read_au, read_title
from tests.titles.test_related import lines

pytestmark = pytest.mark.django_db
own_media, titles = test_holdings.own_media, test_holdings.titles
HEAD = "Title;ISSN;From;To\n"
# Of Água e Vida 2005, 2006 and 2008 are on offer.
UNREAD = f"{HEAD}Agua & Vida;0028-0836;2006;abc\n"
BACKWARDS = f"{HEAD}Agua & Vida;0028-0836;2008;2006\n"
ANOTHER = f"{HEAD}Annals of Rust;0028-0836;2005;2006\n"


def plain(answer) -> str:
    return answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def page_of(client, line: HoldingsLine) -> str:
    return f"/holdings/{line.upload_id}/lines/{line.pk}/"


def decide(client, line: HoldingsLine, **fields):
    line.upload.refresh_from_db()
    return client.post(f"{page_of(client, line)}decide/", {"version": line.upload.version, **fields})


@pytest.mark.parametrize("text", [UNREAD, BACKWARDS, ANOTHER], ids=["unread", "backwards", "another title"])
def test_nothing_is_proposed_before_a_person_decides(titles, text):
    row = read(text)
    assert states(row) == [(2, "ambiguous")]
    assert services.proposal_of(row).aus == 0
    line = row.lines_read.get()
    assert (line.title, line.years if line.readings else None) == (None, None)
    assert [one["id"] for one in line.candidates] == [titles[0].title_id]


@pytest.mark.parametrize(
    ("text", "years", "taken"),
    [
        (UNREAD, {"years": "0"}, [2006, 2008]),
        (UNREAD, {"years": "1"}, [2006]),
        (UNREAD, {"years": "2"}, [2005, 2006, 2008]),
        (UNREAD, {"years": "typed", "years_typed": "2004-2005; 2008-"}, [2005, 2008]),
        (BACKWARDS, {"years": "0"}, [2006, 2008]),
        (BACKWARDS, {"years": "1"}, [2008]),
        (ANOTHER, {}, [2005, 2006]),
    ],
)
def test_what_is_decided_is_taken_and_remembered(client, titles, text, years, taken):
    person = as_person(client, Role.LIBRARIAN)
    line = read(text, user=person).lines_read.get()
    water = titles[0].title_id
    assert decide(client, line, title=water, **years).status_code == 302
    by_year = {row.pk: row.first_year for row in titles}
    again = read(text + "Annals of Rust;1234-5679;;\n", user=person)
    assert states(again) == [(2, "matched"), (3, "unmatched")]
    assert again.lines_read.get(line=2).found_by == "decision"
    for row in (line.upload, again):
        row.refresh_from_db()
        found = services.proposals.meant_by(row)
        assert sorted(found.values_list("first_year", flat=True)) == taken
    proposed(again, person)
    assert sorted(by_year[pk] for pk in selected()) == taken


def test_the_page_says_which_years_would_be_taken_before_anything_is_chosen(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    row = read(UNREAD, user=person)
    line = row.lines_read.get()
    page = plain(client.get(page_of(client, line)))
    assert "The line says “2006 – abc”." in page
    for words in ("from 2006 on", "2006 alone", "all years of the title that the lists name"):
        assert words in page
    assert "the lists name 2005–2006, 2008" in page
    assert "checked" not in page
    assert "The years could not be read whole from “2006 – abc”." in page
    listed = plain(client.get(f"/holdings/{row.pk}/"))
    assert "1 title may be meant" in listed
    assert "in doubt" in listed


def test_years_must_be_chosen_and_what_was_chosen_stays_on_the_page(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    line = read(UNREAD, user=person).lines_read.get()
    water = titles[0].title_id
    for fields, said in (
        ({}, "Say which years are meant"),
        ({"years": "3"}, "Say which years are meant"),
        ({"years": "typed", "years_typed": "2008-2006"}, "“2008-2006” is no set of years"),
        ({"years": "typed"}, "Write the years that are meant, such as 1990-2005; 2008-"),
        ({"years": "typed", "years_typed": "  "}, "Write the years that are meant, such as 1990-2005; 2008-"),
    ):
        answer = decide(client, line, title=water, **fields)
        assert answer.status_code == 422
        page = plain(answer)
        assert said in page
        assert "“”" not in page
        assert f'value="{water}" checked' in page
    assert 'value="typed" checked' in page
    with pytest.raises(HoldingsActError, match="which years"):
        services.decide_line(
            line=line, version=line.upload.version, title=Title.objects.get(pk=water), user=person
        )
    assert not HoldingsDecision.objects.exists()
    assert states(line.upload) == [(2, "ambiguous")]


def test_the_line_can_be_left_out(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    line = read(UNREAD, user=person).lines_read.get()
    assert decide(client, line, title="none").status_code == 302
    assert states(line.upload) == [(2, "unmatched")]
    assert states(read(UNREAD, user=person)) == [(2, "unmatched")]


def test_a_decision_about_years_is_of_those_years_alone(client, titles):
    """The same journal with years that are read needs none, and with others in doubt another."""
    person = as_person(client, Role.LIBRARIAN)
    decide(client, read(UNREAD, user=person).lines_read.get(), title=titles[0].title_id, years="1")
    again = read(UNREAD.replace("abc", "2008"), user=person).lines_read.get()
    assert (again.state, again.years, again.found_by) == ("matched", ((2006, 2008),), "identifier")
    assert states(read(UNREAD.replace("abc", "xyz"), user=person)) == [(2, "ambiguous")]


def test_a_decision_about_the_title_leaves_doubted_years_to_a_person(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    clear = f"{HEAD}Aguas;;2005;2006\n"
    decide(client, read(clear, user=person).lines_read.get(), title="other", other="0028-0836")
    assert states(read(clear, user=person)) == [(2, "matched")]
    line = read(clear.replace("2006", "abc"), user=person).lines_read.get()
    assert (line.state, line.candidates[0]) == (
        "ambiguous",
        {"id": titles[0].title_id, "by": "decision", "score": 100},
    )


def test_a_decision_tells_the_years_and_can_be_taken_back(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    line = read(UNREAD, user=person).lines_read.get()
    decide(client, line, title=titles[0].title_id, years="0")
    decision = HoldingsDecision.objects.get()
    assert (decision.years, decision.years_said) == (((2006, None),), "2006 – abc")
    page = plain(client.get(f"/holdings/decisions/{decision.pk}/"))
    assert "from 2006 on" in page
    assert "The line says “2006 – abc”." in page
    page = plain(client.get(page_of(client, line)))
    assert 'value="0" checked' in page
    decide(client, line, title=titles[0].title_id, years="typed", years_typed="2004-2005; 2008-")
    page = plain(client.get(page_of(client, line)))
    assert 'value="typed" checked' in page
    assert 'value="2004–2005, 2008–"' in page
    decide(client, line, title=titles[0].title_id, years="typed", years_typed="2004–2005, 2008–")
    decision.refresh_from_db()
    assert decision.years == ((2004, 2005), (2008, None))
    services.forget_decision(decision=decision, user=person)
    assert states(read(UNREAD, user=person)) == [(2, "ambiguous")]


def test_deciding_about_a_book_means_the_book_and_not_its_series(titles):
    kent = read_au(
        read_title("Tide Tables", kind="bookSeries"), 1, name="Tides of Kent", isbn="9783161484100"
    )
    other = read_au(read_title("Tide Tables", kind="bookSeries"), 2, name="Devon", isbn="9780306406157")
    twin = read_au(read_title("Shore Books", kind="bookSeries"), 1, name="Kent", isbn="9783161484100")
    first, *_ = offer(kent, other, twin, name="Books")
    row = read("Title,ISBN\nTides of Kent,9783161484100\n")
    line = row.lines_read.get(state="ambiguous")
    services.decide_line(line=line, version=row.version, title=first.title, user=row.user)
    assert set(services.proposals.meant_by(row)) == {first}
    assert set(services.proposals.meant_by(read("Title,ISBN\nTides of Kent,9783161484100\n"))) == {first}


def test_a_mistyped_identifier_is_named_on_the_page_with_its_raw_line(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    row = read("Shelf;Title;ISSN\n<b>A7</b>;;0028-0837\n", user=person)
    line = row.lines_read.get()
    assert line.state == "unread"
    page = plain(client.get(page_of(client, line)))
    assert "“0028-0837” is no ISSN: its check digit does not fit the others." in page
    assert "names neither" not in page
    assert "none that is valid" in page
    assert "column 3: ISSN" in page
    assert "&lt;b&gt;A7&lt;/b&gt;" in page
    assert "<b>A7</b>" not in page
    assert "not said" not in page
    listed = plain(client.get(f"/holdings/{row.pk}/"))
    assert "&lt;b&gt;A7&lt;/b&gt; · 0028-0837" in listed
    assert "nothing readable" not in listed


def test_every_remark_is_told_in_the_readers_language(titles):
    other = read_title("Shore", publisher="Harbour", issn="1476-4687")
    offer(read_au(other, 1), name="Shore")
    lines("Coverage", (read_title("Notes of Reeds"), "17"))
    text = (
        "Title;Publisher;ISSN;From;To;Embargo\n"
        "Agua e Vida;;0028-0836;2005;abc;soon\n"
        "Agua e Vida;;0028-0836;2010;2005;\n"
        "Agua e Vida;;280836;2008;;P40Y\n"
        "Agua e Vida;;0028-0836;2005;2009;\n"
        "Annals of Rust;;0028-0836;;;\n"
        ";;0028-0837;;;\n;;;2003;;\n"
        "Rost;;9,78316E+12;;;\nRost;;see shelf;;;\n"
        "Shore;Marsh;;;;\nShore;;0140-6736;;;\nShore;;;;;\n"
        "Notes of Reeds;;;;;\n"
        f"Ro\ufffdst;;;;;\n{'y' * 5_000};;;;;\n" + ";" * 600 + "x\n"
    )
    row = read(text)
    line = read(UNREAD).lines_read.get()
    services.decide_line(line=line, version=line.upload.version, title=None, user=line.upload.user)
    again = read(UNREAD)
    told = [one for each in (row, again) for line in each.lines_read.all() for one in line.warnings]
    with override("es"):
        left = [one["text"] for one in told if retold(one["text"]) == one["text"]]
    assert left == []
    unseen = {"line-too-long", "quote-open"}
    assert {one["code"] for one in told} == {str(code) for code in HoldingsCode} - unseen


def test_a_raw_line_is_kept_and_shown_within_bounds(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    wide = ";".join(["y" * 1_000] * 600)
    row = read(f'Title;ISSN\n{wide}\n"never ends\nAgua e Vida;0028-0836\0\n', user=person)
    assert states(row) == [(2, "unread"), (3, "unmatched"), (4, "matched")]
    for line in row.lines_read.all():
        assert sum(map(len, line.cells)) <= 4_000
        assert line.cells
        assert len(client.get(page_of(client, line)).content) < 60_000
    assert "never ends" in plain(client.get(page_of(client, row.lines_read.get(line=3))))


def test_lists_of_lines_and_units_stand_in_any_order(client, titles):
    person = as_person(client, Role.LIBRARIAN)
    text = f"{HEAD}Agua & Vida;0028-0836;2006;2008\njournal of estuarine studies;;2001;\nRost;;;\n"
    row = read(text, user=person)

    def told(path: str, key: str) -> list:
        return [one[key] for one in json.loads(b"".join(client.get(path)))]

    own = f"/holdings/{row.pk}/"
    services.select_aus(user=None, listed_au_ids=[titles[4].pk])
    assert [bool(one) for one in told(f"{own}units/?sort=here&format=json", "here")] == [True, *[False] * 5]
    assert told(f"{own}?sort=years&format=json", "line") == [3, 2, 4]
    assert told(f"{own}?sort=-years&format=json", "line") == [2, 3, 4]
    assert told(f"{own}?sort=means&format=json", "line") == [2, 3, 4]
    assert told(f"{own}?sort=-means&format=json", "line") == [3, 2, 4]
    for key in ("title", "volume", "offer", "here"):
        names = told(f"{own}units/?sort={key}&format=json", key)
        back = told(f"{own}units/?sort=-{key}&format=json", key)
        assert len(names) == 6
        assert [name for name in back if name] == [name for name in names if name][::-1]
    for path in ("/holdings/?sort=state", "/holdings/?sort=-who", "/holdings/decisions/?sort=means"):
        assert client.get(path).status_code == 200
    assert told(f"{own}?doubt=yes&format=json", "line") == []
    assert client.get(f"{own}?sort=years&size=25").status_code == 200


def twins() -> list[Title]:
    """Two titles of one name, publisher and years, told apart by their numbers alone, or by nothing but their units."""
    first = read_title("Reeds", publisher="Tide", issn="1476-4687", eissn="0378-5955")
    second = read_title("Reeds", publisher="Tide", issn="0140-6736", issn_l="0140-6736")
    params = {"base_url": "http://tide.example/", "journal": "second", "volume": "1"}
    offer(read_au(first, 1), read_au(second, 1, params=params), name="Reeds")
    return list(Title.objects.filter(name="Reeds").order_by("pk"))


def notes_of(page: str) -> list[str]:
    return re.findall(r'name="title" value="\d+"[^>]*> [^<]*</label> <span class="note">(.*?) · <a', page)


def test_candidates_are_told_apart_on_the_page(client, titles):
    one, two = twins()
    row = read("Title;Publisher\nReeds;Tide\n")
    line = row.lines_read.get()
    as_person(client, Role.LIBRARIAN)
    page = client.get(f"/holdings/{row.pk}/lines/{line.pk}/").content.decode()
    assert notes_of(page) == [
        "Tide · ISSN 1476-4687 · eISSN 0378-5955 · 1 archival unit · the lists name 2001",
        "Tide · ISSN 0140-6736 · ISSN-L 0140-6736 · 1 archival unit · the lists name 2001",
    ]
    # Where nothing else differs, the number of the catalogue does.
    for title in (one, two):
        Title.objects.filter(pk=title.pk).update(issn="", eissn="", issn_l="")
    page = client.get(f"/holdings/{row.pk}/lines/{line.pk}/").content.decode()
    found = notes_of(page)
    assert len(set(found)) == 2
    assert found[0].endswith(f"number {one.pk} of the catalogue")


def test_a_book_is_told_by_its_isbn(client, titles):
    for isbn in ("9780306406157", "9783161484100"):
        book = read_title("Tides", publisher="Tide", kind="book", isbn_keys=(isbn,))
        params = {"base_url": "http://tide.example/", "book": isbn}
        offer(read_au(book, 1, params=params), name=isbn)
    row = read("Title;Publisher\nTides;Tide\n")
    as_person(client, Role.LIBRARIAN)
    page = client.get(f"/holdings/{row.pk}/lines/{row.lines_read.get().pk}/").content.decode()
    found = notes_of(page)
    assert any("book · ISBN 9780306406157" in note for note in found), found


def test_what_was_decided_names_the_title_with_its_numbers(client, titles):
    one, _ = twins()
    row = read("Title;Publisher\nReeds;Tide\n")
    line = row.lines_read.get()
    services.decide_line(line=line, version=row.version, title=one, user=row.user)
    as_person(client, Role.LIBRARIAN)
    assert "Tide · ISSN 1476-4687 · eISSN 0378-5955" in client.get("/holdings/decisions/").content.decode()
    page = client.get(f"/holdings/decisions/{HoldingsDecision.objects.get().pk}/").content.decode()
    assert "Tide · ISSN 1476-4687 · eISSN 0378-5955 · 1 archival unit · the lists name 2001" in page
    assert f'href="/titles/{one.pk}/"' in page
