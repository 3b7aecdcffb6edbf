"""Lots of labels against each other: the same as pair by pair, at a cost that does not grow with the pairs."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from apps.lockss.kbart import CoveredAu, CoveredTitle, Holding, Terms, labels, title_rows
from apps.lockss.kbart.bounds import Bounds
from apps.lockss.kbart.labels import goes_back
from apps.lockss.kbart.numbering import begins_anew, starts_again

ODD = [
    "",
    "A",
    "B",
    "a",
    "C",
    "D",
    "L",
    "X",
    "V",
    "v",
    "x",
    "IV",
    "ix",
    "CD",
    "07",
    "7",
    "é",
    "s1-I",
    "s1-V",
    "12A",
]
ODD += ["x-1", "x-2", "S.4", "S.5", "S4", "1/2", "9" * 13, "9" * 14, "q" * 61, "2001 v1", "2001 v4"]
LABELS = st.sampled_from(ODD) | st.integers(0, 9).map(str) | st.text(alphabet="1IVvaA.-", max_size=4)
LOTS = st.lists(LABELS, max_size=5) | st.lists(st.integers(0, 9).map(str), max_size=5)


@settings(max_examples=400)
@given(LOTS, LOTS)
def test_lots_compare_as_all_their_pairs_do(ones, others):
    one, other = Bounds(ones), Bounds(others)
    pairs = list(product(ones, others))
    assert bool(one) == bool(ones)
    assert one.any_goes_back_to(other) == any(goes_back(*pair) for pair in pairs)
    assert one.all_go_back_to(other) == all(goes_back(*pair) for pair in pairs)
    assert one.all_go_back_to(other, or_same=True) == all(starts_again(*pair) for pair in pairs)


@given(LOTS, LOTS)
def test_a_lot_may_grow(ones, others):
    grown = Bounds(ones)
    grown.add(others)
    whole = Bounds([*ones, *others])
    for lot in (Bounds(ones), Bounds(others)):
        assert grown.any_goes_back_to(lot) == whole.any_goes_back_to(lot)
        assert lot.all_go_back_to(grown, or_same=True) == lot.all_go_back_to(whole, or_same=True)


def anew_by_pairs(so_far, before, own, after):
    if not before or not own or not all(goes_back(old, new) for old in before for new in own):
        return False
    if not all(starts_again(old, new) for old in so_far for new in own):
        return False
    resumes = any(goes_back(later, old) for old in before for later in after)
    falls_again = bool(after) and all(goes_back(new, later) for new in own for later in after)
    return not resumes and not falls_again


@settings(max_examples=400)
@given(LOTS, LOTS, LOTS, LOTS)
def test_a_numbering_begins_where_all_pairs_say_so(so_far, before, own, after):
    so_far = [*so_far, *before]
    found = begins_anew(*map(Bounds, (so_far, before, own, after)))
    assert found == anew_by_pairs(so_far, before, own, after)


def test_a_year_of_many_units_is_not_taken_pair_by_pair(monkeypatch):
    """Two years of 500 units each have 250,000 pairs."""
    asked = []
    original = labels._pair_keys
    monkeypatch.setattr(labels, "_pair_keys", lambda *pair: asked.append(pair) or original(*pair))
    title = CoveredTitle("7", "Annals", "Press", issn="1234-5679")
    terms = Terms("https://portal.example", 2026)
    for volume in (
        lambda n: f"x-{n // 2 if n % 2 else n // 2 + 500}",
        lambda n: str(n if n % 2 else 2000 - n),
    ):
        aus = tuple(CoveredAu(f"AU {n}", year=str(2001 + n % 2), volume=volume(n)) for n in range(1000))
        assert title_rows(Holding(title, aus), terms).rows
    assert len(asked) < 20 * 1000
