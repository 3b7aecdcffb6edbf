"""Two or three letters for each node of a matrix, so that sixty columns are told apart without a number."""

from collections import Counter
from collections.abc import Iterator, Sequence

# Of a name's words, those that tell it from others; “of” and “the” do not.
SHORTEST_WORD = 3


def short_names(names: Sequence[str]) -> list[str]:
    """In the order of ``names``, each once, whatever its case; a name that has no such letters left is called by its place, from 1.

    How the name begins where that is of one node alone, else its initials, else its first letters with a later one.
    """
    found: list[str] = [""] * len(names)
    taken: set[str] = set()
    ways = [list(_ways(name)) for name in names]
    for level in range(max((len(some) for some in ways), default=0)):
        left = {n: ways[n][level] for n, one in enumerate(found) if not one and level < len(ways[n])}
        often = Counter(one.casefold() for one in left.values())
        for n, one in left.items():
            key = one.casefold()
            # The later ways are of few: of two that share one the first has it.
            if key not in taken and (often[key] == 1 or level >= len(_FIRST)):
                found[n] = one
                taken.add(key)
    return [one or str(n) for n, one in enumerate(found, 1)]


def _begins(two: int):
    return lambda words: "".join(words)[:two].capitalize()


def _initials(words: list[str]) -> str:
    number = words[-1][-2:] if words[-1].isdigit() else ""
    letters = [word for word in words if not word.isdigit()]
    telling = [word for word in letters if len(word) >= SHORTEST_WORD] or letters
    return "".join(word[0] for word in telling)[: 3 - len(number)].upper() + number


# For all that are left at the same time, so that like names get like letters.
_FIRST = (_begins(2), _begins(3), _initials)


def _ways(name: str) -> Iterator[str]:
    if name.startswith("TCP:["):
        return
    words = ["".join(letter for letter in word if letter.isalnum()) for word in name.split()]
    words = [word for word in words if word]
    if not words or not words[0][0].isalpha():
        return
    for way in _FIRST:
        one = way(words)
        if len(one) > 1:
            yield one
    first, rest = words[0], "".join(words)[1:]
    for later in rest[2:]:
        yield (first[0] + rest[0] + later).capitalize()
    for n, one in enumerate(rest[1:], 1):
        for later in rest[n + 1 :]:
            yield (first[0] + one + later).capitalize()
