"""Columns as people want them: named orders, orders of one's own, and what stands in them."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.lockss.kbart import COLUMNS, NAMED, STANDARD, KbartError, Row, layout_of, sort_text
from apps.lockss.kbart.collation import collation_key

ONE = Row(
    publication_title="Tides", online_identifier="2345-6787", title_id="7", publisher_name="Tidewater Press"
)
TWO = Row(
    publication_title="Tides", online_identifier="2345-6787", title_id="7", date_first_issue_online="2009"
)


def shown(text: str, *rows: Row) -> list[tuple[str, ...]]:
    layout = layout_of(text)
    return list(layout.once(layout.rendered([row.values() for row in rows])))


def test_the_standard_is_the_25_columns_however_it_is_asked_for():
    assert layout_of("kbart") is STANDARD
    assert layout_of("\n".join(COLUMNS)) is STANDARD
    assert layout_of("\n".join(COLUMNS).upper()) is STANDARD
    assert layout_of("publication_title,online_identifier").standard is False


def test_alternatives_constants_and_heads():
    text = 'Publication_Title\nprint_identifier || online_identifier || none @ISSN\n"ACTIVE"\nheld by us @ Where\ncoverage_notes'
    assert layout_of(text).heads == ("publication_title", "ISSN", "ACTIVE", "Where", "notes")
    assert shown(text, ONE) == [("Tides", "2345-6787", "ACTIVE", "held by us", "")]
    assert shown(text, Row(publication_title="X"))[0][1] == "none"


def test_an_at_within_quotes_and_a_comma_within_quotes_are_text():
    layout = layout_of('print_identifier, "a@b, c", online_identifier')
    assert layout.heads == ("print_identifier", "a@b, c", "online_identifier")
    assert shown('online_identifier, "a@b, c"', ONE) == [("2345-6787", "a@b, c")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("publisher_name\nnotes", "tell no title apart"),
        ("publication_titel", "is no column"),
        ("issn@A\nprint_identifier@A", "two columns are called"),
        ("", "tell no title apart"),
        ("print_identifier," * 2_000, "at most 4000"),
        ("\n".join(f"print_identifier@{n}" for n in range(61)), "at most 60"),
    ],
)
def test_what_cannot_be_a_layout_is_refused_with_a_sentence(text, said):
    with pytest.raises(KbartError) as refused:
        layout_of(text)
    assert said in refused.value.message


def test_without_ranges_a_title_stands_once():
    assert shown("details", ONE, TWO) == [("Tidewater Press", "Tides", "", "2345-6787")]
    assert len(shown("ranges", ONE, TWO)) == 2
    # What else is told of it is not lost, ...
    three = replace(TWO, notes="lacks v.3")
    assert shown("online_identifier\nnotes", ONE, TWO, three) == [
        ("2345-6787", ""),
        ("2345-6787", "lacks v.3"),
    ]
    # ... and what none of the columns names is no line.
    assert shown("issn", ONE, replace(ONE, print_identifier="1234-5679")) == [("1234-5679",)]
    # Without any identifier nothing tells rows apart, so all stand.
    assert len(shown("publication_title", ONE, TWO)) == 2


def test_named_orders_are_layouts_by_title_or_by_their_first_columns():
    assert {name: layout.by_title for name, layout in NAMED.items()} == {
        "kbart": True,
        "publisher": False,
        "ranges": False,
        "details": False,
        "title-issn": False,
        "issn": False,
        "sfx": False,
    }


TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('0129 aAbéß-,"@|\n'), max_size=12)


@given(TEXT, TEXT)
def test_the_text_to_sort_by_has_the_order_of_the_key(one, other):
    assert (sort_text(one) < sort_text(other)) == (collation_key(one) < collation_key(other))
    assert (sort_text(one) == sort_text(other)) == (collation_key(one) == collation_key(other))


@given(st.lists(st.tuples(TEXT, TEXT), max_size=6))
def test_a_title_that_goes_on_comes_after_the_shorter_one(pairs):
    """As the report puts names and numbers together."""
    joined = [f"{sort_text(name)}\0{name}\0{own}" for name, own in pairs if "\0" not in name]
    plain = [(collation_key(name), name, own) for name, own in pairs if "\0" not in name]
    assert [joined.index(one) for one in sorted(joined)] == [plain.index(one) for one in sorted(plain)]


@given(TEXT)
def test_whatever_is_typed_is_a_layout_or_a_sentence(text):
    layout = None
    with contextlib.suppress(KbartError):
        layout = layout_of(text)
    if layout is not None:
        (row,) = layout.rendered([ONE.values()])
        assert len(row) == len(layout.heads) == len(set(layout.heads))
