"""Names folded, cut into trigrams, and found again by any part of a word."""

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from apps.common.search import MOST_WORDS, fold, matching, trigrams, words_of
from apps.titles.models import Publisher

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Universidade de São Paulo", "universidade de sao paulo"),
        ("  Two\t blanks \n and a line ", "two blanks and a line"),
        ("Zeitschrift für Maße", "zeitschrift fur masse"),
        ("Ørsted, Łódź & Æther", "orsted, lodz & aether"),
        ("Women’s “Studies” — Online", 'women\'s "studies" - online'),
        ("ＦＵＬＬ ｗｉｄｔｈ", "full width"),
        ("ﬁne ﬂow", "fine flow"),
        ("İstanbul", "istanbul"),
        ("Ελλάς", "ελλασ"),
        ("日本語", "日本語"),
        ("", ""),
    ],
)
def test_folding(text, folded):
    assert fold(text) == folded


@given(WORDS)
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(WORDS)
def test_neither_case_nor_composition_matters(text):
    import unicodedata

    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_trigrams_mark_where_words_begin():
    assert trigrams("Ab") == sorted(["  a", " ab", "ab "])
    assert trigrams("ab ab") == trigrams("AB")
    assert trigrams("") == []


@given(WORDS, st.data())
def test_every_part_of_a_word_is_in_its_trigrams(text, data):
    folded = fold(text)
    words = folded.split()
    if not words:
        return
    word = data.draw(st.sampled_from(words))
    begin = data.draw(st.integers(0, len(word)))
    part = word[begin:]
    held = set(trigrams(text))
    if len(part) >= 3:
        assert {part[i : i + 3] for i in range(len(part) - 2)} <= held
    assert f"  {word[0]}" in held


def test_a_search_has_a_bounded_number_of_words():
    assert words_of("É " * 50) == ["e"] * MOST_WORDS


@pytest.fixture
def publishers(db):
    names = [
        "São Paulo University",
        "Tidewater Press",
        "Press of Tidal Studies",
        "Al Azhar",
        "100%_Sure \\ Press",
    ]
    rows = [Publisher(name=n, name_key=fold(n), trigrams=trigrams(n)) for n in names]
    Publisher.objects.bulk_create(rows)
    return names


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("sao", ["São Paulo University"]),
        ("SÃO univ", ["São Paulo University"]),
        ("aulo", ["São Paulo University"]),
        ("press tid", ["Tidewater Press", "Press of Tidal Studies"]),
        ("al", ["Al Azhar"]),
        ("t pr", ["Tidewater Press", "Press of Tidal Studies"]),
        ("%_s", ["100%_Sure \\ Press"]),
        ("%", []),
        ("\\", ["100%_Sure \\ Press"]),
        ("nothing", []),
    ],
)
def test_finding(publishers, asked, found):
    assert sorted(Publisher.objects.filter(matching(asked)).values_list("name", flat=True)) == sorted(found)


def test_nothing_asked_finds_all(publishers):
    assert Publisher.objects.filter(matching("  ")).count() == len(publishers)


def test_the_index_serves_a_search(db):
    rows = [
        Publisher(name=f"Society {n:05}", name_key=f"society {n:05}", trigrams=trigrams(f"society {n:05}"))
        for n in range(5_000)
    ]
    Publisher.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE titles_publisher")
    plan = Publisher.objects.filter(matching("ety 04711")).explain()
    assert "publisher_trigrams" in plan
    assert "Seq Scan" not in plan
