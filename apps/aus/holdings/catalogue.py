"""What the catalogue has that lines might mean: a few queries for each batch of lines."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from django.db.models import Q

from apps.common.search import fold, matching
from apps.lockss.holdings import Coverage, Entry, HoldingsCode, Match, Note, Offer, compare, match, years_text
from apps.lockss.kbart.identifiers import isbn
from apps.titles.models import ListedAu, Title
from apps.titles.staging import name_key

BATCH = 500
MOST_NEAR = 25
MOST_KEPT = 512
_SHORTEST_WORD = 4


@dataclass(frozen=True, slots=True)
class Judged:
    """``coverage`` None: the line says no years, or its title is not known."""

    entry: Entry
    match: Match
    coverage: Coverage | None = None
    notes: tuple[Note, ...] = ()


@dataclass(slots=True)
class Found:
    """Titles by number, and which AUs an ISBN means."""

    titles: dict[int, Title] = field(default_factory=dict)
    by_issn: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))


class Matcher:
    """Remembers nothing of the lines it has judged, so that a long list needs no more memory than a short one."""

    def __init__(self, this_year: int) -> None:
        self._this_year = this_year
        self._isbns: dict[str, list[tuple[int, int]]] | None = None
        # Words such as “international” come again and again, and are the dearest to look up.
        self._named = lru_cache(maxsize=MOST_KEPT)(_named)

    def judge(self, entries: Iterable[Entry]) -> Iterator[Judged]:
        source = iter(entries)
        while batch := list(islice(source, BATCH)):
            yield from self._batch(batch)

    def _batch(self, batch: Sequence[Entry]) -> list[Judged]:
        readable = [entry for entry in batch if not entry.unread]
        found = self._titles(readable)
        judged = []
        for entry in batch:
            done = match(entry, () if entry.unread else self._offers(entry, found))
            judged.append(Judged(entry, done, notes=(*entry.notes, *done.notes)))
        return self._with_years(judged)

    def _titles(self, batch: Sequence[Entry]) -> Found:
        issns = {number for entry in batch for number in entry.issns}
        names = {name_key(entry.title) for entry in batch if entry.title}
        numbers = {pk for entry in batch for number in entry.isbns for pk, _au in self._of_isbn(number)}
        wanted = Q(issn__in=issns) | Q(eissn__in=issns) | Q(issn_l__in=issns) | Q(name_key__in=names)
        found = Found()
        rows = Title.objects.filter(wanted | Q(pk__in=numbers), au_count__gt=0).select_related("publisher")
        for title in rows:
            found.titles[title.pk] = title
            found.by_name[title.name_key].add(title.pk)
            for number in (title.issn, title.eissn, title.issn_l):
                if number:
                    found.by_issn[number].add(title.pk)
        return found

    def _of_isbn(self, number: str) -> list[tuple[int, int]]:
        """(title, AU). The lists write ISBNs in many ways, so no index of the database finds them."""
        if self._isbns is None:
            self._isbns = defaultdict(list)
            rows = ListedAu.objects.exclude(isbn="", eisbn="").values_list("title_id", "pk", "isbn", "eisbn")
            for title_id, pk, *texts in rows.iterator(chunk_size=5_000):
                for value in {isbn(text).value for text in texts} - {""}:
                    self._isbns[value].append((title_id, pk))
        return self._isbns.get(number, [])

    def _offers(self, entry: Entry, found: Found) -> list[Offer]:
        aus: dict[int, list[int]] = defaultdict(list)
        for number in entry.isbns:
            for title_id, pk in self._of_isbn(number):
                aus[title_id].append(pk)
        ids = {pk for number in entry.issns for pk in found.by_issn.get(number, ())} | set(aus)
        if entry.title:
            ids |= found.by_name.get(name_key(entry.title), set())
        offers = [
            _offer(found.titles[pk], tuple(sorted(set(aus[pk])))) for pk in sorted(ids) if pk in found.titles
        ]
        if not offers and entry.title:
            offers = self._near(entry.title)
        return offers

    def _near(self, name: str) -> list[Offer]:
        """Titles that share its longest words; one of them may be misspelt."""
        words = sorted(
            {word for word in fold(name).split() if len(word) >= _SHORTEST_WORD}, key=lambda w: (-len(w), w)
        )[:2]
        for wanted in dict.fromkeys((" ".join(words), *words)):
            if wanted and (offers := self._named(wanted)):
                return offers
        return []

    def _with_years(self, judged: list[Judged]) -> list[Judged]:
        """Compares years where a line has some and its title is known."""
        ids = {
            one.match.chosen.offer.id for one in judged if one.match.chosen is not None and one.entry.years
        }
        listed: dict[int, set[int]] = defaultdict(set)
        rows = ListedAu.objects.filter(title__in=ids, first_year__isnull=False).exclude(status="")
        for title_id, first, last in rows.values_list("title_id", "first_year", "last_year"):
            listed[title_id].update(range(first, min(max(first, last or first), first + 50) + 1))
        return [self._compared(one, listed) for one in judged]

    def _compared(self, one: Judged, listed: dict[int, set[int]]) -> Judged:
        chosen = one.match.chosen
        if chosen is None or not one.entry.years or chosen.offer.by_isbn:
            return one
        coverage = compare(one.entry.years, listed[chosen.offer.id], self._this_year)
        notes = one.notes
        if coverage.missing:
            said = f"No title list names {years_text(coverage.missing)}."
            notes = (*notes, Note(HoldingsCode.NOT_LISTED, said))
        return Judged(one.entry, one.match, coverage, notes)


def _named(words: str) -> list[Offer]:
    return _as_offers(
        Title.objects.filter(matching(words), au_count__gt=0).select_related("publisher")[:MOST_NEAR]
    )


def _as_offers(titles: Iterable[Title]) -> list[Offer]:
    return [_offer(title) for title in titles]


def _offer(title: Title, by_isbn: tuple[int, ...] = ()) -> Offer:
    issns = frozenset(number for number in (title.issn, title.eissn, title.issn_l) if number)
    return Offer(title.pk, title.name, title.publisher.name, issns, by_isbn)
