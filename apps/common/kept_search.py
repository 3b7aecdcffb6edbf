"""Searching kept sentences by the words that a reader sees: rows keep English, pages say it in the reader's language.

A word is looked for in the own words of all templates in that language; what fits is asked of the database by the
English piece without which a row is no such sentence.
"""

from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.db.models import Q
from django.utils.translation import get_language, gettext, ngettext, override

from apps.common.few import any_of
from apps.common.search import fold
from apps.common.stored import PLACE, longest_part, remembered

# Shorter words, such as articles, stand in every sentence; shorter pieces in too many rows.
SHORTEST_WORD, SHORTEST_PIECE = 3, 6
# A word that is in more templates tells nothing apart.
MOST_PIECES = 60


def seen(word: str, field: str) -> Q:
    """Rows whose ``field`` keeps a sentence that says ``word`` in the reader's language; none for readers of English,
    who find it as it stands."""
    pieces = english_pieces(word, get_language() or settings.LANGUAGE_CODE)
    return any_of(Q(**{f"{field}__contains": piece}) for piece in pieces)


@lru_cache(maxsize=512)
def english_pieces(word: str, language: str) -> tuple[str, ...]:
    wanted = fold(word)
    if language == settings.LANGUAGE_CODE or len(wanted) < SHORTEST_WORD:
        return ()
    found = {
        piece
        for form, said in _told(language)
        if wanted in said and len(piece := longest_part(form)) >= SHORTEST_PIECE
    }
    return tuple(sorted(found)) if len(found) <= MOST_PIECES else ()


@lru_cache(maxsize=8)
def _told(language: str) -> tuple[tuple[str, str], ...]:
    """Every English form, and what stands for it in a language, without its values."""
    with override(language):
        return tuple(
            (form, own_words(text)) for one, many in sorted(remembered()) for form, text in _forms(one, many)
        )


def _forms(one: str, many: str) -> Iterable[tuple[str, str]]:
    if not many:
        return [(one, gettext(one))]
    return [(one, ngettext(one, many, 1)), (many, ngettext(one, many, 2))]


def own_words(template: str) -> str:
    return fold(PLACE.sub(" ", template))
