"""Titles that share the longest words of an unknown one, for many at once: one statement, one index look-up each."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet

from apps.common.search import SIZE, fold
from apps.titles.models import Title

MOST_NEAR = 25
_SHORTEST_WORD = 4
# Folding takes it for a blank, so no word holds it.
_BETWEEN = chr(31)
_MOST_WORDS = 2
# Inside the parentheses the planner looks into the trigram index once for each asked name.
_FOUND = """
SELECT asked.place, near.id FROM unnest(%s::int[], %s::text[], %s::text[]) AS asked(place, grams, pattern)
CROSS JOIN LATERAL (
    SELECT t.id FROM titles_title t
    WHERE t.trigrams @> string_to_array(asked.grams, chr(31))::varchar(3)[] AND t.name_key LIKE asked.pattern
      AND t.is_known AND EXISTS (SELECT 1 FROM titles_listedau l WHERE l.title_id = t.id)
    LIMIT %s
) AS near
"""


def compared() -> QuerySet[Title]:
    """Titles with no more than what a line is compared with: they are read by the ten thousand."""
    rows = Title.objects.select_related("publisher")
    return rows.only("name", "name_key", "issn", "eissn", "issn_l", "publisher__name")


def near_titles(names: Iterable[str]) -> dict[str, list[Title]]:
    """For each name the titles that hold its two longest words, or else one of them. One may be misspelt."""
    words = {name: _longest(name) for name in names}
    asked = {name: found for name, found in words.items() if found}
    ids = _look_up({name: [" ".join(found)] for name, found in asked.items()})
    rest = {name: found for name, found in asked.items() if name not in ids and len(found) > 1}
    for turn in range(_MOST_WORDS):
        ids |= _look_up({name: [found[turn]] for name, found in rest.items() if name not in ids})
    titles = compared().in_bulk({pk for found in ids.values() for pk in found})
    return {name: [titles[pk] for pk in found if pk in titles] for name, found in ids.items()}


def _longest(name: str) -> list[str]:
    known = {word for word in fold(name).split() if len(word) >= _SHORTEST_WORD}
    return sorted(known, key=lambda word: (-len(word), word))[:_MOST_WORDS]


def _look_up(asked: dict[str, list[str]]) -> dict[str, list[int]]:
    """Names with the numbers of the titles that hold all words of one text; each different text is looked up once."""
    texts = sorted({text for wanted in asked.values() for text in wanted})
    if not texts:
        return {}
    grams, patterns = [], []
    for text in texts:
        parts = text.split()
        grams.append(
            _BETWEEN.join(sorted({word[i : i + SIZE] for word in parts for i in range(len(word) - SIZE + 1)}))
        )
        patterns.append(f"%{_escaped(max(parts, key=len)[:200])}%")
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, [list(range(len(texts))), grams, patterns, MOST_NEAR])
        rows = cursor.fetchall()
    found: dict[str, list[int]] = {}
    for place, pk in rows:
        found.setdefault(texts[place], []).append(pk)
    return {
        name: ids
        for name, wanted in asked.items()
        if (ids := [pk for text in wanted for pk in found.get(text, [])])
    }


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
