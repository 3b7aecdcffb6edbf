"""The filters of the titles list as one line of text: how a search becomes a title set, and is read again."""

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext

from apps.aus import lists
from apps.common.errors import BadQuery
from apps.common.lists.query import OWN, Query, parse
from apps.titles.models import ListedAu, Title, TitleSet


def titles_listed() -> QuerySet[Title]:
    """What the list of titles is about."""
    return Title.objects.filter(is_known=True)


def titles_shown() -> QuerySet[Title]:
    """The same with no more of each than a line of the list says: what a name is searched by is ten times as long."""
    shown = ("name", "name_key", "kind", "issn", "eissn", "issn_l", "au_count", "publisher__name")
    return titles_listed().select_related("publisher").only(*shown)


def units_shown() -> QuerySet[ListedAu]:
    shown = ("slug", "name", "name_key", "year", "first_year", "volume", "status", "title__name")
    return ListedAu.objects.select_related("title").only(*shown)


def titles_of_query(text: str) -> QuerySet[Title]:
    """BadQuery names what is not known in ``text``. The set it may be narrowed to is kept beside it."""
    return lists.TITLES.filtered(titles_listed(), parse(QueryDict(text), lists.TITLES))


def split_query(text: str) -> tuple[str, TitleSet | None]:
    """The filters without the set among them, and that set; BadQuery for what the titles list does not know."""
    query = parse(QueryDict(text.strip().removeprefix("/titles/").removeprefix("?")), lists.TITLES)
    given = {name: value for name, value in query.given.items() if name not in OWN and name in query.filters}
    number = given.pop(lists.SET.key, None)
    if not given and number is None:
        raise BadQuery(gettext("The search names no condition; a set of everything is none."))
    within = TitleSet.objects.get(pk=int(number)) if number is not None else None
    return filter_text(given), within


def filter_text(given: dict[str, str]) -> str:
    return Query(given=given).address().removeprefix("?")


def in_words(text: str) -> str:
    """``Title, ISSN, ISBN or publisher: estuar · Years: 2010-``"""
    labels = {one.key: str(one.label) for one in lists.TITLES.all_filters}
    pairs = QueryDict(text)
    return " · ".join(f"{labels.get(name, name)}: {_shown(name, pairs[name])}" for name in pairs)


def _shown(name: str, value: str) -> str:
    """A choice by its label."""
    one = next((one for one in lists.TITLES.all_filters if one.key == name), None)
    pairs = dict(one.pairs()) if one is not None and hasattr(one, "pairs") else {}
    return pairs.get(value, value)
