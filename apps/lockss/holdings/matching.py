"""Which title of the catalogue a line means. Sure by an identifier, or by title and publisher; else people decide."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from apps.lockss.holdings.headers import folded
from apps.lockss.holdings.model import By, Candidate, Entry, HoldingsCode, Match, Note, Offer, State

MOST_CANDIDATES = 10
LONGEST_TITLE = 1_000
NEAR, SAME_PUBLISHER, ODD_TITLE = 85, 80, 50
NONE_OF_THESE = 0
_DECIDED_NONE = "Somebody decided that no title of the catalogue is meant, or to leave the line out."
_ARTICLES = frozenset(
    [
        "the",
        "a",
        "an",
        "der",
        "die",
        "das",
        "le",
        "la",
        "les",
        "l",
        "el",
        "los",
        "las",
        "il",
        "lo",
        "gli",
        "i",
    ]
)
# Words that say that something is a publisher, not which one.
_FIRMS = frozenset(
    [
        "press",
        "publishers",
        "publisher",
        "publishing",
        "publications",
        "verlag",
        "editions",
        "editorial",
        "editore",
        "edizioni",
        "group",
        "ltd",
        "limited",
        "inc",
        "gmbh",
        "co",
        "kg",
        "ag",
        "sa",
        "srl",
        "llc",
        "bv",
        "and",
        "und",
        "et",
        "y",
        "the",
        "of",
    ]
)
_SIGNS = re.compile(r"[\W_]+")
_ORDER = {By.DECISION: 0, By.IDENTIFIER: 1, By.TITLE: 2, By.NEAR: 3}


@lru_cache(maxsize=8192)
def plain_title(name: str) -> str:
    """Without marks, signs and case, a leading article and the sign for *and*; letters of any script stay."""
    bare = unicodedata.normalize("NFKD", name[:LONGEST_TITLE].replace("&", " and "))
    bare = "".join(sign for sign in bare if unicodedata.category(sign) != "Mn")
    words = _SIGNS.sub(" ", bare.casefold()).split()
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return " ".join(words)


@lru_cache(maxsize=8192)
def _plain_publisher(name: str) -> str:
    words = folded(name).split()
    return " ".join([word for word in words if word not in _FIRMS] or words)


def same_publisher(one: str, other: str) -> bool:
    return fuzz.token_set_ratio(_plain_publisher(one), _plain_publisher(other)) >= SAME_PUBLISHER


def _title_score(one: str, other: str) -> int:
    left, right = plain_title(one), plain_title(other)
    return round(max(fuzz.ratio(left, right), fuzz.token_sort_ratio(left, right)))


def title_key(entry: Entry) -> str:
    """What a decision about a title is remembered by: identifiers, title and publisher, however they are written."""
    return _digest(_named(entry))


def line_key(entry: Entry) -> str:
    """The same; where its years are in doubt with what it says of them, for the decision is about them too."""
    return _digest([*_named(entry), list(entry.asked)]) if entry.readings else title_key(entry)


def _named(entry: Entry) -> list[object]:
    return [
        sorted(entry.issns),
        sorted(entry.isbns),
        plain_title(entry.title),
        _plain_publisher(entry.publisher),
    ]


def _digest(told: list[object]) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def match(
    entry: Entry, found: Iterable[Offer], decided: int | None = None, *, years_too: bool = True
) -> Match:
    """``found``: whatever the catalogue has that might be meant, in any order.

    ``decided``: the title that a person said once, which then is among ``found`` (NONE_OF_THESE: no title is meant);
    ``years_too``: and which years, where those of the line are in doubt.
    """
    done = _titled(entry, found, decided)
    chosen = done.chosen
    if chosen is None or not entry.readings or chosen.offer.by_isbn:
        return done
    if chosen.by is By.DECISION and years_too:
        return done
    rest = tuple(one for one in done.candidates if one.offer.id != chosen.offer.id)
    return Match(State.AMBIGUOUS, None, (chosen, *rest)[:MOST_CANDIDATES], done.notes)


def _titled(entry: Entry, found: Iterable[Offer], decided: int | None) -> Match:
    if decided == NONE_OF_THESE:
        return Match(State.UNMATCHED, notes=(Note(HoldingsCode.DECIDED_NONE, _DECIDED_NONE),))
    found = list(found)
    candidates = _candidates(entry, found)
    for offer in found:
        if offer.id == decided:
            return Match(State.MATCHED, Candidate(offer, By.DECISION, 100), candidates)
    if not candidates:
        return Match(State.UNMATCHED)
    best = candidates[0].by
    if best is By.NEAR:
        return Match(State.AMBIGUOUS, None, candidates)
    pool = [candidate for candidate in candidates if candidate.by is best]
    chosen = _one_of(entry, pool)
    if chosen is None:
        return Match(State.AMBIGUOUS, None, candidates)
    if best is By.TITLE:
        return _by_title(entry, chosen, candidates)
    return _by_identifier(entry, chosen, candidates)


def _candidates(entry: Entry, found: Iterable[Offer]) -> tuple[Candidate, ...]:
    issns = set(entry.issns)
    ranked = []
    for offer in {one.id: one for one in found}.values():
        score = _title_score(entry.title, offer.name) if entry.title else 0
        if issns & offer.issns or offer.by_isbn:
            ranked.append(Candidate(offer, By.IDENTIFIER, score))
        elif entry.title and plain_title(entry.title) == plain_title(offer.name):
            ranked.append(Candidate(offer, By.TITLE, score))
        elif score >= NEAR:
            ranked.append(Candidate(offer, By.NEAR, score))
    ranked.sort(key=lambda one: (_ORDER[one.by], -one.score, one.offer.id))
    return tuple(ranked[:MOST_CANDIDATES])


def _one_of(entry: Entry, pool: Sequence[Candidate]) -> Candidate | None:
    """The only one, or the only one whose publisher or name is the line's."""
    if len(pool) == 1:
        return pool[0]
    if entry.publisher:
        near = [one for one in pool if same_publisher(entry.publisher, one.offer.publisher)]
        if len(near) == 1:
            return near[0]
        pool = near or pool
    named = [one for one in pool if entry.title and plain_title(entry.title) == plain_title(one.offer.name)]
    return named[0] if len(named) == 1 else None


