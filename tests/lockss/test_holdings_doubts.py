"""Lines that a person must decide about: years that were not read whole, and identifiers of quite another title."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.holdings import (
    By,
    Entry,
    Field,
    HoldingsCode,
    Layout,
    Offer,
    Raw,
    State,
    entries,
    line_key,
    match,
    title_key,
    years_typed,
)
from apps.lockss.holdings.years import holds

COLUMNS = {
    name: at
    for at, name in enumerate(
        (Field.TITLE, Field.ISSN, Field.FIRST, Field.LAST, Field.COVERAGE, Field.YEAR, Field.EMBARGO)
    )
}
NATURE = Offer(1, "Nature", "Tide", frozenset({"0028-0836"}))
BOOK = Offer(4, "Tide Tables", "Tide", by_isbn=(40, 41))


def line(first="", last="", said="", year="", embargo="", title="Nature", issn="0028-0836") -> Entry:
    raw = Raw(2, (title, issn, first, last, said, year, embargo))
    (entry,) = entries([raw], Layout(1, COLUMNS), 2026)
    return entry


def codes(entry: Entry) -> list[HoldingsCode]:
    return [note.code for note in entry.notes]


@pytest.mark.parametrize(
    ("cells", "code", "readings"),
    [
        # A bound that was not read never opens the range by itself.
        ({"first": "1990", "last": "abc"}, HoldingsCode.YEARS_UNREAD, (((1990, None),), ((1990, 1990),), ())),
        ({"first": "abc", "last": "2003"}, HoldingsCode.YEARS_UNREAD, (((None, 2003),), ((2003, 2003),), ())),
        ({"first": "abc", "last": ""}, HoldingsCode.YEARS_UNREAD, ((),)),
        ({"first": "1990;abc"}, HoldingsCode.YEARS_UNREAD, (((1990, None),), ((1990, 1990),), ())),
        ({"first": "1990?", "last": "2000"}, HoldingsCode.YEARS_UNREAD, (((1990, 2000),), ())),
        ({"first": "1990-1995"}, HoldingsCode.YEARS_UNREAD, (((1990, None),), ((1990, 1990),), ())),
        ({"first": "1990-95"}, HoldingsCode.YEARS_UNREAD, (((1990, None),), ((1990, 1990),), ())),
        (
            {"first": "1990", "last": "20055"},
            HoldingsCode.YEARS_UNREAD,
            (((1990, None),), ((1990, 1990),), ()),
        ),
        (
            {"first": "2010", "last": "2005"},
            HoldingsCode.YEARS_BACKWARDS,
            (((2005, 2010),), ((2010, None),), ()),
        ),
        ({"said": "2010-2005"}, HoldingsCode.YEARS_BACKWARDS, (((2005, 2010),), ((2010, None),), ())),
        ({"said": "vol. 3-9"}, HoldingsCode.YEARS_UNREAD, ((),)),
        ({"said": "from 1990 to abc"}, HoldingsCode.YEARS_UNREAD, ((),)),
        ({"said": "1990 until further notice"}, HoldingsCode.YEARS_UNREAD, ((),)),
        (
            {"first": "1990", "last": "no date"},
            HoldingsCode.YEARS_UNREAD,
            (((1990, None),), ((1990, 1990),), ()),
        ),
        (
            {"first": "1990", "last": "not current"},
            HoldingsCode.YEARS_UNREAD,
            (((1990, None),), ((1990, 1990),), ()),
        ),
        ({"year": "abc"}, HoldingsCode.YEARS_UNREAD, ((),)),
        (
            {"first": "1990", "last": "abc", "said": "1990-2005"},
            HoldingsCode.YEARS_UNREAD,
            (((1990, 2005),), ((1990, None),), ((1990, 1990),), ()),
        ),
        ({"first": "1990", "embargo": "some time"}, HoldingsCode.WALL_UNREAD, (((1990, None),), ())),
        (
            {"first": "1990", "last": "abc", "embargo": "P1Y"},
            HoldingsCode.YEARS_UNREAD,
            (((1990, 2025),), ((1990, 1990),), ()),
        ),
        ({"first": "abc", "embargo": "P1Y"}, HoldingsCode.YEARS_UNREAD, (((None, 2025),), ())),
        ({"first": "2025", "embargo": "P4Y"}, HoldingsCode.WALL_LEAVES_NONE, (((2025, None),), ())),
    ],
)
def test_years_that_were_not_read_whole_are_for_people(cells, code, readings):
    entry = line(**cells)
    assert (entry.years, entry.readings) == ((), readings)
    assert code in codes(entry)
    done = match(entry, [NATURE])
    assert (done.state, done.chosen, done.candidates[0].offer) == (State.AMBIGUOUS, None, NATURE)


@pytest.mark.parametrize(
    ("cells", "years"),
    [
        ({"first": "1990", "last": ""}, ((1990, None),)),
        ({"first": "1990", "last": "-"}, ((1990, None),)),
        ({"first": "1990", "last": "9999-12-31"}, ((1990, None),)),
        ({"first": "1 Jan. 1990", "last": "31. Dezember 2003"}, ((1990, 2003),)),
        ({"first": "1990-05-01T00:00:00", "last": "2003.0"}, ((1990, 2003),)),
        ({"first": "Vol. 3, no. 2 (1990)", "last": "2001/2002"}, ((1990, 2001),)),
        ({"first": "1990/91", "last": "2001年"}, ((1990, 2001),)),
        ({"first": "1990", "last": "2003", "said": "see shelf"}, ((1990, 2003),)),
        ({"said": "1997 to date"}, ((1997, None),)),
        ({"said": "1990-2001 (no longer current)"}, ((1990, 2001),)),
        ({"said": "1997/1998 to the present"}, ((1997, None),)),
        ({"first": "1990", "last": "up to the present"}, ((1990, None),)),
        ({"first": "1990", "last": "bis heute"}, ((1990, None),)),
        ({"first": "1990", "last": "jusqu'à aujourd'hui"}, ((1990, None),)),
        ({"first": "1990", "last": "to date"}, ((1990, None),)),
        ({"said": "complete"}, ()),
        ({"said": "ja"}, ()),
        ({"year": "[c1990]"}, ((1990, 1990),)),
        ({"first": "1990", "embargo": "12 months"}, ((1990, 2025),)),
        ({"first": "1990", "embargo": "2 Jahre"}, ((1990, 2024),)),
        ({"first": "1990", "embargo": "none"}, ((1990, None),)),
        ({"first": "1990", "embargo": "0"}, ((1990, None),)),
        ({}, ()),
    ],
)
def test_years_that_were_read_are_taken(cells, years):
    entry = line(**cells)
    assert (entry.years, entry.readings) == (years, ())
    assert match(entry, [NATURE]).state is State.MATCHED


def test_a_book_is_meant_whatever_its_years_say():
    entry = Entry(2, "Band 3", isbns=("9783161484100",), readings=((),))
    assert match(entry, [BOOK]).chosen.offer == BOOK


def test_an_identifier_of_quite_another_title_is_for_people():
    done = match(Entry(2, "Annals of Rust", issns=("0028-0836",)), [NATURE])
    assert (done.state, done.chosen) == (State.AMBIGUOUS, None)
    assert [(one.offer, one.by) for one in done.candidates] == [(NATURE, By.IDENTIFIER)]
    (note,) = done.notes
    assert note.code is HoldingsCode.TITLE_DIFFERS
    assert "0028-0836" in note.text
    assert "“Nature”" in note.text


def test_a_decision_about_the_line_stands():
    assert match(Entry(2, "Annals of Rust", issns=("0028-0836",)), [NATURE], 1).state is State.MATCHED
    entry = line(first="1990", last="abc")
    assert match(entry, [NATURE], 1).state is State.MATCHED
    assert match(entry, [NATURE], 0).state is State.UNMATCHED


def test_a_decision_about_the_title_alone_says_nothing_of_years():
    done = match(line(first="1990", last="abc", title="Rust", issn=""), [NATURE], 1, years_too=False)
    assert (done.state, done.chosen) == (State.AMBIGUOUS, None)
    assert (done.candidates[0].offer, done.candidates[0].by) == (NATURE, By.DECISION)
    assert match(line(first="abc"), [NATURE], 0, years_too=False).state is State.UNMATCHED
    # Years that were read need no decision.
    assert match(line(first="1990"), [NATURE], 1, years_too=False).state is State.MATCHED


def test_a_decision_about_years_is_remembered_by_what_was_said_of_them():
    clear, doubted, other = line(first="1990"), line(first="1990", last="abc"), line(first="1990", last="x")
    assert title_key(clear) == title_key(doubted) == line_key(clear)
    assert len({line_key(clear), line_key(doubted), line_key(other)}) == 3
    assert line_key(doubted) == line_key(line(first=" 1990 ", last="abc"))


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("1990-2005", ((1990, 2005),)),
        ("1990-2005; 2008-", ((1990, 2005), (2008, None))),
        ("from 1990", ((1990, None),)),
        ("2005-1990", ()),
        ("1990-abc", ()),
        ("soon", ()),
        ("", ()),
    ],
)
def test_years_that_a_person_writes(text, years):
    assert years_typed(text) == years


def test_a_mistyped_identifier_alone_is_named_with_what_is_wrong_with_it():
    entry = line(title="", issn="0028-0837")
    assert entry.unread
    said = " ".join(note.text for note in entry.notes)
    assert "0028-0837" in said
    assert "check digit" in said
    assert "names neither" not in said
    assert codes(entry)[-1] is HoldingsCode.NOTHING_VALID
    assert codes(line(title="", issn="")) == [HoldingsCode.NOTHING_NAMED]


def test_an_entry_carries_its_cells_within_bounds():
    entry = line(first="1990")
    assert entry.cells == ("Nature", "0028-0836", "1990", "", "", "", "")
    (wide,) = entries([Raw(2, ("x" * 5_000,) * 400)], Layout(1, COLUMNS), 2026)
    assert sum(map(len, wide.cells)) < 10_000


cells = st.sampled_from(["", "1990", "2003", "abc", "1990;x", "2010", "1999-05-01", "present", "-", "20055"])


@given(
    cells,
    cells,
    st.sampled_from(["", "1997-2001", "2003-", "2001-1997", "vol. 3", "all"]),
    st.sampled_from(["", "P1Y", "R10Y", "soon"]),
)
def test_nothing_is_widened_without_a_person(first, last, said, embargo):
    """Matched lines end where their list says so; what is open was left open by it."""
    entry = line(first, last, said, embargo=embargo)
    if entry.readings:
        assert entry.years == ()
        assert entry.readings[-1] == ()
        assert match(entry, [NATURE]).state is State.AMBIGUOUS
        return
    assert not {"abc", "1990;x", "20055"} & {first, last}
    if embargo == "P1Y":
        assert not holds(entry.years, 2026, 2026)
    if last[:4].isdigit():
        assert not holds(entry.years, int(last[:4]) + 1, int(last[:4]) + 1)
