"""Keeps with each title the one that it continues, as far as the lists say so or its units came from there.

What ``titles.related`` finds for one title is found here for all that lists speak of so, in a few look-ups.
"""

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection
from django.db.models import Q

from apps.titles.models import Title, TitleCoverage
from apps.titles.related import AFTER, BEFORE, PRECEDING, are_two, numbers_in, words_in
from apps.titles.staging import issn_of

_FIELDS = ("pk", "name_key", "attributes", "issn", "eissn", "issn_l", "preceding_id")
# Units of a title that has none left, by where they are now.
_MOVED = """
SELECT DISTINCT (c.before->>'title_id')::bigint, l.title_id
FROM titles_importchange c JOIN titles_listedau l ON l.id = c.listed_au_id
WHERE c.fields ? 'title_id' AND c.before->>'title_id' <> l.title_id::text
"""
WRITE_AT_ONCE = 1000


def note_preceding() -> int:
    """Bring all titles to what the lists say now; returns how many changed. Belongs into the import's transaction."""
    rows = list(Title.objects.filter(_speaking()).only(*_FIELDS))
    former = _by_words(rows)
    for new, old in _by_source(rows):
        former[new].add(old)
    for new, old in _by_units():
        former[new].add(old)
    chosen = _first(former)
    changed = [
        row
        for row in Title.objects.filter(Q(pk__in=chosen) | Q(preceding__isnull=False)).only("preceding_id")
        if row.preceding_id != chosen.get(row.pk)
    ]
    for row in changed:
        row.preceding_id = chosen.get(row.pk)
    Title.objects.bulk_update(changed, ["preceding"], batch_size=WRITE_AT_ONCE)
    return len(changed)


def _speaking() -> Q:
    return ~Q(attributes={}) & Q(attributes__has_any_keys=[*BEFORE, *AFTER, PRECEDING])


def _by_words(rows: list[Title]) -> dict[int, set[int]]:
    """Title to those before it, by what its comments and those of others say (``related.related_to``)."""
    said = [
        (row.pk, key in AFTER, numbers_in(text), words_in(text))
        for row in rows
        for key in (*BEFORE, *AFTER)
        if (text := str(row.attributes.get(key, ""))[:500])
    ]
    issn = _with_issn({number for _, _, numbers, _ in said for number in numbers})
    names = defaultdict(list)
    wanted = {words for _, _, _, words in said if words}
    for pk, name in Title.objects.filter(name_key__in=wanted).values_list("pk", "name_key"):
        names[name].append(pk)
    former: dict[int, set[int]] = defaultdict(set)
    for pk, after, numbers, words in said:
        found = [one for number in numbers for one in issn[number]] or names[words]
        for other in found:
            former[other if after else pk].add(pk if after else other)
    return former


def _with_issn(numbers: Iterable[str]) -> dict[str, list[int]]:
    wanted = set(numbers)
    found = defaultdict(list)
    rows = Title.objects.filter(Q(issn__in=wanted) | Q(eissn__in=wanted) | Q(issn_l__in=wanted))
    for pk, *own in rows.values_list("pk", "issn", "eissn", "issn_l"):
        for number in wanted.intersection(own):
            found[number].append(pk)
    return found


def _by_source(rows: list[Title]) -> list[tuple[int, int]]:
    """(title, the one before it) by the number that its own lists give to that one, or by its ISSN."""
    said = {row.pk: number for row in rows if (number := str(row.attributes.get(PRECEDING, ""))[:500])}
    own = defaultdict(set)
    for pk, one in TitleCoverage.objects.filter(title__in=said).values_list("title", "title_list"):
        own[pk].add(one)
    numbered = defaultdict(set)
    lines = TitleCoverage.objects.exclude(source_id="").filter(source_id__in=set(said.values()))
    for number, pk, one in lines.values_list("source_id", "title", "title_list"):
        numbered[number].add((pk, one))
    issn = _with_issn(filter(None, map(issn_of, said.values())))
    found = [(pk, old) for pk, number in said.items() for old, one in numbered[number] if one in own[pk]]
    return found + [(pk, old) for pk, number in said.items() for old in issn[issn_of(number)]]


def _by_units() -> list[tuple[int, int]]:
    """(title, the one before it) where all units of one with numbers of its own are listed under the other now."""
    with connection.cursor() as cursor:
        cursor.execute(_MOVED)
        pairs = cursor.fetchall()
    titles = Title.objects.only(*_FIELDS, "au_count", "isbn_keys").in_bulk(
        {pk for pair in pairs for pk in pair}
    )
    return [
        (new, old)
        for old, new in pairs
        if old in titles and titles[old].au_count == 0 and are_two(titles[old], titles[new])
    ]


def _first(former: dict[int, set[int]]) -> dict[int, int]:
    """Of several the first by name: a KBART line has room for one."""
    wanted = {pk for found in former.values() for pk in found}
    keys = {pk: (name, pk) for pk, name in Title.objects.filter(pk__in=wanted).values_list("pk", "name_key")}
    chosen = {}
    for pk, found in former.items():
        if others := [one for one in found if one != pk and one in keys]:
            chosen[pk] = min(others, key=keys.__getitem__)
    return chosen
