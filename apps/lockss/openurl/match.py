"""How well a question fits what a list or an article's record says. Pure comparisons, no text is a pattern."""

import re
import unicodedata

from apps.lockss.kbart.labels import LONGEST_LABEL, ascend, has_letters, sort_key
from apps.lockss.kbart.spans import span_of

LONGEST_COMPARED = 1_000
_MEMBERS = re.compile(r"[,;]")
_NOT_A_WORD = re.compile(r"[^\w]+")
_ARTICLES = re.compile(r"(?:the|a|an|der|die|das|le|la|les|el|los|las|il) ")
_PAGE = re.compile(r"([A-Za-z]*)0*([0-9]+)([A-Za-z]?)")
_SLASHED = re.compile(r"([0-9]{1,6})\s*/\s*([0-9]{1,6})")


def folded(text: str) -> str:
    """Without case, accents, punctuation and doubled blanks, so that spellings of one name are alike."""
    plain = unicodedata.normalize("NFKD", text[:LONGEST_COMPARED]).casefold()
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _NOT_A_WORD.sub(" ", bare.replace("_", " ").replace("&", " and ")).strip()


def folded_title(text: str) -> str:
    """A title without its leading article."""
    plain = folded(text)
    return _ARTICLES.sub("", plain, count=1) if _ARTICLES.match(plain) else plain


def same_page(one: str, other: str) -> bool:
    """``0045`` is 45; letters count, their case does not."""
    return _page(one) == _page(other)


def _page(text: str) -> tuple[str, ...] | str:
    found = _PAGE.fullmatch(text.strip())
    return tuple(part.casefold() for part in found.groups()) if found else text.strip().casefold()


def dates_agree(one: str, other: str) -> bool:
    """Equal as far as both are known: 2009 and 2009-05-10, but not 2009-05 and 2009-06.

    A quarter or season is of its year; which months it has is the publisher's to say.
    """
    first, second = one.split("-"), other.split("-")
    seasonal = any(part[:1] in "QS" for part in [*first[1:2], *second[1:2]])
    compared = 1 if seasonal and first[1:2] != second[1:2] else 3
    return all(a == b for a, b in zip(first[:compared], second[:compared], strict=False))


def within(asked: str, listed: str) -> bool:
    """Whether a label is one of those a list tells: 3 in ``1-5``, ``3/4`` in ``1-6``, ``Suppl`` in ``Suppl``."""
    if not asked or not listed or len(asked) > LONGEST_LABEL:
        return False
    if asked.casefold() == listed.casefold():
        return True
    wanted = span_of(_SLASHED.sub(r"\1-\2", asked))
    if wanted is None or "," in asked or ";" in asked:
        return False
    members = [
        span
        for part in _MEMBERS.split(listed)
        if (span := span_of(_SLASHED.sub(r"\1-\2", part.strip()))) is not None
    ]
    return any(
        _holds(span.start, wanted.start, span.end) and _holds(span.start, wanted.end, span.end)
        for span in members
    )


def _holds(low: str, label: str, high: str) -> bool:
    letters = has_letters((low, label, high))
    if low == high:
        return sort_key(low, letters=letters) == sort_key(label, letters=letters)
    return ascend(low, label) and ascend(label, high)


def author_fits(last: str, first: str, initials: str, written: str) -> bool:
    """Whether a name as records write it (``Doe, Jane`` or ``Jane Doe``) is this person's.

    Given names count as far as both sides have them: J fits Jane, K does not.
    """
    wanted = folded(last)
    if not wanted:
        return False
    family, comma, given = written.partition(",")
    if comma:
        if folded(family) != wanted:
            return False
        rest = folded(given)
    else:
        whole = folded(written)
        if whole != wanted and not whole.endswith(f" {wanted}"):
            return False
        rest = whole[: -len(wanted)].strip()
    asked = folded(first) or " ".join(folded(initials))
    return not asked or not rest or _given_fit(asked.split(), rest.split())


def _given_fit(asked: list[str], known: list[str]) -> bool:
    if len(known) == 1 and len(asked) > 1 and all(len(one) == 1 for one in asked):
        # "JM" of a record that writes its initials together.
        known = list(known[0]) if len(known[0]) == len(asked) else known
    return all(a.startswith(b) or b.startswith(a) for a, b in zip(asked, known, strict=False))


def name_fits(asked: str, written: str) -> bool:
    """A whole name: equal, or the family name alone, or with given names or initials in either order."""
    if folded(asked) == folded(written):
        return True
    family, comma, given = asked.partition(",")
    if comma:
        return author_fits(family, given, "", written)
    words = folded(asked).split()
    if len(words) == 1:
        return author_fits(asked, "", "", written)
    return bool(words) and author_fits(words[-1], " ".join(words[:-1]), "", written)
