"""What jobs, findings and audit events are about, as a name with a link, for a whole page at once.

A subject is ``kind:rest``. Each room registers the kinds whose rows it knows.
"""

from collections.abc import Callable, Iterable, Mapping

from django.db.models import Model
from django.utils.functional import Promise

from apps.common.pages import Link

Found = dict[str, Link]
Look = Callable[[set[str]], Found]
_looks: dict[str, Look] = {}


def register(looks: Mapping[str, Look]) -> None:
    """By kind: from what follows the kind to its link; what is not found is left out."""
    _looks.update(looks)


def known() -> set[str]:
    return set(_looks)


def links(subjects: Iterable[str]) -> Found:
    """By subject; one that names nothing known keeps its own text and has no link."""
    by_kind: dict[str, set[str]] = {}
    for subject in subjects:
        kind, _colon, rest = subject.partition(":")
        by_kind.setdefault(kind, set()).add(rest)
    found: Found = {}
    for kind, rests in by_kind.items():
        rows = _looks[kind](rests) if kind in _looks else {}
        for rest in rests:
            subject = f"{kind}:{rest}" if rest else kind
            found[subject] = rows.get(rest) or Link(subject, "")
    return found


def numbers(rests: Iterable[str]) -> list[int]:
    return [int(rest) for rest in rests if rest.isascii() and rest.isdigit() and len(rest) < 19]


def numbered(label: str | Promise, address: str, model: type[Model], field: str = "pk") -> Look:
    """Rows that have no name; ``label`` has a ``%d``. One that is gone keeps its label and has no link."""

    def look(rests: set[str]) -> Found:
        wanted = numbers(rests)
        there = set(model.objects.filter(**{f"{field}__in": wanted}).values_list(field, flat=True))
        return {str(n): Link(str(label) % n, f"{address}{n}/" if n in there else "") for n in wanted}

    return look


def named(model: type[Model], address: str, name: str = "name") -> Look:
    """Rows by number; ``name`` is the field, perhaps of another row, that names them."""

    def look(rests: set[str]) -> Found:
        rows = model.objects.filter(pk__in=numbers(rests)).values_list("pk", name)
        return {str(pk): Link(said, f"{address}{pk}/") for pk, said in rows}

    return look
