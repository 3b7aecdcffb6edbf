"""Which titles and which archival units a set means now. Always a query: a set may mean 434,000 units."""

from collections.abc import Callable
from functools import reduce

from django.db.models import OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from apps.common.few import Among, Asked, OneOf, Probe, any_of, few, is_counting, narrowed, one_of
from apps.titles.choices import SetKind
from apps.titles.models import ListedAu, Title, TitleSet, TitleSetMember

# What a set by hand holds, however deep. Sets are few and their holding has no circles (services.sets).
_INSIDE = """
WITH RECURSIVE inside(id) AS (
    SELECT %s::bigint UNION SELECT p.part_id FROM titles_titlesetpart p JOIN inside ON p.holder_id = inside.id
) SELECT id FROM inside
"""
# Of so many titles a fiftieth of the largest catalogue's units is.
FEW_TITLES = 400
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


def narrow(rows: QuerySet, title_set: TitleSet) -> QuerySet:
    """Titles or units of the lists that belong to a set, for a page in some order of few or of very many."""
    if is_counting():
        whole = units_in(title_set) if rows.model is ListedAu else titles_in(title_set)
        return rows.filter(pk__in=whole.values("pk"))
    sets = _inside(title_set)
    title = "title_id" if rows.model is ListedAu else "pk"
    parts, tags = _by_title(sets), _tags(sets)
    titles = _few_of_each(parts)
    tagged_units = [_tagged_units(one) for one in tags]
    if titles is None:
        asked = [Q(Probe(part.filter(**{_key_of(part): OuterRef(title)}))) for part in parts]
        return rows.filter(Asked(any_of(asked + _carrying(rows, tags))))
    if not tags:
        return of_titles(rows, titles) if rows.model is ListedAu else rows.filter(one_of("pk", titles))
    keys = [rows.model._default_manager.filter(Among(title, titles)).values("pk")]  # noqa: SLF001
    keys += [units.values("pk" if rows.model is ListedAu else "title_id") for units in tagged_units]
    condition = any_of([Q(OneOf(title, titles)), *_carrying(rows, tags)])
    return narrowed(rows, condition, keys=_all_keys(keys))


def _carrying(rows: QuerySet, tags: list[TitleSet]) -> list[Q]:
    """Units that carry a tag, or titles of which one does."""
    if rows.model is ListedAu:
        return [tagged(one) & ~Q(status="") for one in tags]
    return [Q(Probe(_tagged_units(one).filter(title=OuterRef("pk")))) for one in tags]


def _few_of_each(parts: list[QuerySet]) -> list[int] | None:
    """The titles of all parts; None: a part has so many that a page comes together early in any order."""
    titles: set[int] = set()
    for part in parts:
        found = few(part.values_list(_key_of(part), flat=True), FEW_TITLES)
        if found is None:
            return None
        titles.update(found)
    return sorted(titles)


def _key_of(part: QuerySet) -> str:
    return "title_id" if part.model is TitleSetMember else "pk"


def of_titles(rows: QuerySet[ListedAu], titles: list[int]) -> QuerySet[ListedAu]:
    """Units of these titles, few or very many."""
    keys = ListedAu.objects.filter(Among("title_id", titles)).values("pk")
    return narrowed(rows, Q(OneOf("title_id", titles)), keys=keys, counted=one_of("title_id", titles))


def _all_keys(parts: list[QuerySet]) -> QuerySet:
    """Numbers from each part in turn, some twice: nothing is sorted, so that a few of them cost little."""
    plain = [part.values_list(*part.query.values_select, flat=True) for part in parts]
    return reduce(lambda one, other: one.union(other, all=True), plain[1:], plain[0].order_by())


def _inside(title_set: TitleSet) -> list[TitleSet]:
    return list(TitleSet.objects.filter(pk__in=RawSQL(_INSIDE, [title_set.pk])).order_by("pk"))  # noqa: S611 - our own text


def _tags(sets: list[TitleSet]) -> list[TitleSet]:
    return [one for one in sets if one.kind == SetKind.TAG]


def _by_title(sets: list[TitleSet]) -> list[QuerySet]:
    """Queries of title numbers, one for each way of belonging."""
    found: list[QuerySet] = []
    hand = [one.pk for one in sets if one.kind == SetKind.HAND]
    if hand:
        found.append(TitleSetMember.objects.filter(title_set__in=hand).values("title_id"))
    publishers = [one.publisher_id for one in sets if one.kind == SetKind.PUBLISHER]
    if publishers:
        found.append(Title.objects.filter(publisher__in=publishers).values("pk"))
    found += [Title.objects.filter(tagged(one)).values("pk") for one in _tags(sets)]
    found += [_searched(one).values("pk") for one in sets if one.kind == SetKind.QUERY]
    return found


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
