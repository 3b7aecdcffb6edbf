"""Years, volumes and issues as lists write them: ranges, labels and their order (tdb §3.6, kbart §4.2–4.4).

A label is a number, a roman number or a text with numbers in it. When in doubt a text is one label.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_MEMBERS = re.compile(r"\s*[,;]\s*")
_HYPHEN = re.compile(r"\s*-\s*")
_PARTS = re.compile(r"[0-9]+|[^0-9]+")
_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
# Longer ones are no volumes but accidents; they are kept as they are and never counted with.
LONGEST_LABEL = 60
LONGEST_NUMBER = 12
EARLIEST_YEAR = 1600
YEARS_AHEAD = 10


@dataclass(frozen=True, slots=True)
class Span:
    """From the start of the first member to the end of the last one; both labels as written."""

    start: str
    end: str


def span_of(text: str) -> Span | None:
    """``1-3, 7`` is 1 to 7; None for an empty text."""
    members = [member for member in _MEMBERS.split(text.strip()) if member]
    if not members:
        return None
    return Span(_ends(members[0])[0], _ends(members[-1])[1])


def years_of(text: str, this_year: int) -> tuple[int, int] | None:
    """First and last year, both in 1600 … ``this_year`` + 10 and in order; else None (ruling 20)."""
    span = span_of(text)
    if span is None or not (_is_year(span.start) and _is_year(span.end)):
        return None
    first, last = int(span.start), int(span.end)
    return (first, last) if EARLIEST_YEAR <= first <= last <= this_year + YEARS_AHEAD else None


def _is_year(label: str) -> bool:
    return len(label) == 4 and label.isascii() and label.isdigit()


def _ends(member: str) -> tuple[str, str]:
    whole = (member, member)
    hyphens = list(_HYPHEN.finditer(member))
    # With several hyphens the one in the middle divides: s1-2-s1-5.
    if len(hyphens) % 2 == 0 or len(member) > LONGEST_LABEL:
        return whole
    middle = hyphens[len(hyphens) // 2]
    low, high = member[: middle.start()], member[middle.end() :]
    if not low or not high:
        return whole
    low_key, high_key = _pair_keys(low, high)
    ascending = is_alike(low, high) and low_key <= high_key
    return (low, high) if ascending else whole


def number_of(label: str) -> int | None:
    """The value of an arabic or roman number, else None."""
    if label.isascii() and label.isdigit():
        return int(label) if len(label) <= LONGEST_NUMBER else None
    if not label or len(label) > LONGEST_LABEL or not (label.isupper() or label.islower()):
        return None
    roman = label.upper()
    if not _ROMAN.fullmatch(roman):
        return None
    digits = [_ROMAN_DIGITS[sign] for sign in roman]
    return sum(-d if d < nxt else d for d, nxt in zip(digits, [*digits[1:], 0], strict=True))


def _parts(label: str) -> list[str]:
    return _PARTS.findall(label)


def _texts(label: str) -> list[str]:
    """A label without its numbers: what two labels of one series share."""
    return ["" if part[0] in "0123456789" else part for part in _parts(label)]


def _letters(one: str, other: str) -> bool:
    """A and C, or a and c."""
    pair = one + other
    return (
        len(one) == len(other) == 1 and pair.isascii() and pair.isalpha() and one.isupper() == other.isupper()
    )


def is_alike(one: str, other: str) -> bool:
    """Both are numbers, or single letters, or differ only in the numbers they contain."""
    if number_of(one) is not None and number_of(other) is not None:
        return True
    return _letters(one, other) or _texts(one) == _texts(other)


# Parts of a key never compare across kinds: numbers come before texts.
Key = tuple[tuple[int, int, str], ...]


def sort_key(label: str, *, roman: bool = True) -> Key:
    """Numbers by value, texts without regard to case."""
    number = number_of(label) if roman or label.isdigit() else None
    if number is not None:
        return ((0, number, ""),)
    return tuple(
        (0, int(part), "")
        if part[0] in "0123456789" and len(part) <= LONGEST_NUMBER
        else (1, 0, part.casefold())
        for part in _parts(label)
    )


def all_numbers(labels: Iterable[str]) -> bool:
    """Whether ``C`` among these may be read as a hundred: only where all are arabic or roman."""
    return all(number_of(label) is not None for label in labels)


def goes_back(before: str, after: str) -> bool:
    """``after`` is lower, as far as the two can be compared at all."""
    before_key, after_key = _pair_keys(before, after)
    return is_alike(before, after) and after_key < before_key


def _pair_keys(one: str, other: str) -> tuple[Key, Key]:
    """Single letters are compared as letters: of A, B, C the last is no hundred."""
    roman = not _letters(one, other) and all_numbers((one, other))
    return sort_key(one, roman=roman), sort_key(other, roman=roman)


def missing_between(end: str, start: str) -> tuple[str, str] | None:
    """First and last label that lie between two of one series, in their form; None if none, or if nobody can say."""
    low, high = number_of(end), number_of(start)
    if low is not None and high is not None:
        return (str(low + 1), str(high - 1)) if high - low > 1 else None
    counted = _last_numbers(end, start)
    if counted is None or counted[1] - counted[0] < 2:
        return None
    parts = _parts(end)
    at = _last_number_at(parts)
    return tuple(  # type: ignore[return-value]  # two numbers give two labels
        "".join([*parts[:at], str(number), *parts[at + 1 :]]) for number in (counted[0] + 1, counted[1] - 1)
    )


def count_between(end: str, start: str) -> int:
    """How many labels lie between; 0 where none is known to."""
    low, high = number_of(end), number_of(start)
    if low is None or high is None:
        counted = _last_numbers(end, start)
        if counted is None:
            return 0
        low, high = counted
    return max(0, high - low - 1)


def follows(end: str, start: str) -> bool:
    """``start`` is the next label after ``end``: 4 after 3, B after A, S.5 after S.4."""
    low, high = number_of(end), number_of(start)
    if low is not None and high is not None and high == low + 1:
        return True
    counted = _last_numbers(end, start)
    if counted is not None:
        return counted[1] == counted[0] + 1
    return (
        len(end) == len(start) > 0
        and end[:-1] == start[:-1]
        and _letters(end[-1], start[-1])
        and ord(start[-1]) == ord(end[-1]) + 1
    )


def _last_numbers(one: str, other: str) -> tuple[int, int] | None:
    """The last number of each of two labels that are equal otherwise."""
    left, right = _parts(one), _parts(other)
    at = _last_number_at(left)
    if at < 0 or len(left) != len(right) or _last_number_at(right) != at:
        return None
    if any(a != b for place, (a, b) in enumerate(zip(left, right, strict=True)) if place != at):
        return None
    if max(len(left[at]), len(right[at])) > LONGEST_NUMBER:
        return None
    return int(left[at]), int(right[at])


def _last_number_at(parts: list[str]) -> int:
    return max((place for place, part in enumerate(parts) if part[0] in "0123456789"), default=-1)
