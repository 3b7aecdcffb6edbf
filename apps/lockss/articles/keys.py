"""What an article is looked up by beside its DOI: a number of what it is in, with one thing that tells it there.

A key is ``1234-5679p45`` (page), ``…idoe`` (article number), ``…adoe`` (an author's family name), ``…ton the sea`` (the
first three words of its title) or ``…won`` (the first). Whether an article really fits is ``openurl.choose``'s to say.
"""

from collections.abc import Iterable, Iterator

from apps.lockss.articles.record import Article
from apps.lockss.openurl import OpenUrl
from apps.lockss.openurl.match import folded

MOST_NAMES = 5
WORDS = 3
LONGEST = 80


def article_keys(article: Article) -> tuple[str, ...]:
    """All that a question may name it by; at most 54."""
    numbers = [*article.issns, *article.isbns]
    signs = [
        *_page(article.start_page),
        *_item(article.item_number),
        *_families(article.authors[:MOST_NAMES]),
        *_words(article.title),
    ]
    return tuple(dict.fromkeys(f"{number}{sign}" for number in numbers for sign in signs))


def question_keys(query: OpenUrl, numbers: Iterable[str]) -> tuple[str, ...]:
    """Those of which an article that is asked for has at least one; none where no article is asked for."""
    names = (query.last_name,) if query.last_name else query.authors[:MOST_NAMES]
    words = list(_words(query.article_title))
    signs = [
        *_page(query.start_page),
        *_item(query.item_number),
        *_families(names),
        # Of three words all three: the first alone may be any title's.
        *words[:1],
    ]
    return tuple(dict.fromkeys(f"{number}{sign}" for number in numbers for sign in signs))


def _page(text: str) -> Iterator[str]:
    if text.strip():
        yield f"p{text.strip().casefold().lstrip('0')}"[:LONGEST]


def _item(text: str) -> Iterator[str]:
    if text.strip():
        yield f"i{text.strip().casefold()}"[:LONGEST]


def _families(names: Iterable[str]) -> Iterator[str]:
    """The last word of the family name: ``Doe, Jane`` and ``Jane Doe``."""
    for name in names:
        words = folded(name.partition(",")[0] if "," in name else name).split()
        if words:
            yield f"a{words[-1]}"[:LONGEST]


def _words(title: str) -> Iterator[str]:
    """The longest first."""
    words = folded(title).split()
    if len(words) >= WORDS:
        yield f"t{' '.join(words[:WORDS])}"[:LONGEST]
    if words:
        yield f"w{words[0]}"[:LONGEST]
