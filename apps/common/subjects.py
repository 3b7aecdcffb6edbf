"""What jobs, findings and audit events are about, as a name with a link, for a whole page at once.

A subject is ``kind:rest``. Each room registers the kinds whose rows it knows.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import BigIntegerField, Exists, Func, Model, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Substr
from django.utils.functional import Promise

from apps.common.few import any_of
from apps.common.kept_search import own_words
from apps.common.pages import Link
from apps.common.search import fold

Found = dict[str, Link]
Look = Callable[[set[str]], Found]
_looks: dict[str, Look] = {}


@dataclass(frozen=True, slots=True)
class Kind:
    """A look whose names can be searched.

    ``rows``: the rows that are named by ``names``, their fields. What follows the kind in a subject is their ``code``, a
    field of text, or their number, or either. ``said``: the words that every name of this kind has.
    """

    look: Look
    said: str | Promise = ""
    rows: Callable[[], QuerySet] | None = None
    names: tuple[str, ...] = ()
    code: str = ""
    number: bool = True

    def __call__(self, rests: set[str]) -> Found:
        return self.look(rests)

    def meets(self, kind: str, field: str, word: str) -> Q:
        """Rows whose ``field`` keeps a subject of this ``kind`` with ``word`` in its name."""
        of_kind = Q(**{f"{field}__startswith": f"{kind}:"})
        met = []
        if self.said and fold(word) in own_words(str(self.said)):
            met.append(of_kind | Q(**{field: kind}))
        if self.rows:
            held = any_of(Q(**{f"{name}__icontains": word}) for name in self.names)
            # Asked of each row by the index of the code, so that a word which many names have costs no more.
            met += [
                of_kind & Q(Exists(self.rows().filter(held, **code))) for code in self._codes(kind, field)
            ]
        return any_of(met)

    def _codes(self, kind: str, field: str) -> Iterable[dict[str, Combinable]]:
        if self.code:
            yield {self.code: Substr(OuterRef(field), len(kind) + 2)}
        if self.number:
            # Null where no number follows; longer ones are no key of a row.
            number = Func(OuterRef(field), Value(f"^{kind}:([0-9]{{1,18}})$"), function="substring")
            yield {"pk": Cast(number, BigIntegerField())}


def register(looks: Mapping[str, Look]) -> None:
    """By kind: from what follows the kind to its link; what is not found is left out."""
    _looks.update(looks)


def known() -> set[str]:
    return set(_looks)


def meeting(field: str, word: str) -> Q:
    """Rows whose ``field`` keeps a subject in whose name, as ``links`` says it, ``word`` stands."""
    return any_of(
        look.meets(kind, field, word) for kind, look in sorted(_looks.items()) if isinstance(look, Kind)
    )


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


def fixed(label: str | Promise, address: str = "") -> Kind:
    """A kind of which there is one, or whose rows all have the same name."""
    return Kind(lambda rests: {rest: Link(str(label), address) for rest in rests}, said=label)


def numbered(label: str | Promise, address: str, model: type[Model], field: str = "pk") -> Kind:
    """Rows that have no name; ``label`` has a ``%d``. One that is gone keeps its label and has no link."""

    def look(rests: set[str]) -> Found:
        wanted = numbers(rests)
        there = set(model.objects.filter(**{f"{field}__in": wanted}).values_list(field, flat=True))
        return {str(n): Link(str(label) % n, f"{address}{n}/" if n in there else "") for n in wanted}

    return Kind(look, said=label)


def named(model: type[Model], address: str, name: str = "name") -> Kind:
    """Rows by number; ``name`` is the field, perhaps of another row, that names them."""

    def look(rests: set[str]) -> Found:
        rows = model.objects.filter(pk__in=numbers(rests)).values_list("pk", name)
        return {str(pk): Link(said, f"{address}{pk}/") for pk, said in rows}

    return Kind(look, rows=model.objects.all, names=(name,))
