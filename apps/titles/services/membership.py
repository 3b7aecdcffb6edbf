"""Which titles and which archival units a set means now. Always a query: a set may mean 434,000 units."""

from collections.abc import Callable, Hashable
from functools import reduce

from django.db.models import Model, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from apps.common.few import (
    Among,
    Asked,
    Beside,
    OneOf,
    Probe,
    Within,
    any_of,
    few,
    is_counting,
    narrowed,
    was_many,
)
from apps.titles.choices import SetKind
from apps.titles.models import ListedAu, Title, TitleSet, TitleSetMember

# What a set by hand holds, however deep. Sets are few and their holding has no circles (services.sets).
_INSIDE = """
WITH RECURSIVE inside(id) AS (
    SELECT %s::bigint UNION SELECT p.part_id FROM titles_titlesetpart p JOIN inside ON p.holder_id = inside.id
) SELECT id FROM inside
"""
_read_query: Callable[[str], QuerySet[Title]] | None = None


def reads_queries(function: Callable[[str], QuerySet[Title]]) -> None:
    """The room that has the list of titles says how its filters are read, since this one lies below it."""
    global _read_query  # noqa: PLW0603
    _read_query = function


def titles_in(title_set: TitleSet) -> QuerySet[Title]:
    """The titles of a set, those of the sets in it among them. BadQuery: its search is no longer one."""
    sets = _inside(title_set)
    return _any_of(Title, [*_by_title(sets), *(_tagged_units(one).values("title_id") for one in _tags(sets))])


def units_in(title_set: TitleSet) -> QuerySet[ListedAu]:
    """What the lists name of a set. Of a tag that stands at single units only these, not the whole title."""
    sets = _inside(title_set)
    parts, tags = _by_title(sets), _tags(sets)
    if not tags:
        return ListedAu.objects.filter(title_id__in=_ids(parts)) if parts else ListedAu.objects.none()
    units = [ListedAu.objects.filter(title_id__in=_ids(parts)).values("pk")]
    return _any_of(ListedAu, [*units, *(_tagged_units(one).values("pk") for one in tags)])


def narrow(rows: QuerySet, title_set: TitleSet, *, title: str = "", unit: str = "") -> QuerySet:
    """Titles or units of the lists that belong to a set, for a page in some order of few or of very many.

    Of other rows ``title`` and ``unit`` are the paths to the number of their title and of their unit of the lists.
    """
    sets = _inside(title_set)
    title = title or ("title_id" if rows.model is ListedAu else "pk")
    hand, own, searched, tags = _by_hand(sets), _of_its_own(sets), _by_search(sets), _tags(sets)
    parts = hand + [_titles_with(one) for one in own] + searched
    if is_counting():
        return rows.filter(_counted(rows, parts, tags, title, unit))
    titles = _few_of_each(parts, tuple((one.pk, one.version) for one in sets))
    if titles is None:
        # What a title's own row answers is asked of it once.
        parts = hand + [_titles_with(any_of(own))] * bool(own) + searched
        asked = [Q(Beside(title, part)) for part in parts]
        return rows.filter(Asked(any_of(asked + _carrying(rows, tags, unit))))
    if not tags:
        return rows.filter(Among("pk", titles)) if rows.model is Title else _of_few(rows, titles, title)
    every = rows.model._default_manager  # noqa: SLF001
    keys = [
        every.filter(Among(title, titles)).values("pk"),
        *(_those_of(rows.model, one, unit) for one in tags),
    ]
    condition = any_of([Q(OneOf(title, titles)), *_carrying(rows, tags, unit)])
    return narrowed(rows, condition, keys=_all_keys(keys))


def _counted(rows: QuerySet, parts: list[QuerySet], tags: list[TitleSet], title: str, unit: str) -> Q:
    found = [Q(**{f"{title}__in": _ids(parts)})] if parts else []
    if not tags:
        return any_of(found)
    if rows.model is ListedAu or rows.model is Title:
        # A union lets each way of belonging use its own index, where OR would use none.
        every = rows.model._default_manager  # noqa: SLF001
        ways = [every.filter(one).values("pk") for one in found]
        return Q(pk__in=_ids([*ways, *(_those_of(rows.model, one, unit) for one in tags)]))
    return any_of([*found, *(Q(**{f"{unit}__in": _tagged_units(one).values("pk")}) for one in tags)])


def _those_of(model: type[Model], tag: TitleSet, unit: str) -> QuerySet:
    """Rows by units that carry a tag."""
    units = _tagged_units(tag)
    if model is ListedAu or model is Title:
        return units.values("pk" if model is ListedAu else "title_id")
    return model._default_manager.filter(**{f"{unit}__in": units.values("pk")}).values("pk")  # noqa: SLF001


def _carrying(rows: QuerySet, tags: list[TitleSet], unit: str) -> list[Q]:
    """Units that carry a tag, titles of which one does, or rows of such a unit."""
    if rows.model is Title:
        return [Q(Probe(_tagged_units(one).filter(title=OuterRef("pk")))) for one in tags]
    return [_carrying_units(one, unit or "pk") for one in tags]


