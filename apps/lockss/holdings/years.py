"""Years out of dates, coverage statements and moving walls; and years of a list against those of the catalogue."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.lockss.holdings.dates import YEAR, is_whole, year_of
from apps.lockss.holdings.headers import folded
from apps.lockss.holdings.model import YearRange

EARLIEST, AHEAD = 1600, 10
_PART = re.compile(r"[;,|\n]|\band\b|\bund\b|\bet\b")
_DAY = re.compile(r"(1[6-9][0-9]{2}|2[01][0-9]{2})-[0-9]{2}(?:-[0-9]{2})?(?![0-9])")
_OPEN = re.compile(r"[-–—]\s*(?:\(\s*\)\s*)?[.)]?\s*$")
# An end is named and is no year: 1990-abc.
_LOST_END = re.compile(r"[12][0-9]{3}\s*[-–—]\s*[^\W\d]")
_SHUT = re.compile(r"^\s*[-–—]\s*[(]?\s*(?:1[6-9]|2[01])[0-9]{2}")
NOW_WORDS = frozenset(
    [
        "present",
        "current",
        "today",
        "now",
        "ongoing",
        "heute",
        "laufend",
        "aktuell",
        "present",
        "actuel",
        "aujourd",
        "presente",
        "actual",
        "actualidad",
        "oggi",
        "attuale",
        "corrente",
        "lfd",
    ]
)
_TO_DATE = re.compile(r"(?:to|till|until) date|la fecha")
# What may stand beside a word for today in a cell that says no more.
_BESIDE_NOW = frozenset(
    [
        "to",
        "the",
        "up",
        "till",
        "until",
        "still",
        "bis",
        "jusqu",
        "jusque",
        "a",
        "hui",
        "hasta",
        "el",
        "fino",
        "ad",
    ]
)
_NO = frozenset(["no", "not", "nicht", "kein", "keine", "non", "pas"])
FROM_WORDS = frozenset(["from", "since", "ab", "seit", "depuis", "desde", "dal", "dall", "da"])
UNTIL_WORDS = frozenset(["until", "till", "to", "bis", "jusqu", "jusque", "hasta", "fino", "through"])
_WALL = re.compile(r"([RP])([0-9]{1,4})([DMY])")
_WORDY_WALL = re.compile(
    r"([0-9]{1,4}) ?(?:(years?|y|jahre?n?|ans?|annees?|anos?|anni|anno)|(months?|m|monaten?|mois|meses|mes|mesi|mese)"
    r"|(days?|d|tagen?|jours?|dias?|giorni))(?: embargo| delay| moving wall)?"
)
_NO_WALL = frozenset(
    [
        "",
        "0",
        "no",
        "none",
        "nein",
        "non",
        "kein",
        "keine",
        "aucun",
        "aucune",
        "ninguno",
        "nessuno",
        "nessuna",
        "n a",
        "null",
    ]
)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Year by year: of the list's years, which the catalogue has and which it lacks. Both ascend."""

    held: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()


def from_dates(first: str, last: str) -> tuple[tuple[YearRange, ...], bool]:
    """Ranges, and whether both cells were read whole. An empty last date: to the present (kbart §7)."""
    start, end = year_of(first), year_of(last)
    until_now = end is None and (_is_now(last) or "9999" in last[:100])
    fine = is_whole(first) and (until_now or is_whole(last))
    if start is None and end is None:
        return (), fine
    return ((start, end),), fine


def _is_now(cell: str) -> bool:
    """A word for today and no more: what does not last till now (*not current*) ends somewhere."""
    plain = folded(cell)
    words = set(plain.split())
    return bool(words & NOW_WORDS and words <= NOW_WORDS | _BESIDE_NOW) or bool(_TO_DATE.fullmatch(plain))


def from_statement(text: str) -> tuple[YearRange, ...]:
    """``1997-2001; 2004-``, ``v.1 (1997) - v.5 (2001)``, ``ab 1997``."""
    # Months and days behind a year would look like what follows it.
    plain = _DAY.sub(r"\1", text[:2000])
    return tuple(found for part in _PART.split(plain) if (found := _range_of(part)) is not None)


