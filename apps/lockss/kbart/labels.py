"""Labels of volumes and issues: their order, and what follows what (kbart §4.2–4.4).

A label is a number, a roman number, a letter, or a text with numbers in it. What cannot be compared is neither before
nor after.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

_PARTS = re.compile(r"[0-9]+|[A-Za-z]+|[^0-9A-Za-z]+")
_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ENDS_IN_NUMBER = re.compile(r"(.*?)([0-9]+)", re.DOTALL)
_ROMAN_STEPS = tuple(
    (sign, base * times)
    for base, signs in ((1000, "M--"), (100, "CDM"), (10, "XLC"), (1, "IVX"))
    for sign, times in ((signs[0] + signs[2], 9), (signs[1], 5), (signs[0] + signs[1], 4), (signs[0], 1))
    if "-" not in sign
)
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
# Longer ones are no volumes but accidents; they are kept as they are and never counted with.
LONGEST_LABEL = 60
LONGEST_NUMBER = 12
# Parts of a key never compare across kinds: numbers come before texts.
Key = tuple[tuple[int, int, str], ...]


@lru_cache(maxsize=4096)
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
    return sum(-d if d < after else d for d, after in zip(digits, [*digits[1:], 0], strict=True))


@lru_cache(maxsize=4096)
def _parts(label: str) -> tuple[int | str, ...]:
    """Numbers and the texts between them; behind a sign roman ones are numbers, too: s1-IV."""
    if len(label) > LONGEST_LABEL:
        return (label,)
    parts: list[int | str] = []
    behind_sign = False
    for part in _PARTS.findall(label):
        is_roman = behind_sign and part.isalpha() and (len(part) > 1 or part in "IVXivx")
        number = number_of(part) if is_roman or part.isdigit() else None
        parts.append(part if number is None else number)
        behind_sign = not part.isalnum()
    return tuple(parts)


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
    return _letters(one, other) or texts_of(one) == texts_of(other)


def texts_of(label: str) -> list[str]:
    """A label without its numbers: what labels that can be compared have alike."""
    return ["" if isinstance(part, int) else part for part in _parts(label)]


def sort_key(label: str, *, letters: bool = False) -> Key:
    """Numbers by value, texts without regard to case. ``letters``: a single letter is no roman number."""
    number = None if letters and len(label) == 1 and label.isalpha() else number_of(label)
    if number is not None:
        return ((0, number, ""),)
    return tuple(
        (0, part, "") if isinstance(part, int) else (1, 0, part.casefold()) for part in _parts(label)
    )


def has_letters(labels: Iterable[str]) -> bool:
    """Whether some count A, B, C: then the C among them is no hundred."""
    return any(len(label) == 1 and label.isalpha() and number_of(label) is None for label in labels)


def ascend(low: str, high: str) -> bool:
    """They are equal or ``high`` is higher, as far as they can be compared at all."""
    low_key, high_key = _pair_keys(low, high)
    return is_alike(low, high) and low_key <= high_key


def goes_back(before: str, after: str) -> bool:
    """``after`` is lower, as far as they can be compared at all."""
    before_key, after_key = _pair_keys(before, after)
    return is_alike(before, after) and after_key < before_key


def _pair_keys(one: str, other: str) -> tuple[Key, Key]:
    letters = _letters(one, other)
    return sort_key(one, letters=letters), sort_key(other, letters=letters)


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


def missing_between(end: str, start: str) -> tuple[str, str] | None:
    """First and last label that lie between two of one series, written as these are (ruling 20).

    None if none does, or if nobody can say how it would be written: only a number at the end is counted up, and a label
    that is one as a whole.
    """
    counted = _counted_up(end, start)
    if counted is None or counted.last <= counted.first + 1:
        return None
    return counted.written(counted.first + 1), counted.written(counted.last - 1)


def count_between(end: str, start: str) -> int:
    """How many labels lie between; 0 where none is known to."""
    counted = _counted_up(end, start)
    return 0 if counted is None else max(0, counted.last - counted.first - 1)


@dataclass(frozen=True, slots=True)
class _Counted:
    """Two numbers of one series, and how those between are written."""

    first: int
    last: int
    written: Callable[[int], str]


def _counted_up(one: str, other: str) -> _Counted | None:
    low, high = number_of(one), number_of(other)
    if low is not None and high is not None and not one.isdigit():
        if other.isdigit():
            # They changed to arabic numbers, and nobody knows where.
            return _Counted(low, high, str)
        if one.isupper() == other.isupper():
            return _Counted(low, high, roman if one.isupper() else lambda number: roman(number).lower())
        return None
    if max(len(one), len(other)) > LONGEST_LABEL:
        return None
    left, right = _ENDS_IN_NUMBER.fullmatch(one), _ENDS_IN_NUMBER.fullmatch(other)
    if left is None or right is None or left[1] != right[1]:
        return None
    first, last = left[2], right[2]
    if max(len(first), len(last)) > LONGEST_NUMBER:
        return None
    is_padded = first.startswith("0") and len(first) > 1
    if (is_padded or (last.startswith("0") and len(last) > 1)) and len(first) != len(last):
        return None
    before, width = left[1], len(first) if is_padded else 1
    return _Counted(int(first), int(last), lambda number: f"{before}{number:0{width}d}")


def roman(number: int) -> str:
    """As roman numbers are written, in capitals; ``number`` from 1 to 3,999."""
    out = ""
    for sign, value in _ROMAN_STEPS:
        times, number = divmod(number, value)
        out += sign * times
    return out


def _last_numbers(one: str, other: str) -> tuple[int, int] | None:
    """The last number of each of two labels that are equal otherwise."""
    left, right = _parts(one), _parts(other)
    at = _last_number_at(left)
    if at < 0 or len(left) != len(right):
        return None
    low, high = left[at], right[at]
    if left[:at] != right[:at] or left[at + 1 :] != right[at + 1 :]:
        return None
    return (low, high) if isinstance(low, int) and isinstance(high, int) else None


def _last_number_at(parts: tuple[int | str, ...]) -> int:
    return max((place for place, part in enumerate(parts) if isinstance(part, int)), default=-1)
