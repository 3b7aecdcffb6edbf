"""Names as they are searched: folded, and cut into trigrams for a built-in array index (performance §3).

The database needs no extension for it: ``fold`` stands in for unaccent, an array of ``trigrams`` for pg_trgm.
A word of three letters or more is found anywhere in a name, a shorter one at the beginning of a word.
"""

import unicodedata

from django.db.models import Q

from apps.common.text import storable

SIZE = 3
MOST_WORDS = 8
# Letters that decompose into nothing, and signs that people type in their plain form.
_PLAIN = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ı": "i",
        "ħ": "h",
        "ŧ": "t",
        **dict.fromkeys("‘’‚ʼʻ´`", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
    }
)


def fold(text: str) -> str:
    """``text`` without marks, in lower case, with single blanks; folding twice changes nothing."""
    while True:
        folded = _fold_once(text)
        # Case folding can give letters that decompose again; a few odd ones take a second turn.
        if folded == text:
            return folded
        text = folded


def _fold_once(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Mn")
        text = text.casefold().translate(_PLAIN)
    else:
        text = text.lower().replace("`", "'")
    return " ".join(text.split())


def trigrams(text: str) -> list[str]:
    """What the index holds of a name: every three letters of each folded word, its beginning marked by blanks."""
    return sorted({gram for word in fold(text).split() for gram in _windows(f"  {word} ")})


def _windows(text: str) -> list[str]:
    return [text[i : i + SIZE] for i in range(len(text) - SIZE + 1)]


def words_of(text: str) -> list[str]:
    """The folded words of a search, no more than ``MOST_WORDS``. What no name can hold finds none, and fails nowhere."""
    return fold(storable(text)).split()[:MOST_WORDS]


def matching(text: str, *, key: str = "name_key", grams: str = "trigrams") -> Q:
    """Rows whose name holds every word: found by the index, confirmed by the name itself."""
    wanted: set[str] = set()
    for word in words_of(text):
        wanted.update(_windows(word if len(word) >= SIZE else f"  {word}"))
    return Q(**{f"{grams}__contains": sorted(wanted)}) & holding(text, key=key) if wanted else Q()


def holding(text: str, *, key: str = "name_key") -> Q:
    """The same, to be asked of one row after the other."""
    held = Q()
    for word in words_of(text):
        if len(word) >= SIZE:
            held &= Q(**{f"{key}__contains": word})
        else:
            held &= Q(**{f"{key}__startswith": word}) | Q(**{f"{key}__contains": f" {word}"})
    return held
