"""The bytes that are measured with: prose that shrinks as web pages do, and noise that does not shrink."""

import random
from functools import cache

_WORDS = 8_000
_NOISE = 8 << 20


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    """Words of 2 to 12 letters, each as frequent as its rank says (Zipf)."""
    dice = random.Random(1)
    letters = "etaoinshrdlucmfwypvbgk"
    words = ["".join(dice.choices(letters, k=dice.randint(2, 12))) for _ in range(_WORDS)]
    weights = [1 / (rank + 2) for rank in range(_WORDS)]
    total, cumulated = 0.0, []
    for weight in weights:
        total += weight
        cumulated.append(total)
    return words, cumulated


def prose(number: int, size: int) -> str:
    """Text ``number``: ``size`` ASCII characters, the same at every call."""
    words, cumulated = _vocabulary()
    dice = random.Random(number)
    text = ""
    while len(text) < size:
        text += " ".join(dice.choices(words, cum_weights=cumulated, k=size // 6 + 2)) + "\n"
    return text[:size]


@cache
def _noise() -> bytes:
    return random.Random(2).randbytes(_NOISE)


def noise(number: int, size: int) -> bytes:
    """Binary ``number``: at most 8 MB of random bytes, others at another number."""
    mark = b"%020d" % number
    start = number * 4_099 % (_NOISE - size + 1)
    return mark[:size] + _noise()[start : start + size - len(mark)]
