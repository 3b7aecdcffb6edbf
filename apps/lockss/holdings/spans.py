"""The years of a line out of all its cells; where they cannot be read whole, what they may mean, for a person to choose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from apps.lockss.holdings.dates import NOTHING, year_of
from apps.lockss.holdings.headers import folded
from apps.lockss.holdings.model import Entry, Field, HoldingsCode, Note, YearRange
from apps.lockss.holdings.years import (
    behind_wall,
    from_dates,
    from_statement,
    is_backwards,
    is_wall_read,
    ranges_text,
)

Ranges = tuple[YearRange, ...]
# In their order they are what a decision about years is remembered by.
CELLS = (Field.FIRST, Field.LAST, Field.COVERAGE, Field.YEAR, Field.EMBARGO)
LONGEST_TYPED, MOST_TYPED = 200, 20
MOST_READINGS = 6
_HELD = """yes y x ja j oui o si all complete complet komplett vollstandig completo completa todo todos tutto tutti
    alle alles full run years jahrgange annees anos anni volumes print online electronic"""
# A statement of nothing but these says that the title is held, not since when.
_ALL_WORDS = frozenset(_HELD.split())
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Span:
    """As Entry has them; ``ranges`` is empty where there are ``readings``."""

    ranges: Ranges
    readings: tuple[Ranges, ...]
    notes: tuple[Note, ...]
    asked: tuple[str, ...]


def span_of(cells: Mapping[Field, str], this_year: int) -> Span:
    told = tuple(cells.get(field, "") for field in CELLS)
    first, last, said, year, embargo = told
    dated, fine = from_dates(first, last)
    notes = [] if fine else [_unread(" – ".join(filter(None, (first, last))))]
    stated = from_statement(said) if not (dated and fine) else ()
    remarks: list[Note] = []
    if said and not dated and not stated and said.casefold() not in NOTHING:
        (remarks if _says_all(said) else notes).append(_unread(said))
    published = year_of(year)
    ranges = dated or stated or (((published, published),) if published is not None else ())
    if not ranges and published is None and year.casefold() not in NOTHING:
        notes.append(_unread(year))
    if is_backwards(ranges):
        notes.append(_backwards(ranges))
    left = behind_wall(ranges, embargo, this_year)
    if not is_wall_read(embargo):
        notes.append(_wall_unread(embargo))
    elif ranges and not left:
        notes.append(_wall_leaves_none(ranges, embargo))
    if not notes:
        return Span(left, (), tuple(remarks), told)
    offered = [each for each in (stated, *_offered(ranges, fine=fine)) if each or not ranges]
    readings = [behind_wall(each, embargo, this_year) or each for each in offered if not is_backwards(each)]
    return Span((), _each_once(readings), (*notes, *remarks), told)


def _offered(ranges: Ranges, *, fine: bool) -> Iterable[Ranges]:
    if is_backwards(ranges):
        yield tuple(
            (last, first) if is_backwards([(first, last)]) else (first, last) for first, last in ranges
        )
        if len(ranges) == 1:
            yield ((ranges[0][0], None),)
        return
    yield ranges
    if not fine and len(ranges) == 1 and None in ranges[0]:
        # The bound that was read, taken for the only year.
        (known,) = (year for year in ranges[0] if year is not None)
        yield ((known, known),)


def _each_once(readings: Iterable[Ranges]) -> tuple[Ranges, ...]:
    """All years come last, and are always among them."""
    found = [each for each in dict.fromkeys(readings) if each]
    return (*found[: MOST_READINGS - 1], ())


def asked_text(entry: Entry) -> str:
    """``1990 – abc; P1Y``: what the cells of years say, for people."""
    first, last, *rest = entry.asked or ("", "")
    dated = f"{first or '…'} – {last or '…'}" if first or last else ""
    return "; ".join(part for part in (dated, *rest) if part)


def years_typed(text: str) -> Ranges:
    """What a person wrote: ``1990-2005; 2008-``. Empty where it is no set of years."""
    found = from_statement(text[:LONGEST_TYPED])
    return () if is_backwards(found) or len(found) > MOST_TYPED else found


def _says_all(said: str) -> bool:
    words = set(folded(said).split())
    return bool(words) and words <= _ALL_WORDS


def _unread(said: str) -> Note:
    return Note(HoldingsCode.YEARS_UNREAD, f"The years could not be read whole from “{said[:_SHOWN]}”.")


def _backwards(ranges: Ranges) -> Note:
    said = ranges_text(each for each in ranges if is_backwards([each]))
    return Note(HoldingsCode.YEARS_BACKWARDS, f"The last year lies before the first: {said[:_SHOWN]}.")


def _wall_unread(embargo: str) -> Note:
    return Note(HoldingsCode.WALL_UNREAD, f"“{embargo[:_SHOWN]}” was not understood as an embargo.")


def _wall_leaves_none(ranges: Ranges, embargo: str) -> Note:
    said = f"The embargo “{embargo[:_SHOWN]}” leaves no year of {ranges_text(ranges)[:_SHOWN]}."
    return Note(HoldingsCode.WALL_LEAVES_NONE, said)
