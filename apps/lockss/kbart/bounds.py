"""Lots of labels against each other without taking them pair by pair: what is lowest and highest of each kind decides.

The law is that of ``labels.goes_back`` on every pair, and the tests hold both against each other.
"""

from collections.abc import Callable, Iterable, Iterator

from apps.lockss.kbart.labels import Key, number_of, sort_key, texts_of

# Labels of one kind compare alike with those of any other kind: (case of a single letter, is a number, other texts).
Kind = tuple[str, bool, tuple[str, ...]]
Order = Callable[[str], Key]


def _kind(label: str) -> Kind:
    is_number = number_of(label) is not None
    if len(label) == 1 and label.isascii() and label.isalpha():
        return ("upper" if label.isupper() else "lower", is_number, ())
    return ("", is_number, () if is_number else tuple(texts_of(label)))


def _as_letter(label: str) -> Key:
    return sort_key(label, letters=True)


def _order_between(one: Kind, other: Kind) -> Order | None:
    """What labels of two kinds are compared by; None: they cannot be compared."""
    if one[0] and one[0] == other[0]:
        return _as_letter
    return sort_key if (one[1] and other[1]) or one == other else None


class _Ends:
    """Lowest and highest key in one order, each with its label, or None where several labels have that key."""

    def __init__(self, order: Order, label: str) -> None:
        self._order = order
        self.low: tuple[Key, str | None] = (order(label), label)
        self.high: tuple[Key, str | None] = self.low

    def add(self, label: str) -> None:
        key = self._order(label)
        if key < self.low[0]:
            self.low = (key, label)
        elif key == self.low[0] and label != self.low[1]:
            self.low = (key, None)
        if key > self.high[0]:
            self.high = (key, label)
        elif key == self.high[0] and label != self.high[1]:
            self.high = (key, None)


class Bounds:
    """Of a lot of labels that grows. An empty lot is above all and below all, and nothing of it goes back."""

    def __init__(self, labels: Iterable[str] = ()) -> None:
        self.kinds: dict[Kind, dict[Order, _Ends]] = {}
        self._known: set[str] = set()
        self.add(labels)

    def __bool__(self) -> bool:
        return bool(self.kinds)

    def add(self, labels: Iterable[str]) -> None:
        for label in labels:
            if label in self._known:
                continue
            self._known.add(label)
            kind = _kind(label)
            ends = self.kinds.get(kind)
            if ends is None:
                orders: tuple[Order, ...] = (sort_key, _as_letter) if kind[0] else (sort_key,)
                self.kinds[kind] = {order: _Ends(order, label) for order in orders}
                continue
            for one in ends.values():
                one.add(label)

    def any_goes_back_to(self, others: "Bounds") -> bool:
        """Some label of ``others`` is lower than some of these."""
        return any(
            others.kinds[other][order].low[0] < ends[order].high[0]
            for kind, ends in self.kinds.items()
            for other in others.comparable(kind)
            if (order := _order_between(kind, other))
        )

    def all_go_back_to(self, others: "Bounds", *, or_same: bool = False) -> bool:
        """Every label of ``others`` is lower than every one of these; ``or_same``: or is the same label."""
        # The first two kinds that cannot be compared end it, so this is short however many kinds there are.
        for kind, ends in self.kinds.items():
            for other, other_ends in others.kinds.items():
                order = _order_between(kind, other)
                if order is None:
                    return False
                low, high = ends[order].low, other_ends[order].high
                same = or_same and high == low and low[1] is not None
                if not (high[0] < low[0] or same):
                    return False
        return True

    def comparable(self, kind: Kind) -> Iterator[Kind]:
        """Kinds of this lot that may compare with ``kind``: of texts only the same, of the others there are six."""
        if kind in self.kinds:
            yield kind
        yield from (one for one in _FEW if one != kind and one in self.kinds)


_FEW: tuple[Kind, ...] = tuple(
    (case, is_number, ()) for case in ("", "upper", "lower") for is_number in (True, False)
)