def _carrying_units(tag: TitleSet, unit: str) -> Q:
    units = _tagged_units(tag).values_list("pk", flat=True)
    found = few(units, ("units tagged", tag.pk, tag.version))
    if found is not None:
        return Q(OneOf(unit, found))
    # The attributes stand in no index that has an order.
    return tagged(tag) & ~Q(status="") if unit == "pk" else Q(Beside(unit, units))


def _few_of_each(parts: list[QuerySet], sets: Hashable) -> list[int] | None:
    """The titles of all parts; None: a part has so many that a page comes together early in any order."""
    titles: set[int] = set()
    named = [
        (part.values_list(_key_of(part), flat=True), ("part of sets", n, sets))
        for n, part in enumerate(parts)
    ]
    for part, name in sorted(named, key=lambda one: not was_many(one[1])):
        found = few(part, name)
        if found is None:
            return None
        titles.update(found)
    return sorted(titles)


def _key_of(part: QuerySet) -> str:
    return "title_id" if part.model is TitleSetMember else "pk"


def of_titles(rows: QuerySet[ListedAu], titles: QuerySet, known_as: Hashable = None) -> QuerySet[ListedAu]:
    """Units of the titles with these keys, few or very many."""
    if is_counting():
        return rows.filter(title_id__in=titles)
    found = few(titles, known_as)
    return rows.filter(Within("title_id", titles)) if found is None else _of_few(rows, found, "title_id")


def _of_few(rows: QuerySet, titles: list[int], title: str) -> QuerySet:
    keys = rows.model._default_manager.filter(Among(title, titles)).values_list("pk", flat=True)  # noqa: SLF001
    found = few(keys)
    return rows.filter(OneOf(title, titles) if found is None else Among("pk", found))


def _all_keys(parts: list[QuerySet]) -> QuerySet:
    """Numbers from each part in turn, some twice: nothing is sorted, so that a few of them cost little."""
    plain = [part.values_list(*part.query.values_select, flat=True) for part in parts]
    return reduce(lambda one, other: one.union(other, all=True), plain[1:], plain[0].order_by())


def _inside(title_set: TitleSet) -> list[TitleSet]:
    if title_set.kind != SetKind.HAND:
        return [title_set]
    return list(TitleSet.objects.filter(pk__in=RawSQL(_INSIDE, [title_set.pk])).order_by("pk"))  # noqa: S611 - our own text


def _tags(sets: list[TitleSet]) -> list[TitleSet]:
    return [one for one in sets if one.kind == SetKind.TAG]


def _by_title(sets: list[TitleSet]) -> list[QuerySet]:
    """Queries of title numbers, one for each way of belonging."""
    return _by_hand(sets) + [_titles_with(one) for one in _of_its_own(sets)] + _by_search(sets)


def _titles_with(condition: Q) -> QuerySet:
    return Title.objects.filter(condition).values("pk")


def _by_hand(sets: list[TitleSet]) -> list[QuerySet]:
    hand = [one.pk for one in sets if one.kind == SetKind.HAND]
    return [TitleSetMember.objects.filter(title_set__in=hand).values("title_id")] * bool(hand)


def _of_its_own(sets: list[TitleSet]) -> list[Q]:
    """Conditions that a title's own row answers."""
    publishers = [one.publisher_id for one in sets if one.kind == SetKind.PUBLISHER]
    return [Q(publisher__in=publishers)] * bool(publishers) + [tagged(one) for one in _tags(sets)]


def _by_search(sets: list[TitleSet]) -> list[QuerySet]:
    return [_searched(one).values("pk") for one in sets if one.kind == SetKind.QUERY]


def _searched(title_set: TitleSet) -> QuerySet[Title]:
    if _read_query is None:
        raise RuntimeError("nobody has said how a search is read")
    rows = _read_query(title_set.query)
    return rows.filter(pk__in=titles_in(title_set.within).values("pk")) if title_set.within else rows


def tagged(title_set: TitleSet) -> Q:
    """Rows with attributes that carry the tag; the first condition is that of the index."""
    some = ~Q(attributes={})
    if title_set.tag_value:
        return some & Q(attributes__contains={title_set.tag_key: title_set.tag_value})
    return some & Q(attributes__has_key=title_set.tag_key)


def _tagged_units(title_set: TitleSet) -> QuerySet[ListedAu]:
    return ListedAu.objects.filter(tagged(title_set)).exclude(status="")


def _ids(parts: list[QuerySet]) -> QuerySet:
    """One query of numbers; a union lets each part use its own index, where OR would use none."""
    return reduce(lambda one, other: one.union(other), parts[1:], parts[0].order_by())


def _any_of(model: type, parts: list[QuerySet]) -> QuerySet:
    return model._default_manager.filter(pk__in=_ids(parts)) if parts else model._default_manager.none()  # noqa: SLF001
