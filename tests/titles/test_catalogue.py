"""Which blocks of a list are one title, and what becomes of its fields."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from apps.titles.models import ImportChange, Publisher, Title
from apps.titles.services.catalogue import Catalogue
from apps.titles.staging import ReadTitle, issn_of, name_key, year_fault, years_of
from tests.titles.factories import make_import, read_title

A, B, C = "1111-1119", "2222-2229", "3333-333X"


def resolve(*batches: list[ReadTitle]) -> list[list[int]]:
    """The ids that each batch of one import resolves to."""
    catalogue = Catalogue(make_import())
    found = [[title.pk for title in catalogue.resolve(batch)] for batch in batches]
    catalogue.finish()
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ({}, {}, True),
        ({"issn": A}, {"issn": A}, True),
        ({"issn": A}, {}, True),
        ({}, {"eissn": B}, True),
        ({"issn": A}, {"eissn": B}, True),
        ({"issn": A}, {"issn": B}, False),
        ({"issn": A, "eissn": C}, {"issn": B, "eissn": C}, True),
        ({"issn": A}, {"eissn": A}, True),
        ({"publisher": "X"}, {"publisher": "Y"}, False),
        ({"name": "Água"}, {"name": "AGUA"}, True),
        ({"name": "Annals A"}, {"name": "Annals B"}, False),
        ({"publisher": "É Press"}, {"publisher": "e  PRESS"}, True),
    ],
)
def test_two_blocks_of_one_import(first, second, same):
    one, two = read_title(**first), read_title(**second)
    for batches in ([[one, two]], [[one], [two]], [[two, one]]):
        Title.objects.all().delete()
        ids = [pk for batch in resolve(*batches) for pk in batch]
        assert (ids[0] == ids[1]) is same
        again = [pk for batch in resolve(*batches) for pk in batch]
        assert again == ids


@pytest.mark.django_db
def test_a_corrected_issn_is_the_same_title():
    ((first,),) = resolve([read_title(issn=A)])
    ((second,),) = resolve([read_title(issn=B)])
    assert first == second
    assert Title.objects.get().issn == B
    change = ImportChange.objects.get()
    assert (change.kind, change.fields) == ("title", {"issn": [A, B]})


@pytest.mark.django_db
def test_saying_nothing_takes_nothing_away():
    resolve([read_title(issn=A, eissn=B, kind="bookSeries", attributes={"doi": "10.1/x", "old": "1"})])
    resolve([read_title(attributes={"doi": "10.1/y"})])
    title = Title.objects.get()
    assert (title.issn, title.eissn, title.kind) == (A, B, "bookSeries")
    assert title.attributes == {"doi": "10.1/y", "old": "1"}


@pytest.mark.django_db
def test_of_one_import_the_first_block_that_says_something_decides():
    blocks = [
        read_title(),
        read_title(issn=A, name="JOURNAL OF ESTUARINE STUDIES"),
        read_title(issn=A, eissn=B),
    ]
    resolve(blocks)
    title = Title.objects.get()
    assert (title.name, title.issn, title.eissn) == ("Journal of Estuarine Studies", A, B)
    before = list(Title.objects.values())
    resolve(blocks)
    assert list(Title.objects.values()) == before
    assert not ImportChange.objects.exists()


@pytest.mark.django_db
def test_later_batches_of_an_import_fill_in_what_it_made():
    resolve([read_title()], [read_title(issn=A)])
    assert Title.objects.get().issn == A
    assert not ImportChange.objects.exists()


@pytest.mark.django_db
def test_a_publisher_is_shown_as_it_was_first_spelt():
    resolve([read_title(publisher="Tidewater Press")])
    resolve([read_title(publisher="tidewater press")])
    assert Publisher.objects.get().name == "Tidewater Press"


class TestLaws(TestCase):
    """Whatever blocks a list has: once more, alone or in batches, it changes nothing."""

    blocks = st.lists(
        st.builds(
            ReadTitle,
            publisher=st.sampled_from(["P", "p", "Q"]),
            name=st.sampled_from(["N", "n", "M"]),
            issn=st.sampled_from(["", A, B]),
            eissn=st.sampled_from(["", A, C]),
            issn_l=st.just(""),
            kind=st.just(""),
            attributes=st.just({}),
        ),
        max_size=8,
    )

    @given(blocks)
    @settings(max_examples=60, deadline=None)
    def test_twice_is_once(self, blocks):
        Title.objects.all().delete()
        first = resolve(blocks)
        rows = list(Title.objects.order_by("pk").values())
        assert resolve(blocks) == first
        assert list(Title.objects.order_by("pk").values()) == rows

    @given(blocks)
    @settings(max_examples=40, deadline=None)
    def test_blocks_of_one_title_share_publisher_and_name(self, blocks):
        Title.objects.all().delete()
        (ids,) = resolve(blocks)
        names = {}
        for block, pk in zip(blocks, ids, strict=True):
            key = (name_key(block.publisher), name_key(block.name))
            assert names.setdefault(pk, key) == key


@pytest.mark.parametrize(
    ("text", "issn"),
    [
        ("1234-567X", "1234-567X"),
        (" 1234567x ", "1234-567X"),
        ("1234–5678", ""),
        ("1234-56789", ""),
        ("", ""),
        ("ISSN 1234-5678", ""),
        ("१२३४-५६७८", ""),
    ],
)
def test_issn_in_shape(text, issn):
    assert issn_of(text) == issn


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2004", (2004, 2004)),
        ("2000-2001", (2000, 2001)),
        ("1999 -2000", (1999, 2000)),
        ("1990-1992; 1995,1997", (1990, 1997)),
        ("0", (None, None)),
        ("0000", (None, None)),
        ("", (None, None)),
        ("20041", (None, None)),
        ("spring 2004", (2004, 2004)),
        ("2006-1999", (1999, 2006)),
    ],
)
def test_years_of_a_text(text, years):
    assert years_of(text) == years


BACKWARDS = "the range runs backwards; expected the earlier year first"
DIGITS = "expected years of four digits"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", ""),
        ("0", ""),
        ("0000", ""),
        ("1999-2006", ""),
        ("1990-1992; 1995,1997", ""),
        ("9999 -9999", ""),
        ("1999/2000", ""),
        ("2001-", ""),
        ("2006-1999", BACKWARDS),
        ("2001; 2006-1999", BACKWARDS),
        ("2006-1999, 2010", BACKWARDS),
        ("99999999999", DIGITS),
        ("2001, 99999999999", DIGITS),
        ("2001-20011", DIGITS),
        ("10000-2000", DIGITS),
        ("2001-02", DIGITS),
        ("spring", DIGITS),
    ],
)
def test_years_that_cannot_be(text, fault):
    assert year_fault(text) == fault


def test_a_title_reads_its_identifiers_in_one_order():
    assert replace(read_title(), issn=A, eissn=B, issn_l=C).identifiers == (A, B, C)
