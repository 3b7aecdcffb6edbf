"""Titles and publishers by number and by name, as an OpenURL asks for them. Nothing in a value is a pattern."""

import re
from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.db.models.functions import Length

from apps.common.search import fold, matching
from apps.lockss.openurl import By, LookUp
from apps.lockss.openurl.match import folded_title
from apps.titles.choices import TitleKind
from apps.titles.models import Publisher, Title

MOST_TITLES = 50
# Titles with the words of a question, of which those count that have them together.
MOST_LIKE = 200
_NOT_A_WORD = re.compile(r"[\W_]+")
_LONG = 3
_ARTICLE = re.compile(r"(?:the|a|an|der|die|das|le|la|les|el|los|las|il) ")


def _known() -> QuerySet[Title]:
    return Title.objects.filter(is_known=True).select_related("publisher")


def titles_of(step: LookUp) -> list[Title]:
    values = list(step.values)
    if step.by is By.ISSN:
        which = Q(issn__in=values) | Q(eissn__in=values) | Q(issn_l__in=values)
    else:
        whole = fold(values[0])
        which = Q(name_key__in={whole, _ARTICLE.sub("", whole, count=1) if _ARTICLE.match(whole) else whole})
    found = _known().filter(which, *_kinds(step.books)).order_by("name_key", "pk")
    return list(found[:MOST_TITLES])


def titles_like(step: LookUp) -> list[Title]:
    """Those that have the words together; nearest first."""
    words = [word for word in _NOT_A_WORD.split(fold(step.values[0])) if word]
    # "&" of a list is "and" of a question, and what follows an apostrophe is no word.
    words = [word for word in words if len(word) >= _LONG and word != "and"] or words
    wanted = f" {folded_title(step.values[0])} "
    if not words or not wanted.strip():
        return []
    found = _known().filter(matching(" ".join(words)), *_kinds(step.books))
    near = found.order_by(Length("name_key"), "name_key", "pk")[:MOST_LIKE]
    return [title for title in near if wanted in f" {folded_title(title.name)} "][:MOST_TITLES]


def _kinds(books: bool | None) -> list[Q]:
    if books is None:
        return []
    return [~Q(kind=TitleKind.JOURNAL)] if books else [~Q(kind=TitleKind.BOOK)]


def publishers_named(name: str) -> Sequence[Publisher]:
    words = " ".join(word for word in _NOT_A_WORD.split(fold(name)) if word)
    if not words:
        return []
    found = Publisher.objects.filter(Q(name_key=fold(name)) | matching(words))
    return list(found.order_by(Length("name_key"), "pk")[:MOST_TITLES])


def titles_numbered(isbns: Sequence[str]) -> list[Title]:
    return list(_known().filter(isbn_keys__overlap=list(isbns)).order_by("name_key", "pk")[:MOST_TITLES])