def _by_title(entry: Entry, chosen: Candidate, candidates: tuple[Candidate, ...]) -> Match:
    offer = chosen.offer
    if entry.publisher and not same_publisher(entry.publisher, offer.publisher):
        said = f"The title is alike, but the catalogue knows it from {offer.publisher}."
        return Match(State.AMBIGUOUS, None, candidates, (Note(HoldingsCode.PUBLISHER_DIFFERS, said),))
    if entry.issns and offer.issns:
        said = f"The title is alike, but the catalogue knows it as {', '.join(sorted(offer.issns))}."
        return Match(State.AMBIGUOUS, None, candidates, (Note(HoldingsCode.TITLE_DIFFERS, said),))
    notes: tuple[Note, ...] = ()
    if not entry.publisher:
        notes = (Note(HoldingsCode.BY_TITLE_ALONE, "Found by its title alone: the line names no publisher."),)
    return Match(State.MATCHED, chosen, candidates, notes)


def _by_identifier(entry: Entry, chosen: Candidate, candidates: tuple[Candidate, ...]) -> Match:
    """A book of a series has a title of its own, so only that of a journal is compared."""
    offer = chosen.offer
    if not entry.title or chosen.score >= ODD_TITLE or offer.by_isbn:
        return Match(State.MATCHED, chosen, candidates)
    shared = ", ".join(number for number in entry.issns if number in offer.issns)
    said = f"ISSN {shared} belongs to “{offer.name}”, which is quite another title than the line names."
    return Match(State.AMBIGUOUS, None, candidates, (Note(HoldingsCode.TITLE_DIFFERS, said),))
