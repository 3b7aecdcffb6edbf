"""What the catalogue has that lines might mean: a few queries for each batch of lines, however long the list."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from django.db.models import Exists, OuterRef, Q

from apps.aus.holdings.known import notes_on_known
from apps.aus.holdings.near import compared, near_titles
from apps.aus.models import HoldingsDecision
from apps.lockss.holdings import (
    NONE_OF_THESE,
    Coverage,
    Entry,
    HoldingsCode,
    Match,
    Note,
    Offer,
    State,
    YearRange,
    compare,
    line_key,
    match,
    title_key,
    years_text,
)
from apps.titles.models import ListedAu, Title
from apps.titles.staging import name_key

BATCH = 500
MOST_YEARS = 50


@dataclass(frozen=True, slots=True)
class Judged:
    """``coverage`` None: the line says no years, or its title is not known. ``key`` empty: the line was not read."""

    entry: Entry
    match: Match
    coverage: Coverage | None = None
    notes: tuple[Note, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class Decided:
    """``title``: its number, or NONE_OF_THESE. ``years``: of a line whose years were in doubt; empty: all of them."""

    title: int
    years: tuple[YearRange, ...] = ()


@dataclass(slots=True)
class Found:
    """Titles by number, and which AUs an ISBN means."""

    titles: dict[int, Title] = field(default_factory=dict)
    by_issn: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_isbn: dict[str, list[tuple[int, int]]] = field(default_factory=lambda: defaultdict(list))
    decided: dict[str, Decided] = field(default_factory=dict)


class Matcher:
    """Remembers nothing of the lines it has judged, so that a long list needs no more memory than a short one."""

    def __init__(self, this_year: int) -> None:
        self._this_year = this_year

    def judge(self, entries: Iterable[Entry]) -> Iterator[Judged]:
        source = iter(entries)
        while batch := list(islice(source, BATCH)):
            yield from self._batch(batch)

    def _batch(self, batch: Sequence[Entry]) -> list[Judged]:
        keys = {entry.line: _keys(entry) for entry in batch}
        found = self._titles([entry for entry in batch if not entry.unread], keys.values())
        decided = {line: _first(found.decided, tried) for line, tried in keys.items()}
        offers = {entry.line: self._offers(entry, decided[entry.line], found) for entry in batch}
        unknown = {
            entry.title
            for entry in batch
            if entry.title and not offers[entry.line] and decided[entry.line] is None
        }
        near = {title: _as_offers(rows) for title, rows in near_titles(unknown).items()}
        judged = []
        for entry in batch:
            key, said = (*keys[entry.line], "")[0], decided[entry.line]
            whole = key in found.decided
            candidates = offers[entry.line] or near.get(entry.title, ())
            done = match(entry, candidates, said.title if said else None, years_too=whole)
            if entry.readings and whole:
                entry = replace(entry, years=found.decided[key].years)  # noqa: PLW2901 - the line as it was decided
            judged.append(Judged(entry, done, notes=(*entry.notes, *done.notes), key=key))
        return self._with_years(_with_known(judged))

    def _titles(self, batch: Sequence[Entry], keys: Iterable[Sequence[str]]) -> Found:
        found = Found()
        decided = HoldingsDecision.objects.filter(key__in={key for tried in keys for key in tried})
        found.decided = {
            key: Decided(pk or NONE_OF_THESE, years or ())
            for key, pk, years in decided.values_list("key", "title_id", "years")
        }
        isbns = {number for entry in batch for number in entry.isbns}
        if isbns:
            self._find_isbns(isbns, found)
        issns = {number for entry in batch for number in entry.issns}
        names = {name_key(entry.title) for entry in batch if entry.title}
        numbers = {pk for pairs in found.by_isbn.values() for pk, _au in pairs}
        wanted = Q(issn__in=issns) | Q(eissn__in=issns) | Q(issn_l__in=issns) | Q(name_key__in=names)
        # What only lines of coverage name has no unit that a line could mean.
        units = Exists(ListedAu.objects.filter(title=OuterRef("pk")))
        wanted = (wanted | Q(pk__in=numbers)) & Q(units, is_known=True) | Q(
            pk__in={each.title for each in found.decided.values()}
        )
        for title in compared().filter(wanted):
            found.titles[title.pk] = title
            found.by_name[title.name_key].add(title.pk)
            for number in (title.issn, title.eissn, title.issn_l):
                if number:
                    found.by_issn[number].add(title.pk)
        return found

    @staticmethod
    def _find_isbns(isbns: set[str], found: Found) -> None:
        rows = ListedAu.objects.filter(isbn_keys__overlap=sorted(isbns))
        for pk, title_id, keys in rows.values_list("pk", "title_id", "isbn_keys"):
            for key in isbns.intersection(keys):
                found.by_isbn[key].append((title_id, pk))

    @staticmethod
    def _offers(entry: Entry, decided: Decided | None, found: Found) -> list[Offer]:
        aus: dict[int, list[int]] = defaultdict(list)
        for number in entry.isbns:
            for title_id, pk in found.by_isbn.get(number, ()):
                aus[title_id].append(pk)
        ids = {pk for number in entry.issns for pk in found.by_issn.get(number, ())} | set(aus)
        if entry.title:
            ids |= found.by_name.get(name_key(entry.title), set())
        if decided is not None:
            ids.add(decided.title)
        return [
            _offer(found.titles[pk], tuple(sorted(set(aus[pk])))) for pk in sorted(ids) if pk in found.titles
        ]

    def _with_years(self, judged: list[Judged]) -> list[Judged]:
        """Compares years where a line has some and its title is known."""
        ids = {
            one.match.chosen.offer.id for one in judged if one.match.chosen is not None and one.entry.years
        }
        listed = years_listed(ids)
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
        return replace(one, coverage=coverage, notes=notes)


def _with_known(judged: list[Judged]) -> list[Judged]:
    """Lines that match nothing say where the catalogue knows their title and has no unit of it."""
    left = [one for one in judged if one.match.state is State.UNMATCHED and one.key]
    decided = {one.entry.line for one in left if one.match.notes}
    known = notes_on_known([one.entry for one in left if one.entry.line not in decided])
    return [
        replace(one, notes=(*one.notes, note)) if (note := known.get(one.entry.line)) else one
        for one in judged
    ]


def _keys(entry: Entry) -> tuple[str, ...]:
    """What a decision about the line may be found by: its years too, where they are in doubt, then the title alone."""
    if entry.unread:
        return ()
    return tuple(dict.fromkeys((line_key(entry), title_key(entry))))


def _first(decided: dict[str, Decided], keys: Sequence[str]) -> Decided | None:
    return next((decided[key] for key in keys if key in decided), None)


def years_listed(titles: Iterable[int]) -> dict[int, set[int]]:
    """The years that the title lists name, by the number of the title."""
    listed: dict[int, set[int]] = defaultdict(set)
    rows = ListedAu.objects.filter(title__in=titles, first_year__isnull=False).exclude(status="")
    for title_id, first, last in rows.values_list("title_id", "first_year", "last_year"):
        listed[title_id].update(covered(first, last))
    return listed


def covered(first: int, last: int | None) -> range:
    """The years of one unit; a mistyped last year does not make it a century."""
    return range(first, min(max(first, last or first), first + MOST_YEARS) + 1)


def _as_offers(titles: Iterable[Title]) -> list[Offer]:
    return [_offer(title) for title in titles]


def _offer(title: Title, by_isbn: tuple[int, ...] = ()) -> Offer:
    issns = frozenset(number for number in (title.issn, title.eissn, title.issn_l) if number)
    return Offer(title.pk, title.name, title.publisher.name, issns, by_isbn)