def _range_of(part: str) -> YearRange | None:
    years = [int(year) for year in YEAR.findall(part)]
    if not years:
        return None
    if years[0] > years[-1]:
        return (years[0], years[-1])
    first, last = min(years), max(years)
    words = folded(part).split()
    lasts = bool(NOW_WORDS & set(words)) or _TO_DATE.search(" ".join(words)) is not None
    if _OPEN.search(part) or (lasts and last - first <= 1 and not _NO & set(words)):
        return (first, None)
    if len(years) > 1:
        return (first, last)
    if _LOST_END.search(part) or _end_unread(words, str(first)):
        return None
    if UNTIL_WORDS & set(words) or _SHUT.search(part):
        return (None, last)
    return (first, None) if FROM_WORDS & set(words) else (first, last)


def _end_unread(words: Sequence[str], year: str) -> bool:
    """*1990 until further notice*, *from 1990 to abc*: an end is named, and no year of it."""
    place = next((at for at, word in enumerate(words) if year in word), 0)
    return bool(UNTIL_WORDS & set(words[place:])) or bool(
        UNTIL_WORDS & set(words) and FROM_WORDS & set(words)
    )


def behind_wall(ranges: Sequence[YearRange], embargo: str, this_year: int) -> tuple[YearRange, ...]:
    """``P1Y``: nothing of the last year; ``R10Y``: nothing older than ten. Parts of a year count as whole ones."""
    low, high = None, None
    for kind, number, unit in _walls(embargo):
        per_year = {"D": 365, "M": 12, "Y": 1}[unit]
        if kind == "P":
            high = this_year - -(-int(number) // per_year)
        else:
            low = this_year - -(-int(number) // per_year)
    if low is None and high is None:
        return tuple(ranges)
    return overlap(ranges or ((None, None),), (low, high))


def _walls(embargo: str) -> list[tuple[str, str, str]]:
    wordy = _WORDY_WALL.fullmatch(folded(embargo[:60]))
    if wordy is None:
        return _WALL.findall(embargo[:100].upper())
    return [("P", wordy[1], "Y" if wordy[2] else "M" if wordy[3] else "D")]


def is_wall_read(embargo: str) -> bool:
    """Whether all of the cell was understood; what says that there is none was."""
    plain = folded(embargo)
    if plain in _NO_WALL or _WORDY_WALL.fullmatch(plain):
        return True
    return bool(_WALL.search(embargo.upper())) and not _WALL.sub("", embargo.upper()).strip(" ;,")


def overlap(ranges: Iterable[YearRange], window: YearRange) -> tuple[YearRange, ...]:
    found = []
    for first, last in ranges:
        low = max((year for year in (first, window[0]) if year is not None), default=None)
        high = min((year for year in (last, window[1]) if year is not None), default=None)
        if low is None or high is None or low <= high:
            found.append((low, high))
    return tuple(found)


def is_backwards(ranges: Iterable[YearRange]) -> bool:
    return any(first is not None and last is not None and last < first for first, last in ranges)


def holds(ranges: Sequence[YearRange], first: int | None, last: int | None) -> bool:
    """Whether an AU of these years lies in a range; without ranges everything does, without years it does not."""
    if not ranges:
        return True
    if first is None:
        return False
    until = last or first
    return any((low is None or until >= low) and (high is None or first <= high) for low, high in ranges)


def compare(ranges: Sequence[YearRange], listed: Iterable[int], this_year: int) -> Coverage:
    """An open end reaches to last year: what appears this year comes to the lists later."""
    known = set(listed)
    wanted: set[int] = set()
    for low, high in ranges:
        start = low if low is not None else min(known, default=None)
        end = high if high is not None else max([this_year - 1, *known])
        if start is not None:
            wanted.update(range(max(EARLIEST, start), min(end, this_year + AHEAD) + 1))
    return Coverage(tuple(sorted(wanted & known)), tuple(sorted(wanted - known)))


def years_text(years: Sequence[int]) -> str:
    """``1997–2001, 2004``"""
    spans: list[list[int]] = []
    for year in years:
        if spans and year == spans[-1][1] + 1:
            spans[-1][1] = year
        else:
            spans.append([year, year])
    return ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in spans)


def ranges_text(ranges: Iterable[YearRange]) -> str:
    """``1997–2001, 2004–``"""
    return ", ".join(
        str(low) if low == high and low is not None else f"{low or ''}–{high or ''}" for low, high in ranges
    )
